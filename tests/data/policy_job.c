/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a site's policy means for one job: policy_job SITE [FACT=NAMES...] prints each setting that
 * rules may set as "name = value  file:line". What is not given the job has not; "FACT=?" is not
 * known. Facts that were missing for a rule follow as "unknown FACT".
 */
#include <stdio.h>
#include <string.h>

#include "policy_settings.h"
#include "text.h"

static int take_fact(const char *word, struct job_facts *facts)
{
	for (size_t i = 0; i < JOB_FACTS; i++) {
		size_t n = strlen(job_fact_words[i]);

		if (strncmp(word, job_fact_words[i], n) != 0 || word[n] != '=')
			continue;
		facts->v[i] = strcmp(word + n + 1, "?") ? word + n + 1 : NULL;
		return 0;
	}
	fprintf(stderr, "no fact: %s\n", word);
	return -1;
}

static void print(const struct policy *job)
{
	struct policy_value value;
	char name[64];

	for (size_t i = 0; i < policy_settings_n; i++) {
		if (!policy_settings[i].of_job)
			continue;
		text_format(name, sizeof(name), "%s.%s", policy_settings[i].group,
			    policy_settings[i].name);
		policy_value(job, name, &value);
		if (value.line)
			printf("%s = %s  %s:%u\n", name, value.value, value.file, value.line);
		else
			printf("%s = %s  default\n", name, value.value);
	}
}

int main(int argc, char **argv)
{
	static struct policy policy, job;
	struct job_facts facts;
	struct err err = {""};
	unsigned unknown;

	for (size_t i = 0; i < JOB_FACTS; i++)
		facts.v[i] = "";
	for (int i = 2; i < argc; i++)
		if (take_fact(argv[i], &facts))
			return 3;
	if (argc < 2 || policy_load_site(argv[1], FILE_TRUST_OWNER, &policy, &err)) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	unknown = policy_for_job(&policy, &facts, &job);
	print(&job);
	for (size_t i = 0; i < JOB_FACTS; i++)
		if (unknown >> i & 1)
			printf("unknown %s\n", job_fact_words[i]);
	return 0;
}
