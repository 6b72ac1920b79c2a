// SPDX-License-Identifier: GPL-2.0
/*
 * --fields: "a,b" shows these columns in this order, "+a,-b" the usual ones
 * with a and without b. Tables which have none of them are left out.
 */
#include <stdio.h>
#include <string.h>

#include "document.h"
#include "say.h"

static void show(struct table *table, size_t column)
{
	size_t i;

	for (i = 0; i < table->nr_shown; i++)
		if (table->shown[i] == column)
			return;
	table->shown[table->nr_shown++] = column;
}

static void hide(struct table *table, size_t column)
{
	size_t i;

	for (i = 0; i < table->nr_shown; i++)
		if (table->shown[i] == column)
			break;
	if (i == table->nr_shown)
		return;
	memmove(&table->shown[i], &table->shown[i + 1],
		(table->nr_shown - i - 1) * sizeof(*table->shown));
	table->nr_shown--;
}

static void show_usual(struct table *table, const struct style *style)
{
	size_t c;

	for (c = 0; c < table->nr_columns; c++)
		if (table->shape == TABLE_RECORD || style->format == OUT_CSV ||
		    !(table->columns[c].flags & COLUMN_DETAIL))
			show(table, c);
}

/* Does to each table what one field of the list says; false if none has it. */
static bool apply(struct out *out, const char *field, size_t len)
{
	bool less = *field == '-', found = false;
	size_t t, c;

	if (*field == '+' || *field == '-') {
		field++;
		len--;
	}
	for (t = 0; t < out->nr_tables; t++) {
		struct table *table = out->tables[t];

		for (c = 0; c < table->nr_columns; c++) {
			if (strlen(table->columns[c].key) != len ||
			    strncmp(table->columns[c].key, field, len))
				continue;
			found = true;
			if (less)
				hide(table, c);
			else
				show(table, c);
		}
	}
	return found;
}

static int no_such_field(const struct out *out, const char *field, size_t len)
{
	char *list = NULL;
	size_t size, t, c;
	FILE *names = open_memstream(&list, &size);

	if (!names)
		abort();
	for (t = 0; t < out->nr_tables; t++)
		for (c = 0; c < out->tables[t]->nr_columns; c++)
			fprintf(names, " %s", out->tables[t]->columns[c].key);
	if (fclose(names))
		abort();
	fail(RC_USAGE, "no field '%.*s', there are:%s", (int)len, field, list);
	free(list);
	return RC_USAGE;
}

int fields_choose(struct out *out, const struct style *style)
{
	const char *field = style->fields;
	size_t t, len;

	for (t = 0; t < out->nr_tables; t++) {
		struct table *table = out->tables[t];

		table->shown = xcalloc(table->nr_columns,
				       sizeof(*table->shown));
		if (!field || *field == '+' || *field == '-')
			show_usual(table, style);
	}
	while (field && *field) {
		len = strcspn(field, ",");
		if (!apply(out, field, len))
			return no_such_field(out, field, len);
		field += len + (field[len] == ',');
	}
	return RC_OK;
}
