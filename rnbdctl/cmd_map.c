// SPDX-License-Identifier: GPL-2.0
/*
 * map and unmap: a server's disk becomes a block device here, and ceases.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "explain.h"
#include "say.h"
#include "sysfs.h"
#include "view.h"

#define NAME_BYTES_MAX	254	/* of a session or a device path */
#define MAP_PATHS_MAX	6	/* what map_device takes at once */

static const char *const access_modes[] = { "ro", "rw", "migration" };

struct map_request {
	const char		*sessname;
	const char		*device_path;
	struct addr_pair	pairs[MAP_PATHS_MAX];
	size_t			nr_pairs;
};

/* NULL, or what is wrong with a name for the grammar of map_device. */
static const char *name_wrong(const char *name, const char *forbidden)
{
	const char *c;

	if (strlen(name) > NAME_BYTES_MAX)
		return "is longer than 254 bytes";
	for (c = name; *c; c++) {
		if (*c == ' ')
			return "holds a blank, which the kernel cannot take";
		if (iscntrl((unsigned char)*c))
			return "holds a control character";
		if (strchr(forbidden, *c))
			return "holds '/' or '.'";
	}
	return NULL;
}

static int check_names(const struct map_request *map)
{
	const char *wrong;

	wrong = name_wrong(map->sessname, "/.");
	if (wrong)
		return fail(RC_USAGE, "sessname %s", wrong);
	wrong = name_wrong(map->device_path, "");
	if (wrong)
		return fail(RC_USAGE, "device_path %s", wrong);
	/* The kernel links the device under "device_path@sessname". */
	if (strlen(map->sessname) + 1 + strlen(map->device_path) > NAME_MAX)
		return fail(RC_USAGE,
			    "sessname and device_path have more than 254 bytes together");
	return RC_OK;
}

static int check_number(const char *text, const char *key, long min, long max)
{
	char *end;
	long value;

	if (!text)
		return RC_OK;
	errno = 0;
	value = strtol(text, &end, 10);
	if (errno || *end || end == text || isspace((unsigned char)*text) ||
	    value < min || value > max)
		return fail(RC_USAGE, "%s must be a number from %ld to %ld",
			    key, min, max);
	return RC_OK;
}

static int check_mode(const char *mode)
{
	size_t i;

	if (!mode)
		return RC_OK;
	for (i = 0; i < ARRAY_SIZE(access_modes); i++)
		if (!strcmp(mode, access_modes[i]))
			return RC_OK;
	return fail(RC_USAGE, "access_mode must be ro, rw or migration");
}

static int read_pairs(struct map_request *map, const struct args *args)
{
	const char *text, *wrong;

	while ((text = arg_nth(args, "path", map->nr_pairs))) {
		if (map->nr_pairs == MAP_PATHS_MAX)
			return fail(RC_USAGE, "map takes at most %d paths, add others by path add",
				    MAP_PATHS_MAX);
		wrong = addr_pair_parse(&map->pairs[map->nr_pairs], text);
		if (wrong)
			return fail(RC_ADDRESS, "bad address '%s': %s", text,
				    wrong);
		map->nr_pairs++;
	}
	return RC_OK;
}

static int read_request(struct map_request *map, const struct args *args)
{
	int rc;

	map->sessname = arg(args, "sessname");
	map->device_path = arg(args, "device_path");
	rc = check_names(map);
	if (!rc)
		rc = check_number(arg(args, "dest_port"), "dest_port", 1,
				  65535);
	if (!rc)
		rc = check_number(arg(args, "nr_poll_queues"),
				  "nr_poll_queues", -1, INT_MAX);
	if (!rc)
		rc = check_mode(arg(args, "access_mode"));
	return rc ? rc : read_pairs(map, args);
}

static void put_word(FILE *words, const struct args *args, const char *key)
{
	if (arg(args, key))
		fprintf(words, " %s=%s", key, arg(args, key));
}

/* dest_port goes first: the kernel's own module applies it to later paths. */
static char *request_text(const struct map_request *map,
			  const struct args *args)
{
	char *text = NULL, *pair;
	size_t size, i;
	FILE *words = open_memstream(&text, &size);

	if (!words)
		abort();
	fprintf(words, "sessname=%s", map->sessname);
	put_word(words, args, "dest_port");
	for (i = 0; i < map->nr_pairs; i++) {
		pair = addr_pair_text(&map->pairs[i]);
		fprintf(words, " path=%s", pair);
		free(pair);
	}
	put_word(words, args, "device_path");
	put_word(words, args, "access_mode");
	put_word(words, args, "nr_poll_queues");
	if (fclose(words))
		abort();
	return text;
}

