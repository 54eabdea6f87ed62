/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A site's settings: read, written as a file again, read again. An input is one file, or several
 * with MARK between them: policy.json and its drop-ins. What can be used is kept as the last good
 * policy and comes back as it was.
 */
#include <stdlib.h>
#include <string.h>

#include "kit.h"
#include "policy_files.h"
#include "policy_good.h"
#include "policy_hints.h"
#include "policy_settings.h"
#include "sound_policy.h"
#include "text.h"

#define MARK "\n---\n"

/* A policy of one file says the same whether that is read from the disk or not. */
static void same_from_disk(const struct policy *policy, const uint8_t *data, size_t size)
{
	static struct policy loaded;
	struct err err = {""};

	CHECK_OK(policy_load(kit_file(data, size), FILE_TRUST_OWNER, &loaded, &err), &err);
	CHECK(!strcmp(loaded.hash, policy->hash));
	CHECK(!memcmp(loaded.origin.line, policy->origin.line, sizeof(loaded.origin.line)));
}

/* What was kept is what is loaded, and its names say where it comes from. */
static void keeps(const struct policy_files *files, const struct policy *policy)
{
	static struct policy again;
	struct policy_files kept;
	struct err err = {""};

	CHECK_OK(policy_good_save(kit_dir(), files, &err), &err);
	CHECK_OK(policy_good_load(kit_dir(), &kept, &err), &err);
	CHECK(kept.n == files->n);
	for (size_t i = 0; i < kept.n; i++) {
		size_t n = strlen(files->v[i].name);

		CHECK(kept.v[i].size == files->v[i].size &&
		      !memcmp(kept.v[i].text, files->v[i].text, kept.v[i].size));
		CHECK(!strncmp(kept.v[i].name, files->v[i].name, n));
		CHECK(!strcmp(kept.v[i].name + n, " (last good)"));
	}
	CHECK_OK(policy_parse(&kept, &again, &err), &err);
	CHECK(!strcmp(again.hash, policy->hash));
	CHECK(!memcmp(again.origin.line, policy->origin.line, sizeof(again.origin.line)));
	policy_files_done(&kept);
}

/* What somebody else may have put in the place of the last good policy. */
static void refuses_or_takes(const uint8_t *data, size_t size)
{
	static const char head[] = "efa-layout last good policy 1\n";
	struct policy_files files;
	struct err err = {""};
	char *text = kit_input(data, size), *whole = malloc(size + sizeof(head));
	int rc;

	CHECK(whole);
	memcpy(whole, head, sizeof(head) - 1);
	memcpy(whole + sizeof(head) - 1, text, size + 1);
	kit_put("policy.good", whole);
	rc = policy_good_load(kit_dir(), &files, &err);
	if (rc) {
		kit_refused(rc, &err);
		CHECK(!files.n);
	}
	for (size_t i = 0; i < files.n; i++)
		CHECK(strlen(files.v[i].text) == files.v[i].size);
	policy_files_done(&files);
	free(whole);
	free(text);
}

struct seen {
	size_t n_complaints, n_again, n_hints;
	char first[512];
};

static void complaint(const char *sentence, void *arg)
{
	struct seen *seen = arg;
	struct err err;

	text_format(err.text, sizeof(err.text), "%s", sentence);
	kit_refused(-22, &err);
	if (!seen->n_complaints++)
		text_format(seen->first, sizeof(seen->first), "%s", sentence);
}

static void again(const struct policy *policy, size_t row, const char *text, unsigned file,
		  unsigned line, void *arg)
{
	struct seen *seen = arg;

	CHECK(row < policy_settings_n && policy->origin.line[row] && line);
	CHECK(file < policy->origin.n_files && policy->origin.from[row] < file);
	CHECK(*text);
	seen->n_again++;
}

static void hint(const struct policy_hint *hint, void *arg)
{
	struct seen *seen = arg;

	CHECK(*hint->name && *hint->text && (hint->line != 0) == (*hint->file != 0));
	seen->n_hints++;
}

/* Whoever looks on sees a complaint first that ends the reading otherwise, and none where that
 * comes to its end. */
static void watched(const struct policy_files *files, int rc, const struct policy *policy,
		    const struct err *said)
{
	struct seen seen = {0};
	const struct policy_watch watch = {complaint, &seen.n_complaints, again, &seen};
	static struct policy other;
	struct err err = {""};
	int got = policy_parse_watched(files, &watch, &other, &err);

	CHECK(!got == !rc);
	if (seen.n_complaints)
		CHECK(rc && !strcmp(seen.first, said->text));
	else if (rc)
		CHECK(!strcmp(err.text, said->text));
	if (rc)
		return;
	CHECK(!memcmp(&other, policy, sizeof(other)));
	CHECK(seen.n_again == 0 || files->n > 1);
	policy_hints(policy, &(struct type_set){0}, hint, &seen);
}

/* Split at the marks. A file that has a NUL byte is none. */
static bool split(char *text, struct policy_files *files)
{
	char name[32];
	struct err err = {""};

	for (size_t i = 0; text; i++) {
		char *rest = kit_rest(text, MARK);
		int rc;

		text_format(name, sizeof(name), i ? "policy.d/%02zu.json" : "policy.json", i);
		rc = policy_files_add(files, name, text, strlen(text), &err);
		if (rc) {
			kit_refused(rc, &err);
			CHECK(files->n == POLICY_FILES_MAX);
			return false;
		}
		text = rest;
	}
	return true;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct policy policy;

	(void)argc;
	(void)argv;
	policy_defaults(&policy);
	sound_policy(&policy);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct policy policy, before;
	struct policy_files files = {0};
	struct err err = {""};
	char *text;
	int rc;

	refuses_or_takes(data, size);
	if (size && memchr(data, '\0', size)) {
		CHECK(policy_load(kit_file(data, size), FILE_TRUST_OWNER, &policy, &err));
		return 0;
	}
	memset(&before, 0x5a, sizeof(before));
	policy = before;
	text = kit_input(data, size);
	if (split(text, &files)) {
		rc = policy_parse(&files, &policy, &err);
		watched(&files, rc, &policy, &err);
		if (rc) {
			kit_refused(rc, &err);
			CHECK(!memcmp(&policy, &before, sizeof(policy)));
		} else {
			if (files.n == 1)
				same_from_disk(&policy, data, size);
			sound_policy(&policy);
			keeps(&files, &policy);
		}
	}
	policy_files_done(&files);
	free(text);
	return 0;
}
