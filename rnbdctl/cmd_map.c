// SPDX-License-Identifier: GPL-2.0
/*
 * map and unmap: a server's disk becomes a block device here, and ceases.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "cmd_device.h"
#include "explain.h"
#include "map.h"
#include "mapfrom.h"
#include "say.h"
#include "sysfs.h"
#include "view.h"

static bool is_mode_word(const char *text)
{
	return !strcmp(text, "ro") || !strcmp(text, "rw") ||
	       !strcmp(text, "migration");
}

static int read_pairs(struct map_request *map, const struct args *args)
{
	const char *text, *wrong;
	size_t i;

	for (i = 0; (text = arg_nth(args, "path", i)); i++) {
		if (is_mode_word(text) && !map->access_mode) {
			map->access_mode = text;
			continue;
		}
		wrong = map_add_pair(map, text);
		if (wrong && !*wrong)
			return fail(RC_USAGE, "map takes at most %d paths, add others by path add",
				    MAP_PATHS_MAX);
		if (wrong)
			return fail(RC_ADDRESS, "bad address '%s': %s", text,
				    wrong);
	}
	return RC_OK;
}

static int read_request(struct map_request *map, const struct args *args)
{
	map->sessname = arg(args, "sessname");
	map->device_path = arg(args, "device_path");
	map->dest_port = arg(args, "dest_port");
	map->access_mode = arg(args, "access_mode");
	map->nr_poll_queues = arg(args, "nr_poll_queues");
	if (arg(args, "poll_queues"))
		map->nr_poll_queues = arg(args, "poll_queues");
	if (arg(args, "read_only")) {
		if (map->access_mode && strcmp(map->access_mode, "ro"))
			return fail(RC_USAGE,
				    "--read-only is access_mode=ro, which contradicts access_mode=%s",
				    map->access_mode);
		map->access_mode = "ro";
	}
	if (!map->sessname == !arg(args, "from"))
		return fail(RC_USAGE, "%s needs sessname= or from=, see rnbdctl %s --help",
			    args->cmd->name, args->cmd->name);
	map->wait = arg(args, "wait");
	map->dry_run = args->dry_run;
	return read_seconds(args, "timeout", &map->timeout_s);
}

static int show_mapped(const struct device *device, const struct style *style)
{
	struct out *out;

	if (style->format != OUT_TABLE) {
		out = out_new();
		view_device(out, device);
		return out_print(out, style);
	}
	printf("/dev/%s\n", device->name);
	return RC_OK;
}

static int run_map(const struct args *args)
{
	const struct device *device = NULL;
	struct map_request map = { };
	struct model model = { };
	char *wrong, *sessname = NULL;
	int rc;

	rc = read_request(&map, args);
	if (!rc)
		rc = read_pairs(&map, args);
	if (rc)
		return rc;

	sysfs_read_model(&model);
	if (arg(args, "from"))
		rc = map_from(&map, &model, arg(args, "from"), &sessname);
	wrong = rc ? NULL : map_wrong(&map);
	if (wrong)
		rc = fail(RC_USAGE, "%s", wrong);
	if (!rc && !map.dry_run)
		rc = need_module(model.has_rnbd_client, "rnbd-client");
	if (!rc)
		rc = map_run(&map, &model, &device);
	if (!rc && device && !map.dry_run)
		rc = show_mapped(device, &args->style);
	free(wrong);
	free(sessname);
	model_free(&model);
	return rc;
}

static int read_mapping(struct model *model, const char *sessname,
			const char *device_path, const struct device **device)
{
	int rc;

	sysfs_read_model(model);
	rc = need_module(model->has_rnbd_client, "rnbd-client");
	if (rc)
		return rc;
	*device = model_mapping(model, sessname, device_path);
	return *device ? RC_OK :
			 fail(RC_NOT_FOUND, "%s of session %s is not mapped",
			      device_path, sessname);
}

static int run_unmap(const struct args *args)
{
	const char *name = arg(args, "device");
	const char *sessname = arg(args, "sessname");
	const char *device_path = arg(args, "device_path");
	const struct device *device;
	struct model model = { };
	int rc;

	if (name ? sessname || device_path : !sessname || !device_path)
		return fail(RC_USAGE, "unmap needs a device, or sessname= and device_path=");

	rc = name ? read_device(&model, name, &device) :
		    read_mapping(&model, sessname, device_path, &device);
	if (!rc)
		rc = unmap_run(device, arg(args, "force"), false);
	model_free(&model);
	return rc;
}

static const struct word map_words[] = {
	{ "device_path", "PATH", WORD_REQUIRED | WORD_PLAIN,
	  "disk on the server, below its search path" },
	{ "sessname", "NAME", 0,
	  "session, an existing one or the name for a new one",
	  KIND_CLIENT_SESSION },
	{ "from", "SERVER", WORD_NEXT,
	  "instead of sessname: a session, or a host to make one with",
	  KIND_CLIENT_SESSION },
	{ "path", "ADDR", WORD_PLAIN | WORD_REPEATED,
	  "[SRC@]DST, each ip:IP or gid:GID; needed for a new session",
	  KIND_ADDRESS },
	{ "dest_port", "PORT", 0, "the server's port for all paths, else 1234" },
	{ "access_mode", "MODE", 0, "ro, rw or migration, else rw",
	  KIND_CHOICE, MODE_CHOICES },
	{ "nr_poll_queues", "NUMBER", 0,
	  "queues for polled I/O, -1 for one per CPU, else 0" },
	{ "wait", "", WORD_OPTION | WORD_FLAG,
	  "try again until the server is there" },
	{ "timeout", "SECONDS", WORD_OPTION, "give up after so long, else never" },
	{ "read_only", "", WORD_OPTION | WORD_FLAG, "as access_mode=ro" },
	{ "poll_queues", "NUMBER", WORD_OPTION, "as nr_poll_queues=" },
	{ }
};

static const struct word unmap_words[] = {
	{ "device", "DEVICE", WORD_PLAIN, "as rnbd0 or /dev/rnbd0",
	  KIND_DEVICE },
	{ "sessname", "NAME", 0, "with device_path, instead of DEVICE",
	  KIND_CLIENT_SESSION },
	{ "device_path", "PATH", 0, "as it was given to map" },
	{ "force", "", WORD_FLAG, "even if the device is open" },
	{ }
};

const struct cmd map_cmds[] = {
	{ "device map", "Map a disk of a server and print the device's name",
	  map_words, run_map },
	{ "device unmap", "Unmap a device", unmap_words, run_unmap },
	{ }
};
