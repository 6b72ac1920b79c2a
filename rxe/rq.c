// SPDX-License-Identifier: GPL-2.0
/*
 * Receive queues, of one QP or shared. An entry is copied out when it is taken:
 * what a process does to its ring afterwards changes nothing.
 */
#include <linux/slab.h>

#include "rxe.h"

static size_t rwqe_size(u32 num_sge)
{
	return offsetof(struct rxe_rwqe, sge) + num_sge * sizeof(struct ib_sge);
}

/**
 * rxe_rq_create() - make an empty receive queue
 * @rq: to be filled in
 * @max_wr: work requests it must be able to hold
 * @max_sge: buffers of one work request
 * @ctx: whose process posts, or NULL for a kernel consumer
 * @mi: with @ctx: filled in with what librxe passes to mmap()
 *
 * Context: may sleep.
 * Return: 0, -EINVAL if that is too much, -ENOMEM.
 */
int rxe_rq_create(struct rxe_rq *rq, u32 max_wr, u32 max_sge,
		  struct ib_ucontext *ctx, struct mminfo *mi)
{
	int ret;

	if (max_wr > RXE_MAX_QP_WR || max_sge > RXE_MAX_SGE)
		return -EINVAL;
	spin_lock_init(&rq->lock);
	rq->user = ctx;
	rq->max_wr = max_wr;
	rq->max_sge = max_sge;
	if (ctx) {
		ret = rxe_ring_create(&rq->ring, ctx, max_wr,
				      sizeof(struct rxe_recv_wqe) +
				      max_sge * sizeof(struct rxe_sge), mi);
		/* the program is told what librxe lets it post */
		if (!ret)
			rq->max_wr = rq->ring.mask;
		return ret;
	}

	rq->mask = roundup_pow_of_two(max(max_wr, 1)) - 1;
	rq->stride = rwqe_size(max_sge);
	rq->buf = kvcalloc(rq->mask + 1, rq->stride, GFP_KERNEL);
	return rq->buf ? 0 : -ENOMEM;
}

/**
 * rxe_rq_destroy() - free what rxe_rq_create() made
 * @rq: the queue, or one that was never made
 */
void rxe_rq_destroy(struct rxe_rq *rq)
{
	rxe_ring_destroy(&rq->ring);
	kvfree(rq->buf);
	rq->buf = NULL;
}

static struct rxe_rwqe *rq_slot(const struct rxe_rq *rq, u32 index)
{
	return rq->buf + (size_t)(index & rq->mask) * rq->stride;
}

/**
 * rxe_rq_post() - post one work request of a kernel consumer
 * @rq: the queue
 * @wr: the request alone, not the list behind it
 *
 * Context: any.
 * Return: 0, -ENOMEM if the queue is full, -EINVAL.
 */
int rxe_rq_post(struct rxe_rq *rq, const struct ib_recv_wr *wr)
{
	struct rxe_rwqe *wqe;
	unsigned long flags;
	u64 length = 0;
	int i, ret = -ENOMEM;

	if (rq->user || wr->num_sge < 0 || wr->num_sge > rq->max_sge)
		return -EINVAL;
	for (i = 0; i < wr->num_sge; i++)
		length += wr->sg_list[i].length;
	if (length > U32_MAX)
		return -EINVAL;

	spin_lock_irqsave(&rq->lock, flags);
	if (rq->prod - rq->cons < rq->max_wr) {
		wqe = rq_slot(rq, rq->prod++);
		wqe->wr_id = wr->wr_id;
		wqe->length = length;
		wqe->num_sge = wr->num_sge;
		memcpy(wqe->sge, wr->sg_list, wr->num_sge * sizeof(*wqe->sge));
		ret = 0;
	}
	spin_unlock_irqrestore(&rq->lock, flags);
	return ret;
}

static int rq_take_user(struct rxe_rq *rq, struct rxe_rwqe *out)
{
	u8 copy[sizeof(struct rxe_recv_wqe) + RXE_MAX_SGE * sizeof(struct rxe_sge)] __aligned(8);
	struct rxe_recv_wqe *in = (struct rxe_recv_wqe *)copy;
	const struct rxe_recv_wqe *shared;
	unsigned long flags;
	u32 n;

	spin_lock_irqsave(&rq->lock, flags);
	if (!rxe_ring_filled(&rq->ring, rq->ring.own)) {
		spin_unlock_irqrestore(&rq->lock, flags);
		return -EAGAIN;
	}
	shared = rxe_ring_slot(&rq->ring, rq->ring.own);
	memcpy(in, shared, sizeof(*in));
	/* the copy is what gets checked and used, not the original again */
	barrier();
	n = min(in->dma.num_sge, rq->max_sge);
	memcpy(copy + sizeof(*in), shared->dma.sge, n * sizeof(struct rxe_sge));
	barrier();
	rxe_ring_publish_consumer(&rq->ring, rq->ring.own + 1);
	spin_unlock_irqrestore(&rq->lock, flags);

	return rxe_rwqe_from_user(in, rq->max_sge, out);
}

/**
 * rxe_rq_take() - take the oldest work request
 * @rq: the queue
 * @out: the caller's copy of it
 *
 * Context: any.
 * Return: 0; -EAGAIN if none is posted; -EINVAL if it is malformed and of @out
 * only the wr_id has a meaning.
 */
int rxe_rq_take(struct rxe_rq *rq, struct rxe_rwqe *out)
{
	const struct rxe_rwqe *wqe;
	unsigned long flags;
	int ret = -EAGAIN;

	if (rq->user)
		return rq_take_user(rq, out);

	spin_lock_irqsave(&rq->lock, flags);
	if (rq->prod != rq->cons) {
		wqe = rq_slot(rq, rq->cons++);
		memcpy(out, wqe, rwqe_size(wqe->num_sge));
		ret = 0;
	}
	spin_unlock_irqrestore(&rq->lock, flags);
	return ret;
}

/**
 * rxe_rq_count() - how many work requests are posted
 * @rq: the queue
 *
 * Context: any.
 * Return: the number, which may change at any time.
 */
u32 rxe_rq_count(struct rxe_rq *rq)
{
	if (rq->user)
		return rxe_ring_filled(&rq->ring, READ_ONCE(rq->ring.own));
	return READ_ONCE(rq->prod) - READ_ONCE(rq->cons);
}

/**
 * rxe_rq_reset() - forget what is posted
 * @rq: the queue of a QP that goes to the reset state
 */
void rxe_rq_reset(struct rxe_rq *rq)
{
	struct rxe_ring *ring = &rq->ring;
	unsigned long flags;

	/* a QP with a shared queue has none of its own */
	if (!rq->buf && !ring->buf)
		return;
	spin_lock_irqsave(&rq->lock, flags);
	if (rq->user)
		rxe_ring_publish_consumer(ring, ring->own +
					  rxe_ring_filled(ring, ring->own));
	else
		rq->cons = rq->prod;
	spin_unlock_irqrestore(&rq->lock, flags);
}
