// SPDX-License-Identifier: GPL-2.0
/* Shared receive queues: their limit, their errors, their resizing. */
#include <linux/uaccess.h>

#include "rxe.h"

static void srq_due(struct rxe_srq *srq, struct rxe_kick *kick)
{
	if (!kick->srq_limit || kick->srq_limit == srq)
		kick->srq_limit = srq;
	else
		queue_work(rxe_bh_wq, &srq->work);
}

/**
 * rxe_srq_take() - take the oldest work request of a shared queue
 * @srq: the queue
 * @out: the caller's copy of it
 * @kick: takes note of @srq if its owner is to be told something
 *
 * Context: any.
 * Return: as rxe_rq_take().
 */
int rxe_srq_take(struct rxe_srq *srq, struct rxe_rwqe *out, struct rxe_kick *kick)
{
	struct rxe_rq *rq = &srq->rq;
	unsigned long flags;
	bool due = false;
	int ret;

	ret = rxe_rq_take(rq, out);
	if (ret != -EINVAL && !READ_ONCE(srq->limit))
		return ret;

	spin_lock_irqsave(&rq->lock, flags);
	if (ret == -EINVAL && !srq->error) {
		srq->error = true;
		srq->error_due = true;
		due = true;
	}
	if (rxe_rq_count(rq) < srq->limit) {
		WRITE_ONCE(srq->limit, 0);
		srq->limit_due = true;
		due = true;
	}
	spin_unlock_irqrestore(&rq->lock, flags);
	if (due)
		srq_due(srq, kick);
	return ret;
}

static void srq_event(struct rxe_srq *srq, enum ib_event_type type)
{
	struct ib_event event = {
		.device		= srq->ib.device,
		.element.srq	= &srq->ib,
		.event		= type,
	};

	if (srq->ib.event_handler)
		srq->ib.event_handler(&event, srq->ib.srq_context);
}

/**
 * rxe_srq_tell() - call the event handler for each event that is due
 * @srq: a queue that rxe_srq_take() noted
 *
 * Context: any in which handlers may run, no lock held.
 */
void rxe_srq_tell(struct rxe_srq *srq)
{
	unsigned long flags;
	bool limit, error;

	spin_lock_irqsave(&srq->rq.lock, flags);
	limit = srq->limit_due;
	error = srq->error_due;
	srq->limit_due = false;
	srq->error_due = false;
	spin_unlock_irqrestore(&srq->rq.lock, flags);
	if (limit)
		srq_event(srq, IB_EVENT_SRQ_LIMIT_REACHED);
	if (error)
		srq_event(srq, IB_EVENT_SRQ_ERR);
}

static void srq_work(struct work_struct *work)
{
	rxe_srq_tell(container_of(work, struct rxe_srq, work));
}

int rxe_create_srq(struct ib_srq *ib, struct ib_srq_init_attr *init,
		   struct ib_udata *udata)
{
	struct rxe_dev *rxe = to_rxe(ib->device);
	struct rxe_create_srq_resp resp = {};
	struct rxe_srq *srq = to_rxe_srq(ib);
	struct ib_ucontext *ctx = NULL;
	int ret;

	if (init->srq_type != IB_SRQT_BASIC)
		return -EOPNOTSUPP;
	if (!init->attr.max_wr || init->attr.max_wr > RXE_MAX_SRQ_WR ||
	    init->attr.max_sge > RXE_MAX_SRQ_SGE)
		return -EINVAL;
	if (udata) {
		if (udata->outlen < sizeof(resp))
			return -EINVAL;
		ctx = rdma_udata_to_uverbs_attr_bundle(udata)->context;
	}
	if (!rxe_take(&rxe->srq_count, RXE_MAX_SRQ))
		return -ENOMEM;

	mutex_init(&srq->resize_mutex);
	INIT_WORK(&srq->work, srq_work);
	ret = rxe_rq_create(&srq->rq, init->attr.max_wr, init->attr.max_sge, ctx, &resp.mi);
	if (ret)
		goto put_count;
	ret = rxe_index_alloc(&rxe->srqs, srq, 1, 0xffffff, &srq->num);
	if (ret)
		goto destroy_rq;
	resp.srq_num = srq->num;
	if (udata) {
		ret = ib_copy_to_udata(udata, &resp, sizeof(resp));
		if (ret)
			goto erase;
	}
	return 0;

erase:
	xa_erase_bh(&rxe->srqs, srq->num);
destroy_rq:
	rxe_rq_destroy(&srq->rq);
put_count:
	atomic_dec(&rxe->srq_count);
	return ret;
}

/*
 * What is posted moves along: most of it without the lock, since librxe posts
 * nothing meanwhile, then the consumer's progress under it. The process which
 * posts nevertheless loses what it posted.
 */
