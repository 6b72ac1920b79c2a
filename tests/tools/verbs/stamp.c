// SPDX-License-Identifier: GPL-2.0
/* Memory every byte of which says whose it is. */
#include <string.h>

#include "stamps.h"

static uint64_t mix(uint64_t x)
{
	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9ULL;
	x ^= x >> 27;
	x *= 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

uint64_t random_next(uint64_t *state)
{
	*state += 0x9e3779b97f4a7c15ULL;
	return mix(*state);
}

static uint64_t word(const struct stamp *stamp, uint64_t index)
{
	return mix(stamp->salt ^ mix(stamp->seq) ^ index * 0x9e3779b97f4a7c15ULL);
}

void stamp_fill(void *to, const struct stamp *stamp, uint64_t off, size_t len)
{
	uint8_t *p = to;

	while (len) {
		uint64_t w = word(stamp, off / 8);
		size_t skip = off % 8, n = 8 - skip < len ? 8 - skip : len;

		memcpy(p, (uint8_t *)&w + skip, n);
		p += n;
		off += n;
		len -= n;
	}
}

bool stamp_check(const void *at, const struct stamp *stamp, uint64_t off, size_t len)
{
	const uint8_t *p = at;

	while (len) {
		uint64_t w = word(stamp, off / 8);
		size_t skip = off % 8, n = 8 - skip < len ? 8 - skip : len;

		if (memcmp(p, (uint8_t *)&w + skip, n))
			return false;
		p += n;
		off += n;
		len -= n;
	}
	return true;
}

void guard_set(void *at)
{
	memset(at, GUARD_BYTE, GUARD);
}

bool guard_check(const void *at)
{
	const uint8_t *p = at;

	for (int i = 0; i < GUARD; i++)
		if (p[i] != GUARD_BYTE)
			return false;
	return true;
}
