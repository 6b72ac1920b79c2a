/* SPDX-License-Identifier: GPL-2.0 */
/*
 * rnbdtab(5): the mappings which a host should have, one a line.
 */
#ifndef RNBDCTL_TAB_H
#define RNBDCTL_TAB_H

#include "map.h"

#define TAB_FILE	"/etc/rnbd/rnbdtab"
#define TAB_LINE_MAX	4095	/* bytes without the line's end */
#define TAB_NAME_MAX	64

struct mapping {
	char			*text;		/* the line, cut up */
	const char		*name;
	struct map_request	map;		/* points into the line */
	const char		*policy;	/* or NULL */
	bool			noauto;
	bool			nofail;
	unsigned int		line;		/* from 1 */
};

/* A line which is none. */
struct tab_error {
	unsigned int	line;
	char		*name;		/* of the mapping, or NULL */
	char		*reason;
};

struct tab {
	struct mapping		*list;
	size_t			nr;
	struct tab_error	*errors;
	size_t			nr_errors;
};

/**
 * tab_parse_line() - read one mapping
 * @mapping: result; the caller frees its text, whether it is wrong or not
 * @line:    the line without its end, neither empty nor a comment
 *
 * Return: NULL, or a new sentence saying what is wrong; the caller frees.
 */
char *tab_parse_line(struct mapping *mapping, const char *line);

/**
 * tab_read() - read a table
 * @tab:  empty; the caller gives it to tab_free() when done
 * @file: its name
 *
 * A wrong line, and the second of one name, becomes an error; the others are
 * read all the same.
 *
 * Return: 0, or an errno if the file cannot be read.
 */
int tab_read(struct tab *tab, const char *file);

/**
 * tab_free() - forget a table
 * @tab: filled by tab_read()
 */
void tab_free(struct tab *tab);

#endif
