// SPDX-License-Identifier: GPL-2.0
/* The path object: create, start, close, start again, remove. */
#include <linux/slab.h>
#include <linux/uuid.h>

#include "rtrs-clt.h"
#include "rtrs-clt-verdict.h"

/* Lines of a path within the usual interval: it may be lost and come back often. */
#define TALK_BURST	20

/* Log something about a path, with its introduction. Any context. */
void rtrs_clt_path_log(struct rtrs_clt_path *path, bool error,
		       const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	if (!__ratelimit(&path->talk))
		return;
	va_start(args, fmt);
	vaf.va = &args;
	if (error)
		pr_err("%s: %s: %pV", path->sess->name, path->text, &vaf);
	else
		pr_info("%s: %s: %pV", path->sess->name, path->text, &vaf);
	va_end(args);
}

/* --------------------------------------------------------------- heartbeat */

static struct rtrs_clt_path *path_of(struct rtrs_hb *hb)
{
	return container_of(hb, struct rtrs_clt_path, hb);
}

static int hb_probe(struct rtrs_hb *hb)
{
	struct rtrs_clt_con *con = &path_of(hb)->cons[0];

	return rtrs_con_post_imm(&con->con, &con->done,
				 rtrs_imm_make(RTRS_IMM_HB_MSG, 0), false);
}

static enum rtrs_hb_wait hb_waiting(struct rtrs_hb *hb)
{
	struct rtrs_clt_path *path = path_of(hb);

	if (atomic_read(&path->service) > 0)
		return RTRS_HB_SERVICE;
	return atomic_read(&path->inflight) > 0 ? RTRS_HB_IO : RTRS_HB_IDLE;
}

static void hb_lost(struct rtrs_hb *hb, u64 silent_ms)
{
	struct rtrs_clt_path *path = path_of(hb);

	path_info(path, "silent for %llu ms\n", silent_ms);
	rtrs_clt_path_fault(path, "heartbeat lost", -ETIMEDOUT);
}

static const struct rtrs_hb_ops hb_ops = {
	.probe		= hb_probe,
	.waiting	= hb_waiting,
	.lost		= hb_lost,
};

/* ----------------------------------------------------------- create, start */

/*
 * One connection for service, one for each CPU, one for each poll queue, as
 * far as the protocol allows.
 */
static void count_cons(struct rtrs_clt_path *path)
{
	u32 polled = min_t(u32, path->sess->nr_poll_queues, RTRS_MAX_CIDS / 2);

	path->irq_cons = min_t(u32, nr_cpu_ids + 1, RTRS_MAX_CIDS - polled);
	path->nr_cons = path->irq_cons + polled;
}

static void name_path(struct rtrs_clt_path *path)
{
	struct rtrs_addr pair = {
		.src = &path->src,
		.dst = &path->dst,
	};

	if (path->has_src)
		rtrs_addr_to_str(&pair, path->text, sizeof(path->text));
	else
		sockaddr_to_str((struct sockaddr *)&path->dst, path->text,
				sizeof(path->text));
}

/**
 * rtrs_clt_path_create() - make a path, not yet known to its session
 * @sess: session
 * @addr: its ends; copied
 *
 * Context: process, may sleep. Return: the path, the caller's reference to its
 * kobject; or an ERR_PTR.
 */
