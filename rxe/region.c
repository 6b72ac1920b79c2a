// SPDX-License-Identifier: GPL-2.0
/*
 * Memory regions are made, laid out and given back; what may be done with them
 * in between is decided in mr.c.
 */
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "rxe.h"

#define MR_USER_ACCESS	(RXE_FAST_ACCESS | IB_ACCESS_FLUSH_PERSISTENT | IB_ACCESS_HUGETLB)

/* indices of keys: 1 is RXE_LOCAL_DMA_LKEY's, those from 2^23 on are windows' */
#define MR_INDEX_FIRST	2
#define MR_INDEX_COUNT	((RXE_KEY_IS_MW >> 8) - MR_INDEX_FIRST)

/**
 * rxe_index_alloc() - enter an object at a number nobody can guess
 * @xa: where, with BH-safe locking
 * @entry: the object; it can be found before this function returns
 * @first: smallest number to be given
 * @count: how many numbers there are, at least twice as many as objects
 * @index: set to the number
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int rxe_index_alloc(struct xarray *xa, void *entry, u32 first, u32 count, u32 *index)
{
	int ret, tries = 64;

	do {
		*index = first + get_random_u32_below(count);
		ret = xa_insert_bh(xa, *index, entry, GFP_KERNEL_ACCOUNT);
	} while (ret == -EBUSY && --tries);
	return ret ? -ENOMEM : 0;
}

static struct rxe_mr *mr_alloc(struct ib_pd *pd, enum rxe_mr_kind kind, u32 pages)
{
	size_t lists = array_size(pages, sizeof(void *));
	struct rxe_mr *mr;

	/* pages in the same allocation, so that one kvfree_rcu() frees all */
	if (kind == RXE_MR_FAST)
		lists *= 2;
	mr = kvzalloc(size_add(sizeof(*mr), lists), GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!mr)
		return NULL;
	spin_lock_init(&mr->lock);
	mr->kind = kind;
	mr->state = RXE_MR_FREE;
	mr->page_shift = PAGE_SHIFT;
	mr->max_pages = pages;
	mr->va = (void **)(mr + 1);
	mr->next_va = mr->va + (kind == RXE_MR_FAST ? pages : 0);
	mr->ib.device = pd->device;
	mr->ib.pd = pd;
	return mr;
}

/* gives it a key; it is found from here on, but not valid */
static int mr_publish(struct rxe_mr *mr)
{
	struct rxe_dev *rxe = to_rxe(mr->ib.device);
	u32 index;
	int ret;

	if (!rxe_take(&rxe->mr_count, RXE_MAX_MR))
		return -ENOMEM;
	ret = rxe_index_alloc(&rxe->mrs, mr, MR_INDEX_FIRST, MR_INDEX_COUNT, &index);
	if (ret) {
		atomic_dec(&rxe->mr_count);
		return ret;
	}
	mr->key = index << 8 | get_random_u8();
	mr->ib.lkey = mr->key;
	mr->ib.rkey = mr->key;
	return 0;
}

struct ib_mr *rxe_get_dma_mr(struct ib_pd *pd, int access)
{
	struct rxe_mr *mr;
	int ret;

	mr = mr_alloc(pd, RXE_MR_DMA, 0);
	if (!mr)
		return ERR_PTR(-ENOMEM);
	mr->access = access & ~IB_ACCESS_FLUSH_PERSISTENT;
	mr->length = U64_MAX;
	ret = mr_publish(mr);
	if (ret) {
		kvfree(mr);
		return ERR_PTR(ret);
	}
	rxe_mr_validate(mr);
	return &mr->ib;
}

static void mr_fill(struct rxe_mr *mr)
{
	struct sg_page_iter iter;

	for_each_sgtable_page(&mr->umem->sgt_append.sgt, &iter, 0) {
		if (mr->npages == mr->max_pages)
			break;
		mr->va[mr->npages++] = page_address(sg_page_iter_page(&iter));
	}
}

/* what a FLUSH promises only holds for memory that keeps its contents */
static bool mr_is_persistent(const struct rxe_mr *mr)
{
	u32 i;

	if (!IS_ENABLED(CONFIG_ARCH_HAS_PMEM_API))
		return false;
	for (i = 0; i < mr->npages; i++) {
		if (region_intersects(virt_to_phys(mr->va[i]), PAGE_SIZE, IORESOURCE_MEM,
				      IORES_DESC_PERSISTENT_MEMORY) != REGION_INTERSECTS)
			return false;
		cond_resched();
	}
	return true;
}

