// SPDX-License-Identifier: GPL-2.0
/*
 * A request from its submission to its single end. What can happen to it in
 * between is in rtrs-clt-step.h.
 */
#include <linux/export.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>

#include "rtrs-clt.h"

/* Between looks for room on the service connection. */
#define ROOM_DELAY_MS	10

/* Send work requests kept free for probes and invalidations. */
static bool has_room(const struct rtrs_con *con, u32 chained)
{
	u32 reserve = min(con->sq_size / 4, 64U);

	return READ_ONCE(con->sq_free) >= chained + reserve + 2;
}

/**
 * rtrs_clt_req_finish() - hand a request back to its user
 * @req: request, the caller's, on no path any more
 * @err: its outcome
 */
void rtrs_clt_req_finish(struct rtrs_clt_req *req, int err)
{
	struct rtrs_clt_req_ops ops = req->ops;

	/* pairs with the acquire of whoever takes it next */
	atomic_set_release(&req->state, 0);
	ops.conf_fn(ops.priv, err);
}

static void leave_path(struct rtrs_clt_req *req)
{
	struct rtrs_clt_path *path = req->con->path;

	rtrs_clt_xfer_unmap(req);
	if (!req->con->con.cid)
		atomic_dec(&path->service);
	atomic_dec(&path->inflight);
	rtrs_clt_stats_end(path, &req->permit);
}

static enum rtrs_req_verdict add_event(struct rtrs_clt_req *req,
				       unsigned int event)
{
	int old = atomic_read_acquire(&req->state);
	enum rtrs_req_verdict verdict;
	unsigned int new;

	do {
		new = old;
		verdict = rtrs_req_step(&new, event);
		if (new == old)
			return verdict;
	} while (!atomic_try_cmpxchg(&req->state, &old, new));
	return verdict;
}

static void spend(struct rtrs_clt_req *req, enum rtrs_req_verdict verdict)
{
	if (verdict == RTRS_REQ_INVALIDATE) {
		rtrs_clt_xfer_invalidate(req);
	} else if (verdict == RTRS_REQ_END) {
		leave_path(req);
		rtrs_clt_req_finish(req, req->err);
	}
}

/**
 * rtrs_clt_req_event() - our own device or the submitter got on with a request
 * @req: request
 * @event: bits of enum rtrs_req_bit
 *
 * Context: any, while the path of the request is not drained.
 */
void rtrs_clt_req_event(struct rtrs_clt_req *req, unsigned int event)
{
	spend(req, add_event(req, event));
}

/**
 * rtrs_clt_req_answered() - the peer says that a request is done
 * @con: where it said so
 * @id: request, below the queue depth
 * @err: outcome
 * @key_dead: the region of the request is known to be invalid
 *
 * Context: completion of @con. Return: false if it was refused, for then no
 * such request waits there.
 */
bool rtrs_clt_req_answered(struct rtrs_clt_con *con, u32 id, int err,
			   bool key_dead)
{
	struct rtrs_clt_req *req = &con->path->sess->reqs[id];
	enum rtrs_req_verdict verdict;
	int state = atomic_read_acquire(&req->state);

	if (!(state & RTRS_REQ_BUSY)) {
		rtrs_clt_refuse(con->path, RTRS_CLT_REFUSED_RSP_IDLE);
		return false;
	}
	if (READ_ONCE(req->con) != con) {
		rtrs_clt_refuse(con->path, RTRS_CLT_REFUSED_RSP_CONNECTION);
		return false;
	}
	if (state & RTRS_REQ_ANSWERED) {
		rtrs_clt_refuse(con->path, RTRS_CLT_REFUSED_RSP_DUPLICATE);
		return false;
	}
	/*
	 * Answers of one connection come one after the other, and only an
	 * answer can end this request: nobody else writes its outcome now.
	 */
	req->err = err;
	verdict = add_event(req, RTRS_REQ_ANSWERED |
				 (key_dead ? RTRS_REQ_KEY_DEAD : 0));
	spend(req, verdict);
	return true;
}

