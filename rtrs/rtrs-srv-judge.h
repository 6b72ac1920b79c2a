/* SPDX-License-Identifier: GPL-2.0 */
/* Judging connect requests, and the life of a path; pure. */
#ifndef RTRS_SRV_JUDGE_H
#define RTRS_SRV_JUDGE_H

#include <linux/types.h>

#include "rtrs-proto.h"
#include "rtrs-srv-refuse.h"

/**
 * enum rtrs_srv_path_state - life of a path
 * @RTRS_SRV_PATH_CONNECTING: its connections are accepted one by one, then the
 *	info request is awaited and served; half-open
 * @RTRS_SRV_PATH_CONNECTED: requests are accepted and answered
 * @RTRS_SRV_PATH_CLOSING: nothing is accepted or answered any more
 * @RTRS_SRV_PATH_CLOSED: holds no resources of the device and is in no list;
 *	remains while operations of its requests are under way
 * @RTRS_SRV_PATH_STATES: how many there are
 */
enum rtrs_srv_path_state {
	RTRS_SRV_PATH_CONNECTING,
	RTRS_SRV_PATH_CONNECTED,
	RTRS_SRV_PATH_CLOSING,
	RTRS_SRV_PATH_CLOSED,
	RTRS_SRV_PATH_STATES,
};

bool rtrs_srv_path_may_go(enum rtrs_srv_path_state from,
			  enum rtrs_srv_path_state to);

/**
 * struct rtrs_srv_offer - a connect request, decoded
 * @cid: number of the connection
 * @cid_num: connections of the path
 * @recon_cnt: incarnation of the path
 * @first_conn: the session may be made
 * @features: offered, unknown ones included
 * @path_uuid: the path
 * @sess_uuid: the session
 */
struct rtrs_srv_offer {
	u16	cid;
	u16	cid_num;
	u16	recon_cnt;
	bool	first_conn;
	u32	features;
	u8	path_uuid[RTRS_UUID_LEN];
	u8	sess_uuid[RTRS_UUID_LEN];
};

/**
 * struct rtrs_srv_scene - what the server knows when an offer arrives
 * @session_known: the session exists
 * @path_known: the path exists, in this session or another
 * @path_elsewhere: it belongs to another session
 * @address_taken: another path of the session, not being closed, has the same
 *	pair of addresses
 * @address_closing: as before, but one that is being closed
 * @cid_taken: the path has this connection already
 * @path_state: of the known path
 * @path_cid_num: of the known path
 * @path_recon_cnt: of the known path
 * @nr_paths: of the session
 * @nr_sessions: of the server
 * @nr_half_open: paths of the server
 * @nr_connections: of the server
 * @max_paths: limit of a session
 * @max_sessions: limit
 * @max_half_open: limit
 * @max_connections: limit of a path
 * @max_total_connections: limit of the server
 */
struct rtrs_srv_scene {
	bool				session_known;
	bool				path_known;
	bool				path_elsewhere;
	bool				address_taken;
	bool				address_closing;
	bool				cid_taken;
	enum rtrs_srv_path_state	path_state;
	u16				path_cid_num;
	u16				path_recon_cnt;
	unsigned int			nr_paths;
	unsigned int			nr_sessions;
	unsigned int			nr_half_open;
	unsigned int			nr_connections;
	unsigned int			max_paths;
	unsigned int			max_sessions;
	unsigned int			max_half_open;
	unsigned int			max_connections;
	unsigned int			max_total_connections;
};

/**
 * struct rtrs_srv_verdict - what to do about an offer
 * @why: RTRS_SRV_ACCEPTED, or the reason of the refusal
 * @err: negative errno of the refusal
 * @new_session: accepted: make the session
 * @new_path: accepted: make the path
 * @close_old: refused: close the known path, its client has given it up
 */
struct rtrs_srv_verdict {
	enum rtrs_srv_refusal	why;
	int			err;
	bool			new_session;
	bool			new_path;
	bool			close_old;
};

/* How long a half-open path may stand still, and how long it may take in all. */
enum {
	RTRS_SRV_HALF_OPEN_STEP_MS	= 30000,
	RTRS_SRV_HALF_OPEN_MOST_MS	= 120000,
};

u32 rtrs_srv_half_open_rest_ms(u64 age_ms);

enum rtrs_srv_refusal
rtrs_srv_decode_offer(const void *data, u32 len, struct rtrs_srv_offer *offer);
struct rtrs_srv_verdict
rtrs_srv_judge(const struct rtrs_srv_offer *offer,
	       const struct rtrs_srv_scene *scene);

#endif /* RTRS_SRV_JUDGE_H */
