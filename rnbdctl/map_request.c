// SPDX-License-Identifier: GPL-2.0
/*
 * What can be asked of map_device: judged here, where a reason can be given.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "map.h"
#include "say.h"

#define NAME_BYTES_MAX	254	/* of a session or a device path */

static const char *const access_modes[] = { "ro", "rw", "migration" };

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

const char *map_name_wrong(const char *name)
{
	return name_wrong(name, "/.");
}

static bool is_number(const char *text, long min, long max)
{
	char *end;
	long value;

	if (!text)
		return true;
	errno = 0;
	value = strtol(text, &end, 10);
	return !errno && !*end && end != text &&
	       !isspace((unsigned char)*text) && value >= min && value <= max;
}

static bool is_mode(const char *mode)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(access_modes); i++)
		if (!mode || !strcmp(mode, access_modes[i]))
			return true;
	return false;
}

char *map_wrong(const struct map_request *map)
{
	const char *wrong;

	wrong = map_name_wrong(map->sessname);
	if (wrong)
		return xasprintf("sessname %s", wrong);
	wrong = name_wrong(map->device_path, "");
	if (wrong)
		return xasprintf("device_path %s", wrong);
	/* The kernel links the device under "device_path@sessname". */
	if (strlen(map->sessname) + 1 + strlen(map->device_path) > NAME_MAX)
		return xstrdup("sessname and device_path have more than 254 bytes together");
	if (!is_number(map->dest_port, 1, 65535))
		return xstrdup("dest_port must be a number from 1 to 65535");
	if (!is_number(map->nr_poll_queues, -1, INT_MAX))
		return xasprintf("nr_poll_queues must be a number from -1 to %d",
				 INT_MAX);
	if (!is_mode(map->access_mode))
		return xstrdup("access_mode must be ro, rw or migration");
	return NULL;
}

const char *map_add_pair(struct map_request *map, const char *text)
{
	const char *wrong;

	if (map->nr_pairs == MAP_PATHS_MAX)
		return "";
	wrong = addr_pair_parse(&map->pairs[map->nr_pairs], text);
	if (!wrong)
		map->nr_pairs++;
	return wrong;
}
