/* SPDX-License-Identifier: Apache-2.0 */
/* efa-layout types: the instance types that are described, or one of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "commands.h"
#include "log.h"
#include "node_options.h"
#include "site.h"
#include "text.h"
#include "type_show.h"

enum { OPT_JSON = OPT_OWN, OPT_HELP };

static int list(const struct type_set *types, bool json)
{
	int width = 0;

	if (json)
		return type_list_json(types) ? EXIT_FAILED : EXIT_OK;
	for (size_t i = 0; i < types->n; i++) {
		int n = (int)strlen(types->v[i].name);

		width = n > width ? n : width;
	}
	printf("%-*s  CARDS  EFA  CONFIDENCE   SOURCE\n", width, "TYPE");
	for (size_t i = 0; i < types->n; i++) {
		const struct instance_type *type = &types->v[i];

		printf("%-*s  %5u  %3u  %-11s  %s\n", width, type->name, type->cards, type->max_efa,
		       type->confidence, type->source);
	}
	return EXIT_OK;
}

static int show(const struct type_set *types, const struct layout_set *layouts, const char *name,
		bool json)
{
	const struct instance_type *type = type_find(types, name);
	const char *names[TYPES_MAX];

	if (type && json)
		return type_show_json(type, layouts) ? EXIT_FAILED : EXIT_OK;
	if (type) {
		type_show_text(type, layouts);
		return EXIT_OK;
	}
	for (size_t i = 0; i < types->n; i++)
		names[i] = types->v[i].name;
	return command_unknown("instance type", name, names, types->n);
}

static int load_and_run(const struct node_options *options, const char *name, bool json)
{
	cleanup_free struct layout_set *set = calloc(1, sizeof(*set));
	struct type_set types = {0};
	struct err err = {"out of memory"};
	int status;

	if (!set ||
	    site_load_types(&types, options->data_dir, options->site_dir, FILE_TRUST_OWNER, &err))
		goto fail;
	if (name &&
	    site_load_layouts(set, options->data_dir, options->site_dir, FILE_TRUST_OWNER, &err))
		goto fail;
	status = name ? show(&types, set, name, json) : list(&types, json);
	type_set_done(&types);
	return status;
fail:
	type_set_done(&types);
	log_error("%s", err.text);
	return EXIT_FAILED;
}

int command_types(int argc, char **argv, uint64_t start)
{
	static const struct option long_options[] = {
		NODE_LONG_OPTIONS,
		{"json", no_argument, NULL, OPT_JSON},
		{"help", no_argument, NULL, OPT_HELP},
		{NULL, 0, NULL, 0},
	};
	struct node_options options;
	const char *name = NULL;
	bool json = false;
	int option;

	(void)start;
	node_options_init(&options);
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (node_options_set(&options, option, optarg))
			continue;
		if (option == OPT_HELP) {
			printf("usage: efa-layout types [TYPE] [--json] [options]\n"
			       "Lists the instance types that are described; with TYPE, what is "
			       "known of one.\n\n"
			       "  --json            one JSON document instead of text\n");
			node_options_help(stdout);
			return EXIT_OK;
		}
		if (option != OPT_JSON)
			return command_usage(argv[0]);
		json = true;
	}
	if (optind < argc)
		name = argv[optind++];
	return optind == argc ? load_and_run(&options, name, json) : command_usage(argv[0]);
}
