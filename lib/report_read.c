/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a report, as strictly as it is written: it may stand for root's word. */
#include "report_impl.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "json.h"
#include "json_need.h"
#include "text.h"

#define TIME_MAX    253402300799 /* the last second of the year 9999 */
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* null is 0. */
static int need_time(const struct json *obj, const char *key, int64_t max, int64_t *ret_time,
		     struct err *err)
{
	const struct json *value;
	int rc = json_need(obj, key, &value, err);

	*ret_time = 0;
	return rc || json_is_null(value) ? rc : json_int(value, 1, max, ret_time, err);
}

/* 16 hexadecimal digits, or null. */
static int need_hash(const struct json *obj, const char *key, char *buf, struct err *err)
{
	int rc = json_need_text(obj, key, buf, 17, err);

	if (!rc && buf[0] && (strlen(buf) != 16 || strspn(buf, "0123456789abcdef") != 16))
		rc = report_complain(obj, key, err, "16 hexadecimal digits");
	return rc;
}

static int read_setting(const struct json *obj, const char *key, struct policy_value *value,
			struct err *err)
{
	static const char *const keys[] = {"name", "value", "file", "line"};
	const struct json *setting;
	int64_t line = 0;
	int rc = json_need(obj, key, &setting, err);

	if (rc || json_is_null(setting))
		return rc;
	rc = json_only_keys(setting, keys, COUNT(keys), err);
	if (!rc)
		rc = report_need_name(setting, "name", value->name, sizeof(value->name), err);
	if (!rc)
		rc = json_need_text(setting, "value", value->value, sizeof(value->value), err);
	if (!rc)
		rc = json_need_text(setting, "file", value->file, sizeof(value->file), err);
	if (!rc)
		rc = need_time(setting, "line", INT_MAX, &line, err);
	value->line = (unsigned)line;
	if (!rc && !value->line != !value->file[0])
		rc = report_complain(setting, "line", err, "a line with a file, or neither");
	return rc;
}

/* null is CHECK_AUTO. */
static int read_depth(const struct json *obj, const char *key, enum check_depth *ret_depth,
		      struct err *err)
{
	char text[16];
	int rc = json_need_text(obj, key, text, sizeof(text), err);

	*ret_depth = CHECK_AUTO;
	if (!rc && text[0] && (check_depth_parse(text, ret_depth) || *ret_depth == CHECK_AUTO))
		rc = report_complain(obj, key, err, "cached, quick or full");
	return rc;
}

static int read_check(const struct json *job, struct report_check *check, struct err *err)
{
	static const char *const keys[] = {"asked", "wanted", "done", "setting"};
	const struct json *obj = NULL;
	int rc = json_need_object(job, "check", &obj, err);

	if (!rc)
		rc = json_only_keys(obj, keys, COUNT(keys), err);
	if (!rc)
		rc = read_depth(obj, "asked", &check->asked, err);
	if (!rc)
		rc = read_depth(obj, "wanted", &check->wanted, err);
	if (!rc)
		rc = read_depth(obj, "done", &check->done, err);
	return rc ? rc : read_setting(obj, "setting", &check->setting, err);
}

static int read_job(const struct json *root, struct report *report, struct err *err)
{
	static const char *const keys[] = {"id", "uid", "asked", "checked", "check"};
	const struct json *job;
	int64_t id = 0, uid = 0;
	int rc = json_need(root, "job", &job, err);

	report->checked = true;
	if (rc || json_is_null(job))
		return rc;
	rc = json_only_keys(job, keys, COUNT(keys), err);
	if (!rc)
		rc = json_need_int(job, "id", 1, UINT32_MAX, &id, err);
	if (!rc)
		rc = json_need_int(job, "uid", 0, UINT32_MAX, &uid, err);
	if (!rc)
		rc = report_need_name(job, "asked", report->asked, sizeof(report->asked), err);
	report->job = (uint32_t)id;
	report->uid = (uid_t)uid;
	if (!rc)
		rc = json_need_bool(job, "checked", &report->checked, err);
	return rc ? rc : read_check(job, &report->check, err);
}

/* null: there was no test. */
static int read_test_outcome(const struct json *test, struct report *report, struct err *err)
{
	const char *words[PROBE_BROKEN + 1];
	const struct json *value;
	size_t outcome = 0;
	int rc = json_need(test, "outcome", &value, err);

	if (rc || json_is_null(value))
		return rc;
	for (size_t i = 0; i < COUNT(words); i++)
		words[i] = probe_outcome_text((enum probe_outcome)i);
	rc = json_word(value, words, COUNT(words), &outcome, err);
	report->probed = !rc;
	report->test_outcome = (enum probe_outcome)outcome;
	return rc;
}

