// SPDX-License-Identifier: GPL-2.0
/* The server module: its parameters, and its place on top of RTRS. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "rnbd-srv.h"
#include "rnbd-srv-path.h"

MODULE_DESCRIPTION("RNBD server: block devices for other machines, over RTRS");
MODULE_VERSION(RNBD_VERSION);
MODULE_LICENSE("GPL");

struct workqueue_struct *rnbd_srv_wq;
static struct rtrs_srv_ctx *rtrs;

static unsigned short port_nr = RNBD_DEFAULT_PORT;
module_param(port_nr, ushort, 0444);
MODULE_PARM_DESC(port_nr, "Port to listen on (default 1234)");

/* ------------------------------------------------- search path */

static DEFINE_MUTEX(search_path_lock);
static char search_path[PATH_MAX] = "/";	/* under search_path_lock */

/**
 * rnbd_srv_search_path_get() - where devices are looked for
 * @buf: gets it, terminated; PATH_MAX bytes
 *
 * Process context.
 */
void rnbd_srv_search_path_get(char *buf)
{
	mutex_lock(&search_path_lock);
	strscpy(buf, search_path, PATH_MAX);
	mutex_unlock(&search_path_lock);
}

/**
 * rnbd_srv_search_path_set() - look for devices elsewhere from now on
 * @val: absolute path; what begins with the last newline is dropped
 *
 * Devices which are open stay so. Process context.
 *
 * Return: 0, -EINVAL, or -ENOMEM.
 */
int rnbd_srv_search_path_set(const char *val)
{
	char *copy, *newline;
	int err;

	if (strlen(val) > PATH_MAX)
		return -EINVAL;
	copy = kstrdup(val, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	newline = strrchr(copy, '\n');
	if (newline)
		*newline = '\0';

	err = rnbd_search_path_check(copy);
	if (!err) {
		mutex_lock(&search_path_lock);
		if (strcmp(search_path, copy))
			pr_info("dev_search_path is now %s, was %s\n", copy,
				search_path);
		strscpy(search_path, copy, sizeof(search_path));
		mutex_unlock(&search_path_lock);
	}
	kfree(copy);
	return err;
}

static int search_path_param_set(const char *val, const struct kernel_param *kp)
{
	return rnbd_srv_search_path_set(val);
}

static int search_path_param_get(char *buf, const struct kernel_param *kp)
{
	size_t len;

	/* @buf is a page, which the path may fill up to its terminator */
	rnbd_srv_search_path_get(buf);
	len = strlen(buf);
	buf[len] = '\n';
	return len + 1;
}

static const struct kernel_param_ops search_path_param = {
	.set	= search_path_param_set,
	.get	= search_path_param_get,
};
module_param_cb(dev_search_path, &search_path_param, NULL, 0644);
MODULE_PARM_DESC(dev_search_path,
		 "Where clients' device names begin; may hold " RNBD_SESSNAME_TOKEN " (default /)");

/* ------------------------------------------------- priorities */

static unsigned int max_prio_class = IOPRIO_CLASS_BE;

static int prio_class_set(const char *val, const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, IOPRIO_CLASS_NONE,
				     IOPRIO_CLASS_IDLE);
}

static const struct kernel_param_ops prio_class_param = {
	.set	= prio_class_set,
	.get	= param_get_uint,
};
module_param_cb(max_io_prio_class, &prio_class_param, &max_prio_class, 0644);
MODULE_PARM_DESC(max_io_prio_class,
		 "Best I/O priority class clients get: 1 real time, 2 best effort (default), 3 idle; 0 ignores theirs");

/**
 * rnbd_srv_max_prio_class() - the best priority class a client may use
 */
unsigned int rnbd_srv_max_prio_class(void)
{
	return READ_ONCE(max_prio_class);
}

/* ------------------------------------------------- module */

static struct rtrs_srv_ops rtrs_ops = {
	.rdma_ev	= rnbd_srv_msg,
	.link_ev	= rnbd_srv_link_ev,
	.owner		= THIS_MODULE,
	.pdu_sz		= sizeof(union rnbd_srv_pdu),
};

static int __init rnbd_srv_init(void)
{
	int err;

	rnbd_srv_wq = alloc_workqueue("rnbd_server", WQ_UNBOUND | WQ_MEM_RECLAIM,
				      0);
	if (!rnbd_srv_wq)
		return -ENOMEM;
	err = rnbd_srv_sysfs_init();
	if (err)
		goto destroy_wq;
	rtrs = rtrs_srv_open(&rtrs_ops, port_nr);
	if (IS_ERR(rtrs)) {
		err = PTR_ERR(rtrs);
		pr_err("cannot listen on port %u: %d\n", port_nr, err);
		goto exit_sysfs;
	}
	pr_info("version %s, protocol %d, port_nr %u, dev_search_path %s, max_io_prio_class %u\n",
		RNBD_VERSION, RNBD_PROTO_VERSION, port_nr, search_path,
		max_prio_class);
	return 0;

exit_sysfs:
	rnbd_srv_sysfs_exit();
destroy_wq:
	destroy_workqueue(rnbd_srv_wq);
	return err;
}

static void __exit rnbd_srv_exit(void)
{
	rtrs_srv_close(rtrs);
	rnbd_srv_openings_wait_none();
	destroy_workqueue(rnbd_srv_wq);
	rnbd_srv_sysfs_exit();
	/*
	 * Who put the last reference to an opening, from the end of a bio or a
	 * file in sysfs, may have been preempted before it returned from here.
	 */
	synchronize_rcu_tasks();
}

module_init(rnbd_srv_init);
module_exit(rnbd_srv_exit);
