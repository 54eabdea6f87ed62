/* SPDX-License-Identifier: Apache-2.0 */
/*
 * efa-layout-prolog: the gate that slurmd runs as Prolog before a job. Arguments, wiring, and the
 * only place that knows exit statuses.
 */
#include <stdio.h>
#include <stdlib.h>

#include "action.h"
#include "efa_layout_config.h"
#include "gate.h"
#include "job_env.h"
#include "log.h"
#include "node_options.h"
#include "voice.h"

#define PROGRAM "efa-layout-prolog"

/* Anything but 0 makes slurmd drain the node, so 2 is kept for people at a terminal. */
enum { EXIT_PASS = 0, EXIT_NODE_FAULT = 1, EXIT_USAGE = 2 };

static const int exit_status[] = {
	[GATE_PASS] = EXIT_PASS,
	[GATE_NODE_FAULT] = EXIT_NODE_FAULT,
};

enum { OPT_SLURM_HELPER = OPT_OWN, OPT_SLURM_BIN, OPT_DRY_RUN, OPT_VERBOSE, OPT_VERSION, OPT_HELP };

static const struct option long_options[] = {
	NODE_LONG_OPTIONS,
	{"slurm-helper", required_argument, NULL, OPT_SLURM_HELPER},
	{"slurm-bin", required_argument, NULL, OPT_SLURM_BIN},
	{"dry-run", no_argument, NULL, OPT_DRY_RUN},
	{"verbose", no_argument, NULL, OPT_VERBOSE},
	{"version", no_argument, NULL, OPT_VERSION},
	{"help", no_argument, NULL, OPT_HELP},
	{NULL, 0, NULL, 0},
};

struct arguments {
	struct node_options node;
	bool dry_run, verbose;
};

static void help(void)
{
	printf("usage: " PROGRAM " [options]\n"
	       "Checks before a job that the node's EFA interfaces are what the job and the site\n"
	       "want, and that each of them works. Run by slurmd as Prolog.\n\n");
	node_options_help(stdout);
	printf("  --slurm-helper PROGRAM\n"
	       "                    what talks to Slurm's controller\n"
	       "                    (default %s/efa-layout-slurm)\n"
	       "  --slurm-bin DIR   where scontrol and scancel are, for use without the helper\n"
	       "  --dry-run         do nothing about the verdict and keep no result; say what "
	       "would\n"
	       "                    be done\n"
	       "  --verbose         say everything that is looked at\n"
	       "  --version, --help\n\n"
	       "exit status: 0 the job may start (or was ended by request), 1 the node is at "
	       "fault,\n"
	       "2 wrong usage\n",
	       EFA_LAYOUT_LIBEXEC_DIR);
}

/* -1: go on; else the exit status to end with. */
static int parse_arguments(int argc, char **argv, struct arguments *args)
{
	int option;

	node_options_init(&args->node);
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (node_options_set(&args->node, option, optarg))
			continue;
		switch (option) {
		case OPT_SLURM_HELPER:
			args->node.slurm_helper = optarg;
			break;
		case OPT_SLURM_BIN:
			args->node.slurm_bin = optarg;
			break;
		case OPT_DRY_RUN:
			args->dry_run = true;
			break;
		case OPT_VERBOSE:
			args->verbose = true;
			break;
		case OPT_VERSION:
			printf(PROGRAM " " EFA_LAYOUT_VERSION "\n");
			return EXIT_PASS;
		case OPT_HELP:
			help();
			return EXIT_PASS;
		default:
			fprintf(stderr, "try \"" PROGRAM " --help\"\n");
			return EXIT_USAGE;
		}
	}
	if (optind == argc)
		return -1;
	fprintf(stderr, PROGRAM ": unexpected argument \"%s\"\n", argv[optind]);
	return EXIT_USAGE;
}

/*
 * Is there anything to do here? Inside slurmd every doubt ends with "pass": an error of ours must
 * not drain a node.
 */
static int check_context(const struct job *job, const struct arguments *args)
{
	if (job->context == CONTEXT_OTHER) {
		log_error("run as %s, but made for Prolog alone; nothing is checked",
			  getenv("SLURM_SCRIPT_CONTEXT"));
		return EXIT_PASS;
	}
	if (job->known || args->dry_run)
		return -1;
	log_error("not run by slurmd: SLURM_JOB_ID is not set; use --dry-run to try it, or "
		  "\"efa-layout check\"");
	return EXIT_USAGE;
}

static int run(const struct arguments *args, uint64_t start)
{
	struct decision decision;
	struct err err = {""};
	struct job job;
	enum gate_result result;
	int status;

	if (job_env_read(&job, &err)) {
		log_error("environment: %s; nothing is checked, job allowed", err.text);
		return EXIT_PASS;
	}
	status = check_context(&job, args);
	if (status >= 0)
		return status;
	gate_decide(&args->node, &job, args->dry_run, start, &decision);
	result = args->dry_run ? action_print(&job, &decision)
			       : action_do(&args->node, &job, &decision);
	action_log(&job, &decision);
	return exit_status[result];
}

int main(int argc, char **argv)
{
	uint64_t start = clock_now_ms();
	struct arguments args = {0};
	int status;

	voice_open_std();
	status = parse_arguments(argc, argv, &args);
	if (status < 0) {
		voice_init(PROGRAM, !args.dry_run, args.verbose);
		status = run(&args, start);
	}
	return status;
}
