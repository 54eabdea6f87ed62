/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Node trees for unit tests: whole nodes come from make-node, single values are then written over
 * them. One tree at a time, in a directory that only its owner may write; in memory where that is
 * possible, because a large node has two thousand files.
 */
#ifndef EFA_LAYOUT_NODE_TREE_H
#define EFA_LAYOUT_NODE_TREE_H

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "text.h"

#define TREE_ARGS_MAX 24

static char tree[64];

static inline int tree_setup(void **state)
{
	(void)state;
	text_format(tree, sizeof(tree), "%s/node_tree.XXXXXX",
		    access("/dev/shm", W_OK) ? "/var/tmp" : "/dev/shm");
	return mkdtemp(tree) && !chmod(tree, 0755) ? 0 : -1;
}

static inline int tree_remove_one(const char *path, const struct stat *st, int kind,
				  struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	return remove(path);
}

static inline int tree_teardown(void **state)
{
	(void)state;
	return nftw(tree, tree_remove_one, 32, FTW_DEPTH | FTW_PHYS);
}

/* The path of something in the tree; one at a time. */
static inline const char *tree_path(const char *name)
{
	static char path[PATH_MAX];

	assert_int_equal(text_format(path, sizeof(path), "%s/%s", tree, name), 0);
	return path;
}

static inline void tree_remove(const char *name)
{
	assert_int_equal(nftw(tree_path(name), tree_remove_one, 32, FTW_DEPTH | FTW_PHYS), 0);
}

static inline void tree_dirs(char *path)
{
	for (char *at = path + strlen(tree) + 1; (at = strchr(at, '/')); *at++ = '/') {
		*at = '\0';
		mkdir(path, 0755);
	}
}

static inline void tree_bytes(const char *name, const char *text, size_t size)
{
	char path[PATH_MAX];
	int fd;

	text_format(path, sizeof(path), "%s", tree_path(name));
	tree_dirs(path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, size), size);
	close(fd);
}

static inline void tree_file(const char *name, const char *text)
{
	tree_bytes(name, text, strlen(text));
}

static inline void tree_link(const char *name, const char *target)
{
	char path[PATH_MAX];

	text_format(path, sizeof(path), "%s", tree_path(name));
	tree_dirs(path);
	unlink(path);
	assert_int_equal(symlink(target, path), 0);
}

/* Write a whole node over whatever the tree held: type, layout, damage ...; words are split at
 * blanks. */
static inline void tree_make(const char *words)
{
	extern char **environ;
	char line[512], *args[TREE_ARGS_MAX] = {SOURCE_DIR "/tests/nodes/make-node"}, *save = NULL;
	size_t n = 1;
	int status;
	pid_t pid;

	text_format(line, sizeof(line), "%s", words);
	for (char *word = strtok_r(line, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		assert_true(n + 2 < TREE_ARGS_MAX);
		args[n++] = word;
		if (n == 3)
			args[n++] = tree;
	}
	tree_teardown(NULL);
	assert_int_equal(mkdir(tree, 0755), 0);
	assert_int_equal(posix_spawn(&pid, args[0], NULL, NULL, args, environ), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

#endif
