// SPDX-License-Identifier: GPL-2.0
/*
 * The life of a mapped device: map, disconnect, remap, resize, unmap.
 *
 * Whatever is said to the server about a device, its work item says, one thing
 * at a time: OPEN when wants_open, CLOSE when the server has it open and we do
 * not use it. So an OPEN which nobody waits for any more is still followed by
 * its CLOSE, and a path is not mapped again before the CLOSE was answered.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/blkdev.h>
#include <linux/idr.h>
#include <linux/slab.h>
#include <linux/string_helpers.h>

#include "rnbd-clt.h"

/* between two OPENs which the server answers with EBUSY */
#define BUSY_PAUSE_MIN_MS	50
#define BUSY_PAUSE_MAX_MS	1000
#define BUSY_MAPPING_MS		5000

/* between two paths given up for the I/O of a disk that is to go */
#define FORSAKE_PERIOD_MS	1000
/* so many times the last path is left alone while another is on its way back */
#define FORSAKE_INSIST		20

static DEFINE_IDA(indexes);
static DECLARE_WAIT_QUEUE_HEAD(talk_wq);	/* an answer came, a device left */

static DEFINE_MUTEX(all_lock);
static LIST_HEAD(all_devs);	/* with a disk, in order of mapping; all_lock */
static atomic_t nr_devs = ATOMIC_INIT(0);

/* sess->lock; the only writer of the state */
static bool move_to(struct rnbd_clt_dev *dev, enum rnbd_dev_state to)
{
	lockdep_assert_held(&dev->sess->lock);
	if (!rnbd_dev_may_go(dev->state, to))
		return false;
	/* pairs with prepare() in rnbd-clt-queue.c: device_id is set before */
	smp_store_release(&dev->state, to);
	return true;
}

static void dev_free(struct rnbd_clt_dev *dev)
{
	kfree(dev->link_name);
	kfree(dev->title);
	mutex_destroy(&dev->lock);
	kfree(dev);
}

static void dev_release(struct kref *kref)
{
	struct rnbd_clt_dev *dev = container_of(kref, struct rnbd_clt_dev, kref);

	if (dev->index >= 0)
		ida_free(&indexes, dev->index);
	rnbd_clt_sess_free(dev->sess);
	dev_free(dev);
	if (atomic_dec_and_test(&nr_devs))
		wake_up_all(&talk_wq);
}

/**
 * rnbd_clt_dev_put() - give up a reference to a device
 * @dev: device
 *
 * Process context.
 */
void rnbd_clt_dev_put(struct rnbd_clt_dev *dev)
{
	kref_put(&dev->kref, dev_release);
}

/* ------------------------------------------------- impatience */

/* Something waits for I/O under way, and the server does not end it. */
static void forsake(struct work_struct *work)
{
	struct rnbd_clt_dev *dev = container_of(to_delayed_work(work),
						struct rnbd_clt_dev, forsake);

	if (!dev->forsaken)
		rnbd_dev_err(dev, "the server does not answer its I/O, which is given up\n");
	rnbd_clt_give_up_io(dev, dev->forsaken >= FORSAKE_INSIST);
	/* other paths, or what was sent anew at this very moment */
	queue_delayed_work(rnbd_clt_forsake_wq, &dev->forsake,
			   msecs_to_jiffies(FORSAKE_PERIOD_MS));
}

/* Until be_patient() no I/O of this disk is waited for longer than is said. */
static void limit_patience(struct rnbd_clt_dev *dev)
{
	queue_delayed_work(rnbd_clt_forsake_wq, &dev->forsake,
			   rnbd_clt_answer_timeout());
}

/* Return: 0, or -ETIMEDOUT if patience ended. */
static int be_patient(struct rnbd_clt_dev *dev)
{
	int err;

	cancel_delayed_work_sync(&dev->forsake);
	err = dev->forsaken ? -ETIMEDOUT : 0;
	WRITE_ONCE(dev->forsaken, 0);
	return err;
}

/* ------------------------------------------------- talking to the server */

enum say {
	SAY_NOTHING,
	SAY_OPEN,
	SAY_CLOSE,
};

/* sess->lock */
static enum say what_to_say(const struct rnbd_clt_dev *dev)
{
	if (dev->server_has &&
	    (dev->leaving || dev->state == RNBD_DEV_DISCONNECTED))
		return SAY_CLOSE;
	if (dev->wants_open && dev->state != RNBD_DEV_UNMAPPED)
		return SAY_OPEN;
	return SAY_NOTHING;
}

