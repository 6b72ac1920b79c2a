// SPDX-License-Identifier: GPL-2.0
/*
 * Decoding of what a client sends. Pure functions over private copies: what
 * they accept is trusted from then on, nothing is looked at twice.
 */
#include <linux/minmax.h>
#include <linux/string.h>
#include <asm/byteorder.h>

#include "rtrs-srv-decode.h"

/**
 * rtrs_srv_hdr_room() - how many bytes of header can stand at an offset
 * @geo: geometry
 * @off: offset from an immediate, any value
 *
 * Return: 0 when @off is outside the chunk, at most sizeof(rtrs_srv_hdr).
 */
u32 rtrs_srv_hdr_room(const struct rtrs_srv_geometry *geo, u32 off)
{
	if (off >= geo->chunk_size)
		return 0;
	return min_t(u32, geo->chunk_size - off, sizeof(union rtrs_srv_hdr));
}

static enum rtrs_srv_refusal
decode_lengths(const struct rtrs_srv_geometry *geo, u32 off, u32 hdr_len,
	       struct rtrs_srv_req *req)
{
	if (req->usr_len > off || req->usr_len + hdr_len > geo->max_hdr_size)
		return RTRS_SRV_REFUSE_USR_LEN;
	req->data_len = off - req->usr_len;
	if (req->data_len > geo->max_io_size)
		return RTRS_SRV_REFUSE_DATA_LEN;
	return RTRS_SRV_ACCEPTED;
}

static enum rtrs_srv_refusal
decode_write(const struct rtrs_srv_geometry *geo, u32 off,
	     const struct rtrs_write_hdr *hdr, struct rtrs_srv_req *req)
{
	req->write = true;
	req->usr_len = le16_to_cpu(hdr->usr_len);
	return decode_lengths(geo, off, sizeof(*hdr), req);
}

static enum rtrs_srv_refusal
decode_read(const struct rtrs_srv_geometry *geo, u32 off,
	    const union rtrs_srv_hdr *hdr, struct rtrs_srv_req *req)
{
	u16 flags = le16_to_cpu(hdr->read.flags);
	u16 sg_cnt = le16_to_cpu(hdr->read.sg_cnt);
	u32 hdr_len = sizeof(hdr->read) + sg_cnt * sizeof(hdr->desc);
	enum rtrs_srv_refusal why;

	if (flags & ~RTRS_READ_NEED_INVAL)
		return RTRS_SRV_REFUSE_FLAGS;
	if (sg_cnt > 1)
		return RTRS_SRV_REFUSE_SG_CNT;
	if (hdr_len > rtrs_srv_hdr_room(geo, off))
		return RTRS_SRV_REFUSE_HDR_RANGE;

	req->usr_len = le16_to_cpu(hdr->read.usr_len);
	why = decode_lengths(geo, off, hdr_len, req);
	if (why)
		return why;
	/* nothing but the data that was asked for ever leaves a chunk */
	if (req->data_len != (sg_cnt ? le32_to_cpu(hdr->desc.len) : 0))
		return RTRS_SRV_REFUSE_DESC_LEN;
	if (!sg_cnt)
		return RTRS_SRV_ACCEPTED;
	if (!req->data_len)
		return RTRS_SRV_REFUSE_DESC_LEN;

	req->invalidate = flags & RTRS_READ_NEED_INVAL;
	req->addr = le64_to_cpu(hdr->desc.addr);
	req->key = le32_to_cpu(hdr->desc.key);
	return RTRS_SRV_ACCEPTED;
}

/**
 * rtrs_srv_decode() - check a request
 * @geo: geometry
 * @off: offset of the header in its chunk
 * @hdr: copy of the header, the bytes beyond rtrs_srv_hdr_room() of @off zero
 * @req: filled; after a refusal it is a request without data or message
 *
 * Return: RTRS_SRV_ACCEPTED or why not.
 */
enum rtrs_srv_refusal
rtrs_srv_decode(const struct rtrs_srv_geometry *geo, u32 off,
		const union rtrs_srv_hdr *hdr, struct rtrs_srv_req *req)
{
	enum rtrs_srv_refusal why = RTRS_SRV_REFUSE_HDR_RANGE;
	u32 room = rtrs_srv_hdr_room(geo, off);

	*req = (struct rtrs_srv_req) { 0 };
	if (room < sizeof(hdr->write))
		return why;
	switch (le16_to_cpu(hdr->type)) {
	case RTRS_MSG_WRITE:
		why = decode_write(geo, off, &hdr->write, req);
		break;
	case RTRS_MSG_READ:
		if (room >= sizeof(hdr->read))
			why = decode_read(geo, off, hdr, req);
		break;
	default:
		why = RTRS_SRV_REFUSE_HDR_TYPE;
	}
	if (why)
		*req = (struct rtrs_srv_req) { 0 };
	return why;
}

static bool name_is_fine(const u8 *name, size_t len)
{
	size_t i;

	/* a file of that name stands beside the sessions in sysfs */
	if (len == 3 && !memcmp(name, "ctl", 3))
		return false;
	for (i = 0; i < len; i++)
		if (name[i] < ' ' || name[i] == 0x7f || name[i] == '/' ||
		    name[i] == '.')
			return false;
	return len > 0;
}

/**
 * rtrs_srv_decode_info() - check an info request
 * @msg: copy of the message
 * @len: bytes that arrived
 *
 * Return: RTRS_SRV_ACCEPTED, and then @msg->sessname is terminated, or why not.
 */
enum rtrs_srv_refusal
rtrs_srv_decode_info(const struct rtrs_info_req *msg, u32 len)
{
	const u8 *end;

	if (len != sizeof(*msg) || le16_to_cpu(msg->type) != RTRS_MSG_INFO_REQ)
		return RTRS_SRV_REFUSE_INFO_MESSAGE;
	end = memchr(msg->sessname, '\0', sizeof(msg->sessname));
	if (!end || !name_is_fine(msg->sessname, end - msg->sessname))
		return RTRS_SRV_REFUSE_INFO_NAME;
	return RTRS_SRV_ACCEPTED;
}
