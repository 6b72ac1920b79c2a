// SPDX-License-Identifier: GPL-2.0
/*
 * Completion queues: what goes in, what comes out, and who is told of it.
 *
 * A handler is never called under a lock. What makes a call due sets a flag in
 * the queue and notes the queue in the caller's kick; whoever runs the kick
 * calls the handler, unless another CPU is calling it just now: then that one
 * finds the flag when the handler returns.
 */
#include <linux/slab.h>

#include "rxe.h"

/* calls in a row before they go on from a work item */
#define RXE_CQ_ROUNDS	16

static u32 cq_pending(const struct rxe_cq *cq)
{
	if (cq->user)
		return cq->ring.mask - rxe_ring_room(&cq->ring);
	return cq->prod - cq->cons;
}

/* bits above mean other things to libibverbs */
static u32 cq_user_flags(const struct ib_wc *wc)
{
	u32 flags = wc->wc_flags & (IB_WC_GRH | IB_WC_WITH_IMM);

	/* IBV_WC_WITH_INV */
	if (wc->wc_flags & IB_WC_WITH_INVALIDATE)
		flags |= BIT(3);
	return flags;
}

static bool cq_put_user(struct rxe_cq *cq, const struct ib_wc *wc)
{
	struct ib_uverbs_wc entry = {
		.wr_id		= wc->wr_id,
		.status		= wc->status,
		.opcode		= wc->opcode,
		.vendor_err	= wc->vendor_err,
		.byte_len	= wc->byte_len,
		.ex.imm_data	= wc->ex.imm_data,
		.qp_num		= wc->qp->qp_num,
		.src_qp		= wc->src_qp,
		.wc_flags	= cq_user_flags(wc),
		.pkey_index	= wc->pkey_index,
		.slid		= wc->slid,
		.sl		= wc->sl,
		.dlid_path_bits	= wc->dlid_path_bits,
		.port_num	= wc->port_num,
	};

	if (!rxe_ring_room(&cq->ring))
		return false;
	memcpy(rxe_ring_slot(&cq->ring, cq->ring.own), &entry, sizeof(entry));
	rxe_ring_publish_producer(&cq->ring, cq->ring.own + 1);
	return true;
}

static bool cq_put_kernel(struct rxe_cq *cq, const struct ib_wc *wc)
{
	if (cq->prod - cq->cons > cq->mask)
		return false;
	cq->wc[cq->prod++ & cq->mask] = *wc;
	return true;
}

static void kick_cq(struct rxe_kick *kick, struct rxe_cq *cq)
{
	unsigned int i;

	for (i = 0; i < kick->ncq; i++)
		if (kick->cq[i] == cq)
			return;
	if (kick->ncq < RXE_KICK_CQS)
		kick->cq[kick->ncq++] = cq;
	else
		queue_work(rxe_bh_wq, &cq->work);
}

/**
 * rxe_cq_add() - complete a work request
 * @cq: where to
 * @wc: what to say; errors count as solicited
 * @solicited: the peer asked for an event
 * @kick: takes note of @cq if its handler is to be called
 *
 * Context: any; takes a leaf lock.
 * Return: 0, or -ENOSPC if the queue is full: the entry is lost, the owner of
 * the queue will be told, and the QP has to go to the error state.
 */
int rxe_cq_add(struct rxe_cq *cq, const struct ib_wc *wc, bool solicited,
	       struct rxe_kick *kick)
{
	unsigned long flags;
	bool due = false;
	bool put;

	spin_lock_irqsave(&cq->lock, flags);
	put = cq->user ? cq_put_user(cq, wc) : cq_put_kernel(cq, wc);
	if (!put) {
		due = !cq->overflowed;
		cq->error_due |= due;
		cq->overflowed = true;
	} else if (cq->armed == IB_CQ_NEXT_COMP ||
		   (cq->armed && (solicited || wc->status != IB_WC_SUCCESS))) {
		cq->armed = 0;
		cq->fire = true;
		due = true;
	}
	spin_unlock_irqrestore(&cq->lock, flags);

	if (due)
		kick_cq(kick, cq);
	return put ? 0 : -ENOSPC;
}

static void cq_event(struct rxe_cq *cq)
{
	struct ib_event event = {
		.device		= cq->ib.device,
		.element.cq	= &cq->ib,
		.event		= IB_EVENT_CQ_ERR,
	};

	if (cq->ib.event_handler)
		cq->ib.event_handler(&event, cq->ib.cq_context);
}

/* RCU: rxe_destroy_cq() waits for it */
static void cq_tell(struct rxe_cq *cq)
{
	unsigned int rounds = RXE_CQ_ROUNDS;
	unsigned long flags;
	bool fire, error;

	spin_lock_irqsave(&cq->lock, flags);
	if (cq->in_handler)
		goto unlock;
	cq->in_handler = true;
	while ((cq->fire || cq->error_due) && !cq->dead) {
		if (!rounds--) {
			queue_work(rxe_bh_wq, &cq->work);
			break;
		}
		fire = cq->fire;
		error = cq->error_due;
		cq->fire = false;
		cq->error_due = false;
		spin_unlock_irqrestore(&cq->lock, flags);
		if (error)
			cq_event(cq);
		if (fire && cq->ib.comp_handler)
			cq->ib.comp_handler(&cq->ib, cq->ib.cq_context);
		spin_lock_irqsave(&cq->lock, flags);
	}
	cq->in_handler = false;
unlock:
	spin_unlock_irqrestore(&cq->lock, flags);
}

