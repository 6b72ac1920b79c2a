// SPDX-License-Identifier: GPL-2.0
/*
 * One request on one path: map its data, register what must be registered,
 * compose the header and the work requests. doc/protocol.md, "Request headers"
 * and "Where things lie in a chunk".
 */
#include <linux/slab.h>

#include "rtrs-clt.h"

static enum dma_data_direction dma_dir(const struct rtrs_clt_req *req)
{
	return req->dir == READ ? DMA_FROM_DEVICE : DMA_TO_DEVICE;
}

/* Give the data of a request back to the CPU. Its region is dead, any context. */
void rtrs_clt_xfer_unmap(struct rtrs_clt_req *req)
{
	if (req->sg_cnt)
		ib_dma_unmap_sg(req->con->path->dev->ib_dev, req->sg,
				req->sg_cnt, dma_dir(req));
}

static u32 compose_write(struct rtrs_clt_req *req, void *at)
{
	struct rtrs_write_hdr hdr = {
		.type	 = cpu_to_le16(RTRS_MSG_WRITE),
		.usr_len = cpu_to_le16(req->msg_len),
	};

	memcpy(at, &hdr, sizeof(hdr));
	return sizeof(hdr);
}

static u32 compose_read(struct rtrs_clt_req *req, void *at,
			const struct ib_mr *mr)
{
	struct rtrs_read_hdr hdr = {
		.type	 = cpu_to_le16(RTRS_MSG_READ),
		.usr_len = cpu_to_le16(req->msg_len),
		.flags	 = cpu_to_le16(mr ? RTRS_READ_NEED_INVAL : 0),
		.sg_cnt	 = cpu_to_le16(mr ? 1 : 0),
	};
	struct rtrs_sg_desc desc;

	memcpy(at, &hdr, sizeof(hdr));
	if (!mr)
		return sizeof(hdr);
	desc = (struct rtrs_sg_desc) {
		.addr	= cpu_to_le64(mr->iova),
		.key	= cpu_to_le32(mr->rkey),
		.len	= cpu_to_le32(req->data_len),
	};
	memcpy(at + sizeof(hdr), &desc, sizeof(desc));
	return sizeof(hdr) + sizeof(desc);
}

/* Chain the registration of @nents mapped entries before the slot's write. */
static int register_data(struct rtrs_clt_req *req, struct rtrs_clt_slot *slot,
			 int nents)
{
	struct ib_mr *mr = slot->mr;
	int n;

	rtrs_mr_new_key(mr);
	/* a death seen before this registration must not vouch for it */
	if (READ_ONCE(req->con->have_dead_key) &&
	    READ_ONCE(req->con->dead_key) == mr->rkey)
		rtrs_mr_new_key(mr);
	n = ib_map_mr_sg(mr, req->sg, nents, NULL, SZ_4K);
	if (n < nents)
		return n < 0 ? n : -EINVAL;
	if (mr->length != req->data_len)
		return -EINVAL;
	slot->reg = (struct ib_reg_wr) {
		.wr.next	= &slot->write.wr,
		.wr.opcode	= IB_WR_REG_MR,
		.wr.wr_cqe	= &req->con->done,
		.mr		= mr,
		.key		= mr->rkey,
		.access		= IB_ACCESS_LOCAL_WRITE |
				  (req->dir == READ ? IB_ACCESS_REMOTE_WRITE : 0),
	};
	return 0;
}

/* The data of a write as scatter entries; how many, or 0 if it has too many. */
static u32 data_sges(struct rtrs_clt_req *req, struct rtrs_clt_slot *slot,
		     int nents)
{
	const struct rtrs_clt_path *path = req->con->path;
	struct scatterlist *sg;
	int i;

	if (nents > (int)path->send_sges - 1)
		return 0;
	for_each_sg(req->sg, sg, nents, i)
		slot->sge[i] = (struct ib_sge) {
			.addr	= sg_dma_address(sg),
			.length	= sg_dma_len(sg),
			.lkey	= path->dev->pd->local_dma_lkey,
		};
	return nents;
}

