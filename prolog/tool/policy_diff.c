/* SPDX-License-Identifier: Apache-2.0 */
/* efa-layout policy diff: what two policies say differently, wherever and in whatever order. */
#include "policy_diff.h"

#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "json.h"
#include "log.h"
#include "node_json.h"
#include "policy_rows.h"
#include "policy_settings.h"
#include "policy_source.h"
#include "text.h"

/* As diff(1) has them; 3 for wrong usage would be trouble, too. */
enum { EXIT_SAME = 0, EXIT_DIFFER = 1, EXIT_TROUBLE = 2 };
enum { OPT_JSON = OPT_OWN, OPT_HELP };

struct side {
	const char *name;
	char sign;
	struct policy policy;
};

/* What both have of the rules, in order: each rule's partner, -1 none. */
struct pairs {
	int a[JOB_RULES_MAX], b[JOB_RULES_MAX];
};

static void print_setting(char sign, const struct policy_value *value)
{
	if (value->line)
		printf("%c%s = %s  %s:%u\n", sign, value->name, value->value, value->file,
		       value->line);
	else
		printf("%c%s = %s  default\n", sign, value->name, value->value);
}

static void print_rule(const struct side *side, size_t i)
{
	const struct job_rules *rules = &side->policy.jobs;
	const struct job_rule *rule = &rules->v[i];
	char text[POLICY_CONDITIONS_TEXT], name[POLICY_NAME_TEXT];

	printf("%cjobs for %s:", side->sign, policy_conditions(rules, rule, text));
	for (size_t k = 0; k < rule->n_set; k++)
		printf("%s %s = %s", k ? "," : "", policy_row_name(rule->set[k].setting, name),
		       rules->text + rule->set[k].value);
	printf("  %s:%u\n", side->policy.origin.file[rule->file], rule->line);
}

static bool same_rule(const struct policy *a, const struct job_rule *x, const struct policy *b,
		      const struct job_rule *y)
{
	const char *of_a = a->jobs.text, *of_b = b->jobs.text;

	for (size_t fact = 0; fact < JOB_FACTS; fact++)
		if (!x->when[fact] != !y->when[fact] ||
		    (x->when[fact] && strcmp(of_a + x->when[fact], of_b + y->when[fact]) != 0))
			return false;
	if (x->n_set != y->n_set)
		return false;
	for (size_t i = 0; i < x->n_set; i++)
		if (x->set[i].setting != y->set[i].setting ||
		    strcmp(of_a + x->set[i].value, of_b + y->set[i].value) != 0)
			return false;
	return true;
}

/* The longest list of rules that both have in this order, for their order matters. */
static void pair(const struct policy *a, const struct policy *b, struct pairs *ret_pairs)
{
	unsigned char most[JOB_RULES_MAX + 1][JOB_RULES_MAX + 1] = {{0}};
	size_t i, k;

	memset(ret_pairs, -1, sizeof(*ret_pairs));
	for (i = a->jobs.n; i-- > 0;)
		for (k = b->jobs.n; k-- > 0;) {
			unsigned char down = most[i + 1][k], right = most[i][k + 1];

			most[i][k] = down > right ? down : right;
			if (same_rule(a, &a->jobs.v[i], b, &b->jobs.v[k]))
				most[i][k] = most[i + 1][k + 1] + 1;
		}
	for (i = k = 0; i < a->jobs.n && k < b->jobs.n;) {
		if (same_rule(a, &a->jobs.v[i], b, &b->jobs.v[k])) {
			ret_pairs->a[i] = (int)k;
			ret_pairs->b[k++] = (int)i++;
		} else if (most[i + 1][k] >= most[i][k + 1]) {
			i++;
		} else {
			k++;
		}
	}
}

static bool differ(const struct side *a, const struct side *b, const struct pairs *pairs)
{
	struct policy_value of_a, of_b;

	for (size_t row = 0; row < policy_settings_n; row++) {
		policy_row(&a->policy, row, &of_a);
		policy_row(&b->policy, row, &of_b);
		if (strcmp(of_a.value, of_b.value) != 0)
			return true;
	}
	for (size_t i = 0; i < a->policy.jobs.n; i++)
		if (pairs->a[i] < 0)
			return true;
	for (size_t i = 0; i < b->policy.jobs.n; i++)
		if (pairs->b[i] < 0)
			return true;
	return false;
}

static void print_text(const struct side *a, const struct side *b, const struct pairs *pairs)
{
	struct policy_value of_a, of_b;

	printf("--- %s (hash %s)\n", a->name, a->policy.hash);
	printf("+++ %s (hash %s)\n", b->name, b->policy.hash);
	for (size_t row = 0; row < policy_settings_n; row++) {
		policy_row(&a->policy, row, &of_a);
		policy_row(&b->policy, row, &of_b);
		if (!strcmp(of_a.value, of_b.value))
			continue;
		print_setting(a->sign, &of_a);
		print_setting(b->sign, &of_b);
	}
	for (size_t i = 0; i < a->policy.jobs.n; i++)
		if (pairs->a[i] < 0)
			print_rule(a, i);
	for (size_t i = 0; i < b->policy.jobs.n; i++)
		if (pairs->b[i] < 0)
			print_rule(b, i);
}

