/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "json.h"
#include "policy_hints.h"
#include "policy_rows.h"
#include "policy_validate.h"
#include "site.h"
#include "text.h"

static void add(struct validation *to, bool is_hint, const char *text)
{
	if (to->n == to->room) {
		size_t room = 2 * to->room + 8;
		struct validation_note *more = realloc(to->v, room * sizeof(*more));

		if (!more) {
			to->out_of_memory = true;
			return;
		}
		to->v = more;
		to->room = room;
	}
	to->v[to->n].is_hint = is_hint;
	to->v[to->n].text = strdup(text);
	if (to->v[to->n].text)
		to->n++;
	else
		to->out_of_memory = true;
}

static void complain(const char *sentence, void *arg)
{
	struct validation *to = arg;

	to->n_complaints++;
	add(to, false, sentence);
}

void validation_done(struct validation *validation)
{
	for (size_t i = 0; i < validation->n; i++)
		free(validation->v[i].text);
	free(validation->v);
	validation->v = NULL;
	validation->n = 0;
}

static void hint(const struct policy_hint *hint, void *arg)
{
	struct validation *to = arg;
	char text[1024];

	if (hint->line)
		text_format(text, sizeof(text), "%s:%u: %s: hint: %s", hint->file, hint->line,
			    hint->name, hint->text);
	else
		text_format(text, sizeof(text), "%s: %s: hint: %s", to->path, hint->name,
			    hint->text);
	add(to, true, text);
}

