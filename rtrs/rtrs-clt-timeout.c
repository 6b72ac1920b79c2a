// SPDX-License-Identifier: GPL-2.0
/*
 * Requests that take too long. Their connection is asked for a sign of life; if
 * it gives one the server's disk is slow, which is said once, else the path is
 * lost and its requests move.
 */
#include "rtrs-clt.h"

#define PROBING_PERIOD_MS	500

static bool older_than(unsigned long then, unsigned int ms)
{
	return time_after(jiffies, then + msecs_to_jiffies(ms));
}

/* The sign of life. */
void rtrs_clt_probed(struct ib_cq *cq, struct ib_wc *wc)
{
	struct rtrs_clt_con *con = container_of(wc->wr_cqe, struct rtrs_clt_con,
						probe);

	rtrs_con_send_done(&con->con);
	if (wc->status != IB_WC_SUCCESS) {
		rtrs_clt_send_failed(con->path, "probing", wc);
		return;
	}
	WRITE_ONCE(con->probe_ok, jiffies);
	WRITE_ONCE(con->probing, false);
}

static void probe(struct rtrs_clt_con *con)
{
	int err;

	con->probe_since = jiffies;
	WRITE_ONCE(con->probing, true);
	err = rtrs_con_post_probe(&con->con, &con->probe);
	if (!err)
		return;
	WRITE_ONCE(con->probing, false);
	if (err != -EAGAIN)
		rtrs_clt_path_fault(con->path, "probing", err);
}

/* True while a probe is out. Under RCU. */
static bool look_at(struct rtrs_clt_req *req, unsigned int limit_ms)
{
	/* pairs with the release when a request is put on a path */
	int state = atomic_read_acquire(&req->state);
	unsigned long started = READ_ONCE(req->started);
	struct rtrs_clt_con *con = READ_ONCE(req->con);

	if (!(state & RTRS_REQ_POSTED) || !con || req->reported ||
	    !older_than(started, limit_ms))
		return false;
	if (!rtrs_clt_path_is(con->path, RTRS_CLT_CONNECTED))
		return false;
	/* nobody else may have looked whether a polled connection answers */
	if (con->con.cid >= con->path->irq_cons)
		rtrs_clt_poll_con(con);
	if (!(atomic_read(&req->state) & RTRS_REQ_POSTED) ||
	    READ_ONCE(req->con) != con || READ_ONCE(req->started) != started)
		return false;
	if (READ_ONCE(con->probing)) {
		if (older_than(con->probe_since, RTRS_CLT_PROBE_MS))
			rtrs_clt_path_fault(con->path,
					    "connection gives no sign of life",
					    -ETIMEDOUT);
		return true;
	}
	if (time_after(READ_ONCE(con->probe_ok),
		       started + msecs_to_jiffies(limit_ms))) {
		req->reported = true;
		path_info(con->path, "request %u unanswered for %u ms, but connection %u is alive\n",
			  req->permit.id, jiffies_to_msecs(jiffies - started),
			  con->con.cid);
		return false;
	}
	probe(con);
	return true;
}

void rtrs_clt_timeout_work(struct work_struct *work)
{
	struct rtrs_clt_sess *sess = container_of(to_delayed_work(work),
						  struct rtrs_clt_sess,
						  timeout_work);
	unsigned int limit_ms = READ_ONCE(sess->request_timeout_ms);
	unsigned int period_ms = clamp(limit_ms / 4, 250U, 5000U);
	struct rtrs_clt_req *reqs;
	u32 i;

	if (!limit_ms)
		return;
	/* the file is there before the first path, whose geometry comes with them */
	reqs = smp_load_acquire(&sess->reqs);
	for (i = 0; reqs && i < sess->geo.queue_depth; i++) {
		rcu_read_lock();
		if (look_at(&reqs[i], limit_ms))
			period_ms = min(period_ms, PROBING_PERIOD_MS);
		rcu_read_unlock();
	}
	queue_delayed_work(rtrs_clt_wq, &sess->timeout_work,
			   msecs_to_jiffies(period_ms));
}

/* The limit was set or changed. */
void rtrs_clt_timeout_set(struct rtrs_clt_sess *sess)
{
	mod_delayed_work(rtrs_clt_wq, &sess->timeout_work, 0);
}
