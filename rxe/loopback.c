// SPDX-License-Identifier: GPL-2.0
/*
 * Packets from a device to itself: queued and received in softirq, never in the
 * sender's stack. They are whole packets but for the ICRC, since no wire can
 * have changed them. Each destination QP has its queue, so order is kept.
 */
#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/slab.h>

#include "rxe.h"

/* packets which may wait in one queue */
#define QUEUE_MAX	4096
/* packets received before others get the CPU */
#define BUDGET		256

struct loop_queue {
	struct sk_buff_head	skbs;
	struct work_struct	work;
};

struct loop_cb {
	struct rxe_dev		*rxe;
};

static struct loop_queue *queues;
static unsigned int queue_bits;

static struct loop_cb *loop_cb(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct loop_cb) > sizeof(skb->cb));
	return (struct loop_cb *)skb->cb;
}

/* the oldest packets which are of one device, at most @max, as a list */
static struct sk_buff *take(struct loop_queue *q, unsigned int max,
			    struct rxe_dev **rxe, unsigned int *n)
{
	struct sk_buff *list = NULL, **link = &list, *skb;

	*n = 0;
	spin_lock_bh(&q->skbs.lock);
	while (*n < max && (skb = skb_peek(&q->skbs))) {
		if (list && loop_cb(skb)->rxe != *rxe)
			break;
		*rxe = loop_cb(skb)->rxe;
		__skb_unlink(skb, &q->skbs);
		*link = skb;
		link = &skb->next;
		++*n;
	}
	spin_unlock_bh(&q->skbs.lock);
	return list;
}

static void loop_work(struct work_struct *work)
{
	struct loop_queue *q = container_of(work, struct loop_queue, work);
	unsigned int left = BUDGET, n;
	struct sk_buff *list;
	struct rxe_dev *rxe;

	local_bh_disable();
	rcu_read_lock();
	while (left && (list = take(q, min(left, 64u), &rxe, &n))) {
		rxe_receive_local(rxe, list);
		left -= n;
	}
	rcu_read_unlock();
	local_bh_enable();
	if (!left)
		queue_work(rxe_bh_wq, &q->work);
}

/**
 * rxe_loopback_send() - queue packets for the device's own receiver
 * @rxe: the device
 * @list: whole packets to one destination, their ICRC left out; taken
 *
 * BH off.
 *
 * Return: 0, or -ENOBUFS if too many packets wait already; they are freed then.
 */
int rxe_loopback_send(struct rxe_dev *rxe, struct sk_buff *list)
{
	const u8 *bth = skb_transport_header(list) + sizeof(struct udphdr);
	struct loop_queue *q;
	struct sk_buff *skb, *next;

	q = &queues[hash_32((get_unaligned_be32(bth + 4) & RXE_PSN_MASK) ^
			    hash_ptr(rxe, 32), queue_bits)];
	spin_lock(&q->skbs.lock);
	if (q->skbs.qlen >= QUEUE_MAX) {
		spin_unlock(&q->skbs.lock);
		kfree_skb_list(list);
		return -ENOBUFS;
	}
	skb_list_walk_safe(list, skb, next) {
		loop_cb(skb)->rxe = rxe;
		__skb_queue_tail(&q->skbs, skb);
	}
	spin_unlock(&q->skbs.lock);
	queue_work(rxe_bh_wq, &q->work);
	return 0;
}

static bool holds(struct loop_queue *q, struct rxe_dev *rxe)
{
	struct sk_buff *skb;
	bool found = false;

	spin_lock_bh(&q->skbs.lock);
	skb_queue_walk(&q->skbs, skb) {
		found = loop_cb(skb)->rxe == rxe;
		if (found)
			break;
	}
	spin_unlock_bh(&q->skbs.lock);
	return found;
}

/**
 * rxe_loopback_flush() - wait until no packet of a device is under way to itself
 * @rxe: the device; nothing may be sent on it any more
 *
 * May sleep.
 */
void rxe_loopback_flush(struct rxe_dev *rxe)
{
	unsigned int i;

	for (i = 0; i < 1u << queue_bits; i++) {
		do {
			flush_work(&queues[i].work);
		} while (holds(&queues[i], rxe));
	}
}

/**
 * rxe_loopback_init() - set up the queues
 *
 * Needs rxe_bh_wq. May sleep.
 *
 * Return: 0 or -ENOMEM.
 */
int rxe_loopback_init(void)
{
	unsigned int i;
	int err;

	err = rxe_receive_init();
	if (err)
		return err;
	queue_bits = max(order_base_2(num_possible_cpus()), 1);
	queues = kvcalloc(1u << queue_bits, sizeof(*queues), GFP_KERNEL);
	if (!queues) {
		rxe_receive_exit();
		return -ENOMEM;
	}
	for (i = 0; i < 1u << queue_bits; i++) {
		skb_queue_head_init(&queues[i].skbs);
		INIT_WORK(&queues[i].work, loop_work);
	}
	return 0;
}

/**
 * rxe_loopback_exit() - undo rxe_loopback_init(); all devices are gone
 */
void rxe_loopback_exit(void)
{
	unsigned int i;

	for (i = 0; i < 1u << queue_bits; i++) {
		cancel_work_sync(&queues[i].work);
		skb_queue_purge(&queues[i].skbs);
	}
	kvfree(queues);
	rxe_receive_exit();
}
