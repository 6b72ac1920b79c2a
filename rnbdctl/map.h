/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Mapping a disk: from what was asked for to the words of the kernel, and to
 * the device. Who asks, the command line or a table, is not known here.
 */
#ifndef RNBDCTL_MAP_H
#define RNBDCTL_MAP_H

#include "addr.h"
#include "model.h"

#define MAP_PATHS_MAX	6	/* what map_device takes at once */

struct map_request {
	const char		*sessname;
	const char		*device_path;
	struct addr_pair	pairs[MAP_PATHS_MAX];
	size_t			nr_pairs;
	/* texts of numbers and words, or NULL */
	const char		*dest_port;
	const char		*access_mode;
	const char		*nr_poll_queues;
	bool			wait;		/* for a server which is not there */
	unsigned int		timeout_s;	/* in all, 0 for no end */
	bool			dry_run;
	bool			quiet;		/* no word if it is mapped already */
};

/**
 * map_wrong() - judge a request before the kernel does
 * @map: the request
 *
 * Return: NULL, or a new sentence saying what is wrong; the caller frees.
 */
char *map_wrong(const struct map_request *map);

/**
 * map_add_pair() - add a path to a request
 * @map:  the request
 * @text: the path as it was written
 *
 * Return: NULL, or what is wrong with the address, or "" if there are too many.
 */
const char *map_add_pair(struct map_request *map, const char *text);

/**
 * map_name_wrong() - judge the name of a session
 * @name: the name
 *
 * Return: NULL, or what is wrong, to follow the word "sessname".
 */
const char *map_name_wrong(const char *name);

/**
 * map_run() - map a disk, unless it is mapped already
 * @map:    the request, not wrong
 * @model:  read before, and again when something was mapped
 * @device: result; belongs to the model. NULL in a dry run
 *
 * Says so if the disk was mapped already; that is a success. Waits some seconds
 * for another one who maps or unmaps it at this moment.
 *
 * Return: RC_OK, or an exit code with its line said.
 */
int map_run(const struct map_request *map, struct model *model,
	    const struct device **device);

/**
 * others_pause() - wait a little for another process which does the same
 * @taken: how many pauses were taken, 0 before the first
 *
 * Return: false, without a pause, when that was long enough.
 */
bool others_pause(unsigned int *taken);

/**
 * unmap_run() - unmap a device
 * @device: the device
 * @force:  even if somebody has it open
 * @shared: it is a success if another one unmapped it; waits some seconds for
 *	that
 *
 * Return: RC_OK, or an exit code with its line said.
 */
int unmap_run(const struct device *device, bool force, bool shared);

#endif
