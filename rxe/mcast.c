// SPDX-License-Identifier: GPL-2.0
/*
 * Multicast groups: which QPs take part, and the MAC addresses which the netdev
 * must listen to for them. IGMP and MLD are the connection manager's.
 */
#include <linux/etherdevice.h>
#include <linux/jhash.h>
#include <linux/slab.h>
#include <net/if_inet6.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "rxe.h"

struct rxe_group {
	struct hlist_node	node;		/* rxe_dev.mcast */
	struct rcu_head		rcu;
	union ib_gid		gid;
	unsigned int		members;
	struct hlist_head	list;		/* rxe_member.node */
};

struct rxe_member {
	struct hlist_node	node;
	struct rcu_head		rcu;
	struct rxe_qp		*qp;
};

static struct hlist_head *rxe_group_bucket(struct rxe_dev *rxe, const union ib_gid *gid)
{
	u32 hash = jhash2((const u32 *)gid->raw, sizeof(gid->raw) / sizeof(u32), 0);

	return &rxe->mcast[hash % RXE_MCAST_BUCKETS];
}

/* RCU or mcast_lock */
static struct rxe_group *rxe_group_find(struct rxe_dev *rxe, const union ib_gid *gid)
{
	struct rxe_group *group;

	hlist_for_each_entry_rcu(group, rxe_group_bucket(rxe, gid), node,
				 lockdep_is_held(&rxe->mcast_lock)) {
		if (!memcmp(&group->gid, gid, sizeof(*gid)))
			return group;
	}
	return NULL;
}

static struct rxe_member *rxe_member_find(struct rxe_dev *rxe, struct rxe_group *group,
					  const struct rxe_qp *qp)
{
	struct rxe_member *member;

	hlist_for_each_entry_rcu(member, &group->list, node,
				 lockdep_is_held(&rxe->mcast_lock)) {
		if (member->qp == qp)
			return member;
	}
	return NULL;
}

static void rxe_group_mac(const union ib_gid *gid, char *mac)
{
	const struct in6_addr *addr = (const struct in6_addr *)gid;

	if (ipv6_addr_v4mapped(addr))
		ip_eth_mc_map(addr->s6_addr32[3], mac);
	else
		ipv6_eth_mc_map(addr, mac);
}

/* under mcast_lock, which the netdev's leaving takes too */
static int rxe_group_listen(struct rxe_dev *rxe, const union ib_gid *gid, bool on)
{
	struct net_device *ndev = rcu_dereference_protected(rxe->ndev,
							    lockdep_is_held(&rxe->mcast_lock));
	char mac[ETH_ALEN];

	/* without a netdev nothing comes; without addresses everything does */
	if (!ndev || ndev->addr_len != ETH_ALEN)
		return 0;

	rxe_group_mac(gid, mac);
	return on ? dev_mc_add(ndev, mac) : dev_mc_del(ndev, mac);
}

static int rxe_group_join(struct rxe_dev *rxe, const union ib_gid *gid,
			  struct rxe_group **spare, struct rxe_member *member)
{
	struct rxe_group *group = rxe_group_find(rxe, gid);
	int err;

	if (!group) {
		if (rxe->mcast_groups >= RXE_MAX_MCAST_GRP)
			return -ENOMEM;
		err = rxe_group_listen(rxe, gid, true);
		if (err)
			return err;

		group = *spare;
		*spare = NULL;
		group->gid = *gid;
		rxe->mcast_groups++;
		hlist_add_head_rcu(&group->node, rxe_group_bucket(rxe, gid));
	} else if (group->members >= RXE_MAX_MCAST_ATTACH) {
		return -ENOMEM;
	} else if (rxe_member_find(rxe, group, member->qp)) {
		return -EEXIST;
	}

	group->members++;
	hlist_add_head_rcu(&member->node, &group->list);
	return 0;
}

int rxe_attach_mcast(struct ib_qp *ib, union ib_gid *gid, u16 lid)
{
	struct rxe_dev *rxe = to_rxe(ib->device);
	struct rxe_qp *qp = to_rxe_qp(ib);
	struct rxe_member *member;
	struct rxe_group *group;
	int err = -ENOMEM;

	group = kzalloc(sizeof(*group), GFP_KERNEL_ACCOUNT);
	member = kzalloc(sizeof(*member), GFP_KERNEL_ACCOUNT);
	if (!group || !member)
		goto free;
	member->qp = qp;

	spin_lock_bh(&rxe->mcast_lock);
	err = rxe_group_join(rxe, gid, &group, member);
	spin_unlock_bh(&rxe->mcast_lock);

	if (!err) {
		atomic_inc(&qp->mcast_groups);
		member = NULL;
	}
free:
	kfree(group);
	kfree(member);
	return err;
}

int rxe_detach_mcast(struct ib_qp *ib, union ib_gid *gid, u16 lid)
{
	struct rxe_dev *rxe = to_rxe(ib->device);
	struct rxe_qp *qp = to_rxe_qp(ib);
	struct rxe_member *member = NULL;
	struct rxe_group *group;

	spin_lock_bh(&rxe->mcast_lock);
	group = rxe_group_find(rxe, gid);
	if (group)
		member = rxe_member_find(rxe, group, qp);
	if (member) {
		hlist_del_rcu(&member->node);
		kfree_rcu(member, rcu);
		if (!--group->members) {
			rxe_group_listen(rxe, gid, false);
			hlist_del_rcu(&group->node);
			rxe->mcast_groups--;
			kfree_rcu(group, rcu);
		}
	}
	spin_unlock_bh(&rxe->mcast_lock);

	if (!member)
		return -EINVAL;
	atomic_dec(&qp->mcast_groups);
	return 0;
}

/**
 * rxe_mcast_each - call a function for each member of a group
 * @rxe: device
 * @gid: of the group
 * @fn: gets the QP and @arg
 * @arg: whatever @fn needs
 *
 * Under RCU.
 */
void rxe_mcast_each(struct rxe_dev *rxe, const union ib_gid *gid,
		    void (*fn)(struct rxe_qp *qp, void *arg), void *arg)
{
	struct rxe_group *group = rxe_group_find(rxe, gid);
	struct rxe_member *member;

	if (!group)
		return;
	hlist_for_each_entry_rcu(member, &group->list, node)
		fn(member->qp, arg);
}
