/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "text.h"

/* Each test gets a directory of its own that only its owner may write. */
static char dir[64], path[96];

static int setup(void **state)
{
	(void)state;
	text_format(dir, sizeof(dir), "/var/tmp/test_file.XXXXXX");
	return mkdtemp(dir) && !text_format(path, sizeof(path), "%s/f", dir) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

static void write_file(const char *text, size_t size, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, size), size);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void expect_refusal(enum file_trust trust, int code, const char *sentence)
{
	char *text = NULL;
	size_t size;
	struct err err = {""};

	assert_int_equal(file_read(path, 8, trust, &text, &size, &err), code);
	assert_null(text);
	if (!strstr(err.text, sentence))
		fail_msg("expected \"%s\" in \"%s\"", sentence, err.text);
}

static void refuses_files_it_cannot_trust(void **state)
{
	(void)state;
	expect_refusal(FILE_TRUST_OWNER, -ENOENT, "No such file");
	write_file("123456789", 9, 0644);
	expect_refusal(FILE_TRUST_OWNER, -EFBIG, "larger than 8 bytes");
	write_file("1\0003", 3, 0644);
	expect_refusal(FILE_TRUST_OWNER, -EINVAL, "NUL byte");
	write_file("1", 1, 0664);
	expect_refusal(FILE_TRUST_OWNER, -EPERM, "mode 0664 lets others write");
	write_file("1", 1, 0644);
	assert_int_equal(chmod(dir, 0777), 0);
	expect_refusal(FILE_TRUST_OWNER, -EPERM, "mode 0777 lets others write");
	assert_int_equal(chmod(dir, 0700), 0);
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	expect_refusal(FILE_TRUST_ANY, -EINVAL, "not a regular file");
}

/* Each would pass for a file that is not there, and what it says for nothing said. */
static void tells_from_absent_files(void **state)
{
	int fd = memfd_create("f", MFD_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, 0600), 0);
	assert_int_equal(symlink("gone", path), 0);
	expect_refusal(FILE_TRUST_OWNER, -ENOLINK, "a symbolic link to a file that is not there");
	expect_refusal(FILE_TRUST_ANY, -ENOLINK, "a symbolic link to a file that is not there");
	unlink(path);
	text_format(path, sizeof(path), "/proc/self/fd/%d", fd);
	expect_refusal(FILE_TRUST_OWNER, -EPERM, "its place has no name");
	text_format(path, sizeof(path), "%s/f", dir);
	close(fd);
}

static void refuses_a_foreign_owner(void **state)
{
	(void)state;
	if (geteuid())
		skip();
	write_file("1", 1, 0644);
	assert_int_equal(chown(path, 65534, 65534), 0);
	expect_refusal(FILE_TRUST_OWNER, -EPERM, "owned by uid 65534");
}

static void replaces_in_one_step(void **state)
{
	char *text;
	size_t size;
	struct stat st;
	struct err err;

	(void)state;
	write_file("old", 3, 0600);
	assert_int_equal(file_replace(path, "newer", 5, 0644, &err), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(file_read(path, 5, FILE_TRUST_OWNER, &text, &size, &err), 0);
	assert_string_equal(text, "newer");
	assert_int_equal(size, 5);
	free(text);
}

static void a_failed_replacement_leaves_nothing(void **state)
{
	struct err err;
	char inside[128];

	(void)state;
	assert_int_equal(mkdir(path, 0700), 0);
	assert_true(file_replace(path, "x", 1, 0644, &err) < 0);
	text_format(inside, sizeof(inside), "%s/gone/f", dir);
	assert_int_equal(file_replace(inside, "x", 1, 0644, &err), -ENOENT);
	assert_int_equal(rmdir(path),
			 0); /* and teardown's rmdir shows that no other file is left */
}

static void directories(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(file_ensure_dir(path, 0755, &err), 0);
	assert_int_equal(file_ensure_dir(path, 0755, &err), 0);
	assert_int_equal(chmod(path, 0777), 0);
	assert_int_equal(file_ensure_dir(path, 0755, &err), -EPERM);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(symlink("/var/tmp", path), 0);
	assert_int_equal(file_ensure_dir(path, 0755, &err), -ENOTDIR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(refuses_files_it_cannot_trust, setup, teardown),
		cmocka_unit_test_setup_teardown(tells_from_absent_files, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_a_foreign_owner, setup, teardown),
		cmocka_unit_test_setup_teardown(replaces_in_one_step, setup, teardown),
		cmocka_unit_test_setup_teardown(a_failed_replacement_leaves_nothing, setup,
						teardown),
		cmocka_unit_test_setup_teardown(directories, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
