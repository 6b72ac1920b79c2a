// SPDX-License-Identifier: GPL-2.0
/*
 * How much a requester may have in flight: grows while all is well, shrinks
 * when packets are lost, doc/rxe-wire.md section 7. Pure, stands in the unit
 * tests. PSNs compare modulo 2^24.
 */
#include <linux/minmax.h>

#include "psn.h"
#include "window.h"

#define START_BYTES	(64u << 10)
#define START_PACKETS	64u
#define MAX_BYTES	(4u << 20)
#define MAX_PACKETS	16384u
/* what one acknowledged window adds once the limit was found */
#define STEP_BYTES	(4u << 10)
/* what a loss leaves at least, and a timeout at most */
#define FLOOR_PACKETS	4u
#define TIMEOUT_PACKETS	16u

static u32 floor_of(const struct rxe_window *w, u32 mtu)
{
	return min(FLOOR_PACKETS * mtu, w->max);
}

/**
 * rxe_window_init() - begin a connection
 * @w: window
 * @mtu: PMTU, 256..4096 bytes
 * @max: what the administrator allows, bytes; 0: no bound but the product's
 */
void rxe_window_init(struct rxe_window *w, u32 mtu, u32 max)
{
	u32 most = min(MAX_BYTES, MAX_PACKETS * mtu);

	*w = (struct rxe_window) {
		.max = max ? clamp(max, mtu, most) : most,
	};
	w->limit = min3(START_BYTES, START_PACKETS * mtu, w->max);
	w->threshold = w->max;
}

/**
 * rxe_window_open() - may one more packet go?
 * @w: window
 * @in_flight: bytes sent and not acknowledged
 *
 * Whatever its limit, a window with nothing in flight is open.
 */
bool rxe_window_open(const struct rxe_window *w, u32 in_flight)
{
	return in_flight < w->limit;
}

/**
 * rxe_window_acked() - the peer acknowledged something
 * @w: window
 * @bytes: how much
 * @in_flight: bytes which were before that
 * @psn: the oldest one which is not acknowledged now
 * @mtu: PMTU, bytes
 *
 * A window which was not made use of says nothing about the network and does
 * not grow.
 */
void rxe_window_acked(struct rxe_window *w, u32 bytes, u32 in_flight, u32 psn,
		      u32 mtu)
{
	if (w->recovering && rxe_psn_diff(psn, w->recover) >= 0)
		w->recovering = false;

	if (in_flight < w->limit / 2)
		return;
	bytes = min(bytes, w->max);
	if (w->limit < w->threshold) {
		w->limit = min(w->limit + bytes, w->threshold);
		return;
	}
	if (w->recovering)
		return;
	w->acked += bytes;
	if (w->acked < w->limit)
		return;
	w->acked = 0;
	w->limit = min(w->limit + max(STEP_BYTES, mtu), w->max);
}

/* one cut for all that is lost of one window; @limit: what is left of it */
static bool cut(struct rxe_window *w, u32 limit, u32 una, u32 next, u32 mtu)
{
	if (w->recovering && rxe_psn_diff(una, w->recover) < 0)
		return false;
	w->limit = max(limit, floor_of(w, mtu));
	w->threshold = w->limit;
	w->acked = 0;
	w->recover = next;
	w->recovering = true;
	return true;
}

/**
 * rxe_window_loss() - a packet was lost, and the peer or a probe told
 * @w: window
 * @una: oldest PSN not acknowledged, the one that was lost
 * @next: PSN behind the newest that was sent
 * @mtu: PMTU, bytes
 *
 * Return: the limit was halved; false if it already was for this window.
 */
bool rxe_window_loss(struct rxe_window *w, u32 una, u32 next, u32 mtu)
{
	return cut(w, w->limit / 2, una, next, mtu);
}

/**
 * rxe_window_timeout() - nothing came back for the whole ACK timeout
 * @w: window
 * @next: PSN behind the newest that was sent
 * @mtu: PMTU, bytes
 *
 * The limit begins again at a few packets and soon doubles up to half of what
 * it was.
 */
void rxe_window_timeout(struct rxe_window *w, u32 next, u32 mtu)
{
	w->threshold = max(w->limit / 2, floor_of(w, mtu));
	w->limit = min(w->limit, TIMEOUT_PACKETS * mtu);
	w->threshold = max(w->threshold, w->limit);
	w->acked = 0;
	w->recover = next;
	w->recovering = true;
}

/**
 * rxe_window_cnp() - the peer tells of congestion where nothing is lost yet
 * @w: window
 * @una: oldest PSN not acknowledged
 * @next: PSN behind the newest that was sent
 * @mtu: PMTU, bytes
 *
 * Return: the limit was cut by a quarter; false if it already was cut for this
 * window.
 */
bool rxe_window_cnp(struct rxe_window *w, u32 una, u32 next, u32 mtu)
{
	return cut(w, w->limit - w->limit / 4, una, next, mtu);
}
