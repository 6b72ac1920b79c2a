/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The life of a client path as data: its states and the moves between them.
 * Pure, stands in the unit tests. rtrs-clt-state.c is the only writer.
 */
#ifndef RTRS_CLT_STATE_H
#define RTRS_CLT_STATE_H

#include <linux/bits.h>
#include <linux/types.h>

/**
 * enum rtrs_clt_state - where a path is in its life
 * @RTRS_CLT_CONNECTING: being brought up
 * @RTRS_CLT_CONNECTED: carries I/O
 * @RTRS_CLT_CONNECTING_ERR: bringing it up failed
 * @RTRS_CLT_RECONNECTING: lost; taken down, then tried again
 * @RTRS_CLT_CLOSING: being taken down for good
 * @RTRS_CLT_CLOSED: at rest until somebody asks for it again
 * @RTRS_CLT_DEAD: about to be freed
 * @RTRS_CLT_NR_STATES: how many
 */
enum rtrs_clt_state {
	RTRS_CLT_CONNECTING,
	RTRS_CLT_CONNECTED,
	RTRS_CLT_CONNECTING_ERR,
	RTRS_CLT_RECONNECTING,
	RTRS_CLT_CLOSING,
	RTRS_CLT_CLOSED,
	RTRS_CLT_DEAD,
	RTRS_CLT_NR_STATES
};

static inline bool rtrs_clt_may_go(enum rtrs_clt_state from,
				   enum rtrs_clt_state to)
{
	static const u8 may_go[RTRS_CLT_NR_STATES] = {
		[RTRS_CLT_CONNECTING]	  = BIT(RTRS_CLT_CONNECTED) |
					    BIT(RTRS_CLT_CONNECTING_ERR) |
					    BIT(RTRS_CLT_CLOSING),
		[RTRS_CLT_CONNECTED]	  = BIT(RTRS_CLT_RECONNECTING) |
					    BIT(RTRS_CLT_CLOSING),
		[RTRS_CLT_CONNECTING_ERR] = BIT(RTRS_CLT_RECONNECTING) |
					    BIT(RTRS_CLT_CLOSING),
		[RTRS_CLT_RECONNECTING]	  = BIT(RTRS_CLT_CONNECTING) |
					    BIT(RTRS_CLT_CLOSING),
		[RTRS_CLT_CLOSING]	  = BIT(RTRS_CLT_CLOSED),
		[RTRS_CLT_CLOSED]	  = BIT(RTRS_CLT_RECONNECTING) |
					    BIT(RTRS_CLT_DEAD),
	};

	return may_go[from] & BIT(to);
}

/* As sysfs shows it. */
static inline const char *rtrs_clt_state_name(enum rtrs_clt_state state)
{
	static const char *const names[RTRS_CLT_NR_STATES] = {
		[RTRS_CLT_CONNECTING]	  = "connecting",
		[RTRS_CLT_CONNECTED]	  = "connected",
		[RTRS_CLT_CONNECTING_ERR] = "connecting_err",
		[RTRS_CLT_RECONNECTING]	  = "reconnecting",
		[RTRS_CLT_CLOSING]	  = "closing",
		[RTRS_CLT_CLOSED]	  = "closed",
		[RTRS_CLT_DEAD]		  = "dead",
	};

	return names[state];
}

#endif /* RTRS_CLT_STATE_H */
