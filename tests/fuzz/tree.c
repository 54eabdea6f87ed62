/* SPDX-License-Identifier: Apache-2.0 */
#include "tree_impl.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "kit.h"
#include "text.h"

static int root_fd = -1;
bool tree_touched[TREE_PATHS_MAX];

int tree_open_parent(const char *name, const char **ret_last)
{
	int fd = dup(root_fd);
	const char *slash;

	for (; fd >= 0 && (slash = strchr(name, '/')); name = slash + 1) {
		char part[128];
		int next;

		CHECK(!text_format(part, sizeof(part), "%.*s", (int)(slash - name), name));
		next = openat(fd, part, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close(fd);
		fd = next;
	}
	*ret_last = name;
	return fd;
}

static void empty_dir(int fd)
{
	DIR *stream = fdopendir(fd);

	CHECK(stream);
	for (struct dirent *entry; (entry = readdir(stream));)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			tree_remove_at(fd, entry->d_name);
	closedir(stream);
}

void tree_remove_at(int dir, const char *name)
{
	int fd;

	if (!unlinkat(dir, name, 0) || errno == ENOENT)
		return;
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	CHECK(fd >= 0);
	empty_dir(fd);
	CHECK(!unlinkat(dir, name, AT_REMOVEDIR));
}

void tree_write_at(int dir, const char *name, const char *text, size_t size, unsigned mode)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	CHECK(fd >= 0);
	CHECK(write(fd, text, size) == (ssize_t)size);
	CHECK(!fchmod(fd, mode));
	close(fd);
}

static void put(const struct tree_path *path)
{
	const char *last;
	int dir;

	if (path->kind == TREE_ABSENT)
		return;
	dir = tree_open_parent(path->name, &last);
	CHECK(dir >= 0);
	if (path->kind == TREE_DIR)
		CHECK(!mkdirat(dir, last, 0755));
	else if (path->kind == TREE_LINK)
		CHECK(!symlinkat(path->text, dir, last));
	else
		tree_write_at(dir, last, path->text, strlen(path->text), path->mode);
	close(dir);
}

void tree_make(const char *dir)
{
	root_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	CHECK(root_fd >= 0);
	for (size_t i = 0; i < tree_paths_n; i++)
		put(&tree_paths[i]);
}

static bool is_below(const char *name, const char *dir)
{
	size_t n = strlen(dir);

	return !strncmp(name, dir, n) && (name[n] == '/' || !name[n]);
}

/* Parents stand before what is in them: whatever was touched below one is made with it. */
void tree_undo(void)
{
	for (size_t i = 0; i < tree_paths_n; i++) {
		const char *last;
		int dir;

		if (!tree_touched[i])
			continue;
		dir = tree_open_parent(tree_paths[i].name, &last);
		if (dir >= 0)
			tree_remove_at(dir, last);
		if (dir >= 0)
			close(dir);
		for (size_t j = i; j < tree_paths_n; j++) {
			if (!is_below(tree_paths[j].name, tree_paths[i].name))
				continue;
			put(&tree_paths[j]);
			tree_touched[j] = false;
		}
	}
}
