/* SPDX-License-Identifier: Apache-2.0 */
/* efa-layout show: what the node has, without a judgement and without a test. */
#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "commands.h"
#include "json.h"
#include "log.h"
#include "node_json.h"
#include "node_text.h"
#include "table.h"

enum { OPT_JSON = OPT_OWN, OPT_HELP };

/* One interface of the node: an EFA function, an ENA function, or both. */
struct row {
	enum interface_kind kind;
	int card_index, device_index;
	const struct rail *rail;
	const struct ena *ena;
	const struct eni *eni;
};

#define ROWS_MAX (NODE_RAILS_MAX + NODE_ENAS_MAX + NODE_ENIS_MAX)

static size_t collect(const struct inventory *inv, struct row *rows)
{
	size_t n = 0;

	for (size_t i = 0; i < inv->n_rails; i++) {
		const struct rail *rail = &inv->rails[i];

		rows[n++] = (struct row){rail_kind(rail),
					 rail->card_index,
					 rail->device_index,
					 rail,
					 rail->ena >= 0 ? &inv->enas[rail->ena] : NULL,
					 NULL};
	}
	for (size_t i = 0; i < inv->n_enas; i++) {
		const struct ena *ena = &inv->enas[i];

		if (ena_rail(inv, (int)i) < 0)
			rows[n++] = (struct row){KIND_INTERFACE,
						 ena->card_index,
						 ena->device_index,
						 NULL,
						 ena,
						 NULL};
	}
	for (size_t i = 0; inv->facts.known && i < inv->facts.n_enis; i++) {
		const struct eni *eni = &inv->facts.enis[i];

		if (eni->rail < 0 && eni->ena < 0)
			rows[n++] = (struct row){KIND_INVISIBLE,
						 eni->card_index,
						 eni->device_index,
						 NULL,
						 NULL,
						 eni};
	}
	return n;
}

static const struct pci_addr *row_pci(const struct row *row)
{
	if (row->rail)
		return &row->rail->pci;
	return row->ena ? &row->ena->pci : NULL;
}

/* By card and device; what has no known card comes last, in order of PCI address. */
static int compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if ((x->card_index < 0) != (y->card_index < 0))
		return x->card_index < 0 ? 1 : -1;
	if (x->card_index != y->card_index)
		return x->card_index - y->card_index;
	if (x->device_index != y->device_index)
		return x->device_index - y->device_index;
	if (row_pci(x) && row_pci(y))
		return pci_addr_compare(row_pci(x), row_pci(y));
	return (row_pci(x) == NULL) - (row_pci(y) == NULL);
}

static const char *row_state(const struct row *row)
{
	if (row->rail)
		return rail_stage_text(row->rail->stage);
	if (row->ena)
		return row->ena->driver[0] ? row->ena->operstate : "no-driver";
	return "absent";
}

static void fill_row(struct table *table, const struct row *row)
{
	const struct rail *rail = row->rail;
	const struct ena *ena = row->ena;
	const struct mac *mac = NULL;
	char text[PCI_ADDR_TEXT];
	int numa = rail ? rail->numa_node : ena ? ena->numa_node : -1;

	if (rail && rail->has_mac)
		mac = &rail->mac;
	else if (ena && ena->has_mac)
		mac = &ena->mac;
	else if (row->eni)
		mac = &row->eni->mac;
	if (row->card_index >= 0)
		table_cell(table, 0, "%d", row->card_index);
	if (row->device_index >= 0)
		table_cell(table, 1, "%d", row->device_index);
	table_cell(table, 2, "%s", interface_kind_text(row->kind));
	table_cell(table, 3, "%s", rail ? rail->rdma_name : "");
	if (row_pci(row))
		table_cell(table, 4, "%s", pci_addr_format(row_pci(row), text));
	if (numa >= 0)
		table_cell(table, 5, "%d", numa);
	table_cell(table, 6, "%s", ena ? ena->netdev : "");
	if (mac)
		table_cell(table, 7, "%s", mac_format(mac, text));
	table_cell(table, 8, "%s", rail ? rail->eni_id : ena ? ena->eni_id : row->eni->id);
	table_cell(table, 9, "%s", row_state(row));
}

static int print_interfaces(const struct inventory *inv)
{
	static const char *const heads[] = {"CARD", "DEV",    "KIND", "RDMA", "PCI",
					    "NUMA", "NETDEV", "MAC",  "ENI",  "STATE"};
	struct row *rows = calloc(ROWS_MAX, sizeof(*rows));
	struct table table;
	size_t n;
	int rc = -1;

	table_init(&table, sizeof(heads) / sizeof(heads[0]));
	if (!rows || table_row(&table))
		goto out;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		table_cell(&table, i, "%s", heads[i]);
	n = collect(inv, rows);
	qsort(rows, n, sizeof(*rows), compare_rows);
	for (size_t i = 0; i < n; i++) {
		if (table_row(&table))
			goto out;
		fill_row(&table, &rows[i]);
	}
	table_print(&table, "  ", stdout);
	rc = 0;
out:
	table_done(&table);
	free(rows);
	return rc;
}

