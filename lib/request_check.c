/* SPDX-License-Identifier: Apache-2.0 */
#include "request_check.h"

#include <errno.h>
#include <string.h>

#include "text.h"

/* A name that no file knows cannot be right on any node. */
static int check_name(const struct layout_set *set, const char *name, struct err *err)
{
	const char *words[LAYOUTS_MAX + 2];
	const char *near;
	size_t n = 0;

	if (layout_find(set, name))
		return 0;
	for (; n < set->n; n++)
		words[n] = set->v[n].name;
	words[n++] = "any";
	words[n++] = "help";
	near = text_nearest(name, words, n);
	return err_set(err, -EINVAL,
		       "--efa-layout=%s: there is no layout of this name%s%s%s; --efa-layout=help "
		       "lists them",
		       name, near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

/* More rails than any node can have are refused before anybody waits for them. layout: NULL any. */
static int check_rails(const struct rails_wish *wish, const struct layout *layout,
		       const struct type_set *types, struct err *err)
{
	char text[RAILS_WISH_TEXT];
	unsigned most = 0;

	if (rails_wish_possible(wish, layout, types, &most))
		return 0;
	return err_set(err, -EINVAL,
		       "--efa-rails=%s: no instance type has so many EFA rails%s%s%s; the most is "
		       "%s%u",
		       rails_wish_text(wish, text), wish->kind == RAILS_PER_GPU ? " for a GPU" : "",
		       layout ? " with layout " : "", layout ? layout->name : "",
		       wish->kind == RAILS_PER_GPU ? "per-gpu:" : "", most);
}

/* The names of layout.allow for people. */
static void list_allowed(const struct policy *policy, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (const char *at = policy->layout_allow; *at && used + 3 < size; at++) {
		buf[used++] = *at;
		if (*at == ',')
			buf[used++] = ' ';
		buf[used] = '\0';
	}
}

static int check_policy(const struct policy *policy, const struct request *req, char *notice,
			struct err *err)
{
	const char *name = req->wish == WISH_ANY ? "any" : req->layout;
	char list[2 * POLICY_VALUE_TEXT];

	if (req->wish == WISH_NONE && !policy->layout_allow_none)
		return err_set(err, -EINVAL,
			       "--efa-layout=none: this site checks the nodes of every job; say "
			       "--efa-layout=any to take them as they are, --efa-affinity=none for "
			       "no choice of rails");
	if ((req->wish == WISH_ANY || req->wish == WISH_NAMED) &&
	    !policy_allows_layout(policy, name)) {
		list_allowed(policy, list, sizeof(list));
		return err_set(err, -EINVAL,
			       "--efa-layout=%s: this site does not let you ask for it; ask for %s",
			       name, list);
	}
	if (req->check > policy->check_ceiling)
		text_format(notice, REQUEST_NOTICE_TEXT,
			    "--efa-check=%s: this site tests no deeper than %s before a job, "
			    "continuing with that",
			    check_depth_text(req->check), check_depth_text(policy->check_ceiling));
	return 0;
}

int request_check(const struct request *req, const struct request_known *known, char *notice,
		  struct err *err)
{
	bool counted = req->rails.kind == RAILS_COUNT || req->rails.kind == RAILS_PER_GPU;
	const struct layout *layout = NULL;
	int rc = 0;

	notice[0] = '\0';
	if (req->wish == WISH_NAMED && known->layouts) {
		rc = check_name(known->layouts, req->layout, err);
		layout = layout_find(known->layouts, req->layout);
	}
	if (!rc && counted && known->types)
		rc = check_rails(&req->rails, layout, known->types, err);
	if (!rc && known->policy)
		rc = check_policy(known->policy, req, notice, err);
	return rc;
}
