/* SPDX-License-Identifier: Apache-2.0 */
/* slurmstepd: what ends tasks, what is only said, what is left alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "assert_fake.h"
#include "options.h"
#include "job_record.h"
#include "spank_io.h"
#include "step.h"
#include "submit.h"
#include "world.h"

#define NO_ENV_VARIABLE "SLURM_SPANK__SLURM_SPANK_OPTION_efa_layout_no_efa_env"
#define NAME_64		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct act named = {.layout = "efa-only"};
static const struct act nothing = {0};

/* All tasks end with 78, the first one says why. */
static void assert_refused(const struct act *act, const char *sentence)
{
	assert_int_equal(world_step(act), STEP_REFUSED);
	assert_said(sentence);
	assert_memory_equal(fake->said, "error: efa-layout: ", 19);
	assert_true(traced("rc init 0"));
	assert_true(traced("rc post_opt 0"));
	assert_bare();
	fake->said[0] = '\0';
	fake->local_id = 1;
	assert_int_equal(world_step(act), STEP_REFUSED);
	assert_string_equal(fake->said, "");
}

/* Runs without our variables; the first task says why. */
static void assert_warned(const struct act *act, const char *sentence)
{
	assert_int_equal(world_step(act), 0);
	assert_said(sentence);
	assert_memory_equal(fake->said, "efa-layout: warning: ", 21);
	assert_true(traced("rc task_init 0"));
	assert_bare();
	fake->said[0] = '\0';
	fake->local_id = 1;
	assert_int_equal(world_step(act), 0);
	assert_string_equal(fake->said, "");
}

static void refuses_another_layout(void **state)
{
	(void)state;
	setenv("SLURMD_NODENAME", "n7", 1);
	fake_reset(S_CTX_REMOTE);
	assert_refused(&(struct act){.layout = "all-efa"},
		       "--efa-layout=all-efa: node n7 has another layout (efa-only); ask for");
	unsetenv("SLURMD_NODENAME");
}

static void refuses_on_a_sound_node_without_layout(void **state)
{
	struct nodemap *map = world_p5();

	(void)state;
	map->n_layouts = 0;
	world_map(map);
	free(map);
	fake_reset(S_CTX_REMOTE);
	assert_refused(&named, "has another layout (none that is known)");
}

