/* SPDX-License-Identifier: Apache-2.0 */
/* A job in words, as policy simulate is given it. */
#include <string.h>

#include "job_text.h"
#include "kit.h"

static struct job_text job;

static void sound_value(const struct job_value *value)
{
	CHECK(memchr(value->text, '\0', sizeof(value->text)));
	CHECK_PRINTABLE(value->text);
	CHECK(value->given || !value->text[0]);
	CHECK(!strpbrk(value->text, " '\"`\\"));
}

static void sound_job(void)
{
	struct job_facts facts;
	struct request req;
	struct err err = {""};
	int rc;

	sound_value(&job.wire);
	for (size_t i = 0; i < REQUEST_OPTIONS; i++) {
		sound_value(&job.options[i]);
		CHECK(!job.wire.given || !job.options[i].given);
	}
	job_text_facts(&job, &facts);
	for (size_t i = 0; i < JOB_FACTS; i++) {
		sound_value(&job.facts[i]);
		CHECK(facts.v[i] || !job.facts[i].given);
		CHECK(i == JOB_GROUP || !facts.v[i] || !strchr(facts.v[i], ','));
	}
	rc = job_text_request(&job, &req, &err);
	if (rc)
		kit_refused(rc, &err);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct err err = {""};

	(void)argc;
	(void)argv;
	CHECK_OK(job_text_parse("--efa-layout any user=root", &job, &err), &err);
	CHECK(job.options[OPTION_LAYOUT].given && job.facts[JOB_USER].given);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[JOB_TEXT_MAX + 64];
	struct err err = {""};
	int rc;

	if (size >= sizeof(text))
		return 0;
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	rc = job_text_parse(text, &job, &err);
	if (rc)
		kit_refused(rc, &err);
	else
		sound_job();
	return 0;
}
