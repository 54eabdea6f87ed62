/* SPDX-License-Identifier: Apache-2.0 */
/* The plugin's arguments in plugstack.conf: where things are. */
#ifndef EFA_LAYOUT_ARGS_H
#define EFA_LAYOUT_ARGS_H

#include "err.h"

struct plugin_dirs {
	const char *data; /* shipped layouts */
	const char *site; /* the site's policy and layouts */
	const char *run;  /* the node map */
};

/*
 * "data_dir=", "site_dir=", "run_dir=", each an absolute path and each at most once; what is not
 * given is where the build installs it. The strings are borrowed from argv, which Slurm keeps as
 * long as the plugin is loaded. 0, or -EINVAL with a sentence; then ret_dirs holds the defaults.
 */
int args_parse(int argc, char *const *argv, struct plugin_dirs *ret_dirs, struct err *err);

#endif
