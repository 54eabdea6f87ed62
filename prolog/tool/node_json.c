/* SPDX-License-Identifier: Apache-2.0 */
#include "node_json.h"

#include <stdio.h>

#include "json.h"
#include "node_text.h"
#include "text.h"

static void write_text(struct json_out *out, const char *key, const char *text)
{
	json_out_string(out, key, text[0] ? text : NULL);
}

static void write_index(struct json_out *out, const char *key, int index)
{
	if (index < 0)
		json_out_null(out, key);
	else
		json_out_int(out, key, index);
}

static void write_pci(struct json_out *out, const char *key, const struct pci_addr *pci)
{
	char text[PCI_ADDR_TEXT];

	json_out_string(out, key, pci_addr_format(pci, text));
}

static void write_mac(struct json_out *out, bool has_mac, const struct mac *mac)
{
	char text[MAC_TEXT];

	json_out_string(out, "mac", has_mac ? mac_format(mac, text) : NULL);
}

/* Where an interface sits. */
static void write_place(struct json_out *out, int card_index, int device_index, const char *eni_id)
{
	write_index(out, "card_index", card_index);
	write_index(out, "device_index", device_index);
	write_text(out, "eni_id", eni_id);
}

static void write_rail(struct json_out *out, const struct inventory *inv, size_t i)
{
	const struct rail *rail = &inv->rails[i];

	json_out_open(out, NULL, '{');
	json_out_int(out, "index", (int64_t)i);
	json_out_string(out, "kind", interface_kind_text(rail_kind(rail)));
	write_text(out, "rdma_name", rail->rdma_name);
	json_out_string(out, "stage", rail_stage_text(rail->stage));
	write_pci(out, "pci", &rail->pci);
	write_index(out, "numa_node", rail->numa_node);
	write_text(out, "driver", rail->driver);
	write_index(out, "uverbs", rail->uverbs);
	write_mac(out, rail->has_mac, &rail->mac);
	write_place(out, rail->card_index, rail->device_index, rail->eni_id);
	json_out_string(out, "netdev",
			rail->ena >= 0 && inv->enas[rail->ena].netdev[0]
				? inv->enas[rail->ena].netdev
				: NULL);
	write_index(out, "ena", rail->ena);
	json_out_close(out);
}

static void write_ena(struct json_out *out, const struct inventory *inv, size_t i)
{
	const struct ena *ena = &inv->enas[i];

	json_out_open(out, NULL, '{');
	json_out_int(out, "index", (int64_t)i);
	write_text(out, "netdev", ena->netdev);
	write_pci(out, "pci", &ena->pci);
	write_index(out, "numa_node", ena->numa_node);
	write_text(out, "driver", ena->driver);
	write_text(out, "operstate", ena->operstate);
	write_mac(out, ena->has_mac, &ena->mac);
	write_place(out, ena->card_index, ena->device_index, ena->eni_id);
	json_out_bool(out, "default_route", ena->default_route);
	json_out_bool(out, "primary", ena == inventory_primary_ena(inv));
	write_index(out, "rail", ena_rail(inv, (int)i));
	json_out_close(out);
}

static void write_eni(struct json_out *out, const struct eni *eni)
{
	json_out_open(out, NULL, '{');
	json_out_string(out, "eni_id", eni->id);
	write_mac(out, true, &eni->mac);
	write_index(out, "card_index", eni->card_index);
	write_index(out, "device_index", eni->device_index);
	json_out_bool(out, "has_ip", eni->has_ip);
	write_index(out, "rail", eni->rail);
	write_index(out, "ena", eni->ena);
	json_out_close(out);
}

static void write_accel(struct json_out *out, const struct accel *accel, size_t i)
{
	json_out_open(out, NULL, '{');
	json_out_int(out, "index", (int64_t)i);
	json_out_string(out, "kind", accel_kind_text(accel->kind));
	write_pci(out, "pci", &accel->pci);
	write_index(out, "numa_node", accel->numa_node);
	json_out_close(out);
}

static void write_foreign(struct json_out *out, const struct foreign *foreign)
{
	json_out_open(out, NULL, '{');
	json_out_string(out, "rdma_name", foreign->rdma_name);
	write_text(out, "driver", foreign->driver);
	write_pci(out, "pci", &foreign->pci);
	json_out_close(out);
}

