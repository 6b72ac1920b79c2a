// SPDX-License-Identifier: GPL-2.0
/*
 * Paths of a session: list, add, remove, disconnect, reconnect.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd_path.h"
#include "cmd_session.h"
#include "explain.h"
#include "map.h"
#include "say.h"
#include "sysfs.h"

int list_paths(const struct args *args, struct selection *select)
{
	struct model model = { };
	struct rdma rdma = { };
	const struct session *any;
	struct out *out;
	int rc;

	select->model = &model;
	select->rdma = &rdma;
	select->session = arg(args, "sessname");
	sysfs_read_model(&model);
	rc = need_side(&model, select->one_side && select->side == SIDE_SERVER);
	if (!rc && select->session) {
		any = model_session(&model, SIDE_CLIENT, select->session);
		if (!any && !model_session(&model, SIDE_SERVER,
					   select->session))
			rc = fail(RC_NOT_FOUND, "no session %s",
				  select->session);
	}
	if (!rc) {
		rdma_read(&rdma);
		out = out_new();
		view_paths(out, select);
		rc = out_print(out, &args->style);
	}
	rdma_free(&rdma);
	model_free(&model);
	return rc;
}

static int run_list(const struct args *args)
{
	struct selection select = { };
	int rc;

	rc = select_side(args, &select);
	return rc ? rc : list_paths(args, &select);
}

static bool path_matches(const struct path *path, const struct addr_pair *asked)
{
	struct addr_pair pair;

	return !addr_pair_parse(&pair, path->name) &&
	       addr_equal(&pair.dst, &asked->dst) &&
	       (!asked->src.set || addr_equal(&pair.src, &asked->src));
}

bool session_has_path(const struct session *session,
		      const struct addr_pair *pair)
{
	size_t i;

	for (i = 0; i < session->nr_paths; i++)
		if (path_matches(&session->paths[i], pair))
			return true;
	return false;
}

static int ambiguous(const struct session *session,
		     const struct addr_pair *asked, const char *text)
{
	char *names = NULL;
	size_t size, i;
	FILE *list = open_memstream(&names, &size);

	if (!list)
		abort();
	for (i = 0; i < session->nr_paths; i++)
		if (path_matches(&session->paths[i], asked))
			fprintf(list, " %s", session->paths[i].name);
	if (fclose(list))
		abort();
	fail(RC_USAGE, "'%s' names several paths:%s", text, names);
	free(names);
	return RC_USAGE;
}

/* By its name first, then by address; the source may be left out. */
static int find_path(const struct session *session, const char *text,
		     const struct path **found)
{
	struct addr_pair asked;
	const char *wrong;
	size_t i, nr = 0;

	for (i = 0; i < session->nr_paths; i++)
		if (!strcmp(session->paths[i].name, text)) {
			*found = &session->paths[i];
			return RC_OK;
		}

	wrong = addr_pair_parse(&asked, text);
	if (wrong)
		return fail(RC_ADDRESS, "bad address '%s': %s", text, wrong);
	for (i = 0; i < session->nr_paths; i++)
		if (path_matches(&session->paths[i], &asked)) {
			*found = &session->paths[i];
			nr++;
		}
	if (nr > 1)
		return ambiguous(session, &asked, text);
	if (!nr)
		return fail(RC_NOT_FOUND, "session %s has no path %s",
			    session->name, text);
	return RC_OK;
}

int show_path(const struct model *model, const struct session *session,
	      const struct path *path, const struct style *style)
{
	struct rdma rdma = { };
	struct selection select = {
		.model = model, .rdma = &rdma, .session = session->name,
		.one_side = true, .side = session->side, .path = path->name,
	};
	struct out *out = out_new();

	rdma_read(&rdma);
	view_paths(out, &select);
	view_path_stats(out, &select);
	view_refused(out, &select);
	rdma_free(&rdma);
	return out_print(out, style);
}

