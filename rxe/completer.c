// SPDX-License-Identifier: GPL-2.0
/*
 * What the peer answers: acknowledgements, responses with data, refusals. Send
 * completions are made here, strictly in the order of posting. Anything stale
 * or beyond what was sent is ignored: networks repeat and reorder.
 */
#include "rxe.h"

/* send completions written under one hold of snd.lock when flushing */
#define FLUSH_AT_ONCE	256
/* requests completed under one hold of the lock */
#define RETIRE_AT_ONCE	256
/*
 * Answers behind one that is missing until it counts as lost. Networks reorder,
 * and what else shows a loss is the probe.
 */
#define HINTS		32
/* READ responses which may overtake others; the bits of rxe_snd.early */
#define EARLY		64

/* ---- completions ---- */

static enum ib_wc_opcode wc_opcode(u8 opcode)
{
	switch (opcode) {
	case IB_WR_RDMA_WRITE:
	case IB_WR_RDMA_WRITE_WITH_IMM:
		return IB_WC_RDMA_WRITE;
	case IB_WR_RDMA_READ:
		return IB_WC_RDMA_READ;
	case IB_WR_ATOMIC_CMP_AND_SWP:
		return IB_WC_COMP_SWAP;
	case IB_WR_ATOMIC_FETCH_AND_ADD:
		return IB_WC_FETCH_ADD;
	case IB_WR_LOCAL_INV:
		return IB_WC_LOCAL_INV;
	case IB_WR_REG_MR:
		return IB_WC_REG_MR;
	case IB_WR_BIND_MW:
		return IB_WC_BIND_MW;
	case IB_WR_FLUSH:
		return IB_WC_FLUSH;
	case IB_WR_ATOMIC_WRITE:
		return IB_WC_ATOMIC_WRITE;
	default:
		return IB_WC_SEND;
	}
}

static bool is_send(u8 opcode)
{
	return opcode == IB_WR_SEND || opcode == IB_WR_SEND_WITH_IMM ||
	       opcode == IB_WR_SEND_WITH_INV;
}

static void write_wc(struct rxe_qp *qp, const struct rxe_swqe *wqe, int status,
		     struct rxe_kick *kick)
{
	struct ib_wc wc = {
		.wr_id = wqe->wr_id,
		.status = status,
		.opcode = wc_opcode(wqe->opcode),
		.byte_len = wqe->length,
		.qp = &qp->ib,
		.port_num = 1,
	};

	if (!status && is_send(wqe->opcode))
		rxe_count(rxe_qp_dev(qp), RXE_RDMA_SENDS);
	if (!status && !(wqe->flags & IB_SEND_SIGNALED) &&
	    !qp->snd.signal_all)
		return;
	if (wqe->opcode == IB_WR_SEND_WITH_IMM ||
	    wqe->opcode == IB_WR_RDMA_WRITE_WITH_IMM)
		wc.wc_flags = IB_WC_WITH_IMM;
	if (!rxe_cq_add(qp->scq, &wc, status, kick))
		return;
	/* nowhere to tell: the queue pair is of no use any more */
	qp->snd.state = IB_QPS_ERR;
	qp->snd.failed = true;
}

/* frees @n slots; @at is the first that stays */
static void release_slots(struct rxe_qp *qp, u32 at)
{
	struct rxe_snd *snd = &qp->snd;
	struct rxe_sq *sq = &qp->sq;
	u32 n = at - sq->cons;

	if (!n)
		return;
	if (qp->user)
		rxe_ring_publish_consumer(&sq->ring, sq->ring.own + n);
	/* pairs with the acquire in post_one() */
	smp_store_release(&sq->cons, at);
	/* local operations have no PSN which would have moved these */
	if ((s32)(snd->ack - at) < 0)
		snd->ack = at;
	if ((s32)(snd->cur - at) < 0)
		snd->cur = at;
}

