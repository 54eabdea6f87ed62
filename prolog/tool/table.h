/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of text in columns as wide as their widest cell. */
#ifndef EFA_LAYOUT_TABLE_H
#define EFA_LAYOUT_TABLE_H

#include <stddef.h>
#include <stdio.h>

#include "term.h"

#define TABLE_COLUMNS_MAX 12
#define TABLE_CELL	  48

struct table_cell {
	enum ink ink;
	char text[TABLE_CELL];
};

struct table {
	size_t n_columns, n_rows, room;
	struct table_cell *cells; /* row after row; heap */
	const struct term *term;  /* NULL: no colours; set it after table_init */
};

/* The first row holds the headings. */
void table_init(struct table *table, size_t n_columns);
void table_done(struct table *table);
/* Start a row of empty cells ("-"). 0 or -ENOMEM. */
int table_row(struct table *table);
/*
 * Write a cell of the last row; a text that is too long is cut, an empty one leaves "-", and what
 * is not printable ASCII becomes "?".
 */
void table_cell(struct table *table, size_t column, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Colour a cell of the last row, or all of them. */
void table_ink(struct table *table, size_t column, enum ink ink);
void table_ink_row(struct table *table, enum ink ink);
/* Print with this indent before each row. */
void table_print(const struct table *table, const char *indent, FILE *to);

#endif
