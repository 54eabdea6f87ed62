/* SPDX-License-Identifier: Apache-2.0 */
#include "request.h"

#include <errno.h>
#include <string.h>

#include "text.h"

#define REQUEST_MAX	256
#define REQUEST_VERSION "v1"
#define SHOWN_MAX	48

static const char *const affinity_words[] = {
	[AFFINITY_AUTO] = "auto",     [AFFINITY_GPU] = "gpu", [AFFINITY_NUMA] = "numa",
	[AFFINITY_SPREAD] = "spread", [AFFINITY_ALL] = "all", [AFFINITY_NONE] = "none",
};

#define AFFINITY_N (sizeof(affinity_words) / sizeof(affinity_words[0]))

void request_init(struct request *req)
{
	memset(req, 0, sizeof(*req));
}

const char *affinity_text(enum affinity affinity)
{
	return (size_t)affinity < AFFINITY_N ? affinity_words[affinity] : "?";
}

int affinity_parse(const char *text, enum affinity *ret_affinity)
{
	for (size_t i = 0; i < AFFINITY_N; i++) {
		if (!strcmp(text, affinity_words[i])) {
			*ret_affinity = (enum affinity)i;
			return 0;
		}
	}
	return -EINVAL;
}

/* What a user wrote, cut and made printable. */
static const char *shown(const char *value, char *buf)
{
	text_printable(buf, SHOWN_MAX, value);
	if (strlen(value) >= SHOWN_MAX)
		memcpy(buf + SHOWN_MAX - 4, "...", 4);
	return buf;
}

int request_set_layout(struct request *req, const char *value, struct err *err)
{
	char text[SHOWN_MAX];

	if (!value || !*value)
		return err_set(err, -EINVAL,
			       "--efa-layout: the value is empty; give a layout name or any");
	if (!strcmp(value, "help"))
		return err_set(err, -EINVAL,
			       "--efa-layout=help is answered where a job is submitted, it is not "
			       "a layout");
	if (!text_is_name(value, NAME_TEXT - 1))
		return err_set(err, -EINVAL,
			       "--efa-layout=%s: a layout name has 1 to %d letters, digits, dots, "
			       "dashes or underscores",
			       shown(value, text), NAME_TEXT - 1);
	memset(req->layout, 0, sizeof(req->layout));
	if (!strcmp(value, "any")) {
		req->wish = WISH_ANY;
	} else if (!strcmp(value, "none")) {
		req->wish = WISH_NONE;
	} else {
		req->wish = WISH_NAMED;
		memcpy(req->layout, value, strlen(value));
	}
	return 0;
}

int request_set_affinity(struct request *req, const char *value, struct err *err)
{
	char text[SHOWN_MAX], list[64] = "";
	enum affinity affinity;
	const char *near;

	if (value && !affinity_parse(value, &affinity)) {
		req->affinity = affinity;
		req->has_affinity = true;
		return 0;
	}
	for (size_t i = 0; i < AFFINITY_N; i++)
		text_append(list, sizeof(list), "%s%s", i ? ", " : "", affinity_words[i]);
	if (!value || !*value)
		return err_set(err, -EINVAL, "--efa-affinity: the value is empty; give one of %s",
			       list);
	near = text_nearest(value, affinity_words, AFFINITY_N);
	return err_set(err, -EINVAL, "--efa-affinity=%s: expected one of %s%s%s%s",
		       shown(value, text), list, near ? "; did you mean \"" : "", near ? near : "",
		       near ? "\"?" : "");
}

static const char *wish_text(const struct request *req)
{
	switch (req->wish) {
	case WISH_ANY:
		return "any";
	case WISH_NONE:
		return "none";
	case WISH_NAMED:
		return req->layout;
	case WISH_DEFAULT:
		break;
	}
	return "";
}

int request_format(const struct request *req, char *buf, size_t size)
{
	int rc = text_format(buf, size, REQUEST_VERSION);

	if (!rc && req->wish != WISH_DEFAULT)
		rc = text_append(buf, size, ";layout=%s", wish_text(req));
	if (!rc && req->has_affinity)
		rc = text_append(buf, size, ";affinity=%s", affinity_text(req->affinity));
	return rc;
}

