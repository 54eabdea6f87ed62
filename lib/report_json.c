/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a report; report_read.c reads it. */
#include "report.h"

#include <errno.h>

#include "efa_layout_config.h"
#include "json.h"
#include "json_values.h"
#include "report_impl.h"

static void put_count(struct json_out *out, const char *key, uint64_t count)
{
	json_out_int(out, key, count > INT64_MAX ? INT64_MAX : (int64_t)count);
}

static void put_setting(struct json_out *out, const char *key, const struct policy_value *value)
{
	if (!value->name[0]) {
		json_out_null(out, key);
		return;
	}
	json_out_open(out, key, '{');
	json_out_string(out, "name", value->name);
	json_out_string(out, "value", value->value);
	json_write_text(out, "file", value->file);
	json_write_index(out, "line", value->line ? (int64_t)value->line : -1);
	json_out_close(out);
}

static void put_depth(struct json_out *out, const char *key, enum check_depth depth)
{
	json_out_string(out, key, depth == CHECK_AUTO ? NULL : check_depth_text(depth));
}

static void put_check(struct json_out *out, const struct report_check *check)
{
	json_out_open(out, "check", '{');
	put_depth(out, "asked", check->asked);
	put_depth(out, "wanted", check->wanted);
	put_depth(out, "done", check->done);
	put_setting(out, "setting", &check->setting);
	json_out_close(out);
}

static void put_job(struct json_out *out, const struct report *report)
{
	if (!report->job) {
		json_out_null(out, "job");
		return;
	}
	json_out_open(out, "job", '{');
	json_out_int(out, "id", report->job);
	json_out_int(out, "uid", report->uid);
	json_write_text(out, "asked", report->asked);
	json_out_bool(out, "checked", report->checked);
	put_check(out, &report->check);
	json_out_close(out);
}

static void put_test(struct json_out *out, const struct report *report)
{
	json_out_open(out, "test", '{');
	json_write_index(out, "at", report->tested_at ? report->tested_at : -1);
	json_write_index(out, "at_ms", report->tested_ms ? (int64_t)report->tested_ms : -1);
	json_write_index(out, "took_ms", report->test_ms ? (int64_t)report->test_ms : -1);
	json_write_text(out, "key", report->key);
	json_out_string(out, "outcome",
			report->probed ? probe_outcome_text(report->test_outcome) : NULL);
	json_write_text(out, "problem", report->test_problem);
	json_write_text(out, "libfabric", report->libfabric);
	json_write_text(out, "provider", report->provider);
	json_write_text(out, "fabric", report->fabric);
	json_out_close(out);
}

static void put_decision(struct json_out *out, const struct report_decision *decision)
{
	json_out_open(out, "decision", '{');
	json_out_string(out, "wanted", policy_action_text(decision->wanted));
	json_out_string(out, "done", policy_action_text(decision->done));
	json_write_text(out, "did", decision->did);
	json_write_text(out, "limited", decision->limited);
	json_write_text(out, "trouble", decision->trouble);
	put_setting(out, "setting", &decision->setting);
	put_setting(out, "enforce", &decision->enforce);
	json_out_close(out);
}

static void put_finding(struct json_out *out, const struct finding *finding)
{
	const struct finding_code *code = finding->code;

	json_out_open(out, NULL, '{');
	json_out_string(out, "code", code->code);
	json_out_string(out, "severity", finding_severity_text(code->severity));
	json_out_string(out, "owner", finding_owner_text(code->owner));
	json_out_string(out, "title", code->title);
	json_write_text(out, "subject", finding->subject);
	json_write_text(out, "expected", finding->expected);
	json_write_text(out, "found", finding->found);
	json_write_text(out, "evidence", finding->evidence);
	json_out_string(out, "remedy", code->remedy);
	json_write_index(out, "rail", finding->rail);
	json_write_index(out, "card_index", finding->card_index);
	json_out_close(out);
}

static void put_findings(struct json_out *out, const struct findings *findings)
{
	json_out_open(out, "findings", '[');
	for (size_t i = 0; i < findings->n; i++)
		put_finding(out, &findings->v[i]);
	json_out_close(out);
	put_count(out, "findings_dropped", findings->dropped);
}

