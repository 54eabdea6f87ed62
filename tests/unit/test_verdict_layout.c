/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "verdict_scene.h"

static void damaged_layouts(void **state)
{
	static const struct scene scenes[] = {
		{"p4d.24xlarge efa-only --missing 2", "auto", "", OUTCOME_FAULTY, "E106",
		 "E106 card 2 (rail rdmap144s27, 0000:90:1b.0): interface attached but invisible; "
		 "3 of 4 rails pass"},
		{"p4d.24xlarge efa-only --missing 2", "efa-only", "", OUTCOME_FAULTY, "E106",
		 "E106 card 2 (rail rdmap144s27, 0000:90:1b.0): interface attached but invisible; "
		 "3 of 4 rails pass"},
		{"p4d.24xlarge all-efa --missing 2", "auto", "", OUTCOME_FAULTY, "E101",
		 "E101 card 2 (rail rdmap144s27, 0000:90:1b.0): EFA function missing; 3 of 4 rails "
		 "pass"},
		{"p4d.24xlarge all-efa --missing 2 --no-facts", "auto", "", OUTCOME_FAULTY,
		 "E107,I101",
		 "E107 node: wrong number of EFA functions; 3 of 4 rails pass; found: 3 of 4"},
		{"p4d.24xlarge all-efa --no-ena 1", "auto", "", OUTCOME_FAULTY, "E103",
		 "E103 card 1 (rdmap32s27): ENA function missing; 4 of 4 rails pass"},
		{"p4d.24xlarge all-efa --no-ena 1 --no-facts", "all-efa", "", OUTCOME_FAULTY,
		 "E108,I101",
		 "E108 node: wrong number of ENA functions; 4 of 4 rails pass; found: 3 of 4"},
		{"p4d.24xlarge efa-only --extra-ena 2", "efa-only", "", OUTCOME_FAULTY, "E104",
		 "E104 card 2 (ens129): ENA function where the layout has none; 4 of 4 rails pass"},
		{"p4d.24xlarge efa-only --swap 0 2", "efa-only", "", OUTCOME_FAULTY, "E110",
		 "E110 cards 0 and 2: two cards have each other's interfaces; 4 of 4 rails pass; "
		 "found: EFA alone on 0, EFA with ENA on 2"},
		{"p4d.24xlarge ena-primary", "efa-only", "", OUTCOME_FAULTY, "E109",
		 "E109 card 0 (rdmap16s27): EFA and ENA functions are paired otherwise than the "
		 "layout has it; 4 of 4 rails pass; found: 0 as one interface, not 1"},
		{"p4d.24xlarge all-efa", "efa-only", "", OUTCOME_FAULTY, "E114",
		 "E114 node: another layout than the site declares; 4 of 4 rails pass; found: "
		 "layout all-efa"},
		/* The smaller explanation is the other layout and what is left to differ. */
		{"p5.48xlarge all-efa --missing 5", "efa-only", "", OUTCOME_FAULTY, "E101,E114",
		 "E101 card 6 (rail rdmap97s0, 0000:61:00.0): EFA function missing; 31 of 32 rails "
		 "pass; and 1 more"},
		{"p4d.24xlarge efa-only --no-ena 0", "auto", "", OUTCOME_FAULTY, "E111",
		 "E111 card 0 (rdmap16s27): primary interface without ENA function; 4 of 4 rails "
		 "pass"},
		{"p5.48xlarge efa-only --missing 21", "auto", "", OUTCOME_FAULTY, "E106",
		 "E106 card 22 (rail rdmap165s0, 0000:a5:00.0): interface attached but invisible; "
		 "31 of 32 rails "
		 "pass"},
		{"p5.48xlarge efa-only --missing 1 --missing 21", "auto", "", OUTCOME_FAULTY,
		 "E106,E106",
		 "E106 card 2: interface attached but invisible; 30 of 32 rails pass; and 1 more"},
		/* All gone: the metadata still tells. */
		{"p4d.24xlarge efa-only --missing 0 --missing 1 --missing 2 --missing 3", "auto",
		 "", OUTCOME_FAULTY, "E101,E106,E106,E106",
		 "E101 card 0 (ens32): EFA function missing; no EFA function; and 3 more"},
	};

	(void)state;
	play(scenes, N(scenes));
}

