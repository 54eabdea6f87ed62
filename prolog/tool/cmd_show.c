/* SPDX-License-Identifier: Apache-2.0 */
/* efa-layout show: what the node has, against what it should have; nothing is tested. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "check.h"
#include "cleanup.h"
#include "commands.h"
#include "file.h"
#include "json.h"
#include "log.h"
#include "node_json.h"
#include "show.h"
#include "topology.h"

enum { OPT_TABLE = OPT_OWN, OPT_TREE, OPT_JSON, OPT_SVG, OPT_COLOR, OPT_HELP };

enum form { FORM_NONE, FORM_TABLE, FORM_TREE, FORM_JSON, FORM_SVG };

struct arguments {
	struct node_options node;
	enum form form;
	const char *svg; /* file, "-" for standard output */
	enum term_when color;
};

static int print_json(const struct check *check)
{
	struct json_out *out = json_out_new(true);

	json_out_open(out, NULL, '{');
	node_json_show(out, check);
	json_out_close(out);
	return node_json_print(out);
}

/*
 * A file is replaced, not written into: a device or a symbolic link of this name would be lost.
 * Those are refused.
 */
static int save(const char *path, const char *text, size_t size, struct err *err)
{
	struct stat st;

	if (!lstat(path, &st) && !S_ISREG(st.st_mode))
		return err_set(
			err, -EINVAL,
			"%s: not a regular file; name another file, or - for standard output",
			path);
	return file_replace(path, text, size, 0644, err);
}

static int draw(const struct show *show, const char *path, struct err *err)
{
	cleanup_free char *text = NULL;
	size_t size;
	int rc = show_svg(show, &text, &size, err);

	if (rc)
		return rc;
	if (strcmp(path, "-") != 0)
		return save(path, text, size, err);
	return fwrite(text, 1, size, stdout) == size
		       ? 0
		       : err_set(err, -EIO, "standard output cannot be written");
}

static int print(const struct arguments *args, const struct check *check, const char *problem)
{
	cleanup_free struct view *view = calloc(1, sizeof(*view));
	struct show show = {.check = check, .view = view, .settings_problem = problem};
	struct err err = {"out of memory"};
	int rc = -ENOMEM;

	term_init(&show.term, args->color, stdout);
	if (view) {
		view_build(&check->inv, check->type, &check->verdict, view);
		if (args->form == FORM_SVG) {
			rc = draw(&show, args->svg, &err);
		} else {
			show_head(&show);
			rc = args->form == FORM_TREE ? show_tree(&show) : show_table(&show);
		}
	}
	if (rc)
		log_error("%s", err.text);
	return rc;
}

/* Settings that cannot be used are no reason not to show what is there. */
static int show(const struct arguments *args, uint64_t start)
{
	struct check *check = check_new(&args->node, start);
	struct err settings = {""}, err = {"out of memory"};
	bool usable;
	int rc;

	if (!check)
		goto fail;
	check->read_topology = topology_load;
	usable = check_settings(check, &settings) == 0;
	if (!usable)
		log_warning("settings: %s, continuing without layouts", settings.text);
	if (check_scan(check, &err) || check_detail(check, &err))
		goto fail;
	check_claims(check);
	if (usable)
		check_judge_report(check, NULL, NULL);
	rc = args->form == FORM_JSON ? print_json(check) : print(args, check, settings.text);
	check_free(check);
	return rc ? EXIT_FAILED : EXIT_OK;
fail:
	log_error("%s", err.text);
	check_free(check);
	return EXIT_FAILED;
}

static void help(void)
{
	printf("usage: efa-layout show [--table|--tree|--json|--svg FILE] [--color "
	       "auto|always|never]\n"
	       "                       [--topology FILE] [options]\n"
	       "Shows the node's interfaces by network card, its accelerators and the layout that\n"
	       "it has, against what it should have.\n\n"
	       "  --table           a row for each interface (default)\n"
	       "  --tree            NUMA nodes, their switches and host bridges, and what is "
	       "below\n"
	       "  --json            one JSON document instead of text\n"
	       "  --svg FILE        write a picture; - for standard output\n"
	       "  --color auto|always|never\n"
	       "                    auto, the default: on a terminal\n");
	topology_option_help(stdout);
	node_options_help(stdout);
}

static int take_form(struct arguments *args, enum form form)
{
	if (args->form != FORM_NONE && args->form != form) {
		log_error("--table, --tree, --json and --svg exclude each other");
		return -1;
	}
	args->form = form;
	return 0;
}

/* 0, or -1 for what is no option of this command, or not a value for it. */
static int take_option(struct arguments *args, int option)
{
	switch (option) {
	case OPT_TABLE:
		return take_form(args, FORM_TABLE);
	case OPT_TREE:
		return take_form(args, FORM_TREE);
	case OPT_JSON:
		return take_form(args, FORM_JSON);
	case OPT_SVG:
		args->svg = optarg;
		return take_form(args, FORM_SVG);
	case OPT_COLOR:
		if (term_when_parse(optarg, &args->color))
			return 0;
		log_error("--color: expected auto, always or never");
		return -1;
	default:
		return -1;
	}
}

int command_show(int argc, char **argv, uint64_t start)
{
	static const struct option long_options[] = {
		NODE_LONG_OPTIONS,
		TOPOLOGY_LONG_OPTION,
		{"table", no_argument, NULL, OPT_TABLE},
		{"tree", no_argument, NULL, OPT_TREE},
		{"json", no_argument, NULL, OPT_JSON},
		{"svg", required_argument, NULL, OPT_SVG},
		{"color", required_argument, NULL, OPT_COLOR},
		{"help", no_argument, NULL, OPT_HELP},
		{NULL, 0, NULL, 0},
	};
	struct arguments args = {.form = FORM_NONE, .color = TERM_AUTO};
	int option;

	node_options_init(&args.node);
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (node_options_set(&args.node, option, optarg))
			continue;
		if (option == OPT_HELP) {
			help();
			return EXIT_OK;
		}
		if (take_option(&args, option))
			return command_usage(argv[0]);
	}
	if (optind != argc || command_check_options(&args.node))
		return command_usage(argv[0]);
	return show(&args, start);
}
