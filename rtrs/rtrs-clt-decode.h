/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the server sends, checked once: connection response, info response, key
 * response. Pure, stands in the unit tests. Behind these functions no raw byte
 * of the peer exists.
 */
#ifndef RTRS_CLT_DECODE_H
#define RTRS_CLT_DECODE_H

#include <linux/types.h>

#include "rtrs-proto.h"

/* Everything a client refuses from its peer; rtrs_clt_refusal_name() names it. */
enum rtrs_clt_refusal {
	RTRS_CLT_REFUSED_CONN_RSP_LENGTH,
	RTRS_CLT_REFUSED_CONN_RSP_MAGIC,
	RTRS_CLT_REFUSED_CONN_RSP_VERSION,
	RTRS_CLT_REFUSED_CONN_RSP_ERRNO,
	RTRS_CLT_REFUSED_CONN_RSP_DEPTH,
	RTRS_CLT_REFUSED_CONN_RSP_SIZES,
	RTRS_CLT_REFUSED_CONN_RSP_CHANGED,
	RTRS_CLT_REFUSED_INFO_RSP_LENGTH,
	RTRS_CLT_REFUSED_INFO_RSP_TYPE,
	RTRS_CLT_REFUSED_INFO_RSP_REGIONS,
	RTRS_CLT_REFUSED_IMM_TYPE,
	RTRS_CLT_REFUSED_IMM_MISSING,
	RTRS_CLT_REFUSED_RSP_ID,
	RTRS_CLT_REFUSED_RSP_IDLE,
	RTRS_CLT_REFUSED_RSP_CONNECTION,
	RTRS_CLT_REFUSED_RSP_DUPLICATE,
	RTRS_CLT_REFUSED_RSP_KEY_ALIVE,
	RTRS_CLT_REFUSED_KEY_RSP_LENGTH,
	RTRS_CLT_REFUSED_KEY_RSP_TYPE,
	RTRS_CLT_REFUSED_KEY_RSP_ID,
	RTRS_CLT_REFUSED_FENCE_RSP,
	RTRS_CLT_NR_REFUSALS,
	RTRS_CLT_ACCEPTED
};

/* Bounds of what a server may ask for. */
enum {
	RTRS_CLT_MIN_HDR	= 64,
	RTRS_CLT_MAX_HDR	= 65536,
	RTRS_CLT_MIN_IO		= 4096,
	RTRS_CLT_MAX_IO		= 128 << 20,
	RTRS_CLT_MAX_ERRNO	= 4095,
};

/**
 * struct rtrs_clt_geometry - what a server offers
 * @queue_depth: number of chunks
 * @max_io_size: bytes of data in a request
 * @max_hdr_size: bytes of message and header behind them
 * @new_rkey: the server renews the keys of its chunks with each answer
 * @features: bits of enum rtrs_feature which it accepted
 */
struct rtrs_clt_geometry {
	u32	queue_depth;
	u32	max_io_size;
	u32	max_hdr_size;
	bool	new_rkey;
	u32	features;
};

/* Bytes of one chunk. */
static inline u32 rtrs_clt_chunk_size(const struct rtrs_clt_geometry *geo)
{
	return geo->max_io_size + geo->max_hdr_size;
}

/**
 * struct rtrs_clt_chunk - where a chunk is, for one path
 * @addr: address of its first byte
 * @rkey: its key
 */
struct rtrs_clt_chunk {
	u64	addr;
	u32	rkey;
};

enum rtrs_clt_refusal
rtrs_clt_decode_conn_rsp(const void *data, size_t len, u32 offered,
			 bool first, struct rtrs_clt_geometry *geo);
int rtrs_clt_decode_reject(const void *data, size_t len);
enum rtrs_clt_refusal
rtrs_clt_decode_info_rsp(const void *data, size_t len,
			 const struct rtrs_clt_geometry *geo,
			 struct rtrs_clt_chunk *chunks, u32 *generation);
enum rtrs_clt_refusal
rtrs_clt_decode_key_rsp(const void *data, size_t len, u32 id, u32 *rkey);
const char *rtrs_clt_refusal_name(enum rtrs_clt_refusal refusal);

#endif /* RTRS_CLT_DECODE_H */
