// SPDX-License-Identifier: GPL-2.0
/* RNBD messages: each byte of what is composed, and what is refused when read. */
#include <linux/types.h>

#include "rnbd-msg.h"
#include "test.h"

static bool all_zero(const void *buf, size_t from, size_t to)
{
	const u8 *b = buf;

	while (from < to)
		if (b[from++])
			return false;
	return true;
}

static void an_io_message_is_32_chosen_bytes(void)
{
	static const u8 wire[32] = {
		4, 0, 0, 0,			/* type, reserved */
		0x44, 0x33, 0x22, 0x11,		/* device_id */
		8, 7, 6, 5, 4, 3, 2, 1,		/* sector */
		0x01, 0x03, 0, 0,		/* write, SYNC, FUA */
		0, 0x10, 0, 0,			/* bytes */
		0x04, 0x40,			/* prio */
	};
	const struct rnbd_io io = {
		.device_id = 0x11223344,
		.sector = 0x0102030405060708,
		.op = RNBD_OP_WRITE,
		.flags = RNBD_F_SYNC | RNBD_F_FUA,
		.bytes = 4096,
		.prio = 0x4004,
	};
	struct rnbd_msg_io msg;
	struct rnbd_io back;

	memset(&msg, 0xa5, sizeof(msg));
	rnbd_io_make(&msg, &io);
	EXPECT(!memcmp(&msg, wire, sizeof(wire)));

	EXPECT_EQ(rnbd_io_read(wire, sizeof(wire), 2, &back), 0);
	EXPECT_EQ(back.device_id, io.device_id);
	EXPECT_EQ(back.sector, io.sector);
	EXPECT_EQ(back.op, io.op);
	EXPECT_EQ(back.flags, io.flags);
	EXPECT_EQ(back.bytes, io.bytes);
	EXPECT_EQ(back.prio, io.prio);
}

static void priority_wants_version_2_and_32_bytes(void)
{
	const struct rnbd_io io = { .prio = 0x4004 };
	struct rnbd_msg_io msg;
	struct rnbd_io back;

	rnbd_io_make(&msg, &io);
	EXPECT_EQ(rnbd_io_read(&msg, 32, 1, &back), 0);
	EXPECT_EQ(back.prio, 0);
	EXPECT_EQ(rnbd_io_read(&msg, 24, 2, &back), 0);
	EXPECT_EQ(back.prio, 0);
	EXPECT_EQ(rnbd_io_read(&msg, 31, 2, &back), 0);
	EXPECT_EQ(back.prio, 0);
	EXPECT_EQ(rnbd_io_read(&msg, 23, 2, &back), -EINVAL);
}

static void an_open_carries_its_name_and_nothing_else(void)
{
	struct rnbd_msg_open msg;
	enum rnbd_access access;
	const char *path;
	char name[256];

	memset(&msg, 0xa5, sizeof(msg));
	rnbd_open_make(&msg, RNBD_ACCESS_MIGRATION, "/dev/sdb");
	EXPECT_EQ(msg.access, 2);
	EXPECT(!memcmp((u8 *)&msg + 6, "/dev/sdb", 8));
	EXPECT(all_zero(&msg, 14, sizeof(msg)));
	EXPECT_EQ(rnbd_open_read(&msg, sizeof(msg), &access, &path), 0);
	EXPECT_EQ(access, RNBD_ACCESS_MIGRATION);
	EXPECT(!strcmp(path, "/dev/sdb"));

	memset(name, 'x', 254);
	name[254] = '\0';
	rnbd_open_make(&msg, RNBD_ACCESS_RO, name);
	EXPECT_EQ(rnbd_open_read(&msg, sizeof(msg), &access, &path), 0);
	EXPECT_EQ(strlen(path), 254);
}

static void a_bad_open_is_refused(void)
{
	struct rnbd_msg_open msg, bad;
	enum rnbd_access access;
	const char *path;

	rnbd_open_make(&msg, RNBD_ACCESS_RW, "/dev/sdb");
	EXPECT_EQ(rnbd_open_read(&msg, sizeof(msg) - 1, &access, &path), -EINVAL);

	bad = msg;
	bad.access = 3;
	EXPECT_EQ(rnbd_open_read(&bad, sizeof(bad), &access, &path), -EINVAL);

	bad = msg;
	memset(bad.path, 'x', sizeof(bad.path));
	EXPECT_EQ(rnbd_open_read(&bad, sizeof(bad), &access, &path), -EINVAL);

	bad = msg;
	bad.path[0] = '\0';
	EXPECT_EQ(rnbd_open_read(&bad, sizeof(bad), &access, &path), -EINVAL);

	bad = msg;
	bad.path[3] = '\n';
	EXPECT_EQ(rnbd_open_read(&bad, sizeof(bad), &access, &path), -EINVAL);
	bad.path[3] = 0x7f;
	EXPECT_EQ(rnbd_open_read(&bad, sizeof(bad), &access, &path), -EINVAL);
	bad.path[3] = 0xc3;
	EXPECT_EQ(rnbd_open_read(&bad, sizeof(bad), &access, &path), 0);
}

