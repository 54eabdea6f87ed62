/* SPDX-License-Identifier: Apache-2.0 */
/* efa-layout policy: what the site has set. Commands of its own, one file each. */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "policy_diff.h"
#include "policy_generate.h"
#include "policy_show.h"
#include "policy_validate.h"
#include "simulate.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
} commands[] = {
	{"show", policy_show, "the settings in force, or with --env the environment rules"},
	{"validate", policy_validate, "say what is wrong with a site's files, without a node"},
	{"diff", policy_diff, "what two policies say differently"},
	{"generate", policy_generate, "a policy for nodes as this one is"},
	{"simulate", policy_simulate, "what would become of a job on a node, and by which line"},
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void help(FILE *to)
{
	fprintf(to, "usage: efa-layout policy COMMAND [options]\n\n");
	for (size_t i = 0; i < N_COMMANDS; i++)
		fprintf(to, "  %-9s %s\n", commands[i].name, commands[i].summary);
}

int command_policy(int argc, char **argv, uint64_t start)
{
	const char *names[N_COMMANDS];

	(void)start;
	if (argc < 2) {
		help(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help")) {
		help(stdout);
		return EXIT_OK;
	}
	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
		names[i] = commands[i].name;
	}
	command_unknown("command of policy", argv[1], names, N_COMMANDS);
	return EXIT_USAGE;
}
