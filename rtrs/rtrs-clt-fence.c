// SPDX-License-Identifier: GPL-2.0
/*
 * Fences: a request of a lost path is sent again only once nothing of that
 * path can still reach the server's memory.
 *
 * The argument. A packet of the lost path may be late: in a switch, a queue, a
 * paused machine. When it arrives at a queue pair that still receives, it
 * writes into a chunk which by then carries another request. So before a
 * request moves, one of these is known:
 * - the server said over another path that the lost path's queue pairs are in
 *   error and drained (FENCE): such a queue pair drops whatever arrives;
 * - the peer acknowledged the disconnect of each connection, which it does
 *   after its queue pair is in error;
 * - the server accepted the path anew, which it does once the old one is gone;
 * - with a server that cannot say so, fence_wait_ms have passed.
 * doc/protocol.md, "FENCE".
 */
#include <linux/slab.h>

#include "rtrs-clt.h"
#include "rtrs-clt-verdict.h"

#define RESEND_DELAY_MS		10
#define NO_DELAY		UINT_MAX

/* A fence for the next loss of a path, made while memory can be waited for. */
struct rtrs_clt_fence *rtrs_clt_fence_alloc(struct rtrs_clt_path *path)
{
	struct rtrs_clt_fence *fence = kzalloc(sizeof(*fence), GFP_KERNEL);

	if (!fence)
		return NULL;
	kref_init(&fence->ref);
	fence->sess = path->sess;
	get_device(&fence->sess->dev);
	memcpy(fence->uuid, path->uuid, sizeof(fence->uuid));
	INIT_LIST_HEAD(&fence->entry);
	INIT_LIST_HEAD(&fence->parked);
	return fence;
}

static void free_fence(struct kref *ref)
{
	struct rtrs_clt_fence *fence = container_of(ref, struct rtrs_clt_fence,
						    ref);

	put_device(&fence->sess->dev);
	kfree(fence);
}

void rtrs_clt_fence_put(struct rtrs_clt_fence *fence)
{
	kref_put(&fence->ref, free_fence);
}

static void judge_in(struct rtrs_clt_sess *sess, unsigned int delay_ms)
{
	lockdep_assert_held(&sess->fence_lock);
	if (!sess->fence_off)
		mod_delayed_work(rtrs_clt_wq, &sess->fence_work,
				 msecs_to_jiffies(delay_ms));
}

/* Whoever waits to come up looks again. Any context. */
void rtrs_clt_wake_paths(struct rtrs_clt_sess *sess)
{
	struct rtrs_clt_path *path;

	rcu_read_lock();
	list_for_each_entry_rcu(path, &sess->paths, entry)
		wake_up_all(&path->wait);
	rcu_read_unlock();
}

/*
 * A request ended with an error, while the server may be busy with its chunk or
 * about to be. Its permit is free: paths whose chunks the server chose before
 * now must not carry it.
 */
static void outdate_setups(struct rtrs_clt_sess *sess)
{
	lockdep_assert_held(&sess->fence_lock);
	sess->failed_setups = atomic64_read(&sess->nr_setups);
}

static void prove(struct rtrs_clt_fence *fence)
{
	lockdep_assert_held(&fence->sess->fence_lock);
	if (fence->failed && !fence->proven)
		outdate_setups(fence->sess);
	fence->proven = true;
	judge_in(fence->sess, 0);
	rtrs_clt_wake_paths(fence->sess);
}

/**
 * rtrs_clt_fence_raise() - requests of a lost path wait from now on
 * @path: path, drained; it has a spare fence
 * @parked: its requests, taken over
 *
 * Context: process, under the path's life, before its ids are given away.
 * Return: the fence; the caller may use it as long as it holds a reference of
 * its own to it, of which it is given one.
 */
struct rtrs_clt_fence *rtrs_clt_fence_raise(struct rtrs_clt_path *path,
					    struct list_head *parked)
{
	struct rtrs_clt_fence *fence = path->spare_fence;
	struct rtrs_clt_sess *sess = path->sess;
	u16 cid;

