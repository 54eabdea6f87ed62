/* SPDX-License-Identifier: Apache-2.0 */
/* A job in words. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "job_text.h"

static struct job_text *job;
static struct err err;

static int setup(void **state)
{
	(void)state;
	job = calloc(1, sizeof(*job));
	return job ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	free(job);
	return 0;
}

static void assert_refused(const char *text, const char *sentence)
{
	memset(&err, 0, sizeof(err));
	assert_int_equal(job_text_parse(text, job, &err), -EINVAL);
	if (!strstr(err.text, sentence))
		fail_msg("\"%s\": expected \"%s\", found \"%s\"", text, sentence, err.text);
}

static void refuses(void **state)
{
	char longest[JOB_TEXT_MAX + 2];

	(void)state;
	assert_refused("--efa-layuot=any", "did you mean \"--efa-layout\"?");
	assert_refused("--efa-layoutx=any", "did you mean \"--efa-layout\"?");
	assert_refused("efa-layout=any", "did you mean \"--efa-layout\"?");
	assert_refused("-efa-layout=any", "did you mean \"--efa-layout\"?");
	assert_refused("partitoin=a", "did you mean \"partition\"?");
	assert_refused("srun", "\"srun\" is neither");
	assert_refused("=", "\"\" is neither");
	assert_refused("--", "\"--\" is neither");
	assert_refused("--group=a", "\"--group\" is neither");
	assert_refused("partition=a  partition=a", "partition is given twice");
	assert_refused("--partition=a partition=b", "partition is given twice");
	assert_refused("user=a,b", "a job has one user, found \"a,b\"");
	assert_refused("user", "the value is missing; give user=NAME");
	assert_refused("--efa-rails", "the value is missing");
	assert_refused("--no-efa-env=", "takes no value");
	assert_refused("user=\"a", "byte 6 is a \"");
	assert_refused("user=a\rb", "byte 7 is no printable ASCII");
	assert_refused("\x7f", "byte 1 is no printable ASCII");
	assert_refused("v1;verbose v1;verbose", "is a second request");
	assert_refused("--efa-verbose v1", "both \"v1\" and options");
	memset(longest, ' ', sizeof(longest));
	longest[JOB_TEXT_MAX + 1] = '\0';
	assert_refused(longest, "longer than the 4096 bytes");
	longest[JOB_TEXT_MAX] = '\0';
	assert_int_equal(job_text_parse(longest, job, &err), 0);
	memset(longest + 5, 'a', JOB_VALUE_TEXT);
	memcpy(longest, "user=", 5);
	assert_refused(longest, "longer than the 1023 bytes");
	longest[5 + JOB_VALUE_TEXT - 1] = ' ';
	assert_int_equal(job_text_parse(longest, job, &err), 0);
}

static void assert_asks(const char *text, const char *wire)
{
	struct request req;
	char found[REQUEST_TEXT];

	assert_int_equal(job_text_parse(text, job, &err), 0);
	assert_int_equal(job_text_request(job, &req, &err), 0);
	assert_int_equal(request_format(&req, found, sizeof(found)), 0);
	assert_string_equal(found, wire);
}

static void what_it_asks(void **state)
{
	(void)state;
	assert_asks("", "v1");
	assert_asks(" \t\n", "v1");
	assert_asks("user=root", "v1");
	assert_asks("--efa-layout=efa-only --efa-rails 50%\n--efa-affinity\tgpu --efa-check=full "
		    "--efa-verbose --no-efa-env",
		    "v1;layout=efa-only;rails=50%;affinity=gpu;check=full;verbose;no-env");
	assert_asks("--efa-rails=0 --efa-rails=2", "v1;rails=2");
	assert_asks("v1;layout=any user=root", "v1;layout=any");
	assert_asks("v1", "v1");
}

/* What options cannot mean is the user's mistake, and is said with the words that users get. */
static void what_it_cannot_ask(void **state)
{
	static const char *const texts[][2] = {
		{"--efa-rails=0", "--efa-rails=0: expected all"},
		{"--efa-layout=help", "--efa-layout=help is answered where a job is submitted"},
		{"--efa-layout --efa-verbose", "--efa-layout=--efa-verbose: a layout name has"},
		{"v1;layot=any", "request of the job: \"layot=any\""},
	};
	struct request req;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(job_text_parse(texts[i][0], job, &err), 0);
		assert_int_equal(job_text_request(job, &req, &err), -EINVAL);
		assert_non_null(strstr(err.text, texts[i][1]));
	}
}

static void what_it_is(void **state)
{
	struct job_facts facts;

	(void)state;
	assert_int_equal(job_text_parse("", job, &err), 0);
	job_text_facts(job, &facts);
	for (size_t i = 0; i < JOB_FACTS; i++)
		if (i != JOB_RESERVATION)
			assert_null(facts.v[i]);
	assert_string_equal(facts.v[JOB_RESERVATION], "");
	assert_int_equal(job_text_parse("--partition=debug --account=a=b qos= user=u group=x,y "
					"--reservation=r",
					job, &err),
			 0);
	job_text_facts(job, &facts);
	assert_string_equal(facts.v[JOB_PARTITION], "debug");
	assert_string_equal(facts.v[JOB_ACCOUNT], "a=b");
	assert_string_equal(facts.v[JOB_QOS], "");
	assert_string_equal(facts.v[JOB_USER], "u");
	assert_string_equal(facts.v[JOB_GROUP], "x,y");
	assert_string_equal(facts.v[JOB_RESERVATION], "r");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(refuses, setup, teardown),
		cmocka_unit_test_setup_teardown(what_it_asks, setup, teardown),
		cmocka_unit_test_setup_teardown(what_it_cannot_ask, setup, teardown),
		cmocka_unit_test_setup_teardown(what_it_is, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
