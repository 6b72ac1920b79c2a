// SPDX-License-Identifier: GPL-2.0
/*
 * Rows are collected whole, then printed: text needs the widths of all cells,
 * and an error found half-way leaves nothing on standard output.
 */
#include <ctype.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "out.h"
#include "say.h"
#include "text.h"

struct cell {
	char		*text;
	struct num	num;
};

struct table {
	enum table_shape	shape;
	const char		*key;
	const char		*title;
	const struct column	*columns;
	size_t			nr_columns;
	struct cell		**rows;
	size_t			nr_rows;
};

struct out {
	struct table	**tables;
	size_t		nr_tables;
};

struct out *out_new(void)
{
	return xcalloc(1, sizeof(struct out));
}

struct table *out_table(struct out *out, enum table_shape shape,
			const char *key, const char *title,
			const struct column *columns, size_t nr)
{
	struct table *table = xcalloc(1, sizeof(*table));

	table->shape = shape;
	table->key = key;
	table->title = title;
	table->columns = columns;
	table->nr_columns = nr;
	out->tables = xgrow(out->tables, out->nr_tables, sizeof(table));
	out->tables[out->nr_tables++] = table;
	return table;
}

void table_row(struct table *table)
{
	table->rows = xgrow(table->rows, table->nr_rows, sizeof(*table->rows));
	table->rows[table->nr_rows++] = xcalloc(table->nr_columns,
						sizeof(struct cell));
}

void table_text(struct table *table, size_t column, const char *text)
{
	struct cell *cell = &table->rows[table->nr_rows - 1][column];

	free(cell->text);
	cell->text = text ? xstrdup(text) : NULL;
}

void table_num(struct table *table, size_t column, struct num value)
{
	table->rows[table->nr_rows - 1][column].num = value;
}

static char *cell_for_terminal(const struct column *column,
			       const struct cell *cell)
{
	if (column->type == COLUMN_TEXT)
		return cell->text ? text_for_terminal(cell->text) :
				    xstrdup("-");
	return column_format(column, cell->num);
}

static void print_padded(const char *text, size_t width, bool right, bool last)
{
	int pad = (int)(width - text_columns(text));

	if (right)
		printf("%*s%s", pad, "", text);
	else if (last)
		printf("%s", text);
	else
		printf("%s%*s", text, pad, "");
	fputs(last ? "\n" : "  ", stdout);
}

static bool is_detail(const struct column *column)
{
	return column->flags & COLUMN_DETAIL;
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

/* The last column which people see; the line ends after it. */
static size_t last_shown(const struct table *table)
{
	size_t i = table->nr_columns;

	while (i-- > 1)
		if (!is_detail(&table->columns[i]))
			break;
	return i;
}

static void print_line(const struct table *table, char **cells,
		       const size_t *width)
{
	size_t last = last_shown(table), c;

	for (c = 0; c <= last; c++)
		if (!is_detail(&table->columns[c]))
			print_padded(cells[c], width[c],
				     column_aligned_right(&table->columns[c]),
				     c == last);
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

static void print_list(const struct table *table)
{
	size_t nr = table->nr_columns, nr_lines = 0, r, c;
	char ***lines = xcalloc(table->nr_rows + 1, sizeof(*lines));
	size_t *width = xcalloc(nr, sizeof(*width));
	char **cells = xcalloc(nr, sizeof(*cells));

	for (c = 0; c < nr; c++)
		cells[c] = xstrdup(table->columns[c].heading);
	add_line(lines, &nr_lines, cells, width, nr);
	for (r = 0; r < table->nr_rows; r++) {
		if (!row_shown(table, table->rows[r]))
			continue;
		cells = xcalloc(nr, sizeof(*cells));
		for (c = 0; c < nr; c++)
			cells[c] = cell_for_terminal(&table->columns[c],
						     &table->rows[r][c]);
		add_line(lines, &nr_lines, cells, width, nr);
	}

	for (r = 0; r < nr_lines; r++) {
		print_line(table, lines[r], width);
		for (c = 0; c < nr; c++)
			free(lines[r][c]);
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

static void print_record(const struct table *table)
{
	size_t width = 0, c;

	for (c = 0; c < table->nr_columns; c++)
		if (strlen(table->columns[c].heading) > width)
			width = strlen(table->columns[c].heading);
	for (c = 0; table->nr_rows && c < table->nr_columns; c++) {
		char *s = cell_for_terminal(&table->columns[c],
					    &table->rows[0][c]);

		print_name(table->columns[c].heading, width);
		puts(s);
		free(s);
	}
}

static void print_text(const struct out *out)
{
	bool between = false;
	size_t i;

	for (i = 0; i < out->nr_tables; i++) {
		const struct table *table = out->tables[i];

		if (out->nr_tables > 1) {
			if (!any_row_shown(table))
				continue;
			printf("%s%s\n", between ? "\n" : "", table->title);
			between = true;
		}
		if (table->shape == TABLE_RECORD)
			print_record(table);
		else
			print_list(table);
	}
}

static struct json_object *json_cell(const struct column *column,
				     const struct cell *cell)
{
	struct json_object *value;
	char *valid;

	if (column->type == COLUMN_TEXT) {
		if (!cell->text)
			return NULL;
		valid = text_for_json(cell->text);
		value = json_object_new_string(valid);
		free(valid);
		return value;
	}
	if (!cell->num.known)
		return NULL;
	if (column->type == COLUMN_YES_NO)
		return json_object_new_boolean(cell->num.value != 0);
	return json_object_new_int64(cell->num.value);
}

static struct json_object *json_row(const struct table *table, size_t row)
{
	struct json_object *object = json_object_new_object();
	size_t c;

	for (c = 0; c < table->nr_columns; c++)
		json_object_object_add(object, table->columns[c].key,
				       json_cell(&table->columns[c],
						 &table->rows[row][c]));
	return object;
}

static void print_json(const struct out *out)
{
	struct json_object *root = json_object_new_object();
	size_t i, r;

	json_object_object_add(root, "schema",
			       json_object_new_int(OUT_SCHEMA));
	for (i = 0; i < out->nr_tables; i++) {
		const struct table *table = out->tables[i];
		struct json_object *value = NULL;

		if (table->shape == TABLE_LIST) {
			value = json_object_new_array();
			for (r = 0; r < table->nr_rows; r++)
				json_object_array_add(value,
						      json_row(table, r));
		} else if (table->nr_rows) {
			value = json_row(table, 0);
		}
		json_object_object_add(root, table->key, value);
	}
	puts(json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY |
						  JSON_C_TO_STRING_SPACED |
						  JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(root);
}

static void out_free(struct out *out)
{
	size_t i, r, c;

	for (i = 0; i < out->nr_tables; i++) {
		struct table *table = out->tables[i];

		for (r = 0; r < table->nr_rows; r++) {
			for (c = 0; c < table->nr_columns; c++)
				free(table->rows[r][c].text);
			free(table->rows[r]);
		}
		free(table->rows);
		free(table);
	}
	free(out->tables);
	free(out);
}

int out_print(struct out *out, bool json)
{
	if (json)
		print_json(out);
	else
		print_text(out);
	out_free(out);

	if (fflush(stdout) || ferror(stdout))
		return fail(RC_FAILED, "cannot write the output: %s",
			    strerror(errno));
	return RC_OK;
}
