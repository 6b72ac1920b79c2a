// SPDX-License-Identifier: GPL-2.0
/* Work requests: what becomes of good ones, and what of the rest. */
#include <assert.h>
#include <linux/types.h>

#include "test.h"
#include "wire.h"
#include "wqe.h"

#define ROOM	512

/* the ABI's offsets, which librxe was compiled with */
#define AT(type, field, off) \
	static_assert(offsetof(struct type, field) == (off), #field)
AT(rxe_send_wr, opcode, 12);
AT(rxe_send_wr, send_flags, 16);
AT(rxe_send_wr, ex, 20);
AT(rxe_send_wr, wr.rdma.rkey, 32);
AT(rxe_send_wr, wr.atomic.swap, 40);
AT(rxe_send_wr, wr.atomic.rkey, 48);
AT(rxe_send_wr, wr.flush.length, 32);
AT(rxe_send_wr, wr.flush.rkey, 36);
AT(rxe_send_wr, wr.flush.type, 40);
AT(rxe_send_wr, wr.flush.level, 41);
AT(rxe_send_wr, wr.ud.remote_qkey, 28);
AT(rxe_send_wr, wr.ud.ah_num, 36);
AT(rxe_send_wr, wr.mw.mr_lkey, 40);
AT(rxe_send_wr, wr.mw.access, 52);
AT(rxe_send_wqe, dma, 184);
AT(rxe_send_wqe, dma.num_sge, 196);
AT(rxe_send_wqe, dma.sge, 208);
AT(rxe_recv_wqe, dma.sge, 40);
static_assert(sizeof(struct rxe_send_wqe) == 208, "send");

/* one entry of a ring and one private slot, as in the device */
static union {
	struct rxe_send_wqe wqe;
	u8 bytes[sizeof(struct rxe_send_wqe) + ROOM];
} user;

static union {
	struct rxe_swqe wqe;
	u8 bytes[sizeof(struct rxe_swqe) + ROOM];
} out;

static const struct rxe_wqe_limits limits = {
	.type = IB_QPT_RC, .max_sge = 32, .max_inline = ROOM,
};

static void fresh(u32 opcode)
{
	memset(&user, 0, sizeof(user));
	memset(&out, 0xee, sizeof(out));
	user.wqe.wr.wr_id = 0x0123456789abcdef;
	user.wqe.wr.opcode = opcode;
	user.wqe.wr.send_flags = IB_SEND_SIGNALED;
	switch (opcode) {
	case IB_WR_ATOMIC_CMP_AND_SWP:
	case IB_WR_ATOMIC_FETCH_AND_ADD:
		user.wqe.dma.num_sge = 1;
		user.wqe.dma.sge[0].length = 8;
		break;
	case IB_WR_FLUSH:
		user.wqe.wr.wr.flush.type = IB_FLUSH_GLOBAL;
		break;
	}
}

static int convert_as(enum ib_qp_type type)
{
	struct rxe_wqe_limits lim = limits;

	lim.type = type;
	return rxe_swqe_from_user(&user.wqe, ROOM, &lim, &out.wqe);
}

static int convert(void)
{
	return convert_as(IB_QPT_RC);
}

/* which operation goes over which queue pair: R C D, and from whom: u k */
static const struct {
	u32 opcode;
	const char *who;
} matrix[] = {
	{ IB_WR_RDMA_WRITE, "RCuk" },
	{ IB_WR_RDMA_WRITE_WITH_IMM, "RCuk" },
	{ IB_WR_SEND, "RCDuk" },
	{ IB_WR_SEND_WITH_IMM, "RCDuk" },
	{ IB_WR_RDMA_READ, "Ruk" },
	{ IB_WR_ATOMIC_CMP_AND_SWP, "Ruk" },
	{ IB_WR_ATOMIC_FETCH_AND_ADD, "Ruk" },
	{ IB_WR_LOCAL_INV, "Ruk" },
	{ IB_WR_BIND_MW, "RCu" },
	{ IB_WR_SEND_WITH_INV, "Ruk" },
	{ IB_WR_LSO, "" },
	{ IB_WR_RDMA_READ_WITH_INV, "" },
	{ IB_WR_MASKED_ATOMIC_CMP_AND_SWP, "" },
	{ IB_WR_MASKED_ATOMIC_FETCH_AND_ADD, "" },
	{ IB_WR_FLUSH, "Ru" },
	{ IB_WR_ATOMIC_WRITE, "Ruk" },
	{ 16, "" },
	{ 31, "" },
	{ IB_WR_REG_MR, "Rk" },
	{ IB_WR_REG_MR_INTEGRITY, "" },
	{ 0xf0, "" },
	{ 255, "" },
	{ 256, "" },
	{ 256 + IB_WR_SEND, "" },
	{ 0x80000000, "" },
	{ 0xffffffff, "" },
};

union any_wr {
	struct ib_send_wr wr;
	struct ib_rdma_wr rdma;
	struct ib_atomic_wr atomic;
	struct ib_ud_wr ud;
	struct ib_reg_wr reg;
};

static struct ib_ah *const some_ah = (void *)0x1000;
static struct ib_mr *const some_mr = (void *)0x2000;
static struct ib_sge sges[40];
static union any_wr any;

static void fresh_wr(u32 opcode)
{
	memset(&any, 0, sizeof(any));
	memset(sges, 0, sizeof(sges));
	memset(&out, 0xee, sizeof(out));
	any.wr.wr_id = 77;
	any.wr.opcode = opcode;
	any.wr.send_flags = IB_SEND_SIGNALED;
	any.wr.sg_list = sges;
	switch (opcode) {
	case IB_WR_ATOMIC_CMP_AND_SWP:
	case IB_WR_ATOMIC_FETCH_AND_ADD:
	case IB_WR_ATOMIC_WRITE:
		any.wr.num_sge = 1;
		sges[0].length = 8;
		break;
	case IB_WR_REG_MR:
		any.reg.mr = some_mr;
		break;
	}
}

static int convert_wr_as(enum ib_qp_type type)
{
	struct rxe_wqe_limits lim = limits;

	lim.type = type;
	return rxe_swqe_from_wr(&any.wr, &lim, &out.wqe);
}

static int convert_wr(void)
{
	return convert_wr_as(IB_QPT_RC);
}

static void who_may_do_what(void)
{
	static const struct {
		enum ib_qp_type type;
		char letter;
	} types[] = {
		{ IB_QPT_RC, 'R' }, { IB_QPT_UC, 'C' }, { IB_QPT_UD, 'D' },
		{ IB_QPT_GSI, 'D' }, { IB_QPT_SMI, 'x' }, { IB_QPT_RAW_IPV6, 'x' },
	};
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(matrix); i++) {
		for (j = 0; j < ARRAY_SIZE(types); j++) {
			const char *who = matrix[i].who;
			bool may = strchr(who, types[j].letter);

			fresh(matrix[i].opcode);
			if (types[j].letter == 'D')
				user.wqe.wr.wr.ud.ah_num = 1;
			EXPECT_EQ(convert_as(types[j].type),
				  may && strchr(who, 'u') ? 0 : -IB_WC_LOC_QP_OP_ERR);
			/* whatever happened, the completion can be made */
			EXPECT_EQ(out.wqe.wr_id, 0x0123456789abcdef);
			EXPECT_EQ(out.wqe.flags & IB_SEND_SIGNALED, IB_SEND_SIGNALED);

			fresh_wr(matrix[i].opcode);
			if (types[j].letter == 'D')
				any.ud.ah = some_ah;
			EXPECT_EQ(convert_wr_as(types[j].type),
				  may && strchr(who, 'k') ? 0 : -EINVAL);
		}
	}
}

