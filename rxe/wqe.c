// SPDX-License-Identifier: GPL-2.0
/*
 * Work requests at the border: what a process or a kernel consumer wrote is
 * checked while it becomes the private form, and never looked at again. Pure,
 * stands in the unit tests. Keys, addresses and numbers are only copied: they
 * are checked when they are used.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "wire.h"
#include "wqe.h"

#define KNOWN_FLAGS	(IB_SEND_FENCE | IB_SEND_SIGNALED |	\
			 IB_SEND_SOLICITED | IB_SEND_INLINE)
#define ATOMIC_BYTES	sizeof(u64)
#define QPN_MASK	0xffffffu

/* which queue pairs know an operation, who may ask for it, and its data */
enum {
	ON_RC		= 1 << 0,
	ON_UC		= 1 << 1,
	ON_UD		= 1 << 2,
	BY_USER		= 1 << 3,
	BY_KERNEL	= 1 << 4,
	BY_ANYONE	= BY_USER | BY_KERNEL,
	MAY_INLINE	= 1 << 5,
	NO_DATA		= 1 << 6,
};

static const u8 rules[] = {
	[IB_WR_RDMA_WRITE]	= ON_RC | ON_UC | BY_ANYONE | MAY_INLINE,
	[IB_WR_RDMA_WRITE_WITH_IMM] = ON_RC | ON_UC | BY_ANYONE | MAY_INLINE,
	[IB_WR_SEND]		= ON_RC | ON_UC | ON_UD | BY_ANYONE | MAY_INLINE,
	[IB_WR_SEND_WITH_IMM]	= ON_RC | ON_UC | ON_UD | BY_ANYONE | MAY_INLINE,
	[IB_WR_RDMA_READ]	= ON_RC | BY_ANYONE,
	[IB_WR_ATOMIC_CMP_AND_SWP] = ON_RC | BY_ANYONE,
	[IB_WR_ATOMIC_FETCH_AND_ADD] = ON_RC | BY_ANYONE,
	[IB_WR_LOCAL_INV]	= ON_RC | BY_ANYONE | NO_DATA,
	[IB_WR_BIND_MW]		= ON_RC | ON_UC | BY_USER | NO_DATA,
	[IB_WR_SEND_WITH_INV]	= ON_RC | BY_ANYONE | MAY_INLINE,
	[IB_WR_FLUSH]		= ON_RC | BY_USER | NO_DATA,
	[IB_WR_ATOMIC_WRITE]	= ON_RC | BY_ANYONE | MAY_INLINE,
	[IB_WR_REG_MR]		= ON_RC | BY_KERNEL | NO_DATA,
};

/* the rule for @opcode, or 0 if it is not for this queue pair or this caller */
static u8 rule_for(u32 opcode, enum ib_qp_type type, u8 caller)
{
	u8 rule = opcode < ARRAY_SIZE(rules) ? rules[opcode] : 0;
	u8 on;

	switch (type) {
	case IB_QPT_RC:
		on = ON_RC;
		break;
	case IB_QPT_UC:
		on = ON_UC;
		break;
	case IB_QPT_UD:
	case IB_QPT_GSI:
		on = ON_UD;
		break;
	default:
		on = 0;
	}
	return rule & on && rule & caller ? rule : 0;
}

static bool is_atomic(u8 opcode)
{
	return opcode == IB_WR_ATOMIC_CMP_AND_SWP ||
	       opcode == IB_WR_ATOMIC_FETCH_AND_ADD;
}

/* bytes behind a struct rxe_swqe */
static u32 slot_room(const struct rxe_wqe_limits *lim)
{
	return max_t(u32, lim->max_sge * sizeof(struct ib_sge), lim->max_inline);
}

/* what every operation demands of its length; 0 or a status */
static int check_length(const struct rxe_swqe *wqe, u64 length)
{
	if (length > RXE_MAX_MSG)
		return IB_WC_LOC_LEN_ERR;
	if ((is_atomic(wqe->opcode) || wqe->opcode == IB_WR_ATOMIC_WRITE) &&
	    length != ATOMIC_BYTES)
		return IB_WC_LOC_QP_OP_ERR;
	return 0;
}

