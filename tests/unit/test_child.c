/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "text.h"

#define SHELL "/bin/sh"

static struct child_result result;
static char *output;

/* A deadline is kept in whole milliseconds, and so comes up to one early. */
#define NOT_BEFORE_MS(ms) ((ms)-1)

static unsigned elapsed_ms(const struct timespec *start)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (unsigned)((t.tv_sec - start->tv_sec) * 1000 +
			  (t.tv_nsec - start->tv_nsec) / 1000000);
}

/* Run a shell script; returns what child_run does and leaves result and output. */
static int shell_with(const char *script, char *const envp[], unsigned deadline_ms, size_t out_max)
{
	char *argv[] = {(char *)SHELL, (char *)"-c", (char *)script, NULL};
	struct err err = {""};

	free(output);
	output = NULL;
	memset(&result, 0x55, sizeof(result));
	return child_run(SHELL, argv, envp, deadline_ms, out_max, &output, &result, &err);
}

static int shell(const char *script, unsigned deadline_ms)
{
	char *envp[] = {(char *)"PATH=/usr/bin:/bin", NULL};

	return shell_with(script, envp, deadline_ms, 4096);
}

static int teardown(void **state)
{
	(void)state;
	free(output);
	output = NULL;
	return 0;
}

static void refuses_what_cannot_be_executed(void **state)
{
	char *argv[] = {(char *)"x", NULL}, *envp[] = {NULL}, *text = NULL;
	struct child_result r;
	struct err err = {""};

	(void)state;
	assert_int_equal(child_run("/nonexistent/x", argv, envp, 1000, 16, &text, &r, &err),
			 -ENOENT);
	assert_non_null(strstr(err.text, "/nonexistent/x"));
	assert_int_equal(child_run("/etc/passwd", argv, envp, 1000, 16, &text, &r, &err), -EACCES);
	assert_int_equal(child_run("/", argv, envp, 1000, 16, &text, &r, &err), -EACCES);
	assert_null(text);
}

static void tells_how_it_ended(void **state)
{
	(void)state;
	assert_int_equal(shell("exit 7", 5000), 0);
	assert_int_equal(result.exit_status, 7);
	assert_int_equal(result.signal, 0);
	assert_false(result.timed_out);
	assert_string_equal(output, "");
	assert_int_equal(shell("kill -SEGV $$", 5000), 0);
	assert_int_equal(result.exit_status, -1);
	assert_int_equal(result.signal, SIGSEGV);
	assert_false(result.timed_out);
}

static void collects_the_output_up_to_its_bound(void **state)
{
	char *envp[] = {NULL};

	(void)state;
	assert_int_equal(shell("echo one; echo two", 5000), 0);
	assert_string_equal(output, "one\ntwo\n");
	assert_false(result.truncated);
	assert_int_equal(shell_with("printf 12345678", envp, 5000, 8), 0);
	assert_string_equal(output, "12345678");
	assert_false(result.truncated);
	assert_int_equal(shell_with("printf 123456789", envp, 5000, 8), 0);
	assert_string_equal(output, "12345678");
	assert_true(result.truncated);
	/* More than a pipe holds: the rest is thrown away, the child is not blocked. */
	assert_int_equal(shell_with("i=0; while [ $i -lt 3000 ]; do i=$((i + 1)); "
				    "echo 0123456789012345678901234567890123456789; done; exit 3",
				    envp, 20000, 100),
			 0);
	assert_int_equal(result.exit_status, 3);
	assert_true(result.truncated);
	assert_int_equal(strlen(output), 100);
}

static void gives_exactly_the_environment_named(void **state)
{
	char *envp[] = {(char *)"ONE=1", NULL};

	(void)state;
	setenv("FI_PROVIDER", "tcp", 1);
	assert_int_equal(shell_with("echo $ONE-$FI_PROVIDER-$HOME", envp, 5000, 100), 0);
	unsetenv("FI_PROVIDER");
	assert_string_equal(output, "1--\n");
}

