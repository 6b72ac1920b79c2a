// SPDX-License-Identifier: GPL-2.0
/* Any connect request, whatever the server knows. */
#include "fuzz.h"
#include "rtrs-srv-judge.h"

static void judge(struct fuzz *f, const struct rtrs_srv_offer *offer)
{
	u8 bits = fuzz_u8(f);
	struct rtrs_srv_scene scene = {
		.session_known		= bits & 1,
		.path_known		= bits & 2,
		.path_elsewhere		= bits & 4,
		.address_taken		= bits & 8,
		.address_closing	= bits & 16,
		.cid_taken		= bits & 32,
		.path_state		= fuzz_u8(f) % RTRS_SRV_PATH_STATES,
		.path_cid_num		= bits & 64 ? offer->cid_num : fuzz_u8(f),
		.path_recon_cnt		= bits & 128 ? offer->recon_cnt : fuzz_u16(f),
		.nr_paths		= fuzz_u8(f),
		.nr_sessions		= fuzz_u8(f),
		.nr_half_open		= fuzz_u8(f),
		.nr_connections		= fuzz_u8(f),
		.max_paths		= fuzz_u8(f),
		.max_sessions		= fuzz_u8(f),
		.max_half_open		= fuzz_u8(f),
		.max_connections	= fuzz_u16(f),
		.max_total_connections	= fuzz_u8(f),
	};
	struct rtrs_srv_verdict v = rtrs_srv_judge(offer, &scene);

	if (v.why) {
		MUST(v.err < 0 && !v.new_session && !v.new_path);
		return;
	}
	/* nothing is made twice, nothing beyond a limit */
	MUST(!v.err && !v.close_old);
	MUST(offer->cid_num <= scene.max_connections);
	MUST(scene.nr_connections < scene.max_total_connections);
	MUST(v.new_path != scene.path_known);
	MUST(!v.new_session || (!scene.session_known && v.new_path));
	MUST(!v.new_path || (!offer->cid && scene.nr_half_open < scene.max_half_open));
	MUST(v.new_path || !scene.cid_taken);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = { data, size };
	u8 help = fuzz_u8(&f);
	size_t len = help & 1 ? sizeof(struct rtrs_conn_req) : f.left;
	struct rtrs_srv_offer offer;
	struct rtrs_conn_req *req = fuzz_copy(&f, len);
	u8 states;

	if (help & 2 && len >= sizeof(*req)) {
		req->magic = cpu_to_le16(RTRS_MAGIC);
		req->version = cpu_to_le16(RTRS_VERSION);
		if (help & 4)
			req->cid = 0;
	}
	if (!rtrs_srv_decode_offer(req, len, &offer)) {
		MUST(len >= sizeof(struct rtrs_conn_req) && offer.cid < offer.cid_num);
		judge(&f, &offer);
	}
	MUST(rtrs_srv_decode_offer(NULL, len, &offer));
	free(req);

	states = fuzz_u8(&f);
	if (rtrs_srv_path_may_go(states % RTRS_SRV_PATH_STATES,
				 states / 16 % RTRS_SRV_PATH_STATES))
		MUST(states % RTRS_SRV_PATH_STATES <
		     states / 16 % RTRS_SRV_PATH_STATES);
	MUST(rtrs_srv_half_open_rest_ms(fuzz_u64(&f) >> states % 64) <=
	     RTRS_SRV_HALF_OPEN_STEP_MS);
	return 0;
}
