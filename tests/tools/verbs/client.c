// SPDX-License-Identifier: GPL-2.0
/*
 * The client posts the requests. A slot is used for one message at a time: it
 * is free again when all its work requests completed, what came back was right,
 * and the server said that what arrived was right.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "stamps.h"

enum { WORD_ADD, WORD_CAS };

struct slot {
	enum op		op;
	uint64_t	seq;
	uint32_t	len;
	uint64_t	off;		/* READ: in the book */
	uint64_t	expected;	/* atomics: what was there before */
	uint64_t	since;		/* ms */
	unsigned int	completions;	/* still to come */
	bool		note;		/* the server's word is still to come */
	bool		busy;
};

struct client {
	struct link	link;
	const struct options *o;
	pthread_t	thread;
	struct slot	slots[DEPTH_MAX];
	uint64_t	random;
	uint64_t	words[2];	/* what they will be when all that is posted is done */
	uint64_t	started, done[OPS], bytes, lost, wrong, remade;
	bool		failed;
};

static uint8_t *local_at(struct client *c, uint32_t slot)
{
	return c->link.mem + slot * slot_stride(&c->link.hello);
}

static uint64_t remote_at(struct client *c, uint64_t area, uint32_t slot)
{
	return area + slot * slot_stride(&c->link.hello);
}

static void wrong(struct client *c, const struct slot *slot, const char *what)
{
	c->wrong++;
	fprintf(stderr, "%s: %s: %s, %u bytes, sequence %llu\n",
		kind_names[c->link.hello.kind], op_names[slot->op], what, slot->len,
		(unsigned long long)slot->seq);
}

static enum op choose_op(struct client *c)
{
	static const unsigned int possible[KINDS] = {
		[KIND_RC] = (1 << OPS) - 1,
		[KIND_UC] = 1 << OP_SEND | 1 << OP_WRITE_IMM,
		[KIND_UD] = 1 << OP_SEND,
	};
	unsigned int ops = c->o->ops & possible[c->link.hello.kind];
	enum op op;

	do {
		op = random_next(&c->random) % OPS;
	} while (!(ops & 1 << op));
	return op;
}

static uint32_t choose_len(struct client *c)
{
	uint32_t len;

	do {
		len = c->o->sizes[random_next(&c->random) % c->o->nsizes];
	} while (len > c->link.hello.len);
	return len;
}

/* what is to come into the local buffer is not there yet */
static void expect_into(uint8_t *at, uint32_t len)
{
	memset(at, 0, len);
	guard_set(at + len);
}

static unsigned int atomic(struct client *c, struct slot *slot, struct ibv_send_wr *wr)
{
	unsigned int i = slot->op == OP_ADD ? WORD_ADD : WORD_CAS;
	uint64_t value = random_next(&c->random);

	slot->expected = c->words[i];
	wr->wr.atomic.remote_addr = c->link.theirs.words + 8 * i;
	wr->wr.atomic.rkey = c->link.theirs.rkey;
	if (slot->op == OP_ADD) {
		wr->opcode = IBV_WR_ATOMIC_FETCH_AND_ADD;
		wr->wr.atomic.compare_add = value;
		c->words[i] += value;
	} else {
		wr->opcode = IBV_WR_ATOMIC_CMP_AND_SWP;
		wr->wr.atomic.compare_add = c->words[i];
		wr->wr.atomic.swap = value;
		if (value % 4 == 0)
			wr->wr.atomic.compare_add++;	/* must not match */
		else
			c->words[i] = value;
	}
	return 1;
}

/* fills in what a message consists of, and returns of how many work requests */
static unsigned int build(struct client *c, uint32_t index, struct ibv_send_wr wr[2],
			  struct ibv_sge sge[2])
{
	struct slot *slot = &c->slots[index];
	const struct place *theirs = &c->link.theirs;
	struct stamp stamp = { .salt = c->link.hello.salt, .seq = slot->seq };
	uint8_t *at = local_at(c, index);
	uint32_t imm = htonl(imm_make(slot->op, index, slot->seq));

