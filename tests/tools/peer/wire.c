// SPDX-License-Identifier: GPL-2.0
/*
 * The wire side of the misbehaving client: connections, receives, requests.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <err.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "peer.h"

/* ---- bytes ---------------------------------------------------------------- */

void put16(uint8_t *p, uint16_t v)
{
	v = htole16(v);
	memcpy(p, &v, 2);
}

void put32(uint8_t *p, uint32_t v)
{
	v = htole32(v);
	memcpy(p, &v, 4);
}

void put64(uint8_t *p, uint64_t v)
{
	v = htole64(v);
	memcpy(p, &v, 8);
}

uint16_t get16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, 2);
	return le16toh(v);
}

uint32_t get32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return le32toh(v);
}

uint64_t get64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, 8);
	return le64toh(v);
}

uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ull + t.tv_nsec / 1000000;
}

/* ---- memory: receives of each connection, sends, data --------------------- */

static uint8_t *recv_at(struct peer *p, int cid, int i)
{
	return p->mem + (cid * RECVS + i) * RECV_LEN;
}

uint8_t *data_of(struct peer *p)
{
	return p->mem + CONS * RECVS * RECV_LEN + TX_SLOTS * TX_LEN;
}

uint8_t *next_tx(struct peer *p)
{
	return p->mem + CONS * RECVS * RECV_LEN +
	       p->next_tx++ % TX_SLOTS * TX_LEN;
}

static void post_recv(struct peer *p, int cid, int i)
{
	struct ibv_sge sge = {
		.addr = (uintptr_t)recv_at(p, cid, i), .length = RECV_LEN,
		.lkey = p->mr->lkey,
	};
	struct ibv_recv_wr wr = { .wr_id = i, .sg_list = &sge, .num_sge = 1 }, *bad;

	ibv_post_recv(p->id[cid]->qp, &wr, &bad);
}

void post(struct peer *p, int cid, enum ibv_wr_opcode opcode,
	  const uint8_t *tx, uint32_t len, uint64_t addr, uint32_t rkey,
	  uint32_t imm)
{
	struct ibv_sge sge = {
		.addr = (uintptr_t)tx, .length = len, .lkey = p->mr->lkey,
	};
	struct ibv_send_wr wr = {
		.wr_id = ~0ull, .opcode = opcode, .send_flags = IBV_SEND_SIGNALED,
		.sg_list = &sge, .num_sge = len ? 1 : 0, .imm_data = htobe32(imm),
		.wr.rdma = { .remote_addr = addr, .rkey = rkey },
	}, *bad;

	if (ibv_post_send(p->id[cid]->qp, &wr, &bad))
		p->closed = true;
}

/* ---- what the server says ------------------------------------------------- */

static void on_imm(struct peer *p, int cid, uint32_t imm, const uint8_t *msg,
		   uint32_t len)
{
	uint32_t payload = imm & 0x0fffffff, id = payload & 0x7ffff;

	switch (imm >> 28) {
	case IO_RSP:
	case IO_RSP_INV:
		p->answered = true;
		p->nr_answers++;
		p->err = payload >> 19;
		if (p->new_rkey && len == 8 && get16(msg) == 4 && id < p->qd &&
		    get16(msg + 2) == id)
			p->rkey[id] = get32(msg + 4);
		break;
	case HB_MSG:
		post(p, cid, IBV_WR_RDMA_WRITE_WITH_IMM, NULL, 0, 0, 0,
		     (uint32_t)HB_ACK << 28);
		break;
	case FENCE_RSP:
		p->fenced = true;
		p->err = payload >> 19;
		break;
	}
}

static void on_info(struct peer *p, const uint8_t *msg, uint32_t len)
{
	unsigned int regions, per, r, i;

	regions = get16(msg + 2);
	if (get16(msg) != 1 || len < 8 + 16 * regions || !regions)
		errx(2, "strange info response");
	per = p->qd / regions;
	for (r = 0; r < regions; r++)
		for (i = 0; i < per; i++) {
			p->addr[r * per + i] = get64(msg + 8 + 16 * r) +
				(uint64_t)i * (p->max_io + p->max_hdr);
			p->rkey[r * per + i] = get32(msg + 16 + 16 * r);
		}
	p->informed = true;
}

