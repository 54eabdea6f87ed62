/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "file.h"
#include "site.h"
#include "text.h"

#define DATA_DIR SOURCE_DIR "/etc"

struct fixture {
	char dir[64]; /* the site's directory */
	struct site *site;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	text_format(f->dir, sizeof(f->dir), "/tmp/test_site.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	f->site = calloc(1, sizeof(*f->site));
	*state = f;
	return 0;
}

static void remove_file(const struct fixture *f, const char *name)
{
	char path[128];

	text_format(path, sizeof(path), "%s/%s", f->dir, name);
	unlink(path);
}

static int tear_down(void **state)
{
	static const char *const names[] = {"policy.json", "layouts.json", "instance-types.json",
					    "environment.json"};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		remove_file(f, names[i]);
	rmdir(f->dir);
	site_done(f->site);
	free(f->site);
	free(f);
	return 0;
}

static void write_file(const struct fixture *f, const char *name, const char *text)
{
	char path[128];

	text_format(path, sizeof(path), "%s/%s", f->dir, name);
	assert_int_equal(file_replace(path, text, strlen(text), 0644, NULL), 0);
}

/* Fails with this code and these words, and leaves nothing behind. */
static void assert_refused(const struct fixture *f, const char *data_dir, int code,
			   const char *words)
{
	static const struct site empty;
	struct err err = {""};

	memset(f->site, 0xa5, sizeof(*f->site));
	assert_int_equal(site_load(f->site, data_dir, f->dir, FILE_TRUST_ANY, &err), code);
	if (!strstr(err.text, words))
		fail_msg("expected \"%s\" in \"%s\"", words, err.text);
	assert_memory_equal(f->site, &empty, sizeof(empty));
}

static void refuses_without_shipped_data(void **state)
{
	assert_refused(*state, "/nonexistent", -ENOENT, "/nonexistent/layouts.json");
}

static void refuses_names_too_long(void **state)
{
	char dir[5000];

	memset(dir, 'x', sizeof(dir) - 1);
	dir[sizeof(dir) - 1] = '\0';
	assert_refused(*state, dir, -ENAMETOOLONG, "too long");
}

static void refuses_broken_files_of_the_site(void **state)
{
	static const char *const names[] = {"policy.json", "layouts.json", "instance-types.json",
					    "environment.json"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		write_file(*state, names[i], "[]");
		assert_refused(*state, DATA_DIR, -EINVAL, names[i]);
		remove_file(*state, names[i]);
	}
}

static void refuses_a_policy_of_unknown_layouts(void **state)
{
	write_file(*state, "policy.json", "{\"layout\": {\"declared\": \"efa-onyl\"}}");
	assert_refused(*state, DATA_DIR, -EINVAL,
		       "layout.declared: there is no layout \"efa-onyl\"; did you mean "
		       "\"efa-only\"?");
	write_file(*state, "policy.json", "{\"layout\": {\n\"default\": \"zzzzzzzz\"}}");
	assert_refused(*state, DATA_DIR, -EINVAL,
		       "/policy.json:2: layout.default: there is no layout \"zzzzzzzz\"");
	write_file(*state, "policy.json", "{\"layout\": {\n\"allow\": [\"any\", \"al-efa\"]}}");
	assert_refused(*state, DATA_DIR, -EINVAL,
		       "/policy.json:2: layout.allow: there is no layout \"al-efa\"; did you mean "
		       "\"all-efa\"?");
	write_file(*state, "policy.json",
		   "{\"jobs\": [{\"when\": {\"user\": \"u\"},\n\"layout\": {\"default\": "
		   "\"al-efa\"}}]}");
	assert_refused(*state, DATA_DIR, -EINVAL,
		       "/policy.json:2: layout.default: there is no layout \"al-efa\"");
}

static void loads_shipped_data_alone(void **state)
{
	struct fixture *f = *state;
	struct err err = {""};

	assert_int_equal(site_load(f->site, DATA_DIR, f->dir, FILE_TRUST_ANY, &err), 0);
	assert_string_equal(err.text, "");
	assert_non_null(layout_find(&f->site->layouts, "efa-only"));
	assert_non_null(type_find(&f->site->types, "p5.48xlarge"));
	assert_true(f->site->env.n > 0);
	assert_string_equal(f->site->policy.layout_declared, "auto");
}

static void site_files_come_on_top(void **state)
{
	struct fixture *f = *state;

	write_file(f, "layouts.json",
		   "{\"layouts\": [{\"name\": \"ours\", \"summary\": \"as we like it\", "
		   "\"cards\": [{\"cards\": \"all\", \"efa\": true, \"ena\": true}]}]}");
	write_file(f, "policy.json", "{\"layout\": {\"declared\": \"ours\"}}");
	assert_int_equal(site_load(f->site, DATA_DIR, f->dir, FILE_TRUST_ANY, NULL), 0);
	assert_non_null(layout_find(&f->site->layouts, "ours"));
	assert_non_null(layout_find(&f->site->layouts, "efa-only"));
	assert_string_equal(f->site->policy.layout_declared, "ours");
}

static void layouts_alone(void **state)
{
	struct fixture *f = *state;
	struct layout_set *set = calloc(1, sizeof(*set));
	struct err err = {""};

	assert_int_equal(site_load_layouts(set, DATA_DIR, f->dir, FILE_TRUST_ANY, &err), 0);
	assert_non_null(layout_find(set, "all-efa"));
	write_file(f, "layouts.json", "{");
	assert_int_equal(site_load_layouts(set, DATA_DIR, f->dir, FILE_TRUST_ANY, &err), -EINVAL);
	assert_int_equal(set->n, 0);
	free(set);
}

static void done_takes_anything(void **state)
{
	struct fixture *f = *state;

	site_done(NULL);
	site_done(f->site);
	site_done(f->site);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(refuses_without_shipped_data),
		TEST(refuses_names_too_long),
		TEST(refuses_broken_files_of_the_site),
		TEST(refuses_a_policy_of_unknown_layouts),
		TEST(loads_shipped_data_alone),
		TEST(site_files_come_on_top),
		TEST(layouts_alone),
		TEST(done_takes_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
