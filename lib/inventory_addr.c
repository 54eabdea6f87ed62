/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IP addresses of ENA netdevs. The kernel has them in no file that says which is whose, so the
 * running node is asked through getifaddrs, and other trees have them in a file of their own.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <string.h>
#include <sys/socket.h>

#include "cleanup.h"
#include "inventory_scan.h"
#include "text.h"

#define ADDRESSES_FILE	   "run/efa-layout/addresses"
#define ADDRESSES_SIZE_MAX (64U << 10)

/* Addresses beyond the bound are left out: they are for showing. */
static void add_address(struct inventory *inv, const char *netdev, const char *address)
{
	for (size_t i = 0; i < inv->n_enas; i++) {
		struct ena *ena = &inv->enas[i];

		if (!ena->netdev[0] || strcmp(ena->netdev, netdev) != 0 ||
		    ena->n_addresses == ENA_ADDRESSES_MAX)
			continue;
		text_format(ena->addresses[ena->n_addresses++], IP_TEXT, "%s", address);
	}
}

static unsigned prefix_length(const uint8_t *mask, size_t n)
{
	unsigned bits = 0;

	for (size_t i = 0; i < n; i++)
		bits += (unsigned)__builtin_popcount(mask[i]);
	return bits;
}

static void add_kernel_address(struct inventory *inv, const struct ifaddrs *entry)
{
	char text[INET6_ADDRSTRLEN], address[IP_TEXT];
	const void *ip, *mask;
	size_t n;

	if (!entry->ifa_addr || !entry->ifa_netmask)
		return;
	if (entry->ifa_addr->sa_family == AF_INET) {
		ip = &((const struct sockaddr_in *)(const void *)entry->ifa_addr)->sin_addr;
		mask = &((const struct sockaddr_in *)(const void *)entry->ifa_netmask)->sin_addr;
		n = sizeof(struct in_addr);
	} else if (entry->ifa_addr->sa_family == AF_INET6) {
		ip = &((const struct sockaddr_in6 *)(const void *)entry->ifa_addr)->sin6_addr;
		mask = &((const struct sockaddr_in6 *)(const void *)entry->ifa_netmask)->sin6_addr;
		n = sizeof(struct in6_addr);
		if (IN6_IS_ADDR_LINKLOCAL((const struct in6_addr *)ip))
			return;
	} else {
		return;
	}
	if (!inet_ntop(entry->ifa_addr->sa_family, ip, text, sizeof(text)))
		return;
	text_format(address, sizeof(address), "%s/%u", text, prefix_length(mask, n));
	add_address(inv, entry->ifa_name, address);
}

static int ask_kernel(struct inventory *inv, struct err *err)
{
	struct ifaddrs *list;

	if (getifaddrs(&list)) {
		int code = -errno;

		return err_set(err, code, "addresses of network interfaces: %s", strerror(-code));
	}
	for (const struct ifaddrs *entry = list; entry; entry = entry->ifa_next)
		add_kernel_address(inv, entry);
	freeifaddrs(list);
	text_format(inv->origin[PART_ADDRESSES], ORIGIN_TEXT, "kernel (rtnetlink)");
	return 0;
}

/* "10.0.0.5/20", "fd00::5/128" */
static bool is_address(char *text)
{
	char *slash = strchr(text, '/');
	struct in6_addr ip; /* large enough for both */
	uint64_t bits;
	bool right;

	if (!slash || strlen(text) >= IP_TEXT)
		return false;
	*slash = '\0';
	right = (inet_pton(AF_INET, text, &ip) == 1 && !text_u64(slash + 1, 0, 32, &bits)) ||
		(inet_pton(AF_INET6, text, &ip) == 1 && !text_u64(slash + 1, 0, 128, &bits));
	*slash = '/';
	return right;
}

static int read_file(const struct sysfs_dir *root, struct inventory *inv, struct err *err)
{
	cleanup_free char *text = NULL;
	unsigned number = 0;
	char *next;
	int r = sysfs_read_all(root, ADDRESSES_FILE, ADDRESSES_SIZE_MAX, &text, err);

	if (r)
		return r == -ENOENT ? 0 : r;
	inventory_set_origin(inv, PART_ADDRESSES, root, ADDRESSES_FILE);
	next = text;
	for (char *line; (line = strsep(&next, "\n"));) {
		char *address = strchr(line, ' ');

		number++;
		if (!*line)
			continue;
		if (address)
			*address++ = '\0';
		if (!address || !text_is_name(line, NAME_TEXT - 1) || !is_address(address))
			return err_set(err, -EINVAL,
				       "%s" ADDRESSES_FILE ":%u: expected an interface and an "
				       "address such as \"ens5 10.0.0.5/20\"",
				       root->path, number);
		add_address(inv, line, address);
	}
	return 0;
}

int inventory_read_addresses(const struct sysfs_dir *root, struct inventory *inv, struct err *err)
{
	for (size_t i = 0; i < inv->n_enas; i++)
		inv->enas[i].n_addresses = 0;
	return strcmp(root->path, "/") ? read_file(root, inv, err) : ask_kernel(inv, err);
}
