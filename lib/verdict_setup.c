/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Set-up of the host that users meet and the test does not: root opens device nodes of any mode,
 * and locks as much memory as it likes.
 */
#include "verdict_impl.h"

#include <inttypes.h>

#include "text.h"

/*
 * Below this not even one endpoint comes to life. The EFA installer counts 110 MiB of packet
 * buffers for each; fi_pingpong, with one endpoint, its buffers and messages of up to 1 MiB, has
 * 118 MiB pinned (libfabric 1.17), and aborts where it may not.
 */
#define ENDPOINT_MIB	128
#define ENDPOINT_BYTES	((int64_t)ENDPOINT_MIB << 20)
#define MODE_FOR_ALL	0666
#define RAILS_NAMED_MAX 3

static void judge_memlock(struct judge *judge)
{
	int64_t limit = judge->in->inv->slurmd_memlock;
	struct finding *finding;

	if (limit < 0 || limit >= ENDPOINT_BYTES) /* less than 0: none, or not known */
		return;
	finding = findings_add(&judge->out->findings, "W301");
	finding_subject(finding, "slurmd");
	text_format(finding->expected, sizeof(finding->expected),
		    "unlimited; one libfabric endpoint takes nearly %d MiB", ENDPOINT_MIB);
	finding_found(finding, "%" PRId64 " KiB, for slurmd and the tasks that have its limits",
		      limit / 1024);
	text_format(finding->evidence, sizeof(finding->evidence),
		    "PropagateResourceLimits of slurm.conf may give tasks the submitter's limit");
}

static bool is_closed(const struct rail *rail)
{
	return rail->stage == RAIL_USABLE && rail->uverbs_mode >= 0 &&
	       (rail->uverbs_mode & MODE_FOR_ALL) != MODE_FOR_ALL;
}

static void name_closed(const struct rail *rail, size_t n, struct finding *finding)
{
	if (n >= RAILS_NAMED_MAX)
		return;
	text_append(finding->found, sizeof(finding->found), "%s%s %04o", n ? ", " : "",
		    rail->rdma_name, (unsigned)rail->uverbs_mode);
	text_append(finding->evidence, sizeof(finding->evidence), "%s/dev/infiniband/uverbs%d",
		    n ? ", " : "", rail->uverbs);
}

/* One cause, one finding, however many nodes have the mode. */
static void judge_modes(struct judge *judge)
{
	const struct inventory *inv = judge->in->inv;
	struct finding *finding = NULL;
	size_t n = 0, first = 0;

	for (size_t i = 0; i < inv->n_rails; i++) {
		if (!is_closed(&inv->rails[i]))
			continue;
		if (!n) {
			finding = findings_add(&judge->out->findings, "W302");
			first = i;
		}
		name_closed(&inv->rails[i], n++, finding);
	}
	if (!finding)
		return;
	if (n > RAILS_NAMED_MAX)
		text_append(finding->found, sizeof(finding->found), ", and %zu more",
			    n - RAILS_NAMED_MAX);
	text_format(finding->expected, sizeof(finding->expected), "mode %04o", MODE_FOR_ALL);
	finding_subject(finding, "%zu of %zu rails", n, inv->n_rails);
	if (n > 1)
		return;
	finding_subject(finding, "rail %s", inv->rails[first].rdma_name);
	finding->rail = (int)first;
	finding->card_index = inv->rails[first].card_index;
}

static void judge_huge_pages(struct judge *judge)
{
	const struct inventory *inv = judge->in->inv;
	struct finding *finding;

	if (inv->huge_pages < 0 || (inv->huge_pages && inv->huge_pages_free))
		return;
	finding = findings_add(&judge->out->findings, "I301");
	finding_subject(finding, "node");
	if (inv->huge_pages)
		finding_found(finding, "none of %" PRId64 " is free", inv->huge_pages);
	else
		finding_found(finding, "none is reserved");
}

/* A node without rails needs none of this. */
void verdict_setup(struct judge *judge)
{
	if (!judge->in->inv->n_rails)
		return;
	judge_memlock(judge);
	judge_modes(judge);
	judge_huge_pages(judge);
}
