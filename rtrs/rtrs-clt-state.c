// SPDX-License-Identifier: GPL-2.0
/*
 * The one writer of a path's state, and what entering a state sets off. The
 * table of legal moves is in rtrs-clt-state.h.
 */
#include "rtrs-clt.h"

static bool go_locked(struct rtrs_clt_path *path, enum rtrs_clt_state to)
{
	lockdep_assert_held(&path->state_lock);
	if (!rtrs_clt_may_go(path->state, to))
		return false;
	/* pairs with readers outside the lock: what came before is seen */
	smp_store_release(&path->state, to);
	return true;
}

static void entered(struct rtrs_clt_path *path, enum rtrs_clt_state from,
		    enum rtrs_clt_state to)
{
	if (to == RTRS_CLT_CLOSING ||
	    (to == RTRS_CLT_RECONNECTING && from == RTRS_CLT_CONNECTED))
		queue_work(rtrs_clt_wq, &path->lost_work);
	wake_up_all(&path->wait);
}

/**
 * rtrs_clt_path_go() - move a path to a state
 * @path: path
 * @to: state
 *
 * Context: any. Return: false if there is no such move from where it is.
 */
bool rtrs_clt_path_go(struct rtrs_clt_path *path, enum rtrs_clt_state to)
{
	enum rtrs_clt_state from;
	unsigned long flags;
	bool gone;

	spin_lock_irqsave(&path->state_lock, flags);
	from = path->state;
	gone = go_locked(path, to);
	spin_unlock_irqrestore(&path->state_lock, flags);
	if (gone)
		entered(path, from, to);
	return gone;
}

/**
 * rtrs_clt_path_move() - move a path from one state to another
 * @path: path
 * @from: state it must be in
 * @to: state
 *
 * Context: any. Return: false if it was not in @from.
 */
bool rtrs_clt_path_move(struct rtrs_clt_path *path, enum rtrs_clt_state from,
			enum rtrs_clt_state to)
{
	unsigned long flags;
	bool gone;

	spin_lock_irqsave(&path->state_lock, flags);
	gone = path->state == from && go_locked(path, to);
	spin_unlock_irqrestore(&path->state_lock, flags);
	if (gone)
		entered(path, from, to);
	return gone;
}

/**
 * rtrs_clt_path_fault() - something of a path failed: it is lost
 * @path: path
 * @what: what failed, for the log
 * @err: negative errno
 *
 * Only the first report of an incarnation has an effect. Context: any.
 */
void rtrs_clt_path_fault(struct rtrs_clt_path *path, const char *what, int err)
{
	if (rtrs_clt_path_move(path, RTRS_CLT_CONNECTED, RTRS_CLT_RECONNECTING) ||
	    rtrs_clt_path_move(path, RTRS_CLT_CONNECTING, RTRS_CLT_CONNECTING_ERR))
		path_info(path, "%s: %pe\n", what, ERR_PTR(err));
}
