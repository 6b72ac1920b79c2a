/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The RTRS wire: connect data, info exchange, request headers, immediates.
 *
 * Only layouts and their constants live here; doc/protocol.md, part "RTRS",
 * tells what each field means and who may send it when.
 */
#ifndef RTRS_PROTO_H
#define RTRS_PROTO_H

#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/types.h>

#define RTRS_MAGIC		0x1BBD
#define RTRS_VERSION_MAJOR	2
#define RTRS_VERSION		(RTRS_VERSION_MAJOR << 8)
#define RTRS_UUID_LEN		16
#define RTRS_NAME_LEN		255	/* field width, terminator included */

/* doc/protocol.md, "Feature bits": offered in the request, accepted in the response. */
enum rtrs_feature {
	RTRS_FEAT_FENCE		= 1 << 0,
	RTRS_FEAT_GENERATION	= 1 << 1,
	RTRS_FEATURES_KNOWN	= RTRS_FEAT_FENCE | RTRS_FEAT_GENERATION,
};

enum rtrs_conn_req_flag {
	RTRS_REQ_FIRST_CONN	= 1 << 0,
};

/* doc/protocol.md, "Connection request": CM private data, client to server. */
struct rtrs_conn_req {
	__u8	cma_version;	/* zero: the CM's own bytes for AF_IB */
	__u8	ip_version;	/* zero, as above */
	__le16	magic;
	__le16	version;
	__le16	cid;
	__le16	cid_num;
	__le16	recon_cnt;
	__u8	sess_uuid[RTRS_UUID_LEN];	/* names the path */
	__u8	paths_uuid[RTRS_UUID_LEN];	/* names the session */
	__u8	flags;
	__u8	reserved[3];
	__le32	features;
	__u8	reserved2[4];
} __packed;
static_assert(sizeof(struct rtrs_conn_req) == 56);
static_assert(offsetof(struct rtrs_conn_req, flags) == 44);
static_assert(offsetof(struct rtrs_conn_req, features) == 48);

enum rtrs_conn_rsp_flag {
	RTRS_RSP_NEW_RKEY	= 1 << 1,
};

/* doc/protocol.md, "Connection response": in the CM's REP, and in REJ on refusal. */
struct rtrs_conn_rsp {
	__le16	magic;
	__le16	version;
	__le16	err;		/* negative errno, two's complement */
	__le16	queue_depth;
	__le32	max_io_size;
	__le32	max_hdr_size;
	__le32	flags;
	__le32	features;
	__u8	reserved[32];
} __packed;
static_assert(sizeof(struct rtrs_conn_rsp) == 56);
static_assert(offsetof(struct rtrs_conn_rsp, features) == 20);

enum rtrs_msg_type {
	RTRS_MSG_INFO_REQ	= 0,
	RTRS_MSG_INFO_RSP	= 1,
	RTRS_MSG_WRITE		= 2,
	RTRS_MSG_READ		= 3,
	RTRS_MSG_RKEY_RSP	= 4,
	RTRS_MSG_FENCE		= 5,
};

/* A remotely accessible range of memory. */
struct rtrs_sg_desc {
	__le64	addr;
	__le32	key;
	__le32	len;
} __packed;
static_assert(sizeof(struct rtrs_sg_desc) == 16);

/* doc/protocol.md, "Info request". */
struct rtrs_info_req {
	__le16	type;
	__u8	sessname[RTRS_NAME_LEN];
	__u8	reserved[15];
} __packed;
static_assert(sizeof(struct rtrs_info_req) == 272);

/* doc/protocol.md, "Info response". */
struct rtrs_info_rsp {
	__le16			type;
	__le16			sg_cnt;
	__le32			generation;
	struct rtrs_sg_desc	desc[];
} __packed;
static_assert(sizeof(struct rtrs_info_rsp) == 8);

/* doc/protocol.md, "Request headers". */
struct rtrs_write_hdr {
	__le16	type;
	__le16	usr_len;
} __packed;
static_assert(sizeof(struct rtrs_write_hdr) == 4);

enum rtrs_read_flag {
	RTRS_READ_NEED_INVAL	= 1 << 0,
};

struct rtrs_read_hdr {
	__le16			type;
	__le16			usr_len;
	__le16			flags;
	__le16			sg_cnt;
	struct rtrs_sg_desc	desc[];
} __packed;
static_assert(sizeof(struct rtrs_read_hdr) == 8);

/* doc/protocol.md, "Key response". */
struct rtrs_rkey_rsp {
	__le16	type;
	__le16	buf_id;
	__le32	rkey;
} __packed;
static_assert(sizeof(struct rtrs_rkey_rsp) == 8);

/* doc/protocol.md, "FENCE": SEND on cid 0, only where RTRS_FEAT_FENCE was accepted. */
struct rtrs_fence_req {
	__le16	type;
	__le16	cookie;
	__le16	recon_cnt;
	__u8	reserved[2];
	__u8	sess_uuid[RTRS_UUID_LEN];
	__u8	reserved2[8];
} __packed;
static_assert(sizeof(struct rtrs_fence_req) == 32);

/* doc/protocol.md, "Immediate data": type in the upper 4 bits, payload below. */
enum rtrs_imm_type {
	RTRS_IMM_IO_REQ		= 0,
	RTRS_IMM_IO_RSP		= 1,
	RTRS_IMM_IO_RSP_INV	= 2,
	RTRS_IMM_HB_MSG		= 8,
	RTRS_IMM_HB_ACK		= 9,
	RTRS_IMM_FENCE_RSP	= 10,
};

enum {
	RTRS_IMM_PAYLOAD_BITS	= 28,
	RTRS_IMM_ID_BITS	= 19,	/* of a response: chunk id or fence cookie */
	RTRS_IMM_ERR_BITS	= 9,	/* of a response: absolute errno */
};

#endif /* RTRS_PROTO_H */
