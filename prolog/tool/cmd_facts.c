/* SPDX-License-Identifier: Apache-2.0 */
/* efa-layout facts: once per boot, ask the instance metadata which interface sits on which card,
 * and let hwloc look at the machine. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "commands.h"
#include "eni_facts.h"
#include "file.h"
#include "imds.h"
#include "log.h"
#include "node_options.h"
#include "table.h"
#include "text.h"
#include "topology.h"

#define ENDPOINT   "http://169.254.169.254"
#define REQUEST_MS 2000
#define TOTAL_MS   15000
#define SETTLE_MS  12000

enum { OPT_WRITE = OPT_OWN, OPT_ENDPOINT, OPT_HELP };

/* Facts are good for one boot: the interfaces may be others after the next. */
static int read_boot_id(const struct node_options *options, char *buf, size_t size, struct err *err)
{
	cleanup_free char *text = NULL;
	char path[PATH_MAX];
	size_t length;
	int rc;

	if (text_format(path, sizeof(path), "%s/proc/sys/kernel/random/boot_id",
			node_options_live(options) ? "" : options->root))
		return err_set(err, -ENAMETOOLONG, "--root: the name is too long");
	rc = file_read(path, 64, FILE_TRUST_ANY, &text, &length, err);
	if (rc)
		return rc;
	text[strcspn(text, "\n")] = '\0';
	if (text_format(buf, size, "%s", text))
		return err_set(err, -EINVAL, "%s: not a boot id", path);
	return 0;
}

static int print(const struct eni_facts *facts)
{
	static const char *const heads[] = {"CARD", "DEV", "MAC", "ENI", "IP"};
	char mac[MAC_TEXT];
	struct table table;

	printf("instance type  %s\ninstance       %s\n\n", facts->instance_type,
	       facts->instance_id);
	table_init(&table, sizeof(heads) / sizeof(heads[0]));
	for (size_t i = 0; i <= facts->n_enis; i++) {
		const struct eni *eni = &facts->enis[i ? i - 1 : 0];

		if (table_row(&table)) {
			table_done(&table);
			return -ENOMEM;
		}
		if (i == 0) {
			for (size_t j = 0; j < sizeof(heads) / sizeof(heads[0]); j++)
				table_cell(&table, j, "%s", heads[j]);
			continue;
		}
		table_cell(&table, 0, "%d", eni->card_index);
		table_cell(&table, 1, "%d", eni->device_index);
		table_cell(&table, 2, "%s%s", mac_format(&eni->mac, mac),
			   mac_equal(&eni->mac, &facts->primary) ? " (primary)" : "");
		table_cell(&table, 3, "%s", eni->id);
		table_cell(&table, 4, "%s", eni->has_ip ? "yes" : "no");
	}
	table_print(&table, "  ", stdout);
	table_done(&table);
	return 0;
}

/* The path of a file in the run directory, which is there afterwards. */
static int run_path(const struct node_options *options, const char *name, char *buf, size_t size,
		    struct err *err)
{
	if (text_format(buf, size, "%s/%s", options->run_dir, name))
		return err_set(err, -ENAMETOOLONG, "--run-dir: the name is too long");
	return file_ensure_dir(options->run_dir, 0755, err);
}

static int write_facts(const struct node_options *options, const struct eni_facts *facts,
		       struct err *err)
{
	char path[PATH_MAX];
	int rc = run_path(options, "enis.json", path, sizeof(path), err);

	return rc ? rc : eni_facts_save(path, facts, err);
}

static int write_topology(const struct node_options *options)
{
	struct err err = {""};
	char path[PATH_MAX];
	int rc = run_path(options, "topology.xml", path, sizeof(path), &err);

	if (!rc)
		rc = topology_discover_save(path, &err);
	if (rc)
		log_error("topology: %s", err.text);
	return rc;
}

static int fetch(const struct node_options *options, const char *endpoint, bool write)
{
	const struct imds_options imds = {endpoint, REQUEST_MS, TOTAL_MS, SETTLE_MS};
	cleanup_free struct eni_facts *facts = calloc(1, sizeof(*facts));
	struct err err = {"out of memory"};
	int rc = -ENOMEM;

	if (facts)
		rc = imds_fetch(&imds, facts, &err);
	if (!rc)
		rc = read_boot_id(options, facts->boot_id, sizeof(facts->boot_id), &err);
	if (!rc)
		rc = write ? write_facts(options, facts, &err) : print(facts);
	if (rc)
		log_error("%s", err.text);
	return rc ? EXIT_FAILED : EXIT_OK;
}

/*
 * The facts first: the gate waits for them, nobody for the topology. Neither needs the other, so
 * that each is written whatever becomes of the other.
 */
static int run(const struct node_options *options, const char *endpoint, bool write)
{
	int status = fetch(options, endpoint, write);

	/* hwloc can only look at the machine that it runs on. */
	if (write && node_options_live(options) && write_topology(options) && status == EXIT_OK)
		status = EXIT_NO_TOPOLOGY;
	return status;
}

static void help(void)
{
	printf("usage: efa-layout facts [--write] [--endpoint URL] [options]\n"
	       "Asks the instance metadata service which interface sits on which network card.\n\n"
	       "  --write           write the node's facts file instead of printing, and the\n"
	       "                    topology that hwloc finds; meant for\n"
	       "                    efa-layout-facts.service, once per boot\n"
	       "  --endpoint URL    where the service answers (default " ENDPOINT ")\n");
	node_options_help(stdout);
	printf("\nexit status: 0; 1 when the facts were not had or not written; 2 when they were "
	       "and\n"
	       "the topology was not; 3 wrong usage\n");
}

int command_facts(int argc, char **argv, uint64_t start)
{
	static const struct option long_options[] = {
		NODE_LONG_OPTIONS,
		{"write", no_argument, NULL, OPT_WRITE},
		{"endpoint", required_argument, NULL, OPT_ENDPOINT},
		{"help", no_argument, NULL, OPT_HELP},
		{NULL, 0, NULL, 0},
	};
	const char *endpoint = ENDPOINT;
	struct node_options options;
	bool write = false;
	int option;

	(void)start;
	node_options_init(&options);
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (node_options_set(&options, option, optarg))
			continue;
		switch (option) {
		case OPT_WRITE:
			write = true;
			break;
		case OPT_ENDPOINT:
			endpoint = optarg;
			break;
		case OPT_HELP:
			help();
			return EXIT_OK;
		default:
			return command_usage(argv[0]);
		}
	}
	return optind == argc ? run(&options, endpoint, write) : command_usage(argv[0]);
}
