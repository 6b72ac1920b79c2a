// SPDX-License-Identifier: GPL-2.0
/*
 * Sessions: open and close, their paths, and the events "first path up" and
 * "last path down".
 */
#include <linux/ctype.h>
#include <linux/export.h>
#include <linux/nsproxy.h>
#include <linux/slab.h>
#include <linux/uuid.h>
#include <net/net_namespace.h>

#include "rtrs-clt.h"

#define POLL_BUDGET	64	/* completions of one look */

/* ------------------------------------------------------------- link events */

static void tell(struct rtrs_clt_sess *sess, enum rtrs_clt_link_ev ev)
{
	lockdep_assert_held(&sess->link_mutex);
	if (sess->opened)
		sess->ops.link_ev(sess->ops.priv, ev);
}

/* All paths that count are lost: the user is about to be told so. */
static bool link_is_going(struct rtrs_clt_sess *sess)
{
	return READ_ONCE(sess->nr_up) && !rtrs_clt_has_path(sess);
}

static bool coming_up(const struct rtrs_clt_path *path)
{
	return rtrs_clt_path_is(path, RTRS_CLT_CONNECTING);
}

static int await_news(struct rtrs_clt_path *path)
{
	if (!wait_event_timeout(path->wait, !link_is_going(path->sess) ||
				!coming_up(path),
				msecs_to_jiffies(RTRS_CLT_DOWN_MS)))
		return -ETIMEDOUT;
	return coming_up(path) ? 0 : -ECONNABORTED;
}

/* The server's session is not the one to which the paths that count belong. */
static bool replaced(const struct rtrs_clt_path *path)
{
	const struct rtrs_clt_sess *sess = path->sess;

	lockdep_assert_held(&sess->link_mutex);
	return sess->nr_up && sess->generation && path->generation &&
	       path->generation != sess->generation;
}

/*
 * And that again, soon after: two servers answer to the addresses, and the path
 * would take the session from one to the other and back.
 */
static bool torn(struct rtrs_clt_path *path)
{
	struct rtrs_clt_sess *sess = path->sess;
	unsigned long calm = msecs_to_jiffies(RTRS_CLT_CALM_MS) +
		msecs_to_jiffies(READ_ONCE(sess->reconnect_delay_ms));
	bool again = sess->replaced &&
		time_before(jiffies, sess->last_replaced + calm);

	lockdep_assert_held(&sess->link_mutex);
	sess->replaced = true;
	sess->last_replaced = jiffies;
	return again;
}

/* Whatever is still connected, it is so to nobody. */
static void give_up_others(struct rtrs_clt_sess *sess)
{
	struct rtrs_clt_path *path;

	rcu_read_lock();
	list_for_each_entry_rcu(path, &sess->paths, entry)
		if (rtrs_clt_path_move(path, RTRS_CLT_CONNECTED,
				       RTRS_CLT_RECONNECTING))
			path_info(path, "the server has another session by now\n");
	rcu_read_unlock();
}

/* State and count change as one, and so does what the user knows. */
static int try_up(struct rtrs_clt_path *path)
{
	struct rtrs_clt_sess *sess = path->sess;
	int err;

	mutex_lock(&sess->link_mutex);
	if (link_is_going(sess)) {
		err = -EAGAIN;
	} else if (replaced(path) && torn(path)) {
		path_err(path, "not connected: it has another session than the other paths, is that one server?\n");
		err = -ECONNRESET;
	} else if (replaced(path)) {
		give_up_others(sess);
		err = -EAGAIN;
	} else {
		err = rtrs_clt_fence_try_up(path);
	}
	if (!err) {
		atomic_inc(&path->nr_connects);
		path->counted = true;
		if (!sess->nr_up)
			sess->generation = path->generation;
		WRITE_ONCE(sess->nr_up, sess->nr_up + 1);
		if (sess->nr_up == 1)
			tell(sess, RTRS_CLT_LINK_EV_RECONNECTED);
	}
	mutex_unlock(&sess->link_mutex);
	if (!err) {
		rtrs_clt_wake_paths(sess);
		rtrs_clt_permits_renew(sess);
	}
	return err;
}

