/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Decisions after a path was lost: what to do about its fence, and when to try
 * again. Pure, stands in the unit tests.
 */
#ifndef RTRS_CLT_VERDICT_H
#define RTRS_CLT_VERDICT_H

#include <linux/types.h>

enum {
	RTRS_CLT_FENCE_ANSWER_MS	= 3000,	/* a peer that fences owes its answer within */
	RTRS_CLT_FIRST_DELAY_MS		= 50,	/* before the first attempt after a loss */
	RTRS_CLT_BACKOFF_MIN_MS		= 200,	/* before the second, then doubled */
	RTRS_CLT_STEP_MIN_MS		= 1000,	/* patience of a step of an attempt, */
	RTRS_CLT_STEP_MAX_MS		= 30000, /* doubled up to this */
	RTRS_CLT_SETTLED_MS		= 10000, /* up for so long it begins anew when lost */
	RTRS_CLT_INFO_MS		= 5000,	/* a server may take this to make its chunks */
};

enum rtrs_fence_act {
	RTRS_FENCE_WAIT,	/* nothing to do yet */
	RTRS_FENCE_ASK,		/* ask the peer over a connected path */
	RTRS_FENCE_BLAME,	/* the path we asked over is lost too */
	RTRS_FENCE_RELEASE,	/* the old path is silent: send its requests again */
	RTRS_FENCE_FAIL,	/* no path is left: fail its requests, keep the fence */
};

/**
 * struct rtrs_fence_view - what is known about a lost path
 * @proven: there is evidence that nothing of it is under way any more
 * @parked: requests wait for that evidence
 * @path_up: the session has a connected path
 * @can_ask: one of them leads to a peer that answers FENCE
 * @asked: a FENCE is unanswered
 * @asked_ms: since then
 * @drained_ms: since our end of the lost path fell silent
 * @fence_wait_ms: after which an upstream peer's end counts as silent too
 */
struct rtrs_fence_view {
	bool	proven;
	bool	parked;
	bool	path_up;
	bool	can_ask;
	bool	asked;
	u64	asked_ms;
	u64	drained_ms;
	u64	fence_wait_ms;
};

static inline enum rtrs_fence_act
rtrs_fence_judge(const struct rtrs_fence_view *v)
{
	if (v->proven)
		return RTRS_FENCE_RELEASE;
	if (v->asked)
		return v->asked_ms < RTRS_CLT_FENCE_ANSWER_MS ?
		       RTRS_FENCE_WAIT : RTRS_FENCE_BLAME;
	if (!v->parked)
		return RTRS_FENCE_WAIT;
	if (!v->path_up)
		return RTRS_FENCE_FAIL;
	if (v->can_ask)
		return RTRS_FENCE_ASK;
	return v->drained_ms < v->fence_wait_ms ? RTRS_FENCE_WAIT :
						  RTRS_FENCE_RELEASE;
}

/* Delay after another failed attempt, given the one before it (0: none). */
static inline u32 rtrs_backoff_next(u32 last_ms, u32 most_ms)
{
	u64 next = last_ms ? 2ULL * last_ms : RTRS_CLT_BACKOFF_MIN_MS;

	return next < most_ms ? next : most_ms;
}

/*
 * Is a lost path to be tried as if for the first time? One that was up only
 * for a moment goes on with the delays and attempts of the time before.
 */
static inline bool rtrs_was_settled(u64 up_ms)
{
	return up_ms >= RTRS_CLT_SETTLED_MS;
}

/* Patience of the steps of the next attempt, after one was not answered. */
static inline u32 rtrs_patience_next(u32 step_ms)
{
	return step_ms * 2 < RTRS_CLT_STEP_MAX_MS ? step_ms * 2 :
						    RTRS_CLT_STEP_MAX_MS;
}

#endif /* RTRS_CLT_VERDICT_H */