static void put_rail(struct json_out *out, const struct report_rail *rail)
{
	const struct probe_result *test = &rail->test;
	bool tested = rail->usable && test->state != PROBE_NOT_TESTED;
	char pci[PCI_ADDR_TEXT];

	json_out_open(out, NULL, '{');
	json_write_text(out, "name", rail->name);
	json_out_string(out, "pci", pci_addr_format(&rail->pci, pci));
	json_write_index(out, "card_index", rail->card_index);
	json_out_string(out, "state", report_rail_text(rail));
	json_out_string(out, "step", tested ? probe_step_text(test->step) : NULL);
	json_out_int(out, "fi_error", test->fi_error);
	json_out_int(out, "prov_error", test->prov_error);
	json_write_text(out, "text", test->text);
	put_count(out, "bytes", test->bytes);
	put_count(out, "tx_bytes", test->tx_bytes);
	put_count(out, "rx_bytes", test->rx_bytes);
	put_count(out, "packets", test->packets);
	put_count(out, "packets_lost", test->lost);
	json_out_int(out, "open_ms", test->open_ms);
	json_out_int(out, "total_ms", test->total_ms);
	json_out_bool(out, "retried", test->retried);
	if (test->rdma_read == PROBE_UNKNOWN)
		json_out_null(out, "rdma_read");
	else
		json_out_bool(out, "rdma_read", test->rdma_read == PROBE_YES);
	report_write_extras(out, rail->extras);
	json_out_close(out);
}

static void put_verdict(struct json_out *out, const struct report *report)
{
	json_out_string(out, "outcome", outcome_text(report->outcome));
	json_write_text(out, "sentence", report->sentence);
	json_out_open(out, "layouts", '[');
	for (size_t i = 0; i < report->n_layouts; i++)
		json_out_string(out, NULL, report->layouts[i]);
	json_out_close(out);
	json_write_text(out, "declared", report->declared);
	json_out_int(out, "rails_want", report->rails_want);
	json_out_int(out, "rails_pass", report->rails_pass);
}

void report_write(struct json_out *out, const char *key, const struct report *report)
{
	json_out_open(out, key, '{');
	json_out_int(out, "version", REPORT_VERSION);
	json_out_string(out, "efa_layout", EFA_LAYOUT_VERSION);
	json_write_text(out, "node", report->node);
	json_write_text(out, "instance_type", report->instance_type);
	json_write_text(out, "boot_id", report->boot_id);
	json_write_text(out, "kernel", report->kernel);
	json_write_text(out, "efa_driver", report->efa_driver);
	put_job(out, report);
	json_out_string(out, "source", report_source_text(report->source));
	json_out_int(out, "at", report->at);
	put_count(out, "at_ms", report->at_ms);
	json_out_int(out, "took_ms", report->took_ms);
	put_test(out, report);
	put_verdict(out, report);
	put_decision(out, &report->decision);
	json_out_open(out, "policy", '{');
	json_write_text(out, "file", report->policy_file);
	json_write_text(out, "hash", report->policy_hash);
	json_out_close(out);
	put_findings(out, &report->findings);
	json_out_open(out, "rails", '[');
	for (size_t i = 0; i < report->n_rails; i++)
		put_rail(out, &report->rails[i]);
	json_out_close(out);
	report_write_pairs(out, report->pairs, report->n_pairs);
	json_out_close(out);
}

int report_save(const char *path, const struct report *report, bool sync, struct err *err)
{
	struct json_out *out = json_out_new(true);
	const char *text;
	size_t size;
	int rc;

	if (!out)
		return err_set(err, -ENOMEM, "%s: out of memory", path);
	report_write(out, NULL, report);
	rc = json_out_done(out, &text, &size, err);
	if (!rc)
		rc = sync ? file_replace(path, text, size, 0644, err)
			  : file_replace_unsynced(path, text, size, 0644, err);
	json_out_free(out);
	return rc;
}
