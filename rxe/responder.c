// SPDX-License-Identifier: GPL-2.0
/*
 * The responder: judges and executes requests in the order in which they are
 * meant, under rcv.lock, and notes what is owed for them (ack.c sends it). What
 * has to be told to others is told after the lock was dropped.
 */
#include <linux/log2.h>
#include <linux/slab.h>

#include "rxe.h"

/* requests after which an ACK goes out, asked for or not */
#define ACK_EVERY	32
/* receive work requests flushed before others get the CPU */
#define FLUSH_BUDGET	64

/* a missing packet is waited for no longer than this */
#define PATIENCE_MS	20
/* losses in a row after which it is waited for half as long */
#define LOSSES		16

/* not a syndrome: the packet is as good as lost */
#define LOST		0xff

/* what a batch leaves to be done without the lock */
struct after {
	struct rxe_kick	*kick;
	bool		comm_est;
	bool		cq_full;
};

static bool executes(u8 state)
{
	return state == IB_QPS_RTR || state == IB_QPS_RTS || state == IB_QPS_SQD ||
	       state == IB_QPS_SQE;
}

/* ---- receive work requests ---- */

/* 0, -EAGAIN: none; -EINVAL: there is one, but malformed */
static int take_wqe(struct rxe_qp *qp, struct after *after)
{
	struct rxe_rcv *rcv = &qp->rcv;
	int err;

	/* UC: of a message which broke off */
	if (rcv->have_wqe)
		return 0;
	err = qp->srq ? rxe_srq_take(qp->srq, &rcv->wqe, after->kick) :
			rxe_rq_take(&qp->rq, &rcv->wqe);
	if (err == -EINVAL)
		rcv->wqe.num_sge = 0;
	rcv->have_wqe = err != -EAGAIN;
	return err;
}

/* completes the receive work request that was taken */
static void put_wc(struct rxe_qp *qp, struct ib_wc *wc, bool solicited, struct after *after)
{
	struct rxe_rcv *rcv = &qp->rcv;

	wc->wr_id = rcv->wqe.wr_id;
	wc->qp = &qp->ib;
	wc->port_num = 1;
	rcv->have_wqe = false;
	if (rxe_cq_add(qp->rcq, wc, solicited, after->kick))
		after->cq_full = true;
	else
		rxe_count(rxe_qp_dev(qp), RXE_RDMA_RECVS);
}

static void complete_error(struct rxe_qp *qp, enum ib_wc_status status, struct after *after)
{
	struct ib_wc wc = { .status = status, .opcode = IB_WC_RECV };

	if (qp->rcv.have_wqe)
		put_wc(qp, &wc, true, after);
}

static void complete_ok(struct rxe_qp *qp, const struct rxe_pkt *pkt, u32 len,
			struct after *after)
{
	const struct rxe_hdrs *h = &pkt->h;
	struct ib_wc wc = {
		.status = IB_WC_SUCCESS,
		.opcode = h->op->flags & RXE_IS_WRITE ? IB_WC_RECV_RDMA_WITH_IMM : IB_WC_RECV,
		.byte_len = len,
	};

	if (h->op->flags & RXE_HAS_IMM) {
		wc.wc_flags |= IB_WC_WITH_IMM;
		wc.ex.imm_data = h->imm;
	}
	if (h->op->flags & RXE_HAS_IETH) {
		wc.wc_flags |= IB_WC_WITH_INVALIDATE;
		wc.ex.invalidate_rkey = h->inv_rkey;
	}
	if (h->op->flags & RXE_HAS_DETH) {
		wc.wc_flags |= IB_WC_GRH | IB_WC_WITH_NETWORK_HDR_TYPE;
		wc.network_hdr_type = pkt->ipv6 ? RDMA_NETWORK_IPV6 : RDMA_NETWORK_IPV4;
		wc.src_qp = h->src_qp;
		if (pkt->vlan < VLAN_N_VID) {
			wc.wc_flags |= IB_WC_WITH_VLAN;
			wc.vlan_id = pkt->vlan;
		}
	} else {
		wc.src_qp = qp->dest_qpn;
	}
	put_wc(qp, &wc, h->solicited, after);
}

/* ---- one request of a connection ---- */

/* does the packet continue the message we are in, or begin one when in none */
static bool in_sequence(const struct rxe_rcv *rcv, u32 flags)
{
	if (!(flags & (RXE_IS_MIDDLE | RXE_IS_LAST)))
		return rcv->msg == RXE_MSG_NONE;
	return rcv->msg == (flags & RXE_IS_SEND ? RXE_MSG_SEND : RXE_MSG_WRITE);
}

