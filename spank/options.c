/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <string.h>

#include "spank_io.h"
#include "text.h"

/* Slurm's callbacks get no pointer of ours, so this one place is theirs; everybody else is handed
 * the struct. */
static struct options given;
static void (*answer_help)(void);

const char *option_variable(enum request_option option, char *buf)
{
	text_format(buf, OPTION_VARIABLE_TEXT, "SLURM_SPANK_" REQUEST_TRAVELS "%s",
		    request_options[option].travels);
	return buf;
}

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
	if (id < 0 || id >= REQUEST_OPTIONS)
		return 0;
	if (id == OPTION_LAYOUT && !remote && answer_help && value && !strcmp(value, "help"))
		answer_help();
	option_set(&given.v[id], value);
	return 0;
}

int options_register(struct spank_handle *sp, void (*help)(void), struct err *err)
{
	int rc = 0;

	answer_help = help;
	for (int id = 0; !rc && id < REQUEST_OPTIONS; id++) {
		const struct request_option_row *row = &request_options[id];
		char usage[160];
		struct spank_io_option option = {
			.name = row->name,
			.argument = row->argument,
			.usage = usage,
			.id = id,
			.fn = store,
		};

		text_format(usage, sizeof(usage), "[efa-layout] %s", row->usage);
		rc = spank_io_register(sp, &option, err);
	}
	return rc;
}

const struct options *options_given(void)
{
	return &given;
}

bool options_any(const struct options *options)
{
	for (size_t i = 0; i < REQUEST_OPTIONS; i++)
		if (options->v[i].given)
			return true;
	return false;
}

int options_request(const struct options *options, struct request *ret_req, struct err *err)
{
	struct request req;
	int rc = 0;

	request_init(&req);
	for (size_t i = 0; !rc && i < REQUEST_OPTIONS; i++)
		if (options->v[i].given)
			rc = request_set(&req, (enum request_option)i, options->v[i].text, err);
	if (!rc)
		*ret_req = req;
	return rc;
}
