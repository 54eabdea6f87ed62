/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gate on trial: its own steps, for a job that does not exist, with settings that may not be in
 * force and test results that may be supposed. Nothing is acted on, and nothing of it is kept.
 */
#ifndef EFA_LAYOUT_GATE_TRIAL_H
#define EFA_LAYOUT_GATE_TRIAL_H

#include "env_rules.h"
#include "gate.h"
#include "job_rules.h"
#include "nodemap.h"
#include "policy_files.h"
#include "probe.h"

/* What is known of the node's rails. */
enum trial_test {
	TRIAL_NOW,  /* they are tested, as before a job */
	TRIAL_LAST, /* what the node's last test found */
	TRIAL_PASS, /* all that can be tested pass, it is supposed */
	TRIAL_NONE  /* nothing */
};

/* This rail fails in that step, it is supposed. */
struct trial_rail {
	const char *name;
	enum probe_step step;
};

struct gate_trial {
	struct job_facts facts;
	const struct policy_files *policy; /* instead of the site's own; NULL: that is in force */
	enum trial_test test;
	bool needs_last; /* TRIAL_LAST: no last test is no TRIAL_NONE, but a failure */
	size_t n_rails;
	struct trial_rail rails[NODE_RAILS_MAX];
};

/* Large: on the heap. */
struct gate_trial_result {
	struct decision decision;
	struct gate_reports reports; /* job: of the decision */
	bool has_settings;	     /* there are some that can be used; then also: */
	struct policy policy;	     /* what holds for the job */
	struct env_rules env;
	char settings_problem[256]; /* why the last good policy is in force, "" it is not */
	bool looked;		    /* the node could be read */
	bool tested;		    /* there are results of a test, or they are supposed */
	enum check_depth depth;	    /* of the check that a job would get without a young result */
	bool judged;		    /* the decision rests on the node; then also: */
	struct nodemap map;	    /* as its tasks would find it */
};

/*
 * 0, or why it cannot be supposed: -ENOENT for a last test that there is none of, or a rail that is
 * not there; -EINVAL for one that cannot be tested. What goes wrong with node or settings is an
 * outcome, as at the gate. TRIAL_NOW takes the gate's lock where the caller may, and notes what the
 * test has moved, so that it is not taken for a job's.
 */
int gate_trial(const struct node_options *options, const struct job *job,
	       const struct gate_trial *trial, uint64_t start, struct gate_trial_result *ret_result,
	       struct err *err);

#endif
