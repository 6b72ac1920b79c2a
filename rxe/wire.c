// SPDX-License-Identifier: GPL-2.0
/*
 * Headers between bytes and host order. Pure, stands in the unit tests: what
 * rxe_hdrs_read() lets through has a known opcode and consistent lengths; what
 * depends on a queue pair is not known here. doc/rxe-wire.md section 2.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/unaligned.h>

#include "psn.h"
#include "wire.h"

#define BTH		RXE_BTH_LEN
/* bytes of the extension headers */
#define RETH		16
#define AETH		4
#define IMMDT		4
#define IETH		4
#define ATOMIC_ETH	28
#define ATOMIC_ACK_ETH	8
#define DETH		8
#define FETH		4
#define CNP		16

/* second byte of the BTH */
#define BTH_SOLICITED	0x80
#define BTH_MIGRATED	0x40
#define BTH_PAD_SHIFT	4
#define BTH_VERSION	0x0f
/* fifth */
#define BTH_FECN	0x80
#define BTH_BECN	0x40
/* ninth */
#define BTH_ACK_REQ	0x80

#define FETH_TYPE	0x0f
#define FETH_LEVEL_SHIFT 4
#define FETH_LEVEL	0x03

#define SENDS	(RXE_IS_REQUEST | RXE_IS_SEND | RXE_HAS_PAYLOAD)
#define WRITES	(RXE_IS_REQUEST | RXE_IS_WRITE | RXE_HAS_PAYLOAD)
#define ANSWERS	(RXE_IS_RESPONSE | RXE_IS_READ_RESP | RXE_HAS_PAYLOAD)
#define ATOMICS	(RXE_IS_REQUEST | RXE_IS_ONLY | RXE_IS_ATOMIC | RXE_HAS_ATOMIC)
#define TAKES_IMM (RXE_TAKES_RECV | RXE_HAS_IMM)
#define TAKES_INV (RXE_TAKES_RECV | RXE_HAS_IETH)

