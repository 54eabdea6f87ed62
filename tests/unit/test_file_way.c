/* SPDX-License-Identifier: Apache-2.0 */
/* Which ways to a file root may go: links, and the places that they are in. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "file_way.h"
#include "text.h"

static char dir[64];

static const char *at(const char *name)
{
	static char buf[4][PATH_MAX];
	static unsigned next;
	char *path = buf[next++ % 4];

	text_format(path, PATH_MAX, "%s/%s", dir, name);
	return path;
}

static void make_dir(const char *name, mode_t mode)
{
	assert_int_equal(mkdir(at(name), 0700), 0);
	assert_int_equal(chmod(at(name), mode), 0);
}

static void make_file(const char *name)
{
	assert_int_equal(file_replace(at(name), "{}", 2, 0644, NULL), 0);
}

static void make_link(const char *target, const char *name)
{
	assert_int_equal(symlink(target, at(name)), 0);
}

/*
 * own/f          a file in a folder of ours
 * open/          a folder that everybody may write
 * sticky/        the same, but names in it are kept by their owners, as in /tmp
 */
static int setup(void **state)
{
	(void)state;
	text_format(dir, sizeof(dir), "/var/tmp/test_file_way.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	make_dir("own", 0755);
	make_file("own/f");
	make_dir("open", 0777);
	make_dir("sticky", 01777);
	return 0;
}

static int teardown(void **state)
{
	static const char *const names[] = {"own/f",  "own/l", "own",	   "open/f",   "open/l",
					    "open/d", "open",  "sticky/f", "sticky/l", "sticky",
					    "a",      "b",     "d"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (remove(at(names[i])))
			assert_int_equal(errno, ENOENT);
	return rmdir(dir);
}

static void expect(const char *name, int code, const char *words)
{
	struct err err = {""};

	assert_int_equal(file_check_way(at(name), &err), code);
	if (!strstr(err.text, words))
		fail_msg("%s: expected \"%s\" in \"%s\"", name, words, err.text);
}

static void refuses_places_of_others(void **state)
{
	(void)state;
	make_file("open/f");
	make_file("sticky/f");
	expect("open/f", -EPERM, "/open: mode 0777 lets others write");
	expect("sticky/f", -EPERM, "/sticky: mode 1777 lets others write");
	expect("own/absent", -ENOENT, "/own/absent: ");
	expect("own/f/g", -ENOTDIR, "/own/f/g: ");
}

static void refuses_links_that_others_may_replace(void **state)
{
	(void)state;
	make_link("../own/f", "open/l");
	make_link("open/l", "a");
	expect("open/l", -EPERM, "/open: mode 0777 lets others write");
	expect("a", -EPERM, "/open: mode 0777");
	make_link("../own", "open/d");
	expect("open/d/f", -EPERM, "/open: mode 0777");
}

static void refuses_links_without_end(void **state)
{
	(void)state;
	make_link("b", "a");
	make_link("a", "b");
	expect("a", -ELOOP, "too many symbolic links");
}

/* Only root can give a link to somebody. */
static void refuses_links_of_others(void **state)
{
	(void)state;
	if (geteuid())
		skip();
	make_link("../own/f", "sticky/l");
	assert_int_equal(lchown(at("sticky/l"), 12345, -1), 0);
	expect("sticky/l", -EPERM, "/sticky: mode 1777");
	assert_int_equal(chown(at("own"), 12345, -1), 0);
	expect("own/f", -EPERM, "/own: owned by uid 12345, expected root");
}

static void takes_links_of_ours(void **state)
{
	char absolute[PATH_MAX];

	(void)state;
	make_link("own/../own/./f", "a");
	expect("a", 0, "");
	text_format(absolute, sizeof(absolute), "%s//own/f", dir);
	make_link(absolute, "b");
	expect("b", 0, "");
	make_link("own", "d");
	expect("d/f", 0, "");
	make_link("../own/f", "sticky/l");
	expect("sticky/l", 0, "");
}

static void directories_may_be_anywhere(void **state)
{
	struct err err = {""};

	(void)state;
	make_dir("open/d", 0755);
	assert_int_equal(file_check_links(at("open/d"), &err), 0);
	assert_int_equal(file_check_way(at("open/d"), &err), -EPERM);
	assert_int_equal(file_check_links("/", &err), 0);
	assert_int_equal(file_check_links("/../..", &err), 0);
}

static void relative_paths(void **state)
{
	char before[PATH_MAX];

	(void)state;
	assert_non_null(getcwd(before, sizeof(before)));
	assert_int_equal(chdir(at("own")), 0);
	assert_int_equal(file_check_way("f", NULL), 0);
	assert_int_equal(file_check_way("../open/../own/f", NULL), 0);
	assert_int_equal(file_check_way("../own/g", NULL), -ENOENT);
	assert_int_equal(chdir(before), 0);
}

static void refuses_paths_too_long(void **state)
{
	char path[2 * PATH_MAX];
	struct err err = {""};

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(file_check_way(path, &err), -ENAMETOOLONG);
	path[0] = '/';
	path[PATH_MAX - 2] = '\0';
	assert_int_equal(file_check_way(path, &err), -ENAMETOOLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(refuses_places_of_others, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_links_that_others_may_replace, setup,
						teardown),
		cmocka_unit_test_setup_teardown(refuses_links_without_end, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_links_of_others, setup, teardown),
		cmocka_unit_test_setup_teardown(takes_links_of_ours, setup, teardown),
		cmocka_unit_test_setup_teardown(directories_may_be_anywhere, setup, teardown),
		cmocka_unit_test_setup_teardown(relative_paths, setup, teardown),
		cmocka_unit_test(refuses_paths_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
