/* SPDX-License-Identifier: Apache-2.0 */
#include "kit.h"

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "text.h"

void kit_broken(const char *file, int line, const char *what, const char *text)
{
	fprintf(stderr, "%s:%d: does not hold: %s%s%s\n", file, line, what, text ? ": " : "",
		text ? text : "");
	abort();
}

void kit_printable(const char *buf, size_t size)
{
	size_t n = strnlen(buf, size);

	CHECK(n < size);
	for (size_t i = 0; i < n; i++)
		if (buf[i] < ' ' || buf[i] > '~')
			kit_broken(__FILE__, __LINE__, "printable ASCII", buf);
}

void kit_text(const char *buf, size_t size)
{
	size_t n = strnlen(buf, size);

	CHECK(n < size);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)buf[i] < ' ' || buf[i] == 0x7f ||
		    ((unsigned char)buf[i] == 0xc2 && (unsigned char)buf[i + 1] < 0xa0))
			kit_broken(__FILE__, __LINE__, "no control characters", buf);
}

void kit_refused(int rc, const struct err *err)
{
	CHECK(rc < 0 && rc > -4096);
	CHECK(err->text[0]);
	CHECK_PRINTABLE(err->text);
}

char *kit_input(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	CHECK(text);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

char *kit_rest(char *text, const char *at)
{
	char *found = strstr(text, at);

	if (!found)
		return NULL;
	*found = '\0';
	return found + strlen(at);
}

static char dir[64];

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	return remove(path);
}

static void remove_dir(void)
{
	nftw(dir, remove_one, 32, FTW_DEPTH | FTW_PHYS);
}

const char *kit_dir(void)
{
	const char *base = getenv("TMPDIR");

	if (dir[0])
		return dir;
	if (!base)
		base = access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";
	CHECK(!text_format(dir, sizeof(dir), "%s/efa-layout-fuzz.XXXXXX", base));
	CHECK(mkdtemp(dir));
	atexit(remove_dir);
	return dir;
}

const char *kit_path(const char *name)
{
	static char path[PATH_MAX];

	CHECK(!text_format(path, sizeof(path), "%s/%s", kit_dir(), name));
	return path;
}

/* A file with a name of its own: loaders look at the directories that lead to it, and a descriptor
 * of memory has none. */
const char *kit_file(const uint8_t *data, size_t size)
{
	static int fd = -1;
	static char path[PATH_MAX];

	if (fd < 0) {
		text_format(path, sizeof(path), "%s", kit_path("input"));
		fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		CHECK(fd >= 0);
	}
	CHECK(!ftruncate(fd, 0));
	CHECK(!size || pwrite(fd, data, size, 0) == (ssize_t)size);
	return path;
}

void kit_put(const char *name, const char *text)
{
	int fd = open(kit_path(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ssize_t size = (ssize_t)strlen(text);

	CHECK(fd >= 0);
	CHECK(write(fd, text, (size_t)size) == size);
	CHECK(!close(fd));
}
