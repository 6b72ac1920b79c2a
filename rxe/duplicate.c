// SPDX-License-Identifier: GPL-2.0
/*
 * Requests that come again: answered again, out of what was noted of them the
 * first time, never executed again.
 */
#include "rxe.h"

static bool was_for(const struct rxe_rcv *rcv, const struct rxe_res *res,
		    const struct rxe_hdrs *h)
{
	return rxe_res_known(rcv, res) && res->opcode == h->opcode &&
	       rxe_psn_diff(h->psn, res->first) >= 0 &&
	       rxe_psn_diff(h->psn, res->last) <= 0;
}

static struct rxe_res *find_res(struct rxe_rcv *rcv, const struct rxe_hdrs *h)
{
	struct rxe_res *res;
	u32 i;

	if (!rcv->res)
		return NULL;
	for (i = 1; i <= rcv->nres; i++) {
		res = &rcv->res[(rcv->res_next - i) & (rcv->nres - 1)];
		if (was_for(rcv, res, h))
			return res;
	}
	for (i = 1; i <= RXE_FLUSH_RES; i++) {
		res = &rcv->res[rcv->nres + (rcv->flush_next - i) % RXE_FLUSH_RES];
		if (was_for(rcv, res, h))
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
	n = rxe_read_packets(qp, h->dma_len);
	res->req_first = h->psn;
	res->req_last = rxe_psn_add(h->psn, n - 1);
	res->req_len = h->dma_len;
	res->cur = h->psn;
	rxe_owe_res(qp, res);
}

void rxe_duplicate(struct rxe_qp *qp, const struct rxe_pkt *pkt)
{
	const struct rxe_hdrs *h = &pkt->h;
	u32 flags = h->op->flags;
	struct rxe_res *res;

	rxe_count(rxe_qp_dev(qp), RXE_DUPLICATE_REQUEST);
	rxe_gap_judge(&qp->rcv, h->psn);
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
	} else if (flags & RXE_HAS_FETH && qp->rcv.res) {
		/* forgotten, but what lies behind was executed without fault */
		u32 i = qp->rcv.nres + qp->rcv.flush_next % RXE_FLUSH_RES;

		res = &qp->rcv.res[i];
		if (!list_empty(&res->due))
			return;
		qp->rcv.flush_next++;
		res->kind = RXE_RES_DONE;
		res->opcode = h->opcode;
		res->answered = true;
		res->served = qp->rcv.served;
		res->first = h->psn;
		res->last = h->psn;
		res->cur = h->psn;
		res->req_first = h->psn;
		res->req_last = h->psn;
		res->msn = qp->rcv.msn;
		rxe_owe_res(qp, res);
	}
}