static void on_completion(struct peer *p, int cid, const struct ibv_wc *wc)
{
	uint8_t *msg;

	if (wc->status != IBV_WC_SUCCESS) {
		p->closed = true;
		return;
	}
	if (wc->wr_id == ~0ull)
		return;
	msg = recv_at(p, cid, wc->wr_id);
	if (wc->wc_flags & IBV_WC_WITH_IMM)
		on_imm(p, cid, be32toh(wc->imm_data), msg,
		       wc->opcode == IBV_WC_RECV ? wc->byte_len : 0);
	else if (!p->informed)
		on_info(p, msg, wc->byte_len);
	post_recv(p, cid, wc->wr_id);
}

static void pump(struct peer *p)
{
	struct pollfd fd = { .fd = p->events->fd, .events = POLLIN };
	struct rdma_cm_event *ev;
	struct ibv_wc wc;
	int cid;

	for (cid = 0; cid < CONS; cid++)
		while (p->cq[cid] && ibv_poll_cq(p->cq[cid], 1, &wc) > 0)
			on_completion(p, cid, &wc);
	/* also the pause between two looks */
	if (poll(&fd, 1, 1) > 0 && !rdma_get_cm_event(p->events, &ev)) {
		p->closed |= ev->event == RDMA_CM_EVENT_DISCONNECTED;
		rdma_ack_cm_event(ev);
	}
}

enum reaction react(struct peer *p, unsigned int ms)
{
	uint64_t end = now_ms() + ms;

	while (now_ms() < end) {
		pump(p);
		if (p->closed)
			return CLOSED;
		if (p->fenced)
			return FENCED;
		if (p->answered)
			return ANSWER;
	}
	return NOTHING;
}

/* ---- bring-up ------------------------------------------------------------- */

/* True if @wanted came; a reject leaves its errno in @p->err. */
static bool await_event(struct peer *p, enum rdma_cm_event_type wanted)
{
	struct pollfd fd = { .fd = p->events->fd, .events = POLLIN };
	struct rdma_cm_event *ev;
	const uint8_t *data;
	bool came;

	if (poll(&fd, 1, REACT_MS) <= 0 || rdma_get_cm_event(p->events, &ev))
		errx(2, "no %s", rdma_event_str(wanted));
	came = ev->event == wanted;
	data = ev->param.conn.private_data;
	if (ev->event == RDMA_CM_EVENT_REJECTED && data)
		p->err = -(int16_t)get16(data + 4);
	if (ev->event == RDMA_CM_EVENT_ESTABLISHED && !p->qd) {
		p->qd = get16(data + 6);
		p->max_io = get32(data + 8);
		p->max_hdr = get32(data + 12);
		p->new_rkey = get32(data + 16) & 2;
		p->features = get32(data + 20);
		while (p->qd > 1u << p->id_bits)
			p->id_bits++;
	}
	rdma_ack_cm_event(ev);
	return came;
}

static void make_memory(struct peer *p, struct ibv_context *verbs)
{
	size_t len = CONS * RECVS * RECV_LEN + TX_SLOTS * TX_LEN + DATA_LEN;

	p->mem = aligned_alloc(4096, len);
	p->pd = ibv_alloc_pd(verbs);
	if (!p->mem || !p->pd)
		err(2, "memory");
	memset(p->mem, 0, len);
	p->mr = ibv_reg_mr(p->pd, p->mem, len,
			   IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE);
	if (!p->mr)
		err(2, "memory region");
}

