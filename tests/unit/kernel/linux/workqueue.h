/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_WORKQUEUE_H
#define SHIM_WORKQUEUE_H

/* Members of structs which pure code carries but does not touch. */
struct workqueue_struct;
struct work_struct { int unused; };
struct delayed_work { struct work_struct work; };

extern unsigned long jiffies;
#define READ_ONCE(x)		(x)
#define WRITE_ONCE(x, v)	((x) = (v))

#endif
