/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../nodes/node_tree.h"
#include "eni_facts.h"
#include "verdict.h"

#define N(list) (sizeof(list) / sizeof((list)[0]))

static struct layout_set layouts;
static struct type_set types;
static struct inventory inv;
static struct probe_report report;
static struct policy policy;
static struct verdict verdict;

static void must(int rc, const struct err *err)
{
	if (rc)
		fail_msg("%s", err->text);
}

static int load_data(void **state)
{
	struct err err = {""};

	if (layout_set_load(&layouts, SOURCE_DIR "/etc/layouts.json", FILE_TRUST_ANY, &err) ||
	    type_set_load(&types, SOURCE_DIR "/etc/instance-types.json", FILE_TRUST_ANY, &err)) {
		print_error("%s\n", err.text);
		return -1;
	}
	return tree_setup(state);
}

static int free_data(void **state)
{
	type_set_done(&types);
	return tree_teardown(state);
}

/* "TYPE LAYOUT DAMAGE..." of make-node; a type in front with a colon is what the node calls itself.
 */
static void load_node(const char *words)
{
	static struct eni_facts facts;
	static char made[128]; /* making a tree takes longer than all the rest */
	const char *colon = strchr(words, ':');
	struct err err = {""};

	if (strcmp(made, colon ? colon + 1 : words) != 0) {
		text_format(made, sizeof(made), "%s", colon ? colon + 1 : words);
		tree_make(made);
	}
	must(inventory_scan(tree, &inv, &err), &err);
	memset(&facts, 0, sizeof(facts));
	if (!strstr(words, "--no-facts"))
		must(eni_facts_load(tree_path("run/efa-layout/enis.json"), FILE_TRUST_OWNER,
				    inv.boot_id, &facts, &err),
		     &err);
	inventory_join(&inv, &facts);
	if (colon)
		text_format(inv.instance_type, NAME_TEXT, "%.*s", (int)(colon - words), words);
}

/*
 * All rails passed, except "RAIL STATE STEP ERROR" for each part between semicolons; RAIL is a
 * number or "*" for all.
 */
static void set_report(const char *parts)
{
	char line[256], *rest = line, *part;

	memset(&report, 0, sizeof(report));
	report.n = inv.n_rails;
	report.elapsed_ms = 900;
	for (size_t i = 0; i < report.n; i++) {
		report.v[i].state = PROBE_PASS;
		report.v[i].step = PROBE_STEP_DONE;
	}
	text_format(line, sizeof(line), "%s", parts);
	while ((part = strsep(&rest, ";"))) {
		char rail[8], state[16], step[16];
		int error = 0;

		if (sscanf(part, " %7s %15s %15s %d", rail, state, step, &error) < 3)
			continue;
		for (size_t i = 0; i < report.n; i++) {
			if (rail[0] != '*' && (size_t)atoi(rail) != i)
				continue;
			assert_true(probe_state_parse(state, &report.v[i].state));
			assert_true(probe_step_parse(step, &report.v[i].step));
			report.v[i].fi_error = error;
			text_format(report.v[i].text, sizeof(report.v[i].text), "%s",
				    error ? strerror(error) : "");
		}
	}
}

static void reach(const char *asked, bool probed)
{
	struct verdict_input in = {
		.inv = &inv,
		.layouts = &layouts,
		.type = type_find(&types, inv.instance_type),
		.policy = &policy,
		.probe = probed ? &report : NULL,
	};
	struct request request;
	struct err err = {""};

	request_init(&request);
	if (asked && *asked)
		must(request_set_layout(&request, asked, &err), &err);
	in.request = asked ? &request : NULL;
	memset(&verdict, 'x', sizeof(verdict));
	verdict_reach(&in, &verdict);
}

/* "E101,E209" of all findings. */
static const char *codes(void)
{
	static char list[1024];

	list[0] = '\0';
	for (size_t i = 0; i < verdict.findings.n; i++)
		text_append(list, sizeof(list), "%s%s", i ? "," : "",
			    verdict.findings.v[i].code->code);
	return list;
}

static void expect(const char *what, enum outcome outcome, const char *list, const char *sentence)
{
	if (verdict.outcome != outcome || strcmp(codes(), list) != 0 ||
	    strcmp(verdict.sentence, sentence) != 0)
		fail_msg("%s: %s [%s] \"%s\"", what, outcome_text(verdict.outcome), codes(),
			 verdict.sentence);
}

struct scene {
	const char *node, *declared, *rails;
	enum outcome outcome;
	const char *codes, *sentence;
};

