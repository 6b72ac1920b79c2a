// SPDX-License-Identifier: GPL-2.0
/*
 * The disk of a mapped device: its gendisk, and its limits as the server's
 * answer has them, at the first map and again after each remap.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/blkdev.h>
#include <linux/hdreg.h>
#include <linux/module.h>

#include "rnbd-clt.h"

/* a fast registration takes pages of this size, and no holes between them */
#define MR_PAGE_SIZE	SZ_4K

/*
 * Bytes of one request. Data may begin within a page, and then touches one page
 * more than its length says.
 */
static u32 max_bytes_of(const struct rtrs_attrs *attrs)
{
	u32 nr_pages = attrs->max_segments ? attrs->max_segments - 1 : 0;

	return min_t(u64, attrs->max_io_size, (u64)nr_pages * MR_PAGE_SIZE);
}

static void fill_limits(const struct rnbd_clt_dev *dev,
			const struct rnbd_dev_info *info,
			struct queue_limits *lim)
{
	const struct rtrs_attrs *attrs = &dev->sess->attrs;
	u32 max_bytes = max_bytes_of(attrs);

	lim->logical_block_size = info->logical_block_size;
	lim->physical_block_size = info->physical_block_size;
	lim->io_min = 0;
	lim->io_opt = max_bytes;
	lim->max_hw_sectors = max_bytes >> SECTOR_SHIFT;
	lim->max_segments = min_t(u32, attrs->max_segments, USHRT_MAX);
	lim->virt_boundary_mask = MR_PAGE_SIZE - 1;

	lim->max_hw_discard_sectors = info->max_discard_sectors;
	lim->discard_granularity = info->discard_granularity;
	lim->discard_alignment = info->discard_alignment;
	lim->max_secure_erase_sectors =
		info->secure_erase ? info->max_discard_sectors : 0;
	lim->max_write_zeroes_sectors = info->max_write_zeroes_sectors;

	lim->features &= ~(BLK_FEAT_WRITE_CACHE | BLK_FEAT_FUA);
	if (info->write_cache)
		lim->features |= BLK_FEAT_WRITE_CACHE;
	if (info->fua)
		lim->features |= BLK_FEAT_FUA;
}

/* The block layer warns about limits it cannot work with; they are a peer's. */
static int check_limits(const struct rnbd_clt_dev *dev)
{
	const struct rtrs_attrs *attrs = &dev->sess->attrs;

	/* info's block size is at most a page */
	if (max_bytes_of(attrs) < PAGE_SIZE) {
		rnbd_dev_err(dev, "cannot be mapped: requests of %u bytes in %u segments are too small for it\n",
			     attrs->max_io_size, attrs->max_segments);
		return -EINVAL;
	}
	return 0;
}

static int disk_open(struct gendisk *gd, blk_mode_t mode)
{
	struct rnbd_clt_dev *dev = gd->private_data;

	if (READ_ONCE(dev->state) == RNBD_DEV_UNMAPPED)
		return -EIO;
	if ((mode & BLK_OPEN_WRITE) && dev->access == RNBD_ACCESS_RO)
		return -EPERM;
	return 0;
}

static int disk_getgeo(struct block_device *bdev, struct hd_geometry *geo)
{
	geo->heads = 4;
	geo->sectors = 16;
	geo->cylinders = min_t(sector_t, get_capacity(bdev->bd_disk) / 64,
			       USHRT_MAX);
	return 0;
}

static void disk_free(struct gendisk *gd)
{
	rnbd_clt_dev_put(gd->private_data);
}

static const struct block_device_operations disk_ops = {
	.owner		= THIS_MODULE,
	.open		= disk_open,
	.getgeo		= disk_getgeo,
	.free_disk	= disk_free,
};

/**
 * rnbd_clt_disk_alloc() - a disk after the server's answer
 * @dev: device with index and info
 *
 * Process context. Until it was added, the disk is undone by put_disk().
 *
 * Return: 0 or a negative errno.
 */
int rnbd_clt_disk_alloc(struct rnbd_clt_dev *dev)
{
	struct queue_limits lim = { };
	struct gendisk *gd;
	int err;

	err = check_limits(dev);
	if (err)
		return err;
	fill_limits(dev, &dev->info, &lim);

	gd = blk_mq_alloc_disk(&dev->sess->tag_set, &lim, dev);
	if (IS_ERR(gd))
		return PTR_ERR(gd);
	gd->major = rnbd_clt_major;
	gd->first_minor = dev->index << RNBD_PART_BITS;
	gd->minors = 1 << RNBD_PART_BITS;
	gd->fops = &disk_ops;
	gd->private_data = dev;
	snprintf(gd->disk_name, sizeof(gd->disk_name), "rnbd%d", dev->index);
	set_capacity(gd, dev->info.nr_sectors);
	set_disk_ro(gd, dev->access == RNBD_ACCESS_RO);

	dev->gd = gd;
	dev->logical_block_size = dev->info.logical_block_size;
	return 0;
}

/**
 * rnbd_clt_disk_add() - show the disk to the world
 * @dev: device in state MAPPED; the disk takes a reference
 *
 * Process context; reads the partition table.
 *
 * Return: 0 or a negative errno, then put_disk() is still the caller's.
 */
int rnbd_clt_disk_add(struct rnbd_clt_dev *dev)
{
	int err;

	kref_get(&dev->kref);
	err = device_add_disk(NULL, dev->gd, NULL);
	if (err)
		rnbd_clt_dev_put(dev);
	return err;
}

/**
 * rnbd_clt_disk_refit() - apply the answer of a server met again
 * @dev: device in state DISCONNECTED; dev->lock is held
 * @info: the answer
 *
 * A disk somebody holds open keeps its block size and at least its capacity;
 * with one that nobody holds, what the server has now is adopted. Process
 * context; sleeps until the queue is empty.
 *
 * Return: 0, or -EINVAL with one line in the log.
 */
int rnbd_clt_disk_refit(struct rnbd_clt_dev *dev,
			const struct rnbd_dev_info *info)
{
	struct gendisk *gd = dev->gd;
	struct queue_limits lim;
	int err = 0;

	lockdep_assert_held(&dev->lock);

	err = check_limits(dev);
	if (err)
		return err;

	/* nobody opens it meanwhile */
	mutex_lock(&gd->open_mutex);
	if (disk_openers(gd) &&
	    (info->logical_block_size != dev->logical_block_size ||
	     info->nr_sectors < get_capacity(gd))) {
		rnbd_dev_err(dev, "stays disconnected, it is in use: block size %u, %llu sectors were %u, %llu\n",
			     info->logical_block_size, info->nr_sectors,
			     dev->logical_block_size, (u64)get_capacity(gd));
		err = -EINVAL;
		goto unlock;
	}

	lim = queue_limits_start_update(gd->queue);
	fill_limits(dev, info, &lim);
	err = queue_limits_commit_update_frozen(gd->queue, &lim);
	if (err) {
		rnbd_dev_err(dev, "stays disconnected: limits refused: %d\n", err);
		goto unlock;
	}
	dev->logical_block_size = info->logical_block_size;
	set_capacity_and_notify(gd, info->nr_sectors);
unlock:
	mutex_unlock(&gd->open_mutex);
	return err;
}
