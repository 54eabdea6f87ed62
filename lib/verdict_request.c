/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict_impl.h"

#include <string.h>

#include "text.h"

/* What holds for the job. */
static const struct policy *policy_of(const struct verdict_input *in)
{
	return in->job_policy ? in->job_policy : in->policy;
}

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
	return policy_of(in)->layout_default;
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

static void refuse_forbidden(struct judge *judge, const char *name)
{
	struct finding *finding = add_refusal(judge, "E154", name);
	const char *allowed = policy_of(judge->in)->layout_allow;

	text_format(finding->expected, sizeof(finding->expected), "one of %s", allowed);
	finding_found(finding, "this site allows %s", allowed);
}

bool verdict_has_layout(const struct verdict *verdict, const char *name)
{
	for (size_t i = 0; i < verdict->n_layouts; i++)
		if (!strcmp(verdict->layouts[i], name))
			return true;
	return false;
}

/* Does the layout that is asked for not fit? Says so. */
static bool layout_refused(struct judge *judge, const char *name)
{
	const struct verdict_input *in = judge->in;
	const struct layout *layout = layout_find(in->layouts, name);
	bool any = !strcmp(name, "any");
	struct err err;

	if (!any && !layout) {
		refuse_unknown(judge, name);
		return true;
	}
	if (!policy_allows_layout(policy_of(in), name)) {
		refuse_forbidden(judge, name);
		return true;
	}
	if (any)
		return false;
	if (in->type && layout_fits(layout, in->type, &err)) {
		finding_found(add_refusal(judge, "E151", name), "%s", err.text);
		return true;
	}
	if (verdict_has_layout(judge->out, name) ||
	    (layout_at_fault(&judge->out->findings) && !judge->out->tolerated))
		return false;
	layout_match(layout, in->type, in->inv, &judge->diff);
	if (!judge->diff.n)
		return false;
	refuse_other(judge, name);
	return true;
}

bool verdict_node_at_fault(const struct verdict *verdict)
{
	for (size_t i = 0; i < verdict->findings.n; i++) {
		const struct finding_code *code = verdict->findings.v[i].code;

		if (code->severity != SEVERITY_ERROR)
			continue;
		if (code->owner == OWNER_FABRIC ||
		    (code->owner == OWNER_NODE && !verdict->tolerated))
			return true;
	}
	return false;
}

/*
 * The rails that the job wants. What a site wants of all nodes is the node's matter when it is all
 * of them, and says nothing for each of no accelerators.
 */
static const struct rails_wish *rails_wished(const struct verdict_input *in)
{
	const struct rails_wish *of_job = &in->request->rails, *of_site = &policy_of(in)->rails;

	if (of_job->kind != RAILS_DEFAULT)
		return of_job;
	if (of_site->kind == RAILS_PER_GPU && !in->inv->n_accels)
		return NULL;
	return of_site->kind == RAILS_ALL && in->policy->rails.kind == RAILS_ALL ? NULL : of_site;
}

static void refuse_rails(struct judge *judge, const struct rails_wish *wish, unsigned wanted)
{
	struct finding *finding = findings_add(&judge->out->findings, "E153");
	const struct verdict *out = judge->out;
	size_t n_rails = judge->in->inv->n_rails;
	char text[RAILS_WISH_TEXT];

	rails_wish_text(wish, text);
	if (judge->in->request->rails.kind != RAILS_DEFAULT)
		finding_subject(finding, "--efa-rails=%s", text);
	else
		finding_subject(finding, "the site's layout.rails %s", text);
	if (wish->kind == RAILS_PER_GPU && !judge->in->inv->n_accels) {
		text_format(finding->expected, sizeof(finding->expected), "%u for each accelerator",
			    wish->n);
		finding_found(finding, "this node has no accelerator");
		return;
	}
	text_format(finding->expected, sizeof(finding->expected), "%u healthy rails", wanted);
	finding_found(finding, "that is %u, and %s%u of this node's %zu are healthy", wanted,
		      judge->rails_may > out->rails_pass ? "at most " : "", judge->rails_may,
		      n_rails > out->rails_want ? n_rails : out->rails_want);
}

/* A node at fault is not held against the job. A rail that nobody has tested may be healthy. */
static void judge_rails(struct judge *judge)
{
	const struct rails_wish *wish = rails_wished(judge->in);
	size_t n_accels = judge->in->inv->n_accels;
	unsigned wanted;

	if (!wish || verdict_node_at_fault(judge->out))
		return;
	wanted = rails_wish_count(wish, judge->out->rails_want, (unsigned)n_accels);
	if (judge->rails_may < wanted || (wish->kind == RAILS_PER_GPU && !n_accels))
		refuse_rails(judge, wish, wanted);
}

void verdict_request(struct judge *judge)
{
	const struct verdict_input *in = judge->in;
	const char *name;

	if (!in->request)
		return;
	name = asked(in);
	if (strcmp(name, "none") != 0) {
		if (!layout_refused(judge, name))
			judge_rails(judge);
		return;
	}
	if (!policy_of(in)->layout_allow_none)
		finding_found(add_refusal(judge, "E152", name), "this site checks every job");
}
