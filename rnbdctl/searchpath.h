/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the server's search path means for one session.
 */
#ifndef RNBDCTL_SEARCHPATH_H
#define RNBDCTL_SEARCHPATH_H

/**
 * search_path_expand() - the folder in which a session's disks are looked up
 * @search_path: as the server has it
 * @session:     name of the session
 *
 * Return: a new string; the caller frees.
 */
char *search_path_expand(const char *search_path, const char *session);

/**
 * search_path_wrong() - judge a new search path
 * @search_path: what the user gave
 *
 * Return: NULL, or a sentence which names what would be right.
 */
const char *search_path_wrong(const char *search_path);

#endif
