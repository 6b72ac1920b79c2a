// SPDX-License-Identifier: GPL-2.0
/*
 * The order of writes on a disk: nothing overtakes an orphaned write.
 *
 * A write is orphaned when its path is gone, and for every path set up after it
 * arrived: its client may have given it up, sent it again elsewhere, and sent
 * newer data since. Whatever touches the same sectors then waits for its end,
 * so that it can neither cover newer bytes nor be read as if it were settled.
 * One order serves a whole disk with its partitions, for all sessions.
 */
#include <linux/slab.h>

#include "rnbd-srv.h"

static DEFINE_MUTEX(list_lock);
static LIST_HEAD(orders);	/* under list_lock */

/**
 * rnbd_srv_order_get() - the order of a disk
 * @disk: open, and remains so until rnbd_srv_order_put()
 *
 * Process context.
 *
 * Return: the order, or NULL without memory.
 */
struct rnbd_srv_order *rnbd_srv_order_get(struct gendisk *disk)
{
	struct rnbd_srv_order *order;

	mutex_lock(&list_lock);
	list_for_each_entry(order, &orders, entry) {
		if (order->disk == disk) {
			order->users++;
			goto unlock;
		}
	}
	order = kzalloc(sizeof(*order), GFP_KERNEL);
	if (!order)
		goto unlock;
	if (rnbd_srv_queue_init(&order->queue, disk->disk_name)) {
		kfree(order);
		order = NULL;
		goto unlock;
	}
	order->users = 1;
	order->disk = disk;
	spin_lock_init(&order->lock);
	INIT_LIST_HEAD(&order->ios);
	list_add(&order->entry, &orders);
unlock:
	mutex_unlock(&list_lock);
	return order;
}

/**
 * rnbd_srv_order_put() - undo rnbd_srv_order_get()
 * @order: order; none of the caller's I/O is in it
 *
 * Process context.
 */
void rnbd_srv_order_put(struct rnbd_srv_order *order)
{
	bool last;

	mutex_lock(&list_lock);
	last = !--order->users;
	if (last)
		list_del(&order->entry);
	mutex_unlock(&list_lock);
	if (last) {
		rnbd_srv_queue_exit(&order->queue);
		kfree(order);
	}
}

/* order->lock; is there an orphaned write before @io on its sectors? */
static bool must_wait(struct rnbd_srv_order *order, struct rnbd_srv_io *io)
{
	u64 horizon_ns = rtrs_srv_op_horizon_ns(io->op);
	struct rnbd_srv_io *older;

	list_for_each_entry(older, &order->ios, entry) {
		if (older == io ||
		    rtrs_srv_op_arrived_ns(older->op) >= horizon_ns)
			return false;
		if (older->writes &&
		    older->first < io->end && io->first < older->end &&
		    rtrs_srv_op_orphaned_for(older->op, io->op))
			return true;
	}
	return false;
}

/* order->lock; arrivals are almost always in order */
static void insert(struct rnbd_srv_order *order, struct rnbd_srv_io *io)
{
	u64 arrived_ns = rtrs_srv_op_arrived_ns(io->op);
	struct rnbd_srv_io *older;

	list_for_each_entry_reverse(older, &order->ios, entry)
		if (rtrs_srv_op_arrived_ns(older->op) <= arrived_ns)
			break;
	list_add(&io->entry, &older->entry);
}

/**
 * rnbd_srv_order_enter() - may this I/O start?
 * @io: with op, opening, sectors and direction
 *
 * An I/O whose path is gone does not get in any more: its client may have been
 * told so and have sent it again, and what came after it here did not see it.
 * The lock makes that certain. Who enters later sees either this I/O in the
 * list, or was not told yet that its path is gone.
 * Any context.
 *
 * Return: RNBD_SRV_ORDER_START now; RNBD_SRV_ORDER_WAIT, then it will be put
 * into the queue of its disk; after both rnbd_srv_order_leave() follows in the
 * end. RNBD_SRV_ORDER_DROP: it must not be done.
 */
enum rnbd_srv_order_verdict rnbd_srv_order_enter(struct rnbd_srv_io *io)
{
	enum rnbd_srv_order_verdict verdict = RNBD_SRV_ORDER_START;
	struct rnbd_srv_order *order = io->opening->order;
	unsigned long flags;

	INIT_LIST_HEAD(&io->entry);
	spin_lock_irqsave(&order->lock, flags);
	if (!rtrs_srv_op_live(io->op)) {
		verdict = RNBD_SRV_ORDER_DROP;
		goto unlock;
	}
	io->waits = must_wait(order, io);
	/* a read that runs holds up nobody */
	if (io->waits || io->writes)
		insert(order, io);
	if (io->waits) {
		order->nr_waiting++;
		verdict = RNBD_SRV_ORDER_WAIT;
	}
unlock:
	spin_unlock_irqrestore(&order->lock, flags);
	return verdict;
}

/**
 * rnbd_srv_order_leave() - an I/O ended, or will not be done
 * @io: entered before
 *
 * Wakes those who waited for it. Any context.
 */
void rnbd_srv_order_leave(struct rnbd_srv_io *io)
{
	struct rnbd_srv_order *order = io->opening->order;
	struct rnbd_srv_io *other;
	unsigned long flags;

	/* only @io's owner changes this: it was never inserted */
	if (list_empty(&io->entry))
		return;

	spin_lock_irqsave(&order->lock, flags);
	list_del_init(&io->entry);
	if (order->nr_waiting) {
		list_for_each_entry(other, &order->ios, entry) {
			if (!other->waits || must_wait(order, other))
				continue;
			other->waits = false;
			order->nr_waiting--;
			rnbd_srv_queue_add(&order->queue, other);
		}
	}
	spin_unlock_irqrestore(&order->lock, flags);
}
