/* SPDX-License-Identifier: Apache-2.0 */
/* Directories with what the plugin reads, and the shortest way through its callbacks. */
#ifndef EFA_LAYOUT_TEST_WORLD_H
#define EFA_LAYOUT_TEST_WORLD_H

#include "fake_spank.h"
#include "nodemap.h"

/* One run of a client or of a step. NULL values are not given. */
struct act {
	const char *program;	       /* short name of the client, "srun" unless given */
	const char *layout, *affinity; /* options */
	const char *rails, *check, *verbose, *no_env;
	const char *layout_low; /* given first, by a place of lower precedence */
	const char *env[8][2];	/* environment of the client's process */
	int argc;		/* arguments of the plugin instead of the usual ones */
	char *argv[4];
};

/* A temporary tree: data/layouts.json (efa-only, all-efa), site/ (empty), run/node.json (p5). */
int world_setup(void **state);
int world_teardown(void **state);

const char *world_path(const char *name); /* borrowed until the next call */
void world_write(const char *name, const char *text);
/* Replace run/node.json. */
void world_map(const struct nodemap *map);
/* The usual map, to change and hand to world_map; to be freed. */
struct nodemap *world_p5(void);

/* init, options, init_post_opt in the fake's context; the exit status. The callbacks' results are
 * "rc init 0" and so on in the trace. */
int world_client(const struct act *act);
/* init, options, init_post_opt, task_init, exit of one task. */
int world_step(const struct act *act);

#endif
