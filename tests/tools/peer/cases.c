// SPDX-License-Identifier: GPL-2.0
/*
 * What a client must not do, one case after the other.
 *
 *   peer SOURCE SERVER PORT DEVICE CASE...
 *
 * For each CASE it makes a session of its own, opens DEVICE rw (cases whose
 * name begins with "ro-": ro), does the one wrong thing, and prints
 * "CASE: REACTION", where REACTION is "rejected ERRNO" (of the connection),
 * "closed", "answer ERRNO", "fenced ERRNO" or "nothing". After an answer or
 * nothing the path has to serve one more good request, else ", then dead" is
 * added.
 * The case "noise" sends good requests with a few bytes or bits changed, the
 * same ones each time, and reconnects whenever it was closed.
 *
 * Exit status: 0 all cases ran, 2 one could not run.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "peer.h"

const char *source_name, *server_name, *port_name, *device_name;

static const char * const reaction_names[] = {
	"nothing", "rejected", "closed", "answer", "fenced",
};

/* How far a case wants to be brought before it does its wrong thing. */
enum stage { ADDRESS, CONNECTED, DEVICE, DEVICE_RO, DEVICE_PLAIN };

/* ---- cases: connecting ---------------------------------------------------- */

static enum reaction connecting(struct peer *p)
{
	return connect_all(p) ? NOTHING : REJECTED;
}

static enum reaction c_magic(struct peer *p)
{
	p->hello.magic = 0x1bbe;
	return connecting(p);
}

static enum reaction c_version(struct peer *p)
{
	p->hello.version = 0x0100;
	return connecting(p);
}

static enum reaction c_no_cids(struct peer *p)
{
	p->hello.cid_num = 0;
	return connecting(p);
}

static enum reaction c_many_cids(struct peer *p)
{
	p->hello.cid_num = 4097;
	return connecting(p);
}

static enum reaction c_no_session(struct peer *p)
{
	p->hello.first_conn = 0;
	return connecting(p);
}

static enum reaction c_cid_num_changes(struct peer *p)
{
	if (!connect_con(p, 0))
		return REJECTED;
	p->hello.cid_num = 3;
	return connect_con(p, 1) ? NOTHING : REJECTED;
}

static void good_name(uint8_t *info)
{
	static unsigned int count;

	put16(info, 0);
	sprintf((char *)info + 2, "peer-%d-%u", getpid(), count++);
}

static enum reaction c_skips_first(struct peer *p)
{
	return connect_con(p, 1) ? NOTHING : REJECTED;
}

/* Another one, which has something in common with @p. */
static enum reaction second(struct peer *p, bool same_path, bool same_session)
{
	enum reaction r = NOTHING;
	struct peer q;

	if (!connect_con(p, 0))
		return REJECTED;
	start(&q);
	if (same_path)
		memcpy(q.path_uuid, p->path_uuid, sizeof(q.path_uuid));
	if (same_session)
		memcpy(q.sess_uuid, p->sess_uuid, sizeof(q.sess_uuid));
	if (!connect_con(&q, 0))
		r = REJECTED;
	p->err = q.err;
	end(&q);
	return r;
}

static enum reaction c_twice(struct peer *p)
{
	return second(p, true, true);
}

static enum reaction c_path_elsewhere(struct peer *p)
{
	return second(p, true, false);
}

static enum reaction c_same_addresses(struct peer *p)
{
	return second(p, false, true);
}

/* ---- cases: info request -------------------------------------------------- */

static enum reaction naming(struct peer *p, const void *name, size_t len)
{
	uint8_t info[272] = { 0 };

	memcpy(info + 2, name, len);
	return send_info(p, info, sizeof(info));
}

static enum reaction i_empty(struct peer *p)	{ return naming(p, "", 0); }
static enum reaction i_slash(struct peer *p)	{ return naming(p, "a/b", 3); }
static enum reaction i_dot(struct peer *p)	{ return naming(p, "..", 2); }
static enum reaction i_control(struct peer *p)	{ return naming(p, "a\033[2J", 5); }
static enum reaction i_ctl(struct peer *p)	{ return naming(p, "ctl", 3); }

static enum reaction i_endless(struct peer *p)
{
	uint8_t name[255];

	memset(name, 'x', sizeof(name));
	return naming(p, name, sizeof(name));
}

