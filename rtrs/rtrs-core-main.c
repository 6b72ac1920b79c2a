// SPDX-License-Identifier: GPL-2.0
/* The module rtrs-core: what client and server of RTRS share. */
#include <linux/init.h>
#include <linux/module.h>

#include "rtrs-linger.h"

static int __init rtrs_core_init(void)
{
	return rtrs_linger_setup();
}

static void __exit rtrs_core_exit(void)
{
	rtrs_linger_cleanup();
}

module_init(rtrs_core_init);
module_exit(rtrs_core_exit);

MODULE_DESCRIPTION("RDMA transport for block devices: shared core");
MODULE_VERSION(RNBD_VERSION);
MODULE_LICENSE("GPL");
