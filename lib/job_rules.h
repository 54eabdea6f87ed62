/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings for some jobs only: rules of the policy that hold for partitions, accounts, QOS, users,
 * groups or reservations. Pure calculation over what the policy's file said.
 */
#ifndef EFA_LAYOUT_JOB_RULES_H
#define EFA_LAYOUT_JOB_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOB_RULES_MAX	  32
#define JOB_RULE_SETTINGS 16
#define JOB_RULES_TEXT	  8192

/* What is known of a job. */
enum job_fact {
	JOB_PARTITION,
	JOB_ACCOUNT,
	JOB_QOS,
	JOB_RESERVATION,
	JOB_USER,
	JOB_GROUP, /* all groups of its user */
	JOB_FACTS
};
extern const char *const job_fact_words[JOB_FACTS];

struct job_facts {
	const char *v[JOB_FACTS]; /* a name, for groups several with commas between; "" it has none;
				     NULL not known */
};

struct job_rule {
	unsigned line;		  /* in its file */
	unsigned char file;	  /* of the policy's origin */
	uint16_t when[JOB_FACTS]; /* place in text of names with commas between; 0: any */
	size_t n_set;
	struct {
		uint16_t setting; /* row of policy_settings */
		uint16_t value;	  /* place in text */
		unsigned line;
	} set[JOB_RULE_SETTINGS];
};

struct job_rules {
	size_t n;
	struct job_rule v[JOB_RULES_MAX];
	size_t used;
	char text[JOB_RULES_TEXT]; /* place 0 is never used */
};

/* Which facts the rules ask for: bit per enum job_fact. */
unsigned job_rules_ask(const struct job_rules *rules);

/* RULE_UNKNOWN: that depends on a fact that is not known. */
enum rule_match { RULE_NO, RULE_YES, RULE_UNKNOWN };
enum rule_match job_rule_match(const struct job_rules *rules, const struct job_rule *rule,
			       const struct job_facts *facts);

/* Is the name one of those in a text with commas between? */
bool job_names_have(const char *names, const char *name);

#endif
