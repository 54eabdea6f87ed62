/* SPDX-License-Identifier: Apache-2.0 */
/* srun, sbatch and salloc: what is refused, what is handed on, what is left alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "options.h"
#include "submit.h"
#include "world.h"

#define NAME_64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define REFUSED 2
#define ENV_LAYOUT \
	"env "     \
	"SLURM_SPANK__SLURM_SPANK_OPTION_efa_layout_efa_layout"
#define ENV_AFFINITY \
	"env "       \
	"SLURM_SPANK__SLURM_SPANK_OPTION_efa_layout_efa_affinity"
#define ENV_JOB "env " JOB_REQUEST_VARIABLE
#define CONTROL "job_control EFA_LAYOUT_REQUEST="

static int run(enum spank_context context, const struct act *act)
{
	fake_reset(context);
	return world_client(act);
}

static bool traced(const char *text)
{
	return strstr(fake->trace, text) != NULL;
}

static bool said(const char *text)
{
	return strstr(fake->said, text) != NULL;
}

/* Refused with this sentence, and nothing handed on. */
static void assert_refused(const struct act *act, const char *sentence)
{
	static const enum spank_context contexts[] = {S_CTX_LOCAL, S_CTX_ALLOCATOR};

	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(run(contexts[i], act), REFUSED);
		if (!said(sentence))
			fail_msg("expected \"%s\", found \"%s\"", sentence, fake->said);
		assert_memory_equal(fake->said, "error: efa-layout: --efa-", 25);
		assert_false(traced("job_control"));
	}
}

static void refuses_values(void **state)
{
	(void)state;
	assert_refused(&(struct act){.layout = ""}, "--efa-layout: the value is empty");
	assert_refused(&(struct act){.layout = "efa-onyl"},
		       "--efa-layout=efa-onyl: there is no layout of this name; did you mean "
		       "\"efa-only\"?; --efa-layout=help lists them");
	assert_refused(&(struct act){.layout = "anny"}, "did you mean \"any\"?");
	assert_refused(&(struct act){.layout = "zzzzzzzz"},
		       "there is no layout of this name; --efa-layout=help");
	assert_refused(&(struct act){.layout = "a b"}, "a layout name has 1 to 31");
	assert_refused(&(struct act){.layout = "../../etc/passwd"}, "a layout name has 1 to 31");
	assert_refused(&(struct act){.layout = "a;layout=b\n\033[2J"}, "a;layout=b??[2J");
	assert_refused(&(struct act){.layout = NAME_64}, "a layout name has 1 to 31");
	assert_refused(&(struct act){.affinity = "gqu"}, "did you mean \"gpu\"?");
	assert_refused(&(struct act){.affinity = ""}, "--efa-affinity: the value is empty");
	assert_refused(&(struct act){.affinity = NAME_64}, "--efa-affinity=aaaa");
	assert_refused(&(struct act){.layout = "efa-only", .affinity = "all-efa"},
		       "--efa-affinity=all-efa");
}

static void refuses_none_where_forbidden(void **state)
{
	(void)state;
	world_write("site/policy.json", "{\"layout\": {\"allow_none\": false}}\n");
	assert_refused(&(struct act){.layout = "none"}, "--efa-layout=none: this site checks");
	world_write("site/policy.json", "{\"layout\": {\"allow_none\": true}}\n");
	assert_int_equal(run(S_CTX_LOCAL, &(struct act){.layout = "none"}), 0);
	assert_true(traced(CONTROL "v1;layout=none overwrite 1"));
}

static void leaves_unreadable_policy_to_the_node(void **state)
{
	(void)state;
	world_write("site/policy.json", "{\"layout\": {\"allow_noen\": false}}\n");
	assert_int_equal(run(S_CTX_LOCAL, &(struct act){.layout = "none"}), 0);
	assert_true(traced(CONTROL "v1;layout=none"));
	assert_false(said("error: "));
}

static void does_nothing_unasked(void **state)
{
	static const enum spank_context contexts[] = {S_CTX_LOCAL, S_CTX_ALLOCATOR};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		/* Directories that are not there: whoever reads would say so. */
		struct act act = {.argc = 2,
				  .argv = {(char *)"data_dir=/nowhere", (char *)"site_dir=/none"}};

		assert_int_equal(run(contexts[i], &act), 0);
		assert_string_equal(fake->trace,
				    "register efa-layout NAME|any|none|help\n"
				    "register efa-rails all|N|N%|per-gpu:N\n"
				    "register efa-affinity auto|gpu|numa|spread|all|none\n"
				    "register efa-check cached|quick|full\n"
				    "register efa-verbose -\n"
				    "register no-efa-env -\n"
				    "rc init 0\nrc post_opt 0\n");
		assert_string_equal(fake->said, "");
		assert_string_equal(fake->out, "");
	}
}

