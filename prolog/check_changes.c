/* SPDX-License-Identifier: Apache-2.0 */
#include "check_impl.h"

#include <stdlib.h>
#include <string.h>

/* The usable rail of this name, -1 none. */
static int find_usable(const struct inventory *inv, const char *name)
{
	for (size_t i = 0; i < inv->n_rails; i++) {
		if (inv->rails[i].stage == RAIL_USABLE && !strcmp(inv->rails[i].rdma_name, name))
			return (int)i;
	}
	return -1;
}

/* Is there a usable rail in inv that is none in other? */
static bool has_more(const struct inventory *inv, const struct inventory *other)
{
	for (size_t i = 0; i < inv->n_rails; i++) {
		if (inv->rails[i].stage == RAIL_USABLE &&
		    find_usable(other, inv->rails[i].rdma_name) < 0)
			return true;
	}
	return false;
}

/* A pair of which one rail is gone says nothing of the other. */
static void carry_pair(struct check *check, const struct inventory *before,
		       const struct probe_pair *pair)
{
	int a = find_usable(&check->inv, before->rails[pair->a].rdma_name);
	int b = find_usable(&check->inv, before->rails[pair->b].rdma_name);
	struct probe_pair *to = &check->report.pairs[check->report.n_pairs];

	if (a < 0 || b < 0)
		return;
	*to = *pair;
	to->a = (uint8_t)a;
	to->b = (uint8_t)b;
	check->report.n_pairs++;
}

/* The results belong to the rails that are there now. */
static void carry_results(struct check *check, const struct inventory *before)
{
	struct probe_report report = check->report;
	int was;

	check->report.n = check->inv.n_rails;
	check->report.n_pairs = 0;
	memset(check->report.v, 0, sizeof(check->report.v));
	memset(check->report.extras, 0, sizeof(check->report.extras));
	for (size_t i = 0; i < check->inv.n_rails; i++) {
		was = find_usable(before, check->inv.rails[i].rdma_name);
		if (check->inv.rails[i].stage != RAIL_USABLE || was < 0)
			continue;
		check->report.v[i] = report.v[was];
		memcpy(check->report.extras[i], report.extras[was], sizeof(report.extras[was]));
	}
	for (size_t i = 0; i < report.n_pairs; i++)
		carry_pair(check, before, &report.pairs[i]);
}

enum change check_scan_changes(struct check *check)
{
	struct inventory *before = malloc(sizeof(*before));
	enum change change = CHANGE_NONE;

	if (!before)
		return CHANGE_NONE;
	*before = check->inv;
	if (!inventory_scan(check->options->root, &check->inv, NULL))
		change = has_more(&check->inv, before)	 ? CHANGE_NEW
			 : has_more(before, &check->inv) ? CHANGE_GONE
							 : CHANGE_NONE;
	if (change == CHANGE_NONE)
		check->inv = *before;
	else
		check_join(check);
	if (change == CHANGE_GONE)
		carry_results(check, before);
	free(before);
	return change;
}
