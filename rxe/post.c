// SPDX-License-Identifier: GPL-2.0
/*
 * Intake of work requests: a kernel consumer's list and what lies in a user's
 * ring both become private entries of the send queue, in order. Then whoever
 * posted sends, if the place allows it.
 */
#include "rxe.h"

/* entries taken from a user's ring at a time */
#define INTAKE_MAX	64

static void limits(const struct rxe_qp *qp, struct rxe_wqe_limits *lim)
{
	lim->type = qp->ib.qp_type;
	lim->max_sge = qp->sq.max_sge;
	lim->max_inline = qp->sq.max_inline;
}

/* sends at once where that is allowed, else leaves it to softirq */
static void start_sending(struct rxe_qp *qp)
{
	if (irqs_disabled() || in_hardirq()) {
		rxe_qp_resume(qp);
		return;
	}
	local_bh_disable();
	rxe_snd_posted(qp);
	local_bh_enable();
}

static int post_one(struct rxe_qp *qp, const struct ib_send_wr *wr,
		    const struct rxe_wqe_limits *lim)
{
	struct rxe_sq *sq = &qp->sq;
	struct rxe_swqe *wqe;
	int err;

	/* pairs with the release in rxe_snd_retire() */
	if (sq->prod - smp_load_acquire(&sq->cons) >= sq->max_wr)
		return -ENOMEM;
	wqe = rxe_sq_slot(sq, sq->prod);
	err = rxe_swqe_from_wr(wr, lim, wqe);
	if (err)
		return err;
	wqe->state = RXE_WQE_POSTED;
	/* pairs with the acquire of whoever sends */
	smp_store_release(&sq->prod, sq->prod + 1);
	return 0;
}

/**
 * rxe_post_send() - post send work requests, or ring the doorbell
 * @ibqp: queue pair
 * @wr: list of requests; NULL: the requests are in the user's ring
 * @bad: on error, the first request which was not posted
 *
 * Any context but NMI. In the error states requests are taken and flushed.
 *
 * Return: 0; -EINVAL: wrong state or a request which this queue pair cannot
 * do; -ENOMEM: the queue is full.
 */
int rxe_post_send(struct ib_qp *ibqp, const struct ib_send_wr *wr,
		  const struct ib_send_wr **bad)
{
	struct rxe_qp *qp = to_rxe_qp(ibqp);
	struct rxe_sq *sq = &qp->sq;
	struct rxe_wqe_limits lim;
	unsigned long flags;
	bool posted = false;
	int err = 0;

	if (bad)
		*bad = wr;
	/* a ring has its own way in, and nothing else may come between */
	if (qp->user && wr)
		return -EINVAL;
	if (!rxe_state_does(READ_ONCE(qp->state), RXE_TAKES_SENDS))
		return -EINVAL;
	if (qp->user) {
		start_sending(qp);
		return 0;
	}

	limits(qp, &lim);
	spin_lock_irqsave(&sq->post_lock, flags);
	for (; wr; wr = wr->next) {
		err = post_one(qp, wr, &lim);
		if (err) {
			*bad = wr;
			break;
		}
		posted = true;
	}
	spin_unlock_irqrestore(&sq->post_lock, flags);

	if (posted)
		start_sending(qp);
	return err;
}

/**
 * rxe_post_recv() - post receive work requests
 * @ibqp: queue pair of the kernel, without SRQ
 * @wr: list of requests
 * @bad: on error, the first request which was not posted
 *
 * Any context but NMI. In the error state requests are taken and flushed.
 *
 * Return: 0; -EINVAL: wrong state, too many SGEs, or the queue is not its own;
 * -ENOMEM: the queue is full.
 */
int rxe_post_recv(struct ib_qp *ibqp, const struct ib_recv_wr *wr,
		  const struct ib_recv_wr **bad)
{
	struct rxe_qp *qp = to_rxe_qp(ibqp);
	int err = 0;

	*bad = wr;
	if (qp->user || qp->srq || !rxe_state_does(READ_ONCE(qp->state), RXE_TAKES_RECVS))
		return -EINVAL;
	for (; wr; wr = wr->next) {
		err = rxe_rq_post(&qp->rq, wr);
		if (err) {
			*bad = wr;
			break;
		}
	}
	/* read again: who entered the error state saw these, or is seen here */
	smp_mb();
	if (rxe_state_does(READ_ONCE(qp->state), RXE_FLUSHES_RQ))
		rxe_qp_resume(qp);
	return err;
}

static void intake_one(struct rxe_qp *qp, const struct rxe_wqe_limits *lim)
{
	struct rxe_snd *snd = &qp->snd;
	struct rxe_sq *sq = &qp->sq;
	struct rxe_swqe *wqe = rxe_sq_slot(sq, sq->prod);
	u32 fixed = offsetof(struct rxe_send_wqe, dma.inline_data);
	int err;

	memcpy(snd->bounce, rxe_ring_slot(&sq->ring, sq->ring_next),
	       snd->bounce_len);
	err = rxe_swqe_from_user(snd->bounce, snd->bounce_len - fixed, lim, wqe);
	if (err) {
		wqe->status = -err;
		rxe_count(rxe_qp_dev(qp), RXE_BAD_WQE);
	}
	wqe->state = RXE_WQE_POSTED;
	sq->ring_next = (sq->ring_next + 1) & sq->ring.mask;
	WRITE_ONCE(sq->prod, sq->prod + 1);
}

/**
 * rxe_sq_intake() - take what a user's ring offers
 * @qp: queue pair
 *
 * Under snd.lock. Copies each entry once; an entry that will not do is queued
 * with the status it has to end with, so that order is kept.
 */
void rxe_sq_intake(struct rxe_qp *qp)
{
	struct rxe_sq *sq = &qp->sq;
	struct rxe_wqe_limits lim;
	u32 n;

	lockdep_assert_held(&qp->snd.lock);
	if (!qp->user)
		return;
	n = min3(rxe_ring_filled(&sq->ring, sq->ring_next),
		 sq->max_wr - (sq->prod - sq->cons), (u32)INTAKE_MAX);
	if (!n)
		return;
	limits(qp, &lim);
	while (n--)
		intake_one(qp, &lim);
}
