/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of an installation: those of the running machine, or of a folder that has another one's
 * (then no link leads out of it). Paths are always the installation's own.
 */
#ifndef EFA_LAYOUT_DOCTOR_TREE_H
#define EFA_LAYOUT_DOCTOR_TREE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "elf_file.h"
#include "err.h"

#define TREE_PATH 256

struct tree {
	int fd;
	bool live;	     /* it is the running machine */
	uid_t owner;	     /* beside root: whose files are trusted, the folder's own owner */
	char root[PATH_MAX]; /* "" for the running machine */
};

/* root: "" or "/" for the running machine. */
int tree_open(const char *root, struct tree *ret_tree, struct err *err);
void tree_close(struct tree *tree);

/* 0 or what open, stat and so on give; links are followed inside the tree. */
int tree_stat(const struct tree *tree, const char *path, struct stat *ret_st);
/* Where a path leads once all links are followed. */
int tree_real(const struct tree *tree, const char *path, char *buf, size_t size);
/* A regular file; as file_read, without its judgement of owner and mode. */
int tree_read(const struct tree *tree, const char *path, size_t max, char **ret_text,
	      size_t *ret_size, struct err *err);
/* The same of a file that may have any bytes, and of a library; *ret_data is to be freed. */
int tree_read_elf(const struct tree *tree, const char *path, void **ret_data,
		  struct elf_file *ret_elf, struct err *err);
/* The first line of a short file, without blanks around it. */
int tree_line(const struct tree *tree, const char *path, char *buf, size_t size);
/* The path as seen from outside of the tree. */
int tree_outside(const struct tree *tree, const char *path, char *buf, size_t size);

/*
 * Files of a pattern whose last part may have wildcards, sorted; at most max, *ret_n of them. A
 * pattern without wildcards is itself when there is such a file.
 */
int tree_glob(const struct tree *tree, const char *pattern, char (*paths)[TREE_PATH], size_t max,
	      size_t *ret_n);

/* May root trust the file: its owner, its mode, and those of its directory? why: a sentence. */
bool tree_trusted(const struct tree *tree, const char *path, char *why, size_t size);

#endif
