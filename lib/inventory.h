/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a node has. Filled by readers (inventory_sysfs.c, eni_facts.c), never judged here: whether
 * this is what should be there is layout_match's and verdict's business. Fixed bounds: everything
 * outside them is refused by the reader.
 */
#ifndef EFA_LAYOUT_INVENTORY_H
#define EFA_LAYOUT_INVENTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cpu_list.h"
#include "err.h"
#include "mac.h"
#include "pci_addr.h"

#define NODE_RAILS_MAX	  64
#define NODE_ENAS_MAX	  64
#define NODE_ACCELS_MAX	  64
#define NODE_FOREIGN_MAX  64
#define NODE_PORTS_MAX	  256
#define NODE_NUMA_MAX	  32
#define NUMA_NUMBER_MAX	  1023 /* number of one: Linux has at most 1024 */
#define NODE_ENIS_MAX	  128
#define ENA_ADDRESSES_MAX 16
#define IP_TEXT		  52 /* "fd00:1234:...:abcd/128" */
#define ORIGIN_TEXT	  128
#define LIMIT_NONE	  INT64_C(-1)
#define LIMIT_UNKNOWN	  INT64_C(-2)
#define LIMITS_FILE_MAX	  8192 /* bytes of proc/PID/limits */
#define NAME_TEXT	  32   /* RDMA device, netdev, driver, instance type */
#define ENI_ID_TEXT	  32

/*
 * What an inventory is made of. Each part comes from one place, which the inventory remembers: a
 * path below the root, the kernel itself, or a file that stands for them.
 */
enum inventory_part {
	PART_PCI,	/* PCI functions, their places and links */
	PART_RDMA,	/* RDMA and uverbs devices */
	PART_NETDEVS,	/* netdevs of ENA functions */
	PART_ADDRESSES, /* their IP addresses */
	PART_ROUTE,	/* the default route */
	PART_NUMA,	/* NUMA nodes and their CPUs */
	PART_INSTANCE,	/* instance type and id */
	PART_BOOT,	/* boot id, kernel */
	PART_DRIVER,	/* version of the efa driver */
	PART_LIBFABRIC,
	PART_LIMITS, /* locked memory, huge pages */
	PART_FACTS,  /* ENI facts */
	INVENTORY_PARTS
};

/* A PCIe link as it is, and the most that both of its ends can do. 0: not known. */
struct pci_link {
	unsigned speed, max_speed; /* megatransfers a second: 16000 for "16.0 GT/s PCIe" */
	unsigned width, max_width; /* lanes */
};

/* How far an EFA function has come on its way to being usable; each stage includes the ones before.
 */
enum rail_stage {
	RAIL_UNBOUND,	/* PCI function, but not bound to the efa driver */
	RAIL_NO_RDMA,	/* bound, but without an RDMA device */
	RAIL_NO_UVERBS, /* RDMA device without a uverbs node, or without the node in /dev */
	RAIL_USABLE,
	RAIL_LISTED, /* a saved topology lists it; whether it is usable cannot be told from that */
};

/* How the interface of an EFA function was found. */
enum place_source {
	PLACE_UNKNOWN,
	PLACE_MAC, /* by the MAC address in its GID */
	PLACE_PCI, /* no GID; the only ENA function of its host bridge or switch without a partner
		    */
	PLACE_ELIMINATION, /* no GID; the only interface left for the only EFA function left */
};

/* One EFA device, seen as a path for traffic. */
struct rail {
	struct pci_addr pci;
	struct pci_path path;
	int numa_node; /* -1: the kernel does not say */
	uint16_t device_id;
	enum rail_stage stage;
	struct pci_link link;
	char driver[NAME_TEXT];	   /* "" when unbound */
	char rdma_name[NAME_TEXT]; /* "rdmap79s0"; "" before RAIL_NO_UVERBS */
	unsigned gbps;		   /* of the port, as the driver says; 0 unknown */
	int uverbs;		   /* minor of /dev/infiniband/uverbsN, -1 */
	int uverbs_mode;	   /* permission bits of that node, -1 unknown */
	bool has_gid;
	uint8_t gid[16];
	bool has_mac; /* from the GID */
	struct mac mac;
	int card_index, device_index; /* network card index and device index, -1 unknown */
	char eni_id[ENI_ID_TEXT];     /* "" unknown */
	int ena;		      /* index of the ENA function of the same interface, -1 none */
	enum place_source place;      /* how ena, card and ENI were found */
};

