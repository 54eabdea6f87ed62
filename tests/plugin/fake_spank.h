/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stand-in for Slurm's side of the SPANK interface: it records what the plugin calls, in order,
 * keeps an environment per process as slurmstepd does, and fails on demand at call N. The plugin's
 * own objects are linked with it.
 *
 * The plugin may end its process, so that every act runs in a child (fake_run); what is recorded is
 * shared with it.
 */
#ifndef EFA_LAYOUT_TEST_FAKE_SPANK_H
#define EFA_LAYOUT_TEST_FAKE_SPANK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <slurm/spank.h>

#define FAKE_VARS    256
#define FAKE_OPTIONS 24
#define FAKE_JOB     17u

struct fake_var {
	char name[80];
	char value[4200];
};

struct fake_spank {
	/* what Slurm is */
	enum spank_context context;
	uint32_t step_id, local_tasks;
	int local_id;
	size_t n_vars;
	struct fake_var vars[FAKE_VARS]; /* environment of the job, or of one task */
	unsigned fail_at;		 /* the call with this number fails; 0 none */
	/* what happened */
	unsigned calls; /* of those that can fail */
	size_t n_options;
	struct {
		char name[80];
		int has_arg, val;
		spank_opt_cb_f cb;
	} options[FAKE_OPTIONS];
	char trace[16384]; /* a line per call */
	char said[8192];   /* a line per message, "error: ..." */
	char out[16384];   /* what the process wrote to standard output */
};

/* Shared with children of fake_run. */
extern struct fake_spank *fake;

/* Forget everything. */
void fake_reset(enum spank_context context);
void fake_set(const char *name, const char *value);
/* NULL when absent. */
const char *fake_get(const char *name);
/* Give an option, as Slurm does; the result of its callback, -1 when nobody registered it. */
int fake_option(const char *name, const char *value);

/* Run act in a child; its exit status, or -1 when it died. The child's environment variables that
 * have EFA_LAYOUT in their name go into the trace as "env NAME=VALUE" when it returns. */
int fake_run(void (*act)(void *arg), void *arg);

#endif
