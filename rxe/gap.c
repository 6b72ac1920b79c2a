// SPDX-License-Identifier: GPL-2.0
/*
 * Missing packets: when the peer is told, and how long it is waited whether they
 * are only late.
 */
#include "rxe.h"

/* a missing packet is waited for no longer than this */
#define PATIENCE_MS	20
/* losses in a row after which it is waited for half as long */
#define LOSSES		16

/*
 * Whether a missing packet is lost or late, only time tells. At first it is
 * taken as lost at once. When it turns up twice, the NAK was rash, and the next
 * ones wait longer; they wait less again when all that is missing was lost.
 */
static void nak_gap(struct rxe_qp *qp)
{
	struct rxe_rcv *rcv = &qp->rcv;

	if (rcv->judging && rcv->patience && ++rcv->losses >= LOSSES) {
		rcv->patience /= 2;
		rcv->losses = 0;
	}
	rcv->judging = true;
	rcv->judged_psn = rcv->epsn;
	rcv->nak_later = false;
	rxe_owe_nak(qp, RXE_NAK_PSN, rcv->epsn);
}

/* @psn came again */
void rxe_gap_judge(struct rxe_rcv *rcv, u32 psn)
{
	if (!rcv->judging || psn != rcv->judged_psn)
		return;
	rcv->judging = false;
	rcv->losses = 0;
	rcv->patience = min_t(unsigned long, rcv->patience * 2 + 1,
			      max(msecs_to_jiffies(PATIENCE_MS), 1ul));
}

static void open_gap(struct rxe_qp *qp)
{
	struct rxe_rcv *rcv = &qp->rcv;

	rcv->in_gap = true;
	rxe_count(rxe_qp_dev(qp), RXE_OUT_OF_SEQ_REQUEST);
	if (!rcv->patience) {
		nak_gap(qp);
		return;
	}
	rcv->nak_later = true;
	mod_timer(&rcv->gap, jiffies + rcv->patience);
}

/*
 * What was missing came, and something else is missing between here and what is
 * kept. What brought the one brings the other, unless it was lost again.
 */
void rxe_gap_reopen(struct rxe_qp *qp)
{
	struct rxe_rcv *rcv = &qp->rcv;

	if (!rcv->hold || rcv->in_gap || rcv->failing || !rxe_rcv_executes(rcv) ||
	    !rxe_hold_any(qp))
		return;
	rcv->in_gap = true;
	rcv->nak_later = true;
	mod_timer(&rcv->gap, jiffies + max_t(u8, rcv->patience, 1));
}

static void gap_over(struct timer_list *timer)
{
	struct rxe_rcv *rcv = container_of(timer, struct rxe_rcv, gap);

	spin_lock(&rcv->lock);
	if (rcv->in_gap && rcv->nak_later) {
		nak_gap(rcv->qp);
		rxe_qp_resume(rcv->qp);
	}
	spin_unlock(&rcv->lock);
}

void rxe_gap_ahead(struct rxe_qp *qp, const struct rxe_pkt *pkt)
{
	struct rxe_rcv *rcv = &qp->rcv;
	bool kept = rxe_hold_add(qp, pkt);

	if (!rcv->in_gap)
		open_gap(qp);
	if (kept)
		return;
	rxe_count(rxe_qp_dev(qp), RXE_AHEAD_DROPPED);
	/* what can't be kept must be sent again anyway */
	if (rcv->nak_later)
		nak_gap(qp);
}

void rxe_gap_init(struct rxe_rcv *rcv)
{
	timer_setup(&rcv->gap, gap_over, 0);
}
