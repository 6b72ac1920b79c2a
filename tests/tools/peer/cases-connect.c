// SPDX-License-Identifier: GPL-2.0
/* What must not be asked of a connection. */
#include <string.h>

#include "cases.h"

static enum reaction connecting(struct peer *p)
{
	return connect_all(p) ? NOTHING : REJECTED;
}

static enum reaction c_magic(struct peer *p)
{
	p->hello.magic = 0x1bbe;
	return connecting(p);
}

static enum reaction c_version(struct peer *p)
{
	p->hello.version = 0x0100;
	return connecting(p);
}

static enum reaction c_no_cids(struct peer *p)
{
	p->hello.cid_num = 0;
	return connecting(p);
}

static enum reaction c_many_cids(struct peer *p)
{
	p->hello.cid_num = 4097;
	return connecting(p);
}

static enum reaction c_no_session(struct peer *p)
{
	p->hello.first_conn = 0;
	return connecting(p);
}

static enum reaction c_cid_num_changes(struct peer *p)
{
	if (!connect_con(p, 0))
		return REJECTED;
	p->hello.cid_num = 3;
	return connect_con(p, 1) ? NOTHING : REJECTED;
}

static enum reaction c_skips_first(struct peer *p)
{
	return connect_con(p, 1) ? NOTHING : REJECTED;
}

static enum reaction c_cid_outside(struct peer *p)
{
	p->hello.cid = p->hello.cid_num;
	return connecting(p);
}

static enum reaction c_last_cid(struct peer *p)
{
	p->hello.cid = 0xffff;
	p->hello.cid_num = 0xffff;
	return connecting(p);
}

/* The second connection is of another time. */
static enum reaction other_time(struct peer *p, uint16_t recon_cnt)
{
	if (!connect_con(p, 0))
		return REJECTED;
	p->hello.recon_cnt = recon_cnt;
	return connect_con(p, 1) ? NOTHING : REJECTED;
}

static enum reaction c_older(struct peer *p)
{
	return other_time(p, 0);
}

static enum reaction c_newer(struct peer *p)
{
	return other_time(p, 7);
}

/* Flags and features nobody has heard of: good. */
static enum reaction c_all_bits(struct peer *p)
{
	p->hello.first_conn = 0xff;
	p->hello.features = 0xffffffff;
	if (!connect_all(p))
		return REJECTED;
	return p->features & ~3u ? CLOSED : NOTHING;
}

/* Another one, which has something in common with @p. */
static enum reaction second(struct peer *p, bool same_path, bool same_session)
{
	enum reaction r = NOTHING;
	struct peer q;

	if (!connect_con(p, 0))
		return REJECTED;
	start(&q);
	if (same_path)
		memcpy(q.path_uuid, p->path_uuid, sizeof(q.path_uuid));
	if (same_session)
		memcpy(q.sess_uuid, p->sess_uuid, sizeof(q.sess_uuid));
	if (!connect_con(&q, 0))
		r = REJECTED;
	p->err = q.err;
	end(&q);
	return r;
}

static enum reaction c_twice(struct peer *p)
{
	return second(p, true, true);
}

static enum reaction c_path_elsewhere(struct peer *p)
{
	return second(p, true, false);
}

static enum reaction c_same_addresses(struct peer *p)
{
	return second(p, false, true);
}

const struct peer_case connect_cases[] = {
	{ "magic", ADDRESS, c_magic },
	{ "version", ADDRESS, c_version },
	{ "no-connections", ADDRESS, c_no_cids },
	{ "many-connections", ADDRESS, c_many_cids },
	{ "no-session", ADDRESS, c_no_session },
	{ "changing-cid-num", ADDRESS, c_cid_num_changes },
	{ "skips-first", ADDRESS, c_skips_first },
	{ "cid-outside", ADDRESS, c_cid_outside },
	{ "last-cid", ADDRESS, c_last_cid },
	{ "older-incarnation", ADDRESS, c_older },
	{ "newer-incarnation", ADDRESS, c_newer },
	{ "all-bits", ADDRESS, c_all_bits },
	{ "connection-twice", ADDRESS, c_twice },
	{ "path-elsewhere", ADDRESS, c_path_elsewhere },
	{ "same-addresses", ADDRESS, c_same_addresses },
	{ NULL }
};
