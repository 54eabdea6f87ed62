/* SPDX-License-Identifier: Apache-2.0 */
/* Findings and rails of a report, and what its readers share. */
#include "report_impl.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "json.h"
#include "json_need.h"
#include "text.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define WORDS_MAX   (PROBE_STEP_DONE + 1) /* of states and of steps */

int report_complain(const struct json *obj, const char *key, struct err *err, const char *expected)
{
	return json_complain(json_member(obj, key), -EINVAL, err, "expected %s", expected);
}

int report_need_count(const struct json *obj, const char *key, uint64_t *ret_count, struct err *err)
{
	int64_t number = 0;
	int rc = json_need_int(obj, key, 0, INT64_MAX, &number, err);

	*ret_count = (uint64_t)number;
	return rc;
}

int report_need_name(const struct json *obj, const char *key, char *buf, size_t size,
		     struct err *err)
{
	int rc = json_need_text(obj, key, buf, size, err);

	if (!rc && buf[0] && !text_is_name(buf, size - 1))
		rc = report_complain(obj, key, err, "a name");
	return rc;
}

static int need_unsigned(const struct json *obj, const char *key, unsigned *ret_number,
			 struct err *err)
{
	int64_t number = 0;
	int rc = json_need_int(obj, key, 0, UINT_MAX, &number, err);

	*ret_number = (unsigned)number;
	return rc;
}

static const struct finding_code *find_code(const char *code)
{
	const struct finding_code *row = finding_codes;

	while (row->code && strcmp(row->code, code) != 0)
		row++;
	return row->code ? row : NULL;
}

/* Severity and owner are the code's; title and remedy may have been worded anew since then. */
static int read_code(const struct json *obj, struct finding *finding, struct err *err)
{
	char code[16] = "", word[16] = "", text[512];
	int rc = json_need_text(obj, "code", code, sizeof(code), err);

	if (!rc && !(finding->code = find_code(code)))
		rc = report_complain(obj, "code", err,
				     "a code of this release (efa-layout list-checks)");
	if (!rc)
		rc = json_need_text(obj, "severity", word, sizeof(word), err);
	if (!rc && strcmp(word, finding_severity_text(finding->code->severity)) != 0)
		rc = report_complain(obj, "severity", err,
				     finding_severity_text(finding->code->severity));
	if (!rc)
		rc = json_need_text(obj, "owner", word, sizeof(word), err);
	if (!rc && strcmp(word, finding_owner_text(finding->code->owner)) != 0)
		rc = report_complain(obj, "owner", err, finding_owner_text(finding->code->owner));
	if (!rc)
		rc = json_need_text(obj, "title", text, sizeof(text), err);
	return rc ? rc : json_need_text(obj, "remedy", text, sizeof(text), err);
}

static int read_finding(const struct json *obj, struct finding *finding, struct err *err)
{
	static const char *const keys[] = {"code",    "severity", "owner",     "title",
					   "subject", "expected", "found",     "evidence",
					   "remedy",  "rail",	  "card_index"};
	int rc = json_only_keys(obj, keys, COUNT(keys), err);

	if (!rc)
		rc = read_code(obj, finding, err);
	if (!rc)
		rc = json_need_text(obj, "subject", finding->subject, sizeof(finding->subject),
				    err);
	if (!rc)
		rc = json_need_text(obj, "expected", finding->expected, sizeof(finding->expected),
				    err);
	if (!rc)
		rc = json_need_text(obj, "found", finding->found, sizeof(finding->found), err);
	if (!rc)
		rc = json_need_text(obj, "evidence", finding->evidence, sizeof(finding->evidence),
				    err);
	if (!rc)
		rc = json_need_index(obj, "rail", NODE_RAILS_MAX - 1, &finding->rail, err);
	return rc ? rc : json_need_index(obj, "card_index", 255, &finding->card_index, err);
}

static int need_list(const struct json *root, const char *key, size_t max,
		     const struct json **ret_list, size_t *ret_n, struct err *err)
{
	int rc = json_need(root, key, ret_list, err);

	return rc ? rc : json_array(*ret_list, max, ret_n, err);
}

int report_read_findings(const struct json *root, struct findings *findings, struct err *err)
{
	const struct json *list;
	uint64_t dropped = 0;
	int rc = need_list(root, "findings", FINDINGS_MAX, &list, &findings->n, err);

	for (size_t i = 0; !rc && i < findings->n; i++)
		rc = read_finding(json_at(list, i), &findings->v[i], err);
	if (!rc)
		rc = report_need_count(root, "findings_dropped", &dropped, err);
	findings->dropped = (size_t)dropped;
	return rc;
}

