/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A policy that is replaced while it is read: at every moment between two calls of the system, and
 * back again at every later one. What is read is one version or the other, never something of both.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dlfcn.h>
#include <fcntl.h>

#include "policy.h"
#include "site_folder.h"

#include "policy_versions.h"

#define MOMENTS_MAX 400
#define CHUNK	    700 /* bytes that a read gives at most: a file takes several */

/* Calls of open and read so far, and those before which the policy is replaced. */
static struct {
	bool counts;
	unsigned n, first, second;
	void (*replace)(unsigned version);
} moment;

static void pass(void)
{
	if (!moment.counts)
		return;
	moment.counts = false;
	if (moment.n == moment.first)
		moment.replace(1);
	if (moment.n == moment.second)
		moment.replace(0);
	moment.n++;
	moment.counts = true;
}

int open(const char *path, int flags, ...)
{
	int (*real)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT,
										     "open");
	mode_t mode = 0;
	va_list args;

	if (flags & O_CREAT) {
		va_start(args, flags);
		mode = va_arg(args, mode_t);
		va_end(args);
	}
	pass();
	return real(path, flags, mode);
}

ssize_t read(int fd, void *buf, size_t size)
{
	ssize_t (*real)(int, void *, size_t) = (ssize_t(*)(int, void *, size_t))dlsym(RTLD_NEXT,
										      "read");

	pass();
	return real(fd, buf, moment.counts && size > CHUNK ? CHUNK : size);
}

/* The numbers of a version say which it is; a part of it stands at the end of a long file. */
static void format(unsigned version, char *buf, size_t size)
{
	text_format(buf, size,
		    "{\"check\": {\"budget_ms\": %u, \"open_ms\": %u,%1500s\"rail_ms\": %u}, "
		    "\"limit\": {\"cluster_nodes\": %u}}\n",
		    1000 + version, 100 + version, "", 100 + version, version);
}

static void by_rename(unsigned version)
{
	char text[2000];

	format(version, text, sizeof(text));
	folder_write("policy.json", text);
}

static void in_place(unsigned version)
{
	char text[2000];
	FILE *file = fopen(folder_path("policy.json"), "r+");

	format(version, text, sizeof(text));
	if (!file) {
		folder_write("policy.json", text);
		return;
	}
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	assert_int_equal(fclose(file), 0);
}

/* Two files in a folder that a link leads to. */
static void by_link(unsigned version)
{
	if (access(folder_path(version ? "v1" : "v0"), F_OK))
		make_version_folder(version);
	assert_true(link_version_folder(version));
}

/* The number of moments that there were. */
static unsigned read_once(unsigned first, unsigned second, unsigned seen[2])
{
	struct policy policy;
	struct err err = {""};
	int rc;

	moment.replace(0);
	moment.n = 0;
	moment.first = first;
	moment.second = second;
	moment.counts = true;
	rc = policy_load_site(site_dir, FILE_TRUST_OWNER, &policy, &err);
	moment.counts = false;
	if (rc)
		fail_msg("replaced at %u, back at %u: %s", first, second, err.text);
	if (!is_one_version(&policy))
		fail_msg("replaced at %u, back at %u: a mixture", first, second);
	seen[policy.cluster_nodes]++;
	return moment.n;
}

static void at_every_moment(void (*replace)(unsigned version))
{
	unsigned seen[2] = {0}, n;

	moment.replace = replace;
	n = read_once(MOMENTS_MAX, MOMENTS_MAX, seen);
	assert_in_range(n, 4, MOMENTS_MAX - 1);
	for (unsigned first = 0; first < n; first++)
		for (unsigned second = first + 1; second <= n; second++)
			read_once(first, second < n ? second : MOMENTS_MAX, seen);
	assert_true(seen[0] && seen[1]);
}

static void renamed(void **state)
{
	(void)state;
	at_every_moment(by_rename);
}

static void overwritten(void **state)
{
	(void)state;
	at_every_moment(in_place);
}

static void another_folder(void **state)
{
	(void)state;
	at_every_moment(by_link);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_setup, folder_teardown)
	const struct CMUnitTest tests[] = {
		TEST(renamed),
		TEST(overwritten),
		TEST(another_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
