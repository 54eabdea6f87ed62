/* SPDX-License-Identifier: Apache-2.0 */
#include "inventory_scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "pci_kind.h"
#include "text.h"

struct function {
	const char *name; /* "0000:4f:00.0" */
	struct pci_addr pci;
	struct pci_path path;
	uint32_t vendor, device;
	enum pci_kind kind;
	enum accel_kind accel;
	int numa_node;
	char driver[NAME_TEXT];
};

/* What is found on the way, with room for every function. */
struct walk {
	struct pci_port *bridges;
	struct pci_addr *above; /* the bridges above each function: not empty */
	size_t n_bridges, n_above;
};

/* Vendor first: most functions of a node are of nobody's interest and cost one read. */
static int read_kind(const struct sysfs_dir *dir, struct function *f, struct err *err)
{
	char name[PCI_ADDR_TEXT + 16];
	uint32_t pci_class = 0;
	int r;

	text_format(name, sizeof(name), "%s/vendor", f->name);
	r = sysfs_read_hex(dir, name, &f->vendor, err);
	if (r)
		return r;
	if (!pci_kind_vendor(f->vendor))
		return 0;
	text_format(name, sizeof(name), "%s/device", f->name);
	r = sysfs_read_hex(dir, name, &f->device, err);
	if (r)
		return r;
	if (pci_kind_needs_class(f->vendor)) {
		text_format(name, sizeof(name), "%s/class", f->name);
		r = sysfs_read_hex(dir, name, &pci_class, err);
		if (r)
			return r;
	}
	f->kind = pci_kind_of(f->vendor, f->device, pci_class, &f->accel);
	return 0;
}

/* A tree without links (a captured one) leaves the path unknown, and so does a link to another
 * function. */
static void note_way(const struct sysfs_dir *dir, struct function *f, struct walk *walk)
{
	char target[SYSFS_PATH_TEXT];

	if (sysfs_link(dir, f->name, target, sizeof(target), NULL) ||
	    pci_path_parse(target, &f->path) ||
	    pci_addr_compare(&f->path.hop[f->path.n - 1], &f->pci))
		f->path = (struct pci_path){0};
	for (unsigned i = 0; i + 1 < f->path.n; i++)
		walk->above[walk->n_above++] = f->path.hop[i];
}

static int note_bridge(const struct sysfs_dir *dir, const struct function *f, struct walk *walk,
		       struct err *err)
{
	struct pci_port *port = &walk->bridges[walk->n_bridges];
	char name[PCI_ADDR_TEXT + 32];
	uint32_t pci_class;
	int r;

	if (!f->path.n)
		return 0;
	text_format(name, sizeof(name), "%s/class", f->name);
	r = sysfs_read_hex(dir, name, &pci_class, err);
	if (r || !pci_kind_is_bridge(pci_class))
		return r;
	*port = (struct pci_port){.pci = f->pci, .path = f->path};
	text_format(name, sizeof(name), "%s/secondary_bus_number", f->name);
	r = sysfs_read_int(dir, name, 0, UINT8_MAX, &port->bus, err);
	if (r == -ENOENT)
		port->bus = -1;
	else if (r)
		return r;
	walk->n_bridges++;
	return 0;
}

/* What every function of interest has. */
static int read_place(const struct sysfs_dir *own, struct function *f, struct err *err)
{
	char driver[SYSFS_NAME_TEXT];
	int r = sysfs_read_int(own, "numa_node", -1, NUMA_NUMBER_MAX, &f->numa_node, err);
	if (r == -ENOENT)
		f->numa_node = -1;
	else if (r)
		return r;
	r = sysfs_link_name(own, "driver", driver, sizeof(driver), err);
	if (r == -ENOENT)
		return 0;
	return r ? r
		 : inventory_take_name(own, "a driver name", driver, f->driver, sizeof(f->driver),
				       err);
}

static int too_many(const struct sysfs_dir *dir, const char *what, unsigned max, struct err *err)
{
	return err_set(err, -EOVERFLOW, "%s: more than %u %s", dir->path, max, what);
}

static int add_rail(const struct sysfs_dir *dir, const struct function *f, struct inventory *inv,
		    struct err *err)
{
	struct rail *rail;
	bool bound = !strcmp(f->driver, "efa");

	if (inv->n_rails == NODE_RAILS_MAX)
		return too_many(dir, "EFA functions", NODE_RAILS_MAX, err);
	rail = &inv->rails[inv->n_rails++];
	*rail = (struct rail){
		.pci = f->pci,
		.path = f->path,
		.numa_node = f->numa_node,
		.device_id = (uint16_t)f->device,
		.stage = bound ? RAIL_NO_RDMA : RAIL_UNBOUND,
		.uverbs = -1,
		.uverbs_mode = -1,
		.card_index = -1,
		.device_index = -1,
		.ena = -1,
	};
	memcpy(rail->driver, f->driver, sizeof(rail->driver));
	return 0;
}

static int read_netdev(const struct sysfs_dir *own, struct ena *ena, struct err *err)
{
	static const struct mac none;
	cleanup_sysfs_names struct sysfs_names names = {0};
	char path[SYSFS_NAME_TEXT + 16], text[SYSFS_VALUE_TEXT];
	int r = sysfs_list(own, "net", &names, err);

	if (r || !names.n)
		return r == -ENOENT ? 0 : r;
	text_format(path, sizeof(path), "net/%s/address", names.v[0]);
	r = sysfs_read(own, path, text, sizeof(text), err);
	if (r)
		return r == -ENOENT ? 0 : r;
	if (mac_parse(text, &ena->mac))
		return err_set(err, -EINVAL, "%s%s: expected a MAC address", own->path, path);
	ena->has_mac = !mac_equal(&ena->mac, &none);
	text_format(path, sizeof(path), "net/%s/operstate", names.v[0]);
	r = sysfs_read(own, path, ena->operstate, sizeof(ena->operstate), err);
	if (r && r != -ENOENT)
		return r;
	text_printable(ena->operstate, sizeof(ena->operstate), ena->operstate);
	return inventory_take_name(own, "a network interface name", names.v[0], ena->netdev,
				   sizeof(ena->netdev), err);
}