struct rtrs_clt_path *rtrs_clt_path_create(struct rtrs_clt_sess *sess,
					   const struct rtrs_addr *addr)
{
	struct rtrs_clt_path *path = kzalloc(sizeof(*path), GFP_KERNEL);
	u16 cid;

	if (!path)
		return ERR_PTR(-ENOMEM);
	path->sess = sess;
	get_device(&sess->dev);
	kobject_init(&path->kobj, &rtrs_clt_path_ktype);
	spin_lock_init(&path->state_lock);
	ratelimit_state_init(&path->talk, DEFAULT_RATELIMIT_INTERVAL,
			     TALK_BURST);
	init_waitqueue_head(&path->wait);
	mutex_init(&path->life);
	INIT_LIST_HEAD(&path->entry);
	INIT_WORK(&path->lost_work, rtrs_clt_lost);
	INIT_DELAYED_WORK(&path->connect_work, rtrs_clt_connect);
	rtrs_hb_init(&path->hb, &hb_ops, &sess->hb_conf, rtrs_clt_wq);
	path->state = RTRS_CLT_CONNECTING;
	path->step_ms = RTRS_CLT_STEP_MIN_MS;
	atomic_set(&path->nr_connects, -1);
	generate_random_uuid(path->uuid);
	path->dst = *addr->dst;
	path->has_src = addr->src;
	if (addr->src)
		path->src = *addr->src;
	name_path(path);

	count_cons(path);
	path->cons = kvcalloc(path->nr_cons, sizeof(*path->cons), GFP_KERNEL);
	path->pcpu = alloc_percpu(struct rtrs_clt_pcpu);
	if (!path->cons || !path->pcpu) {
		kobject_put(&path->kobj);
		return ERR_PTR(-ENOMEM);
	}
	for (cid = 0; cid < path->nr_cons; cid++)
		rtrs_clt_con_init(&path->cons[cid], path, cid);
	return path;
}

static bool outcome_known(struct rtrs_clt_path *path, unsigned int before)
{
	/* pairs with the release in rtrs_clt_connect() */
	unsigned int done = smp_load_acquire(&path->nr_attempts_done);

	return done != before ||
	       rtrs_clt_path_is(path, RTRS_CLT_CLOSING) ||
	       rtrs_clt_path_is(path, RTRS_CLT_CLOSED) ||
	       rtrs_clt_path_is(path, RTRS_CLT_DEAD);
}

/* Run an attempt soon; its outcome, or -EINTR when the caller was killed. */
static int await_attempt(struct rtrs_clt_path *path, unsigned int before,
			 u32 delay_ms)
{
	mod_delayed_work(rtrs_clt_connect_wq, &path->connect_work,
			 msecs_to_jiffies(delay_ms));
	if (wait_event_killable(path->wait, outcome_known(path, before)))
		return -EINTR;
	if (READ_ONCE(path->nr_attempts_done) == before)
		return -ECONNABORTED;
	return path->attempt_err;
}

/**
 * rtrs_clt_path_start() - connect a new path
 * @path: path, listed in its session
 *
 * An attempt that is not answered is repeated with more patience, and what the
 * server refuses because it still remembers that attempt, for RTRS_CLT_OPEN_MS
 * in all.
 * Context: process, killable. Return: 0 when it is connected, or why it could
 * not be; then the caller removes it.
 */
int rtrs_clt_path_start(struct rtrs_clt_path *path)
{
	unsigned long end = jiffies + msecs_to_jiffies(RTRS_CLT_OPEN_MS);
	bool unanswered = false;
	u32 delay_ms = 0;
	int err;

	for (;;) {
		err = await_attempt(path, path->nr_attempts_done, delay_ms);
		if (err != -ETIMEDOUT && err != -ESTALE &&
		    !(unanswered && err == -ECONNRESET))
			return err;
		if (time_after(jiffies, end) ||
		    !rtrs_clt_path_move(path, RTRS_CLT_CONNECTING_ERR,
					RTRS_CLT_RECONNECTING))
			return err;
		if (err == -ETIMEDOUT)
			unanswered = true;
		else
			delay_ms = RTRS_CLT_BACKOFF_MIN_MS;
	}
}

/* ---------------------------------------------------------- close, restart */

static bool at_rest(const struct rtrs_clt_path *path)
{
	return rtrs_clt_path_is(path, RTRS_CLT_CLOSED) ||
	       rtrs_clt_path_is(path, RTRS_CLT_DEAD);
}

/**
 * rtrs_clt_path_disconnect() - close a path until it is asked for again
 * @path: path
 *
 * Context: process, killable. Return: 0, or -EINTR; then it closes nonetheless.
 */
int rtrs_clt_path_disconnect(struct rtrs_clt_path *path)
{
	rtrs_clt_path_go(path, RTRS_CLT_CLOSING);
	return wait_event_killable(path->wait, at_rest(path)) ? -EINTR : 0;
}

