/* SPDX-License-Identifier: Apache-2.0 */
#include "policy_rows.h"

#include <string.h>

#include "policy_settings.h"
#include "text.h"

const char *policy_row_name(size_t row, char *buf)
{
	text_format(buf, POLICY_NAME_TEXT, "%s.%s", policy_settings[row].group,
		    policy_settings[row].name);
	return buf;
}

void policy_row(const struct policy *policy, size_t row, struct policy_value *ret_value)
{
	char name[POLICY_NAME_TEXT];

	policy_value(policy, policy_row_name(row, name), ret_value);
}

const char *policy_conditions(const struct job_rules *rules, const struct job_rule *rule, char *buf)
{
	size_t used;

	buf[0] = '\0';
	for (size_t fact = 0; fact < JOB_FACTS; fact++) {
		if (!rule->when[fact])
			continue;
		text_append(buf, POLICY_CONDITIONS_TEXT, "%s%s ", *buf ? ", " : "",
			    job_fact_words[fact]);
		used = strlen(buf);
		text_append(buf, POLICY_CONDITIONS_TEXT, "%s", rules->text + rule->when[fact]);
		for (char *comma = strchr(buf + used, ','); comma; comma = strchr(comma, ','))
			*comma = '|';
	}
	text_printable(buf, POLICY_CONDITIONS_TEXT, buf);
	return buf;
}

size_t policy_rows_set(const struct policy *policy)
{
	size_t n = 0;

	for (size_t row = 0; row < policy_settings_n; row++)
		n += policy->origin.line[row] != 0;
	return n;
}
