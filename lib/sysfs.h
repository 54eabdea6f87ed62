/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attributes and directories of sysfs and procfs below a root that is an argument, so that a
 * captured or made-up node is read exactly like the running one. Everything is opened relative to a
 * descriptor. Answers are bounded: a value that fills its buffer is refused, never cut.
 *
 * What is absent gives -ENOENT: also what went away between two calls (-ENODEV, -ENXIO of the
 * kernel).
 */
#ifndef EFA_LAYOUT_SYSFS_H
#define EFA_LAYOUT_SYSFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define SYSFS_PATH_TEXT	 512
#define SYSFS_NAME_TEXT	 64
#define SYSFS_NAMES_MAX	 4096
#define SYSFS_VALUE_TEXT 128

/* A directory of the node, by its descriptor; path is for messages. */
struct sysfs_dir {
	int fd;
	char path[SYSFS_PATH_TEXT];
};

/* root: directory path; "" means "/". The caller closes with sysfs_close. */
int sysfs_open(const char *root, struct sysfs_dir *ret_dir, struct err *err);
/* A directory below dir. */
int sysfs_open_at(const struct sysfs_dir *dir, const char *name, struct sysfs_dir *ret_dir,
		  struct err *err);
/* Accepts a directory that was never opened (fd -1). */
void sysfs_close(struct sysfs_dir *dir);
#define cleanup_sysfs __attribute__((cleanup(sysfs_close)))
#define SYSFS_DIR_NONE   \
	{                \
		.fd = -1 \
	}

/* The attribute's text without its last newline. -EFBIG (fills buf), -EINVAL (NUL byte), -ENOENT,
 * and what open and read give. */
int sysfs_read(const struct sysfs_dir *dir, const char *name, char *buf, size_t size,
	       struct err *err);
/* "0xefa1", at most 32 bits; -EINVAL for anything else. */
int sysfs_read_hex(const struct sysfs_dir *dir, const char *name, uint32_t *ret_value,
		   struct err *err);
/* A decimal number between min and max, a minus sign allowed; -EINVAL for anything else. */
int sysfs_read_int(const struct sysfs_dir *dir, const char *name, int min, int max, int *ret_value,
		   struct err *err);
/* A file of at most max bytes, such as proc/net/route; *ret_text is to be freed. */
int sysfs_read_all(const struct sysfs_dir *dir, const char *name, size_t max, char **ret_text,
		   struct err *err);

/* Where a link points to, or the last component of that. -ENOENT, -EINVAL (not a link), -EFBIG. */
int sysfs_link(const struct sysfs_dir *dir, const char *name, char *buf, size_t size,
	       struct err *err);
int sysfs_link_name(const struct sysfs_dir *dir, const char *name, char *buf, size_t size,
		    struct err *err);

/* Permission bits of a file. 0, or a negative errno (-ENOENT); nothing written then. */
int sysfs_mode(const struct sysfs_dir *dir, const char *name, int *ret_mode);

/* Names in a directory, sorted bytewise, "." and ".." left out. */
struct sysfs_names {
	size_t n;
	char (*v)[SYSFS_NAME_TEXT];
};

/* -ENOENT (no such directory), -EFBIG (more than SYSFS_NAMES_MAX, or a name that is too long). */
int sysfs_list(const struct sysfs_dir *dir, const char *name, struct sysfs_names *ret_names,
	       struct err *err);
void sysfs_names_done(struct sysfs_names *names);
#define cleanup_sysfs_names __attribute__((cleanup(sysfs_names_done)))

#endif
