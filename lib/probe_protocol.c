/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the probe's protocol and its strict reader. */
#include "probe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "probe_protocol_impl.h"
#include "text.h"

#define ERROR_NUMBER_MAX 1000000
#define MS_MAX		 3600000

static const char *const state_words[] = {
	[PROBE_NOT_TESTED] = "not-tested",
	[PROBE_PASS] = "pass",
	[PROBE_FAIL] = "fail",
	[PROBE_HUNG] = "hung",
	[PROBE_CRASHED] = "crashed",
};

static const char *const step_words[] = {
	[PROBE_STEP_OPEN] = "open",	    [PROBE_STEP_GETINFO] = "getinfo",
	[PROBE_STEP_ENDPOINT] = "endpoint", [PROBE_STEP_TRANSFER] = "transfer",
	[PROBE_STEP_CONTENTS] = "contents", [PROBE_STEP_COUNTERS] = "counters",
	[PROBE_STEP_READ] = "rdma-read",    [PROBE_STEP_PAIRS] = "pairs",
	[PROBE_STEP_DONE] = "done",
};

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static int word_index(const char *const *words, size_t n, const char *text)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!strcmp(words[i], text))
			return (int)i;
	return -1;
}

const char *probe_outcome_text(enum probe_outcome outcome)
{
	static const char *const text[] = {
		[PROBE_RAN] = "ran",
		[PROBE_NO_PROGRAM] = "no-program",
		[PROBE_NO_LIBRARY] = "no-library",
		[PROBE_NO_PROVIDER] = "no-provider",
		[PROBE_BROKEN] = "broken",
	};

	return text[outcome];
}

const char *probe_state_text(enum probe_state state)
{
	return (size_t)state < COUNT_OF(state_words) ? state_words[state] : "unknown";
}

const char *probe_step_text(enum probe_step step)
{
	return (size_t)step < COUNT_OF(step_words) ? step_words[step] : "unknown";
}

bool probe_state_parse(const char *text, enum probe_state *ret_state)
{
	int i = word_index(state_words, COUNT_OF(state_words), text);

	if (i < 0)
		return false;
	*ret_state = (enum probe_state)i;
	return true;
}

bool probe_step_parse(const char *text, enum probe_step *ret_step)
{
	int i = word_index(step_words, COUNT_OF(step_words), text);

	if (i < 0)
		return false;
	*ret_step = (enum probe_step)i;
	return true;
}

bool probe_opened(const struct probe_result *result)
{
	return result->state == PROBE_NOT_TESTED && result->step == PROBE_STEP_GETINFO;
}

int probe_bad(const struct probe_reader *r, const char *what)
{
	return err_set(r->err, -EPROTO, "line %u of the probe's output: %s", r->line, what);
}

char *probe_next_word(char **rest)
{
	char *word = *rest, *end;

	if (!word || !*word || *word == ' ')
		return NULL;
	end = strchr(word, ' ');
	if (end)
		*end++ = '\0';
	*rest = end;
	return word;
}

bool probe_next_number(char **rest, uint64_t max, uint64_t *ret)
{
	char *word = probe_next_word(rest);

	return word && !text_u64(word, 0, max, ret);
}

static bool take_word(char *to, size_t size, const char *word)
{
	return word && !text_format(to, size, "%s", word);
}

bool probe_take_text(char *to, size_t size, const char *rest)
{
	if (!rest || !*rest)
		return false;
	return !text_format(to, size, "%s", strcmp(rest, "-") ? rest : "");
}

static int read_head(struct probe_reader *r, char *line)
{
	char *rest = line, *word;
	uint64_t version;

	word = probe_next_word(&rest);
	if (!word || strcmp(word, "efa-layout-probe"))
		return probe_bad(r, "not the probe's first line");
	if (!probe_next_number(&rest, UINT32_MAX, &version))
		return probe_bad(r, "no protocol version");
	if (version != PROBE_PROTOCOL)
		return err_set(r->err, -EPROTO,
			       "the probe speaks version %llu of its protocol, expected %d; "
			       "install programs of one release together",
			       (unsigned long long)version, PROBE_PROTOCOL);
	word = probe_next_word(&rest);
	if (!word || strcmp(word, "libfabric"))
		return probe_bad(r, "no libfabric version");
	word = probe_next_word(&rest);
	if (rest || !take_word(r->report->libfabric, sizeof(r->report->libfabric), word))
		return probe_bad(r, "no libfabric version");
	r->stage = STAGE_PROVIDER;
	return 0;
}