/**
 * rtrs_clt_path_reconnect() - connect a path anew, now
 * @path: path in any state
 *
 * The server may still be busy with what is left of it: then it is asked again
 * for a while.
 * Context: process, killable. Return: 0 when it is connected, -ENOTCONN when
 * the attempt failed, -EBUSY when it is being connected or closed, -EINTR.
 */
int rtrs_clt_path_reconnect(struct rtrs_clt_path *path)
{
	unsigned long end = jiffies + msecs_to_jiffies(RTRS_CLT_RECONNECT_MS);
	unsigned int before = path->nr_attempts_done;
	u32 delay_ms = 0;
	int err;

	WRITE_ONCE(path->asked_for, true);
	if (rtrs_clt_path_move(path, RTRS_CLT_CLOSED, RTRS_CLT_RECONNECTING)) {
		/* at rest: no work touches these */
		path->attempts = 0;
		path->backoff_ms = 0;
		path->step_ms = RTRS_CLT_STEP_MIN_MS;
	} else if (!rtrs_clt_path_is(path, RTRS_CLT_RECONNECTING) &&
		   !rtrs_clt_path_move(path, RTRS_CLT_CONNECTED,
				       RTRS_CLT_RECONNECTING) &&
		   !rtrs_clt_path_move(path, RTRS_CLT_CONNECTING_ERR,
				       RTRS_CLT_RECONNECTING)) {
		return -EBUSY;
	}
	for (;;) {
		err = await_attempt(path, before, delay_ms);
		if ((err != -ECONNRESET && err != -ESTALE) ||
		    time_after(jiffies, end))
			break;
		before = path->nr_attempts_done;
		delay_ms = RTRS_CLT_BACKOFF_MIN_MS;
	}
	return err && err != -EINTR ? -ENOTCONN : err;
}

/* ------------------------------------------------------------------ remove */

/**
 * rtrs_clt_path_remove() - close a path for good and forget it
 * @path: path, listed in its session; gone when this returns, or about to be
 *	gone by the hand of somebody else
 *
 * Context: process, may sleep; not killable, for it ends soon: closing waits
 * for nothing that a peer could withhold.
 */
void rtrs_clt_path_remove(struct rtrs_clt_path *path)
{
	struct rtrs_clt_sess *sess = path->sess;

	/* again, if somebody reconnects it in between */
	do {
		rtrs_clt_path_go(path, RTRS_CLT_CLOSING);
		wait_event(path->wait, at_rest(path));
		if (rtrs_clt_path_is(path, RTRS_CLT_DEAD))
			return;
	} while (!rtrs_clt_path_go(path, RTRS_CLT_DEAD));

	/* while it is listed its name is taken, and is so until it is free */
	rtrs_clt_path_hide(path);
	mutex_lock(&sess->paths_mutex);
	list_del_rcu(&path->entry);
	mutex_unlock(&sess->paths_mutex);
	synchronize_rcu();
	cancel_delayed_work_sync(&path->connect_work);
	cancel_work_sync(&path->lost_work);

	mutex_lock(&sess->paths_mutex);
	WRITE_ONCE(sess->nr_paths, sess->nr_paths - 1);
	/* last: the session may go now, its memory stays with the path's */
	wake_up_all(&sess->paths_gone);
	mutex_unlock(&sess->paths_mutex);
	kobject_put(&path->kobj);
}

static void free_path(struct kobject *kobj)
{
	struct rtrs_clt_path *path = container_of(kobj, struct rtrs_clt_path,
						  kobj);
	struct rtrs_clt_sess *sess = path->sess;

	/* nobody has a reference: who queued them late does so no more */
	cancel_delayed_work_sync(&path->connect_work);
	cancel_work_sync(&path->lost_work);
	if (path->spare_fence)
		rtrs_clt_fence_put(path->spare_fence);
	free_percpu(path->pcpu);
	kvfree(path->cons);
	kfree(path);
	put_device(&sess->dev);
}

const struct kobj_type rtrs_clt_path_ktype = {
	.release	= free_path,
	.sysfs_ops	= &kobj_sysfs_ops,
	.default_groups	= rtrs_clt_path_groups,
};