/* One "key=value". */
static int parse_part(struct request *req, const char *part, struct err *err)
{
	const char *equals = strchr(part, '=');
	char text[SHOWN_MAX];
	size_t n = equals ? (size_t)(equals - part) : 0;

	if (equals && n == strlen("layout") && !memcmp(part, "layout", n)) {
		if (req->wish != WISH_DEFAULT)
			return err_set(err, -EINVAL, "the key \"layout\" is given twice");
		return request_set_layout(req, equals + 1, err);
	}
	if (equals && n == strlen("affinity") && !memcmp(part, "affinity", n)) {
		if (req->has_affinity)
			return err_set(err, -EINVAL, "the key \"affinity\" is given twice");
		return request_set_affinity(req, equals + 1, err);
	}
	return err_set(err, -EINVAL,
		       "\"%s\": expected layout=<name> or affinity=<word> between semicolons",
		       shown(part, text));
}

/* Splits a copy of the text in place. */
static int parse_parts(struct request *req, char *copy, struct err *err)
{
	char *rest = copy, *part = strsep(&rest, ";"), text[SHOWN_MAX];

	if (strcmp(part, REQUEST_VERSION) != 0)
		return err_set(err, -EINVAL, "starts with \"%s\", expected \"%s\"",
			       shown(part, text), REQUEST_VERSION);
	while ((part = strsep(&rest, ";"))) {
		int rc = parse_part(req, part, err);

		if (rc)
			return rc;
	}
	return 0;
}

int request_parse(const char *text, struct request *ret_req, struct err *err)
{
	char copy[REQUEST_MAX + 1];
	struct request req;
	size_t n = strnlen(text, sizeof(copy));
	int rc;

	if (n > REQUEST_MAX)
		return err_set(err, -EINVAL,
			       "request of the job: longer than the %d bytes that are allowed",
			       REQUEST_MAX);
	memcpy(copy, text, n);
	copy[n] = '\0';
	request_init(&req);
	rc = parse_parts(&req, copy, err);
	if (rc)
		return err_wrap(err, rc, "request of the job");
	*ret_req = req;
	return 0;
}

/* Does a step that says `step` fit a job that says `job`? A job's "any" leaves the choice open. */
static int check_step_layout(const struct request *job, const struct request *step, struct err *err)
{
	if (step->wish == WISH_NAMED && job->wish == WISH_NAMED &&
	    strcmp(step->layout, job->layout) != 0)
		return err_set(err, -EINVAL,
			       "--efa-layout=%s: the job has its nodes with --efa-layout=%s; leave "
			       "the option out of the step, or submit a job of its own",
			       step->layout, job->layout);
	if (step->wish == WISH_NAMED && job->wish == WISH_NONE)
		return err_set(err, -EINVAL,
			       "--efa-layout=%s: the job was submitted with --efa-layout=none, so "
			       "its nodes were not checked; submit it with --efa-layout=%s",
			       step->layout, step->layout);
	if (step->wish == WISH_ANY && job->wish == WISH_NONE)
		return err_set(err, -EINVAL,
			       "--efa-layout=any: the job was submitted with --efa-layout=none, so "
			       "its nodes were not checked; submit it without the option");
	if (step->wish == WISH_NONE && job->wish != WISH_NONE)
		return err_set(
			err, -EINVAL,
			"--efa-layout=none: only a whole job can do without the check; for a "
			"step say --efa-affinity=none");
	return 0;
}

int request_narrow(const struct request *job, const struct request *step, struct request *ret_req,
		   struct err *err)
{
	struct request req = *job;
	int rc = check_step_layout(job, step, err);

	if (rc)
		return rc;
	if (step->wish == WISH_NAMED || (step->wish == WISH_ANY && job->wish == WISH_DEFAULT)) {
		req.wish = step->wish;
		memcpy(req.layout, step->layout, sizeof(req.layout));
	}
	if (step->has_affinity) {
		req.has_affinity = true;
		req.affinity = step->affinity;
	}
	*ret_req = req;
	return 0;
}
