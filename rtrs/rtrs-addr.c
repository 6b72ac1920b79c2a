// SPDX-License-Identifier: GPL-2.0
/*
 * Addresses as text: "ip:10.0.0.2", "ip:fe80::1%eth0", "gid:fe80:...", and
 * pairs of them, "SRC@DST" or "SRC,DST". man/rtrs.7, "Addresses".
 */
#include <linux/export.h>
#include <linux/if.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/inet.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <net/net_namespace.h>
#include <rdma/ib.h>

#include "rtrs.h"

/* The service ids of IP's port space; the port is the low 16 bits. */
#define IB_IP_SERVICE_ID	0x00000000013F0000ULL

/* Longest address: eight groups, or one with an interface as its scope. */
#define ADDR_TEXT_MAX		(INET6_ADDRSTRLEN + 1 + IFNAMSIZ)

static int parse_ip(const char *text, u16 port, struct sockaddr_storage *addr)
{
	char port_text[6];

	snprintf(port_text, sizeof(port_text), "%u", port);
	return inet_pton_with_scope(&init_net, AF_UNSPEC, text, port_text, addr);
}

static int parse_gid(const char *text, u16 port, struct sockaddr_storage *addr)
{
	struct sockaddr_ib *ib = (struct sockaddr_ib *)addr;

	*ib = (struct sockaddr_ib) {
		.sib_family	= AF_IB,
		.sib_pkey	= htons(0xffff),
		.sib_sid	= cpu_to_be64(IB_IP_SERVICE_ID | port),
		.sib_sid_mask	= cpu_to_be64(~0ULL),
	};
	/* a GID is written as an IPv6 address */
	if (!in6_pton(text, -1, (u8 *)&ib->sib_addr, '\0', NULL))
		return -EINVAL;
	return 0;
}

static int parse_one(const char *str, size_t len, u16 port,
		     struct sockaddr_storage *addr)
{
	static const struct {
		const char	*prefix;
		int		(*parse)(const char *text, u16 port,
					 struct sockaddr_storage *addr);
	} kinds[] = {
		{ "ip:", parse_ip },
		{ "gid:", parse_gid },
	};
	char text[ADDR_TEXT_MAX + 1];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		size_t skip = strlen(kinds[i].prefix);

		if (len < skip || memcmp(str, kinds[i].prefix, skip))
			continue;
		str += skip;
		len -= skip;
		if (!len || len >= sizeof(text))
			return -EINVAL;
		memcpy(text, str, len);
		text[len] = '\0';
		memset(addr, 0, sizeof(*addr));
		return kinds[i].parse(text, port, addr);
	}
	return -EPROTONOSUPPORT;
}

/**
 * rtrs_addr_to_sockaddr() - parse an address or a pair of addresses
 * @str: text, need not be terminated
 * @len: bytes of @str
 * @port: port of the destination
 * @addr: both members point to storage; on success src is NULL when the text
 *	names no source
 *
 * A ',' separates source and destination, without one an '@' does.
 * Context: any.
 * Return: 0; -EPROTONOSUPPORT for an unknown kind of destination address,
 * -EINVAL for anything else that is wrong.
 */
int rtrs_addr_to_sockaddr(const char *str, size_t len, u16 port,
			  struct rtrs_addr *addr)
{
	const char *sep = memchr(str, ',', len);
	size_t src_len;

	if (!sep)
		sep = memchr(str, '@', len);
	if (!sep) {
		addr->src = NULL;
		return parse_one(str, len, port, addr->dst);
	}
	src_len = sep - str;
	if (parse_one(str, src_len, 0, addr->src))
		return -EINVAL;
	return parse_one(sep + 1, len - src_len - 1, port, addr->dst);
}
EXPORT_SYMBOL_GPL(rtrs_addr_to_sockaddr);

/**
 * sockaddr_to_str() - print an address
 * @addr: address
 * @buf: where to
 * @len: bytes of @buf
 *
 * Context: any. Return: characters written, the terminator not counted.
 */
int sockaddr_to_str(const struct sockaddr *addr, char *buf, size_t len)
{
	switch (addr->sa_family) {
	case AF_INET:
		return scnprintf(buf, len, "ip:%pI4",
				 &((const struct sockaddr_in *)addr)->sin_addr);
	case AF_INET6:
		return scnprintf(buf, len, "ip:%pI6c",
				 &((const struct sockaddr_in6 *)addr)->sin6_addr);
	case AF_IB:
		return scnprintf(buf, len, "gid:%pI6",
				 &((const struct sockaddr_ib *)addr)->sib_addr);
	}
	return scnprintf(buf, len, "<address family %u>", addr->sa_family);
}
EXPORT_SYMBOL_GPL(sockaddr_to_str);

/**
 * rtrs_addr_to_str() - print a pair of addresses, "SRC@DST"
 * @addr: both members set
 * @buf: where to
 * @len: bytes of @buf
 *
 * Context: any. Return: characters written, the terminator not counted.
 */
int rtrs_addr_to_str(const struct rtrs_addr *addr, char *buf, size_t len)
{
	int n = sockaddr_to_str((struct sockaddr *)addr->src, buf, len);

	n += scnprintf(buf + n, len - n, "@");
	return n + sockaddr_to_str((struct sockaddr *)addr->dst, buf + n,
				   len - n);
}
EXPORT_SYMBOL_GPL(rtrs_addr_to_str);
