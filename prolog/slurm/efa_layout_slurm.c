/* SPDX-License-Identifier: Apache-2.0 */
/*
 * efa-layout-slurm: what the gate asks of Slurm's controller. Built for one Slurm release, because
 * libslurm's name and signatures change with every release; the only file that knows them. Prints
 * nothing on success; else one sentence on standard output, which is what the gate collects
 * (libslurm itself writes to standard error), and ends with status 1.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <slurm/slurm.h>
#include <slurm/slurm_errno.h>

#include "efa_layout_config.h"
#include "text.h"

#define PROGRAM	     "efa-layout-slurm"
#define DRAIN_PREFIX "efa-layout:" /* as in controller.h */
#define TEXT_MAX     512
#define JOB_ID_MAX   0xfffffffdU

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

struct arguments {
	const char *node, *text;
	uint32_t job;
	unsigned code;
};

static int fail(const char *what)
{
	printf("%s: %s\n", what, slurm_strerror(errno));
	return EXIT_FAILED;
}

/*
 * A job's id became part of a larger identity, in 25.11 for slurm_complete_job and updates and in
 * 26.05 for the others. Never the calls that take the id as text: those mean a whole job array
 * where the id is that of the array.
 */
#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(25, 11, 0)
static slurm_step_id_t identity(uint32_t job)
{
	slurm_step_id_t id = SLURM_STEP_ID_INITIALIZER;

	id.job_id = job;
	return id;
}

static int complete_job(uint32_t job, uint32_t status)
{
	slurm_step_id_t id = identity(job);

	return slurm_complete_job(&id, status);
}
#else
static int complete_job(uint32_t job, uint32_t status)
{
	return slurm_complete_job(job, status);
}
#endif

#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(26, 5, 0)
#define JOB_IDENTITY(job) identity(job)
#else
#define JOB_IDENTITY(job) (job)
#endif

static int comment_job(uint32_t job, const char *text)
{
	job_desc_msg_t update;

	slurm_init_job_desc_msg(&update);
#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(25, 11, 0)
	update.step_id = identity(job);
#else
	update.job_id = job;
#endif
	update.admin_comment = (char *)text;
	return slurm_update_job(&update);
}

/*
 * Is the node free for our reason? Another's is never replaced; an old one of ours is. A node whose
 * state cannot be read counts as free: better our reason than none.
 */
static bool may_drain(const char *node)
{
	node_info_msg_t *nodes = NULL;
	bool may = true;

	if (slurm_load_node_single(&nodes, (char *)node, SHOW_ALL) != SLURM_SUCCESS)
		return true;
	for (uint32_t i = 0; i < nodes->record_count; i++) {
		const node_info_t *info = &nodes->node_array[i];

		if (!info->name || strcmp(info->name, node) != 0)
			continue;
		may = !(info->node_state & NODE_STATE_DRAIN) || !info->reason ||
		      strncmp(info->reason, DRAIN_PREFIX, strlen(DRAIN_PREFIX)) == 0;
	}
	slurm_free_node_info_msg(nodes);
	return may;
}

static int drain(const char *node, const char *reason)
{
	update_node_msg_t update;

	slurm_init_update_node_msg(&update);
	update.node_names = (char *)node;
	update.node_state = NODE_STATE_DRAIN;
	update.reason = (char *)reason;
#if SLURM_VERSION_NUMBER < SLURM_VERSION_NUM(25, 11, 0)
	update.reason_uid = getuid();
#endif
	return slurm_update_node(&update) == SLURM_SUCCESS ? EXIT_DONE : fail("cannot drain node");
}

/* A job that cannot be queued again (srun, salloc) ends by itself when the gate fails. */
static int node_fault(const struct arguments *args)
{
	int status = EXIT_DONE;

	if (may_drain(args->node))
		status = drain(args->node, args->text);
	if (slurm_requeue(JOB_IDENTITY(args->job), 0) != SLURM_SUCCESS)
		fprintf(stderr, PROGRAM ": job %u is not queued again: %s\n", args->job,
			slurm_strerror(errno));
	return status;
}

/* Words first: a job that has ended cannot be told anything any more. */
static int refuse(const struct arguments *args)
{
	if (slurm_notify_job(JOB_IDENTITY(args->job), (char *)args->text) != SLURM_SUCCESS)
		fprintf(stderr, PROGRAM ": cannot notify job %u: %s\n", args->job,
			slurm_strerror(errno));
	if (comment_job(args->job, args->text) != SLURM_SUCCESS)
		fprintf(stderr, PROGRAM ": cannot comment job %u: %s\n", args->job,
			slurm_strerror(errno));
	if (complete_job(args->job, args->code << 8) != SLURM_SUCCESS)
		return fail("cannot end the job");
	return EXIT_DONE;
}

static int usage(const char *why)
{
	printf("%s\n", why);
	fprintf(stderr, "usage: " PROGRAM " node-fault --node NAME --job ID --reason TEXT\n"
			"       " PROGRAM " refuse --job ID --code 1..255 --text TEXT\n"
			"       " PROGRAM " --version\n");
	return EXIT_USAGE;
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

static bool take_option(struct arguments *args, int option, const char *value)
{
	uint64_t number = 0;

	switch (option) {
	case 'n':
		args->node = value;
		return text_is_name(value, 255);
	case 'j':
		if (text_u64(value, 1, JOB_ID_MAX, &number))
			return false;
		args->job = (uint32_t)number;
		return true;
	case 'c':
		if (text_u64(value, 1, 255, &number))
			return false;
		args->code = (unsigned)number;
		return true;
	case 't':
		return take_text(value, &args->text);
	default:
		return false;
	}
}

static int run(int (*command)(const struct arguments *), const struct arguments *args)
{
#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(20, 11, 0)
	slurm_init(NULL);
#endif
	return command(args);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"node", required_argument, NULL, 'n'},	  {"job", required_argument, NULL, 'j'},
		{"reason", required_argument, NULL, 't'}, {"text", required_argument, NULL, 't'},
		{"code", required_argument, NULL, 'c'},	  {NULL, 0, NULL, 0},
	};
	struct arguments args = {0};
	int option;

	if (argc < 2)
		return usage("a command is missing");
	if (strcmp(argv[1], "--version") == 0) {
		printf(PROGRAM " " EFA_LAYOUT_VERSION " for Slurm %u.%02u\n",
		       SLURM_VERSION_MAJOR(SLURM_VERSION_NUMBER),
		       SLURM_VERSION_MINOR(SLURM_VERSION_NUMBER));
		return EXIT_DONE;
	}
	optind = 2;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (!take_option(&args, option, optarg))
			return usage("an option or its value is not right");
	}
	if (optind == argc && strcmp(argv[1], "node-fault") == 0 && args.node && args.job &&
	    args.text)
		return run(node_fault, &args);
	if (optind == argc && strcmp(argv[1], "refuse") == 0 && args.job && args.code && args.text)
		return run(refuse, &args);
	return usage("unknown command, or an option is missing");
}