static void flags(void)
{
	unsigned int bit;

	for (bit = 0; bit < 32; bit++) {
		bool known = bit < 4;

		fresh(IB_WR_RDMA_WRITE);
		user.wqe.wr.send_flags = 1u << bit;
		EXPECT_EQ(convert(), known ? 0 : -IB_WC_LOC_QP_OP_ERR);
		EXPECT_EQ(out.wqe.flags, known ? 1u << bit : 0);
		fresh_wr(IB_WR_RDMA_WRITE);
		any.wr.send_flags = 1u << bit;
		EXPECT_EQ(convert_wr(), known ? 0 : -EINVAL);
	}
}

static void sges_of_a_process(void)
{
	struct rxe_wqe_limits two = limits;
	unsigned int i;

	two.max_sge = 2;
	for (i = 0; i < 5; i++) {
		fresh(IB_WR_SEND);
		user.wqe.dma.num_sge = i;
		/* its own idea of the length means nothing */
		user.wqe.dma.length = 12345;
		user.wqe.dma.sge[0].addr = 0x10000;
		user.wqe.dma.sge[0].length = 10;
		user.wqe.dma.sge[0].lkey = 7;
		user.wqe.dma.sge[1].addr = 0x20000;
		user.wqe.dma.sge[1].length = 90;
		user.wqe.dma.sge[1].lkey = 8;
		EXPECT_EQ(rxe_swqe_from_user(&user.wqe, ROOM, &two, &out.wqe),
			  i <= 2 ? 0 : -IB_WC_LOC_QP_OP_ERR);
		if (i > 2)
			continue;
		EXPECT_EQ(out.wqe.num_sge, i);
		EXPECT_EQ(out.wqe.length, i == 0 ? 0 : i == 1 ? 10 : 100);
		if (i < 2)
			continue;
		EXPECT_EQ(out.wqe.sge[0].addr, 0x10000);
		EXPECT_EQ(out.wqe.sge[0].lkey, 7);
		EXPECT_EQ(out.wqe.sge[1].addr, 0x20000);
		EXPECT_EQ(out.wqe.sge[1].length, 90);
		EXPECT_EQ(out.wqe.sge[1].lkey, 8);
	}

	/* more than the entry holds, whatever the queue pair may */
	fresh(IB_WR_SEND);
	user.wqe.dma.num_sge = 2;
	EXPECT_EQ(rxe_swqe_from_user(&user.wqe, 31, &two, &out.wqe),
		  -IB_WC_LOC_QP_OP_ERR);
	EXPECT_EQ(rxe_swqe_from_user(&user.wqe, 32, &two, &out.wqe), 0);
	two.max_sge = 1000;
	fresh(IB_WR_SEND);
	user.wqe.dma.num_sge = 33;
	EXPECT_EQ(rxe_swqe_from_user(&user.wqe, 1000 * 16, &two, &out.wqe),
		  -IB_WC_LOC_QP_OP_ERR);
	user.wqe.dma.num_sge = 0x10000001;
	EXPECT_EQ(rxe_swqe_from_user(&user.wqe, ROOM, &two, &out.wqe),
		  -IB_WC_LOC_QP_OP_ERR);
}

