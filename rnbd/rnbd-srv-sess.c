// SPDX-License-Identifier: GPL-2.0
/*
 * Clients and what they have open: sessions come and go with link events,
 * openings with OPEN, CLOSE, force_close and the end of their session.
 *
 * Withdrawing an opening makes it unfindable and its sharers free to go on; it
 * ends by itself with its last I/O, which nobody waits for but those who sent a
 * CLOSE.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/file.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "rnbd-srv.h"
#include "rnbd-srv-path.h"
#include "rnbd-srv-trace.h"

static DEFINE_MUTEX(all_lock);
static LIST_HEAD(all_sessions);	/* under all_lock */
static atomic_t nr_openings = ATOMIC_INIT(0);
static DECLARE_WAIT_QUEUE_HEAD(ended_wq);

static void sess_release(struct kref *kref)
{
	struct rnbd_srv_sess *sess = container_of(kref, struct rnbd_srv_sess,
						  kref);

	xa_destroy(&sess->ids);
	mutex_destroy(&sess->lock);
	mutex_destroy(&sess->gone_lock);
	kfree(sess);
}

/* ------------------------------------------------------------ openings */

static void opening_release(struct kref *kref)
{
	struct rnbd_srv_opening *opening =
		container_of(kref, struct rnbd_srv_opening, kref);

	kref_put(&opening->sess->kref, sess_release);
	kfree(opening->title);
	/* rnbd_srv_opening_get() may still be looking at it */
	kfree_rcu(opening, rcu);
	if (atomic_dec_and_test(&nr_openings))
		wake_up_all(&ended_wq);
}

/**
 * rnbd_srv_opening_put() - give up a reference to the memory of an opening
 * @opening: opening
 */
void rnbd_srv_opening_put(struct rnbd_srv_opening *opening)
{
	kref_put(&opening->kref, opening_release);
}

/* its last I/O has ended; any context */
static void ios_ended(struct percpu_ref *ios)
{
	struct rnbd_srv_opening *opening =
		container_of(ios, struct rnbd_srv_opening, ios);

	queue_work(rnbd_srv_wq, &opening->end);
}

/* When a client hears that a device is closed, it is: not later, as by fput(). */
static void close_file(struct rnbd_srv_opening *opening)
{
	__fput_sync(opening->file);
}

static void opening_end(struct work_struct *work)
{
	struct rnbd_srv_opening *opening =
		container_of(work, struct rnbd_srv_opening, end);
	struct rnbd_srv_closer *closer, *next;
	LIST_HEAD(closers);

	percpu_ref_exit(&opening->ios);
	rnbd_srv_order_put(opening->order);
	close_file(opening);
	rnbd_opening_info(opening, "closed\n");

	mutex_lock(&opening->sess->lock);
	list_del_init(&opening->entry);
	list_splice_init(&opening->closers, &closers);
	mutex_unlock(&opening->sess->lock);
	/* a closer is memory of its operation */
	list_for_each_entry_safe(closer, next, &closers, entry)
		rtrs_srv_resp_rdma(closer->op, 0);
	rnbd_srv_opening_put(opening);
}

static struct rnbd_srv_opening *opening_new(struct rnbd_srv_sess *sess,
					    enum rnbd_access access,
					    const char *path)
{
	struct rnbd_srv_opening *opening = kzalloc(sizeof(*opening), GFP_KERNEL);

	if (!opening)
		return NULL;
	opening->title = kasprintf(GFP_KERNEL, "%s@%s", path, sess->name);
	if (!opening->title) {
		kfree(opening);
		return NULL;
	}
	atomic_inc(&nr_openings);
	opening->sess = sess;
	kref_get(&sess->kref);
	strscpy(opening->path, path, sizeof(opening->path));
	opening->access = access;
	kref_init(&opening->kref);
	INIT_WORK(&opening->end, opening_end);
	INIT_LIST_HEAD(&opening->entry);
	INIT_LIST_HEAD(&opening->closers);
	INIT_LIST_HEAD(&opening->dev_entry);
	return opening;
}

/**
 * rnbd_srv_opening_get() - find an opening for an I/O
 * @sess: session
 * @id: its id there
 *
 * Any context.
 *
 * Return: the opening, for percpu_ref_put() on its ios; or NULL.
 */
struct rnbd_srv_opening *rnbd_srv_opening_get(struct rnbd_srv_sess *sess, u32 id)
{
	struct rnbd_srv_opening *opening;

