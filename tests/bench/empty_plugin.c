/* SPDX-License-Identifier: Apache-2.0 */
/* A plugin that does nothing: what it costs Slurm to have one at all, for tests/bench/hook. */
#pragma GCC visibility push(default)
#include <slurm/spank.h>

SPANK_PLUGIN(empty, 1)
#pragma GCC visibility pop

int slurm_spank_init_post_opt(spank_t sp, int ac, char *argv[])
{
	(void)sp;
	(void)ac;
	(void)argv;
	return 0;
}

int slurm_spank_task_init(spank_t sp, int ac, char *argv[])
{
	(void)sp;
	(void)ac;
	(void)argv;
	return 0;
}
