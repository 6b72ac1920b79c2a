/* SPDX-License-Identifier: GPL-2.0 */
/* How much a requester may have in flight: a pure state machine. */
#ifndef RXE_WINDOW_H
#define RXE_WINDOW_H

#include <linux/types.h>

/**
 * struct rxe_window - congestion window of one requester
 * @limit: bytes that may be in flight
 * @max: upper bound of @limit
 * @threshold: below it @limit grows by all that is acknowledged
 * @acked: bytes acknowledged since @limit was last raised
 * @recover: PSN behind which a further loss cuts again
 * @recovering: a cut was made and @recover was not yet acknowledged
 */
struct rxe_window {
	u32	limit;
	u32	max;
	u32	threshold;
	u32	acked;
	u32	recover;
	bool	recovering;
};

/* what @psns packets of 1 << @mtu_shift bytes may hold */
static inline u32 rxe_window_bytes(u32 psns, unsigned int mtu_shift)
{
	return psns > ~0u >> mtu_shift ? ~0u : psns << mtu_shift;
}

void rxe_window_init(struct rxe_window *w, u32 mtu, u32 max);
bool rxe_window_open(const struct rxe_window *w, u32 in_flight);
void rxe_window_acked(struct rxe_window *w, u32 bytes, u32 in_flight, u32 psn,
		      u32 mtu);
bool rxe_window_loss(struct rxe_window *w, u32 una, u32 next, u32 mtu);
void rxe_window_timeout(struct rxe_window *w, u32 next, u32 mtu);
bool rxe_window_cnp(struct rxe_window *w, u32 una, u32 next, u32 mtu);

#endif
