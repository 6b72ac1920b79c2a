// SPDX-License-Identifier: GPL-2.0
/*
 * What arrives on a connected path: an immediate says which chunk holds a
 * request, or is a heartbeat. Requests go on to rtrs-srv-op.c, after the key
 * of their chunk was revoked where keys are renewed.
 */
#include "rtrs-imm.h"
#include "rtrs-srv.h"

/* a client which waits for each answer is served at once, others in batches */
static void count_owing(struct rtrs_srv_con *con)
{
	unsigned int n = atomic_inc_return(&con->owing);

	if (n == 1) {
		WRITE_ONCE(con->alone, con->peak <= 1);
		con->peak = 1;
	} else if (n > con->peak) {
		WRITE_ONCE(con->alone, false);
		con->peak = n;
	}
}

static void begin(struct rtrs_srv_con *con, u32 payload)
{
	struct rtrs_srv_path *path = con->path;
	struct rtrs_srv_slot *slot;
	u32 id, off;

	rtrs_imm_req_split(payload, rtrs_srv_geo.id_bits, &id, &off);
	if (id >= rtrs_srv_geo.queue_depth) {
		rtrs_srv_refuse(path, RTRS_SRV_REFUSE_CHUNK_ID);
		return;
	}
	if (rtrs_srv_hdr_room(&rtrs_srv_geo, off) <
	    sizeof(struct rtrs_write_hdr)) {
		rtrs_srv_refuse(path, RTRS_SRV_REFUSE_HDR_RANGE);
		return;
	}
	slot = &path->slots[id];
	if (atomic_xchg_acquire(&slot->owed, 1)) {
		rtrs_srv_refuse(path, RTRS_SRV_REFUSE_CHUNK_BUSY);
		return;
	}
	slot->con = con;
	slot->off = off;
	count_owing(con);
	if (rtrs_srv_geo.invalidate)
		rtrs_srv_post(slot, RTRS_SRV_POST_INVALIDATE);
	else
		rtrs_srv_op_begin(slot);
}

static void answer_heartbeat(struct rtrs_srv_con *con)
{
	/* without room in the queue the client hears of us by what fills it */
	rtrs_con_post_imm(&con->base, &con->send_cqe,
			  rtrs_imm_make(RTRS_IMM_HB_ACK, 0), false);
}

/**
 * rtrs_srv_recv_imm() - an RDMA write with immediate arrived
 * @con: on this connection, whose receive was posted again
 * @wc: its completion
 *
 * Context: completion handler.
 */
void rtrs_srv_recv_imm(struct rtrs_srv_con *con, struct ib_wc *wc)
{
	u32 imm = be32_to_cpu(wc->ex.imm_data);
	bool service = !con->base.cid;

	switch (rtrs_imm_type(imm)) {
	case RTRS_IMM_IO_REQ:
		begin(con, rtrs_imm_payload(imm));
		return;
	case RTRS_IMM_HB_MSG:
		if (!service)
			break;
		answer_heartbeat(con);
		return;
	case RTRS_IMM_HB_ACK:
		if (!service)
			break;
		rtrs_hb_answered(&con->path->hb);
		return;
	}
	rtrs_srv_refuse(con->path, RTRS_SRV_REFUSE_IMM_TYPE);
}

/**
 * rtrs_srv_recv_welcome() - may anything arrive on this path now?
 * @path: path; its peer is alive
 *
 * Context: completion handler.
 */
bool rtrs_srv_recv_welcome(struct rtrs_srv_path *path)
{
	rtrs_hb_note_rx(&path->hb);
	if (rtrs_srv_path_live(path))
		return true;
	/* it cannot know the chunks yet, or it comes too late to matter */
	if (READ_ONCE(path->state) == RTRS_SRV_PATH_CONNECTING)
		rtrs_srv_refuse(path, RTRS_SRV_REFUSE_EARLY);
	return false;
}

/**
 * rtrs_srv_recv_done() - a receive without memory completed
 * @cq: completion queue
 * @wc: completion
 */
void rtrs_srv_recv_done(struct ib_cq *cq, struct ib_wc *wc)
{
	struct rtrs_srv_con *con = container_of(wc->wr_cqe,
						struct rtrs_srv_con, recv_cqe);
	struct rtrs_srv_path *path = con->path;

	if (wc->status != IB_WC_SUCCESS) {
		/* a flush says no more than that the path is being closed */
		rtrs_srv_path_close(path);
		return;
	}
	if (!rtrs_srv_recv_welcome(path))
		return;
	if (rtrs_con_post_recv_empty(&con->base, &con->recv_cqe, 1)) {
		rtrs_srv_path_close(path);
		return;
	}
	if (wc->opcode != IB_WC_RECV_RDMA_WITH_IMM)
		rtrs_srv_refuse(path, RTRS_SRV_REFUSE_OPCODE);
	else
		rtrs_srv_recv_imm(con, wc);
}

/**
 * rtrs_srv_recv_post() - post the receives of all connections
 * @path: path whose info request was accepted
 *
 * Context: process. Return: 0 or a negative errno.
 */
int rtrs_srv_recv_post(struct rtrs_srv_path *path)
{
	struct rtrs_srv_con *con = path->cons[0];
	u16 cid;
	int err;

	if (path->features & RTRS_FEAT_FENCE)
		err = rtrs_srv_fence_post(path);
	else
		err = rtrs_con_post_recv_empty(&con->base, &con->recv_cqe,
					       RTRS_SERVICE_DEPTH);
	for (cid = 1; cid < path->cid_num && !err; cid++) {
		con = path->cons[cid];
		err = rtrs_con_post_recv_empty(&con->base, &con->recv_cqe,
					       rtrs_srv_geo.queue_depth);
	}
	return err;
}
