// SPDX-License-Identifier: GPL-2.0
/*
 * The verbs of device, port, protection domain and user context, and the table
 * of all others.
 */
#include <linux/module.h>
#include <rdma/ib_cm.h>
#include <rdma/ib_mad.h>
#include <rdma/uverbs_ioctl.h>

#include "rxe.h"

/* of queues and work requests in rdma_user_rxe.h */
#define RXE_USER_ABI		2
#define RXE_GID_TABLE		1024
/* how long an answer may take here at most, 4.096 us << n */
#define RXE_ACK_DELAY		10

struct rxe_pd {
	struct ib_pd		ib;
};

/* ---- device ---- */

/* MAJOR.MINOR.PATCH as libraries print it */
static u64 rxe_fw_ver(void)
{
	unsigned int major = 0, minor = 0, patch = 0;

	if (sscanf(RNBD_VERSION, "%u.%u.%u", &major, &minor, &patch) != 3)
		return 0;
	return (u64)major << 32 | (u64)minor << 16 | patch;
}

static int rxe_query_device(struct ib_device *ib, struct ib_device_attr *attr,
			    struct ib_udata *udata)
{
	/* as modify_device left it; nothing yet at registration */
	const __be64 guid = ib->attrs.sys_image_guid ?: ib->node_guid;

	/* newer libraries may ask for more than there is */
	if (udata->inlen && !ib_is_udata_cleared(udata, 0, udata->inlen))
		return -EINVAL;

	*attr = (struct ib_device_attr) {
		.fw_ver = rxe_fw_ver(),
		.vendor_id = 0xffffff,
		.sys_image_guid = guid,
		.max_mr_size = BIT_ULL(47),
		.page_size_cap = 0xfffff000,
		.device_cap_flags = IB_DEVICE_BAD_PKEY_CNTR | IB_DEVICE_BAD_QKEY_CNTR |
			IB_DEVICE_CHANGE_PHY_PORT | IB_DEVICE_UD_AV_PORT_ENFORCE |
			IB_DEVICE_PORT_ACTIVE_EVENT | IB_DEVICE_SYS_IMAGE_GUID |
			IB_DEVICE_RC_RNR_NAK_GEN | IB_DEVICE_SRQ_RESIZE |
			IB_DEVICE_MEM_MGT_EXTENSIONS | IB_DEVICE_MEM_WINDOW |
			IB_DEVICE_MEM_WINDOW_TYPE_2B | IB_DEVICE_FLUSH_GLOBAL |
			IB_DEVICE_FLUSH_PERSISTENT | IB_DEVICE_ATOMIC_WRITE,
		.kernel_cap_flags = IBK_ALLOW_USER_UNREG | IBK_LOCAL_DMA_LKEY,
		.max_qp = RXE_MAX_QP,
		.max_qp_wr = RXE_MAX_QP_WR,
		.max_send_sge = RXE_MAX_SGE,
		.max_recv_sge = RXE_MAX_SGE,
		.max_sge_rd = RXE_MAX_SGE,
		.max_cq = RXE_MAX_CQ,
		.max_cqe = RXE_MAX_CQE,
		.max_mr = RXE_MAX_MR,
		.max_mw = RXE_MAX_MW,
		.max_pd = RXE_MAX_PD,
		.max_qp_rd_atom = RXE_MAX_RD_ATOMIC,
		.max_qp_init_rd_atom = RXE_MAX_RD_ATOMIC,
		.max_res_rd_atom = RXE_MAX_QP * RXE_MAX_RD_ATOMIC,
		.atomic_cap = IB_ATOMIC_HCA,
		.max_mcast_grp = RXE_MAX_MCAST_GRP,
		.max_mcast_qp_attach = RXE_MAX_MCAST_ATTACH,
		.max_total_mcast_qp_attach = RXE_MAX_MCAST_GRP * RXE_MAX_MCAST_ATTACH,
		.max_ah = RXE_MAX_AH,
		.max_srq = RXE_MAX_SRQ,
		.max_srq_wr = RXE_MAX_SRQ_WR,
		.max_srq_sge = RXE_MAX_SRQ_SGE,
		.max_fast_reg_page_list_len = RXE_MAX_FMR_PAGES,
		.max_pkeys = 1,
		.local_ca_ack_delay = RXE_ACK_DELAY,
	};
	return 0;
}

