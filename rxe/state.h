/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a queue pair does in which state, and where errors of its own lead to.
 * Which state a consumer may ask for, and with which attributes, is the RDMA
 * core's table. Pure, stands in the unit tests.
 */
#ifndef RXE_STATE_H
#define RXE_STATE_H

#include <rdma/ib_verbs.h>

/* READs and atomic operations which may be under way at once, each way */
#define RXE_MAX_RD_ATOMIC	128

#define RXE_IN(state)	(1u << IB_QPS_##state)

/* executes requests of the peer and answers them */
#define RXE_EXECUTES	(RXE_IN(RTR) | RXE_IN(RTS) | RXE_IN(SQD) | RXE_IN(SQE))
/* begins requests of its own */
#define RXE_STARTS	RXE_IN(RTS)
/* sends what was begun, again if need be, and takes the answers */
#define RXE_SENDS	(RXE_STARTS | RXE_IN(SQD))
/* completes all that is posted as flushed */
#define RXE_FLUSHES_SQ	(RXE_IN(SQE) | RXE_IN(ERR))
#define RXE_FLUSHES_RQ	RXE_IN(ERR)
/* lets the consumer post */
#define RXE_TAKES_SENDS	(RXE_SENDS | RXE_FLUSHES_SQ)
#define RXE_TAKES_RECVS	(RXE_IN(INIT) | RXE_EXECUTES | RXE_FLUSHES_RQ)

/**
 * rxe_state_does() - does a queue pair do this in that state
 * @state: enum ib_qp_state
 * @states: one of the sets above
 *
 * Return: whether @state is in @states.
 */
static inline bool rxe_state_does(unsigned int state, u32 states)
{
	return state <= IB_QPS_ERR && states >> state & 1;
}

enum ib_qp_state rxe_state_failed_send(enum ib_qp_state state, enum ib_qp_type type);
bool rxe_state_falls(enum ib_qp_state from, enum ib_qp_state to);
int rxe_attr_judge(const struct ib_qp_attr *attr, int mask, enum ib_qp_state state);

#endif