/* sess->lock; does the answer to a question of @epoch still hold? */
static bool still(const struct rnbd_clt_sess *sess, unsigned int epoch)
{
	return sess->link_up && sess->epoch == epoch;
}

/* The server has a device again whose disk already exists. */
static int come_back(struct rnbd_clt_dev *dev, const struct rnbd_dev_info *info,
		     unsigned int epoch)
{
	struct rnbd_clt_sess *sess = dev->sess;
	int err = -ENOTCONN;

	/* whoever unmaps must hold this lock to begin */
	mutex_lock(&dev->lock);
	if (READ_ONCE(dev->state) == RNBD_DEV_DISCONNECTED) {
		/* requests from before it was closed may be unanswered */
		limit_patience(dev);
		err = rnbd_clt_disk_refit(dev, info);
		be_patient(dev);
	}
	if (!err) {
		mutex_lock(&sess->lock);
		if (still(sess, epoch)) {
			dev->device_id = info->device_id;
			move_to(dev, RNBD_DEV_MAPPED);
		} else {
			err = -ENOTCONN;
		}
		mutex_unlock(&sess->lock);
	}
	if (!err) {
		rnbd_dev_info(dev, "is back as %s\n", dev->gd->disk_name);
		kobject_uevent(&disk_to_dev(dev->gd)->kobj, KOBJ_ONLINE);
	}
	mutex_unlock(&dev->lock);
	return err;
}

/* A hint without a lock: would the answer to an OPEN still be of use? */
static bool open_wanted(const struct rnbd_clt_dev *dev, unsigned int epoch)
{
	return !READ_ONCE(dev->leaving) &&
	       READ_ONCE(dev->state) != RNBD_DEV_UNMAPPED &&
	       READ_ONCE(dev->sess->epoch) == epoch;
}

/*
 * EBUSY says that the server is still at work on an OPEN of this disk from
 * before, of a link that was lost. It is asked again, ever less often. Who maps
 * is told soon, since the disk may also be in use there in a way that lasts.
 */
static int open_patiently(struct rnbd_clt_dev *dev, unsigned int epoch,
			  struct rnbd_dev_info *info)
{
	unsigned long pause = msecs_to_jiffies(BUSY_PAUSE_MIN_MS);
	unsigned long patience = rnbd_clt_answer_timeout();
	unsigned long began = jiffies;
	int err;

	if (READ_ONCE(dev->state) == RNBD_DEV_INIT)
		patience = min(patience, msecs_to_jiffies(BUSY_MAPPING_MS));
	for (;;) {
		err = rnbd_clt_msg_open(dev, info);
		if (err != -EBUSY || time_after(jiffies, began + patience))
			return err;
		wait_event_timeout(talk_wq, !open_wanted(dev, epoch), pause);
		if (!open_wanted(dev, epoch))
			return err;
		pause = min(2 * pause, msecs_to_jiffies(BUSY_PAUSE_MAX_MS));
	}
}

static void say_open(struct rnbd_clt_dev *dev, unsigned int epoch)
{
	struct rnbd_clt_sess *sess = dev->sess;
	struct rnbd_dev_info info;
	bool returning = false;
	int err;

	err = open_patiently(dev, epoch, &info);

	mutex_lock(&sess->lock);
	if (!err && !still(sess, epoch))
		err = -ENOTCONN;
	if (!err) {
		dev->server_has = true;
		dev->open_epoch = epoch;
		dev->info = info;
		returning = dev->state == RNBD_DEV_DISCONNECTED;
		if (dev->state == RNBD_DEV_INIT)
			dev->device_id = info.device_id;
	} else if (dev->state == RNBD_DEV_DISCONNECTED) {
		rnbd_dev_err(dev, "stays disconnected: the server answered %d\n",
			     err);
	}
	mutex_unlock(&sess->lock);

	if (returning)
		err = come_back(dev, &info, epoch);

	mutex_lock(&sess->lock);
	dev->open_err = err;
	/* asked for again on a link that came up meanwhile: then once more */
	dev->wants_open = err && dev->wanted_epoch != epoch &&
			  still(sess, dev->wanted_epoch);
	mutex_unlock(&sess->lock);
}

static void say_close(struct rnbd_clt_dev *dev)
{
	struct rnbd_clt_sess *sess = dev->sess;
	int err;

	err = rnbd_clt_msg_close(sess, dev->info.device_id);
	if (err)
		rnbd_dev_err(dev, "could not be closed on the server: %d\n", err);
	mutex_lock(&sess->lock);
	dev->server_has = false;
	mutex_unlock(&sess->lock);
}

