// SPDX-License-Identifier: GPL-2.0
/* What a server sends: the good is understood, each bad byte is refused. */
#include <linux/errno.h>
#include <linux/types.h>

#include "rtrs-clt-decode.h"
#include "test.h"

static struct rtrs_conn_rsp good_rsp(void)
{
	return (struct rtrs_conn_rsp) {
		.magic		= cpu_to_le16(0x1bbd),
		.version	= cpu_to_le16(0x0200),
		.queue_depth	= cpu_to_le16(512),
		.max_io_size	= cpu_to_le32(126976),
		.max_hdr_size	= cpu_to_le32(4096),
		.flags		= cpu_to_le32(2),
		.features	= cpu_to_le32(0xffffffff),
	};
}

#define RSP(...) ({							\
	struct rtrs_conn_rsp rsp_ = good_rsp();				\
	struct rtrs_clt_geometry geo_;					\
									\
	__VA_ARGS__;							\
	rtrs_clt_decode_conn_rsp(&rsp_, sizeof(rsp_), 1, true, &geo_);	\
})

static void connection_response(void)
{
	struct rtrs_conn_rsp rsp = good_rsp();
	struct rtrs_clt_geometry geo;

	EXPECT_EQ(rtrs_clt_decode_conn_rsp(&rsp, 56, RTRS_FEAT_FENCE, true, &geo),
		  RTRS_CLT_ACCEPTED);
	EXPECT_EQ(geo.queue_depth, 512);
	EXPECT_EQ(geo.max_io_size, 126976);
	EXPECT_EQ(rtrs_clt_chunk_size(&geo), 131072);
	EXPECT(geo.new_rkey);
	/* only what was offered counts */
	EXPECT_EQ(geo.features, RTRS_FEAT_FENCE);
	EXPECT_EQ(rtrs_clt_decode_conn_rsp(&rsp, 55, 1, true, &geo),
		  RTRS_CLT_REFUSED_CONN_RSP_LENGTH);

	EXPECT_EQ(RSP(rsp_.magic = 0), RTRS_CLT_REFUSED_CONN_RSP_MAGIC);
	EXPECT_EQ(RSP(rsp_.version = cpu_to_le16(0x0300)),
		  RTRS_CLT_REFUSED_CONN_RSP_VERSION);
	EXPECT_EQ(RSP(rsp_.version = cpu_to_le16(0x0207)), RTRS_CLT_ACCEPTED);
	EXPECT_EQ(RSP(rsp_.err = cpu_to_le16(-104)),
		  RTRS_CLT_REFUSED_CONN_RSP_ERRNO);
	EXPECT_EQ(RSP(rsp_.queue_depth = 0), RTRS_CLT_REFUSED_CONN_RSP_DEPTH);
	EXPECT_EQ(RSP(rsp_.max_hdr_size = cpu_to_le32(63)),
		  RTRS_CLT_REFUSED_CONN_RSP_SIZES);
	EXPECT_EQ(RSP(rsp_.max_hdr_size = cpu_to_le32(65537)),
		  RTRS_CLT_REFUSED_CONN_RSP_SIZES);
	EXPECT_EQ(RSP(rsp_.max_io_size = cpu_to_le32(4095)),
		  RTRS_CLT_REFUSED_CONN_RSP_SIZES);
	/* a sum that wraps, and chunks which no immediate can name */
	EXPECT_EQ(RSP(rsp_.max_io_size = cpu_to_le32(0xfffff000)),
		  RTRS_CLT_REFUSED_CONN_RSP_SIZES);
	EXPECT_EQ(RSP(rsp_.max_io_size = cpu_to_le32(1 << 20)),
		  RTRS_CLT_REFUSED_CONN_RSP_SIZES);
	EXPECT_EQ(RSP(rsp_.queue_depth = cpu_to_le16(65535)),
		  RTRS_CLT_REFUSED_CONN_RSP_SIZES);
}

static void later_connections_bring_no_geometry(void)
{
	struct rtrs_conn_rsp rsp = good_rsp();
	struct rtrs_clt_geometry geo = { .queue_depth = 7 };

	rsp.queue_depth = 0;
	EXPECT_EQ(rtrs_clt_decode_conn_rsp(&rsp, 56, 1, false, &geo),
		  RTRS_CLT_ACCEPTED);
	EXPECT_EQ(geo.queue_depth, 7);
}

