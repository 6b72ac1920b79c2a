// SPDX-License-Identifier: GPL-2.0
/*
 * One connection: a queue pair with its completion queue, and the books of its
 * send queue. Paths of either end create, stop, drain and destroy it here, in
 * that order; whoever posts a send goes through rtrs_con_post().
 */
#include <linux/export.h>
#include <linux/slab.h>

#include "rtrs-core.h"

/* The core posts one request of its own on each queue to drain it. */
#define DRAIN_WRS	1

static int take_cq(struct rtrs_con *con, const struct rtrs_con_attr *attr,
		   u32 nr_cqe)
{
	struct ib_device *dev = con->cm_id->device;
	struct ib_cq *cq;

	con->cq_private = attr->cq_private || attr->poll_ctx == IB_POLL_DIRECT;
	if (con->cq_private)
		cq = ib_alloc_cq(dev, con, nr_cqe,
				 attr->cq_vector % dev->num_comp_vectors,
				 attr->poll_ctx);
	else
		cq = ib_cq_pool_get(dev, nr_cqe, attr->cq_vector,
				    attr->poll_ctx);
	if (IS_ERR(cq))
		return PTR_ERR(cq);
	con->cq = cq;
	con->nr_cqe = nr_cqe;
	return 0;
}

static void give_cq(struct rtrs_con *con)
{
	if (con->cq_private)
		ib_free_cq(con->cq);
	else
		ib_cq_pool_put(con->cq, con->nr_cqe);
	con->cq = NULL;
}

/**
 * rtrs_con_create() - give a connection its queue pair
 * @con: zeroed but for cm_id, whose address is resolved, and cid
 * @pd: protection domain on the device of the id
 * @attr: sizes, see struct rtrs_con_attr
 * @qp_context: for @qp_event
 * @qp_event: asynchronous events of the queue pair
 *
 * Context: process, may sleep.
 * Return: 0, or a negative errno of the device, with nothing left behind.
 */
int rtrs_con_create(struct rtrs_con *con, struct ib_pd *pd,
		    const struct rtrs_con_attr *attr, void *qp_context,
		    void (*qp_event)(struct ib_event *ev, void *qp_context))
{
	const struct ib_device_attr *can = &con->cm_id->device->attrs;
	u32 most = max(can->max_qp_wr - DRAIN_WRS, 1);
	struct ib_qp_init_attr init = {
		.event_handler	= qp_event,
		.qp_context	= qp_context,
		.cap.max_recv_sge = 1,
		.sq_sig_type	= IB_SIGNAL_REQ_WR,
		.qp_type	= IB_QPT_RC,
	};
	u32 recvs = min(attr->recv_wrs, most);
	u32 nr_cqe;
	int err;

	spin_lock_init(&con->sq_lock);
	con->sq_size = min(attr->send_wrs, most);
	con->sq_free = con->sq_size;
	con->sq_interval = clamp(attr->signal_interval, 1U,
				 max(con->sq_size / 2, 1U));
	con->sq_unsignaled = 0;
	con->sq_head = 0;
	con->sq_tail = 0;
	/* one entry more than can be used: a full ring is not an empty one */
	con->sq_covers = kvcalloc(con->sq_size + 1, sizeof(*con->sq_covers),
				  GFP_KERNEL);
	if (!con->sq_covers)
		return -ENOMEM;

	nr_cqe = min_t(u32, con->sq_size + recvs + 2 * DRAIN_WRS, can->max_cqe);
	err = take_cq(con, attr, nr_cqe);
	if (err)
		goto free_covers;

	init.cap.max_send_wr = con->sq_size + DRAIN_WRS;
	init.cap.max_recv_wr = recvs + DRAIN_WRS;
	init.cap.max_send_sge = clamp_t(u32, attr->send_sges, 1,
					max(can->max_send_sge, 1));
	init.send_cq = con->cq;
	init.recv_cq = con->cq;
	err = rdma_create_qp(con->cm_id, pd, &init);
	if (err)
		goto give_cq;
	con->qp = con->cm_id->qp;
	return 0;

give_cq:
	give_cq(con);
free_covers:
	kvfree(con->sq_covers);
	con->sq_covers = NULL;
	return err;
}
EXPORT_SYMBOL_GPL(rtrs_con_create);