static int read_provider(struct probe_reader *r, char *rest)
{
	struct probe_report *report = r->report;
	char *name = probe_next_word(&rest), *fabric = probe_next_word(&rest);

	if (r->stage != STAGE_PROVIDER || report->provider[0])
		return probe_bad(r, "provider line out of its place");
	if (rest || !take_word(report->provider, sizeof(report->provider), name) ||
	    !take_word(report->fabric, sizeof(report->fabric), fabric))
		return probe_bad(r, "malformed provider line");
	return 0;
}

static int read_outcome(struct probe_reader *r, char *rest)
{
	char *word = probe_next_word(&rest);

	if (r->stage != STAGE_PROVIDER)
		return probe_bad(r, "outcome line out of its place");
	if (!word || strcmp(word, "no-provider"))
		return probe_bad(r, "unknown outcome");
	if (!probe_take_text(r->report->text, sizeof(r->report->text), rest))
		return probe_bad(r, "malformed outcome line");
	r->report->outcome = PROBE_NO_PROVIDER;
	r->stage = STAGE_ABILITIES;
	return 0;
}

int probe_rail_by_name(const struct inventory *inv, const char *name)
{
	size_t i;

	for (i = 0; i < inv->n_rails; i++)
		if (inv->rails[i].stage == RAIL_USABLE && !strcmp(inv->rails[i].rdma_name, name))
			return (int)i;
	return -1;
}

/* What follows the name. */
static bool rail_values(struct probe_result *v, char *rest)
{
	char *state = probe_next_word(&rest), *step = probe_next_word(&rest);
	uint64_t fi, prov, bytes, tx, rx, packets, lost, open_ms, total_ms, retried;

	if (!state || !step || !probe_state_parse(state, &v->state) ||
	    !probe_step_parse(step, &v->step))
		return false;
	if (!probe_next_number(&rest, ERROR_NUMBER_MAX, &fi) ||
	    !probe_next_number(&rest, ERROR_NUMBER_MAX, &prov) ||
	    !probe_next_number(&rest, UINT64_MAX, &bytes) ||
	    !probe_next_number(&rest, UINT64_MAX, &tx) ||
	    !probe_next_number(&rest, UINT64_MAX, &rx) ||
	    !probe_next_number(&rest, UINT64_MAX, &packets) ||
	    !probe_next_number(&rest, UINT64_MAX, &lost) ||
	    !probe_next_number(&rest, MS_MAX, &open_ms) ||
	    !probe_next_number(&rest, MS_MAX, &total_ms) ||
	    !probe_next_number(&rest, 1, &retried) ||
	    !probe_take_text(v->text, sizeof(v->text), rest))
		return false;
	v->fi_error = (int)fi;
	v->prov_error = (int)prov;
	v->bytes = bytes;
	v->tx_bytes = tx;
	v->rx_bytes = rx;
	v->packets = packets;
	v->lost = lost;
	v->open_ms = (unsigned)open_ms;
	v->total_ms = (unsigned)total_ms;
	v->retried = retried;
	return true;
}

static int read_rdma_read(struct probe_reader *r, char *rest)
{
	char *name = probe_next_word(&rest), *word = probe_next_word(&rest);
	int rail = name ? probe_rail_by_name(r->inv, name) : -1;
	enum probe_ability *ability;

	if (r->stage != STAGE_PROVIDER && r->stage != STAGE_ABILITIES)
		return probe_bad(r, "rdma-read line out of its place");
	r->stage = STAGE_ABILITIES;
	if (rail < 0)
		return probe_bad(r, "a rail that was not asked for");
	ability = &r->report->v[rail].rdma_read;
	if (*ability != PROBE_UNKNOWN)
		return probe_bad(r, "a second ability of the same rail");
	if (rest || !word || (strcmp(word, "yes") != 0 && strcmp(word, "no") != 0))
		return probe_bad(r, "malformed rdma-read line");
	*ability = *word == 'y' ? PROBE_YES : PROBE_NO;
	return 0;
}

