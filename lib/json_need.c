/* SPDX-License-Identifier: Apache-2.0 */
#include "json_need.h"

#include <errno.h>

int json_need_object(const struct json *obj, const char *key, const struct json **ret_object,
		     struct err *err)
{
	const struct json *value = NULL;
	int rc = json_need(obj, key, &value, err);

	if (rc)
		return rc;
	if (!json_is_object(value))
		return json_complain(value, -EINVAL, err, "expected an object");
	*ret_object = value;
	return 0;
}

int json_need_bool(const struct json *obj, const char *key, bool *ret_bool, struct err *err)
{
	const struct json *value;
	int rc = json_need(obj, key, &value, err);

	return rc ? rc : json_bool(value, ret_bool, err);
}

int json_need_int(const struct json *obj, const char *key, int64_t min, int64_t max,
		  int64_t *ret_int, struct err *err)
{
	const struct json *value;
	int rc = json_need(obj, key, &value, err);

	return rc ? rc : json_int(value, min, max, ret_int, err);
}

int json_need_index(const struct json *obj, const char *key, int max, int *ret_index,
		    struct err *err)
{
	const struct json *value;
	int64_t number = -1;
	int rc = json_need(obj, key, &value, err);

	if (!rc && !json_is_null(value))
		rc = json_int(value, 0, max, &number, err);
	if (!rc)
		*ret_index = (int)number;
	return rc;
}

int json_need_text(const struct json *obj, const char *key, char *buf, size_t size, struct err *err)
{
	const struct json *value;
	int rc = json_need(obj, key, &value, err);

	if (rc)
		return rc;
	if (!json_is_null(value))
		return json_string(value, 1, buf, size, err);
	buf[0] = '\0';
	return 0;
}

int json_need_word(const struct json *obj, const char *key, const char *const *words, size_t n,
		   size_t *ret_index, struct err *err)
{
	const struct json *value;
	int rc = json_need(obj, key, &value, err);

	return rc ? rc : json_word(value, words, n, ret_index, err);
}
