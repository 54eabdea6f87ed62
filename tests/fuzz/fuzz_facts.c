/* SPDX-License-Identifier: Apache-2.0 */
/* A file of ENI facts: read, joined with nodes, judged, saved, read again. */
#include <string.h>

#include "eni_facts.h"
#include "kit.h"
#include "layout_match.h"
#include "nodes.h"
#include "sound.h"

#define BOOT "8d3f5b7a-1c42-4e8e-9d55-0f6a7b8c9d0e"

static void same(const struct eni_facts *a, const struct eni_facts *b)
{
	CHECK(!strcmp(a->boot_id, b->boot_id));
	CHECK(!strcmp(a->instance_type, b->instance_type));
	CHECK(!strcmp(a->instance_id, b->instance_id));
	CHECK(mac_equal(&a->primary, &b->primary) && a->n_enis == b->n_enis);
	for (size_t i = 0; i < a->n_enis; i++) {
		const struct eni *x = &a->enis[i], *y = &b->enis[i];

		CHECK(mac_equal(&x->mac, &y->mac) && !strcmp(x->id, y->id));
		CHECK(x->card_index == y->card_index && x->device_index == y->device_index);
		CHECK(x->has_ip == y->has_ip && x->rail == y->rail && x->ena == y->ena);
	}
}

static void saved(const struct eni_facts *facts)
{
	static struct eni_facts again;
	struct err err = {""};

	memset(&again, 0x5a, sizeof(again));
	CHECK_OK(eni_facts_save(kit_path("enis.json"), facts, &err), &err);
	CHECK_OK(eni_facts_load(kit_path("enis.json"), FILE_TRUST_OWNER, facts->boot_id, &again,
				&err),
		 &err);
	same(facts, &again);
}

static void joined(const struct eni_facts *facts, unsigned node)
{
	static struct inventory inv;
	const struct instance_type *type;

	inv = *nodes_get(node);
	inventory_join(&inv, facts);
	sound_inventory(&inv);
	sound_facts(&inv.facts, &inv);
	type = type_find(nodes_types(), inv.instance_type);
	for (size_t i = 0; i < nodes_layouts()->n; i++) {
		sound_match(&nodes_layouts()->v[i], type, &inv);
		sound_match(&nodes_layouts()->v[i], NULL, &inv);
	}
	/* Joining once more changes nothing. */
	inventory_join(&inv, &inv.facts);
	sound_facts(&inv.facts, &inv);
}

static bool loaded(const uint8_t *data, size_t size, const char *boot_id,
		   struct eni_facts *ret_facts)
{
	static struct eni_facts before;
	struct err err = {""};
	int rc;

	memset(&before, 0x5a, sizeof(before));
	*ret_facts = before;
	rc = eni_facts_load(kit_file(data, size), FILE_TRUST_OWNER, boot_id, ret_facts, &err);
	if (!rc)
		return true;
	kit_refused(rc, &err);
	CHECK(!memcmp(ret_facts, &before, sizeof(before)));
	return false;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char good[] =
		"{\"boot_id\": \"" BOOT "\", \"instance_type\": \"p5.48xlarge\", "
		"\"instance_id\": \"i-01234567\", \"primary\": \"06:4e:fa:10:00:00\", "
		"\"interfaces\": [{\"mac\": \"06:4e:fa:10:00:00\", \"id\": \"eni-01234567\", "
		"\"card\": 63, \"device\": 255, \"ip\": true}]}";
	static struct eni_facts facts;

	(void)argc;
	(void)argv;
	kit_dir();
	CHECK(loaded((const uint8_t *)good, sizeof(good) - 1, BOOT, &facts));
	CHECK(facts.n_enis == 1 && facts.enis[0].card_index == 63);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct eni_facts facts;

	if (!loaded(data, size, "", &facts))
		return 0;
	sound_facts(&facts, NULL);
	saved(&facts);
	for (unsigned node = 0; node < NODES_N; node++)
		joined(&facts, node);
	/* Facts of another boot are refused. */
	if (loaded(data, size, BOOT, &facts))
		CHECK(!strcmp(facts.boot_id, BOOT));
	else
		CHECK(loaded(data, size, "", &facts) && strcmp(facts.boot_id, BOOT) != 0);
	return 0;
}
