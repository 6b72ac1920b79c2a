// SPDX-License-Identifier: GPL-2.0
/*
 * Sessions, on either side, and the policy by which a client picks paths.
 */
#include <errno.h>
#include <string.h>

#include "cmd_path.h"
#include "cmd_session.h"
#include "explain.h"
#include "map.h"
#include "policy.h"
#include "say.h"
#include "sysfs.h"

int select_side(const struct args *args, struct selection *select)
{
	const char *text = arg(args, "side");

	if (!text)
		return RC_OK;
	select->one_side = true;
	for (select->side = SIDE_CLIENT; select->side <= SIDE_SERVER;
	     select->side++)
		if (!strcmp(text, side_names[select->side]))
			return RC_OK;
	return fail(RC_USAGE, "side must be client or server");
}

int find_session(const struct model *model, const struct args *args,
		 const enum side *only, const struct session **session)
{
	const char *name = arg(args, "sessname");
	const struct session *sides[2] = { };
	struct selection select = { };
	enum side side;
	int rc;

	rc = select_side(args, &select);
	if (rc)
		return rc;
	if (only) {
		select.one_side = true;
		select.side = *only;
	}
	for (side = SIDE_CLIENT; side <= SIDE_SERVER; side++)
		if (!select.one_side || select.side == side)
			sides[side] = model_session(model, side, name);
	if (sides[SIDE_CLIENT] && sides[SIDE_SERVER])
		return fail(RC_USAGE,
			    "session %s is a client's and a server's on this host: add side=client or side=server",
			    name);
	*session = sides[SIDE_CLIENT] ? sides[SIDE_CLIENT] :
					sides[SIDE_SERVER];
	return *session ? RC_OK : fail(RC_NOT_FOUND, "no session %s", name);
}

int list_sessions(const struct args *args, struct selection *select)
{
	struct model model = { };
	struct out *out;
	int rc;

	select->model = &model;
	sysfs_read_model(&model);
	rc = need_side(&model, select->one_side && select->side == SIDE_SERVER);
	if (!rc) {
		out = out_new();
		view_sessions(out, select);
		rc = out_print(out, &args->style);
	}
	model_free(&model);
	return rc;
}

static int run_list(const struct args *args)
{
	struct selection select = { };
	int rc;

	rc = select_side(args, &select);
	return rc ? rc : list_sessions(args, &select);
}

int show_session(const struct model *model, const struct session *session,
		 const struct style *style)
{
	struct rdma rdma = { };
	struct selection select = {
		.model = model, .rdma = &rdma, .session = session->name,
		.one_side = true, .side = session->side,
	};
	struct out *out = out_new();

	rdma_read(&rdma);
	view_session(out, "session", &select, session);
	if (session->side == SIDE_CLIENT)
		view_devices(out, &select);
	else
		view_exports(out, &select);
	view_paths(out, &select);
	view_path_stats(out, &select);
	view_refused(out, &select);
	if (session->side == SIDE_SERVER)
		view_refused_connects(out, model);
	rdma_free(&rdma);
	return out_print(out, style);
}

int show_found_session(const struct args *args, const enum side *side)
{
	const struct session *session = NULL;
	struct model model = { };
	int rc;

	sysfs_read_model(&model);
	rc = need_side(&model, side && *side == SIDE_SERVER);
	if (!rc)
		rc = find_session(&model, args, side, &session);
	if (!rc)
		rc = show_session(&model, session, &args->style);
	model_free(&model);
	return rc;
}

static int run_show(const struct args *args)
{
	return show_found_session(args, NULL);
}

/* A client's session by sessname=, the model read. */
static int client_session(const struct args *args, struct model *model,
			  const struct session **session)
{
	int rc;

	sysfs_read_model(model);
	rc = need_module(model->has_rtrs_client, "rtrs-client");
	if (rc)
		return rc;
	*session = model_session(model, SIDE_CLIENT, arg(args, "sessname"));
	if (!*session)
		return fail(RC_NOT_FOUND, "no client session %s",
			    arg(args, "sessname"));
	return RC_OK;
}

