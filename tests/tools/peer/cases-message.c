// SPDX-License-Identifier: GPL-2.0
/* Messages of RNBD about sessions and devices: wrong types, lengths, names. */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cases.h"

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

/* The same disk, spelled otherwise. */
static enum reaction n_spelling(struct peer *p)
{
	char name[64];

	snprintf(name, sizeof(name), "/dev/./%s", device_name + 5);
	return open_as(p, 0, name);
}

static enum reaction n_open_again(struct peer *p)
{
	uint32_t id = p->device;
	enum reaction r = open_as(p, 1, device_name);

	return p->device == id ? r : CLOSED;
}

static enum reaction n_open_no_name(struct peer *p)
{
	return open_as(p, 0, "");
}

static enum reaction n_open_directory(struct peer *p)
{
	return open_as(p, 0, "/dev");
}

static enum reaction n_open_file(struct peer *p)
{
	return open_as(p, 0, "/etc/passwd");
}

/* An id does not come back with the next OPEN. */
static enum reaction n_old_id(struct peer *p)
{
	uint32_t id = p->device;

	close_device(p, id);
	if (open_as(p, 1, device_name) != ANSWER || p->err)
		return NOTHING;
	return io(p, true, id, 0, 0x100, 4096, 4096);
}

static enum reaction n_close_wild(struct peer *p)
{
	return close_device(p, 0xffffffff);
}

static enum reaction n_close_twice(struct peer *p)
{
	close_device(p, p->device);
	return close_device(p, p->device);
}

/*
 * While a write to DEVICE is under way, which takes 2 s; an errno if a CLOSE is
 * answered before that.
 */
static enum reaction n_close_twice_early(struct peer *p)
{
	uint8_t write[36] = { 0 }, close[12] = { 0 };
	uint64_t began = now_ms();
	enum reaction r = NOTHING;

	put16(write, 4);
	put32(write + 4, p->device);
	put32(write + 16, 0x101);
	put32(write + 20, 4096);
	write_hdr(write + 32, 32);
	put16(close, 5);
	put32(close + 4, p->device);
	write_hdr(close + 8, 8);

	request(p, 1, 2, 4096, write, 36, 4128);
	/* connections have no order: the write is there when this is answered */
	if (io(p, true, p->device, 8, 0x100, 4096, 4096) != ANSWER)
		errx(2, "a read was not answered");
	p->nr_answers = 0;
	request(p, 0, 3, 0, close, 12, 8);
	request(p, 0, 4, 0, close, 12, 8);
	r = react(p, REACT_MS);
	if (r == ANSWER && now_ms() < began + 1500)
		p->err = EBUSY;
	while (r == ANSWER && p->nr_answers < 3) {
		p->answered = false;
		r = react(p, REACT_MS);
	}
	return r;
}

/* RTRS' direction is not that of the message. */
static enum reaction n_open_as_write(struct peer *p)
{
	uint8_t msg[264] = { 0 };

	put16(msg, 2);
	snprintf((char *)msg + 6, 255, "%s", device_name);
	return ask(p, false, msg, sizeof(msg), 56);
}

static enum reaction n_info_as_write(struct peer *p)
{
	uint8_t msg[36] = { 0 };

	msg[4] = 2;
	return ask(p, false, msg, sizeof(msg), 36);
}

static enum reaction n_close_as_read(struct peer *p)
{
	uint8_t msg[8] = { 0 };

	put16(msg, 5);
	put32(msg + 4, p->device);
	return ask(p, true, msg, sizeof(msg), 0);
}

static enum reaction n_ro_again_rw(struct peer *p)
{
	return open_as(p, 1, device_name);
}

const struct peer_case message_cases[] = {
	{ "message-type", DEVICE, n_type },
	{ "response-as-request", DEVICE, n_response },
	{ "no-message", DEVICE, n_no_message },
	{ "one-byte", DEVICE, n_one_byte },
	{ "short-open", DEVICE, n_short_open },
	{ "short-io", DEVICE, n_short_io },
	{ "short-sess-info", DEVICE, n_short_info },
	{ "short-close", DEVICE, n_short_close },
	{ "small-answer", DEVICE, n_small_answer },
	{ "open-endless", DEVICE, n_open_endless },
	{ "open-escape", DEVICE, n_open_escape },
	{ "open-control", DEVICE, n_open_control },
	{ "open-mode", DEVICE, n_open_mode },
	{ "open-other-mode", DEVICE, n_open_other_mode },
	{ "open-spelling", DEVICE, n_spelling },
	{ "open-again", DEVICE, n_open_again },
	{ "open-no-name", DEVICE, n_open_no_name },
	{ "open-directory", DEVICE, n_open_directory },
	{ "open-file", DEVICE, n_open_file },
	{ "old-id", DEVICE, n_old_id },
	{ "close-wild", DEVICE, n_close_wild },
	{ "close-twice", DEVICE, n_close_twice },
	{ "close-twice-early", DEVICE, n_close_twice_early },
	{ "open-as-write", DEVICE, n_open_as_write },
	{ "info-as-write", DEVICE, n_info_as_write },
	{ "close-as-read", DEVICE, n_close_as_read },
	{ "ro-again-rw", DEVICE_RO, n_ro_again_rw },
	{ NULL }
};
