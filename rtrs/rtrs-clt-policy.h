/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which path a request takes: policies, their names, and their one rule.
 * Pure, stands in the unit tests.
 */
#ifndef RTRS_CLT_POLICY_H
#define RTRS_CLT_POLICY_H

#include <linux/types.h>

enum rtrs_policy {
	RTRS_POLICY_RR,
	RTRS_POLICY_MIN_INFLIGHT,
	RTRS_POLICY_MIN_LATENCY,
	RTRS_NR_POLICIES
};

/**
 * struct rtrs_path_load - what the policies look at
 * @id: paths of a session are numbered in the order of their list
 * @inflight: requests under way
 * @latency_ns: of the heartbeat; 0 when none was measured
 */
struct rtrs_path_load {
	u32	id;
	u32	inflight;
	u64	latency_ns;
};

/**
 * rtrs_policy_key() - how much a connected path is disliked
 * @policy: policy in force
 * @load: the path
 * @last_id: path which this CPU used last
 *
 * The smallest key wins, the earliest path of the list among equals. Paths with
 * equally much in flight are used in turn, so that an idle session does not
 * leave all but the first unused.
 */
static inline u64 rtrs_policy_key(enum rtrs_policy policy,
				  const struct rtrs_path_load *load,
				  u32 last_id)
{
	switch (policy) {
	case RTRS_POLICY_RR:
		/* distance ahead of the last one, which itself is farthest */
		return (u32)(load->id - last_id - 1);
	case RTRS_POLICY_MIN_LATENCY:
		return load->latency_ns;
	default:
		return (u64)load->inflight << 32 |
		       (u32)(load->id - last_id - 1);
	}
}

/*
 * Requests which are submitted together take one path, so that one doorbell
 * serves them all; but not so many, nor so large, that another path would have
 * done its part meanwhile.
 */
enum {
	RTRS_BATCH_MOST		= 16,		/* requests */
	RTRS_BATCH_BYTES	= 128 << 10,	/* of data, but for the last one */
};

/**
 * rtrs_batch_full() - does the next request choose a path anew?
 * @nr: requests in the batch
 * @bytes: of their data
 */
static inline bool rtrs_batch_full(unsigned int nr, size_t bytes)
{
	return nr >= RTRS_BATCH_MOST || bytes >= RTRS_BATCH_BYTES;
}

const char *rtrs_policy_name(enum rtrs_policy policy);
const char *rtrs_policy_short_name(enum rtrs_policy policy);
int rtrs_policy_parse(const char *text);

#endif /* RTRS_CLT_POLICY_H */
