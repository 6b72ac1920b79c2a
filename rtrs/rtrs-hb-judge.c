// SPDX-License-Identifier: GPL-2.0
/*
 * Is the peer alive? A pure function over times; doc/protocol.md, "Heartbeats".
 */
#include <linux/export.h>
#include <linux/minmax.h>

#include "rtrs-hb.h"

/* How long a peer may be silent while somebody waits for it. */
static u64 patience_ms(const struct rtrs_hb_view *view)
{
	u64 patience = (u64)view->conf->interval_ms * view->conf->missed_max;

	if (view->waiting == RTRS_HB_SERVICE && view->slow_peer)
		return max_t(u64, patience, RTRS_HB_SLOW_PEER_MS);
	return patience;
}

/**
 * rtrs_hb_judge() - what to do about a peer now
 * @view: what is known of it
 *
 * A packet of the path, whatever it carries, makes the peer alive; silence
 * counts only from the moment when somebody waits or a probe is out.
 * Return: the verdict.
 */
enum rtrs_hb_verdict rtrs_hb_judge(const struct rtrs_hb_view *view)
{
	u64 every = view->conf->idle_interval_ms;

	if (view->waiting != RTRS_HB_IDLE) {
		every = min_t(u64, every, view->conf->interval_ms);
		if (min(view->since_rx, view->since_wait) >= patience_ms(view))
			return RTRS_HB_LOST;
	} else if (view->probe_out &&
		   min(view->since_rx, view->since_probe) >=
		   view->conf->idle_interval_ms) {
		return RTRS_HB_LOST;
	}
	if (!view->probe_out && view->since_probe >= every)
		return RTRS_HB_PROBE;
	return RTRS_HB_QUIET;
}
EXPORT_SYMBOL_GPL(rtrs_hb_judge);
