/* SPDX-License-Identifier: Apache-2.0 */
#include "policy_settings.h"

#include <errno.h>
#include <string.h>

#include "json.h"
#include "text.h"

#define SETTINGS_MAX 32 /* of one group */
#define WORDS_MAX    8

static int read_name(const struct json *value, char *buf, struct err *err)
{
	int rc = json_string(value, 1, buf, NAME_TEXT, err);

	if (!rc && !text_is_name(buf, NAME_TEXT - 1))
		rc = json_complain(value, -EINVAL, err,
				   "expected a name of letters, digits, dots, dashes and "
				   "underscores");
	return rc;
}

static int read_word(const struct json *value, const struct setting *setting, char *buf,
		     struct err *err)
{
	const char *words[WORDS_MAX];
	size_t n = 0, index;
	int rc;

	if (setting->type == SETTING_AFFINITY) {
		for (; n <= AFFINITY_NONE; n++)
			words[n] = affinity_text((enum affinity)n);
	} else {
		for (unsigned i = 0; i < POLICY_ACTIONS; i++)
			if (setting->actions >> i & 1)
				words[n++] = policy_action_text((enum policy_action)i);
	}
	rc = json_word(value, words, n, &index, err);
	if (!rc)
		text_format(buf, NAME_TEXT, "%s", words[index]);
	return rc;
}

/* A value of the file, checked, as text for policy_assign(). */
static int read_value(const struct json *value, const struct setting *setting, char *buf,
		      struct err *err)
{
	int64_t number;
	bool flag;
	int rc;

	switch (setting->type) {
	case SETTING_NAME:
		return read_name(value, buf, err);
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
		return read_word(value, setting, buf, err);
	}
	return -EINVAL;
}

/* Settings of one group; every other key is refused. */
static int read_group(const struct json *group, const char *name, struct policy *policy,
		      struct err *err)
{
	const char *keys[SETTINGS_MAX];
	char buf[NAME_TEXT];
	size_t n = 0;
	int rc;

	if (!json_is_object(group))
		return json_complain(group, -EINVAL, err, "expected an object with settings");
	for (size_t i = 0; i < policy_settings_n && n < SETTINGS_MAX; i++)
		if (!strcmp(policy_settings[i].group, name))
			keys[n++] = policy_settings[i].name;
	rc = json_only_keys(group, keys, n, err);
	for (size_t i = 0; !rc && i < policy_settings_n; i++) {
		const struct json *value = json_member(group, policy_settings[i].name);

		if (!value || strcmp(policy_settings[i].group, name) != 0)
			continue;
		rc = read_value(value, &policy_settings[i], buf, err);
		if (rc)
			break;
		policy_assign(policy, &policy_settings[i], buf);
		policy->origin.line[i] = json_line(value);
	}
	return rc;
}

static int read_groups(const struct json *root, struct policy *policy, struct err *err)
{
	static const char *const groups[] = {"layout",	"check",  "action",  "limit",
					     "recover", "health", "receipt", "environment"};
	const size_t n = sizeof(groups) / sizeof(groups[0]);
	int rc = json_only_keys(root, groups, n, err);

	for (size_t i = 0; !rc && i < n; i++) {
		const struct json *group = json_member(root, groups[i]);

		if (group)
			rc = read_group(group, groups[i], policy, err);
	}
	return rc;
}

/* What settings mean for each other. */
static int check_together(const struct policy *policy, struct err *err)
{
	if (policy->open_ms > policy->budget_ms)
		return err_set(err, -EINVAL,
			       "check.open_ms: %u is more than check.budget_ms, which is %u; a "
			       "device must open inside the budget",
			       policy->open_ms, policy->budget_ms);
	if (policy->rail_ms > policy->budget_ms)
		return err_set(
			err, -EINVAL,
			"check.rail_ms: %u is more than check.budget_ms, which is %u; a rail "
			"must be tested inside the budget",
			policy->rail_ms, policy->budget_ms);
	if (policy->late_ms >= policy->budget_ms)
		return err_set(err, -EINVAL,
			       "check.late_ms: %u leaves no time for a test inside "
			       "check.budget_ms, which is %u",
			       policy->late_ms, policy->budget_ms);
	if (!strcmp(policy->layout_default, "none") && !policy->layout_allow_none)
		return err_set(err, -EINVAL,
			       "layout.default: none contradicts layout.allow_none, which is "
			       "false; allow none, or choose another default");
	if (!strcmp(policy->layout_default, "auto") || !strcmp(policy->layout_default, "help"))
		return err_set(err, -EINVAL,
			       "layout.default: \"%s\" is no layout; choose any, none or a "
			       "layout's name",
			       policy->layout_default);
	if (!strcmp(policy->layout_declared, "any") || !strcmp(policy->layout_declared, "none"))
		return err_set(err, -EINVAL,
			       "layout.declared: \"%s\" is no layout; choose auto or a layout's "
			       "name",
			       policy->layout_declared);
	return 0;
}

/* Of a name that is too long the end says more. */
static void note_file(const char *path, struct policy_origin *origin)
{
	size_t length = strlen(path), room = sizeof(origin->file) - 1;

	text_printable(origin->file, sizeof(origin->file),
		       length > room ? path + length - room : path);
}

int policy_load(const char *path, enum file_trust trust, struct policy *ret_policy, struct err *err)
{
	cleanup_json_doc struct json_doc *doc = NULL;
	const struct json *root;
	struct policy policy;
	int rc;

	policy_defaults(&policy);
	rc = json_doc_load(path, trust, &doc, err);
	if (rc == -ENOENT) {
		*ret_policy = policy;
		return 0;
	}
	if (!rc)
		rc = json_doc_root(doc, &root, err);
	if (!rc)
		rc = read_groups(root, &policy, err);
	if (rc)
		return rc;
	rc = check_together(&policy, err);
	if (rc)
		return err_wrap(err, rc, "%s", path);
	policy_set_hash(&policy);
	note_file(path, &policy.origin);
	*ret_policy = policy;
	return 0;
}
