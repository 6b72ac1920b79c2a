/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The responder half of a queue pair: what it expects next, which message it is
 * in the middle of, and the answers it owes. Included by rxe.h only.
 */
#ifndef RXE_RCV_H
#define RXE_RCV_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

#include "wqe.h"

struct rxe_hold;

/* what a responder resource answers with */
enum rxe_res_kind {
	RXE_RES_FREE,
	RXE_RES_READ,		/* READ responses, memory is read when they are sent */
	RXE_RES_ATOMIC,		/* ATOMIC ACK with @orig */
	RXE_RES_DONE,		/* FLUSH, ATOMIC WRITE: an empty READ response */
};

/* FLUSH does not count against max_dest_rd_atomic and has places of its own */
#define RXE_FLUSH_RES	8

/**
 * struct rxe_res - a request which is answered by more than an ACK
 * @due: on rxe_rcv.due while an answer is still to be sent
 * @kind: enum rxe_res_kind
 * @opcode: of the request
 * @answered: all answers were sent once
 * @served: rxe_rcv.served behind the original request
 * @first: PSN of the first response of the original request
 * @last: PSN of its last response
 * @cur: PSN of the next response to send
 * @req_first: first response of the request being answered: a requester may
 *	ask again for the rest of what it once asked for
 * @req_last: last response of it
 * @msn: MSN when the request was accepted
 * @rkey: key of the memory to be read
 * @len: length of the original request, bytes
 * @req_len: bytes from @va on which the request being answered asks for
 * @va: address of the original request
 * @orig: what an atomic operation found
 */
struct rxe_res {
	struct list_head due;
	u8	kind;
	u8	opcode;
	bool	answered;
	u64	served;
	u32	first, last;
	u32	cur;
	u32	req_first, req_last;
	u32	msn;
	u32	rkey;
	u32	len, req_len;
	u64	va;
	u64	orig;
};

/* the message whose first packet came and whose last did not */
enum rxe_msg { RXE_MSG_NONE, RXE_MSG_SEND, RXE_MSG_WRITE };

/**
 * struct rxe_rcv - responder half, all of it under @lock
 * @lock: BH off
 * @state: state of the QP as this half obeys it, enum ib_qp_state
 * @rnr_timer: code of the delay which an RNR NAK asks for
 * @failing: a fatal NAK is due, then the QP fails; no request is taken any more
 * @fail_event: event of that failure, or negative
 * @comm_est: communication was reported as established
 * @last_wqe: last-WQE-reached was reported
 * @in_gap: a packet is missing; its NAK was sent, or an RNR NAK stands for it
 * @nak_later: no NAK was sent for the gap; @gap sends it if nothing fills it
 * @judging: a NAK was sent for @judged_psn; if that comes twice, it had only been late
 * @patience: how long a missing packet is waited for, jiffies; learned
 * @losses: gaps in a row which were losses, not disorder
 * @unfinished: the request expected was executed in part and is kept (hold.c)
 * @uc_drop: UC: rest of a broken message passes by
 * @sending: somebody is building and sending answers; who finds it set leaves
 *	them to him
 * @epsn: PSN expected next
 * @served: how many PSNs went by, which unlike them does not wrap
 * @msn: messages completed
 * @msg: enum rxe_msg
 * @va: WRITE: address of the message
 * @rkey: WRITE: its key
 * @total: WRITE: its length, bytes
 * @done: bytes of the message received
 * @flushed: of the FLUSH which is @unfinished, bytes
 * @have_wqe: @wqe was taken from the queue and not yet completed
 * @res: resources for READ and atomic operations, then RXE_FLUSH_RES
 * @nres: how many of the former, a power of two or 0
 * @res_next: of the former, the one to be used next, free running
 * @flush_next: of the latter
 * @max_rd: max_dest_rd_atomic
 * @due: resources with answers to send, by PSN
 * @ack_due: an ACK up to @ack_psn is to be sent
 * @ack_psn: see @ack_due
 * @cnp_due: a congestion notification is to be sent
 * @unacked: requests executed since the last answer
 * @asked: those of them which asked for an ACK
 * @nak: syndrome of the NAK to be sent with @nak_psn, or 0
 * @nak_psn: see @nak
 * @drops: trains in a row which the network device's queue refused
 * @retry: runs the half again after a refusal or for want of memory
 * @qp: whose half this is
 * @gap: see @nak_later
 * @judged_psn: see @judging
 * @cnp_last: when the last CNP was sent, ns
 * @hold: packets ahead of @epsn, NULL until there is one
 * @wqe: receive work request of the message in progress
 */
