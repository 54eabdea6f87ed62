/* SPDX-License-Identifier: Apache-2.0 */
/* Latency, bandwidth, RDMA read and pairs of rails, where the site asks for them. */
#include "verdict_impl.h"

#include "text.h"

#define MIB 1048576u

static bool passed(const struct judge *judge, size_t i)
{
	return verdict_usable(judge, i) && judge->in->probe->v[i].state == PROBE_PASS;
}

static void judge_latency(struct judge *judge, size_t i, uint64_t ns)
{
	unsigned most_us = judge->in->policy->latency_us;
	struct finding *finding;

	if (!most_us || ns <= (uint64_t)most_us * 1000)
		return;
	finding = verdict_add_rail(judge, "W203", i);
	text_format(finding->expected, sizeof(finding->expected), "at most %u us", most_us);
	finding_found(finding, "%llu.%03llu us", (unsigned long long)(ns / 1000),
		      (unsigned long long)(ns % 1000));
}

static void judge_bandwidth(struct judge *judge, size_t i, uint64_t bytes_s)
{
	unsigned least_mib_s = judge->in->policy->bandwidth_mib_s;
	struct finding *finding;

	if (bytes_s >= (uint64_t)least_mib_s * MIB)
		return;
	finding = verdict_add_rail(judge, "W204", i);
	text_format(finding->expected, sizeof(finding->expected), "at least %u MiB/s", least_mib_s);
	finding_found(finding, "%llu.%03llu MiB/s", (unsigned long long)(bytes_s / MIB),
		      (unsigned long long)(bytes_s % MIB * 1000 / MIB));
}

static bool is_wanted(const struct policy *policy, enum probe_extra kind)
{
	switch (kind) {
	case PROBE_LATENCY:
		return policy->latency_us > 0;
	case PROBE_BANDWIDTH:
		return policy->bandwidth_mib_s > 0;
	case PROBE_RDMA_READ:
		return policy->rdma_read;
	case PROBE_PAIRS:
		return policy->pairs;
	case PROBE_EXTRAS:
		break;
	}
	return false;
}

/* One finding for all of which the same cannot be said. first: why, of the first one. */
static void add_counted(struct judge *judge, const char *code, size_t n, const char *what,
			enum probe_extra kind, const char *first)
{
	struct finding *finding;

	if (!n)
		return;
	finding = findings_add(&judge->out->findings, code);
	finding_subject(finding, "%zu %s%s", n, what, n == 1 ? "" : "s");
	finding_found(finding, "%s: %s", probe_extra_text(kind),
		      first && first[0] ? first : "the test program said nothing about it");
}

static void add_not_done(struct judge *judge, enum probe_extra kind)
{
	const struct probe_report *probe = judge->in->probe;
	const char *why = NULL, *unable_why = NULL;
	size_t n = 0, unable = 0;

	for (size_t i = 0; i < probe->n; i++) {
		const struct extra_result *test = &probe->extras[i][kind];

		if (!passed(judge, i))
			continue;
		if (test->state == EXTRA_UNABLE) {
			unable_why = unable++ ? unable_why : test->text;
		} else if (test->state != EXTRA_DONE) {
			why = n++ ? why : test->text;
		}
	}
	add_counted(judge, "W205", n, "rail", kind, why);
	add_counted(judge, "I203", unable, "rail", kind, unable_why);
}

static const char *name_of(const struct judge *judge, size_t i)
{
	return judge->in->inv->rails[i].rdma_name;
}

/* Of two rails that pass, so that neither is known to be the cause. */
static bool is_unexplained(const struct judge *judge, const struct probe_pair *pair)
{
	return passed(judge, pair->a) && passed(judge, pair->b);
}

static void add_pair(struct judge *judge, const struct probe_pair *pair)
{
	struct finding *finding = findings_add(&judge->out->findings, "E251");

	finding_subject(finding, "rails %s and %s", name_of(judge, pair->a),
			name_of(judge, pair->b));
	finding_found(finding, "%s", pair->test.text);
}

/* One finding for each pair that fails, but one for all where no pair at all passes. */
static void judge_pairs(struct judge *judge)
{
	const struct probe_report *probe = judge->in->probe;
	const struct probe_pair *first = NULL;
	size_t n_rails = 0, n_failed = 0, n_done = 0, n_not = 0;
	const char *why = NULL;

	for (size_t i = 0; i < probe->n; i++)
		n_rails += passed(judge, i);
	for (size_t i = 0; i < probe->n_pairs; i++) {
		const struct probe_pair *pair = &probe->pairs[i];

		n_done += pair->test.state == EXTRA_DONE;
		if (pair->test.state == EXTRA_NOT_TESTED && is_unexplained(judge, pair))
			why = n_not++ ? why : pair->test.text;
		if (pair->test.state == EXTRA_FAILED && is_unexplained(judge, pair))
			first = n_failed++ ? first : pair;
	}
	if (n_failed > 1 && !n_done) {
		struct finding *finding = findings_add(&judge->out->findings, "E251");

		finding_subject(finding, "all %zu pairs of rails", n_failed);
		finding_found(finding, "%s", first->test.text);
	} else {
		for (size_t i = 0; i < probe->n_pairs; i++)
			if (probe->pairs[i].test.state == EXTRA_FAILED &&
			    is_unexplained(judge, &probe->pairs[i]))
				add_pair(judge, &probe->pairs[i]);
	}
	if (!probe->n_pairs && n_rails > 1)
		n_not = n_rails;
	add_counted(judge, "W205", n_not, probe->n_pairs ? "pair" : "rail", PROBE_PAIRS, why);
}

void verdict_extras(struct judge *judge)
{
	const struct policy *policy = judge->in->policy;
	const struct probe_report *probe = judge->in->probe;

	for (size_t i = 0; i < probe->n; i++) {
		const struct extra_result *tests = probe->extras[i];

		if (!passed(judge, i))
			continue;
		if (tests[PROBE_LATENCY].state == EXTRA_DONE)
			judge_latency(judge, i, tests[PROBE_LATENCY].value);
		if (tests[PROBE_BANDWIDTH].state == EXTRA_DONE)
			judge_bandwidth(judge, i, tests[PROBE_BANDWIDTH].value);
	}
	for (enum probe_extra kind = PROBE_LATENCY; kind < PROBE_PAIRS; kind++)
		if (is_wanted(policy, kind))
			add_not_done(judge, kind);
	if (is_wanted(policy, PROBE_PAIRS))
		judge_pairs(judge);
}
