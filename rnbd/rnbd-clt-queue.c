// SPDX-License-Identifier: GPL-2.0
/*
 * From block requests to I/O messages and back: the blk-mq operations.
 * Requests enter from the block layer, leave to RTRS with a permit, a message
 * and a scatterlist, and return through request_done().
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/blkdev.h>
#include <linux/cpumask.h>
#include <linux/slab.h>

#include "rnbd-clt.h"

static void fill_io(struct rnbd_io *io, struct rnbd_clt_dev *dev,
		    struct request *rq)
{
	blk_opf_t opf = rq->cmd_flags;

	*io = (struct rnbd_io) {
		.device_id = dev->device_id,
		.sector = blk_rq_pos(rq),
		.bytes = blk_rq_bytes(rq),
		.prio = req_get_ioprio(rq),
	};

	switch (req_op(rq)) {
	case REQ_OP_READ:
		io->op = RNBD_OP_READ;
		io->flags |= RNBD_F_SYNC;
		break;
	case REQ_OP_WRITE:
		io->op = RNBD_OP_WRITE;
		break;
	case REQ_OP_FLUSH:
		io->op = RNBD_OP_FLUSH;
		break;
	case REQ_OP_DISCARD:
		io->op = RNBD_OP_DISCARD;
		break;
	case REQ_OP_SECURE_ERASE:
		io->op = RNBD_OP_SECURE_ERASE;
		break;
	case REQ_OP_WRITE_ZEROES:
		io->op = RNBD_OP_WRITE_ZEROES;
		if (opf & REQ_NOUNMAP)
			io->flags |= RNBD_F_NOUNMAP;
		break;
	default:
		/* limits and features admit no other; the server refuses it */
		io->op = RNBD_OP_MASK;
		break;
	}

	if (op_is_sync(opf))
		io->flags |= RNBD_F_SYNC;
	/* a flush says so by its operation, with the flags Linux gives it */
	if (op_is_flush(opf))
		io->flags |= RNBD_F_FUA;
}

/* Pages travel with reads and writes only; all else has just a range. */
static int map_data(struct request *rq, struct rnbd_clt_req *req)
{
	unsigned int nr = 0;
	int err;

	req->sgt.nents = 0;
	if (req_op(rq) == REQ_OP_READ || req_op(rq) == REQ_OP_WRITE)
		nr = blk_rq_nr_phys_segments(rq);
	if (!nr)
		return 0;

	req->sgt.sgl = req->first_sg;
	err = sg_alloc_table_chained(&req->sgt, nr, req->first_sg,
				     RNBD_INLINE_SG);
	if (err)
		return err;
	req->sgt.nents = blk_rq_map_sg(rq->q, rq, req->sgt.sgl);
	return 0;
}

static void unmap_data(struct rnbd_clt_req *req)
{
	if (req->sgt.nents)
		sg_free_table_chained(&req->sgt, RNBD_INLINE_SG);
}

/* RTRS is done with it; softirq or process context */
static void request_done(void *priv, int errno)
{
	struct rnbd_clt_req *req = priv;
	struct request *rq = blk_mq_rq_from_pdu(req);
	blk_status_t status = errno_to_blk_status(errno);

	if (unlikely(errno == -ENOTCONN))
		rnbd_clt_dev_unknown(rq->q->queuedata,
				     le32_to_cpu(req->msg.device_id));

	switch (status) {
	case BLK_STS_RESOURCE:
	case BLK_STS_DEV_RESOURCE:
	case BLK_STS_AGAIN:
	case BLK_STS_DM_REQUEUE:
		/* means something else when it does not come from here */
		status = BLK_STS_IOERR;
		break;
	default:
		break;
	}
	req->status = status;
	blk_mq_complete_request(rq);
}

/* RTRS asks before it sends a request again */
static bool request_wanted(void *priv)
{
	const struct rnbd_clt_dev *dev =
		blk_mq_rq_from_pdu(priv)->q->queuedata;

	return !READ_ONCE(dev->forsaken);
}

struct give_up {
	struct rnbd_clt_dev	*dev;
	bool			insist;
};

static bool give_up_request(struct request *rq, void *data)
{
	const struct give_up *what = data;
	struct rnbd_clt_dev *dev = what->dev;
	struct rnbd_clt_req *req = blk_mq_rq_to_pdu(rq);

	/* what is answered may have a permit that is no longer its own */
	if (rq->q != dev->gd->queue || blk_mq_request_completed(rq))
		return true;
	/* one path at a time, so that other disks keep theirs if there are more */
	return !rtrs_clt_give_up(dev->sess->rtrs, req->permit, what->insist);
}

