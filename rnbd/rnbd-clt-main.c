// SPDX-License-Identifier: GPL-2.0
/* The client module: its workqueue, its block major, and the end of it all. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/blkdev.h>
#include <linux/module.h>
#include <linux/rcupdate.h>

#include "rnbd-clt.h"

MODULE_DESCRIPTION("RNBD client: block devices of another machine, over RTRS");
MODULE_VERSION(RNBD_VERSION);
MODULE_LICENSE("GPL");

/* disks are brought back here, also for who reclaims memory through them */
struct workqueue_struct *rnbd_clt_wq;
/* and here the waiting of others for I/O is ended, also when all of those wait */
struct workqueue_struct *rnbd_clt_forsake_wq;
int rnbd_clt_major;

static unsigned int answer_timeout_ms = 30000;

static int answer_timeout_set(const char *val, const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, 1000, 600000);
}

static const struct kernel_param_ops answer_timeout_param = {
	.set	= answer_timeout_set,
	.get	= param_get_uint,
};
module_param_cb(answer_timeout_ms, &answer_timeout_param, &answer_timeout_ms,
		0644);
MODULE_PARM_DESC(answer_timeout_ms,
		 "How long mapping and unmapping wait for a server that is there but does not answer (default 30000, 1000..600000)");

/**
 * rnbd_clt_answer_timeout() - how long to wait for an answer that is not I/O
 *
 * Return: jiffies, not 0.
 */
unsigned long rnbd_clt_answer_timeout(void)
{
	return msecs_to_jiffies(READ_ONCE(answer_timeout_ms));
}

static int __init rnbd_clt_init(void)
{
	int err;

	rnbd_clt_wq = alloc_workqueue("rnbd_client", WQ_UNBOUND | WQ_MEM_RECLAIM,
				      0);
	if (!rnbd_clt_wq)
		return -ENOMEM;
	rnbd_clt_forsake_wq = alloc_workqueue("rnbd_client_forsake",
					      WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!rnbd_clt_forsake_wq) {
		err = -ENOMEM;
		goto destroy_wq;
	}

	rnbd_clt_major = register_blkdev(0, "rnbd");
	if (rnbd_clt_major < 0) {
		err = rnbd_clt_major;
		goto destroy_forsake_wq;
	}
	err = rnbd_clt_sysfs_init();
	if (err)
		goto unregister_blkdev;

	pr_info("version %s, protocol %d, block major %d\n", RNBD_VERSION,
		RNBD_PROTO_VERSION, rnbd_clt_major);
	return 0;

unregister_blkdev:
	unregister_blkdev(rnbd_clt_major, "rnbd");
destroy_forsake_wq:
	destroy_workqueue(rnbd_clt_forsake_wq);
destroy_wq:
	destroy_workqueue(rnbd_clt_wq);
	return err;
}

static void __exit rnbd_clt_exit(void)
{
	rnbd_clt_sysfs_stop();
	rnbd_clt_unmap_all();
	rnbd_clt_sess_wait_none();
	destroy_workqueue(rnbd_clt_forsake_wq);
	destroy_workqueue(rnbd_clt_wq);
	rnbd_clt_sysfs_exit();
	unregister_blkdev(rnbd_clt_major, "rnbd");
	/*
	 * Who put the last reference to a device, from a file in sysfs or with
	 * its disk, may have been preempted before it returned from here.
	 */
	synchronize_rcu_tasks();
}

module_init(rnbd_clt_init);
module_exit(rnbd_clt_exit);
