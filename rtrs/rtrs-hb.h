/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Heartbeats: notice that a peer is gone, and measure how far away it is.
 *
 * doc/protocol.md, "Heartbeats". The owner reports what it receives, the
 * heartbeat sends through the owner's operations and tells it when the peer
 * is lost. rtrs_hb_judge() is pure and stands in the unit tests.
 */
#ifndef RTRS_HB_H
#define RTRS_HB_H

#include <linux/ktime.h>
#include <linux/types.h>
#include <linux/workqueue.h>

/* Who waits for the peer at this moment. */
enum rtrs_hb_wait {
	RTRS_HB_IDLE,		/* nobody */
	RTRS_HB_IO,		/* I/O, or on the server an answer owed */
	RTRS_HB_SERVICE,	/* OPEN, CLOSE or SESS_INFO of the upper layer */
};

enum rtrs_hb_verdict {
	RTRS_HB_QUIET,		/* nothing to do in this tick */
	RTRS_HB_PROBE,		/* send a probe */
	RTRS_HB_LOST,		/* the peer is gone */
};

/**
 * struct rtrs_hb_conf - times, settable per session at run time
 * @interval_ms: between ticks and, while somebody waits, between probes
 * @missed_max: silent intervals after which a peer is lost while somebody waits
 * @idle_interval_ms: between probes when idle, and the time a probe may then
 *	stay unanswered
 */
struct rtrs_hb_conf {
	unsigned int	interval_ms;
	unsigned int	missed_max;
	unsigned int	idle_interval_ms;
};

#define RTRS_HB_CONF_DEFAULT \
	{ .interval_ms = 500, .missed_max = 6, .idle_interval_ms = 5000 }

enum {
	RTRS_HB_SLOW_PEER_MS	= 30000, /* a peer that opens disks before it answers */
};

/**
 * struct rtrs_hb_view - what rtrs_hb_judge() decides on; times in ms
 * @conf: times
 * @waiting: who waits
 * @slow_peer: the peer accepted none of our features
 * @probe_out: a probe is unanswered
 * @since_rx: since any packet of this path
 * @since_wait: since somebody began to wait; ignored when idle
 * @since_probe: since the last probe was sent
 */
struct rtrs_hb_view {
	const struct rtrs_hb_conf	*conf;
	enum rtrs_hb_wait		waiting;
	bool				slow_peer;
	bool				probe_out;
	u64				since_rx;
	u64				since_wait;
	u64				since_probe;
};

enum rtrs_hb_verdict rtrs_hb_judge(const struct rtrs_hb_view *view);

struct rtrs_hb;

/**
 * struct rtrs_hb_ops - what a heartbeat asks of its owner; process context
 * @probe: post RTRS_IMM_HB_MSG; a negative errno is ignored, the peer will
 *	then be found lost
 * @waiting: who waits now
 * @lost: the peer is gone, silent for @silent_ms; called once, the heartbeat
 *	has stopped itself
 */
struct rtrs_hb_ops {
	int			(*probe)(struct rtrs_hb *hb);
	enum rtrs_hb_wait	(*waiting)(struct rtrs_hb *hb);
	void			(*lost)(struct rtrs_hb *hb, u64 silent_ms);
};

/**
 * struct rtrs_hb - the heartbeat of one path
 * @ops: set once
 * @conf: set once; its fields may change at any time
 * @wq: set once; where ticks run
 * @tick: the periodic work
 * @slow_peer: set before rtrs_hb_start()
 * @last_rx: jiffies of the last packet; written from any context
 * @next_tick: when the work should run; only the tick
 * @wait_since: when somebody began to wait; only the tick
 * @was_waiting: at the last tick; only the tick
 * @probe_sent_ns: ktime_get_ns() of the probe that is out, 0 when none is
 * @last_probe: jiffies of the last probe; only the tick
 * @latency_ns: probe to answer, last one measured
 */
struct rtrs_hb {
	const struct rtrs_hb_ops	*ops;
	const struct rtrs_hb_conf	*conf;
	struct workqueue_struct		*wq;
	struct delayed_work		tick;
	bool				slow_peer;
	unsigned long			last_rx;
	unsigned long			next_tick;
	unsigned long			wait_since;
	bool				was_waiting;
	u64				probe_sent_ns;
	unsigned long			last_probe;
	u64				latency_ns;
};

void rtrs_hb_init(struct rtrs_hb *hb, const struct rtrs_hb_ops *ops,
		  const struct rtrs_hb_conf *conf, struct workqueue_struct *wq);
void rtrs_hb_start(struct rtrs_hb *hb);
void rtrs_hb_stop(struct rtrs_hb *hb);
void rtrs_hb_answered(struct rtrs_hb *hb);
u64 rtrs_hb_latency_ns(const struct rtrs_hb *hb);

/* Any completion that proves a packet of the peer: cheap, any context. */
static inline void rtrs_hb_note_rx(struct rtrs_hb *hb)
{
	unsigned long now = jiffies;

	if (READ_ONCE(hb->last_rx) != now)
		WRITE_ONCE(hb->last_rx, now);
}

#endif /* RTRS_HB_H */
