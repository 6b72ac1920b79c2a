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

/*
 * The first attempt runs in the transport's completion handler, where others
 * wait for us: the closing of the path, and a client that asks whether it is
 * drained. It must not wait for the disk, so where the disk can say that it
 * has no room, the I/O is done again from here.
 */
static void submit_patiently(struct work_struct *work)
{
	struct rnbd_srv_io *io = container_of(work, struct rnbd_srv_io, work);

	if (rtrs_srv_op_live(io->op)) {
		build_bio(io, io->opf);
		submit_bio(&io->bio);
	} else {
		io_end(io, -ECONNABORTED);
	}
}

static void submit(struct rnbd_srv_io *io)
{
	if (io->data && bdev_nowait(io->opening->bdev))
		io->bio.bi_opf |= REQ_NOWAIT;
	submit_bio(&io->bio);
}

/* hardirq possibly */
static void bio_done(struct bio *bio)
{
	struct rnbd_srv_io *io = container_of(bio, struct rnbd_srv_io, bio);
	bool no_room = bio->bi_status == BLK_STS_AGAIN &&
		       bio->bi_opf & REQ_NOWAIT;
	int err = blk_status_to_errno(bio->bi_status);

	bio_uninit(bio);
	if (no_room) {
		INIT_WORK(&io->work, submit_patiently);
		queue_work(rnbd_srv_patient_wq, &io->work);
	} else {
		io_end(io, err);
	}
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
 * rnbd_srv_io_resume() - start an I/O that had to wait, if anybody wants it yet
 * @work: of the I/O
 */
void rnbd_srv_io_resume(struct work_struct *work)
{
	struct rnbd_srv_io *io = container_of(work, struct rnbd_srv_io, work);

	if (rtrs_srv_op_live(io->op)) {
		submit_bio(&io->bio);
	} else {
		bio_uninit(&io->bio);
		io_end(io, -ECONNABORTED);
	}
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
	opening = rnbd_srv_opening_get(sess, req.device_id);
	if (!opening)
		return -ENOTCONN;
	err = judge(&req, data_len, opening);
	if (err) {
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
	build_bio(io, io->opf);

	io->first = opening->bdev->bd_start_sect + req.sector;
	io->end = io->first + (req.bytes >> SECTOR_SHIFT);
	io->writes = req.op != RNBD_OP_READ && req.op != RNBD_OP_FLUSH;
	switch (rnbd_srv_order_enter(io)) {
	case RNBD_SRV_ORDER_START:
		submit(io);
		return 0;
	case RNBD_SRV_ORDER_WAIT:
		return 0;
	case RNBD_SRV_ORDER_DROP:
		break;
	}
	bio_uninit(&io->bio);
	err = -ECONNABORTED;

put:
	percpu_ref_put(&opening->ios);
	return err;
}
