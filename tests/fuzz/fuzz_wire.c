// SPDX-License-Identifier: GPL-2.0
/* Any bytes as a RoCE packet: what is let through is consistent. */
#include "fuzz.h"
#include "wire.h"

/* what was understood says, written and read once more, the same */
static void again(const struct rxe_hdrs *h)
{
	u8 bth[RXE_MAX_HDR];
	struct rxe_hdrs h2;
	unsigned int len = rxe_hdrs_write(bth, h);

	MUST(len == h->op->hdr_len);
	MUST(!rxe_hdrs_read(bth, len, len + h->payload + h->pad + RXE_ICRC_LEN, &h2));
	MUST(!memcmp(h, &h2, sizeof(h2)));
}

/* most of the 256 are no opcodes, and most lengths are none of the rest */
static u8 known_opcode(u8 n)
{
	u8 op = n;

	while (!rxe_opcodes[op].flags)
		op++;
	return op;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = { data, size };
	u8 help = fuzz_u8(&f);
	unsigned int more = fuzz_u16(&f) % 5000, avail = f.left;
	struct rxe_hdrs h;
	u8 *bth = fuzz_copy(&f, avail);

	if (help & 1 && avail > 2) {
		bth[0] = known_opcode(bth[0]);
		bth[1] &= help & 2 ? 0xf0 : 0xc0;
		if (avail >= rxe_opcodes[bth[0]].hdr_len)
			more = rxe_opcodes[bth[0]].hdr_len + RXE_ICRC_LEN +
			       4 * (help >> 3 & 3);
		more = more > avail ? more - avail : 0;
	}
	if (avail)
		MUST(rxe_rnr_usecs(bth[0]) >= 10);
	/* less of it was received than it says, or as much, or only some pulled */
	rxe_hdrs_read(bth, avail, avail / 2, &h);
	if (!rxe_hdrs_read(bth, avail, avail + more, &h)) {
		MUST(h.op->flags && h.op == &rxe_opcodes[bth[0]]);
		MUST(h.op->hdr_len <= avail);
		MUST(h.op->hdr_len + h.payload + h.pad + RXE_ICRC_LEN == avail + more);
		MUST(h.pad < 4 && (h.payload + h.pad) % 4 == 0);
		MUST(!h.payload || h.op->flags & RXE_HAS_PAYLOAD);
		MUST(h.qpn <= 0xffffff && h.psn <= 0xffffff && h.msn <= 0xffffff);
		again(&h);
	}
	free(bth);
	return 0;
}
