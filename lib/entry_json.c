/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "layout_json_impl.h"
#include "text.h"

int entry_text(const struct json *obj, const char *key, char *buf, size_t size, struct err *err)
{
	const struct json *value;
	int r = json_need(obj, key, &value, err);

	return r ? r : json_string(value, 1, buf, size, err);
}

int entry_number(const struct json *obj, const char *key, unsigned min, unsigned max, bool needed,
		 unsigned *ret_number, struct err *err)
{
	const struct json *value = json_member(obj, key);
	int64_t number;
	int r;

	if (!value && !needed)
		return 0;
	r = json_need(obj, key, &value, err);
	if (!r)
		r = json_int(value, min, max, &number, err);
	if (!r)
		*ret_number = (unsigned)number;
	return r;
}

int entry_unknown_base(const struct json *value, const char *what, const char *const *names,
		       size_t n, struct err *err)
{
	char name[NAME_TEXT], found[JSON_SHOWN_TEXT];
	const char *near = NULL;
	int r = json_string(value, 1, name, sizeof(name), err);

	if (r)
		return r;
	near = text_nearest(name, names, n);
	return json_complain(value, -EINVAL, err, "there is no %s %s before this entry%s%s%s", what,
			     json_shown(value, found), near ? "; did you mean \"" : "",
			     near ? near : "", near ? "\"?" : "");
}

int entry_repeated(const struct json *obj, const char *what, const char *name, const char *origin,
		   struct err *err)
{
	return json_complain(obj, -EINVAL, err,
			     "a second %s named \"%s\" in this file, the first is at %s", what,
			     name, origin);
}
