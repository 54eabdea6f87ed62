/* SPDX-License-Identifier: Apache-2.0 */
#include "inventory.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "inventory_scan.h"
#include "text.h"

/* A routing table of some 16,000 lines; the kernel pads each to 128 bytes. */
#define ROUTES_SIZE_MAX (2U << 20)
#define RTF_UP		0x0001
#define RTF_REJECT	0x0200

int inventory_take_name(const struct sysfs_dir *dir, const char *what, const char *name, char *buf,
			size_t size, struct err *err)
{
	if (!text_is_name(name, size - 1)) {
		char shown[64];

		text_printable(shown, sizeof(shown), name);
		return err_set(err, -EINVAL,
			       "%s: expected %s of at most %zu letters, digits, \".\", \"_\" and "
			       "\"-\", found \"%s\"",
			       dir->path, what, size - 1, shown);
	}
	memcpy(buf, name, strlen(name) + 1);
	return 0;
}

void inventory_set_origin(struct inventory *inv, enum inventory_part part,
			  const struct sysfs_dir *root, const char *path)
{
	char text[ORIGIN_TEXT];

	text_format(text, sizeof(text), "%s%s", root->path, path);
	text_printable(inv->origin[part], sizeof(inv->origin[part]), text);
}

/* One line of proc/net/route. 0 and the metric for a usable default route, 1 for any other. */
static int parse_route(char *line, const char **ret_netdev, unsigned long *ret_metric)
{
	char *field[8], *save = NULL;

	for (unsigned i = 0; i < 8; i++) {
		field[i] = strtok_r(i ? NULL : line, "\t ", &save);
		if (!field[i])
			return -EINVAL;
		if (i && (!isxdigit((unsigned char)field[i][0]) || strlen(field[i]) > 10))
			return -EINVAL;
	}
	if (strtoul(field[1], NULL, 16) || strtoul(field[7], NULL, 16))
		return 1;
	if ((strtoul(field[3], NULL, 16) & (RTF_UP | RTF_REJECT)) != RTF_UP)
		return 1;
	*ret_netdev = field[0];
	*ret_metric = strtoul(field[6], NULL, 10);
	return 0;
}

static struct ena *find_netdev(struct inventory *inv, const char *name)
{
	for (size_t i = 0; i < inv->n_enas; i++) {
		if (!strcmp(inv->enas[i].netdev, name))
			return &inv->enas[i];
	}
	return NULL;
}

int inventory_scan_route(const struct sysfs_dir *root, struct inventory *inv, struct err *err)
{
	cleanup_free char *text = NULL;
	char *save = NULL;
	unsigned long best = 0;
	unsigned number = 1;
	char netdev[NAME_TEXT] = "";
	struct ena *ena;
	int r = sysfs_read_all(root, "proc/net/route", ROUTES_SIZE_MAX, &text, err);

	if (r)
		return r == -ENOENT ? 0 : r;
	inventory_set_origin(inv, PART_ROUTE, root, "proc/net/route");
	strtok_r(text, "\n", &save); /* the headings */
	for (char *line; (line = strtok_r(NULL, "\n", &save));) {
		const char *name;
		unsigned long metric;

		number++;
		r = parse_route(line, &name, &metric);
		if (r < 0)
			return err_set(err, r, "%sproc/net/route:%u: malformed line", root->path,
				       number);
		/* The first of equals is the one the kernel takes. */
		if (r || (netdev[0] && metric >= best))
			continue;
		best = metric;
		if (text_format(netdev, sizeof(netdev), "%s", name))
			return err_set(err, -EINVAL, "%sproc/net/route:%u: interface name too long",
				       root->path, number);
	}
	ena = netdev[0] ? find_netdev(inv, netdev) : NULL;
	if (ena)
		ena->default_route = true;
	return 0;
}

static int scan_tree(const struct sysfs_dir *root, struct inventory *inv, struct err *err)
{
	int r = inventory_scan_pci(root, inv, err);

	if (!r)
		r = inventory_scan_rdma(root, inv, err);
	if (!r)
		r = inventory_scan_route(root, inv, err);
	if (!r)
		r = inventory_scan_host(root, inv, err);
	if (!r)
		inventory_scan_limits(root, inv);
	return r;
}

int inventory_scan(const char *root, struct inventory *inv, struct err *err)
{
	cleanup_sysfs struct sysfs_dir dir = SYSFS_DIR_NONE;
	cleanup_free struct inventory *found = calloc(1, sizeof(*found));
	int r;

	if (!found)
		return err_set(err, -ENOMEM, "node inventory: out of memory");
	r = sysfs_open(root, &dir, err);
	if (r)
		return r;
	r = scan_tree(&dir, found, err);
	if (r)
		return r;
	found->facts = inv->facts;
	memcpy(found->origin[PART_FACTS], inv->origin[PART_FACTS], ORIGIN_TEXT);
	*inv = *found;
	return 0;
}
