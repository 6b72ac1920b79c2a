// SPDX-License-Identifier: GPL-2.0
/* A device from `rdma link add` to its last byte. */
#include <linux/rtnetlink.h>
#include <net/addrconf.h>
#include <net/net_namespace.h>

#include "rxe.h"

static void rxe_dev_init(struct rxe_dev *rxe)
{
	int i;

	xa_init_flags(&rxe->qps, XA_FLAGS_ALLOC1 | XA_FLAGS_LOCK_BH);
	xa_init_flags(&rxe->mrs, XA_FLAGS_ALLOC1 | XA_FLAGS_LOCK_BH);
	xa_init_flags(&rxe->mws, XA_FLAGS_ALLOC1 | XA_FLAGS_LOCK_BH);
	xa_init_flags(&rxe->ahs, XA_FLAGS_ALLOC1 | XA_FLAGS_LOCK_BH);
	xa_init_flags(&rxe->srqs, XA_FLAGS_ALLOC1 | XA_FLAGS_LOCK_BH);
	/* packets to a QP of the device's former life shall meet nobody */
	rxe->qpn_next = get_random_u32_inclusive(16, RXE_MAX_QP);

	spin_lock_init(&rxe->paths_lock);
	INIT_LIST_HEAD(&rxe->paths);
	spin_lock_init(&rxe->mcast_lock);
	for (i = 0; i < ARRAY_SIZE(rxe->mcast); i++)
		INIT_HLIST_HEAD(&rxe->mcast[i]);
}

static void rxe_dev_describe(struct rxe_dev *rxe, const struct net_device *ndev)
{
	struct ib_device *ib = &rxe->ib;

	if (ndev->addr_len == ETH_ALEN)
		ether_addr_copy(rxe->mac, ndev->dev_addr);
	/* lo and tunnels have none; the GUID has to differ all the same */
	if (is_zero_ether_addr(rxe->mac)) {
		u8 mac[ETH_ALEN];

		eth_random_addr(mac);
		addrconf_addr_eui48((u8 *)&ib->node_guid, mac);
	} else {
		addrconf_addr_eui48((u8 *)&ib->node_guid, rxe->mac);
	}

	strscpy(ib->node_desc, "rxe", sizeof(ib->node_desc));
	ib->node_type = RDMA_NODE_IB_CA;
	ib->phys_port_cnt = 1;
	ib->num_comp_vectors = num_possible_cpus();
	ib->local_dma_lkey = RXE_LOCAL_DMA_LKEY;
	/* the first is the doorbell of user QPs */
	ib->uverbs_cmd_mask |= BIT_ULL(IB_USER_VERBS_CMD_POST_SEND) |
			       BIT_ULL(IB_USER_VERBS_CMD_REQ_NOTIFY_CQ);
}

/* the namespace of a netdev which is to get a device, or NULL */
static struct net *rxe_net_of(struct net_device *ndev)
{
	struct net *net = NULL;

	rtnl_lock();
	if (ndev->reg_state == NETREG_REGISTERED)
		net = maybe_get_net(dev_net(ndev));
	rtnl_unlock();
	return net;
}

/**
 * rxe_newlink - make a device on top of a netdev and register it
 * @name: of the device
 * @ndev: held by the caller
 *
 * May sleep. Return: 0; -EPERM: VLANs are served by the device of the netdev
 * below; -EEXIST: there is one; -ENFILE: the name is taken; -EADDRINUSE:
 * somebody has the UDP port; other errors of the core.
 */
int rxe_newlink(const char *name, struct net_device *ndev)
{
	struct rxe_net *rn;
	struct rxe_dev *rxe;
	struct net *net;
	int err;

	if (is_vlan_dev(ndev))
		return -EPERM;

	rxe = ib_alloc_device(rxe_dev, ib);
	if (!rxe)
		return -ENOMEM;
	rxe_dev_init(rxe);
	ib_set_device_ops(&rxe->ib, &rxe_device_ops);
	rxe_dev_describe(rxe, ndev);

	err = -ENOMEM;
	rxe->stats = alloc_percpu(struct rxe_stats);
	if (!rxe->stats)
		goto dealloc;

	err = -ENODEV;
	net = rxe_net_of(ndev);
	if (!net)
		goto dealloc;

	rn = rxe_net_get(net);
	err = PTR_ERR_OR_ZERO(rn);
	if (!err) {
		rxe->rn = rn;
		err = rxe_room_open(&rxe->room, net) ?: rxe_netdev_publish(rxe, ndev);
	}
	put_net(net);
	if (err)
		goto dealloc;

	err = ib_device_set_netdev(&rxe->ib, ndev, 1);
	if (err)
		goto dealloc;

	ib_mark_name_assigned_by_user(&rxe->ib);
	/* once it succeeds, anybody may already have deleted the device */
	err = ib_register_device(&rxe->ib, name, NULL);
	if (err)
		goto dealloc;
	return 0;

dealloc:
	ib_dealloc_device(&rxe->ib);
	return err;
}

/* the core's last call; also for a device which was not completed */
void rxe_dealloc_driver(struct ib_device *ib)
{
	struct rxe_dev *rxe = to_rxe(ib);

	rxe_netdev_unpublish(rxe);
	rxe_loopback_flush(rxe);
	/* whoever found the device in the tables */
	synchronize_net();
	rxe_room_close(&rxe->room);
	if (rxe->rn)
		rxe_net_put(rxe->rn);

	xa_destroy(&rxe->qps);
	xa_destroy(&rxe->mrs);
	xa_destroy(&rxe->mws);
	xa_destroy(&rxe->ahs);
	xa_destroy(&rxe->srqs);
	free_percpu(rxe->stats);
}

static ssize_t parent_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct rxe_dev *rxe = rdma_device_to_drv_device(dev, struct rxe_dev, ib);
	struct net_device *ndev;
	ssize_t len = -ENODEV;

	rcu_read_lock();
	ndev = rcu_dereference(rxe->ndev);
	if (ndev)
		len = sysfs_emit(buf, "%s\n", ndev->name);
	rcu_read_unlock();
	return len;
}
static DEVICE_ATTR_RO(parent);

static struct attribute *rxe_attrs[] = {
	&dev_attr_parent.attr,
	NULL,
};

const struct attribute_group rxe_attr_group = {
	.attrs = rxe_attrs,
};