static void play(const struct scene *scenes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct scene *scene = &scenes[i];

		load_node(scene->node);
		policy_defaults(&policy);
		text_format(policy.layout_declared, NAME_TEXT, "%s", scene->declared);
		set_report(scene->rails);
		reach(NULL, true);
		expect(scene->node, scene->outcome, scene->codes, scene->sentence);
	}
}

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
		 "E107 node: wrong number of EFA functions (3 of 4); 3 of 4 rails pass"},
		{"p4d.24xlarge all-efa --no-ena 1", "auto", "", OUTCOME_FAULTY, "E103",
		 "E103 card 1 (rdmap32s27): ENA function missing; 4 of 4 rails pass"},
		{"p4d.24xlarge all-efa --no-ena 1 --no-facts", "all-efa", "", OUTCOME_FAULTY,
		 "E108,I101",
		 "E108 node: wrong number of ENA functions (3 of 4); 4 of 4 rails pass"},
		{"p4d.24xlarge efa-only --extra-ena 2", "efa-only", "", OUTCOME_FAULTY, "E104",
		 "E104 card 2 (ens129): ENA function where the layout has none; 4 of 4 rails pass"},
		{"p4d.24xlarge efa-only --swap 0 2", "efa-only", "", OUTCOME_FAULTY, "E103,E104",
		 "E103 card 0 (rdmap16s27): ENA function missing; 4 of 4 rails pass; and 1 more"},
		{"p4d.24xlarge ena-primary", "efa-only", "", OUTCOME_FAULTY, "E109",
		 "E109 card 0 (rdmap16s27): EFA and ENA functions are paired otherwise than the "
		 "layout has it (0 as one interface, not 1); 4 of 4 rails pass"},
		{"p4d.24xlarge all-efa", "efa-only", "", OUTCOME_FAULTY, "E104,E104,E104",
		 "E104 card 1 (ens65): ENA function where the layout has none; 4 of 4 rails pass; "
		 "and 2 more"},
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
	       "layout "
	       "has it (0 as one interface, not 1); 1 of 1 rails pass");
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
	       "E105 card 0 (rdmap16s27): wrong device index (device index 0, not 1); 4 of 4 rails "
	       "pass");
	assert_string_equal(verdict.findings.v[0].expected, "device index 1");
}

static void rails_that_are_not_usable(void **state)
{
	static const struct scene scenes[] = {
		{"p4d.24xlarge efa-only --unbound 2", "auto", "2 not-tested open", OUTCOME_FAULTY,
		 "E201",
		 "E201 rail rdmap144s27 (0000:90:1b.0): not bound to the efa driver (no driver); 3 "
		 "of 4 rails "
		 "pass"},
		{"p4d.24xlarge efa-only --no-rdma 1", "auto", "1 not-tested open", OUTCOME_FAULTY,
		 "E202", "E202 rail rdmap32s27 (0000:20:1b.0): no RDMA device; 3 of 4 rails pass"},
		{"p4d.24xlarge efa-only --no-uverbs 1", "auto", "1 not-tested open", OUTCOME_FAULTY,
		 "E203", "E203 rail rdmap32s27: no uverbs device node; 3 of 4 rails pass"},
		{"p4d.24xlarge all-efa --no-devnode 0 --unbound 1", "all-efa",
		 "0 not-tested open; 1 not-tested open", OUTCOME_FAULTY, "E201,E203",
		 "E201 rail rdmap32s27 (0000:20:1b.0): not bound to the efa driver (no driver); 2 "
		 "of 4 rails "
		 "pass; and 1 more"},
	};

	(void)state;
	play(scenes, N(scenes));
	policy_defaults(&policy);
	load_node("p4d.24xlarge efa-only --unbound 2");
	snprintf(inv.rails[2].driver, NAME_TEXT, "vfio-pci");
	set_report("2 not-tested open");
	reach(NULL, true);
	assert_non_null(strstr(verdict.sentence, "(driver vfio-pci); 3 of 4"));
}

