// SPDX-License-Identifier: GPL-2.0
/*
 * The requester half's life: made, reset, given attributes, ended.
 */
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "rxe.h"

static unsigned int max_window;
module_param(max_window, uint, 0644);
MODULE_PARM_DESC(max_window, "bytes one connection may have in flight (default: 4 MiB)");

/**
 * rxe_snd_create() - set up the requester half
 * @qp: queue pair, its send queue created
 *
 * May sleep.
 *
 * Return: 0 or -ENOMEM.
 */
int rxe_snd_create(struct rxe_qp *qp)
{
	struct rxe_snd *snd = &qp->snd;

	spin_lock_init(&snd->lock);
	if (qp->user) {
		snd->bounce_len = min_t(size_t, 1u << qp->sq.ring.elem_shift,
					sizeof(struct rxe_send_wqe) +
					RXE_MAX_INLINE);
		snd->bounce = kmalloc(snd->bounce_len, GFP_KERNEL_ACCOUNT);
		if (!snd->bounce)
			return -ENOMEM;
	}
	rxe_snd_timers_init(qp);
	rxe_snd_reset(qp);
	return 0;
}

/**
 * rxe_snd_reset() - forget all that was posted and sent
 * @qp: queue pair in RESET; nothing of it runs any more
 */
void rxe_snd_reset(struct rxe_qp *qp)
{
	struct rxe_snd *snd = &qp->snd;
	struct rxe_sq *sq = &qp->sq;

	spin_lock_bh(&snd->lock);
	snd->state = IB_QPS_RESET;
	snd->back = false;
	snd->rnr = false;
	snd->later = false;
	snd->probe = false;
	snd->has_bad = false;
	snd->failed = false;
	snd->drain = false;
	snd->rtt_on = false;
	snd->rd_atomic = 0;
	snd->hints = 0;
	snd->early = 0;
	snd->since_ack = 0;
	snd->ssn = 1;
	snd->probes = 0;
	snd->srtt_us = 0;
	snd->ack = 0;
	snd->cur = 0;
	spin_lock_irq(&sq->post_lock);
	sq->prod = 0;
	sq->cons = 0;
	spin_unlock_irq(&sq->post_lock);
	if (qp->user) {
		rxe_ring_publish_consumer(&sq->ring, sq->ring.own +
					  rxe_ring_filled(&sq->ring, sq->ring.own));
		sq->ring_next = sq->ring.own;
	}
	spin_unlock_bh(&snd->lock);
}

/**
 * rxe_snd_modify() - take over new attributes
 * @qp: queue pair; qp->attr and qp->state hold the new values
 * @mask: which attributes are new, IB_QP_*
 */
void rxe_snd_modify(struct rxe_qp *qp, int mask)
{
	const struct ib_qp_attr *attr = &qp->attr;
	struct rxe_snd *snd = &qp->snd;

	spin_lock_bh(&snd->lock);
	if (mask & IB_QP_PATH_MTU)
		qp->mtu_shift = ilog2(ib_mtu_enum_to_int(attr->path_mtu));
	if (mask & IB_QP_SQ_PSN) {
		snd->una = attr->sq_psn & RXE_PSN_MASK;
		snd->psn = snd->una;
		snd->top = snd->una;
		snd->next = snd->una;
		rxe_window_init(&snd->win, 1u << qp->mtu_shift,
				READ_ONCE(max_window));
	}
	if (mask & IB_QP_MAX_QP_RD_ATOMIC)
		snd->max_rd_atomic = attr->max_rd_atomic;
	if (mask & IB_QP_RETRY_CNT) {
		snd->retry_cnt = attr->retry_cnt;
		snd->retries = 0;
	}
	if (mask & IB_QP_RNR_RETRY) {
		snd->rnr_retry = attr->rnr_retry;
		snd->rnr_retries = 0;
	}
	/* rounded up, and the first tick is a part of one */
	if (mask & IB_QP_TIMEOUT)
		snd->timeout = attr->timeout ?
			nsecs_to_jiffies64(4096ull << attr->timeout) + 2 : 0;
	/* an error on the way here is stronger than what was asked for */
	if (!snd->failed || qp->state == IB_QPS_ERR)
		snd->state = READ_ONCE(qp->state);
	if (snd->state == IB_QPS_RTS)
		snd->has_bad = false;
	snd->drain = snd->state == IB_QPS_SQD && attr->en_sqd_async_notify;
	spin_unlock_bh(&snd->lock);
}

/**
 * rxe_snd_stop() - the requester half goes for good
 * @qp: queue pair, in RESET and unknown to the network; nothing of it runs
 *
 * May sleep.
 */
void rxe_snd_stop(struct rxe_qp *qp)
{
	rxe_snd_timers_shutdown(qp);
	kfree(qp->snd.bounce);
	qp->snd.bounce = NULL;
}
