/* SPDX-License-Identifier: Apache-2.0 */
/* The table that job_submit_efa_layout.lua reads: kinds of nodes, and what jobs ask for that say
 * nothing. Data alone: no code of the site's is in it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "nodes_show.h"
#include "policy_settings.h"
#include "text.h"

/* A partition's name is the policy's text: anything can be in it. */
static void put_string(FILE *to, const char *text)
{
	fputc('"', to);
	for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
		if (*at < ' ' || *at > '~' || *at == '"' || *at == '\\')
			fprintf(to, "\\%03u", *at);
		else
			fputc(*at, to);
	}
	fputc('"', to);
}

static bool same_kind(const struct listed_node *node, const struct listed_node *first)
{
	return node->standing != NODE_LEFT_OUT && node->n_layouts == first->n_layouts &&
	       !memcmp(node->layouts, first->layouts, sizeof(node->layouts)) &&
	       node->rails == first->rails && node->rails_want == first->rails_want &&
	       node->accels == first->accels;
}

static int put_kind(FILE *to, const struct node_list *list, const struct listed_node *node)
{
	cleanup_free char *names = node_list_names(list, node, same_kind);

	if (!names)
		return -ENOMEM;
	fprintf(to, "\t\t-- %s\n\t\t{ layouts = {", names);
	for (size_t i = 0; i < node->n_layouts; i++) {
		fputs(i ? ", " : " ", to);
		put_string(to, node->layouts[i]);
	}
	fprintf(to, "%s}, rails = %u, of = %u, gpus = %u },\n", node->n_layouts ? " " : "",
		node->rails, node->rails_want, node->accels);
	return 0;
}

static bool sets_request(const struct job_rule *rule)
{
	for (size_t i = 0; i < rule->n_set; i++) {
		const struct setting *setting = &policy_settings[rule->set[i].setting];

		if (!strcmp(setting->group, "layout") &&
		    (!strcmp(setting->name, "default") || !strcmp(setting->name, "rails")))
			return true;
	}
	return false;
}

/*
 * What jobs of a partition ask for that say nothing. A rule that also asks for more than the
 * partition may hold or not: then nothing is said, and the gate decides.
 */
static void put_default(FILE *to, const struct policy *policy, const char *partition)
{
	const struct job_facts facts = {.v = {[JOB_PARTITION] = partition}};
	cleanup_free struct policy *of_job = malloc(sizeof(*of_job));
	char rails[RAILS_WISH_TEXT];

	for (size_t i = 0; i < policy->jobs.n; i++) {
		const struct job_rule *rule = &policy->jobs.v[i];

		if (sets_request(rule) &&
		    job_rule_match(&policy->jobs, rule, &facts) == RULE_UNKNOWN) {
			fprintf(to,
				"{}, -- rules of the policy by more than the partition decide\n");
			return;
		}
	}
	if (!of_job) {
		fprintf(to, "{},\n");
		return;
	}
	policy_for_job(policy, &facts, of_job);
	fputs("{ layout = ", to);
	put_string(to, of_job->layout_default);
	fputs(", rails = ", to);
	put_string(to, rails_wish_text(&of_job->rails, rails));
	fputs(" },\n", to);
}

/* Names of partitions in the rules, each once, "," around each; the caller's to free. */
static char *partitions_of(const struct policy *policy)
{
	const struct job_rules *rules = &policy->jobs;
	char *all = calloc(1, JOB_RULES_TEXT + 2);

	if (!all)
		return NULL;
	for (size_t i = 0; i < rules->n; i++) {
		const char *names = rules->text + rules->v[i].when[JOB_PARTITION];

		if (!rules->v[i].when[JOB_PARTITION])
			continue;
		for (size_t n; *names; names += n + (names[n] == ',')) {
			char name[JOB_RULES_TEXT];

			n = strcspn(names, ",");
			text_format(name, sizeof(name), "%.*s", (int)n, names);
			if (!job_names_have(all, name))
				text_append(all, JOB_RULES_TEXT + 2, "%s%s", all[0] ? "," : "",
					    name);
		}
	}
	return all;
}

static int put_defaults(FILE *to, const struct policy *policy)
{
	cleanup_free char *names = partitions_of(policy);
	char *rest = names, *name;

	if (!names)
		return -ENOMEM;
	fputs("\tdefault = ", to);
	put_default(to, policy, "");
	fputs("\tpartitions = {\n", to);
	while (rest && *rest && (name = strsep(&rest, ","))) {
		fputs("\t\t[", to);
		put_string(to, name);
		fputs("] = ", to);
		put_default(to, policy, name);
	}
	fputs("\t},\n", to);
	return 0;
}

/* What they have is not known: a layout that is in no kind may be theirs. */
static size_t count_left_out(const struct node_list *list)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		n += list->v[i].standing == NODE_LEFT_OUT;
	return n;
}

static int put_table(FILE *to, const struct node_list *list, const struct policy *policy)
{
	int rc = 0;

	fputs("-- What the nodes have, for job_submit_efa_layout.lua: see efa-layout-steering(7).\n"
	      "-- Written by \"efa-layout nodes --lua\"; write it anew when nodes or the policy "
	      "change.\n"
	      "return {\n\tversion = 1,\n\tkinds = {\n",
	      to);
	for (size_t i = 0; !rc && i < list->n; i++)
		if (list->v[i].standing != NODE_LEFT_OUT &&
		    node_list_is_first(list, &list->v[i], same_kind))
			rc = put_kind(to, list, &list->v[i]);
	fprintf(to, "\t},\n\tleft_out = %zu,\n", count_left_out(list));
	if (!rc)
		rc = put_defaults(to, policy);
	fputs("}\n", to);
	return rc;
}

int nodes_lua(const struct node_list *list, const struct policy *policy, char **ret_text,
	      size_t *ret_size, struct err *err)
{
	FILE *to = open_memstream(ret_text, ret_size);
	int rc;

	if (!to)
		return err_set(err, -ENOMEM, "out of memory");
	rc = put_table(to, list, policy);
	if (fclose(to) && !rc)
		rc = -ENOMEM;
	if (!rc)
		return 0;
	free(*ret_text);
	*ret_text = NULL;
	return err_set(err, rc, "out of memory");
}