static enum reaction i_short(struct peer *p)
{
	uint8_t info[272] = { 0 };

	good_name(info);
	return send_info(p, info, 100);
}

static enum reaction i_type(struct peer *p)
{
	uint8_t info[272] = { 0 };

	good_name(info);
	put16(info, 1);
	return send_info(p, info, sizeof(info));
}

static enum reaction i_missing_con(struct peer *p)
{
	uint8_t info[272] = { 0 };

	p->hello.cid_num = 3;
	if (!connect_all(p))
		return REJECTED;
	good_name(info);
	return send_info(p, info, sizeof(info));
}

static enum reaction i_early_request(struct peer *p)
{
	post(p, 0, IBV_WR_RDMA_WRITE_WITH_IMM, NULL, 0, 0, 0, 0);
	return react(p, REACT_MS);
}

/* Nothing more is said. */
static enum reaction i_half_open(struct peer *p)
{
	return react(p, 60000);
}

/* ---- cases: RTRS requests ------------------------------------------------- */

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

static enum reaction r_imm_type(struct peer *p)
{
	p->answered = false;
	post(p, 1, IBV_WR_RDMA_WRITE_WITH_IMM, NULL, 0, 0, 0, 5u << 28);
	return react(p, QUIET_MS);
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

/* ---- cases: FENCE --------------------------------------------------------- */

static enum reaction fence(struct peer *p, const uint8_t *path, uint16_t type,
			   uint32_t len)
{
	uint8_t *tx = next_tx(p);

	memset(tx, 0, 32);
	put16(tx, type);
	put16(tx + 2, 7);
	put16(tx + 4, 1);
	memcpy(tx + 8, path, 16);
	p->answered = false;
	p->fenced = false;
	p->answered = false;
	post(p, 0, IBV_WR_SEND, tx, len, 0, 0, 0);
	return react(p, REACT_MS);
}

static enum reaction f_unknown(struct peer *p)
{
	return fence(p, p->sess_uuid, 5, 32);
}

static enum reaction f_itself(struct peer *p)
{
	return fence(p, p->path_uuid, 5, 32);
}

static enum reaction f_short(struct peer *p)
{
	return fence(p, p->sess_uuid, 5, 16);
}

static enum reaction f_type(struct peer *p)
{
	return fence(p, p->sess_uuid, 6, 32);
}

static enum reaction f_not_agreed(struct peer *p)
{
	return fence(p, p->sess_uuid, 5, 32);
}

/* ---- cases: RNBD ---------------------------------------------------------- */

static enum reaction message(struct peer *p, uint16_t type, uint32_t len)
{
	uint8_t msg[300] = { 0 };

	put16(msg, type);
	return ask(p, true, msg, len, 64);
}

static enum reaction n_type(struct peer *p)		{ return message(p, 9, 36); }
static enum reaction n_response(struct peer *p)		{ return message(p, 3, 56); }
static enum reaction n_no_message(struct peer *p)	{ return message(p, 0, 0); }
static enum reaction n_one_byte(struct peer *p)		{ return message(p, 0, 1); }
static enum reaction n_short_open(struct peer *p)	{ return message(p, 2, 200); }
static enum reaction n_short_io(struct peer *p)		{ return message(p, 4, 20); }
static enum reaction n_short_info(struct peer *p)	{ return message(p, 0, 8); }
static enum reaction n_short_close(struct peer *p)	{ return message(p, 5, 4); }

static enum reaction n_small_answer(struct peer *p)
{
	uint8_t msg[264] = { 0 };

	put16(msg, 2);
	snprintf((char *)msg + 6, 255, "%s", device_name);
	return ask(p, true, msg, sizeof(msg), 16);
}

static enum reaction n_open_endless(struct peer *p)
{
	uint8_t msg[264];

