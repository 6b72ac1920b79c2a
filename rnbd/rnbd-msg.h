/* SPDX-License-Identifier: GPL-2.0 */
/*
 * RNBD messages for both ends: composed whole, so that each byte on the wire
 * was chosen here, and read once, so that no raw byte of a peer travels on.
 * Pure: tests/unit/test_rnbd_msg.c.
 */
#ifndef RNBD_MSG_H
#define RNBD_MSG_H

#include <asm/byteorder.h>
#include <linux/errno.h>
#include <linux/string.h>
#include <linux/types.h>

#include "rnbd-proto.h"

static const char * const rnbd_access_names[] = {
	[RNBD_ACCESS_RO]	= "ro",
	[RNBD_ACCESS_RW]	= "rw",
	[RNBD_ACCESS_MIGRATION]	= "migration",
};

/**
 * rnbd_access_name() - text of an access mode
 * @access: a valid mode
 */
static inline const char *rnbd_access_name(enum rnbd_access access)
{
	return rnbd_access_names[access];
}

/**
 * rnbd_access_parse() - access mode from its text
 * @text: exactly one of the names
 * @access: set on success
 *
 * Return: 0 or -EINVAL.
 */
static inline int rnbd_access_parse(const char *text, enum rnbd_access *access)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rnbd_access_names); i++) {
		if (!strcmp(text, rnbd_access_names[i])) {
			*access = i;
			return 0;
		}
	}
	return -EINVAL;
}

/**
 * rnbd_name_len() - length of a name in a field, if it is a proper one
 * @name: text, not necessarily terminated
 * @size: bytes which may be looked at
 *
 * A name has 1..254 bytes, none of them a control character; bytes from 0x80
 * up are somebody's alphabet.
 *
 * Return: the length, or -EINVAL.
 */
static inline int rnbd_name_len(const char *name, size_t size)
{
	size_t len = strnlen(name, size), i;

	if (len == 0 || len == size || len >= RNBD_PATH_LEN)
		return -EINVAL;
	for (i = 0; i < len; i++) {
		unsigned char c = name[i];

		if (c < 0x20 || c == 0x7f)
			return -EINVAL;
	}
	return len;
}

/* ------------------------------------------------------------ composing */

#define RNBD_HDR(t)	{ .type = cpu_to_le16(t), .reserved = { 0 } }

static inline void rnbd_sess_info_make(struct rnbd_msg_sess_info *msg,
				       enum rnbd_msg_type type, u8 version)
{
	*msg = (struct rnbd_msg_sess_info) {
		.hdr = RNBD_HDR(type),
		.version = version,
	};
}

/* @path is a proper name, see rnbd_name_len() */
static inline void rnbd_open_make(struct rnbd_msg_open *msg,
				  enum rnbd_access access, const char *path)
{
	*msg = (struct rnbd_msg_open) {
		.hdr = RNBD_HDR(RNBD_MSG_OPEN),
		.access = access,
	};
	memcpy(msg->path, path, strnlen(path, RNBD_PATH_LEN - 1));
}

static inline void rnbd_close_make(struct rnbd_msg_close *msg, u32 device_id)
{
	*msg = (struct rnbd_msg_close) {
		.hdr = RNBD_HDR(RNBD_MSG_CLOSE),
		.device_id = cpu_to_le32(device_id),
	};
}

/**
 * struct rnbd_io - an I/O message in host order
 * @device_id: from OPEN_RSP
 * @sector: first one, of 512 bytes
 * @op: operation, not necessarily a known one
 * @flags: enum rnbd_io_flag and unknown bits
 * @bytes: length of the range
 * @prio: I/O priority, 0 if the message had none
 */
struct rnbd_io {
	u32		device_id;
	u64		sector;
	enum rnbd_op	op;
	u32		flags;
	u32		bytes;
	u16		prio;
};

static inline void rnbd_io_make(struct rnbd_msg_io *msg,
				const struct rnbd_io *io)
{
	*msg = (struct rnbd_msg_io) {
		.hdr = RNBD_HDR(RNBD_MSG_IO),
		.device_id = cpu_to_le32(io->device_id),
		.sector = cpu_to_le64(io->sector),
		.rw = cpu_to_le32(io->op | io->flags),
		.bytes = cpu_to_le32(io->bytes),
		.prio = cpu_to_le16(io->prio),
	};
}

