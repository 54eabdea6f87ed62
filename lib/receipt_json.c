/* SPDX-License-Identifier: Apache-2.0 */
#include "receipt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "json.h"
#include "text.h"

#define RECEIPT_VERSION	  1
#define RECEIPT_BYTES_MAX (256u << 10)
#define TIME_MAX	  253402300799 /* the last second of the year 9999 */
#define COUNT(list)	  (sizeof(list) / sizeof((list)[0]))

static const struct {
	const char *key;
	enum counter_kind kind;
} sums[] = {
	{"work_requests", COUNTER_KIND_WORK},
	{"drops", COUNTER_KIND_DROPS},
	{"retransmits", COUNTER_KIND_RETRANS},
	{"errors", COUNTER_KIND_ERRORS},
};

static void put_count(struct json_out *out, const char *key, uint64_t count)
{
	json_out_int(out, key, count > INT64_MAX ? INT64_MAX : (int64_t)count);
}

static void write_rail(struct json_out *out, const struct receipt_rail *rail)
{
	const struct counters_delta *delta = &rail->delta;

	json_out_open(out, NULL, '{');
	json_out_string(out, "name", rail->name);
	json_out_string(out, "state", receipt_state_text(rail->state));
	json_out_string(out, "text", rail->text);
	json_out_bool(out, "began_anew", delta->reset);
	json_out_open(out, "counts", '{');
	for (size_t i = 0; i < COUNTERS_N; i++) {
		bool bytes = i == COUNTER_TX_BYTES || i == COUNTER_RX_BYTES;

		if (delta->have >> i & 1 && (delta->v[i] || bytes))
			put_count(out, counter_rows[i].name, delta->v[i]);
	}
	json_out_close(out);
	json_out_close(out);
}

void receipt_write(struct json_out *out, const char *key, const struct receipt *receipt)
{
	json_out_open(out, key, '{');
	json_out_int(out, "version", RECEIPT_VERSION);
	json_out_int(out, "job", receipt->job);
	json_out_int(out, "uid", receipt->uid);
	json_out_string(out, "node", receipt->node);
	json_out_string(out, "boot_id", receipt->boot_id);
	json_out_int(out, "started_at", receipt->started_at);
	json_out_int(out, "ended_at", receipt->ended_at);
	json_out_string(out, "efa", receipt_use_text(receipt->use));
	json_out_string(out, "sentence", receipt->sentence);
	put_count(out, "other_jobs", receipt->others);
	put_count(out, "tests", receipt->tests);
	json_out_open(out, "totals", '{');
	put_count(out, "tx_bytes", receipt->tx_bytes);
	put_count(out, "rx_bytes", receipt->rx_bytes);
	for (size_t i = 0; i < COUNT(sums); i++)
		put_count(out, sums[i].key, receipt->sums[sums[i].kind]);
	json_out_close(out);
	json_out_open(out, "rails", '[');
	for (size_t i = 0; i < receipt->n; i++)
		write_rail(out, &receipt->rails[i]);
	json_out_close(out);
	json_out_close(out);
}

int receipt_save(const char *path, const struct receipt *receipt, struct err *err)
{
	struct json_out *out = json_out_new(true);
	const char *text;
	size_t size;
	int rc;

	if (!out)
		return err_set(err, -ENOMEM, "%s: out of memory", path);
	receipt_write(out, NULL, receipt);
	rc = json_out_done(out, &text, &size, err);
	if (!rc)
		rc = file_replace(path, text, size, 0644, err);
	json_out_free(out);
	return rc;
}

static int need_text(const struct json *obj, const char *key, char *buf, size_t size,
		     struct err *err)
{
	const struct json *value;
	int rc = json_need(obj, key, &value, err);

	return rc ? rc : json_string(value, 0, buf, size, err);
}

static int need_number(const struct json *obj, const char *key, int64_t max, int64_t *ret_number,
		       struct err *err)
{
	const struct json *value;
	int rc = json_need(obj, key, &value, err);

