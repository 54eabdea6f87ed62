/* SPDX-License-Identifier: Apache-2.0 */
/*
 * efa-layout-prolog: what slurmd runs as Prolog, Epilog and HealthCheckProgram. Arguments, and
 * which of them it is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "deadline.h"
#include "efa_layout_config.h"
#include "log.h"
#include "mode.h"
#include "slurm_home.h"
#include "voice.h"

#define PROGRAM "efa-layout-prolog"

enum {
	OPT_SLURM_HELPER = OPT_OWN,
	OPT_SLURM_BIN,
	OPT_SLURM_CONF,
	OPT_MODE,
	OPT_DRY_RUN,
	OPT_WAIT,
	OPT_VERBOSE,
	OPT_VERSION,
	OPT_HELP
};

static const struct option long_options[] = {
	NODE_LONG_OPTIONS,
	{"slurm-helper", required_argument, NULL, OPT_SLURM_HELPER},
	{"slurm-bin", required_argument, NULL, OPT_SLURM_BIN},
	{"slurm-conf", required_argument, NULL, OPT_SLURM_CONF},
	{"mode", required_argument, NULL, OPT_MODE},
	{"dry-run", no_argument, NULL, OPT_DRY_RUN},
	{"wait", no_argument, NULL, OPT_WAIT},
	{"verbose", no_argument, NULL, OPT_VERBOSE},
	{"version", no_argument, NULL, OPT_VERSION},
	{"help", no_argument, NULL, OPT_HELP},
	{NULL, 0, NULL, 0},
};

static void help(void)
{
	printf("usage: " PROGRAM " [options]\n"
	       "Checks before a job that the node's EFA interfaces are what the job and the site\n"
	       "want, and that each of them works; notes behind it what it moved; and tests the\n"
	       "node between jobs. Run by slurmd as Prolog, Epilog and HealthCheckProgram.\n\n"
	       "  --mode MODE       prolog, epilog or health (default: by SLURM_SCRIPT_CONTEXT,\n"
	       "                    else by the name it is called by: efa-layout-epilog, ...)\n");
	node_options_help(stdout);
	printf("  --slurm-helper PROGRAM\n"
	       "                    what talks to Slurm's controller\n"
	       "                    (default: that of the slurmd that has started this, else\n"
	       "                    %s/efa-layout-slurm)\n"
	       "  --slurm-bin DIR   where scontrol and scancel are, for use without the helper\n"
	       "  --slurm-conf FILE slurm.conf (default: $SLURM_CONF, or Slurm's own default)\n"
	       "  --dry-run         do nothing about what is found and keep no result; say what "
	       "would\n"
	       "                    be done\n"
	       "  --wait            health: a test that is due is made before the answer, not in "
	       "the\n"
	       "                    background\n"
	       "  --verbose         say everything that is looked at\n"
	       "  --version, --help\n\n"
	       "exit status: prolog: 0 the job may start (or was ended by request), 1 the node is "
	       "at\n"
	       "fault; epilog: 0; health: 0, or 1 when the node is at fault; 2 wrong usage\n",
	       EFA_LAYOUT_LIBEXEC_DIR);
}

struct given {
	bool has_mode;
	enum mode mode;
};

/* -1: go on; else the exit status to end with. */
static int take_option(int option, const char *value, struct arguments *args, struct given *given)
{
	switch (option) {
	case OPT_SLURM_HELPER:
		args->node.slurm_helper = value;
		return -1;
	case OPT_SLURM_BIN:
		args->node.slurm_bin = value;
		return -1;
	case OPT_SLURM_CONF:
		args->slurm_conf = value;
		return -1;
	case OPT_MODE:
		given->has_mode = mode_parse(value, &given->mode);
		if (given->has_mode)
			return -1;
		fprintf(stderr, PROGRAM ": --mode: expected prolog, epilog or health\n");
		return EXIT_USAGE;
	case OPT_DRY_RUN:
		args->dry_run = true;
		return -1;
	case OPT_WAIT:
		args->wait = true;
		return -1;
	case OPT_VERBOSE:
		args->verbose = true;
		return -1;
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

/* Known before the health check leaves slurmd for the background. */
static void use_own_slurm(struct node_options *options)
{
	static struct slurm_home places;
	char home[PATH_MAX];

	slurm_home_places(slurm_home_find("/proc", getpid(), home, sizeof(home)) ? NULL : home,
			  &places);
	if (places.helper[0])
		options->slurm_helper = places.helper;
	if (places.bin[0])
		options->slurm_bin = places.bin;
}

/* -1, or the exit status to end with; args->mode is set in any case. */
static int parse_arguments(int argc, char **argv, struct arguments *args)
{
	struct given given = {.has_mode = false};
	int option, status = -1;

	node_options_init(&args->node);
	use_own_slurm(&args->node);
	while (status < 0 && (option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (!node_options_set(&args->node, option, optarg))
			status = take_option(option, optarg, args, &given);
	}
	args->mode = mode_choose(given.has_mode ? &given.mode : NULL,
				 getenv("SLURM_SCRIPT_CONTEXT"), argc ? argv[0] : "");
	if (status >= 0 || optind == argc)
		return status;
	fprintf(stderr, PROGRAM ": unexpected argument \"%s\"\n", argv[optind]);
	return EXIT_USAGE;
}

static int run(const struct arguments *args, uint64_t start)
{
	switch (args->mode) {
	case MODE_PROLOG:
		return mode_prolog_run(args, start);
	case MODE_EPILOG:
		return mode_epilog_run(args, start);
	case MODE_HEALTH:
		return mode_health_run(args, start);
	case MODE_REFUSED:
		break;
	}
	log_error("run as %s, but made for Prolog, Epilog and HealthCheckProgram alone; nothing is "
		  "checked",
		  getenv("SLURM_SCRIPT_CONTEXT"));
	return EXIT_PASS;
}

int main(int argc, char **argv)
{
	uint64_t start = clock_now_ms();
	struct arguments args = {.mode = MODE_PROLOG};
	int status;

	voice_open_std();
	status = parse_arguments(argc, argv, &args);
	/* A command line that is wrong would drain every node, job after job. */
	if (status == EXIT_USAGE && args.mode == MODE_EPILOG)
		return EXIT_PASS;
	if (status < 0) {
		voice_init(mode_program(args.mode), !args.dry_run, args.verbose);
		status = run(&args, start);
	}
	return status;
}
