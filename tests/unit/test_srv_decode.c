// SPDX-License-Identifier: GPL-2.0
/* The server believes nothing: requests and info requests, good and bad. */
#include <linux/types.h>

#include "rtrs-srv-decode.h"
#include "test.h"

static const struct rtrs_srv_geometry geo = {
	.queue_depth	= 512,
	.chunk_size	= 131072,
	.max_io_size	= 126976,
	.max_hdr_size	= 4096,
	.id_bits	= 9,
	.invalidate	= true,
};

static struct rtrs_srv_req req;

static enum rtrs_srv_refusal write_at(u32 off, u16 usr_len)
{
	union rtrs_srv_hdr hdr = { 0 };

	hdr.write.type = cpu_to_le16(RTRS_MSG_WRITE);
	hdr.write.usr_len = cpu_to_le16(usr_len);
	return rtrs_srv_decode(&geo, off, &hdr, &req);
}

static enum rtrs_srv_refusal read_at(u32 off, u16 usr_len, u16 flags,
				     u16 sg_cnt, u32 desc_len)
{
	union rtrs_srv_hdr hdr = {
		.read.type	= cpu_to_le16(RTRS_MSG_READ),
		.read.usr_len	= cpu_to_le16(usr_len),
		.read.flags	= cpu_to_le16(flags),
		.read.sg_cnt	= cpu_to_le16(sg_cnt),
	};

	hdr.desc.addr = cpu_to_le64(0x1122334455667788);
	hdr.desc.key = cpu_to_le32(0xabcdef01);
	hdr.desc.len = cpu_to_le32(desc_len);
	return rtrs_srv_decode(&geo, off, &hdr, &req);
}

static void writes(void)
{
	EXPECT_EQ(write_at(4128, 32), RTRS_SRV_ACCEPTED);
	EXPECT(req.write && !req.invalidate);
	EXPECT_EQ(req.data_len, 4096);
	EXPECT_EQ(req.usr_len, 32);
	/* CLOSE: no data */
	EXPECT_EQ(write_at(8, 8), RTRS_SRV_ACCEPTED);
	EXPECT_EQ(req.data_len, 0);
	/* the largest there is */
	EXPECT_EQ(write_at(126976 + 32, 32), RTRS_SRV_ACCEPTED);
	EXPECT_EQ(write_at(126976 + 33, 32), RTRS_SRV_REFUSE_DATA_LEN);
	EXPECT_EQ(req.data_len, 0);
	/* the message would begin before the chunk */
	EXPECT_EQ(write_at(31, 32), RTRS_SRV_REFUSE_USR_LEN);
	EXPECT_EQ(write_at(0, 65535), RTRS_SRV_REFUSE_USR_LEN);
	EXPECT_EQ(req.usr_len, 0);
	EXPECT_EQ(write_at(65535, 65535), RTRS_SRV_REFUSE_USR_LEN);
	EXPECT_EQ(write_at(4092, 4092), RTRS_SRV_ACCEPTED);
	EXPECT_EQ(write_at(4093, 4093), RTRS_SRV_REFUSE_USR_LEN);
}

static void headers_stay_inside_the_chunk(void)
{
	EXPECT_EQ(rtrs_srv_hdr_room(&geo, 0), sizeof(union rtrs_srv_hdr));
	EXPECT_EQ(sizeof(union rtrs_srv_hdr), 24);
	EXPECT_EQ(rtrs_srv_hdr_room(&geo, 131072 - 4), 4);
	EXPECT_EQ(rtrs_srv_hdr_room(&geo, 131071), 1);
	EXPECT_EQ(rtrs_srv_hdr_room(&geo, 131072), 0);
	EXPECT_EQ(rtrs_srv_hdr_room(&geo, 0xffffffff), 0);
	EXPECT_EQ(write_at(131072 - 3, 4096), RTRS_SRV_REFUSE_HDR_RANGE);
	EXPECT_EQ(write_at(131072 - 4, 4092), RTRS_SRV_ACCEPTED);
	EXPECT_EQ(read_at(131072 - 7, 4088, 0, 0, 0), RTRS_SRV_REFUSE_HDR_RANGE);
	EXPECT_EQ(read_at(131072 - 23, 4072, 0, 1, 126977),
		  RTRS_SRV_REFUSE_HDR_RANGE);
	EXPECT_EQ(read_at(131072 - 24, 4072, 0, 1, 126976), RTRS_SRV_ACCEPTED);
}

