// SPDX-License-Identifier: GPL-2.0
/*
 * Names of policies.
 */
#include <stddef.h>
#include <strings.h>

#include "policy.h"
#include "util.h"

struct policy {
	const char	*names[3];	/* the full one first */
};

static const struct policy policies[] = {
	{ { "round-robin", "rr", "0" } },
	{ { "min-inflight", "mi", "1" } },
	{ { "min-latency", "ml", "2" } },
};

const char *policy_name(const char *text)
{
	size_t i, n;

	for (i = 0; i < ARRAY_SIZE(policies); i++)
		for (n = 0; n < 3; n++)
			if (!strcasecmp(text, policies[i].names[n]))
				return policies[i].names[0];
	return NULL;
}