	for (int i = 0; i < 2; i++) {
		sge[i] = (struct ibv_sge) {
			.addr = (uintptr_t)at,
			.length = slot->len,
			.lkey = c->link.mr->lkey,
		};
		wr[i] = (struct ibv_send_wr) {
			.wr_id = index,
			.sg_list = &sge[i],
			.num_sge = 1,
			.imm_data = imm,
			.wr.rdma.rkey = theirs->rkey,
			.wr.rdma.remote_addr = remote_at(c, theirs->slots, index),
		};
	}
	if (slot->op != OP_READ)
		stamp_fill(at, &stamp, 0, slot->len);

	switch (slot->op) {
	case OP_SEND:
		wr[0].opcode = IBV_WR_SEND_WITH_IMM;
		if (c->link.hello.kind == KIND_UD) {
			wr[0].wr.ud.ah = c->link.ah;
			wr[0].wr.ud.remote_qpn = theirs->qpn;
			wr[0].wr.ud.remote_qkey = QKEY;
		}
		slot->note = true;
		return 1;
	case OP_WRITE:
		wr[0].opcode = IBV_WR_RDMA_WRITE;
		wr[1].opcode = IBV_WR_SEND_WITH_IMM;
		memcpy(at + slot->len, &slot->len, sizeof(slot->len));
		sge[1].addr += slot->len;
		sge[1].length = sizeof(slot->len);
		slot->note = true;
		return 2;
	case OP_WRITE_IMM:
		wr[0].opcode = IBV_WR_RDMA_WRITE_WITH_IMM;
		slot->note = true;
		return 1;
	case OP_READ:
		slot->off = random_next(&c->random) % (c->link.hello.len - slot->len + 1);
		wr[0].opcode = IBV_WR_RDMA_READ;
		wr[0].wr.rdma.remote_addr = theirs->book + slot->off;
		expect_into(at, slot->len);
		return 1;
	case OP_WRITE_READ:
		/* the second half of the buffers takes what comes back */
		wr[0].opcode = IBV_WR_RDMA_WRITE;
		wr[0].wr.rdma.remote_addr = remote_at(c, theirs->scratch, index);
		wr[1].opcode = IBV_WR_RDMA_READ;
		wr[1].wr.rdma.remote_addr = wr[0].wr.rdma.remote_addr;
		at = local_at(c, index + c->link.hello.depth);
		expect_into(at, slot->len);
		sge[1].addr = (uintptr_t)at;
		return 2;
	default:
		slot->len = 8;
		sge[0].length = 8;
		expect_into(at, 8);
		return atomic(c, slot, &wr[0]);
	}
}

static bool start(struct client *c, uint32_t index)
{
	struct slot *slot = &c->slots[index];
	struct ibv_send_wr wr[2], *bad;
	struct ibv_sge sge[2];
	uint64_t last = slot->seq;
	unsigned int n;

	*slot = (struct slot) { .op = choose_op(c), .len = choose_len(c), .seq = last };
	/* the server counts what it is told of */
	if (slot->op == OP_SEND || slot->op == OP_WRITE || slot->op == OP_WRITE_IMM)
		slot->seq++;
	slot->busy = true;
	slot->since = now_ms();
	n = build(c, index, wr, sge);
	slot->completions = n;
	wr[0].next = n == 2 ? &wr[1] : NULL;
	errno = ibv_post_send(c->link.qp, wr, &bad);
	if (errno) {
		perror("post_send");
		return false;
	}
	c->link.posted += n;
	c->started++;
	return true;
}

