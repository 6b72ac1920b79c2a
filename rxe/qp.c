// SPDX-License-Identifier: GPL-2.0
/*
 * Queue pairs: their numbers, attributes, states, and their end. What a state
 * means for sending and receiving is the business of the two halves; here is
 * which state follows which, and that both learn of it.
 */
#include <rdma/uverbs_ioctl.h>

#include "rxe.h"

/* numbers below are reserved or look like mistakes */
#define QPN_MIN		16
#define QPN_MAX		(RXE_QPN_MCAST - 1)

/**
 * rxe_qp_find() - the queue pair of a number
 * @rxe: device
 * @qpn: number from a packet
 *
 * RCU; the pointer is good until rcu_read_unlock().
 *
 * Return: the queue pair or NULL.
 */
struct rxe_qp *rxe_qp_find(struct rxe_dev *rxe, u32 qpn)
{
	if (qpn == RXE_QPN_GSI)
		return rcu_dereference(rxe->gsi);
	return xa_load(&rxe->qps, qpn);
}

/* ---- events and errors ---- */

void rxe_qp_tell(struct rxe_qp *qp, enum ib_event_type type)
{
	struct ib_event event = {
		.device = qp->ib.device,
		.element.qp = &qp->ib,
		.event = type,
	};

	if (qp->ib.event_handler)
		qp->ib.event_handler(&event, qp->ib.qp_context);
}

void rxe_qp_resume(struct rxe_qp *qp)
{
	queue_work(rxe_bh_wq, &qp->work);
}

static void work_fn(struct work_struct *work)
{
	struct rxe_qp *qp = container_of(work, struct rxe_qp, work);

	rxe_snd_run(qp);
	rxe_rcv_run(qp);
}

/* an error leads to @to; false if it cannot any more */
static bool fall(struct rxe_qp *qp, enum ib_qp_state to)
{
	bool falls;

	spin_lock_bh(&qp->state_lock);
	falls = rxe_state_falls(qp->state, to);
	if (falls)
		WRITE_ONCE(qp->state, to);
	spin_unlock_bh(&qp->state_lock);
	return falls;
}

/* the state is ERR: all learn of it */
static void follow_error(struct rxe_qp *qp, int event)
{
	spin_lock_bh(&qp->snd.lock);
	qp->snd.state = READ_ONCE(qp->state);
	spin_unlock_bh(&qp->snd.lock);
	spin_lock_bh(&qp->rcv.lock);
	qp->rcv.state = READ_ONCE(qp->state);
	spin_unlock_bh(&qp->rcv.lock);
	rxe_qp_resume(qp);
	if (event >= 0)
		rxe_qp_tell(qp, event);
}

/**
 * rxe_qp_fail() - to the error state, because of what happened
 * @qp: queue pair
 * @event: enum ib_event_type to tell the consumer, or negative
 *
 * BH off or process context; neither snd.lock nor rcv.lock of any queue pair
 * held. Of several calls the first counts.
 */
void rxe_qp_fail(struct rxe_qp *qp, int event)
{
	if (fall(qp, IB_QPS_ERR))
		follow_error(qp, event);
}

void rxe_qp_snd_failed(struct rxe_qp *qp)
{
	struct rxe_snd *snd = &qp->snd;
	enum ib_qp_state state;
	bool fell;

	/* both states at once, or modify_qp could take the half's for obsolete */
	spin_lock(&snd->lock);
	state = snd->state;
	fell = fall(qp, state);
	snd->failed = false;
	spin_unlock(&snd->lock);
	if (fell && state == IB_QPS_ERR)
		follow_error(qp, -1);
}

void rxe_qp_sq_drained(struct rxe_qp *qp)
{
	rxe_qp_tell(qp, IB_EVENT_SQ_DRAINED);
}

/* ---- creation ---- */

