/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the one program is run as. Slurm gives its scripts no arguments, so that is told by
 * SLURM_SCRIPT_CONTEXT, and where that is not set (HealthCheckProgram has none) by the name that
 * the program is called by; --mode comes before both.
 */
#ifndef EFA_LAYOUT_MODE_H
#define EFA_LAYOUT_MODE_H

#include <stdbool.h>
#include <stdint.h>

#include "node_options.h"

enum mode {
	MODE_PROLOG,
	MODE_EPILOG,
	MODE_HEALTH,
	MODE_REFUSED /* a script that it is not made for: nothing is done, and that is no failure */
};

/* "prolog", "epilog", "health". False: no such word, nothing written. */
bool mode_parse(const char *word, enum mode *ret_mode);

/* Pure. given: of --mode, or NULL; context: SLURM_SCRIPT_CONTEXT, or NULL; path: argv[0]. */
enum mode mode_choose(const enum mode *given, const char *context, const char *path);

/* "efa-layout-prolog", ...: what the log calls it. */
const char *mode_program(enum mode mode);

/* Statuses of the prolog: anything but 0 makes slurmd drain the node, so 2 is kept for people at a
 * terminal. The epilog always ends with 0, and slurmd only notes what a health check ends with. */
enum { EXIT_PASS = 0, EXIT_NODE_FAULT = 1, EXIT_USAGE = 2 };

struct arguments {
	struct node_options node;
	enum mode mode;
	const char *slurm_conf; /* NULL: SLURM_CONF, or Slurm's own default */
	bool dry_run, verbose, wait;
};

/* What each mode does; start: CLOCK_BOOTTIME milliseconds when the program began. Exit status. */
int mode_prolog_run(const struct arguments *args, uint64_t start);
int mode_epilog_run(const struct arguments *args, uint64_t start);
int mode_health_run(const struct arguments *args, uint64_t start);

#endif
