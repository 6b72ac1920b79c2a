// SPDX-License-Identifier: GPL-2.0
/*
 * The netdevs under the devices: which device a packet is for, what becomes of
 * a device when its netdev changes, and the addresses which the core gave it.
 */
#include <linux/ethtool.h>
#include <linux/hashtable.h>
#include <linux/jhash.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>

#include "rxe.h"

/* one for each GID in the table of a device */
struct rxe_gid_entry {
	struct hlist_node	node;
	struct rcu_head		rcu;
	union ib_gid		gid;
	struct rxe_dev		*rxe;
};

/* guards writers of both tables and of rxe_dev.ndev; readers have RCU */
static DEFINE_SPINLOCK(rxe_netdev_lock);
static DEFINE_HASHTABLE(rxe_by_ndev, 6);
static DEFINE_HASHTABLE(rxe_gids, 10);
static u32 rxe_gid_seed __read_mostly;

static u32 rxe_gid_hash(const union ib_gid *gid)
{
	return jhash2((const u32 *)gid->raw, sizeof(gid->raw) / sizeof(u32), rxe_gid_seed);
}

/* RCU or RTNL */
static struct rxe_dev *rxe_dev_by_ndev(const struct net_device *ndev)
{
	struct rxe_dev *rxe;

	hash_for_each_possible_rcu(rxe_by_ndev, rxe, by_ndev, (unsigned long)ndev,
				   lockdep_rtnl_is_held()) {
		if (rcu_access_pointer(rxe->ndev) == ndev)
			return rxe;
	}
	return NULL;
}

/* ---- addresses ---- */

int rxe_add_gid(const struct ib_gid_attr *attr, void **context)
{
	struct rxe_gid_entry *entry;

	entry = kzalloc(sizeof(*entry), GFP_KERNEL);
	if (!entry)
		return -ENOMEM;

	entry->gid = attr->gid;
	entry->rxe = to_rxe(attr->device);
	spin_lock(&rxe_netdev_lock);
	hash_add_rcu(rxe_gids, &entry->node, rxe_gid_hash(&entry->gid));
	spin_unlock(&rxe_netdev_lock);

	*context = entry;
	rxe_paths_judge(entry->rxe);
	return 0;
}

int rxe_del_gid(const struct ib_gid_attr *attr, void **context)
{
	struct rxe_gid_entry *entry = *context;

	if (!entry)
		return 0;

	spin_lock(&rxe_netdev_lock);
	hash_del_rcu(&entry->node);
	spin_unlock(&rxe_netdev_lock);

	*context = NULL;
	rxe_paths_judge(entry->rxe);
	kfree_rcu(entry, rcu);
	return 0;
}

bool rxe_gid_is_local(struct rxe_dev *rxe, const union ib_gid *gid)
{
	const struct rxe_gid_entry *entry;
	bool found = false;

	rcu_read_lock();
	hash_for_each_possible_rcu(rxe_gids, entry, node, rxe_gid_hash(gid)) {
		if (entry->rxe == rxe && !memcmp(&entry->gid, gid, sizeof(*gid))) {
			found = true;
			break;
		}
	}
	rcu_read_unlock();
	return found;
}

/*
 * An address names the device whichever way the packet came: through a VLAN,
 * a bond or bridge above the netdev, or lo. Several netdevs may have one link
 * local address, hence the preference.
 */
static struct rxe_dev *rxe_dev_by_gid(const struct net_device *from,
				      const union ib_gid *gid)
{
	const struct net_device *real = is_vlan_dev(from) ? vlan_dev_real_dev(from) : from;
	const struct net_device *ndev;
	struct rxe_dev *found = NULL;
	const struct rxe_gid_entry *entry;

	hash_for_each_possible_rcu(rxe_gids, entry, node, rxe_gid_hash(gid)) {
		ndev = rcu_dereference(entry->rxe->ndev);
		if (!ndev || !net_eq(dev_net(ndev), dev_net(from)) ||
		    memcmp(&entry->gid, gid, sizeof(*gid)))
			continue;
		if (ndev == from || ndev == real)
			return entry->rxe;
		found = found ?: entry->rxe;
	}
	return found;
}

static int rxe_match_lower(struct net_device *lower, struct netdev_nested_priv *priv)
{
	struct rxe_dev **found = priv->data;

	*found = rxe_dev_by_ndev(lower);
	return !!*found;
}

