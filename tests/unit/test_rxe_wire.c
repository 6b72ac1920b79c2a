// SPDX-License-Identifier: GPL-2.0
/* Headers: which of the 256 opcodes exist, what follows them, what is refused. */
#include <linux/types.h>

#include "test.h"
#include "wire.h"

/* doc/rxe-wire.md section 2, once more and in other words */
static const struct {
	u8 opcode;
	const char *ext;	/* extension headers in order */
	const char *kind;
} opcodes[] = {
	{ 0x00, "",	"request send first payload" },
	{ 0x01, "",	"request send middle payload" },
	{ 0x02, "",	"request send last payload recv" },
	{ 0x03, "i",	"request send last payload recv" },
	{ 0x04, "",	"request send only payload recv" },
	{ 0x05, "i",	"request send only payload recv" },
	{ 0x06, "R",	"request write first payload" },
	{ 0x07, "",	"request write middle payload" },
	{ 0x08, "",	"request write last payload" },
	{ 0x09, "i",	"request write last payload recv" },
	{ 0x0a, "R",	"request write only payload" },
	{ 0x0b, "Ri",	"request write only payload recv" },
	{ 0x0c, "R",	"request read only" },
	{ 0x0d, "A",	"response answer first payload" },
	{ 0x0e, "",	"response answer middle payload" },
	{ 0x0f, "A",	"response answer last payload" },
	{ 0x10, "A",	"response answer only payload" },
	{ 0x11, "A",	"response" },
	{ 0x12, "Ao",	"response" },
	{ 0x13, "T",	"request atomic only" },
	{ 0x14, "T",	"request atomic only" },
	{ 0x16, "v",	"request send last payload recv" },
	{ 0x17, "v",	"request send only payload recv" },
	{ 0x1c, "FR",	"request only" },
	{ 0x1d, "R",	"request only payload" },
	{ 0x20, "",	"request send first payload" },
	{ 0x21, "",	"request send middle payload" },
	{ 0x22, "",	"request send last payload recv" },
	{ 0x23, "i",	"request send last payload recv" },
	{ 0x24, "",	"request send only payload recv" },
	{ 0x25, "i",	"request send only payload recv" },
	{ 0x26, "R",	"request write first payload" },
	{ 0x27, "",	"request write middle payload" },
	{ 0x28, "",	"request write last payload" },
	{ 0x29, "i",	"request write last payload recv" },
	{ 0x2a, "R",	"request write only payload" },
	{ 0x2b, "Ri",	"request write only payload recv" },
	{ 0x64, "D",	"request send only payload recv" },
	{ 0x65, "Di",	"request send only payload recv" },
	{ 0x81, "C",	"cnp" },
};

static const struct {
	char name;
	u32 flag;
	unsigned int len;
} exts[] = {
	{ 'R', RXE_HAS_RETH, 16 },
	{ 'A', RXE_HAS_AETH, 4 },
	{ 'i', RXE_HAS_IMM, 4 },
	{ 'v', RXE_HAS_IETH, 4 },
	{ 'T', RXE_HAS_ATOMIC, 28 },
	{ 'o', RXE_HAS_ATOMIC_ACK, 8 },
	{ 'D', RXE_HAS_DETH, 8 },
	{ 'F', RXE_HAS_FETH, 4 },
	{ 'C', 0, 16 },
};

static const struct {
	const char *word;
	u32 flag;
} kinds[] = {
	{ "request", RXE_IS_REQUEST },
	{ "response", RXE_IS_RESPONSE },
	{ "first", RXE_IS_FIRST },
	{ "middle", RXE_IS_MIDDLE },
	{ "last", RXE_IS_LAST },
	{ "only", RXE_IS_ONLY },
	{ "send", RXE_IS_SEND },
	{ "write", RXE_IS_WRITE },
	{ "read", RXE_IS_READ },
	{ "answer", RXE_IS_READ_RESP },
	{ "atomic", RXE_IS_ATOMIC },
	{ "recv", RXE_TAKES_RECV },
	{ "payload", RXE_HAS_PAYLOAD },
	{ "cnp", RXE_IS_CNP },
};

static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);
	const char *at;

	for (at = text; (at = strstr(at, word)); at += len)
		if ((at == text || at[-1] == ' ') && (!at[len] || at[len] == ' '))
			return true;
	return false;
}