static int check_init(const struct ib_qp_init_attr *init)
{
	const struct ib_qp_cap *cap = &init->cap;

	switch (init->qp_type) {
	case IB_QPT_RC:
	case IB_QPT_UC:
	case IB_QPT_UD:
		break;
	case IB_QPT_GSI:
		if (init->port_num != 1)
			return -EINVAL;
		break;
	default:
		return -EOPNOTSUPP;
	}
	if (init->create_flags)
		return -EOPNOTSUPP;
	if (!init->send_cq || !init->recv_cq)
		return -EINVAL;
	if (cap->max_send_wr > RXE_MAX_QP_WR || cap->max_send_sge > RXE_MAX_SGE ||
	    cap->max_inline_data > RXE_MAX_INLINE)
		return -EINVAL;
	if (!init->srq && (cap->max_recv_wr > RXE_MAX_QP_WR ||
			   cap->max_recv_sge > RXE_MAX_SGE))
		return -EINVAL;
	return 0;
}

/* the space behind an entry serves for SGEs and for inline data alike */
static int create_sq(struct rxe_qp *qp, struct ib_qp_cap *cap,
		     struct ib_ucontext *ctx, struct mminfo *mi)
{
	struct rxe_sq *sq = &qp->sq;
	u32 room, slots;
	int err;

	spin_lock_init(&sq->post_lock);
	room = max3(cap->max_send_sge * (u32)sizeof(struct ib_sge),
		    cap->max_inline_data, (u32)sizeof(struct ib_sge));
	room = ALIGN(room, sizeof(struct ib_sge));
	sq->max_sge = room / sizeof(struct ib_sge);
	sq->max_inline = room;
	if (ctx) {
		err = rxe_ring_create(&sq->ring, ctx, max(cap->max_send_wr, 1u),
				      sizeof(struct rxe_send_wqe) + room, mi);
		if (err)
			return err;
		slots = sq->ring.mask + 1;
	} else {
		slots = roundup_pow_of_two(cap->max_send_wr + 1);
		slots = max(slots, 2u);
	}
	sq->mask = slots - 1;
	sq->max_wr = slots - 1;
	sq->stride = ALIGN(sizeof(struct rxe_swqe) + room, L1_CACHE_BYTES);
	if ((u64)slots * sq->stride > RXE_MAX_QUEUE_BYTES)
		return -EINVAL;
	sq->buf = kvzalloc((size_t)slots * sq->stride, GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!sq->buf)
		return -ENOMEM;
	cap->max_send_wr = sq->max_wr;
	cap->max_send_sge = sq->max_sge;
	cap->max_inline_data = sq->max_inline;
	return 0;
}

static void destroy_sq(struct rxe_qp *qp)
{
	rxe_ring_destroy(&qp->sq.ring);
	kvfree(qp->sq.buf);
	qp->sq.buf = NULL;
}

static int create_rq(struct rxe_qp *qp, struct ib_qp_cap *cap,
		     struct ib_ucontext *ctx, struct mminfo *mi)
{
	int err;

	if (qp->srq) {
		cap->max_recv_wr = 0;
		cap->max_recv_sge = 0;
		return 0;
	}
	err = rxe_rq_create(&qp->rq, max(cap->max_recv_wr, 1u), cap->max_recv_sge,
			    ctx, mi);
	if (err)
		return err;
	cap->max_recv_wr = qp->rq.max_wr;
	cap->max_recv_sge = qp->rq.max_sge;
	return 0;
}

static void destroy_rq(struct rxe_qp *qp)
{
	if (!qp->srq)
		rxe_rq_destroy(&qp->rq);
}

/* a number which was not in use for long; packets do not find it yet */
static int take_number(struct rxe_qp *qp)
{
	struct rxe_dev *rxe = rxe_qp_dev(qp);
	int err;

	if (qp->ib.qp_type == IB_QPT_GSI) {
		qp->qpn = RXE_QPN_GSI;
		qp->ib.qp_num = RXE_QPN_GSI;
		return 0;
	}
	err = xa_alloc_cyclic_bh(&rxe->qps, &qp->qpn, NULL,
				 XA_LIMIT(QPN_MIN, QPN_MAX), &rxe->qpn_next,
				 GFP_KERNEL);
	if (err < 0)
		return err;
	qp->ib.qp_num = qp->qpn;
	return 0;
}

