// SPDX-License-Identifier: GPL-2.0
/*
 * The responder: sees that requests are executed (execute.c) in the order in
 * which they are meant, under rcv.lock, and notes what is owed for them (ack.c
 * sends it). What has to be told to others is told after the lock was dropped.
 */
#include "rxe.h"

/* requests after which an ACK goes out, asked for or not */
#define ACK_EVERY	32
/* receive work requests flushed before others get the CPU */
#define FLUSH_BUDGET	64

static void refuse(struct rxe_qp *qp, const struct rxe_hdrs *h, u8 nak,
		   enum ib_wc_status status, struct rxe_after *after)
{
	struct rxe_rcv *rcv = &qp->rcv;

	/* what follows it is not to be refused once more */
	rcv->in_gap = true;
	rxe_owe_nak(qp, nak, h->psn);
	if ((nak & RXE_AETH_TYPE) == RXE_AETH_RNR)
		return;
	rcv->failing = true;
	rcv->fail_event = nak == RXE_NAK_ACCESS ? IB_EVENT_QP_ACCESS_ERR :
			  nak == RXE_NAK_INVALID ? IB_EVENT_QP_REQ_ERR : -1;
	rxe_complete_error(qp, status, after);
}

/*
 * The request needs more time than the lock may be held. What follows it waits
 * with it; were there no memory for that, the peer would send it again.
 */
static void keep_on(struct rxe_qp *qp, const struct rxe_pkt *pkt)
{
	if (!rxe_hold_add(qp, pkt))
		return;
	qp->rcv.unfinished = true;
	qp->rcv.in_gap = true;
	rxe_qp_resume(qp);
}

/* the packet has the PSN expected; false if that did not help */
static bool in_order(struct rxe_qp *qp, const struct rxe_pkt *pkt, struct rxe_after *after)
{
	struct rxe_rcv *rcv = &qp->rcv;
	const struct rxe_hdrs *h = &pkt->h;
	enum ib_wc_status status;
	u32 res_before = rcv->res_next + rcv->flush_next;
	u8 nak;

	rcv->unfinished = false;
	rcv->in_gap = false;
	rcv->nak_later = false;
	if (rcv->nak == RXE_NAK_PSN || (rcv->nak & RXE_AETH_TYPE) == RXE_AETH_RNR)
		rcv->nak = 0;
	nak = rxe_execute(qp, pkt, &status, after);
	if (nak == RXE_MORE)
		keep_on(qp, pkt);
	if (nak == RXE_MORE || nak == RXE_LOST)
		return false;
	if (nak) {
		refuse(qp, h, nak, status, after);
		return false;
	}
	if (rcv->res_next + rcv->flush_next == res_before) {
		rcv->unacked++;
		rcv->asked += h->ack_req;
	}
	return true;
}

/* what is kept, as far as it has the PSN expected */
static void kept_rx(struct rxe_qp *qp, struct rxe_after *after)
{
	struct rxe_pkt *kept;
	bool good = true;

	while (good && (kept = rxe_hold_take(qp))) {
		good = in_order(qp, kept, after);
		rxe_hold_free(kept);
	}
}

/* ---- the transports ---- */

static void rc_rx(struct rxe_qp *qp, const struct rxe_pkt *pkt, struct rxe_after *after)
{
	struct rxe_rcv *rcv = &qp->rcv;
	s32 ahead = rxe_psn_diff(pkt->h.psn, rcv->epsn);

	if (pkt->ce)
		rxe_owe_cnp(qp);
	if (ahead < 0)
		rxe_duplicate(qp, pkt);
	else if (ahead)
		rxe_gap_ahead(qp, pkt);
	else if (in_order(qp, pkt, after))
		kept_rx(qp, after);
}

/* nobody is told; what broke is dropped up to the next message */
static void uc_rx(struct rxe_qp *qp, const struct rxe_pkt *pkt, struct rxe_after *after)
{
	struct rxe_rcv *rcv = &qp->rcv;
	u32 flags = pkt->h.op->flags;
	enum ib_wc_status status;
	u8 nak;

	if (rcv->uc_drop || pkt->h.psn != rcv->epsn || !rxe_in_sequence(rcv, flags)) {
		if (pkt->h.psn != rcv->epsn)
			rxe_count(rxe_qp_dev(qp), RXE_OUT_OF_SEQ_REQUEST);
		rcv->msg = RXE_MSG_NONE;
		rcv->uc_drop = !(flags & (RXE_IS_FIRST | RXE_IS_ONLY));
	}
	rcv->epsn = rxe_psn_add(pkt->h.psn, 1);
	nak = rcv->uc_drop ? RXE_LOST : rxe_execute(qp, pkt, &status, after);
	if (!nak)
		return;
	rxe_count(rxe_qp_dev(qp), RXE_UC_DROPPED);
	if (nak == RXE_LOST)
		return;
	rcv->msg = RXE_MSG_NONE;
	rcv->uc_drop = true;
	/* the consumer's own fault, or a message that does not fit */
	if (status == IB_WC_LOC_QP_OP_ERR || status == IB_WC_LOC_PROT_ERR) {
		rxe_complete_error(qp, status, after);
		rcv->failing = true;
	}
}

