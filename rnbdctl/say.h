/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tool says on standard error and with its exit status, and memory
 * which is either there or ends the program.
 */
#ifndef RNBDCTL_SAY_H
#define RNBDCTL_SAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include "util.h"

/* Part of the interface: documented in rnbdctl(8), never renumbered. */
enum exit_code {
	RC_OK		= 0,
	RC_FAILED	= 1,
	RC_USAGE	= 2,
	RC_PERMISSION	= 3,
	RC_NO_MODULE	= 4,
	RC_NOT_FOUND	= 5,
	RC_EXISTS	= 6,
	RC_REFUSED	= 7,
	RC_ADDRESS	= 8,
	RC_UNREACHABLE	= 9,
	RC_BUSY		= 10,
	RC_VERSION	= 11,
	RC_UNSUPPORTED	= 12,
	RC_FOUND	= 13,
	RC_SIGNAL	= 128,	/* plus the number of the signal */
};

struct exit_text {
	enum exit_code	code;
	const char	*text;
};

extern const struct exit_text exit_texts[];
extern const size_t nr_exit_texts;

/**
 * fail() - say why the command failed, in one line on standard error
 * @code: the exit status which belongs to the reason
 * @fmt:  the reason; bytes unfit for a terminal are escaped
 *
 * Return: @code, so that a command can end with "return fail(...)".
 */
int fail(int code, const char *fmt, ...) __printf(2, 3);

/**
 * note() - say on standard error what need not be an error
 * @fmt: one line
 */
void note(const char *fmt, ...) __printf(1, 2);

/* These never return NULL; the caller frees. */
char *xasprintf(const char *fmt, ...) __printf(1, 2);
char *xstrdup(const char *s);
void *xcalloc(size_t nr, size_t size);

/**
 * xgrow() - make room for one more element at the end of an array
 * @array: the array, or NULL
 * @nr:    elements in use
 * @size:  bytes per element
 *
 * Return: the array, perhaps moved, with element @nr zeroed.
 */
void *xgrow(void *array, size_t nr, size_t size);

#endif
