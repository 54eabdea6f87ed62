/* SPDX-License-Identifier: Apache-2.0 */
/* A list of nodes as lines of Slurm's files, as JSON, and as the table of the job_submit part. */
#ifndef EFA_LAYOUT_NODES_SHOW_H
#define EFA_LAYOUT_NODES_SHOW_H

#include "err.h"
#include "node_list.h"
#include "policy.h"

/* Lines for slurm.conf, with gres also for gres.conf, on standard output. 0, -ENOMEM. */
int nodes_show_conf(const struct node_list *list, bool gres);
/* 0, or -1 with a message. */
int nodes_show_json(const struct node_list *list);
/* The table; the caller's to free. policy: what jobs ask for that say nothing. */
int nodes_lua(const struct node_list *list, const struct policy *policy, char **ret_text,
	      size_t *ret_size, struct err *err);

#endif
