/* SPDX-License-Identifier: Apache-2.0 */
#include "snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static void entry_done(struct snapshot_entry *entry)
{
	free(entry->path);
	free(entry->text);
}

void snapshot_done(struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->n; i++)
		entry_done(&snapshot->v[i]);
	free(snapshot->v);
	for (size_t i = 0; i < snapshot->n_left_out; i++) {
		free(snapshot->left_out[i].path);
		free(snapshot->left_out[i].why);
	}
	free(snapshot->left_out);
	*snapshot = (struct snapshot){0};
}

static bool is_plain_name(const char *name, size_t n)
{
	if (!n || (n == 1 && name[0] == '.') || (n == 2 && name[0] == '.' && name[1] == '.'))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (name[i] <= ' ' || name[i] > '~')
			return false;
	}
	return true;
}

bool snapshot_path_valid(const char *path)
{
	size_t size = strlen(path);

	if (size >= SNAPSHOT_PATH_TEXT)
		return false;
	for (;;) {
		size_t n = strcspn(path, "/");

		if (!is_plain_name(path, n))
			return false;
		if (!path[n])
			return true;
		path += n + 1;
	}
}

/* Room for one more in an array. */
static int grow(void **array, size_t n, size_t *room, size_t size)
{
	size_t more = *room ? 2 * *room : 64;
	void *grown;

	if (n < *room)
		return 0;
	grown = reallocarray(*array, more, size);
	if (!grown)
		return -ENOMEM;
	*array = grown;
	*room = more;
	return 0;
}

static int add(struct snapshot *snapshot, const struct snapshot_entry *entry)
{
	struct snapshot_entry copy = *entry;
	void *array = snapshot->v;

	if (!snapshot_path_valid(entry->path))
		return -EINVAL;
	if (grow(&array, snapshot->n, &snapshot->room, sizeof(*entry)))
		return -ENOMEM;
	snapshot->v = array;
	copy.path = strdup(entry->path);
	copy.text = entry->text ? strdup(entry->text) : NULL;
	if (!copy.path || (entry->text && !copy.text)) {
		entry_done(&copy);
		return -ENOMEM;
	}
	copy.place = snapshot->n;
	snapshot->v[snapshot->n++] = copy;
	return 0;
}

int snapshot_add_dir(struct snapshot *snapshot, const char *path)
{
	return add(snapshot, &(struct snapshot_entry){.kind = SNAPSHOT_DIR, .path = (char *)path});
}

int snapshot_add_file(struct snapshot *snapshot, const char *path, enum mask_content content,
		      mode_t mode, const char *text)
{
	struct snapshot_entry *entry;
	size_t n = strlen(text);
	int r = add(snapshot, &(struct snapshot_entry){
				      .kind = SNAPSHOT_FILE,
				      .content = content,
				      .mode = mode,
				      .path = (char *)path,
				      .text = (char *)text,
			      });

	if (r)
		return r;
	entry = &snapshot->v[snapshot->n - 1];
	if (n && text[n - 1] == '\n')
		entry->text[n - 1] = '\0';
	return 0;
}

/* The names that both paths begin with, and that are the last one of neither. */
static size_t common_head(const char *path, const char *to)
{
	size_t head = 0;

	for (size_t i = 0; path[i] && path[i] == to[i]; i++) {
		if (path[i] == '/')
			head = i + 1;
	}
	return head;
}

int snapshot_add_link(struct snapshot *snapshot, const char *path, const char *to)
{
	char target[2 * SNAPSHOT_PATH_TEXT] = "";
	size_t head;

	if (!snapshot_path_valid(path) || !snapshot_path_valid(to))
		return -EINVAL;
	head = common_head(path, to);
	for (const char *at = path + head; (at = strchr(at, '/')); at++) {
		if (text_append(target, sizeof(target), "../"))
			return -EINVAL;
	}
	if (text_append(target, sizeof(target), "%s", to + head))
		return -EINVAL;
	return add(snapshot, &(struct snapshot_entry){
				     .kind = SNAPSHOT_LINK,
				     .path = (char *)path,
				     .text = target,
			     });
}

