// SPDX-License-Identifier: GPL-2.0
/*
 * Queues in memory shared with librxe. The process may write any of it at any
 * time: the kernel keeps the index it owns in private, reads the other one once
 * and masks it, and never looks at the geometry in the shared header again.
 */
#include <linux/mm.h>
#include <linux/vmalloc.h>

#include "rxe.h"

static struct rxe_mmap *to_rxe_mmap(struct rdma_user_mmap_entry *entry)
{
	return container_of(entry, struct rxe_mmap, entry);
}

/**
 * rxe_ring_create() - make a queue and offer it for mapping
 * @ring: to be filled in
 * @ctx: whose process may map it
 * @entries: how many entries it must be able to hold
 * @elem_size: bytes of one entry
 * @mi: filled in with what librxe passes to mmap()
 *
 * Context: may sleep. The memory is charged to the caller's memory cgroup.
 * Return: 0, -EINVAL if that is too much, -ENOMEM.
 */
int rxe_ring_create(struct rxe_ring *ring, struct ib_ucontext *ctx, u32 entries,
		    u32 elem_size, struct mminfo *mi)
{
	struct rxe_queue_buf *buf;
	struct rxe_mmap *map;
	u64 bytes;
	u32 shift, slots;

	if (entries >= RXE_MAX_QUEUE_BYTES / L1_CACHE_BYTES ||
	    elem_size > RXE_MAX_QUEUE_BYTES)
		return -EINVAL;
	/* one slot stays empty, to tell a full ring from an empty one */
	slots = roundup_pow_of_two(entries + 1);
	shift = ilog2(roundup_pow_of_two(max_t(u32, elem_size, L1_CACHE_BYTES)));
	bytes = PAGE_ALIGN(sizeof(*buf) + ((u64)slots << shift));
	if (bytes > RXE_MAX_QUEUE_BYTES)
		return -EINVAL;

	map = kzalloc(sizeof(*map), GFP_KERNEL_ACCOUNT);
	if (!map)
		return -ENOMEM;
	buf = __vmalloc(bytes, GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NOWARN);
	if (!buf)
		goto free_map;
	buf->log2_elem_size = shift;
	buf->index_mask = slots - 1;
	map->buf = buf;
	if (rdma_user_mmap_entry_insert_range(ctx, &map->entry, bytes, 1, U32_MAX))
		goto free_buf;

	*ring = (struct rxe_ring) {
		.buf = buf,
		.map = map,
		.elem_shift = shift,
		.mask = slots - 1,
	};
	*mi = (struct mminfo) {
		.offset = rdma_user_mmap_get_offset(&map->entry),
		.size = bytes,
	};
	return 0;

free_buf:
	vfree(buf);
free_map:
	kfree(map);
	return -ENOMEM;
}

/**
 * rxe_ring_destroy() - withdraw a queue
 * @ring: the queue, or one that was never made
 *
 * Processes which have it mapped keep the pages until they unmap them.
 *
 * Context: may sleep.
 */
void rxe_ring_destroy(struct rxe_ring *ring)
{
	if (ring->map)
		rdma_user_mmap_entry_remove(&ring->map->entry);
	ring->map = NULL;
	ring->buf = NULL;
}

/**
 * rxe_ring_slot() - address of an entry
 * @ring: the queue
 * @index: any number, it is masked
 *
 * Return: the entry.
 */
void *rxe_ring_slot(const struct rxe_ring *ring, u32 index)
{
	return ring->buf->data + ((size_t)(index & ring->mask) << ring->elem_shift);
}

/**
 * rxe_ring_filled() - how much the producing process offers
 * @ring: a queue whose consumer is the kernel
 * @from: index from which to count
 *
 * Return: number of entries, at most the mask.
 */
u32 rxe_ring_filled(const struct rxe_ring *ring, u32 from)
{
	/* pairs with librxe's release: entries before it are written */
	return (smp_load_acquire(&ring->buf->producer_index) - from) & ring->mask;
}

/**
 * rxe_ring_room() - how much the consuming process left free
 * @ring: a queue whose producer is the kernel
 *
 * Return: number of entries, at most the mask.
 */
u32 rxe_ring_room(const struct rxe_ring *ring)
{
	/* pairs with librxe's release: entries before it are read */
	u32 consumer = smp_load_acquire(&ring->buf->consumer_index);

	return (consumer - ring->own - 1) & ring->mask;
}

/**
 * rxe_ring_publish_consumer() - give entries back to the process
 * @ring: a queue whose consumer is the kernel
 * @index: the first entry not given back
 */
void rxe_ring_publish_consumer(struct rxe_ring *ring, u32 index)
{
	ring->own = index & ring->mask;
	/* pairs with librxe's acquire: entries before it are copied */
	smp_store_release(&ring->buf->consumer_index, ring->own);
}

/**
 * rxe_ring_publish_producer() - hand entries to the process
 * @ring: a queue whose producer is the kernel
 * @index: the first entry not handed over
 */
void rxe_ring_publish_producer(struct rxe_ring *ring, u32 index)
{
	ring->own = index & ring->mask;
	/* pairs with librxe's acquire: entries before it are written */
	smp_store_release(&ring->buf->producer_index, ring->own);
}

/**
 * rxe_mmap() - map a queue into a process
 * @ctx: the process's context; offsets of other contexts do not exist in it
 * @vma: must be shared and have exactly the size which @ctx was told
 *
 * The pages are referenced by the mapping, not the object the queue is for.
 *
 * Return: 0, or a negative error of mmap().
 */
int rxe_mmap(struct ib_ucontext *ctx, struct vm_area_struct *vma)
{
	struct rdma_user_mmap_entry *entry;
	unsigned long addr;
	void *from;
	int ret = 0;

	entry = rdma_user_mmap_entry_get(ctx, vma);
	if (!entry)
		return -EINVAL;
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	from = to_rxe_mmap(entry)->buf;
	for (addr = vma->vm_start; addr < vma->vm_end && !ret; addr += PAGE_SIZE) {
		ret = vm_insert_page(vma, addr, vmalloc_to_page(from));
		from += PAGE_SIZE;
	}
	rdma_user_mmap_entry_put(entry);
	return ret;
}

/**
 * rxe_mmap_free() - the core dropped the last reference to an entry
 * @entry: of a queue
 */
void rxe_mmap_free(struct rdma_user_mmap_entry *entry)
{
	struct rxe_mmap *map = to_rxe_mmap(entry);

	vfree(map->buf);
	kfree(map);
}