/* what the opcode carries beside the data, of the two a caller's union holds */
static void set_imm_or_key(struct rxe_swqe *out, __be32 imm, u32 inv_rkey)
{
	switch (out->opcode) {
	case IB_WR_SEND_WITH_IMM:
	case IB_WR_RDMA_WRITE_WITH_IMM:
		out->imm = imm;
		break;
	case IB_WR_SEND_WITH_INV:
	case IB_WR_LOCAL_INV:
		out->inv_rkey = inv_rkey;
		break;
	}
}

/* ---- of a process ---- */

static int user_fields(const struct rxe_send_wr *wr, enum ib_qp_type type,
		       struct rxe_swqe *out)
{
	set_imm_or_key(out, wr->ex.imm_data, wr->ex.invalidate_rkey);

	switch (out->opcode) {
	case IB_WR_RDMA_WRITE:
	case IB_WR_RDMA_WRITE_WITH_IMM:
	case IB_WR_RDMA_READ:
	case IB_WR_ATOMIC_WRITE:
		out->rdma.va = wr->wr.rdma.remote_addr;
		out->rdma.rkey = wr->wr.rdma.rkey;
		break;
	case IB_WR_ATOMIC_CMP_AND_SWP:
	case IB_WR_ATOMIC_FETCH_AND_ADD:
		out->atomic.va = wr->wr.atomic.remote_addr;
		out->atomic.compare_add = wr->wr.atomic.compare_add;
		out->atomic.swap = wr->wr.atomic.swap;
		out->atomic.rkey = wr->wr.atomic.rkey;
		break;
	case IB_WR_FLUSH:
		out->flush.va = wr->wr.flush.remote_addr;
		out->flush.rkey = wr->wr.flush.rkey;
		out->flush.length = wr->wr.flush.length;
		out->flush.type = wr->wr.flush.type;
		out->flush.level = wr->wr.flush.level;
		if (!out->flush.type ||
		    out->flush.type & ~(IB_FLUSH_GLOBAL | IB_FLUSH_PERSISTENT) ||
		    out->flush.level > IB_FLUSH_MR)
			return IB_WC_LOC_QP_OP_ERR;
		/* of a whole region the length says nothing */
		if (out->flush.level == IB_FLUSH_RANGE &&
		    out->flush.length > RXE_MAX_MSG)
			return IB_WC_LOC_LEN_ERR;
		break;
	case IB_WR_BIND_MW:
		out->mw.addr = wr->wr.mw.addr;
		out->mw.length = wr->wr.mw.length;
		out->mw.mr_lkey = wr->wr.mw.mr_lkey;
		out->mw.mw_rkey = wr->wr.mw.mw_rkey;
		out->mw.rkey = wr->wr.mw.rkey;
		out->mw.access = wr->wr.mw.access;
		break;
	case IB_WR_SEND:
	case IB_WR_SEND_WITH_IMM:
		if (type != IB_QPT_UD)
			break;
		/* no number means an address of the process's own making */
		if (!wr->wr.ud.ah_num || wr->wr.ud.remote_qpn > QPN_MASK)
			return IB_WC_LOC_QP_OP_ERR;
		out->ud.qpn = wr->wr.ud.remote_qpn;
		out->ud.qkey = wr->wr.ud.remote_qkey;
		out->ud.ah_num = wr->wr.ud.ah_num;
		break;
	}
	return 0;
}

static int user_inline(const struct rxe_dma_info *dma, u32 bytes, u32 room,
		       const struct rxe_wqe_limits *lim, struct rxe_swqe *out)
{
	if (bytes > room || bytes > slot_room(lim))
		return IB_WC_LOC_QP_OP_ERR;
	memcpy(out->inline_data, dma->inline_data, bytes);
	out->flags |= IB_SEND_INLINE;
	out->length = bytes;
	return 0;
}

