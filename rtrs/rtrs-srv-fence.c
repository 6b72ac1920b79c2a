// SPDX-License-Identifier: GPL-2.0
/*
 * FENCE: a client that lost a path asks over another one to be told when
 * nothing the lost path sent can have an effect any more. Also the receives of
 * an extended peer's service connection, since a FENCE may land in each.
 * doc/protocol.md, "FENCE".
 */
#include <linux/slab.h>

#include "rtrs-imm.h"
#include "rtrs-srv.h"

static const struct rtrs_fence_req *message(const struct rtrs_srv_fence *fence)
{
	return fence->iu->buf;
}

/* Also gives the buffer back: no more of them can be waiting than there are. */
static void answer(struct rtrs_srv_fence *fence)
{
	struct rtrs_srv_path *path = fence->path;
	struct rtrs_srv_con *con = path->cons[0];
	u16 cookie = le16_to_cpu(message(fence)->cookie);
	u32 imm = rtrs_imm_make(RTRS_IMM_FENCE_RSP,
				rtrs_imm_rsp_payload(cookie, 0));
	int err = 0;

	rcu_read_lock();
	if (rtrs_srv_path_live(path)) {
		err = rtrs_con_post_recv_iu(&con->base, fence->iu,
					    path->dev->pd->local_dma_lkey);
		if (!err)
			err = rtrs_con_post_imm(&con->base, &con->send_cqe, imm,
						false);
	}
	rcu_read_unlock();
	if (err)
		rtrs_srv_path_close(path);
}

static struct rtrs_srv_path *named_path(const struct rtrs_srv_fence *fence)
{
	const struct rtrs_fence_req *msg = message(fence);
	struct rtrs_srv_path *path;

	lockdep_assert_held(&fence->path->sess->ctx->lock);
	list_for_each_entry(path, &fence->path->sess->paths, entry)
		if (!memcmp(path->uuid, msg->sess_uuid, RTRS_UUID_LEN))
			return path;
	return NULL;
}

/*
 * A path leaves the session only after it was drained, and an incarnation gets
 * in only after the one before has left: so a path that is not there, or is
 * there anew, has been drained.
 */
static void serve(struct rtrs_srv_fence *fence)
{
	struct rtrs_srv_ctx *ctx = fence->path->sess->ctx;
	u16 recon_cnt = le16_to_cpu(message(fence)->recon_cnt);
	struct rtrs_srv_path *path;
	bool now;

	mutex_lock(&ctx->lock);
	path = named_path(fence);
	if (path == fence->path) {
		mutex_unlock(&ctx->lock);
		rtrs_srv_refuse(path, RTRS_SRV_REFUSE_FENCE);
		return;
	}
	now = !path || path->drained ||
	      (s16)(u16)(path->recon_cnt - recon_cnt) > 0;
	if (!now) {
		list_add_tail(&fence->entry, &path->fence_waiters);
		rtrs_srv_path_close(path);
	}
	mutex_unlock(&ctx->lock);
	if (now)
		answer(fence);
}

static struct rtrs_srv_fence *next_fence(struct rtrs_srv_path *path)
{
	struct rtrs_srv_fence *fence;

	spin_lock_irq(&path->fence_lock);
	fence = list_first_entry_or_null(&path->fences, struct rtrs_srv_fence,
					 entry);
	if (fence)
		list_del_init(&fence->entry);
	spin_unlock_irq(&path->fence_lock);
	return fence;
}

/**
 * rtrs_srv_fence_serve() - serve the FENCEs a path received
 * @work: rtrs_srv_path.fence_work
 */
void rtrs_srv_fence_serve(struct work_struct *work)
{
	struct rtrs_srv_path *path = container_of(work, struct rtrs_srv_path,
						  fence_work);
	struct rtrs_srv_fence *fence;

	while ((fence = next_fence(path)))
		serve(fence);
}

static void received(struct rtrs_srv_path *path, struct rtrs_iu *iu,
		     const struct ib_wc *wc)
{
	struct rtrs_srv_fence *fence;
	unsigned long flags;

	rtrs_iu_sync_for_cpu(path->fence_rx, iu);
	fence = &path->fence_recs[iu - rtrs_iu_at(path->fence_rx, 0)];
	if (wc->byte_len != sizeof(struct rtrs_fence_req) ||
	    le16_to_cpu(message(fence)->type) != RTRS_MSG_FENCE) {
		rtrs_srv_refuse(path, RTRS_SRV_REFUSE_FENCE);
		return;
	}
	spin_lock_irqsave(&path->fence_lock, flags);
	list_add_tail(&fence->entry, &path->fences);
	spin_unlock_irqrestore(&path->fence_lock, flags);
	/* closing the path cancels the work a grace period after its state */
	rcu_read_lock();
	if (rtrs_srv_path_live(path))
		queue_work(rtrs_srv_wq, &path->fence_work);
	rcu_read_unlock();
}

