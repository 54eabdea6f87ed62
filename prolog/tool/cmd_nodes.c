/* SPDX-License-Identifier: Apache-2.0 */
/* efa-layout nodes: node features for slurm.conf, so that jobs come to the nodes that they ask for.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "commands.h"
#include "file.h"
#include "log.h"
#include "nodes_show.h"
#include "text.h"

enum { OPT_GRES = OPT_OWN, OPT_JSON, OPT_LUA, OPT_HELP };

struct arguments {
	struct node_options node;
	bool gres, json;
	const char *lua; /* file, "-" for standard output; NULL: not wanted */
};

static int check_name(const char *name, const char *argument, struct err *err)
{
	char shown[64];

	if (node_name_valid(name))
		return 0;
	text_printable(shown, sizeof(shown), name);
	return err_set(
		err, -EINVAL,
		"%s: \"%s\" is no name of a node; give NAME=SNAPSHOT with the name that slurm.conf "
		"has",
		argument, shown);
}

/* The host's own name, without its domain: what slurmd takes. */
static int own_name(char *name, struct err *err)
{
	char host[256] = "";

	if (gethostname(host, sizeof(host) - 1))
		return err_set(err, -errno, "this node's name: %s", strerror(errno));
	host[strcspn(host, ".")] = '\0';
	text_format(name, NODE_NAME_TEXT, "%s", host);
	return check_name(host, "this node", err);
}

/* "NAME=SNAPSHOT", or a folder that has the node's name. */
static int split(const char *argument, char *name, const char **ret_dir, struct err *err)
{
	const char *equals = strchr(argument, '='), *end = argument + strlen(argument), *start;
	int rc;

	if (equals) {
		rc = text_format(name, NODE_NAME_TEXT, "%.*s", (int)(equals - argument), argument);
		*ret_dir = equals + 1;
		return rc ? check_name("", argument, err) : check_name(name, argument, err);
	}
	*ret_dir = argument;
	while (end > argument && end[-1] == '/')
		end--;
	for (start = end; start > argument && start[-1] != '/';)
		start--;
	rc = text_format(name, NODE_NAME_TEXT, "%.*s", (int)(end - start), start);
	return rc ? check_name("", argument, err) : check_name(name, argument, err);
}

static int add_snapshot(const struct arguments *args, const char *argument, struct node_list *list,
			struct err *err)
{
	struct node_options options = args->node;
	char name[NODE_NAME_TEXT], run_dir[PATH_MAX];
	const char *dir;
	struct stat st;
	int rc = split(argument, name, &dir, err);

	if (rc)
		return rc;
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->v[i].name, name))
			return err_set(err, -EEXIST, "%s: there are two nodes of this name", name);
	/* A missing tree would be a node without anything. */
	if (stat(dir, &st) || !S_ISDIR(st.st_mode))
		return err_set(err, -ENOTDIR, "%s: %s is not the folder of a snapshot", name, dir);
	if (text_format(run_dir, sizeof(run_dir), "%s/run/efa-layout", dir))
		return err_set(err, -ENAMETOOLONG, "%s: the path is too long", name);
	options.root = dir;
	options.root_given = true;
	options.run_dir = run_dir;
	return node_list_add(list, name, &options, err);
}

static int collect(const struct arguments *args, char **words, struct node_list *list,
		   struct err *err)
{
	char name[NODE_NAME_TEXT];
	int rc = 0;

	if (!*words) {
		rc = own_name(name, err);
		return rc ? rc : node_list_add(list, name, &args->node, err);
	}
	for (; !rc && *words; words++)
		rc = add_snapshot(args, *words, list, err);
	return rc;
}

static int write_lua(const struct arguments *args, const struct node_list *list, struct err *err)
{
	cleanup_free struct site *site = calloc(1, sizeof(*site));
	cleanup_free char *text = NULL;
	size_t size;
	int rc;

	if (!site)
		return err_set(err, -ENOMEM, "out of memory");
	rc = site_load(site, args->node.data_dir, args->node.site_dir, FILE_TRUST_OWNER, err);
	if (rc)
		return rc;
	rc = nodes_lua(list, &site->policy, &text, &size, err);
	site_done(site);
	if (rc)
		return rc;
	if (strcmp(args->lua, "-") != 0)
		return file_replace(args->lua, text, size, 0644, err);
	return fwrite(text, 1, size, stdout) == size
		       ? 0
		       : err_set(err, -EIO, "standard output cannot be written");
}

static int show(const struct arguments *args, const struct node_list *list)
{
	if (args->lua && !strcmp(args->lua, "-"))
		return 0;
	return args->json ? nodes_show_json(list) : nodes_show_conf(list, args->gres);
}

static int run(const struct arguments *args, char **words)
{
	struct node_list list = {0};
	struct err err = {"out of memory"};
	int status = EXIT_OK, rc;

	rc = collect(args, words, &list, &err);
	if (!rc && args->lua)
		rc = write_lua(args, &list, &err);
	if (!rc)
		rc = show(args, &list);
	for (size_t i = 0; i < list.n; i++)
		if (list.v[i].standing != NODE_SOUND)
			status = EXIT_WARNING;
	if (rc) {
		log_error("%s", err.text);
		status = EXIT_FAILED;
	}
	node_list_free(&list);
	return status;
}

static int help(void)
{
	printf("usage: efa-layout nodes [SNAPSHOT|NAME=SNAPSHOT ...] [options]\n"
	       "Prints the node features for slurm.conf by which jobs find nodes of a layout: of "
	       "the\n"
	       "nodes of these snapshots, or of this node.\n\n"
	       "  --gres            also count rails as a resource, efa: for jobs that ask for "
	       "some\n"
	       "  --json            one JSON document instead of lines\n"
	       "  --lua FILE        also write the table of the job_submit part; - for standard\n"
	       "                    output, and nothing else there\n");
	node_options_help(stdout);
	printf("\nexit status: 0; 1 something failed, or a node is at fault; 3 wrong usage\n");
	return EXIT_OK;
}

int command_nodes(int argc, char **argv, uint64_t start)
{
	static const struct option long_options[] = {
		NODE_LONG_OPTIONS,
		{"gres", no_argument, NULL, OPT_GRES},
		{"json", no_argument, NULL, OPT_JSON},
		{"lua", required_argument, NULL, OPT_LUA},
		{"help", no_argument, NULL, OPT_HELP},
		{NULL, 0, NULL, 0},
	};
	struct arguments args = {0};
	int option;

	(void)start;
	node_options_init(&args.node);
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (node_options_set(&args.node, option, optarg))
			continue;
		if (option == OPT_HELP)
			return help();
		if (option == OPT_GRES)
			args.gres = true;
		else if (option == OPT_JSON)
			args.json = true;
		else if (option == OPT_LUA)
			args.lua = optarg;
		else
			return command_usage(argv[0]);
	}
	if (args.json && (args.gres || (args.lua && !strcmp(args.lua, "-")))) {
		log_error("--json and %s exclude each other", args.gres ? "--gres" : "--lua -");
		return command_usage(argv[0]);
	}
	return run(&args, argv + optind);
}
