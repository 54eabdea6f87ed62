/* SPDX-License-Identifier: Apache-2.0 */
/* efa-layout: look at a node's EFA interfaces, by hand or from monitoring. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "deadline.h"
#include "efa_layout_config.h"
#include "log.h"
#include "node_options.h"
#include "text.h"
#include "voice.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv, uint64_t start);
	const char *summary;
} commands[] = {
	{"check", command_check, "check this node as the prolog does, and say what was found"},
	{"show", command_show, "show the node's interfaces, cards and accelerators"},
	{"explain", command_explain,
	 "tell the last verdict, or a job's: why, what was done, what decided it"},
	{"doctor", command_doctor,
	 "check that everything is installed rightly, and say what to do"},
	{"env", command_env, "print the environment that a task should have, also as TaskProlog"},
	{"facts", command_facts, "fetch the interfaces' cards from the instance metadata"},
	{"layouts", command_layouts, "list the layouts that jobs can ask for, or show one"},
	{"types", command_types, "list the instance types that are described, or show one"},
	{"nodes", command_nodes, "print the node features by which jobs find nodes of a layout"},
	{"policy", command_policy, "show, validate, compare and generate the site's settings"},
	{"snapshot", command_snapshot,
	 "write the node's files into a folder, for replay elsewhere"},
	{"list-checks", command_list_checks, "list the codes of all findings"},
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

int command_check_options(const struct node_options *options)
{
	struct err err = {""};

	if (!node_options_check(options, &err))
		return 0;
	log_error("%s", err.text);
	return -1;
}

int command_usage(const char *command)
{
	fprintf(stderr, "try \"efa-layout %s --help\"\n", command);
	return EXIT_USAGE;
}

int command_unknown(const char *what, const char *name, const char *const *names, size_t n)
{
	const char *near = text_nearest(name, names, n);
	char shown[64];

	text_printable(shown, sizeof(shown), name);
	log_error("there is no %s \"%s\"%s%s%s", what, shown, near ? "; did you mean \"" : "",
		  near ? near : "", near ? "\"?" : "");
	return EXIT_FAILED;
}

static void help(FILE *to)
{
	fprintf(to, "usage: efa-layout COMMAND [options]\n\n");
	for (size_t i = 0; i < N_COMMANDS; i++)
		fprintf(to, "  %-11s %s\n", commands[i].name, commands[i].summary);
	fprintf(to,
		"\n\"efa-layout COMMAND --help\" lists a command's options; see efa-layout(1).\n");
}

/* Slurm's TaskProlog takes no arguments: the name says it. */
#define TASK_PROLOG "efa-layout-task-prolog"

int main(int argc, char **argv)
{
	char *task_prolog[] = {argv[0], (char *)"--task", NULL};
	uint64_t start = clock_now_ms();

	voice_open_std();
	voice_init("efa-layout", false, false);
	if (!strcmp(program_invocation_short_name, TASK_PROLOG))
		return command_env(2, task_prolog, start);
	if (argc < 2) {
		help(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0) {
		help(stdout);
		return EXIT_OK;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("efa-layout " EFA_LAYOUT_VERSION "\n");
		return EXIT_OK;
	}
	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1, start);
	}
	fprintf(stderr, "efa-layout: no command \"%s\"; try \"efa-layout --help\"\n", argv[1]);
	return EXIT_USAGE;
}
