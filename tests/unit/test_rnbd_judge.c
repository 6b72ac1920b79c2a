// SPDX-License-Identifier: GPL-2.0
/* What an I/O message may ask of a disk. */
#include <linux/types.h>

#include "rnbd-srv-judge.h"
#include "test.h"

static const struct rnbd_disk_facts disk = {
	.nr_sectors = 1000,
	.logical_block_size = 512,
	.writable = true,
	.discard = true,
	.secure_erase = true,
	.write_zeroes = true,
};

static int judge_on(const struct rnbd_disk_facts *facts, enum rnbd_op op,
		    u64 sector, u32 bytes, size_t data_len)
{
	struct rnbd_io io = { .op = op, .sector = sector, .bytes = bytes };

	return rnbd_io_judge(&io, data_len, facts);
}

static int judge(enum rnbd_op op, u64 sector, u32 bytes, size_t data_len)
{
	return judge_on(&disk, op, sector, bytes, data_len);
}

static void proper_requests_pass(void)
{
	EXPECT_EQ(judge(RNBD_OP_READ, 0, 512, 512), 0);
	EXPECT_EQ(judge(RNBD_OP_WRITE, 992, 4096, 4096), 0);
	EXPECT_EQ(judge(RNBD_OP_FLUSH, 0, 0, 0), 0);
	EXPECT_EQ(judge(RNBD_OP_DISCARD, 0, 512000, 0), 0);
	EXPECT_EQ(judge(RNBD_OP_SECURE_ERASE, 0, 512, 0), 0);
	EXPECT_EQ(judge(RNBD_OP_WRITE_ZEROES, 999, 512, 0), 0);
}

static void lengths_must_agree(void)
{
	/* a bio without pages is what upstream makes of these */
	EXPECT_EQ(judge(RNBD_OP_READ, 0, 4096, 0), -EINVAL);
	EXPECT_EQ(judge(RNBD_OP_WRITE, 0, 4096, 0), -EINVAL);
	EXPECT_EQ(judge(RNBD_OP_WRITE, 0, 512, 1024), -EINVAL);
	EXPECT_EQ(judge(RNBD_OP_DISCARD, 0, 512, 512), -EINVAL);
	EXPECT_EQ(judge(RNBD_OP_FLUSH, 0, 512, 0), -EINVAL);
	EXPECT_EQ(judge(RNBD_OP_FLUSH, 0, 0, 512), -EINVAL);
}

static void empty_and_crooked_ranges_are_refused(void)
{
	struct rnbd_disk_facts blocks4k = disk;

	EXPECT_EQ(judge(RNBD_OP_READ, 0, 0, 0), -EINVAL);
	EXPECT_EQ(judge(RNBD_OP_WRITE, 0, 0, 0), -EINVAL);
	EXPECT_EQ(judge(RNBD_OP_DISCARD, 0, 0, 0), -EINVAL);
	EXPECT_EQ(judge(RNBD_OP_READ, 0, 513, 513), -EINVAL);

	blocks4k.logical_block_size = 4096;
	EXPECT_EQ(judge_on(&blocks4k, RNBD_OP_READ, 8, 4096, 4096), 0);
	EXPECT_EQ(judge_on(&blocks4k, RNBD_OP_READ, 8, 512, 512), -EINVAL);
	EXPECT_EQ(judge_on(&blocks4k, RNBD_OP_READ, 4, 4096, 4096), -EINVAL);
}

static void the_disk_has_an_end(void)
{
	EXPECT_EQ(judge(RNBD_OP_READ, 999, 512, 512), 0);
	EXPECT_EQ(judge(RNBD_OP_READ, 1000, 512, 512), -EIO);
	EXPECT_EQ(judge(RNBD_OP_READ, 999, 1024, 1024), -EIO);
	EXPECT_EQ(judge(RNBD_OP_READ, ~0ull, 512, 512), -EIO);
	EXPECT_EQ(judge(RNBD_OP_WRITE_ZEROES, 0, 0xfffffe00, 0), -EIO);
}

static void read_only_is_kept(void)
{
	struct rnbd_disk_facts ro = disk;

	ro.writable = false;
	EXPECT_EQ(judge_on(&ro, RNBD_OP_READ, 0, 512, 512), 0);
	EXPECT_EQ(judge_on(&ro, RNBD_OP_FLUSH, 0, 0, 0), 0);
	EXPECT_EQ(judge_on(&ro, RNBD_OP_WRITE, 0, 512, 512), -EROFS);
	EXPECT_EQ(judge_on(&ro, RNBD_OP_DISCARD, 0, 512, 0), -EROFS);
	EXPECT_EQ(judge_on(&ro, RNBD_OP_SECURE_ERASE, 0, 512, 0), -EROFS);
	EXPECT_EQ(judge_on(&ro, RNBD_OP_WRITE_ZEROES, 0, 512, 0), -EROFS);
}