static u32 sges_length(const struct ib_sge *sge, u32 nr)
{
	u32 length = 0;

	while (nr--)
		length += sge[nr].length;
	return length;
}

static int check_lengths(const struct rtrs_clt_path *path, int dir,
			 size_t msg_len, size_t data_len, unsigned int sg_cnt)
{
	size_t hdr_len = dir == READ ? sizeof(struct rtrs_read_hdr) +
				       (sg_cnt ? sizeof(struct rtrs_sg_desc) : 0) :
				       sizeof(struct rtrs_write_hdr);

	if (msg_len > RTRS_CLT_MAX_MSG ||
	    msg_len + hdr_len > path->geo.max_hdr_size ||
	    data_len > path->geo.max_io_size)
		return -EMSGSIZE;
	if (!sg_cnt != !data_len)
		return -EINVAL;
	return 0;
}

/**
 * rtrs_clt_xfer_prepare() - make a request ready to be posted
 * @req: request, the caller's
 * @con: connection, whose path is connected
 * @vec: user message
 * @nr: entries of @vec
 * @slot: slot with the work requests: write, and reg before it if reg.wr.next
 *	is set
 * @wants: bits of enum rtrs_req_bit which this transfer needs
 *
 * Context: any, in an RCU read-side section. On success req->con is set and
 * the data is mapped. Return: 0; -EMSGSIZE, -EINVAL, -ENOMEM with nothing left
 * behind.
 */
int rtrs_clt_xfer_prepare(struct rtrs_clt_req *req, struct rtrs_clt_con *con,
			  const struct kvec *vec, size_t nr,
			  struct rtrs_clt_slot **slot, unsigned int *wants)
{
	struct rtrs_clt_path *path = con->path;
	const struct rtrs_clt_chunk *chunk = &path->chunks[req->permit.id];
	struct rtrs_clt_slot *s = &path->slots[req->permit.id];
	u32 offset, hdr_len, nr_sges = 0;
	int nents = 0, err;
	bool reg = false;
	u64 remote_addr;
	void *at;

	err = check_lengths(path, req->dir, req->msg_len, req->data_len,
			    req->sg_cnt);
	if (err)
		return err;

	WRITE_ONCE(req->con, con);
	s->reg.wr.next = NULL;
	if (req->sg_cnt) {
		nents = ib_dma_map_sg(path->dev->ib_dev, req->sg, req->sg_cnt,
				      dma_dir(req));
		if (!nents)
			return -ENOMEM;
	}
	if (nents && req->dir == WRITE)
		nr_sges = data_sges(req, s, nents);
	if (nents && !nr_sges) {
		err = register_data(req, s, nents);
		if (err)
			goto unmap;
		reg = true;
		if (req->dir == WRITE) {
			s->sge[0] = (struct ib_sge) {
				.addr	= s->mr->iova,
				.length	= s->mr->length,
				.lkey	= s->mr->lkey,
			};
			nr_sges = 1;
		}
	}
	if (sges_length(s->sge, nr_sges) != (req->dir == WRITE ? req->data_len : 0)) {
		err = -EINVAL;
		goto unmap;
	}

	ib_dma_sync_single_for_cpu(path->dev->ib_dev, s->hdr->dma_addr,
				   s->hdr->len, DMA_TO_DEVICE);
	for (at = s->hdr->buf; nr; vec++, nr--) {
		memcpy(at, vec->iov_base, vec->iov_len);
		at += vec->iov_len;
	}
	hdr_len = req->dir == READ ? compose_read(req, at, reg ? s->mr : NULL) :
				     compose_write(req, at);
	ib_dma_sync_single_for_device(path->dev->ib_dev, s->hdr->dma_addr,
				      s->hdr->len, DMA_TO_DEVICE);
	s->sge[nr_sges++] = (struct ib_sge) {
		.addr	= s->hdr->dma_addr,
		.length	= req->msg_len + hdr_len,
		.lkey	= path->dev->pd->local_dma_lkey,
	};

