// SPDX-License-Identifier: GPL-2.0
/*
 * A request from its slot to the upper layer: copied once out of the chunk,
 * decoded, matched with whatever else uses the pages, handed up. It comes back
 * through rtrs_srv_resp_rdma() and leaves to rtrs-srv-resp.c.
 */
#include <linux/export.h>
#include <linux/slab.h>

#include "rtrs-srv.h"

static void *chunk_at(const struct rtrs_srv_slot *slot, u32 off)
{
	return page_address(slot->buf->pages) + off;
}

static void op_ended(struct rtrs_srv_path *path)
{
	this_cpu_inc(path->pcpu->ended);
	percpu_ref_put(&path->refs);
}

static void promote(struct rtrs_srv_op *op)
{
	if (op)
		queue_work(rtrs_srv_op_wq, &op->work);
}

/**
 * rtrs_srv_resp_rdma() - an operation has ended, answer its client
 * @id: operation, gone when this returns
 * @errno: 0 or a negative errno
 *
 * The pages and the operation are free for the next request before the answer
 * leaves. Context: any. Return: false if there is nobody to answer any more.
 */
bool rtrs_srv_resp_rdma(struct rtrs_srv_op *id, int errno)
{
	struct rtrs_srv_slot *slot = id->slot;
	struct rtrs_srv_path *path = slot->path;
	bool live;

	promote(rtrs_srv_buf_end(id));
	rcu_read_lock();
	live = rtrs_srv_path_live(path);
	if (live)
		rtrs_srv_answer(slot, errno);
	rcu_read_unlock();
	op_ended(path);
	return live;
}
EXPORT_SYMBOL_GPL(rtrs_srv_resp_rdma);

/**
 * rtrs_srv_op_drop() - an operation that waited for pages will not be executed
 * @op: operation, out of its buffer's hands
 *
 * Context: any.
 */
void rtrs_srv_op_drop(struct rtrs_srv_op *op)
{
	struct rtrs_srv_path *path = op->slot->path;

	rtrs_srv_buf_return_op(op);
	op_ended(path);
}

static void hand_up(struct rtrs_srv_op *op)
{
	struct rtrs_srv_sess *sess = op->slot->path->sess;
	int err;

	err = sess->ctx->ops->rdma_ev(sess->priv, op,
				      page_address(op->buf->pages),
				      op->data_len, op->msg, op->usr_len);
	if (err)
		rtrs_srv_resp_rdma(op, err);
}

/**
 * rtrs_srv_op_work() - hand an operation up from process context
 * @work: of an operation which has its pages
 *
 * For what came by the service connection, and for what had to wait for its
 * pages.
 */
void rtrs_srv_op_work(struct work_struct *work)
{
	struct rtrs_srv_op *op = container_of(work, struct rtrs_srv_op, work);
	struct rtrs_srv_path *path = op->slot->path;
	atomic_t *handing = &path->handing[op->slot->con->base.cid ?
					   RTRS_SRV_HANDING_IO :
					   RTRS_SRV_HANDING_SERVICE];

	percpu_ref_get(&path->refs);
	atomic_inc(handing);
	/*
	 * Pairs with wait_handing() in the closing of the path: either we see
	 * its new state, or we are waited for.
	 */
	smp_mb__after_atomic();
	if (rtrs_srv_path_live(path))
		hand_up(op);
	else
		rtrs_srv_resp_rdma(op, -ECONNABORTED);
	if (atomic_dec_and_test(handing))
		wake_up_all(&path->handed);
	percpu_ref_put(&path->refs);
}

/* A request that is not executed is answered, unless its path is closed for it. */
static void refuse(struct rtrs_srv_slot *slot, enum rtrs_srv_refusal why,
		   int err)
{
	rtrs_srv_refuse(slot->path, why);
	if (!rtrs_srv_refusal_closes(why))
		rtrs_srv_answer(slot, err);
}

static enum rtrs_srv_refusal read_header(struct rtrs_srv_slot *slot)
{
	union rtrs_srv_hdr hdr = { 0 };
	u32 room = rtrs_srv_hdr_room(&rtrs_srv_geo, slot->off);

	ib_dma_sync_single_for_cpu(slot->path->dev->ib_dev, slot->dma_addr,
				   slot->off + room, DMA_BIDIRECTIONAL);
	memcpy(&hdr, chunk_at(slot, slot->off), room);
	return rtrs_srv_decode(&rtrs_srv_geo, slot->off, &hdr, &slot->req);
}

