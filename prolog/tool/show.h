/* SPDX-License-Identifier: Apache-2.0 */
/* The forms in which `efa-layout show` shows a node. */
#ifndef EFA_LAYOUT_SHOW_H
#define EFA_LAYOUT_SHOW_H

#include "check.h"
#include "term.h"
#include "view.h"

struct show {
	const struct check *check; /* scanned; judged unless the settings cannot be used */
	const struct view *view;
	const char *settings_problem; /* why nothing was compared, "" none */
	struct term term;
};

/* What the machine is, its layout, and what is wrong with it: the lines above table and tree. */
void show_head(const struct show *show);
/* Interfaces by network card, accelerators, other RDMA devices. 0 or -ENOMEM. */
int show_table(const struct show *show);
/* NUMA nodes, their switches and host bridges, and what is below those. 0 or -ENOMEM. */
int show_tree(const struct show *show);
/*
 * The picture as an SVG document, heap text to be freed. 0, or negative with a sentence.
 */
int show_svg(const struct show *show, char **ret_text, size_t *ret_size, struct err *err);

/*
 * Findings that say something about the node: a test that nobody asked for is none. NULL: there
 * are no more. *at begins at 0.
 */
const struct finding *show_finding(const struct show *show, size_t *at);
/* "card 3: EFA function missing (expected ..., found ...)", without its code. Returns buf. */
const char *show_finding_text(const struct finding *finding, char *buf, size_t size);
/* How the node was held against a layout, in a line. Returns buf. */
const char *show_comparison(const struct show *show, char *buf, size_t size);
/* The layouts that the node has, "a, b", "" none. Returns buf. */
const char *show_layouts(const struct show *show, char *buf, size_t size);
/* "CPUs 0-47,96-143" of a NUMA node, "" unknown. Returns buf. */
const char *show_cpus(const struct show *show, int numa_node, char *buf, size_t size);

#endif
