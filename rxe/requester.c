// SPDX-License-Identifier: GPL-2.0
/*
 * From work requests to packets. Whoever gets hold of snd.tx sends, in the
 * context it is in; the others only tell it to look again. Packets are built
 * under snd.lock and handed to the stack without it, by the same owner, so
 * that they leave in order.
 */
#include "rxe.h"

/* trains sent before softirq gets a chance to do something else */
#define TRAINS_AT_ONCE	4
/* looks at requests for one train: those which need no packet come without end */
#define LOOKS		256
/* packets after which an ACK is wanted at the latest */
#define ACK_EVERY	16
/* PSNs which may be outstanding, kept below half of their circle */
#define PSN_SPAN	BIT(22)

/* what building a train came to an end for */
enum stop {
	STOP_EMPTY,	/* nothing more can be sent now */
	STOP_FULL,	/* the train is to leave first */
	STOP_LATER,	/* memory is short */
};

/* the train being built and the bytes it takes from */
struct build {
	struct rxe_qp		*qp;
	struct rxe_train	train;
	struct rxe_kick		*kick;
	bool			open;		/* between begin and close */
	struct rxe_cursor	cursor;
	u32			at;		/* index of the request @cursor walks */
	u32			psn;		/* at which it stands */
	bool			walking;
	u32			first_psn;	/* of the train */
	unsigned int		looks;		/* more than LOOKS: it ended for that */
};

/* ---- the work request's turn ---- */

/* ends the request without sending anything (more) of it */
static void finish(struct rxe_qp *qp, struct rxe_swqe *wqe)
{
	wqe->state = RXE_WQE_DONE;
	qp->snd.cur++;
}

static bool run_local(struct build *b, struct rxe_swqe *wqe)
{
	struct rxe_qp *qp = b->qp;
	int status;

	/* an invalidation must not cut off what came before it */
	if (wqe->opcode == IB_WR_LOCAL_INV && qp->snd.cur != qp->sq.cons)
		return false;
	status = rxe_local_run(qp, wqe);
	if (status) {
		wqe->status = status;
		return false;
	}
	finish(qp, wqe);
	return true;
}

/* gives the request its PSNs; false if its turn has not come */
static bool start(struct build *b, struct rxe_swqe *wqe)
{
	struct rxe_qp *qp = b->qp;
	struct rxe_snd *snd = &qp->snd;
	u32 psns = rxe_wqe_psns(qp, wqe);

	if (!rxe_state_does(snd->state, RXE_STARTS))
		return false;
	if (wqe->flags & IB_SEND_FENCE && snd->rd_atomic)
		return false;
	if (rxe_wqe_local(wqe))
		return run_local(b, wqe);
	if (rxe_wqe_answered(wqe)) {
		if (!snd->max_rd_atomic) {
			wqe->status = IB_WC_LOC_QP_OP_ERR;
			return false;
		}
		if (psns > RXE_PSN_MASK >> 1) {
			wqe->status = IB_WC_LOC_LEN_ERR;
			return false;
		}
		if (snd->rd_atomic >= snd->max_rd_atomic)
			return false;
		/* a READ spends its PSNs at once */
		if (snd->psn != snd->una &&
		    rxe_psn_diff(snd->psn, snd->una) + psns > PSN_SPAN)
			return false;
		snd->rd_atomic++;
	}
	wqe->first_psn = snd->next;
	wqe->last_psn = rxe_psn_add(snd->next, psns - 1);
	wqe->ssn = snd->ssn++;
	snd->next = rxe_psn_add(snd->next, psns);
	wqe->state = RXE_WQE_STARTED;
	return true;
}

/*
 * The request to send from, or NULL. Requests which need no packet are dealt
 * with on the way.
 */
static struct rxe_swqe *next_request(struct build *b)
{
	struct rxe_qp *qp = b->qp;
	struct rxe_snd *snd = &qp->snd;
	/* pairs with the release in post_one() */
	u32 prod = smp_load_acquire(&qp->sq.prod);
	struct rxe_swqe *wqe;

