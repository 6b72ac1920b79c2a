// SPDX-License-Identifier: GPL-2.0
/*
 * Answers: what a responder owes is noted under its lock and sent from one place,
 * in the order of PSNs. An ACK is owed at most once and covers all before it, so
 * nothing here can grow, however much a peer asks for.
 */
#include <linux/ktime.h>
#include <linux/module.h>

#include "rxe.h"

static bool ecn;
module_param(ecn, bool, 0644);
MODULE_PARM_DESC(ecn, "tell senders whose packets met congestion to slow down (default: off)");

/* trains sent before others get the CPU */
#define ROUNDS		4
/* refusals of a train by the network device's queue before it counts as lost */
#define DROPS_MAX	8
#define CNP_INTERVAL	(50 * NSEC_PER_USEC)

static bool owes(const struct rxe_rcv *rcv)
{
	return rcv->ack_due || rcv->nak || rcv->cnp_due || !list_empty(&rcv->due);
}

/**
 * rxe_owe_ack() - acknowledge all that was executed
 * @qp: the QP, rcv.lock held
 */
void rxe_owe_ack(struct rxe_qp *qp)
{
	struct rxe_rcv *rcv = &qp->rcv;

	rcv->ack_due = true;
	rcv->ack_psn = rxe_psn_add(rcv->epsn, RXE_PSN_MASK);
}

/**
 * rxe_owe_dup_ack() - acknowledge a SEND or WRITE which was executed before
 * @qp: the QP, rcv.lock held
 * @psn: PSN of the duplicate
 *
 * The ACK reaches as far as possible, but not past a request which is answered
 * by a response: to the requester it would say that this one was lost.
 */
void rxe_owe_dup_ack(struct rxe_qp *qp, u32 psn)
{
	struct rxe_rcv *rcv = &qp->rcv;
	u32 reach = rxe_psn_add(rcv->epsn, RXE_PSN_MASK), i;

	for (i = 0; rcv->res && i < rcv->nres + RXE_FLUSH_RES; i++) {
		const struct rxe_res *res = &rcv->res[i];

		if (rxe_res_known(rcv, res) && rxe_psn_diff(res->first, psn) > 0 &&
		    rxe_psn_diff(res->first, reach) <= 0)
			reach = rxe_psn_add(res->first, RXE_PSN_MASK);
	}
	if (rcv->ack_due && rxe_psn_diff(rcv->ack_psn, reach) >= 0)
		return;
	rcv->ack_due = true;
	rcv->ack_psn = reach;
}

/**
 * rxe_owe_nak() - refuse a request
 * @qp: the QP, rcv.lock held
 * @syndrome: of the NAK or RNR NAK
 * @psn: of the request; a sequence error always names the PSN expected
 */
void rxe_owe_nak(struct rxe_qp *qp, u8 syndrome, u32 psn)
{
	qp->rcv.nak = syndrome;
	qp->rcv.nak_psn = psn;
}

/**
 * rxe_owe_res() - send the answers of a resource from its @cur on
 * @qp: the QP, rcv.lock held
 * @res: one of its resources; it may be owed already
 */
void rxe_owe_res(struct rxe_qp *qp, struct rxe_res *res)
{
	struct rxe_res *before;

	list_del_init(&res->due);
	list_for_each_entry_reverse(before, &qp->rcv.due, due) {
		if (rxe_psn_diff(before->cur, res->cur) <= 0)
			break;
	}
	list_add(&res->due, &before->due);
}

/**
 * rxe_owe_cnp() - a request came through congestion
 * @qp: the QP, rcv.lock held
 */
void rxe_owe_cnp(struct rxe_qp *qp)
{
	u64 now;

	if (!READ_ONCE(ecn))
		return;
	now = ktime_get_ns();
	if (now - qp->rcv.cnp_last < CNP_INTERVAL)
		return;
	qp->rcv.cnp_last = now;
	qp->rcv.cnp_due = true;
}

/**
 * rxe_owe_nothing() - forget all that is owed
 * @qp: the QP, rcv.lock held
 */
