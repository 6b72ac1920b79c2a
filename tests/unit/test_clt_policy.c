// SPDX-License-Identifier: GPL-2.0
/* Each policy picks as it claims, and answers to all its spellings. */
#include <linux/errno.h>

#include "rtrs-clt-policy.h"
#include "test.h"

static unsigned int pick(enum rtrs_policy policy,
			 const struct rtrs_path_load *paths, unsigned int nr,
			 u32 last_id)
{
	u64 best_key = ~0ULL;
	unsigned int i, best = 0;

	for (i = 0; i < nr; i++) {
		u64 key = rtrs_policy_key(policy, &paths[i], last_id);

		if (key < best_key) {
			best = i;
			best_key = key;
		}
	}
	return best;
}

static void round_robin_visits_each_in_turn(void)
{
	/* numbers have gaps where paths were removed */
	static const struct rtrs_path_load paths[] = {
		{ .id = 1 }, { .id = 4 }, { .id = 5 },
	};

	EXPECT_EQ(pick(RTRS_POLICY_RR, paths, 3, 0), 0);
	EXPECT_EQ(pick(RTRS_POLICY_RR, paths, 3, 1), 1);
	EXPECT_EQ(pick(RTRS_POLICY_RR, paths, 3, 2), 1);
	EXPECT_EQ(pick(RTRS_POLICY_RR, paths, 3, 4), 2);
	EXPECT_EQ(pick(RTRS_POLICY_RR, paths, 3, 5), 0);
	EXPECT_EQ(pick(RTRS_POLICY_RR, paths, 1, 1), 0);
}

static void least_in_flight_wins_and_equals_take_turns(void)
{
	static const struct rtrs_path_load paths[] = {
		{ .id = 0, .inflight = 3, .latency_ns = 1 },
		{ .id = 1, .inflight = 2, .latency_ns = 9 },
		{ .id = 2, .inflight = 2, .latency_ns = 5 },
	};

	EXPECT_EQ(pick(RTRS_POLICY_MIN_INFLIGHT, paths, 3, 1), 2);
	EXPECT_EQ(pick(RTRS_POLICY_MIN_INFLIGHT, paths, 3, 2), 1);
	EXPECT_EQ(pick(RTRS_POLICY_MIN_INFLIGHT, paths, 3, 0), 1);
	EXPECT_EQ(pick(RTRS_POLICY_MIN_INFLIGHT, paths, 1, 1), 0);
}

static void least_latency_wins_and_unmeasured_counts_as_none(void)
{
	static const struct rtrs_path_load paths[] = {
		{ .id = 0, .latency_ns = 6000000000ULL },
		{ .id = 1, .latency_ns = 5000 },
		{ .id = 2, .latency_ns = 0, .inflight = 100 },
	};

	EXPECT_EQ(pick(RTRS_POLICY_MIN_LATENCY, paths, 2, 0), 1);
	EXPECT_EQ(pick(RTRS_POLICY_MIN_LATENCY, paths, 3, 0), 2);
}

static void spellings(void)
{
	static const struct { const char *text; int policy; } rows[] = {
		{ "0", 0 }, { "1\n", 1 }, { "2", 2 },
		{ "rr", 0 }, { "Mi\n", 1 }, { "ML", 2 },
		{ "round-robin", 0 }, { "MIN-inflight\n", 1 },
		{ "min-latency (ML: 2)\n", 2 },
		{ "", -EINVAL }, { "3", -EINVAL }, { "00", -EINVAL },
		{ "r", -EINVAL }, { "rrr", -EINVAL }, { "mi x", -EINVAL },
		{ "min-", -EINVAL }, { " rr", -EINVAL }, { "\n", -EINVAL },
		{ "rr\n\n", -EINVAL },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		EXPECT_EQ(rtrs_policy_parse(rows[i].text), rows[i].policy);
	for (i = 0; i < RTRS_NR_POLICIES; i++) {
		EXPECT_EQ(rtrs_policy_parse(rtrs_policy_name(i)), i);
		EXPECT_EQ(rtrs_policy_parse(rtrs_policy_short_name(i)), i);
	}
}

static void a_batch_ends_when_it_is_worth_a_doorbell(void)
{
	EXPECT(!rtrs_batch_full(0, 0));
	EXPECT(!rtrs_batch_full(15, 15 * 4096));
	EXPECT(rtrs_batch_full(16, 16 * 4096));
	EXPECT(!rtrs_batch_full(1, 131071));
	EXPECT(rtrs_batch_full(1, 131072));
}

int main(void)
{
	round_robin_visits_each_in_turn();
	least_in_flight_wins_and_equals_take_turns();
	least_latency_wins_and_unmeasured_counts_as_none();
	spellings();
	a_batch_ends_when_it_is_worth_a_doorbell();
	return TEST_END();
}