static void rails_that_fail(void **state)
{
	static const struct scene scenes[] = {
		{"p4d.24xlarge efa-only", "auto", "2 hung open", OUTCOME_FAULTY, "E204",
		 "E204 rail rdmap144s27: device does not answer; 3 of 4 rails pass"},
		{"p4d.24xlarge efa-only", "auto", "2 hung endpoint", OUTCOME_FAULTY, "E204",
		 "E204 rail rdmap144s27: device does not answer; 3 of 4 rails pass"},
		{"p4d.24xlarge efa-only", "auto", "2 hung counters", OUTCOME_FAULTY, "E204",
		 "E204 rail rdmap144s27: device does not answer; 3 of 4 rails pass"},
		{"p4d.24xlarge efa-only", "auto", "2 fail open 12", OUTCOME_FAULTY, "E205",
		 "E205 rail rdmap144s27: device cannot be opened (Cannot allocate memory); 3 of 4 "
		 "rails pass"},
		{"p4d.24xlarge efa-only", "auto", "2 fail getinfo 61", OUTCOME_FAULTY, "E206",
		 "E206 rail rdmap144s27: provider does not list the rail (No data available); 3 of "
		 "4 rails pass"},
		{"p4d.24xlarge efa-only", "auto", "2 fail endpoint", OUTCOME_FAULTY, "E207",
		 "E207 rail rdmap144s27: endpoint cannot be made; 3 of 4 rails pass"},
		{"p4d.24xlarge efa-only", "auto", "2 fail transfer 113", OUTCOME_FAULTY, "E208",
		 "E208 rail rdmap144s27: transfer failed (No route to host); 3 of 4 rails pass"},
		{"p4d.24xlarge efa-only", "auto", "2 hung transfer", OUTCOME_FAULTY, "E209",
		 "E209 rail rdmap144s27: transfer hung; 3 of 4 rails pass"},
		{"p4d.24xlarge efa-only", "auto", "2 fail contents", OUTCOME_FAULTY, "E210",
		 "E210 rail rdmap144s27: data arrived damaged; 3 of 4 rails pass"},
		{"p4d.24xlarge efa-only", "auto", "2 fail counters", OUTCOME_FAULTY, "E211",
		 "E211 rail rdmap144s27: device counters did not move; 3 of 4 rails pass"},
		{"p4d.24xlarge efa-only", "auto", "2 crashed transfer", OUTCOME_FAULTY, "E212",
		 "E212 rail rdmap144s27: test crashed on this rail; 3 of 4 rails pass"},
		{"p5.48xlarge efa-only", "efa-only", "1 hung transfer", OUTCOME_FAULTY, "E209",
		 "E209 rail rdmap80s0: transfer hung; 31 of 32 rails pass"},
		/* A few alike among passing ones are the rails' own fault. */
		{"p4d.24xlarge efa-only", "auto",
		 "1 fail transfer 113; 2 fail transfer 113; 3 fail transfer 113", OUTCOME_FAULTY,
		 "E208,E208,E208",
		 "E208 rail rdmap32s27: transfer failed (No route to host); 1 of 4 rails pass; and "
		 "2 more"},
		/* All fail, but not alike. */
		{"p4d.24xlarge efa-only", "auto", "* fail transfer 113; 3 fail contents",
		 OUTCOME_FAULTY, "E208,E208,E208,E210",
		 "E208 rail rdmap16s27: transfer failed (No route to host); 0 of 4 rails pass; and "
		 "3 more"},
		{"p4d.24xlarge efa-only", "auto", "* fail transfer 5", OUTCOME_FAULTY,
		 "E208,E208,E208,E208",
		 "E208 rail rdmap16s27: transfer failed (Input/output error); 0 of 4 rails pass; "
		 "and 3 more"},
		{"p4d.24xlarge efa-only", "auto", "* hung open", OUTCOME_FAULTY,
		 "E204,E204,E204,E204",
		 "E204 rail rdmap16s27: device does not answer; 0 of 4 rails pass; and 3 more"},
		/* With one rail only there is nothing to compare with. */
		{"c5n.18xlarge all-efa", "auto", "0 fail transfer 113", OUTCOME_FAULTY, "E208",
		 "E208 rail rdmap0s31: transfer failed (No route to host); 0 of 1 rails pass"},
		/* Layout and rail. */
		{"p4d.24xlarge efa-only --missing 2", "auto", "0 hung transfer", OUTCOME_FAULTY,
		 "E106,E209",
		 "E106 card 2 (rail rdmap144s27, 0000:90:1b.0): interface attached but invisible; "
		 "2 of 4 rails pass; "
		 "and 1 more"},
	};

	(void)state;
	play(scenes, N(scenes));
}