	path->spare_fence = NULL;
	fence->recon_cnt = path->recon_cnt;
	fence->peer_fences = path->geo.features & RTRS_FEAT_FENCE;
	fence->drained = jiffies;
	for (cid = 0; cid < path->nr_cons; cid++)
		if (path->cons[cid].up)
			atomic_inc(&fence->nr_alive);
	kref_get(&fence->ref);

	mutex_lock(&sess->fence_mutex);
	list_splice_init(parked, &fence->parked);
	spin_lock_irq(&sess->fence_lock);
	list_add_tail(&fence->entry, &sess->fences);
	spin_unlock_irq(&sess->fence_lock);
	mutex_unlock(&sess->fence_mutex);
	return fence;
}

/* The peer acknowledged the end of one of the path's connections. */
void rtrs_clt_fence_bye(struct rtrs_clt_fence *fence)
{
	unsigned long flags;

	if (!atomic_dec_and_test(&fence->nr_alive))
		return;
	spin_lock_irqsave(&fence->sess->fence_lock, flags);
	prove(fence);
	spin_unlock_irqrestore(&fence->sess->fence_lock, flags);
}

/* The server accepted a path anew: its earlier incarnations are gone. */
void rtrs_clt_fence_accepted(struct rtrs_clt_path *path)
{
	struct rtrs_clt_sess *sess = path->sess;
	struct rtrs_clt_fence *fence;

	spin_lock_irq(&sess->fence_lock);
	list_for_each_entry(fence, &sess->fences, entry)
		if (!memcmp(fence->uuid, path->uuid, sizeof(fence->uuid)))
			prove(fence);
	spin_unlock_irq(&sess->fence_lock);
}

/* --------------------------------------------------------------- questions */

/* Under RCU; the path is connected, or being connected by the caller. */
static void ask(struct rtrs_clt_fence *fence, struct rtrs_clt_path *path)
{
	struct rtrs_iu *iu = rtrs_iu_at(path->fence_iu, 0);
	struct rtrs_fence_req *req = iu->buf;
	struct ib_sge sge = {
		.addr	= iu->dma_addr,
		.length	= sizeof(*req),
		.lkey	= path->dev->pd->local_dma_lkey,
	};
	struct ib_send_wr wr = {
		.opcode		= IB_WR_SEND,
		.wr_cqe		= &path->cons[0].done,
		.send_flags	= IB_SEND_SIGNALED,
		.sg_list	= &sge,
		.num_sge	= 1,
	};
	int err;

	lockdep_assert_held(&path->sess->fence_lock);
	fence->via = path;
	fence->asked = jiffies;
	path->fence_out = true;
	path->fence_cookie = path->sess->next_cookie++;

	rtrs_iu_sync_for_cpu(path->fence_iu, iu);
	*req = (struct rtrs_fence_req) {
		.type		= cpu_to_le16(RTRS_MSG_FENCE),
		.cookie		= cpu_to_le16(path->fence_cookie),
		.recon_cnt	= cpu_to_le16(fence->recon_cnt),
	};
	memcpy(req->sess_uuid, fence->uuid, sizeof(req->sess_uuid));
	rtrs_iu_sync_for_device(path->fence_iu, iu);
	err = rtrs_con_post(&path->cons[0].con, &wr, &wr, 1);
	if (err)
		/* the question is withdrawn when the path is taken down */
		rtrs_clt_path_fault(path, "sending a FENCE", err);
}

