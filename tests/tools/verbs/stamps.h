/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two programs in one which send each other stamped memory over verbs and check
 * every byte: the server only answers, so it tells what it saw over TCP.
 * Each queue pair has a TCP connection and, at both ends, a thread of its own.
 */
#ifndef STAMPS_H
#define STAMPS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <infiniband/verbs.h>

enum {
	DEPTH_MAX	= 64,
	LEN_MAX		= 8 << 20,
	GUARD		= 64,		/* bytes behind each buffer that must not change */
	GUARD_BYTE	= 0xa5,
	UD_HEADER	= 40,
	LOST_MS		= 5000,		/* what did not arrive by then will not */
	QKEY		= 0x1234567,
	DRAIN_MS	= 20000,	/* for all that is posted to be flushed */
};

enum kind { KIND_RC, KIND_UC, KIND_UD, KINDS };
enum op { OP_SEND, OP_WRITE, OP_WRITE_IMM, OP_READ, OP_WRITE_READ, OP_CAS, OP_ADD, OPS };

#define HELLO_MAGIC	0x5354414d50533031ULL

extern const char *const kind_names[KINDS];
extern const char *const op_names[OPS];

/* ---- stamp.c: what memory looks like ---- */

/* which message a byte belongs to */
struct stamp {
	uint64_t	salt;		/* of the queue pair */
	uint64_t	seq;
};

/* fills or checks the bytes [off, off + len) of an endless stamped area */
void stamp_fill(void *to, const struct stamp *stamp, uint64_t off, size_t len);
bool stamp_check(const void *at, const struct stamp *stamp, uint64_t off, size_t len);
/* GUARD bytes from @at on */
void guard_set(void *at);
bool guard_check(const void *at);
uint64_t random_next(uint64_t *state);

/* ---- link.c: TCP, the device, a queue pair ---- */

enum msg_type {
	MSG_CONNECT = 1,	/* client: here is my queue pair; (re)make yours */
	MSG_MOVE,		/* the same, but take yours through RESET */
	MSG_PLACE,		/* server: here is mine */
	MSG_SEEN,		/* server: message @seq of @slot was as it must be */
	MSG_WRONG,		/* server: it was not */
};

/* where a queue pair and the server's memory are */
struct place {
	uint8_t		gid[16];
	uint32_t	qpn;
	uint32_t	psn;
	uint32_t	rkey;
	uint64_t	slots;		/* of the server; a slot is @len + GUARD */
	uint64_t	scratch;
	uint64_t	book;		/* stamped with seq 0 */
	uint64_t	words;		/* for FETCH_ADD and CMP_SWAP */
};

struct hello {
	uint64_t	magic;
	uint64_t	salt;
	uint32_t	kind;
	uint32_t	depth;
	uint32_t	len;		/* of the longest message */
	uint32_t	mtu;		/* enum ibv_mtu */
};

struct msg {
	uint32_t	type;
	uint32_t	slot;
	uint64_t	seq;
	struct place	place;
};

/* how requests are retried; only the client's matter */
struct tries {
	uint8_t		timeout;
	uint8_t		retry;
};

struct link {
	int			sock;
	struct hello		hello;
	struct ibv_context	*device;
	int			gid_index;
	enum ibv_mtu		mtu;		/* of the port */
	struct ibv_pd		*pd;
	struct ibv_comp_channel	*channel;
	struct ibv_cq		*cq;
	struct ibv_qp		*qp;
	struct ibv_ah		*ah;
	struct ibv_mr		*mr;
	uint8_t			*mem;
	struct place		mine, theirs;
	unsigned int		posted;		/* not completed yet */
	struct tries		tries;
};

int tcp_listen(const char *address, const char *port);
int tcp_connect(const char *source, const char *address, const char *port);
bool tcp_send(int sock, const void *what, size_t len);
bool tcp_receive(int sock, void *what, size_t len);

/* each says why it failed, on stderr */
bool link_open(struct link *l, const char *device_name);
bool link_alloc(struct link *l, size_t bytes);
bool link_make_qp(struct link *l);
bool link_reset_qp(struct link *l);
bool link_connect(struct link *l);
bool link_drain(struct link *l);
void link_destroy_qp(struct link *l);
void link_close(struct link *l);
/* waits for a completion or, if @message, for TCP; then poll the queue until it is empty */
bool link_wait(struct link *l, int ms, bool *message);
size_t slot_stride(const struct hello *hello);
uint64_t now_ms(void);

/* ---- the immediate: what is in a slot ---- */

static inline uint32_t imm_make(enum op op, uint32_t slot, uint64_t seq)
{
	return (uint32_t)op << 28 | slot << 20 | (seq & 0xfffff);
}

static inline enum op imm_op(uint32_t imm)
{
	return imm >> 28;
}

static inline uint32_t imm_slot(uint32_t imm)
{
	return imm >> 20 & 0xff;
}

static inline uint32_t imm_seq(uint32_t imm)
{
	return imm & 0xfffff;
}

/* ---- server.c, client.c ---- */

struct options {
	const char	*source, *server, *port, *device;
	unsigned int	qps, depth, seconds, churn_ms, connections;
	unsigned int	messages;	/* of each queue pair; 0: as many as there is time for */
	unsigned int	kinds;		/* bits */
	unsigned int	ops;
	uint32_t	sizes[32];
	unsigned int	nsizes;
	uint32_t	mtu;		/* bytes; 0: the port's */
	struct tries	tries;
};

int server_run(const struct options *o);
int client_run(const struct options *o);

#endif
