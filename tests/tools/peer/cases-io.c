// SPDX-License-Identifier: GPL-2.0
/* I/O messages of RNBD that make no sense for the disk they name. */
#include <err.h>
#include <stdio.h>

#include "cases.h"

enum { READ_OP, WRITE_OP, FLUSH_OP, DISCARD_OP, ERASE_OP, ZEROES_OP };
enum { SYNC = 0x100, FUA = 0x200, PREFLUSH = 0x400 };

static enum reaction n_no_device(struct peer *p)
{
	return io(p, true, p->device + 1, 0, SYNC, 4096, 4096);
}

static enum reaction n_wild_device(struct peer *p)
{
	return io(p, true, 0xffffffff, 0, SYNC, 4096, 4096);
}

static enum reaction n_closed_device(struct peer *p)
{
	close_device(p, p->device);
	return io(p, true, p->device, 0, SYNC, 4096, 4096);
}

/* The server's administrator closes it. */
static enum reaction n_forced_device(struct peer *p)
{
	char name[200];
	FILE *f;

	snprintf(name, sizeof(name),
		 "/sys/class/rnbd-server/ctl/devices/%s/sessions/%s/force_close",
		 device_name + 5, p->name);
	f = fopen(name, "w");
	if (!f || fputs("1", f) < 0 || fclose(f))
		err(2, "%s", name);
	return io(p, true, p->device, 0, SYNC, 4096, 4096);
}

static enum reaction n_across_end(struct peer *p)
{
	return io(p, false, p->device, p->nr_sectors - 7, WRITE_OP | SYNC, 4096,
		  4096);
}

static enum reaction n_discard_across_end(struct peer *p)
{
	return io(p, false, p->device, p->nr_sectors - 7, DISCARD_OP, 4096, 0);
}

/* RTRS' word for the direction is the third column, RNBD's is in the fifth. */
const struct peer_case io_cases[] = {
	{ "no-device",		DEVICE, n_no_device },
	{ "wild-device",	DEVICE, n_wild_device },
	{ "closed-device",	DEVICE, n_closed_device },
	{ "forced-device",	DEVICE, n_forced_device },
	{ "across-end",		DEVICE, n_across_end },
	{ "discard-across-end",	DEVICE, n_discard_across_end },

	{ "operation",		DEVICE, .io = { WRITE, 0, 0x8f, 4096, 4096 } },
	{ "operation-6",	DEVICE, .io = { WRITE, 0, 6, 4096, 4096 } },
	{ "all-flags",		DEVICE, .io = { WRITE, 8, 0xffffff00 | WRITE_OP, 4096, 4096 } },
	{ "forced-read",	DEVICE, .io = { READ, 0, 0x700, 4096, 4096 } },

	{ "read-without-data",	DEVICE, .io = { READ, 0, SYNC, 4096, 0 } },
	{ "write-without-data",	DEVICE, .io = { WRITE, 0, WRITE_OP | SYNC, 4096, 0 } },
	{ "read-sizes-differ",	DEVICE, .io = { READ, 0, SYNC, 8192, 4096 } },
	{ "sizes-differ",	DEVICE, .io = { WRITE, 0, WRITE_OP | SYNC, 8192, 4096 } },
	{ "flush-with-data",	DEVICE, .io = { WRITE, 0, FLUSH_OP | SYNC | FUA, 4096, 4096 } },
	{ "discard-with-data",	DEVICE, .io = { WRITE, 0, DISCARD_OP, 4096, 4096 } },
	{ "zeroes-with-data",	DEVICE, .io = { WRITE, 0, ZEROES_OP, 4096, 4096 } },

	{ "empty-read",		DEVICE, .io = { READ, 0, SYNC, 0, 0 } },
	{ "empty-write",	DEVICE, .io = { WRITE, 0, WRITE_OP | SYNC, 0, 0 } },
	{ "empty-discard",	DEVICE, .io = { WRITE, 0, DISCARD_OP, 0, 0 } },
	{ "empty-zeroes",	DEVICE, .io = { WRITE, 0, ZEROES_OP, 0, 0 } },
	{ "empty-preflush",	DEVICE, .io = { WRITE, 0, WRITE_OP | PREFLUSH, 0, 0 } },

	{ "unaligned",		DEVICE, .io = { WRITE, 0, WRITE_OP | SYNC, 100, 100 } },
	{ "unaligned-discard",	DEVICE, .io = { WRITE, 0, DISCARD_OP, 100, 0 } },
	{ "beyond-end",		DEVICE,
		.io = { WRITE, 0x10000000000, WRITE_OP | SYNC, 4096, 4096 } },
	{ "wrapping-end",	DEVICE, .io = { WRITE, ~0ull, WRITE_OP | SYNC, 4096, 4096 } },
	{ "wrapping-discard",	DEVICE, .io = { WRITE, ~7ull, DISCARD_OP, 4096, 0 } },
	{ "endless-discard",	DEVICE, .io = { WRITE, 0, DISCARD_OP, 0xfffffe00, 0 } },

	{ "secure-erase",	DEVICE, .io = { WRITE, 0, ERASE_OP, 4096, 0 } },
	{ "empty-erase",	DEVICE, .io = { WRITE, 0, ERASE_OP, 0, 0 } },
	{ "erase-with-data",	DEVICE, .io = { WRITE, 0, ERASE_OP, 4096, 4096 } },

	{ "read-as-write",	DEVICE, .io = { WRITE, 0, SYNC, 4096, 4096 } },
	{ "write-as-read",	DEVICE, .io = { READ, 0, WRITE_OP | SYNC, 4096, 4096 } },
	{ "discard-as-read",	DEVICE, .io = { READ, 0, DISCARD_OP, 4096, 0 } },
	{ "zeroes-as-read",	DEVICE, .io = { READ, 0, ZEROES_OP, 4096, 0 } },
	{ "flush-as-read",	DEVICE, .io = { READ, 0, FLUSH_OP, 0, 0 } },
	{ "flush-as-write",	DEVICE, .io = { WRITE, 0, FLUSH_OP, 0, 0 } },

	{ "ro-write",		DEVICE_RO, .io = { WRITE, 0, WRITE_OP | SYNC, 4096, 4096 } },
	{ "ro-discard",		DEVICE_RO, .io = { WRITE, 0, DISCARD_OP, 4096, 0 } },
	{ "ro-zeroes",		DEVICE_RO, .io = { WRITE, 0, ZEROES_OP, 4096, 0 } },
	{ NULL }
};