static void talk(struct work_struct *work)
{
	struct rnbd_clt_dev *dev = container_of(work, struct rnbd_clt_dev, talk);
	struct rnbd_clt_sess *sess = dev->sess;
	unsigned int epoch;
	bool leaves;
	enum say say;

	for (;;) {
		mutex_lock(&sess->lock);
		epoch = sess->epoch;
		say = what_to_say(dev);
		if (say == SAY_NOTHING)
			break;
		mutex_unlock(&sess->lock);

		if (say == SAY_OPEN)
			say_open(dev, epoch);
		else
			say_close(dev);
		wake_up_all(&talk_wq);
	}
	dev->talking = false;
	leaves = dev->leaving;
	if (leaves)
		list_del_init(&dev->entry);
	mutex_unlock(&sess->lock);

	if (leaves) {
		/* last words said; the session may end with this device */
		rnbd_clt_sess_put(sess);
		WRITE_ONCE(dev->gone, true);
		wake_up_all(&talk_wq);
	}
	rnbd_clt_dev_put(dev);
}

/* sess->lock */
static void start_talking(struct rnbd_clt_dev *dev)
{
	lockdep_assert_held(&dev->sess->lock);
	if (dev->talking)
		return;
	dev->talking = true;
	kref_get(&dev->kref);
	queue_work(rnbd_clt_wq, &dev->talk);
}

/**
 * rnbd_clt_dev_reopen() - ask the server to open the device again
 * @dev: device in state DISCONNECTED; sess->lock is held
 */
void rnbd_clt_dev_reopen(struct rnbd_clt_dev *dev)
{
	dev->wants_open = true;
	dev->wanted_epoch = dev->sess->epoch;
	start_talking(dev);
}

/**
 * rnbd_clt_dev_link_lost() - the session's last path is down
 * @dev: device; sess->lock is held
 */
void rnbd_clt_dev_link_lost(struct rnbd_clt_dev *dev)
{
	/* the server forgets what we had open */
	dev->server_has = false;
	if (dev->state == RNBD_DEV_MAPPED &&
	    move_to(dev, RNBD_DEV_DISCONNECTED)) {
		rnbd_dev_info(dev, "%s is disconnected\n", dev->gd->disk_name);
		kobject_uevent(&disk_to_dev(dev->gd)->kobj, KOBJ_OFFLINE);
	}
}

/* The server closed it by itself; what is mapped can be opened again. */
static void became_unknown(struct work_struct *work)
{
	struct rnbd_clt_dev *dev = container_of(work, struct rnbd_clt_dev,
						unknown);
	struct rnbd_clt_sess *sess = dev->sess;

	mutex_lock(&sess->lock);
	if (dev->state == RNBD_DEV_MAPPED &&
	    dev->device_id == READ_ONCE(dev->unknown_id)) {
		rnbd_dev_err(dev, "the server has closed it, remap_device asks for it again\n");
		rnbd_clt_dev_link_lost(dev);
	}
	mutex_unlock(&sess->lock);
	rnbd_clt_dev_put(dev);
}

/**
 * rnbd_clt_dev_unknown() - the server does not know a device's id (any more)
 * @dev: device, of which an I/O is under way
 * @device_id: the id in that I/O
 *
 * Any context.
 */
void rnbd_clt_dev_unknown(struct rnbd_clt_dev *dev, u32 device_id)
{
	WRITE_ONCE(dev->unknown_id, device_id);
	kref_get(&dev->kref);
	/* the disk has a reference: this is not the last one */
	if (!queue_work(rnbd_clt_wq, &dev->unknown))
		rnbd_clt_dev_put(dev);
}

static bool open_is_over(struct rnbd_clt_dev *dev)
{
	return !READ_ONCE(dev->wants_open) ||
	       READ_ONCE(dev->state) == RNBD_DEV_UNMAPPED;
}

/*
 * Return: 0, the errno of the OPEN, -ETIMEDOUT without an answer, or
 * -ERESTARTSYS after a fatal signal.
 */
static int wait_open(struct rnbd_clt_dev *dev)
{
	struct rnbd_clt_sess *sess = dev->sess;
	long left;
	int err;

	left = wait_event_killable_timeout(talk_wq, open_is_over(dev),
					   rnbd_clt_answer_timeout());
	if (left <= 0)
		return left ?: -ETIMEDOUT;
	mutex_lock(&sess->lock);
	err = dev->state == RNBD_DEV_UNMAPPED ? -ENODEV : dev->open_err;
	mutex_unlock(&sess->lock);
	return err;
}