	return rc ? rc : json_int(value, 0, max, ret_number, err);
}

static int need_count(const struct json *obj, const char *key, uint64_t *ret_count, struct err *err)
{
	int64_t number = 0;
	int rc = need_number(obj, key, INT64_MAX, &number, err);

	if (!rc)
		*ret_count = (uint64_t)number;
	return rc;
}

static int need_word(const struct json *obj, const char *key, const char *(*text)(unsigned),
		     unsigned last, unsigned *ret_word, struct err *err)
{
	const struct json *value;
	char word[16];
	int rc = json_need(obj, key, &value, err);

	if (!rc)
		rc = json_string(value, 1, word, sizeof(word), err);
	for (unsigned i = 0; !rc && i <= last; i++) {
		if (strcmp(word, text(i)) == 0) {
			*ret_word = i;
			return 0;
		}
	}
	return rc ? rc : json_complain(value, -EINVAL, err, "no such word");
}

static const char *state_word(unsigned i)
{
	return receipt_state_text((enum receipt_state)i);
}

static const char *use_word(unsigned i)
{
	return receipt_use_text((enum receipt_use)i);
}

static int read_counts(const struct json *obj, struct counters_delta *delta, struct err *err)
{
	const char *keys[COUNTERS_N];
	const struct json *counts;
	int rc = json_need(obj, "counts", &counts, err);

	for (size_t i = 0; i < COUNTERS_N; i++)
		keys[i] = counter_rows[i].name;
	if (!rc && !json_is_object(counts))
		rc = json_complain(counts, -EINVAL, err, "expected an object");
	if (!rc)
		rc = json_only_keys(counts, keys, COUNTERS_N, err);
	for (size_t i = 0; !rc && i < COUNTERS_N; i++) {
		if (!json_member(counts, keys[i]))
			continue;
		rc = need_count(counts, keys[i], &delta->v[i], err);
		delta->have |= UINT64_C(1) << i;
	}
	return rc;
}

static int read_rail(const struct json *obj, struct receipt_rail *rail, struct err *err)
{
	static const char *const keys[] = {"name", "state", "text", "began_anew", "counts"};
	const struct json *anew;
	unsigned state = 0;
	int rc = json_only_keys(obj, keys, COUNT(keys), err);

	if (!rc)
		rc = need_text(obj, "name", rail->name, sizeof(rail->name), err);
	if (!rc && !text_is_name(rail->name, sizeof(rail->name) - 1))
		rc = json_complain(json_member(obj, "name"), -EINVAL, err, "expected a name");
	if (!rc)
		rc = need_word(obj, "state", state_word, RECEIPT_UNREAD, &state, err);
	if (!rc)
		rc = need_text(obj, "text", rail->text, sizeof(rail->text), err);
	if (!rc)
		rc = json_need(obj, "began_anew", &anew, err);
	if (!rc)
		rc = json_bool(anew, &rail->delta.reset, err);
	rail->state = (enum receipt_state)state;
	if (!rc)
		rc = read_counts(obj, &rail->delta, err);
	if (!rc && rail->state != RECEIPT_COUNTED && (rail->delta.have || rail->delta.reset))
		rc = json_complain(obj, -EINVAL, err, "counts of a rail that is not counted");
	return rc;
}

static bool is_there(const struct receipt *receipt, const struct receipt_rail *rail)
{
	for (const struct receipt_rail *other = receipt->rails; other != rail; other++) {
		if (strcmp(other->name, rail->name) == 0)
			return true;
	}
	return false;
}

static int read_rails(const struct json *root, struct receipt *receipt, struct err *err)
{
	const struct json *list;
	int rc = json_need(root, "rails", &list, err);

	if (!rc)
		rc = json_array(list, NODE_RAILS_MAX, &receipt->n, err);
	for (size_t i = 0; !rc && i < receipt->n; i++) {
		rc = read_rail(json_at(list, i), &receipt->rails[i], err);
		if (!rc && is_there(receipt, &receipt->rails[i]))
			rc = json_complain(json_at(list, i), -EINVAL, err,
					   "a rail that was there before");
	}
	return rc;
}

