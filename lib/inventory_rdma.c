/* SPDX-License-Identifier: Apache-2.0 */
#include "inventory_scan.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "text.h"

static struct rail *find_rail(struct inventory *inv, const struct pci_addr *pci)
{
	for (size_t i = 0; i < inv->n_rails; i++) {
		if (!pci_addr_compare(&inv->rails[i].pci, pci))
			return &inv->rails[i];
	}
	return NULL;
}

/*
 * The device keeps GID 0 in the kernel's cache: reading it costs no command. A kernel that cannot
 * say prints zeros or fails the read (EINVAL, EIO); both mean a rail without GID, which the verdict
 * and the probe judge.
 */
static int read_gid(const struct sysfs_dir *dir, struct rail *rail, struct err *err)
{
	static const uint8_t zero[16];
	uint8_t gid[16];
	char text[SYSFS_VALUE_TEXT];
	int r = sysfs_read(dir, "ports/1/gids/0", text, sizeof(text), err);

	if (r == -ENOENT || r == -EINVAL || r == -EIO || (!r && !text[0]))
		return 0;
	if (r)
		return r;
	if (gid_parse(text, gid)) {
		char shown[64];

		text_printable(shown, sizeof(shown), text);
		return err_set(err, -EINVAL, "%sports/1/gids/0: expected a GID, found \"%s\"",
			       dir->path, shown);
	}
	if (!memcmp(gid, zero, sizeof(gid)))
		return 0;
	rail->has_gid = true;
	memcpy(rail->gid, gid, sizeof(gid));
	rail->has_mac = !mac_from_gid(gid, &rail->mac);
	return 0;
}

/* The minor of the rail's uverbs device, and whether programs can open it. */
static int read_uverbs(const struct sysfs_dir *root, const struct sysfs_dir *function,
		       struct rail *rail, struct err *err)
{
	cleanup_sysfs_names struct sysfs_names names = {0};
	char node[64];
	uint64_t minor;
	int r = sysfs_list(function, "infiniband_verbs", &names, err);

	if (r || !names.n)
		return r == -ENOENT ? 0 : r;
	if (names.n > 1 || strncmp(names.v[0], "uverbs", 6) ||
	    text_u64(names.v[0] + 6, 0, INT_MAX, &minor))
		return err_set(err, -EINVAL, "%sinfiniband_verbs: expected one uverbs<number>",
			       function->path);
	rail->uverbs = (int)minor;
	text_format(node, sizeof(node), "dev/infiniband/uverbs%d", rail->uverbs);
	if (!sysfs_mode(root, node, &rail->uverbs_mode))
		rail->stage = RAIL_USABLE;
	return 0;
}

static int read_rail(const struct sysfs_dir *root, const struct sysfs_dir *dir, const char *name,
		     struct rail *rail, struct err *err)
{
	cleanup_sysfs struct sysfs_dir function = SYSFS_DIR_NONE;
	int r;

	if (rail->rdma_name[0])
		return err_set(err, -EINVAL, "%s: a second RDMA device of the function of %s",
			       dir->path, rail->rdma_name);
	r = sysfs_open_at(dir, "device", &function, err);
	if (r)
		return r;
	r = read_gid(dir, rail, err);
	if (r)
		return r;
	r = inventory_take_name(dir, "an RDMA device name", name, rail->rdma_name,
				sizeof(rail->rdma_name), err);
	if (r)
		return r;
	if (rail->stage < RAIL_NO_UVERBS)
		rail->stage = RAIL_NO_UVERBS;
	return read_uverbs(root, &function, rail, err);
}

/* Where the function of another's device sits; what cannot be read stays unknown. */
static void read_place(const struct sysfs_dir *root, const struct sysfs_dir *dir,
		       struct foreign *foreign)
{
	char text[PCI_ADDR_TEXT], name[64], target[SYSFS_PATH_TEXT];

	foreign->numa_node = -1;
	if (pci_addr_is_zero(&foreign->pci))
		return;
	text_format(name, sizeof(name), INVENTORY_PCI_DIR "/%s",
		    pci_addr_format(&foreign->pci, text));
	if (!sysfs_link(root, name, target, sizeof(target), NULL) &&
	    pci_path_parse(target, &foreign->path))
		foreign->path = (struct pci_path){0};
	if (sysfs_read_int(dir, "device/numa_node", -1, NUMA_NUMBER_MAX, &foreign->numa_node, NULL))
		foreign->numa_node = -1;
}

static int add_foreign(const struct sysfs_dir *root, const struct sysfs_dir *dir, const char *name,
		       const struct pci_addr *pci, struct inventory *inv, struct err *err)
{
	char driver[SYSFS_NAME_TEXT] = "";
	struct foreign *foreign;
	int r = sysfs_link_name(dir, "device/driver", driver, sizeof(driver), err);

	if (r && r != -ENOENT)
		return r;
	/* An EFA function that came after the PCI walk: not there yet. */
	if (!strcmp(driver, "efa"))
		return 0;
	if (inv->n_foreign == NODE_FOREIGN_MAX)
		return err_set(err, -EOVERFLOW, "%s: more than %d RDMA devices without EFA",
			       dir->path, NODE_FOREIGN_MAX);
	foreign = &inv->foreign[inv->n_foreign++];
	foreign->pci = *pci;
	read_place(root, dir, foreign);
	text_printable(foreign->rdma_name, sizeof(foreign->rdma_name), name);
	text_printable(foreign->driver, sizeof(foreign->driver), driver);
	return 0;
}

/* The device link says which function a device belongs to; its name need not (it may be efa_0). */
static int add_device(const struct sysfs_dir *root, const struct sysfs_dir *class_dir,
		      const char *name, struct inventory *inv, struct err *err)
{
	cleanup_sysfs struct sysfs_dir dir = SYSFS_DIR_NONE;
	char function[SYSFS_NAME_TEXT];
	struct pci_addr pci = {0};
	struct rail *rail = NULL;
	int r = sysfs_open_at(class_dir, name, &dir, err);

	if (r)
		return r;
	r = sysfs_link_name(&dir, "device", function, sizeof(function), err);
	if (r && r != -ENOENT) /* a software device (rxe, siw) has none */
		return r;
	if (!r && !pci_addr_parse(function, &pci))
		rail = find_rail(inv, &pci);
	return rail ? read_rail(root, &dir, name, rail, err)
		    : add_foreign(root, &dir, name, &pci, inv, err);
}

int inventory_scan_rdma(const struct sysfs_dir *root, struct inventory *inv, struct err *err)
{
	cleanup_sysfs struct sysfs_dir dir = SYSFS_DIR_NONE;
	cleanup_sysfs_names struct sysfs_names names = {0};
	int r = sysfs_open_at(root, INVENTORY_RDMA_DIR, &dir, err);

	if (r)
		return r == -ENOENT ? 0 : r;
	inventory_set_origin(inv, PART_RDMA, root, INVENTORY_RDMA_DIR);
	r = sysfs_list(&dir, ".", &names, err);
	if (r)
		return r;
	for (size_t i = 0; i < names.n; i++) {
		r = add_device(root, &dir, names.v[i], inv, err);
		if (r && r != -ENOENT) /* gone while being read: not there */
			return r;
	}
	return 0;
}