/**
 * rxe_snd_retire() - complete what is done and has its turn
 * @qp: queue pair
 * @kick: collects the CQ whose handler is due
 *
 * Under snd.lock. One ACK may be for thousands: it is not all done at once.
 *
 * Return: false if there is more; then rxe_snd_run() is yet to come.
 */
bool rxe_snd_retire(struct rxe_qp *qp, struct rxe_kick *kick)
{
	/* pairs with the release in post_one(): the slot was in use before */
	u32 prod = smp_load_acquire(&qp->sq.prod), at = qp->sq.cons;
	struct rxe_swqe *wqe;
	unsigned int n = 0;
	bool all = false;

	for (; n < RETIRE_AT_ONCE; n++, at++) {
		wqe = rxe_sq_slot(&qp->sq, at);
		all = at == prod || wqe->state != RXE_WQE_DONE;
		if (all)
			break;
		write_wc(qp, wqe, IB_WC_SUCCESS, kick);
	}
	release_slots(qp, at);
	if (!all)
		rxe_qp_resume(qp);
	return all;
}

/**
 * rxe_snd_flush() - complete everything in an error state
 * @qp: queue pair
 * @kick: collects the CQ whose handler is due
 *
 * Under snd.lock.
 *
 * Return: false if there is more.
 */
bool rxe_snd_flush(struct rxe_qp *qp, struct rxe_kick *kick)
{
	struct rxe_snd *snd = &qp->snd;
	unsigned int n = 0;
	u32 prod, at;

	/* what was done before the error was no part of it */
	if (!rxe_snd_retire(qp, kick))
		return false;
	/* pairs with the release in post_one() */
	prod = smp_load_acquire(&qp->sq.prod);
	for (at = qp->sq.cons; at != prod && n < FLUSH_AT_ONCE; at++, n++) {
		struct rxe_swqe *wqe = rxe_sq_slot(&qp->sq, at);
		int status = IB_WC_WR_FLUSH_ERR;

		if (snd->has_bad && snd->bad == at) {
			status = wqe->status;
			snd->has_bad = false;
		}
		write_wc(qp, wqe, status, kick);
	}
	snd->cur = at;
	snd->ack = at;
	release_slots(qp, at);
	/* nothing is outstanding, and a UD or UC queue may go on from here */
	snd->psn = snd->next;
	snd->top = snd->next;
	snd->una = snd->next;
	snd->rd_atomic = 0;
	snd->early = 0;
	return at == prod;
}

/**
 * rxe_snd_error() - a request failed
 * @qp: queue pair
 * @at: its index
 * @status: enum ib_wc_status it ends with
 *
 * Under snd.lock. What is behind it will be flushed, and rxe_qp_snd_failed()
 * is to be called when the lock is dropped.
 */
void rxe_snd_error(struct rxe_qp *qp, u32 at, int status)
{
	struct rxe_snd *snd = &qp->snd;

	if (!rxe_state_does(snd->state, RXE_SENDS))
		return;
	rxe_sq_slot(&qp->sq, at)->status = status;
	snd->bad = at;
	snd->has_bad = true;
	snd->state = rxe_state_failed_send(snd->state, qp->ib.qp_type);
	snd->failed = true;
}

/* ---- what is outstanding ---- */

struct rxe_swqe *rxe_snd_oldest(struct rxe_qp *qp)
{
	struct rxe_snd *snd = &qp->snd;
	struct rxe_swqe *wqe;

	if (snd->una == snd->top)
		return NULL;
	for (;; snd->ack++) {
		wqe = rxe_sq_slot(&qp->sq, snd->ack);
		if (!rxe_wqe_local(wqe))
			return wqe;
	}
}

