// SPDX-License-Identifier: GPL-2.0
/*
 * I/O messages to bios on the chunk's pages, and the end of a bio to an answer.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "rnbd-srv.h"
#include "rnbd-srv-judge.h"
#include "rnbd-srv-trace.h"

static void io_end(struct rnbd_srv_io *io, int err)
{
	struct rnbd_srv_opening *opening = io->opening;
	struct rtrs_srv_op *op = io->op;

	rnbd_srv_order_leave(io);
	/* io is memory of op */
	rtrs_srv_resp_rdma(op, err);
	percpu_ref_put(&opening->ios);
}

static void bio_done(struct bio *bio);

/* A chunk is contiguous. */
static void build_bio(struct rnbd_srv_io *io, blk_opf_t opf)
{
	struct bio *bio = &io->bio;

	bio_init(bio, io->opening->bdev, &io->vec, 1, opf);
	bio->bi_iter.bi_sector = io->sector;
	bio->bi_end_io = bio_done;
	bio->bi_ioprio = io->prio;
	if (io->data)
		__bio_add_page(bio, virt_to_page(io->data), io->bytes,
			       offset_in_page(io->data));
	else
		bio->bi_iter.bi_size = io->bytes;
}

/**
 * rnbd_srv_io_submit() - give an I/O to its disk, if anybody wants it yet
 * @io: has entered the order of its disk
 *
 * Process context, may wait for the disk.
 */
void rnbd_srv_io_submit(struct rnbd_srv_io *io)
{
	if (rtrs_srv_op_live(io->op)) {
		build_bio(io, io->opf);
		submit_bio(&io->bio);
	} else {
		io_end(io, -ECONNABORTED);
	}
}

/*
 * This runs in the transport's completion handler, where others wait for us:
 * the closing of the path, and a client that asks whether it is drained. It
 * must not wait for the disk. Where the disk can say that it has no room, it is
 * asked; all else is left to the worker of the disk, as is what the block layer
 * may split. Write-back throttling does not ask: it passes what looks like
 * direct I/O.
 */
static void try_submit(struct rnbd_srv_io *io)
{
	struct rnbd_srv_queue *queue = &io->opening->order->queue;
	blk_opf_t opf = io->opf | REQ_NOWAIT;

	if (!io->data || !bdev_nowait(io->opening->bdev) ||
	    rnbd_srv_queue_busy(queue)) {
		rnbd_srv_queue_add(queue, io);
		return;
	}
	if (io->writes)
		opf |= REQ_SYNC | REQ_IDLE;
	build_bio(io, opf);
	submit_bio(&io->bio);
}

/* hardirq possibly */
static void bio_done(struct bio *bio)
{
	struct rnbd_srv_io *io = container_of(bio, struct rnbd_srv_io, bio);
	int err = blk_status_to_errno(bio->bi_status);
	/* not supported: a disk below has been exchanged for another kind */
	bool would_wait = bio->bi_opf & REQ_NOWAIT &&
			  (bio->bi_status == BLK_STS_AGAIN ||
			   bio->bi_status == BLK_STS_NOTSUPP);

	bio_uninit(bio);
	if (would_wait)
		rnbd_srv_queue_add(&io->opening->order->queue, io);
	else
		io_end(io, err);
}

static blk_opf_t opf_of(const struct rnbd_io *msg)
{
	static const enum req_op ops[] = {
		[RNBD_OP_READ]		= REQ_OP_READ,
		[RNBD_OP_WRITE]		= REQ_OP_WRITE,
		[RNBD_OP_FLUSH]		= REQ_OP_WRITE,
		[RNBD_OP_DISCARD]	= REQ_OP_DISCARD,
		[RNBD_OP_SECURE_ERASE]	= REQ_OP_SECURE_ERASE,
		[RNBD_OP_WRITE_ZEROES]	= REQ_OP_WRITE_ZEROES,
	};
	blk_opf_t opf = (__force blk_opf_t)ops[msg->op];

	if (msg->flags & RNBD_F_SYNC)
		opf |= REQ_SYNC;
	if (msg->flags & RNBD_F_FUA)
		opf |= REQ_FUA;
	if (msg->flags & RNBD_F_PREFLUSH)
		opf |= REQ_PREFLUSH;
	if (msg->flags & RNBD_F_NOUNMAP)
		opf |= REQ_NOUNMAP;
	return opf;
}

