/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Slurm calls, and what runs where. Nothing but dispatch: clients are submit.c's, slurmstepd
 * is step.c's.
 *
 *   srun, sbatch, salloc   init, (options), init_post_opt
 *   slurmd                 init
 *   slurmstepd             init, (options), init_post_opt, task_init of each task, exit
 *
 * Callbacks return 0 or -1, never an ESPANK number: Slurm up to 24.11 takes positive values for
 * success. On a node none ever fails; there is no job_prolog callback, which would hide the options
 * from the prolog program.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* The build hides every name; those that Slurm looks up have to stay visible (see plugin.map). */
#pragma GCC visibility push(default)
/* For its number alone: spank.h of 20.11 does not know its release. */
#include <slurm/slurm.h>
#include <slurm/spank.h>

SPANK_PLUGIN(efa_layout, 1)

#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(25, 5, 0)
/* Should init fail in spite of all, the job pays and not the node. */
int slurm_spank_init_failure_mode = ESPANK_JOB_FAILURE;
#endif
#pragma GCC visibility pop

#include "args.h"
#include "log.h"
#include "options.h"
#include "spank_io.h"
#include "step.h"
#include "submit.h"

#define EXIT_REFUSED 2

/* From init to exit of one process: callbacks get no pointer of ours. */
static struct {
	struct plugin_dirs dirs;
	struct err dirs_err;
	bool dirs_bad;
	struct step step;
} plugin;

static void client_help(void)
{
	exit(submit_help(&plugin.dirs) ? EXIT_SUCCESS : EXIT_REFUSED);
}

static int client_init(spank_t sp)
{
	struct err err;

	/* Without its arguments the plugin stays out of this command: its options are not known. */
	if (plugin.dirs_bad) {
		log_error("%s", plugin.dirs_err.text);
		return -1;
	}
	submit_variables(program_invocation_short_name);
	if (options_register(sp, client_help, &err)) {
		log_error("%s", err.text);
		return -1;
	}
	return 0;
}

static int client_post_opt(spank_t sp, bool is_srun)
{
	if (plugin.dirs_bad)
		return 0;
	/* Returning an error would not stop a client that lists the plugin as optional. */
	if (!submit_check(sp, is_srun, &plugin.dirs, options_given()))
		exit(EXIT_REFUSED);
	return 0;
}

static void node_init(spank_t sp)
{
	struct err err;

	if (plugin.dirs_bad)
		log_error("%s", plugin.dirs_err.text);
	if (options_register(sp, NULL, &err))
		log_error("%s", err.text);
}

int slurm_spank_init(spank_t sp, int ac, char *argv[])
{
	spank_io_log();
	plugin.dirs_bad = args_parse(ac, argv, &plugin.dirs, &plugin.dirs_err) != 0;
	switch (spank_context()) {
	case S_CTX_LOCAL:
	case S_CTX_ALLOCATOR:
		return client_init(sp);
	case S_CTX_REMOTE:
		node_init(sp);
		return 0;
	case S_CTX_SLURMD:
		if (plugin.dirs_bad)
			log_error("%s", plugin.dirs_err.text);
		return 0;
	default:
		return 0;
	}
}

int slurm_spank_init_post_opt(spank_t sp, int ac, char *argv[])
{
	(void)ac;
	(void)argv;
	switch (spank_context()) {
	case S_CTX_LOCAL:
		return client_post_opt(sp, true);
	case S_CTX_ALLOCATOR:
		return client_post_opt(sp, false);
	case S_CTX_REMOTE:
		step_open(&plugin.step, sp, &plugin.dirs, plugin.dirs_bad ? &plugin.dirs_err : NULL,
			  options_given());
		return 0;
	default:
		return 0;
	}
}

int slurm_spank_task_init(spank_t sp, int ac, char *argv[])
{
	int status;

	(void)ac;
	(void)argv;
	status = step_task_init(&plugin.step, sp);
	/* The one way to fail tasks, with a status of our own, that leaves the node alone; it works
	 * for an optional plugin too. */
	if (status)
		_exit(status);
	return 0;
}

int slurm_spank_exit(spank_t sp, int ac, char *argv[])
{
	(void)sp;
	(void)ac;
	(void)argv;
	step_close(&plugin.step);
	return 0;
}
