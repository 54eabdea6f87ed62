/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One step of many tasks as slurmstepd has it, with the plugin's own objects and the fake of
 * tests/plugin in Slurm's place, for tests/bench/hook:
 *
 *   one-step RUN_DIR AFFINITY TASKS EVERY
 *
 * Each task is a process of its own, has a CPU of its own, and one of eight GPUs. Of all TASKS only
 * every EVERY-th and the last are run. Prints microseconds, and how often Slurm was called:
 *
 *   step MICROSECONDS CALLS              (init_post_opt)
 *   task ID PID MICROSECONDS CALLS RAILS (task_init)
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fake_spank.h"

#define TASKS_MAX 1024
#define GPUS	  8
#define VARIABLES 120 /* of a job, besides ours */

static int tasks, every, cpu;

/* The mask of a task that is bound to a CPU, whatever this machine has. */
int sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set)
{
	(void)pid;
	memset(set, 0, size);
	CPU_SET_S((size_t)cpu, size, set);
	return 0;
}

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return 1e6 * (double)t.tv_sec + (double)t.tv_nsec / 1e3;
}

static void begin_job(void)
{
	fake_reset(S_CTX_REMOTE);
	fake->local_tasks = (uint32_t)tasks;
	for (int i = 0; i < VARIABLES; i++) {
		char name[32];

		snprintf(name, sizeof(name), "SLURM_VARIABLE_%d", i);
		fake_set(name, "a value of usual length");
	}
}

static void begin_task(int id)
{
	char gpu[16];

	snprintf(gpu, sizeof(gpu), "%d", id * GPUS / tasks);
	fake_set("SLURM_STEP_GPUS", gpu);
	fake->local_id = id;
	fake->calls = 0;
	fake->trace[0] = '\0';
	cpu = id;
}

static void run_task(int id)
{
	double start = now_us();
	int rc = slurm_spank_task_init(NULL, 0, NULL);
	double end = now_us();
	const char *rails = fake_get("EFA_LAYOUT_RAIL_COUNT");

	printf("task %d %d %.1f %u %s\n", id, (int)getpid(), end - start, fake->calls,
	       rails ? rails : "-");
	fflush(stdout);
	_exit(rc || fake->said[0] ? 1 : 0);
}

/* What a task changes of the fake, which all share, is not the next one's. */
static int run_tasks(void)
{
	struct fake_spank *before = malloc(sizeof(*before));
	int failed = !before;

	if (before)
		*before = *fake;
	for (int id = 0; id < tasks && !failed; id++) {
		int status;
		pid_t pid;

		if (id % every && id != tasks - 1)
			continue;
		*fake = *before;
		begin_task(id);
		pid = fork();
		if (!pid)
			run_task(id);
		failed = pid < 0 || waitpid(pid, &status, 0) != pid || status;
	}
	if (failed)
		fprintf(stderr, "one-step: %s\n", fake->said[0] ? fake->said : "a task failed");
	free(before);
	return failed;
}

int main(int argc, char **argv)
{
	char run_dir[512], *argument = run_dir;
	double start;
	int rc;

	tasks = argc == 5 ? atoi(argv[3]) : 0;
	every = argc == 5 ? atoi(argv[4]) : 0;
	if (tasks < 1 || tasks > TASKS_MAX || every < 1) {
		fprintf(stderr, "usage: one-step RUN_DIR AFFINITY TASKS EVERY, TASKS at most %d\n",
			TASKS_MAX);
		return 2;
	}
	snprintf(run_dir, sizeof(run_dir), "run_dir=%s", argv[1]);
	begin_job();
	rc = slurm_spank_init(NULL, 1, &argument);
	if (!rc)
		rc = fake_option("efa-affinity", argv[2]);
	fake->calls = 0;
	start = now_us();
	if (!rc)
		rc = slurm_spank_init_post_opt(NULL, 1, &argument);
	printf("step %.1f %u\n", now_us() - start, fake->calls);
	fflush(stdout);
	if (rc || fake->said[0]) {
		fprintf(stderr, "one-step: the step failed: %s\n", fake->said);
		return 1;
	}
	rc = run_tasks();
	slurm_spank_exit(NULL, 1, &argument);
	return rc;
}
