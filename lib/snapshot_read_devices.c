/* SPDX-License-Identifier: Apache-2.0 */
/* Devices in their places in the tree, and the class directories that lead to them. */
#include <errno.h>
#include <string.h>

#include "snapshot_read_impl.h"
#include "text.h"

#define PCI_DIR	      "sys/bus/pci/devices"
#define VENDOR_AMAZON 0x1d0f

/* dir/name below the limits of a snapshot's paths; "" is no path and is left out where used. */
static void join(char *buf, const char *dir, const char *name)
{
	if (text_format(buf, SNAPSHOT_PATH_TEXT, "%s/%s", dir, name))
		buf[0] = '\0';
}

/* The driver's own directory is in the snapshot too: the link leads somewhere. */
static int read_driver(struct reader *reader, const char *place)
{
	char link[SNAPSHOT_PATH_TEXT], name[SYSFS_NAME_TEXT], driver[SNAPSHOT_PATH_TEXT];
	int r;

	join(link, place, "driver");
	r = sysfs_link_name(&reader->root, link, name, sizeof(name), NULL);
	if (r)
		return reader_leave_out(reader, link, r);
	join(driver, "sys/bus/pci/drivers", name);
	r = snapshot_add_dir(reader->snapshot, driver);
	if (!r)
		r = snapshot_add_link(reader->snapshot, link, driver);
	return r ? reader_leave_out(reader, link, r) : 0;
}

/* A class device below its PCI function, with the link of its class. */
static int add_class_device(struct reader *reader, const char *class_dir, const char *place)
{
	char link[SNAPSHOT_PATH_TEXT];
	int r;

	join(link, class_dir, strrchr(place, '/') + 1);
	r = snapshot_add_dir(reader->snapshot, place);
	if (!r)
		r = snapshot_add_link(reader->snapshot, link, place);
	return r ? reader_leave_out(reader, place, r) : reader_link(reader, place, "device");
}

static int read_netdevs(struct reader *reader, const char *function)
{
	cleanup_sysfs_names struct sysfs_names names = {0};
	char dir[SNAPSHOT_PATH_TEXT], place[SNAPSHOT_PATH_TEXT];
	uint32_t vendor;
	int r;

	/* Only those of ENA functions are looked at. */
	join(dir, function, "vendor");
	if (sysfs_read_hex(&reader->root, dir, &vendor, NULL) || vendor != VENDOR_AMAZON)
		return 0;
	join(dir, function, "net");
	r = reader_list(reader, dir, &names);
	for (size_t i = 0; !r && i < names.n; i++) {
		join(place, dir, names.v[i]);
		r = add_class_device(reader, "sys/class/net", place);
		if (!r)
			r = reader_attribute(reader, place, "address", CONTENT_MAC);
		if (!r)
			r = reader_attribute(reader, place, "operstate", CONTENT_PLAIN);
	}
	return r;
}

/* In place of the device node stands an empty file: whether it is there, and who may open it, is
 * what counts. */
static int read_node(struct reader *reader, const char *name)
{
	char path[SNAPSHOT_PATH_TEXT];
	int mode, r;

	join(path, "dev/infiniband", name);
	r = sysfs_mode(&reader->root, path, &mode);
	if (!r)
		r = snapshot_add_file(reader->snapshot, path, CONTENT_PLAIN, (mode_t)mode & 0777,
				      "");
	return r ? reader_leave_out(reader, path, r) : 0;
}

static int read_uverbs(struct reader *reader, const char *function)
{
	cleanup_sysfs_names struct sysfs_names names = {0};
	char dir[SNAPSHOT_PATH_TEXT], place[SNAPSHOT_PATH_TEXT];
	int r;

	join(dir, function, "infiniband_verbs");
	r = reader_list(reader, dir, &names);
	for (size_t i = 0; !r && i < names.n; i++) {
		join(place, dir, names.v[i]);
		r = add_class_device(reader, "sys/class/infiniband_verbs", place);
		if (!r)
			r = reader_attribute(reader, place, "ibdev", CONTENT_PLAIN);
		if (!r)
			r = reader_attribute(reader, place, "abi_version", CONTENT_PLAIN);
		if (!r)
			r = read_node(reader, names.v[i]);
	}
	return r;
}

static int read_function(struct reader *reader, const char *name)
{
	static const char *const attributes[] = {
		"vendor",
		"device",
		"class",
		"numa_node",
		"current_link_speed",
		"current_link_width",
		"max_link_speed",
		"max_link_width",
		"secondary_bus_number",
	};
	char place[SNAPSHOT_PATH_TEXT];
	int r = reader_place(reader, PCI_DIR, name, place);

	if (r || !place[0])
		return r;
	r = snapshot_add_dir(reader->snapshot, place);
	for (size_t i = 0; !r && i < sizeof(attributes) / sizeof(attributes[0]); i++)
		r = reader_attribute(reader, place, attributes[i], CONTENT_PLAIN);
	if (!r)
		r = read_driver(reader, place);
	if (!r)
		r = read_netdevs(reader, place);
	return r ? r : read_uverbs(reader, place);
}

int snapshot_read_pci(struct reader *reader)
{
	cleanup_sysfs_names struct sysfs_names names = {0};
	int r = reader_list(reader, PCI_DIR, &names);

	for (size_t i = 0; !r && i < names.n; i++)
		r = read_function(reader, names.v[i]);
	return r;
}

/*
 * What the kernel answers from memory. The rate is so for the efa driver alone; others ask the
 * device.
 */
static int read_device(struct reader *reader, const char *name)
{
	char place[SNAPSHOT_PATH_TEXT], link[SNAPSHOT_PATH_TEXT], driver[SYSFS_NAME_TEXT] = "";
	int r = reader_place(reader, "sys/class/infiniband", name, place);

	if (r || !place[0])
		return r;
	r = snapshot_add_dir(reader->snapshot, place);
	if (!r)
		r = reader_link(reader, place, "device");
	if (!r)
		r = reader_attribute(reader, place, "node_type", CONTENT_PLAIN);
	if (!r)
		r = reader_attribute(reader, place, "node_guid", CONTENT_GUID);
	if (!r)
		r = reader_attribute(reader, place, "fw_ver", CONTENT_PLAIN);
	if (!r)
		r = reader_attribute(reader, place, "ports/1/gids/0", CONTENT_GID);
	join(link, place, "device/driver");
	if (r || sysfs_link_name(&reader->root, link, driver, sizeof(driver), NULL) ||
	    strcmp(driver, "efa") != 0)
		return r;
	return reader_attribute(reader, place, "ports/1/rate", CONTENT_PLAIN);
}

int snapshot_read_rdma(struct reader *reader)
{
	cleanup_sysfs_names struct sysfs_names names = {0};
	int r = reader_list(reader, "sys/class/infiniband", &names);

	for (size_t i = 0; !r && i < names.n; i++)
		r = read_device(reader, names.v[i]);
	return r;
}
