/* SPDX-License-Identifier: Apache-2.0 */
#include "show_svg_tiles.h"

#include <string.h>

#include "text.h"

#define TILE_PAD  5
#define ROOMY	  112 /* width from which a tile has a second text beside the first */
#define TITLE_MAX 512

/* The first column that has an EFA half alone. */
static size_t first_half_empty(const struct tile_column *columns, size_t n)
{
	size_t i = 0;

	while (i < n && columns[i].net)
		i++;
	return i;
}

size_t tile_columns(const struct view *view, int group, struct tile_column columns[VIEW_ROWS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < view->n_rows; i++) {
		const struct view_row *row = &view->rows[i];
		bool efa = view_efa_in(row, group) || (group < 0 && view_is_riddle(row));
		bool net = view_net_in(row, group);

		if (efa || (net && view->cards_known))
			columns[n++] = (struct tile_column){efa ? row : NULL, net ? row : NULL};
	}
	for (size_t i = 0; !view->cards_known && i < view->n_rows; i++) {
		const struct view_row *row = &view->rows[i];
		size_t at;

		if (!view_net_in(row, group) || view_efa_in(row, group))
			continue;
		at = first_half_empty(columns, n);
		if (at == n)
			columns[n++].efa = NULL;
		columns[at].net = row;
	}
	return n;
}

static const char *short_address(const struct pci_addr *pci, char *buf)
{
	const char *text = pci_addr_format(pci, buf);

	return strncmp(text, "0000:", 5) == 0 ? text + 5 : text;
}

static const char *accel_word(enum accel_kind kind)
{
	switch (kind) {
	case ACCEL_NVIDIA:
	case ACCEL_AMD:
		return "GPU";
	case ACCEL_NEURON:
		return "Neuron";
	case ACCEL_HABANA:
		return "Gaudi";
	}
	return "?";
}

static void draw_accel(const struct canvas *canvas, struct box box, size_t index)
{
	const struct accel *accel = &canvas->view->inv->accels[index];
	struct svg *svg = canvas->svg;
	char text[PCI_ADDR_TEXT], label[32];
	const char *address;

	svg_begin(svg, "g");
	svg_attr(svg, "class", "tile");
	svg_attr(svg, "data-kind", "accelerator");
	svg_attr(svg, "data-index", "%zu", index);
	svg_attr(svg, "data-pci", "%s", pci_addr_format(&accel->pci, text));
	svg_title(svg, "%s %zu (%s)\nPCI address %s\ndevice %04x:%04x", accel_word(accel->kind),
		  index, accel_kind_text(accel->kind), text, accel->vendor_id, accel->device_id);
	svg_rect(svg, "accel", box, 4);
	text_format(label, sizeof(label), "%s %zu", accel_word(accel->kind), index);
	svg_label(svg, "accel-no", box.x + 8, box.y + 23, "%s", label);
	address = short_address(&accel->pci, text);
	if (svg_width(label, SVG_BOLD, 13) + svg_width(address, SVG_MONO, 10) + 24 <= box.w)
		svg_label(svg, "mono dim e", box.x + box.w - 8, box.y + 22, "%s", address);
	svg_end(svg);
}

static void draw_foreign(const struct canvas *canvas, struct box box, size_t index)
{
	const struct foreign *foreign = &canvas->view->inv->foreign[index];
	struct svg *svg = canvas->svg;
	char text[PCI_ADDR_TEXT];

	svg_begin(svg, "g");
	svg_attr(svg, "class", "tile");
	svg_attr(svg, "data-kind", "foreign");
	svg_attr(svg, "data-index", "%zu", index);
	if (foreign->path.n)
		svg_attr(svg, "data-pci", "%s", pci_addr_format(&foreign->pci, text));
	svg_title(svg, "%s\nRDMA device of others, not EFA: left out\ndriver %s\n%s%s",
		  foreign->rdma_name, foreign->driver[0] ? foreign->driver : "none",
		  foreign->path.n ? "PCI address " : "no PCI device",
		  foreign->path.n ? pci_addr_format(&foreign->pci, text) : "");
	svg_rect(svg, "other", box, 4);
	draw_fitted(svg, "mono", SVG_MONO, 10, box.x + TILE_PAD, box.y + 18, box.w - 2 * TILE_PAD,
		    foreign->rdma_name);
	svg_end(svg);
}

