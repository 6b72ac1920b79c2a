/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A server of RTRS and RNBD in user space that can be made to lie: its state,
 * and what it can be told to do. liar.c serves truthfully but for the row of
 * lies.c that is due.
 */
#ifndef LIAR_H
#define LIAR_H

#include "peer.h"

enum {
	LIAR_CONS	= 8,
	LIAR_QD		= 8,
	LIAR_IO		= 61440,
	LIAR_HDR	= 4096,
	LIAR_CHUNK	= LIAR_IO + LIAR_HDR,
	LIAR_SECTORS	= 16384,
	LIAR_RECVS	= 32,
	LIAR_RECV_LEN	= 512,
	LIAR_TX_LEN	= 1024,
	LIAR_TX_SLOTS	= 16,
	LIAR_POKES	= 3,
	LIAR_SETTLE_MS	= 200,	/* for a client to give up a path */
};

/* The message in which a lie stands, or the moment at which it is told. */
enum where {
	CONN_RSP,	/* REP of cid 0 */
	CONN_RSP_1,	/* REP of cid 1 */
	REJECT,		/* instead of the REP of cid 0 */
	INFO_RSP,
	SESS_INFO_RSP,
	OPEN_RSP,
	AT_CONNECT,	/* instead of an answer to cid 0, */
	AT_CONNECT_1,	/* to cid 1, */
	AT_INFO,	/* to the info request */
	WHEN_UP,	/* after the disk was opened */
	AT_READ,	/* instead of the answer to a read, */
	AT_WRITE,	/* to a write */
};

/* A request of the client. */
struct asked {
	unsigned int	cid, id;
	bool		read, inval, has_desc;
	uint8_t		msg[512];
	uint32_t	usr_len, data_len;
	uint64_t	addr;
	uint32_t	rkey, len;
};

struct liar;

struct lie {
	const char	*name;
	enum where	where;
	/* the message is otherwise good, */
	struct {
		uint16_t	at;
		uint8_t		bytes;
		uint64_t	value;
	}		poke[LIAR_POKES];
	/* or so long: 0 means as it should be, -1 empty */
	int		len;
	/* or there is no message but this */
	void		(*act)(struct liar *l, const struct asked *a);
	/* in a path whose keys are renewed */
	bool		new_rkey;
};

/* Ends with a row without name. */
extern const struct lie lies[];

struct liar {
	struct rdma_event_channel *events;
	struct rdma_cm_id	*listener;
	struct rdma_cm_id	*id[LIAR_CONS];
	struct ibv_cq		*cq[LIAR_CONS];
	struct ibv_pd		*pd;
	struct ibv_mr		*mr;
	uint8_t			*mem;
	unsigned int		next_tx;
	uint32_t		features;	/* accepted */

	bool			new_rkey;	/* of the path to come or there */
	bool			up, opened;
	bool			broken;		/* a connection, by what we did */
	unsigned int		incarnation;
	unsigned int		acks;		/* of our heartbeats */

	const struct lie	*lie;		/* due, or NULL */
	unsigned int		told_in;	/* incarnation */
	bool			believed;	/* the client went on after it */
	struct asked		last_read;	/* answered */
};

void serve(const char *address, const char *port);

uint8_t *chunk_of(struct liar *l, unsigned int id);
uint8_t *disk_of(struct liar *l);
uint8_t *liar_tx(struct liar *l);
void drop_client(struct liar *l);

/* One work request; an empty one without @len. */
void say(struct liar *l, unsigned int cid, enum ibv_wr_opcode opcode,
	 const uint8_t *tx, uint32_t len, uint64_t addr, uint32_t rkey,
	 uint32_t imm);
void say_imm(struct liar *l, unsigned int cid, unsigned int type,
	     uint32_t payload);
void key_rsp(uint8_t *msg, uint16_t type, uint16_t id, uint32_t rkey);

/* The pieces of a good answer. */
void send_data(struct liar *l, const struct asked *a);
void send_inval(struct liar *l, const struct asked *a);
void send_end(struct liar *l, const struct asked *a, bool inval, int err);
void answer(struct liar *l, const struct asked *a, int err);

#endif /* LIAR_H */
