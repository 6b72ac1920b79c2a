// SPDX-License-Identifier: GPL-2.0
/*
 * Sessions: found or opened for a device, closed with the last one, and what
 * follows from the link going down and coming back.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "rnbd-clt.h"

#define RECONNECT_DELAY_S	30
#define RECONNECT_FOREVER	(-1)

static DEFINE_MUTEX(list_lock);
static LIST_HEAD(sessions);		/* under list_lock */
static DECLARE_WAIT_QUEUE_HEAD(state_wq);	/* a state or the list changed */

/* list_lock */
static struct rnbd_clt_sess *find(const char *name)
{
	struct rnbd_clt_sess *sess;

	lockdep_assert_held(&list_lock);
	list_for_each_entry(sess, &sessions, entry)
		if (!strcmp(sess->name, name))
			return sess;
	return NULL;
}

static void sess_release(struct kref *kref)
{
	struct rnbd_clt_sess *sess = container_of(kref, struct rnbd_clt_sess,
						  kref);

	rnbd_clt_tags_free(sess);
	mutex_destroy(&sess->lock);
	kfree(sess);
}

/**
 * rnbd_clt_sess_free() - give up a reference to the memory of a session
 * @sess: session
 */
void rnbd_clt_sess_free(struct rnbd_clt_sess *sess)
{
	kref_put(&sess->kref, sess_release);
}

static void leave_list(struct rnbd_clt_sess *sess)
{
	mutex_lock(&list_lock);
	list_del_init(&sess->entry);
	mutex_unlock(&list_lock);
	wake_up_all(&state_wq);
	rnbd_clt_sess_free(sess);
}

/* The link is up again: the server has forgotten all about us. */
static void restore(struct work_struct *work)
{
	struct rnbd_clt_sess *sess = container_of(work, struct rnbd_clt_sess,
						  restore);
	struct rnbd_clt_dev *dev;
	unsigned int epoch;
	bool up;
	int err;

	mutex_lock(&sess->lock);
	epoch = sess->epoch;
	/* without rtrs the opener is still at it and will ask by itself */
	up = sess->link_up && sess->rtrs;
	mutex_unlock(&sess->lock);
	if (!up)
		return;

	err = rnbd_clt_msg_sess_info(sess);
	if (err) {
		pr_err("<%s> version exchange failed: %d, devices stay disconnected\n",
		       sess->name, err);
		return;
	}

	mutex_lock(&sess->lock);
	if (sess->epoch == epoch)
		list_for_each_entry(dev, &sess->devs, entry)
			if (dev->state == RNBD_DEV_DISCONNECTED)
				rnbd_clt_dev_reopen(dev);
	mutex_unlock(&sess->lock);
}

/* RTRS tells; process context */
static void link_ev(void *priv, enum rtrs_clt_link_ev ev)
{
	struct rnbd_clt_sess *sess = priv;
	struct rnbd_clt_dev *dev;

	mutex_lock(&sess->lock);
	sess->epoch++;
	sess->link_up = ev == RTRS_CLT_LINK_EV_RECONNECTED;
	if (!sess->link_up)
		list_for_each_entry(dev, &sess->devs, entry)
			rnbd_clt_dev_link_lost(dev);
	else if (READ_ONCE(sess->state) != RNBD_SESS_CLOSING)
		queue_work(rnbd_clt_wq, &sess->restore);
	mutex_unlock(&sess->lock);

	/*
	 * A dispatcher that saw a device MAPPED with its old id must have left
	 * before RTRS may bring up a path to another incarnation of the session.
	 */
	if (ev == RTRS_CLT_LINK_EV_DISCONNECTED)
		synchronize_rcu();
}

static struct rnbd_clt_sess *sess_new(const struct rnbd_map_opts *opts)
{
	struct rnbd_clt_sess *sess = kzalloc(sizeof(*sess), GFP_KERNEL);

	if (!sess)
		return NULL;
	strscpy(sess->name, opts->sessname, sizeof(sess->name));
	sess->nr_poll_queues = opts->nr_poll_queues;
	sess->state = RNBD_SESS_OPENING;
	sess->link_up = true;
	kref_init(&sess->kref);
	mutex_init(&sess->lock);
	INIT_LIST_HEAD(&sess->devs);
	INIT_WORK(&sess->restore, restore);
	rnbd_starved_init(&sess->starved);
	sess->rtrs_ops = (struct rtrs_clt_ops) {
		.priv = sess,
		.link_ev = link_ev,
	};
	return sess;
}

/* the addresses of a map request, as RTRS wants them */
struct addrs {
	struct sockaddr_storage	src[RNBD_MAX_PATHS];
	struct sockaddr_storage	dst[RNBD_MAX_PATHS];
	struct rtrs_addr	path[RNBD_MAX_PATHS];
};

static struct addrs *addrs_parse(const struct rnbd_map_opts *opts)
{
	struct addrs *addrs = kzalloc(sizeof(*addrs), GFP_KERNEL);
	unsigned int i;
	int err;

	if (!addrs)
		return ERR_PTR(-ENOMEM);
	for (i = 0; i < opts->nr_paths; i++) {
		addrs->path[i].src = &addrs->src[i];
		addrs->path[i].dst = &addrs->dst[i];
		err = rtrs_addr_to_sockaddr(opts->paths[i].text,
					    strlen(opts->paths[i].text),
					    opts->paths[i].port,
					    &addrs->path[i]);
		if (err) {
			pr_err("<%s> path=%s is no address: %d\n",
			       opts->sessname, opts->paths[i].text, err);
			kfree(addrs);
			return ERR_PTR(err);
		}
	}
	return addrs;
}

