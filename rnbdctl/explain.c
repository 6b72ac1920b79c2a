// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel decides, this file explains afterwards: no check here can refuse
 * what the kernel would have done.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "explain.h"
#include "rdma.h"
#include "say.h"

static const int no_answer[] = {
	EHOSTUNREACH, ENETUNREACH, ENETDOWN, EHOSTDOWN, ECONNRESET,
	ECONNREFUSED, ECONNABORTED, ETIMEDOUT, ENOTCONN, EADDRNOTAVAIL,
	ENODEV,
};

bool is_no_answer(int err)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(no_answer); i++)
		if (no_answer[i] == err)
			return true;
	return false;
}

static int explain_open(int err, const char *what, const char *subject)
{
	switch (err) {
	case EACCES:
	case EPERM:
		return fail(RC_PERMISSION, "%s needs root", what);
	case ENOENT:
		return fail(RC_NOT_FOUND, "%s is gone, or its module cannot %s",
			    subject, what);
	}
	return fail(RC_FAILED, "%s: %s", subject, strerror(err));
}

int explain(const struct write_result *result, const struct meaning *meanings,
	    const char *what, const char *subject)
{
	if (result->signal)
		return fail(RC_SIGNAL + result->signal,
			    "%s was interrupted by SIG%s%s", what,
			    sigabbrev_np(result->signal),
			    result->still_running ?
			    ", the kernel still works on it" : "");
	if (result->open_err)
		return explain_open(result->open_err, what, subject);
	if (!result->err)
		return RC_OK;

	for (; meanings && meanings->err; meanings++)
		if (meanings->err == result->err)
			return fail(meanings->code, "%s: %s", subject,
				    meanings->text);
	return fail(RC_FAILED, "%s: %s", subject, strerror(result->err));
}

static bool any_active(const struct rdma *rdma)
{
	size_t i;

	for (i = 0; i < rdma->nr_links; i++)
		if (!rdma->links[i].state ||
		    !strcmp(rdma->links[i].state, "ACTIVE"))
			return true;
	return false;
}

int explain_no_answer(int err, const char *subject,
		      const struct addr_pair *pairs, size_t nr)
{
	const char *src = NULL, *hint;
	struct rdma rdma = { };
	size_t i;

	rdma_read(&rdma);
	for (i = 0; i < nr && rdma.nr_gids; i++)
		if (pairs[i].src.set && !rdma_gid(&rdma, NULL, &pairs[i].src))
			src = pairs[i].src.text;

	if (rdma.links_known && !rdma.nr_links)
		hint = "this host has no RDMA device, see rdma-link(8)";
	else if (src)
		hint = "no RDMA device of this host has the address ";
	else if (rdma.links_known && !any_active(&rdma))
		hint = "no RDMA link of this host is active";
	else
		hint = "is the server up and rnbd-server loaded there, does a firewall stop RDMA?";
	rdma_free(&rdma);
	return fail(RC_UNREACHABLE, "%s: %s: %s%s", subject, strerror(err),
		    hint, src ? src : "");
}

int need_module(bool loaded, const char *module)
{
	if (loaded)
		return RC_OK;
	return fail(RC_NO_MODULE, "module %s is not loaded: modprobe %s",
		    module, module);
}

int need_side(const struct model *model, bool server)
{
	if (server)
		return need_module(model->has_rtrs_server, "rnbd-server");
	return need_module(model->has_rtrs_client || model->has_rtrs_server,
			   "rtrs-client");
}