/**
 * rtrs_clt_path_up() - let a path carry I/O as soon as it may
 * @path: path being connected, complete but for its state
 *
 * While all others are lost and the user does not know yet, it has to wait: the
 * server may have closed the session with the last of them, and made a new one
 * for this path, so the user must hear of both, one after the other. And if the
 * server has made a new one, which the generation tells, while we believe that
 * others are alive, these are lost too: what the user knows of the old session
 * must not be used in the new one. Unless that happens twice in a row: then this
 * path leads elsewhere, and has to wait until the others are found to be lost.
 * Context: connect worker, under the path's life; waits.
 * Return: 0, then it is connected; or a negative errno.
 */
int rtrs_clt_path_up(struct rtrs_clt_path *path)
{
	int err;

	do {
		err = await_news(path);
		if (!err)
			err = rtrs_clt_fence_before_up(path);
		if (!err)
			err = try_up(path);
	} while (err == -EAGAIN);
	if (err)
		return err;
	path_info(path, "connected, %u connections on %s/%u, %u chunks of %u+%u bytes%s%s\n",
		  path->nr_cons, path->hca_name, path->hca_port,
		  path->geo.queue_depth, path->geo.max_io_size,
		  path->geo.max_hdr_size,
		  path->geo.new_rkey ? ", keys renewed" : "",
		  path->geo.features & RTRS_FEAT_FENCE ? ", fences" : "");
	return 0;
}

/* Permits held since before all paths that are up may be used again. */
static void release_permits(struct rtrs_clt_sess *sess)
{
	struct rtrs_clt_path *path;
	u64 oldest = U64_MAX;

	rcu_read_lock();
	list_for_each_entry_rcu(path, &sess->paths, entry)
		if (path->counted)
			oldest = min(oldest, path->setup_no);
	rcu_read_unlock();
	rtrs_clt_permits_release(sess, oldest);
}

/* A path is down, and no request is on it any more. Its worker. */
void rtrs_clt_path_down(struct rtrs_clt_path *path)
{
	struct rtrs_clt_sess *sess = path->sess;

	mutex_lock(&sess->link_mutex);
	if (path->counted) {
		path->counted = false;
		release_permits(sess);
		if (sess->nr_up == 1)
			tell(sess, RTRS_CLT_LINK_EV_DISCONNECTED);
		/* told: another path may come up now */
		WRITE_ONCE(sess->nr_up, sess->nr_up - 1);
	}
	mutex_unlock(&sess->link_mutex);
	rtrs_clt_wake_paths(sess);
}

/* Tell the user from now on; what went down before was nobody's to know. */
static int begin_telling(struct rtrs_clt_sess *sess)
{
	bool up;

	mutex_lock(&sess->link_mutex);
	up = sess->nr_up;
	WRITE_ONCE(sess->opened, up);
	mutex_unlock(&sess->link_mutex);
	return up ? 0 : -ENOTCONN;
}

/* ------------------------------------------------------------------- paths */

static int list_path(struct rtrs_clt_sess *sess, struct rtrs_clt_path *path)
{
	int err = 0;

	mutex_lock(&sess->paths_mutex);
	if (sess->closing) {
		err = -ESHUTDOWN;
	} else if (sess->nr_paths >= RTRS_MAX_PATHS) {
		err = -ENOSPC;
	} else {
		/*
		 * Only the first path may make a session at the server: a
		 * further one must not open a second one elsewhere.
		 */
		path->first_conn = !sess->nr_paths;
		path->id = sess->next_path_id++;
		list_add_tail_rcu(&path->entry, &sess->paths);
		sess->nr_paths++;
	}
	mutex_unlock(&sess->paths_mutex);
	return err;
}

/**
 * rtrs_clt_add_path() - add a path to a session and connect it
 * @sess: session
 * @addr: its ends; copied
 *
 * Context: process, killable, takes up to half a minute.
 * Return: 0 when it is connected, else a negative errno and it is gone again.
 */
