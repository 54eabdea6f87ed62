/* SPDX-License-Identifier: Apache-2.0 */
/* A directory of one test, which only its owner may write, and texts into files of it. */
#ifndef EFA_LAYOUT_TEST_TEMP_DIR_H
#define EFA_LAYOUT_TEST_TEMP_DIR_H

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "text.h"

static char temp_dir[64];

static inline int temp_dir_make(void)
{
	text_format(temp_dir, sizeof(temp_dir), "/var/tmp/efa_layout_test.XXXXXX");
	return mkdtemp(temp_dir) ? 0 : -1;
}

static inline int temp_remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static inline int temp_dir_remove(void)
{
	return nftw(temp_dir, temp_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* buf: 256 bytes. Returns buf. */
static inline const char *temp_path(const char *name, char *buf)
{
	assert_int_equal(text_format(buf, 256, "%s/%s", temp_dir, name), 0);
	return buf;
}

/* With all directories on the way; size -1: of the text. */
static inline void temp_put(const char *name, const char *text, long size)
{
	char path[256];
	FILE *f;

	temp_path(name, path);
	for (char *slash = strchr(path + strlen(temp_dir) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		assert_true(mkdir(path, 0755) == 0 || errno == EEXIST);
		*slash = '/';
	}
	f = fopen(path, "we");
	assert_non_null(f);
	fwrite(text, size < 0 ? strlen(text) : (size_t)size, 1, f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0644), 0);
}

#endif
