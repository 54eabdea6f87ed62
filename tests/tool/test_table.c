/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

static char *print(const struct table *table)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	assert_non_null(to);
	table_print(table, "> ", to);
	assert_int_equal(fclose(to), 0);
	return text;
}

static void hostile_texts_reach_no_terminal(void **state)
{
	struct table table;
	char *text;

	(void)state;
	table_init(&table, 2);
	assert_int_equal(table_row(&table), 0);
	table_cell(&table, 0, "%s", "\033]0;x\007\xe2\x80\xae");
	table_cell(&table, 1, "%0*d", 4 * TABLE_CELL, 7);
	text = print(&table);
	for (const char *at = text; *at; at++)
		assert_true((*at >= ' ' && *at <= '~') || *at == '\n');
	assert_int_equal(strlen(text), strlen("> ") + strlen("?]0;x????") + 2 + TABLE_CELL - 1 + 1);
	free(text);
	table_done(&table);
}

static void fill(struct table *table, const struct term *term)
{
	table_init(table, 2);
	table->term = term;
	assert_int_equal(table_row(table), 0);
	table_cell(table, 0, "A");
	table_cell(table, 1, "B");
	assert_int_equal(table_row(table), 0);
	table_cell(table, 0, "long");
	table_ink(table, 0, INK_BAD);
	assert_int_equal(table_row(table), 0);
	table_ink_row(table, INK_GOOD);
}

static void columns_line_up(void **state)
{
	struct table table;
	char *text;

	(void)state;
	fill(&table, NULL);
	text = print(&table);
	assert_string_equal(text, "> A     B\n> long  -\n> -     -\n");
	free(text);
	table_done(&table);
}

static void colour_takes_no_room(void **state)
{
	const struct term term = {.color = true};
	struct table table;
	char *text;

	(void)state;
	fill(&table, &term);
	text = print(&table);
	assert_string_equal(text, "> A     B\n"
				  "> \033[1;31mlong\033[0m  -\n"
				  "> \033[32m-\033[0m     \033[32m-\033[0m\n");
	free(text);
	table_done(&table);
}

static void words_for_colour(void **state)
{
	enum term_when when = TERM_AUTO;

	(void)state;
	assert_false(term_when_parse("yes", &when));
	assert_false(term_when_parse("", &when));
	assert_int_equal(when, TERM_AUTO);
	assert_true(term_when_parse("never", &when));
	assert_int_equal(when, TERM_NEVER);
	assert_true(term_when_parse("always", &when));
	assert_int_equal(when, TERM_ALWAYS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile_texts_reach_no_terminal),
		cmocka_unit_test(columns_line_up),
		cmocka_unit_test(colour_takes_no_room),
		cmocka_unit_test(words_for_colour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