int snapshot_leave_out(struct snapshot *snapshot, const char *path, const char *why)
{
	struct snapshot_omission left;
	void *array = snapshot->left_out;

	if (grow(&array, snapshot->n_left_out, &snapshot->left_out_room, sizeof(left)))
		return -ENOMEM;
	snapshot->left_out = array;
	left.path = strdup(path);
	left.why = strdup(why);
	if (!left.path || !left.why) {
		free(left.path);
		free(left.why);
		return -ENOMEM;
	}
	snapshot->left_out[snapshot->n_left_out++] = left;
	return 0;
}

/* Take the last name off a path. -EINVAL: there is none. */
static int climb(char *path)
{
	char *slash = strrchr(path, '/');

	if (!path[0])
		return -EINVAL;
	*(slash ? slash : path) = '\0';
	return 0;
}

int snapshot_resolve(const char *dir, const char *target, char *ret_path)
{
	char path[SNAPSHOT_PATH_TEXT];

	if (target[0] == '/' || text_format(path, sizeof(path), "%s", dir))
		return -EINVAL;
	for (;;) {
		size_t n = strcspn(target, "/");

		if (n == 2 && !strncmp(target, "..", 2)) {
			if (climb(path))
				return -EINVAL;
		} else if (n && !(n == 1 && target[0] == '.')) {
			if (text_append(path, sizeof(path), "%s%.*s", path[0] ? "/" : "", (int)n,
					target))
				return -EINVAL;
		}
		if (!target[n])
			break;
		target += n + 1;
	}
	if (!snapshot_path_valid(path))
		return -EINVAL;
	memcpy(ret_path, path, strlen(path) + 1);
	return 0;
}

size_t snapshot_count(const struct snapshot *snapshot, enum snapshot_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < snapshot->n; i++)
		n += snapshot->v[i].kind == kind;
	return n;
}

size_t snapshot_count_in(const struct snapshot *snapshot, const char *dir)
{
	size_t n = 0, head = strlen(dir);

	for (size_t i = 0; i < snapshot->n; i++) {
		const char *path = snapshot->v[i].path;

		n += !strncmp(path, dir, head) && path[head] == '/' &&
		     !strchr(path + head + 1, '/');
	}
	return n;
}

const char *snapshot_text(const struct snapshot *snapshot, const char *path)
{
	for (size_t i = 0; i < snapshot->n; i++) {
		if (snapshot->v[i].kind == SNAPSHOT_FILE && !strcmp(snapshot->v[i].path, path))
			return snapshot->v[i].text;
	}
	return NULL;
}

static int compare_entries(const void *a, const void *b)
{
	const struct snapshot_entry *x = a, *y = b;
	int order = strcmp(x->path, y->path);

	return order ? order : (x->place > y->place) - (x->place < y->place);
}

/* In order, one for each path: the one that was added first. */
static void sort(struct snapshot *snapshot)
{
	size_t kept = 0;

	if (!snapshot->n)
		return;
	qsort(snapshot->v, snapshot->n, sizeof(*snapshot->v), compare_entries);
	for (size_t i = 1; i < snapshot->n; i++) {
		if (strcmp(snapshot->v[kept].path, snapshot->v[i].path) == 0)
			entry_done(&snapshot->v[i]);
		else
			snapshot->v[++kept] = snapshot->v[i];
	}
	snapshot->n = kept + 1;
	for (size_t i = 0; i < snapshot->n; i++)
		snapshot->v[i].place = i;
}

static int add_parents(struct snapshot *snapshot, const char *path)
{
	char parent[SNAPSHOT_PATH_TEXT];
	int r = 0;

	text_format(parent, sizeof(parent), "%s", path);
	for (climb(parent); !r && parent[0]; climb(parent))
		r = snapshot_add_dir(snapshot, parent);
	return r;
}

int snapshot_settle(struct snapshot *snapshot, struct err *err)
{
	size_t n = snapshot->n;
	int r = 0;

	for (size_t i = 0; !r && i < n; i++)
		r = add_parents(snapshot, snapshot->v[i].path);
	if (r)
		return err_set(err, r, "snapshot: %s", strerror(-r));
	sort(snapshot);
	return 0;
}
