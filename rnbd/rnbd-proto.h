/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The RNBD wire: user messages of RTRS. Only layouts and their constants;
 * doc/protocol.md, part "RNBD", tells what the fields mean.
 */
#ifndef RNBD_PROTO_H
#define RNBD_PROTO_H

#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/types.h>

#define RNBD_PROTO_VERSION	2	/* the major travels alone */
#define RNBD_DEFAULT_PORT	1234
#define RNBD_PATH_LEN		255	/* field width, terminator included */

enum rnbd_msg_type {
	RNBD_MSG_SESS_INFO	= 0,
	RNBD_MSG_SESS_INFO_RSP	= 1,
	RNBD_MSG_OPEN		= 2,
	RNBD_MSG_OPEN_RSP	= 3,
	RNBD_MSG_IO		= 4,
	RNBD_MSG_CLOSE		= 5,
};

struct rnbd_msg_hdr {
	__le16	type;
	__u8	reserved[2];
} __packed;
static_assert(sizeof(struct rnbd_msg_hdr) == 4);

/* Both SESS_INFO and SESS_INFO_RSP. */
struct rnbd_msg_sess_info {
	struct rnbd_msg_hdr	hdr;
	__u8			version;
	__u8			reserved[31];
} __packed;
static_assert(sizeof(struct rnbd_msg_sess_info) == 36);

enum rnbd_access {
	RNBD_ACCESS_RO		= 0,
	RNBD_ACCESS_RW		= 1,
	RNBD_ACCESS_MIGRATION	= 2,
};

struct rnbd_msg_open {
	struct rnbd_msg_hdr	hdr;
	__u8			access;
	__u8			reserved;
	__u8			path[RNBD_PATH_LEN];
	__u8			reserved2[3];
} __packed;
static_assert(sizeof(struct rnbd_msg_open) == 264);

enum rnbd_cache_policy {
	RNBD_CACHE_FUA		= 1 << 0,
	RNBD_CACHE_WRITEBACK	= 1 << 1,
};

/* Sectors are of 512 bytes whatever the block size. */
struct rnbd_msg_open_rsp {
	struct rnbd_msg_hdr	hdr;
	__le32			device_id;
	__le64			nr_sectors;
	__le32			max_hw_sectors;
	__le32			max_write_zeroes_sectors;
	__le32			max_discard_sectors;
	__le32			discard_granularity;	/* bytes */
	__le32			discard_alignment;	/* bytes */
	__le16			physical_block_size;
	__le16			logical_block_size;
	__le16			max_segments;
	__le16			secure_erase;		/* non-zero: supported */
	__u8			rotational;		/* obsolete */
	__u8			cache_policy;
	__u8			reserved[10];
} __packed;
static_assert(sizeof(struct rnbd_msg_open_rsp) == 56);
static_assert(offsetof(struct rnbd_msg_open_rsp, physical_block_size) == 36);

struct rnbd_msg_close {
	struct rnbd_msg_hdr	hdr;
	__le32			device_id;
} __packed;
static_assert(sizeof(struct rnbd_msg_close) == 8);

/* Low eight bits of rnbd_msg_io.rw. */
enum rnbd_op {
	RNBD_OP_READ		= 0,
	RNBD_OP_WRITE		= 1,
	RNBD_OP_FLUSH		= 2,
	RNBD_OP_DISCARD		= 3,
	RNBD_OP_SECURE_ERASE	= 4,
	RNBD_OP_WRITE_ZEROES	= 5,
	RNBD_OP_MASK		= 0xff,
};

/* The other bits of it; unknown ones are ignored. */
enum rnbd_io_flag {
	RNBD_F_SYNC		= 1 << 8,
	RNBD_F_FUA		= 1 << 9,
	RNBD_F_PREFLUSH		= 1 << 10,
	RNBD_F_NOUNMAP		= 1 << 11,
};

struct rnbd_msg_io {
	struct rnbd_msg_hdr	hdr;
	__le32			device_id;
	__le64			sector;
	__le32			rw;
	__le32			bytes;
	/* version 1 ends here */
	__le16			prio;
	__u8			reserved[6];
} __packed;
static_assert(sizeof(struct rnbd_msg_io) == 32);

#define RNBD_MSG_IO_V1_LEN	offsetof(struct rnbd_msg_io, prio)
static_assert(RNBD_MSG_IO_V1_LEN == 24);

#endif /* RNBD_PROTO_H */