void rxe_snd_go_back(struct rxe_qp *qp, u32 psn)
{
	struct rxe_snd *snd = &qp->snd;
	const struct rxe_swqe *wqe;
	u32 at;

	if (!rxe_snd_oldest(qp))
		return;
	if (rxe_psn_diff(psn, snd->una) < 0)
		psn = snd->una;
	if (rxe_psn_diff(psn, snd->psn) >= 0)
		return;
	for (at = snd->ack;; at++) {
		wqe = rxe_sq_slot(&qp->sq, at);
		if (!rxe_wqe_local(wqe) && rxe_psn_diff(psn, wqe->last_psn) <= 0)
			break;
	}
	/* of a READ that waits, the request is sent again as a whole */
	if (wqe->opcode == IB_WR_RDMA_READ)
		psn = at == snd->ack ? snd->una : wqe->first_psn;
	snd->cur = at;
	snd->psn = psn;
	snd->since_ack = 0;
	snd->rtt_on = false;
}

/* something is lost: again from the oldest that is not answered, once for each */
static void recover(struct rxe_qp *qp)
{
	struct rxe_snd *snd = &qp->snd;

	if (snd->una == snd->top || (snd->back && snd->back_psn == snd->una))
		return;
	snd->back = true;
	snd->back_psn = snd->una;
	if (rxe_window_loss(&snd->win, snd->una, snd->top, 1u << qp->mtu_shift))
		rxe_count(rxe_qp_dev(qp), RXE_WINDOW_CUTS);
	rxe_snd_go_back(qp, snd->una);
}

/* an answer came whose forerunner did not */
static void hint(struct rxe_qp *qp)
{
	if (qp->snd.hints < HINTS)
		qp->snd.hints++;
	else
		recover(qp);
}

static void measure(struct rxe_snd *snd)
{
	u32 us;

	if (!snd->rtt_on || rxe_psn_diff(snd->una, snd->rtt_psn) <= 0)
		return;
	snd->rtt_on = false;
	us = min_t(u64, div_u64(ktime_get_ns() - snd->rtt_at, NSEC_PER_USEC),
		   USEC_PER_SEC);
	snd->srtt_us = snd->srtt_us ? snd->srtt_us - snd->srtt_us / 8 + us / 8 :
				      us;
}

/* una moved on from @from */
static void progressed(struct rxe_qp *qp, u32 from)
{
	struct rxe_snd *snd = &qp->snd;
	u32 psns = rxe_psn_diff(snd->una, from), flying;

	if (!psns)
		return;
	snd->progress = jiffies;
	snd->retries = 0;
	snd->rnr_retries = 0;
	snd->back = false;
	snd->hints = 0;
	flying = rxe_psn_diff(snd->top, from);
	rxe_window_acked(&snd->win, rxe_window_bytes(psns, qp->mtu_shift),
			 rxe_window_bytes(flying, qp->mtu_shift), snd->una,
			 1u << qp->mtu_shift);
	measure(snd);
	/* what was sent again has arrived before: no need to send it */
	if (rxe_psn_diff(snd->una, snd->psn) > 0) {
		snd->psn = snd->una;
		snd->cur = snd->ack;
	}
}

static void answered(struct rxe_qp *qp, struct rxe_swqe *wqe)
{
	struct rxe_snd *snd = &qp->snd;

	wqe->state = RXE_WQE_DONE;
	snd->early = 0;
	snd->una = rxe_psn_add(wqe->last_psn, 1);
	snd->ack++;
	if (rxe_wqe_answered(wqe))
		snd->rd_atomic--;
}

/*
 * Everything before @end was received. That is not enough for a request which
 * waits for a response of its own: it was answered, and the answer was lost.
 * False if there is one.
 */
static bool ack_before(struct rxe_qp *qp, u32 end)
{
	struct rxe_snd *snd = &qp->snd;
	u32 from = snd->una;
	struct rxe_swqe *wqe;
	bool all = true;

	while (rxe_psn_diff(end, snd->una) > 0) {
		wqe = rxe_snd_oldest(qp);
		if (rxe_wqe_answered(wqe)) {
			all = false;
			break;
		}
		if (rxe_psn_diff(end, wqe->last_psn) > 0)
			answered(qp, wqe);
		else
			snd->una = end;
	}
	progressed(qp, from);
	return all;
}

