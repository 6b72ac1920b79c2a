// SPDX-License-Identifier: GPL-2.0
/*
 * The server's side of RNBD: who has which disk open, and where disks are
 * looked up.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd_path.h"
#include "cmd_session.h"
#include "explain.h"
#include "say.h"
#include "searchpath.h"
#include "sysfs.h"
#include "view.h"

static int run_list(const struct args *args)
{
	struct model model = { };
	struct selection select = {
		.model = &model, .session = arg(args, "sessname"),
	};
	struct out *out;
	int rc;

	sysfs_read_model(&model);
	rc = need_module(model.has_rnbd_server, "rnbd-server");
	if (!rc) {
		out = out_new();
		view_exports(out, &select);
		rc = out_print(out, &args->style);
	}
	model_free(&model);
	return rc;
}

/* "/dev/cciss/c0d0" and "cciss/c0d0" are listed by the kernel as "cciss!c0d0". */
static bool is_disk(const struct export *export, const char *name)
{
	const char *disk = export->disk;

	if (!strncmp(name, "/dev/", 5))
		name += 5;
	for (; *disk && *name; disk++, name++)
		if (*disk != *name && (*disk != '!' || *name != '/'))
			return false;
	return *disk == *name;
}

static int find_export(const struct model *model, const char *disk,
		       const char *session, const struct export **found)
{
	char *names = NULL;
	size_t size, i, nr = 0;
	FILE *list = open_memstream(&names, &size);
	int rc = RC_OK;

	if (!list)
		abort();
	for (i = 0; i < model->nr_exports; i++) {
		const struct export *export = &model->exports[i];

		if (!is_disk(export, disk) ||
		    (session && strcmp(export->session, session)))
			continue;
		*found = export;
		nr++;
		fprintf(list, " %s", export->session);
	}
	if (fclose(list))
		abort();
	if (nr > 1)
		rc = fail(RC_USAGE, "several sessions have %s open, name one:%s",
			  disk, names);
	else if (!nr && session)
		rc = fail(RC_NOT_FOUND, "session %s does not have %s open",
			  session, disk);
	else if (!nr)
		rc = fail(RC_NOT_FOUND, "no session has %s open", disk);
	free(names);
	return rc;
}

static int run_show(const struct args *args)
{
	struct model model = { };
	struct selection select = { .model = &model };
	struct out *out;
	size_t i;
	int rc;

	sysfs_read_model(&model);
	rc = need_module(model.has_rnbd_server, "rnbd-server");
	for (i = 0; i < model.nr_exports && !rc && !select.disk; i++)
		if (is_disk(&model.exports[i], arg(args, "disk")))
			select.disk = model.exports[i].disk;
	if (!rc && !select.disk)
		rc = fail(RC_NOT_FOUND, "no session has %s open",
			  arg(args, "disk"));
	if (!rc) {
		out = out_new();
		view_exports(out, &select);
		rc = out_print(out, &args->style);
	}
	model_free(&model);
	return rc;
}

static const enum side server_side = SIDE_SERVER;

static int run_session_list(const struct args *args)
{
	struct selection select = { .one_side = true, .side = SIDE_SERVER };

	return list_sessions(args, &select);
}

static int run_session_show(const struct args *args)
{
	return show_found_session(args, &server_side);
}

static int run_path_list(const struct args *args)
{
	struct selection select = { .one_side = true, .side = SIDE_SERVER };

	return list_paths(args, &select);
}

static int run_path_show(const struct args *args)
{
	return show_found_path(args, &server_side);
}

static int disconnect_paths(const struct session *session, const char *what)
{
	struct write_result result;
	int rc = RC_OK, one;
	char *subject;
	size_t i;

	for (i = 0; i < session->nr_paths; i++) {
		result = sysfs_path_act(session, &session->paths[i],
					PATH_DISCONNECT);
		subject = xasprintf("path %s of session %s",
				    session->paths[i].name, session->name);
		one = explain(&result, NULL, what, subject);
		if (one)
			rc = one;
		free(subject);
	}
	return rc;
}

static int run_session_disconnect(const struct args *args)
{
	const struct session *session;
	struct model model = { };
	int rc;

	sysfs_read_model(&model);
	rc = need_side(&model, true);
	if (!rc)
		rc = find_session(&model, args, &server_side, &session);
	if (!rc)
		rc = disconnect_paths(session, args->cmd->name);
	model_free(&model);
	return rc;
}

static int run_close(const struct args *args)
{
	const struct export *export = NULL;
	struct write_result result;
	struct model model = { };
	int rc;

	sysfs_read_model(&model);
	rc = need_module(model.has_rnbd_server, "rnbd-server");
	if (!rc)
		rc = find_export(&model, arg(args, "disk"),
				 arg(args, "sessname"), &export);
	if (!rc) {
		result = sysfs_close_export(export);
		rc = explain(&result, NULL, "server close", export->disk);
	}
	model_free(&model);
	return rc;
}

enum server_column {
	SRV_SEARCH_PATH, SRV_CAN_SET,
};

static const struct column server_columns[] = {
	[SRV_SEARCH_PATH] = { "search_path", "SEARCH PATH", COLUMN_TEXT,
			      0 },
	[SRV_CAN_SET]	  = { "can_set", "CAN SET", COLUMN_YES_NO, 0 },
};

enum folder_column {
	FOLD_SESSION, FOLD_FOLDER,
};

