// SPDX-License-Identifier: GPL-2.0
/* Requests of RTRS with wrong headers, lengths, chunks and keys. */
#include <err.h>
#include <string.h>

#include "cases.h"

static enum reaction r_chunk_id(struct peer *p)
{
	p->answered = false;
	post(p, 1, IBV_WR_RDMA_WRITE_WITH_IMM, NULL, 0, 0, 0,
	     req_imm(p, p->qd, 32));
	return react(p, REACT_MS);
}

/* @hdr at @off, nothing before it */
static enum reaction header(struct peer *p, const uint8_t *hdr, uint32_t len,
			    uint32_t off)
{
	request(p, 1, 2, off, hdr, len, off);
	return react(p, REACT_MS);
}

static enum reaction r_off_outside(struct peer *p)
{
	uint32_t off = p->max_io + p->max_hdr;

	p->answered = false;
	post(p, 1, IBV_WR_RDMA_WRITE_WITH_IMM, NULL, 0, 0, 0, req_imm(p, 2, off));
	return react(p, REACT_MS);
}

static enum reaction r_hdr_cut(struct peer *p)
{
	uint8_t h[2] = { 3 };

	return header(p, h, 2, p->max_io + p->max_hdr - 2);
}

static enum reaction r_desc_cut(struct peer *p)
{
	uint8_t h[32];

	read_hdr(p, h, 32, 0, 1, 4096);
	return header(p, h, 8, p->max_io + p->max_hdr - 8);
}

static enum reaction r_hdr_type(struct peer *p)
{
	uint8_t h[4] = { 7 };

	return header(p, h, 4, 4128);
}

static enum reaction r_usr_before_chunk(struct peer *p)
{
	uint8_t h[4];

	write_hdr(h, 64);
	return header(p, h, 4, 32);
}

static enum reaction r_usr_long(struct peer *p)
{
	uint8_t h[4];

	write_hdr(h, 65535);
	return header(p, h, 4, p->max_io);
}

static enum reaction r_data_long(struct peer *p)
{
	uint8_t h[4];

	write_hdr(h, 32);
	return header(p, h, 4, p->max_io + 512 + 32);
}

static enum reaction read_like(struct peer *p, uint16_t flags, uint16_t sg_cnt,
			       uint32_t data_len, uint32_t desc_len)
{
	uint8_t bytes[64] = { 0 };

	read_hdr(p, bytes + 32, 32, flags, sg_cnt, desc_len);
	put16(bytes, 4);
	put32(bytes + 4, p->device);
	put32(bytes + 16, 0x100);
	put32(bytes + 20, data_len);
	request(p, 1, 2, data_len, bytes, 56, data_len + 32);
	return react(p, REACT_MS);
}

static enum reaction r_flags(struct peer *p)
{
	return read_like(p, 0x8000, 1, 4096, 4096);
}

static enum reaction r_two_descs(struct peer *p)
{
	return read_like(p, 0, 2, 4096, 4096);
}

static enum reaction r_many_descs(struct peer *p)
{
	return read_like(p, 0, 65535, 4096, 4096);
}

static enum reaction r_desc_long(struct peer *p)
{
	enum reaction r;

	memset(data_of(p), 0xaa, 131072);
	r = read_like(p, 0, 1, 512, 131072);
	if (data_of(p)[512] != 0xaa)
		errx(2, "the server sent more than was asked for");
	return r;
}

static enum reaction r_desc_short(struct peer *p)
{
	return read_like(p, 0, 1, 4096, 512);
}

static enum reaction r_desc_empty(struct peer *p)
{
	return read_like(p, 0, 1, 0, 0);
}

static enum reaction r_no_desc(struct peer *p)
{
	return read_like(p, 0, 0, 4096, 0);
}

/* Where the answer's data goes is not ours. */
static enum reaction read_to(struct peer *p, uint64_t addr, uint32_t rkey)
{
	uint8_t bytes[64] = { 0 };

	read_hdr(p, bytes + 32, 32, 1, 1, 4096);
	put64(bytes + 40, addr);
	put32(bytes + 48, rkey);
	put16(bytes, 4);
	put32(bytes + 4, p->device);
	put32(bytes + 16, 0x100);
	put32(bytes + 20, 4096);
	request(p, 1, 2, 4096, bytes, 56, 4128);
	return react(p, REACT_MS);
}

static enum reaction r_to_wild_key(struct peer *p)
{
	return read_to(p, (uintptr_t)data_of(p), 0x12345678);
}

static enum reaction r_to_wild_address(struct peer *p)
{
	return read_to(p, 0xffff888000000000, p->mr->rkey);
}

static enum reaction odd_imm(struct peer *p, int cid, uint32_t imm)
{
	p->answered = false;
	post(p, cid, IBV_WR_RDMA_WRITE_WITH_IMM, NULL, 0, 0, 0, imm);
	return react(p, QUIET_MS);
}

static enum reaction r_imm_type(struct peer *p)
{
	return odd_imm(p, 1, 5u << 28);
}

