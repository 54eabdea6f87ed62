/* SPDX-License-Identifier: Apache-2.0 */
/* A request as one word, and back. */
#include <errno.h>
#include <string.h>

#include "request.h"
#include "text.h"

#define REQUEST_MAX	(REQUEST_TEXT - 1)
#define REQUEST_VERSION "v1"
#define SHOWN_MAX	48

static const char *const keys[REQUEST_OPTIONS] = {
	[OPTION_LAYOUT] = "layout", [OPTION_RAILS] = "rails",	  [OPTION_AFFINITY] = "affinity",
	[OPTION_CHECK] = "check",   [OPTION_VERBOSE] = "verbose", [OPTION_NO_ENV] = "no-env",
};

static bool is_flag(size_t option)
{
	return !request_options[option].argument;
}

const char *request_wish_text(const struct request *req)
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
	char rails[RAILS_WISH_TEXT];
	int rc = text_format(buf, size, REQUEST_VERSION);

	if (!rc && req->wish != WISH_DEFAULT)
		rc = text_append(buf, size, ";layout=%s", request_wish_text(req));
	if (!rc && req->rails.kind != RAILS_DEFAULT)
		rc = text_append(buf, size, ";rails=%s", rails_wish_text(&req->rails, rails));
	if (!rc && req->has_affinity)
		rc = text_append(buf, size, ";affinity=%s", affinity_text(req->affinity));
	if (!rc && req->check != CHECK_AUTO)
		rc = text_append(buf, size, ";check=%s", check_depth_text(req->check));
	if (!rc && req->verbose)
		rc = text_append(buf, size, ";verbose");
	if (!rc && req->no_env)
		rc = text_append(buf, size, ";no-env");
	return rc;
}

/* One "key=value", or a flag's key. */
static int parse_part(struct request *req, const char *part, unsigned *seen, struct err *err)
{
	size_t n = strcspn(part, "="), option = 0;
	char text[SHOWN_MAX];

	while (option < REQUEST_OPTIONS &&
	       (strlen(keys[option]) != n || memcmp(keys[option], part, n) != 0 ||
		is_flag(option) != !part[n]))
		option++;
	if (option == REQUEST_OPTIONS) {
		text_printable(text, sizeof(text), part);
		return err_set(err, -EINVAL,
			       "\"%s\": expected layout=, rails=, affinity=, check=, verbose or "
			       "no-env between semicolons",
			       text);
	}
	if (*seen & 1u << option)
		return err_set(err, -EINVAL, "the key \"%s\" is given twice", keys[option]);
	*seen |= 1u << option;
	return request_set(req, (enum request_option)option, part[n] ? part + n + 1 : NULL, err);
}

/* Splits a copy of the text in place. */
static int parse_parts(struct request *req, char *copy, struct err *err)
{
	char *rest = copy, *part = strsep(&rest, ";"), text[SHOWN_MAX];
	unsigned seen = 0;

	if (strcmp(part, REQUEST_VERSION) != 0) {
		text_printable(text, sizeof(text), part);
		return err_set(err, -EINVAL, "starts with \"%s\", expected \"%s\"", text,
			       REQUEST_VERSION);
	}
	while ((part = strsep(&rest, ";"))) {
		int rc = parse_part(req, part, &seen, err);

		if (rc)
			return rc;
	}
	return 0;
}

int request_parse(const char *text, struct request *ret_req, struct err *err)
{
	char copy[REQUEST_TEXT];
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
