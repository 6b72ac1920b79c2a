// SPDX-License-Identifier: GPL-2.0
/* Connect requests and the life of a path on the server, as truth tables. */
#include <linux/types.h>

#include "rtrs-srv-judge.h"
#include "test.h"

static void offers_have_a_form(void)
{
	struct rtrs_conn_req msg = {
		.magic		= cpu_to_le16(RTRS_MAGIC),
		.version	= cpu_to_le16(RTRS_VERSION),
		.cid		= cpu_to_le16(2),
		.cid_num	= cpu_to_le16(3),
		.recon_cnt	= cpu_to_le16(7),
		.flags		= RTRS_REQ_FIRST_CONN,
		.features	= cpu_to_le32(RTRS_FEAT_FENCE),
		.sess_uuid	= { 1 },
		.paths_uuid	= { 2 },
	};
	struct rtrs_srv_offer offer;
	u8 padded[196] = { 0 };

	memcpy(padded, &msg, sizeof(msg));
	EXPECT_EQ(rtrs_srv_decode_offer(padded, sizeof(padded), &offer),
		  RTRS_SRV_ACCEPTED);
	EXPECT_EQ(offer.cid, 2);
	EXPECT_EQ(offer.cid_num, 3);
	EXPECT_EQ(offer.recon_cnt, 7);
	EXPECT_EQ(offer.features, RTRS_FEAT_FENCE);
	EXPECT(offer.first_conn);
	EXPECT_EQ(offer.path_uuid[0], 1);
	EXPECT_EQ(offer.sess_uuid[0], 2);

	EXPECT_EQ(rtrs_srv_decode_offer(padded, sizeof(msg) - 1, &offer),
		  RTRS_SRV_REFUSE_CONN_SHORT);
	EXPECT_EQ(rtrs_srv_decode_offer(NULL, 0, &offer),
		  RTRS_SRV_REFUSE_CONN_SHORT);
	msg.cid = cpu_to_le16(3);
	EXPECT_EQ(rtrs_srv_decode_offer(&msg, sizeof(msg), &offer),
		  RTRS_SRV_REFUSE_CONN_CIDS);
	msg.cid = 0;
	msg.cid_num = 0;
	EXPECT_EQ(rtrs_srv_decode_offer(&msg, sizeof(msg), &offer),
		  RTRS_SRV_REFUSE_CONN_CIDS);
	msg.version = cpu_to_le16(0x0300);
	EXPECT_EQ(rtrs_srv_decode_offer(&msg, sizeof(msg), &offer),
		  RTRS_SRV_REFUSE_CONN_VERSION);
	msg.magic = 0;
	EXPECT_EQ(rtrs_srv_decode_offer(&msg, sizeof(msg), &offer),
		  RTRS_SRV_REFUSE_CONN_MAGIC);
}

/* Each row changes one thing of an offer and a scene that go together. */
static const struct rtrs_srv_offer first = {
	.cid_num = 3, .recon_cnt = 1, .first_conn = true,
};

static const struct rtrs_srv_scene empty = {
	.max_paths = 128, .max_sessions = 256, .max_half_open = 64,
	.max_connections = 4096, .max_total_connections = 16384,
};

static struct rtrs_srv_offer offer;
static struct rtrs_srv_scene scene;

static void begin(void)
{
	offer = first;
	scene = empty;
}

static void known_path(enum rtrs_srv_path_state state)
{
	begin();
	scene.session_known = true;
	scene.path_known = true;
	scene.path_state = state;
	scene.path_cid_num = 3;
	scene.path_recon_cnt = 1;
	scene.nr_paths = 1;
	scene.nr_sessions = 1;
}

static struct rtrs_srv_verdict verdict;

static void expect(enum rtrs_srv_refusal why, int err)
{
	verdict = rtrs_srv_judge(&offer, &scene);
	EXPECT_EQ(verdict.why, why);
	EXPECT_EQ(verdict.err, err);
	if (why)
		EXPECT(!verdict.new_session && !verdict.new_path);
}

static void new_sessions_and_paths(void)
{
	begin();
	expect(RTRS_SRV_ACCEPTED, 0);
	EXPECT(verdict.new_session && verdict.new_path);

	begin();
	offer.first_conn = false;
	expect(RTRS_SRV_REFUSE_CONN_NO_SESSION, -ENXIO);
	scene.session_known = true;
	expect(RTRS_SRV_ACCEPTED, 0);
	EXPECT(!verdict.new_session && verdict.new_path);

	begin();
	scene.nr_sessions = 256;
	expect(RTRS_SRV_REFUSE_CONN_SESSIONS, -ENOMEM);
	scene.session_known = true;
	expect(RTRS_SRV_ACCEPTED, 0);
	scene.nr_half_open = 64;
	expect(RTRS_SRV_REFUSE_CONN_HALF_OPEN, -ENOMEM);

	begin();
	scene.session_known = true;
	scene.nr_paths = 127;
	expect(RTRS_SRV_ACCEPTED, 0);
	scene.nr_paths = 128;
	expect(RTRS_SRV_REFUSE_CONN_PATHS, -ECONNRESET);
	scene.address_closing = true;
	expect(RTRS_SRV_REFUSE_CONN_PATH_BUSY, -ECONNRESET);
	scene.address_taken = true;
	expect(RTRS_SRV_REFUSE_CONN_ADDRESS, -EEXIST);

	begin();
	offer.cid_num = 4097;
	expect(RTRS_SRV_REFUSE_CONN_CIDS, -ECONNRESET);
	offer.cid_num = 4096;
	expect(RTRS_SRV_ACCEPTED, 0);

	/* a later connection of a path that is gone makes no new one */
	begin();
	offer.cid = 1;
	expect(RTRS_SRV_REFUSE_CONN_PATH_BUSY, -ECONNRESET);
}

