/* SPDX-License-Identifier: Apache-2.0 */
#include "gate_cache.h"

#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "text.h"

/* Follows links: a library's name stays the same when the file behind it is replaced. */
static void add_file(char *buf, const char *dir, const char *name)
{
	char path[PATH_MAX];
	struct stat st;

	if (text_format(path, sizeof(path), "%s%s%s", dir, *name ? "/" : "", name) ||
	    stat(path, &st) < 0) {
		text_append(buf, CACHE_IDENTITY_TEXT, "-;");
		return;
	}
	text_append(buf, CACHE_IDENTITY_TEXT, "%llx:%llx:%llx:%llx.%lx;",
		    (unsigned long long)st.st_dev, (unsigned long long)st.st_ino,
		    (unsigned long long)st.st_size, (unsigned long long)st.st_ctim.tv_sec,
		    (unsigned long)st.st_ctim.tv_nsec);
}

void cache_identity(const struct node_options *options, char *buf)
{
	static const char *const data[] = {"layouts.json", "instance-types.json",
					   "environment.json"};

	buf[0] = '\0';
	add_file(buf, EFA_LAYOUT_LIBFABRIC, "");
	add_file(buf, options->probe, "");
	for (size_t i = 0; i < sizeof(data) / sizeof(data[0]); i++) {
		add_file(buf, options->data_dir, data[i]);
		add_file(buf, options->site_dir, data[i]);
	}
	add_file(buf, options->run_dir, "enis.json");
}

bool cache_since(const struct nodemap *map, const char *key, uint64_t since_ms, uint64_t now_ms)
{
	return !strcmp(map->key, key) && map->tested_ms >= since_ms && map->tested_ms <= now_ms;
}

/* A test that left something out has no time. */
bool cache_good(const struct nodemap *map, const char *key, uint64_t now_ms)
{
	return cache_since(map, key, 1, now_ms) &&
	       (map->outcome == OUTCOME_HEALTHY || map->outcome == OUTCOME_DEGRADED);
}

bool cache_young(const struct nodemap *map, const char *key, const struct policy *policy,
		 uint64_t now_ms)
{
	return cache_good(map, key, now_ms) &&
	       now_ms - map->tested_ms < (uint64_t)policy->cache_ttl_s * 1000;
}

static bool passes(const struct nodemap *map, const struct pci_addr *pci)
{
	for (size_t i = 0; i < map->n_rails; i++) {
		if (pci_addr_compare(&map->rails[i].pci, pci) == 0)
			return map->rails[i].pass;
	}
	return false;
}

bool cache_opened(const struct nodemap *map, const struct inventory *inv,
		  const struct probe_report *opening)
{
	for (size_t i = 0; i < inv->n_rails; i++) {
		if (inv->rails[i].stage != RAIL_USABLE || !passes(map, &inv->rails[i].pci))
			continue;
		if (opening->outcome != PROBE_RAN || i >= opening->n ||
		    !probe_opened(&opening->v[i]))
			return false;
	}
	return true;
}

void cache_report(const struct nodemap *map, const struct inventory *inv,
		  struct probe_report *ret_report)
{
	memset(ret_report, 0, sizeof(*ret_report));
	ret_report->outcome = PROBE_RAN;
	ret_report->n = inv->n_rails;
	text_format(ret_report->libfabric, sizeof(ret_report->libfabric), "%s", map->libfabric);
	for (size_t i = 0; i < inv->n_rails; i++) {
		struct probe_result *result = &ret_report->v[i];

		if (inv->rails[i].stage < RAIL_USABLE)
			continue;
		if (passes(map, &inv->rails[i].pci)) {
			result->state = PROBE_PASS;
			result->step = PROBE_STEP_DONE;
		} else {
			result->state = PROBE_FAIL;
			result->step = PROBE_STEP_TRANSFER;
		}
	}
}
