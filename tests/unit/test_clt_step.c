// SPDX-License-Identifier: GPL-2.0
/*
 * A request in flight: whatever the order of its events, it ends once, and not
 * before its pages are out of everybody's reach.
 */
#include "rtrs-clt-step.h"
#include "test.h"

enum { POSTED, ANSWERED, SENT, LOCAL_INV, NR_EVENTS };

static const unsigned int bits[NR_EVENTS] = {
	RTRS_REQ_POSTED, RTRS_REQ_ANSWERED, RTRS_REQ_SENT, RTRS_REQ_KEY_DEAD,
};

/* Feed events in this order; LOCAL_INV only where it was asked for. */
static void play(unsigned int wants, const int *order)
{
	unsigned int state = RTRS_REQ_BUSY | wants;
	bool answered = false, posted = false, sent = false, dead = false;
	int ends = 0, invalidations = 0, i;
	enum rtrs_req_verdict v;

	for (i = 0; i < NR_EVENTS; i++) {
		if (order[i] == LOCAL_INV && !(wants & RTRS_REQ_WANT_INVAL))
			continue;
		if (order[i] == SENT && !(wants & RTRS_REQ_WANT_SENT))
			continue;
		if (order[i] == LOCAL_INV && !invalidations)
			return;		/* cannot come unasked */
		v = rtrs_req_step(&state, bits[order[i]]);
		posted |= order[i] == POSTED;
		answered |= order[i] == ANSWERED;
		sent |= order[i] == SENT;
		dead |= order[i] == LOCAL_INV;
		if (v == RTRS_REQ_INVALIDATE) {
			invalidations++;
			EXPECT(posted && answered);
		}
		if (v == RTRS_REQ_END) {
			ends++;
			EXPECT(posted && answered);
			EXPECT(sent || !(wants & RTRS_REQ_WANT_SENT));
			EXPECT(dead || !(wants & RTRS_REQ_WANT_INVAL));
		}
	}
	EXPECT_EQ(ends, 1);
	EXPECT_EQ(invalidations, !!(wants & RTRS_REQ_WANT_INVAL));
}

static void permute(unsigned int wants, int *order, int n)
{
	int i, tmp;

	if (n == NR_EVENTS) {
		play(wants, order);
		return;
	}
	for (i = n; i < NR_EVENTS; i++) {
		tmp = order[n]; order[n] = order[i]; order[i] = tmp;
		permute(wants, order, n + 1);
		tmp = order[n]; order[n] = order[i]; order[i] = tmp;
	}
}

static void ends_once_in_any_order(void)
{
	static const unsigned int wants[] = {
		0, RTRS_REQ_WANT_SENT, RTRS_REQ_WANT_INVAL,
		RTRS_REQ_WANT_SENT | RTRS_REQ_WANT_INVAL,
	};
	int order[NR_EVENTS] = { POSTED, ANSWERED, SENT, LOCAL_INV };
	unsigned int w;

	for (w = 0; w < ARRAY_SIZE(wants); w++)
		permute(wants[w], order, 0);
}

static void idle_takes_nothing(void)
{
	unsigned int state = 0;

	EXPECT_EQ(rtrs_req_step(&state, RTRS_REQ_ANSWERED), RTRS_REQ_NOT_BUSY);
	EXPECT_EQ(state, 0);
}

static void second_answer_is_refused(void)
{
	unsigned int state = RTRS_REQ_BUSY | RTRS_REQ_WANT_INVAL;

	EXPECT_EQ(rtrs_req_step(&state, RTRS_REQ_ANSWERED), RTRS_REQ_WAIT);
	EXPECT_EQ(rtrs_req_step(&state, RTRS_REQ_ANSWERED), RTRS_REQ_TWICE);
	EXPECT_EQ(rtrs_req_step(&state, RTRS_REQ_POSTED), RTRS_REQ_INVALIDATE);
	/* also while our own invalidation is under way, and saying it is dead */
	EXPECT_EQ(rtrs_req_step(&state, RTRS_REQ_ANSWERED | RTRS_REQ_KEY_DEAD),
		  RTRS_REQ_TWICE);
	EXPECT_EQ(rtrs_req_step(&state, RTRS_REQ_KEY_DEAD), RTRS_REQ_END);
	EXPECT_EQ(rtrs_req_step(&state, RTRS_REQ_ANSWERED), RTRS_REQ_TWICE);
}

static void key_killed_by_the_peer_needs_no_invalidation(void)
{
	unsigned int state = RTRS_REQ_BUSY | RTRS_REQ_WANT_INVAL |
			     RTRS_REQ_POSTED;

	EXPECT_EQ(rtrs_req_step(&state, RTRS_REQ_ANSWERED | RTRS_REQ_KEY_DEAD),
		  RTRS_REQ_END);
}

static void only_the_unanswered_is_sent_again(void)
{
	EXPECT(rtrs_req_survives(RTRS_REQ_BUSY | RTRS_REQ_POSTED));
	EXPECT(rtrs_req_survives(RTRS_REQ_BUSY | RTRS_REQ_POSTED |
				 RTRS_REQ_WANT_SENT | RTRS_REQ_SENT));
	EXPECT(!rtrs_req_survives(RTRS_REQ_BUSY | RTRS_REQ_POSTED |
				  RTRS_REQ_WANT_INVAL | RTRS_REQ_ANSWERED |
				  RTRS_REQ_INVALIDATING));
}

int main(void)
{
	ends_once_in_any_order();
	idle_takes_nothing();
	second_answer_is_refused();
	key_killed_by_the_peer_needs_no_invalidation();
	only_the_unanswered_is_sent_again();
	return TEST_END();
}
