/* SPDX-License-Identifier: Apache-2.0 */
#include "task_env_record.h"

#include <string.h>

#include "fnv.h"
#include "text.h"

#define RECORD_TEXT sizeof(((struct env_change *)0)->value)
#define RECORD_HASH 8 /* hex digits */

static void short_hash(const char *value, char *buf)
{
	fnv_format(fnv_add_text(FNV_START, value), buf);
	buf[RECORD_HASH] = '\0';
}

void env_record_read(env_get_fn get, void *arg, struct env_record *ret_record)
{
	const char *text = get(ENV_RECORD, arg), *value;
	char copy[RECORD_TEXT], hash[FNV_TEXT], *rest = copy, *part;

	ret_record->n = 0;
	if (!text || text_format(copy, sizeof(copy), "%s", text))
		return;
	while ((part = strsep(&rest, ",")) && ret_record->n <= ENV_RULES_MAX) {
		char *colon = strchr(part, ':');

		if (!colon || (size_t)(colon - part) >= sizeof(ret_record->name[0]))
			continue;
		*colon = '\0';
		value = env_is_variable(part) ? get(part, arg) : NULL;
		if (!value)
			continue;
		short_hash(value, hash);
		if (!strcmp(hash, colon + 1))
			text_format(ret_record->name[ret_record->n++], sizeof(ret_record->name[0]),
				    "%s", part);
	}
}

bool env_record_has(const struct env_record *record, const char *name)
{
	for (size_t i = 0; i < record->n; i++)
		if (!strcmp(record->name[i], name))
			return true;
	return false;
}

void env_record_add(char *text, size_t size, const char *name, const char *value)
{
	char hash[FNV_TEXT], part[96];
	size_t used = strlen(text);

	short_hash(value, hash);
	text_format(part, sizeof(part), "%s%s:%s", used ? "," : "", name, hash);
	if (used + strlen(part) < size)
		memcpy(text + used, part, strlen(part) + 1);
}
