// SPDX-License-Identifier: GPL-2.0
/* What a server must not say. Offsets as in doc/protocol.md. */
#include <string.h>

#include "liar.h"

/* ---- bring-up ------------------------------------------------------------- */

static void nothing(struct liar *l, const struct asked *a)
{
}

static void leave(struct liar *l, const struct asked *a)
{
	drop_client(l);
}

/* It takes the place of the info response. */
static void heartbeat_first(struct liar *l, const struct asked *a)
{
	say_imm(l, 0, HB_MSG, 0);
}

/* ---- out of the blue ------------------------------------------------------ */

static void imm_request(struct liar *l, const struct asked *a)
{
	say_imm(l, 1, IO_REQ, 0);
}

static void imm_unknown(struct liar *l, const struct asked *a)
{
	say_imm(l, 1, 5, 0x123);
}

static void imm_last(struct liar *l, const struct asked *a)
{
	say_imm(l, 0, 15, 0xfffffff);
}

static void heartbeat_elsewhere(struct liar *l, const struct asked *a)
{
	say_imm(l, 1, HB_MSG, 0);
}

static void ack_elsewhere(struct liar *l, const struct asked *a)
{
	say_imm(l, 1, HB_ACK, 0);
}

static void ack_unasked(struct liar *l, const struct asked *a)
{
	say_imm(l, 0, HB_ACK, 0xfffffff);
}

static void many_probes(struct liar *l, const struct asked *a)
{
	unsigned int i;

	for (i = 0; i < 100; i++)
		say_imm(l, 0, HB_MSG, i);
}

static void fence_unasked(struct liar *l, const struct asked *a)
{
	say_imm(l, 0, FENCE_RSP, 0x7ffff);
}

static void fence_elsewhere(struct liar *l, const struct asked *a)
{
	say_imm(l, 1, FENCE_RSP, 0);
}

static void answer_wild(struct liar *l, const struct asked *a)
{
	say_imm(l, 1, IO_RSP, LIAR_QD);
}

static void answer_wildest(struct liar *l, const struct asked *a)
{
	say_imm(l, 1, IO_RSP_INV, 0xfffffff);
}

static void answer_idle(struct liar *l, const struct asked *a)
{
	unsigned int id;

	/* all of them at once: none is under way */
	for (id = 0; id < LIAR_QD; id++)
		say_imm(l, 1, IO_RSP, id);
}

static void empty_send(struct liar *l, const struct asked *a)
{
	say(l, 1, IBV_WR_SEND, NULL, 0, 0, 0, 0);
}

/* Where receives have no memory, or eight bytes. */
static void long_send(struct liar *l, const struct asked *a)
{
	say(l, 1, IBV_WR_SEND, liar_tx(l), 100, 0, 0, 0);
}

static void info_again(struct liar *l, const struct asked *a)
{
	uint8_t *tx = liar_tx(l);

	memset(tx, 0, 24);
	put16(tx, 1);
	put16(tx + 2, 1);
	say(l, 0, IBV_WR_SEND, tx, 24, 0, 0, 0);
}

static void write_wild(struct liar *l, const struct asked *a)
{
	say(l, 1, IBV_WR_RDMA_WRITE, liar_tx(l), 64, 0xffff888000000000, 0x1234,
	    0);
}

/* The pages of a request that was answered are not ours any more. */
static void write_after(struct liar *l, const struct asked *a)
{
	send_data(l, &l->last_read);
}

static void inval_wild(struct liar *l, const struct asked *a)
{
	say(l, 1, IBV_WR_SEND_WITH_INV, NULL, 0, 0, 0xffffff12, 0);
}

static void inval_again(struct liar *l, const struct asked *a)
{
	send_inval(l, &l->last_read);
}

/* ---- in place of the answer to a read ------------------------------------- */

static void twice(struct liar *l, const struct asked *a)
{
	answer(l, a, 0);
	send_end(l, a, false, 0);
}

static void other_connection(struct liar *l, const struct asked *a)
{
	struct asked other = *a;

	other.cid = 0;
	send_end(l, &other, false, 5);
	answer(l, a, 0);
}

static void other_id(struct liar *l, const struct asked *a)
{
	struct asked other = *a;

	other.id = (a->id + 1) % LIAR_QD;
	send_end(l, &other, false, 0);
	answer(l, a, 0);
}

/* It says that the key is dead, which it is not. */
static void key_alive(struct liar *l, const struct asked *a)
{
	send_data(l, a);
	send_end(l, a, true, 0);
}

/* And then uses it. */
static void key_alive_used(struct liar *l, const struct asked *a)
{
	key_alive(l, a);
	/* the client kills the key before the request ends */
	l->last_read = *a;
}

