// SPDX-License-Identifier: GPL-2.0
/*
 * Numbers with units for people. JSON takes the plain value instead.
 */
#include <string.h>

#include "column.h"
#include "say.h"

struct unit {
	long long	size;
	const char	*name;
};

static const struct unit byte_units[] = {
	{ 1LL << 50, "PiB" }, { 1LL << 40, "TiB" }, { 1LL << 30, "GiB" },
	{ 1LL << 20, "MiB" }, { 1LL << 10, "KiB" }, { 1, "B" },
};

static const struct unit ns_units[] = {
	{ 1000000000, "s" }, { 1000000, "ms" }, { 1000, "us" }, { 1, "ns" },
};

const struct unit *unit_of_bytes(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(byte_units); i++)
		if (!strcmp(name, byte_units[i].name) ||
		    (strlen(name) == 1 && *name == *byte_units[i].name))
			return &byte_units[i];
	return NULL;
}

static char *in_unit(const struct unit *unit, long long value)
{
	if (value % unit->size == 0)
		return xasprintf("%lld %s", value / unit->size,
				 unit->name);
	return xasprintf("%.1f %s", (double)value / unit->size, unit->name);
}

/* The last unit of a table has size 1 and takes whatever is smaller. */
static char *in_units(const struct unit *unit, long long value)
{
	while (unit->size > 1 && value < unit->size)
		unit++;
	return in_unit(unit, value);
}

char *column_format(const struct column *column, struct num value,
		    const struct unit *bytes)
{
	if (!value.known)
		return xstrdup("-");

	switch (column->type) {
	case COLUMN_BYTES:
		return bytes ? in_unit(bytes, value.value) :
			       in_units(byte_units, value.value);
	case COLUMN_NS:
		return in_units(ns_units, value.value);
	case COLUMN_YES_NO:
		return xstrdup(value.value ? "yes" : "no");
	case COLUMN_TEXT:
	case COLUMN_COUNT:
		break;
	}
	return xasprintf("%lld", value.value);
}

bool column_aligned_right(const struct column *column)
{
	return column->type == COLUMN_COUNT || column->type == COLUMN_BYTES ||
	       column->type == COLUMN_NS;
}