/* the process's own sum of the lengths is not even looked at */
static int user_sges(const struct rxe_dma_info *dma, u32 room,
		     const struct rxe_wqe_limits *lim, struct rxe_swqe *out)
{
	u32 num = dma->num_sge, i;
	u64 length = 0;
	int status;

	if (num > min_t(u32, lim->max_sge, RXE_MAX_SGE) ||
	    num * sizeof(dma->sge[0]) > room)
		return IB_WC_LOC_QP_OP_ERR;
	for (i = 0; i < num; i++) {
		out->sge[i].addr = dma->sge[i].addr;
		out->sge[i].length = dma->sge[i].length;
		out->sge[i].lkey = dma->sge[i].lkey;
		length += dma->sge[i].length;
	}
	status = check_length(out, length);
	if (status)
		return status;
	out->num_sge = num;
	out->length = length;
	return 0;
}

static int user_data(const struct rxe_send_wqe *in, u32 room, u8 rule,
		     const struct rxe_wqe_limits *lim, struct rxe_swqe *out)
{
	bool in_place = out->flags & IB_SEND_INLINE;

	out->flags &= ~IB_SEND_INLINE;
	if (rule & NO_DATA)
		return 0;
	/* its value always stands in the entry */
	if (out->opcode == IB_WR_ATOMIC_WRITE)
		return user_inline(&in->dma, ATOMIC_BYTES, room, lim, out);
	if (!in_place)
		return user_sges(&in->dma, room, lim, out);
	if (!(rule & MAY_INLINE) || in->dma.length > lim->max_inline)
		return IB_WC_LOC_QP_OP_ERR;
	return user_inline(&in->dma, in->dma.length, room, lim, out);
}

/**
 * rxe_swqe_from_user() - check and convert an entry of a user's send queue
 * @in: private copy of the entry
 * @room: bytes of it which are valid behind the fixed part
 * @lim: what the queue pair was created with
 * @out: filled, with slot_room() of @lim behind it
 *
 * Pure, any context.
 *
 * Return: 0, or the negative ib_wc_status with which the request must end; then
 * of @out only wr_id and flags have a meaning.
 */
int rxe_swqe_from_user(const struct rxe_send_wqe *in, u32 room,
		       const struct rxe_wqe_limits *lim, struct rxe_swqe *out)
{
	u8 rule = rule_for(in->wr.opcode, lim->type, BY_USER);
	int status;

	memset(out, 0, sizeof(*out));
	out->wr_id = in->wr.wr_id;
	out->flags = in->wr.send_flags & KNOWN_FLAGS;
	if (!rule || in->wr.send_flags & ~KNOWN_FLAGS)
		return -IB_WC_LOC_QP_OP_ERR;
	out->opcode = in->wr.opcode;
	status = user_fields(&in->wr, lim->type, out);
	if (!status)
		status = user_data(in, room, rule, lim, out);
	return -status;
}

/**
 * rxe_rwqe_from_user() - check and convert an entry of a user's receive queue
 * @in: private copy of the entry, with room for @max_sge SGEs
 * @max_sge: what the queue was created with
 * @out: filled
 *
 * Pure, any context.
 *
 * Return: 0 or -EINVAL; then of @out only wr_id has a meaning.
 */
int rxe_rwqe_from_user(const struct rxe_recv_wqe *in, u32 max_sge,
		       struct rxe_rwqe *out)
{
	u64 length = 0;
	u32 i;

	out->wr_id = in->wr_id;
	out->length = 0;
	out->num_sge = 0;
	if (in->dma.num_sge > min_t(u32, max_sge, RXE_MAX_SGE))
		return -EINVAL;
	out->num_sge = in->dma.num_sge;
	for (i = 0; i < out->num_sge; i++) {
		out->sge[i].addr = in->dma.sge[i].addr;
		out->sge[i].length = in->dma.sge[i].length;
		out->sge[i].lkey = in->dma.sge[i].lkey;
		length += in->dma.sge[i].length;
	}
	/* more room than any message needs is no fault */
	out->length = min_t(u64, length, U32_MAX);
	return 0;
}

/* ---- of the kernel ---- */

static int kernel_fields(const struct ib_send_wr *wr, enum ib_qp_type type,
			 struct rxe_swqe *out)
{
	set_imm_or_key(out, wr->ex.imm_data, wr->ex.invalidate_rkey);

