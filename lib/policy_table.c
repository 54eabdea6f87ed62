/* SPDX-License-Identifier: Apache-2.0 */
/* The settings: what each is called, may be, is by default and means. */
#include <stddef.h>

#include "policy_settings.h"

#define AT(field) offsetof(struct policy, field)
#define ALL_ACTIONS                                                                          \
	(1u << ACTION_ALLOW | 1u << ACTION_WARN | 1u << ACTION_DRAIN | 1u << ACTION_REFUSE | \
	 1u << ACTION_DRAIN_AFTER)

const struct setting policy_settings[] = {
	{"layout", "declared", SETTING_NAME, AT(layout_declared), 0, 0, 0, "auto",
	 "the layout that the nodes of this site have; auto: any layout that the type can have",
	 false},
	{"layout", "default", SETTING_NAME, AT(layout_default), 0, 0, 0, "any",
	 "what a job without --efa-layout asks for: any, none or a layout", true},
	{"layout", "allow", SETTING_NAMES, AT(layout_allow), 0, 0, 0, "all",
	 "what jobs may ask for: a list of layouts and any; all: everything", true},
	{"layout", "allow_none", SETTING_BOOL, AT(layout_allow_none), 0, 0, 0, "true",
	 "whether a job may go without check and environment by --efa-layout=none", true},
	{"layout", "rails", SETTING_RAILS, AT(rails), 0, 0, 0, "all",
	 "healthy rails that a node must offer, unless the job says it by --efa-rails: all (of its "
	 "layout), a number, N% or per-gpu:N; a node that offers them is not at fault for others",
	 true},
	{"check", "budget_ms", SETTING_UINT, AT(budget_ms), 500, 600000, 0, "10000",
	 "time for the whole check of a node, whatever happens", false},
	{"check", "open_ms", SETTING_UINT, AT(open_ms), 10, 600000, 0, "1000",
	 "time for opening one device", false},
	{"check", "rail_ms", SETTING_UINT, AT(rail_ms), 10, 600000, 0, "2000",
	 "time for the loopback over one rail", false},
	{"check", "late_ms", SETTING_UINT, AT(late_ms), 0, 60000, 0, "0",
	 "how long to wait for a missing rail to appear before it counts as missing", false},
	{"check", "workers", SETTING_UINT, AT(workers), 0, 256, 0, "0",
	 "rails that are tested at the same time; 0: as many as CPUs", false},
	{"check", "cache_ttl_s", SETTING_UINT, AT(cache_ttl_s), 0, 604800, 0, "60",
	 "age at which a good result is tested again; 0: test before every job", false},
	{"check", "provider", SETTING_NAME, AT(provider), 0, 0, 0, "efa",
	 "libfabric provider of the loopback", false},
	{"check", "default", SETTING_DEPTH, AT(check_default), CHECK_AUTO, 0, 0, "auto",
	 "how a job's nodes are tested unless it says it by --efa-check; auto: cached for "
	 "check.cache_ttl_s, then full",
	 true},
	{"check", "floor", SETTING_DEPTH, AT(check_floor), CHECK_CACHED, 0, 0, "cached",
	 "the least that is done whatever a job says: cached, quick or full", true},
	{"check", "ceiling", SETTING_DEPTH, AT(check_ceiling), CHECK_CACHED, 0, 0, "full",
	 "the most that is done because a job says so", true},
	{"action", "faulty", SETTING_ACTION, AT(on_faulty), 0, 0, ALL_ACTIONS, "drain",
	 "when the node is at fault", false},
	{"action", "degraded", SETTING_ACTION, AT(on_degraded), 0, 0,
	 ALL_ACTIONS & ~(1u << ACTION_REFUSE), "warn",
	 "when there are warnings; drain spares warnings about the check itself", false},
	{"action", "fabric", SETTING_ACTION, AT(on_fabric), 0, 0, ALL_ACTIONS, "drain",
	 "when all rails fail alike, which points at security group or subnet", false},
	{"action", "unknown", SETTING_ACTION, AT(on_unknown), 0, 0,
	 ALL_ACTIONS & ~(1u << ACTION_DRAIN | 1u << ACTION_DRAIN_AFTER), "allow",
	 "when nothing could be tested; drain is refused here: a fault of the check never drains",
	 false},
	{"action", "enforce", SETTING_BOOL, AT(enforce), 0, 0, 0, "true",
	 "whether anything is done at all; false: log what would be done, and let every job run",
	 false},
	{"limit", "cluster_nodes", SETTING_UINT, AT(cluster_nodes), 0, 65535, 0, "0",
	 "nodes of the cluster that may be drained by efa-layout at once; 0: no bound", false},
	{"limit", "cluster_percent", SETTING_UINT, AT(cluster_percent), 1, 100, 0, "100",
	 "the same as a share of the cluster, one node at least; 100: no bound", false},
	{"limit", "partition_nodes", SETTING_UINT, AT(partition_nodes), 0, 65535, 0, "0",
	 "nodes of each of a node's partitions that may be drained at once; 0: no bound", false},
	{"limit", "partition_percent", SETTING_UINT, AT(partition_percent), 1, 100, 0, "50",
	 "the same as a share of the partition, one node at least; 100: no bound", false},
	{"recover", "lift", SETTING_BOOL, AT(lift), 0, 0, 0, "true",
	 "whether the health check returns nodes that efa-layout has drained", false},
	{"recover", "strikes", SETTING_UINT, AT(strikes), 1, 1000, 0, "3",
	 "healthy tests in a row before a node is returned", false},
	{"health", "interval_s", SETTING_UINT, AT(health_interval_s), 0, 604800, 0, "900",
	 "age of a result at which the health check tests an idle node again; 0: never", false},
	{"health", "under_jobs", SETTING_BOOL, AT(health_under_jobs), 0, 0, 0, "false",
	 "whether the health check also tests nodes on which jobs run", false},
	{"receipt", "write", SETTING_BOOL, AT(receipt), 0, 0, 0, "true",
	 "whether the epilog notes what each job did on the rails", false},
	{"receipt", "keep", SETTING_UINT, AT(receipts_kept), 1, 100000, 0, "500",
	 "receipts of jobs, and as many verdicts, that are kept on a node, the newest", false},
	{"environment", "affinity", SETTING_AFFINITY, AT(affinity_default), 0, 0, 0, "auto",
	 "how a task's rails are chosen when the job does not say it by --efa-affinity", true},
	{"environment", "set", SETTING_BOOL, AT(environment), 0, 0, 0, "true",
	 "whether tasks get variables at all", true},
};

const size_t policy_settings_n = sizeof(policy_settings) / sizeof(policy_settings[0]);
_Static_assert(sizeof(policy_settings) / sizeof(policy_settings[0]) <= POLICY_SETTINGS_MAX,
	       "each setting has its place in struct policy_origin");
