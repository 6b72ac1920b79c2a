// SPDX-License-Identifier: GPL-2.0
/*
 * The permits of a session: take one, wait for one, give it back. Who holds a
 * permit owns the server's chunk, the request and the slots of its number.
 */
#include <linux/export.h>
#include <linux/slab.h>
#include <linux/smp.h>

#include "rtrs-clt.h"

/*
 * The session's geometry is known from now on and stands in sess->geo. May
 * sleep; 0 or -ENOMEM.
 */
int rtrs_clt_permits_init(struct rtrs_clt_sess *sess, u32 depth)
{
	struct rtrs_clt_req *reqs;
	u32 i;

	reqs = kvcalloc(depth, sizeof(*reqs), GFP_KERNEL);
	if (!reqs)
		return -ENOMEM;
	if (sbitmap_init_node(&sess->permits, depth, -1, GFP_KERNEL,
			      NUMA_NO_NODE, false, true)) {
		kvfree(reqs);
		return -ENOMEM;
	}
	for (i = 0; i < depth; i++)
		reqs[i].permit.id = i;
	/* pairs with the acquire in rtrs_clt_timeout_work() */
	smp_store_release(&sess->reqs, reqs);
	return 0;
}

void rtrs_clt_permits_free(struct rtrs_clt_sess *sess)
{
	if (!sess->reqs)
		return;
	sbitmap_free(&sess->permits);
	kvfree(sess->reqs);
	sess->reqs = NULL;
}

/**
 * rtrs_clt_permit_hold() - a permit must not be used again for the time being
 * @sess: session
 * @req: request that was given up while paths of the session are up
 *
 * The server may work on the request for as long as it likes; on the paths that
 * are up now its chunk has the same pages. Paths set up later get others.
 * Context: any, before the request ends.
 */
void rtrs_clt_permit_hold(struct rtrs_clt_sess *sess, struct rtrs_clt_req *req)
{
	req->held_since = atomic64_read(&sess->nr_setups);
	atomic_inc(&sess->nr_held);
	/* pairs with the acquire in rtrs_clt_permits_release() */
	atomic_set_release(&req->held, RTRS_CLT_HELD);
}

static void free_permit(struct rtrs_clt_sess *sess, u32 id)
{
	/* whatever was done with the request is done before another takes it */
	smp_mb__before_atomic();
	sbitmap_put(&sess->permits, id);
	if (wq_has_sleeper(&sess->permit_wait))
		wake_up(&sess->permit_wait);
}

/**
 * rtrs_clt_permits_release() - permits that were held may be used again
 * @sess: session
 * @before: of the paths that are up, the oldest one's @setup_no
 *
 * Context: process, under link_mutex.
 */
void rtrs_clt_permits_release(struct rtrs_clt_sess *sess, u64 before)
{
	u32 i;

	lockdep_assert_held(&sess->link_mutex);
	for (i = 0; sess->reqs && i < sess->geo.queue_depth; i++) {
		struct rtrs_clt_req *req = &sess->reqs[i];

		/* pairs with the release in rtrs_clt_permit_hold() */
		if (!atomic_read_acquire(&req->held) || req->held_since >= before)
			continue;
		atomic_dec(&sess->nr_held);
		if (atomic_xchg(&req->held, RTRS_CLT_FREE) == RTRS_CLT_HELD_BACK)
			free_permit(sess, i);
	}
}

/**
 * rtrs_clt_permits_renew() - see to it that enough permits are left
 * @sess: session
 *
 * When half of them are held, the path that was set up before all others is
 * lost and connected anew, and when it is back the next one, until the chunks
 * of all are others than those the server is busy with. The only path is lost
 * if no permit at all is left.
 * Context: process.
 */
void rtrs_clt_permits_renew(struct rtrs_clt_sess *sess)
{
	u32 held = atomic_read(&sess->nr_held), up = 0;
	struct rtrs_clt_path *path, *oldest = NULL;

	if (!held || held < sess->geo.queue_depth / 2)
		return;
	rcu_read_lock();
	list_for_each_entry_rcu(path, &sess->paths, entry) {
		if (!rtrs_clt_path_is(path, RTRS_CLT_CONNECTED))
			continue;
		up++;
		if (!oldest || path->setup_no < oldest->setup_no)
			oldest = path;
	}
	if (up > 1 || (up && held >= sess->geo.queue_depth))
		rtrs_clt_path_fault(oldest, "renewing its chunks", -ESTALE);
	rcu_read_unlock();
}

static struct rtrs_permit *take_permit(struct rtrs_clt_sess *sess,
				       enum rtrs_clt_con_type type)
{
	int id = sbitmap_get(&sess->permits);
	struct rtrs_permit *permit;

	if (id < 0)
		return NULL;
	permit = &sess->reqs[id].permit;
	permit->cpu = raw_smp_processor_id();
	permit->type = type;
	return permit;
}

/**
 * rtrs_clt_get_permit() - take the right to one request
 * @sess: session
 * @con_type: kind of connection the request will use
 * @wait: RTRS_PERMIT_WAIT to wait until one is free
 *
 * Context: any; process, may sleep with RTRS_PERMIT_WAIT. The wait ends when
 * some request ends, and all requests end when the session loses its paths.
 * Return: the permit, to be given back with rtrs_clt_put_permit(), or NULL
 * when none is free and @wait is RTRS_PERMIT_NOWAIT.
 */
struct rtrs_permit *rtrs_clt_get_permit(struct rtrs_clt_sess *sess,
					enum rtrs_clt_con_type con_type,
					enum wait_type wait)
{
	struct rtrs_permit *permit = take_permit(sess, con_type);

	if (permit || wait == RTRS_PERMIT_NOWAIT)
		return permit;
	wait_event_idle_exclusive(sess->permit_wait,
				  (permit = take_permit(sess, con_type)));
	return permit;
}
EXPORT_SYMBOL_GPL(rtrs_clt_get_permit);

/**
 * rtrs_clt_put_permit() - give a permit back
 * @sess: session
 * @permit: permit from rtrs_clt_get_permit(), whose request has ended or was
 *	never made
 *
 * Context: any.
 */
void rtrs_clt_put_permit(struct rtrs_clt_sess *sess, struct rtrs_permit *permit)
{
	atomic_t *held = &sess->reqs[permit->id].held;

	if (unlikely(atomic_read(held)) &&
	    atomic_cmpxchg(held, RTRS_CLT_HELD, RTRS_CLT_HELD_BACK) ==
	    RTRS_CLT_HELD)
		return;
	free_permit(sess, permit->id);
}
EXPORT_SYMBOL_GPL(rtrs_clt_put_permit);
