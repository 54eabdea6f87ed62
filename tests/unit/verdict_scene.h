/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verdicts over generated nodes, for tests: load_node, set_report, reach, expect. After cmocka.h;
 * each test is one program of one file.
 */
#ifndef EFA_LAYOUT_TEST_VERDICT_SCENE_H
#define EFA_LAYOUT_TEST_VERDICT_SCENE_H

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

static inline void must(int rc, const struct err *err)
{
	if (rc)
		fail_msg("%s", err->text);
}

static inline int load_data(void **state)
{
	struct err err = {""};

	if (layout_set_load(&layouts, SOURCE_DIR "/etc/layouts.json", FILE_TRUST_ANY, &err) ||
	    type_set_load(&types, SOURCE_DIR "/etc/instance-types.json", FILE_TRUST_ANY, &err)) {
		print_error("%s\n", err.text);
		return -1;
	}
	return tree_setup(state);
}

static inline int free_data(void **state)
{
	type_set_done(&types);
	return tree_teardown(state);
}

/* "TYPE LAYOUT DAMAGE..." of make-node; a type in front with a colon is what the node calls itself.
 */
static inline void load_node(const char *words)
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
static inline void set_report(const char *parts)
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

static inline void reach(const char *asked, bool probed)
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
		must(request_set(&request, OPTION_LAYOUT, asked, &err), &err);
	in.request = asked ? &request : NULL;
	memset(&verdict, 'x', sizeof(verdict));
	verdict_reach(&in, &verdict);
}

/* "E101,E209" of all findings. */
static inline const char *codes(void)
{
	static char list[1024];

	list[0] = '\0';
	for (size_t i = 0; i < verdict.findings.n; i++)
		text_append(list, sizeof(list), "%s%s", i ? "," : "",
			    verdict.findings.v[i].code->code);
	return list;
}

static inline void expect(const char *what, enum outcome outcome, const char *list,
			  const char *sentence)
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

static inline void play(const struct scene *scenes, size_t n)
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

#endif