/* Another path carries I/O, or none is on its way back. Under RCU. */
static bool can_be_spared(const struct rtrs_clt_path *path)
{
	const struct rtrs_clt_path *other;
	bool coming = false;

	list_for_each_entry_rcu(other, &path->sess->paths, entry) {
		if (other == path)
			continue;
		if (rtrs_clt_path_is(other, RTRS_CLT_CONNECTED))
			return true;
		coming |= rtrs_clt_path_is(other, RTRS_CLT_CONNECTING) ||
			  rtrs_clt_path_is(other, RTRS_CLT_CONNECTING_ERR) ||
			  rtrs_clt_path_is(other, RTRS_CLT_RECONNECTING);
	}
	return !coming;
}

/**
 * rtrs_clt_give_up() - do not wait for the answer of a request any longer
 * @sess: session
 * @permit: its permit; another request may have it meanwhile
 * @insist: even if no other path is connected now, though one may be soon
 *
 * The path it is on is treated as lost, so that the server cannot touch its
 * data any more. It ends unless it is wanted, see struct rtrs_clt_req_ops; all
 * others of the path are sent again. The permit is of no use until each path of
 * the session was connected anew.
 * Context: any. Return: true if a path is lost by it.
 */
bool rtrs_clt_give_up(struct rtrs_clt_sess *sess, struct rtrs_permit *permit,
		      bool insist)
{
	struct rtrs_clt_req *req = container_of(permit, struct rtrs_clt_req,
						permit);
	struct rtrs_clt_con *con = NULL;
	bool lost;

	rcu_read_lock();
	/* while it is busy its path is there, and for a grace period after */
	if (atomic_read_acquire(&req->state) & RTRS_REQ_BUSY)
		con = READ_ONCE(req->con);
	lost = con && rtrs_clt_path_is(con->path, RTRS_CLT_CONNECTED) &&
	       (insist || can_be_spared(con->path));
	if (lost)
		rtrs_clt_path_fault(con->path, "a request was given up",
				    -ECANCELED);
	rcu_read_unlock();
	return lost;
}
EXPORT_SYMBOL_GPL(rtrs_clt_give_up);

static struct rtrs_clt_con *pick_con(struct rtrs_clt_path *path,
				     const struct rtrs_permit *permit,
				     int poll_queue)
{
	if (permit->type == RTRS_ADMIN_CON)
		return &path->cons[0];
	if (poll_queue >= 0 && path->irq_cons + poll_queue < path->nr_cons)
		return &path->cons[path->irq_cons + poll_queue];
	return &path->cons[1 + permit->cpu % (path->irq_cons - 1)];
}

static int put_on_path(struct rtrs_clt_req *req, struct rtrs_clt_con *con,
		       const struct kvec *vec, size_t nr, bool again,
		       struct rtrs_clt_slot **slot)
{
	struct rtrs_clt_path *path = con->path;
	unsigned int wants;
	int err;

	err = rtrs_clt_xfer_prepare(req, con, vec, nr, slot, &wants);
	if (err)
		return err;
	atomic_inc(&path->inflight);
	if (!con->con.cid)
		atomic_inc(&path->service);
	rtrs_clt_stats_start(path, req->dir, req->data_len + req->msg_len,
			     again);
	/* pairs with the acquire of an answer */
	atomic_set_release(&req->state, RTRS_REQ_BUSY | wants);
	return 0;
}

static struct ib_send_wr *first_wr(struct rtrs_clt_slot *slot)
{
	return slot->reg.wr.next ? &slot->reg.wr : &slot->write.wr;
}

static void post(struct rtrs_clt_con *con, struct rtrs_clt_slot *first,
		 struct rtrs_clt_slot *last, u32 nr_wrs)
{
	struct rtrs_clt_slot *slot, *next;
	int err;

	err = rtrs_con_post_now(&con->con, first_wr(first), &last->write.wr, nr_wrs);
	if (err)
		/* some may be on their way: only the recovery may touch them */
		rtrs_clt_path_fault(con->path, "posting requests", err);
	for (slot = first; slot; slot = next) {
		/* once posted a slot may serve its next request already */
		next = slot == last ? NULL : slot->next;
		rtrs_clt_req_event(slot->req, RTRS_REQ_POSTED);
	}
}