/**
 * struct rnbd_dev_info - what OPEN_RSP tells about a device, in host order
 * @device_id: names the opened device within the session
 * @nr_sectors: capacity in 512-byte sectors
 * @max_hw_sectors: of the server's disk, 512-byte sectors
 * @max_write_zeroes_sectors: 0 if not supported
 * @max_discard_sectors: 0 if not supported
 * @discard_granularity: bytes
 * @discard_alignment: bytes
 * @physical_block_size: bytes
 * @logical_block_size: bytes
 * @max_segments: of the server's disk
 * @secure_erase: supported
 * @write_cache: has a volatile cache, so that flushes matter
 * @fua: writes can be forced through it
 */
struct rnbd_dev_info {
	u32	device_id;
	u64	nr_sectors;
	u32	max_hw_sectors;
	u32	max_write_zeroes_sectors;
	u32	max_discard_sectors;
	u32	discard_granularity;
	u32	discard_alignment;
	u32	physical_block_size;
	u32	logical_block_size;
	u32	max_segments;
	bool	secure_erase;
	bool	write_cache;
	bool	fua;
};

static inline void rnbd_open_rsp_make(struct rnbd_msg_open_rsp *msg,
				      const struct rnbd_dev_info *info)
{
	*msg = (struct rnbd_msg_open_rsp) {
		.hdr = RNBD_HDR(RNBD_MSG_OPEN_RSP),
		.device_id = cpu_to_le32(info->device_id),
		.nr_sectors = cpu_to_le64(info->nr_sectors),
		.max_hw_sectors = cpu_to_le32(info->max_hw_sectors),
		.max_write_zeroes_sectors =
			cpu_to_le32(info->max_write_zeroes_sectors),
		.max_discard_sectors = cpu_to_le32(info->max_discard_sectors),
		.discard_granularity = cpu_to_le32(info->discard_granularity),
		.discard_alignment = cpu_to_le32(info->discard_alignment),
		.physical_block_size = cpu_to_le16(info->physical_block_size),
		.logical_block_size = cpu_to_le16(info->logical_block_size),
		.max_segments = cpu_to_le16(info->max_segments),
		.secure_erase = cpu_to_le16(info->secure_erase),
		.cache_policy = (info->write_cache ? RNBD_CACHE_WRITEBACK : 0) |
				(info->fua ? RNBD_CACHE_FUA : 0),
	};
}

/* ------------------------------------------------------------ reading */

/**
 * rnbd_type_read() - type of a message
 * @buf: message
 * @len: its bytes
 * @type: set on success; not necessarily a known one
 *
 * Return: 0, or -EINVAL if it is too short to have a type.
 */
static inline int rnbd_type_read(const void *buf, size_t len, u16 *type)
{
	const struct rnbd_msg_hdr *hdr = buf;

	if (len < sizeof(*hdr))
		return -EINVAL;
	*type = le16_to_cpu(hdr->type);
	return 0;
}

static inline int rnbd_sess_info_read(const void *buf, size_t len, u8 *version)
{
	const struct rnbd_msg_sess_info *msg = buf;

	if (len < sizeof(*msg))
		return -EINVAL;
	*version = msg->version;
	return 0;
}

/**
 * rnbd_sess_info_rsp_read() - the version both ends will speak
 * @buf: answer
 * @len: its bytes
 * @version: set on success; 1 up to our own
 *
 * Return: 0 or -EINVAL.
 */
static inline int rnbd_sess_info_rsp_read(const void *buf, size_t len,
					  u8 *version)
{
	u16 type;

	if (rnbd_type_read(buf, len, &type) || type != RNBD_MSG_SESS_INFO_RSP ||
	    rnbd_sess_info_read(buf, len, version) || !*version)
		return -EINVAL;
	if (*version > RNBD_PROTO_VERSION)
		*version = RNBD_PROTO_VERSION;
	return 0;
}

/**
 * rnbd_open_read() - a request to open a device
 * @buf: message
 * @len: its bytes
 * @access: set on success
 * @path: set on success to the terminated proper name inside @buf
 *
 * Return: 0 or -EINVAL.
 */
static inline int rnbd_open_read(const void *buf, size_t len,
				 enum rnbd_access *access, const char **path)
{
	const struct rnbd_msg_open *msg = buf;

