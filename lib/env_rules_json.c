/* SPDX-License-Identifier: Apache-2.0 */
#include "env_rules.h"

#include <errno.h>
#include <string.h>

#include "json.h"

#define RESERVED "EFA_LAYOUT"

static const char *const mode_words[] = {
	[ENV_DEFAULT] = "default",
	[ENV_FORCE] = "force",
	[ENV_UNSET] = "unset",
	[ENV_WARN] = "warn",
};

#define MODES_N (sizeof(mode_words) / sizeof(mode_words[0]))

static const char *const placeholders[] = {"{rails}", "{rail_count}", "{primary_netdev}",
					   "{layout}"};

const char *env_mode_text(enum env_mode mode)
{
	return mode_words[mode];
}

/* Every brace must belong to a placeholder that is known. */
static int check_value(const struct json *value, const char *text, struct err *err)
{
	for (const char *at = text; (at = strpbrk(at, "{}")); at++) {
		size_t n = 0;

		for (size_t i = 0; !n && i < sizeof(placeholders) / sizeof(placeholders[0]); i++)
			if (!strncmp(at, placeholders[i], strlen(placeholders[i])))
				n = strlen(placeholders[i]);
		if (!n)
			return json_complain(value, -EINVAL, err,
					     "unknown placeholder at \"%.20s\"; there are {rails}, "
					     "{rail_count}, {primary_netdev} and {layout}",
					     at);
		at += n - 1;
	}
	return 0;
}

static int read_name(const struct json *rule, struct env_rule *ret_rule, struct err *err)
{
	const struct json *value;
	int rc = json_need(rule, "name", &value, err);

	if (!rc)
		rc = json_string(value, 1, ret_rule->name, sizeof(ret_rule->name), err);
	if (rc)
		return rc;
	if (!env_is_variable(ret_rule->name))
		return json_complain(value, -EINVAL, err, ENV_VARIABLE_SENTENCE);
	if (!strncmp(ret_rule->name, RESERVED, strlen(RESERVED)))
		return json_complain(value, -EINVAL, err,
				     "variables that begin with %s are set without a rule",
				     RESERVED);
	return 0;
}

static int read_mode(const struct json *rule, struct env_rule *ret_rule, struct err *err)
{
	const struct json *value;
	size_t mode = 0;
	int rc = json_need(rule, "mode", &value, err);

	if (!rc)
		rc = json_word(value, mode_words, MODES_N, &mode, err);
	ret_rule->mode = (enum env_mode)mode;
	return rc;
}

/* "value" for the modes that set, "text" for the modes that talk. */
static int read_texts(const struct json *rule, struct env_rule *ret_rule, struct err *err)
{
	bool sets = ret_rule->mode == ENV_DEFAULT || ret_rule->mode == ENV_FORCE;
	const struct json *value = json_member(rule, "value"), *text = json_member(rule, "text");
	int rc = 0;

	if (sets && !value)
		return json_complain(rule, -EINVAL, err, "mode %s needs a value",
				     mode_words[ret_rule->mode]);
	if (!sets && value)
		return json_complain(value, -EINVAL, err, "mode %s has no value",
				     mode_words[ret_rule->mode]);
	if (sets && text)
		return json_complain(text, -EINVAL, err, "mode %s has no text",
				     mode_words[ret_rule->mode]);
	if (ret_rule->mode == ENV_WARN && !text)
		return json_complain(rule, -EINVAL, err, "mode warn needs a text");
	if (value)
		rc = json_string(value, 1, ret_rule->value, sizeof(ret_rule->value), err);
	if (!rc && value)
		rc = check_value(value, ret_rule->value, err);
	if (!rc && text)
		rc = json_string(text, 1, ret_rule->text, sizeof(ret_rule->text), err);
	return rc;
}

static int read_source(const struct json *source, struct env_rule *ret_rule, struct err *err)
{
	int rc = json_string(source, 1, ret_rule->source, sizeof(ret_rule->source), err);

	for (const char *at = ret_rule->source; !rc && *at; at++)
		if (*at < ' ' || *at > '~')
			rc = json_complain(source, -EINVAL, err, "expected printable ASCII");
	return rc;
}

int env_rule_parse(const struct json *value, struct env_rule *ret_rule, struct err *err)
{
	static const char *const keys[] = {"name", "value", "mode", "text", "source", "when"};
	const struct json *when = json_member(value, "when");
	const struct json *source = json_member(value, "source");
	int rc;

	memset(ret_rule, 0, sizeof(*ret_rule));
	if (!json_is_object(value))
		return json_complain(value, -EINVAL, err, "expected an object, a rule");
	rc = json_only_keys(value, keys, sizeof(keys) / sizeof(keys[0]), err);
	if (!rc)
		rc = read_name(value, ret_rule, err);
	if (!rc)
		rc = read_mode(value, ret_rule, err);
	if (!rc)
		rc = read_texts(value, ret_rule, err);
	if (!rc && source)
		rc = read_source(source, ret_rule, err);
	if (!rc && when)
		rc = env_when_parse(when, &ret_rule->when, err);
	return rc;
}

void env_rule_write(struct json_out *out, const struct env_rule *rule)
{
	json_out_open(out, NULL, '{');
	json_out_string(out, "name", rule->name);
	json_out_string(out, "mode", mode_words[rule->mode]);
	if (rule->value[0])
		json_out_string(out, "value", rule->value);
	if (rule->text[0])
		json_out_string(out, "text", rule->text);
	if (rule->source[0])
		json_out_string(out, "source", rule->source);
	env_when_write(out, &rule->when);
	json_out_close(out);
}