static void begin_half(const struct canvas *canvas, const struct view_row *row, bool efa,
		       const struct pci_addr *pci)
{
	const struct inventory *inv = canvas->view->inv;
	int index = efa ? row->rail : row->ena;
	bool riddle = view_is_riddle(row);
	char title[TITLE_MAX] = "", text[PCI_ADDR_TEXT];
	struct svg *svg = canvas->svg;

	svg_begin(svg, "g");
	svg_attr(svg, "class", "tile");
	svg_attr(svg, "data-kind", "%s", riddle ? "interface" : efa ? "efa" : "ena");
	svg_attr(svg, "data-state", "%s",
		 shown_text(riddle ? SHOWN_WANTED
			    : efa  ? row->efa
				   : row->net));
	if (index >= 0) {
		svg_attr(svg, "data-index", "%d", index);
		svg_attr(svg, "data-name", "%s",
			 efa ? inv->rails[index].rdma_name : inv->enas[index].netdev);
	}
	if (row->rail >= 0 && efa)
		svg_attr(svg, "data-stage", "%s", rail_stage_text(inv->rails[index].stage));
	if (pci)
		svg_attr(svg, "data-pci", "%s", pci_addr_format(pci, text));
	if (row->card_index >= 0)
		svg_attr(svg, "data-card", "%d", row->card_index);
	if (row->device_index >= 0)
		svg_attr(svg, "data-device", "%d", row->device_index);
	if (efa)
		tile_title_efa(canvas, row, title, sizeof(title));
	else
		tile_title_net(canvas, row, title, sizeof(title));
	svg_title(svg, "%s", title);
}

static void draw_ring(const struct canvas *canvas, const struct view_row *row, struct box box)
{
	if (view_differs_otherwise(row))
		svg_rect(canvas->svg, "ring",
			 (struct box){box.x - 2, box.y - 2, box.w + 4, box.h + 4}, 6);
}

/* The line at the foot of an EFA tile: what is wrong with it, else where it is. */
static const char *foot_text(const struct view_row *row, enum rail_stage stage,
			     const struct pci_addr *pci, char *buf)
{
	if (view_is_riddle(row))
		return "no device";
	if (row->efa == SHOWN_FAULTY)
		return stage == RAIL_UNBOUND   ? "no driver"
		       : stage == RAIL_NO_RDMA ? "no RDMA"
					       : "no uverbs";
	if (!pci)
		return "missing";
	return short_address(pci, buf);
}

static void draw_efa(const struct canvas *canvas, struct box box, const struct view_row *row)
{
	const struct rail *rail = row->rail >= 0 ? &canvas->view->inv->rails[row->rail] : NULL;
	const struct pci_addr *pci = rail ? &rail->pci : row->has_hole ? &row->hole : NULL;
	const char *on = row->efa == SHOWN_FINE	     ? " on-efa"
			 : row->efa == SHOWN_MISSING ? " bad"
						     : "";
	bool roomy = box.w >= ROOMY, faulty = row->efa == SHOWN_FAULTY, words;
	char class[32], address[PCI_ADDR_TEXT], number[16] = "";
	const char *foot = foot_text(row, rail ? rail->stage : RAIL_USABLE, pci, address);

	begin_half(canvas, row, true, pci);
	draw_half(canvas->svg, box, true, view_is_riddle(row) ? SHOWN_WANTED : row->efa);
	if (row->card_index >= 0)
		text_format(number, sizeof(number), "%d", row->card_index);
	else if (canvas->view->cards_known)
		text_format(number, sizeof(number), "?");
	text_format(class, sizeof(class), "rail-no%s", on);
	if (number[0])
		svg_label(canvas->svg, class, box.x + TILE_PAD, box.y + 21, "%s", number);
	if (roomy && rail && row->efa == SHOWN_FINE) {
		text_format(class, sizeof(class), "mono e%s", on);
		draw_fitted(canvas->svg, class, SVG_MONO, 10, box.x + box.w - TILE_PAD, box.y + 19,
			    box.w - 2 * TILE_PAD - 26, rail->rdma_name);
	}
	words = faulty || !pci;
	text_format(class, sizeof(class), "%s%s", words ? "small" : "mono", on);
	draw_fitted(canvas->svg, class, words ? SVG_PLAIN : SVG_MONO, words ? 9 : 10,
		    box.x + TILE_PAD, box.y + 43, box.w - TILE_PAD - 3, foot);
	draw_ring(canvas, row, box);
	svg_end(canvas->svg);
}

