/* SPDX-License-Identifier: Apache-2.0 */
#include "policy_settings.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "fnv.h"
#include "text.h"

#define AT(field) offsetof(struct policy, field)
#define ALL_ACTIONS                                                                          \
	(1u << ACTION_ALLOW | 1u << ACTION_WARN | 1u << ACTION_DRAIN | 1u << ACTION_REFUSE | \
	 1u << ACTION_DRAIN_AFTER)

const struct setting policy_settings[] = {
	{"layout", "declared", SETTING_NAME, AT(layout_declared), 0, 0, 0, "auto",
	 "the layout that the nodes of this site have; auto: any layout that the type can have"},
	{"layout", "default", SETTING_NAME, AT(layout_default), 0, 0, 0, "any",
	 "what a job without --efa-layout asks for: any, none or a layout"},
	{"layout", "allow_none", SETTING_BOOL, AT(layout_allow_none), 0, 0, 0, "true",
	 "whether a job may go without check and environment by --efa-layout=none"},
	{"check", "budget_ms", SETTING_UINT, AT(budget_ms), 500, 600000, 0, "10000",
	 "time for the whole check of a node, whatever happens"},
	{"check", "open_ms", SETTING_UINT, AT(open_ms), 10, 600000, 0, "1000",
	 "time for opening one device"},
	{"check", "rail_ms", SETTING_UINT, AT(rail_ms), 10, 600000, 0, "2000",
	 "time for the loopback over one rail"},
	{"check", "late_ms", SETTING_UINT, AT(late_ms), 0, 60000, 0, "0",
	 "how long to wait for a missing rail to appear before it counts as missing"},
	{"check", "workers", SETTING_UINT, AT(workers), 0, 256, 0, "0",
	 "rails that are tested at the same time; 0: as many as CPUs"},
	{"check", "cache_ttl_s", SETTING_UINT, AT(cache_ttl_s), 0, 604800, 0, "60",
	 "age at which a good result is tested again; 0: test before every job"},
	{"check", "provider", SETTING_NAME, AT(provider), 0, 0, 0, "efa",
	 "libfabric provider of the loopback"},
	{"action", "faulty", SETTING_ACTION, AT(on_faulty), 0, 0, ALL_ACTIONS, "drain",
	 "when the node is at fault"},
	{"action", "degraded", SETTING_ACTION, AT(on_degraded), 0, 0,
	 ALL_ACTIONS & ~(1u << ACTION_REFUSE), "warn",
	 "when there are warnings; drain spares warnings about the check itself"},
	{"action", "fabric", SETTING_ACTION, AT(on_fabric), 0, 0, ALL_ACTIONS, "drain",
	 "when all rails fail alike, which points at security group or subnet"},
	{"action", "unknown", SETTING_ACTION, AT(on_unknown), 0, 0,
	 ALL_ACTIONS & ~(1u << ACTION_DRAIN | 1u << ACTION_DRAIN_AFTER), "allow",
	 "when nothing could be tested; drain is refused here: a fault of the check never drains"},
	{"action", "enforce", SETTING_BOOL, AT(enforce), 0, 0, 0, "true",
	 "whether anything is done at all; false: log what would be done, and let every job run"},
	{"limit", "cluster_nodes", SETTING_UINT, AT(cluster_nodes), 0, 65535, 0, "0",
	 "nodes of the cluster that may be drained by efa-layout at once; 0: no bound"},
	{"limit", "cluster_percent", SETTING_UINT, AT(cluster_percent), 1, 100, 0, "100",
	 "the same as a share of the cluster, one node at least; 100: no bound"},
	{"limit", "partition_nodes", SETTING_UINT, AT(partition_nodes), 0, 65535, 0, "0",
	 "nodes of each of a node's partitions that may be drained at once; 0: no bound"},
	{"limit", "partition_percent", SETTING_UINT, AT(partition_percent), 1, 100, 0, "50",
	 "the same as a share of the partition, one node at least; 100: no bound"},
	{"recover", "lift", SETTING_BOOL, AT(lift), 0, 0, 0, "true",
	 "whether the health check returns nodes that efa-layout has drained"},
	{"recover", "strikes", SETTING_UINT, AT(strikes), 1, 1000, 0, "3",
	 "healthy tests in a row before a node is returned"},
	{"health", "interval_s", SETTING_UINT, AT(health_interval_s), 0, 604800, 0, "900",
	 "age of a result at which the health check tests an idle node again; 0: never"},
	{"health", "under_jobs", SETTING_BOOL, AT(health_under_jobs), 0, 0, 0, "false",
	 "whether the health check also tests nodes on which jobs run"},
	{"receipt", "write", SETTING_BOOL, AT(receipt), 0, 0, 0, "true",
	 "whether the epilog notes what each job did on the rails"},
	{"receipt", "keep", SETTING_UINT, AT(receipts_kept), 1, 100000, 0, "500",
	 "receipts of jobs, and as many verdicts, that are kept on a node, the newest"},
	{"environment", "affinity", SETTING_AFFINITY, AT(affinity_default), 0, 0, 0, "auto",
	 "how a task's rails are chosen when the job does not say it by --efa-affinity"},
	{"environment", "set", SETTING_BOOL, AT(environment), 0, 0, 0, "true",
	 "whether tasks get variables at all"},
};

