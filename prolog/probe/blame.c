/* SPDX-License-Identifier: Apache-2.0 */
#include "blame.h"

#include <string.h>

#include "text.h"

/* The pair's other rail; -1: the rail is not in it. */
static int partner(const struct probe_pair *pair, size_t rail)
{
	return pair->a == rail ? pair->b : pair->b == rail ? pair->a : -1;
}

static size_t count(const struct probe_report *report, size_t rail, enum extra_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < report->n_pairs; i++)
		n += partner(&report->pairs[i], rail) >= 0 && report->pairs[i].test.state == state;
	return n;
}

static bool is_to_blame(const struct probe_report *report, size_t rail)
{
	if (count(report, rail, EXTRA_FAILED) < 2 || count(report, rail, EXTRA_DONE))
		return false;
	for (size_t i = 0; i < report->n_pairs; i++) {
		const struct probe_pair *pair = &report->pairs[i];
		int other = partner(pair, rail);

		if (other >= 0 && pair->test.state == EXTRA_FAILED &&
		    !count(report, (size_t)other, EXTRA_DONE))
			return false;
	}
	return true;
}

static void blame(struct probe_report *report, size_t rail, const char *const *names)
{
	struct probe_result *v = &report->v[rail];
	const char *word = "";

	v->state = PROBE_FAIL;
	v->step = PROBE_STEP_PAIRS;
	text_format(v->text, sizeof(v->text), "reaches none of ");
	for (size_t i = 0; i < report->n_pairs; i++) {
		int other = partner(&report->pairs[i], rail);

		if (other < 0 || report->pairs[i].test.state != EXTRA_FAILED)
			continue;
		text_append(v->text, sizeof(v->text), "%s%s", word, names[other]);
		word = ", ";
	}
	text_append(v->text, sizeof(v->text), ", which reach others");
}

void blame_rails(struct probe_report *report, const char *const *names)
{
	bool guilty[NODE_RAILS_MAX] = {false};

	for (size_t i = 0; i < report->n; i++)
		guilty[i] = report->v[i].state == PROBE_PASS && is_to_blame(report, i);
	for (size_t i = 0; i < report->n; i++)
		if (guilty[i])
			blame(report, i, names);
}