static void refuses_forged_options(void **state)
{
	static const struct {
		struct act act;
		const char *sentence;
	} cases[] = {
		{{.layout = "help"}, "--efa-layout=help"},
		{{.layout = "a;affinity=gpu"}, "a layout name has"},
		{{.layout = "$(id)\n\033[1m"}, "--efa-layout=$(id)??[1m"},
		{{.layout = NAME_64 NAME_64}, "a layout name has"},
		{{.affinity = NAME_64}, "--efa-affinity=aaaa"},
		{{.affinity = ""}, "--efa-affinity: the value is empty"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fake_reset(S_CTX_REMOTE);
		assert_refused(&cases[i].act, cases[i].sentence);
	}
}

static void refuses_what_contradicts_the_job(void **state)
{
	(void)state;
	fake_reset(S_CTX_REMOTE);
	fake_set(JOB_REQUEST_VARIABLE, "v1;layout=all-efa");
	assert_refused(&named, "--efa-layout=efa-only: the job has its nodes with "
			       "--efa-layout=all-efa");
}

static void inherits_from_the_job(void **state)
{
	(void)state;
	fake_reset(S_CTX_REMOTE);
	fake_set(JOB_REQUEST_VARIABLE, "v1;layout=all-efa");
	assert_refused(&nothing, "--efa-layout=all-efa: node ");
	fake_reset(S_CTX_REMOTE);
	fake_set("SLURM_SPANK__SLURM_SPANK_OPTION_efa_layout_efa_layout", "all-efa");
	assert_refused(&nothing, "--efa-layout=all-efa: node ");
	/* Too long to be anything: cut, and refused for it. */
	fake_reset(S_CTX_REMOTE);
	fake_set("SLURM_SPANK__SLURM_SPANK_OPTION_efa_layout_efa_layout", NAME_64);
	assert_refused(&nothing, "a layout name has");
	/* What the job's environment says about itself is no reason to fail. */
	fake_reset(S_CTX_REMOTE);
	fake_set(JOB_REQUEST_VARIABLE, NAME_64 NAME_64 NAME_64 NAME_64 NAME_64 NAME_64);
	assert_int_equal(world_step(&named), 0);
	assert_said("info: efa-layout: SLURM_EFA_LAYOUT_JOB_REQUEST is not readable, ignoring");
}

static void runs_without_a_map(void **state)
{
	(void)state;
	remove(world_path("run/node.json"));
	fake_reset(S_CTX_REMOTE);
	assert_warned(&named, "--efa-layout=efa-only: nothing was checked on node ");
	fake_reset(S_CTX_REMOTE);
	assert_warned(&(struct act){.layout = "any"},
		      "node.json is not there; efa-layout-prolog leaves it");
	fake_reset(S_CTX_REMOTE);
	assert_int_equal(world_step(&nothing), 0);
	assert_string_equal(fake->said, "");
	assert_bare();
	fake_reset(S_CTX_REMOTE);
	assert_int_equal(world_step(&(struct act){.layout = "none"}), 0);
	assert_string_equal(fake->said, "");
	assert_bare();
}

static void runs_with_a_map_that_cannot_be_used(void **state)
{
	struct nodemap *map = world_p5();

	(void)state;
	map->boot_id[0] = map->boot_id[0] == '0' ? '1' : '0';
	world_map(map);
	fake_reset(S_CTX_REMOTE);
	assert_warned(&named, "nothing was checked on node ");
	world_write("run/node.json", "{\"version\": 1");
	fake_reset(S_CTX_REMOTE);
	assert_warned(&nothing, "node.json");
	world_write("run/node.json", "");
	fake_reset(S_CTX_REMOTE);
	assert_warned(&nothing, "node.json");
	map->boot_id[0] = '\0';
	free(map);
	map = world_p5();
	world_map(map);
	free(map);
	chmod(world_path("run/node.json"), 0666);
	fake_reset(S_CTX_REMOTE);
	assert_warned(&nothing, "not trusted");
}

static void runs_where_the_site_lets_it(void **state)
{
	static const enum outcome outcomes[] = {OUTCOME_DEGRADED, OUTCOME_UNKNOWN, OUTCOME_FABRIC,
						OUTCOME_FAULTY};
	struct nodemap *map = world_p5();

	(void)state;
	map->n_layouts = 0;
	snprintf(map->sentence, sizeof(map->sentence), "E101 card 3: no EFA function");
	for (size_t i = 0; i < 4; i++) {
		map->outcome = outcomes[i];
		world_map(map);
		fake_reset(S_CTX_REMOTE);
		assert_int_equal(world_step(&named), 0);
		assert_said("efa-layout: warning: --efa-layout=efa-only: node ");
		assert_said("E101 card 3: no EFA function");
		assert_var("EFA_LAYOUT", "efa-only");
	}
	free(map);
}

static void bad_arguments_fail_nothing(void **state)
{
	struct act act = {.layout = "efa-only", .argc = 1, .argv = {(char *)"rundir=/run"}};

	(void)state;
	fake_reset(S_CTX_REMOTE);
	assert_int_equal(world_step(&act), 0);
	assert_said("error: efa-layout: plugstack.conf: unknown argument \"rundir\"");
	assert_said("nothing was checked on node ");
	assert_true(traced("register efa-layout"));
	assert_bare();
}

static void reads_nothing_for_the_extern_step(void **state)
{
	(void)state;
	remove(world_path("run/node.json"));
	fake_reset(S_CTX_REMOTE);
	fake->step_id = STEP_ID_EXTERN;
	assert_int_equal(world_step(&(struct act){.layout = "nonsense here"}), 0);
	assert_string_equal(fake->said, "");
	assert_bare();
}

static void policy_can_switch_it_off(void **state)
{
	struct nodemap *map = world_p5();

	(void)state;
	strcpy(map->layout_default, "none");
	world_map(map);
	fake_reset(S_CTX_REMOTE);
	assert_int_equal(world_step(&nothing), 0);
	assert_bare();
	fake_reset(S_CTX_REMOTE);
	assert_int_equal(world_step(&named), 0);
	assert_var("EFA_LAYOUT", "efa-only");
	/* Where the map cannot be used the site's policy is asked. */
	world_write("run/node.json", "{}\n");
	world_write("site/policy.json", "{\"layout\": {\"default\": \"none\"}}\n");
	fake_reset(S_CTX_REMOTE);
	assert_int_equal(world_step(&nothing), 0);
	assert_string_equal(fake->said, "");
	world_write("site/policy.json", "{\"layout\": {\"default\": 3}}\n");
	fake_reset(S_CTX_REMOTE);
	assert_int_equal(world_step(&nothing), 0);
	assert_said("warning: tasks on node ");
	assert_said(" get no EFA environment: ");
	assert_bare();
	remove(world_path("site/policy.json"));
	strcpy(map->layout_default, "any");
	map->environment = false;
	world_map(map);
	fake_reset(S_CTX_REMOTE);
	assert_int_equal(world_step(&named), 0);
	assert_bare();
	assert_refused(&(struct act){.layout = "all-efa"}, "has another layout");
	free(map);
}

static void refuses_too_few_rails(void **state)
{
	struct nodemap *map = world_p5();

	(void)state;
	setenv("SLURMD_NODENAME", "n7", 1);
	fake_reset(S_CTX_REMOTE);
	assert_refused(&(struct act){.rails = "33"},
		       "--efa-rails=33: node n7 has 32 EFA rails that can be used; ask for fewer");
	for (size_t i = 0; i < 4; i++)
		map->rails[i].pass = false;
	map->outcome = OUTCOME_DEGRADED;
	world_map(map);
	fake_reset(S_CTX_REMOTE);
	assert_refused(&(struct act){.rails = "all"}, "--efa-rails=all: node n7 has 28 EFA rails");
	fake_reset(S_CTX_REMOTE);
	assert_refused(&(struct act){.rails = "per-gpu:4"}, "node n7 has 28 EFA rails");
	fake_reset(S_CTX_REMOTE);
	assert_refused(&(struct act){.rails = "88%"}, "--efa-rails=88%: node n7 has 28 EFA rails");
	fake_reset(S_CTX_REMOTE);
	assert_int_equal(world_step(&(struct act){.rails = "87%"}), 0);
	assert_var("EFA_LAYOUT_RAIL_COUNT", "28");
	/* A node that the site knows to be at fault, and uses. */
	map->outcome = OUTCOME_FAULTY;
	strcpy(map->sentence, "E201 rail rdmap79s0: gone");
	world_map(map);
	fake_reset(S_CTX_REMOTE);
	assert_int_equal(world_step(&(struct act){.rails = "all"}), 0);
	assert_said("efa-layout: warning: --efa-rails=all: node n7 has 28 EFA rails that can be "
		    "used, and the site lets jobs run there all the same: E201 rail");
	map->n_accels = 0;
	map->outcome = OUTCOME_HEALTHY;
	world_map(map);
	fake_reset(S_CTX_REMOTE);
	assert_refused(&(struct act){.rails = "per-gpu:1"}, "and no GPU; ask for fewer");
	free(map);
}

static void environment_can_be_left_alone(void **state)
{
	(void)state;
	fake_reset(S_CTX_REMOTE);
	assert_int_equal(world_step(&(struct act){.no_env = "", .layout = "efa-only"}), 0);
	assert_bare();
	assert_string_equal(fake->said, "");
	assert_refused(&(struct act){.no_env = "", .layout = "all-efa"}, "has another layout");
	fake_reset(S_CTX_REMOTE);
	fake_set(NO_ENV_VARIABLE, "1");
	assert_int_equal(world_step(&named), 0);
	assert_bare();
}

/* What the prolog made of the job's request stands in the job's record. */
static void settings_of_the_job_count(void **state)
{
	struct nodemap *map = world_p5();
	struct job_record record = {.id = FAKE_JOB, .uid = 1000};
	struct err err = {""};

	(void)state;
	assert_int_equal(request_parse("v1;layout=efa-only;rails=all;affinity=spread",
				       &record.request, &err),
			 0);
	assert_int_equal(job_record_save(world_path("run"), &record, &err), 0);
	/* Not looked at while all jobs have the node's settings. */
	fake_reset(S_CTX_REMOTE);
	assert_int_equal(world_step(&nothing), 0);
	assert_var("EFA_LAYOUT_AFFINITY", "all");
	map->job_rules = true;
	map->environment = false;
	world_map(map);
	fake_reset(S_CTX_REMOTE);
	assert_int_equal(world_step(&nothing), 0);
	assert_var("EFA_LAYOUT_AFFINITY", "spread");
	fake_reset(S_CTX_REMOTE);
	assert_int_equal(world_step(&(struct act){.affinity = "all", .check = "full"}), 0);
	assert_var("EFA_LAYOUT_AFFINITY", "all");
	fake_reset(S_CTX_REMOTE);
	assert_refused(&(struct act){.layout = "all-efa"},
		       "the job has its nodes with --efa-layout=efa-only");
	assert_int_equal(
		request_parse("v1;layout=any;affinity=spread;no-env", &record.request, &err), 0);
	assert_int_equal(job_record_save(world_path("run"), &record, &err), 0);
	fake_reset(S_CTX_REMOTE);
	assert_int_equal(world_step(&nothing), 0);
	assert_bare();
	/* One that cannot be used is no reason to fail. */
	world_write("run/jobs/17", "{}\n");
	map->environment = true;
	world_map(map);
	fake_reset(S_CTX_REMOTE);
	assert_int_equal(world_step(&named), 0);
	assert_var("EFA_LAYOUT", "efa-only");
	assert_said("info: efa-layout: the job's record: ");
	free(map);
}

/* action.enforce is false: what would end the tasks is said, and they run. */
static void policy_can_ask_for_words_alone(void **state)
{
	(void)state;
	world_write("site/policy.json", "{\"action\": {\"enforce\": false}}\n");
	fake_reset(S_CTX_REMOTE);
	assert_int_equal(world_step(&(struct act){.layout = "all-efa"}), 0);
	assert_said("efa-layout: warning: --efa-layout=all-efa: node ");
	assert_said("has another layout (efa-only); ");
	assert_said("; the tasks run, because action.enforce is false");
	assert_var("EFA_LAYOUT", "all-efa"); /* as asked */
	fake_reset(S_CTX_REMOTE);
	assert_warned(&(struct act){.layout = "a;b"}, "the tasks run, because action.enforce");
	/* A policy that nobody can read says nothing. */
	world_write("site/policy.json", "{\"action\": {\"enforce\": 0}}\n");
	fake_reset(S_CTX_REMOTE);
	assert_int_equal(world_step(&(struct act){.layout = "all-efa"}), STEP_REFUSED);
	assert_said("error: efa-layout: --efa-layout=all-efa: node ");
	assert_bare();
}

/* Each call in turn fails: the task runs, and no callback says otherwise. */
static void every_failing_call(void **state)
{
	const struct act act = {.layout = "efa-only", .affinity = "gpu"};
	unsigned calls;

	(void)state;
	fake_reset(S_CTX_REMOTE);
	fake_set("SLURM_STEP_GPUS", "0");
	fake_set("FI_EFA_MTU_SIZE", "4096");
	assert_int_equal(world_step(&act), 0);
	calls = fake->calls;
	assert_in_range(calls, 15, 60);
	for (unsigned n = 1; n <= calls; n++) {
		fake_reset(S_CTX_REMOTE);
		fake->fail_at = n;
		fake_set("SLURM_STEP_GPUS", "0");
		fake_set("FI_EFA_MTU_SIZE", "4096");
		assert_int_equal(world_step(&act), 0);
		assert_true(traced("rc init 0"));
		assert_true(traced("rc post_opt 0"));
		assert_true(traced("rc task_init 0"));
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(refuses_another_layout),
		TEST(refuses_on_a_sound_node_without_layout),
		TEST(refuses_forged_options),
		TEST(refuses_what_contradicts_the_job),
		TEST(inherits_from_the_job),
		TEST(runs_without_a_map),
		TEST(runs_with_a_map_that_cannot_be_used),
		TEST(runs_where_the_site_lets_it),
		TEST(bad_arguments_fail_nothing),
		TEST(reads_nothing_for_the_extern_step),
		TEST(policy_can_switch_it_off),
		TEST(refuses_too_few_rails),
		TEST(environment_can_be_left_alone),
		TEST(settings_of_the_job_count),
		TEST(policy_can_ask_for_words_alone),
		TEST(every_failing_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
