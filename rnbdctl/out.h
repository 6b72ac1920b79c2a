/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One document, printed as aligned text or as JSON from the same rows, so that
 * the two cannot drift apart.
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
 * @out:  the document
 * @json: JSON instead of text
 *
 * Return: RC_OK, or RC_FAILED with its line said when the output was lost.
 */
int out_print(struct out *out, bool json);

#endif
