// SPDX-License-Identifier: GPL-2.0
/*
 * A path: made with its first connection, closed when anything goes wrong with
 * any of them, freed after its last operation.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/slab.h>

#include "rtrs-imm.h"
#include "rtrs-srv.h"

/*
 * Operations that arrived before this may be orphaned. Taken twice: when the
 * path is not live any more, for who comes at once; and after the grace period
 * in which somebody may still have claimed what he saw live on another CPU,
 * before any peer can learn that the path is gone.
 */
static void note_gone(struct rtrs_srv_ctx *ctx)
{
	u64 now = ktime_get_ns();
	u64 last = READ_ONCE(ctx->last_gone_ns);

	while (last < now && !try_cmpxchg64(&ctx->last_gone_ns, &last, now))
		;
}

/**
 * rtrs_srv_path_go() - the one writer of a path's state
 * @path: path
 * @to: where to
 *
 * Context: any. Return: false if the move is not legal, and then it is not made.
 */
bool rtrs_srv_path_go(struct rtrs_srv_path *path, enum rtrs_srv_path_state to)
{
	struct rtrs_srv_ctx *ctx = path->sess->ctx;
	enum rtrs_srv_path_state from;
	unsigned long flags;
	bool may;

	spin_lock_irqsave(&path->state_lock, flags);
	from = path->state;
	may = rtrs_srv_path_may_go(from, to);
	if (may) {
		if (from == RTRS_SRV_PATH_CONNECTING)
			atomic_dec(&ctx->nr_half_open);
		/* whoever sees the path live sees what was set up before */
		smp_store_release(&path->state, to);
		if (from == RTRS_SRV_PATH_CONNECTED) {
			path->was_up = true;
			note_gone(ctx);
		}
	}
	spin_unlock_irqrestore(&path->state_lock, flags);
	return may;
}

/**
 * rtrs_srv_path_close() - begin to close a path, unless that has begun
 * @path: path
 *
 * Context: any.
 */
void rtrs_srv_path_close(struct rtrs_srv_path *path)
{
	if (rtrs_srv_path_go(path, RTRS_SRV_PATH_CLOSING))
		queue_work(rtrs_srv_close_wq, &path->close_work);
}

/**
 * rtrs_srv_path_label() - how messages introduce a path
 * @path: path
 */
const char *rtrs_srv_path_label(const struct rtrs_srv_path *path)
{
	return path->sess->name[0] ? path->sess->name : path->name;
}

/**
 * rtrs_srv_path_nr_ops() - operations of a path under way
 * @path: path
 *
 * Exact once nothing arrives any more.
 */
u64 rtrs_srv_path_nr_ops(const struct rtrs_srv_path *path)
{
	u64 started = 0, ended = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		ended += READ_ONCE(per_cpu_ptr(path->pcpu, cpu)->ended);
	/* ends first: no operation is counted at its end alone */
	smp_rmb();
	for_each_possible_cpu(cpu)
		started += READ_ONCE(per_cpu_ptr(path->pcpu, cpu)->started);
	return started - ended;
}

static int hb_probe(struct rtrs_hb *hb)
{
	struct rtrs_srv_path *path = container_of(hb, struct rtrs_srv_path, hb);
	struct rtrs_srv_con *con = path->cons[0];

	return rtrs_con_post_imm(&con->base, &con->send_cqe,
				 rtrs_imm_make(RTRS_IMM_HB_MSG, 0), false);
}

static enum rtrs_hb_wait hb_waiting(struct rtrs_hb *hb)
{
	struct rtrs_srv_path *path = container_of(hb, struct rtrs_srv_path, hb);

	return rtrs_srv_path_nr_ops(path) ? RTRS_HB_IO : RTRS_HB_IDLE;
}

static void hb_lost(struct rtrs_hb *hb, u64 silent_ms)
{
	struct rtrs_srv_path *path = container_of(hb, struct rtrs_srv_path, hb);

	pr_info_ratelimited("%s: client silent for %llu ms on %s, closing the path\n",
			    rtrs_srv_path_label(path), silent_ms, path->name);
	rtrs_srv_path_close(path);
}

static const struct rtrs_hb_ops hb_ops = {
	.probe		= hb_probe,
	.waiting	= hb_waiting,
	.lost		= hb_lost,
};