/* A file sets what an earlier one set. */
static void again(const struct policy *policy, size_t row, const char *value, unsigned file,
		  unsigned line, void *arg)
{
	struct policy_value before;
	char text[1024];
	struct policy_hint said = {before.name, policy->origin.file[file], line, text};

	policy_row(policy, row, &before);
	if (strcmp(before.value, value) != 0)
		text_format(text, sizeof(text), "stands over %s:%u, where it is %s", before.file,
			    before.line, before.value);
	else
		text_format(text, sizeof(text), "says what %s:%u says", before.file, before.line);
	hint(&said, arg);
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void summarize(struct validation *to, const struct policy *policy)
{
	size_t settings = policy_rows_set(policy);

	text_format(to->summary, sizeof(to->summary), "%zu setting%s, %zu rule%s for jobs, hash %s",
		    settings, plural(settings), policy->jobs.n, plural(policy->jobs.n),
		    policy->hash);
	memcpy(to->hash, policy->hash, sizeof(to->hash));
}

/* The data that the policy refers to, and what only both together show. */
static void check_with_data(struct validation *to, const struct policy_files *files,
			    const struct validation_means *means, const char *site_dir)
{
	cleanup_free struct site *site = malloc(sizeof(*site));
	struct err err = {"out of memory"};

	if (!site || site_load_policy(site, files, means->data_dir, site_dir, means->trust, &err)) {
		complain(err.text, to);
		return;
	}
	summarize(to, &site->policy);
	policy_hints(&site->policy, &site->types, hint, to);
	site_done(site);
}

static bool parse(struct validation *to, const struct policy_files *files)
{
	const struct policy_watch watch = {complain, &to->n_complaints, again, to};
	size_t before = to->n_complaints;
	struct policy policy;
	struct err err = {""};

	if (policy_parse_watched(files, &watch, &policy, &err) && to->n_complaints == before)
		complain(err.text, to);
	return to->n_complaints == before;
}

static void check_policy(struct validation *to, const struct validation_means *means)
{
	cleanup_policy_files struct policy_files files = {0};
	struct err err = {""};

	if (policy_files_read_one(to->path, means->trust, &files, &err))
		complain(err.text, to);
	else if (parse(to, &files))
		check_with_data(to, &files, means, means->site_dir);
}

static const struct {
	const char *file, *list, *entries;
} data[] = {
	[KIND_LAYOUTS] = {"layouts.json", "layouts", "layout"},
	[KIND_TYPES] = {"instance-types.json", "types", "instance type"},
	[KIND_ENVIRONMENT] = {"environment.json", "environment", "environment rule"},
};

static int load_data_file(enum site_kind kind, const char *path, enum file_trust trust, void *into,
			  struct err *err)
{
	if (kind == KIND_LAYOUTS)
		return layout_set_load(into, path, trust, err);
	if (kind == KIND_TYPES)
		return type_set_load(into, path, trust, err);
	return env_rules_load(into, path, trust, err);
}

/* The shipped file, then this one over it. */
static int load_over(enum site_kind kind, const char *path, const struct validation_means *means,
		     struct err *err)
{
	cleanup_free struct site *site = calloc(1, sizeof(*site));
	char shipped[PATH_MAX];
	void *into;
	int rc;

	if (!site)
		return err_set(err, -ENOMEM, "out of memory");
	into = kind == KIND_LAYOUTS ? (void *)&site->layouts
	       : kind == KIND_TYPES ? (void *)&site->types
				    : (void *)&site->env;
	rc = text_format(shipped, sizeof(shipped), "%s/%s", means->data_dir, data[kind].file);
	if (rc)
		return err_set(err, -ENAMETOOLONG, "the data directory's name is too long");
	rc = load_data_file(kind, shipped, means->trust, into, err);
	if (rc) /* which is no absent part of a site's folder */
		rc = err_wrap(err, rc == -ENOENT ? -EINVAL : rc, "shipped data");
	else
		rc = load_data_file(kind, path, means->trust, into, err);
	site_done(site);
	return rc;
}

static size_t count(enum site_kind kind, const char *path, enum file_trust trust)
{
	cleanup_json_doc struct json_doc *doc = NULL;
	const struct json *root, *list;
	size_t n = 0;

	if (!json_doc_load(path, trust, &doc, NULL) && !json_doc_root(doc, &root, NULL)) {
		list = json_member(root, data[kind].list);
		while (list && json_at(list, n))
			n++;
	}
	return n;
}

/* is_part: of a folder, where it may be absent. */
static void check_data(struct validation *to, enum site_kind kind, const char *path,
		       const struct validation_means *means, bool is_part)
{
	struct err err = {""};
	size_t n;
	int rc = load_over(kind, path, means, &err);

	if (rc == -ENOENT && is_part)
		return;
	if (rc) {
		complain(err.text, to);
		return;
	}
	n = count(kind, path, means->trust);
	text_append(to->summary, sizeof(to->summary), "%s%zu %s%s", to->summary[0] ? ", " : "", n,
		    data[kind].entries, plural(n));
}

static void check_site_data(struct validation *to, const struct validation_means *means)
{
	char path[PATH_MAX];

	for (int kind = KIND_LAYOUTS; kind <= KIND_ENVIRONMENT; kind++) {
		if (text_format(path, sizeof(path), "%s/%s", to->path, data[kind].file)) {
			complain("the folder's name is too long", to);
			return;
		}
		check_data(to, (enum site_kind)kind, path, means, true);
	}
}

static void check_site(struct validation *to, const struct validation_means *means)
{
	cleanup_policy_files struct policy_files files = {0};
	char of_data[sizeof(to->summary)];
	struct err err = {""};
	bool parsed = false;

	if (policy_files_read(to->path, means->trust, &files, &err))
		complain(err.text, to);
	else
		parsed = parse(to, &files);
	check_site_data(to, means);
	memcpy(of_data, to->summary, sizeof(of_data));
	if (parsed && !to->n_complaints)
		check_with_data(to, &files, means, to->path);
	if (of_data[0])
		text_append(to->summary, sizeof(to->summary), ", %s", of_data);
	if (!files.n && !of_data[0] && !to->n_complaints)
		hint(&(struct policy_hint){"files", "", 0,
					   "nothing of a site's settings is in this folder"},
		     to);
}

void validation_run(struct validation *validation, const struct validation_means *means)
{
	if (validation->kind == KIND_POLICY)
		check_policy(validation, means);
	else if (validation->kind == KIND_SITE)
		check_site(validation, means);
	else
		check_data(validation, validation->kind, validation->path, means, false);
	if (validation->out_of_memory)
		validation->n_complaints++;
}
