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
		assert_int_equal(request_set_layout(&req, cases[i].value, &err), -EINVAL);
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
		assert_int_equal(request_set_affinity(&req, cases[i].value, &err), -EINVAL);
		if (!strstr(err.text, cases[i].sentence))
			fail_msg("%s", err.text);
		assert_false(req.has_affinity);
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
		{"v1;", "\"\": expected layout=<name> or affinity=<word> between semicolons"},
		{"v1;layout", "\"layout\": expected layout=<name>"},
		{"v1;layouts=any", "\"layouts=any\": expected layout=<name>"},
		{"v1;rails=4", "\"rails=4\": expected layout=<name>"},
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
		const char *layout, *affinity, *text;
	} cases[] = {
		{NULL, NULL, "v1"},
		{"any", NULL, "v1;layout=any"},
		{"none", NULL, "v1;layout=none"},
		{"efa-only", "gpu", "v1;layout=efa-only;affinity=gpu"},
		{NULL, "none", "v1;affinity=none"},
		{"default", "auto", "v1;layout=default;affinity=auto"},
		{"p5.layout_2", "spread", "v1;layout=p5.layout_2;affinity=spread"},
		{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "numa",
		 "v1;layout=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;affinity=numa"},
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct request req, again;
		struct err err = {""};
		char text[128];

		request_init(&req);
		if (cases[i].layout)
			assert_int_equal(request_set_layout(&req, cases[i].layout, &err), 0);
		if (cases[i].affinity)
			assert_int_equal(request_set_affinity(&req, cases[i].affinity, &err), 0);
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
	assert_int_equal(request_set_layout(&req, "efa-only", &err), 0);
	assert_int_equal(request_set_layout(&req, "any", &err), 0);
	assert_int_equal(request_set_affinity(&req, "gpu", &err), 0);
	assert_int_equal(request_set_affinity(&req, "numa", &err), 0);
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
