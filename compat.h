/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Included before every source file. The sources are written for the newest
 * supported kernel; whatever an older one lacks is supplied here and only here.
 */
#ifndef RNBD_COMPAT_H
#define RNBD_COMPAT_H

/* nothing but macros: a header here would come before a file's own pr_fmt() */
#include <linux/version.h>

#if KERNEL_VERSION(6, 13, 0) > LINUX_VERSION_CODE
#define hrtimer_setup(timer, fn, clock, mode)	\
do {						\
	struct hrtimer *_timer = (timer);	\
						\
	hrtimer_init(_timer, clock, mode);	\
	_timer->function = (fn);		\
} while (0)
#endif

/*
 * Does a list of packets, when it is taken apart, leave its socket as much in
 * debt as it was charged? Else sockets fill up for ever (CVE-2026-22979).
 */
#define RNBD_LISTS_ARE_PAID_BACK						\
	(KERNEL_VERSION(6, 19, 0) <= LINUX_VERSION_CODE ||			\
	 (KERNEL_VERSION(6, 12, 66) <= LINUX_VERSION_CODE &&			\
	  KERNEL_VERSION(6, 13, 0) > LINUX_VERSION_CODE))

#if KERNEL_VERSION(6, 16, 0) > LINUX_VERSION_CODE
#define timer_container_of(var, timer, field)	from_timer(var, timer, field)
#endif

#endif
