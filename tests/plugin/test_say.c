/* SPDX-License-Identifier: Apache-2.0 */
/* What --efa-verbose has each task say. */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "assert_fake.h"
#include "spank_io.h"
#include "step.h"
#include "world.h"

static void begin(unsigned id, unsigned n)
{
	char text[8];

	setenv("SLURMD_NODENAME", "n7", 1);
	fake_reset(S_CTX_REMOTE);
	fake->local_tasks = n;
	fake->local_id = (int)id;
	snprintf(text, sizeof(text), "%u", id + 10);
	fake_set("SLURM_PROCID", text);
}

static unsigned lines(void)
{
	unsigned n = 0;

	for (const char *at = fake->said; *at; at++)
		n += *at == '\n';
	return n;
}

static void silent_unless_asked(void **state)
{
	(void)state;
	begin(0, 1);
	assert_int_equal(world_step(&(struct act){.layout = "efa-only"}), 0);
	assert_string_equal(fake->said, "");
	/* What starts tasks is none. */
	begin(0, 1);
	fake->step_id = STEP_ID_BATCH;
	assert_int_equal(world_step(&(struct act){.verbose = "(null)"}), 0);
	assert_string_equal(fake->said, "");
}

static void every_task_says_its_own(void **state)
{
	(void)state;
	for (unsigned id = 0; id < 2; id++) {
		char expected[160];

		begin(id, 2);
		fake_set("SLURM_STEP_GPUS", id ? "3" : "0");
		assert_int_equal(world_step(&(struct act){.verbose = "(null)", .affinity = "gpu"}),
				 0);
		snprintf(expected, sizeof(expected), "efa-layout: task %u on n7: CPU", id + 10);
		assert_said(expected);
		assert_said(
			id ? "; GPU 3; rails rdmap130s0,rdmap131s0,rdmap132s0,rdmap133s0 (4 rails "
			     "share a switch with GPU 3), libfabric is given just these\n"
			   : "; GPU 0; rails rdmap79s0,rdmap80s0,rdmap81s0,rdmap82s0 (4 rails "
			     "share a switch with GPU 0), libfabric is given just these\n");
		assert_int_equal(lines(), 1);
	}
}

static void hints_are_called_hints(void **state)
{
	(void)state;
	begin(0, 8);
	fake_set("SLURM_STEP_GPUS", "0");
	assert_int_equal(world_step(&(struct act){.verbose = ""}), 0);
	assert_said("share a switch with GPU 0), a hint: libfabric may use every rail\n");
	/* The task's own value stands. */
	begin(0, 8);
	fake_set("SLURM_STEP_GPUS", "0");
	fake_set("FI_EFA_IFACE", "rdmap201s0");
	assert_int_equal(world_step(&(struct act){.verbose = "", .affinity = "gpu"}), 0);
	assert_var("FI_EFA_IFACE", "rdmap201s0");
	assert_said("a hint: libfabric here or the task itself keeps it from using just these\n");
}

static void nothing_chosen_is_said(void **state)
{
	(void)state;
	begin(0, 1);
	assert_int_equal(world_step(&(struct act){.verbose = "", .affinity = "none"}), 0);
	assert_said("; no GPU that is known; no rails (no choice was asked for)\n");
	begin(0, 1);
	assert_int_equal(world_step(&(struct act){.verbose = "", .no_env = ""}), 0);
	assert_said("(all 32 rails that can be used), environment left alone\n");
	assert_bare();
	remove(world_path("run/node.json"));
	begin(0, 1);
	assert_int_equal(world_step(&(struct act){.verbose = ""}), 0);
	assert_said("warning: tasks on node n7 get no EFA environment: ");
}

static void knows_the_cpus(void **state)
{
	cpu_set_t before, one;
	int first = 0;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	while (!CPU_ISSET(first, &before))
		first++;
	CPU_ZERO(&one);
	CPU_SET(first, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	begin(0, 1);
	assert_int_equal(world_step(&(struct act){.verbose = ""}), 0);
	assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
	if (first == 0)
		assert_said("task 10 on n7: CPU 0; ");
	else
		assert_said("task 10 on n7: CPU ");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(silent_unless_asked),    TEST(every_task_says_its_own),
		TEST(hints_are_called_hints), TEST(nothing_chosen_is_said),
		TEST(knows_the_cpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
