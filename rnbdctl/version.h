/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Versions of the tool and of the modules, loaded and installed.
 */
#ifndef RNBDCTL_VERSION_H
#define RNBDCTL_VERSION_H

#include <stdbool.h>

#include "out.h"

#define NR_MODULES	5

struct module_fact {
	const char	*name;
	bool		loaded;
	char		*loaded_version;	/* NULL if it has none */
	bool		installed;
	char		*installed_version;	/* NULL if it has none */
};

/**
 * version_read() - look which modules are loaded and installed
 * @facts: NR_MODULES of them, empty; the caller gives them to version_free()
 */
void version_read(struct module_fact *facts);

/**
 * version_free() - forget what version_read() found
 * @facts: NR_MODULES of them
 */
void version_free(struct module_fact *facts);

/**
 * version_show() - print all versions
 * @style: how
 *
 * Return: RC_OK, or RC_VERSION with a line said for each that differs.
 */
int version_show(const struct style *style);

#endif