static void no_inval(struct liar *l, const struct asked *a)
{
	send_data(l, a);
	send_end(l, a, false, 0);
}

static void inval_before_data(struct liar *l, const struct asked *a)
{
	send_inval(l, a);
	send_data(l, a);
	send_end(l, a, true, 0);
}

static void inval_twice(struct liar *l, const struct asked *a)
{
	send_data(l, a);
	send_inval(l, a);
	send_inval(l, a);
	send_end(l, a, true, 0);
}

/* An invalidation speaks for the next immediate only. */
static void inval_early(struct liar *l, const struct asked *a)
{
	send_data(l, a);
	send_inval(l, a);
	say_imm(l, a->cid, 5, 0);
	send_end(l, a, true, 0);
}

static void data_long(struct liar *l, const struct asked *a)
{
	struct asked more = *a;

	more.len += 4096;
	send_data(l, &more);
	send_end(l, a, false, 0);
}

static void data_before(struct liar *l, const struct asked *a)
{
	struct asked before = *a;

	before.addr -= 64;
	send_data(l, &before);
	send_end(l, a, false, 0);
}

static void other_key(struct liar *l, const struct asked *a)
{
	struct asked guess = *a;

	guess.rkey ^= 0x100;
	send_data(l, &guess);
	send_end(l, a, false, 0);
}

static void error_most(struct liar *l, const struct asked *a)
{
	answer(l, a, 511);
}

static void error_again(struct liar *l, const struct asked *a)
{
	answer(l, a, 11);
}

/* The device exists, but the server denies it. */
static void error_device(struct liar *l, const struct asked *a)
{
	answer(l, a, 107);
}

static void half_answer(struct liar *l, const struct asked *a)
{
	struct asked half = *a;

	half.len /= 2;
	send_data(l, &half);
	drop_client(l);
}

static void inval_and_leave(struct liar *l, const struct asked *a)
{
	send_data(l, a);
	send_inval(l, a);
	drop_client(l);
}

/* ---- with keys renewed ---------------------------------------------------- */

static void key_answer(struct liar *l, const struct asked *a, uint16_t type,
		       uint16_t id, uint32_t rkey, uint32_t len)
{
	uint8_t *tx = liar_tx(l);

	memset(tx, 0, 32);
	key_rsp(tx, type, id, rkey);
	send_data(l, a);
	say(l, a->cid, IBV_WR_SEND_WITH_IMM, tx, len, 0, 0,
	    (uint32_t)IO_RSP << 28 | a->id);
}

static void key_none(struct liar *l, const struct asked *a)
{
	send_data(l, a);
	say_imm(l, a->cid, IO_RSP, a->id);
}

static void key_short(struct liar *l, const struct asked *a)
{
	key_answer(l, a, 4, a->id, l->mr->rkey, 7);
}

static void key_long(struct liar *l, const struct asked *a)
{
	key_answer(l, a, 4, a->id, l->mr->rkey, 16);
}

static void key_type(struct liar *l, const struct asked *a)
{
	key_answer(l, a, 1, a->id, l->mr->rkey, 8);
}

static void key_id(struct liar *l, const struct asked *a)
{
	key_answer(l, a, 4, a->id + 1, l->mr->rkey, 8);
}

static void key_wild_id(struct liar *l, const struct asked *a)
{
	key_answer(l, a, 4, 0xffff, l->mr->rkey, 8);
}

static void key_unasked(struct liar *l, const struct asked *a)
{
	say_imm(l, 1, IO_RSP, 0);
}

#define POKE(at, bytes, value)	.poke = { { at, bytes, value } }
#define SIZES(io, hdr)		.poke = { { 8, 4, io }, { 12, 4, hdr } }