/* The device has no disk (any more): let talk() end it. */
static void begin_leaving(struct rnbd_clt_dev *dev)
{
	mutex_lock(&dev->sess->lock);
	move_to(dev, RNBD_DEV_UNMAPPED);
	WRITE_ONCE(dev->leaving, true);
	start_talking(dev);
	mutex_unlock(&dev->sess->lock);
	wake_up_all(&talk_wq);
}

/*
 * So that the name is free again when the caller learns of it, wait for that
 * unless killed, but not for ever. Ends the reference of the mapping.
 */
static void leave(struct rnbd_clt_dev *dev)
{
	begin_leaving(dev);
	if (!wait_event_killable_timeout(talk_wq, READ_ONCE(dev->gone),
					 rnbd_clt_answer_timeout()))
		rnbd_dev_err(dev, "the server does not answer, its name is in use until then\n");
	rnbd_clt_dev_put(dev);
}

/* ------------------------------------------------------------ mapping */

/* in the log path@session, below ctl/devices the same with '!' for '/' */
static int make_names(struct rnbd_clt_dev *dev, const char *sessname)
{
	dev->title = kasprintf(GFP_KERNEL, "%s@%s", dev->path, sessname);
	if (!dev->title)
		return -ENOMEM;
	dev->link_name = kstrdup_and_replace(dev->title, '/', '!', GFP_KERNEL);
	if (!dev->link_name)
		return -ENOMEM;
	if (strlen(dev->link_name) > NAME_MAX) {
		rnbd_dev_err(dev, "the two names are too long together: %zu characters, %d can be\n",
			     strlen(dev->link_name), NAME_MAX);
		return -ENAMETOOLONG;
	}
	return 0;
}

/* Takes over the caller's use of the session on success only. */
static int join_sess(struct rnbd_clt_dev *dev, struct rnbd_clt_sess *sess)
{
	struct rnbd_clt_dev *other;

	mutex_lock(&sess->lock);
	list_for_each_entry(other, &sess->devs, entry) {
		if (!strcmp(other->path, dev->path)) {
			mutex_unlock(&sess->lock);
			rnbd_dev_err(dev, "is mapped already\n");
			return -EEXIST;
		}
	}
	dev->sess = sess;
	kref_get(&sess->kref);
	list_add_tail(&dev->entry, &sess->devs);
	dev->wants_open = true;
	dev->wanted_epoch = sess->epoch;
	start_talking(dev);
	mutex_unlock(&sess->lock);
	return 0;
}

static struct rnbd_clt_dev *dev_new(const struct rnbd_map_opts *opts)
{
	struct rnbd_clt_dev *dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	int err;

	if (!dev)
		return ERR_PTR(-ENOMEM);
	strscpy(dev->path, opts->device_path, sizeof(dev->path));
	dev->access = opts->access;
	dev->index = -1;
	dev->state = RNBD_DEV_INIT;
	kref_init(&dev->kref);
	mutex_init(&dev->lock);
	INIT_LIST_HEAD(&dev->entry);
	INIT_LIST_HEAD(&dev->all);
	INIT_DELAYED_WORK(&dev->forsake, forsake);
	INIT_WORK(&dev->talk, talk);
	INIT_WORK(&dev->unknown, became_unknown);

	err = make_names(dev, opts->sessname);
	if (err) {
		dev_free(dev);
		return ERR_PTR(err);
	}
	return dev;
}