/* the opcodes that exist; the rest of the table is zero */
const struct rxe_opcode rxe_opcodes[256] = {
	[RXE_SEND_FIRST] = { SENDS | RXE_IS_FIRST, BTH },
	[RXE_SEND_MIDDLE] = { SENDS | RXE_IS_MIDDLE, BTH },
	[RXE_SEND_LAST] = { SENDS | RXE_IS_LAST | RXE_TAKES_RECV, BTH },
	[RXE_SEND_LAST_IMM] = { SENDS | RXE_IS_LAST | TAKES_IMM, BTH + IMMDT },
	[RXE_SEND_ONLY] = { SENDS | RXE_IS_ONLY | RXE_TAKES_RECV, BTH },
	[RXE_SEND_ONLY_IMM] = { SENDS | RXE_IS_ONLY | TAKES_IMM, BTH + IMMDT },
	[RXE_WRITE_FIRST] = { WRITES | RXE_IS_FIRST | RXE_HAS_RETH, BTH + RETH },
	[RXE_WRITE_MIDDLE] = { WRITES | RXE_IS_MIDDLE, BTH },
	[RXE_WRITE_LAST] = { WRITES | RXE_IS_LAST, BTH },
	[RXE_WRITE_LAST_IMM] = { WRITES | RXE_IS_LAST | TAKES_IMM, BTH + IMMDT },
	[RXE_WRITE_ONLY] = { WRITES | RXE_IS_ONLY | RXE_HAS_RETH, BTH + RETH },
	[RXE_WRITE_ONLY_IMM] = { WRITES | RXE_IS_ONLY | RXE_HAS_RETH | TAKES_IMM,
		BTH + RETH + IMMDT },
	[RXE_READ_REQ] = { RXE_IS_REQUEST | RXE_IS_ONLY | RXE_IS_READ |
		RXE_HAS_RETH, BTH + RETH },
	[RXE_READ_RESP_FIRST] = { ANSWERS | RXE_IS_FIRST | RXE_HAS_AETH, BTH + AETH },
	[RXE_READ_RESP_MIDDLE] = { ANSWERS | RXE_IS_MIDDLE, BTH },
	[RXE_READ_RESP_LAST] = { ANSWERS | RXE_IS_LAST | RXE_HAS_AETH, BTH + AETH },
	[RXE_READ_RESP_ONLY] = { ANSWERS | RXE_IS_ONLY | RXE_HAS_AETH, BTH + AETH },
	[RXE_ACK] = { RXE_IS_RESPONSE | RXE_HAS_AETH, BTH + AETH },
	[RXE_ATOMIC_ACK] = { RXE_IS_RESPONSE | RXE_HAS_AETH | RXE_HAS_ATOMIC_ACK,
		BTH + AETH + ATOMIC_ACK_ETH },
	[RXE_CMP_SWAP] = { ATOMICS, BTH + ATOMIC_ETH },
	[RXE_FETCH_ADD] = { ATOMICS, BTH + ATOMIC_ETH },
	[RXE_SEND_LAST_INV] = { SENDS | RXE_IS_LAST | TAKES_INV, BTH + IETH },
	[RXE_SEND_ONLY_INV] = { SENDS | RXE_IS_ONLY | TAKES_INV, BTH + IETH },
	[RXE_FLUSH] = { RXE_IS_REQUEST | RXE_IS_ONLY | RXE_HAS_FETH | RXE_HAS_RETH,
		BTH + FETH + RETH },
	[RXE_ATOMIC_WRITE] = { RXE_IS_REQUEST | RXE_IS_ONLY | RXE_HAS_RETH |
		RXE_HAS_PAYLOAD, BTH + RETH },

	[RXE_T_UC + RXE_SEND_FIRST] = { SENDS | RXE_IS_FIRST, BTH },
	[RXE_T_UC + RXE_SEND_MIDDLE] = { SENDS | RXE_IS_MIDDLE, BTH },
	[RXE_T_UC + RXE_SEND_LAST] = { SENDS | RXE_IS_LAST | RXE_TAKES_RECV, BTH },
	[RXE_T_UC + RXE_SEND_LAST_IMM] = { SENDS | RXE_IS_LAST | TAKES_IMM, BTH + IMMDT },
	[RXE_T_UC + RXE_SEND_ONLY] = { SENDS | RXE_IS_ONLY | RXE_TAKES_RECV, BTH },
	[RXE_T_UC + RXE_SEND_ONLY_IMM] = { SENDS | RXE_IS_ONLY | TAKES_IMM, BTH + IMMDT },
	[RXE_T_UC + RXE_WRITE_FIRST] = { WRITES | RXE_IS_FIRST | RXE_HAS_RETH, BTH + RETH },
	[RXE_T_UC + RXE_WRITE_MIDDLE] = { WRITES | RXE_IS_MIDDLE, BTH },
	[RXE_T_UC + RXE_WRITE_LAST] = { WRITES | RXE_IS_LAST, BTH },
	[RXE_T_UC + RXE_WRITE_LAST_IMM] = { WRITES | RXE_IS_LAST | TAKES_IMM, BTH + IMMDT },
	[RXE_T_UC + RXE_WRITE_ONLY] = { WRITES | RXE_IS_ONLY | RXE_HAS_RETH, BTH + RETH },
	[RXE_T_UC + RXE_WRITE_ONLY_IMM] = { WRITES | RXE_IS_ONLY | RXE_HAS_RETH | TAKES_IMM,
		BTH + RETH + IMMDT },

	[RXE_T_UD + RXE_SEND_ONLY] = { SENDS | RXE_IS_ONLY | RXE_TAKES_RECV |
		RXE_HAS_DETH, BTH + DETH },
	[RXE_T_UD + RXE_SEND_ONLY_IMM] = { SENDS | RXE_IS_ONLY | TAKES_IMM |
		RXE_HAS_DETH, BTH + DETH + IMMDT },

	[RXE_OP_CNP] = { RXE_IS_CNP, BTH + CNP },
};

/* takes 24 bits behind one byte which means something else */
static u32 low24(const u8 *p)
{
	return get_unaligned_be32(p) & RXE_PSN_MASK;
}

