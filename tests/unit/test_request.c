/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "request.h"

#define N(list) (sizeof(list) / sizeof((list)[0]))

static void refuses_layouts(void **state)
{
	static const struct {
		const char *value, *sentence;
	} cases[] = {
		{NULL, "--efa-layout: the value is empty; give a layout name or any"},
		{"", "--efa-layout: the value is empty; give a layout name or any"},
		{"help", "--efa-layout=help is answered where a job is submitted"},
		{"-x", "--efa-layout=-x: a layout name has 1 to 31 letters"},
		{"a b", "--efa-layout=a b: a layout name has"},
		{"a;layout=b", "a layout name has"},
		{"a\nb", "--efa-layout=a?b: a layout name has"},
		{"\xc3\xa4", "--efa-layout=??: a layout name has"},
		{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "a layout name has 1 to 31 letters"},
		{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		 "--efa-layout=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...: "},
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct request req;
		struct err err = {""};

		request_init(&req);
		assert_int_equal(request_set(&req, OPTION_LAYOUT, cases[i].value, &err), -EINVAL);
		if (!strstr(err.text, cases[i].sentence))
			fail_msg("%s", err.text);
		assert_int_equal(req.wish, WISH_DEFAULT);
		assert_string_equal(req.layout, "");
	}
}

static void refuses_affinities(void **state)
{
	static const struct {
		const char *value, *sentence;
	} cases[] = {
		{NULL, "--efa-affinity: the value is empty; give one of auto, gpu, numa, spread, "
		       "all, none"},
		{"", "--efa-affinity: the value is empty"},
		{"gpus", "--efa-affinity=gpus: expected one of auto, gpu, numa, spread, all, none; "
			 "did you mean \"gpu\"?"},
		{"sperad", "did you mean \"spread\"?"},
		{"GPU\x1b[2J", "--efa-affinity=GPU?[2J: expected one of"},
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct request req;
		struct err err = {""};

		request_init(&req);
		assert_int_equal(request_set(&req, OPTION_AFFINITY, cases[i].value, &err), -EINVAL);
		if (!strstr(err.text, cases[i].sentence))
			fail_msg("%s", err.text);
		assert_false(req.has_affinity);
	}
}

static void refuses_other_options(void **state)
{
	static const struct {
		enum request_option option;
		const char *value, *sentence;
	} cases[] = {
		{OPTION_RAILS, NULL,
		 "--efa-rails: the value is empty; give all, 8, 50% or per-gpu:4"},
		{OPTION_RAILS, "", "--efa-rails: the value is empty"},
		{OPTION_RAILS, "0",
		 "--efa-rails=0: expected all, a number of 1 to 64, 1% to 100%, or "
		 "per-gpu: and a number of 1 to 64"},
		{OPTION_RAILS, "65", "--efa-rails=65: expected"},
		{OPTION_RAILS, "-1", "--efa-rails=-1: expected"},
		{OPTION_RAILS, "+1", "--efa-rails=+1: expected"},
		{OPTION_RAILS, " 1", "--efa-rails= 1: expected"},
		{OPTION_RAILS, "4.0", "--efa-rails=4.0: expected"},
		{OPTION_RAILS, "%", "--efa-rails=%: expected"},
		{OPTION_RAILS, "0%", "--efa-rails=0%: expected"},
		{OPTION_RAILS, "101%", "--efa-rails=101%: expected"},
		{OPTION_RAILS, "50%%", "--efa-rails=50%%: expected"},
		{OPTION_RAILS, "per-gpu:", "--efa-rails=per-gpu:: expected"},
		{OPTION_RAILS, "per-gpu:0", "--efa-rails=per-gpu:0: expected"},
		{OPTION_RAILS, "per-gpu:4%", "--efa-rails=per-gpu:4%: expected"},
		{OPTION_RAILS, "18446744073709551617",
		 "--efa-rails=18446744073709551617: expected"},
		{OPTION_CHECK, "",
		 "--efa-check: the value is empty; give one of cached, quick, full"},
		{OPTION_CHECK, "auto", "--efa-check=auto: expected one of cached, quick, full"},
		{OPTION_CHECK, "ful", "did you mean \"full\"?"},
		{OPTION_VERBOSE, "2",
		 "--efa-verbose: it takes no value, and its variable 1 or 0; "
		 "found \"2\""},
		{OPTION_NO_ENV, "maybe\n",
		 "--no-efa-env: it takes no value, and its variable 1 or 0; "
		 "found \"maybe?\""},
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct request req, before;
		struct err err = {""};

		request_init(&req);
		before = req;
		assert_int_equal(request_set(&req, cases[i].option, cases[i].value, &err), -EINVAL);
		if (!strstr(err.text, cases[i].sentence))
			fail_msg("%s", err.text);
		assert_memory_equal(&req, &before, sizeof(req));
	}
}

