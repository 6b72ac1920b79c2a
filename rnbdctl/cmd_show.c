// SPDX-License-Identifier: GPL-2.0
/*
 * show: everything of this host, or what has a name, whatever it is.
 */
#include <stdio.h>
#include <string.h>

#include "cmd_device.h"
#include "cmd_path.h"
#include "cmd_session.h"
#include "explain.h"
#include "say.h"
#include "sysfs.h"

/* Things of one name; the last one found is kept. */
struct named {
	const struct device	*device;
	const struct session	*session;
	const struct path	*path;
	size_t			nr;
};

static int show_all(const struct model *model, const struct style *style)
{
	struct selection select = { .model = model };
	struct rdma rdma = { };
	struct out *out = out_new();

	rdma_read(&rdma);
	select.rdma = &rdma;
	view_devices(out, &select);
	view_exports(out, &select);
	view_sessions(out, &select);
	view_paths(out, &select);
	view_path_stats(out, &select);
	view_refused(out, &select);
	view_refused_connects(out, model);
	view_rtrs_server(out, model);
	rdma_free(&rdma);
	return out_print(out, style);
}

static void found(struct named *named, FILE *list, const char *what,
		  const char *name)
{
	fprintf(list, "%s%s %s", named->nr++ ? ", " : "", what, name);
}

static void find_paths(struct named *named, FILE *list,
		       const struct session *session, const char *name)
{
	size_t i;

	for (i = 0; i < session->nr_paths; i++)
		if (!strcmp(session->paths[i].name, name)) {
			named->session = session;
			named->path = &session->paths[i];
			found(named, list, side_names[session->side],
			      "session's path");
		}
}

static int find_named(struct named *named, const struct model *model,
		      const char *name)
{
	char *list = NULL;
	size_t size, i;
	FILE *names = open_memstream(&list, &size);
	int rc = RC_OK;

	if (!names)
		abort();
	named->device = model_device(model, name);
	if (named->device)
		found(named, names, "device", name);
	for (i = 0; i < model->nr_sessions; i++) {
		const struct session *session = &model->sessions[i];

		if (!strcmp(session->name, name)) {
			named->session = session;
			found(named, names, side_names[session->side],
			      "session");
		}
		find_paths(named, names, session, name);
	}
	if (fclose(names))
		abort();
	if (named->nr > 1)
		rc = fail(RC_USAGE, "%s is the name of: %s", name, list);
	else if (!named->nr)
		rc = fail(RC_NOT_FOUND, "no device, session or path %s", name);
	free(list);
	return rc;
}

static int show_named(const struct model *model, const struct args *args)
{
	struct named named = { };
	int rc;

	rc = find_named(&named, model, arg(args, "name"));
	if (rc)
		return rc;
	if (named.device)
		return show_device(model, named.device, &args->style);
	if (named.path)
		return show_path(model, named.session, named.path,
				 &args->style);
	return show_session(model, named.session, &args->style);
}

static int run_show(const struct args *args)
{
	struct model model = { };
	int rc;

	sysfs_read_model(&model);
	rc = need_module(model.has_rnbd_client || model.has_rnbd_server,
			 "rnbd-client");
	if (!rc)
		rc = arg(args, "name") ? show_named(&model, args) :
					 show_all(&model, &args->style);
	model_free(&model);
	return rc;
}

static const struct word show_words[] = {
	{ "name", "NAME", WORD_PLAIN,
	  "of a device, session or path; without it, everything on this host",
	  KIND_ANY_NAME },
	{ }
};

const struct cmd show_cmds[] = {
	{ "show", "Show what has a name, or everything on this host",
	  show_words, run_show },
	{ }
};