static void cq_work(struct work_struct *work)
{
	rcu_read_lock();
	cq_tell(container_of(work, struct rxe_cq, work));
	rcu_read_unlock();
}

/**
 * rxe_kick_run() - call the handlers that are due, and empty the kick
 * @kick: what was collected under locks which are dropped by now
 *
 * Context: any in which handlers may run; what keeps the queues alive, usually
 * the RCU section in which they were noted, must still hold.
 */
void rxe_kick_run(struct rxe_kick *kick)
{
	struct rxe_srq *srq = kick->srq_limit;
	unsigned int i, n = kick->ncq;

	kick->ncq = 0;
	kick->srq_limit = NULL;
	rcu_read_lock();
	for (i = 0; i < n; i++)
		cq_tell(kick->cq[i]);
	if (srq)
		rxe_srq_tell(srq);
	rcu_read_unlock();
}

/**
 * rxe_kick_defer() - have the handlers that are due called soon, and empty the kick
 * @kick: what was collected
 *
 * For the verbs: their callers may hold locks which the handlers take.
 *
 * Context: any; as for rxe_kick_run(), the queues must still be alive.
 */
void rxe_kick_defer(struct rxe_kick *kick)
{
	unsigned int i;

	for (i = 0; i < kick->ncq; i++)
		queue_work(rxe_bh_wq, &kick->cq[i]->work);
	if (kick->srq_limit)
		queue_work(rxe_bh_wq, &kick->srq_limit->work);
	kick->ncq = 0;
	kick->srq_limit = NULL;
}

/**
 * rxe_cq_settle() - no call of the handler which was put off is due any more
 * @cq: a queue into which the caller put the last it had
 *
 * Who calls may sleep, so holds no lock that a handler takes. This is not
 * flush_work(), because it may also be a worker who has to free memory.
 *
 * Context: process.
 */
void rxe_cq_settle(struct rxe_cq *cq)
{
	/* while it cancels, work which others queue is refused: look in any case */
	cancel_work_sync(&cq->work);
	local_bh_disable();
	cq_work(&cq->work);
	local_bh_enable();
}

static int cq_alloc_user(struct rxe_cq *cq, u32 cqe, struct ib_udata *udata)
{
	struct rxe_create_cq_resp resp = {};
	int ret;

	if (udata->outlen < sizeof(resp))
		return -EINVAL;
	ret = rxe_ring_create(&cq->ring, rdma_udata_to_uverbs_attr_bundle(udata)->context,
			      cqe, sizeof(struct ib_uverbs_wc), &resp.mi);
	if (ret)
		return ret;
	ret = ib_copy_to_udata(udata, &resp, sizeof(resp));
	if (ret)
		rxe_ring_destroy(&cq->ring);
	return ret;
}

static int cq_alloc_kernel(struct rxe_cq *cq, u32 cqe)
{
	cq->mask = roundup_pow_of_two(cqe) - 1;
	cq->wc = kvcalloc(cq->mask + 1, sizeof(*cq->wc), GFP_KERNEL);
	return cq->wc ? 0 : -ENOMEM;
}

int rxe_create_cq(struct ib_cq *ib, const struct ib_cq_init_attr *attr,
		  struct uverbs_attr_bundle *attrs)
{
	struct rxe_dev *rxe = to_rxe(ib->device);
	struct rxe_cq *cq = to_rxe_cq(ib);
	int ret;

	if (attr->flags)
		return -EOPNOTSUPP;
	if (!attr->cqe || attr->cqe > RXE_MAX_CQE)
		return -EINVAL;
	if (!rxe_take(&rxe->cq_count, RXE_MAX_CQ))
		return -ENOMEM;

	spin_lock_init(&cq->lock);
	mutex_init(&cq->resize_mutex);
	INIT_WORK(&cq->work, cq_work);
	cq->user = attrs;
	ret = attrs ? cq_alloc_user(cq, attr->cqe, &attrs->driver_udata) :
		      cq_alloc_kernel(cq, attr->cqe);
	if (ret) {
		atomic_dec(&rxe->cq_count);
		return ret;
	}
	ib->cqe = attr->cqe;
	return 0;
}

int rxe_destroy_cq(struct ib_cq *ib, struct ib_udata *udata)
{
	struct rxe_cq *cq = to_rxe_cq(ib);
	bool busy;

	spin_lock_irq(&cq->lock);
	cq->dead = true;
	busy = cq->in_handler;
	spin_unlock_irq(&cq->lock);
	cancel_work_sync(&cq->work);
	if (busy)
		synchronize_rcu_expedited();

	rxe_ring_destroy(&cq->ring);
	kvfree(cq->wc);
	mutex_destroy(&cq->resize_mutex);
	atomic_dec(&to_rxe(ib->device)->cq_count);
	return 0;
}

