/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Included before every source file. The sources are written for the newest
 * supported kernel; whatever an older one lacks is supplied here and only here.
 */
#ifndef RNBD_COMPAT_H
#define RNBD_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/timer.h>
#include <linux/version.h>

#if KERNEL_VERSION(6, 13, 0) > LINUX_VERSION_CODE
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

#if KERNEL_VERSION(6, 16, 0) > LINUX_VERSION_CODE
#define timer_container_of(var, timer, field)	from_timer(var, timer, field)
#endif

#endif
