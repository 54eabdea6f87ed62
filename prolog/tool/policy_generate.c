/* SPDX-License-Identifier: Apache-2.0 */
#include "policy_generate.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "check_run.h"
#include "cleanup.h"
#include "commands.h"
#include "log.h"
#include "policy_files.h"
#include "text.h"

enum { OPT_FORCE = OPT_OWN, OPT_PROVIDER, OPT_HELP };

#define NODES_MAX 64
/* More than a policy may give: what the test takes is to be found out. */
#define TEST_MS 120000

struct arguments {
	struct node_options node;
	const char *provider;
	bool force;
};

static void note(const struct check *check, struct seen_node *node)
{
	const struct verdict *verdict = &check->verdict;
	const struct probe_report *report = &check->report;

	node->outcome = verdict->outcome;
	text_format(node->sentence, sizeof(node->sentence), "%s", verdict->sentence);
	text_format(node->type, sizeof(node->type), "%s", check->inv.instance_type);
	node->n_layouts = verdict->n_layouts;
	memcpy(node->layouts, verdict->layouts, sizeof(node->layouts));
	node->n_rails = check->inv.n_rails;
	node->tested = check->probed && report->outcome == PROBE_RAN;
	if (!node->tested)
		return;
	node->test_ms = report->elapsed_ms;
	for (size_t i = 0; i < report->n; i++) {
		if (report->v[i].open_ms > node->open_ms)
			node->open_ms = report->v[i].open_ms;
		if (report->v[i].total_ms > node->rail_ms)
			node->rail_ms = report->v[i].total_ms;
	}
}

/* Any layout is right, and there is time: the site's own settings are what is looked for. */
static int open_settings(struct check *check, const struct arguments *args, struct err *err)
{
	static const struct policy_files none;
	struct policy *policy = &check->site.policy;
	int rc = site_load_policy(&check->site, &none, check->options->data_dir,
				  check->options->site_dir, FILE_TRUST_OWNER, err);

	if (rc)
		return rc;
	text_format(policy->provider, sizeof(policy->provider), "%s", args->provider);
	policy->budget_ms = TEST_MS;
	policy->open_ms = policy->rail_ms = TEST_MS / 4;
	check->deadline.end = check->deadline.start + policy->budget_ms;
	return 0;
}

static void look(struct check *check, const struct arguments *args)
{
	struct err err = {""};

	if (open_settings(check, args, &err)) {
		verdict_fail_check("E304", err.text, &check->verdict);
		return;
	}
	if (!check_scan(check, &err))
		check->site.policy.late_ms = seen_late_ms(check->inv.instance_type);
	if (!check_run(check, true))
		check_judge(check, NULL);
}

static int look_at(const struct node_options *options, const struct arguments *args, uint64_t start,
		   struct seen_node *node)
{
	struct check *check = check_new(options, start);

	if (!check) {
		log_error("out of memory");
		return -1;
	}
	look(check, args);
	note(check, node);
	check_free(check);
	return 0;
}

/* A folder stands for a node as a snapshot does. */
static int look_at_folder(const char *folder, const struct arguments *args, struct seen_node *node)
{
	struct node_options options = args->node;
	char run_dir[PATH_MAX];

	if (text_format(run_dir, sizeof(run_dir), "%s/run/efa-layout", folder)) {
		log_error("%.64s...: the folder's name is too long", folder);
		return -1;
	}
	options.root = folder;
	options.root_given = true;
	if (!options.run_dir_given)
		options.run_dir = run_dir;
	node->name = folder;
	return look_at(&options, args, clock_now_ms(), node);
}

static int generate(char **folders, size_t n, const struct arguments *args)
{
	cleanup_free struct seen_node *nodes = calloc(n + 1, sizeof(*nodes));
	struct proposal proposal;
	int rc = 0;

	if (!nodes) {
		log_error("out of memory");
		return EXIT_FAILED;
	}
	for (size_t i = 0; !rc && i < n; i++)
		rc = look_at_folder(folders[i], args, &nodes[i]);
	if (!n) {
		nodes[0].name = "this node";
		rc = look_at(&args->node, args, clock_now_ms(), &nodes[0]);
	}
	if (rc || seen_propose(nodes, n ? n : 1, args->force, args->provider, &proposal))
		return EXIT_FAILED;
	return proposal_print(&proposal);
}

static int help(void)
{
	printf("usage: efa-layout policy generate [FOLDER...] [--provider NAME] [--force] "
	       "[options]\n"
	       "Tests this node, and prints a policy for nodes as it is; the reasons go to "
	       "standard error.\n"
	       "FOLDER: a snapshot of a node; of several, a policy for all of them.\n\n"
	       "  --provider NAME   libfabric provider of the test (default efa)\n"
	       "  --force           also from a node that is not healthy, if its layout is "
	       "known\n");
	node_options_help(stdout);
	return EXIT_OK;
}

int policy_generate(int argc, char **argv)
{
	static const struct option long_options[] = {
		NODE_LONG_OPTIONS,
		{"provider", required_argument, NULL, OPT_PROVIDER},
		{"force", no_argument, NULL, OPT_FORCE},
		{"help", no_argument, NULL, OPT_HELP},
		{NULL, 0, NULL, 0},
	};
	struct arguments args = {.provider = "efa"};
	int option, n;

	node_options_init(&args.node);
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (node_options_set(&args.node, option, optarg))
			continue;
		if (option == OPT_HELP)
			return help();
		if (option == OPT_FORCE)
			args.force = true;
		else if (option == OPT_PROVIDER)
			args.provider = optarg;
		else
			return command_usage("policy generate");
	}
	n = argc - optind;
	if (!text_is_name(args.provider, NAME_TEXT - 1)) {
		log_error("--provider: expected a name of letters, digits, dots, dashes and "
			  "underscores");
		return command_usage("policy generate");
	}
	if (n > NODES_MAX || (n && args.node.root_given)) {
		log_error(n > NODES_MAX ? "more than %d nodes"
					: "--root and a FOLDER: the node is read "
					  "from one of them",
			  NODES_MAX);
		return command_usage("policy generate");
	}
	return generate(argv + optind, (size_t)n, &args);
}
