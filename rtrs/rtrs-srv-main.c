// SPDX-License-Identifier: GPL-2.0
/*
 * The module rtrs-server: parameters, the upper layer's open and close, RDMA
 * devices that come and go.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/init.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "rtrs-imm.h"
#include "rtrs-srv.h"

struct rtrs_srv_geometry rtrs_srv_geo;

/* Short works; those that hand operations up; bringing paths up and down. */
struct workqueue_struct *rtrs_srv_wq;
struct workqueue_struct *rtrs_srv_op_wq;
struct workqueue_struct *rtrs_srv_close_wq;

static bool always_invalidate = true;
module_param(always_invalidate, bool, 0444);
MODULE_PARM_DESC(always_invalidate,
		 "renew the key of a chunk with each request (default: Y)");

static int max_chunk_size = RTRS_DEF_CHUNK_SIZE;
module_param(max_chunk_size, int, 0444);
MODULE_PARM_DESC(max_chunk_size,
		 "bytes of a chunk, a power of two, at least 8192 (default: 131072)");

static int sess_queue_depth = RTRS_DEF_QUEUE_DEPTH;
module_param(sess_queue_depth, int, 0444);
MODULE_PARM_DESC(sess_queue_depth,
		 "chunks of a session, 1 to 65535 (default: 512)");

unsigned int rtrs_srv_max_sessions = 256;
module_param_named(max_sessions, rtrs_srv_max_sessions, uint, 0644);
MODULE_PARM_DESC(max_sessions, "sessions accepted (default: 256)");

unsigned int rtrs_srv_max_half_open = 64;
module_param_named(max_half_open, rtrs_srv_max_half_open, uint, 0644);
MODULE_PARM_DESC(max_half_open,
		 "paths being brought up at a time (default: 64)");

unsigned int rtrs_srv_max_connections = RTRS_MAX_CIDS;
module_param_named(max_connections, rtrs_srv_max_connections, uint, 0644);
MODULE_PARM_DESC(max_connections, "connections of a path (default: 4096)");

/* More than 250 paths of a client with 64 CPUs; a connection is 1 MiB or less. */
unsigned int rtrs_srv_max_total_connections = 16384;
module_param_named(max_total_connections, rtrs_srv_max_total_connections, uint,
		   0644);
MODULE_PARM_DESC(max_total_connections,
		 "connections of all paths together (default: 16384)");

unsigned int rtrs_srv_max_chunk_mem_mb;
module_param_named(max_chunk_mem_mb, rtrs_srv_max_chunk_mem_mb, uint, 0644);
MODULE_PARM_DESC(max_chunk_mem_mb,
		 "MiB for chunks of all sessions, 0 for a quarter of the memory (default: 0)");

/* The server there is; an RDMA device comes without a word about whose. */
static struct rtrs_srv_ctx *the_ctx;
static DEFINE_MUTEX(the_ctx_lock);

static int device_added(struct ib_device *dev)
{
	struct rtrs_srv_ctx *ctx = the_ctx;
	int err = 0;

	mutex_lock(&ctx->dev_lock);
	if (!ctx->nr_devs)
		err = rtrs_srv_listen(ctx);
	if (!err)
		ctx->nr_devs++;
	mutex_unlock(&ctx->dev_lock);
	return err;
}

/* Looks at the device of each path which still has one, and closes it. */
static bool device_in_use(struct rtrs_srv_ctx *ctx, const struct ib_device *dev)
{
	struct rtrs_srv_sess *sess;
	struct rtrs_srv_path *path;
	bool in_use = false;

	mutex_lock(&ctx->lock);
	list_for_each_entry(sess, &ctx->sessions, entry)
		list_for_each_entry(path, &sess->paths, entry) {
			if (path->ib_dev != dev)
				continue;
			if (!READ_ONCE(path->device_gone))
				pr_info("%s: path %s: device %s is removed\n",
					rtrs_srv_path_label(path), path->name,
					dev->name);
			in_use = true;
			WRITE_ONCE(path->device_gone, true);
			rtrs_srv_path_close(path);
		}
	mutex_unlock(&ctx->lock);
	return in_use;
}

