// SPDX-License-Identifier: GPL-2.0
/* Any immediate, request header and info request of a client. */
#include "fuzz.h"
#include "rtrs-imm.h"
#include "rtrs-srv-decode.h"

static void request(struct fuzz *f)
{
	struct rtrs_srv_geometry geo = {
		.queue_depth	= 1 + fuzz_u16(f) % 1024,
		.chunk_size	= 4096u << fuzz_u8(f) % 9,
		.max_hdr_size	= 4096,
	};
	u32 imm = fuzz_u32(f), id, off, room;
	struct rtrs_srv_req req;
	union rtrs_srv_hdr hdr;
	enum rtrs_srv_refusal why;

	geo.max_io_size = geo.chunk_size - geo.max_hdr_size;
	geo.id_bits = rtrs_bits_for(geo.queue_depth);
	geo.invalidate = imm & 1;
	if (!rtrs_geometry_fits(geo.queue_depth, geo.chunk_size))
		return;
	rtrs_imm_req_split(rtrs_imm_payload(imm), geo.id_bits, &id, &off);
	MUST(rtrs_imm_req_payload(id, off, geo.id_bits) == rtrs_imm_payload(imm));
	MUST(rtrs_imm_make(rtrs_imm_type(imm), rtrs_imm_payload(imm)) == imm);

	/* as the server does: only what stands in the chunk is copied */
	room = rtrs_srv_hdr_room(&geo, off);
	MUST(room <= sizeof(hdr) && (!room || off + room <= geo.chunk_size));
	memset(&hdr, 0, sizeof(hdr));
	fuzz_bytes(f, &hdr, room);
	why = rtrs_srv_decode(&geo, off, &hdr, &req);
	MUST(why < RTRS_SRV_REFUSALS);
	if (why) {
		MUST(!req.usr_len && !req.data_len && !req.key);
		return;
	}
	/* all of it lies in front of the header, in the chunk */
	MUST(req.usr_len + req.data_len == off);
	MUST(req.data_len <= geo.max_io_size);
	MUST(!req.invalidate || (!req.write && req.data_len));
}

static void response(struct fuzz *f)
{
	u32 payload = rtrs_imm_payload(fuzz_u32(f)), id;
	int err;

	rtrs_imm_rsp_split(payload, &id, &err);
	MUST(err <= 0 && err > -(1 << RTRS_IMM_ERR_BITS));
	MUST(rtrs_imm_rsp_payload(id, err) == payload);
	err = fuzz_u32(f);
	if (err != -0x7fffffff - 1) {
		u32 same;
		int kept;

		rtrs_imm_rsp_split(rtrs_imm_rsp_payload(id, err), &same, &kept);
		MUST(same == id && !err == !kept);
	}
}

static void info(struct fuzz *f)
{
	size_t len = f->left < sizeof(struct rtrs_info_req) ?
		     f->left : sizeof(struct rtrs_info_req);
	struct rtrs_info_req *msg = fuzz_copy(f, len);

	if (!rtrs_srv_decode_info(msg, len)) {
		const char *name = (const char *)msg->sessname;

		MUST(strnlen(name, RTRS_NAME_LEN) < RTRS_NAME_LEN && *name);
		MUST(!strpbrk(name, "/.\n") && strcmp(name, "ctl"));
	}
	free(msg);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = { data, size };

	switch (fuzz_u8(&f) % 3) {
	case 0:
		info(&f);
		break;
	case 1:
		response(&f);
		break;
	default:
		request(&f);
		break;
	}
	return 0;
}