static int read_rail(struct probe_reader *r, char *rest)
{
	char *name = probe_next_word(&rest);
	struct probe_result *v;
	int rail;

	if (r->stage == STAGE_EXTRAS)
		return probe_bad(r, "rail line out of its place");
	r->stage = STAGE_RAILS; /* the first line and the last one have been dealt with */
	rail = name ? probe_rail_by_name(r->inv, name) : -1;
	if (rail < 0)
		return probe_bad(r, "a rail that was not asked for");
	if (r->seen[rail])
		return probe_bad(r, "a second result of the same rail");
	v = &r->report->v[rail];
	if (!rail_values(v, rest))
		return probe_bad(r, "malformed result");
	/* A pass is said in one way only. */
	if ((v->state == PROBE_PASS) != (v->step == PROBE_STEP_DONE) ||
	    (v->state == PROBE_PASS && (v->fi_error || v->prov_error || !v->bytes)) ||
	    (v->state != PROBE_NOT_TESTED && v->step != PROBE_STEP_OPEN &&
	     r->report->outcome == PROBE_NO_PROVIDER))
		return probe_bad(r, "a result that contradicts itself");
	r->seen[rail] = true;
	r->n_seen++;
	return 0;
}

static int read_end(struct probe_reader *r, char *rest)
{
	uint64_t n;

	if (!probe_next_number(&rest, NODE_RAILS_MAX, &n) || rest)
		return probe_bad(r, "malformed end line");
	if (n != r->n_seen)
		return probe_bad(r, "the number of results is not the number announced");
	r->stage = STAGE_END;
	return 0;
}

static int read_line(struct probe_reader *r, char *line)
{
	char *rest = line, *word;

	if (r->stage == STAGE_HEAD)
		return read_head(r, line);
	if (r->stage == STAGE_END)
		return probe_bad(r, "text behind the end");
	word = probe_next_word(&rest);
	if (word && !strcmp(word, "provider"))
		return read_provider(r, rest);
	if (word && !strcmp(word, "outcome"))
		return read_outcome(r, rest);
	if (word && !strcmp(word, "rdma-read"))
		return read_rdma_read(r, rest);
	if (word && !strcmp(word, "rail"))
		return read_rail(r, rest);
	if (word && !strcmp(word, "extra"))
		return probe_read_extra(r, rest);
	if (word && !strcmp(word, "pair"))
		return probe_read_pair(r, rest);
	if (word && !strcmp(word, "end"))
		return read_end(r, rest);
	return probe_bad(r, "unknown kind of line");
}

static int read_lines(struct probe_reader *r, const char *output)
{
	char line[PROBE_LINE_MAX];
	size_t length, i;
	const char *end;
	int rc;

	for (; *output; output = end + 1) {
		r->line++;
		end = strchr(output, '\n');
		if (!end)
			return probe_bad(r, "ends in the middle");
		length = (size_t)(end - output);
		if (length >= sizeof(line))
			return probe_bad(r, "longer than any line of the probe");
		memcpy(line, output, length);
		line[length] = '\0';
		for (i = 0; i < length; i++)
			if (line[i] < ' ' || line[i] > '~')
				return probe_bad(r, "a byte that is not printable ASCII");
		rc = read_line(r, line);
		if (rc)
			return rc;
	}
	return 0;
}

int probe_parse(const char *output, const struct inventory *inv, struct probe_report *ret_report,
		struct err *err)
{
	cleanup_free struct probe_report *report = calloc(1, sizeof(*report));
	struct probe_reader r = {.inv = inv, .report = report, .err = err};
	size_t i;
	int rc;

	if (!report)
		return err_set(err, -ENOMEM, "no memory for the probe's report");
	report->outcome = ret_report->outcome;
	report->elapsed_ms = ret_report->elapsed_ms;
	report->n = inv->n_rails;
	memcpy(report->text, ret_report->text, sizeof(report->text));
	rc = read_lines(&r, output);
	if (rc)
		return rc;
	if (r.stage != STAGE_END)
		return err_set(err, -EPROTO, "the probe's output stops after line %u", r.line);
	for (i = 0; i < inv->n_rails; i++)
		if (inv->rails[i].stage == RAIL_USABLE && !r.seen[i])
			return err_set(err, -EPROTO, "the probe said nothing about %s",
				       inv->rails[i].rdma_name);
	*ret_report = *report;
	return 0;
}
