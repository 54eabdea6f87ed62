/* SPDX-License-Identifier: Apache-2.0 */
#include "policy_settings.h"

#include <errno.h>
#include <string.h>

#include "json.h"
#include "policy_files.h"
#include "text.h"

#define SETTINGS_MAX 32 /* of one group */
#define NAMES_MAX    16

static const char *const groups[] = {"layout",	"check",  "action",  "limit",
				     "recover", "health", "receipt", "environment"};
#define GROUPS_N (sizeof(groups) / sizeof(groups[0]))

static int read_name(const struct json *value, char *buf, struct err *err)
{
	int rc = json_string(value, 1, buf, NAME_TEXT, err);
	char found[JSON_SHOWN_TEXT];

	if (!rc && !text_is_name(buf, NAME_TEXT - 1))
		rc = json_complain(value, -EINVAL, err,
				   "expected a name of letters, digits, dots, dashes and "
				   "underscores, found %s",
				   json_shown(value, found));
	return rc;
}

size_t policy_setting_words(const struct setting *setting, const char **ret_words)
{
	size_t n = 0;

	if (setting->type == SETTING_AFFINITY) {
		for (; n <= AFFINITY_NONE; n++)
			ret_words[n] = affinity_text((enum affinity)n);
	} else if (setting->type == SETTING_DEPTH) {
		for (unsigned depth = setting->min; depth <= CHECK_FULL; depth++)
			ret_words[n++] = check_depth_text((enum check_depth)depth);
	} else if (setting->type == SETTING_ACTION) {
		for (unsigned i = 0; i < POLICY_ACTIONS; i++)
			if (setting->actions >> i & 1)
				ret_words[n++] = policy_action_text((enum policy_action)i);
	}
	return n;
}

static int read_word(const struct json *value, const struct setting *setting, char *buf,
		     struct err *err)
{
	const char *words[POLICY_WORDS_MAX];
	size_t n = policy_setting_words(setting, words), index;
	int rc;

	rc = json_word(value, words, n, &index, err);
	if (!rc)
		text_format(buf, NAME_TEXT, "%s", words[index]);
	return rc;
}

/* A layout, or "any". */
static int read_allowed(const struct json *value, char *buf, struct err *err)
{
	int rc = read_name(value, buf, err);

	if (!rc && !strcmp(buf, "none"))
		rc = json_complain(value, -EINVAL, err, "none is layout.allow_none's to allow");
	return rc;
}

/* Names with commas between, out of a list or of one name. */
static int read_names(const struct json *list, char *buf, struct err *err)
{
	char name[NAME_TEXT];
	size_t n;
	int rc;

	if (json_is_string(list))
		return read_allowed(list, buf, err);
	buf[0] = '\0';
	rc = json_array(list, NAMES_MAX, &n, err);
	if (!rc && !n)
		rc = json_complain(list, -EINVAL, err,
				   "an empty list allows nothing; for everything say \"all\"");
	for (size_t i = 0; !rc && i < n; i++) {
		rc = read_allowed(json_at(list, i), name, err);
		if (!rc && text_append(buf, POLICY_VALUE_TEXT, "%s%s", i ? "," : "", name))
			rc = json_complain(list, -EINVAL, err, "the names are too long together");
	}
	return rc;
}

/* "all", 8, "8", "50%", "per-gpu:4" */
static int read_rails(const struct json *value, char *buf, struct err *err)
{
	char found[JSON_SHOWN_TEXT];
	struct rails_wish wish;
	int64_t number;
	int rc;

	if (json_is_number(value)) {
		rc = json_int(value, 1, NODE_RAILS_MAX, &number, err);
		if (!rc)
			text_format(buf, NAME_TEXT, "%u", (unsigned)number);
		return rc;
	}
	rc = json_string(value, 1, buf, NAME_TEXT, err);
	if (!rc && rails_wish_parse(buf, &wish))
		rc = json_complain(value, -EINVAL, err,
				   "expected all, a number of rails, a share such as 50%% or "
				   "per-gpu: and a number, found %s",
				   json_shown(value, found));
	return rc;
}

/* A value of the file, checked, as text for policy_assign(). */
int policy_read_value(const struct json *value, const struct setting *setting, char *buf,
		      struct err *err)
{
	int64_t number;
	bool flag;
	int rc;