static int add_ena(const struct sysfs_dir *dir, const struct sysfs_dir *own,
		   const struct function *f, struct inventory *inv, struct err *err)
{
	struct ena *ena;

	if (inv->n_enas == NODE_ENAS_MAX)
		return too_many(dir, "ENA functions", NODE_ENAS_MAX, err);
	ena = &inv->enas[inv->n_enas++];
	*ena = (struct ena){
		.pci = f->pci,
		.path = f->path,
		.numa_node = f->numa_node,
		.card_index = -1,
		.device_index = -1,
	};
	memcpy(ena->driver, f->driver, sizeof(ena->driver));
	return read_netdev(own, ena, err);
}

static int add_accel(const struct sysfs_dir *dir, const struct function *f, struct inventory *inv,
		     struct err *err)
{
	if (inv->n_accels == NODE_ACCELS_MAX)
		return too_many(dir, "accelerators", NODE_ACCELS_MAX, err);
	inv->accels[inv->n_accels++] = (struct accel){
		.kind = f->accel,
		.pci = f->pci,
		.path = f->path,
		.numa_node = f->numa_node,
		.vendor_id = (uint16_t)f->vendor,
		.device_id = (uint16_t)f->device,
	};
	return 0;
}

static int add_function(const struct sysfs_dir *dir, const char *name, struct walk *walk,
			struct inventory *inv, struct err *err)
{
	cleanup_sysfs struct sysfs_dir own = SYSFS_DIR_NONE;
	struct function f = {.name = name};
	int r;

	if (pci_addr_parse(name, &f.pci))
		return err_set(err, -EINVAL, "%s%s: expected a PCI address", dir->path, name);
	r = read_kind(dir, &f, err);
	if (r)
		return r;
	note_way(dir, &f, walk);
	if (f.kind == PCI_KIND_OTHER)
		return note_bridge(dir, &f, walk, err);
	r = sysfs_open_at(dir, name, &own, err);
	if (r)
		return r;
	r = read_place(&own, &f, err);
	if (r)
		return r;
	if (f.kind == PCI_KIND_EFA)
		return add_rail(dir, &f, inv, err);
	if (f.kind == PCI_KIND_ENA)
		return add_ena(dir, &own, &f, inv, err);
	return add_accel(dir, &f, inv, err);
}

static int compare_addrs(const void *a, const void *b)
{
	return pci_addr_compare(a, b);
}

/* Bridges with nothing behind them. */
static int keep_empty(const struct sysfs_dir *dir, struct walk *walk, struct inventory *inv,
		      struct err *err)
{
	qsort(walk->above, walk->n_above, sizeof(walk->above[0]), compare_addrs);
	for (size_t i = 0; i < walk->n_bridges; i++) {
		const struct pci_port *port = &walk->bridges[i];

		if (bsearch(&port->pci, walk->above, walk->n_above, sizeof(walk->above[0]),
			    compare_addrs))
			continue;
		if (inv->n_ports == NODE_PORTS_MAX)
			return too_many(dir, "empty PCIe ports", NODE_PORTS_MAX, err);
		inv->ports[inv->n_ports++] = *port;
	}
	return 0;
}

static int walk_functions(const struct sysfs_dir *dir, const struct sysfs_names *names,
			  struct inventory *inv, struct err *err)
{
	cleanup_free struct pci_port *bridges = calloc(names->n + 1, sizeof(*bridges));
	cleanup_free struct pci_addr *above = calloc(names->n + 1, PCI_DEPTH_MAX * sizeof(*above));
	struct walk walk = {.bridges = bridges, .above = above};
	int r;

	if (!bridges || !above)
		return err_set(err, -ENOMEM, "%s: out of memory", dir->path);
	for (size_t i = 0; i < names->n; i++) {
		r = add_function(dir, names->v[i], &walk, inv, err);
		if (r && r != -ENOENT) /* gone while being read: not there */
			return r;
	}
	r = keep_empty(dir, &walk, inv, err);
	/* Names sort like addresses only while all segments have four digits. */
	if (!r)
		inventory_sort(inv);
	return r;
}

int inventory_scan_pci(const struct sysfs_dir *root, struct inventory *inv, struct err *err)
{
	cleanup_sysfs struct sysfs_dir dir = SYSFS_DIR_NONE;
	cleanup_sysfs_names struct sysfs_names names = {0};
	int r = sysfs_open_at(root, INVENTORY_PCI_DIR, &dir, err);

	if (r)
		return r == -ENOENT ? 0 : r;
	inventory_set_origin(inv, PART_PCI, root, INVENTORY_PCI_DIR);
	r = sysfs_list(&dir, ".", &names, err);
	if (!r)
		r = walk_functions(&dir, &names, inv, err);
	for (size_t i = 0; !r && i < inv->n_enas; i++) {
		if (inv->enas[i].netdev[0])
			inventory_set_origin(inv, PART_NETDEVS, root, INVENTORY_PCI_DIR "/*/net");
	}
	return r;
}
