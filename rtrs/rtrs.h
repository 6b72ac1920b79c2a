/* SPDX-License-Identifier: GPL-2.0 */
/*
 * RTRS as its users see it: the client's and the server's interface.
 *
 * Source compatible with the in-tree rtrs.h; what this implementation adds is
 * marked "addition". The only RTRS header which rnbd includes.
 */
#ifndef RTRS_H
#define RTRS_H

#include <linux/scatterlist.h>
#include <linux/socket.h>
#include <linux/types.h>
#include <linux/uio.h>

struct ib_cq;
struct rtrs_clt_sess;
struct rtrs_permit;
struct rtrs_srv_ctx;
struct rtrs_srv_op;
struct rtrs_srv_sess;

/* ------------------------------------------------------------ client */

/**
 * enum rtrs_clt_link_ev - what happened to the connectivity of a session
 * @RTRS_CLT_LINK_EV_RECONNECTED: the first path is up again
 * @RTRS_CLT_LINK_EV_DISCONNECTED: the last path went down; no request is
 *	outstanding any more, and no path comes up before the call returns
 */
enum rtrs_clt_link_ev {
	RTRS_CLT_LINK_EV_RECONNECTED,
	RTRS_CLT_LINK_EV_DISCONNECTED,
};

/**
 * struct rtrs_addr - the two ends of a path
 * @src: own address, or NULL for any
 * @dst: the server's address, with its port
 */
struct rtrs_addr {
	struct sockaddr_storage *src;
	struct sockaddr_storage *dst;
};

/**
 * struct rtrs_clt_ops - what a session tells its user
 * @priv: handed back in each call
 * @link_ev: a link event; process context, may sleep. One comes at a time,
 *	each is another than the one before, and the last one is the state of
 *	the session. rtrs_clt_open() ends with the session connected and tells
 *	none; from the moment it returns they may come, also before the caller
 *	has looked at what it returned
 */
struct rtrs_clt_ops {
	void	*priv;
	void	(*link_ev)(void *priv, enum rtrs_clt_link_ev ev);
};

struct rtrs_clt_sess *rtrs_clt_open(struct rtrs_clt_ops *ops,
				    const char *sessname,
				    const struct rtrs_addr *paths,
				    size_t path_cnt, u16 port, size_t pdu_sz,
				    u8 reconnect_delay_sec,
				    s16 max_reconnect_attempts,
				    u32 nr_poll_queues);

void rtrs_clt_close(struct rtrs_clt_sess *sess);

enum wait_type {
	RTRS_PERMIT_NOWAIT = 0,
	RTRS_PERMIT_WAIT = 1,
};

/**
 * enum rtrs_clt_con_type - kind of connection a permit is meant for
 * @RTRS_ADMIN_CON: the service connection (cid 0)
 * @RTRS_IO_CON: the I/O connection of the current CPU
 */
enum rtrs_clt_con_type {
	RTRS_ADMIN_CON,
	RTRS_IO_CON,
};

struct rtrs_permit *rtrs_clt_get_permit(struct rtrs_clt_sess *sess,
					enum rtrs_clt_con_type con_type,
					enum wait_type wait);

void rtrs_clt_put_permit(struct rtrs_clt_sess *sess,
			 struct rtrs_permit *permit);

/**
 * struct rtrs_clt_req_ops - how a request reports its end
 * @priv: handed back
 * @conf_fn: called exactly once, with 0 or a negative errno; softirq or
 *	process context, must not sleep
 * @wanted: an addition, may be NULL: asked before a request whose path was lost
 *	is sent again; if not wanted it ends with -ECONNABORTED. Process context,
 *	must not sleep
 */
struct rtrs_clt_req_ops {
	void	*priv;
	void	(*conf_fn)(void *priv, int errno);
	bool	(*wanted)(void *priv);
};

int rtrs_clt_request(int dir, struct rtrs_clt_req_ops *ops,
		     struct rtrs_clt_sess *sess, struct rtrs_permit *permit,
		     const struct kvec *vec, size_t nr, size_t len,
		     struct scatterlist *sg, unsigned int sg_cnt);

int rtrs_clt_rdma_cq_direct(struct rtrs_clt_sess *sess, unsigned int index);

/**
 * struct rtrs_attrs - what a session offers
 * @queue_depth: permits, that is requests in flight over all paths
 * @max_io_size: bytes of data in one request
 * @max_segments: scatterlist entries of one request
 */
struct rtrs_attrs {
	u32	queue_depth;
	u32	max_io_size;
	u32	max_segments;
};

int rtrs_clt_query(struct rtrs_clt_sess *sess, struct rtrs_attrs *attr);

/* Additions of this implementation, client. */

bool rtrs_clt_give_up(struct rtrs_clt_sess *sess, struct rtrs_permit *permit,
		      bool insist);

/**
 * struct rtrs_clt_batch - requests prepared but not yet posted
 * @con: private; the connection they wait on, NULL when empty
 * @first: private; first work request of the chain
 * @last: private; last work request of the chain
 * @nr_wrs: private; length of the chain
 * @nr: private; requests of the chain
 * @bytes: private; their data
 *
 * Zero it before first use. All calls between the first
 * rtrs_clt_request_add() and the rtrs_clt_batch_commit() that ends the batch
 * happen within one RCU read-side section of the caller.
 */
struct rtrs_clt_batch {
	void		*con;
	void		*first;
	void		*last;
	unsigned int	nr_wrs;
	unsigned int	nr;
	size_t		bytes;
};