	rcu_read_lock();
	opening = xa_load(&sess->ids, id);
	if (opening && !percpu_ref_tryget_live(&opening->ios))
		opening = NULL;
	rcu_read_unlock();
	return opening;
}

/* sess->lock; only one caller wins, and calls finish_withdrawing() */
static bool unpublish(struct rnbd_srv_opening *opening)
{
	struct rnbd_srv_sess *sess = opening->sess;

	lockdep_assert_held(&sess->lock);
	if (!opening->published)
		return false;
	opening->published = false;
	list_move_tail(&opening->entry, &sess->ending);
	xa_erase(&sess->ids, opening->id);
	return true;
}

/* Afterwards it may be gone, but for the caller's reference. */
static void finish_withdrawing(struct rnbd_srv_opening *opening)
{
	rnbd_srv_dev_leave(opening);
	percpu_ref_kill(&opening->ios);
}

/**
 * rnbd_srv_withdraw() - an opening shall not be used any more
 * @opening: opening, whose memory the caller holds
 *
 * Its id stays unknown for the rest of the session. Process context.
 *
 * Return: false if somebody did this before.
 */
bool rnbd_srv_withdraw(struct rnbd_srv_opening *opening)
{
	bool won;

	mutex_lock(&opening->sess->lock);
	won = unpublish(opening);
	mutex_unlock(&opening->sess->lock);
	if (won)
		finish_withdrawing(opening);
	return won;
}

/* sess->lock */
static struct rnbd_srv_opening *find_ending(struct rnbd_srv_sess *sess, u32 id)
{
	struct rnbd_srv_opening *opening;

	list_for_each_entry(opening, &sess->ending, entry)
		if (opening->id == id)
			return opening;
	return NULL;
}

/**
 * rnbd_srv_close() - withdraw what has this id, and answer when it has ended
 * @sess: session
 * @id: id there
 * @op: answered with 0 after the last I/O under this id, whoever withdrew it;
 *	at once if there is none
 *
 * Process context.
 */
void rnbd_srv_close(struct rnbd_srv_sess *sess, u32 id, struct rtrs_srv_op *op)
{
	struct rnbd_srv_closer *closer = rtrs_srv_op_pdu(op);
	struct rnbd_srv_opening *opening;
	bool won = false;

	mutex_lock(&sess->lock);
	opening = xa_load(&sess->ids, id);
	if (opening)
		won = unpublish(opening);
	else
		opening = find_ending(sess, id);
	if (opening) {
		closer->op = op;
		list_add_tail(&closer->entry, &opening->closers);
	}
	mutex_unlock(&sess->lock);

	if (won)
		finish_withdrawing(opening);
	else if (!opening)
		rtrs_srv_resp_rdma(op, 0);
}

/**
 * rnbd_srv_openings_wait_none() - wait until the last opening has ended
 */
void rnbd_srv_openings_wait_none(void)
{
	wait_event(ended_wq, !atomic_read(&nr_openings));
}

/* ------------------------------------------------------------ open */

static void fill_info(struct rnbd_srv_opening *opening,
		      struct rnbd_dev_info *info)
{
	struct block_device *bdev = opening->bdev;
	struct request_queue *q = bdev_get_queue(bdev);

	*info = (struct rnbd_dev_info) {
		.device_id = opening->id,
		.nr_sectors = bdev_nr_sectors(bdev),
		.max_hw_sectors = queue_max_hw_sectors(q),
		.max_write_zeroes_sectors = bdev_write_zeroes_sectors(bdev),
		.max_discard_sectors = bdev_max_discard_sectors(bdev),
		.discard_granularity = bdev_discard_granularity(bdev),
		.discard_alignment = bdev_discard_alignment(bdev),
		.physical_block_size = bdev_physical_block_size(bdev),
		.logical_block_size = bdev_logical_block_size(bdev),
		.max_segments = bdev_max_segments(bdev),
		.secure_erase = bdev_max_secure_erase_sectors(bdev),
		.write_cache = bdev_write_cache(bdev),
		.fua = bdev_fua(bdev),
	};
}