static void write_place(struct json_out *out, const char *file, unsigned line)
{
	json_out_string(out, "file", line ? file : NULL);
	if (line)
		json_out_int(out, "line", line);
	else
		json_out_null(out, "line");
}

static void write_value(struct json_out *out, const char *key, const struct policy_value *value)
{
	json_out_open(out, key, '{');
	json_out_string(out, "value", value->value);
	write_place(out, value->file, value->line);
	json_out_close(out);
}

static void write_rules(struct json_out *out, const char *key, const struct side *side,
			const int *partner)
{
	const struct job_rules *rules = &side->policy.jobs;
	char text[POLICY_CONDITIONS_TEXT], name[POLICY_NAME_TEXT];

	json_out_open(out, key, '[');
	for (size_t i = 0; i < rules->n; i++) {
		const struct job_rule *rule = &rules->v[i];

		if (partner[i] >= 0)
			continue;
		json_out_open(out, NULL, '{');
		json_out_string(out, "conditions", policy_conditions(rules, rule, text));
		json_out_open(out, "settings", '{');
		for (size_t k = 0; k < rule->n_set; k++)
			json_out_string(out, policy_row_name(rule->set[k].setting, name),
					rules->text + rule->set[k].value);
		json_out_close(out);
		write_place(out, side->policy.origin.file[rule->file], rule->line);
		json_out_close(out);
	}
	json_out_close(out);
}

static int print_json(const struct side *a, const struct side *b, const struct pairs *pairs)
{
	struct json_out *out = json_out_new(true);
	struct policy_value of_a, of_b;

	json_out_open(out, NULL, '{');
	json_out_bool(out, "same", !differ(a, b, pairs));
	json_out_open(out, "hashes", '[');
	json_out_string(out, NULL, a->policy.hash);
	json_out_string(out, NULL, b->policy.hash);
	json_out_close(out);
	json_out_open(out, "settings", '[');
	for (size_t row = 0; row < policy_settings_n; row++) {
		policy_row(&a->policy, row, &of_a);
		policy_row(&b->policy, row, &of_b);
		if (!strcmp(of_a.value, of_b.value))
			continue;
		json_out_open(out, NULL, '{');
		json_out_string(out, "name", of_a.name);
		write_value(out, "a", &of_a);
		write_value(out, "b", &of_b);
		json_out_close(out);
	}
	json_out_close(out);
	write_rules(out, "jobs_only_in_a", a, pairs->a);
	write_rules(out, "jobs_only_in_b", b, pairs->b);
	json_out_close(out);
	return node_json_print(out);
}

static int compare(struct side *a, struct side *b, const struct node_options *options, bool json)
{
	struct pairs pairs;
	struct err err = {""};
	bool differs;

	if (policy_source_load(a->name, options, &a->policy, &err) ||
	    policy_source_load(b->name, options, &b->policy, &err)) {
		log_error("%s", err.text);
		return EXIT_TROUBLE;
	}
	pair(&a->policy, &b->policy, &pairs);
	differs = differ(a, b, &pairs);
	if (!json)
		print_text(a, b, &pairs);
	else if (print_json(a, b, &pairs))
		return EXIT_TROUBLE;
	return differs ? EXIT_DIFFER : EXIT_SAME;
}

static int help(void)
{
	printf("usage: efa-layout policy diff A B [--json] [options]\n"
	       "What two policies say differently, and where. A and B: a policy file, a folder "
	       "with\n"
	       "policy.json and policy.d, \"installed\", \"default\" or \"last-good\".\n\n"
	       "  --json            one JSON document instead of text\n");
	node_options_help(stdout);
	printf("\nexit status: 0 the same; 1 they differ; 2 trouble, as of diff(1)\n");
	return EXIT_SAME;
}

int policy_diff(int argc, char **argv)
{
	static const struct option long_options[] = {
		NODE_LONG_OPTIONS,
		{"json", no_argument, NULL, OPT_JSON},
		{"help", no_argument, NULL, OPT_HELP},
		{NULL, 0, NULL, 0},
	};
	static struct side a = {.sign = '-'}, b = {.sign = '+'};
	struct node_options options;
	bool json = false;
	int option;

	node_options_init(&options);
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (node_options_set(&options, option, optarg))
			continue;
		if (option == OPT_HELP)
			return help();
		if (option != OPT_JSON) {
			command_usage("policy diff");
			return EXIT_TROUBLE;
		}
		json = true;
	}
	if (argc - optind != 2) {
		command_usage("policy diff");
		return EXIT_TROUBLE;
	}
	a.name = argv[optind];
	b.name = argv[optind + 1];
	return compare(&a, &b, &options, json);
}