static void longest_message(void)
{
	unsigned int i;

	fresh(IB_WR_RDMA_WRITE);
	user.wqe.dma.num_sge = 2;
	user.wqe.dma.sge[0].length = RXE_MAX_MSG - 1;
	user.wqe.dma.sge[1].length = 1;
	EXPECT_EQ(convert(), 0);
	EXPECT_EQ(out.wqe.length, RXE_MAX_MSG);
	user.wqe.dma.sge[1].length = 2;
	EXPECT_EQ(convert(), -IB_WC_LOC_LEN_ERR);
	/* a sum which wraps in 32 bits */
	fresh(IB_WR_RDMA_WRITE);
	user.wqe.dma.num_sge = 32;
	for (i = 0; i < 32; i++)
		user.wqe.dma.sge[i].length = 0x08000001;
	EXPECT_EQ(convert(), -IB_WC_LOC_LEN_ERR);

	fresh_wr(IB_WR_RDMA_WRITE);
	any.wr.num_sge = 32;
	for (i = 0; i < 32; i++)
		sges[i].length = 0x08000000;
	EXPECT_EQ(convert_wr(), -EINVAL);
	any.wr.num_sge = 16;
	EXPECT_EQ(convert_wr(), 0);
	EXPECT_EQ(out.wqe.length, RXE_MAX_MSG);
}

