// SPDX-License-Identifier: GPL-2.0
/*
 * A document for programs: all columns, plain numbers, null for what is not
 * known. schema-1.json describes the result.
 */
#include <json-c/json.h>
#include <stdio.h>

#include "document.h"
#include "text.h"

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

void print_json(const struct out *out)
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
