// SPDX-License-Identifier: GPL-2.0
/* When is a peer probed, when is it lost: a truth table. */
#include <linux/types.h>
#include <linux/workqueue.h>

#include "rtrs-hb.h"
#include "test.h"

static const struct rtrs_hb_conf conf = RTRS_HB_CONF_DEFAULT;

#define AGES 100000

static const struct {
	const char		*what;
	enum rtrs_hb_wait	waiting;
	bool			slow, probe_out;
	u64			since_rx, since_wait, since_probe;
	enum rtrs_hb_verdict	want;
} rows[] = {
	{ "idle and quiet", RTRS_HB_IDLE, 0, 0, 100, 0, 4999, RTRS_HB_QUIET },
	{ "idle probe due", RTRS_HB_IDLE, 0, 0, 5000, 0, 5000, RTRS_HB_PROBE },
	{ "idle probe young", RTRS_HB_IDLE, 0, 1, AGES, 0, 4999, RTRS_HB_QUIET },
	{ "idle probe dead", RTRS_HB_IDLE, 0, 1, AGES, 0, 5000, RTRS_HB_LOST },
	{ "idle probe out, packets", RTRS_HB_IDLE, 0, 1, 10, 0, 9000, RTRS_HB_QUIET },
	{ "I/O just began after a long silence", RTRS_HB_IO, 0, 0, AGES, 0, AGES,
	  RTRS_HB_PROBE },
	{ "I/O, probe due", RTRS_HB_IO, 0, 0, 500, 600, 500, RTRS_HB_PROBE },
	{ "I/O, probe not due", RTRS_HB_IO, 0, 0, 500, 600, 499, RTRS_HB_QUIET },
	{ "I/O, silent but not long", RTRS_HB_IO, 0, 1, 2999, AGES, 2500,
	  RTRS_HB_QUIET },
	{ "I/O, silent for 3 s", RTRS_HB_IO, 0, 1, 3000, AGES, 2500, RTRS_HB_LOST },
	{ "I/O waits for less than 3 s", RTRS_HB_IO, 0, 1, AGES, 2999, 2500,
	  RTRS_HB_QUIET },
	{ "I/O unanswered for long, packets arrive", RTRS_HB_IO, 0, 1, 20, AGES,
	  AGES, RTRS_HB_QUIET },
	{ "service, our peer", RTRS_HB_SERVICE, 0, 1, 3000, 3000, 2500,
	  RTRS_HB_LOST },
	{ "service, slow peer", RTRS_HB_SERVICE, 1, 1, 29999, AGES, 2500,
	  RTRS_HB_QUIET },
	{ "service, slow peer, dead", RTRS_HB_SERVICE, 1, 1, 30000, 30000, 2500,
	  RTRS_HB_LOST },
	{ "I/O, slow peer", RTRS_HB_IO, 1, 1, 3000, 3000, 2500, RTRS_HB_LOST },
};

int main(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct rtrs_hb_view view = {
			.conf		= &conf,
			.waiting	= rows[i].waiting,
			.slow_peer	= rows[i].slow,
			.probe_out	= rows[i].probe_out,
			.since_rx	= rows[i].since_rx,
			.since_wait	= rows[i].since_wait,
			.since_probe	= rows[i].since_probe,
		};
		enum rtrs_hb_verdict got = rtrs_hb_judge(&view);

		if (got != rows[i].want) {
			fprintf(stderr, "%s: verdict %d, not %d\n",
				rows[i].what, got, rows[i].want);
			test_failures++;
		}
	}
	return TEST_END();
}
