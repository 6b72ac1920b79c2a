// SPDX-License-Identifier: GPL-2.0
/*
 * The names of the policies: one table prints and parses them. Pure, stands in
 * the unit tests.
 */
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/string.h>

#include "rtrs-clt-policy.h"

static const struct {
	const char *name;
	const char *short_name;
} policies[RTRS_NR_POLICIES] = {
	[RTRS_POLICY_RR]	   = { "round-robin", "RR" },
	[RTRS_POLICY_MIN_INFLIGHT] = { "min-inflight", "MI" },
	[RTRS_POLICY_MIN_LATENCY]  = { "min-latency", "ML" },
};

/* As in "round-robin". */
const char *rtrs_policy_name(enum rtrs_policy policy)
{
	return policies[policy].name;
}

/* As in "RR". */
const char *rtrs_policy_short_name(enum rtrs_policy policy)
{
	return policies[policy].short_name;
}

/**
 * rtrs_policy_parse() - find a policy by name, short name or number
 * @text: a text that begins with a name, or is a short name or a number with
 *	or without a newline; case does not matter
 *
 * Return: enum rtrs_policy, or -EINVAL.
 */
int rtrs_policy_parse(const char *text)
{
	size_t len = strcspn(text, "\n");
	int p;

	if (text[len] == '\n' && text[len + 1])
		len = strlen(text);
	for (p = 0; p < RTRS_NR_POLICIES; p++) {
		if (len == 1 && text[0] == '0' + p)
			return p;
		if (len == 2 && !strncasecmp(text, policies[p].short_name, 2))
			return p;
		if (!strncasecmp(text, policies[p].name,
				 strlen(policies[p].name)))
			return p;
	}
	return -EINVAL;
}
