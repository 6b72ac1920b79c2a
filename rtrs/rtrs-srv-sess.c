// SPDX-License-Identifier: GPL-2.0
/*
 * Sessions: found by UUID, named by their client's info request, gone with
 * their last path; the link events of the upper layer.
 */
#include <linux/export.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "rtrs-srv.h"

/**
 * rtrs_srv_sess_find() - find a session that clients can reach
 * @ctx: server; its lock is held
 * @uuid: the wire's paths_uuid
 */
struct rtrs_srv_sess *rtrs_srv_sess_find(struct rtrs_srv_ctx *ctx,
					 const u8 *uuid)
{
	struct rtrs_srv_sess *sess;

	lockdep_assert_held(&ctx->lock);
	list_for_each_entry(sess, &ctx->sessions, entry)
		if (!memcmp(sess->uuid, uuid, RTRS_UUID_LEN))
			return sess;
	return NULL;
}

/**
 * rtrs_srv_sess_create() - make a session and list it
 * @ctx: server; its lock is held
 * @uuid: the wire's paths_uuid
 *
 * It has no memory for chunks yet. Return: the session with one reference, the
 * caller's, or NULL.
 */
struct rtrs_srv_sess *rtrs_srv_sess_create(struct rtrs_srv_ctx *ctx,
					   const u8 *uuid)
{
	struct rtrs_srv_sess *sess = kzalloc(sizeof(*sess), GFP_KERNEL);

	lockdep_assert_held(&ctx->lock);
	if (!sess)
		return NULL;
	sess->bufs = kvcalloc(rtrs_srv_geo.queue_depth, sizeof(*sess->bufs),
			      GFP_KERNEL);
	if (!sess->bufs) {
		kfree(sess);
		return NULL;
	}
	sess->ctx = ctx;
	kref_init(&sess->refs);
	memcpy(sess->uuid, uuid, RTRS_UUID_LEN);
	rtrs_dev_pool_init(&sess->devs);
	sess->hb_conf = (struct rtrs_hb_conf)RTRS_HB_CONF_DEFAULT;
	INIT_LIST_HEAD(&sess->paths);
	mutex_init(&sess->lock);
	mutex_init(&sess->link_lock);
	list_add_tail(&sess->entry, &ctx->sessions);
	ctx->nr_sessions++;
	return sess;
}

/* From here on the session has neither name nor place: a new one may come. */
static void unlist(struct rtrs_srv_sess *sess)
{
	u32 id;

	lockdep_assert_held(&sess->ctx->lock);
	if (list_empty(&sess->entry))
		return;
	rtrs_srv_sysfs_del_sess(sess);
	list_del_init(&sess->entry);
	sess->ctx->nr_sessions--;

	mutex_lock(&sess->lock);
	for (id = 0; id < rtrs_srv_geo.queue_depth; id++) {
		rtrs_srv_buf_put(sess->bufs[id]);
		sess->bufs[id] = NULL;
	}
	mutex_unlock(&sess->lock);
}

static void sess_free(struct kref *refs)
{
	struct rtrs_srv_sess *sess = container_of(refs, struct rtrs_srv_sess,
						  refs);

	mutex_destroy(&sess->link_lock);
	mutex_destroy(&sess->lock);
	kvfree(sess->bufs);
	kfree(sess);
}

/**
 * rtrs_srv_sess_put() - drop a reference
 * @sess: session
 *
 * Context: process.
 */
void rtrs_srv_sess_put(struct rtrs_srv_sess *sess)
{
	kref_put(&sess->refs, sess_free);
}

/**
 * rtrs_srv_sess_abandon() - drop a reference for want of a path
 * @sess: session, listed; the server's lock is held
 */
void rtrs_srv_sess_abandon(struct rtrs_srv_sess *sess)
{
	if (!sess->nr_paths)
		unlist(sess);
	rtrs_srv_sess_put(sess);
}

/**
 * rtrs_srv_sess_join() - a path belongs to a session now
 * @sess: session, listed; the server's lock is held
 * @path: path
 */
void rtrs_srv_sess_join(struct rtrs_srv_sess *sess, struct rtrs_srv_path *path)
{
	lockdep_assert_held(&sess->ctx->lock);
	list_add_tail(&path->entry, &sess->paths);
	sess->nr_paths++;
}

/**
 * rtrs_srv_sess_leave() - a path is gone for its client
 * @path: path, drained and without resources of its device
 *
 * With the last one the session is gone, too.
 * Context: process, may sleep.
 */
void rtrs_srv_sess_leave(struct rtrs_srv_path *path)
{
	struct rtrs_srv_sess *sess = path->sess;

	mutex_lock(&sess->ctx->lock);
	list_del_init(&path->entry);
	if (!--sess->nr_paths)
		unlist(sess);
	atomic_inc(&sess->ctx->departures);
	wake_up_all(&sess->ctx->gone);
	mutex_unlock(&sess->ctx->lock);
}

static bool has_live_path(const struct rtrs_srv_sess *sess)
{
	struct rtrs_srv_path *path;

	lockdep_assert_held(&sess->ctx->lock);
	list_for_each_entry(path, &sess->paths, entry)
		if (READ_ONCE(path->state) <= RTRS_SRV_PATH_CONNECTED)
			return true;
	return false;
}

