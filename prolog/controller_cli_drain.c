/* SPDX-License-Identifier: Apache-2.0 */
#include "controller_cli_drain.h"

#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "controller_cli.h"
#include "log.h"
#include "text.h"

#define PARTITIONS_TEXT 4096
#define NODES_MAX	65535

enum node_holder controller_cli_holder(const char *description)
{
	const char *reason = controller_cli_value(description, "Reason");
	char state[128];

	if (!reason || !controller_cli_word(description, "State", state, sizeof(state)))
		return NODE_FREE;
	if (!strstr(state, "DRAIN") && strncmp(state, "DOWN", 4) != 0 && !strstr(state, "FAIL"))
		return NODE_FREE;
	if (!drain_is_ours(reason))
		return NODE_OTHERS;
	return strstr(state, "DRAIN") ? NODE_OURS : NODE_OURS_DOWN;
}

/* The field that begins at *at, which moves behind its bar. False: there is no bar, or no room. */
static bool take_field(const char **at, char *buf, size_t size)
{
	size_t length = strcspn(*at, "|\n");

	if ((*at)[length] != '|' || length >= size)
		return false;
	memcpy(buf, *at, length);
	buf[length] = '\0';
	*at += length + 1;
	return true;
}

static bool is_held(const char *state)
{
	return strncmp(state, "drain", 5) == 0 || strncmp(state, "down", 4) == 0 ||
	       strncmp(state, "fail", 4) == 0;
}

/* One line of the groups; false: it is none, or of another partition. */
static bool read_line(const char *line, const char *partition, struct node_tally *ret_group)
{
	char name[256], count[16], state[64];
	uint64_t nodes;

	if (partition && (!take_field(&line, name, sizeof(name)) || strcmp(name, partition) != 0))
		return false;
	if (!take_field(&line, count, sizeof(count)) || !take_field(&line, state, sizeof(state)) ||
	    text_u64(count, 1, NODES_MAX, &nodes))
		return false;
	ret_group->nodes = (unsigned)nodes;
	ret_group->drained = is_held(state) && drain_is_ours(line) ? (unsigned)nodes : 0;
	return true;
}

/* Lines that are none are skipped: somebody's reason may have more than one. */
int controller_cli_tally(const char *groups, const char *partition, struct node_tally *ret_tally,
			 struct err *err)
{
	struct node_tally tally = {0, 0}, group;
	const char *end;

	for (const char *line = groups; line; line = end ? end + 1 : NULL) {
		end = strchr(line, '\n');
		if (!read_line(line, partition, &group))
			continue;
		tally.nodes += group.nodes;
		tally.drained += group.drained;
	}
	if (!tally.nodes)
		return err_set(err, -EINVAL, "sinfo names no nodes of %s%s",
			       partition ? "partition " : "the cluster",
			       partition ? partition : "");
	*ret_tally = tally;
	return 0;
}

/* What there is to know about the node that is to be drained. */
struct target {
	const char *node;
	enum node_holder holder;
	char partitions[PARTITIONS_TEXT]; /* "p,q" */
};

/* groups: NULL partition: of the cluster. The target itself is none of the others. */
static int check(const char *groups, const char *partition, const struct target *target,
		 const struct drain_limit *limit, struct err *err)
{
	struct node_tally tally;
	int rc = controller_cli_tally(groups, partition, &tally, err);

	if (rc)
		return rc;
	if (target->holder == NODE_OURS && tally.drained)
		tally.drained--;
	return drain_limit_check(limit, partition, tally.nodes, tally.drained, err);
}

static int check_partitions(const struct controller *controller, const struct target *target,
			    const struct drain_limit *limit, struct err *err)
{
	static const char *const list[CLI_ARGS] = {"--noheader", "--all", "--local",
						   "--format=%R|%D|%T|%E"};
	cleanup_free char *groups = NULL;
	char names[PARTITIONS_TEXT];
	char *next = names, *name;
	int rc;

	if (!target->partitions[0])
		return err_set(err, -EINVAL, "scontrol does not say the partitions of node %s",
			       target->node);
	rc = controller_cli_run(controller, "sinfo", list, &groups, err);
	text_format(names, sizeof(names), "%s", target->partitions);
	while (!rc && (name = strsep(&next, ",")))
		rc = check(groups, name, target, limit, err);
	return rc;
}

static int check_cluster(const struct controller *controller, const struct target *target,
			 const struct drain_limit *limit, struct err *err)
{
	/* Without the partition in its format sinfo counts a node once. */
	static const char *const list[CLI_ARGS] = {"--noheader", "--all", "--local",
						   "--format=%D|%T|%E"};
	cleanup_free char *groups = NULL;
	int rc;

	rc = controller_cli_run(controller, "sinfo", list, &groups, err);
	return rc ? rc : check(groups, NULL, target, limit, err);
}

