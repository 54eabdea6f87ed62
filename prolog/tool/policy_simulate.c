/* SPDX-License-Identifier: Apache-2.0 */
/* efa-layout policy simulate: the command line. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "deadline.h"
#include "log.h"
#include "simulate.h"
#include "text.h"

enum {
	OPT_JOB = OPT_OWN,
	OPT_NODE,
	OPT_POLICY,
	OPT_TESTED,
	OPT_RAIL,
	OPT_TASKS,
	OPT_GPUS,
	OPT_ENV,
	OPT_JSON,
	OPT_HELP
};

static const char *const test_words[] = {
	[TRIAL_NOW] = "now",
	[TRIAL_LAST] = "last",
	[TRIAL_PASS] = "pass",
	[TRIAL_NONE] = "none",
};
#define TESTS	  (sizeof(test_words) / sizeof(test_words[0]))
#define TASKS_MAX 512

struct arguments {
	struct simulation *simulation;
	char run_dir[PATH_MAX]; /* of a snapshot */
	bool has_test, json;
};

static int help(void)
{
	printf("usage: efa-layout policy simulate --job TEXT [--node live|DIR] [--policy PATH]\n"
	       "                                  [--tested now|last|pass|none] [--rail "
	       "NAME=STEP]\n"
	       "                                  [--tasks N] [--json] [options]\n"
	       "Tells what would be asked, answered at submission, found, decided and set for a\n"
	       "job on a node, and by which line. Nothing is done.\n\n"
	       "  --job TEXT        the job: options as for srun, and what it is, such as\n"
	       "                    '--efa-layout=efa-only partition=debug user=alice'; '' asks\n"
	       "                    nothing\n"
	       "  --node DIR        the node of this snapshot (default live: this one)\n"
	       "  --policy PATH     try this policy file, or this site folder, instead of what is\n"
	       "                    in force\n"
	       "  --tested now      test the rails (root's default on the node itself)\n"
	       "  --tested last     take what the node's last test found (else the default)\n"
	       "  --tested pass     suppose that all rails that can be used pass\n"
	       "  --tested none     nothing is known of the rails\n"
	       "  --rail NAME=STEP  suppose that this rail fails in this step of its test: open,\n"
	       "                    getinfo, endpoint, transfer, contents, counters, rdma-read\n"
	       "                    or pairs\n"
	       "  --tasks N         tasks of the job on the node, with an even share of its CPUs\n"
	       "                    (default 1)\n"
	       "  --gpus-per-task N accelerators of each (default 0: not known)\n"
	       "  --env NAME=VALUE  a variable that tasks have already\n"
	       "  --json            one JSON document instead of text\n");
	node_options_help(stdout);
	printf("\nexit status: 0 the job would run; 1 it would be refused; 2 the node would be\n"
	       "drained and the job sent elsewhere; 3 that cannot be told, or wrong usage\n");
	return EXIT_OK;
}

static int take_test(struct arguments *args, const char *word)
{
	for (size_t i = 0; i < TESTS; i++) {
		if (strcmp(word, test_words[i]) != 0)
			continue;
		args->simulation->trial.test = (enum trial_test)i;
		args->simulation->trial.needs_last = i == TRIAL_LAST;
		args->has_test = true;
		return 0;
	}
	command_unknown("value of --tested", word, test_words, TESTS);
	return -1;
}

static int take_rail(struct gate_trial *trial, char *text)
{
	const char *words[PROBE_STEP_DONE];
	char *equals = strchr(text, '=');
	enum probe_step step;

	if (!equals || equals == text || trial->n_rails == NODE_RAILS_MAX) {
		log_error("--rail: expected NAME=STEP, at most %d of them", NODE_RAILS_MAX);
		return -1;
	}
	*equals = '\0';
	if (!probe_step_parse(equals + 1, &step) || step == PROBE_STEP_DONE) {
		for (size_t i = 0; i < PROBE_STEP_DONE; i++)
			words[i] = probe_step_text((enum probe_step)i);
		command_unknown("step of a test", equals + 1, words, PROBE_STEP_DONE);
		return -1;
	}
	trial->rails[trial->n_rails++] = (struct trial_rail){text, step};
	return 0;
}

static int take_number(const char *option, const char *text, unsigned min, unsigned max,
		       unsigned *ret_number)
{
	uint64_t number = 0;

	if (text_u64(text, min, max, &number)) {
		log_error("%s: expected a number from %u to %u", option, min, max);
		return -1;
	}
	*ret_number = (unsigned)number;
	return 0;
}

static int take_variable(struct simulate_given *given, const char *text)
{
	const char *equals = strchr(text, '=');
	char name[ENV_NAME_TEXT] = "";

	if (equals)
		text_format(name, sizeof(name), "%.*s", (int)(equals - text), text);
	if (!equals || !env_is_variable(name) || given->n_variables == SIMULATE_VARIABLES_MAX) {
		log_error("--env: expected NAME=VALUE, at most %d of them", SIMULATE_VARIABLES_MAX);
		return -1;
	}
	given->variables[given->n_variables++] = text;
	return 0;
}

