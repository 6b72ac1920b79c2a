// SPDX-License-Identifier: GPL-2.0
/*
 * Counters: as they are, for a monitoring system, and per second.
 */
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "args.h"
#include "explain.h"
#include "rates.h"
#include "say.h"
#include "sysfs.h"
#include "view.h"

static int run_stats(const struct args *args)
{
	struct model model = { };
	struct selection select = {
		.model = &model, .session = arg(args, "sessname"),
	};
	struct style style = args->style;
	struct out *out;
	int rc;

	if (arg(args, "openmetrics"))
		style.format = OUT_METRICS;
	sysfs_read_model(&model);
	rc = need_side(&model, false);
	if (!rc) {
		out = out_new();
		view_device_stats(out, &select);
		view_path_stats(out, &select);
		view_refused(out, &select);
		if (!select.session) {
			view_refused_connects(out, &model);
			view_rtrs_server(out, &model);
		}
		rc = out_print(out, &style);
	}
	model_free(&model);
	return rc;
}

static void pause_s(unsigned int seconds)
{
	struct timespec pause = { .tv_sec = seconds };

	nanosleep(&pause, NULL);
}

static int show_rates(const struct args *args, const struct sample *before,
		      const struct sample *now)
{
	struct out *out = out_new();

	view_rates(out, before, now, arg(args, "sessname"));
	/* from the upper left corner, and nothing of what was there */
	if (!arg(args, "once") && args->style.format == OUT_TABLE &&
	    isatty(STDOUT_FILENO))
		fputs("\033[H\033[J", stdout);
	return out_print(out, &args->style);
}

static int run_top(const struct args *args)
{
	struct sample before = { }, now = { };
	unsigned int interval_s = 1;
	int rc;

	rc = read_seconds(args, "interval", &interval_s);
	if (rc)
		return rc;
	sample_take(&before);
	rc = need_side(&before.model, false);
	while (!rc) {
		pause_s(interval_s);
		sample_take(&now);
		rc = show_rates(args, &before, &now);
		model_free(&before.model);
		before = now;
		now = (struct sample){ };
		if (arg(args, "once"))
			break;
	}
	model_free(&before.model);
	return rc;
}

static const struct word stats_words[] = {
	{ "sessname", "SESSION", WORD_PLAIN, "only of this session",
	  KIND_SESSION },
	{ "openmetrics", "", WORD_OPTION | WORD_FLAG,
	  "as OpenMetrics text, for Prometheus and others" },
	{ }
};

static const struct word top_words[] = {
	{ "sessname", "SESSION", WORD_PLAIN, "only of this session",
	  KIND_SESSION },
	{ "interval", "SECONDS", WORD_OPTION, "between two readings, else 1" },
	{ "once", "", WORD_OPTION | WORD_FLAG, "show one interval, then end" },
	{ }
};

const struct cmd stats_cmds[] = {
	{ "stats", "Show all counters", stats_words, run_stats },
	{ "top", "Show live rates of devices and paths", top_words, run_top },
	{ }
};