/* dev->lock; the server has it open, now it becomes a disk */
static int make_disk(struct rnbd_clt_dev *dev)
{
	struct rnbd_clt_sess *sess = dev->sess;
	int err, late;

	err = ida_alloc_max(&indexes, RNBD_MAX_DISKS - 1, GFP_KERNEL);
	if (err < 0)
		return err;
	dev->index = err;

	err = rnbd_clt_disk_alloc(dev);
	if (err)
		return err;

	/* adding the disk reads its partition table */
	mutex_lock(&sess->lock);
	err = still(sess, dev->open_epoch) &&
	      move_to(dev, RNBD_DEV_MAPPED) ? 0 : -ENOTCONN;
	mutex_unlock(&sess->lock);
	if (err)
		goto put_disk;

	limit_patience(dev);
	err = rnbd_clt_disk_add(dev);
	late = be_patient(dev);
	if (err)
		goto put_disk;
	err = late ?: rnbd_clt_sysfs_add_dev(dev);
	if (err)
		goto del_disk;

	/* whoever unmaps it waits for dev->lock */
	mutex_lock(&all_lock);
	list_add_tail(&dev->all, &all_devs);
	mutex_unlock(&all_lock);
	rnbd_dev_info(dev, "mapped as %s, %s: %llu sectors, block size %u/%u, requests up to %u KiB, %s cache%s\n",
		      dev->gd->disk_name, rnbd_access_name(dev->access),
		      (u64)get_capacity(dev->gd), dev->info.logical_block_size,
		      dev->info.physical_block_size,
		      queue_max_hw_sectors(dev->gd->queue) / 2,
		      dev->info.write_cache ? "write-back" : "write-through",
		      dev->info.fua ? " with FUA" : "");
	kobject_uevent(&disk_to_dev(dev->gd)->kobj, KOBJ_ONLINE);
	return 0;

del_disk:
	limit_patience(dev);
	del_gendisk(dev->gd);
	be_patient(dev);
put_disk:
	/* a lost link looks at the disk of a MAPPED device */
	mutex_lock(&sess->lock);
	move_to(dev, RNBD_DEV_UNMAPPED);
	mutex_unlock(&sess->lock);
	put_disk(dev->gd);
	return err;
}

/**
 * rnbd_clt_map() - map a device
 * @opts: what and how
 *
 * Process context, sleeps long; ends early after a fatal signal.
 *
 * Return: 0 when the disk, its directory and its link exist; or a negative
 * errno: those of rnbd_clt_sess_get(), -ENAMETOOLONG, -EEXIST if the path is
 * mapped in this session already, or the server's.
 */
int rnbd_clt_map(const struct rnbd_map_opts *opts)
{
	struct rnbd_clt_sess *sess;
	struct rnbd_clt_dev *dev;
	int err;

	dev = dev_new(opts);
	if (IS_ERR(dev))
		return PTR_ERR(dev);

	sess = rnbd_clt_sess_get(opts);
	if (IS_ERR(sess)) {
		dev_free(dev);
		return PTR_ERR(sess);
	}
	atomic_inc(&nr_devs);
	err = join_sess(dev, sess);
	if (err) {
		atomic_dec(&nr_devs);
		rnbd_clt_sess_put(sess);
		dev_free(dev);
		return err;
	}

	err = wait_open(dev);
	if (err) {
		rnbd_dev_err(dev, "cannot be mapped: %d\n", err);
		goto leave;
	}
	mutex_lock(&dev->lock);
	err = make_disk(dev);
	mutex_unlock(&dev->lock);
	if (err) {
		rnbd_dev_err(dev, "cannot be made a disk: %d\n", err);
		goto leave;
	}
	return 0;

leave:
	leave(dev);
	return err;
}

/* ------------------------------------------------------------ unmapping */

/* dev->lock; unless forced nobody opens the disk between check and move */
static int begin_unmap(struct rnbd_clt_dev *dev, bool force)
{
	struct rnbd_clt_sess *sess = dev->sess;
	int err = 0;

	/* who closes it may wait under this lock for I/O that nobody answers */
	if (!force && mutex_lock_killable(&dev->gd->open_mutex))
		return -EINTR;
	mutex_lock(&sess->lock);
	if (dev->state == RNBD_DEV_UNMAPPED)
		err = -EALREADY;
	else if (!force && disk_openers(dev->gd))
		err = -EBUSY;
	else
		move_to(dev, RNBD_DEV_UNMAPPED);
	mutex_unlock(&sess->lock);
	if (!force)
		mutex_unlock(&dev->gd->open_mutex);
	if (!err)
		/* whoever waits for an OPEN gives up */
		wake_up_all(&talk_wq);
	return err;
}

/* The one who moved it to UNMAPPED. */
static void remove_disk(struct rnbd_clt_dev *dev)
{
	mutex_lock(&all_lock);
	list_del_init(&dev->all);
	mutex_unlock(&all_lock);

	limit_patience(dev);
	rnbd_clt_sysfs_del_dev(dev);
	del_gendisk(dev->gd);
	be_patient(dev);
	put_disk(dev->gd);
}