static void flags_are_on_and_off(void **state)
{
	static const char *const on[] = {NULL, "", "1", "yes", "true", "(null)"}, *const off[] = {
											  "0", "no",
											  "false"};
	struct request req;
	struct err err;

	(void)state;
	request_init(&req);
	assert_false(request_any(&req));
	for (size_t i = 0; i < N(on); i++) {
		req.verbose = false;
		assert_int_equal(request_set(&req, OPTION_VERBOSE, on[i], &err), 0);
		assert_true(req.verbose);
	}
	assert_true(request_any(&req));
	for (size_t i = 0; i < N(off); i++) {
		req.no_env = true;
		assert_int_equal(request_set(&req, OPTION_NO_ENV, off[i], &err), 0);
		assert_false(req.no_env);
	}
}

static void refuses_texts(void **state)
{
	static const struct {
		const char *text, *sentence;
	} cases[] = {
		{"", "request of the job: starts with \"\", expected \"v1\""},
		{"v2;layout=any", "starts with \"v2\", expected \"v1\""},
		{"layout=any", "starts with \"layout=any\", expected \"v1\""},
		{"v1;", "\"\": expected layout=, rails=, affinity=, check=, verbose or no-env "
			"between semicolons"},
		{"v1;layout", "\"layout\": expected layout="},
		{"v1;layouts=any", "\"layouts=any\": expected layout="},
		{"v1;verbose=1", "\"verbose=1\": expected layout="},
		{"v1;no-env=", "\"no-env=\": expected layout="},
		{"v1;verbose;verbose", "the key \"verbose\" is given twice"},
		{"v1;rails=0", "--efa-rails=0: expected all, a number of 1 to 64"},
		{"v1;rails=4;rails=4", "the key \"rails\" is given twice"},
		{"v1;check=auto", "--efa-check=auto: expected one of cached, quick, full"},
		{"v1;layout=", "--efa-layout: the value is empty"},
		{"v1;layout=help", "--efa-layout=help is answered"},
		{"v1;layout=a;layout=a", "the key \"layout\" is given twice"},
		{"v1;layout=any;layout=none", "the key \"layout\" is given twice"},
		{"v1;affinity=gpu;affinity=gpu", "the key \"affinity\" is given twice"},
		{"v1;affinity=best", "--efa-affinity=best: expected one of"},
		{"v1;layout=a\nPATH=/x", "--efa-layout=a?PATH=/x: a layout name"},
		{"v1;layout=$(id)", "--efa-layout=$(id): a layout name"},
		{"v1 ;layout=a", "starts with \"v1 \""},
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct request req = {.wish = WISH_ANY};
		struct err err = {""};

		assert_int_equal(request_parse(cases[i].text, &req, &err), -EINVAL);
		if (strncmp(err.text, "request of the job: ", 20) != 0 ||
		    !strstr(err.text, cases[i].sentence))
			fail_msg("%s: %s", cases[i].text, err.text);
		assert_int_equal(req.wish, WISH_ANY);
	}
}

static void refuses_long_text(void **state)
{
	struct request req;
	struct err err;
	char text[258];

	(void)state;
	memset(text, ';', sizeof(text));
	memcpy(text, "v1", 2);
	text[257] = '\0';
	assert_int_equal(request_parse(text, &req, &err), -EINVAL);
	assert_string_equal(err.text,
			    "request of the job: longer than the 256 bytes that are allowed");
	text[256] = '\0';
	assert_int_equal(request_parse(text, &req, &err), -EINVAL);
	assert_non_null(strstr(err.text, "between semicolons"));
}