	memset(msg, 'x', sizeof(msg));
	put16(msg, 2);
	msg[4] = 0;
	return ask(p, true, msg, sizeof(msg), 56);
}

static enum reaction n_open_escape(struct peer *p)
{
	return open_as(p, 0, "/dev/../etc/passwd");
}

static enum reaction n_open_control(struct peer *p)
{
	return open_as(p, 0, "/dev/ram0\033[2J");
}

static enum reaction n_open_mode(struct peer *p)
{
	return open_as(p, 3, "/dev/ram1");
}

static enum reaction n_open_other_mode(struct peer *p)
{
	return open_as(p, 2, device_name);
}

static enum reaction n_no_device(struct peer *p)
{
	return io(p, true, p->device + 1, 0, 0x100, 4096, 4096);
}

static enum reaction n_wild_device(struct peer *p)
{
	return io(p, true, 0xffffffff, 0, 0x100, 4096, 4096);
}

static enum reaction n_closed_device(struct peer *p)
{
	close_device(p, p->device);
	return io(p, true, p->device, 0, 0x100, 4096, 4096);
}

static enum reaction n_close_twice(struct peer *p)
{
	close_device(p, p->device);
	return close_device(p, p->device);
}

static enum reaction n_operation(struct peer *p)
{
	return io(p, false, p->device, 0, 0x8f, 4096, 4096);
}

static enum reaction n_read_without_data(struct peer *p)
{
	return io(p, true, p->device, 0, 0x100, 4096, 0);
}

static enum reaction n_write_without_data(struct peer *p)
{
	return io(p, false, p->device, 0, 0x101, 4096, 0);
}

static enum reaction n_sizes_differ(struct peer *p)
{
	return io(p, false, p->device, 0, 0x101, 8192, 4096);
}

static enum reaction n_empty_read(struct peer *p)
{
	return io(p, true, p->device, 0, 0x100, 0, 0);
}

static enum reaction n_unaligned(struct peer *p)
{
	return io(p, false, p->device, 0, 0x101, 100, 100);
}

static enum reaction n_beyond_end(struct peer *p)
{
	return io(p, false, p->device, 1ull << 40, 0x101, 4096, 4096);
}

static enum reaction n_wrapping_end(struct peer *p)
{
	return io(p, false, p->device, ~0ull, 0x101, 4096, 4096);
}

static enum reaction n_secure_erase(struct peer *p)
{
	return io(p, false, p->device, 0, 4, 4096, 0);
}

static enum reaction n_empty_discard(struct peer *p)
{
	return io(p, false, p->device, 0, 3, 0, 0);
}

static enum reaction n_endless_discard(struct peer *p)
{
	return io(p, false, p->device, 0, 3, 0xfffffe00, 0);
}

static enum reaction n_forced_read(struct peer *p)
{
	return io(p, true, p->device, 0, 0x700, 4096, 4096);
}

static enum reaction n_flush_with_data(struct peer *p)
{
	return io(p, false, p->device, 0, 0x302, 4096, 4096);
}

static enum reaction n_all_flags(struct peer *p)
{
	return io(p, false, p->device, 8, 0xffffff01, 4096, 4096);
}

static enum reaction n_ro_write(struct peer *p)
{
	return io(p, false, p->device, 0, 0x101, 4096, 4096);
}

static enum reaction n_ro_discard(struct peer *p)
{
	return io(p, false, p->device, 0, 3, 4096, 0);
}

static enum reaction n_ro_zeroes(struct peer *p)
{
	return io(p, false, p->device, 0, 5, 4096, 0);
}

static enum reaction n_ro_again_rw(struct peer *p)
{
	return open_as(p, 1, device_name);
}

/* ---- noise ---------------------------------------------------------------- */

static uint32_t noise_state = 0x9e3779b9;

static uint32_t noise(uint32_t below)
{
	noise_state ^= noise_state << 13;
	noise_state ^= noise_state >> 17;
	noise_state ^= noise_state << 5;
	return noise_state % below;
}

static void noisy_request(struct peer *p)
{
	uint32_t data_len = noise(3) * 512, id = noise(p->qd), len, off;
	bool read = noise(2);
	uint8_t bytes[320] = { 0 };
	uint32_t usr_len = noise(4) ? 32 : 264;
	unsigned int changes = 1 + noise(4);

	put16(bytes, noise(4) ? 4 : noise(6));
	put32(bytes + 4, p->device);
	put32(bytes + 16, (read ? 0 : 1 + noise(5)) | noise(16) << 8);
	put32(bytes + 20, data_len);
	len = usr_len;
	len += read ? read_hdr(p, bytes + len, usr_len, 0, noise(2), data_len) :
		      write_hdr(bytes + len, usr_len);
	off = data_len + usr_len;
	while (changes--)
		bytes[noise(len)] ^= noise(2) ? 1u << noise(8) : noise(256);
	/* no flag in a read header: its key could not be invalidated anyway */
	if (get16(bytes + usr_len) == 3)
		bytes[usr_len + 4] &= ~1;
	if (!noise(8))
		off ^= 1 << noise(17);
	request(p, 1, id, data_len, bytes, len, off);
}

static void prepare(struct peer *p, enum stage stage);

static enum reaction n_noise(struct peer *p)
{
	unsigned int i;

