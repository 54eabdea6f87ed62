/* SPDX-License-Identifier: Apache-2.0 */
#include "env_rules.h"

#include <errno.h>
#include <string.h>

#include "json.h"
#include "text.h"

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

static bool is_variable(const char *name)
{
	static const char first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";

	return name[0] && strchr(first, name[0]) &&
	       !name[strspn(name, "0123456789ABCDEFGHIJKLMN"
				  "OPQRSTUVWXYZabcdefghijkl"
				  "mnopqrstuvwxyz_")];
}

static int read_variable(const struct json *value, char *buf, size_t size, struct err *err)
{
	int rc = json_string(value, 1, buf, size, err);

	if (rc)
		return rc;
	if (!is_variable(buf))
		return json_complain(value, -EINVAL, err,
				     "a variable has letters, digits and underscores, and does not "
				     "begin with a digit");
	return 0;
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

unsigned env_libfabric_version(const char *text)
{
	unsigned part[2] = {0, 0};

	for (int i = 0; i < 2; i++) {
		unsigned digits = 0;

		for (; *text >= '0' && *text <= '9'; text++, digits++)
			part[i] = part[i] * 10 + (unsigned)(*text - '0');
		if (!digits || digits > 3 || (!i && *text++ != '.'))
			return 0;
	}
	return *text && *text != '.' ? 0 : part[0] * 1000 + part[1];
}

static int read_version(const struct json *when, const char *key, unsigned *ret_version,
			struct err *err)
{
	const struct json *value = json_member(when, key);
	char text[16];
	int rc;

	*ret_version = 0;
	if (!value)
		return 0;
	rc = json_string(value, 1, text, sizeof(text), err);
	if (rc)
		return rc;
	*ret_version = env_libfabric_version(text);
	if (!*ret_version)
		return json_complain(value, -EINVAL, err, "expected a version such as \"1.18\"");
	return 0;
}

static int read_flag(const struct json *when, const char *key, bool *ret_flag, struct err *err)
{
	const struct json *value = json_member(when, key);

	*ret_flag = false;
	return value ? json_bool(value, ret_flag, err) : 0;
}

static int read_when(const struct json *when, struct env_rule *rule, struct err *err)
{
	static const char *const keys[] = {"narrow", "rails",	      "empty",		"unless",
					   "accel",  "libfabric_min", "libfabric_below"};
	const struct json *unless = json_member(when, "unless");
	int rc;

	if (!json_is_object(when))
		return json_complain(when, -EINVAL, err, "expected an object with conditions");
	rc = json_only_keys(when, keys, sizeof(keys) / sizeof(keys[0]), err);
	if (!rc)
		rc = read_flag(when, "narrow", &rule->when_narrow, err);
	if (!rc)
		rc = read_flag(when, "rails", &rule->when_rails, err);
	if (!rc)
		rc = read_flag(when, "empty", &rule->when_empty, err);
	if (!rc)
		rc = read_flag(when, "accel", &rule->when_accel, err);
	if (!rc && unless)
		rc = read_variable(unless, rule->unless, sizeof(rule->unless), err);
	if (!rc)
		rc = read_version(when, "libfabric_min", &rule->libfabric_min, err);
	if (!rc)
		rc = read_version(when, "libfabric_below", &rule->libfabric_below, err);
	if (!rc && rule->libfabric_below && rule->libfabric_below <= rule->libfabric_min)
		rc = json_complain(when, -EINVAL, err,
				   "no version is at least libfabric_min and below "
				   "libfabric_below");
	return rc;
}

static int read_name(const struct json *rule, struct env_rule *ret_rule, struct err *err)
{
	const struct json *value;
	int rc = json_need(rule, "name", &value, err);

	if (!rc)
		rc = read_variable(value, ret_rule->name, sizeof(ret_rule->name), err);
	if (!rc && !strncmp(ret_rule->name, RESERVED, strlen(RESERVED)))
		rc = json_complain(value, -EINVAL, err,
				   "variables that begin with %s are set without a rule", RESERVED);
	return rc;
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

int env_rule_parse(const struct json *value, struct env_rule *ret_rule, struct err *err)
{
	static const char *const keys[] = {"name", "value", "mode", "text", "when"};
	const struct json *when = json_member(value, "when");
	struct env_rule rule;
	int rc;

	memset(&rule, 0, sizeof(rule));
	if (!json_is_object(value))
		return json_complain(value, -EINVAL, err, "expected an object, a rule");
	rc = json_only_keys(value, keys, sizeof(keys) / sizeof(keys[0]), err);
	if (!rc)
		rc = read_name(value, &rule, err);
	if (!rc)
		rc = read_mode(value, &rule, err);
	if (!rc)
		rc = read_texts(value, &rule, err);
	if (!rc && when)
		rc = read_when(when, &rule, err);
	if (rc)
		return rc;
	*ret_rule = rule;
	return 0;
}

static void write_version(struct json_out *out, const char *key, unsigned version)
{
	char text[16];

	if (!version)
		return;
	text_format(text, sizeof(text), "%u.%u", version / 1000, version % 1000);
	json_out_string(out, key, text);
}

static void write_flag(struct json_out *out, const char *key, bool flag)
{
	if (flag)
		json_out_bool(out, key, true);
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
	if (rule->when_narrow || rule->when_rails || rule->when_empty || rule->when_accel ||
	    rule->unless[0] || rule->libfabric_min || rule->libfabric_below) {
		json_out_open(out, "when", '{');
		write_flag(out, "narrow", rule->when_narrow);
		write_flag(out, "rails", rule->when_rails);
		write_flag(out, "empty", rule->when_empty);
		write_flag(out, "accel", rule->when_accel);
		if (rule->unless[0])
			json_out_string(out, "unless", rule->unless);
		write_version(out, "libfabric_min", rule->libfabric_min);
		write_version(out, "libfabric_below", rule->libfabric_below);
		json_out_close(out);
	}
	json_out_close(out);
}
