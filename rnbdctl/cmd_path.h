/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Showing and adding paths, for whoever has found it.
 */
#ifndef RNBDCTL_CMD_PATH_H
#define RNBDCTL_CMD_PATH_H

#include "addr.h"
#include "args.h"
#include "model.h"
#include "view.h"

/**
 * show_path() - print a path, its traffic and refusals
 * @model:   where it is from
 * @session: its session
 * @path:    the path
 * @style:   how
 *
 * Return: as out_print().
 */
int show_path(const struct model *model, const struct session *session,
	      const struct path *path, const struct style *style);

/**
 * session_has_path() - whether a session has a path
 * @session: the session
 * @pair:    its addresses; the source may be unset
 *
 * Return: true if a path of it has these addresses.
 */
bool session_has_path(const struct session *session,
		      const struct addr_pair *pair);

/**
 * add_path() - connect another path of a client's session
 * @session: the session
 * @pair:    its addresses
 * @shared:  it is a success if another one added it meanwhile
 *
 * Return: RC_OK, or an exit code with its line said.
 */
int add_path(const struct session *session, const struct addr_pair *pair,
	     bool shared);

/**
 * recover_paths() - connect the paths of a client's session that are down
 * @session: the session
 * @what:    the command
 *
 * Return: RC_OK if all are up now, else the code of the last that is not.
 */
int recover_paths(const struct session *session, const char *what);

/**
 * list_paths() - print paths
 * @args:   how
 * @select: which; its model is read here
 *
 * Return: RC_OK, or an exit code with its line said.
 */
int list_paths(const struct args *args, struct selection *select);

/**
 * show_found_path() - print the path named by sessname= and path=
 * @args: the words
 * @side: on this side only, or NULL
 *
 * Return: RC_OK, or an exit code with its line said.
 */
int show_found_path(const struct args *args, const enum side *side);

#endif