static int run_reconnect(const struct args *args)
{
	const struct session *session;
	struct model model = { };
	int rc;

	rc = client_session(args, &model, &session);
	if (!rc)
		rc = recover_paths(session, args->cmd->name);
	model_free(&model);
	return rc;
}

/* A session goes with its last device. */
static int run_close(const struct args *args)
{
	const struct session *session;
	struct model model = { };
	size_t i;
	int rc, one;

	rc = client_session(args, &model, &session);
	for (i = 0; !rc && i < model.nr_devices; i++) {
		const struct device *device = &model.devices[i];

		if (!device->session || strcmp(device->session, session->name))
			continue;
		one = unmap_run(device, arg(args, "force"), true);
		if (one)
			rc = one;
	}
	model_free(&model);
	return rc;
}

static int show_policy(const struct session *session, const struct style *style)
{
	static const struct column columns[] = {
		{ "session", "SESSION", COLUMN_TEXT, 0 },
		{ "policy", "POLICY", COLUMN_TEXT, 0 },
	};
	struct out *out = out_new();
	struct table *table;

	table = out_table(out, TABLE_LIST, "policies", "Policies", columns, 2);
	table_row(table);
	table_text(table, 0, session->name);
	table_text(table, 1, session->policy);
	return out_print(out, style);
}

static int run_policy(const struct args *args)
{
	const char *text = arg(args, "policy"), *policy = NULL;
	const struct session *session;
	struct write_result result;
	struct model model = { };
	int rc;

	if (text) {
		policy = policy_name(text);
		if (!policy)
			return fail(RC_USAGE,
				    "no policy '%s', there are round-robin, min-inflight and min-latency",
				    text);
	}

	sysfs_read_model(&model);
	rc = need_module(model.has_rtrs_client, "rtrs-client");
	if (rc)
		goto out;
	session = model_session(&model, SIDE_CLIENT, arg(args, "sessname"));
	if (!session) {
		rc = fail(RC_NOT_FOUND, "no client session %s",
			  arg(args, "sessname"));
	} else if (policy) {
		result = sysfs_set_policy(session, policy);
		rc = explain(&result, NULL, "policy", session->name);
	} else {
		rc = show_policy(session, &args->style);
	}
out:
	model_free(&model);
	return rc;
}

static const struct word list_words[] = {
	{ "side", "SIDE", 0, "only those of this host as client, or as server",
	  KIND_CHOICE, SIDE_CHOICES },
	{ }
};

static const struct word show_words[] = {
	{ "sessname", "SESSION", WORD_REQUIRED | WORD_PLAIN,
	  "name of the session", KIND_SESSION },
	{ "side", "SIDE", 0, "client or server, where both have the name",
	  KIND_CHOICE, SIDE_CHOICES },
	{ }
};

static const struct word policy_words[] = {
	{ "sessname", "SESSION", WORD_REQUIRED | WORD_PLAIN,
	  "name of the client's session", KIND_CLIENT_SESSION },
	{ "policy", "POLICY", WORD_PLAIN,
	  "round-robin (rr), min-inflight (mi) or min-latency (ml)",
	  KIND_CHOICE, POLICY_CHOICES },
	{ }
};

static const struct word reconnect_words[] = {
	{ "sessname", "SESSION", WORD_REQUIRED | WORD_PLAIN,
	  "name of the client's session", KIND_CLIENT_SESSION },
	{ }
};

static const struct word close_words[] = {
	{ "sessname", "SESSION", WORD_REQUIRED | WORD_PLAIN,
	  "name of the client's session", KIND_CLIENT_SESSION },
	{ "force", "", WORD_FLAG, "even if a device is open" },
	{ }
};

const struct cmd session_cmds[] = {
	{ "session list", "List sessions", list_words, run_list },
	{ "session show", "Show a session, its settings, paths and counters",
	  show_words, run_show },
	{ "session reconnect", "Connect all paths that are down again",
	  reconnect_words, run_reconnect },
	{ "session close", "Unmap all devices of a session, which ends it",
	  close_words, run_close },
	{ "session policy", "Show or set how a session picks paths",
	  policy_words, run_policy },
	{ }
};