/* No more I/O, no more exchanges; rtrs is gone afterwards. */
static void sess_disconnect(struct rnbd_clt_sess *sess)
{
	/* link_ev() looks at the state under this lock, then queues no work */
	mutex_lock(&sess->lock);
	mutex_unlock(&sess->lock);
	cancel_work_sync(&sess->restore);
	rtrs_clt_close(sess->rtrs);
}

static void sess_set_state(struct rnbd_clt_sess *sess,
			   enum rnbd_sess_state state, int err)
{
	mutex_lock(&list_lock);
	sess->open_err = err;
	WRITE_ONCE(sess->state, state);
	mutex_unlock(&list_lock);
	wake_up_all(&state_wq);
}

static int sess_connect(struct rnbd_clt_sess *sess,
			const struct rnbd_map_opts *opts)
{
	struct rtrs_clt_sess *rtrs;
	struct addrs *addrs;
	int err;

	addrs = addrs_parse(opts);
	if (IS_ERR(addrs))
		return PTR_ERR(addrs);
	rtrs = rtrs_clt_open(&sess->rtrs_ops, sess->name, addrs->path,
			     opts->nr_paths, opts->port, 0, RECONNECT_DELAY_S,
			     RECONNECT_FOREVER, opts->nr_poll_queues);
	kfree(addrs);
	if (IS_ERR(rtrs))
		return PTR_ERR(rtrs);

	mutex_lock(&sess->lock);
	sess->rtrs = rtrs;
	mutex_unlock(&sess->lock);

	err = rtrs_clt_query(rtrs, &sess->attrs);
	if (!err)
		err = rnbd_clt_tags_alloc(sess);
	if (!err)
		err = rnbd_clt_msg_sess_info(sess);
	if (err) {
		WRITE_ONCE(sess->state, RNBD_SESS_CLOSING);
		sess_disconnect(sess);
	}
	return err;
}

/**
 * rnbd_clt_sess_get() - the session of a map request
 * @opts: map request
 *
 * Opens it if there is none of this name; waits for others who open or close
 * it. May sleep long; ended by a fatal signal while it waits for others.
 *
 * Return: the session, for rnbd_clt_sess_put(); or an ERR_PTR: -ENXIO without a
 * path to a new session, -EINVAL for another number of poll queues than the
 * session has, the transport's or the server's errno.
 */
struct rnbd_clt_sess *rnbd_clt_sess_get(const struct rnbd_map_opts *opts)
{
	struct rnbd_clt_sess *sess;
	enum rnbd_sess_state seen;
	int err;

	for (;;) {
		mutex_lock(&list_lock);
		sess = find(opts->sessname);
		if (!sess || sess->state == RNBD_SESS_OPEN)
			break;
		seen = sess->state;
		kref_get(&sess->kref);
		mutex_unlock(&list_lock);

		err = wait_event_killable(state_wq,
					  READ_ONCE(sess->state) != seen ||
					  list_empty_careful(&sess->entry));
		/* whoever opened it in vain speaks for those who waited */
		if (!err && seen == RNBD_SESS_OPENING)
			err = sess->open_err;
		rnbd_clt_sess_free(sess);
		if (err)
			return ERR_PTR(err);
	}

	if (sess) {
		if (opts->nr_poll_queues != sess->nr_poll_queues) {
			pr_err("<%s> has %u poll queues, %u are asked for\n",
			       sess->name, sess->nr_poll_queues,
			       opts->nr_poll_queues);
			sess = ERR_PTR(-EINVAL);
		} else {
			sess->users++;
		}
		goto unlock;
	}
	if (!opts->nr_paths) {
		pr_err("<%s> there is no such session, and no path= to open it\n",
		       opts->sessname);
		sess = ERR_PTR(-ENXIO);
		goto unlock;
	}
	sess = sess_new(opts);
	if (!sess) {
		sess = ERR_PTR(-ENOMEM);
		goto unlock;
	}
	sess->users = 1;
	list_add_tail(&sess->entry, &sessions);
	mutex_unlock(&list_lock);

	err = sess_connect(sess, opts);
	if (err) {
		sess_set_state(sess, RNBD_SESS_CLOSING, err);
		leave_list(sess);
		return ERR_PTR(err);
	}
	sess_set_state(sess, RNBD_SESS_OPEN, 0);
	return sess;

unlock:
	mutex_unlock(&list_lock);
	return sess;
}

/**
 * rnbd_clt_sess_put() - a device of the session is gone
 * @sess: session; its last user closes it
 *
 * Process context, sleeps while it closes.
 */
void rnbd_clt_sess_put(struct rnbd_clt_sess *sess)
{
	mutex_lock(&list_lock);
	if (--sess->users) {
		mutex_unlock(&list_lock);
		return;
	}
	WRITE_ONCE(sess->state, RNBD_SESS_CLOSING);
	mutex_unlock(&list_lock);

	sess_disconnect(sess);
	leave_list(sess);
}

/**
 * rnbd_clt_sess_used() - does anybody want a device of the session?
 * @sess: session, in use by the caller's device
 *
 * If not, it ends as soon as its devices stop waiting for the server, and the
 * server closes whatever it has open for it. Process context.
 */
bool rnbd_clt_sess_used(struct rnbd_clt_sess *sess)
{
	struct rnbd_clt_dev *dev;
	bool used = false;

	mutex_lock(&sess->lock);
	list_for_each_entry(dev, &sess->devs, entry)
		used |= !dev->leaving;
	mutex_unlock(&sess->lock);
	return used;
}

/**
 * rnbd_clt_sess_wait_none() - wait until the last session is closed
 *
 * Nobody maps any more, all devices are being unmapped.
 */
void rnbd_clt_sess_wait_none(void)
{
	wait_event(state_wq, list_empty_careful(&sessions));
}