static void functions_too_many(void **state)
{
	static const struct scene scenes[] = {
		{"x9.huge:p4d.24xlarge efa-only", "ena-primary-only", "", OUTCOME_FAULTY,
		 "E102,W101",
		 "E102 card 0 (rdmap16s27): EFA function where the layout has none; 4 of 4 rails "
		 "pass; and 1 more"},
	};

	(void)state;
	play(scenes, N(scenes));
}

/* A site that knows one layout only: the nearest one differs in pairing alone. */
static void pairing_without_declaration(void **state)
{
	size_t n = layouts.n;

	(void)state;
	policy_defaults(&policy);
	load_node("c5n.18xlarge ena-primary");
	set_report("");
	layouts.n = 1;
	reach(NULL, true);
	layouts.n = n;
	expect("pairing", OUTCOME_FAULTY, "E109",
	       "E109 card 0 (rdmap0s31): EFA and ENA functions are paired otherwise than the "
	       "layout has it; 1 of 1 rails pass; found: 0 as one interface, not 1");
}

/* A device index other than the site's layout has: the shipped layouts leave it open. */
static void wrong_device_index(void **state)
{
	struct layout *old;

	(void)state;
	load_node("p4d.24xlarge all-efa"); /* device 0 on card 0, 1 on all others */
	policy_defaults(&policy);
	text_format(policy.layout_declared, NAME_TEXT, "all-efa");
	set_report("");
	old = &layouts.v[0];
	assert_string_equal(old->name, "all-efa");
	old->rules[0].efa_device_index = 1;
	reach(NULL, true);
	old->rules[0].efa_device_index = -1;
	expect("index", OUTCOME_FAULTY, "E105",
	       "E105 card 0 (rdmap16s27): wrong device index; 4 of 4 rails pass; found: device "
	       "index 0, not 1");
	assert_string_equal(verdict.findings.v[0].expected, "device index 1");
}

