/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict_impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

void finding_subject(struct finding *finding, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(finding->subject, sizeof(finding->subject), fmt, ap);
	va_end(ap);
}

void finding_found(struct finding *finding, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(finding->found, sizeof(finding->found), fmt, ap);
	va_end(ap);
}

const char *outcome_text(enum outcome outcome)
{
	static const char *const words[] = {
		[OUTCOME_HEALTHY] = "healthy", [OUTCOME_DEGRADED] = "degraded",
		[OUTCOME_REFUSED] = "refused", [OUTCOME_UNKNOWN] = "unknown",
		[OUTCOME_FABRIC] = "fabric",   [OUTCOME_FAULTY] = "faulty",
	};

	return (size_t)outcome < sizeof(words) / sizeof(words[0]) ? words[outcome] : "?";
}

bool outcome_parse(const char *text, enum outcome *ret_outcome)
{
	for (int i = OUTCOME_HEALTHY; i <= OUTCOME_FAULTY; i++) {
		if (!strcmp(text, outcome_text((enum outcome)i))) {
			*ret_outcome = (enum outcome)i;
			return true;
		}
	}
	return false;
}

/* The findings are sorted: the first one decides that is not tolerated. */
static size_t deciding(const struct findings *findings, bool tolerated)
{
	size_t i = 0;

	while (tolerated && i < findings->n && findings->v[i].code->severity == SEVERITY_ERROR &&
	       findings->v[i].code->owner == OWNER_NODE)
		i++;
	return i;
}

static enum outcome outcome_of(const struct verdict *verdict)
{
	size_t i = deciding(&verdict->findings, verdict->tolerated);
	const struct finding_code *code = i < verdict->findings.n ? verdict->findings.v[i].code
								  : NULL;

	if (!code || code->severity != SEVERITY_ERROR)
		return verdict->tolerated || (code && code->severity == SEVERITY_WARNING)
			       ? OUTCOME_DEGRADED
			       : OUTCOME_HEALTHY;
	switch (code->owner) {
	case OWNER_NODE:
		return OUTCOME_FAULTY;
	case OWNER_FABRIC:
		return OUTCOME_FABRIC;
	case OWNER_REQUEST:
		return OUTCOME_REFUSED;
	case OWNER_CHECK:
		break;
	}
	return OUTCOME_UNKNOWN;
}

static bool any_tested(const struct probe_report *probe)
{
	for (size_t i = 0; probe && probe->outcome == PROBE_RAN && i < probe->n; i++)
		if (probe->v[i].state != PROBE_NOT_TESTED)
			return true;
	return false;
}

/* More rails may be there than the layout has: then they are the measure. */
static void add_counts(const struct judge *judge, const char *before, char *buf, size_t size)
{
	const struct verdict *out = judge->out;
	size_t n_rails = judge->in->inv->n_rails;

	if (any_tested(judge->in->probe))
		text_append(buf, size, "%s%u of %zu rails pass", before, out->rails_pass,
			    n_rails > out->rails_want ? n_rails : (size_t)out->rails_want);
	else if (n_rails)
		text_append(buf, size, "%srails not tested", before);
	else
		text_append(buf, size, "%sno EFA function", before);
	if (out->tolerated)
		text_append(buf, size, ", the site asks for %u", out->rails_asked);
}

static void healthy_sentence(const struct judge *judge, char *buf, size_t size)
{
	text_format(buf, size, "healthy: ");
	if (judge->out->declared[0])
		text_append(buf, size, "layout %s, ", judge->out->declared);
	add_counts(judge, "", buf, size);
}

/* For the user whose job is refused: what was asked, what is here, what to do. */
static void request_sentence(const struct finding *first, char *buf, size_t size)
{
	text_format(buf, size, "%s %s: %.110s; %s", first->code->code, first->subject, first->found,
		    first->code->remedy);
}

/* Counts before details: a drain reason has room for the beginning only. */
static void finding_sentence(const struct judge *judge, const struct finding *first, char *buf,
			     size_t size)
{
	const struct findings *findings = &judge->out->findings;
	size_t more = findings->dropped;

	for (size_t i = 0; i < findings->n; i++)
		more += &findings->v[i] != first && findings->v[i].code->severity != SEVERITY_INFO;
	text_format(buf, size, "%s %s: %s", first->code->code, first->subject, first->code->title);
	if (first->code->owner == OWNER_NODE || first->code->owner == OWNER_FABRIC)
		add_counts(judge, "; ", buf, size);
	if (more)
		text_append(buf, size, "; and %zu more", more);
	if (first->found[0])
		text_append(buf, size, "; found: %.100s", first->found);
}

/* What the sentence is about. */
static const struct finding *first_of(const struct verdict *verdict)
{
	const struct findings *findings = &verdict->findings;
	size_t i = verdict->outcome == OUTCOME_DEGRADED ? 0
							: deciding(findings, verdict->tolerated);

	return &findings->v[i < findings->n ? i : 0];
}

