// SPDX-License-Identifier: GPL-2.0
/*
 * What may have to wait for a disk is submitted by a worker which belongs to
 * that disk alone, in the order it came: a disk that hangs delays nobody else.
 */
#include <linux/blkdev.h>

#include "rnbd-srv.h"

static struct rnbd_srv_io *pop(struct rnbd_srv_queue *queue)
{
	struct rnbd_srv_io *io;
	unsigned long flags;

	spin_lock_irqsave(&queue->lock, flags);
	io = list_first_entry_or_null(&queue->ios, struct rnbd_srv_io, queued);
	if (io)
		list_del(&io->queued);
	spin_unlock_irqrestore(&queue->lock, flags);
	return io;
}

static void submit_all(struct work_struct *work)
{
	struct rnbd_srv_queue *queue = container_of(work, struct rnbd_srv_queue,
						    work);
	struct rnbd_srv_io *io;
	struct blk_plug plug;

	blk_start_plug(&plug);
	while ((io = pop(queue)))
		rnbd_srv_io_submit(io);
	blk_finish_plug(&plug);
}

/**
 * rnbd_srv_queue_init() - the worker of a disk
 * @queue: to be set up
 * @disk_name: for its name
 *
 * Process context.
 *
 * Return: 0 or -ENOMEM.
 */
int rnbd_srv_queue_init(struct rnbd_srv_queue *queue, const char *disk_name)
{
	spin_lock_init(&queue->lock);
	INIT_LIST_HEAD(&queue->ios);
	INIT_WORK(&queue->work, submit_all);
	/* of its own, since the rescuer too may get stuck in the disk */
	queue->wq = alloc_workqueue("rnbd_%.26s", WQ_UNBOUND | WQ_MEM_RECLAIM, 1,
				    disk_name);
	return queue->wq ? 0 : -ENOMEM;
}

/**
 * rnbd_srv_queue_exit() - undo rnbd_srv_queue_init()
 * @queue: whose I/O has ended
 *
 * Process context.
 */
void rnbd_srv_queue_exit(struct rnbd_srv_queue *queue)
{
	destroy_workqueue(queue->wq);
}

/**
 * rnbd_srv_queue_add() - let the worker submit an I/O
 * @queue: of its disk
 * @io: has entered the order of its disk
 *
 * Any context.
 */
void rnbd_srv_queue_add(struct rnbd_srv_queue *queue, struct rnbd_srv_io *io)
{
	unsigned long flags;

	spin_lock_irqsave(&queue->lock, flags);
	list_add_tail(&io->queued, &queue->ios);
	/* under the lock: as long as @io is listed, @queue exists */
	queue_work(queue->wq, &queue->work);
	spin_unlock_irqrestore(&queue->lock, flags);
}

/**
 * rnbd_srv_queue_busy() - do others wait for the disk?
 * @queue: of the disk
 *
 * A hint: who comes now should not overtake them.
 */
bool rnbd_srv_queue_busy(const struct rnbd_srv_queue *queue)
{
	return !list_empty(&queue->ios);
}
