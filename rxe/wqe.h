/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Work requests as the device keeps them: in kernel memory, copied once,
 * checked once, trusted from then on.
 */
#ifndef RXE_WQE_H
#define RXE_WQE_H

#include <linux/types.h>
#include <rdma/ib_verbs.h>
#include <rdma/rdma_user_rxe.h>

#define RXE_MAX_SGE		32
#define RXE_MAX_INLINE		(RXE_MAX_SGE * sizeof(struct ib_sge))

enum rxe_wqe_state {
	RXE_WQE_POSTED,		/* nothing of it was sent */
	RXE_WQE_STARTED,	/* some packets were sent */
	RXE_WQE_SENT,		/* all were sent at least once */
	RXE_WQE_DONE,		/* acknowledged or executed, waits for its turn to retire */
};

/*
 * struct rxe_swqe - send work request, owned by the requester
 *
 * @length is the sum of the SGEs or the inline bytes. @sge and @inline_data
 * share the space behind the struct; a slot is sizeof() plus
 * max(max_sge * 16, max_inline).
 */
struct rxe_swqe {
	u64	wr_id;
	u32	flags;			/* IB_SEND_* */
	u8	opcode;			/* enum ib_wr_opcode */
	u8	state;			/* enum rxe_wqe_state */
	u8	status;			/* enum ib_wc_status, decided before sending if not 0 */
	u8	num_sge;
	u32	length;
	u32	first_psn;
	u32	last_psn;
	u32	ssn;
	union {
		__be32	imm;
		u32	inv_rkey;
	};
	union {
		struct {
			u64	va;
			u32	rkey;
		} rdma;
		struct {
			u64	va;
			u64	compare_add;
			u64	swap;
			u32	rkey;
		} atomic;
		struct {
			u64	va;
			u32	rkey;
			u32	length;
			u8	type;
			u8	level;
		} flush;
		struct {
			u32	qpn;
			u32	qkey;
			u32	ah_num;	/* user; under RCU */
			struct ib_ah *ah;	/* kernel; pinned by the caller */
		} ud;
		struct {
			u64	addr;
			u64	length;
			u32	mr_lkey;
			u32	mw_rkey;
			u32	rkey;
			u32	access;
		} mw;
		struct {
			struct ib_mr *mr;	/* kernel QPs only */
			u32	key;
			u32	access;
		} reg;
	};
	union {
		DECLARE_FLEX_ARRAY(struct ib_sge, sge);
		DECLARE_FLEX_ARRAY(u8, inline_data);
	};
};

/*
 * struct rxe_rwqe - receive work request, owned by the responder once taken
 * @length: sum of the SGEs, bytes
 */
struct rxe_rwqe {
	u64	wr_id;
	u32	length;
	u32	num_sge;
	struct ib_sge sge[RXE_MAX_SGE];
};

/* limits a work request is checked against */
struct rxe_wqe_limits {
	enum ib_qp_type	type;
	u32	max_sge;
	u32	max_inline;
};

/*
 * Check one entry of a user's ring which was copied to @in (@room bytes
 * behind the fixed part are valid) and turn it into @out. 0, or the negative
 * ib_wc_status the request must end with; @out then still holds wr_id and
 * flags. The one for receives returns -EINVAL.
 */
int rxe_swqe_from_user(const struct rxe_send_wqe *in, u32 room,
		       const struct rxe_wqe_limits *lim, struct rxe_swqe *out);
int rxe_rwqe_from_user(const struct rxe_recv_wqe *in, u32 max_sge,
		       struct rxe_rwqe *out);
/* the same for a kernel consumer: 0 or -EINVAL; copies inline data */
int rxe_swqe_from_wr(const struct ib_send_wr *wr,
		     const struct rxe_wqe_limits *lim, struct rxe_swqe *out);

#endif