static int srq_move(struct rxe_srq *srq, struct rxe_ring *new, u32 max_wr)
{
	struct rxe_rq *rq = &srq->rq;
	size_t size = sizeof(struct rxe_recv_wqe) + rq->max_sge * sizeof(struct rxe_sge);
	struct rxe_ring old;
	u32 i, posted, taken;

	spin_lock_irq(&rq->lock);
	old = rq->ring;
	posted = rxe_ring_filled(&old, old.own);
	spin_unlock_irq(&rq->lock);
	if (posted > max_wr)
		return -EINVAL;
	for (i = 0; i < posted; i++)
		memcpy(rxe_ring_slot(new, i), rxe_ring_slot(&old, old.own + i), size);

	spin_lock_irq(&rq->lock);
	taken = min((rq->ring.own - old.own) & old.mask, posted);
	new->buf->producer_index = posted;
	rxe_ring_publish_consumer(new, taken);
	rq->ring = *new;
	rq->max_wr = max_wr;
	*new = old;
	spin_unlock_irq(&rq->lock);
	return 0;
}

static int srq_resize(struct rxe_srq *srq, u32 max_wr, struct ib_udata *udata)
{
	struct rxe_rq *rq = &srq->rq;
	struct rxe_modify_srq_cmd cmd;
	struct rxe_ring ring;
	struct mminfo mi;
	int ret;

	ret = ib_copy_from_udata(&cmd, udata, sizeof(cmd));
	if (ret)
		return ret;
	ret = rxe_ring_create(&ring, rdma_udata_to_uverbs_attr_bundle(udata)->context, max_wr,
			      sizeof(struct rxe_recv_wqe) +
			      rq->max_sge * sizeof(struct rxe_sge), &mi);
	if (ret)
		return ret;
	if (copy_to_user(u64_to_user_ptr(cmd.mmap_info_addr), &mi, sizeof(mi)))
		ret = -EFAULT;
	else
		ret = srq_move(srq, &ring, max_wr);
	rxe_ring_destroy(&ring);	/* the one not used */
	return ret;
}

int rxe_modify_srq(struct ib_srq *ib, struct ib_srq_attr *attr,
		   enum ib_srq_attr_mask mask, struct ib_udata *udata)
{
	struct rxe_srq *srq = to_rxe_srq(ib);
	u32 limit;
	int ret = 0;

	if (mask & ~(IB_SRQ_MAX_WR | IB_SRQ_LIMIT))
		return -EINVAL;
	if (mask & IB_SRQ_MAX_WR) {
		/* kernel consumers do not resize */
		if (!udata)
			return -EOPNOTSUPP;
		if (!attr->max_wr || attr->max_wr > RXE_MAX_SRQ_WR ||
		    udata->inlen < sizeof(struct rxe_modify_srq_cmd))
			return -EINVAL;
	}

	mutex_lock(&srq->resize_mutex);
	limit = mask & IB_SRQ_LIMIT ? attr->srq_limit : READ_ONCE(srq->limit);
	if (srq->error || limit > (mask & IB_SRQ_MAX_WR ? attr->max_wr : srq->rq.max_wr))
		ret = -EINVAL;
	if (!ret && mask & IB_SRQ_MAX_WR)
		ret = srq_resize(srq, attr->max_wr, udata);
	if (!ret && mask & IB_SRQ_LIMIT) {
		spin_lock_irq(&srq->rq.lock);
		WRITE_ONCE(srq->limit, limit);
		spin_unlock_irq(&srq->rq.lock);
	}
	mutex_unlock(&srq->resize_mutex);
	return ret;
}

int rxe_query_srq(struct ib_srq *ib, struct ib_srq_attr *attr)
{
	struct rxe_srq *srq = to_rxe_srq(ib);

	attr->max_wr = READ_ONCE(srq->rq.max_wr);
	attr->max_sge = srq->rq.max_sge;
	attr->srq_limit = READ_ONCE(srq->limit);
	return 0;
}

int rxe_destroy_srq(struct ib_srq *ib, struct ib_udata *udata)
{
	struct rxe_dev *rxe = to_rxe(ib->device);
	struct rxe_srq *srq = to_rxe_srq(ib);

	xa_erase_bh(&rxe->srqs, srq->num);
	cancel_work_sync(&srq->work);
	rxe_rq_destroy(&srq->rq);
	mutex_destroy(&srq->resize_mutex);
	atomic_dec(&rxe->srq_count);
	return 0;
}

int rxe_post_srq_recv(struct ib_srq *ib, const struct ib_recv_wr *wr,
		      const struct ib_recv_wr **bad)
{
	struct rxe_srq *srq = to_rxe_srq(ib);
	int ret = 0;

	for (; wr && !ret; wr = wr->next) {
		ret = rxe_rq_post(&srq->rq, wr);
		if (ret)
			*bad = wr;
	}
	return ret;
}
