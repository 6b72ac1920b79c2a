// SPDX-License-Identifier: GPL-2.0
/*
 * Block devices which are open for somebody, and who may share them: any
 * number of readers, one writer, or two while a guest migrates.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/slab.h>
#include <linux/sysfs.h>

#include "rnbd-srv.h"

static DEFINE_MUTEX(devs_lock);
static LIST_HEAD(devs);		/* under devs_lock */

static struct rnbd_srv_dev *find(dev_t devt)
{
	struct rnbd_srv_dev *dev;

	list_for_each_entry(dev, &devs, entry)
		if (dev->devt == devt)
			return dev;
	return NULL;
}

static void dev_destroy(struct rnbd_srv_dev *dev)
{
	list_del(&dev->entry);
	kobject_put(dev->sessions);
	kobject_put(dev->dir);
	kfree(dev);
}

/* Its directory, the link to the disk, and room for who has it open. */
static struct rnbd_srv_dev *dev_create(struct block_device *bdev)
{
	struct rnbd_srv_dev *dev = kzalloc(sizeof(*dev), GFP_KERNEL);

	if (!dev)
		return NULL;
	dev->devt = bdev->bd_dev;
	INIT_LIST_HEAD(&dev->openings);
	dev->dir = kobject_create_and_add(dev_name(&bdev->bd_device),
					  rnbd_srv_sysfs_devices());
	if (!dev->dir)
		goto free;
	dev->sessions = kobject_create_and_add("sessions", dev->dir);
	if (!dev->sessions)
		goto put_dir;
	if (sysfs_create_link(dev->dir, bdev_kobj(bdev), "block_dev"))
		goto put_sessions;
	list_add(&dev->entry, &devs);
	return dev;

put_sessions:
	kobject_put(dev->sessions);
put_dir:
	kobject_put(dev->dir);
free:
	kfree(dev);
	return NULL;
}

/* devs_lock; one session opens a disk once */
static int check_spelling(struct rnbd_srv_dev *dev,
			  struct rnbd_srv_opening *opening)
{
	struct rnbd_srv_opening *other;

	list_for_each_entry(other, &dev->openings, dev_entry) {
		/* a session of that name can only be one whose end we await */
		if (other->sess != opening->sess &&
		    !strcmp(other->sess->name, opening->sess->name))
			return -EBUSY;
		if (other->sess == opening->sess) {
			rnbd_opening_err(opening, "refused: the session has this disk open as %s\n",
					 other->path);
			return -EEXIST;
		}
	}
	return 0;
}

/* devs_lock */
static int check_access(struct rnbd_srv_dev *dev,
			struct rnbd_srv_opening *opening)
{
	static const unsigned int max_others[] = {
		[RNBD_ACCESS_RW]	= 0,
		[RNBD_ACCESS_MIGRATION]	= 1,
	};

	if (opening->access == RNBD_ACCESS_RO ||
	    dev->nr_writers <= max_others[opening->access])
		return 0;
	rnbd_opening_err(opening, "refused as %s: %u others write to it\n",
			 rnbd_access_name(opening->access), dev->nr_writers);
	return -EPERM;
}

/**
 * rnbd_srv_dev_join() - share a block device, if the others' access permits
 * @opening: with its file open
 *
 * On success its directory in sysfs exists. Process context.
 *
 * Return: 0, -EPERM, -EEXIST if the session has it open by another name,
 * -EBUSY, or -ENOMEM.
 */
int rnbd_srv_dev_join(struct rnbd_srv_opening *opening)
{
	struct rnbd_srv_dev *dev;
	int err = -ENOMEM;

	mutex_lock(&devs_lock);
	dev = find(opening->bdev->bd_dev);
	if (!dev)
		dev = dev_create(opening->bdev);
	if (!dev)
		goto unlock;

	err = check_spelling(dev, opening);
	if (!err)
		err = check_access(dev, opening);
	if (err)
		goto tidy;

	kref_get(&opening->kref);
	err = kobject_init_and_add(&opening->kobj, &rnbd_srv_opening_ktype,
				   dev->sessions, "%s", opening->sess->name);
	if (err) {
		kobject_put(&opening->kobj);
		goto tidy;
	}
	if (opening->access != RNBD_ACCESS_RO)
		dev->nr_writers++;
	opening->dev = dev;
	list_add_tail(&opening->dev_entry, &dev->openings);
tidy:
	if (list_empty(&dev->openings))
		dev_destroy(dev);
unlock:
	mutex_unlock(&devs_lock);
	return err;
}

/**
 * rnbd_srv_dev_leave() - undo rnbd_srv_dev_join()
 * @opening: opening, whose I/O may still be under way
 *
 * From now on others may have the device instead. Waits for users of its files
 * in sysfs. Process context.
 */
void rnbd_srv_dev_leave(struct rnbd_srv_opening *opening)
{
	struct rnbd_srv_dev *dev = opening->dev;

	mutex_lock(&devs_lock);
	list_del_init(&opening->dev_entry);
	if (opening->access != RNBD_ACCESS_RO)
		dev->nr_writers--;
	opening->dev = NULL;
	kobject_del(&opening->kobj);
	kobject_put(&opening->kobj);
	if (list_empty(&dev->openings))
		dev_destroy(dev);
	mutex_unlock(&devs_lock);
}
