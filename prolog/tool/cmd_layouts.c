/* SPDX-License-Identifier: Apache-2.0 */
/* efa-layout layouts: the layouts that there are, shipped and the site's own, or one of them. */
#include <stdio.h>
#include <stdlib.h>

#include "cleanup.h"
#include "commands.h"
#include "json.h"
#include "layout_show.h"
#include "layout_text.h"
#include "log.h"
#include "node_json.h"
#include "node_options.h"
#include "site.h"
#include "text.h"

enum { OPT_JSON = OPT_OWN, OPT_TYPE, OPT_HELP };

struct wanted {
	const char *layout; /* NULL: all of them */
	const char *type;   /* NULL: this node's own */
	bool json;
};

static int list_json(const struct layout_set *set)
{
	struct json_out *out = json_out_new(true);

	json_out_open(out, NULL, '{');
	json_out_open(out, "layouts", '[');
	for (size_t i = 0; i < set->n; i++) {
		json_out_open(out, NULL, '{');
		layout_head_json(out, &set->v[i]);
		json_out_close(out);
	}
	json_out_close(out);
	json_out_close(out);
	return node_json_print(out) ? EXIT_FAILED : EXIT_OK;
}

static int list(const struct layout_set *set, const struct wanted *wanted)
{
	char words[LAYOUT_WORDS_TEXT];

	if (wanted->json)
		return list_json(set);
	for (size_t i = 0; i < set->n; i++) {
		const struct layout *layout = &set->v[i];

		printf("%-18s %s\n", layout->name, layout->summary);
		if (layout->min_cards || layout->max_cards || layout->primary_efa != WANT_ANY)
			printf("%-18s for %s\n", "", layout_meant_text(layout, words));
	}
	return EXIT_OK;
}

/* The type of the node below root, NULL with a message when it is not known. */
static const struct instance_type *own_type(const struct node_options *options,
					    const struct type_set *types)
{
	cleanup_free struct inventory *inv = calloc(1, sizeof(*inv));
	struct err err = {"out of memory"};
	const struct instance_type *type;

	if (!inv || inventory_scan(options->root, inv, &err)) {
		log_warning("this node's type: %s, continuing without; see --type", err.text);
		return NULL;
	}
	type = type_find(types, inv->instance_type);
	if (!type)
		log_info("this node's instance type, %s, is not described; see --type",
			 inv->instance_type[0] ? inv->instance_type : "unknown");
	return type;
}

static int show(const struct layout *layout, const struct type_set *types,
		const struct instance_type *type, bool json)
{
	struct json_out *out;

	if (!json) {
		layout_show_text(layout, types, type);
		return EXIT_OK;
	}
	out = json_out_new(true);
	json_out_open(out, NULL, '{');
	layout_show_json(out, layout, types, type);
	json_out_close(out);
	return node_json_print(out) ? EXIT_FAILED : EXIT_OK;
}

static int find_and_show(const struct layout_set *set, const struct type_set *types,
			 const struct node_options *options, const struct wanted *wanted)
{
	const struct layout *layout = layout_find(set, wanted->layout);
	const struct instance_type *type = NULL;
	const char *names[TYPES_MAX > LAYOUTS_MAX ? TYPES_MAX : LAYOUTS_MAX];

	if (!layout) {
		for (size_t i = 0; i < set->n; i++)
			names[i] = set->v[i].name;
		return command_unknown("layout", wanted->layout, names, set->n);
	}
	if (!wanted->type)
		return show(layout, types, own_type(options, types), wanted->json);
	type = type_find(types, wanted->type);
	if (type)
		return show(layout, types, type, wanted->json);
	for (size_t i = 0; i < types->n; i++)
		names[i] = types->v[i].name;
	return command_unknown("instance type", wanted->type, names, types->n);
}

static int load_and_run(const struct node_options *options, const struct wanted *wanted)
{
	cleanup_free struct layout_set *set = calloc(1, sizeof(*set));
	struct type_set types = {0};
	struct err err = {"out of memory"};
	int status;

	if (!set ||
	    site_load_layouts(set, options->data_dir, options->site_dir, FILE_TRUST_OWNER, &err))
		goto fail;
	if (!wanted->layout)
		return list(set, wanted);
	if (site_load_types(&types, options->data_dir, options->site_dir, FILE_TRUST_OWNER, &err))
		goto fail;
	status = find_and_show(set, &types, options, wanted);
	type_set_done(&types);
	return status;
fail:
	log_error("%s", err.text);
	return EXIT_FAILED;
}

static int help(void)
{
	printf("usage: efa-layout layouts [LAYOUT [--type TYPE]] [--json] [options]\n"
	       "Lists the layouts that jobs can ask for; with LAYOUT, shows one of them and what\n"
	       "it comes to on an instance type.\n\n"
	       "  --type TYPE       expand it for this instance type (default: this node's own)\n"
	       "  --json            one JSON document instead of text\n");
	node_options_help(stdout);
	return EXIT_OK;
}

int command_layouts(int argc, char **argv, uint64_t start)
{
	static const struct option long_options[] = {
		NODE_LONG_OPTIONS,
		{"json", no_argument, NULL, OPT_JSON},
		{"type", required_argument, NULL, OPT_TYPE},
		{"help", no_argument, NULL, OPT_HELP},
		{NULL, 0, NULL, 0},
	};
	struct node_options options;
	struct wanted wanted = {NULL, NULL, false};
	int option;

	(void)start;
	node_options_init(&options);
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (node_options_set(&options, option, optarg))
			continue;
		if (option == OPT_HELP)
			return help();
		if (option == OPT_TYPE)
			wanted.type = optarg;
		else if (option == OPT_JSON)
			wanted.json = true;
		else
			return command_usage(argv[0]);
	}
	if (optind < argc)
		wanted.layout = argv[optind++];
	if (optind < argc || (wanted.type && !wanted.layout))
		return command_usage(argv[0]);
	return load_and_run(&options, &wanted);
}