	switch (setting->type) {
	case SETTING_NAME:
		return read_name(value, buf, err);
	case SETTING_NAMES:
		return read_names(value, buf, err);
	case SETTING_RAILS:
		return read_rails(value, buf, err);
	case SETTING_BOOL:
		rc = json_bool(value, &flag, err);
		if (!rc)
			text_format(buf, NAME_TEXT, "%s", flag ? "true" : "false");
		return rc;
	case SETTING_UINT:
		rc = json_int(value, setting->min, setting->max, &number, err);
		if (!rc)
			text_format(buf, NAME_TEXT, "%u", (unsigned)number);
		return rc;
	case SETTING_ACTION:
	case SETTING_AFFINITY:
	case SETTING_DEPTH:
		return read_word(value, setting, buf, err);
	}
	return -EINVAL;
}

static bool may_set(const struct setting *setting, const char *group, bool of_job)
{
	return !strcmp(setting->group, group) && (setting->of_job || !of_job);
}

/* A setting that is known, but not in this place. */
static int complain_place(const struct json *member, const char *group, bool of_job,
			  struct err *err)
{
	const char *key = json_key(member);
	size_t before = strcspn(key, ".");

	for (size_t i = 0; i < policy_settings_n; i++) {
		const struct setting *setting = &policy_settings[i];

		if (!*group && key[before] && before == strlen(setting->group) &&
		    !strncmp(key, setting->group, before) &&
		    !strcmp(key + before + 1, setting->name))
			return json_complain(member, -EINVAL, err,
					     "unknown key; it is \"%s\" inside of \"%s\"",
					     setting->name, setting->group);
		if (strcmp(setting->name, key) != 0)
			continue;
		if (!strcmp(setting->group, group))
			return json_complain(member, -EINVAL, err,
					     "unknown key: it is for nodes, not for some jobs; it "
					     "stands outside of \"jobs\"");
		if (setting->of_job || !of_job)
			return json_complain(member, -EINVAL, err,
					     "unknown key; there is one in \"%s\"", setting->group);
	}
	return 0;
}

/* Keys of a group: what is known elsewhere gets a better word than "did you mean". */
static int only_settings(const struct json *group, const char *name, bool of_job,
			 const char *const *keys, size_t n, struct err *err)
{
	size_t before = json_collected(group);
	const struct json *member;
	int rc = 0;

	for (size_t i = 0; !rc && (member = json_at(group, i)); i++) {
		size_t k = 0;

		while (k < n && strcmp(keys[k], json_key(member)) != 0)
			k++;
		if (k == n)
			rc = json_go_on(member, complain_place(member, name, of_job, err), err);
	}
	/* Once is enough. */
	return rc || json_collected(group) != before ? rc : json_only_keys(group, keys, n, err);
}

int policy_read_group(const struct json *group, const char *name, bool of_job, policy_take_fn take,
		      void *arg, struct err *err)
{
	char buf[POLICY_VALUE_TEXT];
	const char *keys[SETTINGS_MAX] = {NULL};
	size_t n = 0;
	int rc;

	if (!json_is_object(group))
		return json_complain(group, -EINVAL, err,
				     "expected an object with settings, found %s",
				     json_shown(group, buf));
	for (size_t i = 0; i < policy_settings_n && n < SETTINGS_MAX; i++)
		if (may_set(&policy_settings[i], name, of_job))
			keys[n++] = policy_settings[i].name;
	rc = only_settings(group, name, of_job, keys, n, err);
	for (size_t i = 0; !rc && i < policy_settings_n; i++) {
		const struct json *value = json_member(group, policy_settings[i].name);

		if (!value || !may_set(&policy_settings[i], name, of_job))
			continue;
		rc = policy_read_value(value, &policy_settings[i], buf, err);
		if (!rc)
			rc = take(i, buf, value, arg, err);
		rc = json_go_on(value, rc, err);
	}
	return rc;
}

struct reading_file {
	struct policy *policy;
	unsigned char file;
	const struct policy_watch *watch; /* NULL: nobody looks on */
};

static int take_setting(size_t row, const char *text, const struct json *value, void *arg,
			struct err *err)
{
	const struct reading_file *reading = arg;
	struct policy *policy = reading->policy;

