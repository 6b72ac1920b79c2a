// SPDX-License-Identifier: GPL-2.0
/*
 * Rows are collected whole, then printed: text needs the widths of all cells,
 * and an error found half-way leaves nothing on standard output.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "document.h"
#include "say.h"

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
		free(table->shown);
		free(table);
	}
	free(out->tables);
	free(out);
}

static int print(struct out *out, const struct style *style)
{
	int rc;

	rc = fields_choose(out, style);
	if (rc)
		return rc;
	switch (style->format) {
	case OUT_JSON:
		print_json(out);
		break;
	case OUT_METRICS:
		print_metrics(out);
		break;
	case OUT_CSV:
		return print_csv(out, style);
	case OUT_TABLE:
		print_text(out, style);
		break;
	}
	return RC_OK;
}

int out_print(struct out *out, const struct style *style)
{
	int rc = print(out, style);

	out_free(out);
	if (rc)
		return rc;
	if (fflush(stdout) || ferror(stdout))
		return fail(RC_FAILED, "cannot write the output: %s",
			    strerror(errno));
	return RC_OK;
}
