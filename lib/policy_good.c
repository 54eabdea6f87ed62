/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The format: HEAD, then for each file "<bytes of its name> <bytes of its text>\n", its name, a
 * newline, its text.
 */
#include "policy_good.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "text.h"

#define HEAD	 "efa-layout last good policy 1\n"
#define HEAD_MAX (sizeof(HEAD) - 1)
#define SIZES	 48 /* bytes that two numbers take */
#define MARK	 " (last good)"

static int good_path(const char *state_dir, char *buf, size_t size, struct err *err)
{
	if (text_format(buf, size, "%s/policy.good", state_dir))
		return err_set(err, -ENAMETOOLONG, "%.64s...: the path is too long", state_dir);
	return 0;
}

static char *append(char *at, const void *data, size_t size)
{
	memcpy(at, data, size);
	return at + size;
}

/* The text to keep, to be freed; NULL: out of memory. */
static char *format(const struct policy_files *files, size_t *ret_size)
{
	size_t room = HEAD_MAX + 1;
	char sizes[SIZES], *text, *at;

	for (size_t i = 0; i < files->n; i++)
		room += SIZES + strlen(files->v[i].name) + 1 + files->v[i].size;
	text = malloc(room);
	if (!text)
		return NULL;
	at = append(text, HEAD, HEAD_MAX);
	for (size_t i = 0; i < files->n; i++) {
		const struct policy_file *file = &files->v[i];

		text_format(sizes, sizeof(sizes), "%zu %zu\n", strlen(file->name), file->size);
		at = append(at, sizes, strlen(sizes));
		at = append(at, file->name, strlen(file->name));
		at = append(at, "\n", 1);
		at = append(at, file->text, file->size);
	}
	*ret_size = (size_t)(at - text);
	return text;
}

static int read_good(const char *path, char **ret_text, size_t *ret_size, struct err *err)
{
	return file_read(path, (size_t)POLICY_FILES_MAX * (POLICY_FILE_MAX + PATH_MAX + SIZES),
			 FILE_TRUST_OWNER, ret_text, ret_size, err);
}

int policy_good_save(const char *state_dir, const struct policy_files *files, struct err *err)
{
	cleanup_free char *text = NULL, *kept = NULL;
	char path[PATH_MAX];
	size_t size, kept_size;
	int rc = good_path(state_dir, path, sizeof(path), err);

	if (rc)
		return rc;
	text = format(files, &size);
	if (!text)
		return err_set(err, -ENOMEM, "out of memory");
	if (!read_good(path, &kept, &kept_size, NULL) && kept_size == size &&
	    !memcmp(kept, text, size))
		return 0;
	rc = file_ensure_dir(state_dir, 0755, err);
	return rc ? rc : file_replace(path, text, size, 0644, err);
}

/* A number of at most max, and the one character behind it; NULL: no such thing. */
static const char *take_size(const char *at, const char *end, char behind, size_t max,
			     size_t *ret_size)
{
	char digits[SIZES];
	uint64_t number;
	size_t n = 0;

	while (at + n < end && n + 1 < sizeof(digits) && at[n] >= '0' && at[n] <= '9')
		n++;
	if (at + n >= end || at[n] != behind)
		return NULL;
	memcpy(digits, at, n);
	digits[n] = '\0';
	if (text_u64(digits, 0, max, &number))
		return NULL;
	*ret_size = (size_t)number;
	return at + n + 1;
}

/* One file; returns what follows it, NULL: not what was written. */
static const char *take_file(const char *at, const char *end, struct policy_files *files)
{
	char name[PATH_MAX + sizeof(MARK)];
	size_t name_size, size;

	at = take_size(at, end, ' ', PATH_MAX - 1, &name_size);
	if (at)
		at = take_size(at, end, '\n', POLICY_FILE_MAX, &size);
	if (!at || (size_t)(end - at) < name_size + 1 || at[name_size] != '\n' ||
	    (size_t)(end - at) - name_size - 1 < size)
		return NULL;
	text_format(name, sizeof(name), "%.*s%s", (int)name_size, at, MARK);
	at += name_size + 1;
	return policy_files_add(files, name, at, size, NULL) ? NULL : at + size;
}

int policy_good_load(const char *state_dir, struct policy_files *ret_files, struct err *err)
{
	cleanup_free char *text = NULL;
	char path[PATH_MAX];
	const char *at, *end;
	size_t size;
	int rc = good_path(state_dir, path, sizeof(path), err);

	memset(ret_files, 0, sizeof(*ret_files));
	if (!rc)
		rc = read_good(path, &text, &size, err);
	if (rc)
		return rc;
	at = text + HEAD_MAX;
	end = text + size;
	if (size < HEAD_MAX || memcmp(text, HEAD, HEAD_MAX) != 0)
		return err_set(err, -EINVAL, "%s: not a policy that was kept", path);
	while (at && at < end)
		at = take_file(at, end, ret_files);
	if (at)
		return 0;
	policy_files_done(ret_files);
	return err_set(err, -EINVAL, "%s: not a policy that was kept", path);
}