static void finish(struct client *c, uint32_t index)
{
	struct slot *slot = &c->slots[index];
	struct stamp stamp = { .salt = c->link.hello.salt, .seq = slot->seq };
	uint8_t *at = local_at(c, index);
	bool good = true;

	switch (slot->op) {
	case OP_READ:
		stamp.seq = 0;
		good = stamp_check(at, &stamp, slot->off, slot->len);
		break;
	case OP_WRITE_READ:
		at = local_at(c, index + c->link.hello.depth);
		good = stamp_check(at, &stamp, 0, slot->len);
		break;
	case OP_CAS:
	case OP_ADD:
		good = !memcmp(at, &slot->expected, 8);
		break;
	default:
		break;
	}
	if (!good)
		wrong(c, slot, "wrong bytes came back");
	if (slot->op >= OP_READ && !guard_check(at + slot->len))
		wrong(c, slot, "bytes behind the buffer have changed");
	slot->busy = false;
	c->done[slot->op]++;
	c->bytes += slot->len;
}

static bool handle_completions(struct client *c)
{
	struct ibv_wc wc;
	int n;

	while ((n = ibv_poll_cq(c->link.cq, 1, &wc)) > 0) {
		struct slot *slot = &c->slots[wc.wr_id];

		c->link.posted--;
		if (wc.status != IBV_WC_SUCCESS) {
			fprintf(stderr, "%s: %s: %s\n", kind_names[c->link.hello.kind],
				op_names[slot->op], ibv_wc_status_str(wc.status));
			return false;
		}
		if (!--slot->completions && !slot->note)
			finish(c, wc.wr_id);
	}
	return !n;
}

static bool handle_message(struct client *c)
{
	struct slot *slot;
	struct msg msg;

	if (!tcp_receive(c->link.sock, &msg, sizeof(msg)) || msg.slot >= DEPTH_MAX) {
		fprintf(stderr, "the server hung up\n");
		return false;
	}
	slot = &c->slots[msg.slot];
	if (msg.type == MSG_WRONG)
		wrong(c, slot, "the server got it wrong");
	/* of one that was given up */
	if (!slot->busy || !slot->note || msg.seq != slot->seq)
		return true;
	slot->note = false;
	if (!slot->completions)
		finish(c, msg.slot);
	return true;
}

/* without acknowledgements what is lost is lost */
static void give_up_old(struct client *c)
{
	uint64_t now = now_ms();

	if (c->link.hello.kind == KIND_RC)
		return;
	for (uint32_t i = 0; i < c->link.hello.depth; i++) {
		struct slot *slot = &c->slots[i];

		if (slot->busy && !slot->completions && now - slot->since > LOST_MS) {
			slot->busy = false;
			c->lost++;
		}
	}
}

/* new queue pairs at both ends, or the same ones through RESET; @type is a message's */
static bool restart(struct client *c, uint32_t type)
{
	struct link *l = &c->link;
	struct msg msg = { .type = type };

	if (l->qp) {
		if (!link_drain(l))
			return false;
		if (type == MSG_MOVE ? !link_reset_qp(l) : (link_destroy_qp(l), false))
			return false;
	}
	if (!l->qp && !link_make_qp(l))
		return false;
	memset(c->slots, 0, sizeof(c->slots));
	memset(c->words, 0, sizeof(c->words));
	msg.place = l->mine;
	if (!tcp_send(l->sock, &msg, sizeof(msg)))
		return false;
	do {
		if (!tcp_receive(l->sock, &msg, sizeof(msg))) {
			fprintf(stderr, "the server hung up\n");
			return false;
		}
	} while (msg.type != MSG_PLACE);
	l->theirs = msg.place;
	return link_connect(l);
}

static bool idle(const struct client *c)
{
	for (uint32_t i = 0; i < c->link.hello.depth; i++)
		if (c->slots[i].busy)
			return false;
	return true;
}

