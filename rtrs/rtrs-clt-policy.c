// SPDX-License-Identifier: GPL-2.0
/* Choose the path of a request among those which are connected. */
#include <linux/percpu.h>

#include "rtrs-clt.h"

static struct rtrs_path_load path_load(const struct rtrs_clt_path *path,
				       enum rtrs_policy policy)
{
	return (struct rtrs_path_load) {
		.id	    = path->id,
		.inflight   = max(atomic_read(&path->inflight), 0),
		.latency_ns = policy == RTRS_POLICY_MIN_LATENCY ?
			      rtrs_hb_latency_ns(&path->hb) : 0,
	};
}

/* Is any path connected? Any context. */
bool rtrs_clt_has_path(struct rtrs_clt_sess *sess)
{
	struct rtrs_clt_path *path;
	bool has = false;

	rcu_read_lock();
	list_for_each_entry_rcu(path, &sess->paths, entry)
		has |= rtrs_clt_path_is(path, RTRS_CLT_CONNECTED);
	rcu_read_unlock();
	return has;
}

/*
 * The path for the next request, or NULL when none is connected. The caller is
 * in an RCU read-side section and is done with the path when that ends.
 */
struct rtrs_clt_path *rtrs_clt_pick_path(struct rtrs_clt_sess *sess)
{
	enum rtrs_policy policy = READ_ONCE(sess->policy);
	u32 last = raw_cpu_read(*sess->last_path);
	struct rtrs_clt_path *path, *best = NULL;
	u64 best_key = U64_MAX;

	list_for_each_entry_rcu(path, &sess->paths, entry) {
		struct rtrs_path_load load;
		u64 key;

		if (!rtrs_clt_path_is(path, RTRS_CLT_CONNECTED))
			continue;
		load = path_load(path, policy);
		key = rtrs_policy_key(policy, &load, last);
		if (key < best_key) {
			best = path;
			best_key = key;
		}
	}
	if (best)
		raw_cpu_write(*sess->last_path, best->id);
	return best;
}