/* a probe was answered, and what was sent before it is missing still */
static void judge_probe(struct rxe_qp *qp)
{
	struct rxe_snd *snd = &qp->snd;

	if (!snd->probes)
		return;
	if (rxe_psn_diff(snd->probe_top, snd->una) > 0)
		recover(qp);
	snd->probes = 0;
}

/* ---- answers ---- */

/* the request which @psn belongs to, from the oldest on; @psn is outstanding */
static u32 index_of(struct rxe_qp *qp, u32 psn)
{
	const struct rxe_swqe *wqe;
	u32 at = qp->snd.ack;

	for (;; at++) {
		wqe = rxe_sq_slot(&qp->sq, at);
		if (!rxe_wqe_local(wqe) && rxe_psn_diff(psn, wqe->last_psn) <= 0)
			return at;
	}
}

static void on_rnr(struct rxe_qp *qp, const struct rxe_hdrs *h, struct rxe_kick *kick)
{
	struct rxe_snd *snd = &qp->snd;
	struct rxe_dev *rxe = rxe_qp_dev(qp);

	if (!ack_before(qp, h->psn)) {
		recover(qp);
		return;
	}
	if (snd->rnr)
		return;
	rxe_count(rxe, RXE_RCVD_RNR_ERR);
	if (snd->rnr_retry != 7 && snd->rnr_retries >= snd->rnr_retry) {
		rxe_count(rxe, RXE_RETRY_RNR_EXCEEDED_ERR);
		rxe_snd_retire(qp, kick);
		rxe_snd_error(qp, index_of(qp, h->psn), IB_WC_RNR_RETRY_EXC_ERR);
		return;
	}
	if (snd->rnr_retry != 7)
		snd->rnr_retries++;
	/* it is alive, it just has no buffer */
	snd->retries = 0;
	snd->back = true;
	snd->back_psn = snd->una;
	rxe_snd_go_back(qp, snd->una);
	rxe_snd_arm_rnr(qp, h->syndrome & ~RXE_AETH_TYPE);
}

static void on_nak(struct rxe_qp *qp, const struct rxe_hdrs *h, struct rxe_kick *kick)
{
	struct rxe_snd *snd = &qp->snd;
	int status;

	ack_before(qp, h->psn);
	switch (h->syndrome) {
	case RXE_NAK_PSN:
		/* the pause is not over, and it ends with sending this again */
		if (snd->rnr)
			return;
		if (!snd->back || snd->back_psn != snd->una)
			rxe_count(rxe_qp_dev(qp), RXE_RCVD_SEQ_ERR);
		snd->probes = 0;
		recover(qp);
		return;
	case RXE_NAK_INVALID:
		status = IB_WC_REM_INV_REQ_ERR;
		break;
	case RXE_NAK_ACCESS:
		status = IB_WC_REM_ACCESS_ERR;
		break;
	default:
		status = IB_WC_REM_OP_ERR;
		break;
	}
	rxe_snd_retire(qp, kick);
	rxe_snd_error(qp, index_of(qp, h->psn), status);
}

static void on_ack(struct rxe_qp *qp, const struct rxe_hdrs *h, struct rxe_kick *kick)
{
	switch (h->syndrome & RXE_AETH_TYPE) {
	case RXE_AETH_ACK:
		if (!ack_before(qp, rxe_psn_add(h->psn, 1)))
			hint(qp);
		else
			judge_probe(qp);
		return;
	case RXE_AETH_RNR:
		on_rnr(qp, h, kick);
		return;
	case RXE_AETH_NAK:
		on_nak(qp, h, kick);
		return;
	}
}

