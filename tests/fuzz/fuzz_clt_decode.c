// SPDX-License-Identifier: GPL-2.0
/* Any connection, info and key response of a server. */
#include "fuzz.h"
#include "rtrs-clt-decode.h"
#include "rtrs-imm.h"

static void conn_rsp(struct fuzz *f)
{
	u8 help = fuzz_u8(f);
	bool first = help & 1;
	u32 offered = fuzz_u8(f);
	size_t len = help & 2 ? sizeof(struct rtrs_conn_rsp) : f->left;
	struct rtrs_conn_rsp *data = fuzz_copy(f, len);
	struct rtrs_clt_geometry geo;
	enum rtrs_clt_refusal why;
	int err;

	if (help & 4 && len >= sizeof(*data)) {
		data->magic = cpu_to_le16(RTRS_MAGIC);
		data->version = cpu_to_le16(RTRS_VERSION);
		if (help & 8)
			data->err = 0;
	}
	why = rtrs_clt_decode_conn_rsp(data, len, offered, first, &geo);
	if (why != RTRS_CLT_ACCEPTED) {
		MUST(rtrs_clt_refusal_name(why));
	} else if (first) {
		MUST(geo.queue_depth && !(geo.features & ~offered));
		MUST(geo.max_io_size >= RTRS_CLT_MIN_IO &&
		     geo.max_io_size <= RTRS_CLT_MAX_IO);
		MUST(rtrs_geometry_fits(geo.queue_depth,
					rtrs_clt_chunk_size(&geo)));
	}
	err = rtrs_clt_decode_reject(data, len);
	MUST(err < 0 && err >= -RTRS_CLT_MAX_ERRNO);
	MUST(rtrs_clt_decode_reject(NULL, len) < 0);
	free(data);
}

static void info_rsp(struct fuzz *f)
{
	struct rtrs_clt_geometry geo = {
		.queue_depth	= 1 + fuzz_u8(f) % 16,
		.max_io_size	= 4096u << fuzz_u8(f) % 4,
		.max_hdr_size	= 4096,
		.new_rkey	= fuzz_u8(f) & 1,
		.features	= fuzz_u8(f),
	};
	u8 help = fuzz_u8(f);
	size_t len = f->left;
	struct rtrs_info_rsp *data = fuzz_copy(f, len);
	struct rtrs_clt_chunk *chunks = calloc(geo.queue_depth, sizeof(*chunks));
	u32 i, n, generation;

	MUST(chunks);
	if (help & 1 && len >= sizeof(*data)) {
		n = (len - sizeof(*data)) / sizeof(data->desc[0]);
		data->type = cpu_to_le16(RTRS_MSG_INFO_RSP);
		data->sg_cnt = cpu_to_le16(n);
		for (i = 0; i < n && help & 2; i++)
			data->desc[i].len = cpu_to_le32(rtrs_clt_chunk_size(&geo) *
							(1 + (help >> 4)));
	}
	if (rtrs_clt_decode_info_rsp(data, len, &geo, chunks, &generation) ==
	    RTRS_CLT_ACCEPTED) {
		MUST(geo.features & RTRS_FEAT_GENERATION || !generation);
		for (i = 0; i < geo.queue_depth; i++)
			MUST(chunks[i].addr + rtrs_clt_chunk_size(&geo) - 1 >=
			     chunks[i].addr);
	}
	free(chunks);
	free(data);
}

static void key_rsp(struct fuzz *f)
{
	u8 help = fuzz_u8(f);
	u32 id = fuzz_u8(f), rkey = 0;
	size_t len = f->left;
	struct rtrs_rkey_rsp *data = fuzz_copy(f, len);

	if (help & 1 && len >= sizeof(data->type))
		data->type = cpu_to_le16(RTRS_MSG_RKEY_RSP);
	if (help & 2 && len >= sizeof(*data))
		data->buf_id = cpu_to_le16(id);
	rtrs_clt_decode_key_rsp(data, len, id, &rkey);
	free(data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = { data, size };

	switch (fuzz_u8(&f) % 3) {
	case 0:
		conn_rsp(&f);
		break;
	case 1:
		info_rsp(&f);
		break;
	default:
		key_rsp(&f);
		break;
	}
	return 0;
}
