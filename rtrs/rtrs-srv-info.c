// SPDX-License-Identifier: GPL-2.0
/*
 * The info request: the last step of a path's bring-up. It names the session;
 * the answer is the map of the chunks, which get their memory here.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "rtrs-srv.h"

static void info_done(struct ib_cq *cq, struct ib_wc *wc)
{
	struct rtrs_srv_con *con = wc->qp->qp_context;
	struct rtrs_srv_path *path = con->path;
	struct rtrs_iu *iu = rtrs_iu_at(path->info_rx, 0);

	if (wc->status != IB_WC_SUCCESS) {
		rtrs_srv_path_close(path);
		return;
	}
	if (wc->opcode != IB_WC_RECV) {
		rtrs_srv_refuse(path, RTRS_SRV_REFUSE_EARLY);
		return;
	}
	rtrs_iu_sync_for_cpu(path->info_rx, iu);
	memcpy(&path->info, iu->buf, sizeof(path->info));
	path->info_len = wc->byte_len;

	/* closing the path cancels the work a grace period after its state */
	rcu_read_lock();
	if (READ_ONCE(path->state) == RTRS_SRV_PATH_CONNECTING) {
		rtrs_srv_path_progress(path);
		queue_work(rtrs_srv_close_wq, &path->info_work);
	}
	rcu_read_unlock();
}

/**
 * rtrs_srv_info_expect() - post the receive of the info request
 * @path: path with its service connection
 *
 * Context: process, may sleep. Return: 0 or a negative errno.
 */
int rtrs_srv_info_expect(struct rtrs_srv_path *path)
{
	path->info_rx = rtrs_iu_block_alloc(path->dev->ib_dev, 1,
					    sizeof(struct rtrs_info_req),
					    DMA_FROM_DEVICE, info_done);
	if (!path->info_rx)
		return -ENOMEM;
	return rtrs_con_post_recv_iu(&path->cons[0]->base,
				     rtrs_iu_at(path->info_rx, 0),
				     path->dev->pd->local_dma_lkey);
}

static void compose(const struct rtrs_srv_path *path, struct rtrs_info_rsp *rsp)
{
	u32 i;

	*rsp = (struct rtrs_info_rsp) {
		.type	= cpu_to_le16(RTRS_MSG_INFO_RSP),
		.sg_cnt	= cpu_to_le16(path->nr_mrs),
	};
	/* stays as it is while this path is linked */
	if (path->features & RTRS_FEAT_GENERATION)
		rsp->generation = cpu_to_le32(path->sess->generation);
	for (i = 0; i < path->nr_mrs; i++)
		rsp->desc[i] = (struct rtrs_sg_desc) {
			.addr	= cpu_to_le64(path->mrs[i]->iova),
			.key	= cpu_to_le32(path->mrs[i]->rkey),
			.len	= cpu_to_le32(path->mrs[i]->length),
		};
}

static int send_map(struct rtrs_srv_path *path)
{
	struct rtrs_srv_con *con = path->cons[0];
	struct rtrs_info_rsp *rsp;
	struct ib_sge sge;
	struct ib_send_wr wr = {
		.wr_cqe		= &con->send_cqe,
		.opcode		= IB_WR_SEND,
		.send_flags	= IB_SEND_SIGNALED,
		.sg_list	= &sge,
		.num_sge	= 1,
	};
	struct rtrs_iu *iu;

	path->info_tx = rtrs_iu_block_alloc(path->dev->ib_dev, 1,
					    struct_size(rsp, desc,
							path->nr_mrs),
					    DMA_TO_DEVICE, NULL);
	if (!path->info_tx)
		return -ENOMEM;
	iu = rtrs_iu_at(path->info_tx, 0);
	compose(path, iu->buf);
	rtrs_iu_sync_for_device(path->info_tx, iu);
	sge = (struct ib_sge) {
		.addr	= iu->dma_addr,
		.length	= iu->len,
		.lkey	= path->dev->pd->local_dma_lkey,
	};
	return rtrs_con_post(&con->base, &wr, &wr, 1);
}

static bool all_connected(struct rtrs_srv_path *path)
{
	bool all;

	mutex_lock(&path->con_lock);
	all = path->nr_cons == path->cid_num;
	mutex_unlock(&path->con_lock);
	return all;
}

static enum rtrs_srv_refusal prepare(struct rtrs_srv_path *path)
{
	enum rtrs_srv_refusal why;
	int err;

	why = rtrs_srv_decode_info(&path->info, path->info_len);
	if (why)
		return why;
	if (!all_connected(path))
		return RTRS_SRV_REFUSE_INFO_CONNS;
	why = rtrs_srv_sess_take_name(path->sess, path->info.sessname);
	if (why)
		return why;

	err = rtrs_srv_mem_map(path);
	if (err)
		return err == -ENOMEM ? RTRS_SRV_REFUSE_INFO_CHUNK_MEMORY :
					RTRS_SRV_REFUSE_INFO_DEVICE;
	if (rtrs_srv_recv_post(path) || rtrs_srv_mem_register(path))
		return RTRS_SRV_REFUSE_INFO_DEVICE;
	if (rtrs_srv_sysfs_add_path(path))
		return RTRS_SRV_REFUSE_INFO_SYSFS;
	if (rtrs_srv_sess_link_up(path))
		return RTRS_SRV_REFUSE_INFO_UPPER;
	return RTRS_SRV_ACCEPTED;
}

/**
 * rtrs_srv_info_serve() - bring a path up, or close it
 * @work: rtrs_srv_path.info_work
 */
void rtrs_srv_info_serve(struct work_struct *work)
{
	struct rtrs_srv_path *path = container_of(work, struct rtrs_srv_path,
						  info_work);
	enum rtrs_srv_refusal why = prepare(path);

	/* a path that is being closed fails for no fault of the client */
	if (READ_ONCE(path->state) != RTRS_SRV_PATH_CONNECTING)
		return;
	if (why) {
		rtrs_srv_refuse(path, why);
		return;
	}
	/* whatever arrived before is not known to who uses this path */
	path->setup_ns = ktime_get_ns();
	if (!rtrs_srv_path_go(path, RTRS_SRV_PATH_CONNECTED))
		return;
	if (send_map(path)) {
		rtrs_srv_path_close(path);
		return;
	}
	rtrs_hb_start(&path->hb);
	pr_info_ratelimited("%s: path %s connected, %u connections\n",
			    rtrs_srv_path_label(path), path->name,
			    path->cid_num);
}
