/* SPDX-License-Identifier: Apache-2.0 */
/* What is odd about a node's functions whatever layout it should have. */
#include "verdict_impl.h"

#include <string.h>

#include "text.h"

static void add_unbound_ena(struct judge *judge, const struct ena *ena)
{
	struct finding *finding = findings_add(&judge->out->findings, "E113");
	char text[PCI_ADDR_TEXT];

	finding->card_index = ena->card_index;
	finding_subject(finding, "ENA function %s", pci_addr_format(&ena->pci, text));
	text_format(finding->expected, sizeof(finding->expected), "driver ena and a netdev");
	if (!ena->driver[0])
		finding_found(finding, "no driver");
	else if (strcmp(ena->driver, "ena") != 0)
		finding_found(finding, "driver %s", ena->driver);
	else
		finding_found(finding, "no netdev");
}

/* Bound, with an RDMA device, but its GID does not say which interface it belongs to. */
static void add_no_gid(struct judge *judge, const struct rail *rail)
{
	static const char *const how[] = {
		[PLACE_UNKNOWN] = "its interface cannot be told",
		[PLACE_MAC] = "",
		[PLACE_PCI] = "its card is that of the only ENA function near it",
		[PLACE_ELIMINATION] = "its interface is the only one left",
	};
	struct finding *finding = findings_add(&judge->out->findings, "I103");

	finding->rail = (int)(rail - judge->in->inv->rails);
	finding->card_index = rail->card_index;
	finding_subject(finding, "rail %s", rail->rdma_name);
	text_format(finding->expected, sizeof(finding->expected), "a GID made from a MAC address");
	finding_found(finding, "%s; %s", rail->has_gid ? "another GID" : "no GID",
		      how[rail->place]);
}

static void add_slow_link(struct judge *judge, const struct rail *rail)
{
	const struct pci_link *link = &rail->link;
	struct finding *finding = findings_add(&judge->out->findings, "I104");
	char name[PCI_ADDR_TEXT];

	finding->rail = (int)(rail - judge->in->inv->rails);
	finding->card_index = rail->card_index;
	finding_subject(finding, "rail %s", rail_name(rail, name));
	text_format(finding->expected, sizeof(finding->expected), "%u.%u GT/s x%u",
		    link->max_speed / 1000, link->max_speed % 1000 / 100, link->max_width);
	finding_found(finding, "%u.%u GT/s x%u", link->speed / 1000, link->speed % 1000 / 100,
		      link->width);
}

/* Devices that the type is known to have (p6: two ConnectX each) are not worth a word. */
static void add_foreign(struct judge *judge)
{
	const struct inventory *inv = judge->in->inv;
	const struct foreign *foreign = &inv->foreign[inv->n_foreign - 1];
	struct finding *finding = findings_add(&judge->out->findings, "I105");

	if (inv->n_foreign == 1)
		finding_subject(finding, "RDMA device %s", foreign->rdma_name);
	else
		finding_subject(finding, "%zu RDMA devices", inv->n_foreign);
	if (foreign->driver[0])
		finding_found(finding, "driver %s", foreign->driver);
}

void verdict_node(struct judge *judge)
{
	const struct inventory *inv = judge->in->inv;

	for (size_t i = 0; i < inv->n_enas; i++) {
		const struct ena *ena = &inv->enas[i];

		/* A saved topology has no drivers, and some have no netdevs. */
		if (ena->listed && !inv->origin[PART_NETDEVS][0])
			continue;
		if (!ena->netdev[0] || (ena->driver[0] && strcmp(ena->driver, "ena") != 0))
			add_unbound_ena(judge, ena);
	}
	for (size_t i = 0; i < inv->n_rails; i++) {
		const struct rail *rail = &inv->rails[i];

		if ((rail->stage == RAIL_NO_UVERBS || rail->stage == RAIL_USABLE) && !rail->has_mac)
			add_no_gid(judge, rail);
		if (rail->link.speed < rail->link.max_speed ||
		    rail->link.width < rail->link.max_width)
			add_slow_link(judge, rail);
	}
	if (inv->n_foreign > (judge->in->type ? judge->in->type->foreign : 0))
		add_foreign(judge);
}