	while (snd->cur != prod && b->looks++ < LOOKS) {
		wqe = rxe_sq_slot(&qp->sq, snd->cur);
		if (wqe->state == RXE_WQE_DONE) {
			snd->cur++;
			continue;
		}
		/* its own completion comes after those of all before it */
		if (wqe->status) {
			rxe_snd_retire(qp, b->kick);
			if (qp->sq.cons == snd->cur && !snd->failed)
				rxe_snd_error(qp, snd->cur, wqe->status);
			return NULL;
		}
		if (wqe->state != RXE_WQE_POSTED)
			return wqe;
		if (rxe_wqe_local(wqe))
			rxe_snd_retire(qp, b->kick);
		if (!start(b, wqe)) {
			if (wqe->status)
				continue;
			return NULL;
		}
	}
	return NULL;
}

/* ---- packets ---- */

/* puts the cursor on the bytes of the packet at @psn, if it is not there */
static struct rxe_cursor *cursor_at(struct build *b, struct rxe_swqe *wqe,
				    u32 at, u32 psn)
{
	struct rxe_qp *qp = b->qp;
	u64 off = (u64)((psn - wqe->first_psn) & RXE_PSN_MASK) << qp->mtu_shift;

	if (b->walking && b->at == at && b->psn == psn)
		return &b->cursor;
	if (b->walking)
		rxe_cursor_end(&b->cursor);
	if (wqe->flags & IB_SEND_INLINE)
		rxe_cursor_linear(&b->cursor, wqe->inline_data + off,
				  wqe->length - off);
	else
		rxe_cursor_sges(&b->cursor, qp, wqe->sge, wqe->num_sge, off, 0);
	b->walking = true;
	b->at = at;
	b->psn = psn;
	return &b->cursor;
}

static void cursor_drop(struct build *b)
{
	if (b->walking)
		rxe_cursor_end(&b->cursor);
	b->walking = false;
}

/*
 * Ask for an ACK now? Behind the last packet of a burst nothing else would
 * bring an answer; in the middle of one now and then, to keep the window moving.
 */
static bool want_ack(const struct rxe_qp *qp, const struct rxe_swqe *wqe, u32 psn)
{
	const struct rxe_snd *snd = &qp->snd;
	const struct rxe_swqe *next;
	u32 flying;

	if (rxe_wqe_answered(wqe) || snd->since_ack + 1 >= ACK_EVERY ||
	    (snd->back && psn == snd->una))
		return true;
	flying = (u32)rxe_psn_diff(psn, snd->una) + 1;
	if (!rxe_window_open(&snd->win, rxe_window_bytes(flying, qp->mtu_shift)))
		return true;
	if (psn != wqe->last_psn)
		return false;
	if (wqe->flags & (IB_SEND_SIGNALED | IB_SEND_SOLICITED) ||
	    /* pairs with the release in post_one() */
	    snd->cur + 1 == smp_load_acquire(&qp->sq.prod))
		return true;
	next = rxe_sq_slot(&qp->sq, snd->cur + 1);
	return next->status || rxe_wqe_local(next) || rxe_wqe_answered(next) ||
	       next->flags & IB_SEND_FENCE ||
	       !rxe_state_does(snd->state, RXE_STARTS);
}

static int add_packet(struct build *b, struct rxe_swqe *wqe, u32 at,
		      struct rxe_hdrs *h)
{
	struct rxe_cursor *c = NULL;
	int err;

	if (h->payload)
		c = cursor_at(b, wqe, at, h->psn);
	err = rxe_train_add(&b->train, h, c);
	if (err) {
		cursor_drop(b);
		return err;
	}
	if (c)
		b->psn = rxe_psn_add(h->psn, 1);
	if (b->train.n == 1)
		b->first_psn = h->psn;
	return 0;
}

/* a packet asks for an answer: measure how long it takes */
static void note_asked(struct rxe_snd *snd, const struct rxe_hdrs *h, u32 last)
{
	snd->since_ack = 0;
	if (snd->rtt_on || snd->back || h->psn != snd->top)
		return;
	snd->rtt_on = true;
	snd->rtt_psn = last;
	snd->rtt_at = ktime_get_ns();
}