static void inline_data(void)
{
	struct rxe_wqe_limits lim = limits;
	unsigned int i;

	lim.max_inline = 100;
	lim.max_sge = 2;
	fresh(IB_WR_SEND);
	user.wqe.wr.send_flags = IB_SEND_INLINE;
	user.wqe.dma.length = 100;
	user.wqe.dma.num_sge = 55;
	for (i = 0; i < 100; i++)
		user.wqe.dma.inline_data[i] = i;
	EXPECT_EQ(rxe_swqe_from_user(&user.wqe, 100, &lim, &out.wqe), 0);
	EXPECT_EQ(out.wqe.length, 100);
	EXPECT_EQ(out.wqe.num_sge, 0);
	EXPECT_EQ(out.wqe.flags, IB_SEND_INLINE);
	EXPECT(!memcmp(out.wqe.inline_data, user.wqe.dma.inline_data, 100));
	EXPECT_EQ(out.wqe.inline_data[100], 0xee);
	EXPECT_EQ(rxe_swqe_from_user(&user.wqe, 99, &lim, &out.wqe),
		  -IB_WC_LOC_QP_OP_ERR);
	user.wqe.dma.length = 101;
	EXPECT_EQ(rxe_swqe_from_user(&user.wqe, ROOM, &lim, &out.wqe),
		  -IB_WC_LOC_QP_OP_ERR);
	user.wqe.dma.length = 0xffffffff;
	EXPECT_EQ(rxe_swqe_from_user(&user.wqe, ROOM, &lim, &out.wqe),
		  -IB_WC_LOC_QP_OP_ERR);
	user.wqe.dma.length = 8;
	user.wqe.wr.opcode = IB_WR_RDMA_READ;
	EXPECT_EQ(rxe_swqe_from_user(&user.wqe, ROOM, &lim, &out.wqe),
		  -IB_WC_LOC_QP_OP_ERR);
	user.wqe.wr.opcode = IB_WR_ATOMIC_FETCH_AND_ADD;
	EXPECT_EQ(rxe_swqe_from_user(&user.wqe, ROOM, &lim, &out.wqe),
		  -IB_WC_LOC_QP_OP_ERR);
	/* where there is no data the flag means nothing */
	user.wqe.wr.opcode = IB_WR_LOCAL_INV;
	user.wqe.dma.length = 0xffffffff;
	EXPECT_EQ(rxe_swqe_from_user(&user.wqe, ROOM, &lim, &out.wqe), 0);
	EXPECT_EQ(out.wqe.flags, 0);
	EXPECT_EQ(out.wqe.length, 0);
}

static void inline_data_of_the_kernel(void)
{
	static u8 one[3] = "abc", two[97];

	memset(two, 'z', sizeof(two));
	fresh_wr(IB_WR_SEND);
	any.wr.send_flags = IB_SEND_INLINE | IB_SEND_SIGNALED;
	any.wr.num_sge = 3;
	sges[0] = (struct ib_sge) { (uintptr_t)one, 3, 0 };
	sges[1] = (struct ib_sge) { (uintptr_t)two, 0, 0 };
	sges[2] = (struct ib_sge) { (uintptr_t)two, 97, 0 };
	EXPECT_EQ(convert_wr(), 0);
	EXPECT_EQ(out.wqe.length, 100);
	EXPECT_EQ(out.wqe.num_sge, 0);
	EXPECT_EQ(out.wqe.flags, IB_SEND_INLINE | IB_SEND_SIGNALED);
	EXPECT(!memcmp(out.wqe.inline_data, "abcz", 4));
	EXPECT_EQ(out.wqe.inline_data[99], 'z');
	EXPECT_EQ(out.wqe.inline_data[100], 0xee);
	sges[2].length = ROOM - 3 + 1;
	EXPECT_EQ(convert_wr(), -EINVAL);
	sges[2].length = 97;
	any.wr.opcode = IB_WR_RDMA_READ;
	EXPECT_EQ(convert_wr(), -EINVAL);
}

