// SPDX-License-Identifier: GPL-2.0
/*
 * Ids of lost connections. The connection manager repeats a disconnect only as
 * long as its id exists; so the id of a lost path stays here until the peer has
 * acknowledged, or the connection manager has given up, or nothing was heard
 * for LINGER_MS. A peer which returns thereby learns that the path is over.
 */
#include <linux/export.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "rtrs-core.h"
#include "rtrs-linger.h"

/* A little more than the connection manager's own patience (15 tries of 4 s). */
#define LINGER_MS	90000

struct lingerer {
	struct rtrs_linger_owner	*owner;
	struct list_head		entry;
	struct rdma_cm_id		*cm_id;
	struct delayed_work		end;
	void				(*ended)(void *arg, int status);
	void				*arg;
	int				status;
};

static struct workqueue_struct *linger_wq;

static void linger_end(struct work_struct *work)
{
	struct lingerer *l = container_of(to_delayed_work(work),
					  struct lingerer, end);
	struct rtrs_linger_owner *owner = l->owner;

	/* from here on no event handler runs any more */
	rdma_destroy_id(l->cm_id);
	if (l->ended)
		l->ended(l->arg, l->status);

	spin_lock(&owner->lock);
	list_del(&l->entry);
	if (list_empty(&owner->ids))
		wake_up_all(&owner->idle);
	spin_unlock(&owner->lock);
	/* an event or the owner may have asked once more meanwhile */
	cancel_delayed_work(&l->end);
	kfree(l);
}

static int linger_event(struct rdma_cm_id *cm_id, struct rdma_cm_event *ev)
{
	struct lingerer *l = cm_id->context;

	switch (ev->event) {
	case RDMA_CM_EVENT_DISCONNECTED:
		l->status = ev->status;
		break;
	case RDMA_CM_EVENT_TIMEWAIT_EXIT:
	case RDMA_CM_EVENT_DEVICE_REMOVAL:
		break;
	default:
		return 0;
	}
	mod_delayed_work(linger_wq, &l->end, 0);
	return 0;
}

/**
 * rtrs_linger_init() - make an owner without ids
 * @owner: owner
 */
void rtrs_linger_init(struct rtrs_linger_owner *owner)
{
	spin_lock_init(&owner->lock);
	INIT_LIST_HEAD(&owner->ids);
	init_waitqueue_head(&owner->idle);
}
EXPORT_SYMBOL_GPL(rtrs_linger_init);

/**
 * rtrs_linger_id() - leave the id of a lost connection behind
 * @owner: who answers for it
 * @cm_id: id without a queue pair, disconnected; handed over in any case
 * @device_gone: set by the caller's own handler when the device is removed:
 *	then no event would end the lingering, and the device waits for its ids
 * @ended: called once in process context when the id is destroyed, or NULL
 * @arg: for @ended
 *
 * @ended gets 0 when the peer acknowledged the disconnect, else a negative
 * errno. Events that came before went to the caller's own handler, whose
 * findings are complete when this returns.
 * Context: process, may sleep; not from an event handler of @cm_id.
 * Return: 0; -ENODEV or -ENOMEM when the id was destroyed at once, without
 * calling @ended.
 */
int rtrs_linger_id(struct rtrs_linger_owner *owner, struct rdma_cm_id *cm_id,
		   const bool *device_gone,
		   void (*ended)(void *arg, int status), void *arg)
{
	struct lingerer *l = kmalloc(sizeof(*l), GFP_KERNEL);
	int err = -ENOMEM;

	if (!l)
		goto destroy;
	*l = (struct lingerer) {
		.owner	= owner,
		.cm_id	= cm_id,
		.ended	= ended,
		.arg	= arg,
		.status	= -ETIMEDOUT,
	};
	INIT_DELAYED_WORK(&l->end, linger_end);

	/* a removal goes to either handler, and none in between is missed */
	rdma_lock_handler(cm_id);
	if (READ_ONCE(*device_gone)) {
		rdma_unlock_handler(cm_id);
		err = -ENODEV;
		goto destroy;
	}
	spin_lock(&owner->lock);
	list_add(&l->entry, &owner->ids);
	spin_unlock(&owner->lock);
	cm_id->context = l;
	cm_id->event_handler = linger_event;
	queue_delayed_work(linger_wq, &l->end, msecs_to_jiffies(LINGER_MS));
	rdma_unlock_handler(cm_id);
	return 0;

destroy:
	kfree(l);
	rdma_destroy_id(cm_id);
	return err;
}
EXPORT_SYMBOL_GPL(rtrs_linger_id);

/**
 * rtrs_linger_give_up() - destroy an owner's ids now and wait for it
 * @owner: owner, which leaves no further ids behind
 *
 * Context: process, may sleep.
 */
void rtrs_linger_give_up(struct rtrs_linger_owner *owner)
{
	struct lingerer *l;

	spin_lock(&owner->lock);
	list_for_each_entry(l, &owner->ids, entry)
		mod_delayed_work(linger_wq, &l->end, 0);
	spin_unlock(&owner->lock);
	wait_event(owner->idle, list_empty_careful(&owner->ids));
	/* the last one may still hold the owner's lock */
	flush_workqueue(linger_wq);
}
EXPORT_SYMBOL_GPL(rtrs_linger_give_up);

int rtrs_linger_setup(void)
{
	linger_wq = alloc_workqueue("rtrs_linger", WQ_UNBOUND | WQ_MEM_RECLAIM,
				    0);
	return linger_wq ? 0 : -ENOMEM;
}

void rtrs_linger_cleanup(void)
{
	destroy_workqueue(linger_wq);
}
