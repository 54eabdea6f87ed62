/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The node's side, in slurmstepd: what the step asks is read and the node map is loaded once, as
 * root, before any task exists; each task then gets its rails by calculation alone, possibly inside
 * a container that sees none of the node's files.
 *
 * Whatever is found here fails nothing but, at most, the tasks themselves: in a batch step any
 * other failing callback would drain the node.
 */
#ifndef EFA_LAYOUT_STEP_H
#define EFA_LAYOUT_STEP_H

#include <stdbool.h>

#include "args.h"
#include "nodemap.h"
#include "options.h"
#include "request.h"

struct spank_handle;

/* Exit status of a task whose step is refused: EX_CONFIG of sysexits.h. */
#define STEP_REFUSED 78

struct step {
	struct request request;
	bool is_launcher;    /* batch script or interactive shell: it starts tasks, it is none */
	bool is_refused;     /* every task says `text` and ends */
	struct nodemap *map; /* NULL: tasks keep the environment they have */
	char node[256];	     /* its name, for people */
	char text[512];	     /* refusal or warning for local task 0, "" none */
};

/*
 * In slurm_spank_init_post_opt of the step. dirs_err: the sentence about a bad plugin argument,
 * NULL when they are good. Never fails; what goes wrong is text for the tasks to say.
 */
void step_open(struct step *step, struct spank_handle *sp, const struct plugin_dirs *dirs,
	       const struct err *dirs_err, const struct options *options);
void step_close(struct step *step);

/* In slurm_spank_task_init: 0, or STEP_REFUSED when the task has to end with that status. */
int step_task_init(const struct step *step, struct spank_handle *sp);

#endif
