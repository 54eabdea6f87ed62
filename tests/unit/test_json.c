/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "json.h"
#include "text.h"

static const struct json *parse(const char *text, struct json_doc **ret_doc)
{
	const struct json *root;
	struct err err = {""};

	if (json_doc_parse("f", text, strlen(text), ret_doc, &err))
		fail_msg("%s", err.text);
	assert_int_equal(json_doc_root(*ret_doc, &root, &err), 0);
	return root;
}

static void refuses_what_is_not_json(void **state)
{
	static const struct {
		const char *text, *sentence;
	} cases[] = {
		{"", "f:1: not valid JSON: the text ends too early"},
		{"{\"a\": 1", "f:1: not valid JSON: the text ends too early"},
		{"{\n\"a\" 1}", "f:2: not valid JSON"},
		{"{} x", "f:1: not valid JSON"},
		{"{} // note", "f:1: not valid JSON"},
		{"{\"a\": 1,}", "f:1: not valid JSON"},
		{"{\"a\": \"\xff\"}", "f:1: not valid JSON"},
		{"\xef\xbb\xbf{}", "f:1: not valid JSON: it begins with a byte order mark"},
		{"{'a': 1}", "f:1: keys stand in double quotes"},
		{"{'a\": 1, \"b': 2}", "f:1: keys stand in double quotes"},
		{"{\"a\": 'b'}", "keys and strings stand in double quotes"},
		{"{\n\"a\": 1,\n\n}", "f:2: not valid JSON: a comma before the closing bracket"},
		{"{\"a\": 1\n\n\"b\": 2}", "f:1: not valid JSON: a comma is missing behind this"},
		{"[tru]", "f:1: not valid JSON: a word that is none of true, false and null"},
		{"[true}", "f:1: not valid JSON: array value separator"},
		{"{\"a\": 01}", "f:1: not valid JSON: a number with a zero before it"},
		{"{\"a\": \"\\q\"}", "f:1: not valid JSON: a backslash that begins no escape"},
		{"{} {}", "f:1: not valid JSON: unexpected character, at \"{}\""},
		{"{\"a\": NaN}", "a: not a JSON value"},
		{"{\"a\": nan}", "not"},
		{"{\"a\": Infinity}", "a: not a JSON value"},
		{"{\"a\": -Infinity}", "a: not a JSON value"},
		{"{\"a\": 1,\n \"b\": 2,\n \"a\": 3}",
		 "f:3: a: this key was given before, in line 1; remove one"},
		{"{\"\": 1}", "a key must be plain text"},
		{"{\"\\u0061\": 1}", "a key must be plain text"},
		{"{\"a\x1b\n\": 1,\n \"a\x1b\n\": 2}",
		 "f:4: a??: this key was given before, in line 2"},
		{"{\"a\": \"x\\u0000y\"}", "f:1: a: a string with a NUL character"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct json_doc *doc = NULL;
		struct err err = {""};
		int rc = json_doc_parse("f", cases[i].text, strlen(cases[i].text), &doc, &err);

		assert_null(doc);
		if (!rc || !strstr(err.text, cases[i].sentence))
			fail_msg("%s: %d %s", cases[i].text, rc, err.text);
	}
}

static void refuses_deep_nesting(void **state)
{
	char text[2001];
	struct json_doc *doc = NULL;
	struct err err;

	(void)state;
	memset(text, '[', 1000);
	memset(text + 1000, ']', 1000);
	text[2000] = '\0';
	assert_true(json_doc_parse("f", text, 2000, &doc, &err) < 0);
	assert_null(doc);
}

/* Keys are compared with each other: a file of nothing else must not take minutes. */
static void refuses_more_keys_than_its_bound(void **state)
{
	char text[257 * 8 + 4] = "";
	struct json_doc *doc = NULL;
	struct err err;

	(void)state;
	for (unsigned i = 0; i < 257; i++)
		text_append(text, sizeof(text), "%c\"%u\":1", i ? ',' : '{', i);
	text_append(text, sizeof(text), "}");
	assert_int_equal(json_doc_parse("f", text, strlen(text), &doc, &err), -E2BIG);
	assert_string_equal(err.text, "f:1: more than 256 keys");
	assert_null(doc);
}

static void getters_refuse_with_place_and_hint(void **state)
{
	static const char *const keys[] = {"budget_ms", "workers"}, *const words[] = {"drain",
										      "allow"};
	struct json_doc *doc;
	const struct json *root = parse(
		"{\n \"check\": {\"budget_sm\": 1},\n"
		" \"n\": \"12abc\", \"big\": 99999999999999999999, \"f\": 1.5,\n"
		" \"w\": \"drian\", \"s\": \"a\\u0001b\", \"long\": \"abcdef\", \"l\": [1, {\"x\": "
		"true}]\n}",
		&doc);
	struct err err;
	int64_t number = 7;
	size_t index = 7, n;
	bool flag;
	char buf[4] = "-";

	(void)state;
	assert_int_equal(json_only_keys(json_member(root, "check"), keys, 2, &err), -EINVAL);
	assert_string_equal(err.text,
			    "f:2: check.budget_sm: unknown key; did you mean \"budget_ms\"?");
	assert_int_equal(json_only_keys(json_member(root, "n"), keys, 2, &err), -EINVAL);
	assert_string_equal(err.text, "f:3: n: expected an object, found \"12abc\"");
	assert_int_equal(json_int(json_member(root, "n"), 0, 9, &number, &err), -EINVAL);
	assert_string_equal(err.text, "f:3: n: expected an integer from 0 to 9, found \"12abc\"");
	assert_true(json_int(json_member(root, "big"), 0, INT64_MAX, &number, &err) < 0);
	assert_true(json_int(json_member(root, "f"), 0, 9, &number, &err) < 0);
	assert_string_equal(err.text, "f:3: f: expected an integer from 0 to 9, found 1.5");
	assert_int_equal(number, 7);
	assert_int_equal(json_word(json_member(root, "w"), words, 2, &index, &err), -EINVAL);
	assert_string_equal(
		err.text,
		"f:4: w: expected one of drain, allow, found \"drian\"; did you mean \"drain\"?");
	assert_int_equal(index, 7);
	assert_int_equal(json_string(json_member(root, "s"), 1, buf, sizeof(buf), &err), -EINVAL);
	assert_int_equal(json_string(json_member(root, "long"), 1, buf, sizeof(buf), &err),
			 -ERANGE);
	assert_string_equal(buf, "-");
	assert_int_equal(json_array(json_member(root, "l"), 1, &n, &err), -E2BIG);
	assert_int_equal(json_array(json_member(root, "n"), 1, &n, &err), -EINVAL);
	assert_int_equal(json_bool(json_at(json_member(root, "l"), 0), &flag, &err), -EINVAL);
	assert_string_equal(err.text, "f:4: l[0]: expected true or false, found 1");
	assert_int_equal(json_complain(json_member(json_at(json_member(root, "l"), 1), "x"),
				       -EINVAL, &err, "no"),
			 -EINVAL);
	assert_string_equal(err.text, "f:4: l[1].x: no");
	assert_int_equal(json_need(root, "gone", &root, &err), -EINVAL);
	assert_string_equal(err.text, "f:1: the key \"gone\" is missing");
	json_doc_free(doc);
}

static void strings_hold_no_control_characters(void **state)
{
	static const char text[] = "{\"l\": [\"a\\u001b\", \"\\u007f\", \"\xc2\x9b\", "
				   "\"\\u0085\", \"\xc2\xa0\xc3\xa9\"]}";
	struct json_doc *doc;
	const struct json *list = json_member(parse(text, &doc), "l");
	struct err err;
	char buf[8];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(json_string(json_at(list, i), 0, buf, sizeof(buf), &err), -EINVAL);
		assert_non_null(strstr(err.text, "a string with a control character"));
	}
	assert_int_equal(json_string(json_at(list, 4), 0, buf, sizeof(buf), &err), 0);
	json_doc_free(doc);
}