/* The peer answered a FENCE. Completion context. */
void rtrs_clt_fence_answered(struct rtrs_clt_path *path, u16 cookie, int err)
{
	struct rtrs_clt_sess *sess = path->sess;
	struct rtrs_clt_fence *fence;
	unsigned long flags;
	bool expected;

	spin_lock_irqsave(&sess->fence_lock, flags);
	expected = path->fence_out && path->fence_cookie == cookie;
	if (expected) {
		path->fence_out = false;
		list_for_each_entry(fence, &sess->fences, entry) {
			if (fence->via != path)
				continue;
			fence->via = NULL;
			if (!err)
				prove(fence);
		}
		/* the path is free for the next question */
		judge_in(sess, 0);
		wake_up_all(&path->wait);
	}
	spin_unlock_irqrestore(&sess->fence_lock, flags);
	if (!expected)
		rtrs_clt_refuse(path, RTRS_CLT_REFUSED_FENCE_RSP);
	else if (err)
		rtrs_clt_path_fault(path, "FENCE refused", err);
}

/* No answer will come over this path any more; it is drained. */
void rtrs_clt_fence_via_lost(struct rtrs_clt_path *path)
{
	struct rtrs_clt_sess *sess = path->sess;
	struct rtrs_clt_fence *fence;

	spin_lock_irq(&sess->fence_lock);
	path->fence_out = false;
	list_for_each_entry(fence, &sess->fences, entry) {
		if (fence->via != path)
			continue;
		fence->via = NULL;
		judge_in(sess, 0);
		rtrs_clt_wake_paths(sess);
	}
	spin_unlock_irq(&sess->fence_lock);
}

/* ----------------------------------------------------------------- verdict */

/* A connected path, preferably one that can ask. Under RCU and fence_lock. */
static struct rtrs_clt_path *find_path(struct rtrs_clt_sess *sess, bool asking)
{
	struct rtrs_clt_path *path;

	list_for_each_entry_rcu(path, &sess->paths, entry)
		if (rtrs_clt_path_is(path, RTRS_CLT_CONNECTED) &&
		    (!asking || path->geo.features & RTRS_FEAT_FENCE))
			return path;
	return NULL;
}

static enum rtrs_fence_act judge(struct rtrs_clt_fence *fence,
				 unsigned int *delay_ms)
{
	struct rtrs_clt_sess *sess = fence->sess;
	struct rtrs_clt_path *path = find_path(sess, true);
	struct rtrs_fence_view view = {
		.proven		= fence->proven,
		.parked		= !list_empty(&fence->parked),
		.path_up	= find_path(sess, false),
		.can_ask	= path,
		.asked		= fence->via,
		.asked_ms	= jiffies_to_msecs(jiffies - fence->asked),
		.drained_ms	= jiffies_to_msecs(jiffies - fence->drained),
		.fence_wait_ms	= READ_ONCE(sess->fence_wait_ms),
	};
	enum rtrs_fence_act act = rtrs_fence_judge(&view);

	switch (act) {
	case RTRS_FENCE_ASK:
		if (!path->fence_out)
			ask(fence, path);
		*delay_ms = min(*delay_ms, RTRS_CLT_FENCE_ANSWER_MS);
		break;
	case RTRS_FENCE_BLAME:
		rtrs_clt_path_fault(fence->via, "FENCE unanswered", -ETIMEDOUT);
		break;
	case RTRS_FENCE_FAIL:
		fence->failed = true;
		outdate_setups(sess);
		break;
	case RTRS_FENCE_RELEASE:
		list_del_init(&fence->entry);
		break;
	case RTRS_FENCE_WAIT:
		if (view.asked)
			*delay_ms = min_t(u64, *delay_ms,
					  RTRS_CLT_FENCE_ANSWER_MS -
					  view.asked_ms + 1);
		else if (view.parked)
			*delay_ms = min_t(u64, *delay_ms, view.fence_wait_ms -
					  view.drained_ms + 1);
		break;
	}
	return act;
}

static void fail_all(struct list_head *reqs)
{
	struct rtrs_clt_req *req, *next;

	list_for_each_entry_safe(req, next, reqs, entry) {
		list_del_init(&req->entry);
		rtrs_clt_no_path(req);
	}
}

