/* SPDX-License-Identifier: Apache-2.0 */
#include "node_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static unsigned usable_rails(const struct inventory *inv)
{
	unsigned n = 0;

	for (size_t i = 0; i < inv->n_rails; i++)
		n += inv->rails[i].stage == RAIL_USABLE;
	return n;
}

/* At fault: certain is only what the site declares. */
static void judge_unsound(const struct check *check, struct listed_node *ret_node)
{
	const struct verdict *verdict = &check->verdict;
	bool declared = strcmp(check->site.policy.layout_declared, "auto") != 0;

	text_printable(ret_node->why, sizeof(ret_node->why), verdict->sentence);
	if (!declared || !verdict->declared[0]) {
		ret_node->standing = NODE_LEFT_OUT;
		return;
	}
	ret_node->standing = NODE_AS_DECLARED;
	ret_node->n_layouts = 1;
	memcpy(ret_node->layouts[0], verdict->declared, NAME_TEXT);
	ret_node->rails = verdict->rails_want;
}

void node_list_judge(const struct check *check, struct listed_node *ret_node)
{
	const struct verdict *verdict = &check->verdict;

	text_format(ret_node->type, sizeof(ret_node->type), "%s", check->inv.instance_type);
	ret_node->rails_want = verdict->rails_want;
	ret_node->accels = (unsigned)check->inv.n_accels;
	if (verdict->outcome != OUTCOME_HEALTHY && verdict->outcome != OUTCOME_DEGRADED) {
		judge_unsound(check, ret_node);
		return;
	}
	ret_node->standing = NODE_SOUND;
	ret_node->n_layouts = verdict->n_layouts;
	memcpy(ret_node->layouts, verdict->layouts, sizeof(ret_node->layouts));
	ret_node->rails = usable_rails(&check->inv);
}

static int look(const struct node_options *options, struct listed_node *node, struct err *err)
{
	struct check *check = check_new(options, clock_now_ms());
	struct err why = {""};
	int rc;

	if (!check)
		return err_set(err, -ENOMEM, "%s: out of memory", node->name);
	rc = check_settings(check, &why);
	if (!rc)
		rc = check_scan(check, &why);
	if (!rc) {
		check_judge_report(check, NULL, NULL);
		node_list_judge(check, node);
	}
	check_free(check);
	return rc ? err_set(err, rc, "%s: %s", node->name, why.text) : 0;
}

static int make_room(struct node_list *list, struct err *err)
{
	size_t size = list->size ? 2 * list->size : 16;
	struct listed_node *v;

	if (list->n < list->size)
		return 0;
	v = reallocarray(list->v, size, sizeof(*v));
	if (!v)
		return err_set(err, -ENOMEM, "out of memory");
	list->v = v;
	list->size = size;
	return 0;
}

int node_list_add(struct node_list *list, const char *name, const struct node_options *options,
		  struct err *err)
{
	struct listed_node *node;
	int rc = make_room(list, err);

	if (rc)
		return rc;
	node = &list->v[list->n];
	memset(node, 0, sizeof(*node));
	text_format(node->name, sizeof(node->name), "%s", name);
	rc = look(options, node, err);
	list->n += rc == 0;
	return rc;
}

void node_list_free(struct node_list *list)
{
	free(list->v);
	*list = (struct node_list){0};
}

void node_list_features(const struct listed_node *node, struct node_features *ret_features)
{
	bool listed = node->standing != NODE_LEFT_OUT;

	node_features_of(node->layouts, listed ? node->n_layouts : 0, listed ? node->rails : 0,
			 ret_features);
}

bool node_list_is_first(const struct node_list *list, const struct listed_node *node,
			node_same_fn same)
{
	const struct listed_node *other = list->v;

	while (other < node && !same(other, node))
		other++;
	return other == node;
}

char *node_list_names(const struct node_list *list, const struct listed_node *first,
		      node_same_fn same)
{
	char(*names)[NODE_NAME_TEXT] = calloc(list->n, sizeof(*names));
	char *text = NULL;
	size_t n = 0;

	if (!names)
		return NULL;
	for (size_t i = 0; i < list->n; i++)
		if (same(&list->v[i], first))
			memcpy(names[n++], list->v[i].name, NODE_NAME_TEXT);
	if (node_names_fold(names, n, &text))
		text = NULL;
	free(names);
	return text;
}
