/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The words of a command line, sorted by the keys of the command's row.
 */
#ifndef RNBDCTL_ARGS_H
#define RNBDCTL_ARGS_H

#include "cmd.h"
#include "out.h"

struct arg {
	const struct word	*word;
	const char		*value;
};

struct args {
	const struct cmd	*cmd;
	struct arg		*list;
	size_t			nr;
	struct style		style;
	bool			dry_run;
};

/**
 * args_parse() - sort words by key
 * @args:  cmd is set; filled here, args_free() frees
 * @words: the words after the command's name; must outlive @args
 * @nr:    how many
 *
 * Return: RC_OK, or RC_USAGE with its line said.
 */
int args_parse(struct args *args, char **words, size_t nr);

/**
 * args_sort() - sort words by key, as well as they go
 * @args:  cmd is set; filled here, args_free() frees
 * @words: the words after the command's name; must outlive @args
 * @nr:    how many
 *
 * What is wrong is left out without a word.
 */
void args_sort(struct args *args, char **words, size_t nr);

/**
 * args_imply() - add a word which the command's name implied
 * @args: filled by args_parse()
 * @text: "key=value"; must outlive @args
 *
 * A command without the key, and a word given in full, are left as they are.
 */
void args_imply(struct args *args, const char *text);

/**
 * args_free() - forget the words
 * @args: filled by args_parse()
 */
void args_free(struct args *args);

/**
 * arg() - the value of a key
 * @args: the words
 * @key:  a key of the command's row
 *
 * Return: its first value ("" for a flag), or NULL if it was not given.
 */
const char *arg(const struct args *args, const char *key);

/**
 * arg_nth() - a value of a key which may be repeated
 * @args: the words
 * @key:  a key of the command's row
 * @nth:  counted from 0
 *
 * Return: the value, or NULL past the last one.
 */
const char *arg_nth(const struct args *args, const char *key, size_t nth);

/**
 * read_seconds() - the value of a key as a time
 * @args:    the words
 * @key:     a key of the command's row
 * @seconds: result, left alone if the key was not given
 *
 * Return: RC_OK, or RC_USAGE with its line said.
 */
int read_seconds(const struct args *args, const char *key,
		 unsigned int *seconds);

/**
 * word_name() - what a word is called in the list of a command's words
 * @word: the word
 *
 * Return: a new string, as "key", "--key" or "VALUE"; the caller frees.
 */
char *word_name(const struct word *word);

/**
 * cmd_synopsis() - how a command is written
 * @cmd: the command
 *
 * Return: a new string without the program's name; the caller frees.
 */
char *cmd_synopsis(const struct cmd *cmd);

#endif