static int flush_access(u8 type)
{
	switch (type) {
	case IB_FLUSH_GLOBAL:
		return IB_ACCESS_FLUSH_GLOBAL;
	case IB_FLUSH_PERSISTENT:
		return IB_ACCESS_FLUSH_PERSISTENT;
	case IB_FLUSH_GLOBAL | IB_FLUSH_PERSISTENT:
		return IB_ACCESS_FLUSH_GLOBAL | IB_ACCESS_FLUSH_PERSISTENT;
	}
	return 0;
}

static bool permitted(const struct rxe_qp *qp, const struct rxe_hdrs *h)
{
	u32 flags = h->op->flags;
	int need;

	if (flags & RXE_IS_SEND)
		return true;
	if (flags & RXE_IS_READ)
		need = IB_ACCESS_REMOTE_READ;
	else if (flags & RXE_IS_ATOMIC)
		need = IB_ACCESS_REMOTE_ATOMIC;
	else if (flags & RXE_HAS_FETH)
		need = flush_access(h->flush_type);
	else
		need = IB_ACCESS_REMOTE_WRITE;
	return need && (qp->access & need) == need;
}

/* lengths as far as they depend on the message and the PMTU */
static bool fits(const struct rxe_qp *qp, const struct rxe_hdrs *h)
{
	const struct rxe_rcv *rcv = &qp->rcv;
	u32 flags = h->op->flags, mtu = 1u << qp->mtu_shift;

	if (flags & RXE_HAS_RETH && h->dma_len > RXE_MAX_MSG)
		return false;
	if (h->opcode == RXE_ATOMIC_WRITE)
		return h->dma_len == sizeof(u64) && !(h->va & 7);
	if (flags & RXE_IS_ATOMIC)
		return !(h->va & 7);
	if (flags & RXE_IS_READ)
		return h->dma_len >> qp->mtu_shift < RXE_PSN_MASK / 2;
	if (flags & RXE_HAS_FETH)
		return h->flush_level <= IB_FLUSH_MR;
	if (flags & (RXE_IS_FIRST | RXE_IS_MIDDLE) && h->payload != mtu)
		return false;
	if (h->payload > mtu || (flags & RXE_IS_LAST && !h->payload))
		return false;
	if (!(flags & RXE_IS_WRITE))
		return true;
	if (flags & RXE_IS_FIRST)
		return h->payload < h->dma_len;
	if (flags & RXE_IS_ONLY)
		return h->payload == h->dma_len;
	if (flags & RXE_IS_MIDDLE)
		return h->payload < rcv->total - rcv->done;
	return h->payload == rcv->total - rcv->done;
}

/* a place for the answer of a request, NULL if the peer has more than it may */
static struct rxe_res *take_res(struct rxe_qp *qp, const struct rxe_hdrs *h)
{
	struct rxe_rcv *rcv = &qp->rcv;
	struct rxe_res *res;

	if (h->op->flags & RXE_HAS_FETH) {
		res = &rcv->res[rcv->nres + rcv->flush_next % RXE_FLUSH_RES];
		if (!list_empty(&res->due) && !res->answered)
			return NULL;
		rcv->flush_next++;
	} else {
		res = &rcv->res[rcv->res_next & (rcv->nres - 1)];
		if (!list_empty(&res->due) && !res->answered)
			return NULL;
		rcv->res_next++;
	}
	list_del_init(&res->due);
	res->kind = RXE_RES_FREE;
	return res;
}

/* the request is executed but for its answer, which takes @n PSNs */
static void owe_answer(struct rxe_qp *qp, const struct rxe_hdrs *h, struct rxe_res *res,
		       u8 kind, u32 n)
{
	struct rxe_rcv *rcv = &qp->rcv;

	rcv->msn = rxe_psn_add(rcv->msn, 1);
	res->kind = kind;
	res->opcode = h->opcode;
	res->answered = false;
	res->first = h->psn;
	res->last = rxe_psn_add(h->psn, n - 1);
	res->cur = res->first;
	res->req_first = res->first;
	res->req_last = res->last;
	res->msn = rcv->msn;
	res->rkey = h->rkey;
	res->va = h->va;
	res->len = h->dma_len;
	res->req_len = h->dma_len;
	rcv->epsn = rxe_psn_add(h->psn, n);
	/* it says that all before it was done */
	rcv->ack_due = false;
	rcv->unacked = 0;
	rcv->asked = 0;
	rxe_owe_res(qp, res);
}

static u32 read_packets(const struct rxe_qp *qp, u32 len)
{
	return max(1u, (len + (1u << qp->mtu_shift) - 1) >> qp->mtu_shift);
}

