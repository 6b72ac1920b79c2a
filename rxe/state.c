// SPDX-License-Identifier: GPL-2.0
/*
 * Where errors lead to, and which attributes a queue pair can have at all,
 * whatever its state. Pure, see state.h.
 */
#include <linux/errno.h>

#include "psn.h"
#include "state.h"

/**
 * rxe_state_failed_send() - where the error of a request leads
 * @state: in which it comes up
 * @type: of the queue pair
 *
 * Who is connected reliably has lost the connection; others may go on when the
 * consumer has seen what failed.
 *
 * Return: the new state; @state if the send queue does not run.
 */
enum ib_qp_state rxe_state_failed_send(enum ib_qp_state state, enum ib_qp_type type)
{
	if (!rxe_state_does(state, RXE_SENDS))
		return state;
	return type == IB_QPT_RC ? IB_QPS_ERR : IB_QPS_SQE;
}

/**
 * rxe_state_falls() - may an error, not the consumer, change the state so
 * @from: enum ib_qp_state
 * @to: enum ib_qp_state
 *
 * Return: true from a state with traffic to a worse one.
 */
bool rxe_state_falls(enum ib_qp_state from, enum ib_qp_state to)
{
	if (to == IB_QPS_ERR)
		return rxe_state_does(from, RXE_EXECUTES);
	return to == IB_QPS_SQE && rxe_state_does(from, RXE_SENDS);
}

/**
 * rxe_attr_judge() - can a queue pair have these attributes
 * @attr: what a consumer asks for
 * @mask: which of them, IB_QP_*
 * @state: the queue pair's
 *
 * Return: 0; -EINVAL; -EOPNOTSUPP: no queue pair of ours has such a one.
 */
int rxe_attr_judge(const struct ib_qp_attr *attr, int mask, enum ib_qp_state state)
{
	if (mask & ~IB_QP_ATTR_STANDARD_BITS || mask & IB_QP_CAP)
		return -EOPNOTSUPP;
	if (mask & IB_QP_PORT && attr->port_num != 1)
		return -EINVAL;
	if (mask & IB_QP_PKEY_INDEX && attr->pkey_index)
		return -EINVAL;
	if (mask & IB_QP_PATH_MTU && (attr->path_mtu < IB_MTU_256 ||
				      attr->path_mtu > IB_MTU_4096))
		return -EINVAL;
	if (mask & IB_QP_MAX_QP_RD_ATOMIC && attr->max_rd_atomic > RXE_MAX_RD_ATOMIC)
		return -EINVAL;
	if (mask & IB_QP_MAX_DEST_RD_ATOMIC &&
	    attr->max_dest_rd_atomic > RXE_MAX_RD_ATOMIC)
		return -EINVAL;
	if (mask & IB_QP_TIMEOUT && attr->timeout > 31)
		return -EINVAL;
	if (mask & IB_QP_MIN_RNR_TIMER && attr->min_rnr_timer > 31)
		return -EINVAL;
	if (mask & IB_QP_RETRY_CNT && attr->retry_cnt > 7)
		return -EINVAL;
	if (mask & IB_QP_RNR_RETRY && attr->rnr_retry > 7)
		return -EINVAL;
	if (mask & IB_QP_DEST_QPN && attr->dest_qp_num > RXE_PSN_MASK)
		return -EINVAL;
	if (mask & IB_QP_CUR_STATE && attr->cur_qp_state != state)
		return -EINVAL;
	return 0;
}
