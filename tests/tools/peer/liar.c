// SPDX-License-Identifier: GPL-2.0
/*
 * The lying server: it serves one client at a time, over one path, a disk of
 * 8 MiB whose bytes are their sector's number.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <err.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "liar.h"

static const size_t chunks_len = LIAR_QD * LIAR_CHUNK;
static const size_t disk_len = LIAR_SECTORS * 512;
static const size_t recvs_len = LIAR_CONS * LIAR_RECVS * LIAR_RECV_LEN;
static const size_t txs_len = LIAR_TX_SLOTS * LIAR_TX_LEN;

uint8_t *chunk_of(struct liar *l, unsigned int id)
{
	return l->mem + id * LIAR_CHUNK;
}

uint8_t *disk_of(struct liar *l)
{
	return l->mem + chunks_len;
}

static uint8_t *recv_of(struct liar *l, unsigned int cid, unsigned int i)
{
	return disk_of(l) + disk_len + (cid * LIAR_RECVS + i) * LIAR_RECV_LEN;
}

uint8_t *liar_tx(struct liar *l)
{
	return disk_of(l) + disk_len + recvs_len +
	       l->next_tx++ % LIAR_TX_SLOTS * LIAR_TX_LEN;
}

static void make_memory(struct liar *l, struct ibv_context *verbs)
{
	size_t len = chunks_len + disk_len + recvs_len + txs_len, i;

	l->mem = aligned_alloc(4096, len);
	l->pd = ibv_alloc_pd(verbs);
	if (!l->mem || !l->pd)
		err(2, "memory");
	memset(l->mem, 0, len);
	for (i = 0; i < LIAR_SECTORS; i++)
		memset(disk_of(l) + i * 512, i, 512);
	l->mr = ibv_reg_mr(l->pd, l->mem, len,
			   IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE);
	if (!l->mr)
		err(2, "memory region");
}

/* ---- what it says --------------------------------------------------------- */

void say(struct liar *l, unsigned int cid, enum ibv_wr_opcode opcode,
	 const uint8_t *tx, uint32_t len, uint64_t addr, uint32_t rkey,
	 uint32_t imm)
{
	struct ibv_sge sge = {
		.addr = (uintptr_t)tx, .length = len, .lkey = l->mr->lkey,
	};
	struct ibv_send_wr wr = {
		.wr_id = ~0ull, .opcode = opcode, .send_flags = IBV_SEND_SIGNALED,
		.sg_list = &sge, .num_sge = len ? 1 : 0,
		.wr.rdma = { .remote_addr = addr, .rkey = rkey },
	}, *bad;

	if (opcode == IBV_WR_SEND_WITH_INV)
		wr.invalidate_rkey = rkey;
	else
		wr.imm_data = htobe32(imm);
	/* a path that is lost shows in its completions */
	if (l->id[cid] && l->id[cid]->qp)
		ibv_post_send(l->id[cid]->qp, &wr, &bad);
}

void say_imm(struct liar *l, unsigned int cid, unsigned int type,
	     uint32_t payload)
{
	say(l, cid, IBV_WR_RDMA_WRITE_WITH_IMM, NULL, 0, 0, 0,
	    (uint32_t)type << 28 | payload);
}

void key_rsp(uint8_t *msg, uint16_t type, uint16_t id, uint32_t rkey)
{
	put16(msg, type);
	put16(msg + 2, id);
	put32(msg + 4, rkey);
}

void send_data(struct liar *l, const struct asked *a)
{
	if (a->has_desc)
		say(l, a->cid, IBV_WR_RDMA_WRITE, chunk_of(l, a->id), a->len,
		    a->addr, a->rkey, 0);
}

void send_inval(struct liar *l, const struct asked *a)
{
	say(l, a->cid, IBV_WR_SEND_WITH_INV, NULL, 0, 0, a->rkey, 0);
}