static u8 do_read(struct rxe_qp *qp, const struct rxe_hdrs *h)
{
	struct rxe_res *res;
	struct rxe_ref ref;

	if (h->dma_len) {
		if (rxe_rkey_get(qp, h->rkey, h->va, h->dma_len, IB_ACCESS_REMOTE_READ, &ref))
			return RXE_NAK_ACCESS;
		rxe_ref_put(&ref);
	}
	res = take_res(qp, h);
	if (!res)
		return RXE_NAK_INVALID;
	owe_answer(qp, h, res, RXE_RES_READ, read_packets(qp, h->dma_len));
	return 0;
}

static u8 do_atomic(struct rxe_qp *qp, const struct rxe_pkt *pkt)
{
	const struct rxe_hdrs *h = &pkt->h;
	bool write = h->opcode == RXE_ATOMIC_WRITE;
	struct rxe_res *res;
	struct rxe_ref ref;
	u64 value, orig = 0;
	int err;

	if (rxe_rkey_get(qp, h->rkey, h->va, sizeof(u64),
			 write ? IB_ACCESS_REMOTE_WRITE : IB_ACCESS_REMOTE_ATOMIC, &ref))
		return RXE_NAK_ACCESS;
	res = take_res(qp, h);
	if (!res) {
		rxe_ref_put(&ref);
		return RXE_NAK_INVALID;
	}
	if (!write)
		err = rxe_ref_atomic(&ref, h->opcode, h->swap_add, h->compare, &orig);
	else
		err = skb_copy_bits(pkt->skb, pkt->payload_off, &value, sizeof(value)) ?:
		      rxe_ref_atomic_write(&ref, value);
	rxe_ref_put(&ref);
	if (err)
		return RXE_NAK_ACCESS;
	res->orig = orig;
	owe_answer(qp, h, res, write ? RXE_RES_DONE : RXE_RES_ATOMIC, 1);
	return 0;
}

static int flush_memory(struct rxe_qp *qp, const struct rxe_hdrs *h)
{
	int access = flush_access(h->flush_type), err;
	u64 len = h->dma_len;
	struct rxe_ref ref;

	if (h->flush_level == IB_FLUSH_MR)
		err = rxe_rkey_get_whole(qp, h->rkey, access, &ref, &len);
	else if (len)
		err = rxe_rkey_get(qp, h->rkey, h->va, len, access, &ref);
	else
		return 0;
	if (err)
		return err;
	err = rxe_ref_flush(&ref, len, h->flush_type);
	rxe_ref_put(&ref);
	return err;
}

static u8 do_flush(struct rxe_qp *qp, const struct rxe_hdrs *h)
{
	struct rxe_res *res;

	if (flush_memory(qp, h))
		return RXE_NAK_ACCESS;
	res = take_res(qp, h);
	if (!res)
		return LOST;
	owe_answer(qp, h, res, RXE_RES_DONE, 1);
	return 0;
}

/* places a packet of a SEND */
static u8 place_send(struct rxe_qp *qp, const struct rxe_pkt *pkt, enum ib_wc_status *status)
{
	struct rxe_rcv *rcv = &qp->rcv;
	struct rxe_cursor c;
	int err;

	if (!pkt->h.payload)
		return 0;
	if (pkt->h.payload > rcv->wqe.length - rcv->done) {
		*status = IB_WC_LOC_LEN_ERR;
		return RXE_NAK_INVALID;
	}
	rxe_cursor_sges(&c, qp, rcv->wqe.sge, rcv->wqe.num_sge, rcv->done,
			IB_ACCESS_LOCAL_WRITE);
	err = rxe_pkt_copy(pkt, 0, pkt->h.payload, &c);
	rxe_cursor_end(&c);
	if (err) {
		*status = IB_WC_LOC_PROT_ERR;
		return RXE_NAK_OP;
	}
	rcv->done += pkt->h.payload;
	return 0;
}

/* places a packet of a WRITE; its first one is judged for the whole message */
static u8 place_write(struct rxe_qp *qp, const struct rxe_pkt *pkt)
{
	const struct rxe_hdrs *h = &pkt->h;
	struct rxe_rcv *rcv = &qp->rcv;
	bool begins = h->op->flags & RXE_HAS_RETH;
	struct rxe_cursor c;
	struct rxe_ref ref;
	int err;

	if (begins) {
		rcv->rkey = h->rkey;
		rcv->va = h->va;
		rcv->total = h->dma_len;
		rcv->done = 0;
	}
	if (!h->payload)
		return 0;
	if (rxe_rkey_get(qp, rcv->rkey, rcv->va + rcv->done, begins ? rcv->total : h->payload,
			 IB_ACCESS_REMOTE_WRITE, &ref))
		return RXE_NAK_ACCESS;
	rxe_cursor_ref(&c, &ref, 0, h->payload);
	err = rxe_pkt_copy(pkt, 0, h->payload, &c);
	rxe_cursor_end(&c);
	rxe_ref_put(&ref);
	if (err)
		return RXE_NAK_ACCESS;
	rcv->done += h->payload;
	return 0;
}