void rxe_owe_nothing(struct rxe_qp *qp)
{
	struct rxe_rcv *rcv = &qp->rcv;
	struct rxe_res *res, *next;

	list_for_each_entry_safe(res, next, &rcv->due, due)
		list_del_init(&res->due);
	rcv->ack_due = false;
	rcv->cnp_due = false;
	rcv->nak = 0;
	rcv->unacked = 0;
	rcv->asked = 0;
}

static void head(const struct rxe_qp *qp, struct rxe_hdrs *h, u8 opcode, u32 psn)
{
	memset(h, 0, sizeof(*h));
	h->op = &rxe_opcodes[opcode];
	h->opcode = opcode;
	h->pkey = RXE_PKEY;
	h->qpn = qp->dest_qpn;
	h->psn = psn;
}

static int add_aeth(struct rxe_qp *qp, struct rxe_train *t, u8 syndrome, u32 psn)
{
	struct rxe_hdrs h;

	head(qp, &h, RXE_ACK, psn);
	h.syndrome = syndrome;
	h.msn = qp->rcv.msn;
	return rxe_train_add(t, &h, NULL);
}

static int add_ack(struct rxe_qp *qp, struct rxe_train *t)
{
	struct rxe_rcv *rcv = &qp->rcv;
	int err = add_aeth(qp, t, RXE_AETH_ACK | RXE_ACK_UNLIMITED, rcv->ack_psn);

	if (err)
		return err;
	if (rcv->asked > 1)
		rxe_count_add(rxe_qp_dev(qp), RXE_ACKS_COALESCED, rcv->asked - 1);
	rcv->ack_due = false;
	rcv->unacked = 0;
	rcv->asked = 0;
	return 0;
}

static int add_nak(struct rxe_qp *qp, struct rxe_train *t)
{
	struct rxe_rcv *rcv = &qp->rcv;
	bool rnr = (rcv->nak & RXE_AETH_TYPE) == RXE_AETH_RNR;
	int err;

	err = add_aeth(qp, t, rcv->nak,
		       rcv->nak == RXE_NAK_PSN ? rcv->epsn : rcv->nak_psn);
	if (err)
		return err;
	rxe_count(rxe_qp_dev(qp), rnr ? RXE_SEND_RNR_ERR : RXE_NAK_SENT);
	rcv->nak = 0;
	return 0;
}

static int add_cnp(struct rxe_qp *qp, struct rxe_train *t)
{
	struct rxe_hdrs h;
	int err;

	head(qp, &h, RXE_OP_CNP, 0);
	h.becn = true;
	err = rxe_train_add(t, &h, NULL);
	if (err)
		return err;
	rxe_count(rxe_qp_dev(qp), RXE_CNP_SENT);
	qp->rcv.cnp_due = false;
	return 0;
}

static u8 read_opcode(const struct rxe_res *res)
{
	bool first = res->cur == res->req_first, last = res->cur == res->req_last;

	if (first)
		return last ? RXE_READ_RESP_ONLY : RXE_READ_RESP_FIRST;
	return last ? RXE_READ_RESP_LAST : RXE_READ_RESP_MIDDLE;
}

/* one response of a READ; @left bytes are still to go */
static int add_read_packet(struct rxe_qp *qp, struct rxe_train *t, struct rxe_res *res,
			   u32 left, struct rxe_cursor *c)
{
	struct rxe_hdrs h;

	head(qp, &h, read_opcode(res), res->cur);
	h.syndrome = RXE_AETH_ACK | RXE_ACK_UNLIMITED;
	h.msn = res->msn;
	h.payload = min(left, 1u << qp->mtu_shift);
	h.pad = -h.payload & 3;
	return rxe_train_add(t, &h, c);
}