static void device_removed(struct ib_device *dev, void *client_data)
{
	struct rtrs_srv_ctx *ctx = the_ctx;
	unsigned int departures;

	mutex_lock(&ctx->dev_lock);
	if (!--ctx->nr_devs)
		rtrs_srv_unlisten(ctx);
	mutex_unlock(&ctx->dev_lock);
	for (;;) {
		departures = atomic_read(&ctx->departures);
		if (!device_in_use(ctx, dev))
			break;
		wait_event(ctx->gone,
			   atomic_read(&ctx->departures) != departures);
	}
}

static struct ib_client ib_client = {
	.name	= "rtrs_server",
	.add	= device_added,
	.remove	= device_removed,
};

/**
 * rtrs_srv_open() - be a server
 * @ops: the upper layer; stays
 * @port: port, also the low bits of the service id
 *
 * There is one at a time. Context: process, may sleep.
 * Return: the server, the caller's until rtrs_srv_close(), or an ERR_PTR.
 */
struct rtrs_srv_ctx *rtrs_srv_open(struct rtrs_srv_ops *ops, u16 port)
{
	struct rtrs_srv_ctx *ctx;
	int err = -EBUSY;

	mutex_lock(&the_ctx_lock);
	if (the_ctx)
		goto unlock;
	err = -ENOMEM;
	ctx = kzalloc(sizeof(*ctx), GFP_KERNEL);
	if (!ctx)
		goto unlock;
	ctx->ops = ops;
	ctx->port = port;
	mutex_init(&ctx->dev_lock);
	mutex_init(&ctx->lock);
	INIT_LIST_HEAD(&ctx->sessions);
	INIT_LIST_HEAD(&ctx->paths);
	init_waitqueue_head(&ctx->gone);
	rtrs_linger_init(&ctx->linger);