	switch (out->opcode) {
	case IB_WR_RDMA_WRITE:
	case IB_WR_RDMA_WRITE_WITH_IMM:
	case IB_WR_RDMA_READ:
	case IB_WR_ATOMIC_WRITE:
		out->rdma.va = rdma_wr(wr)->remote_addr;
		out->rdma.rkey = rdma_wr(wr)->rkey;
		break;
	case IB_WR_ATOMIC_CMP_AND_SWP:
	case IB_WR_ATOMIC_FETCH_AND_ADD:
		out->atomic.va = atomic_wr(wr)->remote_addr;
		out->atomic.compare_add = atomic_wr(wr)->compare_add;
		out->atomic.swap = atomic_wr(wr)->swap;
		out->atomic.rkey = atomic_wr(wr)->rkey;
		if (out->atomic.va % ATOMIC_BYTES)
			return -EINVAL;
		break;
	case IB_WR_REG_MR:
		out->reg.mr = reg_wr(wr)->mr;
		out->reg.key = reg_wr(wr)->key;
		out->reg.access = reg_wr(wr)->access;
		if (!out->reg.mr)
			return -EINVAL;
		break;
	case IB_WR_SEND:
	case IB_WR_SEND_WITH_IMM:
		if (type != IB_QPT_UD && type != IB_QPT_GSI)
			break;
		out->ud.qpn = ud_wr(wr)->remote_qpn;
		out->ud.qkey = type == IB_QPT_GSI ? RXE_GSI_QKEY :
						    ud_wr(wr)->remote_qkey;
		out->ud.ah = ud_wr(wr)->ah;
		if (!out->ud.ah || out->ud.qpn > QPN_MASK)
			return -EINVAL;
		break;
	}
	return 0;
}

/* the addresses are kernel addresses, the keys mean nothing */
static void kernel_inline(const struct ib_send_wr *wr, struct rxe_swqe *out)
{
	u8 *to = out->inline_data;
	int i;

	for (i = 0; i < wr->num_sge; i++) {
		memcpy(to, (void *)(uintptr_t)wr->sg_list[i].addr,
		       wr->sg_list[i].length);
		to += wr->sg_list[i].length;
	}
}

static int kernel_data(const struct ib_send_wr *wr, u8 rule,
		       const struct rxe_wqe_limits *lim, struct rxe_swqe *out)
{
	bool in_place = out->flags & IB_SEND_INLINE;
	u64 length = 0;
	int i;

	out->flags &= ~IB_SEND_INLINE;
	if (rule & NO_DATA)
		return 0;
	if (wr->num_sge < 0 ||
	    wr->num_sge > min_t(u32, lim->max_sge, RXE_MAX_SGE))
		return -EINVAL;
	for (i = 0; i < wr->num_sge; i++)
		length += wr->sg_list[i].length;
	if (check_length(out, length))
		return -EINVAL;
	out->length = length;

	if (in_place) {
		if (!(rule & MAY_INLINE) || length > lim->max_inline)
			return -EINVAL;
		out->flags |= IB_SEND_INLINE;
		kernel_inline(wr, out);
		return 0;
	}
	out->num_sge = wr->num_sge;
	for (i = 0; i < wr->num_sge; i++)
		out->sge[i] = wr->sg_list[i];
	return 0;
}

/**
 * rxe_swqe_from_wr() - check and convert a kernel consumer's send work request
 * @wr: one request; what its chain holds is not looked at
 * @lim: what the queue pair was created with
 * @out: filled, with slot_room() of @lim behind it; inline data is copied
 *
 * Any context.
 *
 * Return: 0 or -EINVAL; then @out is undefined.
 */
int rxe_swqe_from_wr(const struct ib_send_wr *wr,
		     const struct rxe_wqe_limits *lim, struct rxe_swqe *out)
{
	u8 rule = rule_for(wr->opcode, lim->type, BY_KERNEL);
	int err;

	memset(out, 0, sizeof(*out));
	out->wr_id = wr->wr_id;
	out->flags = wr->send_flags & KNOWN_FLAGS;
	if (!rule || wr->send_flags & ~KNOWN_FLAGS)
		return -EINVAL;
	out->opcode = wr->opcode;
	err = kernel_fields(wr, lim->type, out);
	return err ?: kernel_data(wr, rule, lim, out);
}
