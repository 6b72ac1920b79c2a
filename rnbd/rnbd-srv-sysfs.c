// SPDX-License-Identifier: GPL-2.0
/*
 * The server in sysfs: the class with its control device, below which each
 * exported device has a directory. man/rnbd.7 lists every file.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/device.h>
#include <linux/sysfs.h>

#include "rnbd-ctl.h"
#include "rnbd-srv.h"

static struct rnbd_ctl ctl;

/* ------------------------------------------------- an opening */

static struct rnbd_srv_opening *to_opening(struct kobject *kobj)
{
	return container_of(kobj, struct rnbd_srv_opening, kobj);
}

static ssize_t read_only_show(struct kobject *kobj, struct kobj_attribute *attr,
			      char *buf)
{
	return sysfs_emit(buf, "%d\n",
			  to_opening(kobj)->access == RNBD_ACCESS_RO);
}

static ssize_t access_mode_show(struct kobject *kobj,
				struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n",
			  rnbd_access_name(to_opening(kobj)->access));
}

static ssize_t mapping_path_show(struct kobject *kobj,
				 struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", to_opening(kobj)->path);
}

static ssize_t force_close_show(struct kobject *kobj,
				struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "Usage: echo 1 > %s\n", attr->attr.name);
}

static ssize_t force_close_store(struct kobject *kobj,
				 struct kobj_attribute *attr, const char *buf,
				 size_t count)
{
	struct rnbd_srv_opening *opening = to_opening(kobj);
	struct kernfs_node *kn;

	if (!sysfs_streq(buf, "1"))
		return -EINVAL;

	/* withdrawing removes the very file we are inside of */
	kref_get(&opening->kref);
	kn = sysfs_break_active_protection(kobj, &attr->attr);
	if (kn) {
		if (rnbd_srv_withdraw(opening))
			rnbd_opening_info(opening, "closed by force\n");
		sysfs_unbreak_active_protection(kn);
	}
	rnbd_srv_opening_put(opening);
	return count;
}

static struct kobj_attribute read_only_attr = __ATTR_RO(read_only);
static struct kobj_attribute access_mode_attr = __ATTR_RO(access_mode);
static struct kobj_attribute mapping_path_attr = __ATTR_RO(mapping_path);
static struct kobj_attribute force_close_attr = __ATTR_RW(force_close);

static struct attribute *opening_attrs[] = {
	&read_only_attr.attr,
	&access_mode_attr.attr,
	&mapping_path_attr.attr,
	&force_close_attr.attr,
	NULL
};
ATTRIBUTE_GROUPS(opening);

static void opening_kobj_release(struct kobject *kobj)
{
	rnbd_srv_opening_put(to_opening(kobj));
}

const struct kobj_type rnbd_srv_opening_ktype = {
	.sysfs_ops	= &kobj_sysfs_ops,
	.release	= opening_kobj_release,
	.default_groups	= opening_groups,
};

/* ------------------------------------------------- the control device */

static ssize_t dev_search_path_show(struct device *dev,
				    struct device_attribute *attr, char *buf)
{
	size_t len;

	/* shorter than PATH_MAX, and a page is no smaller than that */
	rnbd_srv_search_path_get(buf);
	len = strlen(buf);
	return len + sysfs_emit_at(buf, len, "\n");
}

static ssize_t dev_search_path_store(struct device *dev,
				     struct device_attribute *attr,
				     const char *buf, size_t count)
{
	int err = rnbd_srv_search_path_set(buf);

	return err ?: count;
}

static ssize_t refused_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	return rnbd_srv_refused_show(buf);
}

static DEVICE_ATTR_RW(dev_search_path);
static DEVICE_ATTR_RO(refused);

static struct attribute *ctl_attrs[] = {
	&dev_attr_dev_search_path.attr,
	&dev_attr_refused.attr,
	NULL
};
ATTRIBUTE_GROUPS(ctl);

/**
 * rnbd_srv_sysfs_devices() - where the directories of devices go
 */
struct kobject *rnbd_srv_sysfs_devices(void)
{
	return ctl.devices;
}

/**
 * rnbd_srv_sysfs_init() - class and control device
 *
 * Return: 0 or a negative errno.
 */
int rnbd_srv_sysfs_init(void)
{
	return rnbd_ctl_init(&ctl, "rnbd-server", ctl_groups);
}

/**
 * rnbd_srv_sysfs_exit() - undo rnbd_srv_sysfs_init(); nothing is open
 */
void rnbd_srv_sysfs_exit(void)
{
	rnbd_ctl_stop(&ctl);
	rnbd_ctl_exit(&ctl);
}