void send_end(struct liar *l, const struct asked *a, bool inval, int err)
{
	uint32_t payload = (uint32_t)err << 19 | a->id;
	unsigned int type = inval ? IO_RSP_INV : IO_RSP;
	uint8_t *tx;

	if (!l->new_rkey) {
		say_imm(l, a->cid, type, payload);
		return;
	}
	tx = liar_tx(l);
	key_rsp(tx, 4, a->id, l->mr->rkey);
	say(l, a->cid, IBV_WR_SEND_WITH_IMM, tx, 8, 0, 0, type << 28 | payload);
}

void answer(struct liar *l, const struct asked *a, int err)
{
	if (!err)
		send_data(l, a);
	if (a->inval)
		send_inval(l, a);
	send_end(l, a, a->inval, err);
}

/* ---- lies ----------------------------------------------------------------- */

static bool due(const struct liar *l, enum where moment)
{
	return l->lie && l->lie->where == moment;
}

/* A message is about to be sent; returns its length. */
static uint32_t retouch(struct liar *l, enum where moment, uint8_t *msg,
			uint32_t len)
{
	const struct lie *lie = l->lie;
	unsigned int i;

	if (!due(l, moment))
		return len;
	for (i = 0; i < LIAR_POKES; i++) {
		uint64_t v = htole64(lie->poke[i].value);

		memcpy(msg + lie->poke[i].at, &v, lie->poke[i].bytes);
	}
	l->told_in = l->incarnation;
	l->lie = NULL;
	return lie->len > 0 ? (uint32_t)lie->len : lie->len ? 0 : len;
}

/* True if something was done instead of what should have been. */
static bool acts(struct liar *l, enum where moment, const struct asked *a)
{
	const struct lie *lie = l->lie;

	if (!due(l, moment))
		return false;
	l->told_in = l->incarnation;
	l->lie = NULL;
	lie->act(l, a);
	return true;
}

/* ---- requests ------------------------------------------------------------- */

static void do_io(struct liar *l, struct asked *a)
{
	uint64_t at = get64(a->msg + 8) * 512;
	uint8_t *data = chunk_of(l, a->id);

	if (at + a->data_len > disk_len) {
		answer(l, a, 5);
		return;
	}
	if (a->read)
		memcpy(data, disk_of(l) + at, a->data_len);
	else
		memcpy(disk_of(l) + at, data, a->data_len);
	if (a->data_len && acts(l, a->read ? AT_READ : AT_WRITE, a))
		return;
	if (a->read)
		l->last_read = *a;
	answer(l, a, 0);
}

static void do_message(struct liar *l, struct asked *a)
{
	uint8_t *rsp = chunk_of(l, a->id);

	switch (get16(a->msg)) {
	case 0:
		l->believed |= l->told_in == l->incarnation;
		memset(rsp, 0, 36);
		put16(rsp, 1);
		rsp[4] = 2;
		retouch(l, SESS_INFO_RSP, rsp, 36);
		break;
	case 2:
		memset(rsp, 0, 56);
		put16(rsp, 3);
		put32(rsp + 4, 1);
		put64(rsp + 8, LIAR_SECTORS);
		put32(rsp + 16, LIAR_IO / 512);
		put16(rsp + 36, 512);
		put16(rsp + 38, 512);
		put16(rsp + 40, 8);
		retouch(l, OPEN_RSP, rsp, 56);
		l->opened = true;
		break;
	case 4:
		do_io(l, a);
		return;
	}
	answer(l, a, 0);
}

