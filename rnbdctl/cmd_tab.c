// SPDX-License-Identifier: GPL-2.0
/*
 * rnbdtab and the host: apply makes the host as the table says, diff tells
 * what is otherwise.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "cmd_path.h"
#include "explain.h"
#include "modules.h"
#include "policy.h"
#include "say.h"
#include "sysfs.h"
#include "tab.h"

struct apply {
	const struct args	*args;
	const char		*file;
	const char		*name;		/* only this mapping, or NULL */
	struct tab		tab;
	struct model		model;
	struct table		*done;
	unsigned int		timeout_s;
};

enum applied_column {
	APP_NAME, APP_DEVICE,
};

static const struct column applied_columns[] = {
	[APP_NAME]	= { "name", "NAME", COLUMN_TEXT, 0 },
	[APP_DEVICE]	= { "device", "DEVICE", COLUMN_TEXT, 0 },
};

/* The code of the first thing that went wrong counts. */
static void also(int *rc, int other)
{
	if (!*rc)
		*rc = other;
}

/* Says what is wrong with the table, of the mapping asked for or of all. */
static int say_errors(const struct apply *apply)
{
	int rc = RC_OK;
	size_t i;

	for (i = 0; i < apply->tab.nr_errors; i++) {
		const struct tab_error *error = &apply->tab.errors[i];

		if (apply->name && (!error->name ||
				    strcmp(error->name, apply->name)))
			continue;
		rc = fail(RC_USAGE, "%s:%u: %s", apply->file, error->line,
			  error->reason);
	}
	return rc;
}

static int read_tab(struct apply *apply, const struct args *args)
{
	int err;

	apply->args = args;
	apply->file = arg(args, "file") ? arg(args, "file") : TAB_FILE;
	apply->name = arg(args, "name");
	err = tab_read(&apply->tab, apply->file);
	/* at shutdown there may be nothing to unmap */
	if (err == ENOENT && arg(args, "unmap") && !apply->name)
		return RC_OK;
	if (err == ENOENT)
		return fail(RC_NOT_FOUND, "there is no %s", apply->file);
	if (err)
		return fail(RC_FAILED, "%s: %s", apply->file, strerror(err));
	return RC_OK;
}

static bool is_meant(const struct apply *apply, const struct mapping *mapping)
{
	if (apply->name)
		return !strcmp(apply->name, mapping->name);
	return !mapping->noauto;
}

static int add_missing_paths(const struct mapping *mapping,
			     const struct session *session)
{
	int rc = RC_OK;
	size_t i;

	for (i = 0; i < mapping->map.nr_pairs; i++)
		if (!session_has_path(session, &mapping->map.pairs[i]))
			also(&rc, add_path(session, &mapping->map.pairs[i],
					   true));
	return rc;
}

static int set_policy(const struct mapping *mapping,
		      const struct session *session)
{
	struct write_result result;

	if (!mapping->policy ||
	    (session->policy && !strcmp(session->policy, mapping->policy)))
		return RC_OK;
	result = sysfs_set_policy(session, mapping->policy);
	return explain(&result, NULL, "policy", session->name);
}

static void add_row(struct apply *apply, const struct mapping *mapping,
		    const struct device *device)
{
	char *node = xasprintf("/dev/%s", device->name);

	table_row(apply->done);
	table_text(apply->done, APP_NAME, mapping->name);
	table_text(apply->done, APP_DEVICE, node);
	free(node);
}

static int map_one(struct apply *apply, const struct mapping *mapping)
{
	struct map_request map = mapping->map;
	const struct session *session;
	const struct device *device;
	int rc = RC_OK;

	map.wait = arg(apply->args, "wait");
	map.dry_run = apply->args->dry_run;
	map.quiet = true;
	if (apply->timeout_s)
		map.timeout_s = apply->timeout_s;
	/* one that is there keeps its access mode: diff tells */
	device = model_mapping(&apply->model, map.sessname, map.device_path);
	if (!device)
		rc = map_run(&map, &apply->model, &device);
	if (rc)
		return rc;
	if (device)
		add_row(apply, mapping, device);
	session = model_session(&apply->model, SIDE_CLIENT, map.sessname);
	if (session) {
		rc = add_missing_paths(mapping, session);
		also(&rc, set_policy(mapping, session));
	}
	return rc;
}

