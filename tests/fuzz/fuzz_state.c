// SPDX-License-Identifier: GPL-2.0
/*
 * A queue pair's states: whatever comes in whatever order, no state contradicts
 * itself and no error improves it; and attributes which are taken fit where
 * they are used.
 */
#include "fuzz.h"
#include "psn.h"
#include "state.h"

static void whole(unsigned int state)
{
	bool executes = rxe_state_does(state, RXE_EXECUTES);

	MUST(!rxe_state_does(state, RXE_STARTS) || rxe_state_does(state, RXE_SENDS));
	MUST(!rxe_state_does(state, RXE_SENDS) || executes);
	MUST(!rxe_state_does(state, RXE_SENDS) || !rxe_state_does(state, RXE_FLUSHES_SQ));
	MUST(!executes || !rxe_state_does(state, RXE_FLUSHES_RQ));
	/* what is flushed may be posted, or a consumer could not drain */
	MUST(!rxe_state_does(state, RXE_FLUSHES_SQ) || rxe_state_does(state, RXE_TAKES_SENDS));
	MUST(!rxe_state_does(state, RXE_FLUSHES_RQ) || rxe_state_does(state, RXE_TAKES_RECVS));
	MUST(state <= IB_QPS_ERR || !rxe_state_does(state, -1u));
}

static void attributes(struct fuzz *f, enum ib_qp_state state)
{
	struct ib_qp_attr a = {
		.cur_qp_state = fuzz_u8(f) & 7,
		.path_mtu = fuzz_u8(f),
		.dest_qp_num = fuzz_u32(f),
		.pkey_index = fuzz_u8(f) & 1,
		.max_rd_atomic = fuzz_u8(f),
		.max_dest_rd_atomic = fuzz_u8(f),
		.min_rnr_timer = fuzz_u8(f),
		.port_num = fuzz_u8(f) & 3,
		.timeout = fuzz_u8(f),
		.retry_cnt = fuzz_u8(f) & 15,
		.rnr_retry = fuzz_u8(f) & 15,
	};
	u32 mask = fuzz_u32(f);

	if (rxe_attr_judge(&a, mask, state))
		return;
	MUST(!(mask & IB_QP_CAP) && !(mask & ~IB_QP_ATTR_STANDARD_BITS));
	if (mask & IB_QP_CUR_STATE)
		MUST(a.cur_qp_state == state);
	if (mask & IB_QP_PATH_MTU)
		MUST(128u << a.path_mtu >= 256 && 128u << a.path_mtu <= 4096);
	if (mask & IB_QP_DEST_QPN)
		MUST(!(a.dest_qp_num & ~RXE_PSN_MASK));
	if (mask & IB_QP_MAX_QP_RD_ATOMIC)
		MUST(a.max_rd_atomic <= RXE_MAX_RD_ATOMIC);
	if (mask & IB_QP_MAX_DEST_RD_ATOMIC)
		MUST(a.max_dest_rd_atomic <= RXE_MAX_RD_ATOMIC);
	if (mask & IB_QP_TIMEOUT)
		MUST(4096ull << a.timeout >> a.timeout == 4096);
	if (mask & IB_QP_MIN_RNR_TIMER)
		MUST(a.min_rnr_timer < 32);
	if (mask & IB_QP_RETRY_CNT)
		MUST(a.retry_cnt <= 7);
	if (mask & IB_QP_RNR_RETRY)
		MUST(a.rnr_retry <= 7);
	if (mask & IB_QP_PORT)
		MUST(a.port_num == 1);
	if (mask & IB_QP_PKEY_INDEX)
		MUST(!a.pkey_index);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum ib_qp_type types[] = { IB_QPT_GSI, IB_QPT_RC, IB_QPT_UC, IB_QPT_UD };
	struct fuzz f = { data, size };
	enum ib_qp_type type = types[fuzz_u8(&f) & 3];
	unsigned int state = fuzz_u8(&f);

	whole(state);
	state %= IB_QPS_ERR + 1;
	attributes(&f, state);
	while (f.left) {
		unsigned int to = fuzz_u8(&f), failed;

		switch (to >> 6) {
		case 0:		/* the consumer asks */
			state = (to & 63) % (IB_QPS_ERR + 1);
			break;
		case 1:		/* a request fails */
			failed = rxe_state_failed_send(state, type);
			MUST(failed == state || rxe_state_falls(state, failed));
			MUST(!rxe_state_does(failed, RXE_SENDS));
			MUST(type != IB_QPT_RC || failed != IB_QPS_SQE || state == IB_QPS_SQE);
			state = failed;
			break;
		default:	/* any other event */
			to &= 63;
			if (!rxe_state_falls(state, to))
				break;
			MUST(to > state && to <= IB_QPS_ERR);
			MUST(rxe_state_does(to, RXE_FLUSHES_SQ));
			state = to;
		}
		whole(state);
	}
	return 0;
}
