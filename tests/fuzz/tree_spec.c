/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "kit.h"
#include "text.h"
#include "tree.h"

#define PORT   "sys/devices/pci0000:10/0000:10:00.0"
#define SWITCH PORT "/0000:11:00.0"
#define EFA0   SWITCH "/0000:12:00.0/0000:13:00.0"
#define ENA0   SWITCH "/0000:12:01.0/0000:14:00.0"
#define EFA1   SWITCH "/0000:12:02.0/0000:15:00.0"
#define ENA1   SWITCH "/0000:12:03.0/0000:16:00.0"
#define GPU    SWITCH "/0000:12:04.0/0000:17:00.0"
#define IB     "sys/devices/pci0000:20/0000:20:01.0"
#define CROWD  "sys/devices/pci0000:30"

struct tree_path tree_paths[TREE_PATHS_MAX];
size_t tree_paths_n;

const struct tree_alias tree_aliases[] = {
	{"PORT", PORT}, {"SWITCH", SWITCH}, {"EFA0", EFA0}, {"ENA0", ENA0},
	{"EFA1", EFA1}, {"ENA1", ENA1},	    {"GPU", GPU},   {"IB", IB},
};
const size_t tree_aliases_n = sizeof(tree_aliases) / sizeof(tree_aliases[0]);

const struct tree_crowd tree_crowds[] = {
	{"efa", CROWD, EFA0, NULL, 0x1b},
	{"ena", CROWD, ENA0, NULL, 0x1c},
	{"gpu", CROWD, GPU, NULL, 0x1d},
	{"bridge", CROWD, SWITCH "/0000:12:05.0", NULL, 0x1e},
	{"rdma", "sys/class/infiniband", "../dmi/id", "rxe", 0},
	{"netdev", ENA0 "/net", "ens14", "eth", 0},
	{"uverbs", EFA0 "/infiniband_verbs", "uverbs0", "uverbs", 0},
	{"numa", "sys/devices/system/node", "node1", "node", 0},
};
const size_t tree_crowds_n = sizeof(tree_crowds) / sizeof(tree_crowds[0]);

static bool known(const char *name, size_t n)
{
	for (size_t i = 0; i < tree_paths_n; i++)
		if (strlen(tree_paths[i].name) == n && !memcmp(tree_paths[i].name, name, n))
			return true;
	return false;
}

static void append(const char *name, size_t n, enum tree_kind kind, const char *text)
{
	struct tree_path *path = &tree_paths[tree_paths_n];

	CHECK(tree_paths_n < TREE_PATHS_MAX && !known(name, n));
	path->name = strndup(name, n);
	path->kind = kind;
	path->text = strdup(text);
	path->mode = 0644;
	CHECK(path->name && path->text);
	tree_paths_n++;
}

/* A path and the directories above it. */
static void add(enum tree_kind kind, const char *name, const char *text)
{
	for (const char *at = name; (at = strchr(at, '/')); at++)
		if (!known(name, (size_t)(at - name)))
			append(name, (size_t)(at - name), TREE_DIR, "");
	append(name, strlen(name), kind, text);
}

static void add_below(enum tree_kind kind, const char *dir, const char *name, const char *text)
{
	char path[256];

	CHECK(!text_format(path, sizeof(path), "%s/%s", dir, name));
	add(kind, path, text);
}

/* A link as the kernel makes them: from a class or bus (three or four levels down) to a device. */
static void add_link(const char *dir, const char *target)
{
	char name[128], way[256];

	CHECK(!text_format(name, sizeof(name), "%s%s", dir, strrchr(target, '/')));
	CHECK(!text_format(way, sizeof(way), "../../%s%s", strncmp(dir, "sys/bus/", 8) ? "" : "../",
			   target + strlen("sys/")));
	add(TREE_LINK, name, way);
}

