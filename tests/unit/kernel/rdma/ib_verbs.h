/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_IB_VERBS_H
#define SHIM_IB_VERBS_H

#include <linux/kernel.h>
#include <linux/stddef.h>
#include <linux/types.h>

enum ib_qp_type {
	IB_QPT_SMI,
	IB_QPT_GSI,
	IB_QPT_RC,
	IB_QPT_UC,
	IB_QPT_UD,
	IB_QPT_RAW_IPV6,
};

enum ib_wr_opcode {
	IB_WR_RDMA_WRITE,
	IB_WR_RDMA_WRITE_WITH_IMM,
	IB_WR_SEND,
	IB_WR_SEND_WITH_IMM,
	IB_WR_RDMA_READ,
	IB_WR_ATOMIC_CMP_AND_SWP,
	IB_WR_ATOMIC_FETCH_AND_ADD,
	IB_WR_LOCAL_INV,
	IB_WR_BIND_MW,
	IB_WR_SEND_WITH_INV,
	IB_WR_LSO,
	IB_WR_RDMA_READ_WITH_INV,
	IB_WR_MASKED_ATOMIC_CMP_AND_SWP,
	IB_WR_MASKED_ATOMIC_FETCH_AND_ADD,
	IB_WR_FLUSH,
	IB_WR_ATOMIC_WRITE,
	IB_WR_REG_MR = 0x20,
	IB_WR_REG_MR_INTEGRITY,
};

enum ib_send_flags {
	IB_SEND_FENCE		= 1,
	IB_SEND_SIGNALED	= 2,
	IB_SEND_SOLICITED	= 4,
	IB_SEND_INLINE		= 8,
	IB_SEND_IP_CSUM		= 16,
};

enum ib_wc_status {
	IB_WC_SUCCESS,
	IB_WC_LOC_LEN_ERR,
	IB_WC_LOC_QP_OP_ERR,
};

enum {
	IB_FLUSH_GLOBAL		= 1,
	IB_FLUSH_PERSISTENT	= 2,
};

enum {
	IB_FLUSH_RANGE,
	IB_FLUSH_MR,
};

enum ib_qp_state {
	IB_QPS_RESET,
	IB_QPS_INIT,
	IB_QPS_RTR,
	IB_QPS_RTS,
	IB_QPS_SQD,
	IB_QPS_SQE,
	IB_QPS_ERR,
};

enum ib_mtu {
	IB_MTU_256 = 1,
	IB_MTU_512,
	IB_MTU_1024,
	IB_MTU_2048,
	IB_MTU_4096,
};

enum ib_qp_attr_mask {
	IB_QP_STATE			= 1 << 0,
	IB_QP_CUR_STATE			= 1 << 1,
	IB_QP_PKEY_INDEX		= 1 << 4,
	IB_QP_PORT			= 1 << 5,
	IB_QP_PATH_MTU			= 1 << 8,
	IB_QP_TIMEOUT			= 1 << 9,
	IB_QP_RETRY_CNT			= 1 << 10,
	IB_QP_RNR_RETRY			= 1 << 11,
	IB_QP_MAX_QP_RD_ATOMIC		= 1 << 13,
	IB_QP_MIN_RNR_TIMER		= 1 << 15,
	IB_QP_MAX_DEST_RD_ATOMIC	= 1 << 17,
	IB_QP_CAP			= 1 << 19,
	IB_QP_DEST_QPN			= 1 << 20,
	IB_QP_RATE_LIMIT		= 1 << 25,
	IB_QP_ATTR_STANDARD_BITS	= (1 << 21) - 1,
};

/* of those which the pure parts look at */
struct ib_qp_attr {
	enum ib_qp_state	qp_state;
	enum ib_qp_state	cur_qp_state;
	enum ib_mtu		path_mtu;
	u32			dest_qp_num;
	u16			pkey_index;
	u8			max_rd_atomic;
	u8			max_dest_rd_atomic;
	u8			min_rnr_timer;
	u32			port_num;
	u8			timeout;
	u8			retry_cnt;
	u8			rnr_retry;
};

struct ib_mr;
struct ib_ah;

struct ib_sge {
	u64	addr;
	u32	length;
	u32	lkey;
};

struct ib_send_wr {
	struct ib_send_wr	*next;
	u64			wr_id;
	struct ib_sge		*sg_list;
	int			num_sge;
	enum ib_wr_opcode	opcode;
	int			send_flags;
	union {
		__be32		imm_data;
		u32		invalidate_rkey;
	} ex;
};

struct ib_rdma_wr {
	struct ib_send_wr	wr;
	u64			remote_addr;
	u32			rkey;
};

struct ib_atomic_wr {
	struct ib_send_wr	wr;
	u64			remote_addr;
	u64			compare_add;
	u64			swap;
	u32			rkey;
};

struct ib_ud_wr {
	struct ib_send_wr	wr;
	struct ib_ah		*ah;
	u32			remote_qpn;
	u32			remote_qkey;
};

struct ib_reg_wr {
	struct ib_send_wr	wr;
	struct ib_mr		*mr;
	u32			key;
	int			access;
};

#define rdma_wr(w)	container_of(w, const struct ib_rdma_wr, wr)
#define atomic_wr(w)	container_of(w, const struct ib_atomic_wr, wr)
#define ud_wr(w)	container_of(w, const struct ib_ud_wr, wr)
#define reg_wr(w)	container_of(w, const struct ib_reg_wr, wr)

#endif