static void further_connections(void)
{
	known_path(RTRS_SRV_PATH_CONNECTING);
	offer.cid = 1;
	expect(RTRS_SRV_ACCEPTED, 0);
	EXPECT(!verdict.new_session && !verdict.new_path);
	scene.cid_taken = true;
	expect(RTRS_SRV_REFUSE_CONN_CID_TAKEN, -ECONNRESET);
	scene.cid_taken = false;
	offer.cid_num = 4;
	expect(RTRS_SRV_REFUSE_CONN_UNLIKE, -ECONNRESET);
	offer.cid_num = 3;
	scene.path_elsewhere = true;
	expect(RTRS_SRV_REFUSE_CONN_UNLIKE, -ECONNRESET);
	/* limits are for what is new */
	known_path(RTRS_SRV_PATH_CONNECTING);
	offer.cid = 1;
	scene.nr_half_open = 64;
	scene.nr_sessions = 256;
	expect(RTRS_SRV_ACCEPTED, 0);
}

static void connections_are_limited_in_all(void)
{
	/* those of a new path and those which follow alike */
	begin();
	scene.nr_connections = 16383;
	expect(RTRS_SRV_ACCEPTED, 0);
	scene.nr_connections = 16384;
	expect(RTRS_SRV_REFUSE_CONN_TOTAL, -ENOMEM);
	known_path(RTRS_SRV_PATH_CONNECTING);
	offer.cid = 1;
	scene.nr_connections = 16384;
	expect(RTRS_SRV_REFUSE_CONN_TOTAL, -ENOMEM);
	/* what is wrong for another reason is told that one, and has its effect */
	known_path(RTRS_SRV_PATH_CONNECTED);
	scene.nr_connections = 16384;
	offer.recon_cnt = 2;
	expect(RTRS_SRV_REFUSE_CONN_PATH_RENEWED, -ECONNRESET);
	EXPECT(verdict.close_old);
}

static void small_steps_keep_no_path_half_open(void)
{
	u64 age_ms = 0;
	unsigned int steps = 0;

	EXPECT_EQ(rtrs_srv_half_open_rest_ms(0), 30000);
	EXPECT_EQ(rtrs_srv_half_open_rest_ms(90000), 30000);
	EXPECT_EQ(rtrs_srv_half_open_rest_ms(90001), 29999);
	EXPECT_EQ(rtrs_srv_half_open_rest_ms(120000), 0);
	EXPECT_EQ(rtrs_srv_half_open_rest_ms(~0ULL), 0);
	/* one connection each 29 s */
	while (rtrs_srv_half_open_rest_ms(age_ms) > 29000) {
		age_ms += 29000;
		steps++;
	}
	EXPECT_EQ(steps, 4);
}

static void returning_clients(void)
{
	enum rtrs_srv_path_state state;

	for (state = 0; state < RTRS_SRV_PATH_STATES; state++) {
		known_path(state);
		offer.recon_cnt = 2;
		expect(state <= RTRS_SRV_PATH_CONNECTED ?
		       RTRS_SRV_REFUSE_CONN_PATH_RENEWED :
		       RTRS_SRV_REFUSE_CONN_PATH_BUSY, -ECONNRESET);
		EXPECT_EQ(verdict.close_old, state <= RTRS_SRV_PATH_CONNECTED);
	}
	/* the counter wraps */
	known_path(RTRS_SRV_PATH_CONNECTED);
	scene.path_recon_cnt = 65535;
	offer.recon_cnt = 0;
	expect(RTRS_SRV_REFUSE_CONN_PATH_RENEWED, -ECONNRESET);
	/* a late request of an older incarnation disturbs nobody */
	known_path(RTRS_SRV_PATH_CONNECTED);
	scene.path_recon_cnt = 5;
	offer.recon_cnt = 4;
	expect(RTRS_SRV_REFUSE_CONN_PATH_BUSY, -ECONNRESET);
	EXPECT(!verdict.close_old);
	scene.path_state = RTRS_SRV_PATH_CONNECTING;
	offer.cid = 1;
	expect(RTRS_SRV_REFUSE_CONN_UNLIKE, -ECONNRESET);
	/* nobody closes a path of another session */
	known_path(RTRS_SRV_PATH_CONNECTED);
	scene.path_elsewhere = true;
	offer.recon_cnt = 2;
	expect(RTRS_SRV_REFUSE_CONN_UNLIKE, -ECONNRESET);
	EXPECT(!verdict.close_old);
}

static void life_of_a_path(void)
{
	static const char *const legal[RTRS_SRV_PATH_STATES] = {
		/* to:			   CONNECTING, CONNECTED, CLOSING, CLOSED */
		[RTRS_SRV_PATH_CONNECTING] = ".xx.",
		[RTRS_SRV_PATH_CONNECTED]  = "..x.",
		[RTRS_SRV_PATH_CLOSING]	   = "...x",
		[RTRS_SRV_PATH_CLOSED]	   = "....",
	};
	enum rtrs_srv_path_state from, to;

	for (from = 0; from < RTRS_SRV_PATH_STATES; from++)
		for (to = 0; to < RTRS_SRV_PATH_STATES; to++)
			EXPECT_EQ(rtrs_srv_path_may_go(from, to),
				  legal[from][to] == 'x');
}

int main(void)
{
	offers_have_a_form();
	new_sessions_and_paths();
	further_connections();
	connections_are_limited_in_all();
	small_steps_keep_no_path_half_open();
	returning_clients();
	life_of_a_path();
	return TEST_END();
}
