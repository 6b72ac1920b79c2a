// SPDX-License-Identifier: GPL-2.0
/* The module rdma_rxe: an RDMA device of any Ethernet device, over UDP. */
#include <linux/init.h>
#include <linux/module.h>
#include <rdma/rdma_netlink.h>

#include "icrc.h"
#include "rxe.h"

struct workqueue_struct *rxe_bh_wq;
struct workqueue_struct *rxe_wq;

static struct rdma_link_ops rxe_link_ops = {
	.type = "rxe",
	.newlink = rxe_newlink,
};

static int __init rxe_init(void)
{
	int err;

	err = rxe_icrc_init();
	if (err)
		return err;

	rxe_bh_wq = alloc_workqueue("rxe_bh", WQ_BH, 0);
	rxe_wq = alloc_workqueue("rxe", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!rxe_bh_wq || !rxe_wq) {
		err = -ENOMEM;
		goto free_wqs;
	}

	err = rxe_loopback_init();
	if (err)
		goto free_wqs;

	err = rxe_net_init();
	if (err)
		goto exit_loopback;

	err = rxe_netdev_init();
	if (err)
		goto exit_net;

	rdma_link_register(&rxe_link_ops);
	return 0;

exit_net:
	rxe_net_exit();
exit_loopback:
	rxe_loopback_exit();
free_wqs:
	if (rxe_wq)
		destroy_workqueue(rxe_wq);
	if (rxe_bh_wq)
		destroy_workqueue(rxe_bh_wq);
	return err;
}

static void __exit rxe_exit(void)
{
	rdma_link_unregister(&rxe_link_ops);
	ib_unregister_driver(RDMA_DRIVER_RXE);

	rxe_netdev_exit();
	rxe_net_exit();
	rxe_loopback_exit();
	rxe_train_exit();
	destroy_workqueue(rxe_wq);
	destroy_workqueue(rxe_bh_wq);
	/* paths and keys are freed by callbacks of this module */
	rcu_barrier();
}

module_init(rxe_init);
module_exit(rxe_exit);

MODULE_DESCRIPTION("Soft-RoCE: RDMA over any Ethernet device");
MODULE_VERSION(RNBD_VERSION);
MODULE_LICENSE("GPL");
MODULE_ALIAS_RDMA_LINK("rxe");