int rtrs_clt_add_path(struct rtrs_clt_sess *sess, const struct rtrs_addr *addr)
{
	struct rtrs_clt_path *path = rtrs_clt_path_create(sess, addr);
	int err;

	if (IS_ERR(path))
		return PTR_ERR(path);
	err = list_path(sess, path);
	if (err) {
		kobject_put(&path->kobj);
		return err;
	}
	/* while it is listed somebody else may remove it */
	kobject_get(&path->kobj);
	err = rtrs_clt_path_start(path);
	if (!err)
		err = rtrs_clt_path_show(path);
	if (err) {
		path_err(path, "not added: %pe\n", ERR_PTR(err));
		rtrs_clt_path_remove(path);
	}
	kobject_put(&path->kobj);
	return err;
}

/* -------------------------------------------------------------- open, close */

static void free_sess(struct device *dev)
{
	struct rtrs_clt_sess *sess = container_of(dev, struct rtrs_clt_sess, dev);

	rtrs_clt_permits_free(sess);
	free_percpu(sess->last_path);
	kfree(sess);
}

static int check_name(const char *name)
{
	size_t len = strnlen(name, RTRS_NAME_LEN);
	size_t i;

	if (!len || len == RTRS_NAME_LEN)
		return -EINVAL;
	for (i = 0; i < len; i++)
		if (name[i] == '/' || name[i] == '.' || iscntrl(name[i]))
			return -EINVAL;
	return 0;
}

static struct rtrs_clt_sess *alloc_sess(const struct rtrs_clt_ops *ops,
					const char *name, u16 port)
{
	struct rtrs_clt_sess *sess = kzalloc(sizeof(*sess), GFP_KERNEL);

	if (!sess)
		return NULL;
	sess->last_path = alloc_percpu(u32);
	if (!sess->last_path) {
		kfree(sess);
		return NULL;
	}
	strscpy(sess->name, name, sizeof(sess->name));
	generate_random_uuid(sess->uuid);
	sess->ops = *ops;
	sess->port = port;
	mutex_init(&sess->paths_mutex);
	INIT_LIST_HEAD(&sess->paths);
	init_waitqueue_head(&sess->paths_gone);
	mutex_init(&sess->geo_mutex);
	init_waitqueue_head(&sess->permit_wait);
	mutex_init(&sess->link_mutex);
	mutex_init(&sess->fence_mutex);
	spin_lock_init(&sess->fence_lock);
	INIT_LIST_HEAD(&sess->fences);
	INIT_LIST_HEAD(&sess->resend);
	INIT_DELAYED_WORK(&sess->fence_work, rtrs_clt_fence_work);
	INIT_DELAYED_WORK(&sess->timeout_work, rtrs_clt_timeout_work);
	sess->policy = RTRS_POLICY_MIN_INFLIGHT;
	sess->hb_conf = (struct rtrs_hb_conf)RTRS_HB_CONF_DEFAULT;
	sess->fence_wait_ms = RTRS_CLT_FENCE_WAIT_MS;
	sess->request_timeout_ms = RTRS_CLT_REQUEST_MS;

	device_initialize(&sess->dev);
	sess->dev.class = rtrs_clt_class;
	sess->dev.groups = rtrs_clt_sess_groups;
	sess->dev.release = free_sess;
	return sess;
}

static int show_sess(struct rtrs_clt_sess *sess)
{
	int err;

	err = dev_set_name(&sess->dev, "%s", sess->name);
	if (err)
		return err;
	/* announced when it is complete */
	dev_set_uevent_suppress(&sess->dev, true);
	err = device_add(&sess->dev);
	if (err)
		return err;
	sess->paths_kobj = kobject_create_and_add("paths", &sess->dev.kobj);
	if (!sess->paths_kobj) {
		device_del(&sess->dev);
		return -ENOMEM;
	}
	return 0;
}

static void hide_sess(struct rtrs_clt_sess *sess)
{
	kobject_del(sess->paths_kobj);
	kobject_put(sess->paths_kobj);
	device_del(&sess->dev);
}

/* Any path which nobody removes yet. */
static struct rtrs_clt_path *any_path(struct rtrs_clt_sess *sess)
{
	struct rtrs_clt_path *path, *any = NULL;

