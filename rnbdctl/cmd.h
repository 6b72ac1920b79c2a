/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A command is a row: its name, the words it takes, what it does. Parsing,
 * --help and the manual's synopsis follow from the row.
 */
#ifndef RNBDCTL_CMD_H
#define RNBDCTL_CMD_H

#include <stdbool.h>
#include <stddef.h>

struct args;

enum word_flags {
	WORD_REQUIRED	= 1 << 0,
	WORD_PLAIN	= 1 << 1,	/* may be given without "key=" */
	WORD_REPEATED	= 1 << 2,
	WORD_FLAG	= 1 << 3,	/* the bare key, it has no value */
};

struct word {
	const char	*key;
	const char	*value;		/* what stands for it in the synopsis */
	unsigned int	flags;
	const char	*help;
};

struct cmd {
	const char		*name;	/* "map", "path add" */
	const char		*does;	/* one sentence, no full stop */
	const struct word	*words;	/* ends with a NULL key; may be NULL */
	int			(*run)(const struct args *args);
};

/* Each object's commands, ended by a NULL name. */
extern const struct cmd map_cmds[];
extern const struct cmd device_cmds[];
extern const struct cmd session_cmds[];
extern const struct cmd path_cmds[];
extern const struct cmd server_cmds[];

#endif
