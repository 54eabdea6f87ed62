/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Node features by which jobs find nodes: how a layout and a number of rails are called in Feature=
 * of slurm.conf and in --constraint. Pure calculation.
 *
 * Slurm (20.11 to 26.05) splits features at commas and constraints at , & | * [ ] ( ): names have
 * none of these, for a layout's name has letters, digits, dots, dashes and underscores alone.
 */
#ifndef EFA_LAYOUT_NODE_FEATURES_H
#define EFA_LAYOUT_NODE_FEATURES_H

#include <stdbool.h>
#include <stddef.h>

#include "inventory.h"
#include "verdict.h"

#define FEATURE_LAYOUT "efa-layout-"
#define FEATURE_RAILS  "efa-rails-"

struct node_features {
	size_t n;
	char v[LAYOUT_NAMES_MAX + 1][FEATURE_TEXT];
};

/* Is it one of ours, right or wrong? Others' features are nobody's business here. */
bool node_feature_is_ours(const char *feature);

/* "efa-layout-efa-only". buf: FEATURE_TEXT bytes. */
void node_feature_layout(const char *layout, char *buf);
void node_feature_rails(unsigned rails, char *buf);

/* The layout that a feature names, borrowed from it; NULL: it names none. */
const char *node_feature_names_layout(const char *feature);
/* True for "efa-rails-" and a number of 1 to NODE_RAILS_MAX. */
bool node_feature_names_rails(const char *feature, unsigned *ret_rails);

/* All features of a node with these layouts and so many usable rails (0: no feature for that). */
void node_features_of(const char (*layouts)[NAME_TEXT], size_t n, unsigned rails,
		      struct node_features *ret_features);
/* With commas between, as Feature= wants it. */
int node_features_text(const struct node_features *features, char *buf, size_t size);
#define FEATURES_TEXT ((LAYOUT_NAMES_MAX + 1) * FEATURE_TEXT)

#endif
