// SPDX-License-Identifier: GPL-2.0
/*
 * What each completion means. Sends that somebody waits for lead to their
 * request; receives are decoded here and found out to be an answer, a
 * heartbeat, or something that is refused.
 *
 * All receives of a path are of one kind: with renewed keys each has a buffer
 * of its own for the key message, else none has. Each is posted again when it
 * completes, so their number never changes whatever the peer sends.
 */
#include <linux/ratelimit.h>

#include "rtrs-clt.h"

static struct rtrs_clt_con *con_of(const struct ib_wc *wc)
{
	return wc->qp->qp_context;
}

/* Count something that the peer should not have sent. Any context. */
void rtrs_clt_refuse(struct rtrs_clt_path *path, enum rtrs_clt_refusal why)
{
	static DEFINE_RATELIMIT_STATE(limit, DEFAULT_RATELIMIT_INTERVAL,
				      DEFAULT_RATELIMIT_BURST);

	atomic_inc(&path->refused[why]);
	if (__ratelimit(&limit))
		path_err(path, "refused from the server: %s\n",
			 rtrs_clt_refusal_name(why));
}

static void refuse_and_lose(struct rtrs_clt_path *path,
			    enum rtrs_clt_refusal why)
{
	rtrs_clt_refuse(path, why);
	rtrs_clt_path_fault(path, rtrs_clt_refusal_name(why), -EPROTO);
}

/* A work request of a path failed; a flush only says that it is over. */
void rtrs_clt_send_failed(struct rtrs_clt_path *path, const char *what,
			  const struct ib_wc *wc)
{
	static DEFINE_RATELIMIT_STATE(limit, DEFAULT_RATELIMIT_INTERVAL,
				      DEFAULT_RATELIMIT_BURST);

	if (wc->status == IB_WC_WR_FLUSH_ERR)
		return;
	if (__ratelimit(&limit))
		path_err(path, "%s: %s\n", what, ib_wc_status_msg(wc->status));
	rtrs_clt_path_fault(path, what, -EIO);
}

static void plain_sent(struct ib_cq *cq, struct ib_wc *wc)
{
	struct rtrs_clt_con *con = con_of(wc);

	rtrs_con_send_done(&con->con);
	if (wc->status != IB_WC_SUCCESS)
		rtrs_clt_send_failed(con->path, "sending", wc);
}

/* The data of a write has left our memory. */
void rtrs_clt_sent(struct ib_cq *cq, struct ib_wc *wc)
{
	struct rtrs_clt_slot *slot = container_of(wc->wr_cqe,
						  struct rtrs_clt_slot, sent);
	struct rtrs_clt_con *con = con_of(wc);

	rtrs_con_send_done(&con->con);
	if (wc->status == IB_WC_SUCCESS)
		rtrs_clt_req_event(slot->req, RTRS_REQ_SENT);
	else
		rtrs_clt_send_failed(con->path, "sending data", wc);
}

/* The region of a request is invalid. */
void rtrs_clt_invalidated(struct ib_cq *cq, struct ib_wc *wc)
{
	struct rtrs_clt_slot *slot = container_of(wc->wr_cqe,
						  struct rtrs_clt_slot, inval);
	struct rtrs_clt_con *con = con_of(wc);

	rtrs_con_send_done(&con->con);
	if (wc->status == IB_WC_SUCCESS)
		rtrs_clt_req_event(slot->req, RTRS_REQ_KEY_DEAD);
	else
		rtrs_clt_send_failed(con->path, "invalidating", wc);
}

/*
 * An answer that claims to have invalidated the region of its request. That is
 * believed only if our own device saw that very key die.
 */
static bool key_is_dead(struct rtrs_clt_con *con, u32 id)
{
	const struct rtrs_clt_slot *slot = &con->path->slots[id];

	if (!con->have_dead_key || con->dead_key != slot->mr->rkey) {
		rtrs_clt_refuse(con->path, RTRS_CLT_REFUSED_RSP_KEY_ALIVE);
		return false;
	}
	con->have_dead_key = false;
	return true;
}

static void io_answer(struct rtrs_clt_con *con, u32 payload, bool key_dead,
		      const void *msg, u32 msg_len)
{
	struct rtrs_clt_path *path = con->path;
	enum rtrs_clt_refusal refusal;
	u32 id, rkey;
	int err;

	rtrs_imm_rsp_split(payload, &id, &err);
	if (id >= path->geo.queue_depth) {
		rtrs_clt_refuse(path, RTRS_CLT_REFUSED_RSP_ID);
		return;
	}
	if (path->geo.new_rkey) {
		refusal = rtrs_clt_decode_key_rsp(msg, msg_len, id, &rkey);
		if (refusal != RTRS_CLT_ACCEPTED) {
			refuse_and_lose(path, refusal);
			return;
		}
		/* before the permit can be used again */
		WRITE_ONCE(path->chunks[id].rkey, rkey);
	}
	rtrs_clt_req_answered(con, id, err, key_dead && key_is_dead(con, id));
}

static void answer_probe(struct rtrs_clt_con *con)
{
	int err = rtrs_con_post_imm(&con->con, &con->done,
				    rtrs_imm_make(RTRS_IMM_HB_ACK, 0), false);

	if (err && err != -EAGAIN)
		rtrs_clt_path_fault(con->path, "answering a heartbeat", err);
}

