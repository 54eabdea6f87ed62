/* SPDX-License-Identifier: Apache-2.0 */
#include "census.h"

#include <stdlib.h>
#include <string.h>

#include <slurm/slurm.h>

#include "text.h"

struct count {
	unsigned nodes, drained;
	bool has_node;
};

static enum holder holder_of(const node_info_t *info)
{
	bool held = (info->node_state & (NODE_STATE_DRAIN | NODE_STATE_FAIL)) ||
		    (info->node_state & NODE_STATE_BASE) == NODE_STATE_DOWN;

	if (!held || !info->reason || !info->reason[0])
		return HOLDER_NONE;
	return drain_is_ours(info->reason) ? HOLDER_US : HOLDER_OTHERS;
}

static bool is_node(const node_info_t *info, const char *node)
{
	return info->name && strcmp(info->name, node) == 0;
}

static void look_at(const node_info_msg_t *nodes, const char *node, struct census *census)
{
	for (uint32_t i = 0; i < nodes->record_count; i++) {
		const node_info_t *info = &nodes->node_array[i];

		if (!is_node(info, node))
			continue;
		census->holder = holder_of(info);
		census->drained = info->node_state & NODE_STATE_DRAIN;
		if (census->holder != HOLDER_NONE)
			text_printable(census->reason, sizeof(census->reason), info->reason);
	}
}

static void count_one(const node_info_t *info, const char *node, struct count *count)
{
	if (!info->name)
		return;
	count->nodes++;
	if (is_node(info, node))
		count->has_node = true;
	else if (holder_of(info) == HOLDER_US)
		count->drained++;
}

/* node_inx: first and last index of each range of nodes, ended by -1. Notes in seen whom it met. */
static void count_partition(const node_info_msg_t *nodes, const int32_t *node_inx, const char *node,
			    bool *seen, struct count *count)
{
	for (; node_inx && node_inx[0] >= 0 && node_inx[1] >= node_inx[0]; node_inx += 2) {
		for (int64_t i = node_inx[0]; i <= node_inx[1] && i < nodes->record_count; i++) {
			seen[i] = true;
			count_one(&nodes->node_array[i], node, count);
		}
	}
}

static void check(struct census *census, const struct drain_limit *limit, const char *partition,
		  const struct count *count)
{
	if (!census->over)
		census->over = drain_limit_check(limit, partition, count->nodes, count->drained,
						 &census->over_text);
}

static int count_all(const node_info_msg_t *nodes, const partition_info_msg_t *partitions,
		     const char *node, const struct drain_limit *limit, struct census *census)
{
	bool *seen = calloc(nodes->record_count ? nodes->record_count : 1, sizeof(*seen));
	struct count cluster = {0};

	if (!seen)
		return -1;
	for (uint32_t i = 0; i < partitions->record_count; i++) {
		const partition_info_t *partition = &partitions->partition_array[i];
		struct count count = {0};

		count_partition(nodes, partition->node_inx, node, seen, &count);
		if (count.has_node)
			check(census, limit, partition->name ? partition->name : "?", &count);
	}
	for (uint32_t i = 0; i < nodes->record_count; i++) {
		if (seen[i])
			count_one(&nodes->node_array[i], node, &cluster);
	}
	check(census, limit, NULL, &cluster);
	free(seen);
	return 0;
}

/* All nodes: partitions name them by their places in this table. */
static int take_all(const char *node, const struct drain_limit *limit, struct census *census)
{
	node_info_msg_t *nodes = NULL;
	partition_info_msg_t *partitions = NULL;
	int rc;

	if (slurm_load_node(0, &nodes, SHOW_ALL | SHOW_LOCAL) != SLURM_SUCCESS)
		return -1;
	rc = slurm_load_partitions(0, &partitions, SHOW_ALL | SHOW_LOCAL) == SLURM_SUCCESS ? 0 : -1;
	if (!rc) {
		look_at(nodes, node, census);
		rc = count_all(nodes, partitions, node, limit, census);
		slurm_free_partition_info_msg(partitions);
	}
	slurm_free_node_info_msg(nodes);
	return rc;
}

int census_take(const char *node, const struct drain_limit *limit, struct census *ret_census)
{
	struct census census = {0};
	node_info_msg_t *nodes = NULL;

	if (drain_limit_bounds(limit)) {
		if (take_all(node, limit, &census))
			return -1;
	} else {
		if (slurm_load_node_single(&nodes, (char *)node, SHOW_ALL | SHOW_LOCAL) !=
		    SLURM_SUCCESS)
			return -1;
		look_at(nodes, node, &census);
		slurm_free_node_info_msg(nodes);
	}
	*ret_census = census;
	return 0;
}
