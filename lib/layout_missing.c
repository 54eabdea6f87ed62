/* SPDX-License-Identifier: Apache-2.0 */
#include "layout_match.h"

static bool has_rail_at(const struct inventory *inv, const struct pci_addr *pci)
{
	for (size_t i = 0; i < inv->n_rails; i++) {
		if (!pci_addr_compare(&inv->rails[i].pci, pci))
			return true;
	}
	return false;
}

/* False: the table is not this node's. */
static bool missing_in_table(const struct instance_type *type, const struct inventory *inv,
			     struct pci_addr *ret_pci, size_t *ret_n)
{
	size_t n = 0, found = 0;

	for (size_t i = 0; i < type->n_rail_pci; i++) {
		if (has_rail_at(inv, &type->rail_pci[i]))
			found++;
		else
			ret_pci[n++] = type->rail_pci[i];
	}
	*ret_n = n;
	return type->n_rail_pci && found == inv->n_rails;
}

/* Do they hang below the same upstream port? A node has other switches too, for its volumes. */
static bool same_switch(const struct pci_path *rail, const struct pci_path *port)
{
	return rail->n == port->n + 1 &&
	       !pci_addr_compare(&rail->hop[rail->n - 3], &port->hop[port->n - 2]);
}

/*
 * Switches of one node are built alike: their ports have the same device and function numbers, and
 * the same ones have EFA functions behind them (p5, p5en, p6 so far).
 */
static bool is_rail_port(const struct inventory *inv, const struct pci_port *port)
{
	bool place = false, beside = false;

	for (size_t i = 0; i < inv->n_rails; i++) {
		const struct pci_path *path = &inv->rails[i].path;
		const struct pci_addr *above;

		if (path->n < 3 || path->n != port->path.n + 1)
			continue;
		above = &path->hop[path->n - 2];
		place |= above->slot == port->pci.slot && above->func == port->pci.func;
		beside |= same_switch(path, &port->path);
	}
	return place && beside;
}

static size_t missing_at_ports(const struct inventory *inv, struct pci_addr *ret_pci)
{
	size_t n = 0;

	for (size_t i = 0; i < inv->n_ports && n < NODE_RAILS_MAX; i++) {
		const struct pci_port *port = &inv->ports[i];

		/* On a root port stands a device of its own, which says nothing about others. */
		if (port->path.n < 2 || port->bus < 0 || !is_rail_port(inv, port))
			continue;
		ret_pci[n++] = (struct pci_addr){.segment = port->pci.segment,
						 .bus = (uint8_t)port->bus};
	}
	return n;
}

size_t layout_missing_pci(const struct instance_type *type, const struct inventory *inv,
			  struct pci_addr ret_pci[NODE_RAILS_MAX])
{
	size_t n;

	if (type && missing_in_table(type, inv, ret_pci, &n))
		return n;
	return missing_at_ports(inv, ret_pci);
}