static enum reaction r_imm_answer(struct peer *p)
{
	return odd_imm(p, 1, (uint32_t)IO_RSP << 28);
}

static enum reaction r_imm_answer_inv(struct peer *p)
{
	return odd_imm(p, 0, (uint32_t)IO_RSP_INV << 28 | 0xfffffff);
}

static enum reaction r_imm_fenced(struct peer *p)
{
	return odd_imm(p, 0, (uint32_t)FENCE_RSP << 28);
}

static enum reaction r_imm_last(struct peer *p)
{
	return odd_imm(p, 1, 0xffffffff);
}

/* Heartbeats answer themselves: good. */
static enum reaction r_ack_unasked(struct peer *p)
{
	return odd_imm(p, 0, (uint32_t)HB_ACK << 28 | 0xfffffff);
}

static enum reaction r_probes(struct peer *p)
{
	unsigned int i;

	for (i = 0; i < 40; i++)
		post(p, 0, IBV_WR_RDMA_WRITE_WITH_IMM, NULL, 0, 0, 0,
		     (uint32_t)HB_MSG << 28);
	return odd_imm(p, 0, (uint32_t)HB_MSG << 28);
}

static enum reaction r_heartbeat_elsewhere(struct peer *p)
{
	p->answered = false;
	post(p, 1, IBV_WR_RDMA_WRITE_WITH_IMM, NULL, 0, 0, 0,
	     (uint32_t)HB_MSG << 28);
	return react(p, QUIET_MS);
}

static enum reaction r_wrong_key(struct peer *p)
{
	p->rkey[2] ^= 0x100;
	return read_like(p, 0, 1, 4096, 4096);
}

static enum reaction r_beyond_chunks(struct peer *p)
{
	uint8_t bytes[512] = { 0 };

	request(p, 1, p->qd - 1, p->max_io + p->max_hdr - 16, bytes, 512, 32);
	return react(p, REACT_MS);
}

static enum reaction r_send_on_io(struct peer *p)
{
	uint8_t *tx = next_tx(p);

	p->answered = false;
	post(p, 1, IBV_WR_SEND, tx, 0, 0, 0, 0);
	return react(p, REACT_MS);
}

/* The same chunk again, before its request was answered: DEVICE is slow. */
static enum reaction r_chunk_twice(struct peer *p)
{
	uint8_t bytes[36] = { 0 };

	put16(bytes, 4);
	put32(bytes + 4, p->device);
	put32(bytes + 16, 0x101);
	put32(bytes + 20, 4096);
	write_hdr(bytes + 32, 32);
	request(p, 1, 2, 4096, bytes, 36, 4128);
	if (p->new_rkey) {
		/* its key died with the first, so only the immediate travels */
		post(p, 1, IBV_WR_RDMA_WRITE_WITH_IMM, NULL, 0, 0, 0,
		     req_imm(p, 2, 4128));
	} else {
		request(p, 1, 2, 4096, bytes, 36, 4128);
	}
	return react(p, REACT_MS);
}

const struct peer_case request_cases[] = {
	{ "chunk-id", DEVICE, r_chunk_id },
	{ "offset-outside", DEVICE, r_off_outside },
	{ "header-cut", DEVICE, r_hdr_cut },
	{ "descriptor-cut", DEVICE, r_desc_cut },
	{ "header-type", DEVICE, r_hdr_type },
	{ "message-before-chunk", DEVICE, r_usr_before_chunk },
	{ "message-long", DEVICE, r_usr_long },
	{ "data-long", DEVICE, r_data_long },
	{ "read-flags", DEVICE, r_flags },
	{ "two-descriptors", DEVICE, r_two_descs },
	{ "many-descriptors", DEVICE, r_many_descs },
	{ "descriptor-long", DEVICE, r_desc_long },
	{ "descriptor-short", DEVICE, r_desc_short },
	{ "descriptor-empty", DEVICE, r_desc_empty },
	{ "descriptor-missing", DEVICE, r_no_desc },
	{ "immediate-type", DEVICE, r_imm_type },
	{ "immediate-answer", DEVICE, r_imm_answer },
	{ "immediate-answer-inv", DEVICE, r_imm_answer_inv },
	{ "immediate-fenced", DEVICE, r_imm_fenced },
	{ "immediate-last", DEVICE, r_imm_last },
	{ "ack-unasked", DEVICE, r_ack_unasked },
	{ "many-probes", DEVICE, r_probes },
	{ "answer-to-wild-key", DEVICE, r_to_wild_key },
	{ "answer-to-wild-address", DEVICE, r_to_wild_address },
	{ "heartbeat-elsewhere", DEVICE, r_heartbeat_elsewhere },
	{ "wrong-key", DEVICE, r_wrong_key },
	{ "beyond-chunks", DEVICE, r_beyond_chunks },
	{ "send-on-io", DEVICE, r_send_on_io },
	{ "chunk-twice", DEVICE, r_chunk_twice },
	{ NULL }
};
