// SPDX-License-Identifier: GPL-2.0
/*
 * The client in sysfs: the class with its control device, the links to mapped
 * disks, and the directory "rnbd" of each. man/rnbd.7 lists every file.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/blkdev.h>
#include <linux/cpumask.h>
#include <linux/device.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "rnbd-clt.h"
#include "rnbd-ctl.h"

static struct rnbd_ctl ctl;	/* its devices/ holds links to disks */

/* ------------------------------------------------- a mapped device */

static struct rnbd_clt_dev *to_dev(struct kobject *kobj)
{
	return container_of(kobj, struct rnbd_clt_dev, kobj);
}

static ssize_t unmap_device_show(struct kobject *kobj,
				 struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "Usage: echo <normal|force> > %s\n",
			  attr->attr.name);
}

static ssize_t unmap_device_store(struct kobject *kobj,
				  struct kobj_attribute *attr,
				  const char *buf, size_t count)
{
	struct rnbd_clt_dev *dev = to_dev(kobj);
	bool force;
	int err;

	if (sysfs_streq(buf, "force"))
		force = true;
	else if (sysfs_streq(buf, "normal"))
		force = false;
	else
		return -EINVAL;

	kref_get(&dev->kref);
	err = rnbd_clt_unmap(dev, force, &attr->attr);
	rnbd_clt_dev_put(dev);
	return err ?: count;
}

static ssize_t resize_show(struct kobject *kobj, struct kobj_attribute *attr,
			   char *buf)
{
	return sysfs_emit(buf, "Usage: echo <512-byte sectors> > %s\n",
			  attr->attr.name);
}

static ssize_t resize_store(struct kobject *kobj, struct kobj_attribute *attr,
			    const char *buf, size_t count)
{
	u64 nr_sectors;
	int err;

	err = kstrtou64(buf, 0, &nr_sectors);
	if (!err && nr_sectors >> (63 - SECTOR_SHIFT))
		err = -ERANGE;
	if (!err)
		err = rnbd_clt_resize(to_dev(kobj), nr_sectors);
	return err ?: count;
}

static ssize_t remap_device_show(struct kobject *kobj,
				 struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "Usage: echo 1 > %s\n", attr->attr.name);
}

static ssize_t remap_device_store(struct kobject *kobj,
				  struct kobj_attribute *attr,
				  const char *buf, size_t count)
{
	int err;

	if (!sysfs_streq(buf, "1"))
		return -EINVAL;
	err = rnbd_clt_remap(to_dev(kobj));
	return err ?: count;
}

static ssize_t mapping_path_show(struct kobject *kobj,
				 struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", to_dev(kobj)->path);
}

static ssize_t state_show(struct kobject *kobj, struct kobj_attribute *attr,
			  char *buf)
{
	return sysfs_emit(buf, "%s\n",
			  rnbd_dev_state_name(READ_ONCE(to_dev(kobj)->state)));
}

static ssize_t session_show(struct kobject *kobj, struct kobj_attribute *attr,
			    char *buf)
{
	return sysfs_emit(buf, "%s\n", to_dev(kobj)->sess->name);
}

static ssize_t access_mode_show(struct kobject *kobj,
				struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", rnbd_access_name(to_dev(kobj)->access));
}

static ssize_t nr_poll_queues_show(struct kobject *kobj,
				   struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", to_dev(kobj)->sess->nr_poll_queues);
}

static struct kobj_attribute unmap_device_attr = __ATTR_RW(unmap_device);
static struct kobj_attribute resize_attr = __ATTR_RW(resize);
static struct kobj_attribute remap_device_attr = __ATTR_RW(remap_device);
static struct kobj_attribute mapping_path_attr = __ATTR_RO(mapping_path);
static struct kobj_attribute state_attr = __ATTR_RO(state);
static struct kobj_attribute session_attr = __ATTR_RO(session);
static struct kobj_attribute access_mode_attr = __ATTR_RO(access_mode);
static struct kobj_attribute nr_poll_queues_attr = __ATTR_RO(nr_poll_queues);