static void rails_that_all_fail_alike(void **state)
{
	static const struct scene scenes[] = {
		{"p4d.24xlarge efa-only", "auto", "* fail transfer 113", OUTCOME_FABRIC, "E250",
		 "E250 4 rails: all rails fail alike, check the security group (unreachable); 0 of "
		 "4 rails pass"},
		{"p4d.24xlarge efa-only", "auto", "* fail transfer 103", OUTCOME_FABRIC, "E250",
		 "E250 4 rails: all rails fail alike, check the security group (unresponsive); 0 "
		 "of 4 rails pass"},
		{"p4d.24xlarge efa-only", "auto", "* fail transfer 110; 2 hung transfer",
		 OUTCOME_FABRIC, "E250",
		 "E250 4 rails: all rails fail alike, check the security group (no transfer ends); "
		 "0 of 4 rails pass"},
		/* A device that does not open says nothing about the others, and is a fault. */
		{"p4d.24xlarge efa-only", "auto", "* fail transfer 113; 1 hung open",
		 OUTCOME_FAULTY, "E204,E250",
		 "E204 rail rdmap32s27: device does not answer; 0 of 4 rails pass; and 1 more"},
		{"p4d.24xlarge efa-only", "auto", "* fail transfer 113; 1 not-tested open",
		 OUTCOME_FABRIC, "E250,W201",
		 "E250 3 rails: all rails fail alike, check the security group (unreachable); 0 of "
		 "4 rails pass; and 1 more"},
		/* What is no device's fault: the software. */
		{"p4d.24xlarge efa-only", "auto", "* fail getinfo 61", OUTCOME_UNKNOWN, "E307",
		 "E307 4 rails: the same step fails for all rails before a device can be blamed "
		 "(the provider lists none of them)"},
		{"p4d.24xlarge efa-only", "auto", "* fail counters", OUTCOME_UNKNOWN, "E307",
		 "E307 4 rails: the same step fails for all rails before a device can be blamed "
		 "(data arrives, but not through the device)"},
		{"c5n.18xlarge all-efa", "auto", "* fail counters", OUTCOME_UNKNOWN, "E307",
		 "E307 1 rail: the same step fails for all rails before a device can be blamed "
		 "(data arrives, but not through the device)"},
	};

	(void)state;
	play(scenes, N(scenes));
}

/* Until libfabric 1.18 such completions are plain EIO; the provider's own number tells. */
static void providers_own_numbers(void **state)
{
	static const struct {
		int number;
		const char *codes, *found;
	} cases[] = {
		{15, "E250", "unreachable"},
		{13, "E250", "unresponsive"},
		{4124, "E250", "unresponsive"},
		{4126, "E250", "unresponsive"},
		{7, "E208,E208,E208,E208", "Input/output error"},
	};

	(void)state;
	policy_defaults(&policy);
	load_node("p4d.24xlarge efa-only");
	for (size_t i = 0; i < N(cases); i++) {
		set_report("* fail transfer 5");
		for (size_t rail = 0; rail < report.n; rail++)
			report.v[rail].prov_error = cases[i].number;
		reach(NULL, true);
		assert_string_equal(codes(), cases[i].codes);
		assert_string_equal(verdict.findings.v[0].found, cases[i].found);
	}
}

static void probes_that_did_not_run(void **state)
{
	static const struct {
		enum probe_outcome outcome;
		const char *codes, *sentence;
	} cases[] = {
		{PROBE_NO_PROGRAM, "E301",
		 "E301 check: no libfabric or no test program (it is not there)"},
		{PROBE_NO_LIBRARY, "E301",
		 "E301 check: no libfabric or no test program (it is not there)"},
		{PROBE_NO_PROVIDER, "E302",
		 "E302 check: libfabric lacks the provider (it is not there)"},
		{PROBE_BROKEN, "E303", "E303 check: the test itself broke (it is not there)"},
	};

	(void)state;
	policy_defaults(&policy);
	load_node("p4d.24xlarge efa-only");
	for (size_t i = 0; i < N(cases); i++) {
		set_report("* not-tested open");
		report.outcome = cases[i].outcome;
		text_format(report.text, sizeof(report.text), "it is not there");
		reach(NULL, true);
		expect("probe", OUTCOME_UNKNOWN, cases[i].codes, cases[i].sentence);
	}
	set_report("* not-tested open");
	reach(NULL, true);
	expect("budget", OUTCOME_UNKNOWN, "E305",
	       "E305 check: no rail was tested inside the time budget (900 ms were used up)");
	set_report("1 not-tested open; 3 not-tested open");
	reach(NULL, true);
	expect("budget", OUTCOME_DEGRADED, "W201,W201",
	       "W201 rail rdmap32s27: not tested inside the time budget; and 1 more");
	/* A damaged node is damaged whether rails were tested or not. */
	load_node("p4d.24xlarge efa-only --missing 2");
	set_report("* not-tested open");
	report.outcome = PROBE_NO_LIBRARY;
	reach(NULL, true);
	expect("both", OUTCOME_FAULTY, "E106,E301",
	       "E106 card 2 (rail rdmap144s27, 0000:90:1b.0): interface attached but invisible; "
	       "rails not tested; "
	       "and "
	       "1 more");
}