static const struct meaning map_meanings[] = {
	{ ENOENT, RC_REFUSED,
	  "the server refused: it finds no such device below its search path" },
	{ ENOTDIR, RC_REFUSED,
	  "the server refused: a part of the path is no folder there" },
	{ ELOOP, RC_REFUSED, "the server refused: too many links" },
	{ ENOTBLK, RC_REFUSED, "the server refused: it is no block device" },
	{ EPERM, RC_REFUSED,
	  "the server refused: another client has it open for writing" },
	{ EACCES, RC_REFUSED,
	  "the server refused: it may not be opened so there, try access_mode=ro" },
	{ EROFS, RC_REFUSED,
	  "the server refused: it is read-only there, try access_mode=ro" },
	{ EBUSY, RC_BUSY, "busy here or on the server, try again" },
	{ ENXIO, RC_REFUSED, "the server refused: no such device or session" },
	{ EEXIST, RC_EXISTS,
	  "exists already under another spelling, or a path is taken; see the kernel log" },
	{ EINVAL, RC_REFUSED,
	  "refused as invalid, the kernel logs here and on the server say why" },
	{ EPROTONOSUPPORT, RC_ADDRESS, "the kernel knows no such address" },
	{ ENAMETOOLONG, RC_USAGE, "the names are too long together" },
	{ EOPNOTSUPP, RC_UNSUPPORTED,
	  "not supported, or not in the initial network namespace" },
	{ ENOMEM, RC_FAILED, "not enough memory here or on the server" },
	{ }
};

static int explain_map(const struct write_result *result,
		       const struct map_request *map,
		       const struct model *model)
{
	const struct device *device;
	char *subject;
	int rc;

	if (result->signal || result->open_err)
		return explain(result, NULL, "map", "map_device");

	device = model_mapping(model, map->sessname, map->device_path);
	if (result->err == EEXIST && device)
		return fail(RC_EXISTS, "%s of session %s is already mapped as /dev/%s",
			    map->device_path, map->sessname, device->name);
	if (result->err == ENXIO && !map->nr_pairs &&
	    !model_session(model, SIDE_CLIENT, map->sessname))
		return fail(RC_NOT_FOUND, "no session %s, a new one needs path=",
			    map->sessname);

	subject = xasprintf("%s of session %s", map->device_path,
			    map->sessname);
	if (is_no_answer(result->err))
		rc = explain_no_answer(result->err, subject, map->pairs,
				       map->nr_pairs);
	else
		rc = explain(result, map_meanings, "map", subject);
	free(subject);
	return rc;
}

static int show_mapped(const struct map_request *map,
		       const struct model *model, bool json)
{
	const struct device *device;
	struct out *out;

	device = model_mapping(model, map->sessname, map->device_path);
	if (!device)
		return fail(RC_FAILED, "%s of session %s was mapped but is gone again",
			    map->device_path, map->sessname);
	if (json) {
		out = out_new();
		view_device(out, device);
		return out_print(out, true);
	}
	printf("/dev/%s\n", device->name);
	return RC_OK;
}

static int run_map(const struct args *args)
{
	struct map_request map = { };
	struct write_result result;
	struct model model = { };
	char *text;
	int rc;

	rc = read_request(&map, args);
	if (rc)
		return rc;

	sysfs_read_model(&model);
	rc = need_module(model.has_rnbd_client, "rnbd-client");
	model_free(&model);
	if (rc)
		return rc;

	text = request_text(&map, args);
	result = sysfs_map(text);
	free(text);

	sysfs_read_model(&model);
	if (result.err || result.open_err || result.signal)
		rc = explain_map(&result, &map, &model);
	else
		rc = show_mapped(&map, &model, args->json);
	model_free(&model);
	return rc;
}

static const struct meaning unmap_meanings[] = {
	{ EBUSY, RC_BUSY,
	  "is open or mounted on this host; close it, or add the word force" },
	{ EALREADY, RC_BUSY, "is being unmapped already" },
	{ ENODEV, RC_NOT_FOUND, "is going away" },
	{ }
};

static int unmap_device(const struct device *device, bool force)
{
	struct write_result result = sysfs_unmap(device, force);
	char *subject = xasprintf("/dev/%s", device->name);
	int rc;

	rc = explain(&result, unmap_meanings, "unmap", subject);
	free(subject);
	return rc;
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

	sysfs_read_model(&model);
	rc = need_module(model.has_rnbd_client, "rnbd-client");
	if (rc)
		goto out;

	device = name ? model_device(&model, name) :
			model_mapping(&model, sessname, device_path);
	if (device)
		rc = unmap_device(device, arg(args, "force"));
	else if (name)
		rc = fail(RC_NOT_FOUND, "no mapped device %s", name);
	else
		rc = fail(RC_NOT_FOUND, "%s of session %s is not mapped",
			  device_path, sessname);
out:
	model_free(&model);
	return rc;
}

static const struct word map_words[] = {
	{ "sessname", "NAME", WORD_REQUIRED,
	  "session, an existing one or the name for a new one" },
	{ "path", "ADDR", WORD_REPEATED,
	  "[SRC@]DST, each ip:IP or gid:GID; needed for a new session" },
	{ "device_path", "PATH", WORD_REQUIRED,
	  "disk on the server, below its search path" },
	{ "dest_port", "PORT", 0, "the server's port for all paths, else 1234" },
	{ "access_mode", "MODE", 0, "ro, rw or migration, else rw" },
	{ "nr_poll_queues", "NUMBER", 0,
	  "queues for polled I/O, -1 for one per CPU, else 0" },
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
