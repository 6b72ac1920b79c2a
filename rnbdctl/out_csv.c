// SPDX-License-Identifier: GPL-2.0
/*
 * A table for spreadsheets and scripts: plain numbers, an empty field for what
 * is not known. Names are escaped as in tables, then quoted where they must be.
 */
#include <stdio.h>
#include <string.h>

#include "document.h"
#include "say.h"
#include "text.h"

static void print_quoted(const char *text)
{
	char *shown = text_for_terminal(text), *c;

	if (!strpbrk(shown, ",\" ")) {
		fputs(shown, stdout);
	} else {
		putchar('"');
		for (c = shown; *c; c++)
			printf(*c == '"' ? "\"\"" : "%c", *c);
		putchar('"');
	}
	free(shown);
}

static void print_cell(const struct column *column, const struct cell *cell)
{
	if (column->type == COLUMN_TEXT && cell->text)
		print_quoted(cell->text);
	else if (column->type == COLUMN_YES_NO && cell->num.known)
		fputs(cell->num.value ? "true" : "false", stdout);
	else if (column->type != COLUMN_TEXT && cell->num.known)
		printf("%lld", cell->num.value);
}

static void print_table(const struct table *table, const struct style *style)
{
	size_t r, i;

	for (i = 0; i < table->nr_shown && !style->no_headings; i++)
		printf("%s%s", table->columns[table->shown[i]].key,
		       i == table->nr_shown - 1 ? "\r\n" : ",");
	for (r = 0; r < table->nr_rows; r++)
		for (i = 0; i < table->nr_shown; i++) {
			print_cell(&table->columns[table->shown[i]],
				   &table->rows[r][table->shown[i]]);
			fputs(i == table->nr_shown - 1 ? "\r\n" : ",",
			      stdout);
		}
}

int print_csv(const struct out *out, const struct style *style)
{
	const struct table *only = NULL;
	size_t i;

	for (i = 0; i < out->nr_tables; i++) {
		if (!out->tables[i]->nr_shown)
			continue;
		if (only)
			return fail(RC_USAGE,
				    "csv is for one table, and these are several: use a list command, or --json");
		only = out->tables[i];
	}
	if (only)
		print_table(only, style);
	return RC_OK;
}
