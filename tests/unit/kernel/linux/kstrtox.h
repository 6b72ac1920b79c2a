/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_KSTRTOX_H
#define SHIM_KSTRTOX_H

#include <stdlib.h>

#include "errno.h"
#include "types.h"

static inline int shim_kstrto(const char *s, int base, long min, long max,
			      long *res)
{
	char *end;

	errno = 0;
	*res = strtol(s, &end, base);
	if (*end == '\n')
		end++;
	if (end == s || *end || (*s != '-' && (*s < '0' || *s > '9')))
		return -EINVAL;
	return errno || *res < min || *res > max ? -ERANGE : 0;
}

static inline int kstrtou16(const char *s, unsigned int base, u16 *res)
{
	long val;
	int err = shim_kstrto(s, base, 0, 65535, &val);

	if (!err)
		*res = val;
	return err;
}

static inline int kstrtoint(const char *s, unsigned int base, int *res)
{
	long val;
	int err = shim_kstrto(s, base, -2147483647L - 1, 2147483647L, &val);

	if (!err)
		*res = val;
	return err;
}

#endif
