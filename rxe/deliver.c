// SPDX-License-Identifier: GPL-2.0
/*
 * Receive work requests of a responder: taken from the queue when a message
 * begins, completed when it ends.
 */
#include "rxe.h"

/* 0, -EAGAIN: none; -EINVAL: there is one, but malformed */
int rxe_take_recv(struct rxe_qp *qp, struct rxe_after *after)
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
static void put_wc(struct rxe_qp *qp, struct ib_wc *wc, bool solicited, struct rxe_after *after)
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

void rxe_complete_error(struct rxe_qp *qp, enum ib_wc_status status, struct rxe_after *after)
{
	struct ib_wc wc = { .status = status, .opcode = IB_WC_RECV };

	if (qp->rcv.have_wqe)
		put_wc(qp, &wc, true, after);
}

void rxe_complete_ok(struct rxe_qp *qp, const struct rxe_pkt *pkt, u32 len,
		     struct rxe_after *after)
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
