// SPDX-License-Identifier: GPL-2.0
/*
 * What the packets of a work request look like: how many, and the headers of
 * each. Any one can be made again at any time from the request alone.
 */
#include "rxe.h"

bool rxe_wqe_answered(const struct rxe_swqe *wqe)
{
	switch (wqe->opcode) {
	case IB_WR_RDMA_READ:
	case IB_WR_ATOMIC_CMP_AND_SWP:
	case IB_WR_ATOMIC_FETCH_AND_ADD:
	case IB_WR_ATOMIC_WRITE:
	case IB_WR_FLUSH:
		return true;
	default:
		return false;
	}
}

u32 rxe_wqe_psns(const struct rxe_qp *qp, const struct rxe_swqe *wqe)
{
	u64 mtu = 1u << qp->mtu_shift;

	if (rxe_is_datagram(qp) || !wqe->length)
		return 1;
	return (wqe->length + mtu - 1) >> qp->mtu_shift;
}

/* opcodes of a message by the place of the packet in it */
static u8 verb_of(const struct rxe_swqe *wqe, bool first, bool last)
{
	switch (wqe->opcode) {
	case IB_WR_RDMA_WRITE:
		if (first)
			return last ? RXE_WRITE_ONLY : RXE_WRITE_FIRST;
		return last ? RXE_WRITE_LAST : RXE_WRITE_MIDDLE;
	case IB_WR_RDMA_WRITE_WITH_IMM:
		if (first)
			return last ? RXE_WRITE_ONLY_IMM : RXE_WRITE_FIRST;
		return last ? RXE_WRITE_LAST_IMM : RXE_WRITE_MIDDLE;
	case IB_WR_SEND_WITH_IMM:
		if (last)
			return first ? RXE_SEND_ONLY_IMM : RXE_SEND_LAST_IMM;
		break;
	case IB_WR_SEND_WITH_INV:
		if (last)
			return first ? RXE_SEND_ONLY_INV : RXE_SEND_LAST_INV;
		break;
	case IB_WR_RDMA_READ:
		return RXE_READ_REQ;
	case IB_WR_ATOMIC_CMP_AND_SWP:
		return RXE_CMP_SWAP;
	case IB_WR_ATOMIC_FETCH_AND_ADD:
		return RXE_FETCH_ADD;
	case IB_WR_ATOMIC_WRITE:
		return RXE_ATOMIC_WRITE;
	case IB_WR_FLUSH:
		return RXE_FLUSH;
	}
	if (first)
		return last ? RXE_SEND_ONLY : RXE_SEND_FIRST;
	return last ? RXE_SEND_LAST : RXE_SEND_MIDDLE;
}

static void set_extensions(const struct rxe_qp *qp, const struct rxe_swqe *wqe,
			   u64 off, struct rxe_hdrs *h)
{
	switch (wqe->opcode) {
	case IB_WR_RDMA_WRITE:
	case IB_WR_RDMA_WRITE_WITH_IMM:
	case IB_WR_ATOMIC_WRITE:
		h->va = wqe->rdma.va;
		h->rkey = wqe->rdma.rkey;
		h->dma_len = wqe->length;
		break;
	case IB_WR_RDMA_READ:
		/* what is missing of it */
		h->va = wqe->rdma.va + off;
		h->rkey = wqe->rdma.rkey;
		h->dma_len = wqe->length - off;
		break;
	case IB_WR_ATOMIC_CMP_AND_SWP:
		h->va = wqe->atomic.va;
		h->rkey = wqe->atomic.rkey;
		h->swap_add = wqe->atomic.swap;
		h->compare = wqe->atomic.compare_add;
		break;
	case IB_WR_ATOMIC_FETCH_AND_ADD:
		h->va = wqe->atomic.va;
		h->rkey = wqe->atomic.rkey;
		h->swap_add = wqe->atomic.compare_add;
		break;
	case IB_WR_FLUSH:
		h->va = wqe->flush.va;
		h->rkey = wqe->flush.rkey;
		h->dma_len = wqe->flush.length;
		h->flush_type = wqe->flush.type;
		h->flush_level = wqe->flush.level;
		break;
	case IB_WR_SEND_WITH_INV:
		h->inv_rkey = wqe->inv_rkey;
		break;
	}
	if (wqe->opcode == IB_WR_RDMA_WRITE_WITH_IMM ||
	    wqe->opcode == IB_WR_SEND_WITH_IMM)
		h->imm = wqe->imm;
	if (rxe_is_datagram(qp)) {
		h->src_qp = qp->qpn;
		h->qkey = wqe->ud.qkey;
		/* a controlled Q_Key: that of the queue pair is meant */
		if (h->qkey & BIT(31) && qp->ib.qp_type != IB_QPT_GSI)
			h->qkey = qp->qkey;
	}
}

static bool sends_data(const struct rxe_swqe *wqe)
{
	return wqe->opcode == IB_WR_ATOMIC_WRITE || !rxe_wqe_answered(wqe);
}

void rxe_request_hdrs(const struct rxe_qp *qp, const struct rxe_swqe *wqe, u32 psn,
		      struct rxe_hdrs *h)
{
	bool first = psn == wqe->first_psn, last = psn == wqe->last_psn;
	u64 off = (u64)((psn - wqe->first_psn) & RXE_PSN_MASK) << qp->mtu_shift;
	u8 transport = RXE_T_RC;

	if (qp->ib.qp_type == IB_QPT_UC)
		transport = RXE_T_UC;
	else if (rxe_is_datagram(qp))
		transport = RXE_T_UD;

	memset(h, 0, sizeof(*h));
	h->opcode = transport | verb_of(wqe, first, last);
	h->op = &rxe_opcodes[h->opcode];
	h->pkey = RXE_PKEY;
	h->psn = psn;
	h->qpn = rxe_is_datagram(qp) ? wqe->ud.qpn : qp->dest_qpn;
	h->solicited = last && wqe->flags & IB_SEND_SOLICITED;
	set_extensions(qp, wqe, off, h);
	if (sends_data(wqe)) {
		h->payload = rxe_is_datagram(qp) ? wqe->length :
			     min_t(u64, wqe->length - off, 1u << qp->mtu_shift);
		h->pad = -h->payload & 3;
	}
}
