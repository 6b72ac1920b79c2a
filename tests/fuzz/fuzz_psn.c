// SPDX-License-Identifier: GPL-2.0
/* Sequence numbers: what is added is the difference, the round over. */
#include "fuzz.h"
#include "psn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = { data, size };
	u32 a = fuzz_u32(&f), b = fuzz_u32(&f), n = fuzz_u32(&f);
	s32 diff = rxe_psn_diff(a, b);
	u64 now = fuzz_u64(&f), then = now - n;

	MUST(diff >= -0x800000 && diff <= 0x7fffff);
	MUST(rxe_psn_add(b, diff) == (a & RXE_PSN_MASK));
	MUST(diff == -0x800000 || rxe_psn_diff(b, a) == -diff);
	MUST(!diff == ((a & RXE_PSN_MASK) == (b & RXE_PSN_MASK)));
	MUST(rxe_psn_add(a, n) <= RXE_PSN_MASK);
	MUST(rxe_psn_diff(rxe_psn_add(a, n % 0x800000), a) == (s32)(n % 0x800000));
	/* of what may be compared, what came first lies before */
	if (n && then < now && rxe_psn_comparable(now, then))
		MUST(rxe_psn_diff(then, now) == -(s32)n);
	return 0;
}