static void fields_of_a_process(void)
{
	fresh(IB_WR_RDMA_WRITE_WITH_IMM);
	user.wqe.wr.ex.imm_data = 0x11223344;
	user.wqe.wr.wr.rdma.remote_addr = ~0ull;
	user.wqe.wr.wr.rdma.rkey = 0xabc;
	EXPECT_EQ(convert(), 0);
	EXPECT_EQ(out.wqe.imm, 0x11223344);
	EXPECT_EQ(out.wqe.rdma.va, ~0ull);
	EXPECT_EQ(out.wqe.rdma.rkey, 0xabc);
	EXPECT_EQ(out.wqe.state, RXE_WQE_POSTED);
	EXPECT_EQ(out.wqe.status, 0);

	fresh(IB_WR_RDMA_READ);
	user.wqe.wr.wr.rdma.rkey = 5;
	EXPECT_EQ(convert(), 0);
	EXPECT_EQ(out.wqe.rdma.rkey, 5);

	fresh(IB_WR_SEND_WITH_INV);
	user.wqe.wr.ex.invalidate_rkey = 0x777;
	EXPECT_EQ(convert(), 0);
	EXPECT_EQ(out.wqe.inv_rkey, 0x777);
	user.wqe.wr.opcode = IB_WR_LOCAL_INV;
	EXPECT_EQ(convert(), 0);
	EXPECT_EQ(out.wqe.inv_rkey, 0x777);

	fresh(IB_WR_ATOMIC_CMP_AND_SWP);
	user.wqe.wr.wr.atomic.remote_addr = 0x1000;
	user.wqe.wr.wr.atomic.compare_add = 1;
	user.wqe.wr.wr.atomic.swap = 2;
	user.wqe.wr.wr.atomic.rkey = 3;
	EXPECT_EQ(convert(), 0);
	EXPECT_EQ(out.wqe.atomic.va, 0x1000);
	EXPECT_EQ(out.wqe.atomic.compare_add, 1);
	EXPECT_EQ(out.wqe.atomic.swap, 2);
	EXPECT_EQ(out.wqe.atomic.rkey, 3);
	EXPECT_EQ(out.wqe.length, 8);
	user.wqe.dma.sge[0].length = 16;
	EXPECT_EQ(convert(), -IB_WC_LOC_QP_OP_ERR);
	user.wqe.dma.sge[0].length = 7;
	EXPECT_EQ(convert(), -IB_WC_LOC_QP_OP_ERR);

	fresh(IB_WR_BIND_MW);
	user.wqe.wr.wr.mw.addr = 1;
	user.wqe.wr.wr.mw.length = 0x100000000;
	user.wqe.wr.wr.mw.mr_lkey = 3;
	user.wqe.wr.wr.mw.mw_rkey = 4;
	user.wqe.wr.wr.mw.rkey = 5;
	user.wqe.wr.wr.mw.access = 6;
	EXPECT_EQ(convert(), 0);
	EXPECT_EQ(out.wqe.mw.addr, 1);
	EXPECT_EQ(out.wqe.mw.length, 0x100000000);
	EXPECT_EQ(out.wqe.mw.mr_lkey, 3);
	EXPECT_EQ(out.wqe.mw.mw_rkey, 4);
	EXPECT_EQ(out.wqe.mw.rkey, 5);
	EXPECT_EQ(out.wqe.mw.access, 6);
}

static void atomic_writes(void)
{
	struct rxe_wqe_limits none = limits;

	fresh(IB_WR_ATOMIC_WRITE);
	memcpy(user.wqe.dma.atomic_wr, "12345678", 8);
	user.wqe.wr.wr.rdma.rkey = 9;
	EXPECT_EQ(convert(), 0);
	EXPECT_EQ(out.wqe.length, 8);
	EXPECT_EQ(out.wqe.flags & IB_SEND_INLINE, IB_SEND_INLINE);
	EXPECT(!memcmp(out.wqe.inline_data, "12345678", 8));
	EXPECT_EQ(out.wqe.rdma.rkey, 9);
	EXPECT_EQ(rxe_swqe_from_user(&user.wqe, 7, &limits, &out.wqe),
		  -IB_WC_LOC_QP_OP_ERR);
	/* a slot without any room */
	none.max_sge = 0;
	none.max_inline = 0;
	EXPECT_EQ(rxe_swqe_from_user(&user.wqe, ROOM, &none, &out.wqe),
		  -IB_WC_LOC_QP_OP_ERR);

	fresh_wr(IB_WR_ATOMIC_WRITE);
	EXPECT_EQ(convert_wr(), 0);
	EXPECT_EQ(out.wqe.num_sge, 1);
	sges[0].length = 4;
	EXPECT_EQ(convert_wr(), -EINVAL);
}