	for (i = 0; i < 200; i++) {
		noisy_request(p);
		if (react(p, REACT_MS) == CLOSED) {
			end(p);
			start(p);
			prepare(p, DEVICE);
		}
	}
	p->answered = false;
	return NOTHING;
}

/* ---- the table ------------------------------------------------------------ */

static const struct {
	const char	*name;
	enum stage	stage;
	enum reaction	(*run)(struct peer *p);
} cases[] = {
	{ "magic",		ADDRESS,	c_magic },
	{ "version",		ADDRESS,	c_version },
	{ "no-connections",	ADDRESS,	c_no_cids },
	{ "many-connections",	ADDRESS,	c_many_cids },
	{ "no-session",		ADDRESS,	c_no_session },
	{ "changing-cid-num",	ADDRESS,	c_cid_num_changes },
	{ "skips-first",	ADDRESS,	c_skips_first },
	{ "connection-twice",	ADDRESS,	c_twice },
	{ "path-elsewhere",	ADDRESS,	c_path_elsewhere },
	{ "same-addresses",	ADDRESS,	c_same_addresses },
	{ "missing-connection",	ADDRESS,	i_missing_con },
	{ "empty-name",		CONNECTED,	i_empty },
	{ "slash-in-name",	CONNECTED,	i_slash },
	{ "dots-as-name",	CONNECTED,	i_dot },
	{ "control-in-name",	CONNECTED,	i_control },
	{ "ctl-as-name",	CONNECTED,	i_ctl },
	{ "endless-name",	CONNECTED,	i_endless },
	{ "short-info",		CONNECTED,	i_short },
	{ "info-type",		CONNECTED,	i_type },
	{ "early-request",	CONNECTED,	i_early_request },
	{ "half-open",		CONNECTED,	i_half_open },
	{ "chunk-id",		DEVICE,		r_chunk_id },
	{ "offset-outside",	DEVICE,		r_off_outside },
	{ "header-cut",		DEVICE,		r_hdr_cut },
	{ "descriptor-cut",	DEVICE,		r_desc_cut },
	{ "header-type",	DEVICE,		r_hdr_type },
	{ "message-before-chunk", DEVICE,	r_usr_before_chunk },
	{ "message-long",	DEVICE,		r_usr_long },
	{ "data-long",		DEVICE,		r_data_long },
	{ "read-flags",		DEVICE,		r_flags },
	{ "two-descriptors",	DEVICE,		r_two_descs },
	{ "many-descriptors",	DEVICE,		r_many_descs },
	{ "descriptor-long",	DEVICE,		r_desc_long },
	{ "descriptor-short",	DEVICE,		r_desc_short },
	{ "descriptor-empty",	DEVICE,		r_desc_empty },
	{ "descriptor-missing",	DEVICE,		r_no_desc },
	{ "immediate-type",	DEVICE,		r_imm_type },
	{ "heartbeat-elsewhere", DEVICE,	r_heartbeat_elsewhere },
	{ "wrong-key",		DEVICE,		r_wrong_key },
	{ "beyond-chunks",	DEVICE,		r_beyond_chunks },
	{ "send-on-io",		DEVICE,		r_send_on_io },
	{ "chunk-twice",	DEVICE,		r_chunk_twice },
	{ "fence-unknown",	DEVICE,		f_unknown },
	{ "fence-itself",	DEVICE,		f_itself },
	{ "fence-short",	DEVICE,		f_short },
	{ "fence-type",		DEVICE,		f_type },
	{ "fence-not-agreed",	DEVICE_PLAIN,	f_not_agreed },
	{ "message-type",	DEVICE,		n_type },
	{ "response-as-request", DEVICE,	n_response },
	{ "no-message",		DEVICE,		n_no_message },
	{ "one-byte",		DEVICE,		n_one_byte },
	{ "short-open",		DEVICE,		n_short_open },
	{ "short-io",		DEVICE,		n_short_io },
	{ "short-sess-info",	DEVICE,		n_short_info },
	{ "short-close",	DEVICE,		n_short_close },
	{ "small-answer",	DEVICE,		n_small_answer },
	{ "open-endless",	DEVICE,		n_open_endless },
	{ "open-escape",	DEVICE,		n_open_escape },
	{ "open-control",	DEVICE,		n_open_control },
	{ "open-mode",		DEVICE,		n_open_mode },
	{ "open-other-mode",	DEVICE,		n_open_other_mode },
	{ "no-device",		DEVICE,		n_no_device },
	{ "wild-device",	DEVICE,		n_wild_device },
	{ "closed-device",	DEVICE,		n_closed_device },
	{ "close-twice",	DEVICE,		n_close_twice },
	{ "operation",		DEVICE,		n_operation },
	{ "read-without-data",	DEVICE,		n_read_without_data },
	{ "write-without-data",	DEVICE,		n_write_without_data },
	{ "sizes-differ",	DEVICE,		n_sizes_differ },
	{ "empty-read",		DEVICE,		n_empty_read },
	{ "unaligned",		DEVICE,		n_unaligned },
	{ "beyond-end",		DEVICE,		n_beyond_end },
	{ "wrapping-end",	DEVICE,		n_wrapping_end },
	{ "secure-erase",	DEVICE,		n_secure_erase },
	{ "empty-discard",	DEVICE,		n_empty_discard },
	{ "endless-discard",	DEVICE,		n_endless_discard },
	{ "forced-read",	DEVICE,		n_forced_read },
	{ "flush-with-data",	DEVICE,		n_flush_with_data },
	{ "all-flags",		DEVICE,		n_all_flags },
	{ "ro-write",		DEVICE_RO,	n_ro_write },
	{ "ro-discard",		DEVICE_RO,	n_ro_discard },
	{ "ro-zeroes",		DEVICE_RO,	n_ro_zeroes },
	{ "ro-again-rw",	DEVICE_RO,	n_ro_again_rw },
	{ "noise",		DEVICE,		n_noise },
	{ NULL }
};

/* The one before may have it open for a moment yet. */
static void open_device(struct peer *p, uint8_t mode)
{
	uint64_t until = now_ms() + REACT_MS;

	do {
		if (open_as(p, mode, device_name) != ANSWER)
			errx(2, "OPEN was not answered");
	} while (p->err == EPERM && now_ms() < until);
	if (p->err)
		errx(2, "OPEN of %s: %s", device_name, strerror(p->err));
}

static void prepare(struct peer *p, enum stage stage)
{
	uint8_t info[272] = { 0 };

	if (stage == ADDRESS)
		return;
	if (stage == DEVICE_PLAIN)
		p->hello.features = 0;
	if (!connect_all(p))
		errx(2, "connection rejected: %s", strerror(p->err));
	if (stage == CONNECTED)
		return;
	good_name(info);
	if (send_info(p, info, sizeof(info)) == CLOSED || !p->informed)
		errx(2, "info request refused");
	if (sess_info(p) != ANSWER || p->err)
		errx(2, "SESS_INFO refused");
	open_device(p, stage == DEVICE_RO ? 0 : 1);
}

static void run_case(const char *name)
{
	enum reaction r;
	struct peer p;
	unsigned int i;
	int err;

	for (i = 0; cases[i].name && strcmp(cases[i].name, name);)
		i++;
	if (!cases[i].name)
		errx(2, "%s: no such case", name);

	start(&p);
	prepare(&p, cases[i].stage);
	r = cases[i].run(&p);
	err = p.err;
	printf("%s: %s", name, reaction_names[r]);
	if (r != CLOSED && r != NOTHING)
		printf(" %d", err);
	p.fenced = false;
	if (cases[i].stage >= DEVICE && r != CLOSED &&
	    (sess_info(&p) != ANSWER || p.err))
		printf(", then dead");
	printf("\n");
	fflush(stdout);
	end(&p);
}

int main(int argc, char **argv)
{
	int i;

	if (argc < 6)
		errx(2, "usage: peer SOURCE SERVER PORT DEVICE CASE...");
	source_name = argv[1];
	server_name = argv[2];
	port_name = argv[3];
	device_name = argv[4];
	for (i = 5; i < argc; i++)
		run_case(argv[i]);
	return 0;
}