static struct attribute *dev_attrs[] = {
	&unmap_device_attr.attr,
	&resize_attr.attr,
	&remap_device_attr.attr,
	&mapping_path_attr.attr,
	&state_attr.attr,
	&session_attr.attr,
	&access_mode_attr.attr,
	&nr_poll_queues_attr.attr,
	NULL
};
ATTRIBUTE_GROUPS(dev);

static void dev_kobj_release(struct kobject *kobj)
{
	rnbd_clt_dev_put(to_dev(kobj));
}

static const struct kobj_type dev_ktype = {
	.sysfs_ops	= &kobj_sysfs_ops,
	.release	= dev_kobj_release,
	.default_groups	= dev_groups,
};

/**
 * rnbd_clt_sysfs_add_dev() - the directory of a disk and the link to it
 * @dev: device whose disk was added
 *
 * The directory holds a reference to the device. Process context.
 *
 * Return: 0 or a negative errno.
 */
int rnbd_clt_sysfs_add_dev(struct rnbd_clt_dev *dev)
{
	struct kobject *disk = &disk_to_dev(dev->gd)->kobj;
	int err;

	/* two pairs of names may share a link's name, for '!' and '@' are legal */
	err = sysfs_create_link_nowarn(ctl.devices, disk, dev->link_name);
	if (err)
		return err;
	/* last: who writes to its files may wait for the caller */
	kref_get(&dev->kref);
	err = kobject_init_and_add(&dev->kobj, &dev_ktype, disk, "rnbd");
	if (err) {
		kobject_put(&dev->kobj);
		sysfs_remove_link(ctl.devices, dev->link_name);
	}
	return err;
}

/**
 * rnbd_clt_sysfs_del_dev() - undo rnbd_clt_sysfs_add_dev()
 * @dev: device
 *
 * Waits for readers and writers of the files. Process context.
 */
void rnbd_clt_sysfs_del_dev(struct rnbd_clt_dev *dev)
{
	sysfs_remove_link(ctl.devices, dev->link_name);
	kobject_del(&dev->kobj);
	kobject_put(&dev->kobj);
}

/* ------------------------------------------------- the control device */

static ssize_t map_device_show(struct device *dev,
			       struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "Usage: echo \"sessname=S path=P device_path=D [KEY=VALUE]\" > %s\n",
			  attr->attr.name);
}

static ssize_t map_device_store(struct device *dev,
				struct device_attribute *attr,
				const char *buf, size_t count)
{
	struct rnbd_map_opts opts;
	char *copy;
	int err;

	copy = kstrndup(buf, count, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	err = rnbd_map_opts_parse(&opts, copy, nr_cpu_ids);
	if (err)
		pr_err("map_device: %s\n", opts.why);
	else
		err = rnbd_clt_map(&opts);
	kfree(copy);
	return err ?: count;
}

static DEVICE_ATTR_RW(map_device);

static struct attribute *ctl_attrs[] = {
	&dev_attr_map_device.attr,
	NULL
};
ATTRIBUTE_GROUPS(ctl);

/**
 * rnbd_clt_sysfs_init() - class and control device
 *
 * Return: 0 or a negative errno.
 */
int rnbd_clt_sysfs_init(void)
{
	return rnbd_ctl_init(&ctl, "rnbd-client", ctl_groups);
}

/**
 * rnbd_clt_sysfs_stop() - no more map requests; those under way are over
 */
void rnbd_clt_sysfs_stop(void)
{
	rnbd_ctl_stop(&ctl);
}

/**
 * rnbd_clt_sysfs_exit() - undo rnbd_clt_sysfs_init(); nothing is mapped
 */
void rnbd_clt_sysfs_exit(void)
{
	rnbd_ctl_exit(&ctl);
}