static int publish(struct rxe_qp *qp)
{
	struct rxe_dev *rxe = rxe_qp_dev(qp);

	if (qp->ib.qp_type == IB_QPT_GSI)
		return cmpxchg((struct rxe_qp __force **)&rxe->gsi, NULL, qp) ?
			-EBUSY : 0;
	/* into the place the number holds: needs no memory */
	return xa_err(xa_store_bh(&rxe->qps, qp->qpn, qp, GFP_KERNEL));
}

/* the number is free again only by now */
static void unpublish(struct rxe_qp *qp)
{
	struct rxe_dev *rxe = rxe_qp_dev(qp);

	if (qp->ib.qp_type == IB_QPT_GSI)
		cmpxchg((struct rxe_qp __force **)&rxe->gsi, qp, NULL);
	else
		xa_erase_bh(&rxe->qps, qp->qpn);
}

static void init_qp(struct rxe_qp *qp, const struct ib_qp_init_attr *init,
		    bool user)
{
	qp->user = user;
	qp->state = IB_QPS_RESET;
	qp->scq = to_rxe_cq(init->send_cq);
	qp->rcq = to_rxe_cq(init->recv_cq);
	qp->srq = init->srq ? to_rxe_srq(init->srq) : NULL;
	qp->mtu_shift = ilog2(ib_mtu_enum_to_int(IB_MTU_4096));
	qp->attr.path_mtu = IB_MTU_4096;
	qp->attr.port_num = 1;
	qp->snd.signal_all = init->sq_sig_type == IB_SIGNAL_ALL_WR;
	if (init->qp_type == IB_QPT_GSI)
		qp->qkey = RXE_GSI_QKEY;
	mutex_init(&qp->modify_lock);
	spin_lock_init(&qp->state_lock);
	INIT_WORK(&qp->work, work_fn);
	INIT_LIST_HEAD(&qp->tx_wait);
	atomic_set(&qp->mcast_groups, 0);
}

/**
 * rxe_create_qp() - create a queue pair
 * @ibqp: zeroed, as long as a struct rxe_qp
 * @init: what is asked for; the capabilities become those which are given
 * @udata: of a process, or NULL
 *
 * May sleep.
 *
 * Return: 0; -EINVAL, -EOPNOTSUPP: cannot be had; -ENOMEM; -EBUSY: the device
 * has a GSI queue pair already.
 */
int rxe_create_qp(struct ib_qp *ibqp, struct ib_qp_init_attr *init,
		  struct ib_udata *udata)
{
	struct rxe_dev *rxe = to_rxe(ibqp->device);
	struct rxe_qp *qp = to_rxe_qp(ibqp);
	struct rxe_create_qp_resp resp = {};
	struct ib_ucontext *ctx = NULL;
	int err;

	err = check_init(init);
	if (err)
		return err;
	if (udata) {
		if (udata->outlen < sizeof(resp) ||
		    (udata->inlen && !ib_is_udata_cleared(udata, 0, udata->inlen)))
			return -EINVAL;
		ctx = rdma_udata_to_uverbs_attr_bundle(udata)->context;
	}
	if (!rxe_take(&rxe->qp_count, RXE_MAX_QP))
		return -ENOMEM;
	init_qp(qp, init, ctx);

