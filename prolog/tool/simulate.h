/* SPDX-License-Identifier: Apache-2.0 */
/*
 * efa-layout policy simulate: what would be asked, answered at submission, found, decided and set
 * for a job on a node. Every judgement is that of the code that does it for real.
 */
#ifndef EFA_LAYOUT_SIMULATE_H
#define EFA_LAYOUT_SIMULATE_H

#include "action.h"
#include "gate_trial.h"
#include "job_text.h"
#include "request_check.h"
#include "task_env.h"

#define SIMULATE_VARIABLES_MAX 64

/* What is given. All borrowed. */
struct simulate_given {
	struct node_options
		node;	   /* root and run directory are those of the snapshot, if it is one */
	const char *job;   /* its text */
	const char *from;  /* "live", or the snapshot */
	const char *tried; /* policy file or folder that is tried; NULL: that in force */
	unsigned tasks, gpus_per_task;
	size_t n_variables;
	const char *variables[SIMULATE_VARIABLES_MAX]; /* "NAME=VALUE": of a task before us */
};

/* One of the six things that a request says. */
struct simulate_asked {
	const char *name; /* "efa-layout" */
	char value[48];
	bool by_job;
	struct policy_value setting; /* else: where it is set; no name: nowhere */
};

struct simulate_submitted {
	bool accepted;
	char sentence[512];		  /* why not */
	char notice[REQUEST_NOTICE_TEXT]; /* what will be other than asked, "" nothing */
	char unknown[512];		  /* what could not be checked, "" nothing */
};

/* One task of a step on the node. */
struct simulate_task {
	struct task_place place;
	struct rail_choice choice;
	char line[4096]; /* its place and rails in words */
	struct task_env env;
};

/* Large: on the heap, all zero before. */
struct simulation {
	struct simulate_given given;
	struct job_text text;
	struct job job;
	struct gate_trial trial;
	struct policy_files files; /* of a policy that is tried */
	/* what came of it */
	struct simulate_asked asked[REQUEST_OPTIONS];
	struct simulate_submitted submitted;
	struct gate_trial_result result;
	char plan[ACTION_PLAN_TEXT]; /* "would let the job run" */
	char no_tasks[320];	     /* why tasks get nothing, "" they do */
	bool sets; /* variables are set, not only those of an outer task removed */
	size_t n_tasks;
	struct simulate_task *tasks;		     /* to be freed */
	const struct env_rule *rules[ENV_RULES_MAX]; /* of the map: where each comes from */
};

/*
 * Fill in what came of it. 0, or why it cannot be simulated: the policy that is tried cannot be
 * used, the snapshot cannot be read, what is supposed is not there.
 */
int simulate(struct simulation *simulation, uint64_t start, struct err *err);
void simulation_free(struct simulation *simulation);

/* simulate_tasks.c: what the tasks of the job get, if it runs. */
int simulate_tasks(struct simulation *simulation, struct err *err);

/* 0 the job would run, 1 refused, 2 the node would be drained and the job sent elsewhere. */
int simulate_status(const struct simulation *simulation);
/* How the rails' results are known: "now", "last", "supposed" or "none". */
const char *simulate_tested(const struct simulation *simulation);

void simulate_print(const struct simulation *simulation);
/* 0 or -1 with a message. */
int simulate_print_json(const struct simulation *simulation);

/* A command of "policy": argv[0] is its name. Returns an exit status. */
int policy_simulate(int argc, char **argv);

#endif
