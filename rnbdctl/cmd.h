/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A command is a row: its name, the words it takes, what it does. Parsing,
 * --help, completion and the manual's synopsis follow from the row.
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
	WORD_OPTION	= 1 << 4,	/* only as "--key" */
	WORD_NEXT	= 1 << 5,	/* "key value" is as good as "key=value" */
	WORD_EMPTY	= 1 << 6,	/* may be empty */
};

/* What a value names, for completion. */
enum word_kind {
	KIND_FREE,		/* anything */
	KIND_CHOICE,		/* one of word.choices */
	KIND_DEVICE,
	KIND_CLIENT_SESSION,
	KIND_SERVER_SESSION,
	KIND_SESSION,
	KIND_PATH,		/* of the session named before */
	KIND_SERVER_PATH,
	KIND_ADDRESS,
	KIND_EXPORT,
	KIND_RXE,
	KIND_NETDEV,
	KIND_FILE,
	KIND_MAPPING,		/* a name in rnbdtab */
	KIND_ANY_NAME,		/* device, session or path */
};

struct word {
	const char	*key;
	const char	*value;		/* what stands for it in the synopsis */
	unsigned int	flags;
	const char	*help;
	enum word_kind	kind;
	const char	*choices;	/* separated by blanks */
};

#define SIDE_CHOICES	"client server"
#define POLICY_CHOICES	"round-robin min-inflight min-latency"
#define MODE_CHOICES	"ro rw migration"

struct cmd {
	const char		*name;	/* "device map", "path add" */
	const char		*does;	/* one sentence, no full stop */
	const struct word	*words;	/* ends with a NULL key; may be NULL */
	int			(*run)(const struct args *args);
};

/* A shorter name of a command. */
struct short_form {
	const char	*name;
	const char	*cmd;
};

extern const struct short_form short_forms[];
extern const size_t nr_short_forms;

/* Each object's commands, ended by a NULL name. */
extern const struct cmd show_cmds[];
extern const struct cmd map_cmds[];
extern const struct cmd device_cmds[];
extern const struct cmd session_cmds[];
extern const struct cmd path_cmds[];
extern const struct cmd server_cmds[];
extern const struct cmd rxe_cmds[];
extern const struct cmd tab_cmds[];
extern const struct cmd stats_cmds[];
extern const struct cmd doctor_cmds[];
extern const struct cmd monitor_cmds[];
extern const struct cmd completion_cmds[];

/**
 * cmd_next() - walk over all commands
 * @cmd: the one before, or NULL to begin
 *
 * Return: the next one, or NULL at the end.
 */
const struct cmd *cmd_next(const struct cmd *cmd);

/**
 * cmd_named() - find a command
 * @name: its whole name
 *
 * Return: the command, or NULL.
 */
const struct cmd *cmd_named(const char *name);

/**
 * offer_options() - print the options of all commands, for completion
 * @typed: how they begin
 */
void offer_options(const char *typed);

#endif
