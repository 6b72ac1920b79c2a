/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A number which the kernel may not have told: files absent with other
 * versions of the modules are shown as "-" and as null.
 */
#ifndef RNBDCTL_NUM_H
#define RNBDCTL_NUM_H

#include <stdbool.h>

struct num {
	bool	known;
	long long	value;
};

static inline struct num num(long long value)
{
	return (struct num){ .known = true, .value = value };
}

#endif
