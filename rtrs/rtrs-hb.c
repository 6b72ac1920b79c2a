// SPDX-License-Identifier: GPL-2.0
/*
 * The heartbeat of a path: a periodic tick looks at what was received, lets
 * rtrs_hb_judge() decide, and sends a probe or reports the peer lost.
 */
#include <linux/export.h>
#include <linux/jiffies.h>

#include "rtrs-hb.h"

static u64 ms_since(unsigned long then)
{
	return jiffies_to_msecs(jiffies - then);
}

static void schedule_tick(struct rtrs_hb *hb)
{
	unsigned long delay =
		msecs_to_jiffies(READ_ONCE(hb->conf->interval_ms));

	hb->next_tick = jiffies + delay;
	queue_delayed_work(hb->wq, &hb->tick, delay);
}

/*
 * A tick that comes late says that this machine stood still, stopped or
 * starved, and its receive handlers with it. What the peer did meanwhile is
 * unknown, so its silence counts from now.
 */
static void forgive_own_delay(struct rtrs_hb *hb)
{
	if (ms_since(hb->next_tick) < READ_ONCE(hb->conf->interval_ms) ||
	    time_before(jiffies, hb->next_tick))
		return;
	rtrs_hb_note_rx(hb);
}

static void note_waiting(struct rtrs_hb *hb, bool waiting)
{
	if (waiting && !hb->was_waiting)
		hb->wait_since = jiffies;
	hb->was_waiting = waiting;
}

static void send_probe(struct rtrs_hb *hb)
{
	hb->last_probe = jiffies;
	WRITE_ONCE(hb->probe_sent_ns, ktime_get_ns());
	if (hb->ops->probe(hb))
		WRITE_ONCE(hb->probe_sent_ns, 0);
}

static void rtrs_hb_tick(struct work_struct *work)
{
	struct rtrs_hb *hb = container_of(to_delayed_work(work), struct rtrs_hb,
					  tick);
	const struct rtrs_hb_conf conf = {
		.interval_ms	  = READ_ONCE(hb->conf->interval_ms),
		.missed_max	  = READ_ONCE(hb->conf->missed_max),
		.idle_interval_ms = READ_ONCE(hb->conf->idle_interval_ms),
	};
	struct rtrs_hb_view view = {
		.conf		= &conf,
		.waiting	= hb->ops->waiting(hb),
		.slow_peer	= hb->slow_peer,
		.probe_out	= READ_ONCE(hb->probe_sent_ns),
		.since_probe	= ms_since(hb->last_probe),
	};

	forgive_own_delay(hb);
	note_waiting(hb, view.waiting != RTRS_HB_IDLE);
	view.since_rx = ms_since(READ_ONCE(hb->last_rx));
	view.since_wait = ms_since(hb->wait_since);

	switch (rtrs_hb_judge(&view)) {
	case RTRS_HB_LOST:
		hb->ops->lost(hb, view.since_rx);
		return;
	case RTRS_HB_PROBE:
		send_probe(hb);
		break;
	case RTRS_HB_QUIET:
		break;
	}
	schedule_tick(hb);
}

/**
 * rtrs_hb_init() - prepare a heartbeat, once in the life of a path
 * @hb: heartbeat
 * @ops: what it asks of its owner
 * @conf: its times; lives as long as @hb and may change
 * @wq: where it runs; has a rescuer
 */
void rtrs_hb_init(struct rtrs_hb *hb, const struct rtrs_hb_ops *ops,
		  const struct rtrs_hb_conf *conf, struct workqueue_struct *wq)
{
	*hb = (struct rtrs_hb) { .ops = ops, .conf = conf, .wq = wq };
	INIT_DELAYED_WORK(&hb->tick, rtrs_hb_tick);
}
EXPORT_SYMBOL_GPL(rtrs_hb_init);

/**
 * rtrs_hb_start() - begin to watch the peer of a path that came up
 * @hb: heartbeat, initialised or stopped
 *
 * The first probe goes out with the first tick, so that a latency is known
 * early. Context: process.
 */
void rtrs_hb_start(struct rtrs_hb *hb)
{
	hb->last_rx = jiffies;
	hb->wait_since = jiffies;
	hb->was_waiting = false;
	hb->probe_sent_ns = 0;
	hb->latency_ns = 0;
	hb->last_probe = jiffies -
		msecs_to_jiffies(READ_ONCE(hb->conf->idle_interval_ms));
	schedule_tick(hb);
}
EXPORT_SYMBOL_GPL(rtrs_hb_start);

/**
 * rtrs_hb_stop() - stop watching; nothing of the heartbeat runs afterwards
 * @hb: heartbeat, started or not
 *
 * Context: process, may sleep; not from an operation of the heartbeat.
 */
void rtrs_hb_stop(struct rtrs_hb *hb)
{
	cancel_delayed_work_sync(&hb->tick);
}
EXPORT_SYMBOL_GPL(rtrs_hb_stop);

/**
 * rtrs_hb_answered() - an answer to a probe arrived
 * @hb: heartbeat
 *
 * Answers to no probe are ignored. Context: any.
 */
void rtrs_hb_answered(struct rtrs_hb *hb)
{
	u64 sent = READ_ONCE(hb->probe_sent_ns);

	rtrs_hb_note_rx(hb);
	if (!sent)
		return;
	WRITE_ONCE(hb->latency_ns, ktime_get_ns() - sent);
	WRITE_ONCE(hb->probe_sent_ns, 0);
}
EXPORT_SYMBOL_GPL(rtrs_hb_answered);

/**
 * rtrs_hb_latency_ns() - how far away the peer is
 * @hb: heartbeat
 *
 * Return: time from the last answered probe to its answer, or the age of an
 * unanswered one if that is more; 0 when no probe was sent yet. Context: any.
 */
u64 rtrs_hb_latency_ns(const struct rtrs_hb *hb)
{
	u64 sent = READ_ONCE(hb->probe_sent_ns);
	u64 last = READ_ONCE(hb->latency_ns);

	return sent ? max(last, ktime_get_ns() - sent) : last;
}
EXPORT_SYMBOL_GPL(rtrs_hb_latency_ns);
