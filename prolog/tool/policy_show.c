/* SPDX-License-Identifier: Apache-2.0 */
#include "policy_show.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "cleanup.h"
#include "commands.h"
#include "log.h"
#include "node_options.h"
#include "site.h"
#include "text.h"

enum { OPT_JSON = OPT_OWN, OPT_ENV, OPT_MAP, OPT_ORIGIN, OPT_HELP };

struct arguments {
	struct node_options node;
	const char *map; /* NULL: this node's own, if there is one */
	bool env, json, origin;
};

/* 0 with or without a map, which then is said; an error only for a map that was asked for. */
static int need_map(const struct arguments *args, struct nodemap *map, bool *ret_known,
		    struct err *err)
{
	char path[PATH_MAX], boot_id[sizeof(map->boot_id)];
	struct err why = {""};
	int rc;

	*ret_known = false;
	if (args->map) {
		rc = nodemap_load(args->map, FILE_TRUST_ANY, "", map, err);
		*ret_known = !rc;
		return rc;
	}
	if (text_format(path, sizeof(path), "%s/node.json", args->node.run_dir))
		return err_set(err, -ENAMETOOLONG, "the run directory's name is too long");
	rc = inventory_boot_id(args->node.root, boot_id, &why);
	if (!rc)
		rc = nodemap_load(path, FILE_TRUST_OWNER, boot_id, map, &why);
	*ret_known = !rc;
	if (rc == -ENOENT)
		log_info("%s: no node map, so rules are not held against this node; the prolog "
			 "of the next job writes one, and --map takes another",
			 path);
	else if (rc)
		log_warning("%s, continuing without", why.text);
	return 0;
}

static int show_env(const struct arguments *args)
{
	cleanup_free struct env_rules *rules = calloc(1, sizeof(*rules));
	cleanup_free struct nodemap *map = calloc(1, sizeof(*map));
	struct err err = {"out of memory"};
	bool known;

	if (!rules || !map ||
	    site_load_env(rules, args->node.data_dir, args->node.site_dir, FILE_TRUST_OWNER,
			  &err) ||
	    need_map(args, map, &known, &err)) {
		log_error("%s", err.text);
		return EXIT_FAILED;
	}
	return policy_env_show(rules, known ? map : NULL, args->json);
}

static int show_settings(const struct arguments *args)
{
	struct err err = {""};
	struct policy policy;

	if (policy_load_site(args->node.site_dir, FILE_TRUST_OWNER, &policy, &err)) {
		log_error("%s", err.text);
		return EXIT_FAILED;
	}
	return args->origin ? policy_origin_show(&policy)
			    : policy_settings_show(&policy, args->json);
}

static int help(void)
{
	printf("usage: efa-layout policy show [--origin | --env [--map FILE]] [--json] [options]\n"
	       "Shows each setting that is in force and where it was set.\n\n"
	       "  --origin          one line a setting: name = value, and file:line or default\n"
	       "  --env             the environment rules instead, shipped and the site's own, "
	       "and\n"
	       "                    whether they hold on this node\n"
	       "  --map FILE        hold them against this node map (default: this node's own)\n"
	       "  --json            one JSON document instead of text\n");
	node_options_help(stdout);
	return EXIT_OK;
}

int policy_show(int argc, char **argv)
{
	static const struct option long_options[] = {
		NODE_LONG_OPTIONS,
		{"env", no_argument, NULL, OPT_ENV},
		{"map", required_argument, NULL, OPT_MAP},
		{"origin", no_argument, NULL, OPT_ORIGIN},
		{"json", no_argument, NULL, OPT_JSON},
		{"help", no_argument, NULL, OPT_HELP},
		{NULL, 0, NULL, 0},
	};
	struct arguments args = {.map = NULL};
	int option;

	node_options_init(&args.node);
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (node_options_set(&args.node, option, optarg))
			continue;
		if (option == OPT_HELP)
			return help();
		if (option == OPT_ENV)
			args.env = true;
		else if (option == OPT_MAP)
			args.map = optarg;
		else if (option == OPT_ORIGIN)
			args.origin = true;
		else if (option == OPT_JSON)
			args.json = true;
		else
			return command_usage("policy show");
	}
	if (optind < argc || (args.map && !args.env) || (args.origin && (args.env || args.json)))
		return command_usage("policy show");
	return args.env ? show_env(&args) : show_settings(&args);
}
