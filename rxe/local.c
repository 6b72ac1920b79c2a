// SPDX-License-Identifier: GPL-2.0
/*
 * Work requests which send nothing: registration and invalidation of memory
 * regions, binding of windows. Each is executed exactly once, in its turn.
 */
#include "rxe.h"

bool rxe_wqe_local(const struct rxe_swqe *wqe)
{
	return wqe->opcode == IB_WR_REG_MR || wqe->opcode == IB_WR_LOCAL_INV ||
	       wqe->opcode == IB_WR_BIND_MW;
}

/**
 * rxe_local_run() - execute a local operation
 * @qp: queue pair
 * @wqe: REG_MR, LOCAL_INV or BIND_MW
 *
 * Under snd.lock. The caller holds no reference to any region.
 *
 * Return: 0, or the status with which the request fails.
 */
int rxe_local_run(struct rxe_qp *qp, const struct rxe_swqe *wqe)
{
	int err;

	switch (wqe->opcode) {
	case IB_WR_REG_MR:
		err = rxe_mr_reg(qp, wqe->reg.mr, wqe->reg.key, wqe->reg.access);
		return err ? IB_WC_LOC_QP_OP_ERR : 0;
	case IB_WR_LOCAL_INV:
		err = rxe_invalidate_local(qp, wqe->inv_rkey);
		return err ? IB_WC_LOC_QP_OP_ERR : 0;
	case IB_WR_BIND_MW:
		err = rxe_mw_bind(qp, wqe);
		return err ? IB_WC_MW_BIND_ERR : 0;
	default:
		return IB_WC_LOC_QP_OP_ERR;
	}
}