/* puts @len bytes of a response at @off of the request's memory */
static int place(struct rxe_qp *qp, const struct rxe_swqe *wqe,
		 const struct rxe_pkt *pkt, u64 off)
{
	struct rxe_cursor c;
	int err;

	rxe_cursor_sges(&c, qp, wqe->sge, wqe->num_sge, off, IB_ACCESS_LOCAL_WRITE);
	err = rxe_pkt_copy(pkt, 0, pkt->h.payload, &c);
	rxe_cursor_end(&c);
	return err;
}

static int place_atomic(struct rxe_qp *qp, const struct rxe_swqe *wqe, u64 orig)
{
	const u8 *from = (const u8 *)&orig;
	size_t left = sizeof(orig), got;
	struct rxe_cursor c;
	void *to;
	int err = 0;

	rxe_cursor_sges(&c, qp, wqe->sge, wqe->num_sge, 0, IB_ACCESS_LOCAL_WRITE);
	while (left) {
		to = rxe_cursor_next(&c, left, &got);
		if (IS_ERR_OR_NULL(to)) {
			err = to ? PTR_ERR(to) : -ERANGE;
			break;
		}
		memcpy(to, from, got);
		from += got;
		left -= got;
	}
	rxe_cursor_end(&c);
	return err;
}

/* 0, a status, or -EINVAL: not as long as it has to be */
static int place_read(struct rxe_qp *qp, const struct rxe_swqe *wqe,
		      const struct rxe_pkt *pkt)
{
	u64 off = (u64)((pkt->h.psn - wqe->first_psn) & RXE_PSN_MASK) << qp->mtu_shift;

	if (pkt->h.payload != min_t(u64, wqe->length - off, 1u << qp->mtu_shift))
		return -EINVAL;
	return pkt->h.payload && place(qp, wqe, pkt, off) ? IB_WC_LOC_PROT_ERR : 0;
}

/* the next packet of a READ, and those behind it which are there; 0 or a status */
static int on_read(struct rxe_qp *qp, struct rxe_swqe *wqe, const struct rxe_pkt *pkt)
{
	struct rxe_snd *snd = &qp->snd;
	u32 from = snd->una;
	bool next;
	int status;

	status = place_read(qp, wqe, pkt);
	if (status)
		return status < 0 ? IB_WC_BAD_RESP_ERR : status;
	do {
		if (snd->una == wqe->last_psn) {
			answered(qp, wqe);
			break;
		}
		snd->una = rxe_psn_add(snd->una, 1);
		next = snd->early & 1;
		snd->early >>= 1;
	} while (next);
	progressed(qp, from);
	return 0;
}

/* a response before its turn; 0 or a status */
static int on_early(struct rxe_qp *qp, const struct rxe_pkt *pkt)
{
	struct rxe_snd *snd = &qp->snd;
	const struct rxe_swqe *wqe = rxe_snd_oldest(qp);
	u32 ahead = rxe_psn_diff(pkt->h.psn, snd->una);
	int status;

	if (wqe->opcode == IB_WR_RDMA_READ && ahead <= EARLY &&
	    pkt->h.op->flags & RXE_IS_READ_RESP &&
	    rxe_psn_diff(pkt->h.psn, wqe->last_psn) <= 0) {
		status = place_read(qp, wqe, pkt);
		if (status > 0)
			return status;
		if (!status)
			snd->early |= BIT_ULL(ahead - 1);
	}
	hint(qp);
	return 0;
}

static int on_single(struct rxe_qp *qp, struct rxe_swqe *wqe, const struct rxe_pkt *pkt)
{
	u32 from = qp->snd.una;

	if (pkt->h.op->flags & RXE_HAS_ATOMIC_ACK &&
	    place_atomic(qp, wqe, pkt->h.orig))
		return IB_WC_LOC_PROT_ERR;
	answered(qp, wqe);
	progressed(qp, from);
	return 0;
}

