/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Loading kernel modules, by libkmod.
 */
#ifndef RNBDCTL_MODULES_H
#define RNBDCTL_MODULES_H

/**
 * module_load() - load a module and what it needs
 * @name: its name
 *
 * As modprobe would, with the settings of modprobe.d. Who needs the module
 * looks whether it is there.
 */
void module_load(const char *name);

#endif
