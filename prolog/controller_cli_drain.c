/* SPDX-License-Identifier: Apache-2.0 */
#include "controller_cli_drain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "controller_cli.h"
#include "log.h"
#include "text.h"

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

/* One line of the list, cut at its first three bars: a reason may hold more of them. */
struct row {
	const char *node, *partition;
	bool ours; /* drained, down or failing for a reason of ours */
};

static bool split_row(char *line, struct row *ret_row)
{
	char *field[4] = {line};

	for (int i = 1; i < 4; i++) {
		field[i] = strchr(field[i - 1], '|');
		if (!field[i])
			return false;
		*field[i]++ = '\0';
	}
	ret_row->node = field[0];
	ret_row->partition = field[1];
	ret_row->ours = drain_is_ours(field[3]) &&
			(strncmp(field[2], "drain", 5) == 0 || strncmp(field[2], "down", 4) == 0 ||
			 strncmp(field[2], "fail", 4) == 0);
	return true;
}

struct table {
	struct row *v;
	size_t n;
};

static int read_table(char *list, struct table *ret_table, struct err *err)
{
	struct table table = {NULL, 0};
	size_t lines = 1;
	char *line, *rest;

	for (const char *p = list; (p = strchr(p, '\n')); p++)
		lines++;
	table.v = calloc(lines, sizeof(*table.v));
	if (!table.v)
		return err_set(err, -ENOMEM, "sinfo: no memory for %zu lines", lines);
	for (line = list; line; line = rest) {
		rest = controller_cli_line(line);
		if (*line && !split_row(line, &table.v[table.n++])) {
			free(table.v);
			return err_set(err, -EINVAL, "sinfo: a line is not as it was asked for");
		}
	}
	*ret_table = table;
	return 0;
}

/* partition: NULL for the cluster, where a node in several partitions counts once. */
static int check(const struct table *table, const char *node, const char *partition,
		 const struct drain_limit *limit, struct err *err)
{
	unsigned nodes = 0, drained = 0;

	for (size_t i = 0; i < table->n; i++) {
		const struct row *row = &table->v[i];

		if (partition ? strcmp(row->partition, partition) != 0
			      : i > 0 && strcmp(row->node, table->v[i - 1].node) == 0)
			continue;
		nodes++;
		drained += row->ours && strcmp(row->node, node) != 0;
	}
	return drain_limit_check(limit, partition, nodes, drained, err);
}

int controller_cli_count(char *list, const char *node, const struct drain_limit *limit,
			 struct err *err)
{
	struct table table = {NULL, 0};
	bool found = false;
	int rc;

	rc = read_table(list, &table, err);
	if (rc)
		return rc;
	for (size_t i = 0; !rc && i < table.n; i++) {
		if (strcmp(table.v[i].node, node) != 0)
			continue;
		found = true;
		rc = check(&table, node, table.v[i].partition, limit, err);
	}
	if (!rc && !found)
		rc = err_set(err, -EINVAL, "sinfo: node %s is not in its list", node);
	if (!rc)
		rc = check(&table, node, NULL, limit, err);
	free(table.v);
	return rc;
}

static int count(const struct controller *controller, const char *node,
		 const struct drain_limit *limit, struct err *err)
{
	static const char *const list_nodes[CLI_ARGS] = {
		"--noheader", "--Node", "--all", "--local", "--sort=N", "--format=%N|%R|%T|%E"};
	cleanup_free char *list = NULL;
	int rc;

	rc = controller_cli_run(controller, "sinfo", list_nodes, &list, err);
	return rc ? rc : controller_cli_count(list, node, limit, err);
}

static int look_at(const struct controller *controller, const char *node,
		   enum node_holder *ret_holder, struct err *err)
{
	const char *const show[CLI_ARGS] = {"--oneliner", "show", "node", node};
	cleanup_free char *description = NULL;
	char shown[201];
	int rc;

	rc = controller_cli_run(controller, "scontrol", show, &description, err);
	if (rc)
		return rc;
	*ret_holder = controller_cli_holder(description);
	if (*ret_holder == NODE_OTHERS) {
		text_printable(shown, sizeof(shown), controller_cli_value(description, "Reason"));
		shown[strcspn(shown, "[")] = '\0';
		err_set(err, -EEXIST, "node %s is drained or down for another reason: %s", node,
			shown);
	} else if (*ret_holder != NODE_OURS) {
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
	enum node_holder holder;
	int rc;

	rc = look_at(controller, node, &holder, err);
	if (rc || holder != NODE_OURS)
		return rc ? rc : -EEXIST;
	return update(controller, node, "UNDRAIN", NULL, err);
}

/*
 * Others may have drained between our count and our drain. Whoever comes last sees all drains that
 * stay, so there are never more of those than the limit; fewer, where several take theirs back.
 */
static int count_again(const struct controller *controller, const char *node,
		       const struct drain_limit *limit, struct err *err)
{
	enum node_holder holder;
	struct err side_err = {""};
	int rc;

	rc = count(controller, node, limit, err);
	if (!rc)
		return 0;
	log_debug("drain of node %s is taken back: %s", node, err->text);
	rc = look_at(controller, node, &holder, &side_err);
	if (!rc && holder == NODE_OURS)
		rc = update(controller, node, "UNDRAIN", NULL, &side_err);
	else if (!rc && holder == NODE_OTHERS)
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
	enum node_holder holder;
	int rc;

	rc = look_at(controller, node, &holder, err);
	if (rc || holder == NODE_OTHERS)
		return rc ? rc : -EEXIST;
	if (holder == NODE_FREE && bounded)
		rc = count(controller, node, limit, err);
	if (!rc)
		rc = update(controller, node, "DRAIN", reason, err);
	if (!rc && holder == NODE_FREE && bounded)
		rc = count_again(controller, node, limit, err);
	return rc;
}

int controller_cli_drain(const struct controller *controller, const char *node, uint32_t job,
			 const char *reason, const struct drain_limit *limit, struct err *err)
{
	int rc = drain(controller, node, reason, limit, err);

	if (rc != -EDQUOT && job)
		controller_cli_requeue(controller, job);
	return rc;
}
