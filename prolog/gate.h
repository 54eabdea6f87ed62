/* SPDX-License-Identifier: Apache-2.0 */
/* The gate before a job: from the job and the node to a decision. It acts on nothing but the node
 * map and the node's report. */
#ifndef EFA_LAYOUT_GATE_H
#define EFA_LAYOUT_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "deadline.h"
#include "drain_limit.h"
#include "err.h"
#include "job_env.h"
#include "node_options.h"
#include "policy.h"
#include "report.h"
#include "verdict.h"

struct decision {
	bool gated; /* false: the job asks for none, and may */
	enum outcome outcome;
	enum policy_action wanted; /* by the policy */
	enum policy_action done;   /* by action.h, wanted until then */
	enum decision_source source;
	char sentence[256];
	char did[256];		  /* what was done, in words; by those who act */
	char limited[160];	  /* the limit that kept the node from being drained, "" none */
	char trouble[256];	  /* why it could not be done as wanted, "" none */
	char boot_id[40];	  /* of the node, "" unknown */
	char settings[17];	  /* hash of the policy, "" there is none */
	bool complete;		  /* tested now, and nothing was left out */
	bool rests;		  /* on an earlier test */
	unsigned age_s;		  /* of that test */
	struct request request;	  /* of the job, filled in by the policy */
	bool enforce;		  /* false: nothing is to be done, only said */
	unsigned verdicts_kept;	  /* files of jobs, receipt.keep */
	struct drain_limit limit; /* of drains */
	struct deadline deadline; /* of the whole gate, for what follows */
};

/* What there is to tell of a decision. Large: on the heap, and all zero before. */
struct gate_reports {
	bool has_node;	    /* the node itself was judged by this run */
	struct report node; /* without the job's wish; already kept, but for what was done */
	struct report job;  /* of the decision; without a job the same as node */
};

/*
 * Decide. start: CLOCK_BOOTTIME milliseconds when the program began. dry_run: leave the node map
 * and the node's report as they are. Never fails: what goes wrong on the way is an outcome
 * (unknown), and never a node's fault.
 */
void gate_decide(const struct node_options *options, const struct job *job, bool dry_run,
		 uint64_t start, struct decision *ret_decision, struct gate_reports *reports);

/* It was acted on: note what was done, and keep the reports. What cannot be written is a warning.
 */
void gate_reports_done(const struct node_options *options, const struct decision *decision,
		       struct gate_reports *reports);

/* The node without a job, as the health check sees it at first: nothing is tested. */
struct gate_view {
	struct policy policy; /* all zero where there is none that can be used */
	char boot_id[40];
	bool can_test; /* there are settings and devices to test by */
	bool known;    /* there is a result of this boot; without one the next two say why */
	enum outcome outcome;
	char sentence[256];
	bool current;	    /* the result is of the node as it is now */
	uint64_t tested_ms; /* of the result, CLOCK_BOOTTIME; 0: its test was not complete */
};
void gate_look(const struct node_options *options, uint64_t start, struct gate_view *ret_view);

/*
 * Test the node without a job, whatever earlier tests found, and keep the result. 0; or why it was
 * not tested, with a sentence: -EBUSY while another check tests it or has done so since start,
 * -EAGAIN while a job runs (unless the policy tests under jobs), and what taking the lock gives:
 * without it nothing is tested. A check that fails by itself is 0 and an outcome.
 */
int gate_refresh(const struct node_options *options, uint64_t start, struct decision *ret_decision,
		 struct gate_reports *reports, struct err *err);

const char *decision_source_text(enum decision_source source);

#endif
