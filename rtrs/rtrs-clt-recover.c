// SPDX-License-Identifier: GPL-2.0
/*
 * A path that was lost: take it down, let its requests go elsewhere, back off,
 * try again. The works here are the only ones that hold a path's life.
 */
#include <linux/slab.h>

#include "rtrs-clt.h"
#include "rtrs-clt-trace.h"
#include "rtrs-clt-verdict.h"

/* -------------------------------------------------------------- take down */

/* A connection of another path may be freed by now: its address says enough. */
static bool has_con(const struct rtrs_clt_path *path,
		    const struct rtrs_clt_con *con)
{
	return con >= path->cons && con < path->cons + path->nr_cons;
}

/*
 * After the drain no completion of the path runs and no submitter is inside:
 * its requests are ours.
 */
static void take_requests(struct rtrs_clt_path *path, struct list_head *answered,
			  struct list_head *parked)
{
	struct rtrs_clt_sess *sess = path->sess;
	struct rtrs_clt_req *req;
	u32 i;

	for (i = 0; path->slots && i < path->geo.queue_depth; i++) {
		int state;

		req = &sess->reqs[i];
		/* pairs with the release when a request is put on a path */
		state = atomic_read_acquire(&req->state);
		if (!(state & RTRS_REQ_BUSY) ||
		    !has_con(path, READ_ONCE(req->con)))
			continue;
		if (rtrs_req_survives(state)) {
			memcpy(req->msg, path->slots[i].hdr->buf, req->msg_len);
			list_add_tail(&req->entry, parked);
		} else {
			list_add_tail(&req->entry, answered);
		}
	}
}

/* The keys of their regions are dead: give their pages back to the CPU. */
static void detach(struct rtrs_clt_path *path, struct list_head *reqs)
{
	struct rtrs_clt_req *req;

	list_for_each_entry(req, reqs, entry) {
		rtrs_clt_xfer_unmap(req);
		atomic_dec(&path->inflight);
		if (!req->con->con.cid)
			atomic_dec(&path->service);
		atomic_set(&req->state, RTRS_REQ_BUSY);
		WRITE_ONCE(req->con, NULL);
	}
}

static void finish_answered(struct list_head *reqs)
{
	struct rtrs_clt_req *req, *next;

	list_for_each_entry_safe(req, next, reqs, entry) {
		list_del_init(&req->entry);
		rtrs_clt_req_finish(req, req->err);
	}
}

static void free_memory(struct rtrs_clt_path *path)
{
	u16 cid;

	for (cid = 0; cid < path->nr_cons; cid++) {
		rtrs_iu_block_free(path->cons[cid].keys);
		path->cons[cid].keys = NULL;
	}
	rtrs_iu_block_free(path->fence_iu);
	path->fence_iu = NULL;
	rtrs_iu_block_free(path->info);
	path->info = NULL;
	kvfree(path->chunks);
	path->chunks = NULL;
}

static void id_ended(void *arg, int status)
{
	struct rtrs_clt_fence *fence = arg;

	if (!status)
		rtrs_clt_fence_bye(fence);
	rtrs_clt_fence_put(fence);
}

/*
 * The peer should learn that a connection which was up is over: its id lingers
 * until the peer has acknowledged. That may be the proof a fence waits for.
 */
static void leave_id(struct rtrs_clt_con *con, struct rtrs_clt_fence *fence)
{
	struct rdma_cm_id *cm_id = con->con.cm_id;

	con->con.cm_id = NULL;
	if (!con->up) {
		if (cm_id)
			rdma_destroy_id(cm_id);
		return;
	}
	con->up = false;
	if (!fence) {
		rtrs_linger_id(&rtrs_clt_lingering, cm_id,
			       &con->path->device_gone, NULL, NULL);
		return;
	}
	kref_get(&fence->ref);
	if (rtrs_linger_id(&rtrs_clt_lingering, cm_id, &con->path->device_gone,
			   id_ended, fence))
		rtrs_clt_fence_put(fence);
	/* final, now that our own handler does not run any more */
	if (READ_ONCE(con->bye))
		rtrs_clt_fence_bye(fence);
}

/**
 * rtrs_clt_take_down() - free whatever a path holds, and take its requests off
 * @path: path, neither connected nor connecting
 *
 * Requests that were not answered wait behind a fence when this returns.
 * Context: worker, under the path's life.
 */
void rtrs_clt_take_down(struct rtrs_clt_path *path)
{
	struct rtrs_clt_fence *fence = NULL;
	LIST_HEAD(answered);
	LIST_HEAD(parked);
	u16 cid;

	lockdep_assert_held(&path->life);
	if (!path->live)
		return;
	trace_rtrs_clt_close_conns(path);

	/* who has seen it connected is out when this returns */
	synchronize_rcu();
	rtrs_hb_stop(&path->hb);
	for (cid = 0; cid < path->nr_cons; cid++)
		rtrs_con_stop(&path->cons[cid].con);
	for (cid = 0; cid < path->nr_cons; cid++)
		rtrs_con_drain(&path->cons[cid].con);
	rtrs_clt_fence_via_lost(path);

	take_requests(path, &answered, &parked);
	rtrs_clt_slots_free(path);
	detach(path, &answered);
	detach(path, &parked);
	finish_answered(&answered);
	if (!list_empty(&parked))
		fence = rtrs_clt_fence_raise(path, &parked);

	free_memory(path);
	for (cid = 0; cid < path->nr_cons; cid++)
		rtrs_con_destroy(&path->cons[cid].con);
	if (path->dev)
		rtrs_dev_put(path->dev);
	path->dev = NULL;
	for (cid = 0; cid < path->nr_cons; cid++)
		leave_id(&path->cons[cid], fence);
	if (fence)
		rtrs_clt_fence_put(fence);
	path->live = false;
}

