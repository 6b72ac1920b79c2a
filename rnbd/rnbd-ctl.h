/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What both ends have in sysfs: a class, in it the device "ctl" with their own
 * files, and its directory "devices".
 */
#ifndef RNBD_CTL_H
#define RNBD_CTL_H

#include <linux/device.h>
#include <linux/err.h>
#include <linux/kdev_t.h>
#include <linux/kobject.h>
#include <linux/sysfs.h>

struct rnbd_ctl {
	struct class			*class;
	struct device			*dev;
	struct kobject			*devices;
	const struct attribute_group	**groups;
};

/**
 * rnbd_ctl_init() - make it
 * @ctl: set up
 * @class: name of the class
 * @groups: files of the device; last, since who writes to them uses the rest
 *
 * Process context.
 *
 * Return: 0 or a negative errno.
 */
static inline int rnbd_ctl_init(struct rnbd_ctl *ctl, const char *class,
				const struct attribute_group **groups)
{
	int err;

	ctl->groups = groups;
	ctl->class = class_create(class);
	if (IS_ERR(ctl->class))
		return PTR_ERR(ctl->class);
	ctl->dev = device_create(ctl->class, NULL, MKDEV(0, 0), NULL, "ctl");
	if (IS_ERR(ctl->dev)) {
		err = PTR_ERR(ctl->dev);
		goto destroy_class;
	}
	ctl->devices = kobject_create_and_add("devices", &ctl->dev->kobj);
	if (!ctl->devices) {
		err = -ENOMEM;
		goto unregister_dev;
	}
	err = sysfs_create_groups(&ctl->dev->kobj, groups);
	if (err)
		goto put_devices;
	return 0;

put_devices:
	kobject_put(ctl->devices);
unregister_dev:
	device_unregister(ctl->dev);
destroy_class:
	class_destroy(ctl->class);
	return err;
}

/**
 * rnbd_ctl_stop() - remove the files; nobody is in them any more
 * @ctl: made by rnbd_ctl_init()
 *
 * Process context.
 */
static inline void rnbd_ctl_stop(struct rnbd_ctl *ctl)
{
	sysfs_remove_groups(&ctl->dev->kobj, ctl->groups);
}

/**
 * rnbd_ctl_exit() - remove the rest
 * @ctl: after rnbd_ctl_stop(); its directory is empty
 *
 * Process context.
 */
static inline void rnbd_ctl_exit(struct rnbd_ctl *ctl)
{
	kobject_put(ctl->devices);
	device_unregister(ctl->dev);
	class_destroy(ctl->class);
}

#endif /* RNBD_CTL_H */