static int open_file(struct rnbd_srv_opening *opening)
{
	blk_mode_t mode = BLK_OPEN_READ;
	struct file *file;
	char *full, *search;
	int err;

	if (opening->access != RNBD_ACCESS_RO)
		mode |= BLK_OPEN_WRITE;

	full = kmalloc(PATH_MAX, GFP_KERNEL);
	search = kmalloc(PATH_MAX, GFP_KERNEL);
	if (!full || !search) {
		err = -ENOMEM;
		goto free;
	}
	rnbd_srv_search_path_get(search);
	err = rnbd_srv_path_build(full, PATH_MAX, search, opening->sess->name,
				  opening->path);
	if (err) {
		rnbd_opening_err(opening, "refused: the path leads out of the search path %s, or is too long\n",
				 search);
		goto free;
	}
	file = bdev_file_open_by_path(full, mode, NULL, NULL);
	if (IS_ERR(file)) {
		err = PTR_ERR(file);
		rnbd_opening_err(opening, "%s cannot be opened: %d\n", full, err);
		goto free;
	}
	opening->file = file;
	opening->bdev = file_bdev(file);
free:
	kfree(search);
	kfree(full);
	return err;
}

/* Everything an opening needs before it can be found. */
static int opening_prepare(struct rnbd_srv_opening *opening)
{
	int err;

	err = open_file(opening);
	if (err)
		return err;
	err = -ENOMEM;
	opening->order = rnbd_srv_order_get(opening->bdev->bd_disk);
	if (!opening->order)
		goto close;
	err = percpu_ref_init(&opening->ios, ios_ended, 0, GFP_KERNEL);
	if (err)
		goto put_order;
	err = rnbd_srv_dev_join(opening);
	if (err)
		goto exit_ref;
	return 0;

exit_ref:
	percpu_ref_exit(&opening->ios);
put_order:
	rnbd_srv_order_put(opening->order);
close:
	close_file(opening);
	return err;
}

/* sess->lock */
static struct rnbd_srv_opening *find_path(struct rnbd_srv_sess *sess,
					  const char *path)
{
	struct rnbd_srv_opening *opening;

	list_for_each_entry(opening, &sess->openings, entry)
		if (!strcmp(opening->path, path))
			return opening;
	return NULL;
}

/* sess->lock; what the session has open already is just told again */
static int open_again(struct rnbd_srv_opening *opening, enum rnbd_access access,
		      struct rnbd_dev_info *info)
{
	if (!opening->published)
		return -EBUSY;
	if (opening->access != access) {
		rnbd_opening_err(opening, "refused as %s: the session has it open as %s\n",
				 rnbd_access_name(access),
				 rnbd_access_name(opening->access));
		return -EPERM;
	}
	fill_info(opening, info);
	return 0;
}

/* From here on it is found by its id, unless the session went meanwhile. */
static int publish(struct rnbd_srv_opening *opening, struct rnbd_dev_info *info)
{
	struct rnbd_srv_sess *sess = opening->sess;
	int err = -ECONNABORTED;

	mutex_lock(&sess->lock);
	opening->id = sess->next_id++;
	if (!sess->gone)
		err = xa_err(xa_store(&sess->ids, opening->id, opening,
				      GFP_KERNEL));
	if (err) {
		list_del_init(&opening->entry);
	} else {
		opening->published = true;
		fill_info(opening, info);
		rnbd_opening_info(opening, "opened %s as %s, id %u\n",
				  dev_name(&opening->bdev->bd_device),
				  rnbd_access_name(opening->access),
				  opening->id);
	}
	mutex_unlock(&sess->lock);
	return err;
}

/**
 * rnbd_srv_open() - open a device for a session
 * @sess: session
 * @access: how
 * @path: proper name, below the search path
 * @info: what to tell the client, on success
 *
 * The same path in the same mode again gives the same opening. May sleep as
 * long as the disk takes to open.
 *
 * Return: 0; -EPERM if others' access or an earlier mode stand against it;
 * -EEXIST if the session has the disk open under another name; -EBUSY while
 * the same OPEN is being worked on; -EINVAL for an improper path; or what the
 * block layer says.
 */
int rnbd_srv_open(struct rnbd_srv_sess *sess, enum rnbd_access access,
		  const char *path, struct rnbd_dev_info *info)
{
	struct rnbd_srv_opening *opening;
	int err;

	mutex_lock(&sess->lock);
	opening = find_path(sess, path);
	if (opening) {
		err = open_again(opening, access, info);
		mutex_unlock(&sess->lock);
		return err;
	}
	opening = opening_new(sess, access, path);
	if (!opening) {
		mutex_unlock(&sess->lock);
		return -ENOMEM;
	}
	list_add_tail(&opening->entry, &sess->openings);
	mutex_unlock(&sess->lock);

	err = opening_prepare(opening);
	if (err) {
		mutex_lock(&sess->lock);
		list_del_init(&opening->entry);
		mutex_unlock(&sess->lock);
		rnbd_srv_opening_put(opening);
		return err;
	}
	err = publish(opening, info);
	if (err) {
		rnbd_srv_dev_leave(opening);
		percpu_ref_kill(&opening->ios);
	}
	return err;
}