static void hands_on(void **state)
{
	static const enum spank_context contexts[] = {S_CTX_LOCAL, S_CTX_ALLOCATOR};
	const struct act both = {.layout = "efa-only", .affinity = "gpu"};
	const struct act one = {.affinity = "numa"};
	const struct act corrected = {.layout_low = "no such", .layout = "any"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(run(contexts[i], &both), 0);
		assert_true(traced(CONTROL "v1;layout=efa-only;affinity=gpu overwrite 1\n"));
		assert_int_equal(fake->n_options, 6);
		for (size_t j = 0; j < 6; j++)
			assert_int_equal(fake->options[j].has_arg, j < 4);
		assert_true(traced(ENV_JOB "=v1;layout=efa-only;affinity=gpu\n"));
		assert_int_equal(run(contexts[i], &one), 0);
		assert_true(traced(CONTROL "v1;affinity=numa overwrite 1\n"));
		assert_int_equal(run(contexts[i], &corrected), 0);
		assert_true(traced(CONTROL "v1;layout=any overwrite 1\n"));
		assert_string_equal(fake->said, "");
	}
}

static void unreadable_layouts_are_no_refusal(void **state)
{
	const struct act act = {
		.layout = "whatever", .argc = 1, .argv = {(char *)"data_dir=/nowhere/at/all"}};

	(void)state;
	assert_int_equal(run(S_CTX_LOCAL, &act), 0);
	assert_true(said("efa-layout: warning: --efa-layout=whatever is not checked here"));
	assert_true(traced(CONTROL "v1;layout=whatever"));
}

static void site_layouts_count(void **state)
{
	(void)state;
	world_write("site/layouts.json",
		    "{\"layouts\": [{\"name\": \"ours\", \"summary\": \"site's own\", "
		    "\"cards\": [{\"cards\": \"all\", \"efa\": true, \"ena\": false}]}]}");
	assert_int_equal(run(S_CTX_LOCAL, &(struct act){.layout = "ours"}), 0);
	assert_refused(&(struct act){.layout = "our"}, "did you mean \"ours\"?");
}

static void help_lists_and_ends(void **state)
{
	const struct act act = {.layout = "help", .affinity = "nonsense"};
	const struct act lost = {.layout = "help", .argc = 1, .argv = {(char *)"data_dir=/no"}};

	(void)state;
	world_write("site/policy.json", "{\"layout\": {\"declared\": \"efa-only\", "
					"\"allow_none\": false, \"default\": \"any\"}}\n");
	assert_int_equal(run(S_CTX_ALLOCATOR, &act), 0);
	assert_false(traced("rc efa-layout"));
	assert_false(traced("job_control"));
	assert_non_null(strstr(fake->out, "  efa-only           primary EFA with ENA"));
	assert_non_null(strstr(fake->out, "  all-efa            every card"));
	assert_non_null(strstr(fake->out, "  any  "));
	assert_null(strstr(fake->out, "  none  "));
	assert_non_null(strstr(fake->out,
			       "This site, unless given: --efa-layout=any --efa-rails=all "
			       "--efa-affinity=auto"));
	assert_non_null(strstr(fake->out, "nodes have efa-only"));
	assert_int_equal(run(S_CTX_LOCAL, &lost), REFUSED);
	assert_true(said("error: efa-layout: --efa-layout=help: "));
}