static void on_request(struct liar *l, unsigned int cid, uint32_t payload)
{
	struct asked a = { .cid = cid, .id = payload >> 25 };
	uint32_t off = payload & 0x1ffffff;
	const uint8_t *hdr;

	if (a.id >= LIAR_QD || off > LIAR_CHUNK - 24)
		errx(2, "a strange request: %08x", payload);
	hdr = chunk_of(l, a.id) + off;
	a.usr_len = get16(hdr + 2);
	if (a.usr_len > off || a.usr_len > sizeof(a.msg))
		errx(2, "a message of %u bytes", a.usr_len);
	a.data_len = off - a.usr_len;
	a.read = get16(hdr) == 3;
	memcpy(a.msg, hdr - a.usr_len, a.usr_len);
	if (a.read && get16(hdr + 6)) {
		a.inval = get16(hdr + 4) & 1;
		a.has_desc = true;
		a.addr = get64(hdr + 8);
		a.rkey = get32(hdr + 16);
		a.len = get32(hdr + 20);
	}
	do_message(l, &a);
}

static void send_map(struct liar *l)
{
	unsigned int regions = l->new_rkey ? LIAR_QD : 1, i;
	uint8_t *tx = liar_tx(l);
	uint32_t len = 8 + 16 * regions;

	memset(tx, 0, LIAR_TX_LEN);
	put16(tx, 1);
	put16(tx + 2, regions);
	/* no other liar says the same */
	put32(tx + 4, (uint32_t)getpid() << 16 | l->incarnation);
	for (i = 0; i < regions; i++) {
		put64(tx + 8 + 16 * i, (uintptr_t)chunk_of(l, i));
		put32(tx + 16 + 16 * i, l->mr->rkey);
		put32(tx + 20 + 16 * i, LIAR_QD / regions * LIAR_CHUNK);
	}
	l->up = true;
	len = retouch(l, INFO_RSP, tx, len);
	say(l, 0, IBV_WR_SEND, tx, len, 0, 0, 0);
}

static void on_message(struct liar *l, const uint8_t *msg, uint32_t len)
{
	if (!l->up) {
		if (!acts(l, AT_INFO, NULL))
			send_map(l);
	} else if (len == 32 && get16(msg) == 5) {
		say_imm(l, 0, FENCE_RSP, get16(msg + 2));
	}
}

static void post_recv_of(struct liar *l, unsigned int cid, unsigned int i)
{
	struct ibv_sge sge = {
		.addr = (uintptr_t)recv_of(l, cid, i), .length = LIAR_RECV_LEN,
		.lkey = l->mr->lkey,
	};
	struct ibv_recv_wr wr = { .wr_id = i, .sg_list = &sge, .num_sge = 1 }, *bad;

	ibv_post_recv(l->id[cid]->qp, &wr, &bad);
}

static void on_wc(struct liar *l, unsigned int cid, const struct ibv_wc *wc)
{
	uint32_t imm = be32toh(wc->imm_data);

	l->broken |= wc->status != IBV_WC_SUCCESS;
	if (wc->status != IBV_WC_SUCCESS || wc->wr_id == ~0ull)
		return;
	post_recv_of(l, cid, wc->wr_id);
	if (!(wc->wc_flags & IBV_WC_WITH_IMM)) {
		on_message(l, recv_of(l, cid, wc->wr_id), wc->byte_len);
		return;
	}
	switch (imm >> 28) {
	case IO_REQ:
		on_request(l, cid, imm & 0x0fffffff);
		break;
	case HB_MSG:
		say_imm(l, cid, HB_ACK, 0);
		break;
	case HB_ACK:
		l->acks++;
		break;
	}
}

/* ---- connections ---------------------------------------------------------- */

void drop_client(struct liar *l)
{
	unsigned int cid;

	for (cid = 0; cid < LIAR_CONS; cid++) {
		if (!l->id[cid])
			continue;
		rdma_disconnect(l->id[cid]);
		if (l->id[cid]->qp)
			rdma_destroy_qp(l->id[cid]);
		rdma_destroy_id(l->id[cid]);
		if (l->cq[cid])
			ibv_destroy_cq(l->cq[cid]);
		l->id[cid] = NULL;
		l->cq[cid] = NULL;
	}
	l->up = false;
	l->opened = false;
	l->broken = false;
}

