// SPDX-License-Identifier: GPL-2.0
/*
 * Answers: the one builder of reply chains, and the slots that wait for room
 * in a send queue. doc/protocol.md, "Answers".
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "rtrs-imm.h"
#include "rtrs-srv.h"
#include "rtrs-srv-trace.h"

/* A chain under construction; the queue pair copies it when it is posted. */
struct chain {
	struct ib_rdma_wr	data;
	struct ib_reg_wr	reg;
	struct ib_send_wr	inv;
	struct ib_rdma_wr	imm;
	struct ib_sge		data_sge;
	struct ib_sge		key_sge;
	struct ib_send_wr	*first;
	struct ib_send_wr	*last;
	u32			nr;
};

static void append(struct chain *chain, struct ib_send_wr *wr)
{
	if (chain->last)
		chain->last->next = wr;
	else
		chain->first = wr;
	chain->last = wr;
	chain->nr++;
}

static void append_data(struct chain *chain, const struct rtrs_srv_slot *slot)
{
	struct rtrs_dev *dev = slot->path->dev;

	ib_dma_sync_single_for_device(dev->ib_dev, slot->dma_addr,
				      slot->req.data_len, DMA_BIDIRECTIONAL);
	chain->data_sge = (struct ib_sge) {
		.addr	= slot->dma_addr,
		.length	= slot->req.data_len,
		.lkey	= dev->pd->local_dma_lkey,
	};
	chain->data = (struct ib_rdma_wr) {
		.wr.wr_cqe	= &slot->con->send_cqe,
		.wr.opcode	= IB_WR_RDMA_WRITE,
		.wr.sg_list	= &chain->data_sge,
		.wr.num_sge	= 1,
		.remote_addr	= slot->req.addr,
		.rkey		= slot->req.key,
	};
	append(chain, &chain->data.wr);
}

static void append_new_key(struct chain *chain, const struct rtrs_srv_slot *slot)
{
	rtrs_mr_new_key(slot->mr);
	rtrs_srv_mem_reg_wr(slot->mr, &slot->con->send_cqe, &chain->reg);
	append(chain, &chain->reg.wr);
}

static void append_invalidation(struct chain *chain,
				const struct rtrs_srv_slot *slot)
{
	chain->inv = (struct ib_send_wr) {
		.wr_cqe			= &slot->con->send_cqe,
		.opcode			= IB_WR_SEND_WITH_INV,
		.ex.invalidate_rkey	= slot->req.key,
	};
	append(chain, &chain->inv);
}

/* With renewed keys the answer is a message, since it announces the new one. */
static void key_message(struct chain *chain, const struct rtrs_srv_slot *slot)
{
	struct rtrs_srv_path *path = slot->path;
	struct rtrs_iu *iu = rtrs_iu_at(path->keys, slot->id);

	*(struct rtrs_rkey_rsp *)iu->buf = (struct rtrs_rkey_rsp) {
		.type	= cpu_to_le16(RTRS_MSG_RKEY_RSP),
		.buf_id	= cpu_to_le16(slot->id),
		.rkey	= cpu_to_le32(slot->mr->rkey),
	};
	rtrs_iu_sync_for_device(path->keys, iu);
	chain->key_sge = (struct ib_sge) {
		.addr	= iu->dma_addr,
		.length	= iu->len,
		.lkey	= path->dev->pd->local_dma_lkey,
	};
	chain->imm.wr.opcode = IB_WR_SEND_WITH_IMM;
	chain->imm.wr.sg_list = &chain->key_sge;
	chain->imm.wr.num_sge = 1;
}

static void append_imm(struct chain *chain, const struct rtrs_srv_slot *slot)
{
	enum rtrs_imm_type type = slot->req.invalidate ? RTRS_IMM_IO_RSP_INV :
							 RTRS_IMM_IO_RSP;
	u32 imm = rtrs_imm_make(type,
				rtrs_imm_rsp_payload(slot->id, slot->err));

	chain->imm = (struct ib_rdma_wr) {
		.wr.wr_cqe	= &slot->con->send_cqe,
		.wr.opcode	= IB_WR_RDMA_WRITE_WITH_IMM,
		.wr.ex.imm_data	= cpu_to_be32(imm),
	};
	if (rtrs_srv_geo.invalidate)
		key_message(chain, slot);
	append(chain, &chain->imm.wr);
}

static void build_answer(struct chain *chain, const struct rtrs_srv_slot *slot)
{
	const struct rtrs_srv_req *req = &slot->req;

	if (!req->write && req->data_len && !slot->err)
		append_data(chain, slot);
	if (rtrs_srv_geo.invalidate)
		append_new_key(chain, slot);
	if (req->invalidate)
		append_invalidation(chain, slot);
	append_imm(chain, slot);
}

/*
 * Several answers had better leave together, once the thread which gives them is
 * through; one alone has nothing to wait for.
 */
static int post_chain(struct rtrs_srv_con *con, struct ib_send_wr *first,
		      struct ib_send_wr *last, u32 nr)
{
	return READ_ONCE(con->alone) ? rtrs_con_post_now(&con->base, first, last, nr) :
				       rtrs_con_post(&con->base, first, last, nr);
}

/*
 * The client may use the chunk again as soon as the answer is on its way, so
 * the slot is given up before. If there turns out to be no room it is taken
 * back; that it was taken meanwhile means that the client did not wait.
 */
