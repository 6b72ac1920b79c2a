// SPDX-License-Identifier: GPL-2.0
/* After a loss: when requests may move, when to ask, when to try again. */
#include "rtrs-clt-verdict.h"
#include "test.h"

static const struct rtrs_fence_view fresh = {
	.parked = true, .path_up = true, .can_ask = true, .fence_wait_ms = 2000,
};

#define JUDGE(...) ({							\
	struct rtrs_fence_view view_ = fresh;				\
									\
	__VA_ARGS__;							\
	rtrs_fence_judge(&view_);					\
})

static void nothing_moves_without_proof(void)
{
	EXPECT_EQ(JUDGE(), RTRS_FENCE_ASK);
	EXPECT_EQ(JUDGE(view_.asked = true, view_.asked_ms = 2999),
		  RTRS_FENCE_WAIT);
	EXPECT_EQ(JUDGE(view_.asked = true, view_.asked_ms = 3000),
		  RTRS_FENCE_BLAME);
	EXPECT_EQ(JUDGE(view_.proven = true), RTRS_FENCE_RELEASE);
	EXPECT_EQ(JUDGE(view_.proven = true, view_.asked = true),
		  RTRS_FENCE_RELEASE);
	/* time proves nothing while the peer can be asked */
	EXPECT_EQ(JUDGE(view_.drained_ms = 1000000), RTRS_FENCE_ASK);
}

static void a_peer_that_cannot_say_is_given_time(void)
{
	EXPECT_EQ(JUDGE(view_.can_ask = false, view_.drained_ms = 1999),
		  RTRS_FENCE_WAIT);
	EXPECT_EQ(JUDGE(view_.can_ask = false, view_.drained_ms = 2000),
		  RTRS_FENCE_RELEASE);
	EXPECT_EQ(JUDGE(view_.can_ask = false, view_.fence_wait_ms = 0),
		  RTRS_FENCE_RELEASE);
}

static void without_a_path_requests_fail_at_once_but_the_fence_stays(void)
{
	EXPECT_EQ(JUDGE(view_.path_up = view_.can_ask = false),
		  RTRS_FENCE_FAIL);
	EXPECT_EQ(JUDGE(view_.path_up = view_.can_ask = view_.parked = false,
			view_.drained_ms = 1000000), RTRS_FENCE_WAIT);
}

static void delays_grow_to_their_limit(void)
{
	u32 delay = 0, step = RTRS_CLT_STEP_MIN_MS;
	static const u32 delays[] = { 200, 400, 800, 1600, 3200, 5000, 5000 };
	static const u32 steps[] = { 2000, 4000, 8000, 16000, 30000, 30000 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(delays); i++) {
		delay = rtrs_backoff_next(delay, 5000);
		EXPECT_EQ(delay, delays[i]);
	}
	EXPECT_EQ(rtrs_backoff_next(400, 0), 0);
	EXPECT_EQ(rtrs_backoff_next(0x90000000, 0xffffffff), 0xffffffff);
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		step = rtrs_patience_next(step);
		EXPECT_EQ(step, steps[i]);
	}
}

static void a_moment_of_connection_is_no_success(void)
{
	EXPECT(!rtrs_was_settled(0));
	EXPECT(!rtrs_was_settled(9999));
	EXPECT(rtrs_was_settled(10000));
}

int main(void)
{
	nothing_moves_without_proof();
	a_peer_that_cannot_say_is_given_time();
	without_a_path_requests_fail_at_once_but_the_fence_stays();
	delays_grow_to_their_limit();
	a_moment_of_connection_is_no_success();
	return TEST_END();
}
