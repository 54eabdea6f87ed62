/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What rules for some jobs ask about a job: slurmd's own variables, and what Slurm and the system
 * know. Nothing that a user can choose the text of is one; what is not as it should be is unknown.
 */
#ifndef EFA_LAYOUT_JOB_FACTS_H
#define EFA_LAYOUT_JOB_FACTS_H

#include "controller.h"
#include "job_env.h"
#include "job_rules.h"

#define JOB_FACT_TEXT	256
#define JOB_GROUPS_TEXT 16384

/* Large: on the heap, all zero before. */
struct job_knowledge {
	struct job_facts facts; /* points into what follows */
	char name[JOB_FACTS][JOB_FACT_TEXT];
	char groups[JOB_GROUPS_TEXT];
	char why[JOB_FACTS][160]; /* what is not known: why, and what to do */
};

/* What slurmd says: all but the groups, and the QOS since Slurm 26.05. */
void job_facts_read(struct job_knowledge *ret_know);
/* Ask squeue for the QOS, unless it is known. */
void job_facts_ask_qos(const struct controller *controller, const struct job *job,
		       struct job_knowledge *know);
/* Ask id for the groups of the job's user. */
void job_facts_ask_groups(const struct job *job, unsigned deadline_ms, struct job_knowledge *know);

/* From now on the fact is known to be this name; "": it has none. */
void job_facts_know(struct job_knowledge *know, enum job_fact fact, const char *name);

/*
 * Pure, both: what squeue says (a name a line; several lines, as for the tasks of an array, must be
 * the same), and what id says (names that NUL ends), as a list with commas. False: something else.
 * A group that no rule can name, with a comma or unprintable, is left out.
 */
bool job_facts_parse_qos(const char *output, char *buf, size_t size);
bool job_facts_parse_groups(const char *output, size_t length, char *buf, size_t size);

#endif
