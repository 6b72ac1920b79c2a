// SPDX-License-Identifier: GPL-2.0
/* Any order of acknowledgements, losses and timeouts keeps the window usable. */
#include "fuzz.h"
#include "psn.h"
#include "window.h"

static void sane(const struct rxe_window *w, u32 mtu)
{
	u32 least = 4 * mtu < w->max ? 4 * mtu : w->max;

	MUST(w->limit >= least && w->limit <= w->max);
	MUST(w->threshold >= w->limit || !w->recovering);
	MUST(w->threshold <= w->max);
	MUST(w->acked < w->limit || !w->acked);
	MUST(rxe_window_open(w, 0) && rxe_window_open(w, w->limit - 1));
	MUST(!rxe_window_open(w, w->limit));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = { data, size };
	u32 mtu = 256u << fuzz_u8(&f) % 5;
	u32 una = fuzz_u32(&f) & RXE_PSN_MASK, next = una;
	struct rxe_window w;

	rxe_window_init(&w, mtu, fuzz_u32(&f));
	sane(&w, mtu);
	while (f.left) {
		u8 op = fuzz_u8(&f);
		u32 n = fuzz_u16(&f), before = w.limit, sent = rxe_psn_diff(next, una);

		switch (op % 5) {
		case 0:
			if (sent + n < 0x800000)
				next = rxe_psn_add(next, n);
			continue;
		case 1:
			n %= sent + 1;
			una = rxe_psn_add(una, n);
			rxe_window_acked(&w, op & 0x80 ? ~0u : n * mtu,
					 op & 0x40 ? ~0u : sent * mtu, una, mtu);
			MUST(w.limit >= before);
			break;
		case 2:
			if (rxe_window_loss(&w, una, next, mtu))
				MUST(w.limit <= before && w.recovering);
			else
				MUST(w.limit == before);
			break;
		case 3:
			rxe_window_timeout(&w, next, mtu);
			MUST(w.limit <= before && w.limit <= 16 * mtu);
			break;
		case 4:
			if (rxe_window_cnp(&w, una, next, mtu))
				MUST(w.limit <= before);
			else
				MUST(w.limit == before);
			break;
		}
		sane(&w, mtu);
	}
	return 0;
}
