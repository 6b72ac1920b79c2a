// SPDX-License-Identifier: GPL-2.0
/*
 * The server posts receives, looks at what arrives, and says over TCP what it
 * saw. It never posts a request of its own.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "stamps.h"

struct session {
	struct link	link;
	const char	*device_name;
	uint64_t	last[DEPTH_MAX];	/* sequence seen in each slot */
	uint64_t	seen, wrong;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t all_seen, all_wrong, all_failed;

/* slots, scratch, receive buffers, the book, two words */
static size_t area(const struct link *l)
{
	return slot_stride(&l->hello) * l->hello.depth;
}

static uint8_t *slot_at(struct session *s, uint32_t slot)
{
	return s->link.mem + slot * slot_stride(&s->link.hello);
}

static uint8_t *receive_at(struct session *s, uint32_t i)
{
	return slot_at(s, i) + 2 * area(&s->link);
}

static bool prepare(struct session *s)
{
	struct link *l = &s->link;
	struct stamp stamp = { .salt = l->hello.salt };
	size_t stride = slot_stride(&l->hello);
	uint8_t *book;

	if (!link_alloc(l, 3 * area(l) + stride + 64))
		return false;
	book = l->mem + 3 * area(l);
	stamp_fill(book, &stamp, 0, l->hello.len);
	l->mine.slots = (uintptr_t)l->mem;
	l->mine.scratch = (uintptr_t)l->mem + area(l);
	l->mine.book = (uintptr_t)book;
	l->mine.words = (uintptr_t)book + stride;
	return true;
}

static bool post(struct session *s, uint32_t i)
{
	struct link *l = &s->link;
	struct ibv_sge sge = {
		.addr = (uintptr_t)receive_at(s, i),
		.length = UD_HEADER + l->hello.len,
		.lkey = l->mr->lkey,
	};
	struct ibv_recv_wr wr = { .wr_id = i, .sg_list = &sge, .num_sge = 1 }, *bad;

	errno = ibv_post_recv(l->qp, &wr, &bad);
	if (errno) {
		perror("post_recv");
		return false;
	}
	l->posted++;
	return true;
}

/* a queue pair as new, every buffer as if nothing had ever arrived */
static bool restart(struct session *s, const struct msg *msg)
{
	struct link *l = &s->link;
	struct msg reply = { .type = MSG_PLACE };
	bool good = true;

	if (l->qp) {
		good = link_drain(l);
		if (msg->type == MSG_MOVE)
			good = good && link_reset_qp(l);
		else
			link_destroy_qp(l);
	}
	if (!l->qp)
		good = good && link_make_qp(l);
	memset(l->mem, GUARD_BYTE, 3 * area(l));
	memset(l->mem + 3 * area(l) + slot_stride(&l->hello), 0, 64);
	memset(s->last, 0, sizeof(s->last));
	l->theirs = msg->place;
	for (uint32_t i = 0; good && i < l->hello.depth; i++)
		good = post(s, i);
	if (!good || !link_connect(l))
		return false;
	reply.place = l->mine;
	return tcp_send(l->sock, &reply, sizeof(reply));
}

/* the sequence number whose low bits are @low and which comes next after @last */
static uint64_t sequence(uint64_t last, uint32_t low)
{
	return last + 1 + ((low - (last + 1)) & 0xfffff);
}

/*
 * Also leaves the place as it was before. Half a message that was lost without
 * acknowledgements may lie behind the one that came.
 */
static bool check(const struct session *s, uint8_t *at, const struct stamp *stamp, uint32_t len)
{
	bool good = stamp_check(at, stamp, 0, len) &&
		    (s->link.hello.kind == KIND_UC || guard_check(at + len));

	memset(at, GUARD_BYTE, len);
	return good;
}

