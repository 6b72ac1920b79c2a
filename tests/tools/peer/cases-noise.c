// SPDX-License-Identifier: GPL-2.0
/* Good requests with a few bytes or bits changed. */
#include "cases.h"

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

const struct peer_case noise_cases[] = {
	{ "noise", DEVICE, n_noise },
	{ NULL }
};