static u8 do_message(struct rxe_qp *qp, const struct rxe_pkt *pkt,
		     enum ib_wc_status *status, struct after *after)
{
	const struct rxe_hdrs *h = &pkt->h;
	u32 flags = h->op->flags;
	struct rxe_rcv *rcv = &qp->rcv;
	u8 nak;

	if (flags & RXE_IS_SEND && flags & (RXE_IS_FIRST | RXE_IS_ONLY))
		rcv->done = 0;
	nak = flags & RXE_IS_SEND ? place_send(qp, pkt, status) : place_write(qp, pkt);
	if (nak)
		return nak;
	if (flags & RXE_HAS_IETH && rxe_invalidate_remote(qp, h->inv_rkey)) {
		*status = IB_WC_REM_INV_REQ_ERR;
		return RXE_NAK_ACCESS;
	}
	rcv->epsn = rxe_psn_add(h->psn, 1);
	if (!(flags & (RXE_IS_LAST | RXE_IS_ONLY))) {
		rcv->msg = flags & RXE_IS_SEND ? RXE_MSG_SEND : RXE_MSG_WRITE;
		return 0;
	}
	rcv->msg = RXE_MSG_NONE;
	rcv->msn = rxe_psn_add(rcv->msn, 1);
	if (flags & RXE_TAKES_RECV)
		complete_ok(qp, pkt, rcv->done, after);
	return 0;
}

static bool needs_wqe(u32 flags)
{
	if (flags & RXE_IS_SEND)
		return flags & (RXE_IS_FIRST | RXE_IS_ONLY);
	return flags & RXE_TAKES_RECV;
}

/*
 * A request with the PSN expected: 0, the syndrome to refuse it with, or LOST.
 * The order of the questions is the one of doc/rxe-wire.md. @status is for the
 * receive work request, if one was taken.
 */
static u8 execute(struct rxe_qp *qp, const struct rxe_pkt *pkt, enum ib_wc_status *status,
		  struct after *after)
{
	const struct rxe_hdrs *h = &pkt->h;
	struct rxe_rcv *rcv = &qp->rcv;
	u32 flags = h->op->flags;
	bool ring = flags & (RXE_IS_READ | RXE_IS_ATOMIC) || h->opcode == RXE_ATOMIC_WRITE;

	*status = IB_WC_REM_INV_REQ_ERR;
	if (!in_sequence(rcv, flags) || !permitted(qp, h))
		return RXE_NAK_INVALID;
	if (ring && !rcv->max_rd)
		return RXE_NAK_INVALID;
	if ((ring || flags & RXE_HAS_FETH) && !rcv->res)
		return RXE_NAK_INVALID;
	if (needs_wqe(flags)) {
		int err = take_wqe(qp, after);

		if (err == -EAGAIN)
			return RXE_AETH_RNR | rcv->rnr_timer;
		if (err) {
			*status = IB_WC_LOC_QP_OP_ERR;
			return RXE_NAK_OP;
		}
	}
	if (!fits(qp, h))
		return RXE_NAK_INVALID;

	*status = IB_WC_REM_ACCESS_ERR;
	if (flags & RXE_IS_READ)
		return do_read(qp, h);
	if (ring)
		return do_atomic(qp, pkt);
	if (flags & RXE_HAS_FETH)
		return do_flush(qp, h);
	return do_message(qp, pkt, status, after);
}

static void refuse(struct rxe_qp *qp, const struct rxe_hdrs *h, u8 nak,
		   enum ib_wc_status status, struct after *after)
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
	complete_error(qp, status, after);
}

