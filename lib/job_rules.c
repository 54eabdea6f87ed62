/* SPDX-License-Identifier: Apache-2.0 */
#include "job_rules.h"

#include <string.h>

const char *const job_fact_words[JOB_FACTS] = {
	[JOB_PARTITION] = "partition",	   [JOB_ACCOUNT] = "account", [JOB_QOS] = "qos",
	[JOB_RESERVATION] = "reservation", [JOB_USER] = "user",	      [JOB_GROUP] = "group",
};

unsigned job_rules_ask(const struct job_rules *rules)
{
	unsigned facts = 0;

	for (size_t i = 0; i < rules->n; i++)
		for (size_t fact = 0; fact < JOB_FACTS; fact++)
			if (rules->v[i].when[fact])
				facts |= 1u << fact;
	return facts;
}

static bool have(const char *names, const char *name, size_t length)
{
	while (*names) {
		size_t n = strcspn(names, ",");

		if (n == length && !memcmp(names, name, n))
			return true;
		names += n + (names[n] == ',');
	}
	return false;
}

bool job_names_have(const char *names, const char *name)
{
	return have(names, name, strlen(name));
}

/* Have the two lists a name in common? */
static bool share(const char *names, const char *others)
{
	while (*others) {
		size_t n = strcspn(others, ",");

		if (n && have(names, others, n))
			return true;
		others += n + (others[n] == ',');
	}
	return false;
}

enum rule_match job_rule_match(const struct job_rules *rules, const struct job_rule *rule,
			       const struct job_facts *facts)
{
	enum rule_match match = RULE_YES;

	for (size_t fact = 0; fact < JOB_FACTS; fact++) {
		if (!rule->when[fact])
			continue;
		if (!facts->v[fact])
			match = RULE_UNKNOWN;
		else if (!share(rules->text + rule->when[fact], facts->v[fact]))
			return RULE_NO;
	}
	return match;
}
