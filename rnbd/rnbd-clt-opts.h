/* SPDX-License-Identifier: GPL-2.0 */
/* What map_device was asked for. Pure: tests/unit/test_rnbd_opts.c. */
#ifndef RNBD_CLT_OPTS_H
#define RNBD_CLT_OPTS_H

#include <linux/types.h>

#include "rnbd-proto.h"

#define RNBD_MAX_PATHS	6	/* in one map request */

/**
 * struct rnbd_map_opts - a map request; texts point into the parsed buffer
 * @sessname: session, 1..254 characters, no '/' or '.'
 * @device_path: on the server, 1..254 characters
 * @access: read-write unless told
 * @nr_poll_queues: 0 unless told
 * @port: the last dest_port; for paths added later
 * @nr_paths: how many follow
 * @paths: address texts, and the destination port of each
 * @why: what was wrong, after an error
 */
struct rnbd_map_opts {
	char			*sessname;
	char			*device_path;
	enum rnbd_access	access;
	unsigned int		nr_poll_queues;
	u16			port;
	unsigned int		nr_paths;
	struct {
		char		*text;
		u16		port;
	} paths[RNBD_MAX_PATHS];
	const char		*why;
};

int rnbd_map_opts_parse(struct rnbd_map_opts *opts, char *buf,
			unsigned int nr_cpus);

#endif /* RNBD_CLT_OPTS_H */
