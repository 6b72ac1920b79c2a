// SPDX-License-Identifier: GPL-2.0
/*
 * The table of all commands, and their short forms.
 */
#include <string.h>

#include "cmd.h"
#include "util.h"

static const struct cmd *const cmd_tables[] = {
	show_cmds, map_cmds, device_cmds, session_cmds, path_cmds, server_cmds,
	rxe_cmds, tab_cmds, stats_cmds, doctor_cmds,
	monitor_cmds, completion_cmds,
};

const struct short_form short_forms[] = {
	{ "map", "device map" },
	{ "unmap", "device unmap" },
	{ "list", "device list" },
	{ "resize", "device resize" },
	{ "remap", "device remap" },
	{ "recover", "device recover" },
	{ "policy", "session policy" },
	{ "server list", "server device list" },
	{ "server close", "server device close" },
};

const size_t nr_short_forms = ARRAY_SIZE(short_forms);

static const struct cmd *first_from(size_t table)
{
	for (; table < ARRAY_SIZE(cmd_tables); table++)
		if (cmd_tables[table]->name)
			return cmd_tables[table];
	return NULL;
}

const struct cmd *cmd_next(const struct cmd *cmd)
{
	const struct cmd *row;
	size_t table;

	if (!cmd)
		return first_from(0);
	if (cmd[1].name)
		return cmd + 1;
	for (table = 0; table < ARRAY_SIZE(cmd_tables); table++)
		for (row = cmd_tables[table]; row->name; row++)
			if (row == cmd)
				return first_from(table + 1);
	return NULL;
}

const struct cmd *cmd_named(const char *name)
{
	const struct cmd *cmd = NULL;

	while ((cmd = cmd_next(cmd)))
		if (!strcmp(cmd->name, name))
			return cmd;
	return NULL;
}