/**
 * rtrs_clt_batch_commit() - post the requests of a batch
 * @sess: session
 * @batch: batch, empty afterwards
 *
 * Requests that could not be posted are sent again over another path, or end
 * with an error like all others. Context: any, see struct rtrs_clt_batch.
 */
void rtrs_clt_batch_commit(struct rtrs_clt_sess *sess,
			   struct rtrs_clt_batch *batch)
{
	struct rtrs_clt_batch full = *batch;

	if (!full.con)
		return;
	*batch = (struct rtrs_clt_batch) { };
	post(full.con, full.first, full.last, full.nr_wrs);
}
EXPORT_SYMBOL_GPL(rtrs_clt_batch_commit);

static void append(struct rtrs_clt_batch *batch, struct rtrs_clt_con *con,
		   struct rtrs_clt_slot *slot)
{
	struct rtrs_clt_slot *last = batch->last;

	if (last) {
		last->next = slot;
		last->write.wr.next = first_wr(slot);
	} else {
		batch->con = con;
		batch->first = slot;
	}
	batch->last = slot;
	batch->nr_wrs += slot->reg.wr.next ? 2 : 1;
	batch->nr++;
	batch->bytes += slot->req->data_len;
}

/* The path of a batch serves the whole of it, others are chosen by policy. */
static struct rtrs_clt_path *batch_path(struct rtrs_clt_sess *sess,
					const struct rtrs_clt_batch *batch)
{
	struct rtrs_clt_con *con = batch->con;

	if (con && !rtrs_batch_full(batch->nr, batch->bytes) &&
	    rtrs_clt_path_is(con->path, RTRS_CLT_CONNECTED))
		return con->path;
	return rtrs_clt_pick_path(sess);
}

/**
 * rtrs_clt_request_add() - prepare a request and put it into a batch
 * @sess: session
 * @io: the request; may be forgotten when this returns
 * @batch: batch; requests of another connection in it are posted first
 *
 * Context: any, see struct rtrs_clt_batch.
 * Return: 0, then conf_fn will be called; else it will not: -ECONNABORTED when
 * no path is connected, -EAGAIN when the connection has no room at the moment,
 * -ENOMEM, -EMSGSIZE when message or data are too long, -EINVAL when @sg does
 * not describe data_len bytes, -EBUSY when the permit is in use.
 */
int rtrs_clt_request_add(struct rtrs_clt_sess *sess, struct rtrs_clt_io *io,
			 struct rtrs_clt_batch *batch)
{
	struct rtrs_clt_req *req = container_of(io->permit, struct rtrs_clt_req,
						permit);
	struct rtrs_clt_path *path;
	struct rtrs_clt_slot *slot;
	struct rtrs_clt_con *con;
	size_t msg_len = 0, i;
	int err;

	if (atomic_read_acquire(&req->state))
		return -EBUSY;
	for (i = 0; i < io->nr; i++)
		msg_len += io->vec[i].iov_len;
	if (msg_len > RTRS_CLT_MAX_MSG || io->data_len > RTRS_CLT_MAX_IO)
		return -EMSGSIZE;

	path = batch_path(sess, batch);
	if (!path)
		return -ECONNABORTED;
	con = pick_con(path, io->permit, io->poll_queue);
	if (batch->con && (batch->con != con ||
			   rtrs_batch_full(batch->nr, batch->bytes)))
		rtrs_clt_batch_commit(sess, batch);
	if (!has_room(&con->con, batch->nr_wrs))
		return -EAGAIN;

	req->ops = io->ops;
	req->dir = io->dir;
	req->sg = io->sg;
	req->sg_cnt = io->sg_cnt;
	req->data_len = io->data_len;
	req->msg_len = msg_len;
	req->poll_queue = io->poll_queue;
	req->err = 0;
	req->started = jiffies;
	req->reported = false;
	err = put_on_path(req, con, io->vec, io->nr, false, &slot);
	if (err)
		return err;
	append(batch, con, slot);
	return 0;
}
EXPORT_SYMBOL_GPL(rtrs_clt_request_add);

