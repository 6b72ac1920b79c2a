// SPDX-License-Identifier: GPL-2.0
/*
 * What a key gives the right to.
 *
 * A region is found by key under RCU and is usable while its state is VALID.
 * Users of DMA and user regions are waited for by a grace period, which only
 * deregistration needs; those of fast-register regions count themselves, because
 * these are invalidated at the speed of I/O and in softirq.
 */
#include <linux/libnvdimm.h>
#include <linux/mm.h>

#include "rxe.h"

#define MR_REMOTE	(IB_ACCESS_REMOTE_WRITE | IB_ACCESS_REMOTE_READ | IB_ACCESS_REMOTE_ATOMIC)

/* a longer contiguous run is given in pieces */
#define MR_RUN_MAX	SZ_64K

static bool mr_is(const struct rxe_mr *mr, const struct ib_pd *pd, u32 key, int access)
{
	/* pairs with rxe_mr_validate() */
	return smp_load_acquire(&mr->state) == RXE_MR_VALID &&
	       READ_ONCE(mr->key) == key && READ_ONCE(mr->ib.pd) == pd &&
	       !(access & ~mr->access);
}

static void mr_drop(struct rxe_mr *mr)
{
	if (mr->kind == RXE_MR_FAST) {
		/* pairs with rxe_mr_wait(): the copy is done */
		smp_mb__before_atomic();
		atomic_dec(&mr->users);
	}
}

/*
 * The user of a fast region announces itself, then looks again. Without the
 * first look, anybody's requests with its key could keep rxe_mr_wait() waiting.
 */
static bool mr_hold(struct rxe_mr *mr, const struct ib_pd *pd, u32 key, int access)
{
	if (!mr_is(mr, pd, key, access))
		return false;
	if (mr->kind != RXE_MR_FAST)
		return true;
	atomic_inc(&mr->users);
	/* pairs with rxe_mr_wait() */
	smp_mb__after_atomic();
	if (mr_is(mr, pd, key, access))
		return true;
	mr_drop(mr);
	return false;
}

/*
 * Nobody new gets hold of @mr, which is not VALID any more; those who did are
 * copying a packet's worth with BH off on other CPUs.
 */
void rxe_mr_wait(struct rxe_mr *mr)
{
	/* pairs with mr_hold(): either it sees the state or we its count */
	smp_mb();
	while (atomic_read_acquire(&mr->users))
		cpu_relax();
}

static bool range_ok(u64 start, u64 length, u64 addr, u64 len)
{
	return addr >= start && len <= length && addr - start <= length - len;
}

/* whether the key is right is asked by mr_get(), each time */
static struct rxe_mr *mr_find(struct rxe_dev *rxe, u32 key, struct rxe_mr **near)
{
	struct rxe_mr *mr;

	if (near && *near && READ_ONCE((*near)->key) == key)
		return *near;
	mr = xa_load(&rxe->mrs, key >> 8);
	if (near)
		*near = mr;
	return mr;
}

static int mr_get(struct rxe_mr *mr, const struct ib_pd *pd, u32 key, u64 addr,
		  u64 len, int access, struct rxe_ref *ref)
{
	if (!mr || !mr_hold(mr, pd, key, access))
		return -EACCES;
	if (!range_ok(mr->iova, mr->length, addr, len)) {
		mr_drop(mr);
		return -ERANGE;
	}
	*ref = (struct rxe_ref) { .mr = mr, .iova = addr };
	return 0;
}

/**
 * rxe_lkey_get() - the right to use memory a local work request names
 * @qp: whose work request
 * @lkey: the key in it
 * @addr: first byte
 * @len: number of bytes
 * @access: IB_ACCESS_LOCAL_WRITE to write, 0 to read
 * @ref: the right, to be given back with rxe_ref_put()
 *
 * Context: BH off until the right is given back, and no invalidation by the
 * same context meanwhile.
 * Return: 0, -EACCES (key, state, PD, access) or -ERANGE.
 */
int rxe_lkey_get(struct rxe_qp *qp, u32 lkey, u64 addr, u64 len, int access,
		 struct rxe_ref *ref)
{
	struct rxe_mr *mr;
	int ret;

	if (lkey == RXE_LOCAL_DMA_LKEY) {
		if (qp->user)
			return -EACCES;
		if (!range_ok(0, U64_MAX, addr, len))
			return -ERANGE;
		*ref = (struct rxe_ref) { .iova = addr };
		return 0;
	}
	mr = xa_load(&rxe_qp_dev(qp)->mrs, lkey >> 8);
	ret = mr_get(mr, qp->ib.pd, lkey, addr, len, access, ref);
	/* buffers posted to a shared queue are of its PD */
	if (ret == -EACCES && access && qp->srq && qp->srq->ib.pd != qp->ib.pd)
		ret = mr_get(mr, qp->srq->ib.pd, lkey, addr, len, access, ref);
	return ret;
}

