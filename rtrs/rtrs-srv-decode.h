/* SPDX-License-Identifier: GPL-2.0 */
/* Decoding of what a client sends; pure, stands in the unit tests. */
#ifndef RTRS_SRV_DECODE_H
#define RTRS_SRV_DECODE_H

#include <linux/types.h>

#include "rtrs-proto.h"
#include "rtrs-srv-refuse.h"

/**
 * struct rtrs_srv_geometry - what all sessions of this server share
 * @queue_depth: chunks of a session
 * @chunk_size: bytes of a chunk
 * @max_io_size: bytes of data in one request
 * @max_hdr_size: bytes of user message and header in one request
 * @id_bits: bits of a chunk number in an immediate
 * @invalidate: keys are renewed with each request
 */
struct rtrs_srv_geometry {
	u32		queue_depth;
	u32		chunk_size;
	u32		max_io_size;
	u32		max_hdr_size;
	unsigned int	id_bits;
	bool		invalidate;
};

/* A private copy of the header of a request, as long as the longest one. */
union rtrs_srv_hdr {
	__le16			type;
	struct rtrs_write_hdr	write;
	struct {
		struct rtrs_read_hdr	read;
		struct rtrs_sg_desc	desc;
	} __packed;
};

/**
 * struct rtrs_srv_req - a request, decoded and checked
 * @write: WRITE, else READ
 * @invalidate: the client wants @key invalidated with the answer
 * @usr_len: bytes of the user message
 * @data_len: bytes of payload, or of the answer that is wanted; not more than
 *	the geometry's max_io_size
 * @addr: where an answer goes, if it is a READ with @data_len
 * @key: key of @addr
 */
struct rtrs_srv_req {
	bool	write;
	bool	invalidate;
	u16	usr_len;
	u32	data_len;
	u64	addr;
	u32	key;
};

u32 rtrs_srv_hdr_room(const struct rtrs_srv_geometry *geo, u32 off);
enum rtrs_srv_refusal
rtrs_srv_decode(const struct rtrs_srv_geometry *geo, u32 off,
		const union rtrs_srv_hdr *hdr, struct rtrs_srv_req *req);
enum rtrs_srv_refusal
rtrs_srv_decode_info(const struct rtrs_info_req *msg, u32 len);

#endif /* RTRS_SRV_DECODE_H */
