// SPDX-License-Identifier: GPL-2.0
/*
 * Packets which overtook others: kept until those arrive, so that a network
 * which reorders does not cost a retransmission of everything behind. Effects
 * stay in order. All under rcv.lock.
 */
#include <linux/netfilter.h>
#include <linux/slab.h>
#include <net/dst.h>
#include <net/xfrm.h>

#include "rxe.h"

/* how far ahead a packet may be; a power of two */
#define HOLD		64
/* memory of what all queue pairs together keep, bytes */
#define HELD_MAX	(128L << 20)

struct rxe_hold {
	unsigned int	n;
	struct rxe_pkt	*pkt[HOLD];	/* by PSN */
};

static atomic_long_t held = ATOMIC_LONG_INIT(0);

static void release(struct rxe_hold *hold, u32 i)
{
	rxe_hold_free(hold->pkt[i]);
	hold->pkt[i] = NULL;
	hold->n--;
}

/* a copy whose packet nobody else waits for, and which waits for nobody */
static struct rxe_pkt *keep(const struct rxe_pkt *pkt)
{
	long size = pkt->skb->truesize;
	struct rxe_pkt *copy = NULL;
	struct sk_buff *skb;

	/* not how many: a peer chooses how large they are */
	if (atomic_long_add_return(size, &held) <= HELD_MAX)
		copy = kmemdup(pkt, sizeof(*pkt), GFP_ATOMIC | __GFP_NOWARN);
	if (!copy) {
		atomic_long_sub(size, &held);
		return NULL;
	}
	skb = skb_get(pkt->skb);
	skb_orphan(skb);
	skb_dst_drop(skb);
	nf_reset_ct(skb);
	skb_ext_reset(skb);
	skb->dev = NULL;
	return copy;
}

/**
 * rxe_hold_add() - keep a packet for later
 * @qp: RC QP, rcv.lock held
 * @pkt: request ahead of the PSN expected
 *
 * Return: whether it was kept, now or before.
 */
bool rxe_hold_add(struct rxe_qp *qp, const struct rxe_pkt *pkt)
{
	struct rxe_rcv *rcv = &qp->rcv;
	u32 i = pkt->h.psn & (HOLD - 1);

	if (rxe_psn_diff(pkt->h.psn, rcv->epsn) >= HOLD)
		return false;
	if (!rcv->hold)
		rcv->hold = kzalloc(sizeof(*rcv->hold), GFP_ATOMIC | __GFP_NOWARN);
	if (!rcv->hold)
		return false;
	if (rcv->hold->pkt[i]) {
		if (rcv->hold->pkt[i]->h.psn == pkt->h.psn)
			return true;
		release(rcv->hold, i);
	}
	rcv->hold->pkt[i] = keep(pkt);
	if (!rcv->hold->pkt[i])
		return false;
	rcv->hold->n++;
	rxe_count(rxe_qp_dev(qp), RXE_HELD_PKTS);
	return true;
}

/**
 * rxe_hold_take() - the packet which is expected now
 * @qp: RC QP, rcv.lock held
 *
 * Return: the packet, to be given to rxe_hold_free(), or NULL.
 */
struct rxe_pkt *rxe_hold_take(struct rxe_qp *qp)
{
	struct rxe_hold *hold = qp->rcv.hold;
	u32 i = qp->rcv.epsn & (HOLD - 1);
	struct rxe_pkt *pkt;

	if (!hold || !hold->pkt[i])
		return NULL;
	if (hold->pkt[i]->h.psn != qp->rcv.epsn) {
		release(hold, i);
		return NULL;
	}
	pkt = hold->pkt[i];
	hold->pkt[i] = NULL;
	hold->n--;
	return pkt;
}

/**
 * rxe_hold_any() - is a packet kept which is still to come
 * @qp: RC QP, rcv.lock held
 *
 * Return: whether one is ahead of the PSN expected; those behind are freed.
 */
bool rxe_hold_any(struct rxe_qp *qp)
{
	struct rxe_hold *hold = qp->rcv.hold;
	u32 i;

	for (i = 0; hold && hold->n && i < HOLD; i++) {
		if (hold->pkt[i] && rxe_psn_diff(hold->pkt[i]->h.psn, qp->rcv.epsn) < 0)
			release(hold, i);
	}
	return hold && hold->n;
}

/**
 * rxe_hold_free() - free what rxe_hold_take() gave
 * @pkt: the packet
 */
void rxe_hold_free(struct rxe_pkt *pkt)
{
	atomic_long_sub(pkt->skb->truesize, &held);
	consume_skb(pkt->skb);
	kfree(pkt);
}

/**
 * rxe_hold_drop() - free all that is kept
 * @qp: the QP, rcv.lock held, or out of reach of packets
 */
void rxe_hold_drop(struct rxe_qp *qp)
{
	struct rxe_hold *hold = qp->rcv.hold;
	u32 i;

	for (i = 0; hold && hold->n && i < HOLD; i++) {
		if (hold->pkt[i])
			release(hold, i);
	}
	kfree(hold);
	qp->rcv.hold = NULL;
}
