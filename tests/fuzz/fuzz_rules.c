/* SPDX-License-Identifier: Apache-2.0 */
/* A file of environment rules over a set that has some: read, written again, reduced to a node. */
#include <string.h>

#include "env_rules.h"
#include "json.h"
#include "kit.h"
#include "sound.h"

static const char base_text[] =
	"{\"environment\": [{\"name\": \"FI_PROVIDER\", \"mode\": \"default\", \"value\": "
	"\"efa\"}, {\"name\": \"FI_EFA_MTU_SIZE\", \"mode\": \"warn\", \"text\": \"t\", "
	"\"when\": {\"empty\": true}}]}";

static struct env_rules base;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct err err;

	(void)argc;
	(void)argv;
	CHECK_OK(env_rules_load(&base, kit_file((const uint8_t *)base_text, sizeof(base_text) - 1),
				FILE_TRUST_OWNER, &err),
		 &err);
	return 0;
}

static void sound_rule(const struct env_rule *rule)
{
	CHECK_PRINTABLE(rule->name);
	CHECK(rule->name[0] && !strchr(rule->name, '=') && strncmp(rule->name, "EFA_LAYOUT", 10));
	CHECK_TEXT(rule->value);
	CHECK_TEXT(rule->text);
	CHECK_PRINTABLE(rule->unless);
	CHECK(rule->mode <= ENV_WARN);
	CHECK((rule->mode == ENV_DEFAULT || rule->mode == ENV_FORCE) == (rule->value[0] != '\0'));
}

/* Written as a file and read again. */
static void reads_the_same(const struct env_rules *rules)
{
	static struct env_rules again;
	struct json_out *out = json_out_new(false);
	const char *text;
	size_t size;
	struct err err;

	CHECK(out);
	json_out_open(out, NULL, '{');
	json_out_open(out, "environment", '[');
	for (size_t i = 0; i < rules->n; i++)
		env_rule_write(out, &rules->v[i]);
	json_out_close(out);
	json_out_close(out);
	CHECK_OK(json_out_done(out, &text, &size, &err), &err);
	memset(&again, 0, sizeof(again));
	CHECK_OK(env_rules_load(&again, kit_file((const uint8_t *)text, size), FILE_TRUST_OWNER,
				&err),
		 &err);
	json_out_free(out);
	CHECK(again.n == rules->n);
	for (size_t i = 0; i < rules->n; i++)
		sound_same_rule(&rules->v[i], &again.v[i]);
}

static void reduced(const struct env_rules *rules)
{
	static const char *const versions[] = {"", "1.17", "2.1.0", "2.4"};
	static struct env_rules kept;

	for (unsigned i = 0; i < 2 * sizeof(versions) / sizeof(versions[0]); i++) {
		memset(&kept, 0x5a, sizeof(kept));
		env_rules_reduce(rules, versions[i / 2], i % 2, &kept);
		CHECK(kept.n <= rules->n);
		for (size_t j = 0; j < kept.n; j++) {
			sound_rule(&kept.v[j]);
			CHECK(!kept.v[j].libfabric_min && !kept.v[j].libfabric_below);
			CHECK(!kept.v[j].when_accel);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct env_rules rules;
	struct err err = {""};
	int rc;

	rules = base;
	rc = env_rules_load(&rules, kit_file(data, size), FILE_TRUST_OWNER, &err);
	if (rc) {
		kit_refused(rc, &err);
		CHECK(!memcmp(&rules, &base, sizeof(rules)));
		return 0;
	}
	CHECK(rules.n <= ENV_RULES_MAX);
	for (size_t i = 0; i < rules.n; i++)
		sound_rule(&rules.v[i]);
	reads_the_same(&rules);
	reduced(&rules);
	return 0;
}
