// SPDX-License-Identifier: GPL-2.0
/*
 * A client that breaks one rule of RTRS or RNBD, and says what the server did.
 *
 *   hostile SERVER CASE [DEVICE]
 *
 * SERVER is an IPv4 address, with port 1234; CASE is a row of the table at the
 * end; DEVICE is a disk to open for those that need one. Prints one of
 *
 *   rejected ERRNO   the connection request was refused
 *   closed           the path was closed
 *   answer ERRNO     the request was answered
 *   alive            nothing of this, and a heartbeat was answered
 *   fenced           a FENCE was answered
 *
 * Exit status: 0, or 2 when it could not run.
 */
#include <arpa/inet.h>
#include <endian.h>
#include <err.h>
#include <errno.h>
#include <infiniband/verbs.h>
#include <netinet/in.h>
#include <poll.h>
#include <rdma/rdma_cma.h>
#include <rdma/rdma_verbs.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define EXIT_CANNOT	2
#define PORT		1234
#define CONS		2
#define RECEIVES	32
#define WAIT_MS		5000
#define SMALL		64
#define LARGE		65536	/* an info response of 4095 regions */
#define BLOCK		4096

enum { INFO_REQ = 0, WRITE_REQ = 2, READ_REQ = 3, FENCE = 5 };
enum { MSG_SESS_INFO = 0, MSG_OPEN = 2, MSG_IO = 4 };
enum { OP_READ = 0, OP_WRITE = 1, OP_FLUSH = 2, OP_DISCARD = 3 };
enum { OP_SECURE_ERASE = 4, OP_UNKNOWN = 77, F_FUA = 1 << 9 };
enum { ACCESS_RO = 0, ACCESS_RW = 1 };
enum { IO_RSP = 1, IO_RSP_INV = 2, HB_MSG = 8, HB_ACK = 9, FENCE_RSP = 10 };

struct conn_req {
	uint8_t		zero[2];
	uint16_t	magic;
	uint16_t	version;
	uint16_t	cid;
	uint16_t	cid_num;
	uint16_t	recon_cnt;
	uint8_t		path_uuid[16];
	uint8_t		sess_uuid[16];
	uint8_t		flags;
	uint8_t		reserved[3];
	uint32_t	features;
	uint8_t		reserved2[4];
} __attribute__((packed));

struct conn_rsp {
	uint16_t	magic;
	uint16_t	version;
	int16_t		err;
	uint16_t	queue_depth;
	uint32_t	max_io_size;
	uint32_t	max_hdr_size;
	uint32_t	flags;
	uint32_t	features;
	uint8_t		reserved[32];
} __attribute__((packed));

struct read_hdr {
	uint16_t	type;
	uint16_t	usr_len;
	uint16_t	flags;
	uint16_t	sg_cnt;
	uint64_t	addr;
	uint32_t	key;
	uint32_t	len;
} __attribute__((packed));

struct info_req {
	uint16_t	type;
	char		name[255];
	uint8_t		reserved[15];
} __attribute__((packed));

struct fence_req {
	uint16_t	type;
	uint16_t	cookie;
	uint16_t	recon_cnt;
	uint8_t		reserved[2];
	uint8_t		path_uuid[16];
	uint8_t		reserved2[8];
} __attribute__((packed));

struct sg_desc {
	uint64_t	addr;
	uint32_t	key;
	uint32_t	len;
} __attribute__((packed));

struct sess_info {
	uint16_t	type;
	uint16_t	pad;
	uint8_t		version;
	uint8_t		reserved[31];
} __attribute__((packed));

struct open_req {
	uint16_t	type;
	uint16_t	pad;
	uint8_t		access;
	uint8_t		reserved;
	char		name[255];
	uint8_t		reserved2[3];
} __attribute__((packed));

struct open_rsp {
	uint16_t	type;
	uint16_t	pad;
	uint32_t	id;
	uint64_t	nr_sectors;
	uint8_t		rest[40];
} __attribute__((packed));

