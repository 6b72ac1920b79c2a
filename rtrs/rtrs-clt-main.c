// SPDX-License-Identifier: GPL-2.0
/*
 * The module rtrs-client: its class, its workqueues, and what all sessions
 * share.
 */
#include <linux/module.h>

#include "rtrs-clt.h"

struct class *rtrs_clt_class;
struct workqueue_struct *rtrs_clt_wq;
struct workqueue_struct *rtrs_clt_connect_wq;
struct rtrs_dev_pool rtrs_clt_devs;
struct rtrs_linger_owner rtrs_clt_lingering;

static int __init rtrs_clt_init(void)
{
	rtrs_dev_pool_init(&rtrs_clt_devs);
	rtrs_linger_init(&rtrs_clt_lingering);

	/*
	 * A swap device may be at the other end, hence the rescuers; two
	 * queues, because an attempt waits for the network and must not keep
	 * the rescuer from moving requests off a lost path.
	 */
	rtrs_clt_wq = alloc_workqueue("rtrs_clt", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!rtrs_clt_wq)
		return -ENOMEM;
	rtrs_clt_connect_wq = alloc_workqueue("rtrs_clt_connect",
					      WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!rtrs_clt_connect_wq)
		goto free_wq;
	rtrs_clt_class = class_create("rtrs-client");
	if (IS_ERR(rtrs_clt_class))
		goto free_connect_wq;

	pr_info("loaded, protocol %u.%u\n", RTRS_VERSION_MAJOR,
		RTRS_VERSION & 0xff);
	return 0;

free_connect_wq:
	destroy_workqueue(rtrs_clt_connect_wq);
free_wq:
	destroy_workqueue(rtrs_clt_wq);
	return -ENOMEM;
}

static void __exit rtrs_clt_exit(void)
{
	rtrs_linger_give_up(&rtrs_clt_lingering);
	class_destroy(rtrs_clt_class);
	destroy_workqueue(rtrs_clt_connect_wq);
	destroy_workqueue(rtrs_clt_wq);
}

module_init(rtrs_clt_init);
module_exit(rtrs_clt_exit);

MODULE_DESCRIPTION("RDMA transport for block devices: client");
MODULE_VERSION(RNBD_VERSION);
MODULE_LICENSE("GPL");
