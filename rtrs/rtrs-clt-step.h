/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A request in flight: what has happened to it and what follows from that.
 * Pure, stands in the unit tests; rtrs-clt-req.c applies it atomically.
 *
 * The events of a request come from several contexts in any order, and from a
 * peer which may lie about them. Whoever adds the last one that was missing
 * gets the verdict to act on, so each act happens once.
 */
#ifndef RTRS_CLT_STEP_H
#define RTRS_CLT_STEP_H

#include <linux/bits.h>
#include <linux/types.h>

/* What a request is; 0 is idle. */
enum rtrs_req_bit {
	RTRS_REQ_BUSY		= BIT(0),	/* somebody owns it */
	RTRS_REQ_WANT_SENT	= BIT(1),	/* the device sends from pages of the caller */
	RTRS_REQ_WANT_INVAL	= BIT(2),	/* a region is registered for it */
	RTRS_REQ_POSTED		= BIT(3),	/* the submitter is done with it */
	RTRS_REQ_ANSWERED	= BIT(4),	/* the peer has answered */
	RTRS_REQ_SENT		= BIT(5),	/* the device has sent it */
	RTRS_REQ_KEY_DEAD	= BIT(6),	/* its region is invalid again */
	RTRS_REQ_INVALIDATING	= BIT(7),	/* we asked the device for that */
	RTRS_REQ_ENDING		= BIT(8),	/* being handed back */
};

enum rtrs_req_verdict {
	RTRS_REQ_WAIT,		/* something is still missing */
	RTRS_REQ_INVALIDATE,	/* post an invalidation of its region */
	RTRS_REQ_END,		/* hand it back */
	RTRS_REQ_NOT_BUSY,	/* refused: nothing is in flight under this id */
	RTRS_REQ_TWICE,		/* refused: has happened before */
};

/**
 * rtrs_req_step() - add an event to a request
 * @state: bits of the request; changed unless the event is refused
 * @event: one or more of POSTED, ANSWERED, SENT, KEY_DEAD
 */
static inline enum rtrs_req_verdict rtrs_req_step(unsigned int *state,
						  unsigned int event)
{
	unsigned int s = *state;

	if (!(s & RTRS_REQ_BUSY))
		return RTRS_REQ_NOT_BUSY;
	if (s & event & RTRS_REQ_ANSWERED || s & RTRS_REQ_ENDING)
		return RTRS_REQ_TWICE;
	s |= event;
	*state = s;

	if (!(s & RTRS_REQ_POSTED) || !(s & RTRS_REQ_ANSWERED))
		return RTRS_REQ_WAIT;
	if (s & RTRS_REQ_WANT_SENT && !(s & RTRS_REQ_SENT))
		return RTRS_REQ_WAIT;
	if (s & RTRS_REQ_WANT_INVAL && !(s & RTRS_REQ_KEY_DEAD)) {
		if (s & RTRS_REQ_INVALIDATING)
			return RTRS_REQ_WAIT;
		*state = s | RTRS_REQ_INVALIDATING;
		return RTRS_REQ_INVALIDATE;
	}
	*state = s | RTRS_REQ_ENDING;
	return RTRS_REQ_END;
}

/**
 * rtrs_req_survives() - is a request of a lost path to be sent again?
 * @state: its bits, after all completions of the path were seen
 *
 * One that was answered only waited for its own device; it ends with that
 * answer.
 */
static inline bool rtrs_req_survives(unsigned int state)
{
	return !(state & RTRS_REQ_ANSWERED);
}

#endif /* RTRS_CLT_STEP_H */