static void draw_net(const struct canvas *canvas, struct box box, const struct view_row *row,
		     bool numbered)
{
	const struct ena *ena = row->ena >= 0 ? &canvas->view->inv->enas[row->ena] : NULL;
	int x = box.x + TILE_PAD, room;
	char class[32];
	const char *name;
	bool small;

	begin_half(canvas, row, false, ena ? &ena->pci : NULL);
	draw_half(canvas->svg, box, false, row->net);
	if (numbered && row->card_index >= 0 && box.w >= SIGN_W_MIN) {
		svg_label(canvas->svg, "accel-no", x, box.y + 19, "%d", row->card_index);
		x += 24;
	}
	room = box.x + box.w - x - (row->net == SHOWN_FINE || box.w < SIGN_W_MIN ? TILE_PAD : 18);
	name = !ena ? "missing" : ena->netdev[0] ? ena->netdev : "no netdev";
	small = svg_width(name, SVG_MONO, 10) > room;
	text_format(class, sizeof(class), "mono%s%s", row->net == SHOWN_MISSING ? " bad" : "",
		    small ? " small" : "");
	draw_fitted(canvas->svg, class, SVG_MONO, small ? 9 : 10, x, box.y + 18, room, name);
	if (ena && ena == inventory_primary_ena(canvas->view->inv))
		svg_rect(canvas->svg, "primary",
			 (struct box){box.x + 1, box.y + box.h - 4, box.w - 2, 3}, 0);
	draw_ring(canvas, row, box);
	svg_end(canvas->svg);
}

/* The place of the EFA half of an interface that has none: its card's number stands there. */
static void draw_gap(const struct canvas *canvas, struct box box, const struct view_row *row)
{
	draw_half(canvas->svg, box, true, SHOWN_NONE);
	if (row->card_index >= 0)
		svg_label(canvas->svg, "rail-no dim", box.x + TILE_PAD, box.y + 21, "%d",
			  row->card_index);
}

static void draw_columns(const struct canvas *canvas, const struct picture_block *block, int group)
{
	struct tile_column columns[VIEW_ROWS_MAX];
	size_t n = tile_columns(canvas->view, group, columns);

	for (size_t i = 0; i < n; i++) {
		const struct view_row *efa = columns[i].efa, *net = columns[i].net;
		struct box efa_box = picture_efa(block, (unsigned)i);
		struct box net_box = picture_net(block, (unsigned)i);

		if (efa && efa == net && efa->rail >= 0 && efa->ena >= 0)
			draw_joint(canvas->svg, "joint", efa_box, net_box);
		if (efa)
			draw_efa(canvas, efa_box, efa);
		else if (block->has_efa)
			draw_gap(canvas, efa_box, net);
		if (net)
			draw_net(canvas, net_box, net, !block->has_efa);
	}
}

void draw_tiles(const struct canvas *canvas, const struct picture_block *block, int group)
{
	const struct view *view = canvas->view;
	const struct locality_group *place = group >= 0 ? &view->locality.v[group] : NULL;
	unsigned at = 0;

	for (size_t i = 0; place && i < view->inv->n_accels; i++)
		if (place->accels >> i & 1)
			draw_accel(canvas, picture_accel(block, at++), i);
	draw_columns(canvas, block, group);
	at = 0;
	for (size_t i = 0; place && i < view->inv->n_foreign; i++)
		if (place->foreign >> i & 1)
			draw_foreign(canvas, picture_foreign(block, at++), i);
}
