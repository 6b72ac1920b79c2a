/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A client of RTRS and RNBD in user space that can be made to misbehave: its
 * session, and what it can send. wire.c does as it is told; the cases know what
 * is wrong. Offsets are written down from doc/protocol.md, not taken from the
 * modules' headers.
 */
#ifndef PEER_H
#define PEER_H

#include <stdbool.h>
#include <stdint.h>

#include <infiniband/verbs.h>
#include <rdma/rdma_cma.h>

enum {
	CONS		= 2,
	RECVS		= 64,
	RECV_LEN	= 2048,
	TX_SLOTS	= 8,
	TX_LEN		= 4096,
	DATA_LEN	= 1 << 20,
	MAX_QD		= 120,
	REACT_MS	= 8000,	/* for the server to react */
	QUIET_MS	= 1000,	/* without a reaction: nothing */
};

enum { IO_REQ, IO_RSP, IO_RSP_INV, HB_MSG = 8, HB_ACK, FENCE_RSP };

/* What the server did about it. */
enum reaction { NOTHING, REJECTED, CLOSED, ANSWER, FENCED };

/* Set by main(): where from, where to, what to open. */
extern const char *source_name, *server_name, *port_name, *device_name;

struct hello {
	uint16_t	magic, version, cid_num, recon_cnt;
	int		cid;	/* claimed, or -1 for the true one */
	uint8_t		first_conn;
	uint32_t	features;
};

struct peer {
	struct rdma_event_channel *events;
	struct rdma_cm_id	*id[CONS];
	struct ibv_pd		*pd;
	struct ibv_cq		*cq[CONS];
	struct ibv_mr		*mr;
	uint8_t			*mem;
	unsigned int		room;	/* of its queues, at most RECVS */
	struct hello		hello;
	uint8_t			path_uuid[16], sess_uuid[16];

	uint16_t		qd;
	uint32_t		max_io, max_hdr, features;
	bool			new_rkey;
	unsigned int		id_bits;
	uint64_t		addr[MAX_QD];
	uint32_t		rkey[MAX_QD];
	char			name[32];
	uint32_t		device;
	uint64_t		nr_sectors;

	/* what the server did */
	bool			closed, answered, fenced, informed;
	int			err;
	unsigned int		nr_answers;
	unsigned int		next_tx;
};

void put16(uint8_t *p, uint16_t v);
void put32(uint8_t *p, uint32_t v);
void put64(uint8_t *p, uint64_t v);
uint16_t get16(const uint8_t *p);
uint32_t get32(const uint8_t *p);
uint64_t get64(const uint8_t *p);
uint64_t now_ms(void);

/* Memory: where answers' data arrives, and a piece to send from. */
uint8_t *data_of(struct peer *p);
uint8_t *next_tx(struct peer *p);

/* A session with nothing in it, and the end of one in any state. */
void start(struct peer *p);
void end(struct peer *p);

/* Connect as p->hello says; false when refused, then p->err is the errno. */
void begin_con(struct peer *p, uint16_t cid);
bool end_con(struct peer *p);
bool connect_con(struct peer *p, uint16_t cid);
bool connect_all(struct peer *p);
enum reaction send_info(struct peer *p, const uint8_t *info, uint32_t len);

/* One work request with immediate or without; what comes of it. */
void post(struct peer *p, int cid, enum ibv_wr_opcode opcode, const uint8_t *tx,
	  uint32_t len, uint64_t addr, uint32_t rkey, uint32_t imm);
enum reaction react(struct peer *p, unsigned int ms);

/* Requests: @bytes go to @at of chunk @id, the immediate says @off. */
uint32_t req_imm(const struct peer *p, uint32_t id, uint32_t off);
void request(struct peer *p, int cid, uint32_t id, uint32_t at,
	     const void *bytes, uint32_t len, uint32_t off);
uint32_t write_hdr(uint8_t *h, uint16_t usr_len);
uint32_t read_hdr(struct peer *p, uint8_t *h, uint16_t usr_len, uint16_t flags,
		  uint16_t sg_cnt, uint32_t desc_len);

/* Well-formed exchanges of RNBD. */
enum reaction ask(struct peer *p, bool read, const uint8_t *msg,
		  uint32_t usr_len, uint32_t data_len);
enum reaction sess_info(struct peer *p);
enum reaction open_as(struct peer *p, uint8_t mode, const char *name);
enum reaction io(struct peer *p, bool read, uint32_t device, uint64_t sector,
		 uint32_t rw, uint32_t bi_size, uint32_t data_len);
enum reaction close_device(struct peer *p, uint32_t device);

#endif /* PEER_H */