/* A PCI function; driver "" for none. */
static void add_function(const char *dir, const char *vendor, const char *device,
			 const char *pci_class, const char *driver)
{
	char way[64];

	add_below(TREE_FILE, dir, "vendor", vendor);
	add_below(TREE_FILE, dir, "device", device);
	add_below(TREE_FILE, dir, "class", pci_class);
	add_below(TREE_FILE, dir, "numa_node", "0\n");
	text_format(way, sizeof(way), "../../bus/pci/drivers/%s", driver);
	add_below(driver[0] ? TREE_LINK : TREE_ABSENT, dir, "driver", way);
	add_link("sys/bus/pci/devices", dir);
}

static void add_pcie_link(const char *dir)
{
	add_below(TREE_FILE, dir, "current_link_speed", "16.0 GT/s PCIe\n");
	add_below(TREE_FILE, dir, "current_link_width", "8\n");
	add_below(TREE_FILE, dir, "max_link_speed", "32.0 GT/s PCIe\n");
	add_below(TREE_FILE, dir, "max_link_width", "16\n");
}

static void add_bridge(const char *dir, const char *bus)
{
	add_function(dir, "0x1d0f\n", "0x0200\n", "0x060400\n", "pcieport");
	add_below(TREE_FILE, dir, "secondary_bus_number", bus);
}

/* An RDMA device below its function. */
static void add_rdma(const char *dir, const char *name)
{
	char path[256], way[64];

	CHECK(!text_format(path, sizeof(path), "%s/infiniband/%s", dir, name));
	CHECK(!text_format(way, sizeof(way), "../../..%s", strrchr(dir, '/')));
	add_below(TREE_LINK, path, "device", way);
	add_link("sys/class/infiniband", path);
}

static void add_efa(const char *dir, const char *name, const char *uverbs, const char *gid)
{
	char path[256];

	add_function(dir, "0x1d0f\n", "0xefa1\n", "0x020000\n", "efa");
	add_pcie_link(dir);
	add_rdma(dir, name);
	CHECK(!text_format(path, sizeof(path), "%s/infiniband/%s/ports/1", dir, name));
	add_below(TREE_FILE, path, "gids/0", gid);
	add_below(TREE_FILE, path, "rate", "100 Gb/sec (4X EDR)\n");
	CHECK(!text_format(path, sizeof(path), "%s/infiniband_verbs/%s", dir, uverbs));
	add_below(TREE_FILE, path, "ibdev", name);
	add_below(TREE_FILE, "dev/infiniband", uverbs, "");
}

static void add_ena(const char *dir, const char *netdev, const char *mac)
{
	char path[256];

	add_function(dir, "0x1d0f\n", "0xec20\n", "0x020000\n", "ena");
	text_format(path, sizeof(path), "%s/net/%s", dir, netdev);
	add_below(TREE_FILE, path, "address", mac);
	add_below(TREE_FILE, path, "operstate", "up\n");
	add_link("sys/class/net", path);
}

static void add_functions(void)
{
	add_bridge(PORT, "17\n");
	add_bridge(SWITCH, "18\n");
	add_bridge(SWITCH "/0000:12:00.0", "19\n");
	add_efa(EFA0, "rdmap19s0", "uverbs0", "fe80:0000:0000:0000:044e:faff:fe10:0000\n");
	add_bridge(SWITCH "/0000:12:01.0", "20\n");
	add_ena(ENA0, "ens14", "06:4e:fa:10:00:00\n");
	add_bridge(SWITCH "/0000:12:02.0", "21\n");
	add_efa(EFA1, "rdmap21s0", "uverbs1", "fe80:0000:0000:0000:044e:faff:fe10:0001\n");
	add_bridge(SWITCH "/0000:12:03.0", "22\n");
	add_ena(ENA1, "ens16", "06:4e:fa:10:00:01\n");
	add_bridge(SWITCH "/0000:12:04.0", "23\n");
	add_function(GPU, "0x10de\n", "0x2330\n", "0x030200\n", "nvidia");
	add_pcie_link(GPU);
	add_bridge(SWITCH "/0000:12:05.0", "24\n");
	add_function(IB, "0x15b3\n", "0x1021\n", "0x020700\n", "mlx5_core");
	add_rdma(IB, "ibp32s0");
	add(TREE_DIR, CROWD, "");
}

