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

/* Everything a client refuses from its peer, by name in stats/refused. */
#define RTRS_CLT_REFUSALS(X)						\
	X(CONN_RSP_LENGTH,	"conn_rsp_length")			\
	X(CONN_RSP_MAGIC,	"conn_rsp_magic")			\
	X(CONN_RSP_VERSION,	"conn_rsp_version")			\
	X(CONN_RSP_ERRNO,	"conn_rsp_errno")			\
	X(CONN_RSP_DEPTH,	"conn_rsp_depth")			\
	X(CONN_RSP_SIZES,	"conn_rsp_sizes")			\
	X(CONN_RSP_CHANGED,	"conn_rsp_changed")			\
	X(INFO_RSP_LENGTH,	"info_rsp_length")			\
	X(INFO_RSP_TYPE,	"info_rsp_type")			\
	X(INFO_RSP_REGIONS,	"info_rsp_regions")			\
	X(IMM_TYPE,		"imm_type")				\
	X(IMM_MISSING,		"imm_missing")				\
	X(RSP_ID,		"rsp_id")				\
	X(RSP_IDLE,		"rsp_idle")				\
	X(RSP_CONNECTION,	"rsp_connection")			\
	X(RSP_DUPLICATE,	"rsp_duplicate")			\
	X(RSP_KEY_ALIVE,	"rsp_key_alive")			\
	X(KEY_RSP_LENGTH,	"key_rsp_length")			\
	X(KEY_RSP_TYPE,		"key_rsp_type")				\
	X(KEY_RSP_ID,		"key_rsp_id")				\
	X(FENCE_RSP,		"fence_rsp")

#define RTRS_CLT_REFUSAL_ENUM(name, text) RTRS_CLT_REFUSED_##name,
enum rtrs_clt_refusal {
	RTRS_CLT_REFUSALS(RTRS_CLT_REFUSAL_ENUM)
	RTRS_CLT_NR_REFUSALS,
	RTRS_CLT_ACCEPTED
};

#undef RTRS_CLT_REFUSAL_ENUM

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
			 struct rtrs_clt_chunk *chunks);
enum rtrs_clt_refusal
rtrs_clt_decode_key_rsp(const void *data, size_t len, u32 id, u32 *rkey);
const char *rtrs_clt_refusal_name(enum rtrs_clt_refusal refusal);

#endif /* RTRS_CLT_DECODE_H */