static void table(void)
{
	u32 flags[256] = { 0 }, lens[256] = { 0 };
	unsigned int i, j;
	const char *e;

	for (i = 0; i < ARRAY_SIZE(opcodes); i++) {
		u8 op = opcodes[i].opcode;

		lens[op] = 12;
		for (e = opcodes[i].ext; *e; e++) {
			for (j = 0; exts[j].name != *e; j++)
				;
			flags[op] |= exts[j].flag;
			lens[op] += exts[j].len;
		}
		for (j = 0; j < ARRAY_SIZE(kinds); j++)
			if (has_word(opcodes[i].kind, kinds[j].word))
				flags[op] |= kinds[j].flag;
	}
	for (i = 0; i < 256; i++) {
		EXPECT_EQ(rxe_opcodes[i].flags, flags[i]);
		EXPECT_EQ(rxe_opcodes[i].hdr_len, lens[i]);
		EXPECT(lens[i] <= RXE_MAX_HDR);
	}
}

static struct rxe_hdrs h;

/* a packet of @opcode with @body bytes of payload and pad of which @pad is pad */
static int read_it(u8 opcode, u8 pad, unsigned int body)
{
	u8 bth[RXE_MAX_HDR + 16] = { opcode, pad << 4 };

	return rxe_hdrs_read(bth, sizeof(bth),
			     rxe_opcodes[opcode].hdr_len + body + 4, &h);
}

static void only_known_opcodes(void)
{
	unsigned int i;

	for (i = 0; i < 256; i++) {
		unsigned int body = i == RXE_ATOMIC_WRITE ? 8 : 0;

		EXPECT_EQ(read_it(i, 0, body),
			  rxe_opcodes[i].flags ? 0 : -EINVAL);
		if (!rxe_opcodes[i].flags)
			continue;
		EXPECT(h.op == &rxe_opcodes[i]);
		EXPECT_EQ(h.opcode, i);
		EXPECT_EQ(h.payload, body);
	}
}

/* every byte that is missing is noticed, and none behind @avail is read */
static void too_short(void)
{
	unsigned int i, len, avail;

	for (i = 0; i < 256; i++) {
		unsigned int hdr = rxe_opcodes[i].hdr_len;
		unsigned int body = i == RXE_ATOMIC_WRITE ? 8 : 0;

		if (!hdr)
			hdr = 12;
		for (avail = 0; avail <= hdr; avail++) {
			u8 *bth = calloc(1, avail ?: 1);

			if (avail)
				bth[0] = i;
			for (len = 0; len < hdr + body + 4; len++)
				EXPECT_EQ(rxe_hdrs_read(bth, avail, len, &h), -EINVAL);
			EXPECT_EQ(rxe_hdrs_read(bth, avail, len, &h),
				  avail == hdr && rxe_opcodes[i].flags ? 0 : -EINVAL);
			free(bth);
		}
	}
}

static void versions(void)
{
	u8 bth[40] = { RXE_SEND_ONLY };
	unsigned int i;

	for (i = 0; i < 16; i++) {
		bth[1] = 0xc0 | i;
		EXPECT_EQ(rxe_hdrs_read(bth, 40, 16, &h), i ? -EINVAL : 0);
	}
}

static void payloads_and_pads(void)
{
	unsigned int pad, body;

	for (pad = 0; pad < 4; pad++) {
		for (body = 0; body < 40; body++) {
			bool fits = body % 4 == 0 && pad <= body;

			EXPECT_EQ(read_it(RXE_SEND_ONLY, pad, body), fits ? 0 : -EINVAL);
			if (fits) {
				EXPECT_EQ(h.payload, body - pad);
				EXPECT_EQ(h.pad, pad);
			}
			EXPECT_EQ(read_it(RXE_WRITE_LAST_IMM, pad, body), fits ? 0 : -EINVAL);
			EXPECT_EQ(read_it(RXE_READ_RESP_LAST, pad, body), fits ? 0 : -EINVAL);
			EXPECT_EQ(read_it(RXE_T_UD + RXE_SEND_ONLY, pad, body),
				  fits ? 0 : -EINVAL);
			fits = body % 4 == 0 && !pad;
			EXPECT_EQ(read_it(RXE_SEND_FIRST, pad, body), fits ? 0 : -EINVAL);
			EXPECT_EQ(read_it(RXE_WRITE_MIDDLE, pad, body), fits ? 0 : -EINVAL);
			EXPECT_EQ(read_it(RXE_READ_RESP_MIDDLE, pad, body), fits ? 0 : -EINVAL);
			EXPECT_EQ(read_it(RXE_T_UC + RXE_WRITE_FIRST, pad, body),
				  fits ? 0 : -EINVAL);
			fits = !pad && !body;
			EXPECT_EQ(read_it(RXE_READ_REQ, pad, body), fits ? 0 : -EINVAL);
			EXPECT_EQ(read_it(RXE_ACK, pad, body), fits ? 0 : -EINVAL);
			EXPECT_EQ(read_it(RXE_ATOMIC_ACK, pad, body), fits ? 0 : -EINVAL);
			EXPECT_EQ(read_it(RXE_CMP_SWAP, pad, body), fits ? 0 : -EINVAL);
			EXPECT_EQ(read_it(RXE_FETCH_ADD, pad, body), fits ? 0 : -EINVAL);
			EXPECT_EQ(read_it(RXE_FLUSH, pad, body), fits ? 0 : -EINVAL);
			EXPECT_EQ(read_it(RXE_OP_CNP, pad, body), fits ? 0 : -EINVAL);
			fits = !pad && body == 8;
			EXPECT_EQ(read_it(RXE_ATOMIC_WRITE, pad, body), fits ? 0 : -EINVAL);
		}
	}
}

