/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "env_rules_when.h"
#include "json.h"
#include "request.h"
#include "text.h"

#define WORDS_MAX 8

/* By enum affinity, without "auto", which never decides. */
static const char *const affinity_words[] = {"gpu", "numa", "spread", "all", "none"};
static const char *const accel_words[] = {"gpu", "neuron"};

_Static_assert(AFFINITY_GPU == 1 && AFFINITY_NONE == 5, "the words are in the order of the enum");

#define AFFINITY_BIT(i) (1u << ((i) + AFFINITY_GPU))
#define N(list)		(sizeof(list) / sizeof((list)[0]))

/* One condition: its key, what it is, where it goes. */
enum kind { TRUTH, VERSION, VARIABLE, NAME, NAMES, VALUE, NUMBER, ACCEL, AFFINITIES };

static const struct condition {
	const char *key;
	enum kind kind;
	size_t at, size; /* in struct env_when */
} conditions[] = {
#define ROW(field, kind)                                        \
	{                                                       \
#field, kind, offsetof(struct env_when, field), \
			sizeof(((struct env_when *)0)->field)   \
	}
	ROW(narrow, TRUTH),
	ROW(rails, TRUTH),
	ROW(empty, TRUTH),
	ROW(on, TRUTH),
	ROW(is, VALUE),
	ROW(at_most, NUMBER),
	ROW(with, VARIABLE),
	ROW(unless, VARIABLE),
	ROW(affinity, AFFINITIES),
	ROW(mpi, NAMES),
	ROW(libfabric_min, VERSION),
	ROW(libfabric_below, VERSION),
	ROW(accel, ACCEL),
	ROW(family, NAMES),
	ROW(provider, NAME),
	ROW(kernel_below, VERSION),
	ROW(rdma_read, TRUTH),
#undef ROW
};

static int read_version(const struct json *value, unsigned *ret_version, struct err *err)
{
	char text[16];
	int rc = json_string(value, 1, text, sizeof(text), err);

	if (rc)
		return rc;
	*ret_version = env_libfabric_version(text);
	if (!*ret_version)
		return json_complain(value, -EINVAL, err, "expected a version such as \"1.18\"");
	return 0;
}

static int read_variable(const struct json *value, char *buf, size_t size, struct err *err)
{
	int rc = json_string(value, 1, buf, size, err);

	if (!rc && !env_is_variable(buf))
		rc = json_complain(value, -EINVAL, err, ENV_VARIABLE_SENTENCE);
	return rc;
}

static int read_truth(const struct json *value, enum env_truth *ret_truth, struct err *err)
{
	bool flag = false;
	int rc = json_bool(value, &flag, err);

	*ret_truth = flag ? ENV_TRUE : ENV_FALSE;
	return rc;
}

static int read_name(const struct json *value, char *buf, size_t size, struct err *err)
{
	int rc = json_string(value, 1, buf, size, err);

	if (!rc && !text_is_name(buf, size - 1))
		rc = json_complain(value, -EINVAL, err,
				   "expected a name: letters, digits, '.', '_' and '-'");
	return rc;
}

/* A name, or a list of them, into buf with commas between them. */
static int read_names(const struct json *value, char *buf, size_t size, struct err *err)
{
	size_t n = 0;
	char name[NAME_TEXT];
	int rc;

	if (!json_is_array(value))
		return read_name(value, buf, NAME_TEXT, err);
	rc = json_array(value, WORDS_MAX, &n, err);
	if (!rc && !n)
		rc = json_complain(value, -EINVAL, err, "an empty list can never hold");
	for (size_t i = 0; !rc && i < n; i++) {
		rc = read_name(json_at(value, i), name, sizeof(name), err);
		if (!rc && env_when_lists(buf, name, strlen(name)))
			rc = json_complain(json_at(value, i), -EINVAL, err, "listed twice");
		if (!rc && text_append(buf, size, "%s%s", i ? "," : "", name))
			rc = json_complain(value, -EINVAL, err,
					   "the names together are longer than %zu characters",
					   size - 1);
	}
	return rc;
}

static int read_affinity(const struct json *value, unsigned *ret_bits, struct err *err)
{
	size_t n = 0, i = 0;
	int rc;

	if (!json_is_array(value)) {
		rc = json_word(value, affinity_words, N(affinity_words), &i, err);
		*ret_bits = AFFINITY_BIT(i);
		return rc;
	}
	rc = json_array(value, N(affinity_words), &n, err);
	if (!rc && !n)
		rc = json_complain(value, -EINVAL, err, "an empty list can never hold");
	for (size_t at = 0; !rc && at < n; at++) {
		rc = json_word(json_at(value, at), affinity_words, N(affinity_words), &i, err);
		if (!rc && *ret_bits & AFFINITY_BIT(i))
			rc = json_complain(json_at(value, at), -EINVAL, err, "listed twice");
		*ret_bits |= AFFINITY_BIT(i);
	}
	return rc;
}

/* true, false, or the kind of accelerator. */
static int read_accel(const struct json *value, enum env_accel *ret_accel, struct err *err)
{
	bool flag = false;
	size_t i = 0;
	int rc;

	if (json_is_bool(value)) {
		rc = json_bool(value, &flag, err);
		*ret_accel = flag ? ENV_ACCEL_ANY : ENV_ACCEL_NONE;
		return rc;
	}
	if (!json_is_string(value))
		return json_complain(value, -EINVAL, err,
				     "expected true, false, \"gpu\" or \"neuron\"");
	rc = json_word(value, accel_words, N(accel_words), &i, err);
	*ret_accel = i ? ENV_ACCEL_NEURON : ENV_ACCEL_GPU;
	return rc;
}