static void versions_meet_at_the_lower_one(void)
{
	struct rnbd_msg_sess_info msg;
	u8 version;

	memset(&msg, 0xa5, sizeof(msg));
	rnbd_sess_info_make(&msg, RNBD_MSG_SESS_INFO_RSP, 1);
	EXPECT(all_zero(&msg, 5, sizeof(msg)));
	EXPECT_EQ(rnbd_sess_info_rsp_read(&msg, sizeof(msg), &version), 0);
	EXPECT_EQ(version, 1);

	msg.version = 9;
	EXPECT_EQ(rnbd_sess_info_rsp_read(&msg, sizeof(msg), &version), 0);
	EXPECT_EQ(version, 2);

	msg.version = 0;
	EXPECT_EQ(rnbd_sess_info_rsp_read(&msg, sizeof(msg), &version), -EINVAL);
	rnbd_sess_info_make(&msg, RNBD_MSG_SESS_INFO, 2);
	EXPECT_EQ(rnbd_sess_info_rsp_read(&msg, sizeof(msg), &version), -EINVAL);
	EXPECT_EQ(rnbd_sess_info_read(&msg, sizeof(msg) - 1, &version), -EINVAL);
}

static const struct rnbd_dev_info good = {
	.device_id = 7,
	.nr_sectors = 1 << 20,
	.max_hw_sectors = 2048,
	.max_write_zeroes_sectors = 65536,
	.max_discard_sectors = 0x400000,
	.discard_granularity = 4096,
	.discard_alignment = 512,
	.physical_block_size = 4096,
	.logical_block_size = 512,
	.max_segments = 128,
	.secure_erase = true,
	.write_cache = true,
	.fua = true,
};

static int there_and_back(const struct rnbd_dev_info *info,
			  struct rnbd_dev_info *back)
{
	struct rnbd_msg_open_rsp msg;

	memset(&msg, 0xa5, sizeof(msg));
	rnbd_open_rsp_make(&msg, info);
	EXPECT(all_zero(&msg, 46, sizeof(msg)));
	EXPECT_EQ(msg.rotational, 0);
	return rnbd_open_rsp_read(&msg, sizeof(msg), 4096, back);
}

static void an_answer_says_all_about_the_disk(void)
{
	struct rnbd_dev_info back;

	EXPECT_EQ(there_and_back(&good, &back), 0);
	EXPECT_EQ(back.device_id, good.device_id);
	EXPECT_EQ(back.nr_sectors, good.nr_sectors);
	EXPECT_EQ(back.max_hw_sectors, good.max_hw_sectors);
	EXPECT_EQ(back.max_write_zeroes_sectors, good.max_write_zeroes_sectors);
	EXPECT_EQ(back.max_discard_sectors, good.max_discard_sectors);
	EXPECT_EQ(back.discard_granularity, good.discard_granularity);
	EXPECT_EQ(back.discard_alignment, good.discard_alignment);
	EXPECT_EQ(back.physical_block_size, good.physical_block_size);
	EXPECT_EQ(back.logical_block_size, good.logical_block_size);
	EXPECT_EQ(back.max_segments, good.max_segments);
	EXPECT_EQ(back.secure_erase, good.secure_erase);
	EXPECT_EQ(back.write_cache, good.write_cache);
	EXPECT_EQ(back.fua, good.fua);
}

static void an_absurd_answer_is_refused(void)
{
	struct rnbd_dev_info info, back;

	info = good;
	info.logical_block_size = 0;
	EXPECT_EQ(there_and_back(&info, &back), -EINVAL);
	info.logical_block_size = 520;
	EXPECT_EQ(there_and_back(&info, &back), -EINVAL);
	info.logical_block_size = 256;
	EXPECT_EQ(there_and_back(&info, &back), -EINVAL);
	info.logical_block_size = 8192;
	EXPECT_EQ(there_and_back(&info, &back), -EINVAL);

	info = good;
	info.nr_sectors = 1ull << 54;
	EXPECT_EQ(there_and_back(&info, &back), -EINVAL);
}

static void an_odd_answer_is_made_consistent(void)
{
	struct rnbd_dev_info info, back;

	info = good;
	info.logical_block_size = 4096;
	info.physical_block_size = 512;
	info.nr_sectors = 1003;
	EXPECT_EQ(there_and_back(&info, &back), 0);
	EXPECT_EQ(back.physical_block_size, 4096);
	EXPECT_EQ(back.nr_sectors, 1000);

	info = good;
	info.physical_block_size = 65536;	/* 0 on the wire */
	EXPECT_EQ(there_and_back(&info, &back), 0);
	EXPECT_EQ(back.physical_block_size, 512);

	info = good;
	info.write_cache = false;
	EXPECT_EQ(there_and_back(&info, &back), 0);
	EXPECT(!back.fua);
}

static void access_modes_have_names(void)
{
	enum rnbd_access access;

	EXPECT_EQ(rnbd_access_parse("migration", &access), 0);
	EXPECT_EQ(access, RNBD_ACCESS_MIGRATION);
	EXPECT(!strcmp(rnbd_access_name(RNBD_ACCESS_RO), "ro"));
	EXPECT_EQ(rnbd_access_parse("RW", &access), -EINVAL);
	EXPECT_EQ(rnbd_access_parse("", &access), -EINVAL);
}

int main(void)
{
	an_io_message_is_32_chosen_bytes();
	priority_wants_version_2_and_32_bytes();
	an_open_carries_its_name_and_nothing_else();
	a_bad_open_is_refused();
	versions_meet_at_the_lower_one();
	an_answer_says_all_about_the_disk();
	an_absurd_answer_is_refused();
	an_odd_answer_is_made_consistent();
	access_modes_have_names();
	return TEST_END();
}
