/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A node whose files an input has edited (tree.h says how): scanned, joined with its facts, judged
 * with every shipped layout, and put back as it was.
 */
#include <stdlib.h>
#include <string.h>

#include "eni_facts.h"
#include "kit.h"
#include "layout_match.h"
#include "nodes.h"
#include "sound.h"
#include "text.h"
#include "tree.h"

#define LOOK_EVERY 256 /* inputs between two looks at whether the tree is as it was */

static char root[128];
static struct inventory base; /* of the tree without edits */

static void scan_base(struct inventory *ret_inv)
{
	struct err err = {""};

	memset(ret_inv, 0, sizeof(*ret_inv));
	CHECK_OK(inventory_scan(root, ret_inv, &err), &err);
}

static bool recognized(const struct inventory *inv, const char *layout)
{
	const char *names[LAYOUT_NAMES_MAX];
	const struct layout *nearest;
	size_t n = layout_recognize(nodes_layouts(), type_find(nodes_types(), inv->instance_type),
				    inv, names, LAYOUT_NAMES_MAX, &nearest);

	return n == 1 && !strcmp(names[0], layout);
}

/* A tree that is not what it should be would make all inputs alike. */
static void look_at_base(void)
{
	static struct inventory inv;
	static struct eni_facts facts;
	struct err err = {""};

	scan_base(&base);
	inv = base;
	CHECK_OK(inventory_detail(root, &inv, &err), &err);
	CHECK(inv.n_rails == 2 && inv.n_enas == 2 && inv.n_accels == 1 && inv.n_foreign == 1);
	CHECK(inv.n_numa == 2 && inv.n_ports == 1 && inv.ports[0].bus == 24);
	for (unsigned i = 0; i < 2; i++) {
		CHECK(inv.rails[i].stage == RAIL_USABLE && inv.rails[i].has_mac);
		CHECK(inv.rails[i].gbps == 100 && inv.rails[i].link.speed == 16000);
		CHECK(inv.enas[i].n_addresses == 2 - i);
	}
	CHECK_OK(eni_facts_load(kit_path("run/efa-layout/enis.json"), FILE_TRUST_OWNER, inv.boot_id,
				&facts, &err),
		 &err);
	inventory_join(&inv, &facts);
	CHECK(recognized(&inv, "all-efa"));
	CHECK(inv.enas[0].default_route && inv.memlock == LIMIT_NONE && inv.huge_pages == 5128);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	CHECK(!text_format(root, sizeof(root), "%s", kit_dir()));
	tree_spec();
	tree_make(root);
	look_at_base();
	return 0;
}

/* What is only worth showing. */
static void detail(struct inventory *inv)
{
	static struct inventory before;
	struct err err = {""};
	int rc;

	before = *inv;
	rc = inventory_detail(root, inv, &err);
	if (!rc)
		return;
	kit_refused(rc, &err);
	CHECK(!memcmp(inv, &before, sizeof(before)));
}

static void judge(struct inventory *inv)
{
	static struct eni_facts facts;
	struct err err = {""};
	int rc;

	memset(&facts, 0, sizeof(facts));
	rc = eni_facts_load(kit_path("run/efa-layout/enis.json"), FILE_TRUST_OWNER, inv->boot_id,
			    &facts, &err);
	if (rc)
		kit_refused(rc, &err);
	detail(inv);
	inventory_join(inv, &facts);
	if (!rc)
		sound_facts(&inv->facts, inv);
	sound_judge(inv, nodes_layouts(), type_find(nodes_types(), inv->instance_type));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct inventory inv, before;
	static unsigned count;
	struct err err = {""};
	int rc;

	memset(&before, 0x5a, sizeof(before));
	before.origin[PART_FACTS][0] = '\0'; /* not the scan's */
	inv = before;
	tree_edit(data, size);
	rc = inventory_scan(root, &inv, &err);
	if (rc) {
		kit_refused(rc, &err);
		CHECK(!memcmp(&inv, &before, sizeof(inv)));
	} else {
		CHECK(!memcmp(&inv.facts, &before.facts, sizeof(inv.facts)));
		judge(&inv);
	}
	tree_undo();
	if (++count % LOOK_EVERY == 0) {
		scan_base(&inv);
		CHECK(!memcmp(&inv, &base, sizeof(inv)));
	}
	return 0;
}
