// SPDX-License-Identifier: GPL-2.0
/*
 * One line for map_device, written until the disk is there or hope is gone.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "explain.h"
#include "map.h"
#include "say.h"
#include "sysfs.h"

#define PAUSE_FIRST_MS	100	/* between two attempts */
#define PAUSE_MAX_MS	5000
#define CLOSED_SOON_MS	1000	/* until a disk just closed is free */
#define OTHERS_PAUSES	5	/* while others may do the same, 3 s in all */

static void put_word(FILE *words, const char *key, const char *value)
{
	if (value)
		fprintf(words, " %s=%s", key, value);
}

/* dest_port goes first: the kernel's own module applies it to later paths. */
static char *request_text(const struct map_request *map)
{
	char *text = NULL, *pair;
	size_t size, i;
	FILE *words = open_memstream(&text, &size);

	if (!words)
		abort();
	fprintf(words, "sessname=%s", map->sessname);
	put_word(words, "dest_port", map->dest_port);
	for (i = 0; i < map->nr_pairs; i++) {
		pair = addr_pair_text(&map->pairs[i]);
		put_word(words, "path", pair);
		free(pair);
	}
	put_word(words, "device_path", map->device_path);
	put_word(words, "access_mode", map->access_mode);
	put_word(words, "nr_poll_queues", map->nr_poll_queues);
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
	char *subject;
	int rc;

	if (result->signal || result->open_err)
		return explain(result, NULL, "map", "map_device");
	if (result->err == ENXIO && !map->nr_pairs &&
	    !model_session(model, SIDE_CLIENT, map->sessname))
		return fail(RC_NOT_FOUND, "no session %s, a new one needs path=",
			    map->sessname);

	if (result->timed_out)
		return fail(RC_UNREACHABLE, "%s of session %s: no answer within %u s",
			    map->device_path, map->sessname, map->timeout_s);

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

static unsigned long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

static void pause_ms(unsigned int ms)
{
	struct timespec pause = {
		.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L,
	};

	nanosleep(&pause, NULL);
}

/* Whether the next attempt may find what this one did not. */
static bool may_come(const struct write_result *result)
{
	return !result->signal && !result->open_err && !result->timed_out &&
	       (is_no_answer(result->err) || result->err == EBUSY);
}

static void read_again(const struct map_request *map, struct model *model,
		       const struct device **device)
{
	model_free(model);
	sysfs_read_model(model);
	*device = model_mapping(model, map->sessname, map->device_path);
}

/*
 * EEXIST without the disk: another one makes or removes it right now. A request
 * that can never be granted looks the same, so this ends.
 */
static struct write_result map_until(const struct map_request *map,
				     struct model *model,
				     const struct device **device)
{
	unsigned long long end_ms = now_ms() + map->timeout_s * 1000ULL;
	unsigned int rest_ms = 0, between_ms = PAUSE_FIRST_MS, taken = 0;
	char *text = request_text(map);
	struct write_result result;

	for (;;) {
		if (map->timeout_s) {
			unsigned long long now = now_ms();

			rest_ms = now < end_ms ? end_ms - now : 1;
		}
		result = sysfs_map(text, rest_ms);
		if (map->dry_run)
			break;
		read_again(map, model, device);
		if (result.err == EEXIST ?
		    *device || taken++ == OTHERS_PAUSES :
		    !map->wait || !may_come(&result))
			break;
		if (map->timeout_s && now_ms() + between_ms >= end_ms)
			break;
		pause_ms(between_ms);
		between_ms = between_ms * 2 < PAUSE_MAX_MS ? between_ms * 2 :
							    PAUSE_MAX_MS;
	}
	free(text);
	return result;
}

static int mapped_already(const struct map_request *map,
			  const struct device *device)
{
	if (map->access_mode && device->access_mode &&
	    strcmp(map->access_mode, device->access_mode))
		return fail(RC_EXISTS,
			    "%s of session %s is already mapped as /dev/%s, with access_mode=%s",
			    map->device_path, map->sessname, device->name,
			    device->access_mode);
	if (!map->quiet)
		note("%s of session %s is already mapped", map->device_path,
		     map->sessname);
	return RC_OK;
}

int map_run(const struct map_request *map, struct model *model,
	    const struct device **device)
{
	struct write_result result;

	*device = model_mapping(model, map->sessname, map->device_path);
	if (*device)
		return mapped_already(map, *device);

	result = map_until(map, model, device);
	if (map->dry_run)
		return RC_OK;
	/* another one was faster */
	if (result.err == EEXIST && *device)
		return mapped_already(map, *device);
	if (result.err || result.open_err || result.signal || result.timed_out)
		return explain_map(&result, map, model);
	if (!*device)
		return fail(RC_FAILED, "%s of session %s was mapped but is gone again",
			    map->device_path, map->sessname);
	return RC_OK;
}

static const struct meaning unmap_meanings[] = {
	{ EBUSY, RC_BUSY,
	  "is open or mounted on this host; close it, or add the word force" },
	{ EALREADY, RC_BUSY, "is being unmapped already" },
	{ ENODEV, RC_NOT_FOUND, "is going away" },
	{ }
};

/* Who watches disks opens one for a moment after its last user closed it. */
static struct write_result unmap_patiently(const struct device *device,
					   bool force)
{
	unsigned long long end_ms = now_ms() + CLOSED_SOON_MS;
	struct write_result result;

	for (;;) {
		result = sysfs_unmap(device, force);
		if (result.err != EBUSY || now_ms() >= end_ms)
			return result;
		pause_ms(PAUSE_FIRST_MS);
	}
}

bool others_pause(unsigned int *taken)
{
	if (*taken == OTHERS_PAUSES)
		return false;
	pause_ms(PAUSE_FIRST_MS << (*taken)++);
	return true;
}

/* Another one unmaps it: until its folder is gone. */
static bool others_unmapped(const struct device *device,
			    const struct write_result *result)
{
	int err = result->open_err ? result->open_err : result->err;
	unsigned int taken = 0;

	/* its files go one after another, its folder last */
	if (err != ENODEV && err != EALREADY && !(result->open_err && err == ENOENT))
		return false;
	while (sysfs_has_device(device))
		if (!others_pause(&taken))
			return false;
	return true;
}

int unmap_run(const struct device *device, bool force, bool shared)
{
	struct write_result result = unmap_patiently(device, force);
	char *subject;
	int rc;

	if (shared && others_unmapped(device, &result))
		return RC_OK;
	subject = xasprintf("/dev/%s", device->name);
	rc = explain(&result, unmap_meanings, "unmap", subject);
	free(subject);
	return rc;
}