	err = create_sq(qp, &init->cap, ctx, &resp.sq_mi);
	if (err)
		goto put_sq;
	err = create_rq(qp, &init->cap, ctx, &resp.rq_mi);
	if (err)
		goto put_sq;
	err = rxe_snd_create(qp);
	if (err)
		goto put_rq;
	err = rxe_rcv_create(qp);
	if (err)
		goto stop_snd;
	err = take_number(qp);
	if (err)
		goto stop_rcv;
	err = publish(qp);
	if (err)
		goto put_number;
	qp->attr.cap = init->cap;
	if (ctx) {
		err = ib_copy_to_udata(udata, &resp, sizeof(resp));
		if (err)
			goto retract;
	}
	return 0;

retract:
	unpublish(qp);
	synchronize_rcu();
	goto stop_rcv;
put_number:
	if (qp->qpn != RXE_QPN_GSI)
		unpublish(qp);
stop_rcv:
	rxe_rcv_stop(qp);
stop_snd:
	rxe_snd_stop(qp);
put_rq:
	destroy_rq(qp);
put_sq:
	destroy_sq(qp);
	atomic_dec(&rxe->qp_count);
	return err;
}

/* ---- attributes ---- */

static void take_attr(struct rxe_qp *qp, const struct ib_qp_attr *from, int mask)
{
	struct ib_qp_attr *to = &qp->attr;

	/* asked for anew each time */
	if (mask & IB_QP_STATE)
		to->en_sqd_async_notify = 0;
	if (mask & IB_QP_EN_SQD_ASYNC_NOTIFY)
		to->en_sqd_async_notify = from->en_sqd_async_notify;
	if (mask & IB_QP_ACCESS_FLAGS) {
		to->qp_access_flags = from->qp_access_flags;
		WRITE_ONCE(qp->access, from->qp_access_flags);
	}
	if (mask & IB_QP_QKEY) {
		to->qkey = from->qkey;
		if (qp->ib.qp_type != IB_QPT_GSI)
			WRITE_ONCE(qp->qkey, from->qkey);
	}
	/* the core's reference to the GID's attributes ends with this call */
	if (mask & IB_QP_AV) {
		to->ah_attr = from->ah_attr;
		to->ah_attr.grh.sgid_attr = NULL;
	}
	if (mask & IB_QP_PATH_MTU)
		to->path_mtu = from->path_mtu;
	if (mask & IB_QP_TIMEOUT)
		to->timeout = from->timeout;
	if (mask & IB_QP_RETRY_CNT)
		to->retry_cnt = from->retry_cnt;
	if (mask & IB_QP_RNR_RETRY)
		to->rnr_retry = from->rnr_retry;
	if (mask & IB_QP_RQ_PSN)
		to->rq_psn = from->rq_psn & RXE_PSN_MASK;
	if (mask & IB_QP_SQ_PSN)
		to->sq_psn = from->sq_psn & RXE_PSN_MASK;
	if (mask & IB_QP_MAX_QP_RD_ATOMIC)
		to->max_rd_atomic = from->max_rd_atomic;
	if (mask & IB_QP_MAX_DEST_RD_ATOMIC)
		to->max_dest_rd_atomic = from->max_dest_rd_atomic;
	if (mask & IB_QP_MIN_RNR_TIMER)
		to->min_rnr_timer = from->min_rnr_timer;
	if (mask & IB_QP_PATH_MIG_STATE)
		to->path_mig_state = from->path_mig_state;
	if (mask & IB_QP_ALT_PATH) {
		to->alt_ah_attr = from->alt_ah_attr;
		to->alt_ah_attr.grh.sgid_attr = NULL;
		to->alt_pkey_index = from->alt_pkey_index;
		to->alt_port_num = from->alt_port_num;
		to->alt_timeout = from->alt_timeout;
	}
	if (mask & IB_QP_DEST_QPN) {
		to->dest_qp_num = from->dest_qp_num;
		WRITE_ONCE(qp->dest_qpn, from->dest_qp_num);
	}
}

/* the path which @attr leads to; NULL: the old one stays */
static struct rxe_path *make_path(struct rxe_qp *qp, const struct ib_qp_attr *attr,
				  int mask)
{
	u32 dest = mask & IB_QP_DEST_QPN ? attr->dest_qp_num : qp->dest_qpn;
	const struct rdma_ah_attr *ah = &attr->ah_attr;
	u16 sport;

	if (!(mask & IB_QP_AV))
		return NULL;
	if (!(rdma_ah_get_ah_flags(ah) & IB_AH_GRH))
		return ERR_PTR(-EINVAL);
	sport = rdma_get_udp_sport(rdma_ah_read_grh(ah)->flow_label, qp->qpn, dest);
	return rxe_path_create(rxe_qp_dev(qp), ah, sport);
}