/* what these are as bytes */
static const struct rxe_hdrs fields = {
	.solicited = true, .ack_req = true, .becn = true, .pkey = 0xffff,
	.qpn = 0x123456, .psn = 0xabcdef,
	.va = 0x1122334455667788, .rkey = 0x99aabbcc, .dma_len = 0x01020304,
	.syndrome = 0x61, .msn = 0x778899,
	.inv_rkey = 0xdeadbeef,
	.swap_add = 0x0102030405060708, .compare = 0x1112131415161718,
	.orig = 0x2122232425262728,
	.qkey = 0x80010000, .src_qp = 0x000001,
	.flush_type = 3, .flush_level = 1,
};

static const u8 bth_bytes[12] = {
	0x00, 0xc0, 0xff, 0xff, 0x40, 0x12, 0x34, 0x56, 0x80, 0xab, 0xcd, 0xef
};

/* behind the BTH */
static const struct {
	u8 opcode;
	unsigned int len;
	u8 bytes[28];
} extensions[] = {
	{ RXE_SEND_FIRST, 0, { 0 } },
	{ RXE_WRITE_FIRST, 16, {
		0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88,
		0x99, 0xaa, 0xbb, 0xcc, 1, 2, 3, 4 } },
	{ RXE_WRITE_ONLY_IMM, 20, {
		0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88,
		0x99, 0xaa, 0xbb, 0xcc, 1, 2, 3, 4, 5, 6, 7, 8 } },
	{ RXE_ACK, 4, { 0x61, 0x77, 0x88, 0x99 } },
	{ RXE_ATOMIC_ACK, 12, {
		0x61, 0x77, 0x88, 0x99,
		0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28 } },
	{ RXE_CMP_SWAP, 28, {
		0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88,
		0x99, 0xaa, 0xbb, 0xcc, 1, 2, 3, 4, 5, 6, 7, 8,
		0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18 } },
	{ RXE_SEND_LAST_INV, 4, { 0xde, 0xad, 0xbe, 0xef } },
	{ RXE_FLUSH, 20, {
		0, 0, 0, 0x13,
		0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88,
		0x99, 0xaa, 0xbb, 0xcc, 1, 2, 3, 4 } },
	{ RXE_T_UD + RXE_SEND_ONLY_IMM, 12, {
		0x80, 0x01, 0, 0, 0, 0, 0, 1, 5, 6, 7, 8 } },
};

static void bytes(void)
{
	static const u8 imm[4] = { 5, 6, 7, 8 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(extensions); i++) {
		struct rxe_hdrs in = fields;
		u8 bth[RXE_MAX_HDR + 1];

		memset(bth, 0xee, sizeof(bth));
		in.opcode = extensions[i].opcode;
		memcpy(&in.imm, imm, 4);
		EXPECT_EQ(rxe_hdrs_write(bth, &in), 12 + extensions[i].len);
		EXPECT_EQ(bth[0], extensions[i].opcode);
		EXPECT(!memcmp(bth + 1, bth_bytes + 1, 11));
		EXPECT(!memcmp(bth + 12, extensions[i].bytes, extensions[i].len));
		EXPECT_EQ(bth[12 + extensions[i].len], 0xee);
	}
}