struct ib_mr *rxe_reg_user_mr(struct ib_pd *pd, u64 start, u64 length, u64 iova,
			      int access, struct ib_udata *udata)
{
	struct ib_umem *umem;
	struct rxe_mr *mr;
	u64 last, pages;
	int ret;

	if (access & ~MR_USER_ACCESS)
		return ERR_PTR(-EOPNOTSUPP);
	if (!length || (start ^ iova) & ~PAGE_MASK ||
	    check_add_overflow(start, length - 1, &last) ||
	    check_add_overflow(iova, length - 1, &last))
		return ERR_PTR(-EINVAL);

	umem = ib_umem_get(pd->device, start, length, access);
	if (IS_ERR(umem))
		return ERR_CAST(umem);

	ret = -ENOMEM;
	pages = ((start + length - 1) >> PAGE_SHIFT) - (start >> PAGE_SHIFT) + 1;
	if (pages > U32_MAX)
		goto release;
	mr = mr_alloc(pd, RXE_MR_USER, pages);
	if (!mr)
		goto release;
	mr->umem = umem;
	mr->access = access;
	mr->iova = iova;
	mr->length = length;
	mr_fill(mr);
	ret = -EINVAL;
	if (mr->npages != pages ||
	    (access & IB_ACCESS_FLUSH_PERSISTENT && !mr_is_persistent(mr)))
		goto free;
	ret = mr_publish(mr);
	if (ret)
		goto free;
	rxe_mr_validate(mr);
	return &mr->ib;

free:
	kvfree(mr);
release:
	ib_umem_release(umem);
	return ERR_PTR(ret);
}

/*
 * Changes rights and PD in place: requests that arrive meanwhile find the key
 * invalid. For other pages, or for write access to pages pinned without it,
 * libibverbs and its caller have to register anew.
 */
struct ib_mr *rxe_rereg_user_mr(struct ib_mr *ib, int flags, u64 start,
				u64 length, u64 iova, int access,
				struct ib_pd *pd, struct ib_udata *udata)
{
	struct rxe_mr *mr = to_rxe_mr(ib);
	bool bound;

	if (flags & ~(IB_MR_REREG_PD | IB_MR_REREG_ACCESS))
		return ERR_PTR(-EOPNOTSUPP);
	if (!(flags & IB_MR_REREG_ACCESS))
		access = mr->access;
	if (access & ~MR_USER_ACCESS || (ib_access_writable(access) && !mr->umem->writable))
		return ERR_PTR(-EOPNOTSUPP);
	if (access & IB_ACCESS_FLUSH_PERSISTENT && !mr_is_persistent(mr))
		return ERR_PTR(-EINVAL);

	spin_lock_bh(&mr->lock);
	bound = atomic_read(&mr->windows);
	if (!bound)
		WRITE_ONCE(mr->state, RXE_MR_FREE);
	spin_unlock_bh(&mr->lock);
	if (bound)
		return ERR_PTR(-EBUSY);

	synchronize_rcu_expedited();
	mr->access = access;
	if (flags & IB_MR_REREG_PD)
		WRITE_ONCE(ib->pd, pd);
	rxe_mr_validate(mr);
	return NULL;
}

struct ib_mr *rxe_alloc_mr(struct ib_pd *pd, enum ib_mr_type type, u32 max_sg)
{
	struct rxe_mr *mr;
	int ret;

	if (type != IB_MR_TYPE_MEM_REG)
		return ERR_PTR(-EOPNOTSUPP);
	if (!max_sg || max_sg > RXE_MAX_FMR_PAGES)
		return ERR_PTR(-EINVAL);
	mr = mr_alloc(pd, RXE_MR_FAST, max_sg);
	if (!mr)
		return ERR_PTR(-ENOMEM);
	ret = mr_publish(mr);
	if (ret) {
		kvfree(mr);
		return ERR_PTR(ret);
	}
	return &mr->ib;
}

/* "DMA" addresses of a device without DMA are the kernel's */
static int mr_set_page(struct ib_mr *ib, u64 addr)
{
	struct rxe_mr *mr = to_rxe_mr(ib);

	if (mr->next_npages == mr->max_pages)
		return -ENOMEM;
	mr->next_va[mr->next_npages++] = (void *)(uintptr_t)addr;
	return 0;
}

int rxe_map_mr_sg(struct ib_mr *ib, struct scatterlist *sg, int n, unsigned int *offset)
{
	struct rxe_mr *mr = to_rxe_mr(ib);

	if (mr->kind != RXE_MR_FAST || !is_power_of_2(ib->page_size))
		return -EINVAL;
	mr->mapped = true;
	mr->next_npages = 0;
	mr->next_shift = ilog2(ib->page_size);
	return ib_sg_to_pages(ib, sg, n, offset, mr_set_page);
}

/* When it returns, nothing reads or writes the region's memory any more. */
int rxe_dereg_mr(struct ib_mr *ib, struct ib_udata *udata)
{
	struct rxe_dev *rxe = to_rxe(ib->device);
	struct rxe_mr *mr = to_rxe_mr(ib);
	bool bound;

	spin_lock_bh(&mr->lock);
	bound = atomic_read(&mr->windows);
	if (!bound)
		WRITE_ONCE(mr->state, RXE_MR_DEAD);
	spin_unlock_bh(&mr->lock);
	if (bound)
		return -EINVAL;

	xa_erase_bh(&rxe->mrs, mr->key >> 8);
	atomic_dec(&rxe->mr_count);
	if (mr->kind == RXE_MR_FAST) {
		rxe_mr_wait(mr);
		kvfree_rcu(mr, rcu);
		return 0;
	}
	synchronize_rcu_expedited();
	ib_umem_release(mr->umem);
	kvfree(mr);
	return 0;
}