static void friendly_variables(void **state)
{
	struct act act = {.env = {{"SLURM_EFA_LAYOUT", "efa-only"},
				  {"SBATCH_EFA_LAYOUT", "all-efa"},
				  {"SALLOC_EFA_AFFINITY", "numa"}}};

	(void)state;
	act.program = "srun";
	assert_int_equal(run(S_CTX_LOCAL, &act), 0);
	assert_true(traced(ENV_LAYOUT "=efa-only\n"));
	assert_false(traced(ENV_AFFINITY));
	act.program = "sbatch";
	assert_int_equal(run(S_CTX_ALLOCATOR, &act), 0);
	assert_true(traced(ENV_LAYOUT "=all-efa\n"));
	act.program = "salloc";
	assert_int_equal(run(S_CTX_ALLOCATOR, &act), 0);
	assert_true(traced(ENV_AFFINITY "=numa\n"));
	assert_false(traced(ENV_LAYOUT));
	act.program = "something-else";
	assert_int_equal(run(S_CTX_ALLOCATOR, &act), 0);
	assert_false(traced(ENV_LAYOUT));
	act.program = "srun";
	act.env[3][0] = "SLURM_SPANK__SLURM_SPANK_OPTION_efa_layout_efa_layout";
	act.env[3][1] = "any";
	assert_int_equal(run(S_CTX_LOCAL, &act), 0);
	assert_true(traced(ENV_LAYOUT "=efa-only\n"));
	act.env[0][0] = "HARMLESS";
	assert_int_equal(run(S_CTX_LOCAL, &act), 0);
	assert_true(traced(ENV_LAYOUT "=any\n"));
}

/* What counted is what the job's steps inherit. */
static void a_variable_that_lost_is_gone(void **state)
{
	struct act act = {.layout = "any",
			  .verbose = "",
			  .env = {{"SLURM_EFA_LAYOUT", "none"}, {"SLURM_EFA_VERBOSE", "yes"}}};

	(void)state;
	assert_int_equal(run(S_CTX_LOCAL, &act), 0);
	assert_true(traced(ENV_LAYOUT "=any\n"));
	assert_true(traced("env SLURM_EFA_LAYOUT=any\n"));
	assert_false(traced("=none\n"));
}

/* What a login shell sets for jobs has no step refused. */
static void variables_in_a_job(void **state)
{
	struct act act = {.env = {{"SLURM_JOB_ID", "7"},
				  {"SLURM_EFA_LAYOUT", "none"},
				  {"SLURM_EFA_CHECK", "full"},
				  {"SLURM_EFA_AFFINITY", "numa"},
				  {"SBATCH_EFA_LAYOUT", "all-efa"}}};

	(void)state;
	assert_int_equal(run(S_CTX_LOCAL, &act), 0);
	assert_true(traced(CONTROL "v1;affinity=numa overwrite 1\n") ||
		    traced(ENV_AFFINITY "=numa\n"));
	assert_false(traced(ENV_LAYOUT));
	assert_false(traced("efa_layout_efa_check"));
	assert_string_equal(fake->said, "");
	/* Another job's own. */
	act.program = "sbatch";
	assert_int_equal(run(S_CTX_ALLOCATOR, &act), 0);
	assert_true(traced(ENV_LAYOUT "=all-efa\n"));
	/* Said on the command line it counts. */
	act.program = "srun";
	act.check = "full";
	assert_int_equal(run(S_CTX_LOCAL, &act), REFUSED);
	assert_true(said("--efa-check=full: the nodes were tested before the job started"));
}

static void steps_are_held_against_their_job(void **state)
{
	struct act act = {.layout = "all-efa",
			  .env = {{"SLURM_JOB_ID", "7"},
				  {JOB_REQUEST_VARIABLE, "v1;layout=efa-only;affinity=gpu"}}};

	(void)state;
	assert_int_equal(run(S_CTX_LOCAL, &act), REFUSED);
	assert_true(said("--efa-layout=all-efa: the job has its nodes with --efa-layout=efa-only"));
	/* sbatch makes a job of its own. */
	assert_int_equal(run(S_CTX_ALLOCATOR, &act), 0);
	assert_true(traced(ENV_JOB "=v1;layout=all-efa\n"));
	act.layout = NULL;
	act.affinity = "spread";
	assert_int_equal(run(S_CTX_LOCAL, &act), 0);
	assert_true(traced(CONTROL "v1;layout=efa-only;affinity=spread"));
	assert_true(traced(ENV_JOB "=v1;layout=efa-only;affinity=gpu\n"));
	/* Outside a job the variable is somebody else's. */
	act.env[0][0] = "HARMLESS";
	act.affinity = NULL;
	act.layout = "all-efa";
	assert_int_equal(run(S_CTX_LOCAL, &act), 0);
	assert_true(traced(ENV_JOB "=v1;layout=all-efa\n"));
}

static void a_step_does_not_speak_for_its_job(void **state)
{
	const struct act act = {.layout = "efa-only", .env = {{"SLURM_JOB_ID", "7"}}};

	(void)state;
	assert_int_equal(run(S_CTX_LOCAL, &act), 0);
	assert_false(traced(ENV_JOB));
}