static int read_state(const struct json *obj, struct report_rail *rail, struct err *err)
{
	const char *words[WORDS_MAX];
	size_t n = 0, state = 0;
	int rc;

	for (; n <= PROBE_CRASHED; n++)
		words[n] = probe_state_text((enum probe_state)n);
	words[n++] = "unusable";
	rc = json_need_word(obj, "state", words, n, &state, err);
	rail->usable = state <= PROBE_CRASHED;
	if (rail->usable)
		rail->test.state = (enum probe_state)state;
	return rc;
}

static int read_step(const struct json *obj, struct probe_result *test, struct err *err)
{
	const char *words[WORDS_MAX];
	const struct json *value;
	size_t step = 0;
	int rc = json_need(obj, "step", &value, err);

	if (rc || json_is_null(value))
		return rc;
	for (size_t i = 0; i <= PROBE_STEP_DONE; i++)
		words[i] = probe_step_text((enum probe_step)i);
	rc = json_word(value, words, PROBE_STEP_DONE + 1, &step, err);
	test->step = (enum probe_step)step;
	return rc;
}

static int need_error(const struct json *obj, const char *key, int *ret_error, struct err *err)
{
	int64_t number = 0;
	int rc = json_need_int(obj, key, INT_MIN, INT_MAX, &number, err);

	*ret_error = (int)number;
	return rc;
}

/* null: not known. */
static int read_rdma_read(const struct json *obj, enum probe_ability *ret_ability, struct err *err)
{
	const struct json *value;
	bool can = false;
	int rc = json_need(obj, "rdma_read", &value, err);

	*ret_ability = PROBE_UNKNOWN;
	if (rc || json_is_null(value))
		return rc;
	rc = json_bool(value, &can, err);
	*ret_ability = can ? PROBE_YES : PROBE_NO;
	return rc;
}

static int read_result(const struct json *obj, struct probe_result *test, struct err *err)
{
	int rc = read_step(obj, test, err);

	if (!rc)
		rc = need_error(obj, "fi_error", &test->fi_error, err);
	if (!rc)
		rc = need_error(obj, "prov_error", &test->prov_error, err);
	if (!rc)
		rc = json_need_text(obj, "text", test->text, sizeof(test->text), err);
	if (!rc)
		rc = report_need_count(obj, "bytes", &test->bytes, err);
	if (!rc)
		rc = report_need_count(obj, "tx_bytes", &test->tx_bytes, err);
	if (!rc)
		rc = report_need_count(obj, "rx_bytes", &test->rx_bytes, err);
	if (!rc)
		rc = report_need_count(obj, "packets", &test->packets, err);
	if (!rc)
		rc = report_need_count(obj, "packets_lost", &test->lost, err);
	if (!rc)
		rc = need_unsigned(obj, "open_ms", &test->open_ms, err);
	if (!rc)
		rc = need_unsigned(obj, "total_ms", &test->total_ms, err);
	if (!rc)
		rc = json_need_bool(obj, "retried", &test->retried, err);
	return rc ? rc : read_rdma_read(obj, &test->rdma_read, err);
}

static int read_rail(const struct json *obj, struct report_rail *rail, struct err *err)
{
	static const char *const keys[] = {"name",	     "pci",	   "card_index",
					   "state",	     "step",	   "fi_error",
					   "prov_error",     "text",	   "bytes",
					   "tx_bytes",	     "rx_bytes",   "packets",
					   "packets_lost",   "open_ms",	   "total_ms",
					   "retried",	     "latency_ns", "bandwidth_bytes_s",
					   "rdma_read_test", "rdma_read"};
	char pci[PCI_ADDR_TEXT] = "";
	int rc = json_only_keys(obj, keys, COUNT(keys), err);

	if (!rc)
		rc = report_need_name(obj, "name", rail->name, sizeof(rail->name), err);
	if (!rc)
		rc = json_need_text(obj, "pci", pci, sizeof(pci), err);
	if (!rc && pci_addr_parse(pci, &rail->pci))
		rc = report_complain(obj, "pci", err, "a PCI address");
	if (!rc)
		rc = json_need_index(obj, "card_index", 255, &rail->card_index, err);
	if (!rc)
		rc = read_state(obj, rail, err);
	if (!rc)
		rc = read_result(obj, &rail->test, err);
	return rc ? rc : report_read_extras(obj, rail->extras, err);
}

int report_read_rails(const struct json *root, struct report *report, struct err *err)
{
	const struct json *list;
	int rc = need_list(root, "rails", NODE_RAILS_MAX, &list, &report->n_rails, err);

	for (size_t i = 0; !rc && i < report->n_rails; i++)
		rc = read_rail(json_at(list, i), &report->rails[i], err);
	return rc;
}
