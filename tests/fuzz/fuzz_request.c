/* SPDX-License-Identifier: Apache-2.0 */
/* What a job and a step ask for: the first line is the job's request, the second the step's. */
#include <string.h>

#include "kit.h"
#include "request.h"
#include "text.h"

#define TEXT_MAX 1024

static void sound_request(const struct request *req)
{
	CHECK(req->wish <= WISH_NAMED && req->affinity <= AFFINITY_NONE);
	CHECK_PRINTABLE(req->layout);
	CHECK((req->wish == WISH_NAMED) == text_is_name(req->layout, NAME_TEXT - 1));
	CHECK(req->check <= CHECK_FULL && req->rails.kind <= RAILS_PER_GPU);
	CHECK((req->rails.kind >= RAILS_COUNT) == (req->rails.n > 0));
	CHECK(req->rails.n <= (req->rails.kind == RAILS_PERCENT ? 100 : NODE_RAILS_MAX));
}

/* What is written is read back. */
static void reads_the_same(const struct request *req)
{
	struct request again;
	struct err err = {""};
	char text[257];

	CHECK(!request_format(req, text, sizeof(text)));
	memset(&again, 0x5a, sizeof(again));
	CHECK_OK(request_parse(text, &again, &err), &err);
	CHECK(again.wish == req->wish && !strcmp(again.layout, req->layout));
	CHECK(again.has_affinity == req->has_affinity);
	CHECK(!req->has_affinity || again.affinity == req->affinity);
	CHECK(again.rails.kind == req->rails.kind && again.rails.n == req->rails.n);
	CHECK(again.check == req->check && again.verbose == req->verbose);
	CHECK(again.no_env == req->no_env);
}

static bool parsed(const char *text, struct request *ret_req)
{
	struct request before;
	struct err err = {""};
	int rc;

	memset(&before, 0x5a, sizeof(before));
	*ret_req = before;
	rc = request_parse(text, ret_req, &err);
	if (rc) {
		kit_refused(rc, &err);
		CHECK(!memcmp(ret_req, &before, sizeof(before)));
		return false;
	}
	sound_request(ret_req);
	reads_the_same(ret_req);
	return true;
}

static void set(const char *text)
{
	struct request req, before;

	request_init(&req);
	for (int option = 0; option < REQUEST_OPTIONS; option++) {
		struct err err = {""};
		int rc;

		before = req;
		rc = request_set(&req, (enum request_option)option, text, &err);
		if (!rc)
			continue;
		kit_refused(rc, &err);
		CHECK(!memcmp(&req, &before, sizeof(req)));
	}
	sound_request(&req);
	reads_the_same(&req);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct request req;

	(void)argc;
	(void)argv;
	CHECK(parsed("v1;layout=efa-only;affinity=gpu", &req));
	CHECK(req.wish == WISH_NAMED && req.affinity == AFFINITY_GPU);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[TEXT_MAX], *step;
	struct request job_request, step_request, narrowed;
	struct err err = {""};
	bool both;
	int rc;

	if (size >= sizeof(text))
		return 0;
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	set(text);
	step = strchr(text, '\n');
	if (step)
		*step++ = '\0';
	both = parsed(text, &job_request);
	if (!step || !parsed(step, &step_request) || !both)
		return 0;
	rc = request_narrow(&job_request, &step_request, &narrowed, &err);
	if (rc) {
		kit_refused(rc, &err);
		return 0;
	}
	sound_request(&narrowed);
	reads_the_same(&narrowed);
	return 0;
}
