// SPDX-License-Identifier: GPL-2.0
/*
 * The pages of a chunk: memory within the server's limit, and who uses it.
 * Busy belongs to the pages, not to the chunk number nor to a path;
 * doc/protocol.md, "Chunks and permits".
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "rtrs-srv.h"

static atomic64_t used_bytes = ATOMIC64_INIT(0);

static u64 limit_bytes(void)
{
	u64 mb = READ_ONCE(rtrs_srv_max_chunk_mem_mb);

	return mb ? mb << 20 : (u64)totalram_pages() * PAGE_SIZE / 4;
}

static unsigned int pages_order(void)
{
	return get_order(rtrs_srv_geo.chunk_size);
}

static struct page *take_pages(void)
{
	u64 bytes = PAGE_SIZE << pages_order();
	struct page *pages = NULL;

	if (atomic64_add_return(bytes, &used_bytes) <= limit_bytes())
		pages = alloc_pages(GFP_KERNEL | __GFP_ZERO | __GFP_COMP |
				    __GFP_NOWARN, pages_order());
	if (!pages)
		atomic64_sub(bytes, &used_bytes);
	return pages;
}

static void give_pages(struct page *pages)
{
	__free_pages(pages, pages_order());
	atomic64_sub(PAGE_SIZE << pages_order(), &used_bytes);
}

static void buf_free(struct rtrs_srv_buf *buf)
{
	unsigned int i;

	for (i = 0; i < RTRS_SRV_BUF_OPS; i++)
		kfree(buf->ops[i]);
	if (buf->pages)
		give_pages(buf->pages);
	kfree(buf);
}

/**
 * rtrs_srv_buf_alloc() - make a buffer of zeroed pages
 * @pdu_sz: bytes of the upper layer with each operation
 *
 * Context: process, may sleep.
 * Return: a buffer with one reference, the caller's; NULL without memory or
 * beyond the limit.
 */
struct rtrs_srv_buf *rtrs_srv_buf_alloc(size_t pdu_sz)
{
	struct rtrs_srv_buf *buf = kzalloc(sizeof(*buf), GFP_KERNEL);
	unsigned int i;

	if (!buf)
		return NULL;
	refcount_set(&buf->refs, 1);
	spin_lock_init(&buf->lock);
	buf->pages = take_pages();
	if (!buf->pages)
		goto free;
	for (i = 0; i < RTRS_SRV_BUF_OPS; i++) {
		buf->ops[i] = kzalloc(struct_size(buf->ops[i], pdu, pdu_sz),
				      GFP_KERNEL);
		if (!buf->ops[i])
			goto free;
		buf->ops[i]->buf = buf;
		INIT_WORK(&buf->ops[i]->work, rtrs_srv_op_work);
	}
	return buf;

free:
	buf_free(buf);
	return NULL;
}

/**
 * rtrs_srv_buf_put() - drop a reference
 * @buf: buffer, or NULL
 *
 * Context: any.
 */
void rtrs_srv_buf_put(struct rtrs_srv_buf *buf)
{
	if (buf && refcount_dec_and_test(&buf->refs))
		buf_free(buf);
}

/**
 * rtrs_srv_buf_busy() - does any operation use the pages?
 * @buf: buffer
 */
bool rtrs_srv_buf_busy(struct rtrs_srv_buf *buf)
{
	unsigned long flags;
	bool busy;

	spin_lock_irqsave(&buf->lock, flags);
	busy = buf->taken;
	spin_unlock_irqrestore(&buf->lock, flags);
	return busy;
}

/**
 * rtrs_srv_buf_take_op() - memory for an operation on these pages
 * @buf: buffer
 *
 * Context: any. Return: the operation, which holds a reference on @buf and goes
 * back by rtrs_srv_buf_return_op() or rtrs_srv_buf_end(); NULL when all are
 * taken.
 */
struct rtrs_srv_op *rtrs_srv_buf_take_op(struct rtrs_srv_buf *buf)
{
	struct rtrs_srv_op *op = NULL;
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&buf->lock, flags);
	for (i = 0; i < RTRS_SRV_BUF_OPS && !op; i++) {
		if (buf->taken & 1U << i)
			continue;
		buf->taken |= 1U << i;
		op = buf->ops[i];
	}
	spin_unlock_irqrestore(&buf->lock, flags);
	if (op)
		refcount_inc(&buf->refs);
	return op;
}

