/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The policies by which a client picks paths, in all their spellings.
 */
#ifndef RNBDCTL_POLICY_H
#define RNBDCTL_POLICY_H

/**
 * policy_name() - the full name of a policy
 * @text: its full or short name, or its number, in any case
 *
 * Return: as the kernel shows it, or NULL if there is none.
 */
const char *policy_name(const char *text);

#endif
