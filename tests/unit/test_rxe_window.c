// SPDX-License-Identifier: GPL-2.0
/* The congestion window: it opens, shrinks once for each loss, and recovers. */
#include <linux/types.h>

#include "psn.h"
#include "test.h"
#include "window.h"

#define MTU	1024u
#define KIB	1024u
#define MIB	(1024u * 1024)

static struct rxe_window w;

/* of a window which was full */
static void acked(u32 bytes, u32 psn)
{
	rxe_window_acked(&w, bytes, w.limit, psn, MTU);
}

static void beginnings(void)
{
	static const struct {
		u32 mtu, max, limit, most;
	} rows[] = {
		{ 256, 0, 16 * KIB, 4 * MIB },
		{ 512, 0, 32 * KIB, 4 * MIB },
		{ 1024, 0, 64 * KIB, 4 * MIB },
		{ 4096, 0, 64 * KIB, 4 * MIB },
		{ 4096, 32 * KIB, 32 * KIB, 32 * KIB },
		{ 4096, 1, 4096, 4096 },
		{ 4096, ~0u, 64 * KIB, 4 * MIB },
		{ 1024, 128 * KIB, 64 * KIB, 128 * KIB },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		rxe_window_init(&w, rows[i].mtu, rows[i].max);
		EXPECT_EQ(w.limit, rows[i].limit);
		EXPECT_EQ(w.max, rows[i].most);
		EXPECT(rxe_window_open(&w, 0));
		EXPECT(rxe_window_open(&w, w.limit - 1));
		EXPECT(!rxe_window_open(&w, w.limit));
		EXPECT(!rxe_window_open(&w, ~0u));
	}
}

static void doubles_until_something_is_lost(void)
{
	rxe_window_init(&w, MTU, 0);
	acked(64 * KIB, 64);
	EXPECT_EQ(w.limit, 128 * KIB);
	acked(128 * KIB, 192);
	EXPECT_EQ(w.limit, 256 * KIB);
	acked(~0u, 193);
	EXPECT_EQ(w.limit, 4 * MIB);
	acked(~0u, 194);
	acked(~0u, 195);
	EXPECT_EQ(w.limit, 4 * MIB);
}

static void grows_only_when_used(void)
{
	rxe_window_init(&w, MTU, 0);
	rxe_window_acked(&w, 31 * KIB, 31 * KIB, 31, MTU);
	EXPECT_EQ(w.limit, 64 * KIB);
	rxe_window_acked(&w, KIB, 32 * KIB, 32, MTU);
	EXPECT_EQ(w.limit, 65 * KIB);
	EXPECT(rxe_window_loss(&w, 32, 64, MTU));
	rxe_window_acked(&w, 1, w.limit, 64, MTU);
	rxe_window_acked(&w, MIB, 16 * KIB, 1088, MTU);
	EXPECT_EQ(w.limit, 65 * KIB / 2);
	/* but what was lost is over all the same */
	EXPECT(rxe_window_loss(&w, 1088, 1100, MTU));
}

static void many_packets_are_many_bytes(void)
{
	EXPECT_EQ(rxe_window_bytes(0, 12), 0);
	EXPECT_EQ(rxe_window_bytes(3, 10), 3 * KIB);
	EXPECT_EQ(rxe_window_bytes(0xfffff, 12), 0xfffff000);
	EXPECT_EQ(rxe_window_bytes(0x100000, 12), 0xffffffff);
	EXPECT_EQ(rxe_window_bytes(0x7fffff, 12), 0xffffffff);
	EXPECT_EQ(rxe_window_bytes(0x7fffff, 8), 0x7fffff00);
}

static void one_cut_for_one_window(void)
{
	rxe_window_init(&w, MTU, 0);
	/* 64 packets in flight from 0xfffff0 on, over the wrap */
	EXPECT(rxe_window_loss(&w, 0xfffff0, 0x30, MTU));
	EXPECT_EQ(w.limit, 32 * KIB);
	EXPECT(!rxe_window_loss(&w, 0xfffff8, 0x30, MTU));
	EXPECT(!rxe_window_cnp(&w, 0x2f, 0x30, MTU));
	EXPECT_EQ(w.limit, 32 * KIB);
	/* what is sent again does not open it */
	acked(63 * KIB, 0x2f);
	EXPECT_EQ(w.limit, 32 * KIB);
	/* behind that: a new loss */
	EXPECT(rxe_window_loss(&w, 0x30, 0x50, MTU));
	EXPECT_EQ(w.limit, 16 * KIB);
}

