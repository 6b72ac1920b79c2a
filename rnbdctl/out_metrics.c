// SPDX-License-Identifier: GPL-2.0
/*
 * A document as OpenMetrics text: a number column is a metric, the text columns
 * of its table are the labels.
 */
#include <stdio.h>
#include <string.h>

#include "document.h"
#include "say.h"
#include "text.h"

/* "rnbd_path_reads" of column "reads" in table "path_stats". */
static char *metric_name(const struct table *table, size_t column)
{
	const char *key = table->columns[column].key;
	size_t len = strlen(table->key);

	if (len > 6 && !strcmp(table->key + len - 6, "_stats"))
		len -= 6;
	if (!strcmp(key, "count") || !strcmp(key, "value"))
		return xasprintf("rnbd_%.*s", (int)len, table->key);
	return xasprintf("rnbd_%.*s_%s", (int)len, table->key, key);
}

static void print_label_value(const char *text)
{
	char *valid = text_for_json(text), *c;

	putchar('"');
	for (c = valid; *c; c++) {
		if (*c == '\n')
			fputs("\\n", stdout);
		else if (*c == '"' || *c == '\\')
			printf("\\%c", *c);
		else
			putchar(*c);
	}
	putchar('"');
	free(valid);
}

static void print_labels(const struct table *table, const struct cell *row)
{
	const char *before = "{";
	size_t c;

	for (c = 0; c < table->nr_columns; c++) {
		if (table->columns[c].type != COLUMN_TEXT || !row[c].text)
			continue;
		printf("%s%s=", before, table->columns[c].key);
		print_label_value(row[c].text);
		before = ",";
	}
	if (*before == ',')
		putchar('}');
}

static void print_metric(const struct table *table, size_t column)
{
	bool gauge = table->columns[column].flags & COLUMN_GAUGE;
	char *name = metric_name(table, column);
	size_t r;

	printf("# TYPE %s %s\n", name, gauge ? "gauge" : "counter");
	if (table->columns[column].type == COLUMN_BYTES)
		printf("# UNIT %s bytes\n", name);
	for (r = 0; r < table->nr_rows; r++) {
		const struct cell *row = table->rows[r];

		if (!row[column].num.known)
			continue;
		printf("%s%s", name, gauge ? "" : "_total");
		print_labels(table, row);
		printf(" %lld\n", row[column].num.value);
	}
	free(name);
}

void print_metrics(const struct out *out)
{
	size_t t, c;

	for (t = 0; t < out->nr_tables; t++)
		for (c = 0; c < out->tables[t]->nr_columns; c++)
			if (out->tables[t]->columns[c].type != COLUMN_TEXT)
				print_metric(out->tables[t], c);
	puts("# EOF");
}