static void reads(void)
{
	EXPECT_EQ(read_at(4128, 32, RTRS_READ_NEED_INVAL, 1, 4096),
		  RTRS_SRV_ACCEPTED);
	EXPECT(!req.write && req.invalidate);
	EXPECT_EQ(req.data_len, 4096);
	EXPECT_EQ(req.addr, 0x1122334455667788);
	EXPECT_EQ(req.key, 0xabcdef01);
	EXPECT_EQ(read_at(4128, 32, 0, 1, 4096), RTRS_SRV_ACCEPTED);
	EXPECT(!req.invalidate);
	/* FLUSH: no descriptor, so there is nothing to invalidate */
	EXPECT_EQ(read_at(32, 32, RTRS_READ_NEED_INVAL, 0, 77),
		  RTRS_SRV_ACCEPTED);
	EXPECT(!req.invalidate);
	EXPECT_EQ(req.key, 0);
}

static void answers_are_what_was_asked_for(void)
{
	EXPECT_EQ(read_at(4128, 32, 0, 1, 4097), RTRS_SRV_REFUSE_DESC_LEN);
	EXPECT_EQ(read_at(4128, 32, 0, 1, 4095), RTRS_SRV_REFUSE_DESC_LEN);
	EXPECT_EQ(read_at(4128, 32, 0, 1, 0xffffffff), RTRS_SRV_REFUSE_DESC_LEN);
	EXPECT_EQ(read_at(32, 32, 0, 1, 0), RTRS_SRV_REFUSE_DESC_LEN);
	EXPECT_EQ(read_at(4128, 32, 0, 0, 4096), RTRS_SRV_REFUSE_DESC_LEN);
	EXPECT_EQ(read_at(4128, 32, 0, 2, 4096), RTRS_SRV_REFUSE_SG_CNT);
	EXPECT_EQ(read_at(4128, 32, 0, 65535, 4096), RTRS_SRV_REFUSE_SG_CNT);
	EXPECT_EQ(read_at(4128, 32, 2, 1, 4096), RTRS_SRV_REFUSE_FLAGS);
	EXPECT_EQ(read_at(4128, 4129, 0, 1, 4096), RTRS_SRV_REFUSE_USR_LEN);
}

static void unknown_headers(void)
{
	static const u16 types[] = { 0, 1, 4, 5, 6, 0x0200, 0xffff };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		union rtrs_srv_hdr hdr = { .type = cpu_to_le16(types[i]) };

		EXPECT_EQ(rtrs_srv_decode(&geo, 64, &hdr, &req),
			  RTRS_SRV_REFUSE_HDR_TYPE);
	}
}

static enum rtrs_srv_refusal info(const char *name, size_t len)
{
	struct rtrs_info_req msg = { .type = cpu_to_le16(RTRS_MSG_INFO_REQ) };

	memcpy(msg.sessname, name, len);
	return rtrs_srv_decode_info(&msg, sizeof(msg));
}

static void info_requests(void)
{
	char longest[RTRS_NAME_LEN];
	struct rtrs_info_req msg = { .type = cpu_to_le16(RTRS_MSG_INFO_REQ),
				     .sessname = "s" };

	memset(longest, 'x', sizeof(longest));
	EXPECT_EQ(info("s", 1), RTRS_SRV_ACCEPTED);
	EXPECT_EQ(info("a b@c%s", 7), RTRS_SRV_ACCEPTED);
	EXPECT_EQ(info("\xc3\xa4", 2), RTRS_SRV_ACCEPTED);
	EXPECT_EQ(info(longest, 254), RTRS_SRV_ACCEPTED);
	EXPECT_EQ(info(longest, 255), RTRS_SRV_REFUSE_INFO_NAME);
	EXPECT_EQ(info("", 0), RTRS_SRV_REFUSE_INFO_NAME);
	EXPECT_EQ(info("a/b", 3), RTRS_SRV_REFUSE_INFO_NAME);
	EXPECT_EQ(info("a.b", 3), RTRS_SRV_REFUSE_INFO_NAME);
	EXPECT_EQ(info("a\nb", 3), RTRS_SRV_REFUSE_INFO_NAME);
	EXPECT_EQ(info("\x7f", 1), RTRS_SRV_REFUSE_INFO_NAME);
	EXPECT_EQ(info("ctl", 3), RTRS_SRV_REFUSE_INFO_NAME);
	EXPECT_EQ(info("ctl2", 4), RTRS_SRV_ACCEPTED);
	/* what stands behind the terminator means nothing */
	EXPECT_EQ(info("ok\0/\x01", 5), RTRS_SRV_ACCEPTED);

	EXPECT_EQ(rtrs_srv_decode_info(&msg, sizeof(msg) - 1),
		  RTRS_SRV_REFUSE_INFO_MESSAGE);
	msg.type = cpu_to_le16(RTRS_MSG_INFO_RSP);
	EXPECT_EQ(rtrs_srv_decode_info(&msg, sizeof(msg)),
		  RTRS_SRV_REFUSE_INFO_MESSAGE);
}

int main(void)
{
	writes();
	headers_stay_inside_the_chunk();
	reads();
	answers_are_what_was_asked_for();
	unknown_headers();
	info_requests();
	return TEST_END();
}