static struct rxe_dev *rxe_dev_of_group(struct net_device *from)
{
	struct rxe_dev *found = rxe_dev_by_ndev(from);
	struct netdev_nested_priv priv = { .data = &found };

	if (!found)
		netdev_walk_all_lower_dev_rcu(from, rxe_match_lower, &priv);
	return found;
}

/**
 * rxe_dev_by_dest - the device which a received packet is for
 * @from: netdev it came by
 * @l3: its IP header
 *
 * Under RCU, which keeps the device. If the destination is no group, it is one of
 * the device's GIDs.
 *
 * Return: NULL if it is for none.
 */
struct rxe_dev *rxe_dev_by_dest(struct net_device *from, const void *l3)
{
	const struct iphdr *ip = l3;
	const struct ipv6hdr *ip6 = l3;
	union ib_gid gid;
	bool group;

	if (ip->version == 4) {
		ipv6_addr_set_v4mapped(ip->daddr, (struct in6_addr *)&gid);
		group = ipv4_is_multicast(ip->daddr);
	} else {
		memcpy(&gid, &ip6->daddr, sizeof(gid));
		group = ipv6_addr_is_multicast(&ip6->daddr);
	}
	return group ? rxe_dev_of_group(from) : rxe_dev_by_gid(from, &gid);
}

enum ib_mtu rxe_active_mtu(struct rxe_dev *rxe)
{
	/* network, UDP and the longest RoCE headers, with some reserve */
	const int headers = 80;
	struct net_device *ndev;
	enum ib_mtu mtu;
	int room = 0;

	rcu_read_lock();
	ndev = rcu_dereference(rxe->ndev);
	if (ndev)
		room = (int)READ_ONCE(ndev->mtu) - headers;
	rcu_read_unlock();

	for (mtu = IB_MTU_4096; mtu > IB_MTU_256; mtu--)
		if (ib_mtu_enum_to_int(mtu) <= room)
			break;
	return mtu;
}

/* ---- life of the netdev ---- */

static void rxe_read_speed(struct rxe_dev *rxe, struct net_device *ndev)
{
	static const struct {
		u32	mbps;
		u16	speed;
		u8	width;
	} rates[] = {
		{ 400000, IB_SPEED_NDR, IB_WIDTH_4X },
		{ 200000, IB_SPEED_HDR, IB_WIDTH_4X },
		{ 100000, IB_SPEED_EDR, IB_WIDTH_4X },
		{ 50000, IB_SPEED_HDR, IB_WIDTH_1X },
		{ 40000, IB_SPEED_FDR10, IB_WIDTH_4X },
		{ 25000, IB_SPEED_EDR, IB_WIDTH_1X },
		{ 20000, IB_SPEED_DDR, IB_WIDTH_4X },
		{ 10000, IB_SPEED_FDR10, IB_WIDTH_1X },
	};
	struct ethtool_link_ksettings link = {};
	u8 width = IB_WIDTH_1X;
	u16 speed = IB_SPEED_SDR;
	int i;

	if (!__ethtool_get_link_ksettings(ndev, &link) &&
	    link.base.speed != (u32)SPEED_UNKNOWN) {
		for (i = 0; i < ARRAY_SIZE(rates); i++) {
			if (link.base.speed >= rates[i].mbps) {
				speed = rates[i].speed;
				width = rates[i].width;
				break;
			}
		}
	}
	WRITE_ONCE(rxe->speed, speed);
	WRITE_ONCE(rxe->width, width);
}

static void rxe_port_event(struct rxe_dev *rxe, struct net_device *ndev)
{
	bool up = netif_running(ndev) && netif_carrier_ok(ndev);
	struct ib_event event = {
		.device = &rxe->ib,
		.element.port_num = 1,
		.event = up ? IB_EVENT_PORT_ACTIVE : IB_EVENT_PORT_ERR,
	};

	rxe_read_speed(rxe, ndev);
	if (up == rxe->port_up)
		return;
	rxe->port_up = up;
	if (!up)
		rxe_count(rxe, RXE_LINK_DOWNED);

	/* before it is registered nobody listens; afterwards nobody may be told */
	if (ib_device_try_get(&rxe->ib)) {
		ib_dispatch_event(&event);
		ib_device_put(&rxe->ib);
	}
}