static void refuses_values_of_another_kind(void **state)
{
	static const char *const keys[] = {"a"};
	struct json_doc *doc;
	const struct json *root = parse("{\"l\": [\n[]], \"n\": null, \"s\": \"x\"}", &doc), *value;
	struct err err;
	size_t n;
	char buf[8];

	(void)state;
	assert_int_equal(json_only_keys(json_at(json_member(root, "l"), 0), keys, 1, &err),
			 -EINVAL);
	assert_string_equal(err.text, "f:2: l[0]: expected an object, found a list");
	assert_int_equal(json_only_keys(json_member(root, "n"), keys, 1, &err), -EINVAL);
	assert_string_equal(err.text, "f:2: n: expected an object, found null");
	assert_int_equal(json_need(json_member(root, "s"), "a", &value, &err), -EINVAL);
	assert_string_equal(err.text, "f:2: s: expected an object, found \"x\"");
	assert_int_equal(json_array(root, 1, &n, &err), -EINVAL);
	assert_string_equal(err.text, "f:1: expected a list, found an object");
	assert_int_equal(json_string(json_member(root, "n"), 0, buf, sizeof(buf), &err), -EINVAL);
	assert_string_equal(err.text, "f:2: n: expected a string, found null");
	json_doc_free(doc);
	assert_int_equal(json_doc_parse("f", "[]", 2, &doc, &err), 0);
	assert_int_equal(json_doc_root(doc, &root, &err), -EINVAL);
	assert_string_equal(err.text, "f:1: expected an object, found a list");
	json_doc_free(doc);
}

