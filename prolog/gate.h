/* SPDX-License-Identifier: Apache-2.0 */
/* The gate before a job: from the job and the node to a decision. It acts on nothing but the node
 * map. */
#ifndef EFA_LAYOUT_GATE_H
#define EFA_LAYOUT_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "deadline.h"
#include "drain_limit.h"
#include "job_env.h"
#include "node_options.h"
#include "policy.h"
#include "verdict.h"

/* Where the verdict came from. */
enum decision_source {
	SOURCE_NONE,   /* no look at the node: settings unusable, request malformed or "none" */
	SOURCE_TEST,   /* the rails were tested now */
	SOURCE_CACHE,  /* the node map of an earlier test, still good */
	SOURCE_SHARED, /* the node map that another gate wrote while this one waited */
	SOURCE_LOOK    /* looked at, but not tested: no rails, no time, no way */
};

struct decision {
	bool gated; /* false: the job asks for none, and may */
	enum outcome outcome;
	enum policy_action wanted; /* by the policy */
	enum policy_action done;   /* by action.h, wanted until then */
	enum decision_source source;
	char sentence[256];
	char limited[160];	  /* the limit that kept the node from being drained, "" none */
	char trouble[256];	  /* why it could not be done as wanted, "" none */
	char boot_id[40];	  /* of the node, "" unknown */
	bool enforce;		  /* false: nothing is to be done, only said */
	struct drain_limit limit; /* of drains */
	struct deadline deadline; /* of the whole gate, for what follows */
};

/*
 * Decide. start: CLOCK_BOOTTIME milliseconds when the program began. dry_run: leave the node map as
 * it is. Never fails: what goes wrong on the way is an outcome (unknown), and never a node's fault.
 */
void gate_decide(const struct node_options *options, const struct job *job, bool dry_run,
		 uint64_t start, struct decision *ret_decision);

const char *decision_source_text(enum decision_source source);

#endif