/* true if this call took the netdev away */
static bool rxe_netdev_detach(struct rxe_dev *rxe)
{
	struct net_device *ndev;

	/* nobody adds a group's MAC address behind the core's clean-up */
	spin_lock_bh(&rxe->mcast_lock);
	spin_lock(&rxe_netdev_lock);
	ndev = rcu_replace_pointer(rxe->ndev, NULL, lockdep_is_held(&rxe_netdev_lock));
	if (ndev)
		hash_del_rcu(&rxe->by_ndev);
	spin_unlock(&rxe_netdev_lock);
	spin_unlock_bh(&rxe->mcast_lock);

	if (!ndev)
		return false;
	rxe_paths_forget(rxe);
	netdev_put(ndev, &rxe->ndev_tracker);
	return true;
}

static void rxe_netdev_gone(struct rxe_dev *rxe)
{
	if (!rxe_netdev_detach(rxe))
		return;
	/*
	 * Else it is being unregistered, or rxe_netdev_enable() is yet to come
	 * and will see what happened.
	 */
	if (ib_device_try_get(&rxe->ib)) {
		ib_unregister_device_queued(&rxe->ib);
		ib_device_put(&rxe->ib);
	}
}

static int rxe_netdev_event(struct notifier_block *nb, unsigned long event, void *info)
{
	struct net_device *ndev = netdev_notifier_info_to_dev(info);
	struct rxe_dev *rxe = rxe_dev_by_ndev(ndev);

	if (!rxe)
		return NOTIFY_DONE;

	switch (event) {
	case NETDEV_UP:
	case NETDEV_DOWN:
	case NETDEV_CHANGE:
		rxe_port_event(rxe, ndev);
		break;
	case NETDEV_CHANGEADDR:
		if (ndev->addr_len == ETH_ALEN)
			ether_addr_copy(rxe->mac, ndev->dev_addr);
		break;
	case NETDEV_UNREGISTER:
		rxe_netdev_gone(rxe);
		break;
	default:
		/* MTU and name are read when they are asked for */
		break;
	}
	return NOTIFY_OK;
}

static struct notifier_block rxe_netdev_notifier = {
	.notifier_call = rxe_netdev_event,
};

/**
 * rxe_netdev_publish - join a new device with its netdev
 * @rxe: not yet registered
 * @ndev: held by the caller
 *
 * From here on packets and events of the netdev find the device. May sleep.
 *
 * Return: 0; -EEXIST: the netdev has a device; -ENODEV: it is going, or moved
 * to another namespace.
 */
int rxe_netdev_publish(struct rxe_dev *rxe, struct net_device *ndev)
{
	int err = 0;

	rtnl_lock();
	if (ndev->reg_state != NETREG_REGISTERED || !net_eq(dev_net(ndev), rxe->rn->net)) {
		err = -ENODEV;
	} else if (rxe_dev_by_ndev(ndev)) {
		err = -EEXIST;
	} else {
		netdev_hold(ndev, &rxe->ndev_tracker, GFP_KERNEL);
		rxe->port_up = netif_running(ndev) && netif_carrier_ok(ndev);
		rxe_read_speed(rxe, ndev);

		spin_lock(&rxe_netdev_lock);
		rcu_assign_pointer(rxe->ndev, ndev);
		hash_add_rcu(rxe_by_ndev, &rxe->by_ndev, (unsigned long)ndev);
		spin_unlock(&rxe_netdev_lock);
	}
	rtnl_unlock();
	return err;
}

/**
 * rxe_netdev_unpublish - part a device from its netdev, if it still has one
 * @rxe: unregistered, or never registered
 *
 * The memory may be freed a grace period later. May sleep, takes the RTNL.
 */
void rxe_netdev_unpublish(struct rxe_dev *rxe)
{
	rtnl_lock();
	rxe_netdev_detach(rxe);
	rtnl_unlock();
}

/**
 * rxe_netdev_enable - the core's enable_driver, at registration and after a
 * change of the RDMA namespace
 * @ib: has its references, so that events of the netdev reach it now
 *
 * Return: 0
 */
int rxe_netdev_enable(struct ib_device *ib)
{
	bool gone;

	/* the lock orders this against rxe_netdev_gone(), which finds no reference */
	spin_lock(&rxe_netdev_lock);
	gone = !rcu_access_pointer(to_rxe(ib)->ndev);
	spin_unlock(&rxe_netdev_lock);

	if (gone)
		ib_unregister_device_queued(ib);
	return 0;
}

int rxe_netdev_init(void)
{
	rxe_gid_seed = get_random_u32();
	return register_netdevice_notifier(&rxe_netdev_notifier);
}

void rxe_netdev_exit(void)
{
	unregister_netdevice_notifier(&rxe_netdev_notifier);
}
