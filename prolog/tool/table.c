/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

void table_init(struct table *table, size_t n_columns)
{
	assert(n_columns <= TABLE_COLUMNS_MAX);
	*table = (struct table){.n_columns = n_columns};
}

void table_done(struct table *table)
{
	free(table->cells);
	table->cells = NULL;
	table->n_rows = table->room = 0;
}

int table_row(struct table *table)
{
	if (table->n_rows == table->room) {
		size_t room = table->room ? 2 * table->room : 32;
		struct table_cell *cells = reallocarray(table->cells, room * table->n_columns,
							sizeof(*cells));

		if (!cells)
			return -ENOMEM;
		table->cells = cells;
		table->room = room;
	}
	table->n_rows++;
	for (size_t i = 0; i < table->n_columns; i++) {
		table_cell(table, i, "-");
		table_ink(table, i, INK_PLAIN);
	}
	return 0;
}

static struct table_cell *cell_of(struct table *table, size_t column)
{
	return &table->cells[(table->n_rows - 1) * table->n_columns + column];
}

void table_cell(struct table *table, size_t column, const char *fmt, ...)
{
	struct table_cell *cell = cell_of(table, column);
	char text[TABLE_CELL];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	text_printable(cell->text, sizeof(cell->text), *text ? text : "-");
}

void table_ink(struct table *table, size_t column, enum ink ink)
{
	cell_of(table, column)->ink = ink;
}

void table_ink_row(struct table *table, enum ink ink)
{
	for (size_t i = 0; i < table->n_columns; i++)
		table_ink(table, i, ink);
}

static void print_cell(const struct table *table, const struct table_cell *cell, size_t width,
		       FILE *to)
{
	fprintf(to, "%s%s%s%*s", term_ink(table->term, cell->ink), cell->text,
		term_plain(table->term, cell->ink), (int)(width - strlen(cell->text)), "");
}

void table_print(const struct table *table, const char *indent, FILE *to)
{
	size_t width[TABLE_COLUMNS_MAX] = {0};

	for (size_t i = 0; i < table->n_rows * table->n_columns; i++) {
		size_t length = strlen(table->cells[i].text), column = i % table->n_columns;

		if (length > width[column])
			width[column] = length;
	}
	for (size_t row = 0; row < table->n_rows; row++) {
		const struct table_cell *cells = &table->cells[row * table->n_columns];
		size_t last = table->n_columns - 1;

		fputs(indent, to);
		for (size_t column = 0; column < last; column++)
			print_cell(table, &cells[column], width[column] + 2, to);
		print_cell(table, &cells[last], strlen(cells[last].text), to);
		fputc('\n', to);
	}
}
