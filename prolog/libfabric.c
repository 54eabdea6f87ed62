/* SPDX-License-Identifier: Apache-2.0 */
#include "libfabric.h"

#include <errno.h>
#include <string.h>

#include "child.h"
#include "cleanup.h"
#include "program.h"
#include "text.h"

#define ANSWER_MS  1000
#define ANSWER_MAX 256

/* "efa-layout-probe 0.1.0, libfabric 1.17" */
static int parse(char *answer, char *buf, size_t size)
{
	static const char key[] = ", libfabric ";
	char *version = strstr(answer, key);

	if (!version)
		return -EPROTO;
	version += strlen(key);
	version[strcspn(version, "\n")] = '\0';
	if (!text_is_name(version, size - 1))
		return -EPROTO;
	memcpy(buf, version, strlen(version) + 1);
	return 0;
}

int libfabric_ask_version(const char *probe, char *buf, size_t size, struct err *err)
{
	char name[] = "efa-layout-probe", option[] = "--version", path[] = "PATH=/usr/bin:/bin";
	char *argv[] = {name, option, NULL}, *envp[] = {path, NULL};
	cleanup_free char *answer = NULL;
	struct child_result result;
	int r = program_check(probe, err);

	if (!r)
		r = child_run(probe, argv, envp, ANSWER_MS, ANSWER_MAX, &answer, &result, err);
	if (r)
		return r;
	if (result.timed_out)
		return err_set(err, -ETIMEDOUT, "%s: no answer within %d ms", probe, ANSWER_MS);
	if (result.exit_status || !answer || parse(answer, buf, size))
		return err_set(err, -EPROTO, "%s --version: expected the version of libfabric",
			       probe);
	return 0;
}
