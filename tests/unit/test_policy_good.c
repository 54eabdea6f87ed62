/* SPDX-License-Identifier: Apache-2.0 */
/* The last good policy, kept and read back. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "policy_good.h"
#include "site_folder.h"

static const char *state_dir(void)
{
	return folder_path("state");
}

static void expect_refusal(const char *text, int code, const char *words)
{
	struct policy_files files = {.n = 1};
	struct err err = {""};

	if (text)
		folder_write("state/policy.good", text);
	assert_int_equal(policy_good_load(state_dir(), &files, &err), code);
	assert_int_equal(files.n, 0);
	if (!strstr(err.text, words))
		fail_msg("expected \"%s\" in \"%s\"", words, err.text);
}

static void refuses_what_was_not_kept(void **state)
{
	static const char *const texts[] = {
		"",
		"{}",
		"efa-layout last good policy 2\n",
		"efa-layout last good policy 1",
		"efa-layout last good policy 1\nx",
		"efa-layout last good policy 1\n1 2",
		"efa-layout last good policy 1\n1 2\n",
		"efa-layout last good policy 1\n1 2\na\n{",
		"efa-layout last good policy 1\n1 2\na{}",
		"efa-layout last good policy 1\n1 3\na\n{}",
		"efa-layout last good policy 1\n-1 2\na\n{}",
		"efa-layout last good policy 1\n1 \na\n{}",
		"efa-layout last good policy 1\n 1 2\na\n{}",
		"efa-layout last good policy 1\n1 99999999999999999999\na\n{}",
		"efa-layout last good policy 1\n1 2\na\n{}\n",
		"efa-layout last good policy 1\n9999 2\na\n{}",
	};

	(void)state;
	expect_refusal(NULL, -ENOENT, "/state/policy.good: ");
	folder_make("state");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		expect_refusal(texts[i], -EINVAL, "/state/policy.good: not a policy that was kept");
}

static void refuses_more_files_than_there_may_be(void **state)
{
	char text[1024] = "efa-layout last good policy 1\n";

	(void)state;
	folder_make("state");
	for (int i = 0; i <= POLICY_FILES_MAX; i++)
		text_append(text, sizeof(text), "1 2\na\n{}");
	expect_refusal(text, -EINVAL, "not a policy that was kept");
}

static void refuses_files_of_others(void **state)
{
	(void)state;
	folder_make("state");
	folder_write("state/policy.good", "efa-layout last good policy 1\n");
	assert_int_equal(chmod(folder_path("state/policy.good"), 0666), 0);
	expect_refusal(NULL, -EPERM, "lets others write");
}

static void save_site(void)
{
	cleanup_policy_files struct policy_files files = {0};
	struct err err = {""};

	if (policy_files_read(site_dir, FILE_TRUST_OWNER, &files, &err) ||
	    policy_good_save(state_dir(), &files, &err))
		fail_msg("%s", err.text);
}

static void gives_back_what_was_kept(void **state)
{
	cleanup_policy_files struct policy_files files = {0};
	struct policy before, after;
	struct policy_value value;
	struct err err = {""};

	(void)state;
	folder_make("policy.d");
	folder_write("policy.json", "{\"check\": {\n\"workers\": 3}}\n");
	folder_write("policy.d/a.json", "\n{\"jobs\": [{\"when\": {\"user\": \"a\"}, \"check\": "
					"{\"floor\": \"full\"}}]}");
	save_site();
	assert_int_equal(policy_load_site(site_dir, FILE_TRUST_OWNER, &before, &err), 0);
	folder_write("policy.json", "{");
	assert_int_equal(policy_good_load(state_dir(), &files, &err), 0);
	assert_int_equal(policy_parse(&files, &after, &err), 0);
	assert_string_equal(after.hash, before.hash);
	assert_memory_equal(&after.jobs, &before.jobs, sizeof(before.jobs));
	policy_value(&after, "check.workers", &value);
	assert_int_equal(value.line, 2);
	assert_string_equal(value.file + strlen(site_dir), "/policy.json (last good)");
}

/* A site without files has its defaults, and those are good, too. */
static void keeps_no_files(void **state)
{
	cleanup_policy_files struct policy_files files = {0};

	(void)state;
	save_site();
	assert_int_equal(policy_good_load(state_dir(), &files, NULL), 0);
	assert_int_equal(files.n, 0);
}

/* The gate does this before every job. */
static void writes_only_what_is_new(void **state)
{
	struct stat before, after;

	(void)state;
	folder_write("policy.json", "{}");
	save_site();
	assert_int_equal(stat(folder_path("state/policy.good"), &before), 0);
	save_site();
	assert_int_equal(stat(folder_path("state/policy.good"), &after), 0);
	assert_int_equal(after.st_ino, before.st_ino);
	folder_write("policy.json", "{ }");
	save_site();
	assert_int_equal(stat(folder_path("state/policy.good"), &after), 0);
	assert_int_not_equal(after.st_ino, before.st_ino);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_setup, folder_teardown)
	const struct CMUnitTest tests[] = {
		TEST(refuses_what_was_not_kept),
		TEST(refuses_more_files_than_there_may_be),
		TEST(refuses_files_of_others),
		TEST(gives_back_what_was_kept),
		TEST(keeps_no_files),
		TEST(writes_only_what_is_new),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