static void reject(struct liar *l, struct rdma_cm_id *id)
{
	uint8_t rsp[56] = { 0 };
	uint32_t len;

	put16(rsp, 0x1bbd);
	put16(rsp + 2, 0x0200);
	put16(rsp + 4, -104);
	len = retouch(l, REJECT, rsp, sizeof(rsp));
	rdma_reject(id, rsp, len);
	rdma_destroy_id(id);
}

static void accept_con(struct liar *l, unsigned int cid)
{
	struct ibv_qp_init_attr qp = {
		.qp_type = IBV_QPT_RC,
		.cap = { .max_send_wr = 256, .max_recv_wr = LIAR_RECVS,
			 .max_send_sge = 1, .max_recv_sge = 1 },
	};
	uint8_t rsp[56] = { 0 };
	struct rdma_conn_param param = {
		.private_data = rsp, .private_data_len = sizeof(rsp),
		.rnr_retry_count = 7,
	};
	unsigned int i;

	if (!l->mem)
		make_memory(l, l->id[cid]->verbs);
	l->cq[cid] = ibv_create_cq(l->id[cid]->verbs, 512, NULL, NULL, 0);
	qp.send_cq = l->cq[cid];
	qp.recv_cq = l->cq[cid];
	if (!l->cq[cid] || rdma_create_qp(l->id[cid], l->pd, &qp))
		err(2, "queue pair");
	for (i = 0; i < LIAR_RECVS; i++)
		post_recv_of(l, cid, i);
	put16(rsp, 0x1bbd);
	put16(rsp + 2, 0x0200);
	put16(rsp + 6, LIAR_QD);
	put32(rsp + 8, LIAR_IO);
	put32(rsp + 12, LIAR_HDR);
	put32(rsp + 16, l->new_rkey ? 2 : 0);
	put32(rsp + 20, l->features);
	param.private_data_len = retouch(l, cid ? CONN_RSP_1 : CONN_RSP, rsp,
					 sizeof(rsp));
	/* the client may have gone meanwhile */
	rdma_accept(l->id[cid], &param);
}

static void on_connect(struct liar *l, struct rdma_cm_id *id,
		       const uint8_t *hello)
{
	unsigned int cid = get16(hello + 6);

	if (cid >= LIAR_CONS)
		errx(2, "connection %u", cid);
	if (!cid) {
		drop_client(l);
		l->incarnation++;
		l->features = get32(hello + 48) & 3;
		if (due(l, REJECT)) {
			reject(l, id);
			return;
		}
	}
	if (acts(l, cid ? AT_CONNECT_1 : AT_CONNECT, NULL))
		return;
	l->id[cid] = id;
	accept_con(l, cid);
}

static void on_cm_event(struct liar *l)
{
	struct rdma_cm_event *ev;
	struct rdma_cm_id *id;
	uint8_t hello[56];
	unsigned int cid;
	bool lost = false;

	if (rdma_get_cm_event(l->events, &ev))
		err(2, "event");
	id = ev->id;
	switch (ev->event) {
	case RDMA_CM_EVENT_CONNECT_REQUEST:
		if (ev->param.conn.private_data_len < sizeof(hello))
			errx(2, "a short connection request");
		memcpy(hello, ev->param.conn.private_data, sizeof(hello));
		rdma_ack_cm_event(ev);
		on_connect(l, id, hello);
		return;
	case RDMA_CM_EVENT_DISCONNECTED:
	case RDMA_CM_EVENT_CONNECT_ERROR:
	case RDMA_CM_EVENT_UNREACHABLE:
	case RDMA_CM_EVENT_REJECTED:
		for (cid = 0; cid < LIAR_CONS; cid++)
			lost |= l->id[cid] == id;
		break;
	default:
		break;
	}
	rdma_ack_cm_event(ev);
	if (lost)
		drop_client(l);
}