static void expire(struct work_struct *work)
{
	struct rtrs_srv_path *path = container_of(to_delayed_work(work),
						  struct rtrs_srv_path,
						  expire_work);

	if (READ_ONCE(path->state) == RTRS_SRV_PATH_CONNECTING)
		rtrs_srv_refuse(path, RTRS_SRV_REFUSE_HALF_OPEN_EXPIRED);
}

/**
 * rtrs_srv_path_progress() - a half-open path came one step further
 * @path: path
 *
 * Context: holding @path->con_lock, or within rcu_read_lock(): closing the path
 * passes both before it cancels the expiry.
 */
void rtrs_srv_path_progress(struct rtrs_srv_path *path)
{
	u32 rest_ms = rtrs_srv_half_open_rest_ms(jiffies_to_msecs(jiffies -
								  path->born));

	if (READ_ONCE(path->state) == RTRS_SRV_PATH_CONNECTING)
		mod_delayed_work(rtrs_srv_wq, &path->expire_work,
				 msecs_to_jiffies(rest_ms));
}

static void path_free(struct work_struct *work)
{
	struct rtrs_srv_path *path = container_of(work, struct rtrs_srv_path,
						  free_work);
	struct rtrs_srv_ctx *ctx = path->sess->ctx;
	struct module *pinned = path->pins_owner ? ctx->ops->owner : NULL;
	u16 cid;

	/* whoever walks the list looks into what is freed next */
	mutex_lock(&ctx->lock);
	list_del(&path->ctx_entry);
	mutex_unlock(&ctx->lock);
	for (cid = 0; cid < path->cid_num; cid++)
		kfree(path->cons[cid]);
	kvfree(path->cons);
	kvfree(path->slots);
	percpu_ref_exit(&path->refs);
	free_percpu(path->pcpu);
	rtrs_srv_sess_put(path->sess);

	kvfree(path);
	mutex_lock(&ctx->lock);
	if (atomic_dec_and_test(&ctx->nr_paths))
		wake_up_all(&ctx->gone);
	mutex_unlock(&ctx->lock);
	/* the server may be gone from here on */
	if (pinned)
		module_put(pinned);
}

static void refs_gone(struct percpu_ref *refs)
{
	struct rtrs_srv_path *path = container_of(refs, struct rtrs_srv_path,
						  refs);

	queue_work(rtrs_srv_wq, &path->free_work);
}

static void stop_cons(struct rtrs_srv_path *path)
{
	u16 cid;

	/* waits for a connection that is being accepted right now */
	mutex_lock(&path->con_lock);
	for (cid = 0; cid < path->cid_num; cid++)
		if (path->cons[cid])
			rtrs_con_stop(&path->cons[cid]->base);
	mutex_unlock(&path->con_lock);
}

static void drain_cons(struct rtrs_srv_path *path)
{
	u16 cid;

	for (cid = 0; cid < path->cid_num; cid++)
		if (path->cons[cid])
			rtrs_con_drain(&path->cons[cid]->base);
}

static void destroy_cons(struct rtrs_srv_path *path)
{
	u16 cid;

	for (cid = 0; cid < path->cid_num; cid++) {
		if (!path->cons[cid])
			continue;
		rtrs_con_destroy(&path->cons[cid]->base);
		atomic_dec(&path->sess->ctx->nr_connections);
	}
}

/* The ids go last: a device can be removed once they are gone. */
static void leave_ids(struct rtrs_srv_path *path)
{
	u16 cid;

	for (cid = 0; cid < path->cid_num; cid++)
		if (path->cons[cid])
			rtrs_linger_id(&path->sess->ctx->linger,
				       path->cons[cid]->base.cm_id,
				       &path->device_gone, NULL, NULL);
}

static void drop_waiters(struct rtrs_srv_path *path)
{
	struct rtrs_srv_op *op;
	u32 id;

	for (id = 0; id < path->nr_slots; id++) {
		op = rtrs_srv_buf_drop_waiter(path->slots[id].buf, path);
		if (op)
			rtrs_srv_op_drop(op);
	}
}

static void wait_handing(struct rtrs_srv_path *path, enum rtrs_srv_handing kind)
{
	/* pairs with the barrier in rtrs_srv_op_work() */
	smp_mb();
	wait_event(path->handed, !atomic_read(&path->handing[kind]));
}

/*
 * Stop, drain, tell, free. Nothing here waits for the disk but the last step
 * before the end: what came by the service connection may be opening one, and
 * the upper layer must not be told that the link is down before that returned.
 * By then the client has long been answered and may come back.
 */