/* What nobody declared and nobody knows is a warning, not damage: it may be all nodes of a site. */
static void layouts_that_nobody_knows(void **state)
{
	static const struct scene scenes[] = {
		/* Three cards of four never attached. */
		{"p4d.24xlarge all-efa --detached 1 --detached 2 --detached 3", "auto", "",
		 OUTCOME_DEGRADED, "W102",
		 "W102 node: the interfaces follow no known layout (3 differences to efa-only, the "
		 "nearest); 1 of 1 rails pass"},
		{"p4d.24xlarge all-efa --detached 1 --detached 2 --detached 3 --no-facts", "auto",
		 "", OUTCOME_DEGRADED, "W102,I101",
		 "W102 node: the interfaces follow no known layout (1 difference to efa-only, the "
		 "nearest); 1 of 1 rails pass"},
		/* What is attached and cannot be seen is damage all the same. */
		{"p4d.24xlarge efa-only --detached 1 --detached 3 --missing 1", "auto", "",
		 OUTCOME_FAULTY, "E106,W102",
		 "E106 card 2: interface attached but invisible; 1 of 1 rails pass; and 1 more"},
		/* The same where the site says what it should be. */
		{"p4d.24xlarge all-efa --detached 1 --detached 2 --detached 3 --no-facts",
		 "efa-only", "", OUTCOME_FAULTY, "E107,I101",
		 "E107 node: wrong number of EFA functions (1 of 4); 1 of 4 rails pass"},
		/* An unknown type. */
		{"x9.huge:p4d.24xlarge efa-only", "auto", "", OUTCOME_DEGRADED, "W101",
		 "W101 node: unknown instance type (x9.huge)"},
		{"x9.huge:p4d.24xlarge efa-only --extra-ena 2", "auto", "", OUTCOME_DEGRADED,
		 "W102,W101",
		 "W102 node: the interfaces follow no known layout (1 difference to efa-only, the "
		 "nearest); 4 of 4 rails pass; and 1 more"},
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
		 "W101 node: unknown instance type (x9.huge); and 1 more"},
		{"x9.huge:p4d.24xlarge all-efa --no-facts", "auto", "2 hung transfer",
		 OUTCOME_FAULTY, "E209,W101,W103",
		 "E209 rail rdmap144s27: transfer hung; 3 of 4 rails pass; and 2 more"},
		/* Launched without EFA. */
		{"c5n.18xlarge:c6i.4xlarge none", "auto", "", OUTCOME_DEGRADED, "W104",
		 "W104 node: no EFA function on a type that can have them (c5n.18xlarge can have "
		 "1); no EFA function"},
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
		 "E304 check: settings or data files cannot be used (layout.declared: there is no "
		 "layout \"gone\")"},
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

static void healthy_nodes(void **state)
{
	static const struct scene scenes[] = {
		{"p4d.24xlarge efa-only", "auto", "", OUTCOME_HEALTHY, "",
		 "healthy: layout efa-only, 4 of 4 rails pass"},
		{"p4d.24xlarge ena-primary", "ena-primary", "", OUTCOME_HEALTHY, "",
		 "healthy: layout ena-primary, 4 of 4 rails pass"},
		{"p4d.24xlarge all-efa --no-facts", "auto", "", OUTCOME_HEALTHY, "I101",
		 "healthy: layout all-efa, 4 of 4 rails pass"},
		{"p5.48xlarge efa-only", "efa-only", "", OUTCOME_HEALTHY, "",
		 "healthy: layout efa-only, 32 of 32 rails pass"},
		{"p6-b300.48xlarge ena-primary-only", "auto", "", OUTCOME_HEALTHY, "",
		 "healthy: layout ena-primary-only, 16 of 16 rails pass"},
		{"c5n.18xlarge all-efa --no-facts", "single", "", OUTCOME_HEALTHY, "",
		 "healthy: layout single, 1 of 1 rails pass"},
		{"c6i.4xlarge none", "auto", "", OUTCOME_HEALTHY, "I102",
		 "healthy: no EFA function"},
	};

	(void)state;
	play(scenes, N(scenes));
	load_node("p4d.24xlarge efa-only");
	policy_defaults(&policy);
	set_report("");
	report.v[2].retried = true;
	reach("", true);
	expect("retried", OUTCOME_HEALTHY, "I201", "healthy: layout efa-only, 4 of 4 rails pass");
	assert_string_equal(verdict.declared, "efa-only");
	assert_int_equal(verdict.n_layouts, 1);
	assert_string_equal(verdict.layouts[0], "efa-only");
	assert_int_equal(verdict.rails_want, 4);
	assert_int_equal(verdict.rails_pass, 4);
	reach("", false);
	expect("not probed", OUTCOME_HEALTHY, "I202", "healthy: layout efa-only, rails not tested");
}