struct io_req {
	uint16_t	type;
	uint16_t	pad;
	uint32_t	id;
	uint64_t	sector;
	uint32_t	rw;
	uint32_t	bytes;
	uint16_t	prio;
	uint8_t		pad2[6];
} __attribute__((packed));

static struct sockaddr_storage server;
static const char *device;
static struct rdma_cm_id *cons[CONS];
static struct ibv_mr *mr;
static uint8_t *memory;		/* LARGE to send from, LARGE for the info
				 * response, RECEIVES * SMALL for the rest
				 */
static struct conn_rsp session;
static struct sg_desc regions[LARGE / sizeof(struct sg_desc)];
static uint32_t next_chunk;
static struct open_rsp opened;

/* No two runs have a name in common: the one before may not be gone yet. */
static char name[32];
static uint8_t mark[4];

static struct conn_req request(uint16_t cid)
{
	struct conn_req req = {
		.magic		= htole16(0x1bbd),
		.version	= htole16(0x0200),
		.cid		= htole16(cid),
		.cid_num	= htole16(CONS),
		.recon_cnt	= htole16(1),
		.path_uuid	= { 'p' },
		.sess_uuid	= { 's' },
		.flags		= 1,
		.features	= htole32(1),
	};

	memcpy(req.path_uuid + 1, mark, sizeof(mark));
	memcpy(req.sess_uuid + 1, mark, sizeof(mark));
	return req;
}

static void post_receives(struct rdma_cm_id *id, bool first)
{
	uint8_t *small = memory + 2 * LARGE;
	unsigned int i;

	if (first && rdma_post_recv(id, NULL, memory + LARGE, LARGE, mr))
		err(EXIT_CANNOT, "rdma_post_recv");
	for (i = 0; i < RECEIVES; i++)
		if (rdma_post_recv(id, NULL, small + i * SMALL, SMALL, mr))
			err(EXIT_CANNOT, "rdma_post_recv");
}

static struct rdma_cm_id *make_id(void)
{
	struct ibv_qp_init_attr attr = {
		.cap = { .max_send_wr = 16, .max_recv_wr = RECEIVES + 1,
			 .max_send_sge = 1, .max_recv_sge = 1 },
		.qp_type = IBV_QPT_RC,
		.sq_sig_all = 1,
	};
	struct rdma_cm_id *id;

	if (rdma_create_id(NULL, &id, NULL, RDMA_PS_TCP) ||
	    rdma_resolve_addr(id, NULL, (struct sockaddr *)&server, WAIT_MS) ||
	    rdma_resolve_route(id, WAIT_MS) ||
	    rdma_create_qp(id, NULL, &attr))
		err(EXIT_CANNOT, "no queue pair");
	if (!mr) {
		memory = calloc(2, LARGE + RECEIVES * SMALL);
		if (memory)
			mr = ibv_reg_mr(id->pd, memory,
					2 * LARGE + RECEIVES * SMALL,
					IBV_ACCESS_LOCAL_WRITE |
					IBV_ACCESS_REMOTE_WRITE);
		if (!mr)
			err(EXIT_CANNOT, "no memory region");
	}
	return id;
}

/* Returns 0 or the errno of the refusal. */
static int try_connect(struct rdma_cm_id **con, const struct conn_req *req)
{
	struct rdma_conn_param param = {
		.private_data		= req,
		.private_data_len	= sizeof(*req),
		.retry_count		= 7,
		.rnr_retry_count	= 7,
	};
	struct rdma_cm_id *id = make_id();
	const struct rdma_cm_event *ev;

	post_receives(id, con == &cons[0]);
	*con = id;
	if (!rdma_connect(id, &param)) {
		/* the answer is read before the next event covers it */
		if (con == &cons[0] && id->event)
			memcpy(&session, id->event->param.conn.private_data,
			       sizeof(session));
		return 0;
	}
	ev = id->event;
	if (!ev || ev->event != RDMA_CM_EVENT_REJECTED ||
	    ev->param.conn.private_data_len < sizeof(struct conn_rsp))
		errx(EXIT_CANNOT, "neither accepted nor rejected with a reason");
	return -(int16_t)le16toh(((const struct conn_rsp *)
				  ev->param.conn.private_data)->err);
}

