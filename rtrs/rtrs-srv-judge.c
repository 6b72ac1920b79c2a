// SPDX-License-Identifier: GPL-2.0
/*
 * Judging connect requests, and the life of a path: tables and pure functions.
 * doc/protocol.md, "Refused connections".
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <asm/byteorder.h>

#include "rtrs-srv-judge.h"

#define TO(state)	(1U << RTRS_SRV_PATH_##state)

static const unsigned int may_go[RTRS_SRV_PATH_STATES] = {
	[RTRS_SRV_PATH_CONNECTING]	= TO(CONNECTED) | TO(CLOSING),
	[RTRS_SRV_PATH_CONNECTED]	= TO(CLOSING),
	[RTRS_SRV_PATH_CLOSING]		= TO(CLOSED),
};

/**
 * rtrs_srv_path_may_go() - is this move legal?
 * @from: state
 * @to: state
 */
bool rtrs_srv_path_may_go(enum rtrs_srv_path_state from,
			  enum rtrs_srv_path_state to)
{
	return may_go[from] & 1U << to;
}

/**
 * rtrs_srv_half_open_rest_ms() - when to close a half-open path
 * @age_ms: since its first connection
 *
 * Whoever lets it advance by the smallest step gains the time of one, and no
 * more than what is left in all.
 * Return: milliseconds from now, if it makes no progress until then.
 */
u32 rtrs_srv_half_open_rest_ms(u64 age_ms)
{
	if (age_ms >= RTRS_SRV_HALF_OPEN_MOST_MS)
		return 0;
	return min_t(u64, RTRS_SRV_HALF_OPEN_STEP_MS,
		     RTRS_SRV_HALF_OPEN_MOST_MS - age_ms);
}

/**
 * rtrs_srv_decode_offer() - check the form of a connect request
 * @data: private data of the CM, not aligned
 * @len: bytes of @data; the CM may have padded it
 * @offer: filled when accepted
 *
 * Return: RTRS_SRV_ACCEPTED or why not.
 */
enum rtrs_srv_refusal
rtrs_srv_decode_offer(const void *data, u32 len, struct rtrs_srv_offer *offer)
{
	struct rtrs_conn_req req;

	if (!data || len < sizeof(req))
		return RTRS_SRV_REFUSE_CONN_SHORT;
	memcpy(&req, data, sizeof(req));
	if (le16_to_cpu(req.magic) != RTRS_MAGIC)
		return RTRS_SRV_REFUSE_CONN_MAGIC;
	if (le16_to_cpu(req.version) >> 8 != RTRS_VERSION_MAJOR)
		return RTRS_SRV_REFUSE_CONN_VERSION;

	*offer = (struct rtrs_srv_offer) {
		.cid		= le16_to_cpu(req.cid),
		.cid_num	= le16_to_cpu(req.cid_num),
		.recon_cnt	= le16_to_cpu(req.recon_cnt),
		.first_conn	= req.flags & RTRS_REQ_FIRST_CONN,
		.features	= le32_to_cpu(req.features),
	};
	memcpy(offer->path_uuid, req.sess_uuid, RTRS_UUID_LEN);
	memcpy(offer->sess_uuid, req.paths_uuid, RTRS_UUID_LEN);
	if (offer->cid >= offer->cid_num)
		return RTRS_SRV_REFUSE_CONN_CIDS;
	return RTRS_SRV_ACCEPTED;
}

static struct rtrs_srv_verdict refuse(enum rtrs_srv_refusal why, int err)
{
	return (struct rtrs_srv_verdict) { .why = why, .err = err };
}

static struct rtrs_srv_verdict
judge_new_path(const struct rtrs_srv_offer *offer,
	       const struct rtrs_srv_scene *scene)
{
	/* connections come in order, so the path was closed meanwhile */
	if (offer->cid)
		return refuse(RTRS_SRV_REFUSE_CONN_PATH_BUSY, -ECONNRESET);
	if (scene->nr_half_open >= scene->max_half_open)
		return refuse(RTRS_SRV_REFUSE_CONN_HALF_OPEN, -ENOMEM);
	if (!scene->session_known) {
		if (scene->nr_sessions >= scene->max_sessions)
			return refuse(RTRS_SRV_REFUSE_CONN_SESSIONS, -ENOMEM);
		return (struct rtrs_srv_verdict) { .new_session = true,
						   .new_path = true };
	}
	if (scene->address_taken)
		return refuse(RTRS_SRV_REFUSE_CONN_ADDRESS, -EEXIST);
	if (scene->address_closing)
		return refuse(RTRS_SRV_REFUSE_CONN_PATH_BUSY, -ECONNRESET);
	if (scene->nr_paths >= scene->max_paths)
		return refuse(RTRS_SRV_REFUSE_CONN_PATHS, -ECONNRESET);
	return (struct rtrs_srv_verdict) { .new_path = true };
}

static struct rtrs_srv_verdict
judge_known_path(const struct rtrs_srv_offer *offer,
		 const struct rtrs_srv_scene *scene)
{
	bool newer = (s16)(u16)(offer->recon_cnt - scene->path_recon_cnt) > 0;

	if (scene->path_elsewhere)
		return refuse(RTRS_SRV_REFUSE_CONN_UNLIKE, -ECONNRESET);
	if (newer && scene->path_state <= RTRS_SRV_PATH_CONNECTED) {
		/* its client knows that the old incarnation is dead, we not yet */
		struct rtrs_srv_verdict renew =
			refuse(RTRS_SRV_REFUSE_CONN_PATH_RENEWED, -ECONNRESET);

		renew.close_old = true;
		return renew;
	}
	if (scene->path_state != RTRS_SRV_PATH_CONNECTING)
		return refuse(RTRS_SRV_REFUSE_CONN_PATH_BUSY, -ECONNRESET);
	if (offer->cid_num != scene->path_cid_num ||
	    offer->recon_cnt != scene->path_recon_cnt)
		return refuse(RTRS_SRV_REFUSE_CONN_UNLIKE, -ECONNRESET);
	if (scene->cid_taken)
		return refuse(RTRS_SRV_REFUSE_CONN_CID_TAKEN, -ECONNRESET);
	return (struct rtrs_srv_verdict) { .why = RTRS_SRV_ACCEPTED };
}

/**
 * rtrs_srv_judge() - accept a connection, or refuse it with a reason
 * @offer: what the client asks for
 * @scene: what the server knows
 *
 * Return: the verdict.
 */
struct rtrs_srv_verdict
rtrs_srv_judge(const struct rtrs_srv_offer *offer,
	       const struct rtrs_srv_scene *scene)
{
	struct rtrs_srv_verdict verdict;

	if (offer->cid_num > scene->max_connections)
		return refuse(RTRS_SRV_REFUSE_CONN_CIDS, -ECONNRESET);
	if (!scene->session_known && !offer->first_conn)
		return refuse(RTRS_SRV_REFUSE_CONN_NO_SESSION, -ENXIO);
	if (scene->path_known)
		verdict = judge_known_path(offer, scene);
	else
		verdict = judge_new_path(offer, scene);
	if (!verdict.why &&
	    scene->nr_connections >= scene->max_total_connections)
		return refuse(RTRS_SRV_REFUSE_CONN_TOTAL, -ENOMEM);
	return verdict;
}