/**
 * rtrs_con_destroy() - take the queue pair away again
 * @con: connection; drained, or never used for transfers. The id stays.
 *
 * Does nothing to a connection that has no queue pair.
 * Context: process, may sleep.
 */
void rtrs_con_destroy(struct rtrs_con *con)
{
	if (!con->qp)
		return;
	rdma_destroy_qp(con->cm_id);
	con->qp = NULL;
	give_cq(con);
	kvfree(con->sq_covers);
	con->sq_covers = NULL;
}
EXPORT_SYMBOL_GPL(rtrs_con_destroy);

/**
 * rtrs_con_stop() - let no more packets in or out, and tell the peer
 * @con: connection
 *
 * The queue pair is in error when this returns; its completions may still be
 * waiting. Context: process, may sleep.
 */
void rtrs_con_stop(struct rtrs_con *con)
{
	if (con->qp)
		rdma_disconnect(con->cm_id);
}
EXPORT_SYMBOL_GPL(rtrs_con_stop);

/**
 * rtrs_con_drain() - wait until every completion handler has run
 * @con: connection, stopped before
 *
 * Context: process, may sleep; not from a completion handler.
 */
void rtrs_con_drain(struct rtrs_con *con)
{
	if (con->qp)
		ib_drain_qp(con->qp);
}
EXPORT_SYMBOL_GPL(rtrs_con_drain);

/**
 * rtrs_con_post() - post a chain of sends
 * @con: connection
 * @first: first work request
 * @last: last work request; its wr_cqe must lead to a handler that calls
 *	rtrs_con_send_done(), for it is signaled when its turn has come
 * @nr: work requests in the chain
 *
 * Any other work request of the chain may be signaled too, with a handler that
 * does the same. Context: any.
 *
 * Return: 0; -EAGAIN when the send queue has no room, with nothing posted; any
 * other errno is the queue pair's, and part of the chain may be on its way:
 * the caller gives up the path.
 */
int rtrs_con_post(struct rtrs_con *con, struct ib_send_wr *first,
		  struct ib_send_wr *last, u32 nr)
{
	struct ib_send_wr *wr;
	unsigned long flags;
	int err;

	spin_lock_irqsave(&con->sq_lock, flags);
	if (con->sq_free < nr) {
		spin_unlock_irqrestore(&con->sq_lock, flags);
		return -EAGAIN;
	}
	con->sq_free -= nr;
	if (con->sq_unsignaled + nr >= con->sq_interval)
		last->send_flags |= IB_SEND_SIGNALED;
	for (wr = first; wr; wr = wr->next) {
		con->sq_unsignaled++;
		if (!(wr->send_flags & IB_SEND_SIGNALED))
			continue;
		con->sq_covers[con->sq_head] = con->sq_unsignaled;
		con->sq_head = (con->sq_head + 1) % (con->sq_size + 1);
		con->sq_unsignaled = 0;
	}
	err = ib_post_send(con->qp, first, NULL);
	spin_unlock_irqrestore(&con->sq_lock, flags);
	/* -EAGAIN is ours to say */
	return err == -EAGAIN ? -ENOMEM : err;
}
EXPORT_SYMBOL_GPL(rtrs_con_post);

/**
 * rtrs_con_post_now() - post a chain of sends behind which nothing follows soon
 * @con: connection
 * @first: first work request
 * @last: last work request, see rtrs_con_post()
 * @nr: work requests in the chain
 *
 * A device which is software leaves to softirq what is posted with interrupts off,
 * and from a process that takes another thread. Here it is done on return, where
 * the caller's context allows it.
 *
 * Context and errors: as rtrs_con_post().
 */
int rtrs_con_post_now(struct rtrs_con *con, struct ib_send_wr *first,
		      struct ib_send_wr *last, u32 nr)
{
	bool here = !irqs_disabled();
	int err;

	if (here)
		local_bh_disable();
	err = rtrs_con_post(con, first, last, nr);
	if (here)
		local_bh_enable();
	return err;
}
EXPORT_SYMBOL_GPL(rtrs_con_post_now);

/**
 * rtrs_con_send_done() - a signaled send completed
 * @con: connection
 *
 * To be called once for each send completion, in order, also for failed and
 * flushed ones: of these the unsignaled ones complete as well, and then the
 * books no longer matter. Context: any.
 */