/* PSN behind the packet @h of @wqe */
static u32 psn_behind(const struct rxe_swqe *wqe, const struct rxe_hdrs *h)
{
	return rxe_psn_add(wqe->opcode == IB_WR_RDMA_READ ? wqe->last_psn : h->psn, 1);
}

static void advance(struct rxe_qp *qp, struct rxe_swqe *wqe, const struct rxe_hdrs *h)
{
	struct rxe_snd *snd = &qp->snd;
	bool idle = snd->una == snd->top;
	u32 behind = psn_behind(wqe, h);

	if (h->ack_req)
		note_asked(snd, h, rxe_psn_add(behind, RXE_PSN_MASK));
	else
		snd->since_ack++;
	snd->psn = behind;
	if (rxe_psn_diff(behind, snd->top) > 0)
		snd->top = behind;
	if (idle)
		snd->progress = jiffies;

	if (rxe_psn_diff(behind, wqe->last_psn) <= 0)
		return;
	if (rxe_is_reliable(qp)) {
		wqe->state = RXE_WQE_SENT;
		snd->cur++;
		return;
	}
	/* nobody will answer: it is complete when it is handed over */
	finish(qp, wqe);
	snd->una = snd->psn;
	snd->ack = snd->cur;
}

/* the oldest packet once more, apart from where sending stands */
static int build_probe(struct build *b)
{
	struct rxe_snd *snd = &b->qp->snd;
	struct rxe_swqe *wqe;
	struct rxe_hdrs h;

	wqe = rxe_snd_oldest(b->qp);
	/* answered meanwhile, or its error is being told */
	if (!wqe || wqe->status) {
		snd->probe = false;
		return 0;
	}
	rxe_request_hdrs(b->qp, wqe, snd->una, &h);
	h.ack_req = true;
	if (add_packet(b, wqe, snd->ack, &h) == -ENOMEM)
		return -ENOMEM;
	snd->probe = false;
	rxe_count(rxe_qp_dev(b->qp), RXE_PROBES_SENT);
	return 0;
}

/* ---- trains ---- */

/* where the request goes; RCU */
static struct rxe_path *path_of(struct rxe_qp *qp, const struct rxe_swqe *wqe)
{
	if (!rxe_is_datagram(qp))
		return rcu_dereference(qp->path);
	if (qp->user)
		return rxe_ah_find(rxe_qp_dev(qp), wqe->ud.ah_num, qp->ib.pd);
	return rcu_dereference(to_rxe_ah(wqe->ud.ah)->path);
}

static void open_train(struct build *b, struct rxe_path *path)
{
	rxe_train_begin(&b->train, rxe_qp_dev(b->qp), path);
	b->open = true;
}

/* a datagram which one packet cannot hold is dropped and called a success */
static bool too_long(struct rxe_qp *qp, struct rxe_swqe *wqe)
{
	u32 mtu;

	if (!rxe_is_datagram(qp))
		return false;
	mtu = ib_mtu_enum_to_int(rxe_active_mtu(rxe_qp_dev(qp)));
	return wqe->length > mtu;
}

static void drop_datagram(struct rxe_qp *qp, struct rxe_swqe *wqe)
{
	struct rxe_snd *snd = &qp->snd;

	rxe_count(rxe_qp_dev(qp), RXE_UD_DROPPED);
	finish(qp, wqe);
	snd->psn = snd->next;
	snd->top = snd->next;
	snd->una = snd->next;
	snd->ack = snd->cur;
}

static bool window_allows(const struct rxe_qp *qp)
{
	const struct rxe_snd *snd = &qp->snd;
	u32 flying;

	if (!rxe_is_reliable(qp))
		return true;
	flying = rxe_psn_diff(snd->psn, snd->una);
	if (flying >= PSN_SPAN)
		return false;
	return !flying || rxe_window_open(&snd->win, rxe_window_bytes(flying, qp->mtu_shift));
}

