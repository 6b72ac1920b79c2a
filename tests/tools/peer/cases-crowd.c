// SPDX-License-Identifier: GPL-2.0
/* First connections of many sessions, none of which gets any further. */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "cases.h"

/* Each has an event channel, and the library a file for each device it opens. */
static void allow_files(unsigned int nr)
{
	struct rlimit limit = { 2 * nr + 64, 2 * nr + 64 };

	if (setrlimit(RLIMIT_NOFILE, &limit))
		err(2, "as many open files");
}

/* The receives of all are those of one: nobody ever says anything to them. */
static bool join(struct peer *q, const struct peer *host)
{
	start(q);
	q->room = 1;
	q->pd = host->pd;
	q->mr = host->mr;
	q->mem = host->mem;
	return connect_con(q, 0);
}

static void leave(struct peer *q)
{
	q->pd = NULL;
	q->mr = NULL;
	q->mem = NULL;
	end(q);
}

/*
 * Up to @max come and stay. The one that is refused decides, else the end of
 * those who came: how many of them are closed within a minute.
 */
static enum reaction crowd(struct peer *p, unsigned int max)
{
	struct peer *guests = calloc(max, sizeof(*guests));
	enum reaction r = NOTHING;
	unsigned int nr, i;

	if (!guests)
		err(2, "memory");
	allow_files(max);
	if (!connect_con(p, 0))
		errx(2, "not even one");
	for (nr = 0; nr < max; nr++)
		if (!join(&guests[nr], p))
			break;
	if (nr < max) {
		r = REJECTED;
		p->err = guests[nr++].err;
	} else {
		puts("all here");
		fflush(stdout);
		for (i = 0; i < nr; i++)
			if (react(&guests[i], 60000) != CLOSED)
				errx(2, "number %u of %u stays", i + 1, nr);
		r = CLOSED;
	}
	for (i = 0; i < nr; i++)
		leave(&guests[i]);
	free(guests);
	return r;
}

static enum reaction w_crowd(struct peer *p)	{ return crowd(p, 100); }
static enum reaction w_thousands(struct peer *p) { return crowd(p, 2000); }

const struct peer_case crowd_cases[] = {
	{ "crowd", ADDRESS, w_crowd },
	{ "thousands", ADDRESS, w_thousands },
	{ NULL }
};
