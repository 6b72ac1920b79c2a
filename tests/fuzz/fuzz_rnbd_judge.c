// SPDX-License-Identifier: GPL-2.0
/* Any I/O on any disk: what is allowed stays within it. */
#include "fuzz.h"
#include "rnbd-srv-judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = { data, size };
	u8 bits = fuzz_u8(&f), prio;
	struct rnbd_disk_facts disk = {
		.logical_block_size	= 512u << (bits >> 6),
		.writable		= bits & 1,
		.discard		= bits & 2,
		.secure_erase		= bits & 4,
		.write_zeroes		= bits & 8,
		.nr_sectors		= fuzz_u64(&f) >> 10,
	};
	struct rnbd_io io = {
		.op	= fuzz_u8(&f),
		.sector	= fuzz_u64(&f) >> (bits & 16 ? 40 : 0),
		.bytes	= fuzz_u32(&f),
		.flags	= fuzz_u32(&f) << 8,
	};
	size_t data_len = bits & 32 ? io.bytes : fuzz_u32(&f);
	u32 bytes;
	u8 help = fuzz_u8(&f);
	int err;

	if (help & 1)
		io.op %= RNBD_OP_WRITE_ZEROES + 1;
	if (help & 2)
		io.bytes &= 0xff000;
	if (help & 4)
		io.bytes = 0;
	if (help & 8)
		data_len = io.op <= RNBD_OP_WRITE ? io.bytes : 0;
	if (help & 16)
		io.sector &= 0xfffff8;
	bytes = io.bytes;
	err = rnbd_io_judge(&io, data_len, &disk);
	if (!err) {
		MUST(io.op <= RNBD_OP_WRITE_ZEROES && io.bytes == bytes);
		MUST(io.op == RNBD_OP_READ || io.op == RNBD_OP_FLUSH || disk.writable);
		MUST(data_len == (io.op <= RNBD_OP_WRITE ? bytes : 0));
		if (io.op != RNBD_OP_FLUSH) {
			MUST(bytes && bytes % disk.logical_block_size == 0);
			MUST(io.sector + (bytes >> 9) <= disk.nr_sectors);
		}
	} else {
		MUST(err == -EINVAL || err == -EIO || err == -EROFS ||
		     err == -EOPNOTSUPP);
	}
	prio = fuzz_u8(&f);
	MUST(rnbd_prio_clamp(fuzz_u16(&f), prio % 4) >> RNBD_PRIO_CLASS_SHIFT <= 3);
	return 0;
}
