/* SPDX-License-Identifier: Apache-2.0 */
#include "helper.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "census.h"

static int update_node(const char *node, uint32_t state, const char *reason)
{
	update_node_msg_t update;

	slurm_init_update_node_msg(&update);
	update.node_names = (char *)node;
	update.node_state = state;
	update.reason = (char *)reason;
#if SLURM_VERSION_NUMBER < SLURM_VERSION_NUM(25, 11, 0)
	if (reason)
		update.reason_uid = getuid();
#endif
	return slurm_update_node(&update);
}

static enum helper_status say_others(const char *node, const struct census *census)
{
	if (census->holder == HOLDER_OTHERS)
		printf("node %s is drained or down for another reason: %.200s\n", node,
		       census->reason);
	else
		printf("node %s is not drained\n", node);
	return HELPER_OTHERS;
}

/* RESUME would bring up a node that is down, too; ours is the drain alone. */
static enum helper_status lift(const char *node, struct census *ret_census)
{
	if (census_take(node, NULL, ret_census))
		return helper_fail("cannot look at the node");
	if (ret_census->holder != HOLDER_US || !ret_census->drained)
		return HELPER_OTHERS;
	if (update_node(node, NODE_STATE_UNDRAIN, NULL) != SLURM_SUCCESS)
		return helper_fail("cannot lift the drain");
	return HELPER_DONE;
}

enum helper_status helper_lift(const struct arguments *args)
{
	struct census census = {0};
	enum helper_status status = lift(args->node, &census);

	return status == HELPER_OTHERS ? say_others(args->node, &census) : status;
}

/*
 * Others may have drained between our count and our drain. Whoever comes last sees all drains that
 * stay, so there are never more of those than the limit; fewer, where several take theirs back.
 */
static enum helper_status count_again(const struct arguments *args)
{
	struct census census = {0}, now = {0};
	enum helper_status status;
	bool counted = census_take(args->node, &args->limit, &census) == 0;

	if (counted && !census.over)
		return HELPER_DONE;
	fprintf(stderr, HELPER_PROGRAM ": drain of node %s is taken back\n", args->node);
	status = lift(args->node, &now);
	if (status == HELPER_FAILED)
		return status;
	if (status == HELPER_OTHERS && now.holder == HOLDER_OTHERS)
		return say_others(args->node, &now);
	printf("%s\n", counted ? census.over_text.text
			       : "the controller does not say how many nodes are drained");
	return HELPER_LIMIT;
}

static enum helper_status drain(const struct arguments *args)
{
	bool bounded = drain_limit_bounds(&args->limit);
	struct census census = {0};

	/* A node that cannot be looked at counts as free: better our reason than none. */
	if (census_take(args->node, &args->limit, &census) && bounded)
		return helper_fail("cannot drain node: cannot count the drained ones");
	if (census.holder == HOLDER_OTHERS)
		return say_others(args->node, &census);
	if (census.holder == HOLDER_NONE && census.over) {
		printf("%s\n", census.over_text.text);
		return HELPER_LIMIT;
	}
	if (update_node(args->node, NODE_STATE_DRAIN, args->text) != SLURM_SUCCESS)
		return helper_fail("cannot drain node");
	return census.holder == HOLDER_NONE && bounded ? count_again(args) : HELPER_DONE;
}

/*
 * Back to the queue. What somebody waits for at a terminal (srun, salloc) cannot go back, and ends
 * when the prolog fails: here its user is told why. Not ended here, too: of a prolog that fails for
 * a job that is gone, slurmd tells the controller every 15 seconds, which drains the node each
 * time.
 */
static void give_back(const struct arguments *args)
{
	char text[1024];

	if (slurm_requeue(JOB_IDENTITY(args->job), 0) == SLURM_SUCCESS)
		return;
	if (errno != ESLURM_BATCH_ONLY) {
		fprintf(stderr, HELPER_PROGRAM ": job %u is not queued again: %s\n", args->job,
			slurm_strerror(errno));
		return;
	}
	drain_words(args->node, args->text, text, sizeof(text));
	if (slurm_notify_job(JOB_IDENTITY(args->job), text) != SLURM_SUCCESS)
		fprintf(stderr, HELPER_PROGRAM ": cannot notify job %u: %s\n", args->job,
			slurm_strerror(errno));
}

enum helper_status helper_drain(const struct arguments *args)
{
	enum helper_status status = drain(args);

	if (status != HELPER_LIMIT && !args->after && args->job)
		give_back(args);
	return status;
}
