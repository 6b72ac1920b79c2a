/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From an errno of the kernel to the one line which helps, and its exit code.
 */
#ifndef RNBDCTL_EXPLAIN_H
#define RNBDCTL_EXPLAIN_H

#include "addr.h"
#include "killable.h"
#include "model.h"

/* What an errno means for one command; ends with errno 0. */
struct meaning {
	int		err;
	int		code;	/* exit code */
	const char	*text;	/* follows "subject: " */
};

/**
 * explain() - say how a write went wrong, if it did
 * @result:   of the write
 * @meanings: of this command, NULL for the general ones only
 * @what:     the command, for "map needs root"
 * @subject:  what it was done to
 *
 * Return: RC_OK for success, else the exit code with its line said.
 */
int explain(const struct write_result *result, const struct meaning *meanings,
	    const char *what, const char *subject);

/**
 * explain_no_answer() - say why a server may not be reached
 * @err:     the errno
 * @subject: what was to be connected
 * @pairs:   the addresses tried
 * @nr:      how many
 *
 * Looks at the RDMA devices of this host for the cause.
 *
 * Return: RC_UNREACHABLE.
 */
int explain_no_answer(int err, const char *subject,
		      const struct addr_pair *pairs, size_t nr);

/**
 * is_no_answer() - whether an errno means that no server was reached
 * @err: the errno
 *
 * Return: true if explain_no_answer() is the one to explain it.
 */
bool is_no_answer(int err);

/**
 * need_module() - refuse to go on without a module
 * @loaded: whether it is there
 * @module: its name for modprobe
 *
 * Return: RC_OK, or RC_NO_MODULE with its line said.
 */
int need_module(bool loaded, const char *module);

/**
 * need_side() - refuse to go on without the transport's modules
 * @model:  tells what is there
 * @server: the server's alone are meant, else either will do
 *
 * Return: RC_OK, or RC_NO_MODULE with its line said.
 */
int need_side(const struct model *model, bool server);

#endif