	the_ctx = ctx;
	err = ib_register_client(&ib_client);
	if (err) {
		the_ctx = NULL;
		kfree(ctx);
		goto unlock;
	}
	mutex_unlock(&the_ctx_lock);
	return ctx;

unlock:
	mutex_unlock(&the_ctx_lock);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_GPL(rtrs_srv_open);

/**
 * rtrs_srv_close() - stop being a server
 * @ctx: server, gone when this returns
 *
 * Every session is closed, and every operation of the upper layer has ended.
 * Context: process, may sleep, as long as the disks take.
 */
void rtrs_srv_close(struct rtrs_srv_ctx *ctx)
{
	struct rtrs_srv_path *path;

	/* each device is removed: no listener is left, no path in a session */
	ib_unregister_client(&ib_client);
	mutex_lock(&ctx->lock);
	list_for_each_entry(path, &ctx->paths, ctx_entry)
		rtrs_srv_path_close(path);
	mutex_unlock(&ctx->lock);
	wait_event(ctx->gone, !atomic_read(&ctx->nr_paths));
	/* the last one may still hold the server's lock */
	flush_workqueue(rtrs_srv_wq);
	rtrs_linger_give_up(&ctx->linger);
	/*
	 * Whoever ended the last operation may be a thread of the block layer,
	 * preempted on its way out of rtrs_srv_resp_rdma(): in the text of this
	 * module and of its user, and both may go now. That is no RCU reader, for
	 * which the removal of a module waits.
	 */
	synchronize_rcu_tasks();

	mutex_lock(&the_ctx_lock);
	the_ctx = NULL;
	mutex_unlock(&the_ctx_lock);
	kfree(ctx);
}
EXPORT_SYMBOL_GPL(rtrs_srv_close);

/**
 * rtrs_srv_orphans() - operations under way whose path is gone
 *
 * Context: process, may sleep.
 */
unsigned int rtrs_srv_orphans(void)
{
	struct rtrs_srv_path *path;
	unsigned int nr = 0;

	mutex_lock(&the_ctx_lock);
	if (the_ctx) {
		mutex_lock(&the_ctx->lock);
		list_for_each_entry(path, &the_ctx->paths, ctx_entry) {
			/* pairs with the release in rtrs_srv_path_go() */
			if (smp_load_acquire(&path->state) == RTRS_SRV_PATH_CLOSED)
				nr += rtrs_srv_path_nr_ops(path);
		}
		mutex_unlock(&the_ctx->lock);
	}
	mutex_unlock(&the_ctx_lock);
	return nr;
}

static int __init check_parameters(void)
{
	if (max_chunk_size < RTRS_MIN_CHUNK_SIZE ||
	    !is_power_of_2(max_chunk_size) || max_chunk_size < 2 * PAGE_SIZE) {
		pr_err("max_chunk_size=%d refused: a power of two, at least %lu, is needed\n",
		       max_chunk_size,
		       max_t(unsigned long, RTRS_MIN_CHUNK_SIZE, 2 * PAGE_SIZE));
		return -EINVAL;
	}
	if (sess_queue_depth < 1 || sess_queue_depth > RTRS_MAX_QUEUE_DEPTH) {
		pr_err("sess_queue_depth=%d refused: 1 to %d\n",
		       sess_queue_depth, RTRS_MAX_QUEUE_DEPTH);
		return -EINVAL;
	}
	if (!rtrs_geometry_fits(sess_queue_depth, max_chunk_size)) {
		pr_err("sess_queue_depth=%d refused with max_chunk_size=%d: an immediate cannot name each byte\n",
		       sess_queue_depth, max_chunk_size);
		return -EINVAL;
	}
	rtrs_srv_geo = (struct rtrs_srv_geometry) {
		.queue_depth	= sess_queue_depth,
		.chunk_size	= max_chunk_size,
		.max_io_size	= max_chunk_size - PAGE_SIZE,
		.max_hdr_size	= PAGE_SIZE,
		.id_bits	= rtrs_bits_for(sess_queue_depth),
		.invalidate	= always_invalidate,
	};
	return 0;
}

static void destroy_workqueues(void)
{
	if (rtrs_srv_close_wq)
		destroy_workqueue(rtrs_srv_close_wq);
	if (rtrs_srv_op_wq)
		destroy_workqueue(rtrs_srv_op_wq);
	if (rtrs_srv_wq)
		destroy_workqueue(rtrs_srv_wq);
}

static int __init create_workqueues(void)
{
	unsigned int flags = WQ_UNBOUND | WQ_MEM_RECLAIM;

	rtrs_srv_wq = alloc_workqueue("rtrs_server", flags, 0);
	rtrs_srv_op_wq = alloc_workqueue("rtrs_server_ops", flags, 0);
	rtrs_srv_close_wq = alloc_workqueue("rtrs_server_paths", flags, 0);
	if (rtrs_srv_wq && rtrs_srv_op_wq && rtrs_srv_close_wq)
		return 0;
	destroy_workqueues();
	return -ENOMEM;
}

static int __init rtrs_server_init(void)
{
	int err;

	err = check_parameters();
	if (err)
		return err;
	err = create_workqueues();
	if (err)
		return err;
	err = rtrs_srv_sysfs_init();
	if (err) {
		destroy_workqueues();
		return err;
	}
	pr_info("protocol version %u.%u, max_chunk_size=%d sess_queue_depth=%d always_invalidate=%d\n",
		RTRS_VERSION_MAJOR, RTRS_VERSION & 0xff, max_chunk_size,
		sess_queue_depth, always_invalidate);
	return 0;
}

static void __exit rtrs_server_exit(void)
{
	rtrs_srv_sysfs_exit();
	destroy_workqueues();
}

module_init(rtrs_server_init);
module_exit(rtrs_server_exit);

MODULE_DESCRIPTION("RDMA transport for block devices: server");
MODULE_VERSION(RNBD_VERSION);
MODULE_LICENSE("GPL");