static int read_message(struct rtrs_srv_op *op)
{
	const struct rtrs_srv_slot *slot = op->slot;

	op->msg = op->small_msg;
	if (op->usr_len > sizeof(op->small_msg)) {
		op->big_msg = kmalloc(op->usr_len, GFP_ATOMIC | __GFP_NOWARN);
		if (!op->big_msg)
			return -ENOMEM;
		op->msg = op->big_msg;
	}
	memcpy(op->msg, chunk_at(slot, op->data_len), op->usr_len);
	return 0;
}

static struct rtrs_srv_op *make_op(struct rtrs_srv_slot *slot)
{
	struct rtrs_srv_op *op = rtrs_srv_buf_take_op(slot->buf);

	if (!op)
		return NULL;
	op->slot = slot;
	op->arrived_ns = ktime_get_ns();
	op->dir = slot->req.write ? WRITE : READ;
	op->data_len = slot->req.data_len;
	op->usr_len = slot->req.usr_len;
	percpu_ref_get(&slot->path->refs);
	this_cpu_inc(slot->path->pcpu->started);
	return op;
}

static void count(const struct rtrs_srv_slot *slot)
{
	const struct rtrs_srv_req *req = &slot->req;

	this_cpu_inc(slot->path->pcpu->requests[req->write]);
	this_cpu_add(slot->path->pcpu->bytes[req->write],
		     req->data_len + req->usr_len);
}

/* Returns the operation that is to be handed up now, if any. */
static struct rtrs_srv_op *claim(struct rtrs_srv_slot *slot)
{
	enum rtrs_srv_refusal why;
	struct rtrs_srv_op *op;

	/* what is begun now would hold up the closing of the path */
	if (!rtrs_srv_path_live(slot->path))
		return NULL;
	why = read_header(slot);
	if (why) {
		refuse(slot, why, -EINVAL);
		return NULL;
	}
	op = make_op(slot);
	if (!op) {
		refuse(slot, RTRS_SRV_REFUSE_CHUNK_BUSY, 0);
		return NULL;
	}
	if (read_message(op)) {
		rtrs_srv_op_drop(op);
		refuse(slot, RTRS_SRV_REFUSE_MSG_MEMORY, -ENOMEM);
		return NULL;
	}
	count(slot);

	switch (rtrs_srv_buf_claim(op)) {
	case RTRS_SRV_BUF_MINE:
		/* what comes by the service connection may open disks */
		if (slot->con->base.cid)
			return op;
		promote(op);
		break;
	case RTRS_SRV_BUF_WAIT:
		break;
	case RTRS_SRV_BUF_REFUSED:
		rtrs_srv_op_drop(op);
		refuse(slot, RTRS_SRV_REFUSE_CHUNK_BUSY, 0);
		break;
	}
	return NULL;
}

/**
 * rtrs_srv_op_begin() - execute the request that arrived in a slot
 * @slot: owed an answer; its con and offset are set
 *
 * The pages are claimed while the path is seen live under RCU: once closing it
 * has waited for that, no request of it comes to pages any more.
 * Context: completion handler of @slot->con; may sleep on an I/O connection.
 */
void rtrs_srv_op_begin(struct rtrs_srv_slot *slot)
{
	struct rtrs_srv_op *op;

	rcu_read_lock();
	op = claim(slot);
	rcu_read_unlock();
	if (op)
		hand_up(op);
}

/* The interface of the upper layer is described in rtrs.h. */

void *rtrs_srv_op_pdu(struct rtrs_srv_op *op)
{
	return op->pdu;
}
EXPORT_SYMBOL_GPL(rtrs_srv_op_pdu);

int rtrs_srv_op_dir(const struct rtrs_srv_op *op)
{
	return op->dir;
}
EXPORT_SYMBOL_GPL(rtrs_srv_op_dir);

bool rtrs_srv_op_live(const struct rtrs_srv_op *op)
{
	return rtrs_srv_path_live(op->slot->path);
}
EXPORT_SYMBOL_GPL(rtrs_srv_op_live);

u64 rtrs_srv_op_arrived_ns(const struct rtrs_srv_op *op)
{
	return op->arrived_ns;
}
EXPORT_SYMBOL_GPL(rtrs_srv_op_arrived_ns);

u64 rtrs_srv_op_horizon_ns(const struct rtrs_srv_op *op)
{
	const struct rtrs_srv_path *path = op->slot->path;

	return max(path->setup_ns, READ_ONCE(path->sess->ctx->last_gone_ns));
}
EXPORT_SYMBOL_GPL(rtrs_srv_op_horizon_ns);

bool rtrs_srv_op_orphaned_for(const struct rtrs_srv_op *writer,
			      const struct rtrs_srv_op *op)
{
	return !rtrs_srv_path_live(writer->slot->path) ||
	       writer->arrived_ns < op->slot->path->setup_ns;
}
EXPORT_SYMBOL_GPL(rtrs_srv_op_orphaned_for);
