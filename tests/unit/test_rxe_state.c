// SPDX-License-Identifier: GPL-2.0
/* What a queue pair does in each state, where errors lead, which attributes it can have. */
#include <linux/errno.h>

#include "psn.h"
#include "state.h"
#include "test.h"

#define NR_STATES (IB_QPS_ERR + 1)

static void each_state_does_what_is_written(void)
{
	/* RESET, INIT, RTR, RTS, SQD, SQE, ERR */
	static const struct {
		u32 set;
		const char *in;
	} rows[] = {
		{ RXE_EXECUTES,		"..++++." },
		{ RXE_STARTS,		"...+..." },
		{ RXE_SENDS,		"...++.." },
		{ RXE_FLUSHES_SQ,	".....++" },
		{ RXE_FLUSHES_RQ,	"......+" },
		{ RXE_TAKES_SENDS,	"...++++" },
		{ RXE_TAKES_RECVS,	".++++++" },
	};
	unsigned int i, state;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		for (state = 0; state < NR_STATES; state++)
			EXPECT_EQ(rxe_state_does(state, rows[i].set), rows[i].in[state] == '+');
		EXPECT(!rxe_state_does(NR_STATES, rows[i].set));
		EXPECT(!rxe_state_does(-1u, rows[i].set));
	}
}

static void an_error_leads_down(void)
{
	static const char falls[NR_STATES][NR_STATES + 1] = {
		/* to: RESET, INIT, RTR, RTS, SQD, SQE, ERR */
		[IB_QPS_RESET]	= ".......",
		[IB_QPS_INIT]	= ".......",
		[IB_QPS_RTR]	= "......+",
		[IB_QPS_RTS]	= ".....++",
		[IB_QPS_SQD]	= ".....++",
		[IB_QPS_SQE]	= "......+",
		[IB_QPS_ERR]	= ".......",
	};
	enum ib_qp_state from, to;

	for (from = 0; from < NR_STATES; from++)
		for (to = 0; to < NR_STATES; to++)
			EXPECT_EQ(rxe_state_falls(from, to), falls[from][to] == '+');
}

static void a_failed_request_ends_the_connection_or_the_queue(void)
{
	enum ib_qp_state state;

	for (state = 0; state < NR_STATES; state++) {
		bool runs = state == IB_QPS_RTS || state == IB_QPS_SQD;

		EXPECT_EQ(rxe_state_failed_send(state, IB_QPT_RC), runs ? IB_QPS_ERR : state);
		EXPECT_EQ(rxe_state_failed_send(state, IB_QPT_UC), runs ? IB_QPS_SQE : state);
		EXPECT_EQ(rxe_state_failed_send(state, IB_QPT_UD), runs ? IB_QPS_SQE : state);
		EXPECT_EQ(rxe_state_failed_send(state, IB_QPT_GSI), runs ? IB_QPS_SQE : state);
	}
}

#define ALL (IB_QP_ATTR_STANDARD_BITS & ~IB_QP_CAP)

/* one beyond its limit is refused if it is asked for, and only then */
static void refused(const struct ib_qp_attr *a, int bit)
{
	EXPECT_EQ(rxe_attr_judge(a, bit, IB_QPS_RTS), -EINVAL);
	EXPECT_EQ(rxe_attr_judge(a, ALL, IB_QPS_RTS), -EINVAL);
	EXPECT_EQ(rxe_attr_judge(a, ALL & ~bit, IB_QPS_RTS), 0);
}

static void attributes_have_limits(void)
{
	static const struct ib_qp_attr best = {
		.cur_qp_state = IB_QPS_RTS,
		.path_mtu = IB_MTU_4096,
		.dest_qp_num = RXE_PSN_MASK,
		.max_rd_atomic = RXE_MAX_RD_ATOMIC,
		.max_dest_rd_atomic = RXE_MAX_RD_ATOMIC,
		.min_rnr_timer = 31,
		.port_num = 1,
		.timeout = 31,
		.retry_cnt = 7,
		.rnr_retry = 7,
	};
	struct ib_qp_attr a = best;

	EXPECT_EQ(rxe_attr_judge(&a, ALL, IB_QPS_RTS), 0);
	EXPECT_EQ(rxe_attr_judge(&a, ALL, IB_QPS_SQD), -EINVAL);
	EXPECT_EQ(rxe_attr_judge(&a, IB_QP_CAP, IB_QPS_RTS), -EOPNOTSUPP);
	EXPECT_EQ(rxe_attr_judge(&a, IB_QP_RATE_LIMIT, IB_QPS_RTS), -EOPNOTSUPP);
	EXPECT_EQ(rxe_attr_judge(&a, 1 << 30, IB_QPS_RTS), -EOPNOTSUPP);

	a = best;
	a.path_mtu = 0;
	refused(&a, IB_QP_PATH_MTU);
	a = best;
	a.path_mtu = IB_MTU_4096 + 1;
	refused(&a, IB_QP_PATH_MTU);
	a = best;
	a.dest_qp_num = RXE_PSN_MASK + 1;
	refused(&a, IB_QP_DEST_QPN);
	a = best;
	a.pkey_index = 1;
	refused(&a, IB_QP_PKEY_INDEX);
	a = best;
	a.max_rd_atomic = RXE_MAX_RD_ATOMIC + 1;
	refused(&a, IB_QP_MAX_QP_RD_ATOMIC);
	a = best;
	a.max_dest_rd_atomic = RXE_MAX_RD_ATOMIC + 1;
	refused(&a, IB_QP_MAX_DEST_RD_ATOMIC);
	a = best;
	a.min_rnr_timer = 32;
	refused(&a, IB_QP_MIN_RNR_TIMER);
	a = best;
	a.port_num = 0;
	refused(&a, IB_QP_PORT);
	a = best;
	a.port_num = 2;
	refused(&a, IB_QP_PORT);
	a = best;
	a.timeout = 32;
	refused(&a, IB_QP_TIMEOUT);
	a = best;
	a.retry_cnt = 8;
	refused(&a, IB_QP_RETRY_CNT);
	a = best;
	a.rnr_retry = 8;
	refused(&a, IB_QP_RNR_RETRY);
	a = best;
	a.cur_qp_state = IB_QPS_SQE;
	refused(&a, IB_QP_CUR_STATE);
}

int main(void)
{
	each_state_does_what_is_written();
	an_error_leads_down();
	a_failed_request_ends_the_connection_or_the_queue();
	attributes_have_limits();
	return TEST_END();
}