/* @n entries from @from on; the one at @base becomes the new ring's first */
static void cq_copy(const struct rxe_ring *new, const struct rxe_ring *old,
		    u32 base, u32 from, u32 n)
{
	for (; n; n--, from++)
		memcpy(rxe_ring_slot(new, from - base), rxe_ring_slot(old, from),
		       sizeof(struct ib_uverbs_wc));
}

/*
 * Most entries are copied without the lock, since only the kernel adds any;
 * then, under it, those which came meanwhile. librxe does not poll during that
 * time; of a process that does, the consumer index is at worst wrong.
 */
static int cq_move(struct rxe_cq *cq, struct rxe_ring *new, u32 cqe)
{
	struct rxe_ring old;
	u32 pending, base, total;
	int ret = -EINVAL;

	spin_lock_irq(&cq->lock);
	old = cq->ring;
	pending = cq_pending(cq);
	spin_unlock_irq(&cq->lock);
	if (pending > cqe)
		return -EINVAL;
	base = old.own - pending;
	cq_copy(new, &old, base, base, pending);

	spin_lock_irq(&cq->lock);
	total = pending + ((cq->ring.own - old.own) & old.mask);
	pending = min(cq_pending(cq), total);
	if (pending <= cqe) {
		cq_copy(new, &old, base, old.own, (cq->ring.own - old.own) & old.mask);
		new->buf->consumer_index = (total - pending) & new->mask;
		rxe_ring_publish_producer(new, total);
		cq->ring = *new;
		cq->ib.cqe = cqe;
		*new = old;
		ret = 0;
	}
	spin_unlock_irq(&cq->lock);
	return ret;
}

/*
 * Without loss: what was not polled is in the queue which librxe maps instead
 * of the old one. Kernel consumers do not resize, and newer kernels have
 * no way for them to ask.
 */
int rxe_resize_cq(struct ib_cq *ib, int cqe, struct ib_udata *udata)
{
	struct rxe_resize_cq_resp resp = {};
	struct rxe_cq *cq = to_rxe_cq(ib);
	struct rxe_ring ring;
	int ret;

	if (!udata)
		return -EOPNOTSUPP;
	if (cqe < 1 || cqe > RXE_MAX_CQE || udata->outlen < sizeof(resp))
		return -EINVAL;

	mutex_lock(&cq->resize_mutex);
	ret = rxe_ring_create(&ring, rdma_udata_to_uverbs_attr_bundle(udata)->context,
			      cqe, sizeof(struct ib_uverbs_wc), &resp.mi);
	if (ret)
		goto unlock;
	ret = ib_copy_to_udata(udata, &resp, sizeof(resp));
	if (!ret)
		ret = cq_move(cq, &ring, cqe);
	rxe_ring_destroy(&ring);	/* the one not used */
unlock:
	mutex_unlock(&cq->resize_mutex);
	return ret;
}

int rxe_poll_cq(struct ib_cq *ib, int n, struct ib_wc *wc)
{
	struct rxe_cq *cq = to_rxe_cq(ib);
	unsigned long flags;
	int i;

	if (cq->user)
		return -EINVAL;
	spin_lock_irqsave(&cq->lock, flags);
	for (i = 0; i < n && cq->cons != cq->prod; i++)
		wc[i] = cq->wc[cq->cons++ & cq->mask];
	spin_unlock_irqrestore(&cq->lock, flags);
	return i;
}

int rxe_peek_cq(struct ib_cq *ib, int n)
{
	struct rxe_cq *cq = to_rxe_cq(ib);
	unsigned long flags;
	u32 pending;

	spin_lock_irqsave(&cq->lock, flags);
	pending = cq_pending(cq);
	spin_unlock_irqrestore(&cq->lock, flags);
	return min_t(u32, pending, max(n, 0));
}

int rxe_req_notify_cq(struct ib_cq *ib, enum ib_cq_notify_flags notify)
{
	struct rxe_cq *cq = to_rxe_cq(ib);
	unsigned long flags;
	int ret = 0;

	spin_lock_irqsave(&cq->lock, flags);
	if (notify & IB_CQ_NEXT_COMP)
		cq->armed = IB_CQ_NEXT_COMP;
	else if (!cq->armed)
		cq->armed = notify & IB_CQ_SOLICITED;
	if (notify & IB_CQ_REPORT_MISSED_EVENTS && cq_pending(cq))
		ret = 1;
	/* programs cannot ask for that, and trust in what adapters do */
	if (cq->user && cq->armed == IB_CQ_NEXT_COMP && cq_pending(cq)) {
		cq->armed = 0;
		cq->fire = true;
		queue_work(rxe_bh_wq, &cq->work);
	}
	spin_unlock_irqrestore(&cq->lock, flags);
	return ret;
}