static void says_where_a_value_stands(void **state)
{
	static const char text[] = "{\n\"a\": 1}";
	struct json_doc *doc;
	const struct json *root;
	struct err err;
	char buf[12];

	(void)state;
	assert_int_equal(json_doc_parse("dir/name.json", text, strlen(text), &doc, &err), 0);
	assert_int_equal(json_doc_root(doc, &root, &err), 0);
	json_origin(json_member(root, "a"), buf, sizeof(buf));
	assert_string_equal(buf, "name.json:2");
	json_doc_free(doc);
	root = parse(text, &doc);
	json_origin(root, buf, sizeof(buf));
	assert_string_equal(buf, "f:1");
	json_doc_free(doc);
}

static void lines_are_right_in_any_order(void **state)
{
	static const unsigned order[] = {0, 3, 1, 1, 4, 2, 0, 4};
	struct json_doc *doc;
	const struct json *list = json_member(
		parse("{\"l\": [1,\n2, \n\n3,\"a\\n\",\n5\n\n]}\n", &doc), "l");
	const unsigned lines[] = {1, 2, 4, 4, 5};

	(void)state;
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		assert_int_equal(json_line(json_at(list, order[i])), lines[order[i]]);
	json_doc_free(doc);
}

static void reads_what_was_written(void **state)
{
	struct json_doc *doc;
	const struct json *root;
	const char *text;
	struct json_out *out = json_out_new(true);
	struct err err;
	int64_t number;
	size_t size, n;
	char buf[32];

	(void)state;
	json_out_open(out, NULL, '{');
	json_out_string(out, "s", "a\"b\\c\n");
	json_out_int(out, "i", INT64_MIN);
	json_out_open(out, "l", '[');
	json_out_bool(out, NULL, true);
	json_out_null(out, NULL);
	json_out_close(out);
	json_out_open(out, "empty", '{');
	json_out_close(out);
	json_out_close(out);
	assert_int_equal(json_out_done(out, &text, &size, &err), 0);
	assert_string_equal(text,
			    "{\n  \"s\": \"a\\\"b\\\\c\\u000a\",\n  \"i\": -9223372036854775808,\n"
			    "  \"l\": [\n    true,\n    null\n  ],\n  \"empty\": {}\n}\n");
	root = parse(text, &doc);
	assert_int_equal(json_int(json_member(root, "i"), INT64_MIN, 0, &number, &err), 0);
	assert_true(number == INT64_MIN);
	assert_int_equal(json_string(json_member(root, "s"), 0, buf, sizeof(buf), &err), -EINVAL);
	assert_int_equal(json_array(json_member(root, "l"), 2, &n, &err), 0);
	assert_false(json_is_bool(json_at(json_member(root, "l"), 1)));
	assert_null(json_at(json_member(root, "l"), 2));
	assert_true(json_is_object(json_member(root, "empty")));
	json_doc_free(doc);
	json_out_free(out);
}