static void write_numa(struct json_out *out, const struct inventory *inv)
{
	char cpus[2 * CPU_LIST_MAX];

	json_out_open(out, "numa", '[');
	for (size_t i = 0; i < inv->n_numa; i++) {
		json_out_open(out, NULL, '{');
		json_out_int(out, "node", inv->numa[i].node);
		if (cpu_list_format(&inv->numa[i].cpus, cpus, sizeof(cpus)))
			json_out_null(out, "cpus");
		else
			json_out_string(out, "cpus", cpus);
		json_out_close(out);
	}
	json_out_close(out);
}

void node_json_head(struct json_out *out, const struct check *check)
{
	const struct inventory *inv = &check->inv;

	json_out_open(out, "node", '{');
	write_text(out, "instance_type", inv->instance_type);
	json_out_bool(out, "type_known", check->type != NULL);
	write_text(out, "instance_id", inv->instance_id);
	write_text(out, "boot_id", inv->boot_id);
	write_text(out, "kernel", inv->kernel);
	write_text(out, "efa_driver", inv->efa_driver);
	json_out_bool(out, "facts_known", inv->facts.known);
	write_text(out, "facts_problem", check->facts_problem);
	json_out_close(out);
}

void node_json_inventory(struct json_out *out, const struct inventory *inv)
{
	json_out_open(out, "rails", '[');
	for (size_t i = 0; i < inv->n_rails; i++)
		write_rail(out, inv, i);
	json_out_close(out);
	json_out_open(out, "enas", '[');
	for (size_t i = 0; i < inv->n_enas; i++)
		write_ena(out, inv, i);
	json_out_close(out);
	json_out_open(out, "enis", '[');
	for (size_t i = 0; inv->facts.known && i < inv->facts.n_enis; i++)
		write_eni(out, &inv->facts.enis[i]);
	json_out_close(out);
	json_out_open(out, "accelerators", '[');
	for (size_t i = 0; i < inv->n_accels; i++)
		write_accel(out, &inv->accels[i], i);
	json_out_close(out);
	json_out_open(out, "foreign", '[');
	for (size_t i = 0; i < inv->n_foreign; i++)
		write_foreign(out, &inv->foreign[i]);
	json_out_close(out);
	write_numa(out, inv);
}

void node_json_layouts(struct json_out *out, const struct verdict *verdict)
{
	json_out_open(out, "layouts", '[');
	for (size_t i = 0; i < verdict->n_layouts; i++)
		json_out_string(out, NULL, verdict->layouts[i]);
	json_out_close(out);
	write_text(out, "declared", verdict->declared);
}

static void write_result(struct json_out *out, const struct rail *rail, size_t i,
			 const struct probe_result *result)
{
	json_out_open(out, NULL, '{');
	json_out_int(out, "index", (int64_t)i);
	write_text(out, "rdma_name", rail->rdma_name);
	write_pci(out, "pci", &rail->pci);
	write_index(out, "card_index", rail->card_index);
	json_out_string(out, "state", probe_state_text(result->state));
	json_out_string(out, "step",
			result->state == PROBE_NOT_TESTED ? NULL : probe_step_text(result->step));
	json_out_int(out, "fi_error", result->fi_error);
	json_out_int(out, "prov_error", result->prov_error);
	write_text(out, "text", result->text);
	json_out_int(out, "bytes", (int64_t)result->bytes);
	json_out_int(out, "tx_bytes", (int64_t)result->tx_bytes);
	json_out_int(out, "rx_bytes", (int64_t)result->rx_bytes);
	json_out_int(out, "open_ms", result->open_ms);
	json_out_int(out, "total_ms", result->total_ms);
	json_out_bool(out, "retried", result->retried);
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
	write_text(out, "text", report->text);
	write_text(out, "libfabric", report->libfabric);
	write_text(out, "provider", report->provider);
	write_text(out, "fabric", report->fabric);
	json_out_int(out, "elapsed_ms", report->elapsed_ms);
	json_out_open(out, "rails", '[');
	for (size_t i = 0; i < report->n; i++)
		write_result(out, &check->inv.rails[i], i, &report->v[i]);
	json_out_close(out);
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
		write_text(out, "subject", finding->subject);
		write_text(out, "expected", finding->expected);
		write_text(out, "found", finding->found);
		write_text(out, "evidence", finding->evidence);
		json_out_string(out, "remedy", finding->code->remedy);
		write_index(out, "rail", finding->rail);
		write_index(out, "card_index", finding->card_index);
		json_out_close(out);
	}
	json_out_close(out);
	json_out_int(out, "findings_dropped", (int64_t)findings->dropped);
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
