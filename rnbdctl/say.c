// SPDX-License-Identifier: GPL-2.0
/*
 * Standard error and exit status. Everything printed here passes through the
 * escaping of text.c, because names in it come from users and from peers.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "say.h"
#include "text.h"

const struct exit_text exit_texts[] = {
	{ RC_OK,	  "success" },
	{ RC_FAILED,	  "another error; the line says which" },
	{ RC_USAGE,	  "wrong usage, nothing was done" },
	{ RC_PERMISSION,  "not permitted: needs root" },
	{ RC_NO_MODULE,	  "a kernel module is missing" },
	{ RC_NOT_FOUND,	  "no such session, device or path" },
	{ RC_EXISTS,	  "already exists" },
	{ RC_REFUSED,	  "the server refused; the line says why" },
	{ RC_ADDRESS,	  "bad address" },
	{ RC_UNREACHABLE, "the server cannot be reached" },
	{ RC_BUSY,	  "in use" },
	{ RC_VERSION,	  "versions of tool and modules differ" },
	{ RC_UNSUPPORTED, "not supported by the loaded modules" },
	{ RC_FOUND,	  "diff or doctor found something" },
	{ RC_SIGNAL,	  "plus N: interrupted by signal N" },
};

const size_t nr_exit_texts = ARRAY_SIZE(exit_texts);

static void say(const char *fmt, va_list ap)
{
	char *line, *shown;

	if (vasprintf(&line, fmt, ap) < 0)
		return;
	shown = text_for_terminal(line);
	fflush(stdout);
	fprintf(stderr, "rnbdctl: %s\n", shown);
	free(shown);
	free(line);
}

int fail(int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	return code;
}

void note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
}

static void *or_die(void *p)
{
	if (p)
		return p;
	fputs("rnbdctl: out of memory\n", stderr);
	exit(RC_FAILED);
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&s, fmt, ap);
	va_end(ap);
	return or_die(len < 0 ? NULL : s);
}

char *xstrdup(const char *s)
{
	return or_die(strdup(s));
}

void *xcalloc(size_t nr, size_t size)
{
	return or_die(calloc(nr ? nr : 1, size));
}

void *xgrow(void *array, size_t nr, size_t size)
{
	array = or_die(reallocarray(array, nr + 1, size));
	memset((char *)array + nr * size, 0, size);
	return array;
}
