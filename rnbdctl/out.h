/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One document, printed as aligned text, as JSON or as CSV from the same rows,
 * so that they cannot drift apart.
 */
#ifndef RNBDCTL_OUT_H
#define RNBDCTL_OUT_H

#include <stdbool.h>
#include <stddef.h>

#include "column.h"

#define OUT_SCHEMA	1	/* grows when a key changes its meaning */

enum table_shape {
	TABLE_LIST,	/* any number of rows; JSON: an array of objects */
	TABLE_RECORD,	/* one row, a line per column; JSON: one object */
};

enum out_format {
	OUT_TABLE,
	OUT_JSON,
	OUT_CSV,
	OUT_METRICS,
};

/* How a document is printed; all zero is as people like it. */
struct style {
	enum out_format		format;
	const struct unit	*bytes;		/* NULL: the one which fits */
	const char		*fields;	/* as --fields, NULL for the usual */
	bool			no_headings;
	bool			colour;
};

struct out;
struct table;

/**
 * out_new() - begin a document
 *
 * Return: an empty document; out_print() frees it.
 */
struct out *out_new(void);

/**
 * out_table() - add a table to a document
 * @out:     the document
 * @shape:   a list or a single record
 * @key:     its JSON key; not copied
 * @title:   what people see above it when there are several; not copied
 * @columns: its columns; not copied
 * @nr:      how many
 *
 * Return: the table; it belongs to the document.
 */
struct table *out_table(struct out *out, enum table_shape shape,
			const char *key, const char *title,
			const struct column *columns, size_t nr);

/**
 * table_row() - begin the next row; its cells are absent until set
 * @table: the table
 */
void table_row(struct table *table);

/**
 * table_text() - set a cell of the last row to text
 * @table:  the table
 * @column: index of the column
 * @text:   copied; NULL leaves the cell absent
 */
void table_text(struct table *table, size_t column, const char *text);

/**
 * table_num() - set a cell of the last row to a number
 * @table:  the table
 * @column: index of the column
 * @value:  the number; an unknown one leaves the cell absent
 */
void table_num(struct table *table, size_t column, struct num value);

/**
 * out_print() - print a document on standard output, then free it
 * @out:   the document
 * @style: how
 *
 * Return: RC_OK; RC_USAGE with its line said if the document has no such
 *	fields, or several tables for CSV; RC_FAILED when the output was lost.
 */
int out_print(struct out *out, const struct style *style);

#endif
