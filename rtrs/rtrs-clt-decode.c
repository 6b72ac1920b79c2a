// SPDX-License-Identifier: GPL-2.0
/*
 * What the server sends, checked once. doc/protocol.md, "Connection response",
 * "Info response", "Key response". Pure, stands in the unit tests.
 */
#include <linux/errno.h>
#include <linux/unaligned.h>

#include "rtrs-clt-decode.h"
#include "rtrs-imm.h"

#define FIELD(data, type, field) ((const u8 *)(data) + offsetof(type, field))

static const char *const refusal_names[RTRS_CLT_NR_REFUSALS] = {
	[RTRS_CLT_REFUSED_CONN_RSP_LENGTH]	= "conn_rsp_length",
	[RTRS_CLT_REFUSED_CONN_RSP_MAGIC]	= "conn_rsp_magic",
	[RTRS_CLT_REFUSED_CONN_RSP_VERSION]	= "conn_rsp_version",
	[RTRS_CLT_REFUSED_CONN_RSP_ERRNO]	= "conn_rsp_errno",
	[RTRS_CLT_REFUSED_CONN_RSP_DEPTH]	= "conn_rsp_depth",
	[RTRS_CLT_REFUSED_CONN_RSP_SIZES]	= "conn_rsp_sizes",
	[RTRS_CLT_REFUSED_CONN_RSP_CHANGED]	= "conn_rsp_changed",
	[RTRS_CLT_REFUSED_INFO_RSP_LENGTH]	= "info_rsp_length",
	[RTRS_CLT_REFUSED_INFO_RSP_TYPE]	= "info_rsp_type",
	[RTRS_CLT_REFUSED_INFO_RSP_REGIONS]	= "info_rsp_regions",
	[RTRS_CLT_REFUSED_IMM_TYPE]		= "imm_type",
	[RTRS_CLT_REFUSED_IMM_MISSING]		= "imm_missing",
	[RTRS_CLT_REFUSED_RSP_ID]		= "rsp_id",
	[RTRS_CLT_REFUSED_RSP_IDLE]		= "rsp_idle",
	[RTRS_CLT_REFUSED_RSP_CONNECTION]	= "rsp_connection",
	[RTRS_CLT_REFUSED_RSP_DUPLICATE]	= "rsp_duplicate",
	[RTRS_CLT_REFUSED_RSP_KEY_ALIVE]	= "rsp_key_alive",
	[RTRS_CLT_REFUSED_KEY_RSP_LENGTH]	= "key_rsp_length",
	[RTRS_CLT_REFUSED_KEY_RSP_TYPE]		= "key_rsp_type",
	[RTRS_CLT_REFUSED_KEY_RSP_ID]		= "key_rsp_id",
	[RTRS_CLT_REFUSED_FENCE_RSP]		= "fence_rsp",
};

/**
 * rtrs_clt_refusal_name() - as it is called in stats/refused
 * @refusal: any but RTRS_CLT_ACCEPTED
 */
const char *rtrs_clt_refusal_name(enum rtrs_clt_refusal refusal)
{
	return refusal_names[refusal];
}

static enum rtrs_clt_refusal check_frame(const void *data, size_t len)
{
	if (len < sizeof(struct rtrs_conn_rsp))
		return RTRS_CLT_REFUSED_CONN_RSP_LENGTH;
	if (get_unaligned_le16(FIELD(data, struct rtrs_conn_rsp, magic)) !=
	    RTRS_MAGIC)
		return RTRS_CLT_REFUSED_CONN_RSP_MAGIC;
	if (get_unaligned_le16(FIELD(data, struct rtrs_conn_rsp, version)) >> 8 !=
	    RTRS_VERSION_MAJOR)
		return RTRS_CLT_REFUSED_CONN_RSP_VERSION;
	return RTRS_CLT_ACCEPTED;
}

/**
 * rtrs_clt_decode_conn_rsp() - check the response to a connection request
 * @data: private data of the connection manager's reply
 * @len: its length
 * @offered: features in the request
 * @first: this is cid 0, whose geometry counts
 * @geo: filled in for the first connection
 *
 * Return: RTRS_CLT_ACCEPTED, or why not.
 */
enum rtrs_clt_refusal
rtrs_clt_decode_conn_rsp(const void *data, size_t len, u32 offered, bool first,
			 struct rtrs_clt_geometry *geo)
{
	enum rtrs_clt_refusal refusal = check_frame(data, len);
	u32 flags;

	if (refusal != RTRS_CLT_ACCEPTED)
		return refusal;
	if (get_unaligned_le16(FIELD(data, struct rtrs_conn_rsp, err)))
		return RTRS_CLT_REFUSED_CONN_RSP_ERRNO;
	if (!first)
		return RTRS_CLT_ACCEPTED;

	flags = get_unaligned_le32(FIELD(data, struct rtrs_conn_rsp, flags));
	*geo = (struct rtrs_clt_geometry) {
		.queue_depth = get_unaligned_le16(FIELD(data, struct rtrs_conn_rsp,
							queue_depth)),
		.max_io_size = get_unaligned_le32(FIELD(data, struct rtrs_conn_rsp,
							max_io_size)),
		.max_hdr_size = get_unaligned_le32(FIELD(data, struct rtrs_conn_rsp,
							 max_hdr_size)),
		.new_rkey = flags & RTRS_RSP_NEW_RKEY,
		.features = get_unaligned_le32(FIELD(data, struct rtrs_conn_rsp,
						     features)) & offered,
	};
	if (!geo->queue_depth)
		return RTRS_CLT_REFUSED_CONN_RSP_DEPTH;
	if (geo->max_hdr_size < RTRS_CLT_MIN_HDR ||
	    geo->max_hdr_size > RTRS_CLT_MAX_HDR ||
	    geo->max_io_size < RTRS_CLT_MIN_IO ||
	    geo->max_io_size > RTRS_CLT_MAX_IO ||
	    !rtrs_geometry_fits(geo->queue_depth, rtrs_clt_chunk_size(geo)))
		return RTRS_CLT_REFUSED_CONN_RSP_SIZES;
	return RTRS_CLT_ACCEPTED;
}