static void received(struct rtrs_clt_con *con, const struct ib_wc *wc,
		     const void *msg, u32 msg_len)
{
	struct rtrs_clt_path *path = con->path;
	u32 imm = be32_to_cpu(wc->ex.imm_data);
	u32 payload = rtrs_imm_payload(imm);
	u32 type = rtrs_imm_type(imm);
	bool service = !con->con.cid;
	u32 cookie;
	int err;

	switch (type) {
	case RTRS_IMM_IO_RSP:
	case RTRS_IMM_IO_RSP_INV:
		io_answer(con, payload, type == RTRS_IMM_IO_RSP_INV, msg,
			  msg_len);
		return;
	case RTRS_IMM_HB_MSG:
		if (service) {
			answer_probe(con);
			return;
		}
		break;
	case RTRS_IMM_HB_ACK:
		if (service) {
			rtrs_hb_answered(&path->hb);
			return;
		}
		break;
	case RTRS_IMM_FENCE_RSP:
		if (service && path->geo.features & RTRS_FEAT_FENCE) {
			rtrs_imm_rsp_split(payload, &cookie, &err);
			rtrs_clt_fence_answered(path, cookie, err);
			return;
		}
		break;
	}
	rtrs_clt_refuse(path, RTRS_CLT_REFUSED_IMM_TYPE);
}

/* True if there is an immediate to look at. */
static bool looked_at(struct rtrs_clt_con *con, const struct ib_wc *wc)
{
	rtrs_hb_note_rx(&con->path->hb);
	if (wc->wc_flags & IB_WC_WITH_IMM)
		return true;
	if (wc->wc_flags & IB_WC_WITH_INVALIDATE) {
		WRITE_ONCE(con->dead_key, wc->ex.invalidate_rkey);
		WRITE_ONCE(con->have_dead_key, true);
	} else {
		rtrs_clt_refuse(con->path, RTRS_CLT_REFUSED_IMM_MISSING);
	}
	return false;
}

/* An invalidation speaks for the immediate right behind it, for none later. */
static void heard(struct rtrs_clt_con *con, const struct ib_wc *wc,
		  const void *msg, u32 msg_len)
{
	received(con, wc, msg, msg_len);
	WRITE_ONCE(con->have_dead_key, false);
}

static void imm_received(struct ib_cq *cq, struct ib_wc *wc)
{
	struct rtrs_clt_con *con = container_of(wc->wr_cqe, struct rtrs_clt_con,
						imm);
	int err;

	if (wc->status != IB_WC_SUCCESS) {
		rtrs_clt_send_failed(con->path, "receiving", wc);
		return;
	}
	err = rtrs_con_post_recv_empty(&con->con, &con->imm, 1);
	if (err)
		rtrs_clt_path_fault(con->path, "posting a receive", err);
	if (looked_at(con, wc))
		heard(con, wc, NULL, 0);
}

static void key_received(struct ib_cq *cq, struct ib_wc *wc)
{
	struct rtrs_iu *iu = container_of(wc->wr_cqe, struct rtrs_iu, cqe);
	struct rtrs_clt_con *con = con_of(wc);
	u8 msg[sizeof(struct rtrs_rkey_rsp)];
	u32 msg_len = 0;
	int err;

	if (wc->status != IB_WC_SUCCESS) {
		rtrs_clt_send_failed(con->path, "receiving", wc);
		return;
	}
	/* an RDMA write with immediate leaves the buffer as it was */
	if (wc->opcode == IB_WC_RECV) {
		msg_len = min_t(u32, wc->byte_len, sizeof(msg));
		rtrs_iu_sync_for_cpu(con->keys, iu);
		memcpy(msg, iu->buf, msg_len);
		rtrs_iu_sync_for_device(con->keys, iu);
	}
	err = rtrs_con_post_recv_iu(&con->con, iu,
				    con->path->dev->pd->local_dma_lkey);
	if (err)
		rtrs_clt_path_fault(con->path, "posting a receive", err);
	if (looked_at(con, wc))
		heard(con, wc, msg, msg_len);
}

/* Once, when the path is made. */
void rtrs_clt_con_init(struct rtrs_clt_con *con, struct rtrs_clt_path *path,
		       u16 cid)
{
	con->path = path;
	con->con.cid = cid;
	con->done.done = plain_sent;
	con->imm.done = imm_received;
	con->probe.done = rtrs_clt_probed;
}

/*
 * Post the receives of a connection: two for each answer that can be under
 * way. The geometry is known. May sleep; 0 or a negative errno.
 */
int rtrs_clt_con_post_recvs(struct rtrs_clt_con *con)
{
	struct rtrs_clt_path *path = con->path;
	u32 nr = con->con.cid ? 2 * path->geo.queue_depth :
				RTRS_CLT_SERVICE_RECVS;
	u32 i;
	int err;

	nr = min_t(u32, nr, path->dev->ib_dev->attrs.max_qp_wr - 2);
	if (!path->geo.new_rkey)
		return rtrs_con_post_recv_empty(&con->con, &con->imm, nr);

	con->keys = rtrs_iu_block_alloc(path->dev->ib_dev, nr,
					sizeof(struct rtrs_rkey_rsp),
					DMA_FROM_DEVICE, key_received);
	if (!con->keys)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		err = rtrs_con_post_recv_iu(&con->con, rtrs_iu_at(con->keys, i),
					    path->dev->pd->local_dma_lkey);
		if (err)
			return err;
	}
	return 0;
}
