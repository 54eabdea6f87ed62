/* SPDX-License-Identifier: Apache-2.0 */
#include "drain_limit.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "text.h"

static bool bounds(unsigned nodes, unsigned percent)
{
	return nodes > 0 || (percent > 0 && percent < 100);
}

bool drain_is_ours(const char *reason)
{
	return reason && strncmp(reason, DRAIN_PREFIX, strlen(DRAIN_PREFIX)) == 0;
}

void drain_words(const char *node, const char *reason, char *buf, size_t size)
{
	text_format(buf, size, DRAIN_PREFIX " the job cannot start on node %s, start it again:%s",
		    node, reason + strlen(DRAIN_PREFIX));
}

bool drain_limit_bounds(const struct drain_limit *limit)
{
	return limit && (bounds(limit->cluster_nodes, limit->cluster_percent) ||
			 bounds(limit->partition_nodes, limit->partition_percent));
}

static unsigned share(unsigned nodes, unsigned percent)
{
	uint64_t allowed = (uint64_t)nodes * percent / 100;

	return allowed ? (unsigned)allowed : 1;
}

int drain_limit_check(const struct drain_limit *limit, const char *partition, unsigned nodes,
		      unsigned drained, struct err *err)
{
	unsigned max = partition ? limit->partition_nodes : limit->cluster_nodes;
	unsigned percent = partition ? limit->partition_percent : limit->cluster_percent;
	const char *setting = NULL;

	if (max && drained >= max)
		setting = "nodes";
	else if (percent && percent < 100 && drained >= share(nodes, percent))
		setting = "percent";
	if (!setting)
		return 0;
	return err_set(err, -EDQUOT, "%u of %u nodes of %s%s are drained, limit.%s_%s is %u",
		       drained, nodes, partition ? "partition " : "the cluster",
		       partition ? partition : "", partition ? "partition" : "cluster", setting,
		       setting[0] == 'n' ? max : percent);
}