/**
 * rtrs_clt_decode_reject() - why the server refused a connection
 * @data: private data of the reject, or NULL
 * @len: its length
 *
 * Return: always a negative errno.
 */
int rtrs_clt_decode_reject(const void *data, size_t len)
{
	int err;

	if (!data || check_frame(data, len) != RTRS_CLT_ACCEPTED)
		return -ECONNRESET;
	err = (s16)get_unaligned_le16(FIELD(data, struct rtrs_conn_rsp, err));
	if (err >= 0 || err < -RTRS_CLT_MAX_ERRNO)
		return -ECONNRESET;
	return err;
}

/**
 * rtrs_clt_decode_info_rsp() - check the info response, learn the chunks
 * @data: message
 * @len: its length
 * @geo: geometry of the path
 * @chunks: filled in, one for each of the queue depth
 * @generation: filled in; 0 from a server without RTRS_FEAT_GENERATION
 *
 * Return: RTRS_CLT_ACCEPTED, or why not; then @chunks is undefined.
 */
enum rtrs_clt_refusal
rtrs_clt_decode_info_rsp(const void *data, size_t len,
			 const struct rtrs_clt_geometry *geo,
			 struct rtrs_clt_chunk *chunks, u32 *generation)
{
	u32 chunk = rtrs_clt_chunk_size(geo);
	u32 nr_regions, r, n, filled = 0;

	if (len < sizeof(struct rtrs_info_rsp))
		return RTRS_CLT_REFUSED_INFO_RSP_LENGTH;
	if (get_unaligned_le16(FIELD(data, struct rtrs_info_rsp, type)) !=
	    RTRS_MSG_INFO_RSP)
		return RTRS_CLT_REFUSED_INFO_RSP_TYPE;
	nr_regions = get_unaligned_le16(FIELD(data, struct rtrs_info_rsp, sg_cnt));
	if (len < sizeof(struct rtrs_info_rsp) +
		  nr_regions * sizeof(struct rtrs_sg_desc))
		return RTRS_CLT_REFUSED_INFO_RSP_LENGTH;
	if (!nr_regions || geo->queue_depth % nr_regions)
		return RTRS_CLT_REFUSED_INFO_RSP_REGIONS;
	/* keys are renewed chunk by chunk, so a region must be a chunk */
	if (geo->new_rkey && nr_regions != geo->queue_depth)
		return RTRS_CLT_REFUSED_INFO_RSP_REGIONS;

	for (r = 0; r < nr_regions; r++) {
		const u8 *desc = (const u8 *)data +
				 sizeof(struct rtrs_info_rsp) +
				 r * sizeof(struct rtrs_sg_desc);
		u64 addr = get_unaligned_le64(FIELD(desc, struct rtrs_sg_desc, addr));
		u32 key = get_unaligned_le32(FIELD(desc, struct rtrs_sg_desc, key));
		u32 bytes = get_unaligned_le32(FIELD(desc, struct rtrs_sg_desc, len));

		if (!bytes || bytes % chunk || addr + bytes - 1 < addr)
			return RTRS_CLT_REFUSED_INFO_RSP_REGIONS;
		for (n = 0; n < bytes / chunk; n++) {
			if (filled == geo->queue_depth)
				return RTRS_CLT_REFUSED_INFO_RSP_REGIONS;
			chunks[filled++] = (struct rtrs_clt_chunk) {
				.addr = addr + (u64)n * chunk,
				.rkey = key,
			};
		}
	}
	if (filled != geo->queue_depth)
		return RTRS_CLT_REFUSED_INFO_RSP_REGIONS;
	/* what others leave in these bytes means nothing */
	*generation = geo->features & RTRS_FEAT_GENERATION ?
		get_unaligned_le32(FIELD(data, struct rtrs_info_rsp, generation)) : 0;
	return RTRS_CLT_ACCEPTED;
}

/**
 * rtrs_clt_decode_key_rsp() - check the message that announces a chunk's key
 * @data: message
 * @len: its length
 * @id: chunk named by the immediate it came with
 * @rkey: filled in
 *
 * Return: RTRS_CLT_ACCEPTED, or why not.
 */
enum rtrs_clt_refusal
rtrs_clt_decode_key_rsp(const void *data, size_t len, u32 id, u32 *rkey)
{
	if (len < sizeof(struct rtrs_rkey_rsp))
		return RTRS_CLT_REFUSED_KEY_RSP_LENGTH;
	if (get_unaligned_le16(FIELD(data, struct rtrs_rkey_rsp, type)) !=
	    RTRS_MSG_RKEY_RSP)
		return RTRS_CLT_REFUSED_KEY_RSP_TYPE;
	if (get_unaligned_le16(FIELD(data, struct rtrs_rkey_rsp, buf_id)) != id)
		return RTRS_CLT_REFUSED_KEY_RSP_ID;
	*rkey = get_unaligned_le32(FIELD(data, struct rtrs_rkey_rsp, rkey));
	return RTRS_CLT_ACCEPTED;
}
