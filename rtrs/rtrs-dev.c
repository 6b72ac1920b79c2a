// SPDX-License-Identifier: GPL-2.0
/*
 * RDMA devices in use, each with a protection domain; and what concerns memory
 * registration on them.
 */
#include <linux/export.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "rtrs-core.h"

/**
 * rtrs_dev_pool_init() - make an empty pool
 * @pool: pool
 */
void rtrs_dev_pool_init(struct rtrs_dev_pool *pool)
{
	mutex_init(&pool->lock);
	INIT_LIST_HEAD(&pool->devs);
}
EXPORT_SYMBOL_GPL(rtrs_dev_pool_init);

static struct rtrs_dev *find_dev(struct rtrs_dev_pool *pool,
				 const struct ib_device *ib_dev)
{
	struct rtrs_dev *dev;

	list_for_each_entry(dev, &pool->devs, entry)
		if (dev->ib_dev == ib_dev)
			return dev;
	return NULL;
}

static struct rtrs_dev *make_dev(struct rtrs_dev_pool *pool,
				 struct ib_device *ib_dev)
{
	struct rtrs_dev *dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	struct ib_pd *pd;

	if (!dev)
		return ERR_PTR(-ENOMEM);
	pd = ib_alloc_pd(ib_dev, 0);
	if (IS_ERR(pd)) {
		kfree(dev);
		return ERR_CAST(pd);
	}
	dev->ib_dev = ib_dev;
	dev->pd = pd;
	dev->pool = pool;
	list_add(&dev->entry, &pool->devs);
	return dev;
}

/**
 * rtrs_dev_get() - a device's protection domain in a pool, made when missing
 * @pool: pool
 * @ib_dev: device
 *
 * The caller holds an id on the device for as long as it uses the result, and
 * gives it back with rtrs_dev_put() before it destroys that id.
 * Context: process, may sleep. Return: the device or an ERR_PTR.
 */
struct rtrs_dev *rtrs_dev_get(struct rtrs_dev_pool *pool,
			      struct ib_device *ib_dev)
{
	struct rtrs_dev *dev;

	mutex_lock(&pool->lock);
	dev = find_dev(pool, ib_dev);
	if (!dev)
		dev = make_dev(pool, ib_dev);
	if (!IS_ERR(dev))
		dev->users++;
	mutex_unlock(&pool->lock);
	return dev;
}
EXPORT_SYMBOL_GPL(rtrs_dev_get);

/**
 * rtrs_dev_put() - give a device back
 * @dev: device from rtrs_dev_get()
 *
 * The last user frees the protection domain: everything in it is gone by then.
 * Context: process, may sleep.
 */
void rtrs_dev_put(struct rtrs_dev *dev)
{
	struct rtrs_dev_pool *pool = dev->pool;

	mutex_lock(&pool->lock);
	if (!--dev->users) {
		list_del(&dev->entry);
		ib_dealloc_pd(dev->pd);
		kfree(dev);
	}
	mutex_unlock(&pool->lock);
}
EXPORT_SYMBOL_GPL(rtrs_dev_put);

/**
 * rtrs_dev_fr_pages() - pages that one fast registration can take
 * @ib_dev: device
 *
 * Return: at least 1.
 */
u32 rtrs_dev_fr_pages(const struct ib_device *ib_dev)
{
	u64 by_size = ib_dev->attrs.max_mr_size >> 12;

	return clamp_t(u64, ib_dev->attrs.max_fast_reg_page_list_len, 1,
		       max(by_size, 1ULL));
}
EXPORT_SYMBOL_GPL(rtrs_dev_fr_pages);

/**
 * rtrs_mr_new_key() - choose the key of a region's next registration
 * @mr: region, not registered
 *
 * The variant byte is random and never the one before, so a peer cannot derive
 * the new key from an old one. Context: any.
 */
void rtrs_mr_new_key(struct ib_mr *mr)
{
	u8 old = mr->rkey;

	ib_update_fast_reg_key(mr, old + 1 + get_random_u32_below(255));
}
EXPORT_SYMBOL_GPL(rtrs_mr_new_key);
