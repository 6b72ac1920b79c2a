// SPDX-License-Identifier: GPL-2.0
/*
 * The responder half's life: made, reset, given attributes, ended.
 */
#include <linux/log2.h>
#include <linux/slab.h>

#include "rxe.h"

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
	rxe_gap_init(rcv);
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
	rcv->unfinished = false;
	rcv->flushed = 0;
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
