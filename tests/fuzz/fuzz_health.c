/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the health check keeps: the first line says which file ("said", "begun" or "drain"), the
 * rest is what stands in it.
 */
#include <stdlib.h>
#include <string.h>

#include "drain_record.h"
#include "health_note.h"
#include "kit.h"
#include "text.h"

#define BOOT "8d3f5b7a-1c42-4e8e-9d55-0f6a7b8c9d0e"

static bool said(const char *text)
{
	char buf[HEALTH_SAID_TEXT], again[HEALTH_SAID_TEXT], before[HEALTH_SAID_TEXT];
	struct err err = {""};
	int rc;

	kit_put("health.json", text);
	memset(before, 0x5a, sizeof(before));
	memcpy(buf, before, sizeof(buf));
	rc = health_said_load(kit_dir(), BOOT, buf, &err);
	if (rc) {
		kit_refused(rc, &err);
		CHECK(!memcmp(buf, before, sizeof(buf)));
		return false;
	}
	CHECK_TEXT(buf);
	CHECK_OK(health_said_save(kit_dir(), BOOT, buf, &err), &err);
	CHECK_OK(health_said_load(kit_dir(), BOOT, again, &err), &err);
	CHECK(!strcmp(again, buf));
	CHECK(health_said_load(kit_dir(), "another", again, &err));
	return true;
}

static bool begun(const char *text)
{
	uint64_t ms = 0x5a, again;
	struct err err = {""};
	int rc;

	kit_put("refresh.json", text);
	rc = health_begun_load(kit_dir(), BOOT, &ms, &err);
	if (rc) {
		kit_refused(rc, &err);
		CHECK(ms == 0x5a);
		return false;
	}
	CHECK(ms <= INT64_MAX);
	CHECK_OK(health_begun_save(kit_dir(), BOOT, ms, &err), &err);
	CHECK_OK(health_begun_load(kit_dir(), BOOT, &again, &err), &err);
	CHECK(again == ms);
	CHECK(health_begun_load(kit_dir(), "another", &again, &err));
	return true;
}

static bool drain(const char *text)
{
	struct drain_record record, again, before;
	struct err err = {""};
	char words[512];
	int rc;

	kit_put("drain.json", text);
	memset(&before, 0x5a, sizeof(before));
	record = before;
	rc = drain_record_load(kit_dir(), &record, &err);
	if (rc) {
		kit_refused(rc, &err);
		CHECK(!memcmp(&record, &before, sizeof(record)));
		return false;
	}
	CHECK(text_is_name(record.node, sizeof(record.node) - 1));
	CHECK(drain_is_ours(record.reason));
	CHECK_TEXT(record.reason);
	CHECK_TEXT(record.boot_id);
	CHECK(record.drained_at >= 0);
	drain_words(record.node, record.reason, words, sizeof(words));
	CHECK_TEXT(words);
	CHECK_OK(drain_record_save(kit_dir(), &record, &err), &err);
	CHECK_OK(drain_record_load(kit_dir(), &again, &err), &err);
	CHECK(!strcmp(again.node, record.node) && !strcmp(again.reason, record.reason));
	CHECK(!strcmp(again.boot_id, record.boot_id));
	CHECK(again.drained_at == record.drained_at && again.healthy == record.healthy);
	return true;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	CHECK(said("{\"boot_id\":\"" BOOT "\",\"said\":\"all rails work\"}"));
	CHECK(begun("{\"boot_id\":\"" BOOT "\",\"begun_ms\":1}"));
	CHECK(drain("{\"node\":\"n1\",\"reason\":\"efa-layout: x\",\"boot_id\":\"\","
		    "\"drained_at\":1,\"healthy\":0}"));
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *word = kit_input(data, size), *text = kit_rest(word, "\n");

	if (text && !strcmp(word, "said"))
		said(text);
	else if (text && !strcmp(word, "begun"))
		begun(text);
	else if (text && !strcmp(word, "drain"))
		drain(text);
	free(word);
	return 0;
}