/**
 * rnbd_clt_give_up_io() - end what the server does not answer
 * @dev: device whose disk takes no new I/O
 * @insist: even if it costs the last path while another is on its way back
 *
 * Costs a path which carries its requests; to be repeated until there are none.
 * Process context.
 */
void rnbd_clt_give_up_io(struct rnbd_clt_dev *dev, bool insist)
{
	struct give_up what = {
		.dev	= dev,
		.insist	= insist,
	};

	WRITE_ONCE(dev->forsaken, dev->forsaken + 1);
	blk_mq_tagset_busy_iter(&dev->sess->tag_set, give_up_request, &what);
}

static void give_back(struct rnbd_clt_queue *queue, struct rnbd_clt_req *req)
{
	unmap_data(req);
	rnbd_starved_put_permit(queue->sess, req->permit);
}

static void complete_rq(struct request *rq)
{
	struct rnbd_clt_req *req = blk_mq_rq_to_pdu(rq);
	blk_status_t status = req->status;

	give_back(rq->mq_hctx->driver_data, req);
	blk_mq_end_request(rq, status);
}

/*
 * Acquire what the request needs. On an error it holds nothing.
 *
 * The caller's RCU section spans the look at the state, the copy of the device
 * id, and the choice of a path by RTRS. rnbd_clt_dev_link_lost()'s caller waits
 * for such sections before the session may come up again, so no old id reaches
 * a new incarnation of the server's session.
 */
static blk_status_t prepare(struct rnbd_clt_queue *queue, struct request *rq)
{
	struct rnbd_clt_dev *dev = rq->q->queuedata;
	struct rnbd_clt_req *req = blk_mq_rq_to_pdu(rq);
	struct rnbd_io io;

	/* pairs with the release in rnbd-clt-dev.c: the id is that of MAPPED */
	if (smp_load_acquire(&dev->state) != RNBD_DEV_MAPPED)
		return BLK_STS_IOERR;

	req->permit = rnbd_starved_get_permit(queue);
	if (!req->permit)
		return BLK_STS_RESOURCE;
	if (map_data(rq, req)) {
		rnbd_starved_put_permit(queue->sess, req->permit);
		return BLK_STS_RESOURCE;
	}
	fill_io(&io, dev, rq);
	rnbd_io_make(&req->msg, &io);
	return BLK_STS_OK;
}

/*
 * Put a prepared request into a batch. It is started then, and its end cannot
 * come before the batch is committed. On an error it is not started and holds
 * nothing any more; BLK_STS_RESOURCE says that there will be room when
 * something under way has ended.
 */
static blk_status_t add(struct rnbd_clt_queue *queue, struct request *rq,
			struct rtrs_clt_batch *batch)
{
	struct rnbd_clt_req *req = blk_mq_rq_to_pdu(rq);
	struct kvec vec = {
		.iov_base = &req->msg,
		.iov_len = sizeof(req->msg),
	};
	struct rtrs_clt_io io = {
		.dir = rq_data_dir(rq),
		.poll_queue = queue->poll_queue,
		.ops = {
			.priv = req,
			.conf_fn = request_done,
			.wanted = request_wanted,
		},
		.permit = req->permit,
		.vec = &vec,
		.nr = 1,
	};

	if (req->sgt.nents) {
		io.sg = req->sgt.sgl;
		io.sg_cnt = req->sgt.nents;
		io.data_len = blk_rq_bytes(rq);
	}
	switch (rtrs_clt_request_add(queue->sess->rtrs, &io, batch)) {
	case 0:
		blk_mq_start_request(rq);
		return BLK_STS_OK;
	case -EAGAIN:
	case -ENOMEM:
		give_back(queue, req);
		return BLK_STS_RESOURCE;
	default:
		give_back(queue, req);
		return BLK_STS_IOERR;
	}
}

/*
 * Several dispatchers of one hardware queue share its batch. Each commits
 * before it leaves its RCU section, or finds that another has done so; thus no
 * request in the batch outlives the section it was added in.
 */
static blk_status_t queue_rq(struct blk_mq_hw_ctx *hctx,
			     const struct blk_mq_queue_data *bd)
{
	struct rnbd_clt_queue *queue = hctx->driver_data;
	blk_status_t status;

	status = prepare(queue, bd->rq);
	if (status != BLK_STS_OK)
		return status;

	/* what is sent in softirq is sent when the lock is dropped */
	spin_lock_bh(&queue->lock);
	status = add(queue, bd->rq, &queue->batch);
	if (status == BLK_STS_OK && bd->last)
		rtrs_clt_batch_commit(queue->sess->rtrs, &queue->batch);
	spin_unlock_bh(&queue->lock);
	return status;
}

