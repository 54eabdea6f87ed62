/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../nodes/node_tree.h"
#include "snapshot_folder.h"

/* A few entries of each kind, in places that somebody may have been quicker to take. */
static struct snapshot snapshot;

static int setup(void **state)
{
	if (tree_setup(state))
		return -1;
	snapshot_add_file(&snapshot, "dev/infiniband/uverbs0", CONTENT_PLAIN, 0600, "");
	snapshot_add_file(&snapshot, "sys/a/b/file", CONTENT_PLAIN, 0644, "text\n");
	snapshot_add_link(&snapshot, "sys/class/link", "sys/a/b");
	return snapshot_settle(&snapshot, NULL);
}

static int teardown(void **state)
{
	snapshot_done(&snapshot);
	return tree_teardown(state);
}

static void expect_refusal(const char *path, int code, const char *sentence)
{
	struct snapshot_folder folder = {.fd = 77};
	struct err err = {""};

	assert_int_equal(snapshot_folder_open(path, &folder, &err), code);
	assert_int_equal(folder.fd, 77);
	if (!strstr(err.text, sentence))
		fail_msg("expected \"%s\" in \"%s\"", sentence, err.text);
}

static size_t count_names(const char *name)
{
	DIR *stream = opendir(tree_path(name));
	size_t n = 0;

	assert_non_null(stream);
	while (readdir(stream))
		n++;
	closedir(stream);
	return n - 2;
}

static void refuses_what_is_not_an_empty_directory(void **state)
{
	char name[PATH_MAX + 8];

	(void)state;
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	expect_refusal("", -EINVAL, "expected the name of a directory, found an empty one");
	expect_refusal(name, -ENAMETOOLONG, "one that is too long");
	expect_refusal("/", -EEXIST, "/: not empty");
	tree_file("file", "x");
	expect_refusal(tree_path("file"), -EEXIST, "/file: not a directory");
	expect_refusal(tree_path("file/below"), -ENOTDIR, "must be a directory that is there");
	expect_refusal(tree_path("absent/below"), -ENOENT, "/absent/ must be a directory");
	tree_link("dangling", "nowhere");
	expect_refusal(tree_path("dangling"), -EEXIST, "links are not followed");
	expect_refusal(tree_path("dangling/"), -EEXIST, "links are not followed");
	assert_int_equal(mkdir(tree_path("empty"), 0755), 0);
	tree_link("to-empty", "empty");
	expect_refusal(tree_path("to-empty"), -EEXIST, "links are not followed");
	tree_file("full/.hidden", "");
	expect_refusal(tree_path("full"), -EEXIST, "/full: not empty; name a directory");
	assert_int_equal(count_names("full"), 1);
	assert_int_equal(count_names("."), 5);
}

static void refuses_a_directory_that_others_may_write(void **state)
{
	(void)state;
	assert_int_equal(mkdir(tree_path("shared"), 0755), 0);
	assert_int_equal(chmod(tree_path("shared"), 01777), 0);
	expect_refusal(tree_path("shared"), -EPERM, "mode 1777; expected a directory that nobody");
	if (geteuid())
		return; /* nobody else's directory to be had */
	assert_int_equal(chmod(tree_path("shared"), 0755), 0);
	assert_int_equal(chown(tree_path("shared"), 1000, 1000), 0);
	expect_refusal(tree_path("shared"), -EPERM, "owned by uid 1000, mode 0755");
}

/* Somebody puts a name into the folder after it was looked at; what is behind it stays as it was.
 */
static void what_was_put_there_meanwhile_is_not_followed(void **state)
{
	static const struct {
		const char *planted;
		bool before; /* the folder is there before */
	} cases[] = {{"sys", false}, {"sys", true}, {"dev", true}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct snapshot_folder folder;
		struct err err = {""};
		char dir[PATH_MAX], name[64];

		assert_int_equal(mkdir(tree_path("victim"), 0755), 0);
		text_format(dir, sizeof(dir), "%s", tree_path("folder"));
		if (cases[i].before)
			assert_int_equal(mkdir(dir, 0755), 0);
		assert_int_equal(snapshot_folder_open(dir, &folder, &err), 0);
		text_format(name, sizeof(name), "folder/%s", cases[i].planted);
		tree_link(name, "../victim");
		assert_int_equal(snapshot_folder_write(&folder, &snapshot, &err), -EEXIST);
		assert_non_null(strstr(err.text, ": somebody else put it there meanwhile"));
		assert_int_equal(count_names("victim"), 0);
		assert_int_equal(count_names("folder"), 1); /* the link alone */
		snapshot_folder_remove(&folder);	    /* not empty: stays */
		snapshot_folder_close(&folder);
		assert_int_equal(count_names("folder"), 1);
		tree_remove("folder");
		tree_remove("victim");
	}
}