static void inherits_no_descriptor_and_no_terminal(void **state)
{
	char path[] = "/var/tmp/test_child.XXXXXX";
	int fd = mkstemp(path), high = fcntl(fd, F_DUPFD, 200);

	(void)state;
	assert_true(fd >= 0 && high >= 200);
	assert_int_equal(shell("for f in 0 2; do readlink /proc/$$/fd/$f; done;"
			       "f=0; while [ $f -lt 256 ]; do"
			       " [ ! -e /proc/$$/fd/$f ] || printf '%d ' $f; f=$((f + 1)); done",
			       5000),
			 0);
	close(fd);
	close(high);
	unlink(path);
	assert_string_equal(output, "/dev/null\n/dev/null\n0 1 2 ");
}

static void works_with_the_standard_descriptors_closed(void **state)
{
	int saved[3], i;

	(void)state;
	for (i = 0; i < 3; i++) {
		saved[i] = fcntl(i, F_DUPFD_CLOEXEC, 50);
		close(i);
	}
	assert_int_equal(shell("echo here", 5000), 0);
	for (i = 0; i < 3; i++) {
		dup2(saved[i], i);
		close(saved[i]);
	}
	assert_string_equal(output, "here\n");
}

static void resets_signals(void **state)
{
	sigset_t mask;

	(void)state;
	signal(SIGTERM, SIG_IGN);
	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	assert_int_equal(shell("grep -E 'Sig(Blk|Ign)' /proc/self/status", 5000), 0);
	sigprocmask(SIG_UNBLOCK, &mask, NULL);
	signal(SIGTERM, SIG_DFL);
	assert_string_equal(output, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

static void runs_in_a_session_of_its_own(void **state)
{
	(void)state;
	/* pid, ppid, pgrp, session */
	assert_int_equal(
		shell("set -- $(cat /proc/$$/stat); [ $1 = $5 ] && [ $1 = $6 ] && echo own", 5000),
		0);
	assert_string_equal(output, "own\n");
}

static void ends_it_at_the_deadline(void **state)
{
	struct timespec start;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &start);
	assert_int_equal(shell("trap '' TERM; echo begun; while :; do sleep 5; done", 300), 0);
	assert_true(elapsed_ms(&start) >= NOT_BEFORE_MS(300));
	assert_true(elapsed_ms(&start) < 2000);
	assert_true(result.timed_out);
	assert_false(result.abandoned);
	assert_int_equal(result.exit_status, -1);
	assert_int_equal(result.signal, SIGKILL);
	assert_string_equal(output, "begun\n");
}

static void ends_one_that_only_writes(void **state)
{
	struct timespec start;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &start);
	assert_int_equal(shell("exec cat /dev/zero", 300), 0);
	assert_true(elapsed_ms(&start) < 2000);
	assert_true(result.timed_out);
	assert_true(result.truncated);
}

static void does_not_wait_for_a_grandchild(void **state)
{
	struct timespec start;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &start);
	assert_int_equal(shell("sleep 4 & echo $!", 10000), 0);
	assert_true(elapsed_ms(&start) < 3000);
	assert_int_equal(result.exit_status, 0);
	assert_false(result.timed_out);
	kill((pid_t)strtol(output, NULL, 10), SIGKILL);
}

static void the_deadline_also_ends_its_group(void **state)
{
	pid_t pid;
	int tries;

	(void)state;
	assert_int_equal(shell("sleep 30 & echo $!; wait", 300), 0);
	assert_true(result.timed_out);
	pid = (pid_t)strtol(output, NULL, 10);
	assert_true(pid > 1);
	/* It belongs to init now, which may take a moment to collect it. */
	for (tries = 0; tries < 100 && !kill(pid, 0); tries++) {
		char path[64], text[256] = "";
		FILE *f;

		text_format(path, sizeof(path), "/proc/%d/stat", (int)pid);
		f = fopen(path, "re");
		if (!f)
			break;
		(void)!fgets(text, sizeof(text), f);
		fclose(f);
		if (strstr(text, ") Z "))
			break;
		usleep(20000);
	}
	assert_true(tries < 100);
}

