// SPDX-License-Identifier: GPL-2.0
/* Immediates and geometry: the worked examples of doc/protocol.md, and edges. */
#include <linux/types.h>

#include "rtrs-imm.h"
#include "test.h"

static void bits_hold_every_id(void)
{
	static const struct { u32 n; unsigned int bits; } rows[] = {
		{ 1, 0 }, { 2, 1 }, { 3, 2 }, { 4, 2 }, { 5, 3 }, { 511, 9 },
		{ 512, 9 }, { 513, 10 }, { 1024, 10 }, { 65535, 16 },
		{ 131072, 17 }, { 0x80000000, 31 }, { 0xffffffff, 32 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		EXPECT_EQ(rtrs_bits_for(rows[i].n), rows[i].bits);
}

static void geometry_is_bounded_by_the_immediate(void)
{
	EXPECT(rtrs_geometry_fits(512, 131072));
	EXPECT(rtrs_geometry_fits(256, 1 << 20));
	EXPECT(!rtrs_geometry_fits(512, 1 << 20));
	EXPECT(rtrs_geometry_fits(1, 1 << 28));
	EXPECT(!rtrs_geometry_fits(2, 1 << 28));
	EXPECT(!rtrs_geometry_fits(65535, 0xffffffff));
}

static void requests_round_trip(void)
{
	u32 id, off;

	EXPECT_EQ(rtrs_imm_make(RTRS_IMM_IO_REQ,
				rtrs_imm_req_payload(5, 4128, 9)), 0x00281020);
	rtrs_imm_req_split(0x00281020, 9, &id, &off);
	EXPECT_EQ(id, 5);
	EXPECT_EQ(off, 4128);
	/* a single chunk has no id bits at all */
	rtrs_imm_req_split(rtrs_imm_req_payload(0, 0x0fffffff, 0), 0, &id, &off);
	EXPECT_EQ(id, 0);
	EXPECT_EQ(off, 0x0fffffff);
	rtrs_imm_req_split(rtrs_imm_req_payload(65534, 4095, 16), 16, &id, &off);
	EXPECT_EQ(id, 65534);
	EXPECT_EQ(off, 4095);
}

static void responses_round_trip(void)
{
	u32 id;
	int err;

	EXPECT_EQ(rtrs_imm_make(RTRS_IMM_IO_RSP, rtrs_imm_rsp_payload(5, 0)),
		  0x10000005);
	EXPECT_EQ(rtrs_imm_make(RTRS_IMM_IO_RSP_INV, rtrs_imm_rsp_payload(5, 0)),
		  0x20000005);
	EXPECT_EQ(rtrs_imm_make(RTRS_IMM_IO_RSP, rtrs_imm_rsp_payload(5, -EIO)),
		  0x10280005);
	rtrs_imm_rsp_split(rtrs_imm_payload(0x10280005), &id, &err);
	EXPECT_EQ(id, 5);
	EXPECT_EQ(err, -EIO);
	/* an errno of ten bits must not turn into success */
	rtrs_imm_rsp_split(rtrs_imm_rsp_payload(7, -512), &id, &err);
	EXPECT_EQ(err, -EIO);
	EXPECT_EQ(id, 7);
	EXPECT_EQ(rtrs_imm_type(0x80000000), RTRS_IMM_HB_MSG);
}

int main(void)
{
	bits_hold_every_id();
	geometry_is_bounded_by_the_immediate();
	requests_round_trip();
	responses_round_trip();
	return TEST_END();
}