static int judge(struct rnbd_io *msg, size_t data_len,
		 const struct rnbd_srv_opening *opening)
{
	struct block_device *bdev = opening->bdev;
	const struct rnbd_disk_facts facts = {
		.nr_sectors = bdev_nr_sectors(bdev),
		.logical_block_size = bdev_logical_block_size(bdev),
		.writable = opening->access != RNBD_ACCESS_RO,
		.discard = bdev_max_discard_sectors(bdev),
		.secure_erase = bdev_max_secure_erase_sectors(bdev),
		.write_zeroes = bdev_write_zeroes_sectors(bdev),
	};

	return rnbd_io_judge(msg, data_len, &facts);
}

/**
 * rnbd_srv_io_start() - do what an I/O message asks for
 * @sess: session it came by
 * @op: operation, to be answered
 * @data: chunk
 * @data_len: bytes of data there, or wanted
 * @msg: message
 * @msg_len: its bytes
 *
 * Process context, may sleep.
 *
 * Return: 0 when the operation will be answered, or the negative errno to
 * answer.
 */
int rnbd_srv_io_start(struct rnbd_srv_sess *sess, struct rtrs_srv_op *op,
		      void *data, size_t data_len, const void *msg,
		      size_t msg_len)
{
	struct rnbd_srv_io *io = rtrs_srv_op_pdu(op);
	struct rnbd_srv_opening *opening;
	struct rnbd_io req;
	int err;

	err = rnbd_io_read(msg, msg_len, READ_ONCE(sess->version), &req);
	if (err)
		return err;
	trace_process_rdma(sess->name, READ_ONCE(sess->version), req.device_id,
			   req.sector, req.op | req.flags, req.bytes, req.prio,
			   data_len, msg_len);
	if (!rnbd_dir_fits(req.op, rtrs_srv_op_dir(op) == WRITE)) {
		rnbd_srv_refuse(RNBD_SRV_REFUSE_DIRECTION);
		return -EINVAL;
	}
	opening = rnbd_srv_opening_get(sess, req.device_id);
	if (!opening) {
		rnbd_srv_refuse(RNBD_SRV_REFUSE_DEVICE);
		return -ENOTCONN;
	}
	err = judge(&req, data_len, opening);
	if (err) {
		rnbd_srv_refuse(RNBD_SRV_REFUSE_IO);
		rnbd_opening_err(opening, "refused: operation %u, flags %#x, sector %llu, %u bytes, %zu of data: %d\n",
				 req.op, req.flags, req.sector, req.bytes,
				 data_len, err);
		goto put;
	}

	io->op = op;
	io->opening = opening;
	io->opf = opf_of(&req);
	io->prio = rnbd_prio_clamp(req.prio, rnbd_srv_max_prio_class());
	io->sector = req.sector;
	io->bytes = req.bytes;
	io->data = data_len ? data : NULL;
	io->first = opening->bdev->bd_start_sect + req.sector;
	io->end = io->first + (req.bytes >> SECTOR_SHIFT);
	io->writes = req.op != RNBD_OP_READ && req.op != RNBD_OP_FLUSH;
	switch (rnbd_srv_order_enter(io)) {
	case RNBD_SRV_ORDER_START:
		try_submit(io);
		return 0;
	case RNBD_SRV_ORDER_WAIT:
		return 0;
	case RNBD_SRV_ORDER_DROP:
		break;
	}
	err = -ECONNABORTED;

put:
	percpu_ref_put(&opening->ios);
	return err;
}
