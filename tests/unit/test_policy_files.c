/* SPDX-License-Identifier: Apache-2.0 */
/* Which files a policy is made of, and that they are of one moment whatever happens to them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <sys/wait.h>

#include "policy.h"
#include "policy_files.h"
#include "site_folder.h"

#include "policy_versions.h"

#define READERS 8
#define READS	125 /* of each */

static void expect_refusal(int code, const char *words)
{
	struct policy policy = {.budget_ms = 1};
	struct err err = {""};

	assert_int_equal(policy_load_site(site_dir, FILE_TRUST_OWNER, &policy, &err), code);
	if (!strstr(err.text, words))
		fail_msg("expected \"%s\" in \"%s\"", words, err.text);
	assert_int_equal(policy.budget_ms, 1);
}

static void load(struct policy *policy)
{
	struct err err = {""};

	if (policy_load_site(site_dir, FILE_TRUST_OWNER, policy, &err))
		fail_msg("%s", err.text);
	assert_string_equal(err.text, "");
}

static void expect_setting(const struct policy *policy, const char *name, const char *text)
{
	struct policy_value value;
	char line[POLICY_VALUE_TEXT + POLICY_FILE_TEXT], *at;

	policy_value(policy, name, &value);
	policy_value_text(&value, line, sizeof(line));
	at = strstr(line, site_dir);
	if (at)
		memmove(at, at + strlen(site_dir) + 1, strlen(at + strlen(site_dir) + 1) + 1);
	assert_string_equal(line, text);
}

static void refuses_dropins_with_their_place(void **state)
{
	(void)state;
	folder_make("policy.d");
	folder_write("policy.json", "{}");
	folder_write("policy.d/10-a.json", "{\n\"check\": {\"budget\": 1}}");
	expect_refusal(-EINVAL, "/policy.d/10-a.json:2: check.budget: unknown key");
	folder_write("policy.d/10-a.json", "");
	expect_refusal(-EINVAL, "/policy.d/10-a.json:1: not valid JSON");
	/* What each file says is right, and together it is not. */
	folder_write("policy.json", "{\"check\": {\n\"budget_ms\": 1500}}");
	folder_write("policy.d/10-a.json", "{\"check\": {\n\n\"open_ms\": 1600}}");
	expect_refusal(-EINVAL, "/policy.d/10-a.json:3: check.open_ms: 1600 is more than "
				"check.budget_ms, which is 1500");
	folder_write("policy.d/10-a.json", "{\"check\": {\n\n\"budget_ms\": 600}}");
	expect_refusal(-EINVAL, "/policy.d/10-a.json:3: check.open_ms: 1000 is more than "
				"check.budget_ms, which is 600");
}

static void refuses_rules_against_other_files(void **state)
{
	(void)state;
	folder_make("policy.d");
	folder_write("policy.json", "{\"layout\": {\"allow_none\": false}}");
	folder_write("policy.d/a.json", "{\"jobs\": [\n{\"when\": {\"user\": \"u\"},\n\"layout\": "
					"{\"default\": \"none\"}}]}");
	expect_refusal(-EINVAL, "/policy.d/a.json:3: layout.default: none contradicts "
				"layout.allow_none, which is false");
	expect_refusal(-EINVAL, "/policy.d/a.json:2)");
}

static void refuses_files_that_others_may_write(void **state)
{
	(void)state;
	folder_make("policy.d");
	folder_write("policy.d/a.json", "{}");
	assert_int_equal(chmod(folder_path("policy.d/a.json"), 0664), 0);
	expect_refusal(-EPERM, "/policy.d/a.json: mode 0664 lets others write");
	assert_int_equal(chmod(folder_path("policy.d/a.json"), 0644), 0);
	assert_int_equal(chmod(folder_path("policy.d"), 0775), 0);
	expect_refusal(-EPERM, "/policy.d: mode 0775 lets others write");
	assert_int_equal(chmod(folder_path("policy.d"), 0755), 0);
	assert_int_equal(chmod(site_dir, 0777), 0);
	expect_refusal(-EPERM, ": mode 0777 lets others write");
}

static void refuses_links_through_places_of_others(void **state)
{
	(void)state;
	folder_make("open");
	folder_make("d");
	assert_int_equal(chmod(folder_path("open"), 0777), 0);
	assert_int_equal(symlink("../d", folder_path("open/l")), 0);
	assert_int_equal(symlink("open/l", folder_path("policy.d")), 0);
	expect_refusal(-EPERM, "/open: mode 0777 lets others write");
}

static void refuses_what_is_no_file(void **state)
{
	(void)state;
	folder_make("policy.json");
	expect_refusal(-EINVAL, "/policy.json: not a regular file");
	assert_int_equal(rmdir(folder_path("policy.json")), 0);
	folder_write("policy.d", "{}");
	expect_refusal(-ENOTDIR, "/policy.d: ");
	assert_int_equal(unlink(folder_path("policy.d")), 0);
	folder_make("policy.d");
	assert_int_equal(mkfifo(folder_path("policy.d/a.json"), 0644), 0);
	expect_refusal(-EINVAL, "/policy.d/a.json: not a regular file");
}

static void refuses_too_many(void **state)
{
	char name[32];
	struct policy policy;

	(void)state;
	folder_make("policy.d");
	folder_write("policy.json", "{}");
	for (int i = 0; i < POLICY_FILES_MAX; i++) {
		if (i == POLICY_FILES_MAX - 1)
			load(&policy);
		text_format(name, sizeof(name), "policy.d/%02d.json", i);
		folder_write(name, "{}");
	}
	expect_refusal(-E2BIG, "/policy.d/16.json: more than 17 files of settings");
}

