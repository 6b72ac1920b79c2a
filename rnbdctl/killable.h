/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A write which may block in the kernel for long, and which a signal ends at
 * any time.
 */
#ifndef RNBDCTL_KILLABLE_H
#define RNBDCTL_KILLABLE_H

#include <stdbool.h>

struct write_result {
	int	open_err;	/* errno of open(), or 0 */
	int	err;		/* errno of write(), or 0 */
	int	signal;		/* what ended it before it returned, or 0 */
	bool	timed_out;	/* it took longer than it may */
	bool	still_running;	/* the kernel did not let go in time */
};

/**
 * killable_write() - write a text to a file in one piece
 * @file:       its name
 * @text:       what to write
 * @timeout_ms: how long it may take, 0 for no end
 *
 * Context: blocks until the write is done or the process gets SIGINT,
 * SIGTERM, SIGHUP or SIGQUIT; a signal which was ignored stays ignored.
 *
 * Return: what became of it; all zero is success.
 */
struct write_result killable_write(const char *file, const char *text,
				   unsigned int timeout_ms);

#endif
