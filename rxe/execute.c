// SPDX-License-Identifier: GPL-2.0
/*
 * One request of a connection: is it allowed, and what it does to memory. Nothing
 * here knows of loss and order; all of it runs under rcv.lock.
 */
#include "rxe.h"

/* of persistent memory, flushed before others get the CPU; bytes */
#define FLUSH_PORTION	(128u << 10)

/* does the packet continue the message we are in, or begin one when in none */
bool rxe_in_sequence(const struct rxe_rcv *rcv, u32 flags)
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
	rxe_rcv_expect(rcv, rxe_psn_add(h->psn, n));
	res->served = rcv->served;
	/* it says that all before it was done */
	rcv->ack_due = false;
	rcv->unacked = 0;
	rcv->asked = 0;
	rxe_owe_res(qp, res);
}

u32 rxe_read_packets(const struct rxe_qp *qp, u32 len)
{
	return max(1u, (len + (1u << qp->mtu_shift) - 1) >> qp->mtu_shift);
}

static u8 do_read(struct rxe_qp *qp, const struct rxe_hdrs *h)
{
	struct rxe_res *res;
	struct rxe_ref ref;

	if (h->dma_len) {
		if (rxe_rkey_get(qp, h->rkey, h->va, h->dma_len, IB_ACCESS_REMOTE_READ, NULL,
				 &ref))
			return RXE_NAK_ACCESS;
		rxe_ref_put(&ref);
	}
	res = take_res(qp, h);
	if (!res)
		return RXE_NAK_INVALID;
	owe_answer(qp, h, res, RXE_RES_READ, rxe_read_packets(qp, h->dma_len));
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
			 write ? IB_ACCESS_REMOTE_WRITE : IB_ACCESS_REMOTE_ATOMIC, NULL, &ref))
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

/* 0, a negative error, or 1: a portion was flushed, and there is more */
static int flush_memory(struct rxe_qp *qp, const struct rxe_hdrs *h)
{
	int access = flush_access(h->flush_type), err;
	struct rxe_rcv *rcv = &qp->rcv;
	u64 len = h->dma_len, portion;
	struct rxe_ref ref;

	if (h->flush_level == IB_FLUSH_MR)
		err = rxe_rkey_get_whole(qp, h->rkey, access, &ref, &len);
	else if (len)
		err = rxe_rkey_get(qp, h->rkey, h->va, len, access, NULL, &ref);
	else
		return 0;
	if (err)
		return err;
	rcv->flushed = min(rcv->flushed, len);
	portion = min(len - rcv->flushed, (u64)FLUSH_PORTION);
	err = rxe_ref_flush(&ref, rcv->flushed, portion, h->flush_type);
	rxe_ref_put(&ref);
	rcv->flushed += portion;
	/* nothing but persistence takes its time */
	return err ?: h->flush_type & IB_FLUSH_PERSISTENT && rcv->flushed < len;
}

static u8 do_flush(struct rxe_qp *qp, const struct rxe_hdrs *h)
{
	int ret = flush_memory(qp, h);
	struct rxe_res *res;

	if (ret > 0)
		return RXE_MORE;
	qp->rcv.flushed = 0;
	if (ret)
		return RXE_NAK_ACCESS;
	res = take_res(qp, h);
	if (!res)
		return RXE_LOST;
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
static u8 place_write(struct rxe_qp *qp, const struct rxe_pkt *pkt, struct rxe_after *after)
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
			 IB_ACCESS_REMOTE_WRITE, &after->near, &ref))
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
		     enum ib_wc_status *status, struct rxe_after *after)
{
	const struct rxe_hdrs *h = &pkt->h;
	u32 flags = h->op->flags;
	struct rxe_rcv *rcv = &qp->rcv;
	u8 nak;

	if (flags & RXE_IS_SEND && flags & (RXE_IS_FIRST | RXE_IS_ONLY))
		rcv->done = 0;
	nak = flags & RXE_IS_SEND ? place_send(qp, pkt, status) :
				    place_write(qp, pkt, after);
	if (nak)
		return nak;
	if (flags & RXE_HAS_IETH && rxe_invalidate_remote(qp, h->inv_rkey)) {
		*status = IB_WC_REM_INV_REQ_ERR;
		return RXE_NAK_ACCESS;
	}
	rxe_rcv_expect(rcv, rxe_psn_add(h->psn, 1));
	if (!(flags & (RXE_IS_LAST | RXE_IS_ONLY))) {
		rcv->msg = flags & RXE_IS_SEND ? RXE_MSG_SEND : RXE_MSG_WRITE;
		return 0;
	}
	rcv->msg = RXE_MSG_NONE;
	rcv->msn = rxe_psn_add(rcv->msn, 1);
	if (flags & RXE_TAKES_RECV)
		rxe_complete_ok(qp, pkt, rcv->done, after);
	return 0;
}

static bool needs_wqe(u32 flags)
{
	if (flags & RXE_IS_SEND)
		return flags & (RXE_IS_FIRST | RXE_IS_ONLY);
	return flags & RXE_TAKES_RECV;
}

/*
 * A request with the PSN expected: 0, the syndrome to refuse it with, RXE_LOST or
 * RXE_MORE.
 * The order of the questions is the one of doc/rxe-wire.md. @status is for the
 * receive work request, if one was taken.
 */
u8 rxe_execute(struct rxe_qp *qp, const struct rxe_pkt *pkt, enum ib_wc_status *status,
	       struct rxe_after *after)
{
	const struct rxe_hdrs *h = &pkt->h;
	struct rxe_rcv *rcv = &qp->rcv;
	u32 flags = h->op->flags;
	bool ring = flags & (RXE_IS_READ | RXE_IS_ATOMIC) || h->opcode == RXE_ATOMIC_WRITE;

	*status = IB_WC_REM_INV_REQ_ERR;
	if (!rxe_in_sequence(rcv, flags) || !permitted(qp, h))
		return RXE_NAK_INVALID;
	if (ring && !rcv->max_rd)
		return RXE_NAK_INVALID;
	if ((ring || flags & RXE_HAS_FETH) && !rcv->res)
		return RXE_NAK_INVALID;
	if (needs_wqe(flags)) {
		int err = rxe_take_recv(qp, after);

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