static void flushes(void)
{
	static const struct {
		u8 type, level;
		u32 length;
		int status;
	} rows[] = {
		{ 1, 0, 4096, 0 },
		{ 2, 0, 0, 0 },
		{ 3, 1, 0xffffffff, 0 },
		{ 3, 0, RXE_MAX_MSG, 0 },
		{ 3, 0, RXE_MAX_MSG + 1, IB_WC_LOC_LEN_ERR },
		{ 0, 0, 0, IB_WC_LOC_QP_OP_ERR },
		{ 4, 0, 0, IB_WC_LOC_QP_OP_ERR },
		{ 1, 2, 0, IB_WC_LOC_QP_OP_ERR },
		{ 255, 255, 0, IB_WC_LOC_QP_OP_ERR },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		fresh(IB_WR_FLUSH);
		user.wqe.wr.wr.flush.remote_addr = 0x5000;
		user.wqe.wr.wr.flush.rkey = 6;
		user.wqe.wr.wr.flush.type = rows[i].type;
		user.wqe.wr.wr.flush.level = rows[i].level;
		user.wqe.wr.wr.flush.length = rows[i].length;
		user.wqe.dma.num_sge = 1000;
		EXPECT_EQ(convert(), -rows[i].status);
		if (rows[i].status)
			continue;
		EXPECT_EQ(out.wqe.flush.va, 0x5000);
		EXPECT_EQ(out.wqe.flush.rkey, 6);
		EXPECT_EQ(out.wqe.flush.type, rows[i].type);
		EXPECT_EQ(out.wqe.flush.level, rows[i].level);
		EXPECT_EQ(out.wqe.flush.length, rows[i].length);
		EXPECT_EQ(out.wqe.length, 0);
		EXPECT_EQ(out.wqe.num_sge, 0);
	}
}

static void datagrams(void)
{
	fresh(IB_WR_SEND_WITH_IMM);
	memset(&user.wqe.wr.wr, 0xff, sizeof(user.wqe.wr.wr));
	user.wqe.wr.wr.ud.remote_qpn = 0xffffff;
	user.wqe.wr.wr.ud.remote_qkey = 0x80000001;
	user.wqe.wr.wr.ud.ah_num = 12;
	EXPECT_EQ(convert_as(IB_QPT_UD), 0);
	EXPECT_EQ(out.wqe.ud.qpn, 0xffffff);
	EXPECT_EQ(out.wqe.ud.qkey, 0x80000001);
	EXPECT_EQ(out.wqe.ud.ah_num, 12);
	/* no pointer comes out of shared memory */
	EXPECT(!out.wqe.ud.ah);
	user.wqe.wr.wr.ud.ah_num = 0;
	EXPECT_EQ(convert_as(IB_QPT_UD), -IB_WC_LOC_QP_OP_ERR);
	user.wqe.wr.wr.ud.ah_num = 12;
	user.wqe.wr.wr.ud.remote_qpn = 0x1000000;
	EXPECT_EQ(convert_as(IB_QPT_UD), -IB_WC_LOC_QP_OP_ERR);

	fresh_wr(IB_WR_SEND);
	any.ud.ah = some_ah;
	any.ud.remote_qpn = 1;
	any.ud.remote_qkey = 0x1234;
	EXPECT_EQ(convert_wr_as(IB_QPT_UD), 0);
	EXPECT_EQ(out.wqe.ud.qkey, 0x1234);
	EXPECT(out.wqe.ud.ah == some_ah);
	EXPECT_EQ(convert_wr_as(IB_QPT_GSI), 0);
	EXPECT_EQ(out.wqe.ud.qkey, RXE_GSI_QKEY);
	any.ud.remote_qpn = 0x1000000;
	EXPECT_EQ(convert_wr_as(IB_QPT_UD), -EINVAL);
	any.ud.remote_qpn = 1;
	any.ud.ah = NULL;
	EXPECT_EQ(convert_wr_as(IB_QPT_UD), -EINVAL);
}

