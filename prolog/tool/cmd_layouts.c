/* SPDX-License-Identifier: Apache-2.0 */
/* efa-layout layouts: names and summaries, shipped and the site's own. */
#include <stdio.h>
#include <stdlib.h>

#include "cleanup.h"
#include "commands.h"
#include "json.h"
#include "log.h"
#include "node_json.h"
#include "node_options.h"
#include "site.h"

enum { OPT_JSON = OPT_OWN, OPT_HELP };

static int print_json(const struct layout_set *set)
{
	struct json_out *out = json_out_new(true);

	json_out_open(out, NULL, '{');
	json_out_open(out, "layouts", '[');
	for (size_t i = 0; i < set->n; i++) {
		json_out_open(out, NULL, '{');
		json_out_string(out, "name", set->v[i].name);
		json_out_string(out, "summary", set->v[i].summary);
		json_out_close(out);
	}
	json_out_close(out);
	json_out_close(out);
	return node_json_print(out) ? EXIT_FAILED : EXIT_OK;
}

static int list(const struct node_options *options, bool json)
{
	cleanup_free struct layout_set *set = calloc(1, sizeof(*set));
	struct err err = {"out of memory"};

	if (!set ||
	    site_load_layouts(set, options->data_dir, options->site_dir, FILE_TRUST_OWNER, &err)) {
		log_error("%s", err.text);
		return EXIT_FAILED;
	}
	if (json)
		return print_json(set);
	for (size_t i = 0; i < set->n; i++)
		printf("%-18s %s\n", set->v[i].name, set->v[i].summary);
	return EXIT_OK;
}

int command_layouts(int argc, char **argv, uint64_t start)
{
	static const struct option long_options[] = {
		NODE_LONG_OPTIONS,
		{"json", no_argument, NULL, OPT_JSON},
		{"help", no_argument, NULL, OPT_HELP},
		{NULL, 0, NULL, 0},
	};
	struct node_options options;
	bool json = false;
	int option;

	(void)start;
	node_options_init(&options);
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (node_options_set(&options, option, optarg))
			continue;
		if (option == OPT_HELP) {
			printf("usage: efa-layout layouts [--json] [options]\n"
			       "Lists the layouts that jobs can ask for.\n\n");
			node_options_help(stdout);
			return EXIT_OK;
		}
		if (option != OPT_JSON)
			return command_usage(argv[0]);
		json = true;
	}
	return optind == argc ? list(&options, json) : command_usage(argv[0]);
}