struct rxe_rcv {
	spinlock_t		lock;		/* all of the struct */
	u8			state;
	u8			rnr_timer;
	bool			failing;
	bool			comm_est;
	bool			last_wqe;
	bool			in_gap;
	bool			nak_later;
	bool			judging;
	u8			patience;
	u8			losses;
	bool			unfinished;
	bool			uc_drop;
	bool			sending;
	int			fail_event;
	u32			epsn;
	u32			msn;
	u64			served;

	u8			msg;
	bool			have_wqe;
	u32			rkey;
	u64			va;
	u32			total;
	u32			done;
	u64			flushed;

	bool			ack_due;
	bool			cnp_due;
	u8			nak;
	u8			drops;
	u32			ack_psn;
	u32			nak_psn;
	u32			unacked, asked;
	u64			cnp_last;

	struct rxe_res		*res;
	u32			nres, max_rd;
	u32			res_next, flush_next;
	struct list_head	due;
	struct timer_list	retry;
	struct timer_list	gap;
	u32			judged_psn;
	struct rxe_qp		*qp;
	struct rxe_hold		*hold;
	struct rxe_rwqe		wqe;
};

static inline bool rxe_rcv_executes(const struct rxe_rcv *rcv)
{
	return rxe_state_does(rcv->state, RXE_EXECUTES);
}

static inline void rxe_rcv_expect(struct rxe_rcv *rcv, u32 psn)
{
	rcv->served += (psn - rcv->epsn) & RXE_PSN_MASK;
	rcv->epsn = psn;
}

/* may a packet's PSN still mean @res, or was that an age ago */
static inline bool rxe_res_known(const struct rxe_rcv *rcv, const struct rxe_res *res)
{
	return res->kind != RXE_RES_FREE && rxe_psn_comparable(rcv->served, res->served);
}

/* what requests leave to be done when rcv.lock is dropped */
struct rxe_after {
	struct rxe_kick		*kick;
	struct rxe_mr		*near;		/* last written to, for rxe_rkey_get() */
	bool			comm_est;
	bool			cq_full;
};

/* ---- deliver.c; rcv.lock ---- */

/* 0; -EAGAIN: none; -EINVAL: there is one, but malformed */
int rxe_take_recv(struct rxe_qp *qp, struct rxe_after *after);
void rxe_complete_ok(struct rxe_qp *qp, const struct rxe_pkt *pkt, u32 len,
		     struct rxe_after *after);
/* of the one which was taken, if there is one */
void rxe_complete_error(struct rxe_qp *qp, enum ib_wc_status status, struct rxe_after *after);

/* ---- execute.c; rcv.lock ---- */

/* not syndromes: the packet is as good as lost; it is to be executed further */
#define RXE_LOST	0xff
#define RXE_MORE	0xfe

u8 rxe_execute(struct rxe_qp *qp, const struct rxe_pkt *pkt, enum ib_wc_status *status,
	       struct rxe_after *after);
bool rxe_in_sequence(const struct rxe_rcv *rcv, u32 flags);
/* responses to a READ of @len bytes */
u32 rxe_read_packets(const struct rxe_qp *qp, u32 len);

/* ---- duplicate.c, datagram.c; rcv.lock ---- */

void rxe_duplicate(struct rxe_qp *qp, const struct rxe_pkt *pkt);
void rxe_datagram(struct rxe_qp *qp, const struct rxe_pkt *pkt, struct rxe_after *after);

/* ---- gap.c; rcv.lock ---- */

void rxe_gap_init(struct rxe_rcv *rcv);
void rxe_gap_ahead(struct rxe_qp *qp, const struct rxe_pkt *pkt);
void rxe_gap_judge(struct rxe_rcv *rcv, u32 psn);
void rxe_gap_reopen(struct rxe_qp *qp);

/* ---- ack.c ---- */

/* all under rcv.lock: what is owed; rxe_answer_run() sends it */
void rxe_owe_ack(struct rxe_qp *qp);
void rxe_owe_dup_ack(struct rxe_qp *qp, u32 psn);
void rxe_owe_nak(struct rxe_qp *qp, u8 syndrome, u32 psn);
void rxe_owe_res(struct rxe_qp *qp, struct rxe_res *res);
void rxe_owe_cnp(struct rxe_qp *qp);
void rxe_owe_nothing(struct rxe_qp *qp);
/* BH off, RCU, no lock held */
void rxe_answer_run(struct rxe_qp *qp);

/* ---- hold.c ---- */

bool rxe_hold_add(struct rxe_qp *qp, const struct rxe_pkt *pkt);
struct rxe_pkt *rxe_hold_take(struct rxe_qp *qp);
bool rxe_hold_any(struct rxe_qp *qp);
void rxe_hold_free(struct rxe_pkt *pkt);
void rxe_hold_drop(struct rxe_qp *qp);

#endif
