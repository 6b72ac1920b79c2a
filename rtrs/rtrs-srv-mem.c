// SPDX-License-Identifier: GPL-2.0
/*
 * Chunks as a path has them: which pages stand behind each number, their DMA
 * addresses, and the memory regions through which the client writes.
 */
#include <linux/dma-mapping.h>
#include <linux/slab.h>

#include "rtrs-srv.h"

/* Registrations posted at a time, well within the service send queue. */
#define REG_BATCH	64

/*
 * The current buffer of a number, unless it is busy: a path being set up never
 * gets pages that any request still uses, whatever path that came by.
 */
static struct rtrs_srv_buf *fresh_or_idle(struct rtrs_srv_sess *sess, u32 id)
{
	struct rtrs_srv_buf *buf = sess->bufs[id];

	lockdep_assert_held(&sess->lock);
	if (!buf || rtrs_srv_buf_busy(buf)) {
		buf = rtrs_srv_buf_alloc(sess->ctx->ops->pdu_sz);
		if (!buf)
			return NULL;
		rtrs_srv_buf_put(sess->bufs[id]);
		sess->bufs[id] = buf;
	}
	refcount_inc(&buf->refs);
	return buf;
}

static int map_slot(struct rtrs_srv_path *path, u32 id,
		    struct rtrs_srv_buf *buf)
{
	struct rtrs_srv_slot *slot = &path->slots[id];

	*slot = (struct rtrs_srv_slot) {
		.path		= path,
		.buf		= buf,
		.id		= id,
	};
	slot->dma_addr = ib_dma_map_page(path->dev->ib_dev, buf->pages, 0,
					 rtrs_srv_geo.chunk_size,
					 DMA_BIDIRECTIONAL);
	return ib_dma_mapping_error(path->dev->ib_dev, slot->dma_addr);
}

static int map_slots(struct rtrs_srv_path *path)
{
	struct rtrs_srv_sess *sess = path->sess;
	struct rtrs_srv_buf *buf;
	u32 id;

	path->slots = kvcalloc(rtrs_srv_geo.queue_depth, sizeof(*path->slots),
			       GFP_KERNEL);
	if (!path->slots)
		return -ENOMEM;
	mutex_lock(&sess->lock);
	for (id = 0; id < rtrs_srv_geo.queue_depth; id++) {
		buf = fresh_or_idle(sess, id);
		if (!buf)
			break;
		if (map_slot(path, id, buf)) {
			rtrs_srv_buf_put(buf);
			path->slots[id].buf = NULL;
			break;
		}
		path->nr_slots++;
	}
	mutex_unlock(&sess->lock);
	return path->nr_slots == rtrs_srv_geo.queue_depth ? 0 : -ENOMEM;
}

/*
 * One "page" of a region is a chunk. The chunks are mapped one by one, so no
 * IOMMU merges their addresses.
 */
static int map_mr(struct rtrs_srv_path *path, u32 first, u32 nr)
{
	struct scatterlist *sgl;
	struct ib_mr *mr;
	u32 i;
	int n;

	mr = ib_alloc_mr(path->dev->pd, IB_MR_TYPE_MEM_REG, nr);
	if (IS_ERR(mr))
		return PTR_ERR(mr);
	path->mrs[path->nr_mrs++] = mr;

	sgl = kvcalloc(nr, sizeof(*sgl), GFP_KERNEL);
	if (!sgl)
		return -ENOMEM;
	sg_init_table(sgl, nr);
	for (i = 0; i < nr; i++) {
		struct rtrs_srv_slot *slot = &path->slots[first + i];

		slot->mr = mr;
		sg_set_page(&sgl[i], slot->buf->pages, rtrs_srv_geo.chunk_size,
			    0);
		sg_dma_address(&sgl[i]) = slot->dma_addr;
		sg_dma_len(&sgl[i]) = rtrs_srv_geo.chunk_size;
	}
	n = ib_map_mr_sg(mr, sgl, nr, NULL, rtrs_srv_geo.chunk_size);
	kvfree(sgl);
	if (n != nr)
		return n < 0 ? n : -EINVAL;
	rtrs_mr_new_key(mr);
	return 0;
}

/* Clients want the queue depth to be a multiple of the number of regions. */
static u32 chunks_per_mr(const struct rtrs_srv_path *path)
{
	u32 nr = rtrs_srv_geo.queue_depth;
	u32 most = min(rtrs_dev_fr_pages(path->dev->ib_dev), nr);

	if (rtrs_srv_geo.invalidate)
		return 1;
	while (nr % most)
		most--;
	return most;
}

static int map_mrs(struct rtrs_srv_path *path)
{
	u32 per_mr = chunks_per_mr(path);
	u32 first;
	int err;

	path->mrs = kvcalloc(rtrs_srv_geo.queue_depth / per_mr,
			     sizeof(*path->mrs), GFP_KERNEL);
	if (!path->mrs)
		return -ENOMEM;
	for (first = 0; first < rtrs_srv_geo.queue_depth; first += per_mr) {
		err = map_mr(path, first, per_mr);
		if (err)
			return err;
	}
	return 0;
}

static void inv_done(struct ib_cq *cq, struct ib_wc *wc)
{
	struct rtrs_srv_slot *slot = container_of(wc->wr_cqe,
						  struct rtrs_srv_slot,
						  inv_cqe);

	/* a key that could not be revoked is no reason to go on */
	if (rtrs_srv_send_ended(slot->con, wc, "invalidation"))
		rtrs_srv_op_begin(slot);
}

