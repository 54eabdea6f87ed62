/* SPDX-License-Identifier: Apache-2.0 */
#include "pci_addr.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Hexadecimal digits until the stop character; *text moves behind it. */
static int take_hex(const char **text, unsigned min_digits, unsigned max_digits, char stop,
		    uint32_t *ret_value)
{
	uint32_t value = 0;
	unsigned n = 0;

	for (; **text != stop; (*text)++, n++) {
		char c = **text;

		if (n == max_digits)
			return -EINVAL;
		if (c >= '0' && c <= '9')
			value = value << 4 | (uint32_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			value = value << 4 | (uint32_t)(c - 'a' + 10);
		else
			return -EINVAL;
	}
	if (n < min_digits)
		return -EINVAL;
	if (stop)
		(*text)++;
	*ret_value = value;
	return 0;
}

/* Four digits, or more without a zero in front: one segment has one text. */
static int take_segment(const char **text, uint32_t *ret_segment)
{
	unsigned max_digits = **text == '0' ? 4 : 8;

	return take_hex(text, 4, max_digits, ':', ret_segment);
}

int pci_addr_parse(const char *text, struct pci_addr *ret_addr)
{
	uint32_t segment, bus, slot, func;

	if (take_segment(&text, &segment) || take_hex(&text, 2, 2, ':', &bus) ||
	    take_hex(&text, 2, 2, '.', &slot) || take_hex(&text, 1, 1, '\0', &func) || slot > 31 ||
	    func > 7)
		return -EINVAL;
	*ret_addr = (struct pci_addr){segment, (uint8_t)bus, (uint8_t)slot, (uint8_t)func};
	return 0;
}

const char *pci_addr_format(const struct pci_addr *addr, char *buf)
{
	snprintf(buf, PCI_ADDR_TEXT, "%04x:%02x:%02x.%x", addr->segment, addr->bus,
		 addr->slot & 31u, addr->func & 7u);
	return buf;
}

const char *pci_addr_rdma_name(const struct pci_addr *addr, char *buf)
{
	char domain[12] = "", func[4] = "";

	if (addr->segment)
		snprintf(domain, sizeof(domain), "P%u", addr->segment);
	if (addr->func)
		snprintf(func, sizeof(func), "f%u", addr->func & 7u);
	snprintf(buf, PCI_RDMA_NAME_TEXT, "rdma%sp%us%u%s", domain, addr->bus, addr->slot & 31u,
		 func);
	return buf;
}

static uint64_t order(const struct pci_addr *addr)
{
	return (uint64_t)addr->segment << 16 | (uint64_t)addr->bus << 8 |
	       (uint64_t)addr->slot << 3 | addr->func;
}

int pci_addr_compare(const struct pci_addr *a, const struct pci_addr *b)
{
	return (order(a) > order(b)) - (order(a) < order(b));
}

bool pci_addr_is_zero(const struct pci_addr *addr)
{
	return !addr->segment && !addr->bus && !addr->slot && !addr->func;
}

int pci_path_parse(const char *target, struct pci_path *ret_path)
{
	const char *at = strstr(target, "/pci");
	struct pci_path path = {0};
	uint32_t bus;

	if (!at)
		return -EINVAL;
	at += strlen("/pci");
	if (take_segment(&at, &path.root_segment) || take_hex(&at, 2, 2, '/', &bus))
		return -EINVAL;
	path.root_bus = (uint8_t)bus;
	while (*at) {
		size_t n = strcspn(at, "/");
		char part[PCI_ADDR_TEXT];

		if (n >= sizeof(part) || path.n == PCI_DEPTH_MAX)
			return -EINVAL;
		memcpy(part, at, n);
		part[n] = '\0';
		if (pci_addr_parse(part, &path.hop[path.n++]))
			return -EINVAL;
		at += n;
		if (*at)
			at++;
	}
	if (!path.n)
		return -EINVAL;
	*ret_path = path;
	return 0;
}

unsigned pci_path_common(const struct pci_path *a, const struct pci_path *b)
{
	unsigned shared = 0;

	if (!a->n || !b->n || a->root_segment != b->root_segment || a->root_bus != b->root_bus)
		return 0;
	while (shared < a->n && shared < b->n &&
	       !pci_addr_compare(&a->hop[shared], &b->hop[shared]))
		shared++;
	return shared + 1;
}
