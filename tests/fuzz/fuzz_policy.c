/* SPDX-License-Identifier: Apache-2.0 */
/* A site's settings: read, written as a file again, read again. */
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "kit.h"
#include "policy.h"
#include "text.h"

static void sound_policy(const struct policy *policy)
{
	CHECK(strlen(policy->hash) == 16);
	CHECK(text_is_name(policy->layout_declared, NAME_TEXT - 1));
	CHECK(text_is_name(policy->layout_default, NAME_TEXT - 1));
	CHECK(strcmp(policy->layout_declared, "any") && strcmp(policy->layout_declared, "none"));
	CHECK(strcmp(policy->layout_default, "auto") && strcmp(policy->layout_default, "help"));
	CHECK(policy->layout_allow_none || strcmp(policy->layout_default, "none"));
	CHECK(text_is_name(policy->provider, NAME_TEXT - 1));
	CHECK(policy->open_ms <= policy->budget_ms && policy->rail_ms <= policy->budget_ms);
	CHECK(policy->late_ms < policy->budget_ms && policy->budget_ms <= 3600000);
	CHECK(policy->on_faulty <= ACTION_REFUSE && policy->on_degraded <= ACTION_REFUSE);
	CHECK(policy->on_fabric <= ACTION_REFUSE && policy->on_unknown <= ACTION_REFUSE);
	CHECK(policy->affinity_default <= AFFINITY_NONE);
}

static void write_check(struct json_out *out, const struct policy *policy)
{
	json_out_open(out, "check", '{');
	json_out_int(out, "budget_ms", policy->budget_ms);
	json_out_int(out, "open_ms", policy->open_ms);
	json_out_int(out, "rail_ms", policy->rail_ms);
	json_out_int(out, "late_ms", policy->late_ms);
	json_out_int(out, "workers", policy->workers);
	json_out_int(out, "cache_ttl_s", policy->cache_ttl_s);
	json_out_string(out, "provider", policy->provider);
	json_out_close(out);
}

static void write_policy(struct json_out *out, const struct policy *policy)
{
	json_out_open(out, NULL, '{');
	json_out_open(out, "layout", '{');
	json_out_string(out, "declared", policy->layout_declared);
	json_out_string(out, "default", policy->layout_default);
	json_out_bool(out, "allow_none", policy->layout_allow_none);
	json_out_close(out);
	write_check(out, policy);
	json_out_open(out, "action", '{');
	json_out_string(out, "faulty", policy_action_text(policy->on_faulty));
	json_out_string(out, "degraded", policy_action_text(policy->on_degraded));
	json_out_string(out, "fabric", policy_action_text(policy->on_fabric));
	json_out_string(out, "unknown", policy_action_text(policy->on_unknown));
	json_out_close(out);
	json_out_open(out, "environment", '{');
	json_out_string(out, "affinity", affinity_text(policy->affinity_default));
	json_out_bool(out, "set", policy->environment);
	json_out_close(out);
	json_out_close(out);
}

/* The hash is over all settings: equal hashes are equal settings. */
static void reads_the_same(const struct policy *policy)
{
	struct json_out *out = json_out_new(true);
	struct policy again;
	const char *text;
	size_t size;
	struct err err;

	CHECK(out);
	write_policy(out, policy);
	CHECK_OK(json_out_done(out, &text, &size, &err), &err);
	memset(&again, 0x5a, sizeof(again));
	CHECK_OK(policy_load(kit_file((const uint8_t *)text, size), FILE_TRUST_OWNER, &again, &err),
		 &err);
	CHECK(!strcmp(again.hash, policy->hash));
	json_out_free(out);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct policy policy;

	(void)argc;
	(void)argv;
	policy_defaults(&policy);
	reads_the_same(&policy);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct policy policy, before;
	struct err err = {""};
	int rc;

	memset(&before, 0x5a, sizeof(before));
	policy = before;
	rc = policy_load(kit_file(data, size), FILE_TRUST_OWNER, &policy, &err);
	if (rc) {
		kit_refused(rc, &err);
		CHECK(!memcmp(&policy, &before, sizeof(policy)));
		return 0;
	}
	sound_policy(&policy);
	reads_the_same(&policy);
	return 0;
}
