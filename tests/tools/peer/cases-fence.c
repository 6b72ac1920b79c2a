// SPDX-License-Identifier: GPL-2.0
/* What must not stand in a FENCE. */
#include <string.h>

#include "cases.h"

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

const struct peer_case fence_cases[] = {
	{ "fence-unknown", DEVICE, f_unknown },
	{ "fence-itself", DEVICE, f_itself },
	{ "fence-short", DEVICE, f_short },
	{ "fence-type", DEVICE, f_type },
	{ "fence-not-agreed", DEVICE_PLAIN, f_not_agreed },
	{ NULL }
};