static void rejects(void)
{
	struct rtrs_conn_rsp rsp = good_rsp();

	EXPECT_EQ(rtrs_clt_decode_reject(NULL, 0), -ECONNRESET);
	EXPECT_EQ(rtrs_clt_decode_reject(&rsp, 56), -ECONNRESET);
	rsp.err = cpu_to_le16(-17);
	EXPECT_EQ(rtrs_clt_decode_reject(&rsp, 148), -EEXIST);
	EXPECT_EQ(rtrs_clt_decode_reject(&rsp, 55), -ECONNRESET);
	rsp.err = cpu_to_le16(17);
	EXPECT_EQ(rtrs_clt_decode_reject(&rsp, 56), -ECONNRESET);
	rsp.err = cpu_to_le16(-5000);
	EXPECT_EQ(rtrs_clt_decode_reject(&rsp, 56), -ECONNRESET);
	rsp.err = cpu_to_le16(-17);
	rsp.magic = 0;
	EXPECT_EQ(rtrs_clt_decode_reject(&rsp, 56), -ECONNRESET);
}

enum { DEPTH = 4, CHUNK = 8192 };

static const struct rtrs_clt_geometry small = {
	.queue_depth = DEPTH, .max_io_size = 4096, .max_hdr_size = 4096,
};

struct info {
	struct rtrs_info_rsp rsp;
	struct rtrs_sg_desc desc[DEPTH + 1];
} __packed;

static struct info good_info(unsigned int regions)
{
	struct info info = {
		.rsp.type = cpu_to_le16(RTRS_MSG_INFO_RSP),
		.rsp.sg_cnt = cpu_to_le16(regions),
	};
	unsigned int i;

	for (i = 0; i < regions; i++)
		info.desc[i] = (struct rtrs_sg_desc) {
			.addr	= cpu_to_le64(0x1000000 * (i + 1)),
			.key	= cpu_to_le32(0x100 + i),
			.len	= cpu_to_le32(DEPTH / regions * CHUNK),
		};
	return info;
}

static enum rtrs_clt_refusal decode(const struct info *info, size_t regions,
				    bool new_rkey, struct rtrs_clt_chunk *chunks)
{
	struct rtrs_clt_geometry geo = small;
	u32 generation;

	geo.new_rkey = new_rkey;
	return rtrs_clt_decode_info_rsp(info, 8 + 16 * regions, &geo, chunks,
					&generation);
}

static void info_response(void)
{
	struct rtrs_clt_chunk chunks[DEPTH];
	struct info info = good_info(2);
	u32 generation;

	EXPECT_EQ(decode(&info, 2, false, chunks), RTRS_CLT_ACCEPTED);
	EXPECT_EQ(chunks[0].addr, 0x1000000);
	EXPECT_EQ(chunks[1].addr, 0x1000000 + CHUNK);
	EXPECT_EQ(chunks[2].addr, 0x2000000);
	EXPECT_EQ(chunks[3].addr, 0x2000000 + CHUNK);
	EXPECT_EQ(chunks[3].rkey, 0x101);
	/* a region of several chunks cannot have its key renewed */
	EXPECT_EQ(decode(&info, 2, true, chunks),
		  RTRS_CLT_REFUSED_INFO_RSP_REGIONS);
	EXPECT_EQ(decode(&info, 1, false, chunks),
		  RTRS_CLT_REFUSED_INFO_RSP_LENGTH);
	EXPECT_EQ(rtrs_clt_decode_info_rsp(&info, 7, &small, chunks, &generation),
		  RTRS_CLT_REFUSED_INFO_RSP_LENGTH);

	info = good_info(DEPTH);
	EXPECT_EQ(decode(&info, DEPTH, true, chunks), RTRS_CLT_ACCEPTED);
	info.rsp.type = 0;
	EXPECT_EQ(decode(&info, DEPTH, true, chunks),
		  RTRS_CLT_REFUSED_INFO_RSP_TYPE);
	info = good_info(2);
	info.rsp.sg_cnt = 0;
	EXPECT_EQ(decode(&info, 2, false, chunks),
		  RTRS_CLT_REFUSED_INFO_RSP_REGIONS);
	info.rsp.sg_cnt = cpu_to_le16(3);
	EXPECT_EQ(decode(&info, 3, false, chunks),
		  RTRS_CLT_REFUSED_INFO_RSP_REGIONS);

	info = good_info(2);
	info.desc[1].len = cpu_to_le32(CHUNK);
	EXPECT_EQ(decode(&info, 2, false, chunks),
		  RTRS_CLT_REFUSED_INFO_RSP_REGIONS);
	info.desc[1].len = cpu_to_le32(3 * CHUNK);
	EXPECT_EQ(decode(&info, 2, false, chunks),
		  RTRS_CLT_REFUSED_INFO_RSP_REGIONS);
	info.desc[1].len = cpu_to_le32(2 * CHUNK - 1);
	EXPECT_EQ(decode(&info, 2, false, chunks),
		  RTRS_CLT_REFUSED_INFO_RSP_REGIONS);
	info.desc[1].len = 0;
	EXPECT_EQ(decode(&info, 2, false, chunks),
		  RTRS_CLT_REFUSED_INFO_RSP_REGIONS);
	info = good_info(2);
	info.desc[1].addr = cpu_to_le64(-CHUNK);
	EXPECT_EQ(decode(&info, 2, false, chunks),
		  RTRS_CLT_REFUSED_INFO_RSP_REGIONS);
}