/* One ENA function. */
struct ena {
	struct pci_addr pci;
	struct pci_path path;
	int numa_node;
	struct pci_link link;
	char driver[NAME_TEXT];
	char netdev[NAME_TEXT]; /* "" when the function has no netdev */
	char operstate[16];	/* as the kernel prints it */
	bool has_mac;
	struct mac mac;
	bool listed;	    /* by a saved topology: whether it is usable cannot be told */
	bool default_route; /* the node's IPv4 default route leaves here */
	size_t n_addresses;
	char addresses[ENA_ADDRESSES_MAX][IP_TEXT]; /* "10.0.0.5/20"; IPv6 without link-local */
	int card_index, device_index;
	char eni_id[ENI_ID_TEXT];
};

enum accel_kind { ACCEL_NVIDIA, ACCEL_NEURON, ACCEL_HABANA, ACCEL_AMD };

struct accel {
	enum accel_kind kind;
	struct pci_addr pci;
	struct pci_path path;
	int numa_node;
	struct pci_link link;
	uint16_t vendor_id, device_id;
};

/* A PCIe port with nothing behind it. Where its likes have an EFA function behind them, it is where
 * a missing rail should be. */
struct pci_port {
	struct pci_addr pci;
	struct pci_path path;
	int bus; /* number of the bus behind it, -1 unknown */
};

/* An RDMA device of another vendor (ConnectX on p6): listed, otherwise left out. */
struct foreign {
	char rdma_name[NAME_TEXT];
	char driver[NAME_TEXT];
	struct pci_addr pci; /* all zero when it is not a PCI function */
	struct pci_path path;
	int numa_node;
};

/*
 * What slurm.conf says of the node: features with names of ours (node_features.h), others are left
 * out. Where it says so decides nothing and is for people.
 */
#define FEATURE_TEXT	48 /* longest one: a prefix and a layout's name; what is longer is cut */
#define NODE_CLAIMS_MAX 16
struct node_claims {
	bool known; /* false: no slurm.conf, or the node is not in it; nothing below is set */
	char where[ORIGIN_TEXT]; /* "/etc/slurm/slurm.conf:12"; of a long path the end */
	size_t n;
	char v[NODE_CLAIMS_MAX][FEATURE_TEXT];
};

/* An interface as the instance metadata lists it. */
struct eni {
	struct mac mac;
	int card_index, device_index; /* a type with a single card has no network-card key: 0 */
	char id[ENI_ID_TEXT];
	bool has_ip;
	int rail, ena; /* joined: index of the EFA device and ENA function with this MAC, -1 none */
};

struct eni_facts {
	bool known; /* false: no facts; nothing below is set */
	char boot_id[40];
	char instance_type[NAME_TEXT];
	char instance_id[NAME_TEXT];
	struct mac primary;
	size_t n_enis;
	struct eni enis[NODE_ENIS_MAX]; /* by card index, then device index */
};

