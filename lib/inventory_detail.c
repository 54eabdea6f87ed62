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

/* "16.0 GT/s PCIe", and "16 GT/s" of older kernels; 0 for "Unknown" and everything else. */
static unsigned parse_speed(const char *text)
{
	char whole[8];
	size_t n = strspn(text, "0123456789"), tenth = 0;
	uint64_t value;

	if (!n || n >= sizeof(whole))
		return 0;
	memcpy(whole, text, n);
	whole[n] = '\0';
	if (text_u64(whole, 1, 1000, &value))
		return 0;
	if (text[n] == '.') {
		if (!isdigit((unsigned char)text[n + 1]))
			return 0;
		tenth = (size_t)(text[n + 1] - '0');
		n += 2;
	}
	return strncmp(text + n, " GT/s", 5) ? 0 : (unsigned)(value * 1000 + tenth * 100);
}

static unsigned read_speed(const struct sysfs_dir *own, const char *name)
{
	char text[SYSFS_VALUE_TEXT];

	return sysfs_read(own, name, text, sizeof(text), NULL) ? 0 : parse_speed(text);
}

/* 0 and 255 are what the kernel prints for a width that it does not know. */
static unsigned read_width(const struct sysfs_dir *own, const char *name)
{
	int width;

	return sysfs_read_int(own, name, 1, 32, &width, NULL) ? 0 : (unsigned)width;
}

/* The less of two, where 0 says nothing. */
static unsigned less_of(unsigned a, unsigned b)
{
	return !a || (b && b < a) ? b : a;
}

/* The port above says what the other end of the link can do. */
static void read_link(const struct sysfs_dir *pci, const struct pci_addr *address,
		      struct pci_link *link)
{
	cleanup_sysfs struct sysfs_dir own = SYSFS_DIR_NONE;
	char name[PCI_ADDR_TEXT];

	if (sysfs_open_at(pci, pci_addr_format(address, name), &own, NULL))
		return;
	link->speed = read_speed(&own, "current_link_speed");
	link->width = read_width(&own, "current_link_width");
	link->max_speed = less_of(read_speed(&own, "max_link_speed"),
				  read_speed(&own, "../max_link_speed"));
	link->max_width = less_of(read_width(&own, "max_link_width"),
				  read_width(&own, "../max_link_width"));
	if (!link->speed || !link->width || !link->max_speed || !link->max_width)
		*link = (struct pci_link){0};
}

static void read_links(const struct sysfs_dir *root, struct inventory *inv)
{
	cleanup_sysfs struct sysfs_dir pci = SYSFS_DIR_NONE;

	if (sysfs_open_at(root, INVENTORY_PCI_DIR, &pci, NULL))
		return;
	for (size_t i = 0; i < inv->n_rails; i++)
		read_link(&pci, &inv->rails[i].pci, &inv->rails[i].link);
	for (size_t i = 0; i < inv->n_enas; i++)
		read_link(&pci, &inv->enas[i].pci, &inv->enas[i].link);
	for (size_t i = 0; i < inv->n_accels; i++)
		read_link(&pci, &inv->accels[i].pci, &inv->accels[i].link);
}

/* "100 Gb/sec (4X EDR)": the driver answers from what it knows, no command goes to the device. */
static void read_rates(const struct sysfs_dir *root, struct inventory *inv)
{
	for (size_t i = 0; i < inv->n_rails; i++) {
		struct rail *rail = &inv->rails[i];
		char path[NAME_TEXT + 64], text[SYSFS_VALUE_TEXT], *end;
		uint64_t gbps;

		if (!rail->rdma_name[0])
			continue;
		text_format(path, sizeof(path), INVENTORY_RDMA_DIR "/%s/ports/1/rate",
			    rail->rdma_name);
		if (sysfs_read(root, path, text, sizeof(text), NULL))
			continue;
		end = strstr(text, " Gb/sec");
		if (!end)
			continue;
		*end = '\0';
		if (!text_u64(text, 1, 100000, &gbps))
			rail->gbps = (unsigned)gbps;
	}
}

int inventory_detail(const char *root, struct inventory *inv, struct err *err)
{
	cleanup_sysfs struct sysfs_dir dir = SYSFS_DIR_NONE;
	cleanup_free struct inventory *found = malloc(sizeof(*found));
	int r;

	if (!found)
		return err_set(err, -ENOMEM, "node inventory: out of memory");
	r = sysfs_open(root, &dir, err);
	if (r)
		return r;
	*found = *inv;
	read_links(&dir, found);
	read_rates(&dir, found);
	r = inventory_read_addresses(&dir, found, err);
	if (r)
		return r;
	*inv = *found;
	return 0;
}
