// SPDX-License-Identifier: GPL-2.0
/*
 * Permits for I/O, and the hardware queues parked for want of one.
 *
 * All disks of a session share its permits, each hardware queue has tags of its
 * own, so a queue may hold tags and find no permit. Queues wait in one line per
 * session, and each permit given back wakes the first.
 */
#include "rnbd-clt.h"

void rnbd_starved_init(struct rnbd_starved *starved)
{
	spin_lock_init(&starved->lock);
	INIT_LIST_HEAD(&starved->queues);
}

static void enter(struct rnbd_clt_queue *queue)
{
	struct rnbd_starved *starved = &queue->sess->starved;
	unsigned long flags;

	spin_lock_irqsave(&starved->lock, flags);
	if (list_empty(&queue->starved))
		list_add_tail(&queue->starved, &starved->queues);
	spin_unlock_irqrestore(&starved->lock, flags);
}

/**
 * rnbd_starved_leave() - take a queue out of the line
 * @queue: maybe in it
 *
 * Afterwards nobody wakes it. Any context.
 */
void rnbd_starved_leave(struct rnbd_clt_queue *queue)
{
	struct rnbd_starved *starved = &queue->sess->starved;
	unsigned long flags;

	spin_lock_irqsave(&starved->lock, flags);
	list_del_init(&queue->starved);
	spin_unlock_irqrestore(&starved->lock, flags);
}

/**
 * rnbd_starved_get_permit() - a permit, or a place in the line
 * @queue: hardware queue with a request
 *
 * Dispatch context. Without a permit the caller returns BLK_STS_RESOURCE: the
 * block layer then also looks again by itself after some ms, which covers a
 * wake-up that came before the request was back on the queue's list, one spent
 * on a queue which had nothing to send any more, and a permit which RTRS had
 * held back and frees by itself.
 *
 * Return: the permit, or NULL when the queue is in line.
 */
struct rtrs_permit *rnbd_starved_get_permit(struct rnbd_clt_queue *queue)
{
	struct rtrs_clt_sess *rtrs = queue->sess->rtrs;
	struct rtrs_permit *permit;

	permit = rtrs_clt_get_permit(rtrs, RTRS_IO_CON, RTRS_PERMIT_NOWAIT);
	if (!permit) {
		enter(queue);
		/* in line first, then look again: pairs with put_permit() */
		smp_mb();
		permit = rtrs_clt_get_permit(rtrs, RTRS_IO_CON,
					     RTRS_PERMIT_NOWAIT);
	}
	if (permit && unlikely(!list_empty_careful(&queue->starved)))
		rnbd_starved_leave(queue);
	return permit;
}

/**
 * rnbd_starved_put_permit() - give a permit back and wake who waits longest
 * @sess: session
 * @permit: from rnbd_starved_get_permit()
 *
 * Any context.
 */
void rnbd_starved_put_permit(struct rnbd_clt_sess *sess,
			     struct rtrs_permit *permit)
{
	struct rnbd_starved *starved = &sess->starved;
	struct rnbd_clt_queue *queue;
	unsigned long flags;

	rtrs_clt_put_permit(sess->rtrs, permit);
	/* permit back first, then look who waits: pairs with get_permit() */
	smp_mb();
	if (likely(list_empty(&starved->queues)))
		return;

	/* under the lock the queue cannot go away */
	spin_lock_irqsave(&starved->lock, flags);
	queue = list_first_entry_or_null(&starved->queues,
					 struct rnbd_clt_queue, starved);
	if (queue) {
		list_del_init(&queue->starved);
		blk_mq_run_hw_queue(queue->hctx, true);
	}
	spin_unlock_irqrestore(&starved->lock, flags);
}