/* Ask for it, without waiting for the answer. */
void begin_con(struct peer *p, uint16_t cid)
{
	struct addrinfo hint = { .ai_flags = AI_NUMERICHOST }, *src, *dst;
	uint8_t hello[56] = { 0 };
	struct rdma_conn_param param = {
		.private_data = hello, .private_data_len = sizeof(hello),
		.retry_count = 7, .rnr_retry_count = 7,
	};
	struct ibv_qp_init_attr qp = {
		.qp_type = IBV_QPT_RC,
		.cap = { .max_send_wr = p->room, .max_recv_wr = p->room,
			 .max_send_sge = 1, .max_recv_sge = 1 },
	};
	unsigned int i;

	put16(hello + 2, p->hello.magic);
	put16(hello + 4, p->hello.version);
	put16(hello + 6, p->hello.cid < 0 ? cid : p->hello.cid);
	put16(hello + 8, p->hello.cid_num);
	put16(hello + 10, p->hello.recon_cnt);
	memcpy(hello + 12, p->path_uuid, 16);
	memcpy(hello + 28, p->sess_uuid, 16);
	hello[44] = p->hello.first_conn;
	put32(hello + 48, p->hello.features);

	if (getaddrinfo(source_name, NULL, &hint, &src) ||
	    getaddrinfo(server_name, port_name, &hint, &dst))
		errx(2, "bad address");
	if (rdma_create_id(p->events, &p->id[cid], NULL, RDMA_PS_TCP) ||
	    rdma_resolve_addr(p->id[cid], src->ai_addr, dst->ai_addr, 2000) ||
	    !await_event(p, RDMA_CM_EVENT_ADDR_RESOLVED) ||
	    rdma_resolve_route(p->id[cid], 2000) ||
	    !await_event(p, RDMA_CM_EVENT_ROUTE_RESOLVED))
		errx(2, "no way to %s", server_name);
	freeaddrinfo(src);
	freeaddrinfo(dst);
	if (!p->mem)
		make_memory(p, p->id[cid]->verbs);
	p->cq[cid] = ibv_create_cq(p->id[cid]->verbs, 4 * p->room, NULL, NULL, 0);
	qp.send_cq = p->cq[cid];
	qp.recv_cq = p->cq[cid];
	if (!p->cq[cid] || rdma_create_qp(p->id[cid], p->pd, &qp))
		err(2, "queue pair");
	for (i = 0; i < p->room; i++)
		post_recv(p, cid, i);
	if (rdma_connect(p->id[cid], &param))
		err(2, "connect");
}

bool end_con(struct peer *p)
{
	return await_event(p, RDMA_CM_EVENT_ESTABLISHED);
}

bool connect_con(struct peer *p, uint16_t cid)
{
	begin_con(p, cid);
	return end_con(p);
}

void start(struct peer *p)
{
	*p = (struct peer) {
		.room = RECVS,
		.hello = { .magic = 0x1bbd, .version = 0x0200, .cid_num = CONS,
			   .recon_cnt = 1, .cid = -1, .first_conn = 1,
			   .features = 3 },
	};
	if (getrandom(p->path_uuid, 16, 0) != 16 ||
	    getrandom(p->sess_uuid, 16, 0) != 16)
		err(2, "random numbers");
	p->events = rdma_create_event_channel();
	if (!p->events)
		err(2, "RDMA connection manager");
}

void end(struct peer *p)
{
	int cid;

	for (cid = 0; cid < CONS; cid++) {
		if (!p->id[cid])
			continue;
		rdma_disconnect(p->id[cid]);
		if (p->id[cid]->qp)
			rdma_destroy_qp(p->id[cid]);
		rdma_destroy_id(p->id[cid]);
		if (p->cq[cid])
			ibv_destroy_cq(p->cq[cid]);
	}
	if (p->mr)
		ibv_dereg_mr(p->mr);
	if (p->pd)
		ibv_dealloc_pd(p->pd);
	free(p->mem);
	rdma_destroy_event_channel(p->events);
}

/* All connections; the first that is refused decides. */
bool connect_all(struct peer *p)
{
	uint16_t cid;

	for (cid = 0; cid < CONS; cid++)
		if (!connect_con(p, cid))
			return false;
	return true;
}

