/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "finding.h"

static void table_is_sound(void **state)
{
	const struct finding_code *row, *other;

	(void)state;
	for (row = finding_codes; row->code; row++) {
		const char letter = "EWI"[row->severity];

		assert_int_equal(strlen(row->code), 4);
		assert_int_equal(row->code[0], letter);
		assert_int_equal(strspn(row->code + 1, "0123456789"), 3);
		assert_true(row->title[0] && strlen(row->title) < 80);
		assert_true(row->remedy[0] && strlen(row->remedy) < 200);
		for (other = finding_codes; other != row; other++)
			assert_true(strcmp(other->code, row->code) != 0);
		assert_ptr_equal(finding_code(row->code), row);
	}
}

/* Who drains whom hangs on these: a code may not change its owner unseen. */
static void owners(void **state)
{
	static const struct {
		const char *code;
		enum finding_owner owner;
	} cases[] = {
		{"E101", OWNER_NODE},	 {"E106", OWNER_NODE},	  {"E109", OWNER_NODE},
		{"E150", OWNER_REQUEST}, {"E151", OWNER_REQUEST}, {"E152", OWNER_REQUEST},
		{"E153", OWNER_REQUEST}, {"E154", OWNER_REQUEST}, {"E201", OWNER_NODE},
		{"E204", OWNER_NODE},	 {"E212", OWNER_NODE},	  {"E250", OWNER_FABRIC},
		{"E301", OWNER_CHECK},	 {"E302", OWNER_CHECK},	  {"E303", OWNER_CHECK},
		{"E304", OWNER_CHECK},	 {"E305", OWNER_CHECK},	  {"E306", OWNER_CHECK},
		{"E307", OWNER_CHECK},	 {"W101", OWNER_CHECK},	  {"W102", OWNER_NODE},
		{"W103", OWNER_CHECK},	 {"W105", OWNER_CHECK},	  {"I106", OWNER_CHECK},
		{"W201", OWNER_CHECK},	 {"W202", OWNER_NODE},	  {"W301", OWNER_NODE},
		{"W302", OWNER_NODE},	 {"W303", OWNER_CHECK},	  {"I301", OWNER_NODE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(finding_code(cases[i].code)->owner, cases[i].owner);
}

static void counts_what_does_not_fit(void **state)
{
	struct findings *findings = calloc(1, sizeof(*findings));

	(void)state;
	assert_non_null(findings);
	for (size_t i = 0; i < FINDINGS_MAX; i++)
		findings_add(findings, "W201")->rail = (int)i;
	assert_int_equal(findings->dropped, 0);
	findings_add(findings, "E201")->rail = 7;
	assert_non_null(findings_add(findings, "E202"));
	assert_int_equal(findings->n, FINDINGS_MAX);
	assert_int_equal(findings->dropped, 2);
	assert_int_equal(findings->v[FINDINGS_MAX - 1].rail, FINDINGS_MAX - 1);
	free(findings);
}

static void starts_empty(void **state)
{
	struct findings *findings = calloc(1, sizeof(*findings));
	struct finding *finding;

	(void)state;
	assert_non_null(findings);
	memset(&findings->v[0], 'x', sizeof(findings->v[0]));
	finding = findings_add(findings, "E208");
	assert_ptr_equal(finding, &findings->v[0]);
	assert_string_equal(finding->subject, "");
	assert_string_equal(finding->found, "");
	assert_int_equal(finding->rail, -1);
	assert_int_equal(finding->card_index, -1);
	free(findings);
}

static void sorts_by_weight(void **state)
{
	static const struct {
		const char *code;
		int card, rail;
	} in[] = {{"I101", -1, -1}, {"E301", -1, -1}, {"W101", -1, -1}, {"E150", -1, -1},
		  {"E209", 3, 5},   {"E209", 3, 4},   {"E250", -1, -1}, {"E209", 1, 9},
		  {"W102", -1, -1}, {"E101", 8, -1}},
	  out[] = {{"E101", 8, -1},  {"E209", 1, 9},   {"E209", 3, 4},	 {"E209", 3, 5},
		   {"E250", -1, -1}, {"E150", -1, -1}, {"E301", -1, -1}, {"W102", -1, -1},
		   {"W101", -1, -1}, {"I101", -1, -1}};
	struct findings *findings = calloc(1, sizeof(*findings));

	(void)state;
	assert_non_null(findings);
	for (size_t i = 0; i < sizeof(in) / sizeof(in[0]); i++) {
		struct finding *finding = findings_add(findings, in[i].code);

		finding->card_index = in[i].card;
		finding->rail = in[i].rail;
	}
	findings_sort(findings);
	for (size_t i = 0; i < sizeof(out) / sizeof(out[0]); i++) {
		assert_string_equal(findings->v[i].code->code, out[i].code);
		assert_int_equal(findings->v[i].card_index, out[i].card);
		assert_int_equal(findings->v[i].rail, out[i].rail);
	}
	free(findings);
}

static void words(void **state)
{
	(void)state;
	assert_string_equal(finding_owner_text(OWNER_NODE), "node");
	assert_string_equal(finding_owner_text(OWNER_FABRIC), "fabric");
	assert_string_equal(finding_owner_text(OWNER_REQUEST), "request");
	assert_string_equal(finding_owner_text(OWNER_CHECK), "check");
	assert_string_equal(finding_owner_text((enum finding_owner)9), "?");
	assert_string_equal(finding_severity_text(SEVERITY_ERROR), "error");
	assert_string_equal(finding_severity_text(SEVERITY_WARNING), "warning");
	assert_string_equal(finding_severity_text(SEVERITY_INFO), "info");
	assert_string_equal(finding_severity_text((enum finding_severity)9), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_is_sound),	    cmocka_unit_test(owners),
		cmocka_unit_test(counts_what_does_not_fit), cmocka_unit_test(starts_empty),
		cmocka_unit_test(sorts_by_weight),	    cmocka_unit_test(words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
