/* SPDX-License-Identifier: Apache-2.0 */
/* hwloc exports of our own for unit tests, in small pieces, and how they are loaded: with both of
 * hwloc's readers, which must agree. */
#ifndef EFA_LAYOUT_TOPOLOGY_PIECES_H
#define EFA_LAYOUT_TOPOLOGY_PIECES_H

#include "../nodes/node_tree.h"
#include "inventory.h"
#include "topology.h"

/*
 * hwloc insists on sets of CPUs and nodes. The machine has two packages with one NUMA node and two
 * CPUs each.
 */
#define HEAD                                                          \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- ours -->\n" \
	"<!DOCTYPE topology SYSTEM \"hwloc2.dtd\">\n<topology version=\"2.0\">\n"
#define SETS(cpus, nodes)                                                    \
	" cpuset=\"" cpus "\" complete_cpuset=\"" cpus "\" nodeset=\"" nodes \
	"\" complete_nodeset=\"" nodes "\""
#define MACHINE                                         \
	"<object type=\"Machine\" os_index=\"0\"" SETS( \
		"0x0000000f",                           \
		"0x00000003") " allowed_cpuset=\"0x0000000f\" allowed_nodeset=\"0x00000003\">\n"
#define PACKAGE(n, cpus, nodes) \
	"<object type=\"Package\" os_index=\"" n "\"" SETS(cpus, nodes) ">\n"
#define NODE(n, cpus, nodes)                      \
	"<object type=\"NUMANode\" os_index=\"" n \
	"\"" SETS(cpus, nodes) " local_memory=\"4096\"/>\n"
#define PACKAGE_0 PACKAGE("0", "0x00000003", "0x00000001") NODE("0", "0x00000003", "0x00000001")
#define PACKAGE_1 PACKAGE("1", "0x0000000c", "0x00000002") NODE("1", "0x0000000c", "0x00000002")
#define HOST(buses)                                                                                \
	"<object type=\"Bridge\" bridge_type=\"0-1\" depth=\"0\" bridge_pci=\"0000:[" buses "]\">" \
	"\n"
#define BRIDGE(at, buses)                                                                   \
	"<object type=\"Bridge\" bridge_type=\"1-1\" depth=\"1\" bridge_pci=\"0000:[" buses \
	"]\" pci_busid=\"0000:" at "\" pci_type=\"0604 [1d0f:0200] [1d0f:0200] 00\""        \
	" pci_link_speed=\"0.000000\">\n"
#define PCI(at, class, ids)                            \
	"<object type=\"PCIDev\" pci_busid=\"0000:" at \
	"\" pci_type=\"" class " [" ids "] [0000:0000] 00\" pci_link_speed=\"0.000000\">\n"
#define OS(kind, name)	  "<object type=\"OSDev\" name=\"" name "\" osdev_type=\"" kind "\">\n"
#define RDMA(name)	  OS("3", name)
#define NET(name)	  OS("2", name)
#define INFO(name, value) "<info name=\"" name "\" value=\"" value "\"/>\n"
#define END		  "</object>\n"
#define TAIL		  END "</topology>\n"
#define EFA(at)		  PCI(at, "0200", "1d0f:efa1")
#define ENA(at)		  PCI(at, "0200", "1d0f:ec20")
#define GPU(at)		  PCI(at, "0302", "10de:2330")
/* One function on a bus of its own, below a port of a switch. */
#define BEHIND(port, bus, function) BRIDGE(port, bus "-" bus) function END
/* What stands around the functions of a flat machine. */
#define FLAT(functions) HEAD MACHINE PACKAGE_0 END PACKAGE_1 END HOST("00-00") functions END TAIL

static struct inventory inv, other;
static struct err err;

/* hwloc's own reader is taken with HWLOC_LIBXML=0; without its plugin it is the only one. */
static inline int load_with(const char *libxml, struct inventory *into)
{
	if (libxml)
		setenv("HWLOC_LIBXML", libxml, 1);
	else
		unsetenv("HWLOC_LIBXML");
	err.text[0] = '\0';
	return topology_load(tree_path("t.xml"), into, &err);
}

/* Both readers say the same. */
static inline int load_file(void)
{
	int rc, minimal;

	memset(&inv, 0x5a, sizeof(inv));
	memset(&inv.facts, 0, sizeof(inv.facts));
	memset(inv.origin[PART_FACTS], 0, ORIGIN_TEXT);
	other = inv;
	minimal = load_with("0", &other);
	rc = load_with(NULL, &inv);
	assert_int_equal(rc, minimal);
	assert_memory_equal(&inv, &other, sizeof(inv));
	return rc;
}

static inline int load(const char *text)
{
	tree_file("t.xml", text);
	return load_file();
}

static inline void take(const char *text)
{
	if (load(text))
		fail_msg("%s", err.text);
}

#define topology_test(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)

#endif