enum reaction send_info(struct peer *p, const uint8_t *info, uint32_t len)
{
	uint8_t *tx = next_tx(p);
	uint64_t until = now_ms() + REACT_MS;

	if (len)
		memcpy(tx, info, len);
	post(p, 0, IBV_WR_SEND, tx, len, 0, 0, 0);
	while (!p->informed && !p->closed && now_ms() < until)
		pump(p);
	return p->closed ? CLOSED : NOTHING;
}

/* ---- requests ------------------------------------------------------------- */

uint32_t req_imm(const struct peer *p, uint32_t id, uint32_t off)
{
	return (p->id_bits ? id << (28 - p->id_bits) : 0) | off;
}

/* @bytes end up in chunk @id at @at, the immediate says header at @off */
void request(struct peer *p, int cid, uint32_t id, uint32_t at,
	     const void *bytes, uint32_t len, uint32_t off)
{
	uint8_t *tx = next_tx(p);

	memcpy(tx, bytes, len);
	p->answered = false;
	p->fenced = false;
	post(p, cid, IBV_WR_RDMA_WRITE_WITH_IMM, tx, len, p->addr[id] + at,
	     p->rkey[id], req_imm(p, id, off));
}

uint32_t write_hdr(uint8_t *h, uint16_t usr_len)
{
	put16(h, 2);
	put16(h + 2, usr_len);
	return 4;
}

uint32_t read_hdr(struct peer *p, uint8_t *h, uint16_t usr_len,
		  uint16_t flags, uint16_t sg_cnt, uint32_t desc_len)
{
	put16(h, 3);
	put16(h + 2, usr_len);
	put16(h + 4, flags);
	put16(h + 6, sg_cnt);
	put64(h + 8, (uintptr_t)data_of(p));
	put32(h + 16, p->mr->rkey);
	put32(h + 20, desc_len);
	return sg_cnt ? 24 : 8;
}

/*
 * A well-formed RTRS request with user message @msg; on the I/O connection if
 * it is an IO message. Data of a WRITE is what the chunk holds.
 */
enum reaction ask(struct peer *p, bool read, const uint8_t *msg,
		  uint32_t usr_len, uint32_t data_len)
{
	uint8_t bytes[1024];
	uint32_t len = usr_len;

	memcpy(bytes, msg, usr_len);
	len += read ? read_hdr(p, bytes + len, usr_len, 0, data_len > 0, data_len) :
		      write_hdr(bytes + len, usr_len);
	request(p, get16(msg) == 4, 1, data_len, bytes, len, data_len + usr_len);
	return react(p, REACT_MS);
}

enum reaction sess_info(struct peer *p)
{
	uint8_t msg[36] = { 0 };

	put16(msg, 0);
	msg[4] = 2;
	return ask(p, true, msg, sizeof(msg), 36);
}

enum reaction open_as(struct peer *p, uint8_t mode, const char *name)
{
	uint8_t msg[264] = { 0 };
	enum reaction r;

	put16(msg, 2);
	msg[4] = mode;
	snprintf((char *)msg + 6, 255, "%s", name);
	r = ask(p, true, msg, sizeof(msg), 56);
	if (r == ANSWER && !p->err) {
		p->device = get32(data_of(p) + 4);
		p->nr_sectors = get64(data_of(p) + 8);
	}
	return r;
}

enum reaction io(struct peer *p, bool read, uint32_t device,
		 uint64_t sector, uint32_t rw, uint32_t bi_size,
		 uint32_t data_len)
{
	uint8_t msg[32] = { 0 };

	put16(msg, 4);
	put32(msg + 4, device);
	put64(msg + 8, sector);
	put32(msg + 16, rw);
	put32(msg + 20, bi_size);
	return ask(p, read, msg, sizeof(msg), data_len);
}

enum reaction close_device(struct peer *p, uint32_t device)
{
	uint8_t msg[8] = { 0 };

	put16(msg, 5);
	put32(msg + 4, device);
	return ask(p, false, msg, sizeof(msg), 0);
}