	mutex_lock(&sess->paths_mutex);
	list_for_each_entry(path, &sess->paths, entry) {
		if (rtrs_clt_path_is(path, RTRS_CLT_DEAD))
			continue;
		any = path;
		kobject_get(&any->kobj);
		break;
	}
	mutex_unlock(&sess->paths_mutex);
	return any;
}

static void remove_all_paths(struct rtrs_clt_sess *sess)
{
	struct rtrs_clt_path *path;

	mutex_lock(&sess->paths_mutex);
	sess->closing = true;
	/* all at once: requests shall not move from one to the next */
	list_for_each_entry(path, &sess->paths, entry)
		rtrs_clt_path_go(path, RTRS_CLT_CLOSING);
	mutex_unlock(&sess->paths_mutex);

	while ((path = any_path(sess))) {
		rtrs_clt_path_remove(path);
		kobject_put(&path->kobj);
	}
	/* of those which somebody else removes */
	wait_event(sess->paths_gone, !READ_ONCE(sess->nr_paths));
}

static int open_paths(struct rtrs_clt_sess *sess, const struct rtrs_addr *paths,
		      size_t nr)
{
	size_t i;
	int err;

	for (i = 0; i < nr; i++) {
		err = rtrs_clt_add_path(sess, &paths[i]);
		if (err)
			return err;
	}
	return 0;
}

/* No paths, no requests, no files, no works. */
static void end_sess(struct rtrs_clt_sess *sess)
{
	remove_all_paths(sess);
	rtrs_clt_fences_end(sess);
	hide_sess(sess);
	/* a write to the file that is gone now may have started it */
	cancel_delayed_work_sync(&sess->timeout_work);
}

/**
 * rtrs_clt_open() - open a session
 * @ops: its user's calls; copied
 * @sessname: its name, 1 to 254 bytes without '/', '.' and control characters,
 *	unique on this host and at the server
 * @paths: ends of its paths; copied. All must connect.
 * @path_cnt: how many, 1 to 128
 * @port: of the server, for paths added later
 * @pdu_sz: ignored; there is no private memory with a permit
 * @reconnect_delay_sec: longest delay between attempts to connect again
 * @max_reconnect_attempts: after so many in a row a path rests, -1 for no limit
 * @nr_poll_queues: connections of each path that are polled, see
 *	rtrs_clt_poll()
 *
 * Context: process of the initial network namespace, killable; takes up to half
 * a minute for each path. Return: the session, to be closed with
 * rtrs_clt_close(); or an ERR_PTR: -EOPNOTSUPP in another network namespace,
 * -EEXIST if there is a session of that name, -EINVAL, or why a path could not
 * be connected.
 */
