/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The job as slurmd describes it to its Prolog, out of the environment. SLURM_* variables are set
 * by slurmd; everything behind SPANK_ comes from the user, who can put any bytes there, and is only
 * ever given to the strict parsers of request.h.
 */
#ifndef EFA_LAYOUT_JOB_ENV_H
#define EFA_LAYOUT_JOB_ENV_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"
#include "request.h"

/* Who started the program (SLURM_SCRIPT_CONTEXT, set since Slurm 20.11). */
enum job_context {
	CONTEXT_NONE,	/* not set: by hand, or by a script that cleans its environment */
	CONTEXT_PROLOG, /* prolog_slurmd */
	CONTEXT_EPILOG, /* epilog_slurmd */
	CONTEXT_OTHER	/* PrologSlurmctld, TaskProlog, ...: not our business */
};

enum job_context job_context_parse(const char *text); /* NULL: not set */

#define NODE_NAME_TEXT 256

struct job {
	enum job_context context;
	bool known;  /* id, uid and node are set */
	uint32_t id; /* SLURM_JOB_ID: of this component, of this array element */
	uid_t uid;
	char node[NODE_NAME_TEXT]; /* SLURMD_NODENAME: Slurm's name of it */
	struct request request;
	bool refused;	       /* the request is malformed: what follows says how */
	char refusal[256];     /* for the user */
	const char *conf_path; /* SLURM_CONF, absolute, borrowed from the environment; NULL */
};

/*
 * Read the environment. 0, also for a malformed request (ret_job->refused) and outside a job
 * (ret_job->known false); -EINVAL when slurmd's own variables are not what they should be.
 */
int job_env_read(struct job *ret_job, struct err *err);

#endif