struct inventory {
	char instance_type[NAME_TEXT]; /* DMI product name, "" when it is not an instance type */
	char instance_id[NAME_TEXT];   /* DMI board asset tag, "" when it is not an instance id */
	char boot_id[40];
	char kernel[64];
	char efa_driver[NAME_TEXT]; /* module version; "" for the in-tree driver, which has none */
	char libfabric[NAME_TEXT];  /* version of the libfabric that tests rails, "" unknown */
	int64_t memlock;	    /* limit of locked memory of the process that reads, in bytes;
				       LIMIT_NONE, LIMIT_UNKNOWN */
	int64_t slurmd_memlock;	    /* the same of slurmd, from which tasks have theirs */
	int64_t huge_pages, huge_pages_free;	   /* of 2 MiB; LIMIT_UNKNOWN */
	char origin[INVENTORY_PARTS][ORIGIN_TEXT]; /* "" where nothing had the part */
	size_t n_rails;
	struct rail rails[NODE_RAILS_MAX]; /* by PCI address; index is the rail's number in all of
					      the program */
	size_t n_enas;
	struct ena enas[NODE_ENAS_MAX]; /* by PCI address */
	size_t n_accels;
	struct accel
		accels[NODE_ACCELS_MAX]; /* by PCI address: the place is the accelerator's index */
	size_t n_foreign;
	struct foreign foreign[NODE_FOREIGN_MAX]; /* by name */
	size_t n_ports;
	struct pci_port ports[NODE_PORTS_MAX]; /* empty ones, by PCI address */
	size_t n_numa;
	struct {
		int node;
		struct cpu_list cpus; /* never empty: nodes of memory alone are left out */
	} numa[NODE_NUMA_MAX];
	struct eni_facts facts;
	struct node_claims claims;
};

/*
 * Read the node below root ("" or "/" for the running one): PCI, RDMA and uverbs devices, ENA
 * netdevs, NUMA nodes, DMI, boot id, driver version, default route (proc/net/route), limits. A
 * missing tree is an empty list, and what goes away while being read is not there; an unreadable or
 * malformed value is an error that names the path. A GID that cannot be read, is all zero or was
 * not made from a MAC is no error but a rail without GID or MAC; nor is a limit that cannot be
 * read, which is unknown, as is slurmd's in any case. The facts are not touched. inv is large
 * (allocate it on the heap) and is only changed on success.
 */
int inventory_scan(const char *root, struct inventory *inv, struct err *err);

/*
 * slurmd's limit of locked memory, in bytes; LIMIT_NONE; LIMIT_UNKNOWN where no slurmd is found. A
 * walk through all processes: a program that slurmd started has the same limit itself, and need not
 * look.
 */
int64_t inventory_slurmd_memlock(const char *root);
/* The process id of slurmd below root, 0 none: the lowest of the processes of this name that
 * belong to the owner of <root>/proc. */
int inventory_find_slurmd(const char *root);

/* The id of this boot alone. buf: as boot_id of an inventory. -ENOENT, -EINVAL. */
int inventory_boot_id(const char *root, char *buf, struct err *err);

/*
 * Read what is worth showing but never decides about a job, after inventory_scan: PCIe links, port
 * rates, IP addresses. The gate goes without: a link's state costs the hypervisor a look at
 * the device. What is absent or says nothing stays unknown; a malformed address file is an error,
 * and then inv is not changed.
 */
int inventory_detail(const char *root, struct inventory *inv, struct err *err);

/*
 * Pure calculation: pair rails and ENA functions by MAC, and give both the card index, device index
 * and ENI id of the facts (facts->known false: pairs only). Copies facts (which may be inv->facts)
 * into inv with rail and ena of each ENI set. A rail without MAC is placed by what is left, where
 * only one answer is: with the one ENA function nearest to it in the PCI tree that has no partner
 * (PLACE_PCI), or on the one interface that nothing else accounts for (PLACE_ELIMINATION).
 */
void inventory_join(struct inventory *inv, const struct eni_facts *facts);

/* The ENA function that carries general traffic: the facts' primary MAC, else the default route,
 * else the only one; NULL when that cannot be told. */
const struct ena *inventory_primary_ena(const struct inventory *inv);

/* "i-0123456789abcdef0" or "eni-...": the prefix and 8 or 17 hexadecimal digits. */
bool inventory_id_valid(const char *text, const char *prefix);

/* "p5.48xlarge": a name with a dot. */
bool inventory_type_valid(const char *text);

/* For readers: rails, ENA functions, accelerators and ports in order of PCI address, foreign
 * devices by name. Before anything refers to them by index. */
void inventory_sort(struct inventory *inv);

/* "rdmap79s0", or the PCI address for a rail without an RDMA device. Borrowed, or written into buf
 * (PCI_ADDR_TEXT bytes). */
const char *rail_name(const struct rail *rail, char *buf);

#endif