static int submit_one(struct rtrs_clt_sess *sess, struct rtrs_clt_io *io)
{
	struct rtrs_clt_batch batch = { };
	int err;

	rcu_read_lock();
	err = rtrs_clt_request_add(sess, io, &batch);
	if (!err)
		rtrs_clt_batch_commit(sess, &batch);
	rcu_read_unlock();
	return err;
}

/**
 * rtrs_clt_request() - send one request
 * @dir: READ or WRITE
 * @ops: how its end is reported; copied
 * @sess: session
 * @permit: permit, held by the caller until conf_fn was called
 * @vec: user message, at most 512 bytes; copied
 * @nr: entries of @vec
 * @len: bytes described by @sg
 * @sg: data, valid until conf_fn; NULL for none
 * @sg_cnt: entries of @sg
 *
 * On the service connection this waits for room: what it carries are single
 * messages, which nobody repeats.
 * Context: any with a permit for RTRS_IO_CON; process, killable, with one for
 * RTRS_ADMIN_CON, and the wait ends when the path is lost.
 * Return: as rtrs_clt_request_add(); -EINTR instead of -EAGAIN for
 * RTRS_ADMIN_CON, when the caller was killed.
 */
int rtrs_clt_request(int dir, struct rtrs_clt_req_ops *ops,
		     struct rtrs_clt_sess *sess, struct rtrs_permit *permit,
		     const struct kvec *vec, size_t nr, size_t len,
		     struct scatterlist *sg, unsigned int sg_cnt)
{
	struct rtrs_clt_io io = {
		.dir		= dir,
		.poll_queue	= -1,
		.ops		= *ops,
		.permit		= permit,
		.vec		= vec,
		.nr		= nr,
		.data_len	= len,
		.sg		= len ? sg : NULL,
		.sg_cnt		= len ? sg_cnt : 0,
	};
	bool waits = permit->type == RTRS_ADMIN_CON;
	int err;

	might_sleep_if(waits);
	for (;;) {
		err = submit_one(sess, &io);
		if (err != -EAGAIN || !waits)
			return err;
		schedule_timeout_killable(msecs_to_jiffies(ROOM_DELAY_MS));
		if (fatal_signal_pending(current))
			return -EINTR;
	}
}
EXPORT_SYMBOL_GPL(rtrs_clt_request);

/*
 * Send a parked request over another path. 0 when it is on its way, or the
 * errno of rtrs_clt_request_add(), then it is still parked. Process context.
 */
int rtrs_clt_req_resend(struct rtrs_clt_sess *sess, struct rtrs_clt_req *req)
{
	struct kvec vec = {
		.iov_base	= req->msg,
		.iov_len	= req->msg_len,
	};
	struct rtrs_clt_path *path;
	struct rtrs_clt_slot *slot;
	struct rtrs_clt_con *con;
	int err;

	rcu_read_lock();
	path = rtrs_clt_pick_path(sess);
	if (!path) {
		err = -ECONNABORTED;
		goto unlock;
	}
	con = pick_con(path, &req->permit, req->poll_queue);
	if (!has_room(&con->con, 0)) {
		err = -EAGAIN;
		goto unlock;
	}
	err = put_on_path(req, con, &vec, 1, true, &slot);
	if (!err)
		post(con, slot, slot, slot->reg.wr.next ? 2 : 1);
	else
		WRITE_ONCE(req->con, NULL);
unlock:
	rcu_read_unlock();
	return err;
}

/*
 * Where a request that was accepted ends for want of a path; one that finds
 * none to begin with is not accepted, with the same errno. Whoever wants to
 * hold requests until a path is back does it here.
 */
void rtrs_clt_no_path(struct rtrs_clt_req *req)
{
	rtrs_clt_req_finish(req, -ECONNABORTED);
}