static void commit_rqs(struct blk_mq_hw_ctx *hctx)
{
	struct rnbd_clt_queue *queue = hctx->driver_data;

	spin_lock_bh(&queue->lock);
	rtrs_clt_batch_commit(queue->sess->rtrs, &queue->batch);
	spin_unlock_bh(&queue->lock);
}

/* A whole plug at once. What cannot be started stays on the list. */
static void queue_rqs(struct rq_list *rqlist)
{
	struct rnbd_clt_queue *queue = NULL;
	struct rtrs_clt_batch batch = { };
	struct rq_list left = { };
	struct request *rq;

	while ((rq = rq_list_pop(rqlist))) {
		queue = rq->mq_hctx->driver_data;
		if (prepare(queue, rq) != BLK_STS_OK ||
		    add(queue, rq, &batch) != BLK_STS_OK)
			rq_list_add_tail(&left, rq);
	}
	if (queue)
		rtrs_clt_batch_commit(queue->sess->rtrs, &batch);
	*rqlist = left;
}

static int poll(struct blk_mq_hw_ctx *hctx, struct io_comp_batch *iob)
{
	struct rnbd_clt_queue *queue = hctx->driver_data;

	return rtrs_clt_poll(queue->sess->rtrs, queue->poll_queue);
}

static int init_hctx(struct blk_mq_hw_ctx *hctx, void *data, unsigned int idx)
{
	struct rnbd_clt_sess *sess = data;
	struct rnbd_clt_queue *queue;

	queue = kzalloc_node(sizeof(*queue), GFP_KERNEL, hctx->numa_node);
	if (!queue)
		return -ENOMEM;
	queue->sess = sess;
	queue->hctx = hctx;
	queue->poll_queue = idx < sess->nr_irq_queues ?
			    -1 : (int)(idx - sess->nr_irq_queues);
	INIT_LIST_HEAD(&queue->starved);
	spin_lock_init(&queue->lock);
	hctx->driver_data = queue;
	return 0;
}

static void exit_hctx(struct blk_mq_hw_ctx *hctx, unsigned int idx)
{
	struct rnbd_clt_queue *queue = hctx->driver_data;

	rnbd_starved_leave(queue);
	hctx->driver_data = NULL;
	kfree(queue);
}

static void map_queues(struct blk_mq_tag_set *set)
{
	struct rnbd_clt_sess *sess = set->driver_data;
	struct blk_mq_queue_map *map = &set->map[HCTX_TYPE_DEFAULT];

	map->nr_queues = sess->nr_irq_queues;
	map->queue_offset = 0;
	blk_mq_map_queues(map);

	if (!sess->nr_poll_queues)
		return;

	/* reads go where writes go */
	set->map[HCTX_TYPE_READ].nr_queues = 0;
	map = &set->map[HCTX_TYPE_POLL];
	map->nr_queues = sess->nr_poll_queues;
	map->queue_offset = sess->nr_irq_queues;
	blk_mq_map_queues(map);
}

static const struct blk_mq_ops ops = {
	.queue_rq	= queue_rq,
	.commit_rqs	= commit_rqs,
	.queue_rqs	= queue_rqs,
	.complete	= complete_rq,
	.poll		= poll,
	.init_hctx	= init_hctx,
	.exit_hctx	= exit_hctx,
	.map_queues	= map_queues,
};

/**
 * rnbd_clt_tags_alloc() - the tag set of a session
 * @sess: session whose attributes are known
 *
 * Process context.
 *
 * Return: 0 or a negative errno.
 */
int rnbd_clt_tags_alloc(struct rnbd_clt_sess *sess)
{
	struct blk_mq_tag_set *set = &sess->tag_set;
	int err;

	sess->nr_irq_queues = num_online_cpus();
	*set = (struct blk_mq_tag_set) {
		.ops = &ops,
		.nr_maps = sess->nr_poll_queues ? HCTX_MAX_TYPES : 1,
		.nr_hw_queues = sess->nr_irq_queues + sess->nr_poll_queues,
		.queue_depth = min(sess->attrs.queue_depth, BLK_MQ_MAX_DEPTH),
		.cmd_size = sizeof(struct rnbd_clt_req),
		.numa_node = NUMA_NO_NODE,
		.flags = BLK_MQ_F_SHOULD_MERGE,
		.driver_data = sess,
	};
	err = blk_mq_alloc_tag_set(set);
	if (err)
		set->ops = NULL;
	return err;
}

/**
 * rnbd_clt_tags_free() - undo rnbd_clt_tags_alloc(), if it was done
 * @sess: session without disks
 */
void rnbd_clt_tags_free(struct rnbd_clt_sess *sess)
{
	if (sess->tag_set.ops)
		blk_mq_free_tag_set(&sess->tag_set);
}