static int read_test(const struct json *root, struct report *report, struct err *err)
{
	static const char *const keys[] = {"at",      "at_ms",	   "took_ms",  "key",	"outcome",
					   "problem", "libfabric", "provider", "fabric"};
	const struct json *test = NULL;
	int64_t ms = 0, took = 0;
	int rc = json_need_object(root, "test", &test, err);

	if (!rc)
		rc = json_only_keys(test, keys, COUNT(keys), err);
	if (!rc)
		rc = need_time(test, "at", TIME_MAX, &report->tested_at, err);
	if (!rc)
		rc = need_time(test, "at_ms", INT64_MAX, &ms, err);
	if (!rc)
		rc = need_time(test, "took_ms", UINT_MAX, &took, err);
	if (!rc)
		rc = need_hash(test, "key", report->key, err);
	if (!rc)
		rc = read_test_outcome(test, report, err);
	if (!rc)
		rc = json_need_text(test, "problem", report->test_problem,
				    sizeof(report->test_problem), err);
	if (!rc)
		rc = json_need_text(test, "libfabric", report->libfabric, sizeof(report->libfabric),
				    err);
	if (!rc)
		rc = json_need_text(test, "provider", report->provider, sizeof(report->provider),
				    err);
	report->tested_ms = (uint64_t)ms;
	report->test_ms = (unsigned)took;
	return rc ? rc
		  : json_need_text(test, "fabric", report->fabric, sizeof(report->fabric), err);
}

static int need_action(const struct json *obj, const char *key, enum policy_action *ret_action,
		       struct err *err)
{
	const char *words[POLICY_ACTIONS];
	size_t i = 0;
	int rc;

	for (; i < POLICY_ACTIONS; i++)
		words[i] = policy_action_text((enum policy_action)i);
	i = 0;
	rc = json_need_word(obj, key, words, POLICY_ACTIONS, &i, err);
	*ret_action = (enum policy_action)i;
	return rc;
}

static int read_decision(const struct json *root, struct report_decision *decision, struct err *err)
{
	static const char *const keys[] = {"wanted",  "done",	 "did",	   "limited",
					   "trouble", "setting", "enforce"};
	const struct json *obj = NULL;
	int rc = json_need_object(root, "decision", &obj, err);

	if (!rc)
		rc = json_only_keys(obj, keys, COUNT(keys), err);
	if (!rc)
		rc = need_action(obj, "wanted", &decision->wanted, err);
	if (!rc)
		rc = need_action(obj, "done", &decision->done, err);
	if (!rc)
		rc = json_need_text(obj, "did", decision->did, sizeof(decision->did), err);
	if (!rc)
		rc = json_need_text(obj, "limited", decision->limited, sizeof(decision->limited),
				    err);
	if (!rc)
		rc = json_need_text(obj, "trouble", decision->trouble, sizeof(decision->trouble),
				    err);
	if (!rc)
		rc = read_setting(obj, "setting", &decision->setting, err);
	return rc ? rc : read_setting(obj, "enforce", &decision->enforce, err);
}

static int read_policy(const struct json *root, struct report *report, struct err *err)
{
	static const char *const keys[] = {"file", "hash"};
	const struct json *obj = NULL;
	int rc = json_need_object(root, "policy", &obj, err);

	if (!rc)
		rc = json_only_keys(obj, keys, COUNT(keys), err);
	if (!rc)
		rc = json_need_text(obj, "file", report->policy_file, sizeof(report->policy_file),
				    err);
	return rc ? rc : need_hash(obj, "hash", report->policy_hash, err);
}

static int read_layouts(const struct json *root, struct report *report, struct err *err)
{
	const struct json *list, *name;
	int rc = json_need(root, "layouts", &list, err);

	if (!rc)
		rc = json_array(list, LAYOUT_NAMES_MAX, &report->n_layouts, err);
	for (size_t i = 0; !rc && i < report->n_layouts; i++) {
		name = json_at(list, i);
		rc = json_string(name, 1, report->layouts[i], NAME_TEXT, err);
		if (!rc && !text_is_name(report->layouts[i], NAME_TEXT - 1))
			rc = json_complain(name, -EINVAL, err, "expected a name");
	}
	return rc;
}

