/* SPDX-License-Identifier: Apache-2.0 */
/* NUMA nodes, switches and host bridges. */
#include <string.h>

#include "show_svg.h"
#include "show_svg_tiles.h"
#include "text.h"

#define UNPLACED (-1)

static unsigned count_bits(uint64_t bits)
{
	return (unsigned)__builtin_popcountll(bits);
}

/* Add a block for a group; UNPLACED: what is in none. False: there is nothing in it. */
static bool list_block(struct canvas *canvas, int group)
{
	struct picture_block want = {0}, *block;
	struct tile_column columns[VIEW_ROWS_MAX];

	if (group >= 0) {
		want.n_accels = count_bits(canvas->view->locality.v[group].accels);
		want.n_foreign = count_bits(canvas->view->locality.v[group].foreign);
	}
	want.n_columns = (unsigned)tile_columns(canvas->view, group, columns);
	for (unsigned i = 0; i < want.n_columns; i++) {
		want.has_efa |= columns[i].efa != NULL;
		want.has_net |= columns[i].net != NULL;
	}
	if (group == UNPLACED && !want.n_columns)
		return false;
	block = picture_add_block(&canvas->picture);
	if (block)
		*block = want;
	return block != NULL;
}

static bool has_groups(const struct view *view, int node)
{
	for (size_t i = 0; i < view->locality.n; i++)
		if (view->locality.v[i].numa_node == node)
			return true;
	return false;
}

void list_blocks(struct canvas *canvas)
{
	const struct view *view = canvas->view;

	for (size_t i = 0; i < view->n_numa; i++) {
		if (!has_groups(view, view->numa[i]))
			continue;
		picture_add_panel(&canvas->picture);
		for (size_t group = 0; group < view->locality.n; group++)
			if (view->locality.v[group].numa_node == view->numa[i])
				list_block(canvas, (int)group);
	}
	picture_add_panel(&canvas->picture);
	if (!list_block(canvas, UNPLACED))
		canvas->picture.n_panels--;
}

/* "45:00.0" where all of the node is in segment 0. */
static const char *short_name(const struct locality_group *group, char *buf)
{
	const char *name = locality_name(group, buf);

	return strncmp(name, "0000:", 5) == 0 ? name + 5 : name;
}

static void draw_block_head(const struct canvas *canvas, const struct picture_block *block,
			    int group)
{
	const struct locality_group *place = &canvas->view->locality.v[group];
	int x = block->box.x + 13, end = block->box.x + block->box.w - 13;
	const char *kind = place->is_switch ? "switch" : "host bridge";
	char name[PCI_ADDR_TEXT];

	svg_label(canvas->svg, "b", x, block->box.y + 18, "%s", kind);
	svg_label(canvas->svg, "mono dim", x + svg_width(kind, SVG_BOLD, 11) + 6, block->box.y + 18,
		  "%s", short_name(place, name));
	if (place->empty_ports)
		svg_label(canvas->svg, "dim e", end, block->box.y + 18, "%u empty port%s",
			  place->empty_ports, place->empty_ports == 1 ? "" : "s");
}

static void draw_block(const struct canvas *canvas, const struct picture_block *block, int group)
{
	struct svg *svg = canvas->svg;
	char name[PCI_ADDR_TEXT] = "none";

	svg_begin(svg, "g");
	svg_attr(svg, "class", "group");
	if (group >= 0) {
		const struct locality_group *place = &canvas->view->locality.v[group];

		locality_name(place, name);
		svg_attr(svg, "data-group", "%d", group);
		svg_attr(svg, "data-at", "%s", name);
		svg_title(svg, "PCI %s %s", place->is_switch ? "switch" : "host bridge", name);
	} else {
		svg_attr(svg, "data-group", "none");
	}
	svg_rect(svg, "block", block->box, 6);
	if (group >= 0)
		draw_block_head(canvas, block, group);
	else
		svg_label(svg, "dim", block->box.x + 13, block->box.y + 18,
			  "nothing says where these are");
	draw_tiles(canvas, block, group);
	svg_end(svg);
}

static void draw_panel_head(const struct canvas *canvas, const struct picture_panel *panel,
			    int node)
{
	struct box box = panel->box;
	char text[300], name[32] = "NUMA node not known";

	if (node >= 0)
		text_format(name, sizeof(name), "NUMA node %d", node);
	svg_label(canvas->svg, "h2", box.x + 16, box.y + 22, "%s", name);
	show_cpus(canvas->show, node, text, sizeof(text));
	if (node < 0)
		for (size_t i = 0; i < canvas->view->inv->n_numa; i++) {
			char cpus[200];
			int number = canvas->view->inv->numa[i].node;

			show_cpus(canvas->show, number, cpus, sizeof(cpus));
			text_append(text, sizeof(text), "%snode %d: %s", i ? "; " : "", number,
				    cpus);
		}
	draw_fitted(canvas->svg, "dim", SVG_PLAIN, 11,
		    box.x + 16 + svg_width(name, SVG_BOLD, 15) + 12, box.y + 22,
		    box.w - 44 - svg_width(name, SVG_BOLD, 15), text);
}

static void draw_numa(const struct canvas *canvas, size_t at, int node)
{
	const struct picture_panel *panel = &canvas->picture.panels[at];
	size_t block = panel->first;

	svg_begin(canvas->svg, "g");
	svg_attr(canvas->svg, "class", "numa");
	svg_attr(canvas->svg, "data-numa", "%d", node);
	svg_rect(canvas->svg, "panel", panel->box, 8);
	draw_panel_head(canvas, panel, node);
	for (size_t i = 0; i < canvas->view->locality.n; i++)
		if (canvas->view->locality.v[i].numa_node == node)
			draw_block(canvas, &canvas->picture.blocks[block++], (int)i);
	svg_end(canvas->svg);
}

static void draw_unplaced(const struct canvas *canvas, size_t at)
{
	const struct picture_panel *panel = &canvas->picture.panels[at];

	svg_begin(canvas->svg, "g");
	svg_attr(canvas->svg, "class", "unplaced");
	svg_rect(canvas->svg, "panel", panel->box, 8);
	svg_label(canvas->svg, "h2", panel->box.x + 16, panel->box.y + 22, "Place not known");
	draw_block(canvas, &canvas->picture.blocks[panel->first], UNPLACED);
	svg_end(canvas->svg);
}

void draw_panels(const struct canvas *canvas)
{
	const struct view *view = canvas->view;
	size_t at = 0;

	for (size_t i = 0; i < view->n_numa; i++)
		if (has_groups(view, view->numa[i]))
			draw_numa(canvas, at++, view->numa[i]);
	if (at < canvas->picture.n_panels)
		draw_unplaced(canvas, at);
}
