/* SPDX-License-Identifier: Apache-2.0 */
/* efa-layout policy show --origin: one line a setting, for grep and diff. */
#include <stdio.h>

#include "commands.h"
#include "policy_rows.h"
#include "policy_settings.h"
#include "policy_show.h"

static void show_rule(const struct policy *policy, size_t i)
{
	const struct job_rules *rules = &policy->jobs;
	const struct job_rule *rule = &rules->v[i];
	const char *file = policy->origin.file[rule->file];
	char text[POLICY_CONDITIONS_TEXT], name[POLICY_NAME_TEXT];

	printf("jobs[%zu].when = %s  %s:%u\n", i, policy_conditions(rules, rule, text), file,
	       rule->line);
	for (size_t k = 0; k < rule->n_set; k++)
		printf("jobs[%zu].%s = %s  %s:%u\n", i, policy_row_name(rule->set[k].setting, name),
		       rules->text + rule->set[k].value, file, rule->set[k].line);
}

int policy_origin_show(const struct policy *policy)
{
	struct policy_value value;

	for (size_t row = 0; row < policy_settings_n; row++) {
		policy_row(policy, row, &value);
		if (value.line)
			printf("%s = %s  %s:%u\n", value.name, value.value, value.file, value.line);
		else
			printf("%s = %s  default\n", value.name, value.value);
	}
	for (size_t i = 0; i < policy->jobs.n; i++)
		show_rule(policy, i);
	return EXIT_OK;
}