const struct lie lies[] = {
	{ "truth",		CONN_RSP },
	{ "truth-new-keys",	CONN_RSP, .new_rkey = true },

	{ "rsp-magic",		CONN_RSP, POKE(0, 2, 0x1bbe) },
	{ "rsp-version",	CONN_RSP, POKE(2, 2, 0x0300) },
	{ "rsp-minor",		CONN_RSP, POKE(2, 2, 0x02ff) },
	{ "rsp-errno",		CONN_RSP, POKE(4, 2, -16) },
	{ "rsp-positive-errno",	CONN_RSP, POKE(4, 2, 16) },
	{ "rsp-no-depth",	CONN_RSP, POKE(6, 2, 0) },
	{ "rsp-depth",		CONN_RSP, POKE(6, 2, 65535) },
	{ "rsp-depth-changes",	CONN_RSP, POKE(6, 2, 9) },
	{ "rsp-no-io",		CONN_RSP, POKE(8, 4, 0) },
	{ "rsp-small-io",	CONN_RSP, POKE(8, 4, 4095) },
	{ "rsp-large-io",	CONN_RSP, POKE(8, 4, 0x08000001) },
	{ "rsp-endless-io",	CONN_RSP, POKE(8, 4, 0xffffffff) },
	{ "rsp-no-header",	CONN_RSP, POKE(12, 4, 0) },
	{ "rsp-small-header",	CONN_RSP, POKE(12, 4, 63) },
	{ "rsp-large-header",	CONN_RSP, POKE(12, 4, 65537) },
	{ "rsp-endless-header",	CONN_RSP, POKE(12, 4, 0xffffffff) },
	{ "rsp-wrapping-sizes",	CONN_RSP, SIZES(0xfffff000, 4096) },
	{ "rsp-chunk",		CONN_RSP, SIZES(0x4000000, 4096) },
	{ "rsp-io-shrinks",	CONN_RSP, POKE(8, 4, 8192) },
	{ "rsp-all-features",	CONN_RSP, POKE(20, 4, 0xffffffff) },
	{ "rsp-reserved",	CONN_RSP, .poke = { { 24, 8, ~0ull }, { 48, 8, ~0ull } } },
	{ "rsp-flags",		CONN_RSP, POKE(16, 4, 0xffffffff) },
	{ "rsp-second-magic",	CONN_RSP_1, POKE(0, 2, 0) },
	{ "rsp-second-version",	CONN_RSP_1, POKE(2, 2, 0) },
	{ "rsp-second-errno",	CONN_RSP_1, POKE(4, 2, -5) },
	{ "rsp-second-sizes",	CONN_RSP_1, .poke = { { 6, 2, 0 }, { 8, 8, 0 } } },

	{ "reject",		REJECT },
	{ "reject-empty",	REJECT, .len = -1 },
	{ "reject-short",	REJECT, .len = 5 },
	{ "reject-magic",	REJECT, POKE(0, 2, 0) },
	{ "reject-success",	REJECT, POKE(4, 2, 0) },
	{ "reject-positive",	REJECT, POKE(4, 2, 104) },
	{ "reject-wild",	REJECT, POKE(4, 2, 0x8000) },
	{ "reject-restart",	REJECT, POKE(4, 2, -512) },
	{ "no-answer",		AT_CONNECT, .act = nothing },
	{ "no-second-answer",	AT_CONNECT_1, .act = nothing },
	{ "leave-at-second",	AT_CONNECT_1, .act = leave },

	{ "no-info",		AT_INFO, .act = nothing },
	{ "leave-at-info",	AT_INFO, .act = leave },
	{ "heartbeat-first",	AT_INFO, .act = heartbeat_first },
	{ "info-empty",		INFO_RSP, .len = -1 },
	{ "info-short",		INFO_RSP, .len = 7 },
	{ "info-cut",		INFO_RSP, .len = 23 },
	{ "info-endless",	INFO_RSP, .len = 1000 },
	{ "info-type",		INFO_RSP, POKE(0, 2, 0) },
	{ "info-no-regions",	INFO_RSP, POKE(2, 2, 0) },
	{ "info-regions",	INFO_RSP, POKE(2, 2, 3), .len = 56 },
	{ "info-missing",	INFO_RSP, POKE(2, 2, 8) },
	{ "info-most-regions",	INFO_RSP, POKE(2, 2, 65535) },
	{ "info-no-length",	INFO_RSP, POKE(20, 4, 0) },
	{ "info-length",	INFO_RSP, POKE(20, 4, LIAR_QD * LIAR_CHUNK - 1) },
	{ "info-too-little",	INFO_RSP, POKE(20, 4, (LIAR_QD - 1) * LIAR_CHUNK) },
	{ "info-too-much",	INFO_RSP, POKE(20, 4, (LIAR_QD + 1) * LIAR_CHUNK) },
	{ "info-most",		INFO_RSP, POKE(20, 4, 0xffff0000) },
	{ "info-wrap",		INFO_RSP, POKE(8, 8, -4096ull) },
	{ "info-key",		INFO_RSP, POKE(16, 4, 0x12345678) },
	{ "info-address",	INFO_RSP, POKE(8, 8, 4096) },
	{ "info-longer",	INFO_RSP, .len = 40 },
	{ "info-one-region",	INFO_RSP, POKE(2, 2, 1), .new_rkey = true },

	{ "version-type",	SESS_INFO_RSP, POKE(0, 2, 3) },
	{ "version-zero",	SESS_INFO_RSP, POKE(4, 1, 0) },
	{ "version-most",	SESS_INFO_RSP, POKE(4, 1, 255) },
	{ "open-type",		OPEN_RSP, POKE(0, 2, 1) },
	{ "open-id",		OPEN_RSP, POKE(4, 4, 0xffffffff) },
	{ "open-endless",	OPEN_RSP, POKE(8, 8, ~0ull) },
	{ "open-large",		OPEN_RSP, POKE(8, 8, 1ull << 54) },
	{ "open-block-0",	OPEN_RSP, POKE(38, 2, 0) },
	{ "open-block-256",	OPEN_RSP, POKE(38, 2, 256) },
	{ "open-block-513",	OPEN_RSP, POKE(38, 2, 513) },
	{ "open-block-32768",	OPEN_RSP, POKE(38, 2, 32768) },
	{ "open-physical",	OPEN_RSP, POKE(36, 2, 513) },
	{ "open-sectors",	OPEN_RSP, POKE(16, 4, 1) },
	{ "open-segments",	OPEN_RSP, POKE(40, 2, 0) },
	{ "open-zeroes",	OPEN_RSP, POKE(20, 4, 0xffffffff) },
	{ "open-discard",	OPEN_RSP, .poke = { { 24, 4, 0xffffffff },
						    { 28, 4, 3 },
						    { 32, 4, 0xffffffff } } },
	{ "open-granularity",	OPEN_RSP, .poke = { { 24, 4, 8 },
						    { 28, 4, 0xffffffff } } },
	{ "open-discard-1",	OPEN_RSP, .poke = { { 24, 4, 1 }, { 28, 4, 0 },
						    { 42, 2, 0xffff } } },
	{ "open-cache",		OPEN_RSP, POKE(45, 1, 0xff) },
	{ "open-reserved",	OPEN_RSP, .poke = { { 46, 8, ~0ull } } },

	{ "imm-request",	WHEN_UP, .act = imm_request },
	{ "imm-unknown",	WHEN_UP, .act = imm_unknown },
	{ "imm-last",		WHEN_UP, .act = imm_last },
	{ "probe-elsewhere",	WHEN_UP, .act = heartbeat_elsewhere },
	{ "ack-elsewhere",	WHEN_UP, .act = ack_elsewhere },
	{ "ack-unasked",	WHEN_UP, .act = ack_unasked },
	{ "many-probes",	WHEN_UP, .act = many_probes },
	{ "fence-unasked",	WHEN_UP, .act = fence_unasked },
	{ "fence-elsewhere",	WHEN_UP, .act = fence_elsewhere },
	{ "answer-wild",	WHEN_UP, .act = answer_wild },
	{ "answer-wildest",	WHEN_UP, .act = answer_wildest },
	{ "answer-idle",	WHEN_UP, .act = answer_idle },
	{ "empty-send",		WHEN_UP, .act = empty_send },
	{ "long-send",		WHEN_UP, .act = long_send },
	{ "info-again",		WHEN_UP, .act = info_again },
	{ "write-wild",		WHEN_UP, .act = write_wild },
	{ "write-after",	WHEN_UP, .act = write_after },
	{ "inval-wild",		WHEN_UP, .act = inval_wild },
	{ "inval-again",	WHEN_UP, .act = inval_again },

	{ "twice",		AT_READ, .act = twice },
	{ "other-connection",	AT_READ, .act = other_connection },
	{ "other-id",		AT_READ, .act = other_id },
	{ "key-alive",		AT_READ, .act = key_alive },
	{ "key-alive-used",	AT_READ, .act = key_alive_used },
	{ "no-inval",		AT_READ, .act = no_inval },
	{ "inval-before-data",	AT_READ, .act = inval_before_data },
	{ "inval-twice",	AT_READ, .act = inval_twice },
	{ "inval-early",	AT_READ, .act = inval_early },
	{ "data-long",		AT_READ, .act = data_long },
	{ "data-before",	AT_READ, .act = data_before },
	{ "other-key",		AT_READ, .act = other_key },
	{ "error-most",		AT_READ, .act = error_most },
	{ "error-again",	AT_READ, .act = error_again },
	{ "error-device",	AT_READ, .act = error_device },
	{ "half-answer",	AT_READ, .act = half_answer },
	{ "inval-and-leave",	AT_READ, .act = inval_and_leave },
	{ "write-twice",	AT_WRITE, .act = twice },
	{ "write-inval",	AT_WRITE, .act = key_alive },

	{ "key-none",		AT_READ, .act = key_none, .new_rkey = true },
	{ "key-short",		AT_READ, .act = key_short, .new_rkey = true },
	{ "key-long",		AT_READ, .act = key_long, .new_rkey = true },
	{ "key-type",		AT_READ, .act = key_type, .new_rkey = true },
	{ "key-id",		AT_READ, .act = key_id, .new_rkey = true },
	{ "key-wild-id",	AT_READ, .act = key_wild_id, .new_rkey = true },
	{ "key-unasked",	WHEN_UP, .act = key_unasked, .new_rkey = true },
	{ NULL }
};