static void knock(const struct conn_req *req)
{
	struct rdma_cm_id *con;
	int error = try_connect(&con, req);

	if (error)
		printf("rejected %d\n", error);
	else
		printf("accepted\n");
}

static void connect_con(uint16_t cid)
{
	struct conn_req req = request(cid);
	int error = try_connect(&cons[cid], &req);

	if (error)
		errx(EXIT_CANNOT, "cid %u refused: %s", cid, strerror(error));
}

static void send_message(struct rdma_cm_id *id, const void *msg, size_t len)
{
	memcpy(memory, msg, len);
	if (rdma_post_send(id, NULL, memory, len, mr, 0))
		err(EXIT_CANNOT, "rdma_post_send");
}

static void send_info(const char *sess_name, size_t name_len, size_t len)
{
	struct info_req msg = { .type = htole16(INFO_REQ) };

	memcpy(msg.name, sess_name, name_len);
	send_message(cons[0], &msg, len);
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

/* Events are not completions: a closed path is heard of by the former first. */
static bool disconnected(struct rdma_cm_id *id)
{
	struct pollfd fd = { .fd = id->channel->fd, .events = POLLIN };
	struct rdma_cm_event *ev;
	bool gone;

	if (poll(&fd, 1, 0) <= 0 || rdma_get_cm_event(id->channel, &ev))
		return false;
	gone = ev->event == RDMA_CM_EVENT_DISCONNECTED;
	rdma_ack_cm_event(ev);
	return gone;
}

enum next { NOTHING, COMPLETED, CLOSED };

/* The next thing that happens on any connection. */
static enum next next_completion(struct ibv_wc *wc)
{
	uint64_t deadline = now_ms() + WAIT_MS;
	unsigned int i;

	for (; now_ms() < deadline; poll(NULL, 0, 1))
		for (i = 0; i < CONS; i++) {
			if (!cons[i])
				continue;
			if (ibv_poll_cq(cons[i]->recv_cq, 1, wc) > 0 ||
			    ibv_poll_cq(cons[i]->send_cq, 1, wc) > 0)
				return wc->status ? CLOSED : COMPLETED;
			if (disconnected(cons[i]))
				return CLOSED;
		}
	return NOTHING;
}

struct chunk {
	uint32_t	id;
	uint64_t	addr;
	uint32_t	key;
};

static uint32_t chunk_size(void)
{
	return le32toh(session.max_io_size) + le32toh(session.max_hdr_size);
}

/* Each request takes another one, so that no renewed key has to be learnt. */
static struct chunk take_chunk(void)
{
	uint32_t id = next_chunk++, per_region = le32toh(regions[0].len) / chunk_size();
	const struct sg_desc *region = &regions[id / per_region];

	return (struct chunk) {
		.id = id,
		.addr = le64toh(region->addr) +
			(uint64_t)(id % per_region) * chunk_size(),
		.key = le32toh(region->key),
	};
}

static void post_imm(struct rdma_cm_id *id, uint32_t imm,
		     const struct chunk *chunk, uint32_t at, uint32_t len)
{
	struct ibv_sge sge = {
		.addr = (uintptr_t)memory, .length = len, .lkey = mr->lkey,
	};
	struct ibv_send_wr wr = {
		.opcode = IBV_WR_RDMA_WRITE_WITH_IMM,
		.sg_list = &sge,
		.num_sge = len ? 1 : 0,
		.imm_data = htobe32(imm),
	};
	struct ibv_send_wr *bad;

	if (chunk) {
		wr.wr.rdma.remote_addr = chunk->addr + at;
		wr.wr.rdma.rkey = chunk->key;
	}
	if (ibv_post_send(id->qp, &wr, &bad))
		err(EXIT_CANNOT, "ibv_post_send");
}

static void post_heartbeat(struct rdma_cm_id *id)
{
	post_imm(id, (uint32_t)HB_MSG << 28, NULL, 0, 0);
}

/* Returns the errno of the next answer, or -1 and has said what came instead. */
static int answer(void)
{
	struct ibv_wc wc;
	uint32_t imm;

	for (;;) {
		switch (next_completion(&wc)) {
		case NOTHING:
			printf("silence\n");
			return -1;
		case CLOSED:
			printf("closed\n");
			return -1;
		case COMPLETED:
			break;
		}
		if (!(wc.wc_flags & IBV_WC_WITH_IMM))
			continue;
		imm = be32toh(wc.imm_data);
		switch (imm >> 28) {
		case IO_RSP:
		case IO_RSP_INV:
			return (imm >> 19) & 0x1ff;
		case HB_ACK:
			printf("alive\n");
			return -1;
		case FENCE_RSP:
			printf("fenced\n");
			return -1;
		}
	}
}

static void outcome(void)
{
	int error = answer();

	if (error >= 0)
		printf("answer %d\n", error);
}

static void ignored(void)
{
	post_heartbeat(cons[0]);
	outcome();
}

static void path_up(void)
{
	struct ibv_wc wc;
	uint16_t cid;

	for (cid = 0; cid < CONS; cid++)
		connect_con(cid);
	send_info(name, strlen(name), sizeof(struct info_req));
	do {
		if (next_completion(&wc) != COMPLETED)
			errx(EXIT_CANNOT, "the info request was refused");
	} while (wc.opcode != IBV_WC_RECV);
	memcpy(regions, memory + LARGE + 8, LARGE - 8);
}

static uint32_t request_imm(uint32_t id, uint32_t off)
{
	uint32_t depth = le16toh(session.queue_depth);
	unsigned int bits = 0;

	while (depth > 1U << bits)
		bits++;
	return id << (28 - bits) | off;
}

/* What stands at @at of a chunk, while the immediate says that it is at @off. */
static void send_header(struct rdma_cm_id *id, uint32_t off, uint32_t at,
			const void *hdr, size_t len)
{
	struct chunk chunk = take_chunk();

	memcpy(memory, hdr, len);
	post_imm(id, request_imm(chunk.id, off), &chunk, at, len);
}

static struct read_hdr read_of(uint32_t data_len)
{
	return (struct read_hdr) {
		.type	= htole16(READ_REQ),
		.sg_cnt	= htole16(1),
		.addr	= htole64((uintptr_t)memory + LARGE),
		.key	= htole32(mr->rkey),
		.len	= htole32(data_len),
	};
}

static void bad_read(const struct read_hdr *hdr)
{
	send_header(cons[1], BLOCK, BLOCK, hdr, sizeof(*hdr));
	outcome();
}

static void user_read(struct rdma_cm_id *id, const void *msg, uint16_t len,
		      uint32_t data_len)
{
	struct read_hdr hdr = read_of(data_len);
	size_t hdr_len = data_len ? sizeof(hdr) : 8;
	uint8_t out[SMALL + 264];

	hdr.usr_len = htole16(len);
	hdr.sg_cnt = htole16(data_len ? 1 : 0);
	memcpy(out, msg, len);
	memcpy(out + len, &hdr, hdr_len);
	send_header(id, data_len + len, data_len, out, len + hdr_len);
}

static struct chunk user_write(struct rdma_cm_id *id, const void *msg,
			       uint16_t len, uint32_t data_len)
{
	uint16_t hdr[2] = { htole16(WRITE_REQ), htole16(len) };
	struct chunk chunk = take_chunk();

	memset(memory, 0xda, data_len);
	memcpy(memory + data_len, msg, len);
	memcpy(memory + data_len + len, hdr, sizeof(hdr));
	post_imm(id, request_imm(chunk.id, data_len + len), &chunk, 0,
		 data_len + len + sizeof(hdr));
	return chunk;
}

static void open_device(uint8_t access)
{
	struct sess_info info = { .type = htole16(MSG_SESS_INFO), .version = 2 };
	struct open_req req = { .type = htole16(MSG_OPEN), .access = access };

	if (!device)
		errx(EXIT_CANNOT, "a device is needed");
	snprintf(req.name, sizeof(req.name), "%s", device);
	path_up();
	user_read(cons[0], &info, sizeof(info), sizeof(info));
	if (answer())
		errx(EXIT_CANNOT, "no session");
	user_read(cons[0], &req, sizeof(req), sizeof(opened));
	if (answer())
		errx(EXIT_CANNOT, "%s was not opened", device);
	memcpy(&opened, memory + LARGE, sizeof(opened));
}

static struct io_req io_of(uint32_t rw, uint64_t sector, uint32_t bytes)
{
	return (struct io_req) {
		.type	= htole16(MSG_IO),
		.id	= opened.id,
		.sector	= htole64(sector),
		.rw	= htole32(rw),
		.bytes	= htole32(bytes),
	};
}

static void bad_write(uint32_t rw, uint64_t sector, uint32_t bytes,
		      uint32_t data_len)
{
	struct io_req req = io_of(rw, sector, bytes);

	user_write(cons[1], &req, sizeof(req), data_len);
	outcome();
}

/* ---------------------------------------------------------------- cases */

static void conn_magic(void)
{
	struct conn_req req = request(0);

	req.magic = 0;
	knock(&req);
}

static void conn_version(void)
{
	struct conn_req req = request(0);

	req.version = htole16(0x0300);
	knock(&req);
}

static void conn_cids(void)
{
	struct conn_req req = request(CONS);

	knock(&req);
}

static void conn_no_session(void)
{
	struct conn_req req = request(0);

	req.flags = 0;
	knock(&req);
}

static void conn_skips_first(void)
{
	struct conn_req req = request(1);

	knock(&req);
}

static void conn_twice(void)
{
	struct conn_req req = request(0);

	connect_con(0);
	knock(&req);
}

static void conn_unlike(void)
{
	struct conn_req req = request(1);

	connect_con(0);
	req.cid_num = htole16(CONS + 1);
	knock(&req);
}

static void conn_other_session(void)
{
	struct conn_req req = request(1);

	connect_con(0);
	req.sess_uuid[0] = 'x';
	knock(&req);
}

static void conn_same_address(void)
{
	struct conn_req req = request(0);

	connect_con(0);
	req.path_uuid[0] = 'x';
	knock(&req);
}

static void info_short(void)
{
	connect_con(0);
	connect_con(1);
	send_info(name, strlen(name), sizeof(struct info_req) - 1);
	outcome();
}

static void info_slash(void)
{
	connect_con(0);
	connect_con(1);
	send_info("../hostile", 10, sizeof(struct info_req));
	outcome();
}

static void info_unterminated(void)
{
	char endless[255];

	connect_con(0);
	connect_con(1);
	memset(endless, 'x', sizeof(endless));
	send_info(endless, sizeof(endless), sizeof(struct info_req));
	outcome();
}

static void info_early(void)
{
	connect_con(0);
	send_info(name, strlen(name), sizeof(struct info_req));
	outcome();
}

static void write_early(void)
{
	connect_con(0);
	post_imm(cons[0], request_imm(0, 0), NULL, 0, 0);
	outcome();
}

/* With a queue depth that is no power of two a number can be too large. */
static void chunk_id(void)
{
	path_up();
	post_imm(cons[1], request_imm(le16toh(session.queue_depth), 64), NULL, 0,
		 0);
	outcome();
}

static void hdr_outside(void)
{
	path_up();
	/* only the type is inside */
	post_imm(cons[1], request_imm(0, chunk_size() - 2), NULL, 0, 0);
	outcome();
}

static void hdr_type(void)
{
	static const uint16_t hdr[2] = { 0x7777, 0 };

	path_up();
	send_header(cons[1], 64, 64, hdr, sizeof(hdr));
	outcome();
}

static void usr_len(void)
{
	const uint16_t hdr[2] = { htole16(WRITE_REQ), htole16(65) };

	path_up();
	send_header(cons[1], 64, 64, hdr, sizeof(hdr));
	outcome();
}

static void data_len(void)
{
	const uint16_t hdr[2] = { htole16(WRITE_REQ), 0 };
	uint32_t off;

	path_up();
	off = le32toh(session.max_io_size) + 1;
	send_header(cons[1], off, off, hdr, sizeof(hdr));
	outcome();
}

static void desc_longer(void)
{
	struct read_hdr hdr;

	path_up();
	hdr = read_of(131072);
	bad_read(&hdr);
}

static void desc_count(void)
{
	struct read_hdr hdr;

	path_up();
	hdr = read_of(4096);
	hdr.sg_cnt = htole16(2);
	bad_read(&hdr);
}

static void desc_flags(void)
{
	struct read_hdr hdr;

	path_up();
	hdr = read_of(4096);
	hdr.flags = htole16(0x8000);
	bad_read(&hdr);
}

/* The upper layer's message is random; that it is refused is its doing. */
static void usr_garbage(void)
{
	uint16_t hdr[2] = { htole16(WRITE_REQ), htole16(512) };
	uint8_t msg[512 + sizeof(hdr)];

	path_up();
	memset(msg, 0xee, sizeof(msg));
	memcpy(msg + 512, hdr, sizeof(hdr));
	send_header(cons[0], 512, 0, msg, sizeof(msg));
	outcome();
}

static void imm_type(void)
{
	path_up();
	post_imm(cons[1], 7U << 28, NULL, 0, 0);
	ignored();
}

static void hb_on_io(void)
{
	path_up();
	post_heartbeat(cons[1]);
	ignored();
}

static void send_on_io(void)
{
	path_up();
	send_message(cons[1], "", 0);
	outcome();
}

static struct fence_req fence_of(uint8_t path)
{
	struct fence_req msg = {
		.type		= htole16(FENCE),
		.cookie		= htole16(0x1234),
		.recon_cnt	= htole16(1),
		.path_uuid	= { path },
	};

	memcpy(msg.path_uuid + 1, mark, sizeof(mark));
	return msg;
}

static void fence_unknown(void)
{
	struct fence_req msg = fence_of('?');

	path_up();
	send_message(cons[0], &msg, sizeof(msg));
	outcome();
}

static void fence_self(void)
{
	struct fence_req msg = fence_of('p');

	path_up();
	send_message(cons[0], &msg, sizeof(msg));
	outcome();
}

static void fence_short(void)
{
	struct fence_req msg = fence_of('?');

	path_up();
	send_message(cons[0], &msg, sizeof(msg) - 1);
	outcome();
}

/* The disk has not answered the first one yet. */
static void chunk_twice(void)
{
	struct io_req req;
	struct chunk chunk;

	open_device(ACCESS_RW);
	req = io_of(OP_WRITE, 0, BLOCK);
	chunk = user_write(cons[1], &req, sizeof(req), BLOCK);
	post_imm(cons[1], request_imm(chunk.id, BLOCK + sizeof(req)), NULL, 0,
		 0);
	outcome();
}

static void io_good(void)
{
	open_device(ACCESS_RW);
	bad_write(OP_WRITE, 8, BLOCK, BLOCK);
}

static void io_read_only(void)
{
	open_device(ACCESS_RO);
	bad_write(OP_WRITE, 8, BLOCK, BLOCK);
}

static void io_discard_read_only(void)
{
	open_device(ACCESS_RO);
	bad_write(OP_DISCARD, 8, BLOCK, 0);
}

static void io_secure_erase(void)
{
	open_device(ACCESS_RW);
	bad_write(OP_SECURE_ERASE, 8, BLOCK, 0);
}

static void io_unknown(void)
{
	open_device(ACCESS_RW);
	bad_write(OP_UNKNOWN, 8, BLOCK, BLOCK);
}

static void io_without_data(void)
{
	open_device(ACCESS_RW);
	bad_write(OP_WRITE, 8, BLOCK, 0);
}

static void io_empty(void)
{
	open_device(ACCESS_RW);
	bad_write(OP_DISCARD, 8, 0, 0);
}

static void io_odd_length(void)
{
	open_device(ACCESS_RW);
	bad_write(OP_WRITE, 8, 100, 100);
}

static void io_beyond_end(void)
{
	open_device(ACCESS_RW);
	bad_write(OP_WRITE, le64toh(opened.nr_sectors) - 1, BLOCK, BLOCK);
}

static void io_sector_wraps(void)
{
	open_device(ACCESS_RW);
	bad_write(OP_WRITE, UINT64_MAX - 7, BLOCK, BLOCK);
}

static void io_wrong_id(void)
{
	open_device(ACCESS_RW);
	opened.id = ~opened.id;
	bad_write(OP_WRITE, 8, BLOCK, BLOCK);
}

/* Upstream warned, of a request which only its sender could have made. */
static void io_read_fua(void)
{
	struct io_req req;

	open_device(ACCESS_RW);
	req = io_of(OP_READ | F_FUA, 8, BLOCK);
	user_read(cons[1], &req, sizeof(req), BLOCK);
	outcome();
}

static void io_flush(void)
{
	struct io_req req;

	open_device(ACCESS_RW);
	req = io_of(OP_FLUSH, 0, 0);
	user_read(cons[1], &req, sizeof(req), 0);
	outcome();
}

static const struct one {
	const char	*name;
	void		(*run)(void);
} cases[] = {
	{ "conn-magic",		conn_magic },
	{ "conn-version",	conn_version },
	{ "conn-cids",		conn_cids },
	{ "conn-no-session",	conn_no_session },
	{ "conn-skips-first",	conn_skips_first },
	{ "conn-twice",		conn_twice },
	{ "conn-unlike",	conn_unlike },
	{ "conn-other-session",	conn_other_session },
	{ "conn-same-address",	conn_same_address },
	{ "info-short",		info_short },
	{ "info-slash",		info_slash },
	{ "info-unterminated",	info_unterminated },
	{ "info-early",		info_early },
	{ "write-early",	write_early },
	{ "chunk-id",		chunk_id },
	{ "hdr-outside",	hdr_outside },
	{ "hdr-type",		hdr_type },
	{ "usr-len",		usr_len },
	{ "data-len",		data_len },
	{ "desc-longer",	desc_longer },
	{ "desc-count",		desc_count },
	{ "desc-flags",		desc_flags },
	{ "usr-garbage",	usr_garbage },
	{ "imm-type",		imm_type },
	{ "hb-on-io",		hb_on_io },
	{ "send-on-io",		send_on_io },
	{ "fence-unknown",	fence_unknown },
	{ "fence-self",		fence_self },
	{ "fence-short",	fence_short },
	{ "chunk-twice",	chunk_twice },
	{ "io-good",		io_good },
	{ "io-read-only",	io_read_only },
	{ "io-discard-read-only", io_discard_read_only },
	{ "io-secure-erase",	io_secure_erase },
	{ "io-unknown",		io_unknown },
	{ "io-without-data",	io_without_data },
	{ "io-empty",		io_empty },
	{ "io-odd-length",	io_odd_length },
	{ "io-beyond-end",	io_beyond_end },
	{ "io-sector-wraps",	io_sector_wraps },
	{ "io-wrong-id",	io_wrong_id },
	{ "io-read-fua",	io_read_fua },
	{ "io-flush",		io_flush },
	{ NULL,			NULL },
};

int main(int argc, char **argv)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&server;
	const struct one *one;

	if (argc < 3 || argc > 4 ||
	    !inet_pton(AF_INET, argv[1], &in->sin_addr))
		errx(EXIT_CANNOT, "usage: hostile SERVER CASE [DEVICE]");
	device = argv[3];
	if (getrandom(mark, sizeof(mark), 0) != sizeof(mark))
		err(EXIT_CANNOT, "getrandom");
	snprintf(name, sizeof(name), "hostile-%02x%02x%02x%02x", mark[0],
		 mark[1], mark[2], mark[3]);
	in->sin_family = AF_INET;
	in->sin_port = htons(PORT);
	for (one = cases; one->name; one++) {
		if (strcmp(argv[2], one->name))
			continue;
		one->run();
		return 0;
	}
	errx(EXIT_CANNOT, "no such case: %s", argv[2]);
}
