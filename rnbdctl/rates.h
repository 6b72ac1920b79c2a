/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What two readings of the counters, some time apart, say per second.
 */
#ifndef RNBDCTL_RATES_H
#define RNBDCTL_RATES_H

#include "model.h"
#include "out.h"

struct sample {
	struct model		model;
	unsigned long long	at_ns;
};

/**
 * sample_take() - read the counters now
 * @sample: empty; its model is the caller's to free
 */
void sample_take(struct sample *sample);

/**
 * view_rates() - add the rates of devices and paths to a document
 * @out:     the document
 * @before:  the earlier reading
 * @now:     the later one
 * @session: of this session only, or NULL
 *
 * What was not there before, or was reset since, has no rate.
 */
void view_rates(struct out *out, const struct sample *before,
		const struct sample *now, const char *session);

#endif