static bool run(struct client *c)
{
	uint64_t end = now_ms() + c->o->seconds * 1000ULL;
	uint64_t churn = now_ms() + c->o->churn_ms;
	uint64_t now;
	bool message, go_on = true;

	if (!restart(c, MSG_CONNECT))
		return false;
	while (go_on || !idle(c)) {
		now = now_ms();
		go_on = now < end && (!c->o->messages || c->started < c->o->messages);
		if (c->o->churn_ms && now > churn && go_on) {
			/* in the midst of it all */
			c->remade++;
			if (!restart(c, c->remade % 2 ? MSG_MOVE : MSG_CONNECT))
				return false;
			churn = now_ms() + c->o->churn_ms;
		}
		for (uint32_t i = 0; i < c->link.hello.depth && go_on; i++)
			if (!c->slots[i].busy && !start(c, i))
				return false;
		if (!handle_completions(c) || !link_wait(&c->link, 100, &message) ||
		    !handle_completions(c))
			return false;
		if (message && !handle_message(c))
			return false;
		give_up_old(c);
	}
	return link_drain(&c->link);
}

static uint32_t longest(const struct options *o, uint32_t limit)
{
	uint32_t len = 0;

	for (unsigned int i = 0; i < o->nsizes; i++)
		if (o->sizes[i] <= limit && o->sizes[i] > len)
			len = o->sizes[i];
	return len;
}

static bool prepare(struct client *c)
{
	struct link *l = &c->link;
	struct hello *hello = &l->hello;

	l->sock = tcp_connect(c->o->source, c->o->server, c->o->port);
	if (l->sock < 0 || !link_open(l, c->o->device))
		return false;
	hello->magic = HELLO_MAGIC;
	hello->depth = c->o->depth;
	hello->mtu = l->mtu;
	while (c->o->mtu && 128u << hello->mtu > c->o->mtu && hello->mtu > IBV_MTU_256)
		hello->mtu--;
	hello->len = longest(c->o, hello->kind == KIND_UD ? 128u << hello->mtu : LEN_MAX);
	if (getrandom(&hello->salt, sizeof(hello->salt), 0) < 0)
		return false;
	c->random = hello->salt;
	return tcp_send(l->sock, hello, sizeof(*hello)) &&
	       link_alloc(l, 2 * hello->depth * slot_stride(hello));
}

static void *client_main(void *arg)
{
	struct client *c = arg;

	c->failed = !prepare(c) || !run(c);
	link_close(&c->link);
	return NULL;
}

/* the kinds that were asked for, in turn */
static enum kind kind_of(const struct options *o, unsigned int i)
{
	unsigned int n = i % __builtin_popcount(o->kinds);
	enum kind kind = KIND_RC;

	for (;; kind++)
		if (o->kinds & 1 << kind && !n--)
			return kind;
}

int client_run(const struct options *o)
{
	struct client *clients = calloc(o->qps, sizeof(*clients)), all = { 0 };
	unsigned int i, failed = 0;

	if (!clients)
		return 2;
	for (i = 0; i < o->qps; i++) {
		clients[i].o = o;
		clients[i].link.sock = -1;
		clients[i].link.tries = o->tries;
		clients[i].link.hello.kind = kind_of(o, i);
		if (pthread_create(&clients[i].thread, NULL, client_main, &clients[i]))
			return 2;
	}
	for (i = 0; i < o->qps; i++) {
		struct client *c = &clients[i];

		pthread_join(c->thread, NULL);
		for (enum op op = 0; op < OPS; op++)
			all.done[op] += c->done[op];
		all.bytes += c->bytes;
		all.lost += c->lost;
		all.wrong += c->wrong;
		all.remade += c->remade;
		failed += c->failed;
	}
	printf("client:");
	for (enum op op = 0; op < OPS; op++)
		printf(" %s %llu", op_names[op], (unsigned long long)all.done[op]);
	printf(" bytes %llu lost %llu wrong %llu remade %llu failed %u\n",
	       (unsigned long long)all.bytes, (unsigned long long)all.lost,
	       (unsigned long long)all.wrong, (unsigned long long)all.remade, failed);
	free(clients);
	return all.wrong ? 1 : failed ? 2 : 0;
}