	(void)err;
	if (policy->origin.line[row] && reading->watch && reading->watch->again)
		reading->watch->again(policy, row, text, reading->file, json_line(value),
				      reading->watch->arg);
	policy_assign(policy, &policy_settings[row], text);
	policy->origin.line[row] = json_line(value);
	policy->origin.from[row] = reading->file;
	return 0;
}

/* The outermost keys; of a setting outside of its group that one is said. */
static int only_groups(const struct json *root, const char *const *keys, size_t n, struct err *err)
{
	size_t before = json_collected(root);
	const struct json *member;
	int rc = 0;

	for (size_t i = 0; !rc && (member = json_at(root, i)); i++)
		rc = json_go_on(member, complain_place(member, "", false, err), err);
	return rc || json_collected(root) != before ? rc : json_file_keys(root, keys, n, err);
}

static int read_groups(const struct json *root, struct reading_file *reading, struct err *err)
{
	const char *keys[GROUPS_N + 1];
	int rc;

	memcpy(keys, groups, sizeof(groups));
	keys[GROUPS_N] = "jobs";
	rc = only_groups(root, keys, GROUPS_N + 1, err);
	for (size_t i = 0; !rc && i < GROUPS_N; i++) {
		const struct json *group = json_member(root, groups[i]);

		if (group)
			rc = policy_read_group(group, groups[i], false, take_setting, reading, err);
		if (group)
			rc = json_go_on(group, rc, err);
	}
	if (!rc && json_member(root, "jobs"))
		rc = policy_read_jobs(json_member(root, "jobs"), reading->file,
				      &reading->policy->jobs, err);
	return rc;
}

/* Of a name that is too long the end says more. */
static void note_file(const char *path, struct policy_origin *origin)
{
	size_t length = strlen(path), room = sizeof(origin->file[0]) - 1;

	text_printable(origin->file[origin->n_files++], sizeof(origin->file[0]),
		       length > room ? path + length - room : path);
}

static int parse_file(const struct policy_file *file, const struct policy_watch *watch,
		      struct policy *policy, struct err *err)
{
	struct reading_file reading = {policy, (unsigned char)policy->origin.n_files, watch};
	cleanup_json_doc struct json_doc *doc = NULL;
	const struct json *root;
	int rc = json_doc_parse(file->name, file->text, file->size, &doc, err);

	if (!rc)
		rc = json_doc_root(doc, &root, err);
	if (rc)
		return rc;
	note_file(file->name, &policy->origin);
	if (watch && watch->complaint)
		json_collect(doc, watch->complaint, watch->arg);
	return read_groups(root, &reading, err);
}

int policy_parse(const struct policy_files *files, struct policy *ret_policy, struct err *err)
{
	return policy_parse_watched(files, NULL, ret_policy, err);
}

/* A file that is no JSON does not keep the others from being looked at. */
static int parse_files(const struct policy_files *files, const struct policy_watch *watch,
		       struct policy *policy, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < files->n; i++) {
		rc = parse_file(&files->v[i], watch, policy, err);
		if (rc && rc != -ENOMEM && watch && watch->complaint) {
			watch->complaint(err->text, watch->arg);
			rc = 0;
		}
	}
	return rc;
}

int policy_parse_watched(const struct policy_files *files, const struct policy_watch *watch,
			 struct policy *ret_policy, struct err *err)
{
	struct policy policy;
	int rc;

	policy_defaults(&policy);
	rc = parse_files(files, watch, &policy, err);
	if (!rc && watch && watch->n_complaints && *watch->n_complaints)
		return -EINVAL;
	if (!rc)
		rc = policy_check(&policy, err);
	if (rc)
		return rc;
	policy_set_hash(&policy);
	*ret_policy = policy;
	return 0;
}

int policy_load(const char *path, enum file_trust trust, struct policy *ret_policy, struct err *err)
{
	cleanup_policy_files struct policy_files files = {0};
	struct err own = {""};
	int rc = policy_files_read_one(path, trust, &files, &own);

	if (rc && rc != -ENOENT)
		return err_set(err, rc, "%s", own.text);
	return policy_parse(&files, ret_policy, err);
}

int policy_load_site(const char *site_dir, enum file_trust trust, struct policy *ret_policy,
		     struct err *err)
{
	cleanup_policy_files struct policy_files files = {0};
	int rc = policy_files_read(site_dir, trust, &files, err);

	return rc ? rc : policy_parse(&files, ret_policy, err);
}
