/* SPDX-License-Identifier: Apache-2.0 */
#include "args.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "efa_layout_config.h"
#include "text.h"

static const struct plugin_dirs defaults = {
	.data = EFA_LAYOUT_DATA_DIR,
	.site = EFA_LAYOUT_SITE_DIR,
	.run = EFA_LAYOUT_RUN_DIR,
};

static const char *const keys[] = {"data_dir", "site_dir", "run_dir"};
static const size_t places[] = {
	offsetof(struct plugin_dirs, data),
	offsetof(struct plugin_dirs, site),
	offsetof(struct plugin_dirs, run),
};

#define KEYS_N (sizeof(keys) / sizeof(keys[0]))

/* Index of the key in front of the equals sign, KEYS_N for none. */
static size_t find_key(const char *arg)
{
	const char *equals = strchr(arg, '=');
	size_t i = 0;

	if (!equals)
		return KEYS_N;
	while (i < KEYS_N && (strlen(keys[i]) != (size_t)(equals - arg) ||
			      memcmp(keys[i], arg, (size_t)(equals - arg)) != 0))
		i++;
	return i;
}

static int unknown(const char *arg, struct err *err)
{
	char word[64], *equals;
	const char *near;

	text_printable(word, sizeof(word), arg);
	equals = strchr(word, '=');
	if (equals)
		*equals = '\0';
	near = text_nearest(word, keys, KEYS_N);
	return err_set(err, -EINVAL,
		       "plugstack.conf: unknown argument \"%s\"%s%s%s; expected data_dir=, "
		       "site_dir= or run_dir=",
		       word, near ? ", did you mean \"" : "", near ? near : "", near ? "\"" : "");
}

int args_parse(int argc, char *const *argv, struct plugin_dirs *ret_dirs, struct err *err)
{
	struct plugin_dirs dirs = defaults;
	unsigned seen = 0;

	*ret_dirs = defaults;
	for (int i = 0; i < argc; i++) {
		size_t key = find_key(argv[i]);
		const char *value;

		if (key == KEYS_N)
			return unknown(argv[i], err);
		value = argv[i] + strlen(keys[key]) + 1;
		if (value[0] != '/')
			return err_set(err, -EINVAL,
				       "plugstack.conf: %s: expected an absolute path", keys[key]);
		if (seen & 1u << key)
			return err_set(err, -EINVAL, "plugstack.conf: %s is given twice",
				       keys[key]);
		seen |= 1u << key;
		*(const char **)((char *)&dirs + places[key]) = value;
	}
	*ret_dirs = dirs;
	return 0;
}
