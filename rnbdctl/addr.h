/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Addresses of paths as people write them and as the kernel spells them:
 * [SRC@]DST or [SRC,]DST, each ip:V4, ip:V6, gid:GID or a bare IP address.
 */
#ifndef RNBDCTL_ADDR_H
#define RNBDCTL_ADDR_H

#include <stdbool.h>
#include <stddef.h>

#define ADDR_TEXT_MAX	64	/* with prefix and final NUL */

struct addr {
	bool	set;
	bool	ib;		/* gid: addresses an IB port, not an IP host */
	unsigned char	gid[16];	/* IPv4 as ::ffff:a.b.c.d, as in GID tables */
	char	text[ADDR_TEXT_MAX];	/* as the kernel takes it */
};

struct addr_pair {
	struct addr	src;	/* may be unset */
	struct addr	dst;
};

/**
 * addr_parse() - read one address
 * @addr: result
 * @text: what was written
 *
 * Return: NULL, or a sentence which names what would be right.
 */
const char *addr_parse(struct addr *addr, const char *text);

/**
 * addr_pair_parse() - read a destination with an optional source
 * @pair: result
 * @text: what was written
 *
 * Return: NULL, or a sentence which names what would be right.
 */
const char *addr_pair_parse(struct addr_pair *pair, const char *text);

/**
 * addr_pair_text() - spell a pair for the kernel
 * @pair: what addr_pair_parse() made
 *
 * Return: "src@dst" or "dst"; the caller frees.
 */
char *addr_pair_text(const struct addr_pair *pair);

/**
 * addr_equal() - compare two addresses by value, not by spelling
 * @a: one
 * @b: the other
 *
 * Return: true if both are set and the same.
 */
bool addr_equal(const struct addr *a, const struct addr *b);

#endif
