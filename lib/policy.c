/* SPDX-License-Identifier: Apache-2.0 */
#include "policy_settings.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "fnv.h"
#include "text.h"

static const char *const action_words[] = {
	[ACTION_ALLOW] = "allow",
	[ACTION_WARN] = "warn",
	[ACTION_DRAIN] = "drain",
	[ACTION_REFUSE] = "refuse",
	[ACTION_DRAIN_AFTER] = "drain-after",
};

#define ACTIONS_N (sizeof(action_words) / sizeof(action_words[0]))

const char *policy_action_text(enum policy_action action)
{
	return (size_t)action < ACTIONS_N ? action_words[action] : "?";
}

bool policy_action_parse(const char *text, enum policy_action *ret_action)
{
	for (size_t i = 0; i < ACTIONS_N; i++) {
		if (!strcmp(text, action_words[i])) {
			*ret_action = (enum policy_action)i;
			return true;
		}
	}
	return false;
}

void policy_assign(struct policy *policy, const struct setting *setting, const char *text)
{
	void *at = (char *)policy + setting->offset;
	uint64_t number;

	switch (setting->type) {
	case SETTING_NAME:
		memset(at, 0, NAME_TEXT);
		memcpy(at, text, strnlen(text, NAME_TEXT - 1));
		break;
	case SETTING_NAMES:
		memset(at, 0, POLICY_VALUE_TEXT);
		memcpy(at, text, strnlen(text, POLICY_VALUE_TEXT - 1));
		break;
	case SETTING_BOOL:
		*(bool *)at = !strcmp(text, "true");
		break;
	case SETTING_UINT:
		if (text_u64(text, setting->min, setting->max, &number))
			abort();
		*(unsigned *)at = (unsigned)number;
		break;
	case SETTING_ACTION:
		if (!policy_action_parse(text, at))
			abort();
		break;
	case SETTING_AFFINITY:
		if (affinity_parse(text, at))
			abort();
		break;
	case SETTING_RAILS:
		if (rails_wish_parse(text, at))
			abort();
		break;
	case SETTING_DEPTH:
		if (check_depth_parse(text, at))
			abort();
		break;
	}
}

/* The value in force as text. buf: NAME_TEXT bytes, which not every value needs. */
static const char *show(const struct policy *policy, const struct setting *setting, char *buf)
{
	const void *at = (const char *)policy + setting->offset;

	switch (setting->type) {
	case SETTING_NAME:
	case SETTING_NAMES:
		return at;
	case SETTING_BOOL:
		return *(const bool *)at ? "true" : "false";
	case SETTING_UINT:
		text_format(buf, NAME_TEXT, "%u", *(const unsigned *)at);
		return buf;
	case SETTING_ACTION:
		return policy_action_text(*(const enum policy_action *)at);
	case SETTING_AFFINITY:
		return affinity_text(*(const enum affinity *)at);
	case SETTING_RAILS:
		return rails_wish_text(at, buf);
	case SETTING_DEPTH:
		return check_depth_text(*(const enum check_depth *)at);
	}
	return "";
}

static uint64_t hash_rule(uint64_t hash, const struct job_rules *rules, const struct job_rule *rule)
{
	for (size_t fact = 0; fact < JOB_FACTS; fact++)
		if (rule->when[fact])
			hash = fnv_add_text(fnv_add_text(hash, job_fact_words[fact]),
					    rules->text + rule->when[fact]);
	for (size_t i = 0; i < rule->n_set; i++) {
		const struct setting *setting = &policy_settings[rule->set[i].setting];

		hash = fnv_add_text(fnv_add_text(hash, setting->group), setting->name);
		hash = fnv_add_text(hash, rules->text + rule->set[i].value);
	}
	return hash;
}

/* One line per setting, in the table's order: the same settings always give the same hash. */
void policy_set_hash(struct policy *policy)
{
	uint64_t hash = FNV_START;
	char line[POLICY_VALUE_TEXT + 64], buf[NAME_TEXT];

	for (size_t i = 0; i < policy_settings_n; i++) {
		const struct setting *setting = &policy_settings[i];

		text_format(line, sizeof(line), "%s.%s=%s\n", setting->group, setting->name,
			    show(policy, setting, buf));
		hash = fnv_add(hash, line, strlen(line));
	}
	for (size_t i = 0; i < policy->jobs.n; i++)
		hash = hash_rule(hash, &policy->jobs, &policy->jobs.v[i]);
	fnv_format(hash, policy->hash);
}

void policy_defaults(struct policy *policy)
{
	memset(policy, 0, sizeof(*policy));
	for (size_t i = 0; i < policy_settings_n; i++)
		policy_assign(policy, &policy_settings[i], policy_settings[i].preset);
	policy_set_hash(policy);
}

static size_t find(const char *name)
{
	char full[sizeof(((struct policy_value *)0)->name)];
	size_t i = 0;

	for (; i < policy_settings_n; i++) {
		text_format(full, sizeof(full), "%s.%s", policy_settings[i].group,
			    policy_settings[i].name);
		if (!strcmp(full, name))
			break;
	}
	assert(i < policy_settings_n);
	return i < policy_settings_n ? i : 0;
}

void policy_value(const struct policy *policy, const char *name, struct policy_value *ret_value)
{
	size_t row = find(name);
	char buf[NAME_TEXT];

	memset(ret_value, 0, sizeof(*ret_value));
	text_format(ret_value->name, sizeof(ret_value->name), "%s", name);
	text_format(ret_value->value, sizeof(ret_value->value), "%s",
		    show(policy, &policy_settings[row], buf));
	ret_value->line = policy->origin.line[row];
	if (ret_value->line)
		text_format(ret_value->file, sizeof(ret_value->file), "%s",
			    policy->origin.file[policy->origin.from[row]]);
}

void policy_value_text(const struct policy_value *value, char *buf, size_t size)
{
	text_format(buf, size, "%s = %s ", value->name, value->value);
	if (value->line)
		text_append(buf, size, "(%s line %u)", value->file, value->line);
	else
		text_append(buf, size, "(default)");
}

void policy_files_text(const struct policy *policy, char *buf, size_t size)
{
	buf[0] = '\0';
	for (size_t i = 0; i < policy->origin.n_files; i++)
		text_append(buf, size, "%s%s", i ? ", " : "", policy->origin.file[i]);
}

void policy_print(const struct policy *policy, FILE *to)
{
	char buf[NAME_TEXT];

	for (size_t i = 0; i < policy_settings_n; i++)
		fprintf(to, "%s.%s = %s (default %s): %s\n", policy_settings[i].group,
			policy_settings[i].name, show(policy, &policy_settings[i], buf),
			policy_settings[i].preset, policy_settings[i].sentence);
}