static int read_number(const struct json *value, struct env_when *when, struct err *err)
{
	int64_t number = 0;
	int rc = json_int(value, INT_MIN, INT_MAX, &number, err);

	when->has_at_most = true;
	when->at_most = (int)number;
	return rc;
}

static int read_condition(const struct condition *c, const struct json *value,
			  struct env_when *when, struct err *err)
{
	void *to = (char *)when + c->at;

	switch (c->kind) {
	case TRUTH:
		return read_truth(value, to, err);
	case VERSION:
		return read_version(value, to, err);
	case VARIABLE:
		return read_variable(value, to, c->size, err);
	case NAME:
		return read_name(value, to, c->size, err);
	case NAMES:
		return read_names(value, to, c->size, err);
	case VALUE:
		return json_string(value, 1, to, c->size, err);
	case NUMBER:
		return read_number(value, when, err);
	case ACCEL:
		return read_accel(value, to, err);
	case AFFINITIES:
		return read_affinity(value, to, err);
	}
	return 0;
}

/* Of the conditions on the variable's own value at most one makes sense. */
static int check_together(const struct json *object, const struct env_when *when, struct err *err)
{
	int n = (when->empty != ENV_UNSAID) + (when->on != ENV_UNSAID) + when->has_at_most +
		(when->is[0] != '\0');

	if (n > 1)
		return json_complain(object, -EINVAL, err,
				     "of empty, on, is and at_most only one can be given");
	if (when->libfabric_below && when->libfabric_below <= when->libfabric_min)
		return json_complain(object, -EINVAL, err,
				     "no version is at least libfabric_min and below "
				     "libfabric_below");
	if (when->with[0] && !strcmp(when->with, when->unless))
		return json_complain(object, -EINVAL, err,
				     "with and unless name the same variable");
	return 0;
}

int env_when_parse(const struct json *object, struct env_when *ret_when, struct err *err)
{
	const char *keys[N(conditions)];
	int rc;

	if (!json_is_object(object))
		return json_complain(object, -EINVAL, err, "expected an object with conditions");
	for (size_t i = 0; i < N(conditions); i++)
		keys[i] = conditions[i].key;
	rc = json_only_keys(object, keys, N(conditions), err);
	for (size_t i = 0; !rc && i < N(conditions); i++) {
		const struct json *value = json_member(object, conditions[i].key);

		if (value)
			rc = read_condition(&conditions[i], value, ret_when, err);
	}
	return rc ? rc : check_together(object, ret_when, err);
}

static void write_version(struct json_out *out, const char *key, unsigned version)
{
	char text[16];

	if (!version)
		return;
	text_format(text, sizeof(text), "%u.%u", version / 1000, version % 1000);
	json_out_string(out, key, text);
}

static void write_names(struct json_out *out, const char *key, const char *names)
{
	if (!strchr(names, ',')) {
		json_out_string(out, key, names);
		return;
	}
	json_out_open(out, key, '[');
	for (const char *at = names; *at;) {
		size_t n = strcspn(at, ",");
		char name[NAME_TEXT];

		text_format(name, sizeof(name), "%.*s", (int)n, at);
		json_out_string(out, NULL, name);
		at += n + (at[n] == ',');
	}
	json_out_close(out);
}

static void write_affinity(struct json_out *out, const char *key, unsigned bits)
{
	bool several = bits & (bits - 1);

	if (!bits)
		return;
	if (several)
		json_out_open(out, key, '[');
	for (size_t i = 0; i < N(affinity_words); i++)
		if (bits & AFFINITY_BIT(i))
			json_out_string(out, several ? NULL : key, affinity_words[i]);
	if (several)
		json_out_close(out);
}

static void write_accel(struct json_out *out, const char *key, enum env_accel accel)
{
	if (accel == ENV_ACCEL_NONE || accel == ENV_ACCEL_ANY)
		json_out_bool(out, key, accel == ENV_ACCEL_ANY);
	else if (accel != ENV_ACCEL_UNSAID)
		json_out_string(out, key, accel_words[accel == ENV_ACCEL_NEURON]);
}

static void write_condition(struct json_out *out, const struct condition *c,
			    const struct env_when *when)
{
	const void *from = (const char *)when + c->at;

	switch (c->kind) {
	case TRUTH:
		if (*(const enum env_truth *)from != ENV_UNSAID)
			json_out_bool(out, c->key, *(const enum env_truth *)from == ENV_TRUE);
		return;
	case VERSION:
		write_version(out, c->key, *(const unsigned *)from);
		return;
	case VARIABLE:
	case NAME:
	case NAMES:
	case VALUE:
		if (c->kind == NAMES && *(const char *)from)
			write_names(out, c->key, from);
		else if (*(const char *)from)
			json_out_string(out, c->key, from);
		return;
	case NUMBER:
		if (when->has_at_most)
			json_out_int(out, c->key, when->at_most);
		return;
	case ACCEL:
		write_accel(out, c->key, when->accel);
		return;
	case AFFINITIES:
		write_affinity(out, c->key, when->affinity);
		return;
	}
}

void env_when_write(struct json_out *out, const struct env_when *when)
{
	if (env_when_is_none(when))
		return;
	json_out_open(out, "when", '{');
	for (size_t i = 0; i < N(conditions); i++)
		write_condition(out, &conditions[i], when);
	json_out_close(out);
}