static void put_8_24(u8 *p, u8 first, u32 rest)
{
	put_unaligned_be32((u32)first << 24 | (rest & RXE_PSN_MASK), p);
}

static void read_bth(const u8 *bth, struct rxe_hdrs *h)
{
	h->solicited = bth[1] & BTH_SOLICITED;
	h->pkey = get_unaligned_be16(bth + 2);
	h->fecn = bth[4] & BTH_FECN;
	h->becn = bth[4] & BTH_BECN;
	h->qpn = low24(bth + 4);
	h->ack_req = bth[8] & BTH_ACK_REQ;
	h->psn = low24(bth + 8);
}

/* in the order in which they stand behind the BTH; any one may be missing */
static void read_extensions(const u8 *p, u32 flags, struct rxe_hdrs *h)
{
	if (flags & RXE_HAS_DETH) {
		h->qkey = get_unaligned_be32(p);
		h->src_qp = low24(p + 4);
		p += DETH;
	}
	if (flags & RXE_HAS_FETH) {
		u32 feth = get_unaligned_be32(p);

		h->flush_type = feth & FETH_TYPE;
		h->flush_level = feth >> FETH_LEVEL_SHIFT & FETH_LEVEL;
		p += FETH;
	}
	if (flags & RXE_HAS_RETH) {
		h->va = get_unaligned_be64(p);
		h->rkey = get_unaligned_be32(p + 8);
		h->dma_len = get_unaligned_be32(p + 12);
		p += RETH;
	}
	if (flags & RXE_HAS_ATOMIC) {
		h->va = get_unaligned_be64(p);
		h->rkey = get_unaligned_be32(p + 8);
		h->swap_add = get_unaligned_be64(p + 12);
		h->compare = get_unaligned_be64(p + 20);
		p += ATOMIC_ETH;
	}
	if (flags & RXE_HAS_AETH) {
		h->syndrome = p[0];
		h->msn = low24(p);
		p += AETH;
	}
	if (flags & RXE_HAS_ATOMIC_ACK)
		h->orig = get_unaligned_be64(p);
	if (flags & RXE_HAS_IETH)
		h->inv_rkey = get_unaligned_be32(p);
	if (flags & RXE_HAS_IMM)
		memcpy(&h->imm, p, IMMDT);
}

/* @body: bytes of payload and pad; what holds for every queue pair */
static bool body_fits(const struct rxe_opcode *op, u8 opcode, u32 body, u8 pad)
{
	if (!(op->flags & RXE_HAS_PAYLOAD))
		return !body && !pad;
	if (body % 4 || pad > body)
		return false;
	if (op->flags & (RXE_IS_FIRST | RXE_IS_MIDDLE))
		return !pad;
	if (opcode == RXE_ATOMIC_WRITE)
		return body == sizeof(u64) && !pad;
	return true;
}

/**
 * rxe_hdrs_read() - headers of a packet
 * @bth: the first byte behind the UDP header
 * @avail: bytes which may be read at @bth
 * @len: bytes of the UDP payload, from BTH to ICRC; may be more than @avail
 * @h: filled; all members which the packet does not have are 0
 *
 * The payload begins @h->op->hdr_len bytes behind @bth. Pure, any context.
 *
 * Return: 0, or -EINVAL for a packet which is to be dropped: too short, opcode
 * or version unknown, a payload or pad which its opcode cannot have; then @h
 * is undefined.
 */
int rxe_hdrs_read(const u8 *bth, unsigned int avail, unsigned int len,
		  struct rxe_hdrs *h)
{
	const struct rxe_opcode *op;
	u32 body;
	u8 pad;

	avail = min(avail, len);
	if (avail < RXE_BTH_LEN)
		return -EINVAL;
	op = &rxe_opcodes[bth[0]];
	if (!op->flags || bth[1] & BTH_VERSION)
		return -EINVAL;
	if (avail < op->hdr_len || len - op->hdr_len < RXE_ICRC_LEN)
		return -EINVAL;
	body = len - op->hdr_len - RXE_ICRC_LEN;
	pad = bth[1] >> BTH_PAD_SHIFT & 3;
	if (!body_fits(op, bth[0], body, pad))
		return -EINVAL;

