/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes by name, each with the layouts and rails by which jobs should find it. */
#ifndef EFA_LAYOUT_NODE_LIST_H
#define EFA_LAYOUT_NODE_LIST_H

#include <stddef.h>

#include "check.h"
#include "node_features.h"
#include "node_names.h"

enum node_standing {
	NODE_SOUND,
	NODE_AS_DECLARED, /* at fault; listed with what the site declares that it has */
	NODE_LEFT_OUT,	  /* at fault or not to be judged, and what it should have is not certain */
};

struct listed_node {
	char name[NODE_NAME_TEXT];
	char type[NAME_TEXT]; /* "" unknown */
	enum node_standing standing;
	char why[256]; /* that it is not sound, "" it is */
	size_t n_layouts;
	char layouts[LAYOUT_NAMES_MAX][NAME_TEXT];
	unsigned rails;	     /* usable ones; as declared: those that it should have */
	unsigned rails_want; /* of its layout */
	unsigned accels;
};

struct node_list {
	size_t n, size;
	struct listed_node *v;
};

/* Look at the node of options and append it. A node that cannot be read, or settings that cannot
 * be used, are failures. */
int node_list_add(struct node_list *list, const char *name, const struct node_options *options,
		  struct err *err);
void node_list_free(struct node_list *list);

/* What one node comes to, from its verdict without a test. Pure calculation. */
void node_list_judge(const struct check *check, struct listed_node *ret_node);
/* Its features, none for a node that is left out. */
void node_list_features(const struct listed_node *node, struct node_features *ret_features);

/* Nodes that are alike in something, folded; the caller's to free, NULL without memory. same: is
 * node one of them? */
typedef bool (*node_same_fn)(const struct listed_node *node, const struct listed_node *first);
char *node_list_names(const struct node_list *list, const struct listed_node *first,
		      node_same_fn same);
/* Is it the first that is alike? */
bool node_list_is_first(const struct node_list *list, const struct listed_node *node,
			node_same_fn same);

#endif
