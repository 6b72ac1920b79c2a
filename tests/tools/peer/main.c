// SPDX-License-Identifier: GPL-2.0
/*
 * What a client must not do, one case after the other; and, with serve, what a
 * server must not say.
 *
 *   peer SOURCE SERVER PORT DEVICE CASE...
 *
 * For each CASE it makes a session of its own, opens DEVICE rw (cases whose
 * name begins with "ro-": ro), does the one wrong thing, and prints
 * "CASE: REACTION", where REACTION is "rejected ERRNO" (of the connection),
 * "closed", "answer ERRNO", "fenced ERRNO" or "nothing". After an answer or
 * nothing the path has to serve one more good request, else ", then dead" is
 * added.
 * The case "noise" sends good requests with a few bytes or bits changed, the
 * same ones each time, and reconnects whenever it was closed.
 *
 *   peer serve ADDRESS PORT
 *
 * Serves one client, truthfully but for the lies it reads by name from stdin, one
 * a line. It says "listening", for a lie about I/O "ready" when it waits for
 * the client's, and "NAME: kept" or "NAME: lost", whichever became of the path,
 * when the client has its disk open (again).
 *
 * Exit status: 0 all cases ran, 2 one could not run.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cases.h"
#include "liar.h"

const char *source_name, *server_name, *port_name, *device_name;

static const char * const reaction_names[] = {
	"nothing", "rejected", "closed", "answer", "fenced",
};

static const struct peer_case * const tables[] = {
	connect_cases, info_cases, request_cases, fence_cases, message_cases,
	io_cases, noise_cases, many_cases, crowd_cases,
};

static const struct peer_case *find_case(const char *name)
{
	const struct peer_case *c;
	unsigned int i;

	for (i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		for (c = tables[i]; c->name; c++)
			if (!strcmp(c->name, name))
				return c;
	errx(2, "%s: no such case", name);
}

void good_name(struct peer *p, uint8_t *info)
{
	static unsigned int count;

	snprintf(p->name, sizeof(p->name), "peer-%d-%u", getpid(), count++);
	put16(info, 0);
	memcpy(info + 2, p->name, sizeof(p->name));
}

/* The one before may have it open for a moment yet. */
static void open_device(struct peer *p, uint8_t mode)
{
	uint64_t until = now_ms() + REACT_MS;

	do {
		if (open_as(p, mode, device_name) != ANSWER)
			errx(2, "OPEN was not answered");
	} while (p->err == EPERM && now_ms() < until);
	if (p->err)
		errx(2, "OPEN of %s: %s", device_name, strerror(p->err));
}

void prepare(struct peer *p, enum stage stage)
{
	uint8_t info[272] = { 0 };

	if (stage == ADDRESS)
		return;
	if (stage == DEVICE_PLAIN)
		p->hello.features = 0;
	if (!connect_all(p))
		errx(2, "connection rejected: %s", strerror(p->err));
	if (stage == CONNECTED)
		return;
	good_name(p, info);
	if (send_info(p, info, sizeof(info)) == CLOSED || !p->informed)
		errx(2, "info request refused");
	if (sess_info(p) != ANSWER || p->err)
		errx(2, "SESS_INFO refused");
	open_device(p, stage == DEVICE_RO ? 0 : 1);
}

static void run_case(const char *name)
{
	const struct peer_case *c = find_case(name);
	enum reaction r;
	struct peer p;
	int err;

	start(&p);
	prepare(&p, c->stage);
	r = c->run ? c->run(&p) :
		     io(&p, c->io.read, p.device, c->io.sector, c->io.rw,
			c->io.bytes, c->io.data_len);
	err = p.err;
	printf("%s: %s", name, reaction_names[r]);
	if (r != CLOSED && r != NOTHING)
		printf(" %d", err);
	p.fenced = false;
	if (c->stage >= DEVICE && r != CLOSED &&
	    (sess_info(&p) != ANSWER || p.err))
		printf(", then dead");
	printf("\n");
	fflush(stdout);
	end(&p);
}

int main(int argc, char **argv)
{
	int i;

	if (argc == 4 && !strcmp(argv[1], "serve")) {
		serve(argv[2], argv[3]);
		return 0;
	}
	if (argc < 6)
		errx(2, "usage: peer SOURCE SERVER PORT DEVICE CASE... or peer serve ADDRESS PORT");
	source_name = argv[1];
	server_name = argv[2];
	port_name = argv[3];
	device_name = argv[4];
	for (i = 5; i < argc; i++)
		run_case(argv[i]);
	return 0;
}
