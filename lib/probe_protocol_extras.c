/* SPDX-License-Identifier: Apache-2.0 */
/* The lines about optional tests. */
#include <string.h>

#include "probe_protocol_impl.h"
#include "text.h"

static const char *const extra_words[PROBE_EXTRAS] = {
	[PROBE_LATENCY] = "latency",
	[PROBE_BANDWIDTH] = "bandwidth",
	[PROBE_RDMA_READ] = "rdma-read",
	[PROBE_PAIRS] = "pairs",
};

static const char *const state_words[] = {
	[EXTRA_NONE] = "none",
	[EXTRA_DONE] = "done",
	[EXTRA_FAILED] = "failed",
	[EXTRA_UNABLE] = "unable",
	[EXTRA_NOT_TESTED] = "not-tested",
};

const char *probe_extra_text(enum probe_extra extra)
{
	return extra < PROBE_EXTRAS ? extra_words[extra] : "unknown";
}

const char *extra_state_text(enum extra_state state)
{
	return (size_t)state <= EXTRA_NOT_TESTED ? state_words[state] : "unknown";
}

bool extra_state_parse(const char *text, enum extra_state *ret_state)
{
	for (int i = EXTRA_DONE; i <= EXTRA_NOT_TESTED; i++) {
		if (!strcmp(text, state_words[i])) {
			*ret_state = (enum extra_state)i;
			return true;
		}
	}
	return false;
}

/* It came as far as the optional tests. */
static bool may_have_extras(const struct probe_reader *r, int rail)
{
	return r->seen[rail] && r->report->v[rail].step >= PROBE_STEP_READ;
}

/* STATE VALUE TEXT; a value stands for what was done, a text for what was not. */
static bool read_test(struct extra_result *test, char *rest)
{
	char *state = probe_next_word(&rest);

	return state && extra_state_parse(state, &test->state) &&
	       probe_next_number(&rest, INT64_MAX, &test->value) &&
	       probe_take_text(test->text, sizeof(test->text), rest) &&
	       (test->state == EXTRA_DONE) == (test->value != 0) &&
	       (test->state == EXTRA_DONE) == !test->text[0];
}

int probe_read_extra(struct probe_reader *r, char *rest)
{
	char *name = probe_next_word(&rest), *word = probe_next_word(&rest);
	int rail = name ? probe_rail_by_name(r->inv, name) : -1;
	size_t kind = 0;
	struct extra_result *test;

	if (r->stage != STAGE_RAILS && r->stage != STAGE_EXTRAS)
		return probe_bad(r, "extra line out of its place");
	r->stage = STAGE_EXTRAS;
	if (rail < 0)
		return probe_bad(r, "a rail that was not asked for");
	while (word && kind < PROBE_PAIRS && strcmp(word, extra_words[kind]) != 0)
		kind++;
	if (!word || kind == PROBE_PAIRS)
		return probe_bad(r, "malformed extra line");
	test = &r->report->extras[rail][kind];
	if (test->state != EXTRA_NONE)
		return probe_bad(r, "a second optional test of this kind of the same rail");
	if (!read_test(test, rest) || test->state == EXTRA_FAILED ||
	    (test->state == EXTRA_UNABLE && kind != PROBE_RDMA_READ))
		return probe_bad(r, "malformed extra line");
	if (!may_have_extras(r, rail))
		return probe_bad(r, "an optional test of a rail that did not come so far");
	return 0;
}

static bool is_second(const struct probe_report *report, int a, int b)
{
	for (size_t i = 0; i < report->n_pairs; i++) {
		const struct probe_pair *pair = &report->pairs[i];

		if ((pair->a == a && pair->b == b) || (pair->a == b && pair->b == a))
			return true;
	}
	return false;
}

int probe_read_pair(struct probe_reader *r, char *rest)
{
	char *name_a = probe_next_word(&rest), *name_b = probe_next_word(&rest);
	int a = name_a ? probe_rail_by_name(r->inv, name_a) : -1;
	int b = name_b ? probe_rail_by_name(r->inv, name_b) : -1;
	struct probe_report *report = r->report;
	struct probe_pair *pair;

	if (r->stage != STAGE_RAILS && r->stage != STAGE_EXTRAS)
		return probe_bad(r, "pair line out of its place");
	r->stage = STAGE_EXTRAS;
	if (a < 0 || b < 0)
		return probe_bad(r, "a rail that was not asked for");
	if (a == b || is_second(report, a, b) || report->n_pairs == NODE_RAILS_MAX)
		return probe_bad(r, "a pair that cannot be, or a second result of the same pair");
	pair = &report->pairs[report->n_pairs];
	if (!read_test(&pair->test, rest) || pair->test.state == EXTRA_UNABLE)
		return probe_bad(r, "malformed pair line");
	if (!may_have_extras(r, a) || !may_have_extras(r, b))
		return probe_bad(r, "an optional test of a rail that did not come so far");
	pair->a = (uint8_t)a;
	pair->b = (uint8_t)b;
	report->n_pairs++;
	return 0;
}