static void goes_there_and_back(void **state)
{
	static const struct {
		const char *layout, *affinity, *rails, *check;
		bool verbose, no_env;
		const char *text;
	} cases[] = {
		{.text = "v1"},
		{.layout = "any", .text = "v1;layout=any"},
		{.layout = "none", .text = "v1;layout=none"},
		{.layout = "efa-only",
		 .affinity = "gpu",
		 .text = "v1;layout=efa-only;affinity=gpu"},
		{.affinity = "none", .text = "v1;affinity=none"},
		{.layout = "default",
		 .affinity = "auto",
		 .text = "v1;layout=default;affinity=auto"},
		{.rails = "all", .text = "v1;rails=all"},
		{.rails = "64", .check = "cached", .text = "v1;rails=64;check=cached"},
		{.rails = "100%", .check = "quick", .text = "v1;rails=100%;check=quick"},
		{.rails = "per-gpu:4",
		 .check = "full",
		 .verbose = true,
		 .text = "v1;rails=per-gpu:4;check=full;verbose"},
		{.no_env = true, .text = "v1;no-env"},
		/* Everything, as long as can be. */
		{.layout = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		 .affinity = "spread",
		 .rails = "per-gpu:64",
		 .check = "cached",
		 .verbose = true,
		 .no_env = true,
		 .text = "v1;layout=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;rails=per-gpu:64;affinity="
			 "spread;"
			 "check=cached;verbose;no-env"},
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct request req, again;
		struct err err = {""};
		char text[REQUEST_TEXT];

		request_init(&req);
		if (cases[i].layout)
			assert_int_equal(request_set(&req, OPTION_LAYOUT, cases[i].layout, &err),
					 0);
		if (cases[i].affinity)
			assert_int_equal(
				request_set(&req, OPTION_AFFINITY, cases[i].affinity, &err), 0);
		if (cases[i].rails)
			assert_int_equal(request_set(&req, OPTION_RAILS, cases[i].rails, &err), 0);
		if (cases[i].check)
			assert_int_equal(request_set(&req, OPTION_CHECK, cases[i].check, &err), 0);
		req.verbose = cases[i].verbose;
		req.no_env = cases[i].no_env;
		assert_int_equal(request_format(&req, text, sizeof(text)), 0);
		assert_string_equal(text, cases[i].text);
		assert_int_equal(request_parse(text, &again, &err), 0);
		assert_memory_equal(&req, &again, sizeof(req));
	}
}

static void later_values_win(void **state)
{
	struct request req;
	struct err err;
	char text[128], tight[8];

	(void)state;
	request_init(&req);
	assert_int_equal(request_set(&req, OPTION_LAYOUT, "efa-only", &err), 0);
	assert_int_equal(request_set(&req, OPTION_LAYOUT, "any", &err), 0);
	assert_int_equal(request_set(&req, OPTION_AFFINITY, "gpu", &err), 0);
	assert_int_equal(request_set(&req, OPTION_AFFINITY, "numa", &err), 0);
	assert_int_equal(request_format(&req, text, sizeof(text)), 0);
	assert_string_equal(text, "v1;layout=any;affinity=numa");
	assert_int_equal(request_format(&req, tight, sizeof(tight)), -ENOSPC);
}

static struct request parsed(const char *text)
{
	struct request req;
	struct err err = {""};

	if (request_parse(text, &req, &err))
		fail_msg("%s", err.text);
	return req;
}

