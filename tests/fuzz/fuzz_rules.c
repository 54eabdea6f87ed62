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

static void sound_when(const struct env_when *when)
{
	char words[ENV_WHEN_TEXT];

	CHECK_PRINTABLE(when->provider);
	CHECK_PRINTABLE(when->family);
	CHECK_PRINTABLE(when->mpi);
	CHECK_PRINTABLE(when->with);
	CHECK_PRINTABLE(when->unless);
	CHECK_TEXT(when->is);
	CHECK(!when->with[0] || env_is_variable(when->with));
	CHECK(!when->unless[0] || env_is_variable(when->unless));
	CHECK(when->accel <= ENV_ACCEL_NEURON && when->rdma_read <= ENV_TRUE);
	CHECK(when->narrow <= ENV_TRUE && when->rails <= ENV_TRUE && when->on <= ENV_TRUE);
	CHECK(when->empty <= ENV_TRUE && !(when->affinity & ~0x3eu));
	env_when_text(when, words);
	kit_text(words, sizeof(words));
	/* Nothing is cut off, and no conditions are no words. */
	CHECK(strlen(words) < sizeof(words) - 1);
	CHECK(env_when_is_none(when) == !words[0]);
}

static void sound_rule(const struct env_rule *rule)
{
	CHECK_PRINTABLE(rule->name);
	CHECK(env_is_variable(rule->name) && strncmp(rule->name, "EFA_LAYOUT", 10));
	CHECK_TEXT(rule->value);
	CHECK_TEXT(rule->text);
	CHECK_PRINTABLE(rule->source);
	CHECK(rule->mode <= ENV_WARN);
	CHECK((rule->mode == ENV_DEFAULT || rule->mode == ENV_FORCE) == (rule->value[0] != '\0'));
	sound_when(&rule->when);
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
	static const struct env_node nodes[] = {
		{.instance_type = ""},
		{.instance_type = "p5.48xlarge",
		 .kernel = "5.10.228",
		 .provider = "efa",
		 .gpu = true,
		 .rdma_read = ENV_TRUE},
		{.instance_type = "trn2.48xlarge",
		 .kernel = "6.1.0",
		 .provider = "tcp",
		 .neuron = true,
		 .rdma_read = ENV_FALSE},
	};
	static struct env_rules kept, again;

	for (unsigned i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		memset(&kept, 0x5a, sizeof(kept));
		env_rules_reduce(rules, &nodes[i], &kept);
		CHECK(kept.n <= rules->n);
		for (size_t j = 0; j < kept.n; j++) {
			struct env_when against;

			sound_rule(&kept.v[j]);
			env_when_against(&kept.v[j].when, &nodes[(i + 1) % 3], &against);
			CHECK(env_when_is_none(&against));
		}
		/* What has been settled stays so, on whatever node. */
		env_rules_reduce(&kept, &nodes[(i + 1) % 3], &again);
		CHECK(!memcmp(&kept, &again, sizeof(kept)));
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
