/* SPDX-License-Identifier: Apache-2.0 */
/* Names of node features, and names of nodes folded into hostlists. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "layout.h"
#include "node_features.h"
#include "node_names.h"
#include "text.h"

#define N(list) (sizeof(list) / sizeof((list)[0]))

static void features_that_are_none_of_ours(void **state)
{
	static const char *const others[] = {"",
					     "p5",
					     "efa",
					     "efa-layout",
					     "efa-rails",
					     "EFA-layout-x",
					     "my-efa-layout-x",
					     "efa_layout-x",
					     "efarails-4"};
	static const char *const numbers[] = {"efa-rails-",   "efa-rails-0",
					      "efa-rails-04", "efa-rails-65",
					      "efa-rails--1", "efa-rails-4x",
					      "efa-rails-+4", "efa-rails-4 ",
					      "efa-layout-4", "efa-rails-99999999999999999999"};
	unsigned rails;

	(void)state;
	for (size_t i = 0; i < N(others); i++) {
		assert_false(node_feature_is_ours(others[i]));
		assert_null(node_feature_names_layout(others[i]));
	}
	for (size_t i = 0; i < N(numbers); i++) {
		assert_true(node_feature_is_ours(numbers[i]));
		assert_false(node_feature_names_rails(numbers[i], &rails));
	}
}

static void names_there_and_back(void **state)
{
	char feature[FEATURE_TEXT], longest[NAME_TEXT];
	unsigned rails;

	(void)state;
	node_feature_layout("efa-only", feature);
	assert_string_equal(feature, "efa-layout-efa-only");
	assert_string_equal(node_feature_names_layout(feature), "efa-only");
	for (unsigned n = 1; n <= NODE_RAILS_MAX; n++) {
		node_feature_rails(n, feature);
		assert_true(node_feature_is_ours(feature));
		assert_true(node_feature_names_rails(feature, &rails));
		assert_int_equal(rails, n);
		assert_null(node_feature_names_layout(feature));
	}
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	node_feature_layout(longest, feature);
	assert_string_equal(node_feature_names_layout(feature), longest);
}

/* Of what Slurm splits features and constraints at, nothing may be in a name. */
static void layouts_have_names_that_constraints_take(void **state)
{
	static struct layout_set set;
	char feature[FEATURE_TEXT];
	struct err err = {""};

	(void)state;
	if (layout_set_load(&set, SOURCE_DIR "/etc/layouts.json", FILE_TRUST_ANY, &err))
		fail_msg("%s", err.text);
	assert_true(set.n > 5);
	for (size_t i = 0; i < set.n; i++) {
		node_feature_layout(set.v[i].name, feature);
		assert_true(text_is_name(feature, FEATURE_TEXT - 1));
		assert_null(strpbrk(feature, ",&|*[]() =:\"#\\"));
	}
}

static void all_of_a_node(void **state)
{
	static const char layouts[LAYOUT_NAMES_MAX + 2][NAME_TEXT] = {"one", "two", "3", "4", "5",
								      "6",   "7",   "8", "9"};
	struct node_features features;
	char text[FEATURES_TEXT], small[16];

	(void)state;
	node_features_of(layouts, 0, 0, &features);
	assert_int_equal(node_features_text(&features, text, sizeof(text)), 0);
	assert_string_equal(text, "");
	node_features_of(layouts, 0, 4, &features);
	node_features_text(&features, text, sizeof(text));
	assert_string_equal(text, "efa-rails-4");
	node_features_of(layouts, 2, 32, &features);
	node_features_text(&features, text, sizeof(text));
	assert_string_equal(text, "efa-layout-one,efa-layout-two,efa-rails-32");
	assert_true(node_features_text(&features, small, sizeof(small)) < 0);
	node_features_of(layouts, N(layouts), 1, &features);
	assert_int_equal(features.n, LAYOUT_NAMES_MAX + 1);
	assert_string_equal(features.v[LAYOUT_NAMES_MAX], "efa-rails-1");
}

static void names_that_slurm_has_not(void **state)
{
	char longest[NODE_NAME_TEXT + 1];

	(void)state;
	assert_false(node_name_valid(""));
	assert_false(node_name_valid("a,b"));
	assert_false(node_name_valid("n[1-2]"));
	assert_false(node_name_valid("-n"));
	assert_false(node_name_valid("a b"));
	assert_true(node_name_valid("ip-10-0-0-7.eu-central-1.compute.internal"));
	memset(longest, 'n', NODE_NAME_TEXT);
	longest[NODE_NAME_TEXT] = '\0';
	assert_false(node_name_valid(longest));
	longest[NODE_NAME_TEXT - 1] = '\0';
	assert_true(node_name_valid(longest));
}

