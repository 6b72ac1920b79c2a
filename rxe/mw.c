// SPDX-License-Identifier: GPL-2.0
/*
 * Memory windows: keys to a part of a region which a QP binds and unbinds. A
 * bound window pins its region by count; users of the window are counted, too,
 * so that it is idle when an invalidation returns.
 */
#include <linux/random.h>

#include "rxe.h"

#define MW_ACCESS	(IB_ACCESS_REMOTE_WRITE | IB_ACCESS_REMOTE_READ | \
			 IB_ACCESS_REMOTE_ATOMIC | IB_ZERO_BASED | \
			 IB_ACCESS_FLUSH_GLOBAL | IB_ACCESS_FLUSH_PERSISTENT)
#define MW_WRITES	(IB_ACCESS_REMOTE_WRITE | IB_ACCESS_REMOTE_ATOMIC)
#define MW_FLUSHES	(IB_ACCESS_FLUSH_GLOBAL | IB_ACCESS_FLUSH_PERSISTENT)

#define MW_INDEX_FIRST	(RXE_KEY_IS_MW >> 8)

/* RCU */
static struct rxe_mw *mw_find(struct rxe_qp *qp, u32 key)
{
	return xa_load(&rxe_qp_dev(qp)->mws, key >> 8);
}

/* under the lock: it has this key, bound or not, and @qp may name it */
static bool mw_is(const struct rxe_mw *mw, const struct rxe_qp *qp, u32 key)
{
	return mw->state != RXE_MR_DEAD && mw->key == key && mw->ib.pd == qp->ib.pd;
}

/*
 * Under the lock. Users do not need the lock to finish, and new ones find the
 * state changed when they get it. The region may go as soon as the count drops.
 */
static void mw_unbind(struct rxe_mw *mw, u8 state)
{
	struct rxe_mr *mr = mw->mr;

	mw->state = state;
	while (atomic_read_acquire(&mw->users))
		cpu_relax();
	mw->mr = NULL;
	mw->qpn = 0;
	if (mr) {
		/* the region's dereg trusts the count, not the pointer */
		smp_mb__before_atomic();
		atomic_dec(&mr->windows);
	}
}

/**
 * rxe_mw_get() - the right to all of a window
 * @qp: the QP the request came to
 * @rkey: key of the window
 * @access: what is to be done
 * @ref: the right, to be given back with rxe_ref_put()
 * @start: set to the address which the peer uses for the first byte
 * @length: set to the number of bytes
 *
 * Context: as rxe_rkey_get().
 * Return: 0 or -EACCES.
 */
int rxe_mw_get(struct rxe_qp *qp, u32 rkey, int access, struct rxe_ref *ref,
	       u64 *start, u64 *length)
{
	struct rxe_mw *mw;
	int ret = -EACCES;

	rcu_read_lock();
	mw = mw_find(qp, rkey);
	if (!mw)
		goto out;
	spin_lock_bh(&mw->lock);
	if (mw_is(mw, qp, rkey) && mw->state == RXE_MR_VALID && !(access & ~mw->access) &&
	    (mw->ib.type == IB_MW_TYPE_1 || mw->qpn == qp->qpn)) {
		atomic_inc(&mw->users);
		*ref = (struct rxe_ref) { .mr = mw->mr, .mw = mw, .iova = mw->addr };
		*start = mw->access & IB_ZERO_BASED ? 0 : mw->addr;
		*length = mw->length;
		ret = 0;
	}
	spin_unlock_bh(&mw->lock);
out:
	rcu_read_unlock();
	return ret;
}

/**
 * rxe_mw_invalidate() - unbind a type 2 window
 * @qp: where the request was posted or arrived
 * @rkey: key of the window; that it is not bound is no error
 * @remote: the peer asked for it: only through the QP which bound the window
 *
 * Context: as rxe_invalidate_local().
 * Return: 0 or -EINVAL.
 */
int rxe_mw_invalidate(struct rxe_qp *qp, u32 rkey, bool remote)
{
	struct rxe_mw *mw;
	int ret = -EINVAL;

	rcu_read_lock();
	mw = mw_find(qp, rkey);
	if (!mw)
		goto out;
	spin_lock_bh(&mw->lock);
	if (mw_is(mw, qp, rkey) && mw->ib.type == IB_MW_TYPE_2 && (!remote || mw->qpn == qp->qpn)) {
		mw_unbind(mw, RXE_MR_FREE);
		ret = 0;
	}
	spin_unlock_bh(&mw->lock);
out:
	rcu_read_unlock();
	return ret;
}

/* counts a window of @mr unless the region may not have it */
static bool mr_bind(struct rxe_mr *mr, struct rxe_qp *qp, u32 lkey, u64 addr,
		    u64 length, int access)
{
	bool ok;

	if (!mr || mr->kind == RXE_MR_DMA)
		return false;
	spin_lock(&mr->lock);
	ok = mr->state == RXE_MR_VALID && mr->key == lkey && mr->ib.pd == qp->ib.pd &&
	     mr->access & IB_ACCESS_MW_BIND &&
	     (!(access & MW_WRITES) || mr->access & IB_ACCESS_LOCAL_WRITE) &&
	     !(access & MW_FLUSHES & ~mr->access) &&
	     addr >= mr->iova && length <= mr->length &&
	     addr - mr->iova <= mr->length - length;
	if (ok)
		atomic_inc(&mr->windows);
	spin_unlock(&mr->lock);
	return ok;
}