/**
 * struct rtrs_clt_io - one request, see rtrs_clt_request_add()
 * @dir: READ or WRITE
 * @poll_queue: index of the poll queue to use, or -1 for an interrupt driven
 *	connection
 * @ops: as in rtrs_clt_request()
 * @permit: held by the caller until conf_fn was called
 * @vec: user message
 * @nr: entries of @vec
 * @data_len: bytes described by @sg
 * @sg: data, or NULL; mapped for DMA by RTRS, valid until conf_fn
 * @sg_cnt: entries of @sg
 */
struct rtrs_clt_io {
	int				dir;
	int				poll_queue;
	struct rtrs_clt_req_ops		ops;
	struct rtrs_permit		*permit;
	const struct kvec		*vec;
	size_t				nr;
	size_t				data_len;
	struct scatterlist		*sg;
	unsigned int			sg_cnt;
};

int rtrs_clt_request_add(struct rtrs_clt_sess *sess, struct rtrs_clt_io *io,
			 struct rtrs_clt_batch *batch);

void rtrs_clt_batch_commit(struct rtrs_clt_sess *sess,
			   struct rtrs_clt_batch *batch);

int rtrs_clt_poll(struct rtrs_clt_sess *sess, unsigned int poll_queue);

/* ------------------------------------------------------------ server */

/**
 * enum rtrs_srv_link_ev - what happened to the connectivity of a session
 * @RTRS_SRV_LINK_EV_CONNECTED: its first path is about to come up
 * @RTRS_SRV_LINK_EV_DISCONNECTED: its last path is gone; no request of it
 *	will be handed up any more
 */
enum rtrs_srv_link_ev {
	RTRS_SRV_LINK_EV_CONNECTED,
	RTRS_SRV_LINK_EV_DISCONNECTED,
};

/**
 * struct rtrs_srv_ops - the upper layer of the server
 * @rdma_ev: a request arrived. @data is the start of its chunk, @datalen the
 *	length of its payload (WRITE) or of the answer that is wanted (READ),
 *	@usr a private copy of the user message, valid until this returns.
 *	Returns 0 when rtrs_srv_resp_rdma() will be called, or the negative
 *	errno to answer now. Process context, may sleep.
 * @link_ev: a link event; process context. A non-zero return to CONNECTED
 *	refuses the session.
 * @owner: addition; module kept loaded while writes of vanished paths are
 *	still under way, or NULL
 * @pdu_sz: addition; bytes of private memory with each operation, see
 *	rtrs_srv_op_pdu(); 0 for none
 */
struct rtrs_srv_ops {
	int	(*rdma_ev)(void *priv, struct rtrs_srv_op *id, void *data,
			   size_t datalen, const void *usr, size_t usrlen);
	int	(*link_ev)(struct rtrs_srv_sess *sess, enum rtrs_srv_link_ev ev,
			   void *priv);
	struct module	*owner;
	size_t		pdu_sz;
};

struct rtrs_srv_ctx *rtrs_srv_open(struct rtrs_srv_ops *ops, u16 port);

void rtrs_srv_close(struct rtrs_srv_ctx *ctx);

bool rtrs_srv_resp_rdma(struct rtrs_srv_op *id, int errno);

void rtrs_srv_set_sess_priv(struct rtrs_srv_sess *sess, void *priv);

int rtrs_srv_get_path_name(struct rtrs_srv_sess *sess, char *sessname,
			   size_t len);

int rtrs_srv_get_queue_depth(struct rtrs_srv_sess *sess);

/* Additions of this implementation, server. */

/**
 * rtrs_srv_op_pdu() - private memory of the upper layer with an operation
 * @op: operation
 *
 * rtrs_srv_ops.pdu_sz bytes, aligned for any type, not cleared; the upper
 * layer's from rdma_ev until it calls rtrs_srv_resp_rdma().
 */
void *rtrs_srv_op_pdu(struct rtrs_srv_op *op);

/**
 * rtrs_srv_op_dir() - the direction of an operation's RTRS request
 * @op: operation
 *
 * READ: its data go to the client with the answer. WRITE: they came with the
 * request. Nothing else checks that the user message means the same. Any
 * context.
 */
int rtrs_srv_op_dir(const struct rtrs_srv_op *op);

/**
 * rtrs_srv_op_live() - could an answer to this operation still be sent?
 * @op: operation
 *
 * False once its path is being closed: work not yet started should be dropped
 * (answered -ECONNABORTED), its client sends it again. Any context.
 */
bool rtrs_srv_op_live(const struct rtrs_srv_op *op);

/**
 * rtrs_srv_op_arrived_ns() - when the operation arrived, ktime_get_ns()
 * @op: operation
 */
u64 rtrs_srv_op_arrived_ns(const struct rtrs_srv_op *op);

/**
 * rtrs_srv_op_horizon_ns() - operations that arrived at or after this time are
 *	not orphaned for @op; for older ones ask rtrs_srv_op_orphaned_for()
 * @op: operation just received
 */
u64 rtrs_srv_op_horizon_ns(const struct rtrs_srv_op *op);

/**
 * rtrs_srv_op_orphaned_for() - must @op wait for the older @writer to end?
 * @writer: an operation of any session, not yet answered
 * @op: operation just received
 *
 * True if the path of @writer is gone, or if the path of @op was set up after
 * @writer arrived: then @op may carry newer data for the same sectors, sent by
 * a client which knows nothing of @writer. doc/protocol.md, "Orphaned writes".
 */
bool rtrs_srv_op_orphaned_for(const struct rtrs_srv_op *writer,
			      const struct rtrs_srv_op *op);

/* ------------------------------------------------------------ addresses */

int rtrs_addr_to_sockaddr(const char *str, size_t len, u16 port,
			  struct rtrs_addr *addr);

int sockaddr_to_str(const struct sockaddr *addr, char *buf, size_t len);

int rtrs_addr_to_str(const struct rtrs_addr *addr, char *buf, size_t len);

#endif /* RTRS_H */
