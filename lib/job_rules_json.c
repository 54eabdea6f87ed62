/* SPDX-License-Identifier: Apache-2.0 */
/* Rules for some jobs, out of the policy's file. */
#include <errno.h>
#include <string.h>

#include "json.h"
#include "policy_settings.h"
#include "text.h"

#define NAMES_MAX     16
#define NAME_MAX_TEXT 64

/* Groups of settings that a rule can have. */
static const char *const groups[] = {"layout", "check", "environment"};
#define GROUPS_N (sizeof(groups) / sizeof(groups[0]))

struct adding {
	struct job_rules *rules;
	struct job_rule *rule;
};

/* Keep a text; 0 is no place. */
static uint16_t keep(struct job_rules *rules, const char *text)
{
	size_t n = strlen(text) + 1, place = rules->used ? rules->used : 1;

	if (place + n > sizeof(rules->text))
		return 0;
	memcpy(rules->text + place, text, n);
	rules->used = place + n;
	return (uint16_t)place;
}

static int full(const struct json *value, struct err *err)
{
	return json_complain(value, -E2BIG, err, "the rules for jobs have more than %d bytes",
			     JOB_RULES_TEXT);
}

/* A name that Slurm or the system may have; a comma stands between names. */
static int add_name(const struct json *value, char *buf, size_t size, struct err *err)
{
	char name[NAME_MAX_TEXT];
	int rc = json_string(value, 1, name, sizeof(name), err);

	if (!rc && strchr(name, ','))
		rc = json_complain(value, -EINVAL, err,
				   "a name with a comma; several names are a list");
	if (!rc && text_append(buf, size, "%s%s", *buf ? "," : "", name))
		rc = json_complain(value, -E2BIG, err, "the names are too long together");
	return rc;
}

/* One name, or a list of them. */
static int read_names(const struct json *value, char *buf, size_t size, struct err *err)
{
	size_t n;
	int rc;

	buf[0] = '\0';
	if (!json_is_array(value))
		return add_name(value, buf, size, err);
	rc = json_array(value, NAMES_MAX, &n, err);
	if (!rc && !n)
		rc = json_complain(value, -EINVAL, err, "an empty list holds for no job");
	for (size_t i = 0; !rc && i < n; i++)
		rc = add_name(json_at(value, i), buf, size, err);
	return rc;
}

static int read_when(const struct json *when, struct job_rules *rules, struct job_rule *rule,
		     struct err *err)
{
	char names[NAMES_MAX * NAME_MAX_TEXT];
	size_t before = json_collected(when);
	bool any = false;
	int rc;

	if (!json_is_object(when))
		return json_complain(when, -EINVAL, err,
				     "expected an object with conditions, found %s",
				     json_shown(when, names));
	rc = json_only_keys(when, job_fact_words, JOB_FACTS, err);
	for (size_t fact = 0; !rc && fact < JOB_FACTS; fact++) {
		const struct json *value = json_member(when, job_fact_words[fact]);

		if (!value)
			continue;
		any = true;
		rc = read_names(value, names, sizeof(names), err);
		if (!rc)
			rule->when[fact] = keep(rules, names);
		if (!rc && !rule->when[fact])
			rc = full(value, err);
		rc = json_go_on(value, rc, err);
	}
	if (!rc && !any && json_collected(when) == before)
		rc = json_complain(when, -EINVAL, err,
				   "no condition; what holds for every job stands outside of "
				   "\"jobs\"");
	return rc;
}

static int take_setting(size_t row, const char *text, const struct json *value, void *arg,
			struct err *err)
{
	struct adding *adding = arg;
	struct job_rule *rule = adding->rule;
	uint16_t place = keep(adding->rules, text);

	if (!place || rule->n_set == JOB_RULE_SETTINGS)
		return full(value, err);
	rule->set[rule->n_set].setting = (uint16_t)row;
	rule->set[rule->n_set].value = place;
	rule->set[rule->n_set].line = json_line(value);
	rule->n_set++;
	return 0;
}

static int read_rule(const struct json *obj, unsigned char file, struct job_rules *rules,
		     struct err *err)
{
	static const char *const keys[] = {"when", "layout", "check", "environment"};
	struct adding adding = {rules, &rules->v[rules->n]};
	size_t before = json_collected(obj);
	char found[JSON_SHOWN_TEXT];
	const struct json *when;
	int rc;

	if (rules->n == JOB_RULES_MAX)
		return json_complain(obj, -E2BIG, err, "more than %d rules for jobs",
				     JOB_RULES_MAX);
	if (!json_is_object(obj))
		return json_complain(obj, -EINVAL, err, "expected an object, a rule, found %s",
				     json_shown(obj, found));
	memset(adding.rule, 0, sizeof(*adding.rule));
	adding.rule->line = json_line(obj);
	adding.rule->file = file;
	rc = json_only_keys(obj, keys, sizeof(keys) / sizeof(keys[0]), err);
	if (!rc)
		rc = json_need(obj, "when", &when, err);
	if (!rc)
		rc = json_go_on(obj, read_when(when, rules, adding.rule, err), err);
	for (size_t i = 0; !rc && i < GROUPS_N; i++) {
		const struct json *group = json_member(obj, groups[i]);

		if (group)
			rc = policy_read_group(group, groups[i], true, take_setting, &adding, err);
	}
	if (!rc && !adding.rule->n_set && json_collected(obj) == before)
		rc = json_complain(obj, -EINVAL, err, "the rule sets nothing");
	if (!rc)
		rules->n++;
	return rc;
}

int policy_read_jobs(const struct json *list, unsigned char file, struct job_rules *rules,
		     struct err *err)
{
	size_t n;
	int rc = json_array(list, JOB_RULES_MAX, &n, err);

	for (size_t i = 0; !rc && i < n; i++)
		rc = json_go_on(json_at(list, i), read_rule(json_at(list, i), file, rules, err),
				err);
	return rc;
}
