/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes_show.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "json.h"
#include "node_json.h"

#define GRES "efa"

static const char *const standing_words[] = {
	[NODE_SOUND] = "sound",
	[NODE_AS_DECLARED] = "as declared",
	[NODE_LEFT_OUT] = "left out",
};

static void features_text(const struct listed_node *node, char *buf)
{
	struct node_features features;

	node_list_features(node, &features);
	node_features_text(&features, buf, FEATURES_TEXT);
}

/* Nodes of one line. */
static bool same_line(const struct listed_node *node, const struct listed_node *first)
{
	char a[FEATURES_TEXT], b[FEATURES_TEXT];

	features_text(node, a);
	features_text(first, b);
	return !strcmp(a, b) &&
	       (node->standing == NODE_LEFT_OUT) == (first->standing == NODE_LEFT_OUT);
}

static bool same_rails(const struct listed_node *node, const struct listed_node *first)
{
	return node->standing != NODE_LEFT_OUT && node->rails == first->rails;
}

/* What is not as it should be comes first: who copies the lines reads it. */
static void print_notes(const struct node_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct listed_node *node = &list->v[i];

		if (node->standing == NODE_AS_DECLARED)
			printf("# %s is at fault, listed as declared: %s\n", node->name, node->why);
		else if (node->standing == NODE_LEFT_OUT)
			printf("# %s is left out: %s\n", node->name, node->why);
		else if (!node->n_layouts && !node->rails)
			printf("# %s has no feature: no EFA function\n", node->name);
		else if (!node->n_layouts)
			printf("# %s has no layout that is known\n", node->name);
	}
}

static int print_lines(const struct node_list *list, bool gres)
{
	char features[FEATURES_TEXT];

	for (size_t i = 0; i < list->n; i++) {
		const struct listed_node *node = &list->v[i];
		cleanup_free char *names = NULL;

		features_text(node, features);
		if (!features[0] || !node_list_is_first(list, node, same_line))
			continue;
		names = node_list_names(list, node, same_line);
		if (!names)
			return -ENOMEM;
		printf("NodeName=%s Feature=%s", names, features);
		if (gres && node->rails)
			printf(" Gres=" GRES ":%u", node->rails);
		printf("\n");
	}
	return 0;
}

static int print_gres(const struct node_list *list)
{
	printf("\n# slurm.conf, once: add " GRES " to what is there\nGresTypes=" GRES
	       "\n\n# gres.conf\n");
	for (size_t i = 0; i < list->n; i++) {
		const struct listed_node *node = &list->v[i];
		cleanup_free char *names = NULL;

		if (node->standing == NODE_LEFT_OUT || !node->rails ||
		    !node_list_is_first(list, node, same_rails))
			continue;
		names = node_list_names(list, node, same_rails);
		if (!names)
			return -ENOMEM;
		printf("NodeName=%s Name=" GRES " Count=%u Flags=CountOnly\n", names, node->rails);
	}
	return 0;
}

int nodes_show_conf(const struct node_list *list, bool gres)
{
	int rc;

	printf("# slurm.conf: what stands behind NodeName= belongs into the nodes' own lines\n");
	print_notes(list);
	rc = print_lines(list, gres);
	return rc || !gres ? rc : print_gres(list);
}

static void json_node(struct json_out *out, const struct listed_node *node)
{
	struct node_features features;

	node_list_features(node, &features);
	json_out_open(out, NULL, '{');
	json_out_string(out, "name", node->name);
	json_out_string(out, "instance_type", node->type[0] ? node->type : NULL);
	json_out_string(out, "standing", standing_words[node->standing]);
	json_out_string(out, "why", node->why[0] ? node->why : NULL);
	json_out_open(out, "layouts", '[');
	for (size_t i = 0; i < node->n_layouts; i++)
		json_out_string(out, NULL, node->layouts[i]);
	json_out_close(out);
	json_out_int(out, "rails", node->rails);
	json_out_int(out, "rails_of_layout", node->rails_want);
	json_out_int(out, "accelerators", node->accels);
	json_out_open(out, "features", '[');
	for (size_t i = 0; i < features.n; i++)
		json_out_string(out, NULL, features.v[i]);
	json_out_close(out);
	json_out_close(out);
}

static void json_lines(struct json_out *out, const struct node_list *list)
{
	char features[FEATURES_TEXT];

	for (size_t i = 0; i < list->n; i++) {
		const struct listed_node *node = &list->v[i];
		cleanup_free char *names = NULL;

		features_text(node, features);
		if (!features[0] || !node_list_is_first(list, node, same_line))
			continue;
		names = node_list_names(list, node, same_line);
		json_out_open(out, NULL, '{');
		json_out_string(out, "nodes", names);
		json_out_string(out, "features", features);
		json_out_close(out);
	}
}

int nodes_show_json(const struct node_list *list)
{
	struct json_out *out = json_out_new(true);

	json_out_open(out, NULL, '{');
	json_out_open(out, "nodes", '[');
	for (size_t i = 0; i < list->n; i++)
		json_node(out, &list->v[i]);
	json_out_close(out);
	json_out_open(out, "lines", '[');
	json_lines(out, list);
	json_out_close(out);
	json_out_close(out);
	return node_json_print(out);
}