static void path_close(struct work_struct *work)
{
	struct rtrs_srv_path *path = container_of(work, struct rtrs_srv_path,
						  close_work);
	struct rtrs_srv_ctx *ctx = path->sess->ctx;

	/* who saw the path live has posted, claimed and queued what he wanted to */
	synchronize_rcu();
	/*
	 * Before the peer learns from the disconnect that it may send again: who
	 * waits for pages on behalf of this path must not be in the way.
	 */
	if (path->was_up) {
		note_gone(ctx);
		drop_waiters(path);
	}
	stop_cons(path);
	cancel_delayed_work_sync(&path->expire_work);
	cancel_work_sync(&path->info_work);
	rtrs_hb_stop(&path->hb);
	drain_cons(path);
	drop_waiters(path);
	wait_handing(path, RTRS_SRV_HANDING_IO);
	rtrs_srv_fence_drained(path);
	rtrs_srv_fence_cancel(path);

	rtrs_srv_sysfs_del_path(path);
	rtrs_srv_mem_unmap(path);
	destroy_cons(path);
	rtrs_iu_block_free(path->info_rx);
	rtrs_iu_block_free(path->info_tx);
	rtrs_dev_put(path->dev);
	leave_ids(path);
	rtrs_srv_sess_leave(path);
	rtrs_srv_mem_give_up(path);
	/* who sees orphans counted finds their module in use */
	if (ctx->ops->owner && rtrs_srv_path_nr_ops(path))
		path->pins_owner = try_module_get(ctx->ops->owner);
	rtrs_srv_path_go(path, RTRS_SRV_PATH_CLOSED);

	wait_handing(path, RTRS_SRV_HANDING_SERVICE);
	rtrs_srv_sess_link_down(path);
	percpu_ref_kill(&path->refs);
}

/**
 * rtrs_srv_path_create() - make a path in state CONNECTING
 * @sess: session, whose reference the path takes; the server's lock is held
 * @offer: the accepted connect request of cid 0
 * @cm_id: id of that request
 *
 * Context: process, may sleep.
 * Return: the path, listed in the session, or an ERR_PTR and then the reference
 * is still the caller's.
 */
struct rtrs_srv_path *rtrs_srv_path_create(struct rtrs_srv_sess *sess,
					   const struct rtrs_srv_offer *offer,
					   struct rdma_cm_id *cm_id)
{
	struct rtrs_srv_ctx *ctx = sess->ctx;
	struct rtrs_srv_path *path;
	struct rtrs_addr addr;
	int err = -ENOMEM;

	lockdep_assert_held(&ctx->lock);
	path = kvzalloc(sizeof(*path), GFP_KERNEL);
	if (!path)
		return ERR_PTR(-ENOMEM);
	path->cons = kvcalloc(offer->cid_num, sizeof(*path->cons), GFP_KERNEL);
	if (!path->cons)
		goto free_path;
	path->pcpu = alloc_percpu(struct rtrs_srv_pcpu);
	if (!path->pcpu)
		goto free_cons;
	err = percpu_ref_init(&path->refs, refs_gone, 0, GFP_KERNEL);
	if (err)
		goto free_pcpu;
	path->dev = rtrs_dev_get(&sess->devs, cm_id->device);
	if (IS_ERR(path->dev)) {
		err = PTR_ERR(path->dev);
		goto free_refs;
	}

	path->sess = sess;
	path->ib_dev = cm_id->device;
	memcpy(path->uuid, offer->path_uuid, RTRS_UUID_LEN);
	path->recon_cnt = offer->recon_cnt;
	path->cid_num = offer->cid_num;
	path->features = offer->features & RTRS_FEATURES_KNOWN;
	path->src = cm_id->route.addr.dst_addr;
	path->dst = cm_id->route.addr.src_addr;
	path->hca_port = cm_id->port_num;
	addr = (struct rtrs_addr) { .src = &path->src, .dst = &path->dst };
	rtrs_addr_to_str(&addr, path->name, sizeof(path->name));

