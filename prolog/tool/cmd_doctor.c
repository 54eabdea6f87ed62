/* SPDX-License-Identifier: Apache-2.0 */
/* efa-layout doctor: is everything installed rightly, and what to do where it is not. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "doctor.h"
#include "inventory.h"
#include "log.h"
#include "node_options.h"
#include "slurm_home.h"

enum {
	OPT_JSON = OPT_OWN,
	OPT_ROLE,
	OPT_SLURM_BIN,
	OPT_SLURM_CONF,
	OPT_SLURM_HELPER,
	OPT_LIST,
	OPT_HELP
};

struct given {
	struct node_options node;
	const char *slurm_bin, *slurm_conf;
	int role;
	bool json, list, helper_given;
};

static int parse_role(const char *text)
{
	static const enum doctor_role roles[] = {ROLE_NODE, ROLE_SUBMIT, ROLE_CONTROLLER};

	for (size_t i = 0; i < 3; i++)
		if (!strcmp(text, doctor_role_text(roles[i])))
			return (int)roles[i];
	return 0;
}

static void help(void)
{
	printf("usage: efa-layout doctor [--role ROLE] [--json] [options]\n"
	       "Checks whether efa-layout is installed and configured rightly on this host, and "
	       "says\nwhat to do where it is not.\n\n"
	       "  --role ROLE       node, submit or controller (default: what is found)\n"
	       "  --json            one JSON document instead of text\n"
	       "  --list            list the checks and where each is made\n"
	       "  --slurm-conf FILE slurm.conf (default: as Slurm's programs find it)\n"
	       "  --slurm-bin DIR   where scontrol is; with --root nothing is run without it\n"
	       "  --slurm-helper PROGRAM\n"
	       "                    what talks to Slurm's controller (default: that of the slurmd\n"
	       "                    that runs here, and its scontrol)\n");
	node_options_help(stdout);
	printf("\nexit status: 0 all well, 1 something to look at, 2 something is wrong, 3 wrong "
	       "usage\n");
}

static int list(void)
{
	static const unsigned roles[] = {ROLE_NODE, ROLE_SUBMIT, ROLE_CONTROLLER};

	for (size_t i = 0; i < DOCTOR_CHECKS; i++) {
		const struct doctor_row *row = &doctor_rows[i];
		const char *gap = "";

		printf("%s\n    %s\n    made on: ", row->name, row->what);
		for (size_t r = 0; r < 3; r++) {
			if (!(row->roles & roles[r]))
				continue;
			printf("%s%s", gap, doctor_role_text((enum doctor_role)roles[r]));
			gap = ", ";
		}
		printf("\n    remedy:  %s\n", row->remedy);
	}
	return EXIT_OK;
}

/* EXIT_OK: go on. */
static int take_option(int option, const char *value, struct given *given)
{
	switch (option) {
	case OPT_JSON:
		given->json = true;
		return EXIT_OK;
	case OPT_LIST:
		given->list = true;
		return EXIT_OK;
	case OPT_SLURM_BIN:
		given->slurm_bin = value;
		return EXIT_OK;
	case OPT_SLURM_CONF:
		given->slurm_conf = value;
		return EXIT_OK;
	case OPT_SLURM_HELPER:
		given->node.slurm_helper = value;
		given->helper_given = true;
		return EXIT_OK;
	case OPT_ROLE:
		given->role = parse_role(value);
		if (given->role)
			return EXIT_OK;
		log_error("--role: expected node, submit or controller");
		return EXIT_USAGE;
	default:
		return command_usage("doctor");
	}
}

/* Of several releases, that of the slurmd that runs here, as the gate does it. */
static void use_own_slurm(struct given *given)
{
	static struct slurm_home places;
	char home[PATH_MAX];
	int slurmd = node_options_live(&given->node) ? inventory_find_slurmd("/") : 0;

	if (!slurmd || slurm_home_of("/proc", slurmd, home, sizeof(home)))
		return;
	slurm_home_places(home, &places);
	if (!given->helper_given && places.helper[0])
		given->node.slurm_helper = places.helper;
	if (!given->slurm_bin && places.bin[0])
		given->slurm_bin = places.bin;
}

static int examine(const struct given *given)
{
	static const int statuses[] = {[DOCTOR_SKIPPED] = EXIT_OK,
				       [DOCTOR_OK] = EXIT_OK,
				       [DOCTOR_UNKNOWN] = EXIT_OK,
				       [DOCTOR_WARN] = EXIT_WARNING,
				       [DOCTOR_FAIL] = EXIT_CRITICAL};
	struct doctor *doctor = calloc(1, sizeof(*doctor));
	struct err err = {"out of memory"};
	int status = EXIT_USAGE;

	if (doctor)
		doctor->tree.fd = -1;
	if (!doctor || tree_open(given->node.root, &doctor->tree, &err))
		goto out;
	doctor->options = &given->node;
	doctor->slurm_bin = given->slurm_bin;
	doctor->slurm_conf = given->slurm_conf;
	doctor->may_run = doctor->tree.live || given->slurm_bin;
	doctor_read_slurm(doctor);
	doctor_read_role(doctor, given->role);
	if (doctor_read(doctor, &err))
		goto out;
	doctor_judge(doctor);
	status = statuses[doctor_worst(doctor)];
	if (!given->json)
		doctor_print(doctor, stdout);
	else if (doctor_print_json(doctor))
		status = EXIT_USAGE;
out:
	if (status == EXIT_USAGE)
		log_error("%s", err.text);
	doctor_free(doctor);
	return status;
}

int command_doctor(int argc, char **argv, uint64_t start)
{
	static const struct option long_options[] = {
		NODE_LONG_OPTIONS,
		{"json", no_argument, NULL, OPT_JSON},
		{"list", no_argument, NULL, OPT_LIST},
		{"role", required_argument, NULL, OPT_ROLE},
		{"slurm-bin", required_argument, NULL, OPT_SLURM_BIN},
		{"slurm-conf", required_argument, NULL, OPT_SLURM_CONF},
		{"slurm-helper", required_argument, NULL, OPT_SLURM_HELPER},
		{"help", no_argument, NULL, OPT_HELP},
		{NULL, 0, NULL, 0},
	};
	struct given given = {.role = 0};
	int option, status;

	(void)start;
	node_options_init(&given.node);
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (node_options_set(&given.node, option, optarg))
			continue;
		if (option == OPT_HELP) {
			help();
			return EXIT_OK;
		}
		status = take_option(option, optarg, &given);
		if (status != EXIT_OK)
			return status;
	}
	if (optind != argc)
		return command_usage(argv[0]);
	if (given.list)
		return list();
	use_own_slurm(&given);
	return examine(&given);
}