struct rtrs_clt_sess *rtrs_clt_open(struct rtrs_clt_ops *ops,
				    const char *sessname,
				    const struct rtrs_addr *paths,
				    size_t path_cnt, u16 port, size_t pdu_sz,
				    u8 reconnect_delay_sec,
				    s16 max_reconnect_attempts,
				    u32 nr_poll_queues)
{
	struct rtrs_clt_sess *sess;
	int err;

	if (current->nsproxy && current->nsproxy->net_ns != &init_net) {
		pr_err("%s: only the initial network namespace is served\n",
		       sessname);
		return ERR_PTR(-EOPNOTSUPP);
	}
	err = check_name(sessname);
	if (err || !path_cnt || path_cnt > RTRS_MAX_PATHS) {
		pr_err("session name or number of paths is not usable\n");
		return ERR_PTR(-EINVAL);
	}

	sess = alloc_sess(ops, sessname, port);
	if (!sess)
		return ERR_PTR(-ENOMEM);
	sess->nr_poll_queues = nr_poll_queues;
	sess->reconnect_delay_ms = reconnect_delay_sec * MSEC_PER_SEC;
	sess->max_reconnects = clamp_t(int, max_reconnect_attempts, -1,
				       RTRS_CLT_MAX_RECONNECTS);
	err = show_sess(sess);
	if (err)
		goto put;
	err = open_paths(sess, paths, path_cnt);
	if (err)
		goto close;
	rtrs_clt_timeout_set(sess);
	dev_set_uevent_suppress(&sess->dev, false);
	kobject_uevent(&sess->dev.kobj, KOBJ_ADD);
	err = begin_telling(sess);
	if (err)
		goto close;
	return sess;

close:
	end_sess(sess);
put:
	put_device(&sess->dev);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_GPL(rtrs_clt_open);

/**
 * rtrs_clt_close() - close a session
 * @sess: session, gone when this returns
 *
 * Requests under way end with an error first, then the user is told
 * RTRS_CLT_LINK_EV_DISCONNECTED. Nobody uses the session any more.
 * Context: process, may sleep.
 */
void rtrs_clt_close(struct rtrs_clt_sess *sess)
{
	end_sess(sess);
	put_device(&sess->dev);
}
EXPORT_SYMBOL_GPL(rtrs_clt_close);

/**
 * rtrs_clt_query() - what a session offers
 * @sess: session
 * @attr: filled in
 *
 * Context: any. Return: 0, or -ECOMM when no path is connected.
 */
int rtrs_clt_query(struct rtrs_clt_sess *sess, struct rtrs_attrs *attr)
{
	struct rtrs_clt_path *path;

	rcu_read_lock();
	path = rtrs_clt_pick_path(sess);
	rcu_read_unlock();
	if (!path)
		return -ECOMM;
	*attr = (struct rtrs_attrs) {
		.queue_depth	= sess->geo.queue_depth,
		.max_io_size	= sess->geo.max_io_size,
		.max_segments	= sess->max_segments,
	};
	return 0;
}
EXPORT_SYMBOL_GPL(rtrs_clt_query);

/* Look for completions of a polled connection. Under RCU, its path connected. */
int rtrs_clt_poll_con(struct rtrs_clt_con *con)
{
	int done;

	/* one at a time: its completions come in order */
	if (test_and_set_bit_lock(0, &con->polling))
		return 0;
	/* a peer that never ends must not keep us here */
	done = ib_process_cq_direct(con->con.cq, POLL_BUDGET);
	clear_bit_unlock(0, &con->polling);
	return max(done, 0);
}

static int poll_cid(struct rtrs_clt_sess *sess, unsigned int cid)
{
	struct rtrs_clt_path *path;
	int done = 0;

	rcu_read_lock();
	list_for_each_entry_rcu(path, &sess->paths, entry)
		if (rtrs_clt_path_is(path, RTRS_CLT_CONNECTED) &&
		    cid >= path->irq_cons && cid < path->nr_cons)
			done += rtrs_clt_poll_con(&path->cons[cid]);
	rcu_read_unlock();
	return done;
}

/**
 * rtrs_clt_poll() - look for completions of requests on a poll queue
 * @sess: session
 * @poll_queue: below the nr_poll_queues of rtrs_clt_open()
 *
 * Calls conf_fn of those that have ended. Context: any but hard interrupt.
 * Return: completions found on all connected paths.
 */
int rtrs_clt_poll(struct rtrs_clt_sess *sess, unsigned int poll_queue)
{
	/* all paths of a session have the same numbers of connections */
	return poll_cid(sess, min(nr_cpu_ids + 1,
				  RTRS_MAX_CIDS -
				  min(sess->nr_poll_queues, RTRS_MAX_CIDS / 2)) +
			      poll_queue);
}
EXPORT_SYMBOL_GPL(rtrs_clt_poll);

/**
 * rtrs_clt_rdma_cq_direct() - look for completions, by number of hardware queue
 * @sess: session
 * @index: hardware queue; those driven by interrupts yield nothing
 *
 * For users that number their poll queues behind one queue for each CPU; others
 * call rtrs_clt_poll(). Context and return: as there.
 */
int rtrs_clt_rdma_cq_direct(struct rtrs_clt_sess *sess, unsigned int index)
{
	return poll_cid(sess, index + 1);
}
EXPORT_SYMBOL_GPL(rtrs_clt_rdma_cq_direct);
