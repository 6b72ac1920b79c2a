/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_STRING_H
#define SHIM_STRING_H

#include <string.h>

static inline char *strim(char *s)
{
	size_t len;

	s += strspn(s, " \t\n\v\f\r");
	len = strlen(s);
	while (len && strchr(" \t\n\v\f\r", s[len - 1]))
		s[--len] = '\0';
	return s;
}

#endif
