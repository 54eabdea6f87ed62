/* SPDX-License-Identifier: Apache-2.0 */
/* Where a program of the node finds things: the options that the gate and the tool share. */
#ifndef EFA_LAYOUT_NODE_OPTIONS_H
#define EFA_LAYOUT_NODE_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>

#include "err.h"

struct node_options {
	const char *root;	  /* tree that the node is read from: "/" is the running node */
	const char *data_dir;	  /* shipped layouts, instance types, environment rules */
	const char *site_dir;	  /* the site's policy and its own data */
	const char *run_dir;	  /* node map, ENI facts, lock */
	const char *state_dir;	  /* what outlives a boot: drains of ours, records of jobs */
	const char *probe;	  /* program that tests rails */
	const char *slurm_helper; /* program that talks to the controller */
	const char *slurm_bin;	  /* directory of scontrol and scancel; NULL: the usual ones */
	const char *topology;	  /* hwloc export that stands for the node; NULL: none */
	bool root_given, run_dir_given, probe_given; /* by an option */
};

/* Values of getopt_long for the shared options; a program's own ones start at OPT_OWN. */
enum node_option {
	OPT_ROOT = 1000,
	OPT_DATA_DIR,
	OPT_SITE_DIR,
	OPT_RUN_DIR,
	OPT_STATE_DIR,
	OPT_PROBE,
	OPT_TOPOLOGY,
	OPT_OWN
};

/* Rows for the option table of a program. */
#define NODE_LONG_OPTIONS                                              \
	{"root", required_argument, NULL, OPT_ROOT},                   \
		{"data-dir", required_argument, NULL, OPT_DATA_DIR},   \
		{"site-dir", required_argument, NULL, OPT_SITE_DIR},   \
		{"run-dir", required_argument, NULL, OPT_RUN_DIR},     \
		{"state-dir", required_argument, NULL, OPT_STATE_DIR}, \
	{                                                              \
		"probe", required_argument, NULL, OPT_PROBE            \
	}

/* And for one that links hwloc. */
#define TOPOLOGY_LONG_OPTION                                      \
	{                                                         \
		"topology", required_argument, NULL, OPT_TOPOLOGY \
	}

void node_options_init(struct node_options *options);
/* Take one option. False: not one of the shared ones. value is borrowed for as long as options. */
bool node_options_set(struct node_options *options, int option, const char *value);
/* The lines of --help. */
void node_options_help(FILE *to);
void topology_option_help(FILE *to);
/* -EINVAL for options that contradict each other. */
int node_options_check(const struct node_options *options, struct err *err);

/*
 * Is it the running node? A node replayed from elsewhere cannot be tested with the devices of this
 * one: without --probe it is not tested at all, and one that is a saved topology never.
 */
bool node_options_live(const struct node_options *options);
bool node_options_may_probe(const struct node_options *options);

#endif
