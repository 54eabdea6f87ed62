/* SPDX-License-Identifier: Apache-2.0 */
/* What follows for a policy from what was seen of nodes, and why. */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "efa_layout_config.h"
#include "json.h"
#include "log.h"
#include "node_json.h"
#include "policy_generate.h"
#include "text.h"

/* Nodes under load take longer than the one that was looked at. */
#define MARGIN	 4
#define ROUND_MS 1000
#define SPARE_MS 1000 /* for what is done beside the test */

/* HyperPod's own check of nodes waits that long for the devices of p5en: 3 times 5 seconds. */
static const struct {
	const char *family;
	unsigned late_ms;
} late_types[] = {{"p5en.", 15000}};

unsigned seen_late_ms(const char *type)
{
	for (size_t i = 0; i < sizeof(late_types) / sizeof(late_types[0]); i++)
		if (!strncmp(type, late_types[i].family, strlen(late_types[i].family)))
			return late_types[i].late_ms;
	return 0;
}

static bool has_layout(const struct seen_node *node, const char *layout)
{
	for (size_t i = 0; i < node->n_layouts; i++)
		if (!strcmp(node->layouts[i], layout))
			return true;
	return false;
}

static const char *common_layout(const struct seen_node *nodes, size_t n)
{
	for (size_t i = 0; i < nodes[0].n_layouts; i++) {
		size_t k = 1;

		while (k < n && has_layout(&nodes[k], nodes[0].layouts[i]))
			k++;
		if (k == n)
			return nodes[0].layouts[i];
	}
	return NULL;
}

/* May a policy be made of this node? */
static bool is_usable(const struct seen_node *node, bool force)
{
	if (node->outcome != OUTCOME_HEALTHY && !force) {
		log_error("%s is not healthy, so what it has is no model for others: %s: %s",
			  node->name, outcome_text(node->outcome), node->sentence);
		return false;
	}
	if (!node->n_rails) {
		log_error("%s has no EFA function: nothing follows for a policy", node->name);
		return false;
	}
	if (!node->n_layouts) {
		log_error("%s has no layout that is known (%s); describe it in layouts.json, see "
			  "efa-layout-layouts(5)",
			  node->name, node->sentence);
		return false;
	}
	if (node->outcome != OUTCOME_HEALTHY)
		log_warning("%s is %s, and taken all the same: %s", node->name,
			    outcome_text(node->outcome), node->sentence);
	return true;
}

static void say_disagreement(const struct seen_node *nodes, size_t n)
{
	log_error("the nodes have no layout in common:");
	for (size_t i = 0; i < n; i++)
		log_error("  %s (%s) has %s", nodes[i].name,
			  nodes[i].type[0] ? nodes[i].type : "unknown type", nodes[i].layouts[0]);
	log_error("layout.declared is one for all nodes that read the policy. Either give each "
		  "kind of node a policy of its own, or leave it at auto and let jobs ask for what "
		  "their partition has, by a rule for each: {\"jobs\": [{\"when\": {\"partition\": "
		  "\"NAME\"}, \"layout\": {\"default\": \"%s\"}}]}",
		  nodes[0].layouts[0]);
	log_error("\"efa-layout nodes\" prints the node features by which jobs find nodes of the "
		  "layout that they ask for");
}

static unsigned round_up(unsigned ms)
{
	return (ms + ROUND_MS - 1) / ROUND_MS * ROUND_MS;
}

/* With margin, where the default is too small. */
static unsigned time_for(const char *what, unsigned measured, unsigned preset)
{
	unsigned needed = round_up(measured * MARGIN);

	if (needed <= preset)
		return 0;
	log_info("%s = %u: %u ms were measured, times %d", what, needed, measured, MARGIN);
	return needed;
}

static void propose_layout(const struct seen_node *nodes, size_t n, const char *layout)
{
	char others[256] = "";

	for (size_t i = 0; i < nodes[0].n_layouts; i++)
		if (strcmp(nodes[0].layouts[i], layout) != 0)
			text_append(others, sizeof(others), "%s%s", others[0] ? ", " : "",
				    nodes[0].layouts[i]);
	log_info("layout.declared = %s: %s it%s%s%s", layout,
		 n > 1 ? "all of the nodes have" : "the node has",
		 others[0] ? "; there it is the same as " : "", others,
		 others[0] ? ", and the first one that is listed" : "");
}