static void writing_refuses_brackets_that_do_not_match(void **state)
{
	const char *text;
	size_t size;
	struct err err;
	struct json_out *out = json_out_new(false);

	(void)state;
	json_out_open(out, NULL, '{');
	json_out_int(out, NULL, 1);
	json_out_close(out);
	assert_int_equal(json_out_done(out, &text, &size, &err), -EINVAL);
	json_out_free(out);
	out = json_out_new(false);
	json_out_open(out, NULL, '[');
	assert_int_equal(json_out_done(out, &text, &size, &err), -EINVAL);
	json_out_free(out);
}

static void collect(const char *sentence, void *arg)
{
	char *all = arg;

	text_append(all, 512, "%s|", sentence);
}

/* With a collector reading goes on behind each complaint, and only there. */
static void goes_on_where_somebody_collects(void **state)
{
	static const char *const keys[] = {"known"};
	const struct json *root, *value;
	struct json_doc *doc = NULL;
	struct err err = {""};
	char all[512] = "";

	(void)state;
	root = parse("{\"a\": 1,\n\"known\": 2,\n\"b\": 3}", &doc);
	assert_int_equal(json_only_keys(root, keys, 1, &err), -EINVAL);
	assert_string_equal(err.text, "f:1: a: unknown key; there are known");
	assert_int_equal(json_go_on(root, -EINVAL, &err), -EINVAL);
	assert_int_equal(json_collected(root), 0);
	json_collect(doc, collect, all);
	assert_int_equal(json_only_keys(root, keys, 1, &err), 0);
	assert_string_equal(all, "f:1: a: unknown key; there are known|"
				 "f:3: b: unknown key; there are known|");
	assert_int_equal(json_collected(root), 2);
	value = json_member(root, "known");
	assert_int_equal(json_go_on(value, 0, &err), 0);
	assert_int_equal(json_go_on(value, -ENOMEM, &err), -ENOMEM);
	assert_int_equal(json_collected(value), 2);
	json_doc_free(doc);
}

static void lets_a_schema_be_named(void **state)
{
	static const char *const keys[] = {"known"};
	static const struct {
		const char *text, *sentence;
	} cases[] = {
		{"{\"$schema\": \"x\", \"known\": 1}", NULL},
		{"{\"known\": 1}", NULL},
		{"{\"$schema\": 1}", "f:1: $schema: expected a string, the place of a JSON Schema"},
		{"{\"$schem\": \"x\"}", "f:1: $schem: unknown key; there are known"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct json_doc *doc = NULL;
		struct err err = {""};
		const struct json *root = parse(cases[i].text, &doc);
		int rc = json_file_keys(root, keys, 1, &err);

		assert_int_equal(rc, cases[i].sentence ? -EINVAL : 0);
		if (cases[i].sentence)
			assert_string_equal(err.text, cases[i].sentence);
		/* Documents that people do not write have none. */
		if (i == 0)
			assert_int_equal(json_only_keys(root, keys, 1, &err), -EINVAL);
		json_doc_free(doc);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_is_not_json),
		cmocka_unit_test(refuses_deep_nesting),
		cmocka_unit_test(refuses_more_keys_than_its_bound),
		cmocka_unit_test(getters_refuse_with_place_and_hint),
		cmocka_unit_test(strings_hold_no_control_characters),
		cmocka_unit_test(refuses_values_of_another_kind),
		cmocka_unit_test(says_where_a_value_stands),
		cmocka_unit_test(lines_are_right_in_any_order),
		cmocka_unit_test(reads_what_was_written),
		cmocka_unit_test(goes_on_where_somebody_collects),
		cmocka_unit_test(lets_a_schema_be_named),
		cmocka_unit_test(writing_refuses_brackets_that_do_not_match),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