/* What nobody declared and nobody knows is a warning, not damage: it may be all nodes of a site. */
static void layouts_that_nobody_knows(void **state)
{
	static const struct scene scenes[] = {
		/* Three cards of four never attached. */
		{"p4d.24xlarge all-efa --detached 1 --detached 2 --detached 3", "auto", "",
		 OUTCOME_DEGRADED, "W102",
		 "W102 node: the interfaces follow no known layout; 1 of 1 rails pass; found: 3 "
		 "differences to efa-only, the nearest"},
		{"p4d.24xlarge all-efa --detached 1 --detached 2 --detached 3 --no-facts", "auto",
		 "", OUTCOME_DEGRADED, "W102,I101",
		 "W102 node: the interfaces follow no known layout; 1 of 1 rails pass; found: 1 "
		 "difference to efa-only, the nearest"},
		/* What is attached and cannot be seen is damage all the same. */
		{"p4d.24xlarge efa-only --detached 1 --detached 3 --missing 1", "auto", "",
		 OUTCOME_FAULTY, "E106,W102",
		 "E106 card 2: interface attached but invisible; 1 of 1 rails pass; and 1 more"},
		/* The same where the site says what it should be. */
		{"p4d.24xlarge all-efa --detached 1 --detached 2 --detached 3 --no-facts",
		 "efa-only", "", OUTCOME_FAULTY, "E107,I101",
		 "E107 node: wrong number of EFA functions; 1 of 4 rails pass; found: 1 of 4"},
		/* An unknown type. */
		{"x9.huge:p4d.24xlarge efa-only", "auto", "", OUTCOME_DEGRADED, "W101",
		 "W101 node: unknown instance type; found: x9.huge"},
		{"x9.huge:p4d.24xlarge efa-only --extra-ena 2", "auto", "", OUTCOME_DEGRADED,
		 "W102,W101",
		 "W102 node: the interfaces follow no known layout; 4 of 4 rails pass; and 1 more; "
		 "found: 1 difference to efa-only, the nearest"},
		{"x9.huge:p4d.24xlarge efa-only --missing 2", "auto", "", OUTCOME_FAULTY,
		 "E106,W101",
		 "E106 card 2: interface attached but invisible; 3 of 4 rails pass; and 1 more"},
		{"x9.huge:p4d.24xlarge efa-only --extra-ena 2", "efa-only", "", OUTCOME_FAULTY,
		 "E104,W101",
		 "E104 card 2 (ens129): ENA function where the layout has none; 4 of 4 rails pass; "
		 "and 1 more"},
		/* Neither type nor facts. */
		{"x9.huge:p4d.24xlarge all-efa --missing 2 --no-facts", "all-efa", "",
		 OUTCOME_DEGRADED, "W101,W103",
		 "W101 node: unknown instance type; and 1 more; found: x9.huge"},
		{"x9.huge:p4d.24xlarge all-efa --no-facts", "auto", "2 hung transfer",
		 OUTCOME_FAULTY, "E209,W101,W103",
		 "E209 rail rdmap144s27: transfer hung; 3 of 4 rails pass; and 2 more"},
		/* Launched without EFA. */
		{"c5n.18xlarge:c6i.4xlarge none", "auto", "", OUTCOME_DEGRADED, "W104",
		 "W104 node: no EFA function on a type that can have them; no EFA function; found: "
		 "c5n.18xlarge can have 1"},
		{"c5n.18xlarge:c6i.4xlarge none --no-facts", "efa-only", "", OUTCOME_FAULTY, "E101",
		 "E101 card 0 (ens5): EFA function missing; no EFA function"},
		{"c6i.4xlarge none", "efa-only", "", OUTCOME_HEALTHY, "I102",
		 "healthy: no EFA function"},
	};

	(void)state;
	play(scenes, N(scenes));
}

static void declarations_that_cannot_be(void **state)
{
	static const struct scene scenes[] = {
		{"p4d.24xlarge efa-only", "gone", "", OUTCOME_UNKNOWN, "E304",
		 "E304 check: settings or data files cannot be used; found: layout.declared: there "
		 "is no layout \"gone\""},
	};

	(void)state;
	play(scenes, N(scenes));
	load_node("p4d.24xlarge efa-only");
	text_format(policy.layout_declared, NAME_TEXT, "efa-every-4th"); /* not for 4 cards */
	set_report("");
	reach(NULL, true);
	assert_int_equal(verdict.outcome, OUTCOME_UNKNOWN);
	assert_string_equal(codes(), "E304");
	/* It is no reason to overlook a dead rail. */
	set_report("1 hung transfer");
	reach(NULL, true);
	assert_int_equal(verdict.outcome, OUTCOME_FAULTY);
	assert_string_equal(codes(), "E209,E304");
}

/* The worst that can be: every card of a 32-card node wrong and every rail dead. */
static void many_findings(void **state)
{
	(void)state;
	policy_defaults(&policy);
	load_node("p5.48xlarge efa-only");
	text_format(policy.layout_declared, NAME_TEXT, "all-efa");
	set_report("* crashed transfer");
	reach("efa-only", true);
	assert_int_equal(verdict.findings.n, 1 + 32);
	assert_int_equal(verdict.findings.dropped, 0);
	assert_string_equal(verdict.sentence,
			    "E114 node: another layout than the site declares; 0 of 32 rails pass; "
			    "and 32 more; found: layout efa-only");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(damaged_layouts),
		cmocka_unit_test(functions_too_many),
		cmocka_unit_test(pairing_without_declaration),
		cmocka_unit_test(wrong_device_index),
		cmocka_unit_test(layouts_that_nobody_knows),
		cmocka_unit_test(declarations_that_cannot_be),
		cmocka_unit_test(many_findings),
	};

	return cmocka_run_group_tests(tests, load_data, free_data);
}