/* one packet; its errors become those of the request */
static enum stop build_one(struct build *b, struct rxe_swqe *wqe)
{
	struct rxe_qp *qp = b->qp;
	struct rxe_hdrs h;
	u32 at = qp->snd.cur;
	int err;

	rxe_request_hdrs(qp, wqe, qp->snd.psn, &h);
	h.ack_req = rxe_is_reliable(qp) && want_ack(qp, wqe, h.psn);
	err = add_packet(b, wqe, at, &h);
	switch (err) {
	case 0:
		advance(qp, wqe, &h);
		return STOP_EMPTY;
	case -ENOSPC:
		return STOP_FULL;
	case -ENOMEM:
		return STOP_LATER;
	default:
		/* next_request() ends it when its turn has come */
		wqe->status = IB_WC_LOC_PROT_ERR;
		return STOP_EMPTY;
	}
}

/* builds a train: as many packets as may go to one destination */
static enum stop build(struct build *b)
{
	struct rxe_qp *qp = b->qp;
	struct rxe_snd *snd = &qp->snd;
	struct rxe_path *path;
	struct rxe_swqe *wqe;
	enum stop stop;

	if (snd->probe && !rxe_is_datagram(qp)) {
		path = rcu_dereference(qp->path);
		if (path) {
			open_train(b, path);
			if (build_probe(b))
				return STOP_LATER;
		}
	}
	for (;;) {
		/* the walk may not hold a region while one is invalidated */
		if (b->walking && (b->at != snd->cur || b->psn != snd->psn))
			cursor_drop(b);
		wqe = next_request(b);
		if (!wqe || !window_allows(qp))
			return STOP_EMPTY;
		path = path_of(qp, wqe);
		if (!path && !rxe_is_datagram(qp))
			return STOP_EMPTY;
		/* no such address */
		if (!path) {
			wqe->status = IB_WC_LOC_QP_OP_ERR;
			continue;
		}
		if (too_long(qp, wqe)) {
			drop_datagram(qp, wqe);
			continue;
		}
		if (b->open && b->train.path != path)
			return STOP_FULL;
		if (!b->open)
			open_train(b, path);
		stop = build_one(b, wqe);
		if (stop != STOP_EMPTY)
			return stop;
	}
}

static void close_train(struct build *b)
{
	cursor_drop(b);
	if (b->open)
		rxe_train_close(&b->train);
	b->open = false;
}

/*
 * A train which this machine dropped is as good as lost, and nobody will tell:
 * go back to where it began, but let the queue that was full drain first.
 */
static void train_lost(struct build *b)
{
	struct rxe_qp *qp = b->qp;
	struct rxe_snd *snd = &qp->snd;
	u32 mtu = 1u << qp->mtu_shift;

	if (!rxe_is_reliable(qp))
		return;
	spin_lock(&snd->lock);
	if (snd->una != snd->top) {
		if (rxe_window_loss(&snd->win, snd->una, snd->top, mtu))
			rxe_count(rxe_qp_dev(qp), RXE_WINDOW_CUTS);
		rxe_snd_go_back(qp, b->first_psn);
		rxe_snd_arm_later(qp);
	}
	spin_unlock(&snd->lock);
}

/* ---- whose turn it is to send ---- */

static bool tx_enter(struct rxe_snd *snd)
{
	int old = atomic_read(&snd->tx);

	while (!atomic_try_cmpxchg(&snd->tx, &old, old ? 2 : 1))
		;
	return !old;
}

/* false: somebody came in the meantime, look again */
static bool tx_leave(struct rxe_snd *snd)
{
	int old = 1;

	if (atomic_try_cmpxchg(&snd->tx, &old, 0))
		return true;
	atomic_set(&snd->tx, 1);
	/* what that somebody left behind is visible from here on */
	smp_mb();
	return false;
}

static bool sends(const struct rxe_snd *snd)
{
	return rxe_state_does(snd->state, RXE_SENDS) &&
	       !snd->rnr && !snd->later && !snd->failed;
}

