/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>

#include "show.h"
#include "table.h"
#include "text.h"

/* MARK and EXPECTED are there only when there is something to compare with. */
enum column {
	COLUMN_MARK,
	COLUMN_CARD,
	COLUMN_DEVICE,
	COLUMN_KIND,
	COLUMN_EXPECTED,
	COLUMN_RDMA,
	COLUMN_PCI,
	COLUMN_NUMA,
	COLUMN_NETDEV,
	COLUMN_MAC,
	COLUMN_ENI,
	COLUMN_STATE,
	COLUMNS
};

_Static_assert(COLUMNS <= TABLE_COLUMNS_MAX, "the table has too few columns");

static const char *const heads[COLUMNS] = {" ",	  "CARD", "DEV",    "KIND", "EXPECTED", "RDMA",
					   "PCI", "NUMA", "NETDEV", "MAC",  "ENI",	"STATE"};

/* The place of a column; COLUMNS: it is left out. */
static size_t place(const struct view *view, enum column column)
{
	if (view->compared)
		return column;
	if (column == COLUMN_MARK || column == COLUMN_EXPECTED)
		return COLUMNS;
	return column < COLUMN_EXPECTED ? column - 1 : column - 2;
}

#define CELL(view, table, column, ...)                                       \
	do {                                                                 \
		if (place(view, column) < COLUMNS)                           \
			table_cell(table, place(view, column), __VA_ARGS__); \
	} while (0)

static void fill_place(const struct show *show, const struct view_row *row, struct table *table)
{
	const struct inventory *inv = show->view->inv;
	const struct view *view = show->view;
	int numa = row->rail >= 0  ? inv->rails[row->rail].numa_node
		   : row->ena >= 0 ? inv->enas[row->ena].numa_node
				   : -1;
	char text[PCI_ADDR_TEXT];

	if (row->card_index >= 0)
		CELL(view, table, COLUMN_CARD, "%d", row->card_index);
	if (row->device_index >= 0)
		CELL(view, table, COLUMN_DEVICE, "%d", row->device_index);
	if (view_row_pci(row))
		CELL(view, table, COLUMN_PCI, "%s", pci_addr_format(view_row_pci(row), text));
	if (numa >= 0)
		CELL(view, table, COLUMN_NUMA, "%d", numa);
}

static void fill_row(const struct show *show, const struct view_row *row, struct table *table)
{
	static const char *const marks[] = {
		[MARK_NONE] = "-", [MARK_FINE] = "=", [MARK_DIFFERS] = "!"};
	const struct view *view = show->view;
	const struct mac *mac = view_row_mac(view, row);
	char text[MAC_TEXT];

	fill_place(show, row, table);
	CELL(view, table, COLUMN_MARK, "%s", marks[row->mark]);
	CELL(view, table, COLUMN_KIND, "%s", interface_kind_text(row->kind));
	CELL(view, table, COLUMN_EXPECTED, "%s", row->expected);
	if (row->rail >= 0)
		CELL(view, table, COLUMN_RDMA, "%s", view->inv->rails[row->rail].rdma_name);
	if (row->ena >= 0)
		CELL(view, table, COLUMN_NETDEV, "%s", view->inv->enas[row->ena].netdev);
	if (mac)
		CELL(view, table, COLUMN_MAC, "%s", mac_format(mac, text));
	CELL(view, table, COLUMN_ENI, "%s", view_row_eni(view, row));
	CELL(view, table, COLUMN_STATE, "%s", view_row_state(view, row));
	if (row->mark == MARK_DIFFERS)
		table_ink_row(table, INK_BAD);
	else if (row->mark == MARK_FINE)
		table_ink(table, place(view, COLUMN_MARK), INK_GOOD);
}

static int fill_interfaces(const struct show *show, struct table *table)
{
	const struct view *view = show->view;

	if (table_row(table))
		return -ENOMEM;
	for (int i = 0; i < COLUMNS; i++)
		CELL(view, table, (enum column)i, "%s", heads[i]);
	table_ink_row(table, INK_FAINT);
	for (size_t i = 0; i < view->n_rows; i++) {
		if (view->rows[i].use == ROW_OF_PLACE)
			continue;
		if (table_row(table))
			return -ENOMEM;
		fill_row(show, &view->rows[i], table);
	}
	return 0;
}

static int print_interfaces(const struct show *show)
{
	const struct inventory *inv = show->view->inv;
	struct table table;
	int rc;

	printf("\ninterfaces (%zu EFA, %zu ENA functions)\n", inv->n_rails, inv->n_enas);
	table_init(&table, show->view->compared ? COLUMNS : COLUMNS - 2);
	table.term = &show->term;
	rc = fill_interfaces(show, &table);
	if (!rc)
		table_print(&table, "  ", stdout);
	table_done(&table);
	return rc;
}

static int fill_accels(const struct show *show, struct table *table)
{
	static const char *const columns[] = {"INDEX", "KIND", "PCI", "NUMA"};
	const struct inventory *inv = show->view->inv;
	char text[PCI_ADDR_TEXT];

	if (table_row(table))
		return -ENOMEM;
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		table_cell(table, i, "%s", columns[i]);
	table_ink_row(table, INK_FAINT);
	for (size_t i = 0; i < inv->n_accels; i++) {
		const struct accel *accel = &inv->accels[i];

		if (table_row(table))
			return -ENOMEM;
		table_cell(table, 0, "%zu", i);
		table_cell(table, 1, "%s", accel_kind_text(accel->kind));
		table_cell(table, 2, "%s", pci_addr_format(&accel->pci, text));
		if (accel->numa_node >= 0)
			table_cell(table, 3, "%d", accel->numa_node);
	}
	return 0;
}

static int print_accels(const struct show *show)
{
	struct table table;
	int rc;

	printf("\naccelerators (%zu)\n", show->view->inv->n_accels);
	table_init(&table, 4);
	table.term = &show->term;
	rc = fill_accels(show, &table);
	if (!rc)
		table_print(&table, "  ", stdout);
	table_done(&table);
	return rc;
}

static void print_foreign(const struct inventory *inv)
{
	for (size_t i = 0; i < inv->n_foreign; i++) {
		const struct foreign *foreign = &inv->foreign[i];
		char name[NAME_TEXT], driver[NAME_TEXT];

		text_printable(name, sizeof(name), foreign->rdma_name);
		text_printable(driver, sizeof(driver),
			       foreign->driver[0] ? foreign->driver : "no driver");
		printf("%sother RDMA device %s (%s)\n", i ? "" : "\n", name, driver);
	}
}

int show_table(const struct show *show)
{
	int rc = print_interfaces(show);

	if (!rc && show->view->inv->n_accels)
		rc = print_accels(show);
	if (!rc)
		print_foreign(show->view->inv);
	return rc;
}
