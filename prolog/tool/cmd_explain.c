/* SPDX-License-Identifier: Apache-2.0 */
/* efa-layout explain: the node's last verdict, or a job's, with what led to it and what followed.
 * It reads what the gate has left, and judges nothing. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_status.h"
#include "cleanup.h"
#include "commands.h"
#include "explain.h"
#include "inventory.h"
#include "job_files.h"
#include "json.h"
#include "log.h"
#include "node_json.h"
#include "node_options.h"
#include "report_store.h"
#include "text.h"

enum { OPT_JSON = OPT_OWN, OPT_HELP };

struct arguments {
	struct node_options node;
	uint32_t job; /* 0: the node itself */
	bool json;
};

#define PROBLEM(explain) (explain)->report_problem, sizeof((explain)->report_problem)

static void need_node_report(const struct arguments *args, struct explain *explain,
			     struct report *report)
{
	struct err err = {""};
	int rc = report_store_load(args->node.run_dir, explain->boot_id, report, &err);

	if (!rc)
		explain->report = report;
	else if (rc == -ENOENT || rc == -ESTALE)
		text_format(PROBLEM(explain),
			    "%s/report.json: no verdict of this boot; the prolog of the next job "
			    "or the health check writes one, \"efa-layout check\" tests the node "
			    "now",
			    args->node.run_dir);
	else
		text_format(PROBLEM(explain), "%s; it is replaced by the next test", err.text);
}

static void need_job_report(const struct arguments *args, struct explain *explain,
			    struct report *report)
{
	struct err err = {""};
	char path[PATH_MAX];
	int rc = job_file_path(args->node.state_dir, args->job, JOB_VERDICT, path, &err);

	if (!rc)
		rc = report_load(path, FILE_TRUST_OWNER, report, &err);
	if (!rc && report->job != args->job)
		rc = err_set(&err, -EINVAL, "%s: of job %u", path, report->job);
	if (!rc)
		explain->report = report;
	else if (rc == -ENOENT)
		text_format(PROBLEM(explain),
			    "%s: no verdict for job %u on this node; the job has not started "
			    "here, or too long ago (receipt.keep): look on its own nodes "
			    "(scontrol show job %u)",
			    path, args->job, args->job);
	else
		text_format(PROBLEM(explain), "%s", err.text);
}

/* Was the job sent away before anything of it ran? */
static bool was_let_in(const struct explain *explain)
{
	const struct report *report = explain->report;

	return !report ||
	       (report->decision.done != ACTION_DRAIN && report->decision.done != ACTION_REFUSE);
}

static void need_receipt(const struct arguments *args, struct explain *explain,
			 struct receipt *receipt)
{
	const size_t size = sizeof(explain->receipt_problem);
	struct err err = {""};
	char path[PATH_MAX];
	int rc = job_file_path(args->node.state_dir, args->job, JOB_RECEIPT, path, &err);

	if (!rc)
		rc = receipt_load(path, FILE_TRUST_OWNER, receipt, &err);
	if (!rc && receipt->job != args->job)
		rc = err_set(&err, -EINVAL, "%s: of job %u", path, receipt->job);
	if (!rc)
		explain->receipt = receipt;
	else if (rc == -ENOENT)
		text_format(explain->receipt_problem, size, "%s",
			    was_let_in(explain) ? "the job still runs, or no epilog writes receipts"
						: "the job did not run here");
	else
		text_format(explain->receipt_problem, size, "%s", err.text);
}

static int status_of(const struct explain *explain)
{
	return explain->report ? check_status(explain->report->outcome) : EXIT_UNKNOWN;
}

static void put_problem(struct json_out *out, const char *key, const char *problem)
{
	json_out_string(out, key, problem[0] ? problem : NULL);
}

static int print_json(const struct explain *explain)
{
	struct json_out *out = json_out_new(true);

	if (!out)
		return -1;
	json_out_open(out, NULL, '{');
	json_out_int(out, "exit_status", status_of(explain));
	if (explain->report)
		report_write(out, "verdict", explain->report);
	else
		json_out_null(out, "verdict");
	put_problem(out, "verdict_problem", explain->report_problem);
	if (explain->receipt)
		receipt_write(out, "receipt", explain->receipt);
	else
		json_out_null(out, "receipt");
	put_problem(out, "receipt_problem", explain->receipt_problem);
	json_out_close(out);
	return node_json_print(out);
}

static int explain(const struct arguments *args)
{
	cleanup_free struct report *report = calloc(1, sizeof(*report));
	cleanup_free struct receipt *receipt = calloc(1, sizeof(*receipt));
	struct explain explain = {.job = args->job};

	if (!report || !receipt) {
		log_error("out of memory");
		return EXIT_UNKNOWN;
	}
	if (inventory_boot_id(args->node.root, explain.boot_id, NULL))
		explain.boot_id[0] = '\0';
	if (args->job) {
		need_job_report(args, &explain, report);
		need_receipt(args, &explain, receipt);
	} else {
		need_node_report(args, &explain, report);
	}
	if (!args->json)
		explain_print(&explain);
	else if (print_json(&explain))
		return EXIT_UNKNOWN;
	return status_of(&explain);
}

static void help(void)
{
	printf("usage: efa-layout explain [JOBID] [--json] [options]\n"
	       "Tells the last verdict about this node, or the one about a job that came to it,\n"
	       "with the findings behind it, what was done, which line of the settings decided\n"
	       "that, and what the job moved over the rails. Nothing is tested.\n\n"
	       "  --json            one JSON document instead of text\n");
	node_options_help(stdout);
	printf("\nexit status: that of \"efa-layout check\" for this outcome; 3 also when there "
	       "is\n"
	       "no verdict, or none that can be trusted, and for wrong usage\n");
}

static int take_job(struct arguments *args, int argc, char **argv)
{
	uint64_t job;

	if (optind == argc)
		return 0;
	if (optind + 1 != argc)
		return -1;
	if (text_u64(argv[optind], 1, UINT32_MAX, &job)) {
		log_error("expected the number of a job; of an array's element, its own number "
			  "(squeue -o %%A)");
		return -1;
	}
	args->job = (uint32_t)job;
	return 0;
}

int command_explain(int argc, char **argv, uint64_t start)
{
	static const struct option long_options[] = {
		NODE_LONG_OPTIONS,
		{"json", no_argument, NULL, OPT_JSON},
		{"help", no_argument, NULL, OPT_HELP},
		{NULL, 0, NULL, 0},
	};
	struct arguments args = {.job = 0};
	int option;

	(void)start;
	node_options_init(&args.node);
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (node_options_set(&args.node, option, optarg))
			continue;
		switch (option) {
		case OPT_JSON:
			args.json = true;
			break;
		case OPT_HELP:
			help();
			return EXIT_OK;
		default:
			return command_usage(argv[0]);
		}
	}
	if (take_job(&args, argc, argv))
		return command_usage(argv[0]);
	return explain(&args);
}
