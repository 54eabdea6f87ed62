/* SPDX-License-Identifier: Apache-2.0 */
/* A site's folder for a test: policy.json, policy.d, and what else a test puts there. Include after
 * cmocka.h. */
#ifndef EFA_LAYOUT_TEST_SITE_FOLDER_H
#define EFA_LAYOUT_TEST_SITE_FOLDER_H

#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "text.h"

static char site_dir[64];

static int folder_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int folder_setup(void **state)
{
	(void)state;
	text_format(site_dir, sizeof(site_dir), "/var/tmp/test_site.XXXXXX");
	return mkdtemp(site_dir) ? 0 : -1;
}

static int folder_teardown(void **state)
{
	(void)state;
	return nftw(site_dir, folder_remove, 8, FTW_DEPTH | FTW_PHYS);
}

/* Path of a file below it; four can be used at a time. */
static const char *folder_path(const char *name)
{
	static char buf[4][PATH_MAX];
	static unsigned next;
	char *path = buf[next++ % 4];

	text_format(path, PATH_MAX, "%s/%s", site_dir, name);
	return path;
}

static void folder_write(const char *name, const char *text)
{
	struct err err = {""};

	if (file_replace_unsynced(folder_path(name), text, strlen(text), 0644, &err))
		fail_msg("%s", err.text);
}

static void folder_make(const char *name)
{
	assert_int_equal(mkdir(folder_path(name), 0755), 0);
}

#endif