static int unmap_one(struct apply *apply, const struct mapping *mapping)
{
	const struct device *device;

	device = model_mapping(&apply->model, mapping->map.sessname,
			       mapping->map.device_path);
	return device ? unmap_run(device, false, true) : RC_OK;
}

typedef int (*one_fn)(struct apply *apply, const struct mapping *mapping);

static int each(struct apply *apply, one_fn one)
{
	bool found = false;
	int rc = RC_OK;
	size_t i;

	for (i = 0; i < apply->tab.nr; i++)
		if (is_meant(apply, &apply->tab.list[i])) {
			found = true;
			also(&rc, one(apply, &apply->tab.list[i]));
		}
	also(&rc, say_errors(apply));
	if (!rc && apply->name && !found)
		rc = fail(RC_NOT_FOUND, "no mapping %s in %s", apply->name,
			  apply->file);
	return rc;
}

/* For programs: no kernel is asked. */
static int print_names(const struct apply *apply)
{
	const struct mapping *mapping;
	size_t i;

	for (i = 0; i < apply->tab.nr; i++) {
		mapping = &apply->tab.list[i];
		printf("%s noauto=%d nofail=%d timeout=%u session=%s device=%s\n",
		       mapping->name, mapping->noauto, mapping->nofail,
		       mapping->map.timeout_s, mapping->map.sessname,
		       mapping->map.device_path);
	}
	return say_errors(apply);
}

static int print_done(struct out *out, const struct style *style)
{
	struct style plain = *style;

	/* as map does */
	if (style->format == OUT_TABLE) {
		plain.no_headings = true;
		plain.fields = "device";
	}
	return out_print(out, &plain);
}

static int map_all(struct apply *apply)
{
	struct out *out = out_new();
	int rc;

	apply->done = out_table(out, TABLE_LIST, "applied", "Applied",
				applied_columns, ARRAY_SIZE(applied_columns));
	if (!apply->model.has_rnbd_client && !apply->args->dry_run) {
		module_load("rnbd-client");
		sysfs_read_model(&apply->model);
	}
	rc = need_module(apply->model.has_rnbd_client || apply->args->dry_run,
			 "rnbd-client");
	if (!rc)
		rc = each(apply, map_one);
	also(&rc, print_done(out, &apply->args->style));
	return rc;
}

static int run_apply(const struct args *args)
{
	struct apply apply = { };
	int rc;

	rc = read_seconds(args, "timeout", &apply.timeout_s);
	if (!rc)
		rc = read_tab(&apply, args);
	if (!rc && arg(args, "names")) {
		rc = print_names(&apply);
	} else if (!rc && arg(args, "unmap")) {
		sysfs_read_model(&apply.model);
		rc = each(&apply, unmap_one);
	} else if (!rc) {
		sysfs_read_model(&apply.model);
		rc = map_all(&apply);
	}
	tab_free(&apply.tab);
	model_free(&apply.model);
	return rc;
}

enum difference_column {
	DIFF_NAME, DIFF_WHAT, DIFF_TABLE, DIFF_HOST,
};

static const struct column difference_columns[] = {
	[DIFF_NAME]	= { "name", "NAME", COLUMN_TEXT, 0 },
	[DIFF_WHAT]	= { "what", "WHAT", COLUMN_TEXT, 0 },
	[DIFF_TABLE]	= { "in_table", "IN TABLE", COLUMN_TEXT, 0 },
	[DIFF_HOST]	= { "on_host", "ON HOST", COLUMN_TEXT, 0 },
};

static void difference(struct table *table, const char *name, const char *what,
		       const char *wanted, const char *is, size_t *nr)
{
	table_row(table);
	table_text(table, DIFF_NAME, name);
	table_text(table, DIFF_WHAT, what);
	table_text(table, DIFF_TABLE, wanted);
	table_text(table, DIFF_HOST, is);
	(*nr)++;
}

static void diff_text(struct table *table, const char *name, const char *what,
		      const char *wanted, const char *is, size_t *nr)
{
	if (wanted && is && strcmp(wanted, is))
		difference(table, name, what, wanted, is, nr);
}