	memset(h, 0, sizeof(*h));
	h->op = op;
	h->opcode = bth[0];
	h->pad = pad;
	h->payload = body - pad;
	read_bth(bth, h);
	read_extensions(bth + RXE_BTH_LEN, op->flags, h);
	return 0;
}

static void write_extensions(u8 *p, u32 flags, const struct rxe_hdrs *h)
{
	if (flags & RXE_IS_CNP)
		memset(p, 0, CNP);
	if (flags & RXE_HAS_DETH) {
		put_unaligned_be32(h->qkey, p);
		put_8_24(p + 4, 0, h->src_qp);
		p += DETH;
	}
	if (flags & RXE_HAS_FETH) {
		put_unaligned_be32((h->flush_type & FETH_TYPE) |
				   (h->flush_level & FETH_LEVEL) << FETH_LEVEL_SHIFT,
				   p);
		p += FETH;
	}
	if (flags & RXE_HAS_RETH) {
		put_unaligned_be64(h->va, p);
		put_unaligned_be32(h->rkey, p + 8);
		put_unaligned_be32(h->dma_len, p + 12);
		p += RETH;
	}
	if (flags & RXE_HAS_ATOMIC) {
		put_unaligned_be64(h->va, p);
		put_unaligned_be32(h->rkey, p + 8);
		put_unaligned_be64(h->swap_add, p + 12);
		put_unaligned_be64(h->compare, p + 20);
		p += ATOMIC_ETH;
	}
	if (flags & RXE_HAS_AETH) {
		put_8_24(p, h->syndrome, h->msn);
		p += AETH;
	}
	if (flags & RXE_HAS_ATOMIC_ACK)
		put_unaligned_be64(h->orig, p);
	if (flags & RXE_HAS_IETH)
		put_unaligned_be32(h->inv_rkey, p);
	if (flags & RXE_HAS_IMM)
		memcpy(p, &h->imm, IMMDT);
}

/**
 * rxe_hdrs_write() - headers of a packet as bytes
 * @bth: where they go; room for the headers of the opcode, RXE_MAX_HDR suffices
 * @h: what they say; @h->opcode must exist, @h->op and @h->payload are not read
 *
 * The pad is only announced; its bytes are the caller's. Pure, any context.
 *
 * Return: the number of bytes written.
 */
unsigned int rxe_hdrs_write(u8 *bth, const struct rxe_hdrs *h)
{
	const struct rxe_opcode *op = &rxe_opcodes[h->opcode];

	bth[0] = h->opcode;
	bth[1] = (h->solicited ? BTH_SOLICITED : 0) |
		 (h->pad & 3) << BTH_PAD_SHIFT;
	/* adapters which never migrate say that they did; a CNP has no path */
	if (!(op->flags & RXE_IS_CNP))
		bth[1] |= BTH_MIGRATED;
	put_unaligned_be16(h->pkey, bth + 2);
	put_8_24(bth + 4, (h->fecn ? BTH_FECN : 0) | (h->becn ? BTH_BECN : 0),
		 h->qpn);
	put_8_24(bth + 8, h->ack_req ? BTH_ACK_REQ : 0, h->psn);
	write_extensions(bth + RXE_BTH_LEN, op->flags, h);
	return op->hdr_len;
}

/* in units of 10 microseconds, doc/rxe-wire.md section 4 */
static const u16 rnr_delays[32] = {
	0, 1, 2, 3, 4, 6, 8, 12,
	16, 24, 32, 48, 64, 96, 128, 192,
	256, 384, 512, 768, 1024, 1536, 2048, 3072,
	4096, 6144, 8192, 12288, 16384, 24576, 32768, 49152,
};

/**
 * rxe_rnr_usecs() - how long to wait after an RNR NAK
 * @code: of a syndrome or of min_rnr_timer; only five bits count
 *
 * Return: microseconds, 10..655360.
 */
unsigned int rxe_rnr_usecs(u8 code)
{
	/* code 0 is the longest of all and would not fit */
	return 10 * (rnr_delays[code & 31] ?: 65536);
}