static void nonsense_from_the_job_is_ignored(void **state)
{
	const struct act act = {.layout = "all-efa",
				.env = {{"SLURM_JOB_ID", "7"}, {JOB_REQUEST_VARIABLE, "v9;x"}}};

	(void)state;
	assert_int_equal(run(S_CTX_LOCAL, &act), 0);
	assert_true(said("SLURM_EFA_LAYOUT_JOB_REQUEST: "));
	assert_true(said(", ignoring"));
}

static void a_new_job_forgets_the_old(void **state)
{
	const struct act act = {
		.env = {{"SLURM_JOB_ID", "7"}, {JOB_REQUEST_VARIABLE, "v1;layout=efa-only"}}};

	(void)state;
	assert_int_equal(run(S_CTX_ALLOCATOR, &act), 0);
	assert_false(traced(ENV_JOB));
	assert_int_equal(run(S_CTX_LOCAL, &act), 0);
	assert_true(traced(ENV_JOB));
}

static void bad_arguments_leave_the_command_alone(void **state)
{
	static char *const bad[][2] = {
		{(char *)"datadir=/x", (char *)"unknown argument \"datadir\", did you mean "
					       "\"data_dir\""},
		{(char *)"run_dir", (char *)"unknown argument \"run_dir\""},
		{(char *)"run_dir=run", (char *)"run_dir: expected an absolute path"},
		{(char *)"", (char *)"unknown argument \"\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct act act = {.argc = 1,
				  .argv = {bad[i][0]},
				  .env = {{JOB_REQUEST_VARIABLE, "v1;layout=any"}}};

		assert_int_equal(run(S_CTX_LOCAL, &act), 0);
		assert_string_equal(fake->trace,
				    "rc init -1\nrc post_opt 0\n" ENV_JOB "=v1;layout=any\n");
		if (!said(bad[i][1]))
			fail_msg("expected \"%s\", found \"%s\"", bad[i][1], fake->said);
	}
	assert_int_equal(
		run(S_CTX_LOCAL,
		    &(struct act){.argc = 2, .argv = {(char *)"run_dir=/a", (char *)"run_dir=/b"}}),
		0);
	assert_true(said("run_dir is given twice"));
}

/* Each call in turn fails: never a crash, never half a job. */
static void every_failing_call(void **state)
{
	const struct act act = {.layout = "efa-only", .affinity = "gpu"};
	unsigned calls;

	(void)state;
	run(S_CTX_LOCAL, &act);
	calls = fake->calls;
	assert_int_equal(calls, 7);
	for (unsigned n = 1; n <= calls; n++) {
		int status;

		fake_reset(S_CTX_LOCAL);
		fake->fail_at = n;
		status = world_client(&act);
		if (n <= 6) {
			/* Without its options: Slurm refuses them as unknown. */
			assert_true(traced("rc init -1"));
			assert_int_equal(status, 0);
		} else {
			/* What cannot be handed on would not be checked. */
			assert_int_equal(status, REFUSED);
		}
		assert_true(said("made to fail"));
	}
}

static void other_contexts_are_left_alone(void **state)
{
	static const enum spank_context contexts[] = {S_CTX_SLURMD, S_CTX_JOB_SCRIPT, S_CTX_ERROR};
	const struct act act = {.env = {{"SLURM_EFA_LAYOUT", "efa-only"}}};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(run(contexts[i], &act), 0);
		assert_false(traced("register"));
		assert_false(traced(ENV_LAYOUT));
		assert_true(traced("rc init 0\nrc post_opt 0\n"));
		assert_int_equal(fake->calls, 0);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(refuses_values),
		TEST(refuses_none_where_forbidden),
		TEST(leaves_unreadable_policy_to_the_node),
		TEST(does_nothing_unasked),
		TEST(hands_on),
		TEST(unreadable_layouts_are_no_refusal),
		TEST(site_layouts_count),
		TEST(help_lists_and_ends),
		TEST(friendly_variables),
		TEST(a_variable_that_lost_is_gone),
		TEST(variables_in_a_job),
		TEST(steps_are_held_against_their_job),
		TEST(a_step_does_not_speak_for_its_job),
		TEST(nonsense_from_the_job_is_ignored),
		TEST(a_new_job_forgets_the_old),
		TEST(bad_arguments_leave_the_command_alone),
		TEST(every_failing_call),
		TEST(other_contexts_are_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