	/* a read's data will fill the start of the chunk */
	remote_addr = chunk->addr + (req->dir == READ ? req->data_len : 0);
	offset = req->data_len + req->msg_len;
	*wants = 0;
	if (reg)
		*wants |= RTRS_REQ_WANT_INVAL;
	else if (nents)
		*wants |= RTRS_REQ_WANT_SENT;
	s->write = (struct ib_rdma_wr) {
		.wr.opcode	= IB_WR_RDMA_WRITE_WITH_IMM,
		.wr.wr_cqe	= *wants & RTRS_REQ_WANT_SENT ? &s->sent : &con->done,
		.wr.send_flags	= *wants & RTRS_REQ_WANT_SENT ?
				  IB_SEND_SIGNALED : 0,
		.wr.sg_list	= s->sge,
		.wr.num_sge	= nr_sges,
		.wr.ex.imm_data	=
			cpu_to_be32(rtrs_imm_make(RTRS_IMM_IO_REQ,
						  rtrs_imm_req_payload(req->permit.id,
								       offset,
								       path->id_bits))),
		.remote_addr	= remote_addr,
		.rkey		= READ_ONCE(chunk->rkey),
	};
	*slot = s;
	return 0;

unmap:
	rtrs_clt_xfer_unmap(req);
	return err;
}

/* Post the invalidation of a request's region. Any context. */
void rtrs_clt_xfer_invalidate(struct rtrs_clt_req *req)
{
	struct rtrs_clt_slot *slot = rtrs_clt_slot(req);
	int err;

	slot->inv = (struct ib_send_wr) {
		.opcode			= IB_WR_LOCAL_INV,
		.wr_cqe			= &slot->inval,
		.send_flags		= IB_SEND_SIGNALED,
		.ex.invalidate_rkey	= slot->mr->rkey,
	};
	err = rtrs_con_post(&req->con->con, &slot->inv, &slot->inv, 1);
	if (err)
		/* the region dies with the path, and the request ends then */
		rtrs_clt_path_fault(req->con->path, "invalidating a region", err);
}

/* Slots of a path, with regions and buffers. May sleep; 0 or negative errno. */
int rtrs_clt_slots_alloc(struct rtrs_clt_path *path)
{
	u32 depth = path->geo.queue_depth;
	u32 i;

	path->hdrs = rtrs_iu_block_alloc(path->dev->ib_dev, depth,
					 RTRS_CLT_HDR_LEN, DMA_TO_DEVICE, NULL);
	if (!path->hdrs)
		return -ENOMEM;
	path->slots = kvcalloc(depth, sizeof(*path->slots), GFP_KERNEL);
	if (!path->slots)
		goto free;
	for (i = 0; i < depth; i++) {
		struct rtrs_clt_slot *slot = &path->slots[i];
		struct ib_mr *mr = ib_alloc_mr(path->dev->pd, IB_MR_TYPE_MEM_REG,
					       path->mr_pages);

		if (IS_ERR(mr)) {
			path_err(path, "region %u of %u: %pe\n", i, depth, mr);
			goto free;
		}
		slot->mr = mr;
		slot->req = &path->sess->reqs[i];
		slot->hdr = rtrs_iu_at(path->hdrs, i);
		slot->sent.done = rtrs_clt_sent;
		slot->inval.done = rtrs_clt_invalidated;
	}
	return 0;

free:
	rtrs_clt_slots_free(path);
	return -ENOMEM;
}

/* The opposite; from here on the peer's keys to our memory are dead. */
void rtrs_clt_slots_free(struct rtrs_clt_path *path)
{
	u32 i;

	for (i = 0; path->slots && i < path->geo.queue_depth; i++)
		if (path->slots[i].mr)
			ib_dereg_mr(path->slots[i].mr);
	kvfree(path->slots);
	path->slots = NULL;
	rtrs_iu_block_free(path->hdrs);
	path->hdrs = NULL;
}
