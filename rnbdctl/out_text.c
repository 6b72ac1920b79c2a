// SPDX-License-Identifier: GPL-2.0
/*
 * A document for people: aligned columns, units, colour on a terminal. Names
 * are escaped, since peers choose them.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "document.h"
#include "say.h"
#include "text.h"

static char *cell_for_terminal(const struct column *column,
			       const struct cell *cell,
			       const struct style *style)
{
	if (column->type == COLUMN_TEXT)
		return cell->text ? text_for_terminal(cell->text) :
				    xstrdup("-");
	return column_format(column, cell->num, style->bytes);
}

/* Good, bad, or in between. */
static const char *colour_of(const struct column *column, const char *text,
			     const struct style *style)
{
	static const char *const good[] = { "connected", "open", "ACTIVE" };
	static const char *const bad[] = { "disconnected", "closed", "DOWN" };
	size_t i;

	if (!style->colour || !(column->flags & COLUMN_STATE) ||
	    !strcmp(text, "-"))
		return NULL;
	for (i = 0; i < ARRAY_SIZE(good); i++)
		if (!strcmp(text, good[i]))
			return "\033[32m";
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if (!strcmp(text, bad[i]))
			return "\033[31m";
	return "\033[33m";
}

static void print_coloured(const char *text, const char *colour)
{
	if (colour)
		printf("%s%s\033[0m", colour, text);
	else
		fputs(text, stdout);
}

static void print_cell(const struct column *column, const char *text,
		       size_t width, bool last, const struct style *style)
{
	const char *colour = colour_of(column, text, style);
	int pad = (int)(width - text_columns(text));

	if (column_aligned_right(column))
		printf("%*s", pad, "");
	print_coloured(text, colour);
	if (!column_aligned_right(column) && !last)
		printf("%*s", pad, "");
	fputs(last ? "\n" : "  ", stdout);
}

static bool row_shown(const struct table *table, const struct cell *row)
{
	size_t c;

	for (c = 0; c < table->nr_columns; c++)
		if (table->columns[c].flags & COLUMN_NO_ZERO &&
		    row[c].num.known && !row[c].num.value)
			return false;
	return true;
}

static bool any_row_shown(const struct table *table)
{
	size_t r;

	for (r = 0; r < table->nr_rows; r++)
		if (row_shown(table, table->rows[r]))
			return true;
	return false;
}

static void print_line(const struct table *table, char **cells,
		       const size_t *width, const struct style *style)
{
	size_t i;

	for (i = 0; i < table->nr_shown; i++)
		print_cell(&table->columns[table->shown[i]], cells[i], width[i],
			   i == table->nr_shown - 1, style);
}

/* Takes a line's cells after it made the columns wide enough for them. */
static void add_line(char ***lines, size_t *nr_lines, char **cells,
		     size_t *width, size_t nr_columns)
{
	size_t c;

	for (c = 0; c < nr_columns; c++)
		if (text_columns(cells[c]) > width[c])
			width[c] = text_columns(cells[c]);
	lines[(*nr_lines)++] = cells;
}

static void print_list(const struct table *table, const struct style *style)
{
	size_t nr = table->nr_shown, nr_lines = 0, r, i;
	char ***lines = xcalloc(table->nr_rows + 1, sizeof(*lines));
	size_t *width = xcalloc(nr, sizeof(*width));
	char **cells;

	if (!style->no_headings) {
		cells = xcalloc(nr, sizeof(*cells));
		for (i = 0; i < nr; i++)
			cells[i] = xstrdup(table->columns[table->shown[i]].heading);
		add_line(lines, &nr_lines, cells, width, nr);
	}
	for (r = 0; r < table->nr_rows; r++) {
		if (!row_shown(table, table->rows[r]))
			continue;
		cells = xcalloc(nr, sizeof(*cells));
		for (i = 0; i < nr; i++)
			cells[i] = cell_for_terminal(&table->columns[table->shown[i]],
						     &table->rows[r][table->shown[i]],
						     style);
		add_line(lines, &nr_lines, cells, width, nr);
	}

	for (r = 0; r < nr_lines; r++) {
		print_line(table, lines[r], width, style);
		for (i = 0; i < nr; i++)
			free(lines[r][i]);
		free(lines[r]);
	}
	free(width);
	free(lines);
}

/* A heading in small letters, since it stands beside its value. */
static void print_name(const char *heading, size_t width)
{
	size_t i;

	for (i = 0; i < width + 2; i++)
		putchar(i < strlen(heading) ?
			tolower((unsigned char)heading[i]) : ' ');
}

static void print_record(const struct table *table, const struct style *style)
{
	size_t width = 0, i;

	for (i = 0; i < table->nr_shown; i++)
		if (strlen(table->columns[table->shown[i]].heading) > width)
			width = strlen(table->columns[table->shown[i]].heading);
	for (i = 0; table->nr_rows && i < table->nr_shown; i++) {
		const struct column *column = &table->columns[table->shown[i]];
		char *s = cell_for_terminal(column,
					    &table->rows[0][table->shown[i]],
					    style);

		if (!style->no_headings)
			print_name(column->heading, width);
		print_coloured(s, colour_of(column, s, style));
		putchar('\n');
		free(s);
	}
}

void print_text(const struct out *out, const struct style *style)
{
	bool between = false;
	size_t i, nr = 0;

	for (i = 0; i < out->nr_tables; i++)
		nr += out->tables[i]->nr_shown > 0;
	for (i = 0; i < out->nr_tables; i++) {
		const struct table *table = out->tables[i];

		if (!table->nr_shown)
			continue;
		if (nr > 1 && !style->no_headings) {
			if (!any_row_shown(table))
				continue;
			printf("%s%s\n", between ? "\n" : "", table->title);
			between = true;
		}
		if (table->shape == TABLE_RECORD)
			print_record(table, style);
		else
			print_list(table, style);
	}
}