static int read_verdict(const struct json *root, struct report *report, struct err *err)
{
	const char *words[OUTCOME_FAULTY + 1];
	int64_t want = 0, pass = 0;
	size_t outcome = 0;
	int rc;

	for (size_t i = 0; i < COUNT(words); i++)
		words[i] = outcome_text((enum outcome)i);
	rc = json_need_word(root, "outcome", words, COUNT(words), &outcome, err);
	if (!rc)
		rc = json_need_text(root, "sentence", report->sentence, sizeof(report->sentence),
				    err);
	if (!rc)
		rc = read_layouts(root, report, err);
	if (!rc)
		rc = report_need_name(root, "declared", report->declared, sizeof(report->declared),
				      err);
	if (!rc)
		rc = json_need_int(root, "rails_want", 0, LAYOUT_CARDS_MAX, &want, err);
	if (!rc)
		rc = json_need_int(root, "rails_pass", 0, NODE_RAILS_MAX, &pass, err);
	report->outcome = (enum outcome)outcome;
	report->rails_want = (unsigned)want;
	report->rails_pass = (unsigned)pass;
	return rc;
}

static int read_node(const struct json *root, struct report *report, struct err *err)
{
	char release[64];
	int rc = json_need_text(root, "efa_layout", release, sizeof(release), err);

	if (!rc)
		rc = report_need_name(root, "node", report->node, sizeof(report->node), err);
	if (!rc)
		rc = report_need_name(root, "instance_type", report->instance_type,
				      sizeof(report->instance_type), err);
	if (!rc)
		rc = json_need_text(root, "boot_id", report->boot_id, sizeof(report->boot_id), err);
	if (!rc)
		rc = json_need_text(root, "kernel", report->kernel, sizeof(report->kernel), err);
	return rc ? rc
		  : json_need_text(root, "efa_driver", report->efa_driver,
				   sizeof(report->efa_driver), err);
}

static int read_head(const struct json *root, struct report *report, struct err *err)
{
	const char *words[SOURCE_QUICK + 1];
	int64_t version, took = 0;
	size_t source = 0;
	int rc = json_need_int(root, "version", REPORT_VERSION, REPORT_VERSION, &version, err);

	for (size_t i = 0; i < COUNT(words); i++)
		words[i] = report_source_text((enum decision_source)i);
	if (!rc)
		rc = read_node(root, report, err);
	if (!rc)
		rc = read_job(root, report, err);
	if (!rc)
		rc = json_need_word(root, "source", words, COUNT(words), &source, err);
	if (!rc)
		rc = json_need_int(root, "at", 0, TIME_MAX, &report->at, err);
	if (!rc)
		rc = report_need_count(root, "at_ms", &report->at_ms, err);
	if (!rc)
		rc = json_need_int(root, "took_ms", 0, UINT_MAX, &took, err);
	report->source = (enum decision_source)source;
	report->took_ms = (unsigned)took;
	return rc;
}

static int read_report(const struct json *root, struct report *report, struct err *err)
{
	static const char *const keys[] = {"version",
					   "efa_layout",
					   "node",
					   "instance_type",
					   "boot_id",
					   "kernel",
					   "efa_driver",
					   "job",
					   "source",
					   "at",
					   "at_ms",
					   "took_ms",
					   "test",
					   "outcome",
					   "sentence",
					   "layouts",
					   "declared",
					   "rails_want",
					   "rails_pass",
					   "decision",
					   "policy",
					   "findings",
					   "findings_dropped",
					   "rails",
					   "pairs"};
	int rc = json_only_keys(root, keys, COUNT(keys), err);

	if (!rc)
		rc = read_head(root, report, err);
	if (!rc)
		rc = read_test(root, report, err);
	if (!rc)
		rc = read_verdict(root, report, err);
	if (!rc)
		rc = read_decision(root, &report->decision, err);
	if (!rc)
		rc = read_policy(root, report, err);
	if (!rc)
		rc = report_read_findings(root, &report->findings, err);
	if (!rc)
		rc = report_read_rails(root, report, err);
	return rc ? rc : report_read_pairs(root, report, err);
}

int report_load(const char *path, enum file_trust trust, struct report *ret_report, struct err *err)
{
	cleanup_json_doc struct json_doc *doc = NULL;
	cleanup_free struct report *report = calloc(1, sizeof(*report));
	cleanup_free char *text = NULL;
	const struct json *root;
	size_t size;
	int rc;

	if (!report)
		return err_set(err, -ENOMEM, "%s: out of memory", path);
	rc = file_read(path, REPORT_BYTES_MAX, trust, &text, &size, err);
	if (!rc)
		rc = json_doc_parse(path, text, size, &doc, err);
	if (!rc)
		rc = json_doc_root(doc, &root, err);
	if (!rc)
		rc = read_report(root, report, err);
	if (!rc)
		*ret_report = *report;
	return rc;
}
