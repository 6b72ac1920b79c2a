/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The states of a mapped device and the ways between them.
 * Pure: tests/unit/test_rnbd_state.c.
 */
#ifndef RNBD_CLT_STATE_H
#define RNBD_CLT_STATE_H

#include <linux/types.h>

/**
 * enum rnbd_dev_state - where in its life a mapped device is
 * @RNBD_DEV_INIT: being mapped; nobody sees the disk yet
 * @RNBD_DEV_MAPPED: usable
 * @RNBD_DEV_DISCONNECTED: the server does not have it open (any more); the
 *	disk stays, its I/O fails
 * @RNBD_DEV_UNMAPPED: going away
 * @RNBD_DEV_STATES: how many there are
 */
enum rnbd_dev_state {
	RNBD_DEV_INIT,
	RNBD_DEV_MAPPED,
	RNBD_DEV_DISCONNECTED,
	RNBD_DEV_UNMAPPED,
	RNBD_DEV_STATES
};

static inline bool rnbd_dev_may_go(enum rnbd_dev_state from,
				   enum rnbd_dev_state to)
{
	static const u8 may_go[RNBD_DEV_STATES] = {
		[RNBD_DEV_INIT]		= BIT(RNBD_DEV_MAPPED) |
					  BIT(RNBD_DEV_UNMAPPED),
		[RNBD_DEV_MAPPED]	= BIT(RNBD_DEV_DISCONNECTED) |
					  BIT(RNBD_DEV_UNMAPPED),
		[RNBD_DEV_DISCONNECTED]	= BIT(RNBD_DEV_MAPPED) |
					  BIT(RNBD_DEV_UNMAPPED),
	};

	return may_go[from] & BIT(to);
}

/* as in sysfs */
static inline const char *rnbd_dev_state_name(enum rnbd_dev_state state)
{
	static const char * const names[RNBD_DEV_STATES] = {
		[RNBD_DEV_INIT]		= "init",
		[RNBD_DEV_MAPPED]	= "open",
		[RNBD_DEV_DISCONNECTED]	= "closed",
		[RNBD_DEV_UNMAPPED]	= "unmapped",
	};

	return names[state];
}

#endif /* RNBD_CLT_STATE_H */
