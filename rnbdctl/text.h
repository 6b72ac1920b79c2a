/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Foreign bytes made fit for a terminal and for JSON. Session names and device
 * paths are chosen by peers and may hold anything.
 */
#ifndef RNBDCTL_TEXT_H
#define RNBDCTL_TEXT_H

#include <stddef.h>

/**
 * text_for_terminal() - escape what a terminal could act on or hide
 * @s: any bytes
 *
 * Characters which the locale prints in at least one column stay, a backslash
 * is doubled, every other byte becomes \xNN.
 *
 * Return: a new string; the caller frees.
 */
char *text_for_terminal(const char *s);

/**
 * text_for_shell() - quote a text as one word of a shell
 * @s: any bytes
 *
 * Text of plain letters stays as it is; what a terminal could act on is
 * written in the shell's own escapes.
 *
 * Return: a new string; the caller frees.
 */
char *text_for_shell(const char *s);

/**
 * text_for_json() - make valid UTF-8
 * @s: any bytes
 *
 * Return: a new string, bytes which are no UTF-8 replaced by U+FFFD; the
 * caller frees.
 */
char *text_for_json(const char *s);

/**
 * text_columns() - width of an escaped string
 * @s: a string from text_for_terminal()
 *
 * Return: columns on the terminal.
 */
size_t text_columns(const char *s);

#endif