static int post_answer(struct rtrs_srv_slot *slot)
{
	const struct rtrs_srv_req req = slot->req;
	struct rtrs_srv_con *con = slot->con;
	struct chain chain = { .first = NULL };
	const int err = slot->err;
	int ret;

	atomic_dec(&con->owing);
	build_answer(&chain, slot);
	trace_send_io_resp_imm(slot);
	atomic_set_release(&slot->owed, 0);
	ret = post_chain(con, chain.first, chain.last, chain.nr);
	if (ret != -EAGAIN)
		return ret;
	if (atomic_xchg_acquire(&slot->owed, 1)) {
		rtrs_srv_refuse(con->path, RTRS_SRV_REFUSE_CHUNK_BUSY);
		return 0;
	}
	atomic_inc(&con->owing);
	slot->req = req;
	slot->con = con;
	slot->err = err;
	slot->post = RTRS_SRV_POST_ANSWER;
	return -EAGAIN;
}

static int post_invalidation(struct rtrs_srv_slot *slot)
{
	struct ib_send_wr wr = {
		.wr_cqe			= &slot->inv_cqe,
		.opcode			= IB_WR_LOCAL_INV,
		.send_flags		= IB_SEND_SIGNALED,
		.ex.invalidate_rkey	= slot->mr->rkey,
	};

	return post_chain(slot->con, &wr, &wr, 1);
}

static int post(struct rtrs_srv_slot *slot)
{
	switch (slot->post) {
	case RTRS_SRV_POST_INVALIDATE:
		return post_invalidation(slot);
	case RTRS_SRV_POST_ANSWER:
		return post_answer(slot);
	}
	return -EINVAL;
}

/*
 * Post what waits, in order, until there is no room again. Whoever puts a slot
 * on the list calls this afterwards, and so does every send completion after
 * it made room: one of the two sees the other. For that the number of waiting
 * slots includes the one that is being tried: it was counted before its trial
 * found no room under the lock of the send queue, under which room is made.
 */
static void post_waiting(struct rtrs_srv_con *con)
{
	struct rtrs_srv_slot *slot;
	unsigned long flags;
	int err;

	if (!READ_ONCE(con->nr_waiting))
		return;
	spin_lock_irqsave(&con->wait_lock, flags);
	while (!list_empty(&con->waiting)) {
		slot = list_first_entry(&con->waiting, struct rtrs_srv_slot,
					wait_entry);
		list_del_init(&slot->wait_entry);
		err = post(slot);
		if (err == -EAGAIN) {
			list_add(&slot->wait_entry, &con->waiting);
			break;
		}
		WRITE_ONCE(con->nr_waiting, con->nr_waiting - 1);
		if (err)
			rtrs_srv_path_close(con->path);
	}
	spin_unlock_irqrestore(&con->wait_lock, flags);
}

/**
 * rtrs_srv_post() - post for a slot, now or when there is room
 * @slot: owed an answer
 * @what: what to post
 *
 * A failure closes the path. Context: any; a completion handler of the slot's
 * connection, or within rcu_read_lock() with the path seen live.
 */
void rtrs_srv_post(struct rtrs_srv_slot *slot, enum rtrs_srv_post what)
{
	struct rtrs_srv_con *con = slot->con;
	unsigned long flags;
	int err;

	slot->post = what;
	err = post(slot);
	if (err == -EAGAIN) {
		spin_lock_irqsave(&con->wait_lock, flags);
		list_add_tail(&slot->wait_entry, &con->waiting);
		WRITE_ONCE(con->nr_waiting, con->nr_waiting + 1);
		spin_unlock_irqrestore(&con->wait_lock, flags);
		post_waiting(con);
	} else if (err) {
		rtrs_srv_path_close(con->path);
	}
}

/**
 * rtrs_srv_answer() - answer the request of a slot
 * @slot: owed an answer
 * @err: 0 or a negative errno
 *
 * Context: as rtrs_srv_post().
 */
void rtrs_srv_answer(struct rtrs_srv_slot *slot, int err)
{
	slot->err = err;
	rtrs_srv_post(slot, RTRS_SRV_POST_ANSWER);
}

/**
 * rtrs_srv_send_ended() - what every handler of a send completion does first
 * @con: its connection
 * @wc: completion
 * @what: name of what was posted
 *
 * A failed one closes the path. Context: completion handler.
 * Return: did it succeed?
 */
bool rtrs_srv_send_ended(struct rtrs_srv_con *con, const struct ib_wc *wc,
			 const char *what)
{
	rtrs_con_send_done(&con->base);
	if (wc->status != IB_WC_SUCCESS) {
		if (wc->status != IB_WC_WR_FLUSH_ERR)
			pr_info_ratelimited("%s: %s failed: %s\n",
					    rtrs_srv_path_label(con->path),
					    what,
					    ib_wc_status_msg(wc->status));
		rtrs_srv_path_close(con->path);
		return false;
	}
	post_waiting(con);
	return true;
}

/**
 * rtrs_srv_send_done() - completion of an answer, a heartbeat, or a FENCE_RSP
 * @cq: completion queue
 * @wc: completion
 */
void rtrs_srv_send_done(struct ib_cq *cq, struct ib_wc *wc)
{
	struct rtrs_srv_con *con = container_of(wc->wr_cqe,
						struct rtrs_srv_con, send_cqe);

	rtrs_srv_send_ended(con, wc, "send");
}
