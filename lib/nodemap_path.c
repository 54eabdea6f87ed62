/* SPDX-License-Identifier: Apache-2.0 */
#include "nodemap_impl.h"

#include <errno.h>
#include <string.h>

#include "text.h"

const char *path_text_format(const struct pci_path *path, char *buf)
{
	buf[0] = '\0';
	if (!path->n)
		return buf;
	text_format(buf, PATH_TEXT, "%04x:%02x", path->root_segment, path->root_bus);
	for (unsigned i = 0; i < path->n && i < PCI_DEPTH_MAX; i++) {
		const struct pci_addr *hop = &path->hop[i];
		char full[PCI_ADDR_TEXT];
		const char *shown = pci_addr_format(hop, full);

		if (hop->segment == path->root_segment)
			shown = strchr(full, ':') + 1;
		text_append(buf, PATH_TEXT, "/%s", shown);
	}
	return buf;
}

/* One part of the text; segment: what to put in front of a short address. */
static int parse_hop(const char *part, uint32_t segment, struct pci_addr *ret_hop)
{
	const char *colon = strchr(part, ':');
	char full[2 * PCI_ADDR_TEXT];
	int rc;

	if (colon && strchr(colon + 1, ':'))
		rc = text_format(full, sizeof(full), "%s", part);
	else
		rc = text_format(full, sizeof(full), "%04x:%s", segment, part);
	return rc ? -EINVAL : pci_addr_parse(full, ret_hop);
}

/* "0000:44" by way of the first function on that bus. */
static int parse_root(const char *part, struct pci_path *path)
{
	struct pci_addr first;
	char full[2 * PCI_ADDR_TEXT];

	if (text_format(full, sizeof(full), "%s:00.0", part) || pci_addr_parse(full, &first))
		return -EINVAL;
	path->root_segment = first.segment;
	path->root_bus = first.bus;
	return 0;
}

static int parse_parts(char *copy, struct pci_path *path)
{
	char *rest = copy, *part = strsep(&rest, "/");

	if (parse_root(part, path))
		return -EINVAL;
	while ((part = strsep(&rest, "/"))) {
		if (path->n == PCI_DEPTH_MAX ||
		    parse_hop(part, path->root_segment, &path->hop[path->n++]))
			return -EINVAL;
	}
	return path->n ? 0 : -EINVAL;
}

int path_text_parse(const char *text, struct pci_path *ret_path)
{
	char copy[PATH_TEXT], again[PATH_TEXT];
	struct pci_path path = {0};

	if (*text) {
		if (text_format(copy, sizeof(copy), "%s", text) || parse_parts(copy, &path))
			return -EINVAL;
		/* One path, one text: what differs from our own writing is not ours. */
		if (strcmp(path_text_format(&path, again), text) != 0)
			return -EINVAL;
	}
	*ret_path = path;
	return 0;
}
