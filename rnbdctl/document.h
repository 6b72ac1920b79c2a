/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A document from inside, for those who print it.
 */
#ifndef RNBDCTL_DOCUMENT_H
#define RNBDCTL_DOCUMENT_H

#include "out.h"

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
	size_t			*shown;		/* columns in text and CSV */
	size_t			nr_shown;	/* 0 leaves the table out */
};

struct out {
	struct table	**tables;
	size_t		nr_tables;
};

/**
 * fields_choose() - decide which columns of each table are shown
 * @out:   the document
 * @style: what was asked for
 *
 * Return: RC_OK, or RC_USAGE with its line said.
 */
int fields_choose(struct out *out, const struct style *style);

/**
 * print_text() - print a document for people
 * @out:   the document, its columns chosen
 * @style: how
 */
void print_text(const struct out *out, const struct style *style);

/**
 * print_json() - print all of a document
 * @out: the document
 */
void print_json(const struct out *out);

/**
 * print_metrics() - print all numbers of a document as OpenMetrics text
 * @out: the document
 */
void print_metrics(const struct out *out);

/**
 * print_csv() - print the only table of a document as RFC 4180 has it
 * @out:   the document, its columns chosen
 * @style: how
 *
 * Return: RC_OK, or RC_USAGE with its line said.
 */
int print_csv(const struct out *out, const struct style *style);

#endif