/**
 * rxe_rkey_get() - the right to use memory the peer names
 * @qp: the QP the request came to
 * @rkey: key of a region or a window
 * @va: first byte
 * @len: number of bytes
 * @access: what is to be done, IB_ACCESS_REMOTE_* or IB_ACCESS_FLUSH_*
 * @near: the region which was found the last time since RCU was entered, to be
 *	found faster this time; NULL there: none. Or NULL: it is not worth while
 * @ref: the right, to be given back with rxe_ref_put()
 *
 * Context: as rxe_lkey_get().
 * Return: 0, -EACCES (key, state, PD, QP, access) or -ERANGE.
 */
int rxe_rkey_get(struct rxe_qp *qp, u32 rkey, u64 va, u64 len, int access,
		 struct rxe_mr **near, struct rxe_ref *ref)
{
	u64 start, length;
	int ret;

	if (!(rkey & RXE_KEY_IS_MW))
		return mr_get(mr_find(rxe_qp_dev(qp), rkey, near), qp->ib.pd,
			      rkey, va, len, access, ref);

	ret = rxe_mw_get(qp, rkey, access, ref, &start, &length);
	if (ret)
		return ret;
	if (!range_ok(start, length, va, len)) {
		rxe_ref_put(ref);
		return -ERANGE;
	}
	ref->iova += va - start;
	return 0;
}

/**
 * rxe_rkey_get_whole() - the right to all that a key names
 * @qp: the QP the request came to
 * @rkey: key of a region or a window
 * @access: what is to be done
 * @ref: the right, to be given back with rxe_ref_put()
 * @len: set to the number of bytes
 *
 * Context: as rxe_lkey_get().
 * Return: 0 or -EACCES.
 */
int rxe_rkey_get_whole(struct rxe_qp *qp, u32 rkey, int access,
		       struct rxe_ref *ref, u64 *len)
{
	struct rxe_mr *mr;
	u64 start;

	if (rkey & RXE_KEY_IS_MW)
		return rxe_mw_get(qp, rkey, access, ref, &start, len);

	mr = xa_load(&rxe_qp_dev(qp)->mrs, rkey >> 8);
	if (!mr || mr->kind == RXE_MR_DMA || !mr_hold(mr, qp->ib.pd, rkey, access))
		return -EACCES;
	*ref = (struct rxe_ref) { .mr = mr, .iova = mr->iova };
	*len = mr->length;
	return 0;
}

/**
 * rxe_ref_put() - give a right back
 * @ref: the right
 */
void rxe_ref_put(struct rxe_ref *ref)
{
	if (ref->mw) {
		/* pairs with mw_unbind(): the copy is done */
		smp_mb__before_atomic();
		atomic_dec(&ref->mw->users);
	} else if (ref->mr) {
		mr_drop(ref->mr);
	}
	ref->mr = NULL;
	ref->mw = NULL;
}

/**
 * rxe_ref_at() - where a byte is
 * @ref: a right that covers the byte
 * @off: number of the byte
 * @want: bytes which are of use, more than 0
 * @contig: set to the number of bytes that follow without a break, or to some
 *	number above @want; may be more than the right covers
 *
 * Return: its address; NULL only if @ref does not cover it.
 */
void *rxe_ref_at(const struct rxe_ref *ref, u64 off, size_t want, size_t *contig)
{
	const struct rxe_mr *mr = ref->mr;
	size_t size, in_page;
	u64 pos;
	u32 i;

	if (!mr || mr->kind == RXE_MR_DMA) {
		*contig = MR_RUN_MAX;
		return (void *)(uintptr_t)(ref->iova + off);
	}

	size = (size_t)1 << mr->page_shift;
	pos = ref->iova - mr->iova + (mr->iova & (size - 1)) + off;
	in_page = pos & (size - 1);
	pos >>= mr->page_shift;
	if (pos >= mr->npages) {
		*contig = 0;
		return NULL;
	}
	i = pos;
	*contig = size - in_page;
	for (; *contig < want && i + 1 < mr->npages; i++) {
		if (mr->va[i + 1] != mr->va[i] + size)
			break;
		*contig += size;
	}
	return mr->va[pos] + in_page;
}

/* the eight bytes a reference starts with, if they can be had at once */
static atomic64_t *ref_word(const struct rxe_ref *ref)
{
	size_t contig;
	void *p;

	p = rxe_ref_at(ref, 0, sizeof(u64), &contig);
	return p && contig >= 8 && IS_ALIGNED((uintptr_t)p, 8) ? p : NULL;
}

/**
 * rxe_ref_atomic() - execute an atomic request, atomic against this host's CPUs
 * @ref: right to eight bytes
 * @verb: RXE_CMP_SWAP or RXE_FETCH_ADD
 * @swap_add: new value or addend
 * @compare: value to compare with
 * @orig: set to the value before
 *
 * Return: 0, or -EINVAL if the bytes are not aligned.
 */
int rxe_ref_atomic(struct rxe_ref *ref, u8 verb, u64 swap_add, u64 compare, u64 *orig)
{
	atomic64_t *word = ref_word(ref);

	if (!word)
		return -EINVAL;
	*orig = verb == RXE_CMP_SWAP ? atomic64_cmpxchg(word, compare, swap_add) :
				       atomic64_fetch_add(swap_add, word);
	return 0;
}

