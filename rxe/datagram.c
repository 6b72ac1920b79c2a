// SPDX-License-Identifier: GPL-2.0
/*
 * Datagrams which come in: each a message of its own, from anybody.
 */
#include <rdma/ib_mad.h>

#include "rxe.h"

/*
 * Of what is no MAD the kernel's MAD layer would either say so in the log each
 * time, or, if it is too long, never get its receive buffer back.
 */
static bool is_mad(const struct rxe_pkt *pkt)
{
	u8 version;

	return pkt->h.payload == sizeof(struct ib_mad) &&
	       !skb_copy_bits(pkt->skb, pkt->payload_off, &version, 1) &&
	       version == IB_MGMT_BASE_VERSION;
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

void rxe_datagram(struct rxe_qp *qp, const struct rxe_pkt *pkt, struct rxe_after *after)
{
	struct rxe_rcv *rcv = &qp->rcv;
	u32 len = RXE_GRH_LEN + pkt->h.payload;
	struct rxe_cursor c;
	int err;

	if (qp->ib.qp_type == IB_QPT_GSI && !is_mad(pkt)) {
		rxe_count(rxe_qp_dev(qp), RXE_MALFORMED_PKTS);
		return;
	}
	err = rxe_take_recv(qp, after);
	if (err == -EAGAIN) {
		rxe_count(rxe_qp_dev(qp), RXE_UD_DROPPED);
		return;
	}
	if (err) {
		rxe_complete_error(qp, IB_WC_LOC_QP_OP_ERR, after);
		rcv->failing = true;
		return;
	}
	/* no reason for the QP to fail: any stranger could bring it about */
	if (len > rcv->wqe.length) {
		rxe_count(rxe_qp_dev(qp), RXE_UD_DROPPED);
		rxe_complete_error(qp, IB_WC_LOC_LEN_ERR, after);
		return;
	}
	rxe_cursor_sges(&c, qp, rcv->wqe.sge, rcv->wqe.num_sge, 0, IB_ACCESS_LOCAL_WRITE);
	err = copy_grh(pkt, &c) ?: rxe_pkt_copy(pkt, 0, pkt->h.payload, &c);
	rxe_cursor_end(&c);
	if (err) {
		rxe_complete_error(qp, IB_WC_LOC_PROT_ERR, after);
		rcv->failing = true;
		return;
	}
	rcv->msn = rxe_psn_add(rcv->msn, 1);
	rxe_complete_ok(qp, pkt, len, after);
}