/* all that was started before SQD is complete */
static bool drained(struct rxe_qp *qp)
{
	struct rxe_snd *snd = &qp->snd;

	if (snd->state != IB_QPS_SQD || !snd->drain || qp->sq.cons != snd->cur)
		return false;
	/* pairs with the release in post_one() */
	if (snd->cur != smp_load_acquire(&qp->sq.prod) &&
	    rxe_sq_slot(&qp->sq, snd->cur)->state != RXE_WQE_POSTED)
		return false;
	snd->drain = false;
	return true;
}

/* one round; true if there is certainly more to do; @verb: no handler may be called */
static bool run_once(struct rxe_qp *qp, bool verb)
{
	struct rxe_snd *snd = &qp->snd;
	struct rxe_kick kick = {};
	struct build b = { .qp = qp, .kick = &kick };
	bool more = false, tell, failed;
	int err;

	rcu_read_lock();
	spin_lock(&snd->lock);
	if (snd->state != IB_QPS_RESET)
		rxe_sq_intake(qp);
	rxe_snd_retire(qp, &kick);
	if (sends(snd) && (snd->probe || snd->cur != READ_ONCE(qp->sq.prod)) &&
	    rxe_tx_room(qp)) {
		enum stop stop = build(&b);

		close_train(&b);
		if (stop == STOP_LATER)
			rxe_snd_arm_later(qp);
		more = stop == STOP_FULL || b.looks > LOOKS;
		rxe_snd_retire(qp, &kick);
		/* what waited to be the oldest may have become it */
		if (!more && !snd->failed && snd->cur == qp->sq.cons &&
		    snd->cur != READ_ONCE(qp->sq.prod) && b.train.n)
			more = true;
		if (rxe_is_reliable(qp))
			rxe_snd_arm(qp);
	}
	if (rxe_state_does(snd->state, RXE_FLUSHES_SQ))
		more = !rxe_snd_flush(qp, &kick);
	/* the ring may offer more than was taken at once */
	if (qp->user && qp->sq.prod - qp->sq.cons < qp->sq.max_wr &&
	    rxe_state_does(snd->state, RXE_TAKES_SENDS) &&
	    rxe_ring_filled(&qp->sq.ring, qp->sq.ring_next))
		more = true;
	if (verb && snd->drain)
		rxe_qp_resume(qp);
	tell = !verb && drained(qp);
	failed = snd->failed;
	spin_unlock(&snd->lock);

	if (b.train.n) {
		err = rxe_train_send(&b.train);
		if (err == -ENOBUFS)
			train_lost(&b);
	}
	/* who learns of the error must find it in the state, too */
	if (failed)
		rxe_qp_snd_failed(qp);
	if (verb)
		rxe_kick_defer(&kick);
	else
		rxe_kick_run(&kick);
	rcu_read_unlock();
	if (tell)
		rxe_qp_sq_drained(qp);
	return more;
}

static void run(struct rxe_qp *qp, bool verb)
{
	struct rxe_snd *snd = &qp->snd;
	unsigned int n = 0;
	bool more;

	if (!tx_enter(snd))
		return;
	do {
		do {
			more = run_once(qp, verb);
			n++;
		} while (more && n < TRAINS_AT_ONCE);
		if (n >= TRAINS_AT_ONCE) {
			atomic_set_release(&snd->tx, 0);
			rxe_qp_resume(qp);
			return;
		}
	} while (!tx_leave(snd));
}

/**
 * rxe_snd_run() - send what may be sent, complete and flush what is due
 * @qp: queue pair
 *
 * BH off, no lock held, not within a verb. Returns soon: what is left is done
 * in softirq.
 */
void rxe_snd_run(struct rxe_qp *qp)
{
	run(qp, false);
}

/**
 * rxe_snd_posted() - rxe_snd_run() for the consumer who posted
 * @qp: queue pair
 *
 * BH off, no lock of ours held. Handlers are called from softirq, since the
 * consumer may hold what they take.
 */
void rxe_snd_posted(struct rxe_qp *qp)
{
	run(qp, true);
}