struct ask {
	const char *node, *preset, *asked;
	enum outcome outcome;
	const char *codes, *sentence;
};

static void refused_requests(void **state)
{
	static const struct ask asks[] = {
		{"p4d.24xlarge efa-only", "any", "all-efa", OUTCOME_REFUSED, "E150",
		 "E150 --efa-layout=all-efa: this node has layout efa-only; ask for a layout that "
		 "these nodes have (--efa-layout=help lists them), or for any"},
		{"p4d.24xlarge efa-only", "all-efa", "", OUTCOME_REFUSED, "E150",
		 "E150 the site's default layout all-efa: this node has layout efa-only; ask for a "
		 "layout that these nodes have (--efa-layout=help lists them), or for any"},
		{"c5n.18xlarge all-efa", "any", "ena-primary", OUTCOME_REFUSED, "E150",
		 "E150 --efa-layout=ena-primary: this node has layout all-efa, efa-only, single; "
		 "ask for a layout that these nodes have (--efa-layout=help lists them), or for "
		 "any"},
		{"c6i.4xlarge none", "any", "efa-only", OUTCOME_REFUSED, "E150,I102",
		 "E150 --efa-layout=efa-only: this node has no EFA function; ask for a layout that "
		 "these nodes have (--efa-layout=help lists them), or for any"},
		{"p4d.24xlarge all-efa --detached 1 --detached 2", "any", "efa-only",
		 OUTCOME_REFUSED, "E150,W102",
		 "E150 --efa-layout=efa-only: this node has no known layout, the nearest is "
		 "efa-only; ask for a layout that these nodes have (--efa-layout=help lists them), "
		 "or for any"},
		{"p4d.24xlarge efa-only", "any", "efa-olny", OUTCOME_REFUSED, "E151",
		 "E151 --efa-layout=efa-olny: there is no such layout; did you mean efa-only?; ask "
		 "for one of --efa-layout=help, or for any"},
		{"p4d.24xlarge efa-only", "any", "xyz", OUTCOME_REFUSED, "E151",
		 "E151 --efa-layout=xyz: there is no such layout; ask for one of "
		 "--efa-layout=help, "
		 "or for any"},
	};

	(void)state;
	for (size_t i = 0; i < N(asks); i++) {
		load_node(asks[i].node);
		policy_defaults(&policy);
		text_format(policy.layout_default, NAME_TEXT, "%s", asks[i].preset);
		set_report("");
		reach(asks[i].asked, true);
		expect(asks[i].node, asks[i].outcome, asks[i].codes, asks[i].sentence);
		assert_int_equal(verdict_action(&verdict, &policy), ACTION_REFUSE);
	}
	/* A layout that this type never has. */
	load_node("p4d.24xlarge efa-only");
	reach("efa-every-4th", true);
	assert_int_equal(verdict.outcome, OUTCOME_REFUSED);
	assert_string_equal(codes(), "E151");
	/* none, where the site does not allow it. */
	policy_defaults(&policy);
	policy.layout_allow_none = false;
	reach("none", false);
	expect("none", OUTCOME_REFUSED, "E152,I202",
	       "E152 --efa-layout=none: this site checks every job; submit it without "
	       "--efa-layout=none");
}

