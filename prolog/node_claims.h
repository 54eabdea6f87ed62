/* SPDX-License-Identifier: Apache-2.0 */
/* What slurm.conf says of this node, or what a snapshot of it has kept of that. No request to the
 * controller. */
#ifndef EFA_LAYOUT_NODE_CLAIMS_H
#define EFA_LAYOUT_NODE_CLAIMS_H

#include "inventory.h"
#include "node_options.h"

#define NODE_CLAIMS_FILE "features" /* in a snapshot's run directory */
#define NODE_CLAIMS_TEXT (ORIGIN_TEXT + NODE_CLAIMS_MAX * FEATURE_TEXT + 1)

/*
 * Of a program that slurmd started: the slurm.conf that SLURM_CONF names (that of a configless
 * slurmd too), else the usual ones, for the node SLURMD_NODENAME. Of the running node otherwise:
 * the same for the host's own name. Of a node below another root: what its run directory has kept.
 * Whatever is wrong with any of it, nothing is known then: ret_claims->known is false.
 */
void node_claims_read(const struct node_options *options, struct node_claims *ret_claims);

/* As a snapshot keeps it, and back. Where it is, then a feature a line; "" when nothing is known.
 * Pure calculation. buf: NODE_CLAIMS_TEXT bytes. */
void node_claims_format(const struct node_claims *claims, char *buf);
void node_claims_parse(const char *text, struct node_claims *ret_claims);

#endif
