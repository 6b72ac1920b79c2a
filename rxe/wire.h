/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a RoCEv2 packet says: opcodes, header fields in host order, and the two
 * pure functions between them and bytes. Layouts: doc/rxe-wire.md section 2.
 */
#ifndef RXE_WIRE_H
#define RXE_WIRE_H

#include <linux/types.h>

#define RXE_UDP_PORT		4791
#define RXE_BTH_LEN		12
#define RXE_ICRC_LEN		4
/* BTH and the longest chain of extension headers (AtomicETH) */
#define RXE_MAX_HDR		(RXE_BTH_LEN + 28)
/* UD receive buffers begin with room for one network header */
#define RXE_GRH_LEN		40
#define RXE_QPN_GSI		1
#define RXE_QPN_MCAST		0xffffff
#define RXE_PKEY		0xffff
#define RXE_GSI_QKEY		0x80010000u
#define RXE_MAX_MSG		0x80000000u

/* low five bits of an opcode */
enum rxe_verb {
	RXE_SEND_FIRST		= 0x00,
	RXE_SEND_MIDDLE		= 0x01,
	RXE_SEND_LAST		= 0x02,
	RXE_SEND_LAST_IMM	= 0x03,
	RXE_SEND_ONLY		= 0x04,
	RXE_SEND_ONLY_IMM	= 0x05,
	RXE_WRITE_FIRST		= 0x06,
	RXE_WRITE_MIDDLE	= 0x07,
	RXE_WRITE_LAST		= 0x08,
	RXE_WRITE_LAST_IMM	= 0x09,
	RXE_WRITE_ONLY		= 0x0a,
	RXE_WRITE_ONLY_IMM	= 0x0b,
	RXE_READ_REQ		= 0x0c,
	RXE_READ_RESP_FIRST	= 0x0d,
	RXE_READ_RESP_MIDDLE	= 0x0e,
	RXE_READ_RESP_LAST	= 0x0f,
	RXE_READ_RESP_ONLY	= 0x10,
	RXE_ACK			= 0x11,
	RXE_ATOMIC_ACK		= 0x12,
	RXE_CMP_SWAP		= 0x13,
	RXE_FETCH_ADD		= 0x14,
	RXE_SEND_LAST_INV	= 0x16,
	RXE_SEND_ONLY_INV	= 0x17,
	RXE_FLUSH		= 0x1c,
	RXE_ATOMIC_WRITE	= 0x1d,
};

/* transport, the upper three bits of an opcode */
#define RXE_T_RC		0x00
#define RXE_T_UC		0x20
#define RXE_T_UD		0x60
#define RXE_OP_CNP		0x81

/* what follows the BTH, and what kind of packet it is */
enum rxe_op_flags {
	RXE_HAS_RETH		= 1 << 0,
	RXE_HAS_AETH		= 1 << 1,
	RXE_HAS_IMM		= 1 << 2,
	RXE_HAS_IETH		= 1 << 3,
	RXE_HAS_ATOMIC		= 1 << 4,
	RXE_HAS_ATOMIC_ACK	= 1 << 5,
	RXE_HAS_DETH		= 1 << 6,
	RXE_HAS_FETH		= 1 << 7,
	RXE_IS_REQUEST		= 1 << 8,
	RXE_IS_RESPONSE		= 1 << 9,
	RXE_IS_FIRST		= 1 << 10,	/* a message begins here and goes on */
	RXE_IS_MIDDLE		= 1 << 11,
	RXE_IS_LAST		= 1 << 12,
	RXE_IS_ONLY		= 1 << 13,
	RXE_IS_SEND		= 1 << 14,
	RXE_IS_WRITE		= 1 << 15,
	RXE_IS_READ		= 1 << 16,	/* READ request */
	RXE_IS_READ_RESP	= 1 << 17,
	RXE_IS_ATOMIC		= 1 << 18,	/* CMP_SWAP, FETCH_ADD */
	RXE_TAKES_RECV		= 1 << 19,	/* completes a receive work request */
	RXE_HAS_PAYLOAD		= 1 << 20,
	RXE_IS_CNP		= 1 << 21,
};

/**
 * struct rxe_opcode - one row of the table of the 256 opcodes
 * @flags: enum rxe_op_flags; 0 says that the opcode does not exist
 * @hdr_len: bytes of BTH and extension headers
 */
struct rxe_opcode {
	u32	flags;
	u8	hdr_len;
};

extern const struct rxe_opcode rxe_opcodes[256];

/*
 * struct rxe_hdrs - BTH and extension headers of one packet in host order
 *
 * Only the members which @op->flags names have a meaning.
 */
struct rxe_hdrs {
	const struct rxe_opcode	*op;
	u8	opcode;
	u8	pad;
	bool	solicited;
	bool	ack_req;
	bool	becn;
	bool	fecn;
	u16	pkey;
	u32	qpn;
	u32	psn;
	u64	va;		/* RETH, AtomicETH */
	u32	rkey;		/* RETH, AtomicETH */
	u32	dma_len;	/* RETH */
	u8	syndrome;	/* AETH */
	u32	msn;		/* AETH */
	__be32	imm;		/* ImmDt, as the consumer gave it */
	u32	inv_rkey;	/* IETH */
	u64	swap_add;	/* AtomicETH */
	u64	compare;	/* AtomicETH */
	u64	orig;		/* AtomicAckETH */
	u32	qkey;		/* DETH */
	u32	src_qp;		/* DETH */
	u8	flush_type;	/* FETH: 1 global, 2 persistence */
	u8	flush_level;	/* FETH: 0 range, 1 whole MR */
	u32	payload;	/* bytes after the headers without pad */
};

int rxe_hdrs_read(const u8 *bth, unsigned int avail, unsigned int len,
		  struct rxe_hdrs *h);
unsigned int rxe_hdrs_write(u8 *bth, const struct rxe_hdrs *h);

/* AETH syndromes, doc/rxe-wire.md section 4 */
#define RXE_AETH_TYPE		0xe0
#define RXE_AETH_ACK		0x00
#define RXE_AETH_RNR		0x20
#define RXE_AETH_NAK		0x60
#define RXE_ACK_UNLIMITED	0x1f
#define RXE_NAK_PSN		0x60
#define RXE_NAK_INVALID		0x61
#define RXE_NAK_ACCESS		0x62
#define RXE_NAK_OP		0x63

unsigned int rxe_rnr_usecs(u8 code);

#endif
