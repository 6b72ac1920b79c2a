/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Finding the session which a user means, and showing it.
 */
#ifndef RNBDCTL_CMD_SESSION_H
#define RNBDCTL_CMD_SESSION_H

#include "args.h"
#include "model.h"
#include "view.h"

/**
 * find_session() - the session named by sessname= and side=
 * @model:   the model
 * @args:    the words
 * @side:    on this side only, or NULL for what side= says
 * @session: result
 *
 * Return: RC_OK, or an exit code with its line said.
 */
int find_session(const struct model *model, const struct args *args,
		 const enum side *side, const struct session **session);

/**
 * show_session() - print a session with its devices and paths
 * @model:   where it is from
 * @session: the session
 * @style:   how
 *
 * Return: as out_print().
 */
int show_session(const struct model *model, const struct session *session,
		 const struct style *style);

/**
 * select_side() - narrow a selection by side=
 * @args:   the words
 * @select: narrowed if the word was given
 *
 * Return: RC_OK, or RC_USAGE with its line said.
 */
int select_side(const struct args *args, struct selection *select);

/**
 * list_sessions() - print sessions
 * @args:   how
 * @select: which; its model is read here
 *
 * Return: RC_OK, or an exit code with its line said.
 */
int list_sessions(const struct args *args, struct selection *select);

/**
 * show_found_session() - print the session named by sessname=
 * @args: the words
 * @side: on this side only, or NULL
 *
 * Return: RC_OK, or an exit code with its line said.
 */
int show_found_session(const struct args *args, const enum side *side);

#endif