int show_found_path(const struct args *args, const enum side *side)
{
	const struct session *session;
	struct model model = { };
	const struct path *path = NULL;
	int rc;

	sysfs_read_model(&model);
	rc = need_side(&model, side && *side == SIDE_SERVER);
	if (!rc)
		rc = find_session(&model, args, side, &session);
	if (!rc)
		rc = find_path(session, arg(args, "path"), &path);
	if (!rc)
		rc = show_path(&model, session, path, &args->style);
	model_free(&model);
	return rc;
}

static int run_show(const struct args *args)
{
	return show_found_path(args, NULL);
}

static const struct meaning add_meanings[] = {
	{ EEXIST, RC_EXISTS, "the session has this path already" },
	{ ENXIO, RC_REFUSED,
	  "the server does not know the session: another host, or none of its paths is left" },
	{ EINVAL, RC_REFUSED, "refused as invalid, the kernel log says why" },
	{ ENOMEM, RC_FAILED, "not enough memory here or on the server" },
	{ EBUSY, RC_BUSY, "the session is being closed" },
	{ EPROTONOSUPPORT, RC_ADDRESS, "the kernel knows no such address" },
	{ }
};

static bool is_there(const struct session *session, const struct addr_pair *pair)
{
	struct model model = { };
	bool found;

	sysfs_read_model(&model);
	session = model_session(&model, SIDE_CLIENT, session->name);
	found = session && session_has_path(session, pair);
	model_free(&model);
	return found;
}

/* Another one adds it: until it has its folder. */
static bool others_added(const struct session *session,
			 const struct addr_pair *pair)
{
	unsigned int taken = 0;

	while (!is_there(session, pair))
		if (!others_pause(&taken))
			return false;
	return true;
}

int add_path(const struct session *session, const struct addr_pair *pair,
	     bool shared)
{
	char *text = addr_pair_text(pair);
	char *subject = xasprintf("path %s of session %s", text, session->name);
	struct write_result result = sysfs_add_path(session, text);
	int rc;

	if (shared && result.err == EEXIST && others_added(session, pair))
		rc = RC_OK;
	else if (is_no_answer(result.err))
		rc = explain_no_answer(result.err, subject, pair, 1);
	else
		rc = explain(&result, add_meanings, "path add", subject);
	free(subject);
	free(text);
	return rc;
}

static int run_add(const struct args *args)
{
	const char *text = arg(args, "path"), *wrong;
	const struct session *session;
	struct model model = { };
	struct addr_pair pair;
	int rc;

	wrong = addr_pair_parse(&pair, text);
	if (wrong)
		return fail(RC_ADDRESS, "bad address '%s': %s", text, wrong);

	sysfs_read_model(&model);
	rc = need_module(model.has_rtrs_client, "rtrs-client");
	if (rc)
		goto out;
	session = model_session(&model, SIDE_CLIENT, arg(args, "sessname"));
	if (session)
		rc = add_path(session, &pair, false);
	else
		rc = fail(RC_NOT_FOUND, "no client session %s",
			  arg(args, "sessname"));
out:
	model_free(&model);
	return rc;
}

static const struct meaning act_meanings[] = {
	{ EBUSY, RC_BUSY, "is being connected or closed just now" },
	{ ENODEV, RC_NOT_FOUND, "is going away" },
	{ }
};

static int act_on_path(const struct session *session, const struct path *path,
		       enum path_act act, const char *what)
{
	struct addr_pair pair = { };
	struct write_result result;
	char *subject;
	int rc;

	subject = xasprintf("path %s of session %s", path->name, session->name);
	result = sysfs_path_act(session, path, act);
	addr_pair_parse(&pair, path->name);
	if (act == PATH_RECONNECT && is_no_answer(result.err))
		rc = explain_no_answer(result.err, subject, &pair, 1);
	else
		rc = explain(&result, act_meanings, what, subject);
	free(subject);
	return rc;
}

