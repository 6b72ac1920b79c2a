/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Immediate data and geometry arithmetic: pure functions, shared by both ends
 * and by the unit tests in user space. doc/protocol.md, "Immediate data".
 */
#ifndef RTRS_IMM_H
#define RTRS_IMM_H

#include "rtrs-proto.h"

/* Number of bits which hold every value of 0..n-1; 0 for n <= 1. */
static inline unsigned int rtrs_bits_for(u32 n)
{
	unsigned int bits = 0;

	while (bits < 32 && n > (1ULL << bits))
		bits++;
	return bits;
}

/**
 * rtrs_geometry_fits() - can the immediate name each byte of each chunk?
 * @queue_depth: number of chunks, at least 1
 * @chunk_size: bytes of one chunk, at least 1
 */
static inline bool rtrs_geometry_fits(u32 queue_depth, u32 chunk_size)
{
	return rtrs_bits_for(queue_depth) + rtrs_bits_for(chunk_size) <=
	       RTRS_IMM_PAYLOAD_BITS;
}

static inline u32 rtrs_imm_make(enum rtrs_imm_type type, u32 payload)
{
	return (u32)type << RTRS_IMM_PAYLOAD_BITS |
	       (payload & ((1U << RTRS_IMM_PAYLOAD_BITS) - 1));
}

static inline u32 rtrs_imm_type(u32 imm)
{
	return imm >> RTRS_IMM_PAYLOAD_BITS;
}

static inline u32 rtrs_imm_payload(u32 imm)
{
	return imm & ((1U << RTRS_IMM_PAYLOAD_BITS) - 1);
}

/* Request payload; @id_bits is rtrs_bits_for(queue depth of the session). */
static inline u32 rtrs_imm_req_payload(u32 id, u32 offset, unsigned int id_bits)
{
	return id_bits ? id << (RTRS_IMM_PAYLOAD_BITS - id_bits) | offset : offset;
}

static inline void rtrs_imm_req_split(u32 payload, unsigned int id_bits,
				      u32 *id, u32 *offset)
{
	unsigned int off_bits = RTRS_IMM_PAYLOAD_BITS - id_bits;

	*id = payload >> off_bits;
	*offset = payload & ((1U << off_bits) - 1);
}

/* Response payload; @err is 0 or a negative errno, kept to 9 bits. */
static inline u32 rtrs_imm_rsp_payload(u32 id, int err)
{
	u32 abs_err = err < 0 ? -err : err;

	if (abs_err >= 1U << RTRS_IMM_ERR_BITS)
		abs_err = 5;	/* EIO: what does not fit must not read as success */
	return abs_err << RTRS_IMM_ID_BITS |
	       (id & ((1U << RTRS_IMM_ID_BITS) - 1));
}

static inline void rtrs_imm_rsp_split(u32 payload, u32 *id, int *err)
{
	*id = payload & ((1U << RTRS_IMM_ID_BITS) - 1);
	*err = -(int)(payload >> RTRS_IMM_ID_BITS);
}

#endif /* RTRS_IMM_H */