/**
 * rtrs_srv_mem_map() - give a path its chunks
 * @path: path whose info request is served
 *
 * After a failure rtrs_srv_mem_unmap() and rtrs_srv_mem_give_up() clean up, as
 * they do when the path is closed.
 * Context: process, may sleep.
 * Return: 0; -ENOMEM, also at the limit of chunk memory; or the errno of the
 * device.
 */
int rtrs_srv_mem_map(struct rtrs_srv_path *path)
{
	int err;
	u32 id;

	err = map_slots(path);
	if (err)
		return err;
	for (id = 0; id < path->nr_slots; id++) {
		path->slots[id].inv_cqe.done = inv_done;
		INIT_LIST_HEAD(&path->slots[id].wait_entry);
	}
	if (rtrs_srv_geo.invalidate) {
		path->keys = rtrs_iu_block_alloc(path->dev->ib_dev,
						 path->nr_slots,
						 sizeof(struct rtrs_rkey_rsp),
						 DMA_TO_DEVICE, NULL);
		if (!path->keys)
			return -ENOMEM;
	}
	return map_mrs(path);
}

/**
 * rtrs_srv_mem_reg_wr() - compose the registration of a region
 * @mr: region, mapped and not registered
 * @cqe: completion entry
 * @wr: filled
 */
void rtrs_srv_mem_reg_wr(struct ib_mr *mr, struct ib_cqe *cqe,
			 struct ib_reg_wr *wr)
{
	*wr = (struct ib_reg_wr) {
		.wr.opcode	= IB_WR_REG_MR,
		.wr.wr_cqe	= cqe,
		.mr		= mr,
		.key		= mr->rkey,
		.access		= IB_ACCESS_LOCAL_WRITE | IB_ACCESS_REMOTE_WRITE,
	};
}

static void reg_done(struct ib_cq *cq, struct ib_wc *wc)
{
	struct rtrs_srv_path *path = container_of(wc->wr_cqe,
						  struct rtrs_srv_path,
						  reg_cqe);
	struct rtrs_srv_con *con = wc->qp->qp_context;

	if (!rtrs_srv_send_ended(con, wc, "registration"))
		WRITE_ONCE(path->reg_err, true);
	complete(&path->reg_done);
}

static int register_batch(struct rtrs_srv_path *path, u32 first, u32 nr)
{
	struct ib_reg_wr *wrs = kcalloc(nr, sizeof(*wrs), GFP_KERNEL);
	int err;
	u32 i;

	if (!wrs)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		rtrs_srv_mem_reg_wr(path->mrs[first + i], &path->reg_cqe,
				    &wrs[i]);
		if (i + 1 < nr)
			wrs[i].wr.next = &wrs[i + 1].wr;
	}
	wrs[nr - 1].wr.send_flags = IB_SEND_SIGNALED;
	reinit_completion(&path->reg_done);
	err = rtrs_con_post(&path->cons[0]->base, &wrs[0].wr, &wrs[nr - 1].wr,
			    nr);
	if (!err) {
		wait_for_completion(&path->reg_done);
		err = READ_ONCE(path->reg_err) ? -ECONNABORTED : 0;
	}
	kfree(wrs);
	return err;
}

/**
 * rtrs_srv_mem_register() - let the client write into the chunks
 * @path: path with mapped chunks
 *
 * Context: process, sleeps until the device has done it or the path is closed.
 * Return: 0 or a negative errno.
 */
int rtrs_srv_mem_register(struct rtrs_srv_path *path)
{
	u32 first, nr;
	int err;

	path->reg_cqe.done = reg_done;
	for (first = 0; first < path->nr_mrs; first += nr) {
		nr = min_t(u32, path->nr_mrs - first, REG_BATCH);
		err = register_batch(path, first, nr);
		if (err)
			return err;
	}
	return 0;
}

/**
 * rtrs_srv_mem_unmap() - take the chunks away from the device
 * @path: path whose queue pairs are drained
 *
 * The pages stay with the path until rtrs_srv_mem_give_up().
 * Context: process, may sleep.
 */
void rtrs_srv_mem_unmap(struct rtrs_srv_path *path)
{
	u32 i;

	for (i = 0; i < path->nr_mrs; i++)
		ib_dereg_mr(path->mrs[i]);
	path->nr_mrs = 0;
	kvfree(path->mrs);
	path->mrs = NULL;
	rtrs_iu_block_free(path->keys);
	path->keys = NULL;
	for (i = 0; i < path->nr_slots; i++)
		ib_dma_unmap_page(path->dev->ib_dev, path->slots[i].dma_addr,
				  rtrs_srv_geo.chunk_size, DMA_BIDIRECTIONAL);
}

/**
 * rtrs_srv_mem_give_up() - drop the path's references on its pages
 * @path: path for which rtrs_srv_mem_unmap() was called
 *
 * Pages that operations use live on.
 */
void rtrs_srv_mem_give_up(struct rtrs_srv_path *path)
{
	u32 i;

	for (i = 0; i < path->nr_slots; i++) {
		rtrs_srv_buf_put(path->slots[i].buf);
		path->slots[i].buf = NULL;
	}
}
