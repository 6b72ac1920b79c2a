// SPDX-License-Identifier: GPL-2.0
/*
 * A module is asked for by its name or alias and may bring others.
 */
#include <libkmod.h>
#include <stdlib.h>

#include "modules.h"

void module_load(const char *name)
{
	struct kmod_ctx *ctx = kmod_new(getenv("RNBDCTL_MODULES"), NULL);
	struct kmod_list *list = NULL, *entry;

	if (!ctx)
		return;
	kmod_set_log_fn(ctx, NULL, NULL);
	if (!kmod_module_new_from_lookup(ctx, name, &list))
		kmod_list_foreach(entry, list) {
			struct kmod_module *module =
				kmod_module_get_module(entry);

			kmod_module_probe_insert_module(module,
							KMOD_PROBE_APPLY_BLACKLIST,
							NULL, NULL, NULL, NULL);
			kmod_module_unref(module);
		}
	kmod_module_unref_list(list);
	kmod_unref(ctx);
}