/* as many as fit; the key is asked anew for each train */
static int add_read(struct rxe_qp *qp, struct rxe_train *t, struct rxe_res *res)
{
	u64 off = (u64)rxe_psn_diff(res->cur, res->first) << qp->mtu_shift;
	u64 end = ((u64)rxe_psn_diff(res->req_first, res->first) << qp->mtu_shift) +
		  res->req_len;
	u32 left = end - off;
	u32 run = min(left, (u32)RXE_TRAIN_MAX << qp->mtu_shift);
	struct rxe_cursor c;
	struct rxe_ref ref;
	int err;

	if (!left) {
		err = add_read_packet(qp, t, res, 0, NULL);
		if (!err)
			res->cur = rxe_psn_add(res->cur, 1);
		return err;
	}
	err = rxe_rkey_get(qp, res->rkey, res->va + off, run, IB_ACCESS_REMOTE_READ, NULL,
			   &ref);
	if (err)
		return err;
	rxe_cursor_ref(&c, &ref, 0, run);
	while (run) {
		u32 len = min(run, 1u << qp->mtu_shift);

		err = add_read_packet(qp, t, res, left, &c);
		if (err)
			break;
		res->cur = rxe_psn_add(res->cur, 1);
		left -= len;
		run -= len;
	}
	rxe_cursor_end(&c);
	rxe_ref_put(&ref);
	return err;
}

/* an ATOMIC ACK, or the empty READ response of FLUSH and ATOMIC WRITE */
static int add_done(struct rxe_qp *qp, struct rxe_train *t, struct rxe_res *res)
{
	struct rxe_hdrs h;
	int err;

	head(qp, &h, res->kind == RXE_RES_ATOMIC ? RXE_ATOMIC_ACK : RXE_READ_RESP_ONLY,
	     res->cur);
	h.syndrome = RXE_AETH_ACK | RXE_ACK_UNLIMITED;
	h.msn = res->msn;
	h.orig = res->orig;
	err = rxe_train_add(t, &h, NULL);
	if (!err)
		res->cur = rxe_psn_add(res->cur, 1);
	return err;
}

static int add_res(struct rxe_qp *qp, struct rxe_train *t, struct rxe_res *res)
{
	struct rxe_rcv *rcv = &qp->rcv;
	int err;

	err = res->kind == RXE_RES_READ ? add_read(qp, t, res) : add_done(qp, t, res);
	if (err == -EACCES || err == -ERANGE) {
		bool again = res->answered;

		/*
		 * A key which worked once may be gone when a late copy of the
		 * request arrives: who got the data will not miss the answer.
		 */
		if (again) {
			list_del_init(&res->due);
			return 0;
		}
		rxe_owe_nothing(qp);
		rxe_owe_nak(qp, RXE_NAK_ACCESS, res->cur);
		rcv->failing = true;
		rcv->fail_event = IB_EVENT_QP_ACCESS_ERR;
		return 0;
	}
	if (rxe_psn_diff(res->cur, res->req_last) > 0) {
		res->answered = true;
		list_del_init(&res->due);
	}
	return err;
}

/* what a train carries, in case it is refused */
struct undo {
	bool	any;
	u32	from, to;	/* PSNs of responses */
	bool	ack;
	u32	ack_psn;
	u8	nak;
	u32	nak_psn;
};

/* fills a train: 0 if nothing is left, else why it ended */
static int build(struct rxe_qp *qp, struct rxe_train *t, struct undo *undo)
{
	struct rxe_rcv *rcv = &qp->rcv;
	int err = 0;

	while (!err && owes(rcv)) {
		struct rxe_res *res = list_first_entry_or_null(&rcv->due, struct rxe_res, due);
		bool nak_next = rcv->nak && !(res && rxe_psn_diff(res->cur, rcv->nak_psn) < 0);
		u32 ack_psn = rcv->ack_psn, from;

		if (rcv->cnp_due) {
			err = add_cnp(qp, t);
		} else if (rcv->ack_due && res && !nak_next &&
			   rxe_psn_diff(ack_psn, res->cur) < 0) {
			/* the response says as much */
			rcv->ack_due = false;
		} else if (rcv->ack_due && (!res || rxe_psn_diff(ack_psn, res->cur) < 0)) {
			err = add_ack(qp, t);
			if (!err) {
				undo->ack = true;
				undo->ack_psn = ack_psn;
			}
		} else if (nak_next) {
			undo->nak = rcv->nak;
			undo->nak_psn = rcv->nak_psn;
			err = add_nak(qp, t);
			if (err)
				undo->nak = 0;
		} else {
			from = res->cur;
			err = add_res(qp, t, res);
			if (from != res->cur) {
				if (!undo->any)
					undo->from = from;
				undo->any = true;
				undo->to = rxe_psn_add(res->cur, RXE_PSN_MASK);
			}
		}
	}
	return err;
}