static int rxe_modify_device(struct ib_device *ib, int mask, struct ib_device_modify *attr)
{
	if (mask & ~(IB_DEVICE_MODIFY_SYS_IMAGE_GUID | IB_DEVICE_MODIFY_NODE_DESC))
		return -EOPNOTSUPP;

	if (mask & IB_DEVICE_MODIFY_SYS_IMAGE_GUID)
		ib->attrs.sys_image_guid = cpu_to_be64(attr->sys_image_guid);
	if (mask & IB_DEVICE_MODIFY_NODE_DESC)
		memcpy(ib->node_desc, attr->node_desc, sizeof(ib->node_desc));
	return 0;
}

static void rxe_get_dev_fw_str(struct ib_device *ib, char *str)
{
	strscpy(str, RNBD_VERSION, IB_FW_VERSION_NAME_MAX);
}

/* ---- port ---- */

static int rxe_query_port(struct ib_device *ib, u32 port, struct ib_port_attr *attr)
{
	struct rxe_dev *rxe = to_rxe(ib);
	bool running = false, carrier = false;
	struct net_device *ndev;
	u64 qkeys;

	rcu_read_lock();
	ndev = rcu_dereference(rxe->ndev);
	if (ndev) {
		running = netif_running(ndev);
		carrier = netif_carrier_ok(ndev);
	}
	rcu_read_unlock();

	if (running && carrier) {
		attr->state = IB_PORT_ACTIVE;
		attr->phys_state = IB_PORT_PHYS_STATE_LINK_UP;
	} else {
		attr->state = IB_PORT_DOWN;
		attr->phys_state = running ? IB_PORT_PHYS_STATE_POLLING :
					     IB_PORT_PHYS_STATE_DISABLED;
	}

	qkeys = rxe_stats_sum(rxe, RXE_BAD_QKEY) - READ_ONCE(rxe->qkey_base);
	attr->bad_pkey_cntr = min_t(u64, rxe_stats_sum(rxe, RXE_BAD_PKEY), U16_MAX);
	attr->qkey_viol_cntr = min_t(u64, qkeys, U16_MAX);
	attr->max_mtu = IB_MTU_4096;
	attr->active_mtu = rxe_active_mtu(rxe);
	attr->active_speed = READ_ONCE(rxe->speed);
	attr->active_width = READ_ONCE(rxe->width);
	attr->port_cap_flags = IB_PORT_CM_SUP;
	attr->ip_gids = true;
	attr->gid_tbl_len = RXE_GID_TABLE;
	attr->pkey_tbl_len = 1;
	attr->max_msg_sz = RXE_MAX_MSG;
	attr->max_vl_num = 1;
	return 0;
}

static int rxe_modify_port(struct ib_device *ib, u32 port, int mask,
			   struct ib_port_modify *attr)
{
	struct rxe_dev *rxe = to_rxe(ib);

	if (mask & ~IB_PORT_RESET_QKEY_CNTR)
		return -EOPNOTSUPP;

	if (mask & IB_PORT_RESET_QKEY_CNTR)
		WRITE_ONCE(rxe->qkey_base, rxe_stats_sum(rxe, RXE_BAD_QKEY));
	return 0;
}

static int rxe_query_pkey(struct ib_device *ib, u32 port, u16 index, u16 *pkey)
{
	if (index)
		return -EINVAL;

	*pkey = RXE_PKEY;
	return 0;
}

static enum rdma_link_layer rxe_get_link_layer(struct ib_device *ib, u32 port)
{
	return IB_LINK_LAYER_ETHERNET;
}

static int rxe_get_port_immutable(struct ib_device *ib, u32 port,
				  struct ib_port_immutable *immutable)
{
	immutable->core_cap_flags = RDMA_CORE_PORT_IBA_ROCE_UDP_ENCAP;
	immutable->gid_tbl_len = RXE_GID_TABLE;
	immutable->pkey_tbl_len = 1;
	immutable->max_mad_size = IB_MGMT_MAD_SIZE;
	return 0;
}

/* ---- protection domains and user contexts ---- */

static int rxe_alloc_pd(struct ib_pd *pd, struct ib_udata *udata)
{
	return rxe_take(&to_rxe(pd->device)->pd_count, RXE_MAX_PD) ? 0 : -ENOMEM;
}

