/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "err.h"
#include "text.h"

static void text_that_does_not_fit_is_cut_and_reported(void **state)
{
	char buf[6] = "";

	(void)state;
	assert_int_equal(text_format(buf, sizeof(buf), "%s", "abcdef"), -ENOSPC);
	assert_string_equal(buf, "abcde");
	assert_int_equal(text_append(buf, sizeof(buf), "x"), -ENOSPC);
	assert_int_equal(text_format(buf, sizeof(buf), "ab"), 0);
	assert_int_equal(text_append(buf, sizeof(buf), "%d", 345), 0);
	assert_string_equal(buf, "ab345");
}

static void numbers_are_parsed_strictly(void **state)
{
	static const char *const bad[] = {"",	" 1",  "1 ",  "-1",
					  "+1", "0x1", "1e3", "99999999999999999999"};
	uint64_t value = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_true(text_u64(bad[i], 0, UINT64_MAX, &value) < 0);
	assert_int_equal(text_u64("11", 0, 10, &value), -ERANGE);
	assert_int_equal(value, 7);
	assert_int_equal(text_u64("18446744073709551615", 0, UINT64_MAX, &value), 0);
	assert_true(value == UINT64_MAX);
}

static void names(void **state)
{
	static const char *const bad[] = {"",	 "-a",	".a",	     "a b",	"a/b",
					  "a\n", "a;b", "abcdefghi", "\xc3\xa4"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(text_is_name(bad[i], 8));
	assert_true(text_is_name("efa-only", 8));
	assert_true(text_is_name("p5.48x_l", 8));
}

static void nearest_word(void **state)
{
	static const char *const words[] = {"all-efa", "efa-only", NULL, "ena-primary", "any"};

	(void)state;
	assert_string_equal(text_nearest("efa_only", words, 5), "efa-only");
	assert_string_equal(text_nearest("efa-olny", words, 5), "efa-only");
	assert_string_equal(text_nearest("ena-primry", words, 5), "ena-primary");
	assert_null(text_nearest("xyz", words, 5));
	assert_null(text_nearest("infiniband", words, 5));
	assert_int_equal(text_distance("ab", "ba"), 1);
	assert_int_equal(text_distance("", "abc"), 3);
	assert_int_equal(text_distance("kitten", "sitting"), 3);
}

static void ranges_and_printable(void **state)
{
	static const bool bits[] = {true, true, false, true, true, true, false, false, true};
	char buf[16], small[4];

	(void)state;
	assert_int_equal(text_ranges(buf, sizeof(buf), bits, 9), 0);
	assert_string_equal(buf, "0-1,3-5,8");
	assert_int_equal(text_ranges(small, sizeof(small), bits, 9), -ENOSPC);
	assert_int_equal(text_ranges(buf, sizeof(buf), bits, 0), 0);
	assert_string_equal(buf, "");
	text_printable(buf, 6, "a\nb\x1b[31mc");
	assert_string_equal(buf, "a?b?[");
}

static void errors_carry_context(void **state)
{
	struct err err;
	char long_text[1000];

	(void)state;
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	assert_int_equal(err_set(&err, -EINVAL, "bad %d", 3), -EINVAL);
	assert_int_equal(err_wrap(&err, -EIO, "layout %s", "x"), -EIO);
	assert_string_equal(err.text, "layout x: bad 3");
	assert_int_equal(err_set(NULL, -EINVAL, "nowhere"), -EINVAL);
	assert_int_equal(err_wrap(NULL, -EINVAL, "nowhere"), -EINVAL);
	err_set(&err, -EINVAL, "%s", long_text);
	err_wrap(&err, -EINVAL, "%s", long_text);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
}

/* Sentences quote what others wrote. */
static void errors_are_one_printable_line(void **state)
{
	struct err err;

	(void)state;
	err_set(&err, -EINVAL, "key \"%s\"", "a\n\x1b[2J\x7f\xc2\x9b");
	assert_string_equal(err.text, "key \"a??[2J???\"");
	err_wrap(&err, -EINVAL, "file %s", "\tx");
	assert_string_equal(err.text, "file ?x: key \"a??[2J???\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_that_does_not_fit_is_cut_and_reported),
		cmocka_unit_test(numbers_are_parsed_strictly),
		cmocka_unit_test(names),
		cmocka_unit_test(nearest_word),
		cmocka_unit_test(ranges_and_printable),
		cmocka_unit_test(errors_carry_context),
		cmocka_unit_test(errors_are_one_printable_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