static void diff_session(struct table *table, const struct mapping *mapping,
			 const struct session *session, size_t *nr)
{
	char *pair;
	size_t i;

	diff_text(table, mapping->name, "policy", mapping->policy,
		  session->policy, nr);
	for (i = 0; i < mapping->map.nr_pairs; i++) {
		if (session_has_path(session, &mapping->map.pairs[i]))
			continue;
		pair = addr_pair_text(&mapping->map.pairs[i]);
		difference(table, mapping->name, "path", pair, NULL, nr);
		free(pair);
	}
}

static void diff_mapping(struct table *table, const struct mapping *mapping,
			 const struct model *model, size_t *nr)
{
	const struct map_request *map = &mapping->map;
	const struct session *session;
	const struct device *device;

	device = model_mapping(model, map->sessname, map->device_path);
	if (!device) {
		difference(table, mapping->name, "device", map->device_path,
			   NULL, nr);
		return;
	}
	diff_text(table, mapping->name, "access_mode",
		  map->access_mode ? map->access_mode : "rw",
		  device->access_mode, nr);
	session = model_session(model, SIDE_CLIENT, map->sessname);
	if (session)
		diff_session(table, mapping, session, nr);
}

/* Devices which no line of the table asks for. */
static void diff_others(struct table *table, const struct apply *apply,
			size_t *nr)
{
	size_t d, i;

	for (d = 0; d < apply->model.nr_devices; d++) {
		const struct device *device = &apply->model.devices[d];
		char *node;

		for (i = 0; i < apply->tab.nr; i++)
			if (model_mapping(&apply->model,
					  apply->tab.list[i].map.sessname,
					  apply->tab.list[i].map.device_path) ==
			    device)
				break;
		if (i < apply->tab.nr)
			continue;
		node = xasprintf("/dev/%s", device->name);
		difference(table, NULL, "device", NULL, node, nr);
		free(node);
	}
}

static int run_diff(const struct args *args)
{
	struct apply apply = { };
	struct table *table;
	struct out *out;
	size_t i, nr = 0;
	int rc;

	rc = read_tab(&apply, args);
	if (rc)
		goto out;
	sysfs_read_model(&apply.model);
	out = out_new();
	table = out_table(out, TABLE_LIST, "differences", "Differences",
			  difference_columns, ARRAY_SIZE(difference_columns));
	for (i = 0; i < apply.tab.nr; i++)
		if (is_meant(&apply, &apply.tab.list[i]))
			diff_mapping(table, &apply.tab.list[i], &apply.model,
				     &nr);
	if (!apply.name)
		diff_others(table, &apply, &nr);
	rc = say_errors(&apply);
	also(&rc, out_print(out, &args->style));
	if (nr)
		also(&rc, RC_FOUND);
out:
	tab_free(&apply.tab);
	model_free(&apply.model);
	return rc;
}

static const struct word apply_words[] = {
	{ "name", "NAME", WORD_OPTION, "only this mapping, even if it is noauto",
	  KIND_MAPPING },
	{ "file", "FILE", WORD_OPTION, "table, else " TAB_FILE, KIND_FILE },
	{ "wait", "", WORD_OPTION | WORD_FLAG,
	  "try again until the server is there" },
	{ "timeout", "SECONDS", WORD_OPTION,
	  "give up on a mapping after so long, else as the table says" },
	{ "unmap", "", WORD_OPTION | WORD_FLAG, "unmap instead" },
	{ "names", "", WORD_OPTION | WORD_FLAG,
	  "only print the mappings of the table" },
	{ }
};

static const struct word diff_words[] = {
	{ "name", "NAME", WORD_OPTION, "only this mapping", KIND_MAPPING },
	{ "file", "FILE", WORD_OPTION, "table, else " TAB_FILE, KIND_FILE },
	{ }
};

const struct cmd tab_cmds[] = {
	{ "apply", "Map what rnbdtab says", apply_words, run_apply },
	{ "diff", "Show where this host is not as rnbdtab says", diff_words,
	  run_diff },
	{ }
};
