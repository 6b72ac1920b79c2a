// SPDX-License-Identifier: GPL-2.0
/*
 * Versions. Tool and modules are released together; a module without a
 * version is not ours but the kernel's own of the same name.
 */
#include <libkmod.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "say.h"
#include "sysfs.h"
#include "version.h"

static const char *const module_names[NR_MODULES] = {
	"rtrs_core", "rtrs_client", "rtrs_server", "rnbd_client",
	"rnbd_server",
};

enum {
	COL_TOOL,
};

static const struct column tool_columns[] = {
	[COL_TOOL]	= { "rnbdctl", "RNBDCTL", COLUMN_TEXT, 0 },
};

enum {
	COL_MODULE,
	COL_LOADED,
	COL_LOADED_VERSION,
	COL_INSTALLED,
	COL_INSTALLED_VERSION,
};

static const struct column module_columns[] = {
	[COL_MODULE]	= { "module", "MODULE", COLUMN_TEXT, 0 },
	[COL_LOADED]	= { "loaded", "LOADED", COLUMN_YES_NO, 0 },
	[COL_LOADED_VERSION] = {
		"loaded_version", "VERSION", COLUMN_TEXT, 0
	},
	[COL_INSTALLED]	= { "installed", "INSTALLED", COLUMN_YES_NO, 0 },
	[COL_INSTALLED_VERSION] = {
		"installed_version", "VERSION", COLUMN_TEXT, 0
	},
};

static void read_installed(struct kmod_ctx *ctx, struct module_fact *fact)
{
	struct kmod_list *info = NULL, *entry;
	struct kmod_module *module;

	if (!ctx || kmod_module_new_from_name(ctx, fact->name, &module))
		return;
	fact->installed = kmod_module_get_path(module);
	if (fact->installed && kmod_module_get_info(module, &info) >= 0)
		kmod_list_foreach(entry, info)
			if (!strcmp(kmod_module_info_get_key(entry),
				    "version") && !fact->installed_version)
				fact->installed_version =
					xstrdup(kmod_module_info_get_value(entry));
	kmod_module_info_free_list(info);
	kmod_module_unref(module);
}

static int check(const char *name, const char *where, bool there,
		 const char *version)
{
	if (!there || (version && !strcmp(version, RNBDCTL_VERSION)))
		return RC_OK;
	if (!version)
		return fail(RC_VERSION, "%s as %s has no version: it is not of this product",
			    name, where);
	return fail(RC_VERSION, "%s as %s is version %s, the tool is %s", name,
		    where, version, RNBDCTL_VERSION);
}

void version_read(struct module_fact *facts)
{
	struct kmod_ctx *ctx = kmod_new(getenv("RNBDCTL_MODULES"), NULL);
	struct module module;
	size_t i;

	for (i = 0; i < NR_MODULES; i++) {
		module = (struct module){ .name = module_names[i] };
		sysfs_read_module(&module);
		facts[i].name = module.name;
		facts[i].loaded = module.loaded;
		facts[i].loaded_version = module.version;
		read_installed(ctx, &facts[i]);
	}
	kmod_unref(ctx);
}

void version_free(struct module_fact *facts)
{
	size_t i;

	for (i = 0; i < NR_MODULES; i++) {
		free(facts[i].loaded_version);
		free(facts[i].installed_version);
	}
}

int version_show(const struct style *style)
{
	struct module_fact facts[NR_MODULES] = { };
	struct out *out = out_new();
	struct table *table;
	size_t i;
	int rc;

	table = out_table(out, TABLE_RECORD, "tool", "Tool", tool_columns, 1);
	table_row(table);
	table_text(table, COL_TOOL, RNBDCTL_VERSION);

	table = out_table(out, TABLE_LIST, "modules", "Modules",
			  module_columns,
			  ARRAY_SIZE(module_columns));
	version_read(facts);
	for (i = 0; i < NR_MODULES; i++) {
		table_row(table);
		table_text(table, COL_MODULE, facts[i].name);
		table_num(table, COL_LOADED, num(facts[i].loaded));
		table_text(table, COL_LOADED_VERSION, facts[i].loaded_version);
		table_num(table, COL_INSTALLED, num(facts[i].installed));
		table_text(table, COL_INSTALLED_VERSION,
			   facts[i].installed_version);
	}
	rc = out_print(out, style);

	for (i = 0; i < NR_MODULES; i++) {
		if (check(facts[i].name, "loaded", facts[i].loaded,
			  facts[i].loaded_version))
			rc = RC_VERSION;
		if (check(facts[i].name, "installed", facts[i].installed,
			  facts[i].installed_version))
			rc = RC_VERSION;
	}
	version_free(facts);
	return rc;
}