static void copes_with_sigchld_ignored(void **state)
{
	(void)state;
	signal(SIGCHLD, SIG_IGN);
	assert_int_equal(shell("echo there", 5000), 0);
	signal(SIGCHLD, SIG_DFL);
	assert_string_equal(output, "there\n");
	assert_false(result.timed_out);
	/* The kernel threw the status away. */
	assert_int_equal(result.exit_status, -1);
}

static int touched;

static int writes_and_ends(void *data)
{
	const char *text = data;

	touched = 1;
	setenv("TEST_CHILD_TOUCHED", "1", 1);
	(void)!write(1, text, 5);
	return 7;
}

static int crashes(void *data)
{
	(void)data;
	(void)!write(1, "begun", 5);
	raise(SIGSEGV);
	return 0;
}

static int hangs(void *data)
{
	signal(SIGTERM, SIG_IGN);
	while (!data)
		pause();
	return 0;
}

/* How many descriptors it has, and where its error messages go. */
static int looks_around(void *data)
{
	int high = *(const int *)data, n = 0;
	char target[32] = "";

	for (int fd = 0; fd <= high; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	(void)!readlink("/proc/self/fd/2", target, sizeof(target) - 1);
	return n == 3 && !strcmp(target, "/dev/null") ? 0 : 1;
}

static int call(child_body_fn body, void *data, unsigned deadline_ms, size_t *ret_size)
{
	struct err err = {""};

	free(output);
	output = NULL;
	memset(&result, 0x55, sizeof(result));
	return child_call(body, data, "a test", deadline_ms, 16, &output, ret_size, &result, &err);
}

static void a_call_that_crashes_or_hangs_is_told(void **state)
{
	struct timespec start;
	size_t size;

	(void)state;
	assert_int_equal(call(crashes, NULL, 5000, &size), 0);
	assert_int_equal(result.signal, SIGSEGV);
	assert_int_equal(result.exit_status, -1);
	assert_false(result.timed_out);
	assert_int_equal(size, 5);
	clock_gettime(CLOCK_MONOTONIC, &start);
	assert_int_equal(call(hangs, NULL, 300, &size), 0);
	assert_true(elapsed_ms(&start) >= NOT_BEFORE_MS(300) && elapsed_ms(&start) < 5000);
	assert_true(result.timed_out);
	assert_int_equal(result.signal, SIGKILL);
	assert_int_equal(size, 0);
}

static void a_call_leaves_the_caller_as_it_was(void **state)
{
	size_t size;

	(void)state;
	assert_int_equal(call(writes_and_ends, (void *)"a\0b\0c", 5000, &size), 0);
	assert_int_equal(result.exit_status, 7);
	assert_int_equal(size, 5);
	assert_memory_equal(output, "a\0b\0c", 6);
	assert_int_equal(touched, 0);
	assert_null(getenv("TEST_CHILD_TOUCHED"));
}

static void a_call_has_no_descriptors_of_ours(void **state)
{
	int high = fcntl(0, F_DUPFD, 200);
	size_t size;

	(void)state;
	assert_true(high >= 200);
	assert_int_equal(call(looks_around, &high, 5000, &size), 0);
	close(high);
	assert_int_equal(result.exit_status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_cannot_be_executed),
		cmocka_unit_test(tells_how_it_ended),
		cmocka_unit_test(collects_the_output_up_to_its_bound),
		cmocka_unit_test(gives_exactly_the_environment_named),
		cmocka_unit_test(inherits_no_descriptor_and_no_terminal),
		cmocka_unit_test(works_with_the_standard_descriptors_closed),
		cmocka_unit_test(resets_signals),
		cmocka_unit_test(runs_in_a_session_of_its_own),
		cmocka_unit_test(ends_it_at_the_deadline),
		cmocka_unit_test(ends_one_that_only_writes),
		cmocka_unit_test(does_not_wait_for_a_grandchild),
		cmocka_unit_test(the_deadline_also_ends_its_group),
		cmocka_unit_test(copes_with_sigchld_ignored),
		cmocka_unit_test(a_call_that_crashes_or_hangs_is_told),
		cmocka_unit_test(a_call_leaves_the_caller_as_it_was),
		cmocka_unit_test(a_call_has_no_descriptors_of_ours),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