/**
 * rnbd_clt_unmap() - take a mapped device away
 * @dev: device; the caller's reference stays the caller's
 * @force: even if somebody holds the disk open; its I/O fails from now on
 * @self: sysfs file below dev->kobj whose writer asks, or NULL
 *
 * Process context; waits for I/O under way and, unless killed, for the server,
 * though for neither longer than the administrator says.
 *
 * Return: 0, -EBUSY while the disk is open, -EALREADY if it is on its way, or
 * -EINTR.
 */
int rnbd_clt_unmap(struct rnbd_clt_dev *dev, bool force,
		   const struct attribute *self)
{
	struct kernfs_node *kn = NULL;
	int err;

	if (mutex_lock_killable(&dev->lock))
		return -EINTR;
	err = begin_unmap(dev, force);
	mutex_unlock(&dev->lock);
	if (err)
		return err;
	rnbd_dev_info(dev, "%s is unmapped%s\n", dev->gd->disk_name,
		      force ? " by force" : "");

	/* the writer is inside a file that is about to be removed */
	if (self)
		kn = sysfs_break_active_protection(&dev->kobj, self);
	remove_disk(dev);
	leave(dev);
	if (kn)
		sysfs_unbreak_active_protection(kn);
	return 0;
}

/* Off that list, with a reference; or NULL. */
static struct rnbd_clt_dev *take_first(struct list_head *list)
{
	struct rnbd_clt_dev *dev;

	mutex_lock(&all_lock);
	dev = list_first_entry_or_null(list, struct rnbd_clt_dev, all);
	if (dev) {
		kref_get(&dev->kref);
		list_del_init(&dev->all);
	}
	mutex_unlock(&all_lock);
	return dev;
}

/**
 * rnbd_clt_unmap_all() - unmap whatever is mapped, and wait until it is gone
 *
 * For the end of the module: nobody maps, nobody holds a disk open.
 */
void rnbd_clt_unmap_all(void)
{
	struct rnbd_clt_dev *dev;
	LIST_HEAD(going);
	int err;

	/* all at once, the server may be slow to answer */
	while ((dev = take_first(&all_devs))) {
		mutex_lock(&dev->lock);
		err = begin_unmap(dev, true);
		mutex_unlock(&dev->lock);
		if (!err) {
			limit_patience(dev);
			list_add_tail(&dev->all, &going);
		}
		/* the mapping has one of its own */
		rnbd_clt_dev_put(dev);
	}
	while ((dev = take_first(&going))) {
		rnbd_clt_dev_put(dev);
		remove_disk(dev);
		begin_leaving(dev);
		rnbd_clt_dev_put(dev);
	}
	wait_event(talk_wq, !atomic_read(&nr_devs));
}

/* ------------------------------------------------- remap and resize */

/**
 * rnbd_clt_remap() - open a disconnected device again
 * @dev: device
 *
 * Process context; waits for the server or a fatal signal.
 *
 * Return: 0; -ENODEV being unmapped, -EALREADY not disconnected, -EBUSY being
 * mapped; -EINVAL if what the server has now does not fit; the server's errno.
 */
int rnbd_clt_remap(struct rnbd_clt_dev *dev)
{
	struct rnbd_clt_sess *sess = dev->sess;
	static const int errs[RNBD_DEV_STATES] = {
		[RNBD_DEV_INIT]		= -EBUSY,
		[RNBD_DEV_MAPPED]	= -EALREADY,
		[RNBD_DEV_UNMAPPED]	= -ENODEV,
	};
	int err;

	mutex_lock(&sess->lock);
	err = errs[dev->state];
	if (!err)
		rnbd_clt_dev_reopen(dev);
	mutex_unlock(&sess->lock);
	return err ?: wait_open(dev);
}

/**
 * rnbd_clt_resize() - believe in another capacity
 * @dev: device
 * @nr_sectors: of 512 bytes
 *
 * Local: the server is not asked. Process context.
 *
 * Return: 0, -ENOENT unless the device is MAPPED, -EINTR.
 */
int rnbd_clt_resize(struct rnbd_clt_dev *dev, u64 nr_sectors)
{
	int err = 0;

	if (mutex_lock_killable(&dev->lock))
		return -EINTR;
	if (READ_ONCE(dev->state) == RNBD_DEV_MAPPED) {
		rnbd_dev_info(dev, "%s gets %llu sectors, had %llu\n",
			      dev->gd->disk_name, nr_sectors,
			      (u64)get_capacity(dev->gd));
		set_capacity_and_notify(dev->gd, nr_sectors);
	} else {
		err = -ENOENT;
	}
	mutex_unlock(&dev->lock);
	return err;
}