/* what is written is what is read, for each opcode and many values */
static void round_trips(void)
{
	unsigned int i, round;
	u64 seed = 1;

	for (i = 0; i < 256; i++) {
		u32 has = rxe_opcodes[i].flags;

		for (round = 0; has && round < 64; round++) {
			u8 bth[RXE_MAX_HDR + 24];
			struct rxe_hdrs in = { .opcode = i };
			unsigned int len, body = 0;
			u32 values[16];
			unsigned int v;

			for (v = 0; v < 16; v++) {
				seed = seed * 6364136223846793005 + 1442695040888963407;
				values[v] = round == 0 ? ~0u : seed >> 32;
			}
			in.solicited = values[0] & 1;
			in.ack_req = values[0] & 2;
			in.becn = values[0] & 4;
			in.fecn = values[0] & 8;
			in.pkey = values[0] >> 16;
			in.qpn = values[1];
			in.psn = values[2];
			in.va = values[3] | (u64)values[4] << 32;
			in.rkey = values[5];
			in.dma_len = values[6];
			in.syndrome = values[7];
			in.msn = values[7] >> 8;
			memcpy(&in.imm, &values[8], 4);
			in.inv_rkey = values[9];
			in.swap_add = values[10] | (u64)values[11] << 32;
			in.compare = values[12] | (u64)values[13] << 32;
			in.orig = values[14] | (u64)values[3] << 32;
			in.qkey = values[15];
			in.src_qp = values[1] >> 4;
			in.flush_type = values[0] >> 4;
			in.flush_level = values[0] >> 8;
			if (i == RXE_ATOMIC_WRITE) {
				body = 8;
			} else if (has & RXE_HAS_PAYLOAD) {
				body = 4 * (values[0] >> 12 & 3);
				if (body && !(has & (RXE_IS_FIRST | RXE_IS_MIDDLE)))
					in.pad = values[0] >> 14 & 3;
			}
			len = rxe_hdrs_write(bth, &in);
			EXPECT_EQ(rxe_hdrs_read(bth, sizeof(bth), len + body + 4, &h), 0);
			EXPECT_EQ(h.solicited, in.solicited);
			EXPECT_EQ(h.ack_req, in.ack_req);
			EXPECT_EQ(h.becn, in.becn);
			EXPECT_EQ(h.fecn, in.fecn);
			EXPECT_EQ(h.pkey, in.pkey);
			EXPECT_EQ(h.qpn, in.qpn & 0xffffff);
			EXPECT_EQ(h.psn, in.psn & 0xffffff);
			EXPECT_EQ(h.pad, in.pad);
			EXPECT_EQ(h.payload, body - in.pad);
			EXPECT_EQ(h.va, has & (RXE_HAS_RETH | RXE_HAS_ATOMIC) ? in.va : 0);
			EXPECT_EQ(h.rkey, has & (RXE_HAS_RETH | RXE_HAS_ATOMIC) ? in.rkey : 0);
			EXPECT_EQ(h.dma_len, has & RXE_HAS_RETH ? in.dma_len : 0);
			EXPECT_EQ(h.syndrome, has & RXE_HAS_AETH ? in.syndrome : 0);
			EXPECT_EQ(h.msn, has & RXE_HAS_AETH ? in.msn : 0);
			EXPECT_EQ(h.imm, has & RXE_HAS_IMM ? in.imm : 0);
			EXPECT_EQ(h.inv_rkey, has & RXE_HAS_IETH ? in.inv_rkey : 0);
			EXPECT_EQ(h.swap_add, has & RXE_HAS_ATOMIC ? in.swap_add : 0);
			EXPECT_EQ(h.compare, has & RXE_HAS_ATOMIC ? in.compare : 0);
			EXPECT_EQ(h.orig, has & RXE_HAS_ATOMIC_ACK ? in.orig : 0);
			EXPECT_EQ(h.qkey, has & RXE_HAS_DETH ? in.qkey : 0);
			EXPECT_EQ(h.src_qp, has & RXE_HAS_DETH ? in.src_qp & 0xffffff : 0);
			EXPECT_EQ(h.flush_type, has & RXE_HAS_FETH ? in.flush_type & 15 : 0);
			EXPECT_EQ(h.flush_level, has & RXE_HAS_FETH ? in.flush_level & 3 : 0);
		}
	}
}

/* no path has migrated to where a CNP comes from */
static void cnp(void)
{
	static const u8 expected[28] = {
		0x81, 0x00, 0xff, 0xff, 0x40, 0x00, 0x01, 0x18
	};
	struct rxe_hdrs in = {
		.opcode = RXE_OP_CNP, .becn = true, .pkey = 0xffff, .qpn = 0x118,
	};
	u8 bth[RXE_MAX_HDR];

	memset(bth, 0xee, sizeof(bth));
	EXPECT_EQ(rxe_hdrs_write(bth, &in), 28);
	EXPECT(!memcmp(bth, expected, 28));
}

static void rnr_delays(void)
{
	static const unsigned int usecs[32] = {
		655360, 10, 20, 30, 40, 60, 80, 120, 160, 240, 320, 480, 640,
		960, 1280, 1920, 2560, 3840, 5120, 7680, 10240, 15360, 20480,
		30720, 40960, 61440, 81920, 122880, 163840, 245760, 327680,
		491520,
	};
	unsigned int i;

	for (i = 0; i < 256; i++)
		EXPECT_EQ(rxe_rnr_usecs(i), usecs[i & 31]);
}

int main(void)
{
	table();
	only_known_opcodes();
	too_short();
	versions();
	payloads_and_pads();
	bytes();
	round_trips();
	cnp();
	rnr_delays();
	return TEST_END();
}
