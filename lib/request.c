/* SPDX-License-Identifier: Apache-2.0 */
#include "request.h"

#include <errno.h>
#include <string.h>

#include "text.h"

#define SHOWN_MAX   48
#define WORDS(list) list, sizeof(list) / sizeof((list)[0])

const struct request_option_row request_options[REQUEST_OPTIONS] = {
	[OPTION_LAYOUT] = {"efa-layout", "NAME|any|none|help",
			   "EFA layout that every node of the job must have; any: whatever it has, "
			   "healthy; help: list the layouts",
			   "EFA_LAYOUT", "efa_layout"},
	[OPTION_RAILS] = {"efa-rails", "all|N|N%|per-gpu:N",
			  "healthy EFA rails that every node must offer", "EFA_RAILS", "efa_rails"},
	[OPTION_AFFINITY] = {"efa-affinity", "auto|gpu|numa|spread|all|none",
			     "how the EFA rails of a task are chosen", "EFA_AFFINITY",
			     "efa_affinity"},
	[OPTION_CHECK] = {"efa-check", "cached|quick|full",
			  "how the nodes are tested before the job", "EFA_CHECK", "efa_check"},
	[OPTION_VERBOSE] = {"efa-verbose", NULL, "each task says its rails and why", "EFA_VERBOSE",
			    "efa_verbose"},
	[OPTION_NO_ENV] = {"no-efa-env", NULL,
			   "check the nodes, but leave the environment of the tasks alone",
			   "NO_EFA_ENV", "no_efa_env"},
};

static const char *const affinity_words[] = {
	[AFFINITY_AUTO] = "auto",     [AFFINITY_GPU] = "gpu", [AFFINITY_NUMA] = "numa",
	[AFFINITY_SPREAD] = "spread", [AFFINITY_ALL] = "all", [AFFINITY_NONE] = "none",
};
static const char *const depth_words[] = {
	[CHECK_AUTO] = "auto",
	[CHECK_CACHED] = "cached",
	[CHECK_QUICK] = "quick",
	[CHECK_FULL] = "full",
};
/* "(null)" is what Slurm makes of an option without a value on its way to the node. */
static const char *const on_words[] = {"", "1", "yes", "true", "(null)"};
static const char *const off_words[] = {"0", "no", "false"};

/* Place of a word in a list, n: it is not there. */
static size_t find_word(const char *text, const char *const *words, size_t n)
{
	size_t i = 0;

	while (i < n && strcmp(text, words[i]) != 0)
		i++;
	return i;
}

void request_init(struct request *req)
{
	memset(req, 0, sizeof(*req));
}

const char *affinity_text(enum affinity affinity)
{
	return (size_t)affinity <= AFFINITY_NONE ? affinity_words[affinity] : "?";
}

int affinity_parse(const char *text, enum affinity *ret_affinity)
{
	size_t i = find_word(text, WORDS(affinity_words));

	if (i > AFFINITY_NONE)
		return -EINVAL;
	*ret_affinity = (enum affinity)i;
	return 0;
}

const char *check_depth_text(enum check_depth depth)
{
	return (size_t)depth <= CHECK_FULL ? depth_words[depth] : "?";
}

int check_depth_parse(const char *text, enum check_depth *ret_depth)
{
	size_t i = find_word(text, WORDS(depth_words));

	if (i > CHECK_FULL)
		return -EINVAL;
	*ret_depth = (enum check_depth)i;
	return 0;
}

/* What a user wrote, cut and made printable. */
static const char *shown(const char *value, char *buf)
{
	text_printable(buf, SHOWN_MAX, value);
	if (strlen(value) >= SHOWN_MAX)
		memcpy(buf + SHOWN_MAX - 4, "...", 4);
	return buf;
}

static int set_layout(struct request *req, const char *value, struct err *err)
{
	char text[SHOWN_MAX];

	if (!*value)
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

/* One of a list of words; *ret_index is its place. */
static int set_word(enum request_option option, const char *value, const char *const *words,
		    size_t n, size_t *ret_index, struct err *err)
{
	const char *name = request_options[option].name, *near;
	char text[SHOWN_MAX], list[64] = "";

	*ret_index = find_word(value, words, n);
	if (*ret_index < n)
		return 0;
	for (size_t i = 0; i < n; i++)
		text_append(list, sizeof(list), "%s%s", i ? ", " : "", words[i]);
	if (!*value)
		return err_set(err, -EINVAL, "--%s: the value is empty; give one of %s", name,
			       list);
	near = text_nearest(value, words, n);
	return err_set(err, -EINVAL, "--%s=%s: expected one of %s%s%s%s", name, shown(value, text),
		       list, near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static int set_affinity(struct request *req, const char *value, struct err *err)
{
	size_t index;
	int rc = set_word(OPTION_AFFINITY, value, WORDS(affinity_words), &index, err);

	if (!rc) {
		req->affinity = (enum affinity)index;
		req->has_affinity = true;
	}
	return rc;
}

static int set_check(struct request *req, const char *value, struct err *err)
{
	const size_t first = CHECK_CACHED; /* "auto" is for settings */
	size_t index;
	int rc = set_word(OPTION_CHECK, value, depth_words + first, CHECK_FULL + 1 - first, &index,
			  err);

	if (!rc)
		req->check = (enum check_depth)(index + first);
	return rc;
}

static int set_rails(struct request *req, const char *value, struct err *err)
{
	char text[SHOWN_MAX];

	if (!rails_wish_parse(value, &req->rails))
		return 0;
	if (!*value)
		return err_set(err, -EINVAL,
			       "--efa-rails: the value is empty; give all, 8, 50%% or per-gpu:4");
	return err_set(err, -EINVAL,
		       "--efa-rails=%s: expected all, a number of 1 to %d, 1%% to 100%%, or "
		       "per-gpu: and a number of 1 to %d",
		       shown(value, text), NODE_RAILS_MAX, NODE_RAILS_MAX);
}

bool request_is_off(const char *value)
{
	return find_word(value, WORDS(off_words)) < sizeof(off_words) / sizeof(off_words[0]);
}

static int set_flag(bool *flag, enum request_option option, const char *value, struct err *err)
{
	char text[SHOWN_MAX];
	size_t n = sizeof(on_words) / sizeof(on_words[0]);

	if (find_word(value, on_words, n) < n)
		*flag = true;
	else if (request_is_off(value))
		*flag = false;
	else
		return err_set(err, -EINVAL,
			       "--%s: it takes no value, and its variable 1 or 0; found \"%s\"",
			       request_options[option].name, shown(value, text));
	return 0;
}

int request_set(struct request *req, enum request_option option, const char *value, struct err *err)
{
	if (!value)
		value = "";
	switch (option) {
	case OPTION_LAYOUT:
		return set_layout(req, value, err);
	case OPTION_RAILS:
		return set_rails(req, value, err);
	case OPTION_AFFINITY:
		return set_affinity(req, value, err);
	case OPTION_CHECK:
		return set_check(req, value, err);
	case OPTION_VERBOSE:
		return set_flag(&req->verbose, option, value, err);
	case OPTION_NO_ENV:
		return set_flag(&req->no_env, option, value, err);
	case REQUEST_OPTIONS:
		break;
	}
	return -EINVAL;
}

bool request_any(const struct request *req)
{
	return req->wish != WISH_DEFAULT || req->rails.kind != RAILS_DEFAULT || req->has_affinity ||
	       req->check != CHECK_AUTO || req->verbose || req->no_env;
}
