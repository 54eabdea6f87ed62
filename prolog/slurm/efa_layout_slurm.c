/* SPDX-License-Identifier: Apache-2.0 */
/*
 * efa-layout-slurm: what the gate asks of Slurm's controller. Built for one Slurm release, because
 * libslurm's name and signatures change with every release; the only program that knows them.
 * Prints nothing when done; else one sentence on standard output, which is what the gate collects
 * (libslurm itself writes to standard error), and ends with a status that tells what it is.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "efa_layout_config.h"
#include "helper.h"
#include "text.h"

#define HELPER_PAUSE_NS 200000000 /* between what a job is told and its end */

#define TEXT_MAX   512
#define JOB_ID_MAX 0xfffffffdU
#define NODES_MAX  65535

enum helper_status helper_fail(const char *what)
{
	printf("%s: %s\n", what, slurm_strerror(errno));
	return HELPER_FAILED;
}

static int complete_job(uint32_t job, uint32_t status)
{
#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(25, 11, 0)
	slurm_step_id_t id = helper_identity(job);

	return slurm_complete_job(&id, status);
#else
	return slurm_complete_job(job, status);
#endif
}

static int comment_job(uint32_t job, const char *text)
{
	job_desc_msg_t update;

	slurm_init_job_desc_msg(&update);
#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(25, 11, 0)
	update.step_id = helper_identity(job);
#else
	update.job_id = job;
#endif
	update.admin_comment = (char *)text;
	return slurm_update_job(&update);
}

/*
 * Words first: a job that has ended cannot be told anything any more. The controller hands out what
 * it has to say by threads of its own, in any order, and who is told of the end first does not
 * listen any longer: hence the pause.
 */
enum helper_status helper_refuse(const struct arguments *args)
{
	static const struct timespec pause = {0, HELPER_PAUSE_NS};

	if (slurm_notify_job(JOB_IDENTITY(args->job), (char *)args->text) != SLURM_SUCCESS)
		fprintf(stderr, HELPER_PROGRAM ": cannot notify job %u: %s\n", args->job,
			slurm_strerror(errno));
	if (comment_job(args->job, args->text) != SLURM_SUCCESS)
		fprintf(stderr, HELPER_PROGRAM ": cannot comment job %u: %s\n", args->job,
			slurm_strerror(errno));
	nanosleep(&pause, NULL);
	if (complete_job(args->job, args->code << 8) != SLURM_SUCCESS)
		return helper_fail("cannot end the job");
	return HELPER_DONE;
}

static int usage(const char *why)
{
	printf("%s\n", why);
	fprintf(stderr,
		"usage: " HELPER_PROGRAM " drain --node NAME --reason TEXT [--job ID] [--after]\n"
		"                        [--cluster-nodes N] [--cluster-percent P]\n"
		"                        [--partition-nodes N] [--partition-percent P]\n"
		"       " HELPER_PROGRAM " lift --node NAME\n"
		"       " HELPER_PROGRAM " refuse --job ID --code 1..255 --text TEXT\n"
		"       " HELPER_PROGRAM " --version\n");
	return HELPER_USAGE;
}

static bool take_text(const char *value, const char **ret_text)
{
	for (const char *p = value; *p; p++) {
		if (*p < 0x20 || *p > 0x7e)
			return false;
	}
	*ret_text = value;
	return *value && strlen(value) <= TEXT_MAX;
}

static bool take_number(const char *value, uint64_t min, uint64_t max, uint32_t *ret_number)
{
	uint64_t number;

	if (text_u64(value, min, max, &number))
		return false;
	*ret_number = (uint32_t)number;
	return true;
}

enum {
	OPT_NODE = 1000,
	OPT_JOB,
	OPT_REASON,
	OPT_TEXT,
	OPT_CODE,
	OPT_AFTER,
	OPT_CLUSTER_NODES,
	OPT_CLUSTER_PERCENT,
	OPT_PARTITION_NODES,
	OPT_PARTITION_PERCENT
};

static bool take_option(struct arguments *args, int option, const char *value)
{
	switch (option) {
	case OPT_NODE:
		args->node = value;
		return text_is_name(value, 255);
	case OPT_JOB:
		return take_number(value, 1, JOB_ID_MAX, &args->job);
	case OPT_CODE:
		return take_number(value, 1, 255, &args->code);
	case OPT_REASON:
		return take_text(value, &args->text) && drain_is_ours(value);
	case OPT_TEXT:
		return take_text(value, &args->text);
	case OPT_AFTER:
		args->after = true;
		return true;
	case OPT_CLUSTER_NODES:
		return take_number(value, 0, NODES_MAX, &args->limit.cluster_nodes);
	case OPT_CLUSTER_PERCENT:
		return take_number(value, 0, 100, &args->limit.cluster_percent);
	case OPT_PARTITION_NODES:
		return take_number(value, 0, NODES_MAX, &args->limit.partition_nodes);
	case OPT_PARTITION_PERCENT:
		return take_number(value, 0, 100, &args->limit.partition_percent);
	default:
		return false;
	}
}

static int run(enum helper_status (*command)(const struct arguments *),
	       const struct arguments *args)
{
#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(20, 11, 0)
	slurm_init(NULL);
#endif
	return command(args);
}

static const struct option options[] = {
	{"node", required_argument, NULL, OPT_NODE},
	{"job", required_argument, NULL, OPT_JOB},
	{"reason", required_argument, NULL, OPT_REASON},
	{"text", required_argument, NULL, OPT_TEXT},
	{"code", required_argument, NULL, OPT_CODE},
	{"after", no_argument, NULL, OPT_AFTER},
	{"cluster-nodes", required_argument, NULL, OPT_CLUSTER_NODES},
	{"cluster-percent", required_argument, NULL, OPT_CLUSTER_PERCENT},
	{"partition-nodes", required_argument, NULL, OPT_PARTITION_NODES},
	{"partition-percent", required_argument, NULL, OPT_PARTITION_PERCENT},
	{NULL, 0, NULL, 0},
};

int main(int argc, char **argv)
{
	struct arguments args = {0};
	int option;

	if (argc < 2)
		return usage("a command is missing");
	if (strcmp(argv[1], "--version") == 0) {
		printf(HELPER_PROGRAM " " EFA_LAYOUT_VERSION " for Slurm %u.%02u\n",
		       SLURM_VERSION_MAJOR(SLURM_VERSION_NUMBER),
		       SLURM_VERSION_MINOR(SLURM_VERSION_NUMBER));
		return HELPER_DONE;
	}
	optind = 2;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (!take_option(&args, option, optarg))
			return usage("an option or its value is not right");
	}
	if (optind == argc && strcmp(argv[1], "drain") == 0 && args.node && args.text)
		return run(helper_drain, &args);
	if (optind == argc && strcmp(argv[1], "lift") == 0 && args.node)
		return run(helper_lift, &args);
	if (optind == argc && strcmp(argv[1], "refuse") == 0 && args.job && args.code && args.text)
		return run(helper_refuse, &args);
	return usage("unknown command, or an option is missing");
}