/* It ends, while the server may be busy with its chunk or about to be. */
static void end_unanswered(struct rtrs_clt_sess *sess, struct rtrs_clt_req *req,
			   int err)
{
	spin_lock_irq(&sess->fence_lock);
	/* paths become connected under this lock: before, then they share its
	 * pages; or from now on only after they have asked for others
	 */
	outdate_setups(sess);
	if (rtrs_clt_has_path(sess))
		rtrs_clt_permit_hold(sess, req);
	spin_unlock_irq(&sess->fence_lock);
	if (err == -ECONNABORTED)
		rtrs_clt_no_path(req);
	else
		rtrs_clt_req_finish(req, err);
}

static void resend_all(struct rtrs_clt_sess *sess, unsigned int *delay_ms)
{
	struct rtrs_clt_req *req, *next;
	LIST_HEAD(later);
	int err;

	list_for_each_entry_safe(req, next, &sess->resend, entry) {
		list_del_init(&req->entry);
		if (req->ops.wanted && !req->ops.wanted(req->ops.priv)) {
			end_unanswered(sess, req, -ECONNABORTED);
			continue;
		}
		err = rtrs_clt_req_resend(sess, req);
		if (err == -EAGAIN || err == -ENOMEM)
			list_add_tail(&req->entry, &later);
		else if (err)
			end_unanswered(sess, req, err);
	}
	list_splice(&later, &sess->resend);
	if (!list_empty(&sess->resend))
		*delay_ms = RESEND_DELAY_MS;
	rtrs_clt_permits_renew(sess);
}

/**
 * rtrs_clt_fences_judge() - decide on each fence what to do, and do it
 * @sess: session
 *
 * When this returns and no path is connected, no request is parked.
 * Context: process, may sleep.
 */
void rtrs_clt_fences_judge(struct rtrs_clt_sess *sess)
{
	struct rtrs_clt_fence *fence, *next;
	unsigned int delay_ms = NO_DELAY;
	enum rtrs_fence_act act;

	mutex_lock(&sess->fence_mutex);
	list_for_each_entry_safe(fence, next, &sess->fences, entry) {
		rcu_read_lock();
		spin_lock_irq(&sess->fence_lock);
		act = judge(fence, &delay_ms);
		spin_unlock_irq(&sess->fence_lock);
		rcu_read_unlock();
		if (act == RTRS_FENCE_FAIL) {
			fail_all(&fence->parked);
		} else if (act == RTRS_FENCE_RELEASE) {
			list_splice_tail_init(&fence->parked, &sess->resend);
			rtrs_clt_fence_put(fence);
		}
	}
	resend_all(sess, &delay_ms);
	mutex_unlock(&sess->fence_mutex);

	if (delay_ms != NO_DELAY) {
		spin_lock_irq(&sess->fence_lock);
		judge_in(sess, delay_ms);
		spin_unlock_irq(&sess->fence_lock);
	}
}

void rtrs_clt_fence_work(struct work_struct *work)
{
	rtrs_clt_fences_judge(container_of(to_delayed_work(work),
					   struct rtrs_clt_sess, fence_work));
}

/* ------------------------------------------------------ before a path is up */

static struct rtrs_clt_fence *first_failed(struct rtrs_clt_sess *sess)
{
	struct rtrs_clt_fence *fence;

	list_for_each_entry(fence, &sess->fences, entry)
		if (fence->failed && !fence->proven)
			return fence;
	return NULL;
}

static bool coming_up(const struct rtrs_clt_path *path)
{
	return rtrs_clt_path_is(path, RTRS_CLT_CONNECTING);
}

static int await_answer(struct rtrs_clt_path *path, struct rtrs_clt_fence *fence)
{
	struct rtrs_clt_sess *sess = path->sess;

	/* the buffer of a question is in use until it is answered */
	if (!wait_event_timeout(path->wait, READ_ONCE(fence->proven) ||
				!READ_ONCE(path->fence_out) || !coming_up(path),
				msecs_to_jiffies(RTRS_CLT_FENCE_ANSWER_MS)))
		return -ETIMEDOUT;
	spin_lock_irq(&sess->fence_lock);
	if (!fence->proven && !fence->via && !path->fence_out)
		ask(fence, path);
	spin_unlock_irq(&sess->fence_lock);
	if (!wait_event_timeout(path->wait, READ_ONCE(fence->proven) ||
				!READ_ONCE(fence->via) || !coming_up(path),
				msecs_to_jiffies(RTRS_CLT_FENCE_ANSWER_MS)))
		return -ETIMEDOUT;
	return 0;
}

