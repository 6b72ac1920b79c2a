// SPDX-License-Identifier: GPL-2.0
/* Any bytes as a work request: what is accepted stays within its limits. */
#include "fuzz.h"
#include "wire.h"
#include "wqe.h"

static size_t slot_size(const struct rxe_wqe_limits *lim)
{
	size_t sges = lim->max_sge * sizeof(struct ib_sge);

	return sizeof(struct rxe_swqe) +
	       (sges > lim->max_inline ? sges : lim->max_inline);
}

static void accepted(const struct rxe_swqe *wqe, const struct rxe_wqe_limits *lim)
{
	u64 sum = 0;
	u32 i;

	MUST(wqe->length <= RXE_MAX_MSG);
	MUST(!(wqe->flags & ~0xf));
	MUST(wqe->state == RXE_WQE_POSTED && !wqe->status);
	if (wqe->flags & IB_SEND_INLINE) {
		MUST(!wqe->num_sge);
		MUST(wqe->length <= slot_size(lim) - sizeof(*wqe));
		return;
	}
	MUST(wqe->num_sge <= lim->max_sge && wqe->num_sge <= RXE_MAX_SGE);
	for (i = 0; i < wqe->num_sge; i++)
		sum += wqe->sge[i].length;
	MUST(sum == wqe->length);
}

static void of_a_process(struct fuzz *f, const struct rxe_wqe_limits *lim)
{
	size_t room = fuzz_u16(f) % 560;
	struct rxe_send_wqe *in = fuzz_copy(f, sizeof(*in) + room);
	struct rxe_swqe *out = malloc(slot_size(lim));
	int err;

	MUST(out);
	memset(out, 0xee, slot_size(lim));
	err = rxe_swqe_from_user(in, room, lim, out);
	MUST(err <= 0 && err >= -IB_WC_LOC_QP_OP_ERR);
	MUST(out->wr_id == in->wr.wr_id);
	if (!err) {
		accepted(out, lim);
		MUST(out->opcode != IB_WR_REG_MR);
		MUST(lim->type != IB_QPT_UD || (!out->ud.ah && out->ud.ah_num));
	}
	free(out);
	free(in);
}

static void receive(struct fuzz *f)
{
	u32 max_sge = fuzz_u8(f) % 40;
	struct rxe_recv_wqe *in = fuzz_copy(f, sizeof(*in) +
					    max_sge * sizeof(struct rxe_sge));
	struct rxe_rwqe out;

	memset(&out, 0xee, sizeof(out));
	if (!rxe_rwqe_from_user(in, max_sge, &out))
		MUST(out.num_sge <= max_sge && out.num_sge <= RXE_MAX_SGE);
	else
		MUST(!out.num_sge);
	MUST(out.wr_id == in->wr_id);
	free(in);
}

static void of_the_kernel(struct fuzz *f, const struct rxe_wqe_limits *lim)
{
	static u8 memory[1024];
	union {
		struct ib_send_wr wr;
		struct ib_rdma_wr rdma;
		struct ib_atomic_wr atomic;
		struct ib_ud_wr ud;
		struct ib_reg_wr reg;
	} any;
	struct ib_sge sges[40];
	struct rxe_swqe *out = malloc(slot_size(lim));
	unsigned int i;
	int err;

	MUST(out);
	fuzz_bytes(f, &any, sizeof(any));
	any.wr.opcode &= 0x3f;
	any.wr.num_sge = (s8)fuzz_u8(f) % 41;
	any.wr.sg_list = sges;
	for (i = 0; i < ARRAY_SIZE(sges); i++) {
		sges[i].addr = (uintptr_t)memory;
		sges[i].length = fuzz_u8(f) & 1 ? fuzz_u32(f) : fuzz_u8(f);
		sges[i].lkey = i;
	}
	memset(out, 0xee, slot_size(lim));
	err = rxe_swqe_from_wr(&any.wr, lim, out);
	MUST(!err || err == -EINVAL);
	if (!err)
		accepted(out, lim);
	free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = { data, size };
	u8 what = fuzz_u8(&f);
	struct rxe_wqe_limits lim = {
		.type = what >> 2 & 7,
		.max_sge = fuzz_u8(&f) % 33,
		.max_inline = fuzz_u16(&f) % 513,
	};

	switch (what & 3) {
	case 0:
		receive(&f);
		break;
	case 1:
		of_the_kernel(&f, &lim);
		break;
	default:
		of_a_process(&f, &lim);
		break;
	}
	return 0;
}
