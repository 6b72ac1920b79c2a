/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Showing a path, for whoever has found it.
 */
#ifndef RNBDCTL_CMD_PATH_H
#define RNBDCTL_CMD_PATH_H

#include "model.h"
#include "out.h"

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

#endif