static void replace_path(struct rxe_qp *qp, struct rxe_path *path)
{
	struct rxe_path *old;

	old = rcu_replace_pointer(qp->path, path, lockdep_is_held(&qp->modify_lock));
	if (old)
		rxe_path_free(old);
}

/* ---- states ---- */

/* from @from to @to, unless an error came in between */
static bool set_state(struct rxe_qp *qp, enum ib_qp_state from, enum ib_qp_state to)
{
	bool same;

	spin_lock_bh(&qp->state_lock);
	same = qp->state == from;
	if (same)
		WRITE_ONCE(qp->state, to);
	spin_unlock_bh(&qp->state_lock);
	return same;
}

/* both halves obey RESET and nothing of them runs any more; may sleep */
static void quiesce(struct rxe_qp *qp)
{
	spin_lock_bh(&qp->state_lock);
	WRITE_ONCE(qp->state, IB_QPS_RESET);
	spin_unlock_bh(&qp->state_lock);
	spin_lock_bh(&qp->snd.lock);
	qp->snd.state = IB_QPS_RESET;
	spin_unlock_bh(&qp->snd.lock);
	spin_lock_bh(&qp->rcv.lock);
	qp->rcv.state = IB_QPS_RESET;
	spin_unlock_bh(&qp->rcv.lock);
	/* packets and posters which saw the old state */
	synchronize_rcu_expedited();
	rxe_snd_timers_off(qp);
	cancel_work_sync(&qp->work);
	rxe_tx_forget(qp);
}

static void to_reset(struct rxe_qp *qp)
{
	quiesce(qp);
	rxe_snd_reset(qp);
	rxe_rcv_reset(qp);
	rxe_mw_unbind_qp(qp);
	replace_path(qp, NULL);
}

static int change(struct rxe_qp *qp, const struct ib_qp_attr *attr, int mask,
		  enum ib_qp_state from, enum ib_qp_state to)
{
	struct ib_qp_attr old = qp->attr;
	struct rxe_path *path;
	u32 old_qpn = qp->dest_qpn;
	int old_access = qp->access, err;
	u32 old_qkey = qp->qkey;

	path = make_path(qp, attr, mask);
	if (IS_ERR(path))
		return PTR_ERR(path);
	take_attr(qp, attr, mask);
	err = rxe_rcv_modify(qp, mask & ~IB_QP_STATE);
	if (err)
		goto undo;
	if (path)
		replace_path(qp, path);
	/* failed meanwhile: it stays in the error state, and the caller is told */
	if (!set_state(qp, from, to))
		return -EINVAL;
	rxe_snd_modify(qp, mask);
	rxe_rcv_modify(qp, mask & IB_QP_STATE);
	/* handlers may not be called from here; BH off saves the way by ksoftirqd */
	if (to != from || mask & IB_QP_AV) {
		local_bh_disable();
		rxe_qp_resume(qp);
		local_bh_enable();
	}
	return 0;

undo:
	qp->attr = old;
	qp->dest_qpn = old_qpn;
	qp->access = old_access;
	qp->qkey = old_qkey;
	if (path)
		rxe_path_free(path);
	return err;
}

/**
 * rxe_modify_qp() - change attributes and state
 * @ibqp: queue pair
 * @attr: new values
 * @mask: which of them, IB_QP_*
 * @udata: of a process, or NULL
 *
 * May sleep. On error nothing was changed, unless the queue pair failed meanwhile.
 *
 * Return: 0; -EINVAL: not allowed, or the queue pair failed meanwhile;
 * -EOPNOTSUPP; -ENOMEM.
 */
