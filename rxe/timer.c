// SPDX-License-Identifier: GPL-2.0
/*
 * When nothing comes back. One lazy timer serves the ACK timeout, the probe
 * for a lost tail and another try after want of memory: it looks what is due
 * when it fires and is never touched by an ACK. Another one, of finer grain,
 * ends the pause a peer without receive buffers asked for.
 */
#include "rxe.h"

/* probes between two signs of life; each waits twice as long as the last */
#define PROBES		3
/* as long as nothing was measured */
#define FIRST_PROBE	msecs_to_jiffies(50)

static bool outstanding(const struct rxe_snd *snd)
{
	return snd->una != snd->top && !snd->rnr && rxe_state_does(snd->state, RXE_SENDS);
}

/* jiffies without a sign of life until the next probe */
static unsigned long probe_after(struct rxe_qp *qp)
{
	struct rxe_snd *snd = &qp->snd;
	const struct rxe_swqe *wqe = rxe_snd_oldest(qp);
	unsigned long after = FIRST_PROBE;

	/* before the consumer's patience ends, however short it is */
	if (snd->timeout)
		after = clamp(snd->timeout / 4, 1UL, after);
	if (snd->srtt_us)
		after = max(usecs_to_jiffies(4 * snd->srtt_us), 2UL);
	/* the peer has to work for it */
	if (wqe && rxe_wqe_answered(wqe))
		after *= 2;
	return after << snd->probes;
}

static void arm(struct rxe_qp *qp)
{
	struct rxe_snd *snd = &qp->snd;
	unsigned long at = snd->progress + MAX_JIFFY_OFFSET;

	if (snd->timeout)
		at = snd->progress + snd->timeout;
	if (snd->probes < PROBES && time_before(snd->progress + probe_after(qp), at))
		at = snd->progress + probe_after(qp);
	else if (!snd->timeout)
		return;
	if (time_before_eq(at, jiffies))
		at = jiffies + 1;
	mod_timer(&snd->timer, at);
}

void rxe_snd_arm(struct rxe_qp *qp)
{
	if (!timer_pending(&qp->snd.timer) && outstanding(&qp->snd))
		arm(qp);
}

void rxe_snd_arm_later(struct rxe_qp *qp)
{
	qp->snd.later = true;
	mod_timer(&qp->snd.timer, jiffies + 1);
}

void rxe_snd_arm_rnr(struct rxe_qp *qp, u8 code)
{
	qp->snd.rnr = true;
	hrtimer_start(&qp->snd.rnr_timer, ns_to_ktime((u64)rxe_rnr_usecs(code) * NSEC_PER_USEC),
		      HRTIMER_MODE_REL_SOFT);
}

/* the verbs' timeout passed without a sign of life */
static void timed_out(struct rxe_qp *qp)
{
	struct rxe_snd *snd = &qp->snd;
	struct rxe_dev *rxe = rxe_qp_dev(qp);

	if (!rxe_snd_oldest(qp))
		return;
	if (snd->retries >= snd->retry_cnt) {
		rxe_count(rxe, RXE_RETRY_EXCEEDED_ERR);
		rxe_snd_error(qp, snd->ack, IB_WC_RETRY_EXC_ERR);
		return;
	}
	snd->retries++;
	snd->progress = jiffies;
	snd->probes = 0;
	rxe_count(rxe, RXE_COMPLETER_RETRY_ERR);
	rxe_window_timeout(&snd->win, snd->top, 1u << qp->mtu_shift);
	snd->back = true;
	snd->back_psn = snd->una;
	rxe_snd_go_back(qp, snd->una);
}

/* true if there is something to send */
static bool look(struct rxe_qp *qp)
{
	struct rxe_snd *snd = &qp->snd;
	unsigned long idle = jiffies - snd->progress;
	bool run = snd->later;

	snd->later = false;
	if (!outstanding(snd))
		return run;
	if (snd->timeout && idle >= snd->timeout) {
		timed_out(qp);
		run = true;
	} else if (snd->probes < PROBES && idle >= probe_after(qp)) {
		snd->probes++;
		snd->probe_top = snd->top;
		snd->probe = true;
		run = true;
	}
	arm(qp);
	return run;
}

static void timer_fn(struct timer_list *t)
{
	struct rxe_qp *qp = timer_container_of(qp, t, snd.timer);
	bool run;

	spin_lock(&qp->snd.lock);
	run = look(qp);
	spin_unlock(&qp->snd.lock);
	if (run)
		rxe_snd_run(qp);
}

static enum hrtimer_restart rnr_fn(struct hrtimer *t)
{
	struct rxe_qp *qp = container_of(t, struct rxe_qp, snd.rnr_timer);
	struct rxe_snd *snd = &qp->snd;

	spin_lock(&snd->lock);
	snd->rnr = false;
	snd->probes = 0;
	snd->progress = jiffies;
	spin_unlock(&snd->lock);
	rxe_snd_run(qp);
	return HRTIMER_NORESTART;
}

void rxe_snd_timers_init(struct rxe_qp *qp)
{
	timer_setup(&qp->snd.timer, timer_fn, 0);
	hrtimer_setup(&qp->snd.rnr_timer, rnr_fn, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_SOFT);
}

void rxe_snd_timers_off(struct rxe_qp *qp)
{
	timer_delete_sync(&qp->snd.timer);
	hrtimer_cancel(&qp->snd.rnr_timer);
}

void rxe_snd_timers_shutdown(struct rxe_qp *qp)
{
	timer_shutdown_sync(&qp->snd.timer);
	hrtimer_cancel(&qp->snd.rnr_timer);
}