static bool fits(const struct rxe_swqe *wqe, const struct rxe_hdrs *h)
{
	switch (wqe->opcode) {
	case IB_WR_RDMA_READ:
		return h->op->flags & RXE_IS_READ_RESP;
	case IB_WR_ATOMIC_WRITE:
	case IB_WR_FLUSH:
		return h->op->flags & RXE_IS_READ_RESP && !h->payload;
	case IB_WR_ATOMIC_CMP_AND_SWP:
	case IB_WR_ATOMIC_FETCH_AND_ADD:
		return h->op->flags & RXE_HAS_ATOMIC_ACK;
	default:
		return false;
	}
}

/* a response with a PSN of its own: what was sent before it has arrived */
static void on_response(struct rxe_qp *qp, const struct rxe_pkt *pkt,
			struct rxe_kick *kick)
{
	struct rxe_snd *snd = &qp->snd;
	struct rxe_swqe *wqe;
	int status;

	if (!ack_before(qp, pkt->h.psn)) {
		status = on_early(qp, pkt);
	} else {
		wqe = rxe_snd_oldest(qp);
		if (!fits(wqe, &pkt->h))
			return;
		if (wqe->opcode == IB_WR_RDMA_READ)
			status = on_read(qp, wqe, pkt);
		else
			status = on_single(qp, wqe, pkt);
		/* responses flow; what follows them may be lost all the same */
		snd->probes = 0;
	}
	if (status) {
		rxe_snd_retire(qp, kick);
		rxe_snd_error(qp, snd->ack, status);
	}
}

static void on_packet(struct rxe_qp *qp, const struct rxe_pkt *pkt,
		      struct rxe_kick *kick)
{
	const struct rxe_hdrs *h = &pkt->h;
	struct rxe_snd *snd = &qp->snd;

	if (!rxe_state_does(snd->state, RXE_SENDS))
		return;
	/* of what was answered long ago, or of what was never sent */
	if (rxe_psn_diff(h->psn, snd->una) < 0 || rxe_psn_diff(h->psn, snd->top) >= 0)
		return;
	if (h->op->flags & (RXE_IS_READ_RESP | RXE_HAS_ATOMIC_ACK))
		on_response(qp, pkt, kick);
	else if (h->op->flags & RXE_HAS_AETH)
		on_ack(qp, h, kick);
}

/**
 * rxe_snd_rx() - responses arrived
 * @qp: queue pair they are for
 * @pkts: packets, ICRC and addresses checked
 * @n: how many
 * @kick: collects the CQ whose handler is due
 *
 * BH off, RCU, no lock held.
 */
void rxe_snd_rx(struct rxe_qp *qp, struct rxe_pkt *pkts, unsigned int n,
		struct rxe_kick *kick)
{
	struct rxe_snd *snd = &qp->snd;
	bool run, failed;
	unsigned int i;

	if (qp->ib.qp_type != IB_QPT_RC)
		return;
	spin_lock(&snd->lock);
	for (i = 0; i < n; i++)
		on_packet(qp, &pkts[i], kick);
	rxe_snd_retire(qp, kick);
	failed = snd->failed;
	run = failed || snd->drain || snd->cur != READ_ONCE(qp->sq.prod);
	spin_unlock(&snd->lock);
	if (failed)
		rxe_qp_snd_failed(qp);
	if (run)
		rxe_snd_run(qp);
}

/**
 * rxe_snd_cnp() - the peer tells of congestion
 * @qp: queue pair which is to slow down
 *
 * BH off, RCU, no lock held.
 */
void rxe_snd_cnp(struct rxe_qp *qp)
{
	struct rxe_snd *snd = &qp->snd;
	struct rxe_dev *rxe = rxe_qp_dev(qp);

	rxe_count(rxe, RXE_CNP_RCVD);
	if (qp->ib.qp_type != IB_QPT_RC)
		return;
	spin_lock(&snd->lock);
	if (rxe_state_does(snd->state, RXE_STARTS) &&
	    rxe_window_cnp(&snd->win, snd->una, snd->top, 1u << qp->mtu_shift))
		rxe_count(rxe, RXE_WINDOW_CUTS);
	spin_unlock(&snd->lock);
}