/**
 * rxe_ref_atomic_write() - write eight bytes at once
 * @ref: right to them
 * @value: what to write, in the order of the host
 *
 * Return: 0, or -EINVAL if the bytes are not aligned.
 */
int rxe_ref_atomic_write(struct rxe_ref *ref, u64 value)
{
	atomic64_t *word = ref_word(ref);

	if (!word)
		return -EINVAL;
	atomic64_set_release(word, value);
	return 0;
}

/**
 * rxe_ref_flush() - make earlier writes visible or durable
 * @ref: right to what is to be flushed
 * @off: first byte
 * @len: how many
 * @type: 1 globally visible, 2 persistent, or both bits
 *
 * Return: 0.
 */
int rxe_ref_flush(struct rxe_ref *ref, u64 off, u64 len, u8 type)
{
	size_t contig;
	void *p;

	while (type & 2 && len) {
		p = rxe_ref_at(ref, off, MR_RUN_MAX, &contig);
		if (!p)
			break;
		contig = min_t(u64, contig, len);
		arch_wb_cache_pmem(p, contig);
		off += contig;
		len -= contig;
	}
	/* what was placed before is visible to whoever sees the answer */
	smp_mb();
	return 0;
}

/* ---- local operations and remote invalidation ---- */

/**
 * rxe_mr_reg() - make a fast region valid as ib_map_mr_sg() laid it out
 * @qp: a kernel consumer's QP
 * @ib: the region
 * @key: its key from now on; only the lowest byte is free to choose
 * @access: rights from now on
 *
 * Context: BH off or process.
 * Return: 0 or -EINVAL.
 */
int rxe_mr_reg(struct rxe_qp *qp, struct ib_mr *ib, u32 key, int access)
{
	struct rxe_mr *mr = to_rxe_mr(ib);
	u64 in_page, size;
	int ret = -EINVAL;

	if (qp->user || mr->kind != RXE_MR_FAST || ib->pd != qp->ib.pd ||
	    access & ~RXE_FAST_ACCESS)
		return -EINVAL;

	spin_lock_bh(&mr->lock);
	if (mr->state != RXE_MR_FREE || (key ^ mr->key) & ~0xffu)
		goto unlock;
	/* an invalidation on another CPU may still be waiting for users */
	rxe_mr_wait(mr);
	if (mr->mapped) {
		swap(mr->va, mr->next_va);
		mr->page_shift = mr->next_shift;
		mr->npages = mr->next_npages;
		mr->mapped = false;
	}
	in_page = ib->iova & (((u64)1 << mr->page_shift) - 1);
	size = (u64)mr->npages << mr->page_shift;
	if (in_page >= size || ib->length > size - in_page)
		goto unlock;
	WRITE_ONCE(mr->key, key);
	mr->access = access;
	mr->iova = ib->iova;
	mr->length = ib->length;
	rxe_mr_validate(mr);
	ret = 0;
unlock:
	spin_unlock_bh(&mr->lock);
	return ret;
}

static int mr_invalidate(struct rxe_qp *qp, u32 key, bool remote)
{
	struct rxe_mr *mr;
	int ret = -EINVAL;

	if (key & RXE_KEY_IS_MW)
		return rxe_mw_invalidate(qp, key, remote);

	rcu_read_lock();
	mr = xa_load(&rxe_qp_dev(qp)->mrs, key >> 8);
	if (!mr || mr->kind != RXE_MR_FAST)
		goto unlock;
	spin_lock_bh(&mr->lock);
	if (mr->state != RXE_MR_DEAD && mr->key == key && mr->ib.pd == qp->ib.pd &&
	    !atomic_read(&mr->windows) && (!remote || mr->access & MR_REMOTE)) {
		WRITE_ONCE(mr->state, RXE_MR_FREE);
		ret = 0;
	}
	spin_unlock_bh(&mr->lock);
	if (!ret)
		rxe_mr_wait(mr);
unlock:
	rcu_read_unlock();
	return ret;
}

/**
 * rxe_invalidate_local() - execute a LOCAL_INV
 * @qp: where it was posted
 * @key: of a fast region or a type 2 window; that it is not valid is no error
 *
 * When it returns, nothing reads or writes through the key any more.
 *
 * Context: BH off or process; the caller holds no right to memory.
 * Return: 0 or -EINVAL.
 */
int rxe_invalidate_local(struct rxe_qp *qp, u32 key)
{
	return mr_invalidate(qp, key, false);
}

/**
 * rxe_invalidate_remote() - execute the second half of a SEND with invalidate
 * @qp: where it arrived
 * @key: as rxe_invalidate_local(), of something the peer has a right to use
 *
 * Context: as rxe_invalidate_local().
 * Return: 0 or -EINVAL.
 */
int rxe_invalidate_remote(struct rxe_qp *qp, u32 key)
{
	return mr_invalidate(qp, key, true);
}