static void recv_done(struct ib_cq *cq, struct ib_wc *wc)
{
	struct rtrs_iu *iu = container_of(wc->wr_cqe, struct rtrs_iu, cqe);
	struct rtrs_srv_con *con = wc->qp->qp_context;
	struct rtrs_srv_path *path = con->path;

	if (wc->status != IB_WC_SUCCESS) {
		rtrs_srv_path_close(path);
		return;
	}
	if (!rtrs_srv_recv_welcome(path))
		return;
	if (wc->opcode == IB_WC_RECV) {
		received(path, iu, wc);
		return;
	}
	if (rtrs_con_post_recv_iu(&con->base, iu,
				  path->dev->pd->local_dma_lkey)) {
		rtrs_srv_path_close(path);
		return;
	}
	if (wc->opcode == IB_WC_RECV_RDMA_WITH_IMM)
		rtrs_srv_recv_imm(con, wc);
	else
		rtrs_srv_refuse(path, RTRS_SRV_REFUSE_OPCODE);
}

/**
 * rtrs_srv_fence_post() - post the receives of an extended peer's service
 *	connection
 * @path: path
 *
 * Freed by rtrs_srv_fence_cancel(), also after a failure.
 * Context: process, may sleep. Return: 0 or a negative errno.
 */
int rtrs_srv_fence_post(struct rtrs_srv_path *path)
{
	u32 i;
	int err;

	path->fence_recs = kvcalloc(RTRS_SERVICE_DEPTH,
				    sizeof(*path->fence_recs), GFP_KERNEL);
	path->fence_rx = rtrs_iu_block_alloc(path->dev->ib_dev,
					     RTRS_SERVICE_DEPTH,
					     sizeof(struct rtrs_fence_req),
					     DMA_FROM_DEVICE, recv_done);
	if (!path->fence_recs || !path->fence_rx)
		return -ENOMEM;
	for (i = 0; i < RTRS_SERVICE_DEPTH; i++) {
		path->fence_recs[i].path = path;
		path->fence_recs[i].iu = rtrs_iu_at(path->fence_rx, i);
		INIT_LIST_HEAD(&path->fence_recs[i].entry);
	}
	for (i = 0; i < RTRS_SERVICE_DEPTH; i++) {
		err = rtrs_con_post_recv_iu(&path->cons[0]->base,
					    path->fence_recs[i].iu,
					    path->dev->pd->local_dma_lkey);
		if (err)
			return err;
	}
	return 0;
}

/**
 * rtrs_srv_fence_drained() - tell who waits that a path is drained
 * @path: its queue pairs are in error and drained, and it hands nothing up
 *
 * Context: process, may sleep.
 */
void rtrs_srv_fence_drained(struct rtrs_srv_path *path)
{
	struct rtrs_srv_ctx *ctx = path->sess->ctx;
	struct rtrs_srv_fence *fence, *next;

	/* the lock keeps the paths of the waiting ones from going away */
	mutex_lock(&ctx->lock);
	path->drained = true;
	list_for_each_entry_safe(fence, next, &path->fence_waiters, entry) {
		list_del_init(&fence->entry);
		answer(fence);
	}
	mutex_unlock(&ctx->lock);
}

/**
 * rtrs_srv_fence_cancel() - forget the FENCEs which a path received
 * @path: path that is being closed, drained
 *
 * Context: process, may sleep.
 */
void rtrs_srv_fence_cancel(struct rtrs_srv_path *path)
{
	struct rtrs_srv_ctx *ctx = path->sess->ctx;
	u32 i;

	cancel_work_sync(&path->fence_work);
	mutex_lock(&ctx->lock);
	for (i = 0; path->fence_recs && path->fence_rx &&
	     i < RTRS_SERVICE_DEPTH; i++)
		list_del_init(&path->fence_recs[i].entry);
	mutex_unlock(&ctx->lock);
	rtrs_iu_block_free(path->fence_rx);
	path->fence_rx = NULL;
	kvfree(path->fence_recs);
	path->fence_recs = NULL;
}
