/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "rails_wish.h"
#include "site.h"

#define N(list) (sizeof(list) / sizeof((list)[0]))

static struct rails_wish wish(const char *text)
{
	struct rails_wish wish = {0};

	if (rails_wish_parse(text, &wish))
		fail_msg("%s", text);
	return wish;
}

static void refuses_texts(void **state)
{
	static const char *const texts[] = {"",		  "0",		"65",
					    "-1",	  "+1",		" 1",
					    "1 ",	  "0%",		"101%",
					    "%",	  "5%%",	"ALL",
					    "alle",	  "per-gpu:",	"per-gpu:0",
					    "per-gpu:65", "per-gpu:4%", "per-gpu4",
					    "0x10",	  "1e1",	"00000000000000000000004"};

	(void)state;
	for (size_t i = 0; i < N(texts); i++) {
		struct rails_wish out = {RAILS_PERCENT, 7};

		if (rails_wish_parse(texts[i], &out) != -EINVAL)
			fail_msg("accepted \"%s\"", texts[i]);
		assert_int_equal(out.n, 7);
	}
}

static void goes_there_and_back(void **state)
{
	static const char *const texts[] = {"all",  "1",	 "64",	      "1%",
					    "100%", "per-gpu:1", "per-gpu:64"};
	struct rails_wish none = {0};
	char buf[RAILS_WISH_TEXT];

	(void)state;
	for (size_t i = 0; i < N(texts); i++) {
		struct rails_wish out = wish(texts[i]);

		assert_string_equal(rails_wish_text(&out, buf), texts[i]);
	}
	assert_string_equal(rails_wish_text(&none, buf), "");
}

static void counts(void **state)
{
	static const struct {
		const char *text;
		unsigned of_layout, n_accels, count;
	} cases[] = {
		{"all", 32, 8, 32},	  {"all", 0, 0, 0},	  {"4", 32, 8, 4},
		{"64", 32, 8, 64},	  {"50%", 32, 8, 16},	  {"50%", 1, 0, 1},
		{"1%", 32, 0, 1},	  {"97%", 32, 0, 32},	  {"96%", 32, 0, 31},
		{"per-gpu:4", 32, 8, 32}, {"per-gpu:1", 4, 8, 8}, {"per-gpu:4", 32, 0, 0},
	};
	struct rails_wish none = {0};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct rails_wish out = wish(cases[i].text);
		unsigned n = rails_wish_count(&out, cases[i].of_layout, cases[i].n_accels);

		if (n != cases[i].count)
			fail_msg("%s of %u: %u", cases[i].text, cases[i].of_layout, n);
	}
	assert_int_equal(rails_wish_count(&none, 32, 8), 0);
}

/* With the instance types and layouts that are shipped. */
static void knows_what_no_node_can_offer(void **state)
{
	static const struct {
		const char *text, *layout;
		bool possible;
		unsigned most;
	} cases[] = {
		{"32", NULL, true, 32},
		{"33", NULL, false, 32},
		{"64", NULL, false, 32},
		{"all", NULL, true, 32},
		{"100%", "single", true, 1},
		{"1", "single", true, 1},
		{"2", "single", false, 1},
		{"32", "efa-only", true, 32},
		{"16", "ena-primary-only", true, 16},
		{"17", "ena-primary-only", false, 16},
		{"per-gpu:4", NULL, true, 4},
		{"per-gpu:5", NULL, false, 4},
		{"per-gpu:4", "efa-only", true, 4},
	};
	struct layout_set *set = calloc(1, sizeof(*set));
	struct type_set types;
	struct err err = {""};

	(void)state;
	assert_non_null(set);
	if (site_load_layouts(set, SOURCE_DIR "/etc", "/nowhere", FILE_TRUST_ANY, &err) ||
	    site_load_types(&types, SOURCE_DIR "/etc", "/nowhere", FILE_TRUST_ANY, &err))
		fail_msg("%s", err.text);
	for (size_t i = 0; i < N(cases); i++) {
		const struct layout *layout = cases[i].layout ? layout_find(set, cases[i].layout)
							      : NULL;
		struct rails_wish out = wish(cases[i].text);
		unsigned most = 0;

		assert_true(layout || !cases[i].layout);
		if (rails_wish_possible(&out, layout, &types, &most) != cases[i].possible ||
		    most != cases[i].most)
			fail_msg("%s with %s: most %u", cases[i].text,
				 layout ? layout->name : "any layout", most);
	}
	type_set_done(&types);
	free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_texts),
		cmocka_unit_test(goes_there_and_back),
		cmocka_unit_test(counts),
		cmocka_unit_test(knows_what_no_node_can_offer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
