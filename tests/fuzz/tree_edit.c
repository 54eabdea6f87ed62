/* SPDX-License-Identifier: Apache-2.0 */
/* The edits of an input, see tree.h. */
#include "tree_impl.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kit.h"
#include "text.h"

#define EDITS_MAX  24
#define LINE_BYTES 1024
#define FILL_MAX   (1 << 17)

static const char bus_dir[] = "sys/bus/pci/devices";

static size_t find_exactly(const char *dir, const char *rest)
{
	size_t n = strlen(dir), i = 0;

	while (i < tree_paths_n &&
	       (strncmp(tree_paths[i].name, dir, n) || strcmp(tree_paths[i].name + n, rest)))
		i++;
	return i;
}

/* The path of this name; for any other word, one that it stands for. */
static size_t find_path(const char *word)
{
	size_t hash = 5381, i = find_exactly("", word);

	for (size_t j = 0; i == tree_paths_n && j < tree_aliases_n; j++) {
		const struct tree_alias *alias = &tree_aliases[j];
		size_t n = strlen(alias->name);

		if (!strncmp(word, alias->name, n) && (!word[n] || word[n] == '/'))
			i = find_exactly(alias->dir, word + n);
	}
	if (i < tree_paths_n)
		return i;
	for (; *word; word++)
		hash = hash * 33 + (unsigned char)*word;
	return hash % tree_paths_n;
}

static int hex(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : (tolower((unsigned char)c) - 'a' + 10);
}

/* Replace escapes in place; returns the length. */
static size_t unescape(char *text)
{
	char *to = text;

	for (const char *at = text; *at; at++) {
		if (at[0] != '\\' || !at[1]) {
			*to++ = *at;
		} else if (at[1] == 'x' && isxdigit((unsigned char)at[2]) &&
			   isxdigit((unsigned char)at[3])) {
			*to++ = (char)(hex(at[2]) << 4 | hex(at[3]));
			at += 3;
		} else {
			at++;
			*to++ = *at == 'n' ? '\n' : *at;
		}
	}
	*to = '\0';
	return (size_t)(to - text);
}

/* Does a link with this target stay in the tree? At most as many steps up as any of ours. */
static bool stays_inside(const char *target)
{
	unsigned up = 0;

	for (const char *at = target; (at = strstr(at, "..")); at += 2)
		up++;
	return target[0] && target[0] != '/' && up <= 3;
}

static void make_fifo(int dir, const char *name)
{
	CHECK(!mkfifoat(dir, name, 0644));
}

static void fill_file(int dir, const char *name, const char *number)
{
	uint64_t size;
	char *text;

	if (text_u64(number, 0, FILL_MAX, &size))
		size = FILL_MAX;
	text = malloc(size + 1);
	CHECK(text);
	memset(text, '1', size + 1);
	tree_write_at(dir, name, text, size, 0644);
	free(text);
}

/* What an edit makes of a path that has been cleared. */
static void remake(int dir, const char *name, char op, char *text)
{
	size_t size;

	switch (op) {
	case '=':
	case ':':
		size = unescape(text);
		if (op == '=')
			text[size++] = '\n'; /* in the place of the NUL */
		tree_write_at(dir, name, text, size, 0644);
		break;
	case '>':
		unescape(text);
		if (stays_inside(text))
			CHECK(!symlinkat(text, dir, name));
		break;
	case '/':
		CHECK(!mkdirat(dir, name, 0755));
		break;
	case '|':
		make_fifo(dir, name);
		break;
	case '#':
		fill_file(dir, name, text);
		break;
	default:
		break;
	}
}

/* Files alone: what is in a directory of mode 0 could not be taken back without being root. */
static void change_mode(int dir, const char *name, const char *text)
{
	unsigned mode = (unsigned)strtoul(text, NULL, 8) & 07777;
	struct stat st;

	if (!fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) && S_ISREG(st.st_mode))
		CHECK(!fchmodat(dir, name, mode, 0));
}

static void edit_path(char *line, char op, char *text)
{
	size_t i = find_path(line);
	const char *last;
	int dir = tree_open_parent(tree_paths[i].name, &last);

	if (dir < 0)
		return;
	tree_touched[i] = true;
	if (op == '%') {
		change_mode(dir, last, text);
	} else {
		tree_remove_at(dir, last);
		remake(dir, last, op, text);
	}
	close(dir);
}

static void add_link(const char *name, const char *target)
{
	const char *last;
	int dir = tree_open_parent(name, &last);

	if (dir < 0)
		return;
	if (symlinkat(target, dir, last))
		CHECK(errno == EEXIST);
	close(dir);
}

/* Its attributes are links to those of another function. */
static void add_function(const struct tree_crowd *crowd, const char *address)
{
	static const char *const names[] = {"vendor", "device", "class",
					    "driver", "net",	"secondary_bus_number"};
	char name[256], target[256];
	const char *last;
	int dir;

	CHECK(!text_format(name, sizeof(name), "%s/%s", crowd->dir, address));
	dir = tree_open_parent(name, &last);
	if (dir < 0)
		return;
	if (mkdirat(dir, last, 0755))
		CHECK(errno == EEXIST);
	close(dir);
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		CHECK(!text_format(name, sizeof(name), "%s/%s/%s", crowd->dir, address, names[i]));
		CHECK(!text_format(target, sizeof(target), "../../../../%s/%s", crowd->target,
				   names[i]));
		add_link(name, target);
	}
	CHECK(!text_format(name, sizeof(name), "%s/%s", bus_dir, address));
	CHECK(!text_format(target, sizeof(target), "../../../../%s/%s", crowd->dir, address));
	add_link(name, target);
}

static void add_to_crowd(const struct tree_crowd *crowd, unsigned i)
{
	char name[256];

	if (crowd->name) {
		CHECK(!text_format(name, sizeof(name), "%s/%s%u", crowd->dir, crowd->name, i));
		add_link(name, crowd->target);
	} else {
		CHECK(!text_format(name, sizeof(name), "0000:%02x:%02x.%u", 0x60 + i / 8,
				   crowd->slot, i % 8));
		add_function(crowd, name);
	}
}

static void touch(const char *dir)
{
	size_t i = find_path(dir);

	CHECK(!strcmp(tree_paths[i].name, dir));
	tree_touched[i] = true;
}

static void edit_crowd(const char *kind, const char *number)
{
	const struct tree_crowd *crowd = NULL;
	uint64_t n = 0;

	for (size_t i = 0; i < tree_crowds_n; i++)
		if (!strcmp(tree_crowds[i].kind, kind))
			crowd = &tree_crowds[i];
	if (!crowd || text_u64(number, 1, TREE_CROWD_MAX, &n))
		return;
	touch(crowd->dir);
	if (!crowd->name)
		touch(bus_dir);
	for (unsigned i = 0; i < n; i++)
		add_to_crowd(crowd, i);
}

static void edit(char *line)
{
	char *op = strchr(line, ' ');

	if (!op)
		return;
	*op++ = '\0';
	if (line[0] == '*')
		edit_crowd(line + 1, op);
	else if (*op)
		edit_path(line, *op, op + 1);
}

void tree_edit(const uint8_t *data, size_t size)
{
	const uint8_t *end = data + size;

	for (unsigned i = 0; data < end && i < EDITS_MAX; i++) {
		const uint8_t *stop = memchr(data, '\n', (size_t)(end - data));
		size_t n = (size_t)((stop ? stop : end) - data);
		char line[LINE_BYTES + 1];

		if (n < sizeof(line)) {
			memcpy(line, data, n);
			line[n] = '\0';
			edit(line);
		}
		data += n + 1;
	}
}