static void write_sentence(const struct judge *judge)
{
	struct verdict *out = judge->out;
	const struct finding *first = first_of(out);
	char text[sizeof(out->sentence)];

	if (out->outcome == OUTCOME_HEALTHY)
		healthy_sentence(judge, text, sizeof(text));
	else if (out->outcome == OUTCOME_REFUSED)
		request_sentence(first, text, sizeof(text));
	else
		finding_sentence(judge, first, text, sizeof(text));
	text_printable(out->sentence, sizeof(out->sentence), text);
}

static void conclude(const struct judge *judge)
{
	findings_sort(&judge->out->findings);
	judge->out->outcome = outcome_of(judge->out);
	write_sentence(judge);
}

void verdict_reach(const struct verdict_input *in, struct verdict *ret_verdict)
{
	struct judge judge = {.in = in, .out = ret_verdict};

	memset(ret_verdict, 0, sizeof(*ret_verdict));
	verdict_rails(&judge);
	verdict_node(&judge);
	verdict_setup(&judge);
	verdict_layout(&judge);
	verdict_tolerate(&judge);
	verdict_features(&judge);
	verdict_request(&judge);
	conclude(&judge);
}

void verdict_fail_check(const char *code, const char *why, struct verdict *ret_verdict)
{
	struct finding *finding;

	memset(ret_verdict, 0, sizeof(*ret_verdict));
	finding = findings_add(&ret_verdict->findings, code);
	finding_subject(finding, "check");
	finding_found(finding, "%s", why);
	ret_verdict->outcome = OUTCOME_UNKNOWN;
	text_format(ret_verdict->sentence, sizeof(ret_verdict->sentence), "%s check: %s: ", code,
		    finding->code->title);
	/* The reason may quote files: only what can be shown. */
	text_printable(ret_verdict->sentence + strlen(ret_verdict->sentence),
		       sizeof(ret_verdict->sentence) - strlen(ret_verdict->sentence), why);
}

void verdict_note(const char *code, const char *subject, const char *found, struct verdict *verdict)
{
	struct finding *finding = findings_add(&verdict->findings, code);

	finding_subject(finding, "%s", subject);
	finding_found(finding, "%s", found);
	if (verdict->outcome == OUTCOME_HEALTHY) {
		verdict->outcome = OUTCOME_DEGRADED;
		text_format(verdict->sentence, sizeof(verdict->sentence), "%s %s: %s", code,
			    subject, finding->code->title);
	}
	findings_sort(&verdict->findings);
}

/* A warning, or an error that is tolerated, that concerns the node or its fabric, not the check. */
static bool has_node_warning(const struct findings *findings)
{
	for (size_t i = 0; i < findings->n; i++)
		if (findings->v[i].code->severity != SEVERITY_INFO &&
		    findings->v[i].code->owner != OWNER_CHECK)
			return true;
	return false;
}

enum policy_action verdict_action(const struct verdict *verdict, const struct policy *policy)
{
	switch (verdict->outcome) {
	case OUTCOME_HEALTHY:
		return ACTION_ALLOW;
	case OUTCOME_DEGRADED:
		if ((policy->on_degraded == ACTION_DRAIN ||
		     policy->on_degraded == ACTION_DRAIN_AFTER) &&
		    !has_node_warning(&verdict->findings))
			return ACTION_WARN;
		return policy->on_degraded;
	case OUTCOME_REFUSED:
		return ACTION_REFUSE;
	case OUTCOME_UNKNOWN:
		return policy->on_unknown == ACTION_DRAIN ||
				       policy->on_unknown == ACTION_DRAIN_AFTER
			       ? ACTION_WARN
			       : policy->on_unknown;
	case OUTCOME_FABRIC:
		return policy->on_fabric;
	case OUTCOME_FAULTY:
		return policy->on_faulty;
	}
	return ACTION_ALLOW;
}

/* Of a refusal: is it the site's wish that cannot be met, or what it allows? */
static const char *refusal_setting(const struct findings *findings)
{
	const struct finding *first = findings->v;
	bool of_site;

	while (first < findings->v + findings->n && first->code->owner != OWNER_REQUEST)
		first++;
	if (first == findings->v + findings->n)
		return NULL;
	of_site = !strncmp(first->subject, "the site's ", 11);
	if (!strcmp(first->code->code, "E152"))
		return "layout.allow_none";
	if (!strcmp(first->code->code, "E154"))
		return "layout.allow";
	if (!strcmp(first->code->code, "E153"))
		return of_site ? "layout.rails" : NULL;
	return of_site ? "layout.default" : NULL;
}

const char *verdict_setting(const struct verdict *verdict)
{
	switch (verdict->outcome) {
	case OUTCOME_HEALTHY:
		return NULL;
	case OUTCOME_DEGRADED:
		return "action.degraded";
	case OUTCOME_REFUSED:
		return refusal_setting(&verdict->findings);
	case OUTCOME_UNKNOWN:
		return "action.unknown";
	case OUTCOME_FABRIC:
		return "action.fabric";
	case OUTCOME_FAULTY:
		return "action.faulty";
	}
	return NULL;
}
