/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Columns as data: one description serves the table for people and the JSON
 * key for scripts.
 */
#ifndef RNBDCTL_COLUMN_H
#define RNBDCTL_COLUMN_H

#include <stdbool.h>

#include "num.h"

enum column_type {
	COLUMN_TEXT,
	COLUMN_COUNT,
	COLUMN_BYTES,		/* text: in units of 1024; JSON: bytes */
	COLUMN_NS,		/* text: in a fitting unit; JSON: nanoseconds */
	COLUMN_YES_NO,		/* JSON: true or false */
};

enum column_flags {
	COLUMN_DETAIL	= 1 << 0,	/* in JSON and records, not in lists */
	COLUMN_NO_ZERO	= 1 << 1,	/* lists leave rows out where it is 0 */
	COLUMN_STATE	= 1 << 2,	/* good or bad, shown in colour */
	COLUMN_GAUGE	= 1 << 3,	/* goes down as well as up */
};

struct column {
	const char	 *key;		/* JSON; never renamed within a schema */
	const char	 *heading;
	enum column_type type;
	unsigned int	 flags;
};

/* A unit of bytes or of time. */
struct unit;

/**
 * unit_of_bytes() - find a unit by its name
 * @name: "B", "KiB" or "K", and so on up to "PiB"
 *
 * Return: the unit, or NULL.
 */
const struct unit *unit_of_bytes(const char *name);

/**
 * column_format() - a number as people read it
 * @column: gives the unit
 * @value:  the number; unknown ones become "-"
 * @bytes:  unit for bytes, NULL for the one which fits
 *
 * Return: a new string; the caller frees.
 */
char *column_format(const struct column *column, struct num value,
		    const struct unit *bytes);

/**
 * column_aligned_right() - whether cells line up by their last digit
 * @column: the column
 *
 * Return: true for numbers.
 */
bool column_aligned_right(const struct column *column);

#endif
