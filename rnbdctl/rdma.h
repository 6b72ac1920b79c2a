/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The RDMA devices of this host: their links by rdma netlink, their addresses
 * (GIDs) by libibverbs.
 */
#ifndef RNBDCTL_RDMA_H
#define RNBDCTL_RDMA_H

#include <stdbool.h>
#include <stddef.h>

#include "addr.h"

struct rdma_link {
	unsigned int	index;		/* the kernel's, of the device */
	char		*device;
	unsigned int	port;
	const char	*state;		/* "ACTIVE", "DOWN", ...; NULL untold */
	char		*netdev;	/* NULL if it has none */
	unsigned int	mtu;		/* bytes of data in a packet, 0 untold */
};

struct rdma_gid {
	char		*device;
	unsigned int	port;
	unsigned int	index;
	const char	*type;		/* "IB", "RoCE v1", "RoCE v2" */
	unsigned char		raw[16];
};

struct rdma {
	bool			links_known;	/* the kernel answered */
	struct rdma_link	*links;
	size_t			nr_links;
	struct rdma_gid		*gids;
	size_t			nr_gids;
};

/**
 * rdma_read() - read links and GIDs
 * @rdma: empty; the caller gives it to rdma_free() when done
 *
 * A host without RDMA, or one which does not let us look, leaves it empty.
 */
void rdma_read(struct rdma *rdma);

/**
 * rdma_free() - forget everything
 * @rdma: filled by rdma_read()
 */
void rdma_free(struct rdma *rdma);

/**
 * rdma_add_rxe() - make a soft-RoCE device
 * @name:    of the new device
 * @netdev:  the network device which carries it
 * @dry_run: only print what would be asked of the kernel
 *
 * Return: RC_OK, or an exit code with its line said.
 */
int rdma_add_rxe(const char *name, const char *netdev, bool dry_run);

/**
 * rdma_remove_link() - remove a soft device
 * @link:    a link of it
 * @dry_run: only print what would be asked of the kernel
 *
 * Return: RC_OK, or an exit code with its line said.
 */
int rdma_remove_link(const struct rdma_link *link, bool dry_run);

/**
 * rdma_link() - find the link of a port
 * @rdma:   what was read
 * @device: name of the RDMA device
 * @port:   its port
 *
 * Return: the link, or NULL.
 */
const struct rdma_link *rdma_link(const struct rdma *rdma, const char *device,
				  long long port);

/**
 * rdma_gid() - find the GID table entry of a local address
 * @rdma:   what was read
 * @device: name of the RDMA device, or NULL for any
 * @addr:   the address
 *
 * Return: the entry, RoCE v2 before others, or NULL.
 */
const struct rdma_gid *rdma_gid(const struct rdma *rdma, const char *device,
				const struct addr *addr);

#endif