static void node_fault_comes_before_refusal(void **state)
{
	(void)state;
	policy_defaults(&policy);
	/* The layout is what the node is at fault for: the job has nothing to do with it. */
	load_node("p4d.24xlarge all-efa --missing 2");
	set_report("");
	reach("efa-only", true);
	assert_int_equal(verdict.outcome, OUTCOME_FAULTY);
	assert_string_equal(codes(), "E101");
	/* Dead rail and wrong layout: the node. */
	load_node("p4d.24xlarge all-efa");
	set_report("1 hung transfer");
	reach("efa-only", true);
	assert_int_equal(verdict.outcome, OUTCOME_FAULTY);
	assert_string_equal(codes(), "E209,E150");
	set_report("* fail transfer 113");
	reach("efa-only", true);
	assert_int_equal(verdict.outcome, OUTCOME_FABRIC);
	assert_string_equal(codes(), "E250,E150");
	/* That rails could not be tested does not make the layout fit. */
	set_report("");
	report.outcome = PROBE_NO_LIBRARY;
	reach("efa-only", true);
	assert_int_equal(verdict.outcome, OUTCOME_REFUSED);
	assert_string_equal(codes(), "E150,E301");
}

static void granted_requests(void **state)
{
	static const struct ask asks[] = {
		{"p4d.24xlarge efa-only", "any", "efa-only", OUTCOME_HEALTHY, "",
		 "healthy: layout efa-only, 4 of 4 rails pass"},
		{"p4d.24xlarge efa-only", "any", "", OUTCOME_HEALTHY, "",
		 "healthy: layout efa-only, 4 of 4 rails pass"},
		{"p4d.24xlarge efa-only", "all-efa", "any", OUTCOME_HEALTHY, "",
		 "healthy: layout efa-only, 4 of 4 rails pass"},
		{"p4d.24xlarge efa-only", "none", "", OUTCOME_HEALTHY, "",
		 "healthy: layout efa-only, 4 of 4 rails pass"},
		{"p4d.24xlarge efa-only", "any", "none", OUTCOME_HEALTHY, "",
		 "healthy: layout efa-only, 4 of 4 rails pass"},
		/* One card: several layouts come to the same. */
		{"c5n.18xlarge all-efa", "any", "efa-only", OUTCOME_HEALTHY, "",
		 "healthy: layout all-efa, 1 of 1 rails pass"},
		{"c6i.4xlarge none", "any", "any", OUTCOME_HEALTHY, "I102",
		 "healthy: no EFA function"},
	};

	(void)state;
	for (size_t i = 0; i < N(asks); i++) {
		load_node(asks[i].node);
		policy_defaults(&policy);
		text_format(policy.layout_default, NAME_TEXT, "%s", asks[i].preset);
		set_report("");
		reach(asks[i].asked, true);
		expect(asks[i].node, asks[i].outcome, asks[i].codes, asks[i].sentence);
		assert_int_equal(verdict_action(&verdict, &policy), ACTION_ALLOW);
	}
}

static void actions_follow_the_policy(void **state)
{
	static const enum outcome plain[] = {OUTCOME_FAULTY, OUTCOME_FABRIC};

	(void)state;
	memset(&verdict, 0, sizeof(verdict));
	policy_defaults(&policy);
	verdict.outcome = OUTCOME_FAULTY;
	assert_int_equal(verdict_action(&verdict, &policy), ACTION_DRAIN);
	verdict.outcome = OUTCOME_FABRIC;
	assert_int_equal(verdict_action(&verdict, &policy), ACTION_DRAIN);
	verdict.outcome = OUTCOME_UNKNOWN;
	assert_int_equal(verdict_action(&verdict, &policy), ACTION_ALLOW);
	verdict.outcome = OUTCOME_DEGRADED;
	assert_int_equal(verdict_action(&verdict, &policy), ACTION_WARN);
	policy.on_faulty = ACTION_WARN;
	policy.on_fabric = ACTION_REFUSE;
	verdict.outcome = plain[0];
	assert_int_equal(verdict_action(&verdict, &policy), ACTION_WARN);
	verdict.outcome = plain[1];
	assert_int_equal(verdict_action(&verdict, &policy), ACTION_REFUSE);
	/* Whatever the settings say, a fault of the check drains nobody. */
	policy.on_unknown = ACTION_DRAIN;
	verdict.outcome = OUTCOME_UNKNOWN;
	assert_int_equal(verdict_action(&verdict, &policy), ACTION_WARN);
	policy.on_degraded = ACTION_DRAIN;
	verdict.outcome = OUTCOME_DEGRADED;
	findings_add(&verdict.findings, "W101");
	assert_int_equal(verdict_action(&verdict, &policy), ACTION_WARN);
	findings_add(&verdict.findings, "W102");
	assert_int_equal(verdict_action(&verdict, &policy), ACTION_DRAIN);
}

