/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client's side: srun, sbatch and salloc. Refuses early what cannot be right, answers
 * --efa-layout=help, and hands the request on to the node. A client that is given none of the
 * options does nothing.
 */
#ifndef EFA_LAYOUT_SUBMIT_H
#define EFA_LAYOUT_SUBMIT_H

#include <stdbool.h>

#include "args.h"
#include "options.h"

struct spank_handle;

/*
 * In slurm_spank_init: SLURM_EFA_LAYOUT and its sisters (SBATCH_, SALLOC_, and the other options)
 * become the variables that Slurm reads as options, over those that a job around has left there; in
 * a step those of the layout and of the check do not, which are its job's. program: the client's
 * short name.
 */
void submit_variables(const char *program);

/* Print the layouts and the site's defaults. False: they cannot be read, which has been said. */
bool submit_help(const struct plugin_dirs *dirs);

/*
 * In slurm_spank_init_post_opt. is_srun: an srun inside a job makes a step of that job; sbatch and
 * salloc always make a job of their own. False: refused, the sentence has been printed.
 */
bool submit_check(struct spank_handle *sp, bool is_srun, const struct plugin_dirs *dirs,
		  const struct options *options);

#endif
