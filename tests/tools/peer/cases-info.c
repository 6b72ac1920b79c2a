// SPDX-License-Identifier: GPL-2.0
/* What must not stand in an info request, or come before it. */
#include <stdio.h>
#include <string.h>

#include "cases.h"

static enum reaction naming(struct peer *p, const void *name, size_t len)
{
	uint8_t info[272] = { 0 };

	memcpy(info + 2, name, len);
	return send_info(p, info, sizeof(info));
}

static enum reaction i_empty(struct peer *p)	{ return naming(p, "", 0); }
static enum reaction i_slash(struct peer *p)	{ return naming(p, "a/b", 3); }
static enum reaction i_dot(struct peer *p)	{ return naming(p, "..", 2); }
static enum reaction i_control(struct peer *p)	{ return naming(p, "a\033[2J", 5); }
static enum reaction i_ctl(struct peer *p)	{ return naming(p, "ctl", 3); }

static enum reaction i_endless(struct peer *p)
{
	uint8_t name[255];

	memset(name, 'x', sizeof(name));
	return naming(p, name, sizeof(name));
}

static enum reaction i_short(struct peer *p)
{
	uint8_t info[272] = { 0 };

	good_name(p, info);
	return send_info(p, info, 100);
}

static enum reaction i_type(struct peer *p)
{
	uint8_t info[272] = { 0 };

	good_name(p, info);
	put16(info, 1);
	return send_info(p, info, sizeof(info));
}

static enum reaction i_missing_con(struct peer *p)
{
	uint8_t info[272] = { 0 };

	p->hello.cid_num = 3;
	if (!connect_all(p))
		return REJECTED;
	good_name(p, info);
	return send_info(p, info, sizeof(info));
}

/* Somebody has that name, and is there. */
static enum reaction i_name_taken(struct peer *p)
{
	uint8_t info[272] = { 0 };
	enum reaction r;
	struct peer q;

	start(&q);
	prepare(&q, CONNECTED);
	good_name(&q, info);
	if (send_info(&q, info, sizeof(info)) == CLOSED)
		return NOTHING;
	r = send_info(p, info, sizeof(info));
	end(&q);
	return r;
}

static enum reaction i_long(struct peer *p)
{
	uint8_t info[300] = { 0 };

	good_name(p, info);
	return send_info(p, info, sizeof(info));
}

static enum reaction i_nothing(struct peer *p)
{
	return send_info(p, NULL, 0);
}

/* The answer is there already. */
static enum reaction i_again(struct peer *p)
{
	uint8_t info[272] = { 0 };

	good_name(p, info);
	if (send_info(p, info, sizeof(info)) == CLOSED)
		return NOTHING;
	post(p, 0, IBV_WR_SEND, next_tx(p), 272, 0, 0, 0);
	return react(p, REACT_MS);
}

static enum reaction i_early_request(struct peer *p)
{
	post(p, 0, IBV_WR_RDMA_WRITE_WITH_IMM, NULL, 0, 0, 0, 0);
	return react(p, REACT_MS);
}

/* Nothing more is said to the server; whoever waits for the path is told. */
static enum reaction i_half_open(struct peer *p)
{
	puts("connected");
	fflush(stdout);
	return react(p, 60000);
}

const struct peer_case info_cases[] = {
	{ "missing-connection", ADDRESS, i_missing_con },
	{ "empty-name", CONNECTED, i_empty },
	{ "slash-in-name", CONNECTED, i_slash },
	{ "dots-as-name", CONNECTED, i_dot },
	{ "control-in-name", CONNECTED, i_control },
	{ "ctl-as-name", CONNECTED, i_ctl },
	{ "endless-name", CONNECTED, i_endless },
	{ "short-info", CONNECTED, i_short },
	{ "info-type", CONNECTED, i_type },
	{ "name-taken", CONNECTED, i_name_taken },
	{ "long-info", CONNECTED, i_long },
	{ "empty-info", CONNECTED, i_nothing },
	{ "info-again", CONNECTED, i_again },
	{ "early-request", CONNECTED, i_early_request },
	{ "half-open", CONNECTED, i_half_open },
	{ NULL }
};