static void generation(void)
{
	struct rtrs_clt_geometry geo = small;
	struct rtrs_clt_chunk chunks[DEPTH];
	struct info info = good_info(2);
	u32 generation = 7;

	info.rsp.generation = cpu_to_le32(0x12345678);
	/* where it was not agreed on, these bytes are anything */
	EXPECT_EQ(rtrs_clt_decode_info_rsp(&info, 40, &geo, chunks, &generation),
		  RTRS_CLT_ACCEPTED);
	EXPECT_EQ(generation, 0);
	geo.features = RTRS_FEAT_GENERATION;
	EXPECT_EQ(rtrs_clt_decode_info_rsp(&info, 40, &geo, chunks, &generation),
		  RTRS_CLT_ACCEPTED);
	EXPECT_EQ(generation, 0x12345678);
}

static void key_response(void)
{
	struct rtrs_rkey_rsp rsp = {
		.type	= cpu_to_le16(RTRS_MSG_RKEY_RSP),
		.buf_id	= cpu_to_le16(3),
		.rkey	= cpu_to_le32(0x1234),
	};
	u32 rkey = 0;

	EXPECT_EQ(rtrs_clt_decode_key_rsp(&rsp, 8, 3, &rkey), RTRS_CLT_ACCEPTED);
	EXPECT_EQ(rkey, 0x1234);
	EXPECT_EQ(rtrs_clt_decode_key_rsp(&rsp, 7, 3, &rkey),
		  RTRS_CLT_REFUSED_KEY_RSP_LENGTH);
	EXPECT_EQ(rtrs_clt_decode_key_rsp(NULL, 0, 3, &rkey),
		  RTRS_CLT_REFUSED_KEY_RSP_LENGTH);
	EXPECT_EQ(rtrs_clt_decode_key_rsp(&rsp, 8, 4, &rkey),
		  RTRS_CLT_REFUSED_KEY_RSP_ID);
	rsp.type = 0;
	EXPECT_EQ(rtrs_clt_decode_key_rsp(&rsp, 8, 3, &rkey),
		  RTRS_CLT_REFUSED_KEY_RSP_TYPE);
}

static void refusals_have_distinct_names(void)
{
	int r, other;

	for (r = 0; r < RTRS_CLT_NR_REFUSALS; r++) {
		EXPECT(rtrs_clt_refusal_name(r));
		for (other = 0; other < r; other++)
			EXPECT(strcmp(rtrs_clt_refusal_name(r),
				      rtrs_clt_refusal_name(other)));
	}
}

int main(void)
{
	connection_response();
	later_connections_bring_no_geometry();
	rejects();
	info_response();
	generation();
	key_response();
	refusals_have_distinct_names();
	return TEST_END();
}
