/* SPDX-License-Identifier: Apache-2.0 */
/* Names of nodes as Slurm writes many of them: "p5-[1-3,07]". Pure calculation. */
#ifndef EFA_LAYOUT_NODE_NAMES_H
#define EFA_LAYOUT_NODE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#define NODE_NAME_TEXT 64

/* Of what Slurm takes for one: letters, digits, dots, dashes, underscores, beginning with a letter
 * or digit; 1 to NODE_NAME_TEXT - 1 bytes. */
bool node_name_valid(const char *name);

/*
 * Fold the names (n, all valid; they are put in order) into one hostlist. Numbers at their ends
 * that follow each other become a range where Slurm makes the same names of it, with zeros in
 * front as they are; whatever does not fold stands by itself. A name that is there twice is there
 * once. *ret_text is the caller's to free. -ENOMEM.
 */
int node_names_fold(char (*names)[NODE_NAME_TEXT], size_t n, char **ret_text);

#endif