/* under the window's lock */
static int mw_bind(struct rxe_mw *mw, struct rxe_qp *qp, const struct rxe_swqe *wqe)
{
	int access = wqe->mw.access & MW_ACCESS;
	bool type2 = mw->ib.type == IB_MW_TYPE_2;
	struct rxe_mr *mr = NULL;

	if (!mw_is(mw, qp, wqe->mw.mw_rkey))
		return -EINVAL;
	if (type2 ? mw->state != RXE_MR_FREE || !wqe->mw.length : access & IB_ZERO_BASED)
		return -EINVAL;
	if (wqe->mw.length) {
		mr = xa_load(&rxe_qp_dev(qp)->mrs, wqe->mw.mr_lkey >> 8);
		if (!mr_bind(mr, qp, wqe->mw.mr_lkey, wqe->mw.addr, wqe->mw.length, access))
			return -EINVAL;
	}

	mw_unbind(mw, RXE_MR_FREE);
	/* one byte is the consumer's choice; rdma-core's tests put nonsense in the rest */
	mw->key = (mw->key & ~0xffu) | (wqe->mw.rkey & 0xff);
	if (!mr)
		return 0;
	mw->mr = mr;
	mw->addr = wqe->mw.addr;
	mw->length = wqe->mw.length;
	mw->access = access;
	mw->qpn = type2 ? qp->qpn : 0;
	qp->bound |= type2;
	mw->state = RXE_MR_VALID;
	return 0;
}

/**
 * rxe_mw_bind() - execute a BIND_MW
 * @qp: where it was posted
 * @wqe: the work request; a length of 0 unbinds a type 1 window
 *
 * Context: BH off or process; the caller holds no right to memory.
 * Return: 0 or -EINVAL.
 */
int rxe_mw_bind(struct rxe_qp *qp, const struct rxe_swqe *wqe)
{
	struct rxe_mw *mw;
	int ret = -EINVAL;

	rcu_read_lock();
	mw = mw_find(qp, wqe->mw.mw_rkey);
	if (mw) {
		spin_lock_bh(&mw->lock);
		ret = mw_bind(mw, qp, wqe);
		spin_unlock_bh(&mw->lock);
	}
	rcu_read_unlock();
	return ret;
}

/**
 * rxe_mw_unbind_qp() - unbind the type 2 windows a QP bound
 * @qp: about to go; it executes nothing any more
 *
 * Context: may sleep.
 */
void rxe_mw_unbind_qp(struct rxe_qp *qp)
{
	struct rxe_dev *rxe = rxe_qp_dev(qp);
	unsigned long index = MW_INDEX_FIRST;
	struct rxe_mw *mw;

	/* there may be millions of others' */
	while (qp->bound && atomic_read(&rxe->mw_count)) {
		rcu_read_lock();
		mw = xa_find(&rxe->mws, &index, ULONG_MAX, XA_PRESENT);
		if (mw) {
			spin_lock_bh(&mw->lock);
			if (mw->state == RXE_MR_VALID && mw->ib.type == IB_MW_TYPE_2 &&
			    mw->qpn == qp->qpn)
				mw_unbind(mw, RXE_MR_FREE);
			spin_unlock_bh(&mw->lock);
		}
		rcu_read_unlock();
		if (!mw)
			break;
		index++;
		cond_resched();
	}
}

int rxe_alloc_mw(struct ib_mw *ib, struct ib_udata *udata)
{
	struct rxe_dev *rxe = to_rxe(ib->device);
	struct rxe_mw *mw = to_rxe_mw(ib);
	u32 index;
	int ret;

	if (!rxe_take(&rxe->mw_count, RXE_MAX_MW))
		return -ENOMEM;
	spin_lock_init(&mw->lock);
	mw->state = RXE_MR_DEAD;
	ret = rxe_index_alloc(&rxe->mws, mw, MW_INDEX_FIRST, RXE_KEY_IS_MW >> 8, &index);
	if (ret) {
		atomic_dec(&rxe->mw_count);
		return ret;
	}
	spin_lock_bh(&mw->lock);
	mw->key = index << 8 | get_random_u8();
	mw->state = RXE_MR_FREE;
	spin_unlock_bh(&mw->lock);
	ib->rkey = mw->key;
	return 0;
}

/* the core frees the window as soon as this returns */
int rxe_dealloc_mw(struct ib_mw *ib)
{
	struct rxe_dev *rxe = to_rxe(ib->device);
	struct rxe_mw *mw = to_rxe_mw(ib);

	spin_lock_bh(&mw->lock);
	mw_unbind(mw, RXE_MR_DEAD);
	spin_unlock_bh(&mw->lock);
	xa_erase_bh(&rxe->mws, mw->key >> 8);
	atomic_dec(&rxe->mw_count);
	synchronize_rcu_expedited();
	return 0;
}