static void folds(void **state)
{
	static const struct {
		const char *names, *folded;
	} cases[] = {
		{"n1", "n1"},
		{"login", "login"},
		{"n1 n2 n3", "n[1-3]"},
		{"n3 n1 n2", "n[1-3]"},
		{"n1 n1 n1", "n1"},
		{"n1 n3 n4 n9", "n[1,3-4,9]"},
		{"n8 n9 n10 n11", "n[8-11]"},
		{"n08 n09 n10 n11", "n[08-11]"},
		{"n98 n99 n100", "n[98-100]"},
		{"n098 n099 n100", "n[098-100]"},
		/* "n[1,01]": the same number, other names */
		{"n1 n01", "n[01,1]"},
		{"n1 n02", "n[1,02]"},
		{"n9 n010", "n[9,010]"},
		{"n1 m1 m2", "m[1-2],n1"},
		{"login n2 n1", "login,n[1-2]"},
		{"p5-dy-1 p5-dy-2 p4-st-1", "p4-st-1,p5-dy-[1-2]"},
		{"1 2 3", "1,2,3"},
		{"ip-10-0-0-7 ip-10-0-0-8 ip-10-0-1-9", "ip-10-0-0-[7-8],ip-10-0-1-9"},
		{"n1.local n2.local", "n1.local,n2.local"},
		{"i1234567890 i1234567891", "i1234567890,i1234567891"},
		{"n n1 n2", "n,n[1-2]"},
		{"n0 n1 n2", "n[0-2]"},
		{"a1b1 a1b2 a2b1", "a1b[1-2],a2b1"},
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		char names[16][NODE_NAME_TEXT], copy[256], *rest = copy, *word;
		cleanup_free char *text = NULL;
		size_t n = 0;

		text_format(copy, sizeof(copy), "%s", cases[i].names);
		while ((word = strsep(&rest, " ")))
			text_format(names[n++], NODE_NAME_TEXT, "%s", word);
		assert_int_equal(node_names_fold(names, n, &text), 0);
		if (strcmp(text, cases[i].folded) != 0)
			fail_msg("%s: expected %s, found %s", cases[i].names, cases[i].folded,
				 text);
	}
}

/* What stands between brackets is written out again as Slurm does: all names come back, once. */
static void folds_nothing_away(void **state)
{
	(void)state;
	for (unsigned seed = 0; seed < 200; seed++) {
		char names[40][NODE_NAME_TEXT], all[40][NODE_NAME_TEXT];
		cleanup_free char *text = NULL;
		size_t n = 1 + seed % N(names), back = 0;
		char head[NODE_NAME_TEXT] = "", *at;

		srand(seed);
		for (size_t i = 0; i < n; i++) {
			text_format(names[i], NODE_NAME_TEXT, "n%0*d", 1 + rand() % 3,
				    rand() % 110);
			memcpy(all[i], names[i], NODE_NAME_TEXT);
		}
		assert_int_equal(node_names_fold(names, n, &text), 0);
		for (at = text; *at;) {
			char *end, *rest = at;
			size_t width = 0;
			unsigned long from, to;

			while (*rest && !strchr("[,0123456789", *rest))
				rest++;
			if (rest > at)
				text_format(head, sizeof(head), "%.*s", (int)(rest - at), at);
			at = rest + (*rest == '[');
			width = strspn(at, "0123456789");
			from = to = strtoul(at, &end, 10);
			if (*end == '-')
				to = strtoul(end + 1, &end, 10);
			for (; from <= to; from++, back++) {
				char name[NODE_NAME_TEXT];
				bool is_one = false;

				text_format(name, sizeof(name), "%s%0*lu", head, (int)width, from);
				for (size_t i = 0; i < n; i++) {
					if (strcmp(all[i], name) != 0)
						continue;
					is_one = true;
					all[i][0] = '\0';
				}
				if (!is_one)
					fail_msg("%s: %s was none, or is there twice", text, name);
			}
			at = end + (*end == ']');
			at += *at == ',';
		}
		for (size_t i = 0; i < n; i++)
			assert_string_equal(all[i], "");
		assert_true(back <= n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(features_that_are_none_of_ours),
		cmocka_unit_test(names_that_slurm_has_not),
		cmocka_unit_test(names_there_and_back),
		cmocka_unit_test(layouts_have_names_that_constraints_take),
		cmocka_unit_test(all_of_a_node),
		cmocka_unit_test(folds),
		cmocka_unit_test(folds_nothing_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
