/* SPDX-License-Identifier: Apache-2.0 */
/* efa-layout policy generate: a policy for nodes as the ones that were looked at. */
#ifndef EFA_LAYOUT_POLICY_GENERATE_H
#define EFA_LAYOUT_POLICY_GENERATE_H

#include "verdict.h"

/* A command of "policy": argv[0] is its name. Returns an exit status. */
int policy_generate(int argc, char **argv);

/* What was seen of a node. */
struct seen_node {
	const char *name; /* folder, or "this node" */
	char type[NAME_TEXT];
	enum outcome outcome;
	char sentence[256];
	size_t n_layouts; /* that it has, the most usual first */
	char layouts[LAYOUT_NAMES_MAX][NAME_TEXT];
	size_t n_rails;
	bool tested;
	unsigned test_ms, open_ms, rail_ms; /* the whole test, and the slowest rail */
};

/* What follows from that; 0: the default is right. */
struct proposal {
	const char *layout;
	const char *provider; /* NULL: the default */
	unsigned budget_ms, open_ms, rail_ms, late_ms;
};

/* How long devices of a type may be late, 0: they are not known to be. */
unsigned seen_late_ms(const char *type);
/*
 * With the reasons, logged one by one. force: also of a node that is not healthy, if it has a known
 * layout. -1: nothing follows, which is logged with what to do.
 */
int seen_propose(const struct seen_node *nodes, size_t n, bool force, const char *provider,
		 struct proposal *ret_proposal);
/* Print it as a policy file. An exit status. */
int proposal_print(const struct proposal *proposal);

#endif