static void grows_slowly_behind_a_cut(void)
{
	unsigned int i;

	rxe_window_init(&w, MTU, 0);
	EXPECT(rxe_window_loss(&w, 0, 64, MTU));
	acked(64 * KIB, 64);
	EXPECT_EQ(w.limit, 36 * KIB);
	for (i = 0; i < 35; i++)
		acked(KIB, 65 + i);
	EXPECT_EQ(w.limit, 36 * KIB);
	acked(KIB, 100);
	EXPECT_EQ(w.limit, 40 * KIB);
}

static void a_timeout_begins_again(void)
{
	rxe_window_init(&w, MTU, 0);
	acked(MIB, 1024);
	EXPECT_EQ(w.limit, MIB + 64 * KIB);
	rxe_window_timeout(&w, 2000, MTU);
	EXPECT_EQ(w.limit, 16 * KIB);
	/* losses of that window were counted by the timeout */
	EXPECT(!rxe_window_loss(&w, 1500, 2000, MTU));
	EXPECT_EQ(w.limit, 16 * KIB);
	/* fast up to half of what it was, then slowly */
	acked(16 * KIB, 1040);
	EXPECT_EQ(w.limit, 32 * KIB);
	acked(4 * MIB, 1999);
	EXPECT_EQ(w.limit, (MIB + 64 * KIB) / 2);
	acked(4 * MIB, 2000);
	EXPECT_EQ(w.limit, (MIB + 64 * KIB) / 2 + 4 * KIB);
	/* another one of a small window makes it no larger */
	EXPECT(rxe_window_loss(&w, 2000, 2010, MTU));
	while (rxe_window_loss(&w, w.recover, w.recover + 1, MTU) &&
	       w.limit > 4 * KIB)
		;
	EXPECT_EQ(w.limit, 4 * KIB);
	rxe_window_timeout(&w, w.recover + 1, MTU);
	EXPECT_EQ(w.limit, 4 * KIB);
}

static void never_shut(void)
{
	static const u32 mtus[] = { 256, 512, 1024, 2048, 4096 };
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(mtus); i++) {
		u32 mtu = mtus[i], psn = 0xffff00;

		rxe_window_init(&w, mtu, 0);
		for (j = 0; j < 100; j++) {
			EXPECT(rxe_window_loss(&w, psn, rxe_psn_add(psn, 9), mtu));
			psn = rxe_psn_add(psn, 9);
			EXPECT(w.limit >= 4 * mtu);
			if (j % 3 == 0)
				rxe_window_timeout(&w, psn, mtu);
			EXPECT(w.limit >= 4 * mtu);
		}
		EXPECT_EQ(w.limit, 4 * mtu);
	}
	/* one packet is the least that can be configured */
	rxe_window_init(&w, 4096, 4096);
	EXPECT(rxe_window_loss(&w, 0, 1, 4096));
	EXPECT_EQ(w.limit, 4096);
	rxe_window_timeout(&w, 1, 4096);
	EXPECT_EQ(w.limit, 4096);
}

static void a_cnp_cuts_less(void)
{
	rxe_window_init(&w, MTU, 0);
	EXPECT(rxe_window_cnp(&w, 0, 64, MTU));
	EXPECT_EQ(w.limit, 48 * KIB);
	EXPECT(!rxe_window_cnp(&w, 63, 70, MTU));
	EXPECT(rxe_window_cnp(&w, 64, 128, MTU));
	EXPECT_EQ(w.limit, 36 * KIB);
}

int main(void)
{
	beginnings();
	doubles_until_something_is_lost();
	grows_only_when_used();
	many_packets_are_many_bytes();
	one_cut_for_one_window();
	grows_slowly_behind_a_cut();
	a_timeout_begins_again();
	never_shut();
	a_cnp_cuts_less();
	return TEST_END();
}
