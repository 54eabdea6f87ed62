/* SPDX-License-Identifier: Apache-2.0 */
/* efa-layout check: what the gate would find, said to people or to monitoring; nothing is done
 * about it and no result of others is used. */
#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "check_run.h"
#include "check_status.h"
#include "commands.h"
#include "extras_text.h"
#include "finding_text.h"
#include "json.h"
#include "log.h"
#include "node_json.h"
#include "topology.h"

enum { OPT_LAYOUT = OPT_OWN, OPT_NO_PROBE, OPT_JSON, OPT_HELP };

struct arguments {
	struct node_options node;
	struct request request;
	bool has_request, no_probe, json;
};

static void run(struct check *check, const struct arguments *args)
{
	struct err err = {""};

	if (check_settings(check, &err)) {
		verdict_fail_check("E304", err.text, &check->verdict);
		return;
	}
	if (check_run(check, !args->no_probe))
		return;
	check_judge(check, args->has_request ? &args->request : NULL);
	check_note_settings(check);
}

/* Monitoring shows the first line: the outcome and its sentence. */
static void print_text(const struct check *check)
{
	const struct verdict *verdict = &check->verdict;

	if (verdict->outcome == OUTCOME_HEALTHY)
		printf("%s\n", verdict->sentence); /* says so itself */
	else
		printf("%s: %s\n", outcome_text(verdict->outcome), verdict->sentence);
	findings_print(&verdict->findings);
	if (!check->probed || check->report.outcome != PROBE_RAN)
		return;
	extras_print(check);
	printf("%u of %zu rails pass (libfabric %s, provider %s, %u ms)\n", verdict->rails_pass,
	       check->report.n, check->report.libfabric[0] ? check->report.libfabric : "unknown",
	       check->report.provider[0] ? check->report.provider : "unknown",
	       check->report.elapsed_ms);
}

static void print_json(const struct check *check, const struct arguments *args)
{
	const struct verdict *verdict = &check->verdict;
	struct json_out *out = json_out_new(true);

	json_out_open(out, NULL, '{');
	json_out_string(out, "outcome", outcome_text(verdict->outcome));
	json_out_int(out, "exit_status", check_status(verdict->outcome));
	json_out_string(out, "sentence", verdict->sentence);
	json_out_string(out, "asked",
			!args->has_request		 ? NULL
			: args->request.wish == WISH_ANY ? "any"
							 : args->request.layout);
	node_json_head(out, check);
	node_json_layouts(out, verdict);
	node_json_cards(out, verdict);
	json_out_int(out, "rails_want", verdict->rails_want);
	json_out_int(out, "rails_pass", verdict->rails_pass);
	node_json_findings(out, &verdict->findings);
	node_json_probe(out, check);
	json_out_close(out);
	node_json_print(out);
}

static int check_node(const struct arguments *args, uint64_t start)
{
	struct check *check = check_new(&args->node, start);
	int status;

	if (!check) {
		log_error("out of memory");
		return EXIT_UNKNOWN;
	}
	check->read_topology = topology_load;
	run(check, args);
	if (args->json)
		print_json(check, args);
	else
		print_text(check);
	status = check_status(check->verdict.outcome);
	check_free(check);
	return status;
}

static void help(void)
{
	printf("usage: efa-layout check [--layout LAYOUT] [--no-probe] [--topology FILE] [--json] "
	       "[options]\n"
	       "Checks this node as the prolog does before a job, and says what was found.\n\n"
	       "  --layout LAYOUT   would a job that asks for this layout be refused?\n"
	       "  --no-probe        look at the interfaces, but do not test the rails\n"
	       "  --json            one JSON document instead of text\n");
	topology_option_help(stdout);
	node_options_help(stdout);
	printf("\nexit status: 0 healthy; 1 degraded, refused or a fault of the fabric; 2 the "
	       "node\n"
	       "is at fault; 3 unknown, or wrong usage\n");
}

/* "none" asks for no check: here that is a contradiction. */
static int take_layout(struct arguments *args, const char *name)
{
	struct err err = {""};

	if (request_set(&args->request, OPTION_LAYOUT, name, &err)) {
		log_error("%s", err.text);
		return -1;
	}
	if (args->request.wish == WISH_NONE) {
		log_error("--layout none: a job that asks for it is not checked");
		return -1;
	}
	args->has_request = true;
	return 0;
}

int command_check(int argc, char **argv, uint64_t start)
{
	static const struct option long_options[] = {
		NODE_LONG_OPTIONS,
		TOPOLOGY_LONG_OPTION,
		{"layout", required_argument, NULL, OPT_LAYOUT},
		{"no-probe", no_argument, NULL, OPT_NO_PROBE},
		{"json", no_argument, NULL, OPT_JSON},
		{"help", no_argument, NULL, OPT_HELP},
		{NULL, 0, NULL, 0},
	};
	struct arguments args = {0};
	int option;

	node_options_init(&args.node);
	request_init(&args.request);
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (node_options_set(&args.node, option, optarg))
			continue;
		switch (option) {
		case OPT_LAYOUT:
			if (take_layout(&args, optarg))
				return EXIT_USAGE;
			break;
		case OPT_NO_PROBE:
			args.no_probe = true;
			break;
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
	if (optind != argc || command_check_options(&args.node))
		return command_usage(argv[0]);
	return check_node(&args, start);
}
