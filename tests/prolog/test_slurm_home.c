/* SPDX-License-Identifier: Apache-2.0 */
/* Whose slurmd runs us, by processes in a folder that looks like /proc. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "slurm_home.h"
#include "text.h"

static char proc[64];

static int setup(void **unused)
{
	(void)unused;
	text_format(proc, sizeof(proc), "/var/tmp/test_slurm_home.XXXXXX");
	return mkdtemp(proc) ? 0 : -1;
}

/* Not of the processes of this test: the next one makes its own. */
static int teardown(void **unused)
{
	char path[128];

	(void)unused;
	for (int pid = 1; pid < 100; pid++) {
		text_format(path, sizeof(path), "%s/%d/stat", proc, pid);
		unlink(path);
		text_format(path, sizeof(path), "%s/%d/exe", proc, pid);
		unlink(path);
		text_format(path, sizeof(path), "%s/%d", proc, pid);
		rmdir(path);
	}
	return rmdir(proc);
}

static void process_is(int pid, const char *stat_text, const char *exe)
{
	struct err err = {""};
	char path[128];

	text_format(path, sizeof(path), "%s/%d", proc, pid);
	assert_int_equal(mkdir(path, 0755), 0);
	text_format(path, sizeof(path), "%s/%d/stat", proc, pid);
	assert_int_equal(file_replace(path, stat_text, strlen(stat_text), 0644, &err), 0);
	text_format(path, sizeof(path), "%s/%d/exe", proc, pid);
	if (exe)
		assert_int_equal(symlink(exe, path), 0);
}

static void process(int pid, int parent, const char *exe)
{
	char text[128];

	text_format(text, sizeof(text), "%d (a ) (b) S %d 1 1 0 -1 4194560\n", pid, parent);
	process_is(pid, text, exe);
}

static void expect(int pid, const char *home)
{
	char found[PATH_MAX];

	assert_int_equal(slurm_home_find(proc, pid, found, sizeof(found)), home ? 0 : -ENOENT);
	assert_string_equal(found, home ? home : "");
}

static void itself(void **unused)
{
	char found[PATH_MAX];

	(void)unused;
	process(50, 1, "/opt/slurm/sbin/slurmd");
	process(51, 50, "/usr/bin/true");
	assert_int_equal(slurm_home_of(proc, 51, found, sizeof(found)), -ENOENT);
	assert_string_equal(found, "");
	assert_int_equal(slurm_home_of(proc, 52, found, sizeof(found)), -ENOENT);
	assert_int_equal(slurm_home_of(proc, 50, found, sizeof(found)), 0);
	assert_string_equal(found, "/opt/slurm");
}

static void nobody(void **unused)
{
	(void)unused;
	expect(42, NULL);
	process(1, 0, "/usr/lib/systemd/systemd");
	process(10, 1, "/usr/sbin/sshd");
	process(11, 10, "/usr/bin/bash");
	process(12, 11, "/usr/libexec/efa-layout/efa-layout-prolog");
	expect(12, NULL);
	/* Itself is none of its ancestors, and names that only begin alike are others'. */
	process(13, 1, "/opt/slurm/sbin/slurmd");
	expect(13, NULL);
	process(14, 1, "/opt/slurm/sbin/slurmdbd");
	process(15, 14, "/usr/bin/true");
	expect(15, NULL);
	process(16, 1, "/slurmd");
	process(17, 16, "/usr/bin/true");
	expect(17, NULL);
}

static void unreadable(void **unused)
{
	(void)unused;
	process_is(1, "", NULL);
	process_is(2, "2 (x", NULL);
	process_is(3, "3 (x) S", NULL);
	process_is(4, "4 (x) S -1 0", NULL);
	process_is(5, "5 (x) S 99999999999999 0", NULL);
	for (int pid = 1; pid <= 5; pid++)
		expect(pid, NULL);
	/* Parents that go round. */
	process(6, 7, NULL);
	process(7, 6, NULL);
	expect(6, NULL);
}

static void found(void **unused)
{
	(void)unused;
	process(20, 1, "/usr/sbin/slurmd");
	process(21, 20, "/usr/bin/true");
	expect(21, "/usr");
	process(22, 1, "/usr/sbin/slurmd-wlm (deleted)");
	process(23, 22, "/usr/bin/true");
	expect(23, "/usr");
	process(30, 1, "/opt/aws/pcs/scheduler/slurm-24.11/sbin/slurmd (deleted)");
	process(31, 30, "/usr/bin/bash");
	process(32, 31, "/usr/bin/env");
	process(33, 32, "/usr/libexec/efa-layout/efa-layout-prolog");
	expect(33, "/opt/aws/pcs/scheduler/slurm-24.11");
	/* The nearest one: a slurmd for tests may itself run in a job. */
	process(40, 33, "/opt/slurm/sbin/slurmstepd");
	process(41, 40, "/usr/bin/true");
	expect(41, "/opt/slurm");
}

static void places(void **unused)
{
	struct slurm_home home;
	char long_home[PATH_MAX];

	(void)unused;
	slurm_home_places(NULL, &home);
	assert_string_equal(home.helper, "");
	assert_string_equal(home.bin, "");
	slurm_home_places("/usr", &home);
	assert_string_equal(home.helper, "");
	slurm_home_places("/opt/none", &home);
	assert_string_equal(home.helper, "/opt/none/libexec/efa-layout/efa-layout-slurm");
	assert_string_equal(home.bin, "");
	memset(long_home, 'x', sizeof(long_home) - 1);
	long_home[0] = '/';
	long_home[sizeof(long_home) - 1] = '\0';
	slurm_home_places(long_home, &home);
	assert_string_equal(home.helper, "");
	assert_string_equal(home.bin, "");
}

static void commands(void **unused)
{
	struct slurm_home home;
	struct err err = {""};
	char bin[80], scontrol[96];

	(void)unused;
	text_format(bin, sizeof(bin), "%s/bin", proc);
	text_format(scontrol, sizeof(scontrol), "%s/scontrol", bin);
	assert_int_equal(mkdir(bin, 0755), 0);
	assert_int_equal(file_replace(scontrol, "#!", 2, 0755, &err), 0);
	slurm_home_places(proc, &home);
	assert_string_equal(home.bin, bin);
	assert_int_equal(unlink(scontrol), 0);
	assert_int_equal(rmdir(bin), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nobody, setup, teardown),
		cmocka_unit_test_setup_teardown(itself, setup, teardown),
		cmocka_unit_test_setup_teardown(unreadable, setup, teardown),
		cmocka_unit_test_setup_teardown(found, setup, teardown),
		cmocka_unit_test(places),
		cmocka_unit_test_setup_teardown(commands, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