static const char routes[] =
	"Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
	"ens14\t00000000\t0100A8C0\t0003\t0\t0\t512\t00000000\t0\t0\t0\n"
	"ens14\t0000A8C0\t00000000\t0001\t0\t0\t512\t00FFFFFF\t0\t0\t0\n";

static const char limits[] =
	"Limit                     Soft Limit           Hard Limit           Units     \n"
	"Max cpu time              unlimited            unlimited            seconds   \n"
	"Max locked memory         unlimited            unlimited            bytes     \n";

static const char facts[] =
	"{\"boot_id\": \"8d3f5b7a-1c42-4e8e-9d55-0f6a7b8c9d0e\", \"instance_type\": "
	"\"c6in.32xlarge\", \"instance_id\": \"i-0123456789abcdef0\", \"primary\": "
	"\"06:4e:fa:10:00:00\", \"interfaces\": ["
	"{\"mac\": \"06:4e:fa:10:00:00\", \"id\": \"eni-00000001\", \"card\": 0, \"device\": 0, "
	"\"ip\": true}, {\"mac\": \"06:4e:fa:10:00:01\", \"id\": \"eni-00000002\", \"card\": 1, "
	"\"device\": 1, \"ip\": true}]}\n";

static void add_host(void)
{
	add(TREE_FILE, "sys/class/dmi/id/product_name", "c6in.32xlarge\n");
	add(TREE_FILE, "sys/class/dmi/id/board_asset_tag", "i-0123456789abcdef0\n");
	add(TREE_FILE, "proc/sys/kernel/random/boot_id", "8d3f5b7a-1c42-4e8e-9d55-0f6a7b8c9d0e\n");
	add(TREE_FILE, "proc/sys/kernel/osrelease", "6.1.0-fuzz\n");
	add(TREE_FILE, "sys/module/efa/version", "2.13.0g\n");
	add(TREE_FILE, "proc/net/route", routes);
	add(TREE_FILE, "proc/self/limits", limits);
	add(TREE_FILE, "sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "5128\n");
	add(TREE_FILE, "sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "5000\n");
	add(TREE_FILE, "sys/devices/system/node/node0/cpulist", "0-31,64-95\n");
	add(TREE_FILE, "sys/devices/system/node/node1/cpulist", "32-63,96-127\n");
	add(TREE_FILE, "sys/devices/system/node/online", "0-1\n");
	add(TREE_FILE, "run/efa-layout/enis.json", facts);
	add(TREE_FILE, "run/efa-layout/addresses",
	    "ens14 10.0.0.5/20\nens14 fd00::5/64\nens16 10.0.16.5/20\n");
}

/* What is not there, and may come. */
static void add_absent(void)
{
	add(TREE_ABSENT, "sys/bus/pci/devices/00000000:13:00.0", "");
	add(TREE_ABSENT, "sys/bus/pci/devices/0000:ff:1f.7", "");
	add(TREE_ABSENT, "sys/bus/pci/devices/10000:00:01.0", "");
	add(TREE_ABSENT, "sys/bus/pci/devices/none", "");
	add(TREE_ABSENT, "sys/class/infiniband/efa_0", "");
	add(TREE_ABSENT, "sys/class/infiniband/a\x1b]0;b", "");
	add(TREE_ABSENT, "sys/class/infiniband/0123456789012345678901234567890123456789", "");
	add(TREE_ABSENT, EFA0 "/net/ens13/address", "");
	add(TREE_ABSENT, EFA0 "/infiniband_verbs/verbs0", "");
	add(TREE_ABSENT, ENA0 "/net/eth0", "");
	add(TREE_ABSENT, ENA0 "/net/a\x1b]0;b", "");
	add(TREE_ABSENT, "sys/devices/system/node/node32767", "");
	add(TREE_ABSENT, "sys/devices/system/node/node01", "");
	add(TREE_ABSENT,
	    "sys/class/net/0123456789012345678901234567890123456789012345678901234567890123", "");
	add(TREE_ABSENT,
	    "sys/bus/pci/devices/0123456789012345678901234567890123456789012345678901234567890123",
	    "");
}

void tree_spec(void)
{
	add_functions();
	add_host();
	add_absent();
}
