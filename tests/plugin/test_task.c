/* SPDX-License-Identifier: Apache-2.0 */
/* What each task gets: rails by GPU, by CPU or all, and the variables that say so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "assert_fake.h"
#include "spank_io.h"
#include "task_devices.h"
#include "world.h"

static const struct act named = {.layout = "efa-only"};
static const struct act nothing = {0};

static void sets_the_environment(void **state)
{
	(void)state;
	fake_reset(S_CTX_REMOTE);
	fake_set("FI_EFA_MTU_SIZE", "4096");
	assert_int_equal(world_step(&named), 0);
	assert_var("EFA_LAYOUT", "efa-only");
	assert_var("EFA_LAYOUT_RAIL_COUNT", "32");
	assert_var("EFA_LAYOUT_PRIMARY_NETDEV", "enp71s0");
	assert_var("EFA_LAYOUT_VERDICT", "healthy");
	assert_var("FI_PROVIDER", "efa");
	assert_var("FI_EFA_IFACE", NULL);
	assert_var("FI_EFA_MTU_SIZE", NULL);
	assert_said("FI_EFA_MTU_SIZE is removed");
	fake_reset(S_CTX_REMOTE);
	fake_set("FI_PROVIDER", "tcp");
	assert_int_equal(world_step(&nothing), 0);
	assert_var("FI_PROVIDER", "tcp");
	assert_string_equal(fake->said, "");
}

/* The devices of a machine that has some of its own would decide. */
static void skip_where_devices_are(void)
{
	struct cpu_list devices;

	task_devices("/dev", 8, &devices);
	if (cpu_list_count(&devices)) {
		print_message("skipped: /dev of this machine has accelerators\n");
		skip();
	}
}

static void gives_each_gpu_its_rails(void **state)
{
	const struct act act = {.affinity = "gpu"};

	(void)state;
	skip_where_devices_are();
	for (int gpu = 0; gpu < 8; gpu++) {
		unsigned bus = 0x4f + 0x11 * (unsigned)gpu;
		char text[12], rails[64];

		fake_reset(S_CTX_REMOTE);
		fake->local_tasks = 8;
		fake->local_id = gpu;
		snprintf(text, sizeof(text), "%d", gpu);
		snprintf(rails, sizeof(rails), "rdmap%us0,rdmap%us0,rdmap%us0,rdmap%us0", bus,
			 bus + 1, bus + 2, bus + 3);
		fake_set("SLURM_STEP_GPUS", text);
		/* Whatever CUDA counts: the step's numbers go first. */
		fake_set("CUDA_VISIBLE_DEVICES", "0");
		assert_int_equal(world_step(&act), 0);
		assert_var("EFA_LAYOUT_RAILS", rails);
		assert_var("FI_EFA_IFACE", rails);
		assert_var("EFA_LAYOUT_AFFINITY", "gpu");
	}
}

static void counts_gpus_by_what_is_there(void **state)
{
	static const struct {
		const char *step, *cuda, *used, *count;
	} cases[] = {
		{"0,1", NULL, "gpu", "8"},
		{"0-2", NULL, "gpu", "12"},
		{NULL, "3", "gpu", "4"},
		{NULL, "GPU-8f2b", "numa", NULL},
		{NULL, "NoDevFiles", "numa", NULL},
		{"8", NULL, "numa", NULL},
		{"7,8", NULL, "numa", NULL},
		{"", "3", "numa", NULL},
		{NULL, NULL, "numa", NULL},
		{"1,,2", NULL, "numa", NULL},
	};

	(void)state;
	skip_where_devices_are();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fake_reset(S_CTX_REMOTE);
		fake->local_tasks = 2;
		if (cases[i].step)
			fake_set("SLURM_STEP_GPUS", cases[i].step);
		if (cases[i].cuda)
			fake_set("CUDA_VISIBLE_DEVICES", cases[i].cuda);
		assert_int_equal(world_step(&(struct act){.affinity = "gpu"}), 0);
		assert_var("EFA_LAYOUT_AFFINITY", cases[i].used);
		if (cases[i].count)
			assert_var("EFA_LAYOUT_RAIL_COUNT", cases[i].count);
	}
}

/* A list that no buffer holds is not known, and CUDA's own numbers are no better. */
static void endless_gpus_are_not_known(void **state)
{
	char text[4200] = "";

	(void)state;
	skip_where_devices_are();
	for (size_t i = 0; i + 3 < sizeof(text); i += 2)
		memcpy(text + i, "0,", 3);
	fake_reset(S_CTX_REMOTE);
	fake_set("SLURM_STEP_GPUS", text);
	fake_set("CUDA_VISIBLE_DEVICES", "3");
	assert_int_equal(world_step(&(struct act){.affinity = "gpu"}), 0);
	assert_var("EFA_LAYOUT_AFFINITY", "numa");
}

static void a_task_without_number_is_the_first(void **state)
{
	(void)state;
	fake_reset(S_CTX_REMOTE);
	fake->local_id = -1;
	assert_int_equal(world_step(&named), 0);
	assert_said("item S_TASK_ID: -1, continuing as task 0");
	assert_var("EFA_LAYOUT_RAIL_COUNT", "32");
}

static void launchers_get_everything(void **state)
{
	static const uint32_t ids[] = {STEP_ID_BATCH, STEP_ID_INTERACTIVE};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		fake_reset(S_CTX_REMOTE);
		fake->step_id = ids[i];
		fake_set("SLURM_STEP_GPUS", "0");
		assert_int_equal(world_step(&(struct act){.affinity = "gpu"}), 0);
		assert_var("EFA_LAYOUT_RAIL_COUNT", "32");
		assert_var("EFA_LAYOUT_AFFINITY", "all");
		assert_var("FI_EFA_IFACE", NULL);
	}
	fake_reset(S_CTX_REMOTE);
	fake->step_id = STEP_ID_BATCH;
	assert_int_equal(world_step(&(struct act){.affinity = "none"}), 0);
	assert_var("EFA_LAYOUT_RAIL_COUNT", "0");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sets_the_environment),
		TEST(gives_each_gpu_its_rails),
		TEST(counts_gpus_by_what_is_there),
		TEST(endless_gpus_are_not_known),
		TEST(a_task_without_number_is_the_first),
		TEST(launchers_get_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
