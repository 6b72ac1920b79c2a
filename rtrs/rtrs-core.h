/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What both ends of RTRS share: connections, message buffers, protection
 * domains, ids that outlive their connection. Internal to rtrs/.
 */
#ifndef RTRS_CORE_H
#define RTRS_CORE_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <rdma/ib_verbs.h>
#include <rdma/rdma_cm.h>

#include "rtrs-proto.h"

/* doc/protocol.md, "Constants". */
enum {
	RTRS_MAX_PATHS		= 128,
	RTRS_MAX_CIDS		= 4096,
	RTRS_MAX_SEGMENTS	= 128,
	RTRS_SERVICE_DEPTH	= 512,
	RTRS_MIN_CHUNK_SIZE	= 8192,
	RTRS_DEF_CHUNK_SIZE	= 131072,
	RTRS_DEF_QUEUE_DEPTH	= 512,
	RTRS_MAX_QUEUE_DEPTH	= 65535,
};

/* ---------------------------------------------------------- connections */

/**
 * struct rtrs_con - one queue pair of a path, with its CQ and CM id
 * @cm_id: set by the owner; outlives the queue pair, see rtrs_linger_id()
 * @qp: NULL until rtrs_con_create() and after rtrs_con_destroy()
 * @cq: as @qp
 * @cid: index in its path
 * @cq_private: @cq was allocated for this connection alone
 * @nr_cqe: entries of @cq reserved
 * @sq_lock: guards the members below; taken in any context
 * @sq_free: send work requests that may still be posted
 * @sq_unsignaled: posted since the last signaled one
 * @sq_interval: an unsignaled chain is signaled once this many are reached
 * @sq_covers: ring: how many work requests each outstanding signaled one ends
 * @sq_head: next entry of @sq_covers to fill
 * @sq_tail: next entry of @sq_covers to complete
 * @sq_size: work requests of the send queue; @sq_covers has one entry more
 */
struct rtrs_con {
	struct rdma_cm_id	*cm_id;
	struct ib_qp		*qp;
	struct ib_cq		*cq;
	u16			cid;
	bool			cq_private;
	u32			nr_cqe;

	spinlock_t		sq_lock;	/* see above */
	u32			sq_free;
	u32			sq_unsignaled;
	u32			sq_interval;
	u32			*sq_covers;
	u32			sq_head;
	u32			sq_tail;
	u32			sq_size;
};

/**
 * struct rtrs_con_attr - how to make a connection's queue pair
 * @send_wrs: send work requests wanted; lowered to what the device can
 * @recv_wrs: receive work requests wanted; lowered likewise
 * @send_sges: scatter entries of one send
 * @signal_interval: see rtrs_con.sq_interval
 * @cq_vector: completion vector, any value, wraps
 * @poll_ctx: who polls the CQ
 * @cq_private: allocate a CQ of its own instead of a share of the device's
 *	pool (always the case for IB_POLL_DIRECT)
 */
struct rtrs_con_attr {
	u32			send_wrs;
	u32			recv_wrs;
	u32			send_sges;
	u32			signal_interval;
	int			cq_vector;
	enum ib_poll_context	poll_ctx;
	bool			cq_private;
};

int rtrs_con_create(struct rtrs_con *con, struct ib_pd *pd,
		    const struct rtrs_con_attr *attr, void *qp_context,
		    void (*qp_event)(struct ib_event *ev, void *qp_context));
void rtrs_con_destroy(struct rtrs_con *con);
void rtrs_con_stop(struct rtrs_con *con);
void rtrs_con_drain(struct rtrs_con *con);

int rtrs_con_post(struct rtrs_con *con, struct ib_send_wr *first,
		  struct ib_send_wr *last, u32 nr);
void rtrs_con_send_done(struct rtrs_con *con);
int rtrs_con_post_now(struct rtrs_con *con, struct ib_send_wr *first,
		      struct ib_send_wr *last, u32 nr);
int rtrs_con_post_imm(struct rtrs_con *con, struct ib_cqe *cqe, u32 imm,
		      bool signaled);
int rtrs_con_post_probe(struct rtrs_con *con, struct ib_cqe *cqe);
int rtrs_con_post_recv_empty(struct rtrs_con *con, struct ib_cqe *cqe, u32 nr);

/* ------------------------------------------------------ message buffers */

/**
 * struct rtrs_iu - one DMA mapped message buffer of a block
 * @cqe: completion entry to post it with
 * @buf: memory
 * @dma_addr: device address of @buf
 * @len: bytes of @buf
 */
struct rtrs_iu {
	struct ib_cqe		cqe;
	void			*buf;
	u64			dma_addr;
	u32			len;
};

struct rtrs_iu_block;

struct rtrs_iu_block *
rtrs_iu_block_alloc(struct ib_device *dev, u32 nr, u32 len,
		    enum dma_data_direction dir,
		    void (*done)(struct ib_cq *cq, struct ib_wc *wc));
void rtrs_iu_block_free(struct rtrs_iu_block *block);
u32 rtrs_iu_block_count(const struct rtrs_iu_block *block);
struct rtrs_iu *rtrs_iu_at(struct rtrs_iu_block *block, u32 index);
void rtrs_iu_sync_for_cpu(struct rtrs_iu_block *block, struct rtrs_iu *iu);
void rtrs_iu_sync_for_device(struct rtrs_iu_block *block, struct rtrs_iu *iu);
int rtrs_con_post_recv_iu(struct rtrs_con *con, struct rtrs_iu *iu,
			  u32 lkey);

/* --------------------------------------------------- protection domains */

/**
 * struct rtrs_dev_pool - protection domains by device
 * @lock: guards @devs
 * @devs: struct rtrs_dev
 *
 * The client has one pool, the server one for each session.
 */
struct rtrs_dev_pool {
	struct mutex		lock;	/* see above */
	struct list_head	devs;
};

/**
 * struct rtrs_dev - a device and our protection domain on it
 * @ib_dev: the device
 * @pd: protection domain
 * @pool: where it is listed
 * @entry: in @pool
 * @users: paths that use it; guarded by the pool's lock
 */
struct rtrs_dev {
	struct ib_device	*ib_dev;
	struct ib_pd		*pd;
	struct rtrs_dev_pool	*pool;
	struct list_head	entry;
	unsigned int		users;
};

void rtrs_dev_pool_init(struct rtrs_dev_pool *pool);
struct rtrs_dev *rtrs_dev_get(struct rtrs_dev_pool *pool,
			      struct ib_device *ib_dev);
void rtrs_dev_put(struct rtrs_dev *dev);
u32 rtrs_dev_fr_pages(const struct ib_device *ib_dev);
void rtrs_mr_new_key(struct ib_mr *mr);

/* ------------------------------------------------ ids of lost connections */

/**
 * struct rtrs_linger_owner - who has to be told before its module goes
 * @lock: guards @ids
 * @ids: ids that still wait for the peer's answer to their disconnect
 * @idle: woken when @ids becomes empty
 */
struct rtrs_linger_owner {
	spinlock_t		lock;	/* see above */
	struct list_head	ids;
	wait_queue_head_t	idle;
};

void rtrs_linger_init(struct rtrs_linger_owner *owner);
int rtrs_linger_id(struct rtrs_linger_owner *owner, struct rdma_cm_id *cm_id,
		   const bool *device_gone,
		   void (*ended)(void *arg, int status), void *arg);
void rtrs_linger_give_up(struct rtrs_linger_owner *owner);

#endif /* RTRS_CORE_H */
