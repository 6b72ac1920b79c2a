// SPDX-License-Identifier: GPL-2.0
/*
 * Soft-RoCE devices: list, add, remove.
 */
#include <string.h>

#include "args.h"
#include "rdma.h"
#include "say.h"
#include "sysfs.h"

#define DEVICE_NAME_MAX	63	/* of an RDMA device */
#define NETDEV_NAME_MAX	15

enum rxe_column {
	RXE_DEVICE, RXE_NETDEV, RXE_LINK,
};

static const struct column rxe_columns[] = {
	[RXE_DEVICE]	= { "device", "DEVICE", COLUMN_TEXT, 0 },
	[RXE_NETDEV]	= { "netdev", "NETDEV", COLUMN_TEXT, 0 },
	[RXE_LINK]	= { "link", "LINK", COLUMN_TEXT, COLUMN_STATE },
};

static int run_list(const struct args *args)
{
	struct out *out = out_new();
	struct rdma rdma = { };
	struct table *table;
	char *netdev;
	size_t i;

	table = out_table(out, TABLE_LIST, "rxe", "Soft-RoCE devices",
			  rxe_columns, ARRAY_SIZE(rxe_columns));
	rdma_read(&rdma);
	for (i = 0; i < rdma.nr_links; i++) {
		netdev = sysfs_rxe_netdev(rdma.links[i].device);
		if (!netdev)
			continue;
		table_row(table);
		table_text(table, RXE_DEVICE, rdma.links[i].device);
		table_text(table, RXE_NETDEV, netdev);
		table_text(table, RXE_LINK, rdma.links[i].state);
		free(netdev);
	}
	rdma_free(&rdma);
	return out_print(out, &args->style);
}

static const struct rdma_link *link_named(const struct rdma *rdma,
					  const char *name)
{
	size_t i;

	for (i = 0; i < rdma->nr_links; i++)
		if (!strcmp(rdma->links[i].device, name))
			return &rdma->links[i];
	return NULL;
}

/* Whether the device is there already; *rc says whether that is as wanted. */
static bool is_there(const struct rdma *rdma, const char *name,
		     const char *netdev, int *rc)
{
	char *is;

	if (!link_named(rdma, name))
		return false;
	is = sysfs_rxe_netdev(name);
	if (!is)
		*rc = fail(RC_EXISTS, "%s is another RDMA device", name);
	else if (strcmp(is, netdev))
		*rc = fail(RC_EXISTS, "%s is on %s already", name, is);
	else
		*rc = RC_OK;
	free(is);
	return true;
}

/* The kernel would take more, which other tools and units could not name. */
static bool is_name(const char *name)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
	const char *first = strchr(allowed, *name);

	return first && first < strchr(allowed, '0') &&
	       !name[strspn(name, allowed)] && strlen(name) <= DEVICE_NAME_MAX;
}

static int run_add(const struct args *args)
{
	const char *name = arg(args, "name"), *netdev = arg(args, "netdev");
	struct rdma rdma = { };
	int rc = RC_OK;

	if (!is_name(name))
		return fail(RC_USAGE,
			    "bad name '%s': up to %d letters, digits, '_', '.' and '-', a letter first",
			    name, DEVICE_NAME_MAX);
	if (strlen(netdev) > NETDEV_NAME_MAX)
		return fail(RC_NOT_FOUND, "no network device %s", netdev);
	rdma_read(&rdma);
	if (!is_there(&rdma, name, netdev, &rc))
		rc = rdma_add_rxe(name, netdev, args->dry_run);
	rdma_free(&rdma);
	return rc;
}

static int run_remove(const struct args *args)
{
	const char *name = arg(args, "name");
	const struct rdma_link *link;
	struct rdma rdma = { };
	char *netdev = NULL;
	int rc;

	rdma_read(&rdma);
	link = link_named(&rdma, name);
	if (link)
		netdev = sysfs_rxe_netdev(name);
	if (!link)
		rc = fail(RC_NOT_FOUND, "no RDMA device %s", name);
	else if (!netdev)
		rc = fail(RC_USAGE, "%s is no soft-RoCE device", name);
	else
		rc = rdma_remove_link(link, args->dry_run);
	free(netdev);
	rdma_free(&rdma);
	return rc;
}

static const struct word add_words[] = {
	{ "name", "NAME", WORD_REQUIRED | WORD_PLAIN, "name for it, as rxe0" },
	{ "netdev", "NETDEV", WORD_REQUIRED | WORD_PLAIN,
	  "network device which carries it", KIND_NETDEV },
	{ }
};

static const struct word remove_words[] = {
	{ "name", "NAME", WORD_REQUIRED | WORD_PLAIN, "as rxe list shows it",
	  KIND_RXE },
	{ }
};

const struct cmd rxe_cmds[] = {
	{ "rxe list", "List soft-RoCE devices", NULL, run_list },
	{ "rxe add", "Make a soft-RoCE device", add_words, run_add },
	{ "rxe remove", "Remove a soft-RoCE device", remove_words, run_remove },
	{ }
};
