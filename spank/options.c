/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <string.h>

#include "spank_io.h"

enum option_id { OPTION_LAYOUT, OPTION_AFFINITY };

/* Slurm's callbacks get no pointer of ours, so this one place is theirs; everybody else is handed
 * the struct. */
static struct options given;
static void (*answer_help)(void);

void option_set(struct option_value *value, const char *text)
{
	size_t n = text ? strnlen(text, sizeof(value->text) - 1) : 0;

	memset(value, 0, sizeof(*value));
	if (n)
		memcpy(value->text, text, n);
	value->given = true;
}

static int store(int id, const char *value, int remote)
{
	if (id == OPTION_LAYOUT && !remote && answer_help && value && !strcmp(value, "help"))
		answer_help();
	if (id == OPTION_LAYOUT)
		option_set(&given.layout, value);
	else if (id == OPTION_AFFINITY)
		option_set(&given.affinity, value);
	return 0;
}

static const struct spank_io_option table[] = {
	{
		.name = "efa-layout",
		.argument = "NAME|any|none|help",
		.usage = "[efa-layout] EFA layout that every node of the job must have; any: "
			 "whatever it has, healthy; help: list the layouts",
		.id = OPTION_LAYOUT,
		.fn = store,
	},
	{
		.name = "efa-affinity",
		.argument = "auto|gpu|numa|spread|all|none",
		.usage = "[efa-layout] how the EFA rails of a task are chosen",
		.id = OPTION_AFFINITY,
		.fn = store,
	},
};

int options_register(struct spank_handle *sp, void (*help)(void), struct err *err)
{
	answer_help = help;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		int rc = spank_io_register(sp, &table[i], err);

		if (rc)
			return rc;
	}
	return 0;
}

const struct options *options_given(void)
{
	return &given;
}

int options_request(const struct options *options, struct request *ret_req, struct err *err)
{
	struct request req;
	int rc = 0;

	request_init(&req);
	if (options->layout.given)
		rc = request_set_layout(&req, options->layout.text, err);
	if (!rc && options->affinity.given)
		rc = request_set_affinity(&req, options->affinity.text, err);
	if (!rc)
		*ret_req = req;
	return rc;
}
