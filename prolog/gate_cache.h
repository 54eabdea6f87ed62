/* SPDX-License-Identifier: Apache-2.0 */
/* The node map as the gate's memory: is what it says still true of this node? */
#ifndef EFA_LAYOUT_GATE_CACHE_H
#define EFA_LAYOUT_GATE_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "inventory.h"
#include "node_options.h"
#include "nodemap.h"
#include "policy.h"
#include "probe.h"

/*
 * What a verdict depends on besides the devices and the policy, in one line: identity (device,
 * inode, size, time of change) of libfabric, of the probe, and of every file of layouts, rules
 * and facts. Any change of one makes earlier results void. buf: CACHE_IDENTITY_TEXT bytes.
 */
#define CACHE_IDENTITY_TEXT 2048
void cache_identity(const struct node_options *options, char *buf);

/*
 * May map be used instead of a test? All times are CLOCK_BOOTTIME in milliseconds. A test of this
 * key that ended at or after since_ms may, whatever it found: it was made while this gate waited.
 */
bool cache_since(const struct nodemap *map, const char *key, uint64_t since_ms, uint64_t now_ms);
/* One that was complete and found the node good enough for the site may, however old. */
bool cache_good(const struct nodemap *map, const char *key, uint64_t now_ms);
/* The same, and it is younger than the settings have it. */
bool cache_young(const struct nodemap *map, const char *key, const struct policy *policy,
		 uint64_t now_ms);
/* Did every device open whose rail passed in the test behind the map? */
bool cache_opened(const struct nodemap *map, const struct inventory *inv,
		  const struct probe_report *opening);

/* A report as the test behind the map would give it for inv: the map's rails pass, others do not.
 */
void cache_report(const struct nodemap *map, const struct inventory *inv,
		  struct probe_report *ret_report);

#endif
