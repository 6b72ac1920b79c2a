/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Versions of the tool and of the modules, loaded and installed.
 */
#ifndef RNBDCTL_VERSION_H
#define RNBDCTL_VERSION_H

#include "out.h"

/**
 * version_show() - print all versions
 * @style: how
 *
 * Return: RC_OK, or RC_VERSION with a line said for each that differs.
 */
int version_show(const struct style *style);

#endif