int rxe_modify_qp(struct ib_qp *ibqp, struct ib_qp_attr *attr, int mask,
		  struct ib_udata *udata)
{
	struct rxe_qp *qp = to_rxe_qp(ibqp);
	enum ib_qp_state from, to;
	int err;

	mutex_lock(&qp->modify_lock);
	err = rxe_attr_judge(attr, mask, READ_ONCE(qp->state));
	if (err)
		goto out;
	from = READ_ONCE(qp->state);
	to = mask & IB_QP_STATE ? attr->qp_state : from;
	err = -EINVAL;
	if (!ib_modify_qp_is_ok(from, to, ibqp->qp_type, mask))
		goto out;
	if (to == IB_QPS_RESET) {
		if (from != IB_QPS_RESET)
			to_reset(qp);
		err = 0;
	} else {
		err = change(qp, attr, mask, from, to);
	}
out:
	mutex_unlock(&qp->modify_lock);
	return err;
}

/**
 * rxe_query_qp() - tell attributes and state
 * @ibqp: queue pair
 * @attr: filled
 * @mask: which are asked for; all are told
 * @init: filled
 *
 * May sleep.
 *
 * Return: 0.
 */
int rxe_query_qp(struct ib_qp *ibqp, struct ib_qp_attr *attr, int mask,
		 struct ib_qp_init_attr *init)
{
	struct rxe_qp *qp = to_rxe_qp(ibqp);

	mutex_lock(&qp->modify_lock);
	*attr = qp->attr;
	attr->qp_state = READ_ONCE(qp->state);
	attr->cur_qp_state = attr->qp_state;
	attr->qkey = qp->qkey;
	spin_lock_bh(&qp->snd.lock);
	if (attr->qp_state >= IB_QPS_RTS)
		attr->sq_psn = qp->snd.next;
	attr->sq_draining = qp->snd.state == IB_QPS_SQD && qp->sq.cons != qp->snd.cur;
	spin_unlock_bh(&qp->snd.lock);
	spin_lock_bh(&qp->rcv.lock);
	if (attr->qp_state >= IB_QPS_RTR)
		attr->rq_psn = qp->rcv.epsn;
	spin_unlock_bh(&qp->rcv.lock);
	mutex_unlock(&qp->modify_lock);

	init->event_handler = ibqp->event_handler;
	init->qp_context = ibqp->qp_context;
	init->send_cq = ibqp->send_cq;
	init->recv_cq = ibqp->recv_cq;
	init->srq = ibqp->srq;
	init->cap = attr->cap;
	init->sq_sig_type = qp->snd.signal_all ? IB_SIGNAL_ALL_WR :
						 IB_SIGNAL_REQ_WR;
	init->qp_type = ibqp->qp_type;
	init->port_num = 1;
	return 0;
}

/**
 * rxe_destroy_qp() - the end of a queue pair
 * @ibqp: queue pair
 * @udata: of a process, or NULL
 *
 * May sleep. Completes nothing more: what was posted is forgotten.
 *
 * Return: 0; -EBUSY: it is attached to multicast groups.
 */
int rxe_destroy_qp(struct ib_qp *ibqp, struct ib_udata *udata)
{
	struct rxe_qp *qp = to_rxe_qp(ibqp);
	struct rxe_dev *rxe = rxe_qp_dev(qp);

	if (atomic_read(&qp->mcast_groups))
		return -EBUSY;
	unpublish(qp);
	mutex_lock(&qp->modify_lock);
	quiesce(qp);
	/* nobody finds it any more, and what had found it is over */
	disable_work_sync(&qp->work);
	rxe_tx_forget(qp);
	rxe_snd_stop(qp);
	rxe_rcv_stop(qp);
	rxe_mw_unbind_qp(qp);
	replace_path(qp, NULL);
	mutex_unlock(&qp->modify_lock);
	/* its last calls of handlers: the core does not expect any afterwards */
	rxe_cq_settle(qp->scq);
	rxe_cq_settle(qp->rcq);
	destroy_rq(qp);
	destroy_sq(qp);
	atomic_dec(&rxe->qp_count);
	return 0;
}
