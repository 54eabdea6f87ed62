/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options that users give. Slurm's callbacks only store what they are given: a bad value from a
 * place of low precedence (#SBATCH, then the environment, then the command line) must not refuse
 * what a higher one corrects. Only a client's "help" is answered at once, because srun would end
 * for want of a command, and sbatch wait for a script, before anything else of the plugin is
 * called.
 */
#ifndef EFA_LAYOUT_OPTIONS_H
#define EFA_LAYOUT_OPTIONS_H

#include <stdbool.h>

#include "err.h"
#include "request.h"

struct spank_handle;

/* One byte more than a valid value can have is enough: what is cut is refused for its length. */
#define OPTION_TEXT (NAME_TEXT + 16)

struct option_value {
	bool given;
	char text[OPTION_TEXT];
};

struct options {
	struct option_value layout, affinity;
};

/*
 * Names by which the values travel: Slurm hands them to inner commands, to the step and to the
 * prolog (there with SPANK_ for SLURM_SPANK_ in front).
 */
#define OPTION_LAYOUT_VARIABLE	 "SLURM_SPANK__SLURM_SPANK_OPTION_efa_layout_efa_layout"
#define OPTION_AFFINITY_VARIABLE "SLURM_SPANK__SLURM_SPANK_OPTION_efa_layout_efa_affinity"

/*
 * Tell Slurm about the options; in slurm_spank_init of every context. help: what a client calls for
 * --efa-layout=help (it does not return), NULL on a node.
 */
int options_register(struct spank_handle *sp, void (*help)(void), struct err *err);

/* What the callbacks have stored in this process. */
const struct options *options_given(void);

void option_set(struct option_value *value, const char *text);

static inline bool options_any(const struct options *options)
{
	return options->layout.given || options->affinity.given;
}

/* Strictly parsed. 0 or -EINVAL with a sentence; "help" is refused. */
int options_request(const struct options *options, struct request *ret_req, struct err *err);

#endif