static void look_around(struct liar *l)
{
	struct pollfd fd = { .fd = l->events->fd, .events = POLLIN };
	unsigned int cid;
	struct ibv_wc wc;

	for (cid = 0; cid < LIAR_CONS; cid++)
		while (l->cq[cid] && ibv_poll_cq(l->cq[cid], 1, &wc) > 0)
			on_wc(l, cid, &wc);
	if (l->broken)
		drop_client(l);
	if (poll(&fd, 1, 1) > 0)
		on_cm_event(l);
}

/* ---- one lie after the other ---------------------------------------------- */

static const struct lie *find_lie(const char *name)
{
	const struct lie *lie;

	for (lie = lies; lie->name; lie++)
		if (!strcmp(lie->name, name))
			return lie;
	errx(2, "%s: no such lie", name);
}

/* The client has opened its disk, all is well. */
static void until_open(struct liar *l)
{
	while (!l->opened)
		look_around(l);
}

/* True if the path is still the same after a while of answered heartbeats. */
static bool still_there(struct liar *l)
{
	unsigned int was = l->incarnation, acks;
	uint64_t end = now_ms() + LIAR_SETTLE_MS;

	do {
		acks = l->acks;
		say_imm(l, 0, HB_MSG, 0);
		while (l->acks == acks) {
			look_around(l);
			if (!l->up || l->incarnation != was)
				return false;
		}
	} while (now_ms() < end);
	return true;
}

/* The next line of what we are told to do; false at the end. */
static bool next_order(struct liar *l, char *line, size_t len)
{
	struct pollfd fd = { .fd = 0, .events = POLLIN };

	while (poll(&fd, 1, 0) <= 0)
		look_around(l);
	if (!fgets(line, len, stdin))
		return false;
	line[strcspn(line, "\n")] = 0;
	return true;
}

static void tell(struct liar *l, const struct lie *lie)
{
	bool kept;

	l->told_in = 0;
	l->believed = false;
	if (l->new_rkey != lie->new_rkey) {
		l->new_rkey = lie->new_rkey;
		drop_client(l);
	}
	if (lie->where >= WHEN_UP) {
		until_open(l);
		l->lie = lie;
		printf("ready\n");
		fflush(stdout);
		if (lie->where == WHEN_UP)
			acts(l, WHEN_UP, NULL);
	} else {
		l->lie = lie;
		drop_client(l);
	}
	while (!l->told_in)
		look_around(l);
	if (lie->where >= WHEN_UP) {
		kept = still_there(l);
		until_open(l);
	} else if (lie->where == SESS_INFO_RSP || lie->where == OPEN_RSP) {
		/* it may live on without the disk */
		kept = still_there(l);
		if (!kept)
			until_open(l);
	} else {
		/* it says so when it goes on, or comes again */
		while (!l->believed && !l->opened)
			look_around(l);
		kept = l->incarnation == l->told_in;
		until_open(l);
	}
	printf("%s: %s\n", lie->name, kept ? "kept" : "lost");
	fflush(stdout);
}

void serve(const char *address, const char *port)
{
	struct addrinfo hint = { .ai_flags = AI_NUMERICHOST }, *at;
	struct liar l = { .incarnation = 1 };
	char line[128];

	setvbuf(stdin, NULL, _IONBF, 0);
	if (getaddrinfo(address, port, &hint, &at))
		errx(2, "bad address");
	l.events = rdma_create_event_channel();
	if (!l.events || rdma_create_id(l.events, &l.listener, NULL, RDMA_PS_TCP) ||
	    rdma_bind_addr(l.listener, at->ai_addr) || rdma_listen(l.listener, 16))
		err(2, "%s", address);
	freeaddrinfo(at);
	printf("listening\n");
	fflush(stdout);
	while (next_order(&l, line, sizeof(line)))
		tell(&l, find_lie(line));
	drop_client(&l);
}
