// SPDX-License-Identifier: GPL-2.0
/* The life of a client path: each legal move, and no other. */
#include "rtrs-clt-state.h"
#include "test.h"

#define MOVE(from, to) ((from) * RTRS_CLT_NR_STATES + (to))

static const int legal[] = {
	MOVE(RTRS_CLT_RECONNECTING, RTRS_CLT_CONNECTING),
	MOVE(RTRS_CLT_CONNECTING, RTRS_CLT_CONNECTED),
	MOVE(RTRS_CLT_CONNECTING, RTRS_CLT_CONNECTING_ERR),
	MOVE(RTRS_CLT_CONNECTED, RTRS_CLT_RECONNECTING),
	MOVE(RTRS_CLT_CONNECTING_ERR, RTRS_CLT_RECONNECTING),
	MOVE(RTRS_CLT_CLOSED, RTRS_CLT_RECONNECTING),
	MOVE(RTRS_CLT_CONNECTING, RTRS_CLT_CLOSING),
	MOVE(RTRS_CLT_CONNECTING_ERR, RTRS_CLT_CLOSING),
	MOVE(RTRS_CLT_RECONNECTING, RTRS_CLT_CLOSING),
	MOVE(RTRS_CLT_CONNECTED, RTRS_CLT_CLOSING),
	MOVE(RTRS_CLT_CLOSING, RTRS_CLT_CLOSED),
	MOVE(RTRS_CLT_CLOSED, RTRS_CLT_DEAD),
};

static bool is_legal(int from, int to)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(legal); i++)
		if (legal[i] == MOVE(from, to))
			return true;
	return false;
}

static void each_move_is_as_documented(void)
{
	int from, to;

	for (from = 0; from < RTRS_CLT_NR_STATES; from++)
		for (to = 0; to < RTRS_CLT_NR_STATES; to++)
			if (rtrs_clt_may_go(from, to) != is_legal(from, to)) {
				fprintf(stderr, "%s -> %s\n",
					rtrs_clt_state_name(from),
					rtrs_clt_state_name(to));
				EXPECT(!"legal");
			}
}

static void each_state_has_a_name(void)
{
	int state, other;

	for (state = 0; state < RTRS_CLT_NR_STATES; state++) {
		EXPECT(rtrs_clt_state_name(state));
		for (other = 0; other < state; other++)
			EXPECT(strcmp(rtrs_clt_state_name(state),
				      rtrs_clt_state_name(other)));
	}
}

int main(void)
{
	each_move_is_as_documented();
	each_state_has_a_name();
	return TEST_END();
}
