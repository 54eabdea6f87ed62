/* SPDX-License-Identifier: Apache-2.0 */
/* Node features of ours in slurm.conf, by which jobs come to the node: do they speak the truth? */
#include "verdict_impl.h"

#include <string.h>

#include "node_features.h"
#include "text.h"

static bool is_claimed(const struct node_claims *claims, const char *feature)
{
	for (size_t i = 0; i < claims->n; i++)
		if (!strcmp(claims->v[i], feature))
			return true;
	return false;
}

static void name_layouts(const struct verdict *verdict, struct finding *finding)
{
	if (!verdict->n_layouts)
		finding_found(finding, "the node has no layout that is known");
	else
		finding_found(finding, "the node has layout %s", verdict->layouts[0]);
	for (size_t i = 1; i < verdict->n_layouts; i++)
		text_append(finding->found, sizeof(finding->found), ", %s", verdict->layouts[i]);
}

static void add_wrong(struct judge *judge, const char *feature)
{
	struct finding *finding = findings_add(&judge->out->findings, "W105");
	const char *layout = node_feature_names_layout(feature);
	unsigned rails;

	finding_subject(finding, "feature %s", feature);
	text_format(finding->evidence, sizeof(finding->evidence), "%s",
		    judge->in->inv->claims.where);
	if (layout) {
		text_format(finding->expected, sizeof(finding->expected), "layout %s", layout);
		name_layouts(judge->out, finding);
		return;
	}
	if (node_feature_names_rails(feature, &rails))
		text_format(finding->expected, sizeof(finding->expected), "%u usable rails", rails);
	else
		text_format(finding->expected, sizeof(finding->expected),
			    FEATURE_RAILS "N with a number");
	finding_found(finding, "the node has %u", judge->rails_may);
}

static bool is_right(const struct judge *judge, const char *feature)
{
	const char *layout = node_feature_names_layout(feature);
	unsigned rails;

	if (layout)
		return verdict_has_layout(judge->out, layout);
	return node_feature_names_rails(feature, &rails) && rails == judge->rails_may;
}

/* Jobs that ask for a layout are not sent to a node whose feature for it is left out. */
static void add_missing(struct judge *judge)
{
	const struct verdict *out = judge->out;
	char feature[FEATURE_TEXT], list[96] = "";
	struct finding *finding;

	for (size_t i = 0; i < out->n_layouts; i++) {
		node_feature_layout(out->layouts[i], feature);
		if (!is_claimed(&judge->in->inv->claims, feature))
			text_append(list, sizeof(list), "%s%s", list[0] ? "," : "", feature);
	}
	if (!list[0])
		return;
	finding = findings_add(&judge->out->findings, "I106");
	finding_subject(finding, "node");
	text_format(finding->expected, sizeof(finding->expected), "%s", list);
	finding_found(finding, "only other features of efa-layout");
	text_format(finding->evidence, sizeof(finding->evidence), "%s",
		    judge->in->inv->claims.where);
}

void verdict_features(struct judge *judge)
{
	const struct node_claims *claims = &judge->in->inv->claims;

	/* A node at fault is not what it should be: its features are right again when it is. */
	if (!claims->known || !claims->n || verdict_node_at_fault(judge->out))
		return;
	for (size_t i = 0; i < claims->n; i++)
		if (!is_right(judge, claims->v[i]))
			add_wrong(judge, claims->v[i]);
	add_missing(judge);
}