static void rx(struct rxe_qp *qp, const struct rxe_pkt *pkt, struct rxe_after *after)
{
	struct rxe_rcv *rcv = &qp->rcv;

	if (!rxe_rcv_executes(rcv) || rcv->failing) {
		rxe_count(rxe_qp_dev(qp), RXE_WRONG_STATE);
		return;
	}
	switch (qp->ib.qp_type) {
	case IB_QPT_RC:
	case IB_QPT_UC:
		if (!rcv->comm_est) {
			rcv->comm_est = true;
			after->comm_est = rcv->state == IB_QPS_RTR;
		}
		if (qp->ib.qp_type == IB_QPT_RC)
			rc_rx(qp, pkt, after);
		else
			uc_rx(qp, pkt, after);
		break;
	default:
		rxe_datagram(qp, pkt, after);
	}
}

/* requests were executed: what that means for others; drops the lock */
static void settle(struct rxe_qp *qp, struct rxe_after *after)
	__releases(&qp->rcv.lock)
{
	bool rc = qp->ib.qp_type == IB_QPT_RC, fail;
	struct rxe_rcv *rcv = &qp->rcv;

	rxe_gap_reopen(qp);
	if (rc && (rcv->asked || rcv->unacked >= ACK_EVERY))
		rxe_owe_ack(qp);
	/* RC fails when its peer was told, in ack.c */
	fail = after->cq_full || (rcv->failing && !rc && rxe_rcv_executes(rcv));
	spin_unlock(&rcv->lock);
	if (rc)
		rxe_answer_run(qp);
	if (after->comm_est)
		rxe_qp_tell(qp, IB_EVENT_COMM_EST);
	after->comm_est = false;
	if (fail)
		rxe_qp_fail(qp, after->cq_full ? IB_EVENT_QP_FATAL : -1);
	after->cq_full = false;
}

/**
 * rxe_rcv_rx() - requests for a QP
 * @qp: the QP
 * @pkts: packets in the order in which they came, their ICRC good, their
 *	addresses, keys and transport those of the QP
 * @n: how many
 * @kick: completion queues whose handlers the caller is to run afterwards
 *
 * BH off, RCU, no lock held.
 */
void rxe_rcv_rx(struct rxe_qp *qp, struct rxe_pkt *pkts, unsigned int n, struct rxe_kick *kick)
{
	struct rxe_after after = { .kick = kick };
	unsigned int i = 0;

	while (i < n) {
		unsigned int end = min(n, i + ACK_EVERY);

		spin_lock(&qp->rcv.lock);
		for (; i < end; i++)
			rx(qp, &pkts[i], &after);
		settle(qp, &after);
	}
}

/* completes what was taken and what waits as flushed; false: there is more */
static bool flush(struct rxe_qp *qp, struct rxe_after *after)
{
	struct rxe_rcv *rcv = &qp->rcv;
	unsigned int budget = FLUSH_BUDGET;

	rxe_owe_nothing(qp);
	rxe_hold_drop(qp);
	rxe_complete_error(qp, IB_WC_WR_FLUSH_ERR, after);
	while (!qp->srq && budget--) {
		if (rxe_rq_take(&qp->rq, &rcv->wqe) == -EAGAIN)
			return true;
		rcv->have_wqe = true;
		rxe_complete_error(qp, IB_WC_WR_FLUSH_ERR, after);
	}
	return qp->srq;
}

/**
 * rxe_rcv_run() - continue what the responder has to do
 * @qp: the QP
 *
 * Sends what is owed and executes further what takes long; in the error state
 * flushes what was posted. BH off, no lock held.
 */
void rxe_rcv_run(struct rxe_qp *qp)
{
	struct rxe_rcv *rcv = &qp->rcv;
	struct rxe_kick kick = {};
	struct rxe_after after = { .kick = &kick };
	bool last_wqe = false, more = false;

	rcu_read_lock();
	spin_lock(&rcv->lock);
	if (rxe_state_does(rcv->state, RXE_FLUSHES_RQ)) {
		more = !flush(qp, &after);
		last_wqe = qp->srq && !rcv->last_wqe;
		rcv->last_wqe |= last_wqe;
	}
	if (rcv->unfinished && rxe_rcv_executes(rcv) && !rcv->failing)
		kept_rx(qp, &after);
	settle(qp, &after);
	rxe_kick_run(&kick);
	if (last_wqe)
		rxe_qp_tell(qp, IB_EVENT_QP_LAST_WQE_REACHED);
	if (more)
		rxe_qp_resume(qp);
	rcu_read_unlock();
}
