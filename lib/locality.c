/* SPDX-License-Identifier: Apache-2.0 */
#include "locality.h"

#include <stdlib.h>
#include "text.h"

/* One function of interest; member is its bit list and place in the inventory. */
struct function {
	struct pci_path path;
	int numa_node;
	enum { MEMBER_RAIL, MEMBER_ENA, MEMBER_ACCEL, MEMBER_FOREIGN } kind;
	size_t index;
};

struct functions {
	size_t n;
	struct function v[LOCALITY_GROUPS_MAX];
};

static void add(struct functions *all, const struct pci_path *path, int numa_node, int kind,
		size_t index)
{
	struct function *f = &all->v[all->n++];

	f->path = *path;
	f->numa_node = numa_node;
	f->kind = kind;
	f->index = index;
}

static void collect(const struct inventory *inv, struct functions *all)
{
	for (size_t i = 0; i < inv->n_rails; i++)
		add(all, &inv->rails[i].path, inv->rails[i].numa_node, MEMBER_RAIL, i);
	for (size_t i = 0; i < inv->n_enas; i++)
		add(all, &inv->enas[i].path, inv->enas[i].numa_node, MEMBER_ENA, i);
	for (size_t i = 0; i < inv->n_accels; i++)
		add(all, &inv->accels[i].path, inv->accels[i].numa_node, MEMBER_ACCEL, i);
	for (size_t i = 0; i < inv->n_foreign; i++)
		add(all, &inv->foreign[i].path, inv->foreign[i].numa_node, MEMBER_FOREIGN, i);
}

/*
 * How many bridges of its path a function shares with its nearest neighbour: hop[0] to
 * hop[n - 1] of the path are above both; 0 for the host bridge alone.
 */
static unsigned shared_bridges(const struct functions *all, size_t own)
{
	unsigned best = 0;

	for (size_t i = 0; i < all->n; i++) {
		unsigned common = pci_path_common(&all->v[own].path, &all->v[i].path);

		/* Functions of one device share all bridges, and neither is above the other. */
		if (i != own && common > best)
			best = common;
	}
	return best ? best - 1 : 0;
}

static bool same_place(const struct locality_group *a, const struct locality_group *b)
{
	return a->root_segment == b->root_segment && a->root_bus == b->root_bus &&
	       a->is_switch == b->is_switch && (!a->is_switch || !pci_addr_compare(&a->at, &b->at));
}

static struct locality_group *group_at(struct locality *locality,
				       const struct locality_group *place)
{
	for (size_t i = 0; i < locality->n; i++) {
		if (same_place(&locality->v[i], place))
			return &locality->v[i];
	}
	locality->v[locality->n] = *place;
	return &locality->v[locality->n++];
}

static void join(struct locality *locality, const struct functions *all, size_t own)
{
	const struct function *f = &all->v[own];
	unsigned bridges = shared_bridges(all, own);
	struct locality_group *group, place = {
					      .numa_node = f->numa_node,
					      .root_segment = f->path.root_segment,
					      .root_bus = f->path.root_bus,
					      .is_switch = bridges > 0,
				      };
	uint64_t bit = UINT64_C(1) << f->index;

	if (bridges)
		place.at = f->path.hop[bridges - 1];
	group = group_at(locality, &place);
	if (f->kind == MEMBER_RAIL)
		group->rails |= bit;
	else if (f->kind == MEMBER_ENA)
		group->enas |= bit;
	else if (f->kind == MEMBER_ACCEL)
		group->accels |= bit;
	else
		group->foreign |= bit;
}

/* Is this empty port directly below the group's switch, or on its host bridge? */
static bool holds_port(const struct locality_group *group, const struct pci_port *port)
{
	const struct pci_path *path = &port->path;

	if (!path->n || path->root_segment != group->root_segment ||
	    path->root_bus != group->root_bus)
		return false;
	if (!group->is_switch)
		return path->n == 1;
	return path->n > 1 && !pci_addr_compare(&path->hop[path->n - 2], &group->at);
}

static int compare(const void *pa, const void *pb)
{
	const struct locality_group *a = pa, *b = pb;

	if (a->numa_node != b->numa_node)
		return a->numa_node < b->numa_node ? -1 : 1;
	if (a->root_segment != b->root_segment)
		return a->root_segment < b->root_segment ? -1 : 1;
	if (a->root_bus != b->root_bus)
		return a->root_bus < b->root_bus ? -1 : 1;
	if (a->is_switch != b->is_switch)
		return a->is_switch ? 1 : -1;
	return a->is_switch ? pci_addr_compare(&a->at, &b->at) : 0;
}

void locality_find(const struct inventory *inv, struct locality *ret_locality)
{
	struct functions all = {0};

	ret_locality->n = 0;
	collect(inv, &all);
	for (size_t i = 0; i < all.n; i++)
		join(ret_locality, &all, i);
	for (size_t i = 0; i < ret_locality->n; i++) {
		struct locality_group *group = &ret_locality->v[i];

		for (size_t port = 0; port < inv->n_ports; port++)
			group->empty_ports += holds_port(group, &inv->ports[port]);
	}
	qsort(ret_locality->v, ret_locality->n, sizeof(ret_locality->v[0]), compare);
}

const char *locality_name(const struct locality_group *group, char *buf)
{
	if (group->is_switch)
		return pci_addr_format(&group->at, buf);
	text_format(buf, PCI_ADDR_TEXT, "pci%04x:%02x", group->root_segment, group->root_bus);
	return buf;
}
