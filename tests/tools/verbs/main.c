// SPDX-License-Identifier: GPL-2.0
/*
 * Sends stamped memory over verbs and checks every byte that arrives.
 *
 *   verbs server ADDRESS PORT [-d DEVICE] [-n CONNECTIONS]
 *   verbs client SOURCE ADDRESS PORT [-d DEVICE] [-q QPS] [-k KINDS] [-o OPS]
 *         [-s SIZES] [-D DEPTH] [-t SECONDS] [-N MESSAGES] [-c MS] [-m MTU]
 *         [-T CODE] [-r TRIES]
 *
 * The server says "listening" when it does, and ends after CONNECTIONS (1) came
 * and went: one for each of the client's QPS (1) queue pairs. They are of the
 * KINDS (rc; also uc, ud) in turn. OPS are of send, write, write-imm, read,
 * write-read, cas, add; all, unless told. -c moves or remakes each queue pair
 * at both ends every MS milliseconds, with requests in flight. -T and -r are
 * the timeout code (14) and retry count (7) of the client's queue pairs. The
 * client ends after SECONDS (5) or, on each queue pair, about MESSAGES: a clock
 * that passes over idle time may stand still while there is traffic.
 *
 * ADDRESS and SOURCE are addresses of devices; a TCP connection between them
 * carries what queue pairs need to know of each other, and what the server saw.
 * What is lost without an acknowledged transport is counted, no failure.
 *
 * Exit status: 0 good, 1 wrong bytes or order, 2 could not run to the end.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "stamps.h"

const char *const kind_names[KINDS] = { "rc", "uc", "ud" };
const char *const op_names[OPS] = {
	[OP_SEND]	= "send",
	[OP_WRITE]	= "write",
	[OP_WRITE_IMM]	= "write-imm",
	[OP_READ]	= "read",
	[OP_WRITE_READ]	= "write-read",
	[OP_CAS]	= "cas",
	[OP_ADD]	= "add",
};

static _Noreturn void usage(void)
{
	fputs("verbs server ADDRESS PORT [options]\n"
	      "verbs client SOURCE ADDRESS PORT [options]\n", stderr);
	exit(2);
}

static unsigned int number(const char *text, unsigned int min, unsigned int max)
{
	char *end;
	unsigned long n = strtoul(text, &end, 0);

	if (end == text || *end || n < min || n > max)
		usage();
	return n;
}

/* bits of the names in a list with commas */
static unsigned int choice(char *text, const char *const *names, unsigned int n)
{
	unsigned int bits = 0, i;
	char *name, *save;

	for (name = strtok_r(text, ",", &save); name; name = strtok_r(NULL, ",", &save)) {
		for (i = 0; i < n && strcmp(name, names[i]); i++)
			;
		if (i == n)
			usage();
		bits |= 1 << i;
	}
	return bits;
}

static void sizes(struct options *o, char *text)
{
	char *size, *save;

	o->nsizes = 0;
	for (size = strtok_r(text, ",", &save); size; size = strtok_r(NULL, ",", &save)) {
		if (o->nsizes == sizeof(o->sizes) / sizeof(*o->sizes))
			usage();
		o->sizes[o->nsizes++] = number(size, 1, LEN_MAX);
	}
}

/* there must be something that each kind of queue pair can do */
static void check(const struct options *o)
{
	bool small = false;

	for (unsigned int i = 0; i < o->nsizes; i++)
		small |= o->sizes[i] <= 256;
	if (!o->kinds || !o->ops || !o->nsizes)
		usage();
	if (o->kinds & 1 << KIND_UD && !(o->ops & 1 << OP_SEND && small))
		usage();
	if (o->kinds & 1 << KIND_UC && !(o->ops & (1 << OP_SEND | 1 << OP_WRITE_IMM)))
		usage();
}

int main(int argc, char **argv)
{
	char all_sizes[] = "1,3,8,255,256,1000,1023,1024,1025,4095,4096,4097,65536,300001";
	struct options o = {
		.qps = 1, .depth = 16, .seconds = 5, .connections = 1,
		.kinds = 1 << KIND_RC, .ops = (1 << OPS) - 1,
		.tries = { .timeout = 14, .retry = 7 },
	};
	bool server = argc > 1 && !strcmp(argv[1], "server");
	int opt, first;

	sizes(&o, all_sizes);
	while ((opt = getopt(argc, argv, "d:n:q:k:o:s:D:t:N:c:m:T:r:")) != -1) {
		switch (opt) {
		case 'd':
			o.device = optarg;
			break;
		case 'n':
			o.connections = number(optarg, 1, 65536);
			break;
		case 'q':
			o.qps = number(optarg, 1, 4096);
			break;
		case 'k':
			o.kinds = choice(optarg, kind_names, KINDS);
			break;
		case 'o':
			o.ops = choice(optarg, op_names, OPS);
			break;
		case 's':
			sizes(&o, optarg);
			break;
		case 'D':
			o.depth = number(optarg, 1, DEPTH_MAX);
			break;
		case 't':
			o.seconds = number(optarg, 1, 86400);
			break;
		case 'N':
			o.messages = number(optarg, 1, 1000000000);
			break;
		case 'c':
			o.churn_ms = number(optarg, 0, 86400000);
			break;
		case 'm':
			o.mtu = number(optarg, 256, 4096);
			break;
		case 'T':
			o.tries.timeout = number(optarg, 0, 31);
			break;
		case 'r':
			o.tries.retry = number(optarg, 0, 7);
			break;
		default:
			usage();
		}
	}
	/* getopt has moved the rest behind the options */
	first = optind + 1;
	if (argc - first != (server ? 2 : 3) || (!server && strcmp(argv[optind], "client")))
		usage();
	if (!server)
		o.source = argv[first++];
	o.server = argv[first];
	o.port = argv[first + 1];
	check(&o);
	return server ? server_run(&o) : client_run(&o);
}
