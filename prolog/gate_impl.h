/* SPDX-License-Identifier: Apache-2.0 */
/* Private to gate*.c: a look at the node as steps, which the gate before a job (gate.c) and the
 * health check (gate_node.c) put into orders of their own. */
#ifndef EFA_LAYOUT_GATE_IMPL_H
#define EFA_LAYOUT_GATE_IMPL_H

#include <limits.h>

#include "check.h"
#include "gate.h"
#include "nodemap.h"

struct gate {
	const struct node_options *options;
	const struct job *job;		/* NULL: none */
	const struct gate_trial *trial; /* what is only supposed; NULL: nothing is */
	bool dry_run;
	struct check *check;
	char map_path[PATH_MAX];
	char key[17];	    /* of the node as it is now */
	int lock;	    /* descriptor, -1 */
	uint64_t since_ms;  /* when it began to wait for the lock */
	bool have_map;	    /* there is a map of this boot */
	struct nodemap map; /* as read, or as built from the test */
	bool have_settings;
	struct policy job_policy; /* what holds for the job, once there are settings */
	enum check_depth depth;	  /* of its check; CHECK_AUTO: not known yet */
	bool is_young;		  /* there was a young result */
	struct decision *decision;
	struct gate_reports *reports; /* NULL: nobody wants any */
	int refused;		      /* without a job: why it is not tested, 0 */
	struct err *err;
};

/* STEP_DONE: the decision is made, no further step runs. */
enum step_result { STEP_NEXT, STEP_DONE };

typedef enum step_result (*gate_step)(struct gate *gate);

/* Large: on the heap. start: when the program began. NULL: no memory. */
struct gate *gate_new(const struct node_options *options, uint64_t start,
		      struct decision *decision);
void gate_free(struct gate *gate);
/* Take steps until one is the last, and give the lock back. */
void gate_run(struct gate *gate, const gate_step *steps, size_t n);

/* Settings; without them the decision is unknown, and allows. */
enum step_result gate_settings(struct gate *gate);
/* gate_policy.c: what the settings are for the job, and its request with what they fill in. */
enum step_result gate_policy(struct gate *gate);
/* Of a job that is let in unseen: steps must not go by a map that has settings of yesterday. */
void gate_refresh_settings(struct gate *gate);
/* What needs no look at the node: a request that nobody can read, or none at all. */
enum step_result gate_request(struct gate *gate);
/* Devices; the cache key and the map of this boot. */
enum step_result gate_inventory(struct gate *gate);
void gate_load_map(struct gate *gate);
enum step_result gate_late(struct gate *gate);
/* The test, and what it leaves behind for others. */
enum step_result gate_probe(struct gate *gate);
enum step_result gate_map(struct gate *gate);
enum step_result gate_verdict(struct gate *gate);
/* gate_report.c: the check's verdict, as it is now, into the report of the decision. */
void gate_report(struct gate *gate, enum decision_source source);
/* The same for one without a look at the node. setting: that decided, NULL none. */
void gate_report_unseen(struct gate *gate, const char *setting);
/* The same where the result is that of the map: what was found comes from the node's report. */
void gate_report_map(struct gate *gate, enum decision_source source);
/* The verdict is the node's own: keep it. source: as above. */
void gate_report_node(struct gate *gate, enum decision_source source);
/* Something of the check itself went wrong: unknown, whatever the node is like. */
enum step_result gate_unknown(struct gate *gate, const char *code, const char *why);
/* The cache key of the node as it was read. */
void gate_make_key(struct gate *gate);

#endif