/* the train got no further than the queue of the network device: owe it again */
static void take_back(struct rxe_qp *qp, const struct undo *undo)
{
	struct rxe_rcv *rcv = &qp->rcv;
	u32 i;

	for (i = 0; undo->any && rcv->res && i < rcv->nres + RXE_FLUSH_RES; i++) {
		struct rxe_res *res = &rcv->res[i];
		u32 from = undo->from;

		if (!rxe_res_known(rcv, res))
			continue;
		if (rxe_psn_diff(res->req_first, from) > 0)
			from = res->req_first;
		if (rxe_psn_diff(from, undo->to) > 0 || rxe_psn_diff(from, res->req_last) > 0 ||
		    rxe_psn_diff(res->cur, from) <= 0)
			continue;
		res->cur = from;
		rxe_owe_res(qp, res);
	}
	if (undo->ack && !rcv->ack_due) {
		rcv->ack_due = true;
		rcv->ack_psn = undo->ack_psn;
	}
	if (undo->nak && !rcv->nak && (rcv->in_gap || rcv->failing))
		rxe_owe_nak(qp, undo->nak, undo->nak_psn);
}

/* one train; false: no more for now */
static bool send_one(struct rxe_qp *qp, struct rxe_path *path)
	__must_hold(&qp->rcv.lock)
{
	struct rxe_rcv *rcv = &qp->rcv;
	struct undo undo = {};
	struct rxe_train t;
	int built, err;

	if (!rxe_tx_room(qp))
		return false;
	rxe_train_begin(&t, rxe_qp_dev(qp), path);
	built = build(qp, &t, &undo);
	rxe_train_close(&t);
	spin_unlock(&rcv->lock);
	err = rxe_train_send(&t);
	spin_lock(&rcv->lock);

	if (err == -ENOBUFS && ++rcv->drops <= DROPS_MAX && rxe_rcv_executes(rcv)) {
		take_back(qp, &undo);
		built = -ENOMEM;
	} else if (err != -ENOBUFS) {
		rcv->drops = 0;
	}
	if (built != -ENOMEM)
		return true;
	mod_timer(&rcv->retry, jiffies + 1);
	return false;
}

/**
 * rxe_answer_run() - send what a responder owes
 * @qp: RC QP
 *
 * BH off, RCU, no lock held. Whoever finds somebody else at it leaves it to him.
 * A QP whose fatal NAK was sent fails here.
 */
void rxe_answer_run(struct rxe_qp *qp)
{
	struct rxe_rcv *rcv = &qp->rcv;
	struct rxe_path *path;
	unsigned int rounds = 0;
	int event = -1;
	bool fail;

	spin_lock(&rcv->lock);
	if (rcv->sending) {
		spin_unlock(&rcv->lock);
		return;
	}
	rcv->sending = true;
	while (owes(rcv) && rxe_rcv_executes(rcv)) {
		path = rcu_dereference(qp->path);
		if (!path) {
			rxe_owe_nothing(qp);
			break;
		}
		if (rounds++ == ROUNDS) {
			rxe_qp_resume(qp);
			break;
		}
		if (!send_one(qp, path))
			break;
	}
	rcv->sending = false;
	fail = rcv->failing && !rcv->nak && rxe_rcv_executes(rcv);
	if (fail)
		event = rcv->fail_event;
	spin_unlock(&rcv->lock);
	if (fail)
		rxe_qp_fail(qp, event);
}
