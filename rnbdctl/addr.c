// SPDX-License-Identifier: GPL-2.0
/*
 * Addresses are judged here, before the kernel sees them: its only answer to
 * a wrong one is EINVAL.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "addr.h"
#include "say.h"

static const unsigned char v4_mapped[12] = { [10] = 0xff, [11] = 0xff };

static const char *parse_ip(struct addr *addr, const char *ip)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr in6;
	struct in_addr in4;

	if (strchr(ip, '%'))
		return "an address cannot name its interface with '%': the kernel takes none";
	if (inet_pton(AF_INET, ip, &in4) == 1) {
		memcpy(addr->gid, v4_mapped, sizeof(v4_mapped));
		memcpy(addr->gid + sizeof(v4_mapped), &in4, sizeof(in4));
		inet_ntop(AF_INET, &in4, text, sizeof(text));
	} else if (inet_pton(AF_INET6, ip, &in6) == 1) {
		memcpy(addr->gid, &in6, sizeof(in6));
		inet_ntop(AF_INET6, &in6, text, sizeof(text));
	} else {
		return "write it as ip:192.0.2.1 or ip:2001:db8::1";
	}
	snprintf(addr->text, sizeof(addr->text), "ip:%s", text);
	return NULL;
}

static const char *parse_gid(struct addr *addr, const char *gid)
{
	const unsigned char *b = addr->gid;

	if (inet_pton(AF_INET6, gid, addr->gid) != 1)
		return "write it as gid:fe80:0000:0000:0000:0002:c903:0010:c0f5";
	addr->ib = true;
	snprintf(addr->text, sizeof(addr->text),
		 "gid:%02x%02x:%02x%02x:%02x%02x:%02x%02x:%02x%02x:%02x%02x:%02x%02x:%02x%02x",
		 b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7],
		 b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
	return NULL;
}

const char *addr_parse(struct addr *addr, const char *text)
{
	const char *wrong;

	memset(addr, 0, sizeof(*addr));
	if (!strncasecmp(text, "gid:", 4))
		wrong = parse_gid(addr, text + 4);
	else
		wrong = parse_ip(addr, text + (strncasecmp(text, "ip:", 3) ?
					       0 : 3));
	addr->set = !wrong;
	return wrong;
}

const char *addr_pair_parse(struct addr_pair *pair, const char *text)
{
	const char *split = strchr(text, ','), *wrong;
	char *src;

	memset(pair, 0, sizeof(*pair));
	if (!split)
		split = strchr(text, '@');
	if (!split)
		return addr_parse(&pair->dst, text);

	src = xstrdup(text);
	src[split - text] = '\0';
	wrong = addr_parse(&pair->src, src);
	free(src);
	if (wrong)
		return wrong;
	wrong = addr_parse(&pair->dst, split + 1);
	if (wrong)
		return wrong;
	if (pair->src.ib != pair->dst.ib)
		return "source and destination must both be ip: or both be gid:";
	return NULL;
}

char *addr_pair_text(const struct addr_pair *pair)
{
	if (!pair->src.set)
		return xstrdup(pair->dst.text);
	return xasprintf("%s@%s", pair->src.text, pair->dst.text);
}

bool addr_equal(const struct addr *a, const struct addr *b)
{
	return a->set && b->set && a->ib == b->ib &&
	       !memcmp(a->gid, b->gid, sizeof(a->gid));
}