static void what_the_disk_cannot_is_not_supported(void)
{
	struct rnbd_disk_facts plain = disk;

	plain.discard = false;
	plain.secure_erase = false;
	plain.write_zeroes = false;
	EXPECT_EQ(judge_on(&plain, RNBD_OP_DISCARD, 0, 512, 0), -EOPNOTSUPP);
	EXPECT_EQ(judge_on(&plain, RNBD_OP_SECURE_ERASE, 0, 512, 0), -EOPNOTSUPP);
	/* upstream's client may even send data with it */
	EXPECT_EQ(judge_on(&plain, RNBD_OP_SECURE_ERASE, 0, 512, 512), -EOPNOTSUPP);
	EXPECT_EQ(judge_on(&plain, RNBD_OP_WRITE_ZEROES, 0, 512, 0), -EOPNOTSUPP);
	EXPECT_EQ(judge(6, 0, 512, 512), -EOPNOTSUPP);
	EXPECT_EQ(judge(255, 0, 0, 0), -EOPNOTSUPP);
}

static void only_flags_with_a_meaning_remain(void)
{
	static const struct { enum rnbd_op op; u32 left; } rows[] = {
		{ RNBD_OP_READ, RNBD_F_SYNC },
		{ RNBD_OP_WRITE, RNBD_F_SYNC | RNBD_F_FUA | RNBD_F_PREFLUSH },
		{ RNBD_OP_FLUSH, RNBD_F_SYNC | RNBD_F_PREFLUSH },
		{ RNBD_OP_DISCARD, RNBD_F_SYNC },
		{ RNBD_OP_SECURE_ERASE, RNBD_F_SYNC },
		{ RNBD_OP_WRITE_ZEROES, RNBD_F_SYNC | RNBD_F_NOUNMAP },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		bool data = rows[i].op <= RNBD_OP_WRITE;
		struct rnbd_io io = {
			.op = rows[i].op,
			.flags = ~0xffu,
			.bytes = rows[i].op == RNBD_OP_FLUSH ? 0 : 512,
		};

		EXPECT_EQ(rnbd_io_judge(&io, data ? 512 : 0, &disk), 0);
		EXPECT_EQ(io.flags, rows[i].left);
	}
}

static void a_write_of_nothing_with_preflush_is_a_flush(void)
{
	struct rnbd_io io = {
		.op = RNBD_OP_WRITE,
		.flags = RNBD_F_PREFLUSH | RNBD_F_FUA,
	};

	EXPECT_EQ(rnbd_io_judge(&io, 0, &disk), 0);
	EXPECT_EQ(io.op, RNBD_OP_FLUSH);
	EXPECT_EQ(io.flags, RNBD_F_PREFLUSH | RNBD_F_SYNC);
}

static void priorities_are_clamped(void)
{
	const u16 rt0 = 1 << 13, be4 = 2 << 13 | 4, idle = 3 << 13;

	EXPECT_EQ(rnbd_prio_clamp(rt0, 1), rt0);
	EXPECT_EQ(rnbd_prio_clamp(rt0, 2), 2 << 13);
	EXPECT_EQ(rnbd_prio_clamp(be4, 2), be4);
	EXPECT_EQ(rnbd_prio_clamp(be4, 1), be4);
	EXPECT_EQ(rnbd_prio_clamp(idle, 2), idle);
	EXPECT_EQ(rnbd_prio_clamp(be4, 3), 3 << 13 | 4);
	EXPECT_EQ(rnbd_prio_clamp(rt0, 0), 0);
	EXPECT_EQ(rnbd_prio_clamp(0, 2), 0);
	EXPECT_EQ(rnbd_prio_clamp(7 << 13, 2), 0);
	/* hints do not travel */
	EXPECT_EQ(rnbd_prio_clamp(be4 | 1 << 3, 2), be4);
}

static void operations_have_a_direction(void)
{
	EXPECT_EQ(rnbd_dir_fits(RNBD_OP_READ, false), true);
	EXPECT_EQ(rnbd_dir_fits(RNBD_OP_READ, true), false);
	EXPECT_EQ(rnbd_dir_fits(RNBD_OP_WRITE, true), true);
	EXPECT_EQ(rnbd_dir_fits(RNBD_OP_WRITE, false), false);
	EXPECT_EQ(rnbd_dir_fits(RNBD_OP_DISCARD, false), false);
	EXPECT_EQ(rnbd_dir_fits(RNBD_OP_WRITE_ZEROES, false), false);
	EXPECT_EQ(rnbd_dir_fits(RNBD_OP_SECURE_ERASE, false), false);
	/* which the block layer counts as a read */
	EXPECT_EQ(rnbd_dir_fits(RNBD_OP_FLUSH, false), true);
	EXPECT_EQ(rnbd_dir_fits(RNBD_OP_FLUSH, true), true);
}

int main(void)
{
	proper_requests_pass();
	lengths_must_agree();
	empty_and_crooked_ranges_are_refused();
	the_disk_has_an_end();
	read_only_is_kept();
	what_the_disk_cannot_is_not_supported();
	only_flags_with_a_meaning_remain();
	a_write_of_nothing_with_preflush_is_a_flush();
	operations_have_a_direction();
	priorities_are_clamped();
	return TEST_END();
}
