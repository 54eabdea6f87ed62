/* SPDX-License-Identifier: Apache-2.0 */
#include "inventory_scan.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/* The kernel's list form of CPU_LIST_MAX CPUs, none next to another. */
#define CPU_LIST_TEXT (CPU_LIST_MAX / 2 * 5)

/* A text for people: absent is "", unprintable bytes become "?". */
static int read_text(const struct sysfs_dir *root, const char *path, char *buf, size_t size,
		     struct err *err)
{
	char text[SYSFS_VALUE_TEXT];
	int r = sysfs_read(root, path, text, sizeof(text), err);

	if (r)
		return r == -ENOENT ? 0 : r;
	text_printable(buf, size, text);
	return 0;
}

/*
 * EC2 puts the instance type into the product name and the instance id into the board's asset tag.
 * Elsewhere these hold anything or cannot be read: then neither is known, which is no fault.
 */
static void read_dmi(const struct sysfs_dir *root, struct inventory *inv)
{
	char text[SYSFS_VALUE_TEXT];

	if (!sysfs_read(root, "sys/class/dmi/id/product_name", text, sizeof(text), NULL) &&
	    inventory_type_valid(text))
		memcpy(inv->instance_type, text, strlen(text) + 1);
	if (inv->instance_type[0])
		inventory_set_origin(inv, PART_INSTANCE, root, "sys/class/dmi/id");
	if (!sysfs_read(root, "sys/class/dmi/id/board_asset_tag", text, sizeof(text), NULL) &&
	    inventory_id_valid(text, "i-"))
		memcpy(inv->instance_id, text, strlen(text) + 1);
}

static const char boot_id_path[] = "proc/sys/kernel/random/boot_id";

static int read_boot_id(const struct sysfs_dir *root, char *buf, size_t size, struct err *err)
{
	char text[SYSFS_VALUE_TEXT];
	int r = sysfs_read(root, boot_id_path, text, sizeof(text), err);

	if (r)
		return r;
	if (strlen(text) != 36 || strspn(text, "0123456789abcdef-") != 36)
		return err_set(err, -EINVAL, "%s%s: expected a UUID", root->path, boot_id_path);
	return text_format(buf, size, "%s", text);
}

int inventory_boot_id(const char *root, char *buf, struct err *err)
{
	cleanup_sysfs struct sysfs_dir dir = SYSFS_DIR_NONE;
	int r = sysfs_open(root, &dir, err);

	return r ? r : read_boot_id(&dir, buf, sizeof(((struct inventory *)0)->boot_id), err);
}

static int add_boot_id(const struct sysfs_dir *root, struct inventory *inv, struct err *err)
{
	int r = read_boot_id(root, inv->boot_id, sizeof(inv->boot_id), err);

	if (!r)
		inventory_set_origin(inv, PART_BOOT, root, boot_id_path);
	return r == -ENOENT ? 0 : r;
}

static int add_numa(const struct sysfs_dir *dir, const char *name, struct inventory *inv,
		    struct err *err)
{
	char path[SYSFS_NAME_TEXT + 16], text[CPU_LIST_TEXT];
	struct cpu_list cpus;
	uint64_t node;
	int r;

	if (strncmp(name, "node", 4) || text_u64(name + 4, 0, NUMA_NUMBER_MAX, &node))
		return 0; /* has_cpu, online, ... */
	text_format(path, sizeof(path), "%s/cpulist", name);
	r = sysfs_read(dir, path, text, sizeof(text), err);
	if (r)
		return r == -ENOENT ? 0 : r;
	if (cpu_list_parse(text, &cpus))
		return err_set(err, -EINVAL, "%s%s: expected a list of CPUs below %d", dir->path,
			       path, CPU_LIST_MAX);
	if (!cpu_list_count(&cpus)) /* memory of an accelerator */
		return 0;
	if (inv->n_numa == NODE_NUMA_MAX)
		return err_set(err, -EOVERFLOW, "%s: more than %d NUMA nodes with CPUs", dir->path,
			       NODE_NUMA_MAX);
	inv->numa[inv->n_numa].node = (int)node;
	inv->numa[inv->n_numa++].cpus = cpus;
	return 0;
}

static int compare_numa(const void *a, const void *b)
{
	/* The node number comes first in the unnamed struct. */
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

static int read_numa(const struct sysfs_dir *root, struct inventory *inv, struct err *err)
{
	cleanup_sysfs struct sysfs_dir dir = SYSFS_DIR_NONE;
	cleanup_sysfs_names struct sysfs_names names = {0};
	int r = sysfs_open_at(root, "sys/devices/system/node", &dir, err);

	if (r)
		return r == -ENOENT ? 0 : r;
	inventory_set_origin(inv, PART_NUMA, root, "sys/devices/system/node");
	r = sysfs_list(&dir, ".", &names, err);
	for (size_t i = 0; !r && i < names.n; i++)
		r = add_numa(&dir, names.v[i], inv, err);
	if (!r)
		qsort(inv->numa, inv->n_numa, sizeof(inv->numa[0]), compare_numa);
	return r;
}

int inventory_scan_host(const struct sysfs_dir *root, struct inventory *inv, struct err *err)
{
	int r;

	read_dmi(root, inv);
	r = add_boot_id(root, inv, err);
	if (!r)
		r = read_text(root, "proc/sys/kernel/osrelease", inv->kernel, sizeof(inv->kernel),
			      err);
	if (!r)
		r = read_text(root, "sys/module/efa/version", inv->efa_driver,
			      sizeof(inv->efa_driver), err);
	if (!r && inv->efa_driver[0])
		inventory_set_origin(inv, PART_DRIVER, root, "sys/module/efa/version");
	return r ? r : read_numa(root, inv, err);
}
