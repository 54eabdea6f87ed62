/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "json.h"
#include "node_json.h"
#include "policy_show.h"
#include "text.h"

/* Does a rule hold on a node? */
enum here {
	HERE_NEVER, /* the node has not what it asks for */
	HERE_OTHER, /* only for tasks with another libfabric than the node's */
	HERE_TASKS, /* for tasks that fulfil the rest */
	HERE_ALWAYS
};

static const char *const here_words[] = {
	[HERE_NEVER] = "never",
	[HERE_OTHER] = "with another libfabric",
	[HERE_TASKS] = "by task",
	[HERE_ALWAYS] = "always",
};

/* against: what the node has not, for HERE_NEVER. */
static enum here holds(const struct env_rule *rule, const struct nodemap *map,
		       struct env_when *ret_against)
{
	struct env_when of_task;

	env_when_against(&rule->when, &map->node, ret_against);
	if (!env_when_is_none(ret_against))
		return HERE_NEVER;
	if (!env_when_libfabric(&rule->when, env_libfabric_version(map->libfabric)))
		return HERE_OTHER;
	env_when_of_task(&rule->when, &of_task);
	return env_when_is_none(&of_task) ? HERE_ALWAYS : HERE_TASKS;
}

static bool is_shipped(const struct env_rule *rule)
{
	return rule->file == 0; /* the shipped file is loaded first, and must be there */
}

static const char *accel_text(const struct env_node *node)
{
	if (node->gpu)
		return "GPUs";
	if (node->neuron)
		return "Neuron devices";
	return node->other_accel ? "other accelerators" : "no accelerators";
}

static const char *truth_text(enum env_truth truth)
{
	static const char *const words[] = {
		[ENV_UNSAID] = "unknown", [ENV_FALSE] = "no", [ENV_TRUE] = "yes"};

	return words[truth];
}

static const char *or_unknown(const char *text)
{
	return *text ? text : "unknown";
}

static void print_node(const struct nodemap *map)
{
	const struct env_node *node = &map->node;

	printf("node: type %s, kernel %s, libfabric %s, provider %s, %s, RDMA read on every rail: "
	       "%s\n",
	       or_unknown(node->instance_type), or_unknown(node->kernel),
	       or_unknown(map->libfabric), or_unknown(node->provider), accel_text(node),
	       truth_text(node->rdma_read));
	if (!map->environment)
		printf("tasks get no variables here: environment.set is false\n");
}

static void print_here(const struct env_rule *rule, const struct nodemap *map)
{
	struct env_when against;
	char words[ENV_WHEN_TEXT];

	switch (holds(rule, map, &against)) {
	case HERE_NEVER:
		printf("  here    never; it is not so that %s\n", env_when_text(&against, words));
		return;
	case HERE_OTHER:
		printf("  here    not with libfabric %s; only for tasks that bring another one\n",
		       or_unknown(map->libfabric));
		return;
	case HERE_TASKS:
		printf("  here    for tasks of which this is true\n");
		return;
	case HERE_ALWAYS:
		printf("  here    for every task\n");
		return;
	}
}

static void print_rule(const struct env_rules *rules, const struct env_rule *rule,
		       const struct nodemap *map)
{
	char words[ENV_WHEN_TEXT];

	printf("\n%s%s%s (%s)\n", rule->name, rule->value[0] ? "=" : "", rule->value,
	       env_mode_text(rule->mode));
	if (rule->text[0])
		printf("  text    %s\n", rule->text);
	env_when_text(&rule->when, words);
	printf("  when    %s\n", *words ? words : "always");
	printf("  source  %s\n", rule->source[0] ? rule->source : "not given");
	printf("  from    %s:%u (%s)\n", rules->files[rule->file], rule->line,
	       is_shipped(rule) ? "shipped" : "the site's");
	if (map)
		print_here(rule, map);
}

static void write_node(struct json_out *out, const struct nodemap *map)
{
	const struct env_node *node = &map->node;

	json_out_open(out, "node", '{');
	json_out_string(out, "instance_type", *node->instance_type ? node->instance_type : NULL);
	json_out_string(out, "kernel", *node->kernel ? node->kernel : NULL);
	json_out_string(out, "libfabric", *map->libfabric ? map->libfabric : NULL);
	json_out_string(out, "provider", *node->provider ? node->provider : NULL);
	json_out_bool(out, "gpu", node->gpu);
	json_out_bool(out, "neuron", node->neuron);
	json_out_bool(out, "other_accelerators", node->other_accel);
	if (node->rdma_read == ENV_UNSAID)
		json_out_null(out, "rdma_read");
	else
		json_out_bool(out, "rdma_read", node->rdma_read == ENV_TRUE);
	json_out_bool(out, "set", map->environment);
	json_out_close(out);
}

static void write_rule(struct json_out *out, const struct env_rules *rules,
		       const struct env_rule *rule, const struct nodemap *map)
{
	struct env_when against;
	char words[ENV_WHEN_TEXT];
	enum here here;

	json_out_open(out, NULL, '{');
	json_out_string(out, "name", rule->name);
	json_out_string(out, "mode", env_mode_text(rule->mode));
	json_out_string(out, "value", rule->value[0] ? rule->value : NULL);
	json_out_string(out, "text", rule->text[0] ? rule->text : NULL);
	env_when_write(out, &rule->when);
	json_out_string(out, "conditions", env_when_text(&rule->when, words));
	json_out_string(out, "source", rule->source[0] ? rule->source : NULL);
	json_out_string(out, "file", rules->files[rule->file]);
	json_out_int(out, "line", rule->line);
	json_out_bool(out, "shipped", is_shipped(rule));
	if (map) {
		here = holds(rule, map, &against);
		json_out_string(out, "here", here_words[here]);
		json_out_string(out, "against",
				here == HERE_NEVER ? env_when_text(&against, words) : NULL);
	}
	json_out_close(out);
}

static int show_json(const struct env_rules *rules, const struct nodemap *map)
{
	struct json_out *out = json_out_new(true);

	json_out_open(out, NULL, '{');
	if (map)
		write_node(out, map);
	else
		json_out_null(out, "node");
	json_out_open(out, "rules", '[');
	for (size_t i = 0; i < rules->n; i++)
		write_rule(out, rules, &rules->v[i], map);
	json_out_close(out);
	json_out_close(out);
	return node_json_print(out) ? EXIT_FAILED : EXIT_OK;
}

int policy_env_show(const struct env_rules *rules, const struct nodemap *map, bool json)
{
	if (json)
		return show_json(rules, map);
	if (map)
		print_node(map);
	for (size_t i = 0; i < rules->n; i++)
		print_rule(rules, &rules->v[i], map);
	return EXIT_OK;
}