static int print_accels(const struct inventory *inv)
{
	static const char *const heads[] = {"INDEX", "KIND", "PCI", "NUMA"};
	char text[PCI_ADDR_TEXT];
	struct table table;

	table_init(&table, sizeof(heads) / sizeof(heads[0]));
	for (size_t i = 0; i <= inv->n_accels; i++) {
		const struct accel *accel = &inv->accels[i ? i - 1 : 0];

		if (table_row(&table)) {
			table_done(&table);
			return -1;
		}
		if (i == 0) {
			for (size_t j = 0; j < sizeof(heads) / sizeof(heads[0]); j++)
				table_cell(&table, j, "%s", heads[j]);
			continue;
		}
		table_cell(&table, 0, "%zu", i - 1);
		table_cell(&table, 1, "%s", accel_kind_text(accel->kind));
		table_cell(&table, 2, "%s", pci_addr_format(&accel->pci, text));
		if (accel->numa_node >= 0)
			table_cell(&table, 3, "%d", accel->numa_node);
	}
	table_print(&table, "  ", stdout);
	table_done(&table);
	return 0;
}

static void print_head(const struct check *check, const char *settings_problem)
{
	const struct inventory *inv = &check->inv;
	const struct verdict *verdict = &check->verdict;

	printf("instance type  %s%s\n", inv->instance_type[0] ? inv->instance_type : "unknown",
	       check->type || !inv->instance_type[0] ? "" : " (not described)");
	if (inv->instance_id[0])
		printf("instance       %s\n", inv->instance_id);
	printf("kernel         %s, efa driver %s\n", inv->kernel[0] ? inv->kernel : "unknown",
	       inv->efa_driver[0] ? inv->efa_driver : "in-tree or absent");
	if (inv->facts.known)
		printf("ENI facts      %zu interfaces\n", inv->facts.n_enis);
	else
		printf("ENI facts      %s\n",
		       check->facts_problem[0] ? check->facts_problem
					       : "none: cards are not known (efa-layout facts)");
	if (settings_problem[0]) {
		printf("layout         not compared: %s\n", settings_problem);
		return;
	}
	printf("layout         ");
	for (size_t i = 0; i < verdict->n_layouts; i++)
		printf("%s%s", i ? ", " : "", verdict->layouts[i]);
	if (verdict->n_layouts == 0)
		printf("none that is known%s%s", verdict->declared[0] ? "; nearest is " : "",
		       verdict->declared);
	printf("\n");
}

static int print_text(const struct check *check, const char *settings_problem)
{
	const struct inventory *inv = &check->inv;

	print_head(check, settings_problem);
	printf("\ninterfaces (%zu EFA, %zu ENA functions)\n", inv->n_rails, inv->n_enas);
	if (print_interfaces(inv))
		return EXIT_FAILED;
	if (inv->n_accels) {
		printf("\naccelerators (%zu)\n", inv->n_accels);
		if (print_accels(inv))
			return EXIT_FAILED;
	}
	for (size_t i = 0; i < inv->n_foreign; i++)
		printf("%sother RDMA device %s (%s)\n", i ? "" : "\n", inv->foreign[i].rdma_name,
		       inv->foreign[i].driver[0] ? inv->foreign[i].driver : "no driver");
	return EXIT_OK;
}

static int print_json(const struct check *check)
{
	struct json_out *out = json_out_new(true);

	json_out_open(out, NULL, '{');
	node_json_head(out, check);
	node_json_origins(out, &check->inv);
	node_json_layouts(out, &check->verdict);
	node_json_cards(out, &check->verdict);
	node_json_inventory(out, &check->inv);
	json_out_close(out);
	return node_json_print(out) ? EXIT_FAILED : EXIT_OK;
}

/* Settings that cannot be used are no reason not to show what is there. */
static int show(const struct node_options *options, bool json, uint64_t start)
{
	struct check *check = check_new(options, start);
	struct err settings = {""}, err = {"out of memory"};
	bool usable;
	int status;

	if (!check)
		goto fail;
	usable = check_settings(check, &settings) == 0;
	if (!usable)
		log_warning("settings: %s, continuing without layouts", settings.text);
	if (check_scan(check, &err) || check_detail(check, &err))
		goto fail;
	if (usable)
		check_judge_report(check, NULL, NULL);
	status = json ? print_json(check) : print_text(check, settings.text);
	check_free(check);
	return status;
fail:
	log_error("%s", err.text);
	check_free(check);
	return EXIT_FAILED;
}

int command_show(int argc, char **argv, uint64_t start)
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

	node_options_init(&options);
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (node_options_set(&options, option, optarg))
			continue;
		if (option == OPT_HELP) {
			printf("usage: efa-layout show [--json] [options]\n"
			       "Lists the node's interfaces by network card, its accelerators and "
			       "the\n"
			       "layout that it has.\n\n");
			node_options_help(stdout);
			return EXIT_OK;
		}
		if (option != OPT_JSON)
			return command_usage(argv[0]);
		json = true;
	}
	return optind == argc ? show(&options, json, start) : command_usage(argv[0]);
}
