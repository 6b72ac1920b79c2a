/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The requester half of a queue pair: what it has sent, what was answered,
 * and what its rooms (requester, completer, local, timer, post) ask of each
 * other. Everything but @tx is guarded by @lock.
 *
 * Three places in the send queue, oldest first: sq.cons, the next to retire;
 * @ack, the one which holds the oldest unanswered PSN; @cur, the next to send
 * from. Packets are rebuilt from the work request at any PSN, so going back is
 * setting @cur and @psn.
 */
#ifndef RXE_SND_H
#define RXE_SND_H

#include <linux/atomic.h>
#include <linux/hrtimer.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

#include "psn.h"
#include "window.h"

struct rxe_qp;
struct rxe_kick;
struct rxe_swqe;
struct rxe_hdrs;

/**
 * struct rxe_snd - requester half
 * @lock: BH; guards all but @tx, and the consumer's side of the send queue
 * @tx: who sends: 0 nobody, 1 somebody, 2 somebody who has to look again
 * @state: enum ib_qp_state as the requester obeys it
 * @back: @back_psn was already gone back to, and nothing was answered since
 * @rnr: the peer asked for a pause, @rnr_timer ends it
 * @later: memory was short, @timer tries again
 * @probe: send the packet at @una again, asking for an ACK
 * @has_bad: @bad is valid
 * @failed: the rest of the queue pair does not know of the error yet
 * @drain: SQ_DRAINED is to be told
 * @signal_all: every request gets a completion
 * @hints: answers since the last progress which say that @una's was lost
 * @una: oldest PSN without an answer
 * @psn: next PSN to send; behind @top while going back
 * @top: first PSN that was never sent
 * @next: first PSN that no work request has
 * @ack: index of the work request which holds @una
 * @cur: index of the work request to send from
 * @back_psn: see @back
 * @rd_atomic: work requests started which wait for a response
 * @max_rd_atomic: how many of them may
 * @early: READ responses behind @una which are placed, bit 0 for the next PSN
 * @since_ack: packets sent since the last one which asked for an ACK
 * @ssn: messages started
 * @bad: index of the work request which brought the error
 * @win: how much may be in flight
 * @retry_cnt: ACK timeouts in a row which are borne
 * @retries: how many there were since the last progress
 * @rnr_retry: refusals for want of a buffer which are borne; 7: any number
 * @rnr_retries: how many there were since the last progress
 * @probes: probes since the last progress
 * @probe_top: @top at the last probe
 * @srtt_us: smoothed time until an answer, microseconds; 0: not measured
 * @rtt_on: a measurement is under way
 * @rtt_psn: it ends when this PSN is answered
 * @rtt_at: when it began, ns
 * @timeout: of an ACK, jiffies; 0: none
 * @progress: jiffies when something was answered, or first became outstanding
 * @timer: what is due when nothing comes, see timer.c
 * @rnr_timer: end of the pause
 * @bounce: private copy of one entry of the user's ring
 * @bounce_len: bytes of it
 */
struct rxe_snd {
	spinlock_t		lock;		/* BH */
	atomic_t		tx;
	u8			state;
	bool			back;
	bool			rnr;
	bool			later;
	bool			probe;
	bool			has_bad;
	bool			failed;
	bool			drain;
	bool			signal_all;
	u8			hints;
	u32			una;
	u32			psn;
	u32			top;
	u32			next;
	u32			ack;
	u32			cur;
	u32			back_psn;
	u32			rd_atomic;
	u32			max_rd_atomic;
	u32			since_ack;
	u32			ssn;
	u32			bad;
	u64			early;
	struct rxe_window	win;
	u8			retry_cnt;
	u8			retries;
	u8			rnr_retry;
	u8			rnr_retries;
	u8			probes;
	u32			probe_top;
	u32			srtt_us;
	bool			rtt_on;
	u32			rtt_psn;
	u64			rtt_at;
	unsigned long		timeout;
	unsigned long		progress;
	struct timer_list	timer;
	struct hrtimer		rnr_timer;
	void			*bounce;
	u32			bounce_len;
};

/* ---- request.c ---- */

/* does the request get a response of its own (READ, ATOMIC, ATOMIC WRITE, FLUSH) */
bool rxe_wqe_answered(const struct rxe_swqe *wqe);
/* PSNs the request takes: packets it sends, or responses it gets */
u32 rxe_wqe_psns(const struct rxe_qp *qp, const struct rxe_swqe *wqe);
/* headers of its packet at @psn; ack_req is left to the caller */
void rxe_request_hdrs(const struct rxe_qp *qp, const struct rxe_swqe *wqe, u32 psn,
		      struct rxe_hdrs *h);

/* ---- local.c; snd.lock, no reference held ---- */

bool rxe_wqe_local(const struct rxe_swqe *wqe);
/* 0 or an enum ib_wc_status */
int rxe_local_run(struct rxe_qp *qp, const struct rxe_swqe *wqe);

/* ---- completer.c; snd.lock ---- */

/* completes what is done, in order; false: there is more */
bool rxe_snd_retire(struct rxe_qp *qp, struct rxe_kick *kick);
/* completes everything, in an error state; false: there is more */
bool rxe_snd_flush(struct rxe_qp *qp, struct rxe_kick *kick);
/* the request at index @at ends with @status: the error state begins */
void rxe_snd_error(struct rxe_qp *qp, u32 at, int status);
/* the request which holds the oldest unanswered PSN, or NULL */
struct rxe_swqe *rxe_snd_oldest(struct rxe_qp *qp);
/* sends again from @psn, but not from before what is unanswered */
void rxe_snd_go_back(struct rxe_qp *qp, u32 psn);

/* ---- timer.c; snd.lock ---- */

void rxe_snd_timers_init(struct rxe_qp *qp);
/* no lock held, may sleep: no timer runs; none was armed since RESET */
void rxe_snd_timers_off(struct rxe_qp *qp);
/* the same for good */
void rxe_snd_timers_shutdown(struct rxe_qp *qp);
/* after sending: something may be outstanding now */
void rxe_snd_arm(struct rxe_qp *qp);
void rxe_snd_arm_later(struct rxe_qp *qp);
void rxe_snd_arm_rnr(struct rxe_qp *qp, u8 code);

/* ---- qp.c; BH off, no lock held ---- */

/* the send half is in an error state; the queue pair follows */
void rxe_qp_snd_failed(struct rxe_qp *qp);
void rxe_qp_sq_drained(struct rxe_qp *qp);

#endif
