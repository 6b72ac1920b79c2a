/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Spellings which kernel code has and user space lacks.
 */
#ifndef RNBDCTL_UTIL_H
#define RNBDCTL_UTIL_H

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

#define __attr(attribute)	__attribute__((attribute))
#define __printf(fmt, first)	__attr(format(printf, fmt, first))
#define __noreturn		__attr(noreturn)

#endif
