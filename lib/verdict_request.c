/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict_impl.h"

#include <string.h>

#include "text.h"

/* What the job asks for after the site's default: a layout's name, "any" or "none". */
static const char *asked(const struct verdict_input *in)
{
	switch (in->request->wish) {
	case WISH_NAMED:
		return in->request->layout;
	case WISH_ANY:
		return "any";
	case WISH_NONE:
		return "none";
	case WISH_DEFAULT:
		break;
	}
	return in->policy->layout_default;
}

static struct finding *add_refusal(struct judge *judge, const char *code, const char *name)
{
	struct finding *finding = findings_add(&judge->out->findings, code);

	if (judge->in->request->wish == WISH_DEFAULT)
		finding_subject(finding, "the site's default layout %s", name);
	else
		finding_subject(finding, "--efa-layout=%s", name);
	return finding;
}

/* The node's layout cannot be held against a job while it is in question itself. */
static bool layout_at_fault(const struct findings *findings)
{
	for (size_t i = 0; i < findings->n; i++)
		if (findings->v[i].code->owner == OWNER_NODE &&
		    !strncmp(findings->v[i].code->code, "E1", 2))
			return true;
	return false;
}

static void refuse_unknown(struct judge *judge, const char *name)
{
	const struct layout_set *set = judge->in->layouts;
	struct finding *finding = add_refusal(judge, "E151", name);
	const char *names[LAYOUTS_MAX], *near;

	for (size_t i = 0; i < set->n; i++)
		names[i] = set->v[i].name;
	near = text_nearest(name, names, set->n);
	finding_found(finding, "there is no such layout%s%s%s", near ? "; did you mean " : "",
		      near ? near : "", near ? "?" : "");
}

static void refuse_other(struct judge *judge, const char *name)
{
	struct finding *finding = add_refusal(judge, "E150", name);
	const struct verdict *out = judge->out;
	char list[100] = "";

	text_format(finding->expected, sizeof(finding->expected), "layout %s", name);
	for (size_t i = 0; i < out->n_layouts; i++)
		if (text_append(list, sizeof(list), "%s%s", i ? ", " : "", out->layouts[i]))
			break;
	if (out->n_layouts)
		finding_found(finding, "this node has layout %s", list);
	else if (judge->nearest)
		finding_found(finding, "this node has no known layout, the nearest is %s",
			      judge->nearest->name);
	else
		finding_found(finding, "this node has no EFA function");
}

void verdict_request(struct judge *judge)
{
	const struct verdict_input *in = judge->in;
	const struct layout *layout;
	const char *name;
	struct err err;

	if (!in->request)
		return;
	name = asked(in);
	if (!strcmp(name, "any"))
		return;
	if (!strcmp(name, "none")) {
		if (!in->policy->layout_allow_none)
			finding_found(add_refusal(judge, "E152", name),
				      "this site checks every job");
		return;
	}
	layout = layout_find(in->layouts, name);
	if (!layout) {
		refuse_unknown(judge, name);
		return;
	}
	if (in->type && layout_fits(layout, in->type, &err)) {
		finding_found(add_refusal(judge, "E151", name), "%s", err.text);
		return;
	}
	if (layout_at_fault(&judge->out->findings))
		return;
	layout_match(layout, in->type, in->inv, &judge->diff);
	if (judge->diff.n)
		refuse_other(judge, name);
}