/* A directory of ours is exchanged for a link while its contents are written: there is no moment
 * for a test between two entries, so the list itself has a link where a directory is meant. */
static void links_in_the_way_are_not_followed(void **state)
{
	struct snapshot_folder folder;
	struct snapshot odd = {0};
	struct err err = {""};

	(void)state;
	assert_int_equal(mkdir(tree_path("victim"), 0755), 0);
	assert_int_equal(snapshot_add_file(&odd, "way/file", CONTENT_PLAIN, 0644, "x"), 0);
	assert_int_equal(snapshot_add_link(&odd, "a", "b"), 0);
	assert_int_equal(snapshot_settle(&odd, NULL), 0);
	assert_string_equal(odd.v[1].path, "way");
	odd.v[1].kind = SNAPSHOT_LINK;
	odd.v[1].text = strdup("../victim");
	assert_int_equal(snapshot_folder_open(tree_path("folder"), &folder, &err), 0);
	assert_true(snapshot_folder_write(&folder, &odd, &err) < 0);
	assert_int_equal(count_names("victim"), 0);
	assert_int_equal(count_names("folder"), 0);
	snapshot_folder_close(&folder);
	snapshot_done(&odd);
}

static void a_failure_takes_everything_away(void **state)
{
	char dir[PATH_MAX], foreign[PATH_MAX];
	struct snapshot_folder folder;
	struct err err = {""};

	(void)state;
	text_format(dir, sizeof(dir), "%s", tree_path("folder"));
	/* The last entry cannot be made: its name is longer than file systems take. */
	memset(foreign, 'y', sizeof(foreign));
	foreign[300] = '\0';
	assert_int_equal(snapshot_add_dir(&snapshot, foreign), 0);
	assert_int_equal(snapshot_settle(&snapshot, NULL), 0);
	assert_int_equal(snapshot_folder_open(dir, &folder, &err), 0);
	assert_true(folder.created);
	assert_int_equal(snapshot_folder_write(&folder, &snapshot, &err), -ENAMETOOLONG);
	assert_int_equal(count_names("folder"), 0);
	snapshot_folder_remove(&folder);
	snapshot_folder_close(&folder);
	assert_int_equal(access(dir, F_OK), -1);
}

static void expect_mode(const char *name, mode_t mode)
{
	struct stat st;

	assert_int_equal(lstat(tree_path(name), &st), 0);
	assert_int_equal(st.st_mode, mode);
}

static void writes_all_whatever_the_umask(void **state)
{
	mode_t before = umask(0077);
	struct snapshot_folder folder;
	struct err err = {""};
	char dir[PATH_MAX], text[16] = "";
	int fd;

	(void)state;
	text_format(dir, sizeof(dir), "%s/", tree_path("folder"));
	assert_int_equal(snapshot_folder_open(dir, &folder, &err), 0);
	assert_int_equal(snapshot_folder_write(&folder, &snapshot, &err), 0);
	snapshot_folder_close(&folder);
	umask(before);
	expect_mode("folder", S_IFDIR | 0755);
	expect_mode("folder/sys/a", S_IFDIR | 0755);
	expect_mode("folder/sys/a/b/file", S_IFREG | 0644);
	expect_mode("folder/dev/infiniband/uverbs0", S_IFREG | 0600);
	fd = open(tree_path("folder/sys/class/link/file"), O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(read(fd, text, sizeof(text)), 5);
	close(fd);
	assert_string_equal(text, "text\n");
	/* A second time into the same folder is refused. */
	expect_refusal(dir, -EEXIST, "not empty");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(refuses_what_is_not_an_empty_directory, setup,
						teardown),
		cmocka_unit_test_setup_teardown(refuses_a_directory_that_others_may_write, setup,
						teardown),
		cmocka_unit_test_setup_teardown(what_was_put_there_meanwhile_is_not_followed, setup,
						teardown),
		cmocka_unit_test_setup_teardown(links_in_the_way_are_not_followed, setup, teardown),
		cmocka_unit_test_setup_teardown(a_failure_takes_everything_away, setup, teardown),
		cmocka_unit_test_setup_teardown(writes_all_whatever_the_umask, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