static void later_files_stand_over_earlier_ones(void **state)
{
	struct policy policy, plain;

	(void)state;
	folder_make("policy.d");
	folder_write("policy.json", "{\"check\": {\"workers\": 1,\n\"late_ms\": 5},\n"
				    "\"jobs\": [{\"when\": {\"user\": \"a\"}, \"check\": "
				    "{\"floor\": \"full\"}}]}");
	folder_write("policy.d/9.json", "{\"check\": {\"workers\": 9}}");
	folder_write("policy.d/10.json", "{\"check\": {\"workers\": 2},\n"
					 "\"jobs\": [{\"when\": {\"user\": \"a\"},\n\"check\": "
					 "{\"floor\": \"quick\"}}]}");
	load(&policy);
	expect_setting(&policy, "check.workers", "check.workers = 9 (policy.d/9.json line 1)");
	expect_setting(&policy, "check.late_ms", "check.late_ms = 5 (policy.json line 2)");
	expect_setting(&policy, "check.open_ms", "check.open_ms = 1000 (default)");
	assert_int_equal(policy.origin.n_files, 3);
	assert_int_equal(policy.jobs.n, 2);
	policy_for_job(&policy, &(struct job_facts){{[JOB_USER] = "a"}}, &plain);
	expect_setting(&plain, "check.floor", "check.floor = quick (policy.d/10.json line 3)");
}

static void files_of_others_are_left_alone(void **state)
{
	struct policy policy;

	(void)state;
	folder_make("policy.d");
	folder_write("policy.d/.a.json", "bad");
	folder_write("policy.d/a.json~", "bad");
	folder_write("policy.d/a.json.dpkg-new", "bad");
	folder_write("policy.d/.json", "bad");
	load(&policy);
	assert_int_equal(policy.origin.n_files, 0);
	folder_write("policy.d/a.json", "{\"check\": {\"workers\": 3}}");
	load(&policy);
	expect_setting(&policy, "check.workers", "check.workers = 3 (policy.d/a.json line 1)");
}

static void absent_files_give_defaults(void **state)
{
	struct policy policy, defaults;
	struct err err = {""};

	(void)state;
	policy_defaults(&defaults);
	load(&policy);
	assert_memory_equal(&policy, &defaults, sizeof(policy));
	assert_int_equal(policy_load_site(folder_path("absent"), FILE_TRUST_OWNER, &policy, &err),
			 0);
}

/* Every number of a version says which it is, and the file is longer than what is read at once. */
static char *version_text(unsigned version)
{
	size_t size = 20000;
	char *text = malloc(size);

	assert_non_null(text);
	text_format(text, size,
		    "{\"check\": {\"budget_ms\": %u, \"open_ms\": %u,%*s\"rail_ms\": %u",
		    1000 + version, 100 + version, 12000, "", 100 + version);
	text_append(text, size, "}, \"limit\": {\"cluster_nodes\": %u}}\n", version);
	return text;
}

#define WRONG	 1 /* refused, or a mixture */
#define SEEN(v)	 (2 << (v))
#define SEEN_ALL (SEEN(0) | SEEN(1))

/* So many times at least, and until both versions were seen. */
static int read_often(void)
{
	int result = 0;

	for (int i = 0; i < READS || (result != SEEN_ALL && i < 100 * READS); i++) {
		struct policy policy;
		struct err err = {""};

		if (!policy_load_site(site_dir, FILE_TRUST_OWNER, &policy, &err) &&
		    is_one_version(&policy))
			result |= SEEN(policy.cluster_nodes);
		else
			result |= WRONG;
	}
	return result;
}

/* Readers side by side while replace() goes on: all see one version or the other, and both. */
static void read_while(void (*replace)(unsigned turn))
{
	pid_t writer, readers[READERS];
	int statuses[READERS];

	replace(0);
	writer = fork();
	if (!writer)
		for (unsigned turn = 1;; turn++)
			replace(turn);
	assert_true(writer > 0);
	for (int i = 0; i < READERS; i++) {
		readers[i] = fork();
		if (!readers[i])
			_exit(read_often());
	}
	for (int i = 0; i < READERS; i++)
		if (waitpid(readers[i], &statuses[i], 0) != readers[i])
			statuses[i] = -1;
	kill(writer, SIGKILL);
	waitpid(writer, NULL, 0);
	for (int i = 0; i < READERS; i++) {
		assert_true(WIFEXITED(statuses[i]));
		assert_int_equal(WEXITSTATUS(statuses[i]), SEEN_ALL);
	}
}

/* As mv does it; a moment's rest now and then, as nobody has a new policy all the time. */
static void by_rename(unsigned turn)
{
	char *text = version_text(turn % 2);

	folder_write("policy.json", text);
	free(text);
	usleep(turn % 7 * 100);
}

static void replaced_at_any_moment(void **state)
{
	(void)state;
	read_while(by_rename);
}

/* A whole folder at a time, by a link that leads to one or the other: its files stay together. */
static void by_link(unsigned turn)
{
	if (turn < 2)
		make_version_folder(turn);
	if (!link_version_folder(turn % 2))
		_exit(1);
	usleep(turn % 7 * 100);
}

static void dropins_replaced_at_any_moment(void **state)
{
	(void)state;
	read_while(by_link);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_setup, folder_teardown)
	const struct CMUnitTest tests[] = {
		TEST(refuses_dropins_with_their_place),
		TEST(refuses_rules_against_other_files),
		TEST(refuses_files_that_others_may_write),
		TEST(refuses_links_through_places_of_others),
		TEST(refuses_what_is_no_file),
		TEST(refuses_too_many),
		TEST(later_files_stand_over_earlier_ones),
		TEST(files_of_others_are_left_alone),
		TEST(absent_files_give_defaults),
		TEST(replaced_at_any_moment),
		TEST(dropins_replaced_at_any_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
