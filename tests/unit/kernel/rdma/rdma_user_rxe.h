/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_RDMA_USER_RXE_H
#define SHIM_RDMA_USER_RXE_H

#include <linux/stddef.h>
#include <linux/types.h>

/* the layout is the ABI's; what nobody here reads is only room */
struct rxe_send_wr {
	__aligned_u64	wr_id;
	u32		reserved;
	u32		opcode;
	u32		send_flags;
	union {
		__be32	imm_data;
		u32	invalidate_rkey;
	} ex;
	union {
		struct {
			__aligned_u64	remote_addr;
			u32		length;
			u32		rkey;
			u8		type;
			u8		level;
		} flush;
		struct {
			__aligned_u64	remote_addr;
			u32		rkey;
			u32		reserved;
		} rdma;
		struct {
			__aligned_u64	remote_addr;
			__aligned_u64	compare_add;
			__aligned_u64	swap;
			u32		rkey;
			u32		reserved;
		} atomic;
		struct {
			u32		remote_qpn;
			u32		remote_qkey;
			u16		pkey_index;
			u16		reserved;
			u32		ah_num;
			u32		pad[4];
			u8		av[88];
		} ud;
		struct {
			__aligned_u64	addr;
			__aligned_u64	length;
			u32		mr_lkey;
			u32		mw_rkey;
			u32		rkey;
			u32		access;
		} mw;
	} wr;
};

struct rxe_sge {
	__aligned_u64	addr;
	u32		length;
	u32		lkey;
};

struct rxe_dma_info {
	u32	length;
	u32	resid;
	u32	cur_sge;
	u32	num_sge;
	u32	sge_offset;
	u32	reserved;
	union {
		DECLARE_FLEX_ARRAY(u8, inline_data);
		DECLARE_FLEX_ARRAY(u8, atomic_wr);
		DECLARE_FLEX_ARRAY(struct rxe_sge, sge);
	};
};

struct rxe_send_wqe {
	struct rxe_send_wr	wr;
	u32			private[10];
	struct rxe_dma_info	dma;
};

struct rxe_recv_wqe {
	__aligned_u64		wr_id;
	u32			reserved;
	u32			padding;
	struct rxe_dma_info	dma;
};

#endif
