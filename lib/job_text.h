/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A job in words, for trying things: what its user would write, and what it is. Pure.
 *
 *   --efa-layout=efa-only --efa-rails 8 partition=debug user=alice group=hpc,admins
 *   v1;layout=efa-only;rails=8 partition=debug
 *
 * Words are between blanks; there is no shell, and quotes mean nothing. Options as on a command
 * line, the last one of a kind counts; or the request as it travels to the node. Facts once each:
 * partition, account, qos, reservation, user, group (several with commas between).
 */
#ifndef EFA_LAYOUT_JOB_TEXT_H
#define EFA_LAYOUT_JOB_TEXT_H

#include "err.h"
#include "job_rules.h"
#include "request.h"

#define JOB_TEXT_MAX   4096 /* bytes */
#define JOB_VALUE_TEXT 1024 /* of an option or a fact, with its NUL */

struct job_value {
	bool given;
	char text[JOB_VALUE_TEXT];
};

/* Large: on the heap. */
struct job_text {
	struct job_value wire; /* the request as one word; else: */
	struct job_value options[REQUEST_OPTIONS];
	struct job_value facts[JOB_FACTS];
};

/*
 * Words into their places. -EINVAL with a sentence for what is no such text: a word that is neither
 * option nor fact (with "did you mean"), a fact that is no name, one that is given twice. Whether
 * values of options make sense is another question.
 */
int job_text_parse(const char *text, struct job_text *ret_job, struct err *err);

/* What it asks. -EINVAL with the sentence that the user would be told. */
int job_text_request(const struct job_text *job, struct request *ret_req, struct err *err);

/* What is known of it; a job of which no reservation is said has none. Borrowed from job. */
void job_text_facts(const struct job_text *job, struct job_facts *ret_facts);

#endif