static int rxe_dealloc_pd(struct ib_pd *pd, struct ib_udata *udata)
{
	atomic_dec(&to_rxe(pd->device)->pd_count);
	return 0;
}

static int rxe_alloc_ucontext(struct ib_ucontext *ctx, struct ib_udata *udata)
{
	return 0;
}

static void rxe_dealloc_ucontext(struct ib_ucontext *ctx)
{
}

/*
 * Queues stay mapped until the process unmaps them, and nothing reads them any
 * more; that there is this function says that the device may go before its users.
 */
static void rxe_disassociate_ucontext(struct ib_ucontext *ctx)
{
}

const struct ib_device_ops rxe_device_ops = {
	.owner = THIS_MODULE,
	.driver_id = RDMA_DRIVER_RXE,
	.uverbs_abi_ver = RXE_USER_ABI,
	.device_group = &rxe_attr_group,

	.add_gid = rxe_add_gid,
	.alloc_hw_port_stats = rxe_alloc_hw_port_stats,
	.alloc_mr = rxe_alloc_mr,
	.alloc_mw = rxe_alloc_mw,
	.alloc_pd = rxe_alloc_pd,
	.alloc_ucontext = rxe_alloc_ucontext,
	.attach_mcast = rxe_attach_mcast,
	.create_ah = rxe_create_ah,
	.create_cq = rxe_create_cq,
	.create_qp = rxe_create_qp,
	.create_srq = rxe_create_srq,
	.create_user_ah = rxe_create_ah,
	.dealloc_driver = rxe_dealloc_driver,
	.dealloc_mw = rxe_dealloc_mw,
	.dealloc_pd = rxe_dealloc_pd,
	.dealloc_ucontext = rxe_dealloc_ucontext,
	.del_gid = rxe_del_gid,
	.dereg_mr = rxe_dereg_mr,
	.destroy_ah = rxe_destroy_ah,
	.destroy_cq = rxe_destroy_cq,
	.destroy_qp = rxe_destroy_qp,
	.destroy_srq = rxe_destroy_srq,
	.detach_mcast = rxe_detach_mcast,
	.disassociate_ucontext = rxe_disassociate_ucontext,
	.enable_driver = rxe_netdev_enable,
	.get_dev_fw_str = rxe_get_dev_fw_str,
	.get_dma_mr = rxe_get_dma_mr,
	.get_hw_stats = rxe_get_hw_stats,
	.get_link_layer = rxe_get_link_layer,
	.get_port_immutable = rxe_get_port_immutable,
	.map_mr_sg = rxe_map_mr_sg,
	.mmap = rxe_mmap,
	.mmap_free = rxe_mmap_free,
	.modify_ah = rxe_modify_ah,
	.modify_device = rxe_modify_device,
	.modify_port = rxe_modify_port,
	.modify_qp = rxe_modify_qp,
	.modify_srq = rxe_modify_srq,
	.peek_cq = rxe_peek_cq,
	.poll_cq = rxe_poll_cq,
	.post_recv = rxe_post_recv,
	.post_send = rxe_post_send,
	.post_srq_recv = rxe_post_srq_recv,
	.process_mad = rxe_process_mad,
	.query_ah = rxe_query_ah,
	.query_device = rxe_query_device,
	.query_pkey = rxe_query_pkey,
	.query_port = rxe_query_port,
	.query_qp = rxe_query_qp,
	.query_srq = rxe_query_srq,
	.reg_user_mr = rxe_reg_user_mr,
	.req_notify_cq = rxe_req_notify_cq,
	.rereg_user_mr = rxe_rereg_user_mr,
	.resize_cq = rxe_resize_cq,

	INIT_RDMA_OBJ_SIZE(ib_ah, rxe_ah, ib),
	INIT_RDMA_OBJ_SIZE(ib_cq, rxe_cq, ib),
	INIT_RDMA_OBJ_SIZE(ib_mw, rxe_mw, ib),
	INIT_RDMA_OBJ_SIZE(ib_pd, rxe_pd, ib),
	INIT_RDMA_OBJ_SIZE(ib_qp, rxe_qp, ib),
	INIT_RDMA_OBJ_SIZE(ib_srq, rxe_srq, ib),
	INIT_RDMA_OBJ_SIZE(ib_ucontext, rxe_ucontext, ib),
};
