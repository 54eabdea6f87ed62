/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "hostlist.h"

static void wrong_lists_are_refused(void **state)
{
	static const char *const bad[] = {
		"n[",	 "n[1",	     "n[]",	"n[1,]",       "n[,1]",
		"n1]",	 "n[1]]",    "n[a]",	"n[0x1]",      "n[1-]",
		"n[-1]", "n[1-2-3]", "n[3-1]",	"n[ 1]",       "n[1 -2]",
		"n[1]b", "n[1]7",    "n[[1]]",	"a,n[1-2,x]b", "n[1][2]c",
		"n[+1]", "n[1,a]",   "n[1-2]b", "n[1\n]",      "n[1234567890123456789]",
	};
	struct err err = {""};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		bool has = true;

		if (hostlist_has(bad[i], "n1", &has, &err) != -EINVAL)
			fail_msg("\"%s\" was taken", bad[i]);
		assert_true(has);
		assert_non_null(strstr(err.text, "host list: "));
	}
	hostlist_has("m1,n[4-2]", "n1", &(bool){0}, &err);
	assert_string_equal(err.text,
			    "host list: this range runs backwards at character 6, \"4-2]\"");
}

static void names_are_bounded(void **state)
{
	char name[HOSTLIST_MAX_NAME + 2];
	bool has = false;

	(void)state;
	memset(name, '1', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(hostlist_has("n1", name, &has, NULL), -EINVAL);
	assert_int_equal(hostlist_has("n1", "", &has, NULL), -EINVAL);
	name[sizeof(name) - 2] = '\0';
	assert_int_equal(hostlist_has(name, name, &has, NULL), 0);
	assert_true(has);
	/* Brackets side by side can be read in many ways; none is tried twice. */
	assert_int_equal(hostlist_has("[1-999][1-999][1-999][1-999][1-999][1-999][1-999][1-999]",
				      name, &has, NULL),
			 0);
	assert_false(has);
}

static void names_in_lists(void **state)
{
	static const struct {
		const char *list, *name;
		bool has;
	} cases[] = {
		{"", "n1", false},
		{" , ", "n1", false},
		{"n1", "n1", true},
		{"n1", "n10", false},
		{"n10", "n1", false},
		{"N1", "n1", false},
		{"a,,n1 ", "n1", true},
		{"a n1\tb", "n1", true},
		{"n[001-010,20]-x[1-2],m3", "n007-x2", true},
		{"n[001-010,20]-x[1-2],m3", "n20-x1", true},
		{"n[001-010,20]-x[1-2],m3", "n020-x1", false},
		{"n[001-010,20]-x[1-2],m3", "n7-x1", false},
		{"n[001-010,20]-x[1-2],m3", "n011-x1", false},
		{"n[001-010,20]-x[1-2],m3", "n001-x3", false},
		{"n[001-010,20]-x[1-2],m3", "n001-x", false},
		{"n[001-010,20]-x[1-2],m3", "m3", true},
		{"n[8-11]", "n10", true},
		{"n[8-11]", "n08", false},
		{"n[08-11]", "n08", true},
		{"n[08-11]", "n8", false},
		{"n[08-11]", "n011", false},
		{"n[9-011]", "n11", true},
		{"n[9-011]", "n011", false},
		{"n[000-001]", "n000", true},
		{"n[000-001]", "n0", false},
		{"n[0-1]", "n00", false},
		{"n[1-22][3-4]", "n13", true},
		{"n[1-22][3-4]", "n113", true},
		{"n[1-22][3-4]", "n233", false},
		{"[1-2]", "2", true},
		{"n[1-1000000000000]", "n999999999999", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool has = !cases[i].has;

		assert_int_equal(hostlist_has(cases[i].list, cases[i].name, &has, NULL), 0);
		if (has != cases[i].has)
			fail_msg("\"%s\" in \"%s\"", cases[i].name, cases[i].list);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_lists_are_refused),
		cmocka_unit_test(names_are_bounded),
		cmocka_unit_test(names_in_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
