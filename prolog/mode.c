/* SPDX-License-Identifier: Apache-2.0 */
#include "mode.h"

#include <stddef.h>
#include <string.h>

#include "job_env.h"

#define PREFIX "efa-layout-"

static const char *const programs[] = {
	[MODE_PROLOG] = PREFIX "prolog",
	[MODE_EPILOG] = PREFIX "epilog",
	[MODE_HEALTH] = PREFIX "health",
};

bool mode_parse(const char *word, enum mode *ret_mode)
{
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		if (strcmp(programs[i] + strlen(PREFIX), word) == 0) {
			*ret_mode = (enum mode)i;
			return true;
		}
	}
	return false;
}

/* A copy under another name is a prolog. */
static enum mode by_name(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		if (strcmp(programs[i], name) == 0)
			return (enum mode)i;
	}
	return MODE_PROLOG;
}

enum mode mode_choose(const enum mode *given, const char *context, const char *path)
{
	if (given)
		return *given;
	switch (job_context_parse(context)) {
	case CONTEXT_PROLOG:
		return MODE_PROLOG;
	case CONTEXT_EPILOG:
		return MODE_EPILOG;
	case CONTEXT_OTHER:
		return MODE_REFUSED;
	case CONTEXT_NONE:
		break;
	}
	return by_name(path);
}

const char *mode_program(enum mode mode)
{
	return mode == MODE_REFUSED ? programs[MODE_PROLOG] : programs[mode];
}