/* 0, -EDQUOT, or what went wrong in counting. */
static int count(const struct controller *controller, const struct target *target,
		 const struct drain_limit *limit, struct err *err)
{
	const struct drain_limit cluster = {limit->cluster_nodes, limit->cluster_percent, 0, 0};
	const struct drain_limit partition = {0, 0, limit->partition_nodes,
					      limit->partition_percent};
	int rc = 0;

	if (drain_limit_bounds(&partition))
		rc = check_partitions(controller, target, limit, err);
	if (!rc && drain_limit_bounds(&cluster))
		rc = check_cluster(controller, target, limit, err);
	return rc;
}

static int look_at(const struct controller *controller, const char *node, struct target *ret_target,
		   struct err *err)
{
	const char *const show[CLI_ARGS] = {"--oneliner", "show", "node", node};
	cleanup_free char *description = NULL;
	char shown[201];
	int rc;

	rc = controller_cli_run(controller, "scontrol", show, &description, err);
	if (rc)
		return rc;
	ret_target->node = node;
	ret_target->holder = controller_cli_holder(description);
	if (!controller_cli_word(description, "Partitions", ret_target->partitions,
				 sizeof(ret_target->partitions)))
		ret_target->partitions[0] = '\0';
	if (ret_target->holder == NODE_OTHERS) {
		text_printable(shown, sizeof(shown), controller_cli_value(description, "Reason"));
		shown[strcspn(shown, "[")] = '\0';
		err_set(err, -EEXIST, "node %s is drained or down for another reason: %s", node,
			shown);
	} else if (ret_target->holder != NODE_OURS) {
		err_set(err, -EEXIST, "node %s is not drained", node);
	}
	return 0;
}

static int update(const struct controller *controller, const char *node, const char *state,
		  const char *reason, struct err *err)
{
	char name_arg[300], state_arg[32], reason_arg[512];
	const char *const args[CLI_ARGS] = {"update", name_arg, state_arg,
					    reason ? reason_arg : NULL};

	if (text_format(name_arg, sizeof(name_arg), "NodeName=%s", node) ||
	    text_format(state_arg, sizeof(state_arg), "State=%s", state) ||
	    text_format(reason_arg, sizeof(reason_arg), "Reason=%s", reason ? reason : ""))
		return err_set(err, -EINVAL, "node name or reason is too long");
	return controller_cli_run(controller, "scontrol", args, NULL, err);
}

/* RESUME would bring up a node that is down, too; ours is the drain alone. */
int controller_cli_lift(const struct controller *controller, const char *node, struct err *err)
{
	struct target target;
	int rc;

	rc = look_at(controller, node, &target, err);
	if (rc || target.holder != NODE_OURS)
		return rc ? rc : -EEXIST;
	return update(controller, node, "UNDRAIN", NULL, err);
}

/*
 * Others may have drained between our count and our drain. Whoever comes last sees all drains that
 * stay, so there are never more of those than the limit; fewer, where several take theirs back.
 */
static int count_again(const struct controller *controller, const struct target *target,
		       const struct drain_limit *limit, struct err *err)
{
	struct target now = *target;
	struct err side_err = {""};
	int rc;

	now.holder = NODE_OURS;
	rc = count(controller, &now, limit, err);
	if (!rc)
		return 0;
	log_debug("drain of node %s is taken back: %s", target->node, err->text);
	rc = look_at(controller, target->node, &now, &side_err);
	if (!rc && now.holder == NODE_OURS)
		rc = update(controller, target->node, "UNDRAIN", NULL, &side_err);
	else if (!rc && now.holder == NODE_OTHERS)
		rc = -EEXIST;
	if (!rc)
		return -EDQUOT;
	*err = side_err;
	return rc;
}

static int drain(const struct controller *controller, const char *node, const char *reason,
		 const struct drain_limit *limit, struct err *err)
{
	bool bounded = drain_limit_bounds(limit);
	struct target target;
	int rc;

	rc = look_at(controller, node, &target, err);
	if (rc || target.holder == NODE_OTHERS)
		return rc ? rc : -EEXIST;
	if (target.holder == NODE_FREE && bounded)
		rc = count(controller, &target, limit, err);
	if (!rc)
		rc = update(controller, node, "DRAIN", reason, err);
	if (!rc && target.holder == NODE_FREE && bounded)
		rc = count_again(controller, &target, limit, err);
	return rc;
}

int controller_cli_drain(const struct controller *controller, const char *node, uint32_t job,
			 const char *reason, const struct drain_limit *limit, struct err *err)
{
	int rc = drain(controller, node, reason, limit, err);
	char text[512];

	if (rc != -EDQUOT && job) {
		drain_words(node, reason, text, sizeof(text));
		controller_cli_give_back(controller, job, text);
	}
	return rc;
}