	path->state = RTRS_SRV_PATH_CONNECTING;
	path->born = jiffies;
	atomic_inc(&ctx->nr_half_open);
	spin_lock_init(&path->state_lock);
	mutex_init(&path->con_lock);
	init_completion(&path->reg_done);
	init_completion(&path->kobj_gone);
	INIT_LIST_HEAD(&path->fences);
	spin_lock_init(&path->fence_lock);
	INIT_LIST_HEAD(&path->fence_waiters);
	rtrs_hb_init(&path->hb, &hb_ops, &sess->hb_conf, rtrs_srv_wq);
	path->hb.slow_peer = !(path->features & RTRS_FEAT_FENCE);
	init_waitqueue_head(&path->handed);
	INIT_WORK(&path->info_work, rtrs_srv_info_serve);
	INIT_WORK(&path->fence_work, rtrs_srv_fence_serve);
	INIT_DELAYED_WORK(&path->expire_work, expire);
	INIT_WORK(&path->close_work, path_close);
	INIT_WORK(&path->free_work, path_free);
	rtrs_srv_sess_join(sess, path);
	list_add_tail(&path->ctx_entry, &ctx->paths);
	atomic_inc(&ctx->nr_paths);
	rtrs_srv_path_progress(path);
	return path;

free_refs:
	percpu_ref_exit(&path->refs);
free_pcpu:
	free_percpu(path->pcpu);
free_cons:
	kvfree(path->cons);
free_path:
	kvfree(path);
	return ERR_PTR(err);
}

static void qp_event(struct ib_event *ev, void *qp_context)
{
	struct rtrs_srv_con *con = qp_context;

	if (ev->event == IB_EVENT_COMM_EST)
		rdma_notify(con->base.cm_id, IB_EVENT_COMM_EST);
	else
		pr_info_ratelimited("%s: cid %u: %s\n",
				    rtrs_srv_path_label(con->path),
				    con->base.cid, ib_event_msg(ev->event));
}

/*
 * An I/O connection's handlers hand requests up, which may block: its CQ is
 * its own. The service connection's only look and queue.
 */
static struct rtrs_con_attr con_attr(u16 cid)
{
	u32 depth = rtrs_srv_geo.queue_depth;
	u32 wrs_per_request = rtrs_srv_geo.invalidate ? 5 : 3;
	struct rtrs_con_attr attr = {
		.send_sges		= 1,
		.signal_interval	= min_t(u32, depth, RTRS_SERVICE_DEPTH),
		.cq_vector		= cid,
	};

	if (cid) {
		attr.send_wrs = depth * wrs_per_request + 1;
		attr.recv_wrs = depth + 1;
		attr.poll_ctx = IB_POLL_WORKQUEUE;
		attr.cq_private = true;
	} else {
		attr.send_wrs = 2 * RTRS_SERVICE_DEPTH + 2;
		attr.recv_wrs = 2 * RTRS_SERVICE_DEPTH + 2;
		attr.poll_ctx = IB_POLL_SOFTIRQ;
	}
	return attr;
}

/**
 * rtrs_srv_path_add_con() - prepare the next connection of a path
 * @path: path
 * @cid: its number, below the path's cid_num
 * @cm_id: its id; its context is the connection on success
 *
 * Context: process, may sleep; holding @path->con_lock.
 * Return: 0, and the path owns @cm_id and uncounts the connection; or a
 * negative errno.
 */
int rtrs_srv_path_add_con(struct rtrs_srv_path *path, u16 cid,
			  struct rdma_cm_id *cm_id)
{
	struct rtrs_con_attr attr = con_attr(cid);
	struct rtrs_srv_con *con;
	int err;

	lockdep_assert_held(&path->con_lock);
	if (READ_ONCE(path->state) != RTRS_SRV_PATH_CONNECTING ||
	    path->cons[cid] || cm_id->device != path->dev->ib_dev)
		return -ECONNRESET;
	con = kzalloc(sizeof(*con), GFP_KERNEL);
	if (!con)
		return -ENOMEM;
	con->path = path;
	con->base.cm_id = cm_id;
	con->base.cid = cid;
	con->recv_cqe.done = rtrs_srv_recv_done;
	con->send_cqe.done = rtrs_srv_send_done;
	spin_lock_init(&con->wait_lock);
	INIT_LIST_HEAD(&con->waiting);
	err = rtrs_con_create(&con->base, path->dev->pd, &attr, con, qp_event);
	if (err)
		goto free_con;
	path->cons[cid] = con;
	if (!cid) {
		err = rtrs_srv_info_expect(path);
		if (err)
			goto destroy;
	}
	path->nr_cons++;
	cm_id->context = con;
	return 0;

destroy:
	path->cons[cid] = NULL;
	rtrs_con_destroy(&con->base);
free_con:
	kfree(con);
	return err;
}
