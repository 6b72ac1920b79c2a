/* SPDX-License-Identifier: GPL-2.0 */
/*
 * "map DISK from SERVER": the session and the path which that means.
 */
#ifndef RNBDCTL_MAPFROM_H
#define RNBDCTL_MAPFROM_H

#include "map.h"

/**
 * map_from() - complete a request by the name of a server
 * @map:      its session is set, and a path if it needs one and has none
 * @model:    the sessions there are
 * @server:   name of a session, or a host's name or address
 * @sessname: what the caller frees when the request is done
 *
 * A session of that name is taken. Else the session is named
 * "THIS-HOST@SERVER", with '-' for what a name cannot hold, and unless paths
 * are given its path is the host's first address.
 *
 * Return: RC_OK, or an exit code with its line said.
 */
int map_from(struct map_request *map, const struct model *model,
	     const char *server, char **sessname);

#endif