/* ------------------------------------------------------------ sessions */

/* Who unpublishes it keeps it from ending until finish_withdrawing(). */
static struct rnbd_srv_opening *withdraw_any(struct rnbd_srv_sess *sess)
{
	struct rnbd_srv_opening *opening, *found = NULL;

	mutex_lock(&sess->lock);
	list_for_each_entry(opening, &sess->openings, entry) {
		if (unpublish(opening)) {
			found = opening;
			break;
		}
	}
	mutex_unlock(&sess->lock);
	return found;
}

/*
 * Everything it had open is withdrawn; whatever still runs ends by itself. Its
 * client's next session calls this too and goes on only when all is withdrawn,
 * else it would find its own devices in use.
 */
static void sess_gone(struct rnbd_srv_sess *sess)
{
	struct rnbd_srv_opening *opening;

	mutex_lock(&sess->gone_lock);
	mutex_lock(&sess->lock);
	sess->gone = true;
	mutex_unlock(&sess->lock);

	while ((opening = withdraw_any(sess)))
		finish_withdrawing(opening);
	mutex_unlock(&sess->gone_lock);
}

static struct rnbd_srv_sess *sess_new(struct rtrs_srv_sess *rtrs)
{
	struct rnbd_srv_sess *sess = kzalloc(sizeof(*sess), GFP_KERNEL);
	int err;

	if (!sess)
		return ERR_PTR(-ENOMEM);
	err = rtrs_srv_get_path_name(rtrs, sess->name, sizeof(sess->name));
	if (err) {
		kfree(sess);
		return ERR_PTR(err);
	}
	sess->rtrs = rtrs;
	kref_init(&sess->kref);
	xa_init(&sess->ids);
	mutex_init(&sess->gone_lock);
	mutex_init(&sess->lock);
	INIT_LIST_HEAD(&sess->openings);
	INIT_LIST_HEAD(&sess->ending);
	/*
	 * Ids start anywhere, so that those a client has from an earlier
	 * incarnation of its session, lost unnoticed, name nothing in this one.
	 */
	sess->next_id = get_random_u32();
	return sess;
}

static int sess_up(struct rtrs_srv_sess *rtrs)
{
	struct rnbd_srv_sess *sess, *other, *old = NULL;

	sess = sess_new(rtrs);
	if (IS_ERR(sess))
		return PTR_ERR(sess);

	mutex_lock(&all_lock);
	/* of two of one name, only the newer one can be alive */
	list_for_each_entry(other, &all_sessions, all) {
		if (!strcmp(other->name, sess->name)) {
			old = other;
			kref_get(&old->kref);
			break;
		}
	}
	list_add(&sess->all, &all_sessions);
	mutex_unlock(&all_lock);
	if (old) {
		sess_gone(old);
		kref_put(&old->kref, sess_release);
	}

	rtrs_srv_set_sess_priv(rtrs, sess);
	trace_create_sess(sess->name);
	return 0;
}

static void sess_down(struct rnbd_srv_sess *sess)
{
	trace_destroy_sess(sess->name);
	pr_info_ratelimited("<%s>: session is gone\n", sess->name);
	rtrs_srv_set_sess_priv(sess->rtrs, NULL);

	mutex_lock(&all_lock);
	list_del(&sess->all);
	mutex_unlock(&all_lock);
	sess_gone(sess);
	kref_put(&sess->kref, sess_release);
}

/**
 * rnbd_srv_link_ev() - RTRS tells that a session comes or is gone
 * @rtrs: session
 * @ev: which
 * @priv: our session, if it came before
 *
 * Process context.
 *
 * Return: 0, or a negative errno to refuse a session.
 */
int rnbd_srv_link_ev(struct rtrs_srv_sess *rtrs, enum rtrs_srv_link_ev ev,
		     void *priv)
{
	switch (ev) {
	case RTRS_SRV_LINK_EV_CONNECTED:
		return sess_up(rtrs);
	case RTRS_SRV_LINK_EV_DISCONNECTED:
		sess_down(priv);
		return 0;
	}
	return -EINVAL;
}
