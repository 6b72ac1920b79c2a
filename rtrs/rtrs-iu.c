// SPDX-License-Identifier: GPL-2.0
/*
 * Small message buffers, DMA mapped a page at a time: as many as fit share a
 * page, larger ones have memory of their own.
 */
#include <linux/export.h>
#include <linux/slab.h>

#include "rtrs-core.h"

struct iu_mem {
	void	*buf;
	u64	dma_addr;
};

struct rtrs_iu_block {
	struct ib_device	*dev;
	enum dma_data_direction	dir;
	u32			nr;
	u32			nr_mem;
	size_t			mem_size;
	struct iu_mem		*mem;
	struct rtrs_iu		ius[] __counted_by(nr);
};

static int map_mem(struct rtrs_iu_block *block, struct iu_mem *mem)
{
	mem->buf = kzalloc(block->mem_size, GFP_KERNEL);
	if (!mem->buf)
		return -ENOMEM;
	mem->dma_addr = ib_dma_map_single(block->dev, mem->buf, block->mem_size,
					  block->dir);
	if (ib_dma_mapping_error(block->dev, mem->dma_addr)) {
		kfree(mem->buf);
		return -EIO;
	}
	return 0;
}

/**
 * rtrs_iu_block_alloc() - allocate and map message buffers
 * @dev: device to map them for
 * @nr: how many
 * @len: bytes of each
 * @dir: direction of the transfers
 * @done: completion handler set in each buffer's entry, or NULL
 *
 * The buffers are cleared. Context: process, may sleep.
 * Return: the block, the caller's to free once the device no longer knows any
 * of its buffers, or NULL.
 */
struct rtrs_iu_block *
rtrs_iu_block_alloc(struct ib_device *dev, u32 nr, u32 len,
		    enum dma_data_direction dir,
		    void (*done)(struct ib_cq *cq, struct ib_wc *wc))
{
	u32 stride = ALIGN(len, SMP_CACHE_BYTES);
	u32 per_mem = max_t(u32, PAGE_SIZE / stride, 1);
	struct rtrs_iu_block *block;
	u32 i;

	if (len <= SMP_CACHE_BYTES / 2) {
		/* keys of eight bytes would waste most of a cache line each */
		stride = ALIGN(len, 8);
		per_mem = PAGE_SIZE / stride;
	}
	block = kvzalloc(struct_size(block, ius, nr), GFP_KERNEL);
	if (!block)
		return NULL;
	block->dev = dev;
	block->dir = dir;
	block->nr = nr;
	block->mem_size = (size_t)stride * min(per_mem, nr);
	block->mem = kvcalloc(DIV_ROUND_UP(nr, per_mem), sizeof(*block->mem),
			      GFP_KERNEL);
	if (!block->mem)
		goto free;
	for (; block->nr_mem < DIV_ROUND_UP(nr, per_mem); block->nr_mem++)
		if (map_mem(block, &block->mem[block->nr_mem]))
			goto free;

	for (i = 0; i < nr; i++) {
		const struct iu_mem *mem = &block->mem[i / per_mem];
		size_t off = (size_t)(i % per_mem) * stride;

		block->ius[i] = (struct rtrs_iu) {
			.cqe.done	= done,
			.buf		= mem->buf + off,
			.dma_addr	= mem->dma_addr + off,
			.len		= len,
		};
	}
	return block;

free:
	rtrs_iu_block_free(block);
	return NULL;
}
EXPORT_SYMBOL_GPL(rtrs_iu_block_alloc);

/**
 * rtrs_iu_block_free() - unmap and free message buffers
 * @block: block, or NULL
 *
 * Context: process.
 */
void rtrs_iu_block_free(struct rtrs_iu_block *block)
{
	if (!block)
		return;
	while (block->nr_mem--) {
		const struct iu_mem *mem = &block->mem[block->nr_mem];

		ib_dma_unmap_single(block->dev, mem->dma_addr, block->mem_size,
				    block->dir);
		kfree(mem->buf);
	}
	kvfree(block->mem);
	kvfree(block);
}
EXPORT_SYMBOL_GPL(rtrs_iu_block_free);

/**
 * rtrs_iu_block_count() - how many buffers a block has
 * @block: block
 */
u32 rtrs_iu_block_count(const struct rtrs_iu_block *block)
{
	return block->nr;
}
EXPORT_SYMBOL_GPL(rtrs_iu_block_count);

/**
 * rtrs_iu_at() - a buffer by its index
 * @block: block
 * @index: below rtrs_iu_block_count()
 */
struct rtrs_iu *rtrs_iu_at(struct rtrs_iu_block *block, u32 index)
{
	return &block->ius[index];
}
EXPORT_SYMBOL_GPL(rtrs_iu_at);

/**
 * rtrs_iu_sync_for_cpu() - before reading what the device wrote
 * @block: block of @iu
 * @iu: buffer
 *
 * Context: any.
 */
void rtrs_iu_sync_for_cpu(struct rtrs_iu_block *block, struct rtrs_iu *iu)
{
	ib_dma_sync_single_for_cpu(block->dev, iu->dma_addr, iu->len,
				   block->dir);
}
EXPORT_SYMBOL_GPL(rtrs_iu_sync_for_cpu);

/**
 * rtrs_iu_sync_for_device() - before the device reads or writes it
 * @block: block of @iu
 * @iu: buffer
 *
 * Context: any.
 */
void rtrs_iu_sync_for_device(struct rtrs_iu_block *block, struct rtrs_iu *iu)
{
	ib_dma_sync_single_for_device(block->dev, iu->dma_addr, iu->len,
				      block->dir);
}
EXPORT_SYMBOL_GPL(rtrs_iu_sync_for_device);