void rtrs_con_send_done(struct rtrs_con *con)
{
	unsigned long flags;

	spin_lock_irqsave(&con->sq_lock, flags);
	if (con->sq_tail != con->sq_head) {
		con->sq_free += con->sq_covers[con->sq_tail];
		con->sq_tail = (con->sq_tail + 1) % (con->sq_size + 1);
	}
	spin_unlock_irqrestore(&con->sq_lock, flags);
}
EXPORT_SYMBOL_GPL(rtrs_con_send_done);

/**
 * rtrs_con_post_imm() - send an immediate without data
 * @con: connection
 * @cqe: whose handler calls rtrs_con_send_done()
 * @imm: immediate, host order
 * @signaled: ask for a completion in any case
 *
 * Context and errors: as rtrs_con_post().
 */
int rtrs_con_post_imm(struct rtrs_con *con, struct ib_cqe *cqe, u32 imm,
		      bool signaled)
{
	struct ib_rdma_wr wr = {
		.wr.wr_cqe	= cqe,
		.wr.opcode	= IB_WR_RDMA_WRITE_WITH_IMM,
		.wr.ex.imm_data	= cpu_to_be32(imm),
		.wr.send_flags	= signaled ? IB_SEND_SIGNALED : 0,
	};

	return rtrs_con_post(con, &wr.wr, &wr.wr, 1);
}
EXPORT_SYMBOL_GPL(rtrs_con_post_imm);

/**
 * rtrs_con_post_probe() - ask the peer's transport for a sign of life
 * @con: connection
 * @cqe: whose handler calls rtrs_con_send_done(); it runs when the peer's
 *	queue pair has acknowledged
 *
 * An RDMA write of no bytes: it takes no receive of the peer and no software
 * there sees it. Context and errors: as rtrs_con_post().
 */
int rtrs_con_post_probe(struct rtrs_con *con, struct ib_cqe *cqe)
{
	struct ib_rdma_wr wr = {
		.wr.wr_cqe	= cqe,
		.wr.opcode	= IB_WR_RDMA_WRITE,
		.wr.send_flags	= IB_SEND_SIGNALED,
	};

	return rtrs_con_post(con, &wr.wr, &wr.wr, 1);
}
EXPORT_SYMBOL_GPL(rtrs_con_post_probe);

/**
 * rtrs_con_post_recv_empty() - post receives for immediates, without memory
 * @con: connection
 * @cqe: completion entry, may be shared by all
 * @nr: how many
 *
 * Context: any. Return: 0 or the queue pair's errno; then some are posted.
 */
int rtrs_con_post_recv_empty(struct rtrs_con *con, struct ib_cqe *cqe, u32 nr)
{
	struct ib_recv_wr wrs[16];
	u32 i, n;
	int err;

	while (nr) {
		n = min_t(u32, nr, ARRAY_SIZE(wrs));
		for (i = 0; i < n; i++)
			wrs[i] = (struct ib_recv_wr) {
				.next	= i + 1 < n ? &wrs[i + 1] : NULL,
				.wr_cqe	= cqe,
			};
		err = ib_post_recv(con->qp, wrs, NULL);
		if (err)
			return err;
		nr -= n;
	}
	return 0;
}
EXPORT_SYMBOL_GPL(rtrs_con_post_recv_empty);

/**
 * rtrs_con_post_recv_iu() - post a receive into a message buffer
 * @con: connection
 * @iu: buffer, the device's until its handler runs
 * @lkey: local key of the protection domain
 *
 * Context: any. Return: 0 or the queue pair's errno.
 */
int rtrs_con_post_recv_iu(struct rtrs_con *con, struct rtrs_iu *iu, u32 lkey)
{
	struct ib_sge sge = {
		.addr	= iu->dma_addr,
		.length	= iu->len,
		.lkey	= lkey,
	};
	struct ib_recv_wr wr = {
		.wr_cqe		= &iu->cqe,
		.sg_list	= &sge,
		.num_sge	= 1,
	};

	return ib_post_recv(con->qp, &wr, NULL);
}
EXPORT_SYMBOL_GPL(rtrs_con_post_recv_iu);
