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

/* More than the longest valid value needs: what is cut is refused. */
#define OPTION_TEXT (NAME_TEXT + 16)

struct option_value {
	bool given;
	char text[OPTION_TEXT];
};

struct options {
	struct option_value v[REQUEST_OPTIONS];
};

/*
 * The variable by which a value travels: Slurm hands it to inner commands, to the step and to the
 * prolog (there with SPANK_ for SLURM_SPANK_ in front).
 */
#define OPTION_VARIABLE_TEXT 96
const char *option_variable(enum request_option option, char *buf);

/*
 * Tell Slurm about the options; in slurm_spank_init of every context. help: what a client calls for
 * --efa-layout=help (it does not return), NULL on a node.
 */
int options_register(struct spank_handle *sp, void (*help)(void), struct err *err);

/* What the callbacks have stored in this process. */
const struct options *options_given(void);

/* NULL is a flag without a value. */
void option_set(struct option_value *value, const char *text);

bool options_any(const struct options *options);

/* Strictly parsed. 0 or -EINVAL with a sentence; "help" is refused. */
int options_request(const struct options *options, struct request *ret_req, struct err *err);

#endif
