// SPDX-License-Identifier: GPL-2.0
/* Several peers at once, and what one does to memory that is not its own. */
#include <err.h>
#include <string.h>

#include "cases.h"

/* data, message and header of a write of 4 KiB */
#define REWRITTEN	(4096 + 32 + 4)

/* Two first connections of one session: both make it, only one may. */
static enum reaction m_first_twice(struct peer *p)
{
	enum reaction r = NOTHING;
	bool one, two;
	struct peer q;

	start(&q);
	memcpy(q.sess_uuid, p->sess_uuid, sizeof(q.sess_uuid));
	begin_con(p, 0);
	begin_con(&q, 0);
	one = end_con(p);
	two = end_con(&q);
	/* they have the same addresses */
	if (one != two) {
		r = REJECTED;
		p->err |= q.err;
	}
	end(&q);
	return r;
}

/* The address and key of a chunk of somebody else, exactly as they are. */
static enum reaction m_foreign_key(struct peer *p)
{
	uint8_t bytes[36] = { 0 }, info[272] = { 0 };
	enum reaction r;
	struct peer q;

	start(&q);
	prepare(&q, CONNECTED);
	good_name(&q, info);
	if (send_info(&q, info, sizeof(info)) == CLOSED)
		errx(2, "info request refused");
	p->addr[2] = q.addr[2];
	p->rkey[2] = q.rkey[2];
	request(p, 1, 2, 0, bytes, sizeof(bytes), 32);
	r = react(p, REACT_MS);
	/* and the other one lives */
	if (r == CLOSED && (sess_info(&q) != ANSWER || q.err))
		r = NOTHING;
	end(&q);
	return r;
}

/* Keys that one could guess from those known. */
static enum reaction m_guessed_keys(struct peer *p)
{
	unsigned int i, nr_closed = 0;

	for (i = 1; i <= 8; i++) {
		uint8_t bytes[36] = { 0 };

		p->rkey[2] += i << (i & 1 ? 8 : 0);
		request(p, 1, 2, 0, bytes, sizeof(bytes), 32);
		nr_closed += react(p, REACT_MS) == CLOSED;
		end(p);
		start(p);
		prepare(p, DEVICE);
	}
	return nr_closed == 8 ? CLOSED : NOTHING;
}

/* Requests of a connection are served in order: the one before this read is. */
static void let_it_begin(struct peer *p)
{
	if (io(p, true, p->device, 8, 0x100, 4096, 4096) != ANSWER)
		errx(2, "a read was not answered");
	p->answered = false;
}

/*
 * A write to DEVICE, which is slow, and while it is under way everything in its
 * chunk becomes something else: data, message, header.
 */
static enum reaction m_rewritten(struct peer *p)
{
	uint8_t bytes[36] = { 0 };

	put16(bytes, 4);
	put32(bytes + 4, p->device);
	put32(bytes + 16, 0x101);
	put32(bytes + 20, 4096);
	write_hdr(bytes + 32, 32);
	request(p, 1, 2, 4096, bytes, sizeof(bytes), 4128);
	let_it_begin(p);
	memset(data_of(p), 0xff, REWRITTEN);
	post(p, 1, IBV_WR_RDMA_WRITE, data_of(p), REWRITTEN, p->addr[2],
	     p->rkey[2], 0);
	return react(p, REACT_MS);
}

/* One chunk for two requests on two connections. */
static enum reaction m_chunk_shared(struct peer *p)
{
	uint8_t bytes[36] = { 0 };

	put16(bytes, 4);
	put32(bytes + 4, p->device);
	put32(bytes + 16, 0x101);
	put32(bytes + 20, 4096);
	write_hdr(bytes + 32, 32);
	request(p, 1, 2, 4096, bytes, sizeof(bytes), 4128);
	let_it_begin(p);
	post(p, 0, IBV_WR_RDMA_WRITE_WITH_IMM, NULL, 0, 0, 0,
	     req_imm(p, 2, 4128));
	return react(p, REACT_MS);
}

const struct peer_case many_cases[] = {
	{ "first-twice", ADDRESS, m_first_twice },
	{ "foreign-key", DEVICE, m_foreign_key },
	{ "guessed-keys", DEVICE, m_guessed_keys },
	{ "rewritten", DEVICE, m_rewritten },
	{ "chunk-shared", DEVICE, m_chunk_shared },
	{ NULL }
};
