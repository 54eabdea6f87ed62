/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

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
		void *cells = reallocarray(table->cells, room * table->n_columns, TABLE_CELL);

		if (!cells)
			return -ENOMEM;
		table->cells = cells;
		table->room = room;
	}
	table->n_rows++;
	for (size_t i = 0; i < table->n_columns; i++)
		table_cell(table, i, "-");
	return 0;
}

void table_cell(struct table *table, size_t column, const char *fmt, ...)
{
	char *cell = table->cells[(table->n_rows - 1) * table->n_columns + column];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(cell, TABLE_CELL, fmt, ap);
	va_end(ap);
	if (!*cell)
		memcpy(cell, "-", 2);
}

void table_print(const struct table *table, const char *indent, FILE *to)
{
	size_t width[TABLE_COLUMNS_MAX] = {0};

	for (size_t i = 0; i < table->n_rows * table->n_columns; i++) {
		size_t length = strlen(table->cells[i]), column = i % table->n_columns;

		if (length > width[column])
			width[column] = length;
	}
	for (size_t row = 0; row < table->n_rows; row++) {
		fputs(indent, to);
		for (size_t column = 0; column < table->n_columns; column++) {
			const char *cell = table->cells[row * table->n_columns + column];

			if (column + 1 == table->n_columns)
				fprintf(to, "%s\n", cell);
			else
				fprintf(to, "%-*s  ", (int)width[column], cell);
		}
	}
}
