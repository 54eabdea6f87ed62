/* SPDX-License-Identifier: Apache-2.0 */
#include "node_json.h"

#include <stdio.h>

#include "json_values.h"
#include "node_text.h"
#include "report.h"

void node_json_head(struct json_out *out, const struct check *check)
{
	const struct inventory *inv = &check->inv;

	json_out_open(out, "node", '{');
	json_write_text(out, "instance_type", inv->instance_type);
	json_out_bool(out, "type_known", check->type != NULL);
	json_write_text(out, "instance_id", inv->instance_id);
	json_write_text(out, "boot_id", inv->boot_id);
	json_write_text(out, "kernel", inv->kernel);
	json_write_text(out, "efa_driver", inv->efa_driver);
	json_out_bool(out, "facts_known", inv->facts.known);
	json_write_text(out, "facts_problem", check->facts_problem);
	json_write_text(out, "libfabric", inv->libfabric);
	if (inv->memlock == LIMIT_NONE)
		json_out_string(out, "memlock", "unlimited");
	else
		json_write_index(out, "memlock", inv->memlock);
	json_write_index(out, "huge_pages", inv->huge_pages);
	json_write_index(out, "huge_pages_free", inv->huge_pages_free);
	json_out_close(out);
}

void node_json_origins(struct json_out *out, const struct inventory *inv)
{
	json_out_open(out, "origins", '{');
	for (enum inventory_part part = 0; part < INVENTORY_PARTS; part++)
		json_write_text(out, inventory_part_text(part), inv->origin[part]);
	json_out_close(out);
}

void node_json_layouts(struct json_out *out, const struct verdict *verdict)
{
	json_out_open(out, "layouts", '[');
	for (size_t i = 0; i < verdict->n_layouts; i++)
		json_out_string(out, NULL, verdict->layouts[i]);
	json_out_close(out);
	json_write_text(out, "declared", verdict->declared);
}

static void write_want(struct json_out *out, const char *key, enum function_want want)
{
	if (want == WANT_ANY)
		json_out_string(out, key, "any");
	else
		json_out_bool(out, key, want == WANT_YES);
}

static void write_card(struct json_out *out, const struct verdict *verdict, unsigned i)
{
	const struct card_view *card = &verdict->cards[i];

	json_out_open(out, NULL, '{');
	json_out_int(out, "card", i);
	json_out_open(out, "want", '{');
	write_want(out, "efa", card->want_efa);
	write_want(out, "ena", card->want_ena);
	write_want(out, "paired", card->want_paired);
	json_out_close(out);
	if (verdict->basis == BASIS_CARDS) {
		json_out_open(out, "found", '{');
		json_out_bool(out, "efa", card->has_efa);
		json_out_bool(out, "ena", card->has_ena);
		json_out_bool(out, "paired", card->paired);
		json_out_close(out);
	} else {
		json_out_null(out, "found");
	}
	json_out_bool(out, "differs", card->differs);
	json_out_close(out);
}

void node_json_cards(struct json_out *out, const struct verdict *verdict)
{
	json_out_string(out, "basis", verdict->n_cards ? match_basis_text(verdict->basis) : NULL);
	json_out_open(out, "cards", '[');
	for (unsigned i = 0; i < verdict->n_cards; i++)
		write_card(out, verdict, i);
	json_out_close(out);
}

static void write_result(struct json_out *out, const struct rail *rail, size_t i,
			 const struct probe_result *result, const struct extra_result *extras)
{
	json_out_open(out, NULL, '{');
	json_out_int(out, "index", (int64_t)i);
	json_write_text(out, "rdma_name", rail->rdma_name);
	json_write_pci(out, "pci", &rail->pci);
	json_write_index(out, "card_index", rail->card_index);
	json_out_string(out, "state", probe_state_text(result->state));
	json_out_string(out, "step",
			result->state == PROBE_NOT_TESTED ? NULL : probe_step_text(result->step));
	json_out_int(out, "fi_error", result->fi_error);
	json_out_int(out, "prov_error", result->prov_error);
	json_write_text(out, "text", result->text);
	json_out_int(out, "bytes", (int64_t)result->bytes);
	json_out_int(out, "tx_bytes", (int64_t)result->tx_bytes);
	json_out_int(out, "rx_bytes", (int64_t)result->rx_bytes);
	json_out_int(out, "packets", (int64_t)result->packets);
	json_out_int(out, "packets_lost", (int64_t)result->lost);
	json_out_int(out, "open_ms", result->open_ms);
	json_out_int(out, "total_ms", result->total_ms);
	json_out_bool(out, "retried", result->retried);
	if (result->rdma_read == PROBE_UNKNOWN)
		json_out_null(out, "rdma_read");
	else
		json_out_bool(out, "rdma_read", result->rdma_read == PROBE_YES);
	report_write_extras(out, extras);
	json_out_close(out);
}

void node_json_probe(struct json_out *out, const struct check *check)
{
	const struct probe_report *report = &check->report;

	if (!check->probed) {
		json_out_null(out, "probe");
		return;
	}
	json_out_open(out, "probe", '{');
	json_out_string(out, "outcome", probe_outcome_text(report->outcome));
	json_write_text(out, "text", report->text);
	json_write_text(out, "libfabric", report->libfabric);
	json_write_text(out, "provider", report->provider);
	json_write_text(out, "fabric", report->fabric);
	json_out_int(out, "elapsed_ms", report->elapsed_ms);
	json_out_open(out, "rails", '[');
	for (size_t i = 0; i < report->n; i++)
		write_result(out, &check->inv.rails[i], i, &report->v[i], report->extras[i]);
	json_out_close(out);
	report_write_pairs(out, report->pairs, report->n_pairs);
	json_out_close(out);
}

void node_json_findings(struct json_out *out, const struct findings *findings)
{
	json_out_open(out, "findings", '[');
	for (size_t i = 0; i < findings->n; i++) {
		const struct finding *finding = &findings->v[i];

		json_out_open(out, NULL, '{');
		json_out_string(out, "code", finding->code->code);
		json_out_string(out, "severity", finding_severity_text(finding->code->severity));
		json_out_string(out, "owner", finding_owner_text(finding->code->owner));
		json_out_string(out, "title", finding->code->title);
		json_write_text(out, "subject", finding->subject);
		json_write_text(out, "expected", finding->expected);
		json_write_text(out, "found", finding->found);
		json_write_text(out, "evidence", finding->evidence);
		json_out_string(out, "remedy", finding->code->remedy);
		json_write_index(out, "rail", finding->rail);
		json_write_index(out, "card_index", finding->card_index);
		json_out_close(out);
	}
	json_out_close(out);
	json_out_int(out, "findings_dropped", (int64_t)findings->dropped);
}

void node_json_show(struct json_out *out, const struct check *check)
{
	node_json_head(out, check);
	node_json_origins(out, &check->inv);
	node_json_layouts(out, &check->verdict);
	node_json_cards(out, &check->verdict);
	node_json_inventory(out, &check->inv);
}

int node_json_print(struct json_out *out)
{
	struct err err = {""};
	const char *text;
	size_t size;
	int rc;

	rc = json_out_done(out, &text, &size, &err);
	if (rc)
		fprintf(stderr, "efa-layout: %s\n", err.text);
	else
		fwrite(text, 1, size, stdout);
	json_out_free(out);
	return rc ? -1 : 0;
}