/* 0, -1 after a message, 1: --help. */
static int take_option(struct arguments *args, int option, char *value)
{
	struct simulate_given *given = &args->simulation->given;

	switch (option) {
	case OPT_JOB:
		given->job = value;
		return 0;
	case OPT_NODE:
		given->from = value;
		return 0;
	case OPT_POLICY:
		given->tried = value;
		return 0;
	case OPT_TESTED:
		return take_test(args, value);
	case OPT_RAIL:
		return take_rail(&args->simulation->trial, value);
	case OPT_TASKS:
		return take_number("--tasks", value, 1, TASKS_MAX, &given->tasks);
	case OPT_GPUS:
		return take_number("--gpus-per-task", value, 0, NODE_ACCELS_MAX,
				   &given->gpus_per_task);
	case OPT_ENV:
		return take_variable(given, value);
	case OPT_JSON:
		args->json = true;
		return 0;
	default:
		return option == OPT_HELP ? 1 : -1;
	}
}

static int parse(struct arguments *args, int argc, char **argv)
{
	static const struct option long_options[] = {
		NODE_LONG_OPTIONS,
		{"job", required_argument, NULL, OPT_JOB},
		{"node", required_argument, NULL, OPT_NODE},
		{"policy", required_argument, NULL, OPT_POLICY},
		{"tested", required_argument, NULL, OPT_TESTED},
		{"rail", required_argument, NULL, OPT_RAIL},
		{"tasks", required_argument, NULL, OPT_TASKS},
		{"gpus-per-task", required_argument, NULL, OPT_GPUS},
		{"env", required_argument, NULL, OPT_ENV},
		{"json", no_argument, NULL, OPT_JSON},
		{"help", no_argument, NULL, OPT_HELP},
		{NULL, 0, NULL, 0},
	};
	struct node_options *node = &args->simulation->given.node;
	int option, rc;

	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (node_options_set(node, option, optarg))
			continue;
		rc = take_option(args, option, optarg);
		if (rc)
			return rc;
	}
	if (optind < argc || !args->simulation->given.job) {
		if (!args->simulation->given.job)
			log_error("--job is missing; --job '' is one that asks nothing");
		return -1;
	}
	return 0;
}

/* The node's tree and run directory are those of the snapshot. */
static int take_node(struct arguments *args, struct err *err)
{
	struct simulate_given *given = &args->simulation->given;
	struct node_options *node = &given->node;
	char sys[PATH_MAX];
	struct stat st;

	if (!strcmp(given->from, "live"))
		return 0;
	if (node->root_given || node->run_dir_given || node->probe_given)
		return err_set(err, -EINVAL,
			       "--node %s: a snapshot has everything in it, and is not tested; "
			       "leave out --root, --run-dir and --probe",
			       given->from);
	if (text_format(sys, sizeof(sys), "%s/sys", given->from) ||
	    text_format(args->run_dir, sizeof(args->run_dir), "%s/run/efa-layout", given->from))
		return err_set(err, -ENAMETOOLONG, "%.64s...: the path is too long", given->from);
	if (stat(sys, &st) || !S_ISDIR(st.st_mode))
		return err_set(err, -ENOENT,
			       "%s: no snapshot, for there is no directory sys in it; efa-layout "
			       "snapshot writes one",
			       given->from);
	node->root = given->from;
	node->run_dir = args->run_dir;
	node->root_given = node->run_dir_given = true;
	return 0;
}

/* A test where root may have one, else what the last one found, if there was any. */
static int choose_test(struct arguments *args, struct err *err)
{
	struct simulation *simulation = args->simulation;
	bool can_test = node_options_may_probe(&simulation->given.node);

	if (args->has_test && simulation->trial.test == TRIAL_NOW && !can_test)
		return err_set(err, -EINVAL,
			       "--tested now: these devices are not of the running node");
	if (args->has_test)
		return 0;
	simulation->trial.test = can_test && geteuid() == 0 ? TRIAL_NOW : TRIAL_LAST;
	return 0;
}

static int run(struct arguments *args, uint64_t start)
{
	struct simulation *simulation = args->simulation;
	struct err err = {""};
	int rc = job_text_parse(simulation->given.job, &simulation->text, &err);

	if (rc)
		err_wrap(&err, rc, "--job");
	if (!rc)
		rc = take_node(args, &err);
	if (!rc)
		rc = choose_test(args, &err);
	if (!rc)
		rc = simulate(simulation, start, &err);
	if (rc) {
		log_error("%s", err.text);
		return EXIT_UNKNOWN;
	}
	if (!args->json)
		simulate_print(simulation);
	else if (simulate_print_json(simulation))
		return EXIT_UNKNOWN;
	return simulate_status(simulation);
}

int policy_simulate(int argc, char **argv)
{
	uint64_t start = clock_now_ms();
	struct arguments args = {.simulation = calloc(1, sizeof(*args.simulation))};
	int status;

	if (!args.simulation) {
		log_error("out of memory");
		return EXIT_UNKNOWN;
	}
	node_options_init(&args.simulation->given.node);
	args.simulation->given.from = "live";
	args.simulation->given.tasks = 1;
	switch (parse(&args, argc, argv)) {
	case 0:
		status = run(&args, start);
		break;
	case 1:
		status = help();
		break;
	default:
		status = command_usage("policy simulate");
		break;
	}
	simulation_free(args.simulation);
	return status;
}