static void check_that_cannot_begin(void **state)
{
	char why[600];

	(void)state;
	memset(&verdict, 'x', sizeof(verdict));
	verdict_fail_check("E304", "/etc/efa-layout/policy.json:3: bad\nvalue", &verdict);
	expect("settings", OUTCOME_UNKNOWN, "E304",
	       "E304 check: settings or data files cannot be used: /etc/efa-layout/policy.json:3: "
	       "bad?value");
	memset(why, 'a', sizeof(why) - 1);
	why[sizeof(why) - 1] = '\0';
	verdict_fail_check("E306", why, &verdict);
	assert_int_equal(strlen(verdict.sentence), sizeof(verdict.sentence) - 1);
	assert_int_equal(verdict.rails_pass, 0);
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
	assert_int_equal(verdict.findings.n, 31 + 32);
	assert_int_equal(verdict.findings.dropped, 0);
	assert_string_equal(verdict.sentence,
			    "E103 card 1 (rdmap81s0): ENA function missing; 0 of 32 rails pass; "
			    "and 62 more");
}

static void evidence_of_a_failure(void **state)
{
	const struct finding *finding = &verdict.findings.v[0];

	(void)state;
	policy_defaults(&policy);
	load_node("p4d.24xlarge efa-only");
	set_report("2 fail transfer 113");
	report.v[2].prov_error = 15;
	report.v[2].total_ms = 312;
	reach(NULL, true);
	assert_int_equal(finding->rail, 2);
	assert_int_equal(finding->card_index, 2);
	assert_string_equal(finding->subject, "rail rdmap144s27");
	assert_string_equal(finding->found, "No route to host");
	assert_string_equal(finding->evidence,
			    "fail at step transfer after 312 ms, libfabric error "
			    "113, provider error 15");
	report.v[2].text[0] = '\0';
	reach(NULL, true);
	assert_string_equal(finding->found, "libfabric error 113");
	set_report("* fail transfer 113");
	for (size_t i = 0; i < report.n; i++)
		report.v[i].prov_error = 15;
	reach(NULL, true);
	assert_string_equal(finding->code->code, "E250");
	assert_string_equal(finding->evidence, "No route to host, step transfer, libfabric error "
					       "113, provider error 15");
	set_report("2 fail counters");
	report.v[2].bytes = 4096;
	report.v[2].tx_bytes = 12;
	reach(NULL, true);
	assert_non_null(
		strstr(finding->evidence, ", 4096 bytes sent, device counted 12 out and 0 in"));
	load_node("p4d.24xlarge efa-only --unbound 2");
	set_report("2 not-tested open");
	reach(NULL, true);
	assert_string_equal(finding->expected, "driver efa");
	assert_string_equal(finding->evidence, "PCI function 0000:90:1b.0");
	load_node("p4d.24xlarge efa-only --missing 2");
	set_report("");
	reach(NULL, true);
	assert_non_null(strstr(finding->evidence, "held against layout efa-only, interface eni-"));
	assert_int_equal(finding->card_index, 2);
}

static void words_of_outcomes(void **state)
{
	enum outcome outcome = OUTCOME_FABRIC;

	(void)state;
	assert_false(outcome_parse("", &outcome));
	assert_false(outcome_parse("Healthy", &outcome));
	assert_int_equal(outcome, OUTCOME_FABRIC);
	assert_string_equal(outcome_text((enum outcome)99), "?");
	for (int i = OUTCOME_HEALTHY; i <= OUTCOME_FAULTY; i++) {
		assert_true(outcome_parse(outcome_text((enum outcome)i), &outcome));
		assert_int_equal(outcome, i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(damaged_layouts),
		cmocka_unit_test(functions_too_many),
		cmocka_unit_test(pairing_without_declaration),
		cmocka_unit_test(wrong_device_index),
		cmocka_unit_test(rails_that_are_not_usable),
		cmocka_unit_test(rails_that_fail),
		cmocka_unit_test(rails_that_all_fail_alike),
		cmocka_unit_test(providers_own_numbers),
		cmocka_unit_test(probes_that_did_not_run),
		cmocka_unit_test(layouts_that_nobody_knows),
		cmocka_unit_test(declarations_that_cannot_be),
		cmocka_unit_test(refused_requests),
		cmocka_unit_test(node_fault_comes_before_refusal),
		cmocka_unit_test(healthy_nodes),
		cmocka_unit_test(granted_requests),
		cmocka_unit_test(evidence_of_a_failure),
		cmocka_unit_test(many_findings),
		cmocka_unit_test(actions_follow_the_policy),
		cmocka_unit_test(check_that_cannot_begin),
		cmocka_unit_test(words_of_outcomes),
	};

	return cmocka_run_group_tests(tests, load_data, free_data);
}