static int change_path(const struct args *args, enum path_act act)
{
	const struct session *session;
	struct model model = { };
	const struct path *path = NULL;
	int rc;

	sysfs_read_model(&model);
	rc = need_side(&model, false);
	if (!rc)
		rc = find_session(&model, args, NULL, &session);
	if (!rc && session->side == SIDE_SERVER && act != PATH_DISCONNECT)
		rc = fail(RC_UNSUPPORTED, "%s is the client's to do, a server can only disconnect",
			  args->cmd->name);
	if (!rc)
		rc = find_path(session, arg(args, "path"), &path);
	if (!rc)
		rc = act_on_path(session, path, act, args->cmd->name);
	model_free(&model);
	return rc;
}

int recover_paths(const struct session *session, const char *what)
{
	int rc = RC_OK, one;
	size_t i;

	for (i = 0; i < session->nr_paths; i++) {
		if (session->paths[i].up)
			continue;
		one = act_on_path(session, &session->paths[i], PATH_RECONNECT,
				  what);
		if (one)
			rc = one;
	}
	return rc;
}

static int run_recover(const struct args *args)
{
	const struct session *session;
	const struct path *path = NULL;
	struct model model = { };
	int rc;

	sysfs_read_model(&model);
	rc = need_module(model.has_rtrs_client, "rtrs-client");
	if (rc)
		goto out;
	session = model_session(&model, SIDE_CLIENT, arg(args, "sessname"));
	if (!session)
		rc = fail(RC_NOT_FOUND, "no client session %s",
			  arg(args, "sessname"));
	else if (!arg(args, "path"))
		rc = recover_paths(session, args->cmd->name);
	else
		rc = find_path(session, arg(args, "path"), &path);
	if (path && !path->up)
		rc = act_on_path(session, path, PATH_RECONNECT,
				 args->cmd->name);
out:
	model_free(&model);
	return rc;
}

static int run_remove(const struct args *args)
{
	return change_path(args, PATH_REMOVE);
}

static int run_disconnect(const struct args *args)
{
	return change_path(args, PATH_DISCONNECT);
}

static int run_reconnect(const struct args *args)
{
	return change_path(args, PATH_RECONNECT);
}

static const struct word list_words[] = {
	{ "sessname", "SESSION", WORD_PLAIN, "only paths of this session",
	  KIND_SESSION },
	{ "side", "SIDE", 0, "only those of this host as client, or as server",
	  KIND_CHOICE, SIDE_CHOICES },
	{ }
};

static const struct word add_words[] = {
	{ "sessname", "SESSION", WORD_REQUIRED | WORD_PLAIN,
	  "name of the client's session", KIND_CLIENT_SESSION },
	{ "path", "ADDR", WORD_REQUIRED | WORD_PLAIN,
	  "[SRC@]DST, each ip:IP or gid:GID", KIND_ADDRESS },
	{ }
};

static const struct word act_words[] = {
	{ "sessname", "SESSION", WORD_REQUIRED | WORD_PLAIN,
	  "name of the session", KIND_SESSION },
	{ "path", "PATH", WORD_REQUIRED | WORD_PLAIN,
	  "SRC@DST as path list shows them, or DST if only one path has it",
	  KIND_PATH },
	{ "side", "SIDE", 0, "client or server, where both have the name",
	  KIND_CHOICE, SIDE_CHOICES },
	{ }
};

static const struct word recover_words[] = {
	{ "sessname", "SESSION", WORD_REQUIRED | WORD_PLAIN,
	  "name of the client's session", KIND_CLIENT_SESSION },
	{ "path", "PATH", WORD_PLAIN, "only this one", KIND_PATH },
	{ }
};

const struct cmd path_cmds[] = {
	{ "path list", "List paths and the links they use", list_words,
	  run_list },
	{ "path show", "Show a path, what went over it and what was refused",
	  act_words, run_show },
	{ "path add", "Connect another path", add_words, run_add },
	{ "path remove", "Close a path and forget it", act_words, run_remove },
	{ "path disconnect", "Close a path but keep it", act_words,
	  run_disconnect },
	{ "path reconnect", "Connect a path again", act_words,
	  run_reconnect },
	{ "path recover", "Connect paths again if they are down",
	  recover_words, run_recover },
	{ }
};
