/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "show.h"
#include "text.h"

#define LINE_TEXT 200

struct line {
	unsigned depth;
	enum ink ink;
	char text[LINE_TEXT];
};

struct tree {
	const struct show *show;
	const struct view *view;
	size_t n, room;
	struct line *lines;
	bool failed; /* no memory */
};

static void add(struct tree *tree, unsigned depth, enum ink ink, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

static void add(struct tree *tree, unsigned depth, enum ink ink, const char *fmt, ...)
{
	char text[LINE_TEXT];
	struct line *line;
	va_list ap;

	if (tree->n == tree->room) {
		size_t room = tree->room ? 2 * tree->room : 64;
		struct line *lines = reallocarray(tree->lines, room, sizeof(*lines));

		if (!lines) {
			tree->failed = true;
			return;
		}
		tree->lines = lines;
		tree->room = room;
	}
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	line = &tree->lines[tree->n++];
	line->depth = depth;
	line->ink = ink;
	text_printable(line->text, sizeof(line->text), text);
}

static enum ink half_ink(enum shown half)
{
	switch (half) {
	case SHOWN_MISSING:
	case SHOWN_FAULTY:
		return INK_BAD;
	case SHOWN_EXTRA:
		return INK_WARN;
	case SHOWN_FINE:
	case SHOWN_NONE:
	case SHOWN_LISTED:
	case SHOWN_WANTED:
		break;
	}
	return INK_PLAIN;
}

/* "card 3, efa-only": where it sits, what its interface is, and what was expected instead. */
static void describe(const struct view_row *row, char *buf, size_t size)
{
	const char *kind = interface_kind_text(row->kind);

	if (row->card_index >= 0)
		text_format(buf, size, "card %-3d", row->card_index);
	else
		text_format(buf, size, "card ?  ");
	if (row->kind == KIND_ABSENT || row->kind == KIND_INVISIBLE)
		text_append(buf, size, " expected %s", row->expected[0] ? row->expected : "?");
	else if (row->mark == MARK_DIFFERS && row->expected[0] && strcmp(kind, row->expected) != 0)
		text_append(buf, size, " %s, expected %s", kind, row->expected);
	else
		text_append(buf, size, " %s", kind);
}

static void add_half(struct tree *tree, const struct view_row *row, bool efa, unsigned depth)
{
	const struct inventory *inv = tree->view->inv;
	enum shown half = efa ? row->efa : row->net;
	const struct rail *rail = efa && row->rail >= 0 ? &inv->rails[row->rail] : NULL;
	const struct ena *ena = !efa && row->ena >= 0 ? &inv->enas[row->ena] : NULL;
	const struct pci_addr *pci = rail ? &rail->pci : ena ? &ena->pci : NULL;
	const char *name = rail ? rail->rdma_name : ena ? ena->netdev : "", *state = "missing";
	char address[PCI_ADDR_TEXT], what[80];

	if (efa && !pci && row->has_hole)
		pci = &row->hole;
	if (rail)
		state = rail_stage_text(rail->stage);
	else if (ena)
		state = ena->operstate[0] ? ena->operstate : shown_text(half);
	describe(row, what, sizeof(what));
	add(tree, depth, half_ink(half), "%s%-5s %-12s %-12s  %s, %s",
	    !tree->view->compared	? ""
	    : row->mark == MARK_DIFFERS ? "! "
	    : row->mark == MARK_FINE	? "= "
					: "- ",
	    efa ? "EFA" : "ENA", name[0] ? name : "-", pci ? pci_addr_format(pci, address) : "-",
	    what, state);
}

static void add_accels(struct tree *tree, uint64_t members, unsigned depth)
{
	const struct inventory *inv = tree->view->inv;
	char address[PCI_ADDR_TEXT];

	for (size_t i = 0; i < inv->n_accels; i++) {
		const struct accel *accel = &inv->accels[i];

		if (!(members >> i & 1))
			continue;
		add(tree, depth, INK_STRONG, "%s%-5s %-12zu %-12s  %s",
		    tree->view->compared ? "  " : "",
		    accel->kind == ACCEL_NVIDIA || accel->kind == ACCEL_AMD ? "GPU" : "accel", i,
		    pci_addr_format(&accel->pci, address), accel_kind_text(accel->kind));
	}
}

static void add_foreign(struct tree *tree, uint64_t members, unsigned depth)
{
	const struct inventory *inv = tree->view->inv;
	char address[PCI_ADDR_TEXT];

	for (size_t i = 0; i < inv->n_foreign; i++) {
		const struct foreign *foreign = &inv->foreign[i];

		if (members >> i & 1)
			add(tree, depth, INK_FAINT, "%s%-5s %-12s %-12s  %s, not EFA",
			    tree->view->compared ? "  " : "", "RDMA", foreign->rdma_name,
			    foreign->path.n ? pci_addr_format(&foreign->pci, address) : "-",
			    foreign->driver[0] ? foreign->driver : "no driver");
	}
}

static void add_group(struct tree *tree, size_t index)
{
	const struct locality_group *group = &tree->view->locality.v[index];
	char name[PCI_ADDR_TEXT];

	add(tree, 2, INK_PLAIN, "%s %s", group->is_switch ? "switch" : "host bridge",
	    locality_name(group, name));
	add_accels(tree, group->accels, 3);
	for (size_t i = 0; i < tree->view->n_rows; i++)
		if (view_efa_in(&tree->view->rows[i], (int)index))
			add_half(tree, &tree->view->rows[i], true, 3);
	for (size_t i = 0; i < tree->view->n_rows; i++)
		if (view_net_in(&tree->view->rows[i], (int)index))
			add_half(tree, &tree->view->rows[i], false, 3);
	add_foreign(tree, group->foreign, 3);
	if (group->empty_ports)
		add(tree, 3, INK_FAINT, "%s%u empty port%s", tree->view->compared ? "  " : "",
		    group->empty_ports, group->empty_ports == 1 ? "" : "s");
}

static void add_numa(struct tree *tree, int node)
{
	char cpus[256];

	show_cpus(tree->show, node, cpus, sizeof(cpus));
	if (node < 0)
		add(tree, 1, INK_STRONG, "NUMA node not known");
	else
		add(tree, 1, INK_STRONG, "NUMA node %d%s%s", node, cpus[0] ? "  " : "", cpus);
	for (size_t i = 0; i < tree->view->locality.n; i++)
		if (tree->view->locality.v[i].numa_node == node)
			add_group(tree, i);
}

/* What is missing, and nothing says where it should be. */
static void add_unplaced(struct tree *tree)
{
	bool any = false;

	for (size_t i = 0; i < tree->view->n_rows; i++) {
		const struct view_row *row = &tree->view->rows[i];
		bool efa = view_efa_in(row, -1), net = view_net_in(row, -1);

		if (!efa && !net && !view_is_riddle(row))
			continue;
		if (!any)
			add(tree, 1, INK_STRONG, "place not known");
		any = true;
		if (efa)
			add_half(tree, row, true, 2);
		if (net)
			add_half(tree, row, false, 2);
		if (view_is_riddle(row))
			add(tree, 2, INK_BAD, "! interface %s, device %d of card %d: invisible",
			    view_row_eni(tree->view, row), row->device_index, row->card_index);
	}
}

/* Is there another line at this depth before one further out? */
static bool goes_on(const struct tree *tree, size_t at, unsigned depth)
{
	for (size_t i = at + 1; i < tree->n; i++) {
		if (tree->lines[i].depth < depth)
			return false;
		if (tree->lines[i].depth == depth)
			return true;
	}
	return false;
}

static void print(const struct tree *tree)
{
	static const char *const ascii[] = {"|  ", "   ", "|- ", "`- "};
	static const char *const boxes[] = {"\u2502  ", "   ", "\u251c\u2500 ", "\u2514\u2500 "};
	const struct term *term = &tree->show->term;
	const char *const *draw = term->utf8 ? boxes : ascii;

	for (size_t i = 0; i < tree->n; i++) {
		const struct line *line = &tree->lines[i];

		if (line->depth)
			fputs(term_ink(term, INK_FAINT), stdout);
		for (unsigned depth = 1; depth < line->depth; depth++)
			fputs(draw[goes_on(tree, i, depth) ? 0 : 1], stdout);
		if (line->depth)
			fputs(draw[goes_on(tree, i, line->depth) ? 2 : 3], stdout);
		printf("%s%s%s%s\n", line->depth ? term_plain(term, INK_FAINT) : "",
		       term_ink(term, line->ink), line->text, term_plain(term, line->ink));
	}
}

int show_tree(const struct show *show)
{
	struct tree tree = {.show = show, .view = show->view};
	const char *type = show->view->inv->instance_type;

	add(&tree, 0, INK_STRONG, "%s", type[0] ? type : "node");
	for (size_t i = 0; i < show->view->n_numa; i++)
		add_numa(&tree, show->view->numa[i]);
	add_unplaced(&tree);
	if (!tree.failed) {
		printf("\n");
		print(&tree);
	}
	free(tree.lines);
	return tree.failed ? -ENOMEM : 0;
}