/* ------------------------------------------------------------------ works */

static void schedule_attempt(struct rtrs_clt_path *path, u32 delay_ms)
{
	queue_delayed_work(rtrs_clt_connect_wq, &path->connect_work,
			   msecs_to_jiffies(delay_ms));
}

/* How long to wait before a path that was just lost is tried again. */
static u32 delay_after_loss(struct rtrs_clt_path *path)
{
	if (rtrs_was_settled(jiffies_to_msecs(jiffies - path->up_since)) ||
	    READ_ONCE(path->asked_for)) {
		path->attempts = 0;
		path->backoff_ms = 0;
		return RTRS_CLT_FIRST_DELAY_MS;
	}
	path->backoff_ms = rtrs_backoff_next(path->backoff_ms,
					     READ_ONCE(path->sess->reconnect_delay_ms));
	return path->backoff_ms;
}

/**
 * rtrs_clt_lost() - work: a path was lost, or is to be closed
 * @work: rtrs_clt_path.lost_work
 */
void rtrs_clt_lost(struct work_struct *work)
{
	struct rtrs_clt_path *path = container_of(work, struct rtrs_clt_path,
						  lost_work);

	mutex_lock(&path->life);
	trace_rtrs_rdma_error_recovery(path);
	if (rtrs_clt_path_is(path, RTRS_CLT_RECONNECTING) ||
	    rtrs_clt_path_is(path, RTRS_CLT_CLOSING)) {
		rtrs_clt_take_down(path);
		rtrs_clt_fences_judge(path->sess);
		rtrs_clt_path_down(path);
	}
	if (rtrs_clt_path_go(path, RTRS_CLT_CLOSED))
		path_info(path, "closed\n");
	else if (rtrs_clt_path_is(path, RTRS_CLT_RECONNECTING))
		schedule_attempt(path, delay_after_loss(path));
	mutex_unlock(&path->life);
}

static bool never_up(struct rtrs_clt_path *path)
{
	return atomic_read(&path->nr_connects) < 0;
}

static bool begin_attempt(struct rtrs_clt_path *path)
{
	int most = READ_ONCE(path->sess->max_reconnects);

	if (rtrs_clt_path_is(path, RTRS_CLT_CONNECTING))
		return true;
	if (!rtrs_clt_path_is(path, RTRS_CLT_RECONNECTING))
		return false;
	trace_rtrs_clt_reconnect_work(path);
	if (!never_up(path)) {
		if (most >= 0 && path->attempts >= (unsigned int)most) {
			path_info(path, "gave up after %u attempts\n",
				  path->attempts);
			rtrs_clt_path_go(path, RTRS_CLT_CLOSING);
			return false;
		}
		path->attempts++;
	}
	return rtrs_clt_path_move(path, RTRS_CLT_RECONNECTING,
				  RTRS_CLT_CONNECTING);
}

static void attempt_succeeded(struct rtrs_clt_path *path)
{
	/* whether it was a success that counts shows when it is lost */
	path->up_since = jiffies;
	WRITE_ONCE(path->asked_for, false);
	path->step_ms = RTRS_CLT_STEP_MIN_MS;
	/* fences that waited for a path can be judged */
	rtrs_clt_fences_judge(path->sess);
}

static void attempt_failed(struct rtrs_clt_path *path, int err)
{
	u32 delay_ms = RTRS_CLT_FIRST_DELAY_MS;

	u32 most_ms = READ_ONCE(path->sess->reconnect_delay_ms);

	if (err == -ETIMEDOUT) {
		path->step_ms = rtrs_patience_next(path->step_ms);
	} else if (err == -ESTALE) {
		/* the server is there, it was only asked too early */
		path->attempts -= !!path->attempts;
	} else {
		path->backoff_ms = rtrs_backoff_next(path->backoff_ms, most_ms);
		delay_ms = path->backoff_ms;
	}
	if (never_up(path))
		return;
	atomic_inc(&path->nr_connect_fails);
	if (rtrs_clt_path_move(path, RTRS_CLT_CONNECTING_ERR,
			       RTRS_CLT_RECONNECTING))
		schedule_attempt(path, delay_ms);
}

/**
 * rtrs_clt_connect() - work: try to bring a path up
 * @work: rtrs_clt_path.connect_work
 */
void rtrs_clt_connect(struct work_struct *work)
{
	struct rtrs_clt_path *path = container_of(to_delayed_work(work),
						  struct rtrs_clt_path,
						  connect_work);
	int err;

	mutex_lock(&path->life);
	/* if it is still to be taken down, that work asks for us again */
	if (!path->live && begin_attempt(path)) {
		err = rtrs_clt_bring_up(path);
		if (err)
			attempt_failed(path, err);
		else
			attempt_succeeded(path);
		path->attempt_err = err;
		/* pairs with the acquire in outcome_known() */
		smp_store_release(&path->nr_attempts_done,
				  path->nr_attempts_done + 1);
		wake_up_all(&path->wait);
	}
	mutex_unlock(&path->life);
}
