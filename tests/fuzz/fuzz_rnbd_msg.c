// SPDX-License-Identifier: GPL-2.0
/* Any RNBD message of either end; what was read composes to the same. */
#include "fuzz.h"
#include "rnbd-msg.h"

static void sess_info(const void *buf, size_t len)
{
	struct rnbd_msg_sess_info msg;
	u8 version, same;

	if (rnbd_sess_info_read(buf, len, &version))
		return;
	rnbd_sess_info_make(&msg, RNBD_MSG_SESS_INFO_RSP, version);
	MUST(!rnbd_sess_info_read(&msg, sizeof(msg), &same) && same == version);
	if (!rnbd_sess_info_rsp_read(buf, len, &version))
		MUST(version && version <= RNBD_PROTO_VERSION);
}

static void open(const void *buf, size_t len)
{
	struct rnbd_msg_open msg;
	enum rnbd_access access, same;
	const char *path, *copy;

	if (rnbd_open_read(buf, len, &access, &path))
		return;
	MUST(strlen(path) && strlen(path) < RNBD_PATH_LEN);
	MUST(!rnbd_access_parse(rnbd_access_name(access), &same) && same == access);
	rnbd_open_make(&msg, access, path);
	MUST(!rnbd_open_read(&msg, sizeof(msg), &same, &copy));
	MUST(same == access && !strcmp(copy, path));
}

static void close(const void *buf, size_t len)
{
	struct rnbd_msg_close msg;
	u32 id, same;

	if (rnbd_close_read(buf, len, &id))
		return;
	rnbd_close_make(&msg, id);
	MUST(!rnbd_close_read(&msg, sizeof(msg), &same) && same == id);
}

static void io(const void *buf, size_t len, u8 version)
{
	struct rnbd_msg_io msg;
	struct rnbd_io io, same;

	if (rnbd_io_read(buf, len, version, &io))
		return;
	MUST(version >= 2 || !io.prio);
	rnbd_io_make(&msg, &io);
	MUST(!rnbd_io_read(&msg, sizeof(msg), version, &same));
	MUST(io.device_id == same.device_id && io.sector == same.sector &&
	     io.op == same.op && io.flags == same.flags &&
	     io.bytes == same.bytes && io.prio == same.prio);
}

static void open_rsp(const void *buf, size_t len)
{
	struct rnbd_msg_open_rsp msg;
	struct rnbd_dev_info info, same;

	if (rnbd_open_rsp_read(buf, len, 4096, &info))
		return;
	MUST(info.logical_block_size >= 512 && info.logical_block_size <= 4096);
	MUST(!(info.logical_block_size & (info.logical_block_size - 1)));
	MUST(info.physical_block_size >= info.logical_block_size);
	MUST(!(info.nr_sectors >> 54));
	MUST(info.nr_sectors % (info.logical_block_size / 512) == 0);
	MUST(!info.fua || info.write_cache);
	rnbd_open_rsp_make(&msg, &info);
	MUST(!rnbd_open_rsp_read(&msg, sizeof(msg), 4096, &same));
	MUST(same.nr_sectors == info.nr_sectors &&
	     same.physical_block_size == info.physical_block_size &&
	     same.fua == info.fua && same.write_cache == info.write_cache);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = { data, size };
	u8 what = fuzz_u8(&f), version = fuzz_u8(&f) % 4;
	size_t len = f.left;
	void *buf = fuzz_copy(&f, len);
	enum rnbd_access access;
	u16 type;
	char word[12];

	if (what & 0x80 && len >= sizeof(struct rnbd_msg_hdr))
		((struct rnbd_msg_hdr *)buf)->type =
			cpu_to_le16(what & 0x40 ? RNBD_MSG_OPEN_RSP :
						  RNBD_MSG_SESS_INFO_RSP);
	if (rnbd_type_read(buf, len, &type))
		MUST(len < sizeof(struct rnbd_msg_hdr));
	memcpy(word, "rw\0migration", sizeof(word));
	MUST(!rnbd_access_parse(word, &access) && access == RNBD_ACCESS_RW);
	word[0] = what;
	rnbd_access_parse(word, &access);
	switch (what % 5) {
	case 0:
		sess_info(buf, len);
		break;
	case 1:
		open(buf, len);
		break;
	case 2:
		close(buf, len);
		break;
	case 3:
		io(buf, len, version);
		break;
	default:
		open_rsp(buf, len);
		break;
	}
	free(buf);
	return 0;
}
