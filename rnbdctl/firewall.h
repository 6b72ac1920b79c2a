/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whether the packet filter of this host stops RoCE.
 */
#ifndef RNBDCTL_FIREWALL_H
#define RNBDCTL_FIREWALL_H

/**
 * firewall_blocks() - look for a chain which drops UDP to a port
 * @ruleset: as "nft -j list ruleset" prints it
 * @port:    the port
 *
 * Rules which depend on more than the port are given the benefit of the doubt.
 *
 * Return: a new string naming the chain as nft does, or NULL if nothing is sure
 *	to drop it; the caller frees.
 */
char *firewall_blocks(const char *ruleset, int port);

#endif