static const struct column folder_columns[] = {
	[FOLD_SESSION]	= { "session", "SESSION", COLUMN_TEXT, 0 },
	[FOLD_FOLDER]	= { "folder", "FOLDER", COLUMN_TEXT, 0 },
};

static void folder_row(struct table *table, const char *search_path,
		       const char *session)
{
	char *folder = search_path_expand(search_path, session);

	table_row(table);
	table_text(table, FOLD_SESSION, session);
	table_text(table, FOLD_FOLDER, folder);
	free(folder);
}

static int show_search_path(const struct model *model, const struct args *args)
{
	struct out *out = out_new();
	const char *session;
	struct table *table;
	size_t i;

	table = out_table(out, TABLE_RECORD, "server", "Server",
			  server_columns, 2);
	table_row(table);
	table_text(table, SRV_SEARCH_PATH, model->search_path);
	table_num(table, SRV_CAN_SET, num(sysfs_can_set_search_path()));

	table = out_table(out, TABLE_LIST, "folders",
			  "Folders of sessions", folder_columns, 2);
	for (i = 0; (session = arg_nth(args, "sessname", i)); i++)
		folder_row(table, model->search_path, session);
	for (i = 0; i < model->nr_sessions && !arg(args, "sessname"); i++)
		if (model->sessions[i].side == SIDE_SERVER)
			folder_row(table, model->search_path,
				   model->sessions[i].name);
	return out_print(out, &args->style);
}

static int run_search_path_show(const struct args *args)
{
	struct model model = { };
	int rc;

	sysfs_read_model(&model);
	rc = need_module(model.search_path, "rnbd-server");
	if (!rc)
		rc = show_search_path(&model, args);
	model_free(&model);
	return rc;
}

static const struct meaning search_path_meanings[] = {
	{ EINVAL, RC_REFUSED, "the server did not take it as search path" },
	{ }
};

static int run_search_path_set(const struct args *args)
{
	const char *folder = arg(args, "folder"), *wrong;
	struct write_result result;
	struct model model = { };
	int rc;

	wrong = search_path_wrong(folder);
	if (wrong)
		return fail(RC_USAGE, "bad search path '%s': %s", folder,
			    wrong);

	sysfs_read_model(&model);
	rc = need_module(model.search_path, "rnbd-server");
	model_free(&model);
	if (rc)
		return rc;
	if (!sysfs_can_set_search_path())
		return fail(RC_UNSUPPORTED,
			    "the loaded rnbd_server takes its search path only when it is loaded");
	result = sysfs_set_search_path(folder);
	return explain(&result, search_path_meanings, args->cmd->name, folder);
}

static const struct word list_words[] = {
	{ "sessname", "SESSION", WORD_PLAIN, "only what this session has open",
	  KIND_SERVER_SESSION },
	{ }
};

static const struct word disk_words[] = {
	{ "disk", "DISK", WORD_REQUIRED | WORD_PLAIN,
	  "as sdb or /dev/sdb on this host", KIND_EXPORT },
	{ }
};

static const struct word session_words[] = {
	{ "sessname", "SESSION", WORD_REQUIRED | WORD_PLAIN,
	  "name of the session", KIND_SERVER_SESSION },
	{ }
};

static const struct word paths_words[] = {
	{ "sessname", "SESSION", WORD_PLAIN, "only paths of this session",
	  KIND_SERVER_SESSION },
	{ }
};

static const struct word path_words[] = {
	{ "sessname", "SESSION", WORD_REQUIRED | WORD_PLAIN,
	  "name of the session", KIND_SERVER_SESSION },
	{ "path", "PATH", WORD_REQUIRED | WORD_PLAIN,
	  "SRC@DST, or DST if only one path has it", KIND_SERVER_PATH },
	{ }
};

static const struct word close_words[] = {
	{ "disk", "DISK", WORD_REQUIRED | WORD_PLAIN,
	  "as sdb or /dev/sdb on this host", KIND_EXPORT },
	{ "sessname", "SESSION", WORD_PLAIN,
	  "whose; needed where several have it open", KIND_SERVER_SESSION },
	{ }
};

static const struct word show_words[] = {
	{ "sessname", "SESSION", WORD_PLAIN | WORD_REPEATED,
	  "names to expand for, else those which are connected",
	  KIND_SERVER_SESSION },
	{ }
};

static const struct word set_words[] = {
	{ "folder", "FOLDER", WORD_REQUIRED | WORD_PLAIN,
	  "absolute; %SESSNAME% at its end becomes the session's name",
	  KIND_FILE },
	{ }
};

const struct cmd server_cmds[] = {
	{ "server device list", "List disks which clients have open", list_words,
	  run_list },
	{ "server device show", "Show who has a disk open", disk_words,
	  run_show },
	{ "server device close", "Close a disk which a client has open", close_words,
	  run_close },
	{ "server session list", "List sessions of clients", NULL,
	  run_session_list },
	{ "server session show", "Show a client's session, its paths and counters",
	  session_words, run_session_show },
	{ "server session disconnect", "Close all paths of a client's session",
	  session_words, run_session_disconnect },
	{ "server path list", "List paths of clients", paths_words,
	  run_path_list },
	{ "server path show", "Show a path of a client", path_words,
	  run_path_show },
	{ "server search-path show", "Show where disks are looked up",
	  show_words, run_search_path_show },
	{ "server search-path set",
	  "Set where disks are looked up, for those opened from now on",
	  set_words, run_search_path_set },
	{ }
};
