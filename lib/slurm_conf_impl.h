/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of slurm_conf.h: the list of pairs that the parser makes and the look-ups walk. */
#ifndef EFA_LAYOUT_SLURM_CONF_IMPL_H
#define EFA_LAYOUT_SLURM_CONF_IMPL_H

#include "slurm_conf.h"

/* The pair is the first member, so that one leads to the other. */
struct slurm_conf_entry {
	struct slurm_pair pair;
	struct slurm_conf_entry *next;
	char text[];
};

struct slurm_conf {
	struct slurm_conf_entry *first, **end;
	char *files[SLURM_CONF_MAX_FILES];
	size_t n_files;
	size_t size;
};

#endif
