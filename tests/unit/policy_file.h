/* SPDX-License-Identifier: Apache-2.0 */
/* A policy out of a text, through a file. Include after cmocka.h. */
#ifndef EFA_LAYOUT_TEST_POLICY_FILE_H
#define EFA_LAYOUT_TEST_POLICY_FILE_H

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "policy.h"
#include "text.h"

static char dir[64], path[96];

static int setup(void **state)
{
	(void)state;
	text_format(dir, sizeof(dir), "/var/tmp/test_policy.XXXXXX");
	return mkdtemp(dir) && !text_format(path, sizeof(path), "%s/policy.json", dir) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

static int load(const char *text, struct policy *policy, struct err *err)
{
	assert_int_equal(file_replace(path, text, strlen(text), 0644, err), 0);
	return policy_load(path, FILE_TRUST_OWNER, policy, err);
}

#endif
