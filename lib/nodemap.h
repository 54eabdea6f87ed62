/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The node map: what the gate found, in one root-owned file that is replaced in one step. The
 * plugin reads it once per step to choose rails; the gate reads it as its cache. Compact JSON.
 */
#ifndef EFA_LAYOUT_NODEMAP_H
#define EFA_LAYOUT_NODEMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "env_rules.h"
#include "err.h"
#include "file.h"
#include "instance_type.h"
#include "inventory.h"
#include "policy.h"
#include "probe.h"
#include "verdict.h"

#define NODEMAP_PATH "/run/efa-layout/node.json"

struct map_rail {
	char rdma_name[NAME_TEXT];
	struct pci_addr pci;
	struct pci_path path;
	int numa_node;
	int card_index;
	bool pass; /* usable for tasks: it passed, or was not tested */
};

/*
 * In order of PCI address. Where the instance type says to which rail each Neuron device is wired,
 * in order of Neuron's own numbers, which is another: then only the rail is known, and its NUMA
 * node; pci is all zero and path is empty.
 */
struct map_accel {
	struct pci_addr pci;
	struct pci_path path;
	int numa_node;
	int rail; /* wired to it: place in rails; -1 not known, or not on this node */
};

struct nodemap {
	/* cache key and age */
	char boot_id[40];
	char key[17];	    /* hash of device set, driver, libfabric and policy: 16 hex digits */
	uint64_t tested_ms; /* CLOCK_BOOTTIME when the test ended */
	/* verdict */
	enum outcome outcome;
	char sentence[256];
	char instance_type[NAME_TEXT];
	size_t n_layouts;
	char layouts[LAYOUT_NAMES_MAX][NAME_TEXT];
	/* what tasks need */
	char libfabric[16];
	char primary_netdev[NAME_TEXT]; /* "" unknown */
	char layout_default[NAME_TEXT]; /* of a job that does not say it: a layout, "any", "none" */
	unsigned rails_want;		/* that the node's layout has */
	enum affinity affinity_default;
	bool job_rules; /* jobs may have settings of their own: their records have what came of it
			 */
	bool environment;
	size_t n_rails;
	struct map_rail rails[NODE_RAILS_MAX];
	size_t n_accels;
	struct map_accel accels[NODE_ACCELS_MAX];
	size_t n_numa;
	struct {
		int node;
		struct cpu_list cpus;
	} numa[NODE_NUMA_MAX];
	struct env_node node; /* what rules ask about the node; instance_type as above */
	struct env_rules env; /* already reduced to the rules that can hold on this node */
};

/*
 * Pure calculation: the map of a judged node. type: NULL unknown. verdict: one reached without a
 * request, for what a single job asked is not the node's state. tested_ms is CLOCK_BOOTTIME; env:
 * rules of the site. The key stays empty: it is the caller's (nodemap_key).
 */
void nodemap_build(const struct inventory *inv, const struct instance_type *type,
		   const struct verdict *verdict, const struct policy *policy,
		   const struct probe_report *probe, const struct env_rules *env,
		   uint64_t tested_ms, struct nodemap *ret_map);

/* What steps need of the settings into a map that is there. False: it has that already. */
bool nodemap_take_policy(struct nodemap *map, const struct policy *policy);

/* The cache key of a node as it is now: devices with the modes of their nodes, slurmd's limit, what
 * is installed and set. buf: 17 bytes. libfabric: file identity of the library in use ("" none).
 * Huge pages come and go with jobs, and are left out. */
void nodemap_key(const struct inventory *inv, const struct policy *policy, const char *libfabric,
		 char *buf);

int nodemap_save(const char *path, const struct nodemap *map, struct err *err);
/* Strict; owner and mode are checked unless trust is FILE_TRUST_ANY. boot_id: a map of another boot
 * is -ESTALE ("" skips). */
int nodemap_load(const char *path, enum file_trust trust, const char *boot_id,
		 struct nodemap *ret_map, struct err *err);
/*
 * The map in run_dir, of this boot and root's own, to be freed. -ENOENT: the prolog has not left
 * one. What lies in memory (/run as a rule) does not outlive the boot: its identity is not read
 * then.
 */
int nodemap_load_here(const char *run_dir, struct nodemap **ret_map, struct err *err);
bool nodemap_has_layout(const struct nodemap *map, const char *name);

#endif
