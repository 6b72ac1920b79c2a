/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Spellings which kernel code has and user space lacks.
 */
#ifndef RNBDCTL_UTIL_H
#define RNBDCTL_UTIL_H

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

#define __printf(fmt, first)	__attribute__	\
	((format(printf, fmt, first)))

#endif