	if (len < sizeof(*msg) || msg->access > RNBD_ACCESS_MIGRATION ||
	    rnbd_name_len((const char *)msg->path, sizeof(msg->path)) < 0)
		return -EINVAL;
	*access = msg->access;
	*path = (const char *)msg->path;
	return 0;
}

static inline int rnbd_close_read(const void *buf, size_t len, u32 *device_id)
{
	const struct rnbd_msg_close *msg = buf;

	if (len < sizeof(*msg))
		return -EINVAL;
	*device_id = le32_to_cpu(msg->device_id);
	return 0;
}

/**
 * rnbd_io_read() - an I/O message of either length
 * @buf: message
 * @len: its bytes
 * @version: agreed on in SESS_INFO; version 1 knows no priority
 * @io: set on success; still to be judged, see rnbd-srv-judge.h
 *
 * Return: 0 or -EINVAL.
 */
static inline int rnbd_io_read(const void *buf, size_t len, u8 version,
			       struct rnbd_io *io)
{
	const struct rnbd_msg_io *msg = buf;
	u32 rw;

	if (len < RNBD_MSG_IO_V1_LEN)
		return -EINVAL;
	rw = le32_to_cpu(msg->rw);
	*io = (struct rnbd_io) {
		.device_id = le32_to_cpu(msg->device_id),
		.sector = le64_to_cpu(msg->sector),
		.op = rw & RNBD_OP_MASK,
		.flags = rw & ~(u32)RNBD_OP_MASK,
		.bytes = le32_to_cpu(msg->bytes),
	};
	if (version >= 2 && len >= sizeof(*msg))
		io->prio = le16_to_cpu(msg->prio);
	return 0;
}

/* a block size of the wire: a power of two from a sector up to @max */
static inline bool rnbd_block_size_ok(u32 bytes, u32 max)
{
	return bytes >= 512 && bytes <= max && !(bytes & (bytes - 1));
}

/**
 * rnbd_open_rsp_read() - a device's properties
 * @buf: answer
 * @len: its bytes
 * @max_block: largest logical block size that can be served, bytes
 * @info: set on success: sizes are sane, and features are consistent
 *
 * Return: 0 or -EINVAL.
 */
static inline int rnbd_open_rsp_read(const void *buf, size_t len, u32 max_block,
				     struct rnbd_dev_info *info)
{
	const struct rnbd_msg_open_rsp *msg = buf;
	u16 type;

	if (len < sizeof(*msg) || rnbd_type_read(buf, len, &type) ||
	    type != RNBD_MSG_OPEN_RSP)
		return -EINVAL;
	*info = (struct rnbd_dev_info) {
		.device_id = le32_to_cpu(msg->device_id),
		.nr_sectors = le64_to_cpu(msg->nr_sectors),
		.max_hw_sectors = le32_to_cpu(msg->max_hw_sectors),
		.max_write_zeroes_sectors =
			le32_to_cpu(msg->max_write_zeroes_sectors),
		.max_discard_sectors = le32_to_cpu(msg->max_discard_sectors),
		.discard_granularity = le32_to_cpu(msg->discard_granularity),
		.discard_alignment = le32_to_cpu(msg->discard_alignment),
		.physical_block_size = le16_to_cpu(msg->physical_block_size),
		.logical_block_size = le16_to_cpu(msg->logical_block_size),
		.max_segments = le16_to_cpu(msg->max_segments),
		.secure_erase = msg->secure_erase != 0,
		.write_cache = msg->cache_policy & RNBD_CACHE_WRITEBACK,
		.fua = (msg->cache_policy & RNBD_CACHE_WRITEBACK) &&
		       (msg->cache_policy & RNBD_CACHE_FUA),
	};

	if (!rnbd_block_size_ok(info->logical_block_size, max_block))
		return -EINVAL;
	/* 0 is what 65536 looks like in sixteen bits */
	if (!rnbd_block_size_ok(info->physical_block_size, 32768) ||
	    info->physical_block_size < info->logical_block_size)
		info->physical_block_size = info->logical_block_size;
	/* byte counts must fit loff_t */
	if (info->nr_sectors >> 54)
		return -EINVAL;
	info->nr_sectors &= ~(u64)((info->logical_block_size >> 9) - 1);
	return 0;
}

#endif /* RNBD_MSG_H */