static void fields_of_the_kernel(void)
{
	fresh_wr(IB_WR_RDMA_WRITE_WITH_IMM);
	any.wr.ex.imm_data = 5;
	any.wr.num_sge = 2;
	any.rdma.remote_addr = 0x8000;
	any.rdma.rkey = 9;
	sges[0] = (struct ib_sge) { 0xffff888000001000, 4096, 1 };
	sges[1] = (struct ib_sge) { 0xffff888000003000, 100, 2 };
	EXPECT_EQ(convert_wr(), 0);
	EXPECT_EQ(out.wqe.wr_id, 77);
	EXPECT_EQ(out.wqe.length, 4196);
	EXPECT_EQ(out.wqe.num_sge, 2);
	EXPECT(!memcmp(out.wqe.sge, sges, 2 * sizeof(sges[0])));
	EXPECT_EQ(out.wqe.imm, 5);
	EXPECT_EQ(out.wqe.rdma.va, 0x8000);
	EXPECT_EQ(out.wqe.rdma.rkey, 9);
	any.wr.num_sge = 33;
	EXPECT_EQ(convert_wr(), -EINVAL);
	any.wr.num_sge = -1;
	EXPECT_EQ(convert_wr(), -EINVAL);
	any.wr.num_sge = 0;
	any.wr.sg_list = NULL;
	EXPECT_EQ(convert_wr(), 0);
	EXPECT_EQ(out.wqe.length, 0);

	fresh_wr(IB_WR_REG_MR);
	any.reg.key = 3;
	any.reg.access = 7;
	/* consumers leave such fields as they are */
	any.wr.num_sge = -5;
	EXPECT_EQ(convert_wr(), 0);
	EXPECT(out.wqe.reg.mr == some_mr);
	EXPECT_EQ(out.wqe.reg.key, 3);
	EXPECT_EQ(out.wqe.reg.access, 7);
	any.reg.mr = NULL;
	EXPECT_EQ(convert_wr(), -EINVAL);

	fresh_wr(IB_WR_LOCAL_INV);
	any.wr.ex.invalidate_rkey = 0x1234;
	EXPECT_EQ(convert_wr(), 0);
	EXPECT_EQ(out.wqe.inv_rkey, 0x1234);

	fresh_wr(IB_WR_ATOMIC_FETCH_AND_ADD);
	any.atomic.remote_addr = 0x1008;
	any.atomic.compare_add = 4;
	any.atomic.rkey = 5;
	EXPECT_EQ(convert_wr(), 0);
	EXPECT_EQ(out.wqe.atomic.va, 0x1008);
	EXPECT_EQ(out.wqe.atomic.compare_add, 4);
	EXPECT_EQ(out.wqe.atomic.rkey, 5);
	any.atomic.remote_addr = 0x1004;
	EXPECT_EQ(convert_wr(), -EINVAL);
}

static void receives(void)
{
	static union {
		struct rxe_recv_wqe wqe;
		u8 bytes[sizeof(struct rxe_recv_wqe) + 40 * 16];
	} in;
	static struct rxe_rwqe recv;
	unsigned int i;

	for (i = 0; i < 40; i++) {
		memset(&in, 0, sizeof(in));
		in.wqe.wr_id = 42 + i;
		in.wqe.dma.num_sge = i;
		in.wqe.dma.length = 0xffffffff;
		in.wqe.dma.sge[0].length = 100;
		in.wqe.dma.sge[1].addr = 0x1000;
		in.wqe.dma.sge[1].length = 200;
		in.wqe.dma.sge[1].lkey = 3;
		memset(&recv, 0xee, sizeof(recv));
		EXPECT_EQ(rxe_rwqe_from_user(&in.wqe, 8, &recv), i <= 8 ? 0 : -EINVAL);
		EXPECT_EQ(recv.wr_id, 42 + i);
		EXPECT_EQ(recv.num_sge, i <= 8 ? i : 0);
		EXPECT_EQ(recv.length, i == 0 || i > 8 ? 0 : i == 1 ? 100 : 300);
		/* no queue has more than the private form */
		EXPECT_EQ(rxe_rwqe_from_user(&in.wqe, 1000, &recv),
			  i <= 32 ? 0 : -EINVAL);
		if (i < 2 || i > 32)
			continue;
		EXPECT_EQ(recv.sge[1].addr, 0x1000);
		EXPECT_EQ(recv.sge[1].length, 200);
		EXPECT_EQ(recv.sge[1].lkey, 3);
	}
	in.wqe.dma.num_sge = 2;
	in.wqe.dma.sge[0].length = 0xffffffff;
	EXPECT_EQ(rxe_rwqe_from_user(&in.wqe, 8, &recv), 0);
	EXPECT_EQ(recv.length, 0xffffffff);
}

int main(void)
{
	who_may_do_what();
	flags();
	sges_of_a_process();
	longest_message();
	inline_data();
	inline_data_of_the_kernel();
	fields_of_a_process();
	atomic_writes();
	flushes();
	datagrams();
	fields_of_the_kernel();
	receives();
	return TEST_END();
}
