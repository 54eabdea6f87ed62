/* SPDX-License-Identifier: Apache-2.0 */
/* What the tiles of interfaces say when the pointer rests on them. */
#include "show_svg_tiles.h"

#include "text.h"

/* What a row's hover text says of its interface. */
static void add_interface(const struct canvas *canvas, const struct view_row *row, char *text,
			  size_t size)
{
	const struct mac *mac = view_row_mac(canvas->view, row);
	const char *eni = view_row_eni(canvas->view, row);
	char buf[MAC_TEXT];

	if (row->card_index >= 0)
		text_append(text, size, "\nnetwork card %d", row->card_index);
	else
		text_append(text, size, "\nnetwork card not known");
	if (row->device_index >= 0)
		text_append(text, size, ", device %d", row->device_index);
	if (eni[0])
		text_append(text, size, "\n%s", eni);
	if (mac)
		text_append(text, size, "\nMAC %s", mac_format(mac, buf));
	if (row->expected[0])
		text_append(text, size, "\nfound %s, expected %s",
			    row->kind == KIND_ABSENT ? "nothing" : interface_kind_text(row->kind),
			    row->expected);
}

void tile_title_efa(const struct canvas *canvas, const struct view_row *row, char *text,
		    size_t size)
{
	const struct rail *rail = row->rail >= 0 ? &canvas->view->inv->rails[row->rail] : NULL;
	char buf[PCI_ADDR_TEXT];

	if (view_is_riddle(row))
		text_format(text, size, "interface of which the node shows nothing");
	else if (rail)
		text_format(text, size, "EFA %s: %s",
			    rail->rdma_name[0] ? rail->rdma_name : "without RDMA device",
			    rail_stage_text(rail->stage));
	else
		text_format(text, size, "EFA function missing");
	if (rail || row->has_hole)
		text_append(text, size, "\n%s %s", rail ? "PCI address" : "nothing at PCI address",
			    pci_addr_format(rail ? &rail->pci : &row->hole, buf));
	if (rail && rail->numa_node >= 0)
		text_append(text, size, ", NUMA node %d", rail->numa_node);
	if (rail && rail->gbps)
		text_append(text, size, ", %u Gb/s", rail->gbps);
	add_interface(canvas, row, text, size);
}

void tile_title_net(const struct canvas *canvas, const struct view_row *row, char *text,
		    size_t size)
{
	const struct ena *ena = row->ena >= 0 ? &canvas->view->inv->enas[row->ena] : NULL;
	char buf[PCI_ADDR_TEXT];

	if (ena)
		text_format(text, size, "ENA %s: %s\nPCI address %s",
			    ena->netdev[0] ? ena->netdev : "without netdev",
			    ena->operstate[0] ? ena->operstate : shown_text(row->net),
			    pci_addr_format(&ena->pci, buf));
	else
		text_format(text, size, "ENA function missing");
	if (ena && ena == inventory_primary_ena(canvas->view->inv))
		text_append(text, size, "\nprimary: carries general traffic");
	for (size_t i = 0; ena && i < ena->n_addresses; i++)
		text_append(text, size, "%s%s", i ? ", " : "\n", ena->addresses[i]);
	add_interface(canvas, row, text, size);
}