static int read_totals(const struct json *root, struct receipt *receipt, struct err *err)
{
	const char *keys[2 + COUNT(sums)] = {"tx_bytes", "rx_bytes"};
	const struct json *totals;
	int rc = json_need(root, "totals", &totals, err);

	for (size_t i = 0; i < COUNT(sums); i++)
		keys[2 + i] = sums[i].key;
	if (!rc)
		rc = json_only_keys(totals, keys, COUNT(keys), err);
	if (!rc)
		rc = need_count(totals, "tx_bytes", &receipt->tx_bytes, err);
	if (!rc)
		rc = need_count(totals, "rx_bytes", &receipt->rx_bytes, err);
	for (size_t i = 0; !rc && i < COUNT(sums); i++)
		rc = need_count(totals, sums[i].key, &receipt->sums[sums[i].kind], err);
	return rc;
}

static int read_head(const struct json *root, struct receipt *receipt, struct err *err)
{
	int64_t version = 0, job = 0, uid = 0;
	unsigned use = 0;
	int rc = need_number(root, "version", RECEIPT_VERSION, &version, err);

	if (!rc)
		rc = need_number(root, "job", UINT32_MAX, &job, err);
	if (!rc)
		rc = need_number(root, "uid", UINT32_MAX, &uid, err);
	if (!rc)
		rc = need_text(root, "node", receipt->node, sizeof(receipt->node), err);
	if (!rc)
		rc = need_text(root, "boot_id", receipt->boot_id, sizeof(receipt->boot_id), err);
	if (!rc)
		rc = need_number(root, "started_at", TIME_MAX, &receipt->started_at, err);
	if (!rc)
		rc = need_number(root, "ended_at", TIME_MAX, &receipt->ended_at, err);
	if (!rc)
		rc = need_word(root, "efa", use_word, RECEIPT_UNKNOWN, &use, err);
	if (!rc)
		rc = need_text(root, "sentence", receipt->sentence, sizeof(receipt->sentence), err);
	if (!rc)
		rc = need_count(root, "other_jobs", &receipt->others, err);
	if (!rc)
		rc = need_count(root, "tests", &receipt->tests, err);
	receipt->job = (uint32_t)job;
	receipt->uid = (uid_t)uid;
	receipt->use = (enum receipt_use)use;
	return rc;
}

static int read_receipt(const struct json *root, struct receipt *receipt, struct err *err)
{
	static const char *const keys[] = {
		"version", "job",      "uid",	     "node",  "boot_id", "started_at", "ended_at",
		"efa",	   "sentence", "other_jobs", "tests", "totals",	 "rails"};
	int rc = json_only_keys(root, keys, COUNT(keys), err);

	if (!rc)
		rc = read_head(root, receipt, err);
	if (!rc)
		rc = read_totals(root, receipt, err);
	return rc ? rc : read_rails(root, receipt, err);
}

int receipt_load(const char *path, enum file_trust trust, struct receipt *ret_receipt,
		 struct err *err)
{
	cleanup_json_doc struct json_doc *doc = NULL;
	cleanup_free struct receipt *receipt = calloc(1, sizeof(*receipt));
	cleanup_free char *text = NULL;
	const struct json *root;
	size_t size;
	int rc;

	if (!receipt)
		return err_set(err, -ENOMEM, "%s: out of memory", path);
	rc = file_read(path, RECEIPT_BYTES_MAX, trust, &text, &size, err);
	if (!rc)
		rc = json_doc_parse(path, text, size, &doc, err);
	if (!rc)
		rc = json_doc_root(doc, &root, err);
	if (!rc)
		rc = read_receipt(root, receipt, err);
	if (!rc)
		*ret_receipt = *receipt;
	return rc;
}