/* Returns memory to be freed outside of the lock. */
static void *op_is_free(struct rtrs_srv_buf *buf, struct rtrs_srv_op *op)
{
	void *msg = op->big_msg;

	lockdep_assert_held(&buf->lock);
	op->big_msg = NULL;
	buf->taken &= ~(op == buf->ops[0] ? 1U : 2U);
	return msg;
}

/**
 * rtrs_srv_buf_return_op() - an operation that never claimed the pages ends
 * @op: operation
 *
 * Context: any.
 */
void rtrs_srv_buf_return_op(struct rtrs_srv_op *op)
{
	struct rtrs_srv_buf *buf = op->buf;
	unsigned long flags;
	void *msg;

	spin_lock_irqsave(&buf->lock, flags);
	msg = op_is_free(buf, op);
	spin_unlock_irqrestore(&buf->lock, flags);
	kfree(msg);
	rtrs_srv_buf_put(buf);
}

/* The descriptor of a READ may differ: it belongs to the path. */
static bool same_request(const struct rtrs_srv_op *a,
			 const struct rtrs_srv_op *b)
{
	return a->dir == b->dir && a->data_len == b->data_len &&
	       a->usr_len == b->usr_len && !memcmp(a->msg, b->msg, a->usr_len);
}

/**
 * rtrs_srv_buf_claim() - may this operation use the pages?
 * @op: operation, complete
 *
 * Context: any.
 * Return: RTRS_SRV_BUF_MINE, now; RTRS_SRV_BUF_WAIT, when rtrs_srv_buf_end()
 * returns it; RTRS_SRV_BUF_REFUSED, never.
 */
enum rtrs_srv_buf_claim rtrs_srv_buf_claim(struct rtrs_srv_op *op)
{
	enum rtrs_srv_buf_claim claim = RTRS_SRV_BUF_REFUSED;
	struct rtrs_srv_buf *buf = op->buf;
	unsigned long flags;

	spin_lock_irqsave(&buf->lock, flags);
	if (!buf->active) {
		buf->active = op;
		claim = RTRS_SRV_BUF_MINE;
	} else if (!buf->waiting && buf->active->slot->path != op->slot->path &&
		   same_request(buf->active, op)) {
		buf->waiting = op;
		claim = RTRS_SRV_BUF_WAIT;
	}
	spin_unlock_irqrestore(&buf->lock, flags);
	return claim;
}

/**
 * rtrs_srv_buf_end() - an operation that used the pages has ended
 * @op: operation, free when this returns
 *
 * Context: any.
 * Return: the operation that has the pages now and is to be handed up, or NULL.
 */
struct rtrs_srv_op *rtrs_srv_buf_end(struct rtrs_srv_op *op)
{
	struct rtrs_srv_buf *buf = op->buf;
	struct rtrs_srv_op *next;
	unsigned long flags;
	void *msg;

	spin_lock_irqsave(&buf->lock, flags);
	next = buf->waiting;
	buf->active = next;
	buf->waiting = NULL;
	msg = op_is_free(buf, op);
	spin_unlock_irqrestore(&buf->lock, flags);
	kfree(msg);
	rtrs_srv_buf_put(buf);
	return next;
}

/**
 * rtrs_srv_buf_drop_waiter() - nobody waits any more on behalf of a path
 * @buf: buffer
 * @path: path that is being closed
 *
 * Context: any. Return: the operation that waited, to be returned, or NULL.
 */
struct rtrs_srv_op *rtrs_srv_buf_drop_waiter(struct rtrs_srv_buf *buf,
					     const struct rtrs_srv_path *path)
{
	struct rtrs_srv_op *op = NULL;
	unsigned long flags;

	spin_lock_irqsave(&buf->lock, flags);
	if (buf->waiting && buf->waiting->slot->path == path)
		swap(op, buf->waiting);
	spin_unlock_irqrestore(&buf->lock, flags);
	return op;
}
