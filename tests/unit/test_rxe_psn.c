// SPDX-License-Identifier: GPL-2.0
/* Sequence numbers go round at 2^24. */
#include <linux/types.h>

#include "psn.h"
#include "test.h"

int main(void)
{
	static const struct {
		u32 a, b;
		s32 diff;
	} rows[] = {
		{ 0, 0, 0 },
		{ 1, 0, 1 },
		{ 0, 1, -1 },
		{ 0xffffff, 0xffffff, 0 },
		{ 0, 0xffffff, 1 },
		{ 0xffffff, 0, -1 },
		{ 5, 0xfffffb, 10 },
		{ 0xfffffb, 5, -10 },
		{ 0x7fffff, 0, 0x7fffff },
		{ 0, 0x7fffff, -0x7fffff },
		/* half way round is before as well as behind; it says before */
		{ 0x800000, 0, -0x800000 },
		{ 0, 0x800000, -0x800000 },
		{ 0x123456, 0xf23456, 0x200000 },
		/* what stands above 24 bits means nothing */
		{ 0xff000001, 0, 1 },
		{ 0, 0xff000001, -1 },
	};
	static const u32 starts[] = { 0, 1, 0x7fffff, 0x800000, 0xfffffe, 0xffffff };
	static const u32 steps[] = { 0, 1, 2, 64, 0x4000, 0x7fffff };
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		EXPECT_EQ(rxe_psn_diff(rows[i].a, rows[i].b), rows[i].diff);
	for (i = 0; i < ARRAY_SIZE(starts); i++) {
		for (j = 0; j < ARRAY_SIZE(steps); j++) {
			u32 psn = rxe_psn_add(starts[i], steps[j]);

			EXPECT(psn <= RXE_PSN_MASK);
			EXPECT_EQ(rxe_psn_diff(psn, starts[i]), steps[j]);
			EXPECT_EQ(rxe_psn_diff(starts[i], psn), -(s32)steps[j]);
			EXPECT_EQ(rxe_psn_add(psn, -steps[j]), starts[i]);
		}
	}
	/* a lap behind is not behind */
	EXPECT(rxe_psn_comparable(7, 7));
	EXPECT(rxe_psn_comparable(0x7fffff, 0));
	EXPECT(!rxe_psn_comparable(0x800000, 0));
	EXPECT(!rxe_psn_comparable(0x1000000, 0));
	EXPECT(rxe_psn_comparable(0x1000000ull << 24, (0x1000000ull << 24) - 0x7fffff));
	return TEST_END();
}