static void say_budget(const struct proposal *proposal, unsigned budget, size_t tested,
		       unsigned test)
{
	char took[64] = "", late[64] = "";

	if (proposal->late_ms)
		text_format(late, sizeof(late), "%u ms for devices that are late, and ",
			    proposal->late_ms);
	if (tested)
		text_format(took, sizeof(took), ", which took %u ms", test);
	log_info("check.budget_ms = %u: %s%u ms for the test%s", proposal->budget_ms, late, budget,
		 took);
}

static void propose_times(const struct seen_node *nodes, size_t n, struct proposal *proposal)
{
	unsigned test = 0, open = 0, rail = 0, budget;
	const char *late = "";
	struct policy preset;
	size_t tested = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned late_ms = seen_late_ms(nodes[i].type);

		tested += nodes[i].tested;
		test = nodes[i].test_ms > test ? nodes[i].test_ms : test;
		open = nodes[i].open_ms > open ? nodes[i].open_ms : open;
		rail = nodes[i].rail_ms > rail ? nodes[i].rail_ms : rail;
		if (late_ms > proposal->late_ms) {
			proposal->late_ms = late_ms;
			late = nodes[i].type;
		}
	}
	policy_defaults(&preset);
	if (proposal->late_ms)
		log_info("check.late_ms = %u: devices of %s may come up that late",
			 proposal->late_ms, late);
	if (!tested)
		log_info("the rails were not tested, so times of the test stay as they are by "
			 "default");
	proposal->open_ms = time_for("check.open_ms", open, preset.open_ms);
	proposal->rail_ms = time_for("check.rail_ms", rail, preset.rail_ms);
	budget = test * MARGIN;
	budget = proposal->open_ms > budget ? proposal->open_ms : budget;
	budget = proposal->rail_ms > budget ? proposal->rail_ms : budget;
	budget = round_up(budget + SPARE_MS);
	if (proposal->late_ms && budget < preset.budget_ms / 2)
		budget = preset.budget_ms / 2;
	if (budget + proposal->late_ms > preset.budget_ms) {
		proposal->budget_ms = budget + proposal->late_ms;
		say_budget(proposal, budget, tested, test);
	} else if (tested) {
		log_info("check.budget_ms stays as it is by default, %u: the test took %u ms",
			 preset.budget_ms, test);
	}
}

int seen_propose(const struct seen_node *nodes, size_t n, bool force, const char *provider,
		 struct proposal *ret_proposal)
{
	struct proposal proposal = {.layout = NULL};
	bool usable = true;

	for (size_t i = 0; i < n; i++)
		usable &= is_usable(&nodes[i], force);
	if (!usable)
		return -1;
	proposal.layout = common_layout(nodes, n);
	if (!proposal.layout) {
		say_disagreement(nodes, n);
		return -1;
	}
	propose_layout(nodes, n, proposal.layout);
	if (strcmp(provider, "efa") != 0) {
		proposal.provider = provider;
		log_info("check.provider = %s: as it was asked for", provider);
	}
	propose_times(nodes, n, &proposal);
	*ret_proposal = proposal;
	return 0;
}

static void write_time(struct json_out *out, const char *key, unsigned ms)
{
	if (ms)
		json_out_int(out, key, ms);
}

int proposal_print(const struct proposal *proposal)
{
	struct json_out *out = json_out_new(true);

	if (!out) {
		log_error("out of memory");
		return EXIT_FAILED;
	}
	json_out_open(out, NULL, '{');
	json_out_string(out, "$schema", "file://" EFA_LAYOUT_DATA_DIR "/schema/policy.schema.json");
	json_out_open(out, "layout", '{');
	json_out_string(out, "declared", proposal->layout);
	json_out_close(out);
	if (proposal->budget_ms || proposal->open_ms || proposal->rail_ms || proposal->late_ms ||
	    proposal->provider) {
		json_out_open(out, "check", '{');
		write_time(out, "budget_ms", proposal->budget_ms);
		write_time(out, "open_ms", proposal->open_ms);
		write_time(out, "rail_ms", proposal->rail_ms);
		write_time(out, "late_ms", proposal->late_ms);
		if (proposal->provider)
			json_out_string(out, "provider", proposal->provider);
		json_out_close(out);
	}
	json_out_close(out);
	return node_json_print(out) ? EXIT_FAILED : EXIT_OK;
}