static int await_silence(struct rtrs_clt_path *path, struct rtrs_clt_fence *fence)
{
	struct rtrs_clt_sess *sess = path->sess;
	unsigned long end = fence->drained +
		msecs_to_jiffies(READ_ONCE(sess->fence_wait_ms));
	long rest = max((long)(end - jiffies), 0L);

	if (!wait_event_timeout(path->wait, READ_ONCE(fence->proven) ||
				!coming_up(path), rest)) {
		spin_lock_irq(&sess->fence_lock);
		prove(fence);
		spin_unlock_irq(&sess->fence_lock);
	}
	return 0;
}

/**
 * rtrs_clt_fence_before_up() - wait until no fence keeps a path from I/O
 * @path: path being connected, complete but for its state
 *
 * Requests of a lost path which were failed for want of another one may still
 * have packets on their way. Their users were told that they failed and may
 * write again over this path: what is late of the old ones must not come after
 * that. So their fences fall first.
 *
 * Context: connect worker, waits. Return: 0 or a negative errno.
 */
int rtrs_clt_fence_before_up(struct rtrs_clt_path *path)
{
	struct rtrs_clt_sess *sess = path->sess;
	struct rtrs_clt_fence *fence;
	int err;

	for (;;) {
		spin_lock_irq(&sess->fence_lock);
		fence = first_failed(sess);
		if (fence)
			kref_get(&fence->ref);
		spin_unlock_irq(&sess->fence_lock);
		if (!fence)
			return 0;

		if (path->geo.features & RTRS_FEAT_FENCE)
			err = await_answer(path, fence);
		else
			err = await_silence(path, fence);
		rtrs_clt_fence_put(fence);
		if (!err && !coming_up(path))
			err = -ECONNABORTED;
		if (err)
			return err;
	}
}

/**
 * rtrs_clt_fence_try_up() - connected, unless a fence has yet to fall
 * @path: path being connected
 *
 * The state changes under fence_lock, under which requests are failed only if
 * no path is connected: each of the two sees the other.
 * Context: process. Return: 0; -EAGAIN if rtrs_clt_fence_before_up() is called
 * for; -ESTALE if the server has to be asked for its chunks again;
 * -ECONNABORTED when the attempt is over.
 */
int rtrs_clt_fence_try_up(struct rtrs_clt_path *path)
{
	struct rtrs_clt_sess *sess = path->sess;
	int err = 0;

	spin_lock_irq(&sess->fence_lock);
	if (first_failed(sess))
		err = -EAGAIN;
	else if (path->geo.features & RTRS_FEAT_FENCE &&
		 path->setup_no <= sess->failed_setups)
		/* upstream's servers have no other chunks to tell of */
		err = -ESTALE;
	else if (!rtrs_clt_path_move(path, RTRS_CLT_CONNECTING,
				     RTRS_CLT_CONNECTED))
		err = -ECONNABORTED;
	spin_unlock_irq(&sess->fence_lock);
	return err;
}

/* The session has no paths and no requests any more. May sleep. */
void rtrs_clt_fences_end(struct rtrs_clt_sess *sess)
{
	struct rtrs_clt_fence *fence, *next;

	spin_lock_irq(&sess->fence_lock);
	sess->fence_off = true;
	spin_unlock_irq(&sess->fence_lock);
	cancel_delayed_work_sync(&sess->fence_work);
	rtrs_clt_fences_judge(sess);

	list_for_each_entry_safe(fence, next, &sess->fences, entry) {
		spin_lock_irq(&sess->fence_lock);
		list_del_init(&fence->entry);
		spin_unlock_irq(&sess->fence_lock);
		rtrs_clt_fence_put(fence);
	}
}
