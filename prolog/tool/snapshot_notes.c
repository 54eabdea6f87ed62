/* SPDX-License-Identifier: Apache-2.0 */
#include "snapshot_notes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cleanup.h"
#include "efa_layout_config.h"
#include "json.h"
#include "json_values.h"
#include "node_json.h"

static const char readme[] =
	"This folder is a node as efa-layout(1) saw it: the files below sys, proc, dev and run "
	"that\n"
	"its inventory is made of. Look at it with\n"
	"\n"
	"    efa-layout show  --root DIR --run-dir DIR/run/efa-layout\n"
	"    efa-layout check --root DIR --run-dir DIR/run/efa-layout --no-probe\n"
	"\n"
	"where DIR is this folder, as the user who owns its files. Nothing of it is tested, and\n"
	"nothing of the machine that you are on is looked at.\n"
	"\n"
	"snapshot.json says when and by which version this was written, whether addresses and "
	"serial\n"
	"numbers were masked (\"masked\"), what could not be read (\"left_out\"), and what "
	"\"efa-layout\n"
	"show --json\" said on the node itself (\"show\").\n";

static void write_time(struct json_out *out)
{
	char text[32];
	time_t now = time(NULL);
	struct tm utc;

	if (!gmtime_r(&now, &utc) || !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc))
		json_out_null(out, "taken");
	else
		json_out_string(out, "taken", text);
}

static void write_masks(struct json_out *out, const struct mask *mask)
{
	json_out_bool(out, "masked", mask != NULL);
	json_out_open(out, "masks", '{');
	for (enum mask_kind kind = 0; mask && kind < MASK_KINDS; kind++)
		json_out_int(out, mask_kind_text(kind), (int64_t)mask_count(mask, kind));
	json_out_close(out);
}

static void write_counts(struct json_out *out, const struct snapshot *snapshot)
{
	json_out_open(out, "counts", '{');
	json_out_int(out, "files", (int64_t)snapshot_count(snapshot, SNAPSHOT_FILE));
	json_out_int(out, "links", (int64_t)snapshot_count(snapshot, SNAPSHOT_LINK));
	json_out_int(out, "pci_functions",
		     (int64_t)snapshot_count_in(snapshot, "sys/bus/pci/devices"));
	json_out_int(out, "rdma_devices",
		     (int64_t)snapshot_count_in(snapshot, "sys/class/infiniband"));
	json_out_int(out, "netdevs", (int64_t)snapshot_count_in(snapshot, "sys/class/net"));
	json_out_close(out);
}

static void write_left_out(struct json_out *out, const struct snapshot *snapshot)
{
	json_out_open(out, "left_out", '[');
	for (size_t i = 0; i < snapshot->n_left_out; i++) {
		json_out_open(out, NULL, '{');
		json_out_string(out, "path", snapshot->left_out[i].path);
		json_out_string(out, "why", snapshot->left_out[i].why);
		json_out_close(out);
	}
	json_out_close(out);
}

static void write_notes(struct json_out *out, const struct snapshot *snapshot,
			const struct snapshot_notes *notes)
{
	json_out_open(out, NULL, '{');
	json_out_int(out, "format", SNAPSHOT_FORMAT);
	json_out_string(out, "program", "efa-layout " EFA_LAYOUT_VERSION);
	write_time(out);
	write_masks(out, notes->mask);
	write_counts(out, snapshot);
	write_left_out(out, snapshot);
	json_write_text(out, "settings_problem", notes->settings);
	json_write_text(out, "inventory_problem", notes->inventory);
	if (notes->seen) {
		json_out_open(out, "show", '{');
		node_json_show(out, notes->check);
		json_out_close(out);
	} else {
		json_out_null(out, "show");
	}
	json_out_close(out);
}

int snapshot_notes_text(const struct snapshot *snapshot, const struct snapshot_notes *notes,
			char **ret_text, struct err *err)
{
	struct json_out *out = json_out_new(true);
	const char *text;
	size_t size;
	int r;

	if (!out)
		return err_set(err, -ENOMEM, "snapshot: out of memory");
	write_notes(out, snapshot, notes);
	r = json_out_done(out, &text, &size, err);
	if (!r) {
		*ret_text = strdup(text);
		r = *ret_text ? 0 : err_set(err, -ENOMEM, "snapshot: out of memory");
	}
	json_out_free(out);
	return r;
}

int snapshot_notes_add(struct snapshot *snapshot, const struct snapshot_notes *notes,
		       struct err *err)
{
	cleanup_free char *text = NULL, *masked = NULL;
	int r = snapshot_notes_text(snapshot, notes, &text, err);

	if (!r && notes->mask)
		r = mask_apply(notes->mask, CONTENT_PLAIN, text, &masked, err);
	if (r)
		return r;
	r = snapshot_add_file(snapshot, "snapshot.json", CONTENT_PLAIN, 0644,
			      masked ? masked : text);
	if (!r)
		r = snapshot_add_file(snapshot, "README", CONTENT_PLAIN, 0644, readme);
	return r ? err_set(err, r, "snapshot: %s", strerror(-r)) : 0;
}
