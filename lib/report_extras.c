/* SPDX-License-Identifier: Apache-2.0 */
/* Optional tests in a report: written and read. */
#include <errno.h>

#include "json.h"
#include "json_need.h"
#include "json_values.h"
#include "report_impl.h"

static int64_t value_of(const struct extra_result *test)
{
	return test->state == EXTRA_DONE ? (int64_t)test->value : -1;
}

static void put_state(struct json_out *out, const char *key, enum extra_state state)
{
	json_out_string(out, key, state == EXTRA_NONE ? NULL : extra_state_text(state));
}

void report_write_extras(struct json_out *out, const struct extra_result extras[PROBE_PAIRS])
{
	json_write_index(out, "latency_ns", value_of(&extras[PROBE_LATENCY]));
	json_write_index(out, "bandwidth_bytes_s", value_of(&extras[PROBE_BANDWIDTH]));
	put_state(out, "rdma_read_test", extras[PROBE_RDMA_READ].state);
}

void report_write_pairs(struct json_out *out, const struct probe_pair *pairs, size_t n)
{
	json_out_open(out, "pairs", '[');
	for (size_t i = 0; i < n; i++) {
		json_out_open(out, NULL, '{');
		json_out_int(out, "a", pairs[i].a);
		json_out_int(out, "b", pairs[i].b);
		put_state(out, "state", pairs[i].test.state);
		json_write_text(out, "text", pairs[i].test.text);
		json_out_close(out);
	}
	json_out_close(out);
}

static int read_value(const struct json *obj, const char *key, struct extra_result *test,
		      struct err *err)
{
	const struct json *value;
	int64_t number = 0;
	int rc = json_need(obj, key, &value, err);

	if (rc || json_is_null(value))
		return rc;
	rc = json_need_int(obj, key, 1, INT64_MAX, &number, err);
	test->state = EXTRA_DONE;
	test->value = (uint64_t)number;
	return rc;
}

static int read_word(const struct json *obj, const char *key, enum extra_state *ret_state,
		     struct err *err)
{
	const char *words[EXTRA_NOT_TESTED];
	const size_t n = sizeof(words) / sizeof(words[0]);
	size_t word = 0;
	int rc;

	for (size_t i = 0; i < n; i++)
		words[i] = extra_state_text((enum extra_state)(EXTRA_DONE + i));
	rc = json_need_word(obj, key, words, n, &word, err);
	*ret_state = (enum extra_state)(EXTRA_DONE + word);
	return rc;
}

int report_read_extras(const struct json *obj, struct extra_result extras[PROBE_PAIRS],
		       struct err *err)
{
	const struct json *value;
	int rc = read_value(obj, "latency_ns", &extras[PROBE_LATENCY], err);

	if (!rc)
		rc = read_value(obj, "bandwidth_bytes_s", &extras[PROBE_BANDWIDTH], err);
	if (!rc)
		rc = json_need(obj, "rdma_read_test", &value, err);
	if (!rc && !json_is_null(value))
		rc = read_word(obj, "rdma_read_test", &extras[PROBE_RDMA_READ].state, err);
	return rc;
}

static int read_pair(const struct json *obj, size_t n_rails, struct probe_pair *pair,
		     struct err *err)
{
	static const char *const keys[] = {"a", "b", "state", "text"};
	int64_t a = 0, b = 0;
	int rc = json_only_keys(obj, keys, sizeof(keys) / sizeof(keys[0]), err);

	if (!rc)
		rc = json_need_int(obj, "a", 0, (int64_t)n_rails - 1, &a, err);
	if (!rc)
		rc = json_need_int(obj, "b", 0, (int64_t)n_rails - 1, &b, err);
	if (!rc && a == b)
		rc = report_complain(obj, "b", err, "another rail");
	if (!rc)
		rc = read_word(obj, "state", &pair->test.state, err);
	pair->a = (uint8_t)a;
	pair->b = (uint8_t)b;
	return rc ? rc : json_need_text(obj, "text", pair->test.text, sizeof(pair->test.text), err);
}

int report_read_pairs(const struct json *root, struct report *report, struct err *err)
{
	const struct json *list;
	int rc = json_need(root, "pairs", &list, err);

	if (!rc)
		rc = json_array(list, NODE_RAILS_MAX, &report->n_pairs, err);
	for (size_t i = 0; !rc && i < report->n_pairs; i++)
		rc = read_pair(json_at(list, i), report->n_rails, &report->pairs[i], err);
	return rc;
}