const size_t policy_settings_n = sizeof(policy_settings) / sizeof(policy_settings[0]);
_Static_assert(sizeof(policy_settings) / sizeof(policy_settings[0]) <= POLICY_SETTINGS_MAX,
	       "each setting has its place in struct policy_origin");

static const char *const action_words[] = {
	[ACTION_ALLOW] = "allow",
	[ACTION_WARN] = "warn",
	[ACTION_DRAIN] = "drain",
	[ACTION_REFUSE] = "refuse",
	[ACTION_DRAIN_AFTER] = "drain-after",
};

#define ACTIONS_N (sizeof(action_words) / sizeof(action_words[0]))

const char *policy_action_text(enum policy_action action)
{
	return (size_t)action < ACTIONS_N ? action_words[action] : "?";
}

bool policy_action_parse(const char *text, enum policy_action *ret_action)
{
	for (size_t i = 0; i < ACTIONS_N; i++) {
		if (!strcmp(text, action_words[i])) {
			*ret_action = (enum policy_action)i;
			return true;
		}
	}
	return false;
}

void policy_assign(struct policy *policy, const struct setting *setting, const char *text)
{
	void *at = (char *)policy + setting->offset;
	uint64_t number;

	switch (setting->type) {
	case SETTING_NAME:
		memset(at, 0, NAME_TEXT);
		memcpy(at, text, strnlen(text, NAME_TEXT - 1));
		break;
	case SETTING_BOOL:
		*(bool *)at = !strcmp(text, "true");
		break;
	case SETTING_UINT:
		if (text_u64(text, setting->min, setting->max, &number))
			abort();
		*(unsigned *)at = (unsigned)number;
		break;
	case SETTING_ACTION:
		if (!policy_action_parse(text, at))
			abort();
		break;
	case SETTING_AFFINITY:
		if (affinity_parse(text, at))
			abort();
		break;
	}
}

/* The value in force as text. buf: NAME_TEXT bytes. */
static const char *show(const struct policy *policy, const struct setting *setting, char *buf)
{
	const void *at = (const char *)policy + setting->offset;

	switch (setting->type) {
	case SETTING_NAME:
		return at;
	case SETTING_BOOL:
		return *(const bool *)at ? "true" : "false";
	case SETTING_UINT:
		text_format(buf, NAME_TEXT, "%u", *(const unsigned *)at);
		return buf;
	case SETTING_ACTION:
		return policy_action_text(*(const enum policy_action *)at);
	case SETTING_AFFINITY:
		return affinity_text(*(const enum affinity *)at);
	}
	return "";
}

/* One line per setting, in the table's order: the same settings always give the same hash. */
void policy_set_hash(struct policy *policy)
{
	uint64_t hash = FNV_START;
	char line[128], buf[NAME_TEXT];

	for (size_t i = 0; i < policy_settings_n; i++) {
		const struct setting *setting = &policy_settings[i];

		text_format(line, sizeof(line), "%s.%s=%s\n", setting->group, setting->name,
			    show(policy, setting, buf));
		hash = fnv_add(hash, line, strlen(line));
	}
	fnv_format(hash, policy->hash);
}

void policy_defaults(struct policy *policy)
{
	memset(policy, 0, sizeof(*policy));
	for (size_t i = 0; i < policy_settings_n; i++)
		policy_assign(policy, &policy_settings[i], policy_settings[i].preset);
	policy_set_hash(policy);
}

static size_t find(const char *name)
{
	char full[sizeof(((struct policy_value *)0)->name)];
	size_t i = 0;

	for (; i < policy_settings_n; i++) {
		text_format(full, sizeof(full), "%s.%s", policy_settings[i].group,
			    policy_settings[i].name);
		if (!strcmp(full, name))
			break;
	}
	assert(i < policy_settings_n);
	return i < policy_settings_n ? i : 0;
}

void policy_value(const struct policy *policy, const char *name, struct policy_value *ret_value)
{
	size_t row = find(name);
	char buf[NAME_TEXT];

	memset(ret_value, 0, sizeof(*ret_value));
	text_format(ret_value->name, sizeof(ret_value->name), "%s", name);
	text_format(ret_value->value, sizeof(ret_value->value), "%s",
		    show(policy, &policy_settings[row], buf));
	ret_value->line = policy->origin.line[row];
	if (ret_value->line)
		text_format(ret_value->file, sizeof(ret_value->file), "%s", policy->origin.file);
}

void policy_value_text(const struct policy_value *value, char *buf, size_t size)
{
	text_format(buf, size, "%s = %s ", value->name, value->value);
	if (value->line)
		text_append(buf, size, "(%s line %u)", value->file, value->line);
	else
		text_append(buf, size, "(default)");
}

void policy_print(const struct policy *policy, FILE *to)
{
	char buf[NAME_TEXT];

	for (size_t i = 0; i < policy_settings_n; i++)
		fprintf(to, "%s.%s = %s (default %s): %s\n", policy_settings[i].group,
			policy_settings[i].name, show(policy, &policy_settings[i], buf),
			policy_settings[i].preset, policy_settings[i].sentence);
}