static void refuses_steps_that_contradict(void **state)
{
	static const struct {
		const char *job, *step, *sentence;
	} cases[] = {
		{"v1;layout=efa-only", "v1;layout=all-efa",
		 "--efa-layout=all-efa: the job has its nodes with --efa-layout=efa-only; leave"},
		{"v1;layout=none", "v1;layout=all-efa",
		 "--efa-layout=all-efa: the job was submitted with --efa-layout=none"},
		{"v1;layout=none", "v1;layout=any",
		 "--efa-layout=any: the job was submitted with --efa-layout=none"},
		{"v1;layout=any", "v1;layout=none", "--efa-layout=none: only a whole job"},
		{"v1;layout=a", "v1;layout=none;affinity=gpu", "--efa-layout=none: only a whole"},
		{"v1", "v1;layout=none", "--efa-layout=none: only a whole job can do without"},
		{"v1", "v1;check=full",
		 "--efa-check=full: the nodes were tested before the job started, with the site's "
		 "default; submit the job with --efa-check=full"},
		{"v1;check=quick", "v1;check=full",
		 "--efa-check=full: the nodes were tested before the job started, with "
		 "--efa-check=quick; submit"},
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct request job = parsed(cases[i].job), step = parsed(cases[i].step);
		struct request out = {.wish = WISH_ANY};
		struct err err = {""};

		assert_int_equal(request_narrow(&job, &step, &out, &err), -EINVAL);
		if (strncmp(err.text, cases[i].sentence, strlen(cases[i].sentence)) != 0)
			fail_msg("%s", err.text);
		assert_int_equal(out.wish, WISH_ANY);
	}
}

static void steps_inherit_and_narrow(void **state)
{
	static const struct {
		const char *job, *step, *out;
	} cases[] = {
		{"v1", "v1", "v1"},
		{"v1;layout=a;affinity=gpu", "v1", "v1;layout=a;affinity=gpu"},
		{"v1;layout=a;affinity=gpu", "v1;affinity=none", "v1;layout=a;affinity=none"},
		{"v1;layout=a", "v1;layout=a;affinity=all", "v1;layout=a;affinity=all"},
		{"v1;layout=a", "v1;layout=any", "v1;layout=a"},
		{"v1;layout=any", "v1;layout=a", "v1;layout=a"},
		{"v1", "v1;layout=a", "v1;layout=a"},
		{"v1", "v1;layout=any", "v1;layout=any"},
		{"v1;layout=none", "v1;layout=none", "v1;layout=none"},
		{"v1;layout=none", "v1;affinity=gpu", "v1;layout=none;affinity=gpu"},
		{"v1;check=full", "v1;check=quick", "v1;check=full"},
		{"v1", "v1;check=cached", "v1"},
		{"v1;rails=all", "v1;rails=4", "v1;rails=4"},
		{"v1;rails=all", "v1", "v1;rails=all"},
		{"v1", "v1;verbose;no-env", "v1;verbose;no-env"},
		{"v1;verbose;no-env", "v1", "v1;verbose;no-env"},
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct request job = parsed(cases[i].job), step = parsed(cases[i].step), out;
		struct err err = {""};
		char text[128];

		assert_int_equal(request_narrow(&job, &step, &out, &err), 0);
		assert_int_equal(request_format(&out, text, sizeof(text)), 0);
		assert_string_equal(text, cases[i].out);
	}
}

static void words_of_affinities(void **state)
{
	enum affinity affinity = AFFINITY_ALL;

	(void)state;
	assert_string_equal(check_depth_text((enum check_depth)99), "?");
	assert_int_equal(affinity_parse("", &affinity), -EINVAL);
	assert_int_equal(affinity_parse("gpu ", &affinity), -EINVAL);
	assert_int_equal(affinity, AFFINITY_ALL);
	assert_string_equal(affinity_text((enum affinity)99), "?");
	for (int i = AFFINITY_AUTO; i <= AFFINITY_NONE; i++) {
		assert_int_equal(affinity_parse(affinity_text((enum affinity)i), &affinity), 0);
		assert_int_equal(affinity, i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_layouts),
		cmocka_unit_test(refuses_affinities),
		cmocka_unit_test(refuses_other_options),
		cmocka_unit_test(flags_are_on_and_off),
		cmocka_unit_test(refuses_texts),
		cmocka_unit_test(refuses_long_text),
		cmocka_unit_test(refuses_steps_that_contradict),
		cmocka_unit_test(goes_there_and_back),
		cmocka_unit_test(later_values_win),
		cmocka_unit_test(steps_inherit_and_narrow),
		cmocka_unit_test(words_of_affinities),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