static bool arrived(struct session *s, const struct ibv_wc *wc)
{
	struct link *l = &s->link;
	uint32_t imm = ntohl(wc->imm_data), slot = imm_slot(imm), len = wc->byte_len;
	struct msg note = { .type = MSG_SEEN, .slot = slot };
	uint8_t *buffer = receive_at(s, wc->wr_id);
	struct stamp stamp = { .salt = l->hello.salt };
	uint32_t told;
	bool good;

	if (l->hello.kind == KIND_UD) {
		buffer += UD_HEADER;
		len -= UD_HEADER;
	}
	good = wc->wc_flags & IBV_WC_WITH_IMM && slot < l->hello.depth && len <= l->hello.len;
	if (good) {
		note.seq = sequence(s->last[slot], imm_seq(imm));
		/* nothing may be lost or come twice but without acknowledgements */
		if (l->hello.kind == KIND_RC)
			good = note.seq == s->last[slot] + 1;
		s->last[slot] = note.seq;
		stamp.seq = note.seq;
	}
	switch (good ? imm_op(imm) : OPS) {
	case OP_SEND:
		good = wc->opcode == IBV_WC_RECV && check(s, buffer, &stamp, len);
		break;
	case OP_WRITE:
		/* this SEND tells the length of the WRITE before it */
		memcpy(&told, buffer, sizeof(told));
		good = wc->opcode == IBV_WC_RECV && len == sizeof(told) &&
		       told <= l->hello.len && guard_check(buffer + len);
		memset(buffer, GUARD_BYTE, len);
		if (good)
			good = check(s, slot_at(s, slot), &stamp, told);
		break;
	case OP_WRITE_IMM:
		good = wc->opcode == IBV_WC_RECV_RDMA_WITH_IMM &&
		       check(s, slot_at(s, slot), &stamp, len);
		break;
	default:
		good = false;
	}
	if (l->hello.kind == KIND_UD)
		memset(buffer - UD_HEADER, GUARD_BYTE, UD_HEADER);
	s->seen++;
	if (!good) {
		s->wrong++;
		note.type = MSG_WRONG;
		fprintf(stderr, "%s: wrong: imm %08x, %u bytes, sequence %llu\n",
			kind_names[l->hello.kind], imm, len, (unsigned long long)note.seq);
	}
	/* first room for the next one, then the word that there is some */
	return post(s, wc->wr_id) && tcp_send(l->sock, &note, sizeof(note));
}

static bool handle_completions(struct session *s)
{
	struct ibv_wc wc;
	int n;

	while ((n = ibv_poll_cq(s->link.cq, 1, &wc)) > 0) {
		s->link.posted--;
		/* flushed because the client's end went; it will say what next */
		if (wc.status == IBV_WC_SUCCESS && !arrived(s, &wc))
			return false;
	}
	return !n;
}

/* until the client hangs up */
static bool serve(struct session *s)
{
	struct link *l = &s->link;
	struct msg msg;
	bool message;

	for (;;) {
		if (!link_wait(l, -1, &message))
			return false;
		if (l->qp && !handle_completions(s))
			return false;
		if (!message)
			continue;
		if (!tcp_receive(l->sock, &msg, sizeof(msg)))
			return !l->qp || link_drain(l);
		if ((msg.type != MSG_CONNECT && msg.type != MSG_MOVE) || !restart(s, &msg))
			return false;
	}
}

static bool hello_ok(const struct hello *hello)
{
	return hello->magic == HELLO_MAGIC && hello->kind < KINDS &&
	       hello->depth && hello->depth <= DEPTH_MAX && hello->len <= LEN_MAX;
}

static void *session_main(void *arg)
{
	struct session *s = arg;
	struct link *l = &s->link;
	bool good = tcp_receive(l->sock, &l->hello, sizeof(l->hello)) && hello_ok(&l->hello) &&
		    link_open(l, s->device_name) && prepare(s) && serve(s);

	link_close(l);
	pthread_mutex_lock(&lock);
	all_seen += s->seen;
	all_wrong += s->wrong;
	all_failed += !good;
	pthread_mutex_unlock(&lock);
	free(s);
	return NULL;
}

int server_run(const struct options *o)
{
	pthread_t *threads = calloc(o->connections, sizeof(*threads));
	int sock = tcp_listen(o->server, o->port);
	unsigned int i;

	if (sock < 0 || !threads)
		return 2;
	printf("listening\n");
	fflush(stdout);
	for (i = 0; i < o->connections; i++) {
		struct session *s = calloc(1, sizeof(*s));

		if (!s)
			return 2;
		s->device_name = o->device;
		s->link.tries = o->tries;
		s->link.sock = accept(sock, NULL, NULL);
		if (s->link.sock < 0 || pthread_create(&threads[i], NULL, session_main, s))
			return 2;
	}
	while (i--)
		pthread_join(threads[i], NULL);
	printf("server: seen %llu wrong %llu failed %llu\n", (unsigned long long)all_seen,
	       (unsigned long long)all_wrong, (unsigned long long)all_failed);
	return all_wrong ? 1 : all_failed ? 2 : 0;
}
