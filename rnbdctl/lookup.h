/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which command is meant: exact names before other words for them, those
 * before beginnings of names. What could be two commands is none.
 */
#ifndef RNBDCTL_LOOKUP_H
#define RNBDCTL_LOOKUP_H

#include "cmd.h"

struct lookup {
	const struct cmd	*cmd;
	size_t			used;	/* words which named it */
	const char		*extra;	/* a word they imply, or NULL */
};

/**
 * lookup() - find the command which words name
 * @found: result
 * @words: the words of the command line
 * @nr:    how many, at least 1
 *
 * Return: RC_OK, or RC_USAGE with its line said.
 */
int lookup(struct lookup *found, char **words, size_t nr);

/**
 * lookup_spelled() - find a command by its exact name or short form
 * @found: result
 * @words: the words of the command line
 * @nr:    how many
 *
 * Return: whether there is one; nothing is said if not.
 */
bool lookup_spelled(struct lookup *found, char **words, size_t nr);

/**
 * lookup_object() - the object whose verbs are missing
 * @words: the words of the command line
 * @nr:    how many
 *
 * Return: a new string like "server device" if the words are an object's name
 *	and no command; NULL if not. The caller frees.
 */
char *lookup_object(char **words, size_t nr);

/**
 * in_object() - whether a command is a verb of an object
 * @cmd:    the command
 * @object: name of the object
 *
 * Return: true if its name begins with the object's.
 */
bool in_object(const struct cmd *cmd, const char *object);

#endif