/* the packet has the PSN expected; false if that did not help */
static bool in_order(struct rxe_qp *qp, const struct rxe_pkt *pkt, struct after *after)
{
	struct rxe_rcv *rcv = &qp->rcv;
	const struct rxe_hdrs *h = &pkt->h;
	enum ib_wc_status status;
	u32 res_before = rcv->res_next + rcv->flush_next;
	u8 nak;

	rcv->in_gap = false;
	rcv->nak_later = false;
	if (rcv->nak == RXE_NAK_PSN || (rcv->nak & RXE_AETH_TYPE) == RXE_AETH_RNR)
		rcv->nak = 0;
	nak = execute(qp, pkt, &status, after);
	if (nak == LOST)
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

/* ---- gaps ---- */

/*
 * Whether a missing packet is lost or late, only time tells. At first it is
 * taken as lost at once. When it turns up twice, the NAK was rash, and the next
 * ones wait longer; they wait less again when all that is missing was lost.
 */
static void nak_gap(struct rxe_qp *qp)
{
	struct rxe_rcv *rcv = &qp->rcv;

	if (rcv->judging && rcv->patience && ++rcv->losses >= LOSSES) {
		rcv->patience /= 2;
		rcv->losses = 0;
	}
	rcv->judging = true;
	rcv->judged_psn = rcv->epsn;
	rcv->nak_later = false;
	rxe_owe_nak(qp, RXE_NAK_PSN, rcv->epsn);
}

static void judge_gap(struct rxe_rcv *rcv, u32 psn)
{
	if (!rcv->judging || psn != rcv->judged_psn)
		return;
	rcv->judging = false;
	rcv->losses = 0;
	rcv->patience = min_t(unsigned long, rcv->patience * 2 + 1,
			      max(msecs_to_jiffies(PATIENCE_MS), 1ul));
}

static void open_gap(struct rxe_qp *qp)
{
	struct rxe_rcv *rcv = &qp->rcv;

	rcv->in_gap = true;
	rxe_count(rxe_qp_dev(qp), RXE_OUT_OF_SEQ_REQUEST);
	if (!rcv->patience) {
		nak_gap(qp);
		return;
	}
	rcv->nak_later = true;
	mod_timer(&rcv->gap, jiffies + rcv->patience);
}

/*
 * What was missing came, and something else is missing between here and what is
 * kept. What brought the one brings the other, unless it was lost again.
 */
static void reopen_gap(struct rxe_qp *qp)
{
	struct rxe_rcv *rcv = &qp->rcv;

	if (!rcv->hold || rcv->in_gap || rcv->failing || !executes(rcv->state) ||
	    !rxe_hold_any(qp))
		return;
	rcv->in_gap = true;
	rcv->nak_later = true;
	mod_timer(&rcv->gap, jiffies + max_t(u8, rcv->patience, 1));
}

static void gap_over(struct timer_list *timer)
{
	struct rxe_rcv *rcv = container_of(timer, struct rxe_rcv, gap);

	spin_lock(&rcv->lock);
	if (rcv->in_gap && rcv->nak_later) {
		nak_gap(rcv->qp);
		rxe_qp_resume(rcv->qp);
	}
	spin_unlock(&rcv->lock);
}

static void ahead_rx(struct rxe_qp *qp, const struct rxe_pkt *pkt)
{
	struct rxe_rcv *rcv = &qp->rcv;
	bool kept = rxe_hold_add(qp, pkt);

	if (!rcv->in_gap)
		open_gap(qp);
	if (kept)
		return;
	rxe_count(rxe_qp_dev(qp), RXE_AHEAD_DROPPED);
	/* what can't be kept must be sent again anyway */
	if (rcv->nak_later)
		nak_gap(qp);
}

/* a packet with the PSN expected, and what was kept behind it */
static void in_order_rx(struct rxe_qp *qp, const struct rxe_pkt *pkt, struct after *after)
{
	struct rxe_pkt *kept;
	bool good = in_order(qp, pkt, after);

	while (good && (kept = rxe_hold_take(qp))) {
		good = in_order(qp, kept, after);
		rxe_hold_free(kept);
	}
}

/* ---- duplicates ---- */

static bool was_for(const struct rxe_res *res, const struct rxe_hdrs *h)
{
	return res->kind != RXE_RES_FREE && res->opcode == h->opcode &&
	       rxe_psn_diff(h->psn, res->first) >= 0 &&
	       rxe_psn_diff(h->psn, res->last) <= 0;
}

/* newest first: an old one may have the same PSN, of a time before they wrapped */
static struct rxe_res *find_res(struct rxe_rcv *rcv, const struct rxe_hdrs *h)
{
	struct rxe_res *res;
	u32 i;

	if (!rcv->res)
		return NULL;
	for (i = 1; i <= rcv->nres; i++) {
		res = &rcv->res[(rcv->res_next - i) & (rcv->nres - 1)];
		if (was_for(res, h))
			return res;
	}
	for (i = 1; i <= RXE_FLUSH_RES; i++) {
		res = &rcv->res[rcv->nres + (rcv->flush_next - i) % RXE_FLUSH_RES];
		if (was_for(res, h))
			return res;
	}
	return NULL;
}

/* a READ asked for again, all of it or the rest */
static void reread(struct rxe_qp *qp, const struct rxe_hdrs *h, struct rxe_res *res)
{
	u32 skip = rxe_psn_diff(h->psn, res->first);
	u64 off = (u64)skip << qp->mtu_shift;
	u32 n;

	if (h->dma_len > res->len || off > res->len - h->dma_len)
		return;
	if (res->len && (!h->dma_len || h->rkey != res->rkey || h->va != res->va + off))
		return;
	n = read_packets(qp, h->dma_len);
	res->req_first = h->psn;
	res->req_last = rxe_psn_add(h->psn, n - 1);
	res->req_len = h->dma_len;
	res->cur = h->psn;
	rxe_owe_res(qp, res);
}

static void duplicate(struct rxe_qp *qp, const struct rxe_pkt *pkt)
{
	const struct rxe_hdrs *h = &pkt->h;
	u32 flags = h->op->flags;
	struct rxe_res *res;

	rxe_count(rxe_qp_dev(qp), RXE_DUPLICATE_REQUEST);
	judge_gap(&qp->rcv, h->psn);
	if (flags & (RXE_IS_SEND | RXE_IS_WRITE)) {
		rxe_owe_dup_ack(qp, h->psn);
		return;
	}
	res = find_res(&qp->rcv, h);
	if (flags & RXE_IS_READ) {
		if (res)
			reread(qp, h, res);
	} else if (res) {
		res->cur = res->first;
		rxe_owe_res(qp, res);
	} else if (flags & RXE_HAS_FETH && qp->rcv.res && permitted(qp, h) &&
		   fits(qp, h) && !flush_memory(qp, h)) {
		/* forgotten, but nothing is wrong with doing it twice */
		u32 i = qp->rcv.nres + qp->rcv.flush_next % RXE_FLUSH_RES;

		res = &qp->rcv.res[i];
		if (!list_empty(&res->due))
			return;
		qp->rcv.flush_next++;
		res->kind = RXE_RES_DONE;
		res->opcode = h->opcode;
		res->answered = true;
		res->first = h->psn;
		res->last = h->psn;
		res->cur = h->psn;
		res->req_first = h->psn;
		res->req_last = h->psn;
		res->msn = qp->rcv.msn;
		rxe_owe_res(qp, res);
	}
}

/* ---- the transports ---- */

static void rc_rx(struct rxe_qp *qp, const struct rxe_pkt *pkt, struct after *after)
{
	struct rxe_rcv *rcv = &qp->rcv;
	s32 ahead = rxe_psn_diff(pkt->h.psn, rcv->epsn);

	if (pkt->ce)
		rxe_owe_cnp(qp);
	if (ahead < 0)
		duplicate(qp, pkt);
	else if (!ahead)
		in_order_rx(qp, pkt, after);
	else
		ahead_rx(qp, pkt);
}

/* nobody is told; what broke is dropped up to the next message */
static void uc_rx(struct rxe_qp *qp, const struct rxe_pkt *pkt, struct after *after)
{
	struct rxe_rcv *rcv = &qp->rcv;
	u32 flags = pkt->h.op->flags;
	enum ib_wc_status status;
	u8 nak;

	if (rcv->uc_drop || pkt->h.psn != rcv->epsn || !in_sequence(rcv, flags)) {
		if (pkt->h.psn != rcv->epsn)
			rxe_count(rxe_qp_dev(qp), RXE_OUT_OF_SEQ_REQUEST);
		rcv->msg = RXE_MSG_NONE;
		rcv->uc_drop = !(flags & (RXE_IS_FIRST | RXE_IS_ONLY));
	}
	rcv->epsn = rxe_psn_add(pkt->h.psn, 1);
	nak = rcv->uc_drop ? LOST : execute(qp, pkt, &status, after);
	if (!nak)
		return;
	rxe_count(rxe_qp_dev(qp), RXE_UC_DROPPED);
	if (nak == LOST)
		return;
	rcv->msg = RXE_MSG_NONE;
	rcv->uc_drop = true;
	/* the consumer's own fault, or a message that does not fit */
	if (status == IB_WC_LOC_QP_OP_ERR || status == IB_WC_LOC_PROT_ERR) {
		complete_error(qp, status, after);
		rcv->failing = true;
	}
}

/* the place for a GRH: an IPv4 header stands at its end */
static int copy_grh(const struct rxe_pkt *pkt, struct rxe_cursor *c)
{
	u8 grh[RXE_GRH_LEN] = {};
	u32 len = pkt->ipv6 ? 40 : 20, done = 0;

	memcpy(grh + RXE_GRH_LEN - len, skb_network_header(pkt->skb), len);
	while (done < RXE_GRH_LEN) {
		size_t got;
		void *to = rxe_cursor_next(c, RXE_GRH_LEN - done, &got);

		if (IS_ERR_OR_NULL(to))
			return to ? PTR_ERR(to) : -ERANGE;
		memcpy(to, grh + done, got);
		done += got;
	}
	return 0;
}

static void ud_rx(struct rxe_qp *qp, const struct rxe_pkt *pkt, struct after *after)
{
	struct rxe_rcv *rcv = &qp->rcv;
	u32 len = RXE_GRH_LEN + pkt->h.payload;
	struct rxe_cursor c;
	int err;

	err = take_wqe(qp, after);
	if (err == -EAGAIN) {
		rxe_count(rxe_qp_dev(qp), RXE_UD_DROPPED);
		return;
	}
	if (err) {
		complete_error(qp, IB_WC_LOC_QP_OP_ERR, after);
		rcv->failing = true;
		return;
	}
	/* no reason for the QP to fail: any stranger could bring it about */
	if (len > rcv->wqe.length) {
		rxe_count(rxe_qp_dev(qp), RXE_UD_DROPPED);
		complete_error(qp, IB_WC_LOC_LEN_ERR, after);
		return;
	}
	rxe_cursor_sges(&c, qp, rcv->wqe.sge, rcv->wqe.num_sge, 0, IB_ACCESS_LOCAL_WRITE);
	err = copy_grh(pkt, &c) ?: rxe_pkt_copy(pkt, 0, pkt->h.payload, &c);
	rxe_cursor_end(&c);
	if (err) {
		complete_error(qp, IB_WC_LOC_PROT_ERR, after);
		rcv->failing = true;
		return;
	}
	rcv->msn = rxe_psn_add(rcv->msn, 1);
	complete_ok(qp, pkt, len, after);
}

static void rx(struct rxe_qp *qp, const struct rxe_pkt *pkt, struct after *after)
{
	struct rxe_rcv *rcv = &qp->rcv;

	if (!executes(rcv->state) || rcv->failing) {
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
		ud_rx(qp, pkt, after);
	}
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
	struct rxe_rcv *rcv = &qp->rcv;
	struct after after = { .kick = kick };
	bool rc = qp->ib.qp_type == IB_QPT_RC, fail;
	unsigned int i = 0;

	while (i < n) {
		unsigned int end = min(n, i + ACK_EVERY);

		spin_lock(&rcv->lock);
		for (; i < end; i++)
			rx(qp, &pkts[i], &after);
		reopen_gap(qp);
		if (rc && (rcv->asked || rcv->unacked >= ACK_EVERY))
			rxe_owe_ack(qp);
		/* RC fails when its peer was told, in ack.c */
		fail = after.cq_full || (rcv->failing && !rc && executes(rcv->state));
		spin_unlock(&rcv->lock);
		if (rc)
			rxe_answer_run(qp);
		if (after.comm_est)
			rxe_qp_tell(qp, IB_EVENT_COMM_EST);
		after.comm_est = false;
		if (fail)
			rxe_qp_fail(qp, after.cq_full ? IB_EVENT_QP_FATAL : -1);
		after.cq_full = false;
	}
}

/* completes what was taken and what waits as flushed; false: there is more */
static bool flush(struct rxe_qp *qp, struct after *after)
{
	struct rxe_rcv *rcv = &qp->rcv;
	unsigned int budget = FLUSH_BUDGET;

	rxe_owe_nothing(qp);
	rxe_hold_drop(qp);
	complete_error(qp, IB_WC_WR_FLUSH_ERR, after);
	while (!qp->srq && budget--) {
		if (rxe_rq_take(&qp->rq, &rcv->wqe) == -EAGAIN)
			return true;
		rcv->have_wqe = true;
		complete_error(qp, IB_WC_WR_FLUSH_ERR, after);
	}
	return qp->srq;
}

/**
 * rxe_rcv_run() - continue what the responder has to do
 * @qp: the QP
 *
 * Sends what is owed; in the error state flushes what was posted. BH off, no
 * lock held.
 */
void rxe_rcv_run(struct rxe_qp *qp)
{
	struct rxe_rcv *rcv = &qp->rcv;
	struct rxe_kick kick = {};
	struct after after = { .kick = &kick };
	bool last_wqe = false, more = false;

	rcu_read_lock();
	spin_lock(&rcv->lock);
	if (rcv->state == IB_QPS_ERR) {
		more = !flush(qp, &after);
		last_wqe = qp->srq && !rcv->last_wqe;
		rcv->last_wqe |= last_wqe;
	}
	spin_unlock(&rcv->lock);
	rxe_kick_run(&kick);
	if (last_wqe)
		rxe_qp_tell(qp, IB_EVENT_QP_LAST_WQE_REACHED);
	if (more)
		rxe_qp_resume(qp);
	if (qp->ib.qp_type == IB_QPT_RC)
		rxe_answer_run(qp);
	rcu_read_unlock();
}

/* ---- life of the half ---- */

static void retry(struct timer_list *timer)
{
	struct rxe_rcv *rcv = container_of(timer, struct rxe_rcv, retry);

	rxe_qp_resume(rcv->qp);
}

/**
 * rxe_rcv_create() - set up the responder half of a new QP
 * @qp: the QP
 *
 * Return: 0.
 */
int rxe_rcv_create(struct rxe_qp *qp)
{
	struct rxe_rcv *rcv = &qp->rcv;

	spin_lock_init(&rcv->lock);
	INIT_LIST_HEAD(&rcv->due);
	timer_setup(&rcv->retry, retry, 0);
	timer_setup(&rcv->gap, gap_over, 0);
	rcv->qp = qp;
	rcv->state = IB_QPS_RESET;
	return 0;
}

/**
 * rxe_rcv_reset() - forget everything, completions included
 * @qp: the QP, on its way to RESET; no lock held
 */
void rxe_rcv_reset(struct rxe_qp *qp)
{
	struct rxe_rcv *rcv = &qp->rcv;
	u32 i;

	spin_lock_bh(&rcv->lock);
	rxe_owe_nothing(qp);
	rxe_hold_drop(qp);
	for (i = 0; rcv->res && i < rcv->nres + RXE_FLUSH_RES; i++)
		rcv->res[i].kind = RXE_RES_FREE;
	rcv->res_next = 0;
	rcv->flush_next = 0;
	rcv->state = IB_QPS_RESET;
	rcv->failing = false;
	rcv->comm_est = false;
	rcv->last_wqe = false;
	rcv->in_gap = false;
	rcv->nak_later = false;
	rcv->judging = false;
	rcv->patience = 0;
	rcv->losses = 0;
	rcv->uc_drop = false;
	rcv->have_wqe = false;
	rcv->msg = RXE_MSG_NONE;
	rcv->drops = 0;
	rcv->epsn = 0;
	rcv->msn = 0;
	spin_unlock_bh(&rcv->lock);
	if (!qp->srq)
		rxe_rq_reset(&qp->rq);
}

/* a ring as large as a requester may take what it was promised for */
static struct rxe_res *make_res(u32 max_rd, u32 *nres)
{
	struct rxe_res *res;
	u32 i;

	*nres = max_rd ? roundup_pow_of_two(max_rd) : 0;
	res = kvcalloc(*nres + RXE_FLUSH_RES, sizeof(*res), GFP_KERNEL_ACCOUNT);
	for (i = 0; res && i < *nres + RXE_FLUSH_RES; i++)
		INIT_LIST_HEAD(&res[i].due);
	return res;
}

/**
 * rxe_rcv_modify() - take over what modify_qp said
 * @qp: the QP, its @attr and @state new, modify_lock held
 * @mask: IB_QP_* of what is new
 *
 * May sleep.
 *
 * Return: 0, or -ENOMEM; then nothing was taken over.
 */
int rxe_rcv_modify(struct rxe_qp *qp, int mask)
{
	struct rxe_rcv *rcv = &qp->rcv;
	struct rxe_res *res = NULL;
	u32 nres = 0;

	if (qp->ib.qp_type == IB_QPT_RC && mask & IB_QP_MAX_DEST_RD_ATOMIC) {
		res = make_res(qp->attr.max_dest_rd_atomic, &nres);
		if (!res)
			return -ENOMEM;
	}
	spin_lock_bh(&rcv->lock);
	if (res) {
		/* answers under way are lost; the peer asks again */
		rxe_owe_nothing(qp);
		swap(rcv->res, res);
		rcv->nres = nres;
		rcv->max_rd = qp->attr.max_dest_rd_atomic;
		rcv->res_next = 0;
		rcv->flush_next = 0;
	}
	if (mask & IB_QP_MIN_RNR_TIMER)
		rcv->rnr_timer = qp->attr.min_rnr_timer & 0x1f;
	if (mask & IB_QP_RQ_PSN)
		rcv->epsn = qp->attr.rq_psn & RXE_PSN_MASK;
	if (mask & IB_QP_STATE)
		rcv->state = qp->state;
	spin_unlock_bh(&rcv->lock);
	kvfree(res);
	return 0;
}

/**
 * rxe_rcv_stop() - end of the half
 * @qp: the QP, which no packet, work or consumer can reach any more
 *
 * May sleep.
 */
void rxe_rcv_stop(struct rxe_qp *qp)
{
	timer_shutdown_sync(&qp->rcv.retry);
	timer_shutdown_sync(&qp->rcv.gap);
	rxe_hold_drop(qp);
	kvfree(qp->rcv.res);
	qp->rcv.res = NULL;
}