static enum rtrs_srv_refusal try_name(struct rtrs_srv_sess *sess,
				      const u8 *name, bool *soon_free)
{
	struct rtrs_srv_sess *other;

	lockdep_assert_held(&sess->ctx->lock);
	if (sess->name[0] && strcmp(sess->name, name))
		return RTRS_SRV_REFUSE_INFO_NAME;
	list_for_each_entry(other, &sess->ctx->sessions, entry) {
		if (other == sess || strcmp(other->name, name))
			continue;
		*soon_free = !has_live_path(other);
		return RTRS_SRV_REFUSE_INFO_NAME_TAKEN;
	}
	strscpy(sess->name, name, sizeof(sess->name));
	return RTRS_SRV_ACCEPTED;
}

/**
 * rtrs_srv_sess_take_name() - a session learns how it is called
 * @sess: session
 * @name: terminated and checked
 *
 * A client that maps again right after it has unmapped may come while its old
 * session is still being closed, which is waited for.
 * Context: process, may sleep for half a second.
 *
 * Return: RTRS_SRV_ACCEPTED; RTRS_SRV_REFUSE_INFO_NAME_TAKEN when another live
 * session has that name; RTRS_SRV_REFUSE_INFO_NAME when this one has another.
 */
enum rtrs_srv_refusal rtrs_srv_sess_take_name(struct rtrs_srv_sess *sess,
					      const u8 *name)
{
	struct rtrs_srv_ctx *ctx = sess->ctx;
	enum rtrs_srv_refusal why;
	long patience = HZ / 2;
	unsigned int departures;
	bool soon_free;

	do {
		soon_free = false;
		mutex_lock(&ctx->lock);
		departures = atomic_read(&ctx->departures);
		why = try_name(sess, name, &soon_free);
		mutex_unlock(&ctx->lock);
		if (!soon_free)
			break;
		patience = wait_event_timeout(ctx->gone,
					      atomic_read(&ctx->departures) !=
					      departures, patience);
	} while (patience);
	return why;
}

/* None twice, and by chance none of what this address served before. */
static u32 new_generation(void)
{
	static atomic_t last = ATOMIC_INIT(0);
	int old = atomic_read(&last);
	u32 new;

	do {
		new = old ? (u32)old + 1 : get_random_u32();
		new = new ?: 1;
	} while (!atomic_try_cmpxchg(&last, &old, new));
	return new;
}

/**
 * rtrs_srv_sess_link_up() - a path is about to come up
 * @path: path
 *
 * Context: process, may sleep.
 * Return: 0, or the upper layer's refusal of the session.
 */
int rtrs_srv_sess_link_up(struct rtrs_srv_path *path)
{
	struct rtrs_srv_sess *sess = path->sess;
	struct rtrs_srv_ctx *ctx = sess->ctx;
	int err = 0;

	mutex_lock(&sess->link_lock);
	if (!sess->nr_links) {
		sess->generation = new_generation();
		err = ctx->ops->link_ev(sess, RTRS_SRV_LINK_EV_CONNECTED,
					sess->priv);
	}
	if (!err) {
		sess->nr_links++;
		path->linked = true;
	}
	mutex_unlock(&sess->link_lock);
	return err;
}

/**
 * rtrs_srv_sess_link_down() - a path hands nothing up any more
 * @path: path, whether it came up or not
 *
 * Context: process, may sleep.
 */
void rtrs_srv_sess_link_down(struct rtrs_srv_path *path)
{
	struct rtrs_srv_sess *sess = path->sess;
	struct rtrs_srv_ctx *ctx = sess->ctx;

	if (!path->linked)
		return;
	mutex_lock(&sess->link_lock);
	if (!--sess->nr_links)
		ctx->ops->link_ev(sess, RTRS_SRV_LINK_EV_DISCONNECTED,
				  sess->priv);
	mutex_unlock(&sess->link_lock);
}

/**
 * rtrs_srv_set_sess_priv() - what rdma_ev and link_ev get as @priv from now on
 * @sess: session
 * @priv: the upper layer's
 */
void rtrs_srv_set_sess_priv(struct rtrs_srv_sess *sess, void *priv)
{
	sess->priv = priv;
}
EXPORT_SYMBOL_GPL(rtrs_srv_set_sess_priv);

/**
 * rtrs_srv_get_path_name() - how a client calls its session
 * @sess: session
 * @sessname: where to
 * @len: bytes of @sessname
 *
 * Return: 0; -ENOTCONN while it has no name yet.
 */
int rtrs_srv_get_path_name(struct rtrs_srv_sess *sess, char *sessname,
			   size_t len)
{
	if (!sess->name[0])
		return -ENOTCONN;
	strscpy(sessname, sess->name, len);
	return 0;
}
EXPORT_SYMBOL_GPL(rtrs_srv_get_path_name);

/**
 * rtrs_srv_get_queue_depth() - how many requests a session may have under way
 * @sess: session
 */
int rtrs_srv_get_queue_depth(struct rtrs_srv_sess *sess)
{
	return rtrs_srv_geo.queue_depth;
}
EXPORT_SYMBOL_GPL(rtrs_srv_get_queue_depth);
