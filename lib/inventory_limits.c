/* SPDX-License-Identifier: Apache-2.0 */
#include "inventory_scan.h"

#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "proc_scan.h"
#include "text.h"

#define OWN_LIMITS     "proc/self/limits"
#define HUGE_PAGES_DIR "sys/kernel/mm/hugepages/hugepages-2048kB"

/* "Max locked memory         unlimited            unlimited            bytes": the first of both.
 */
static int64_t parse_memlock(char *text)
{
	static const char head[] = "Max locked memory";
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *word, *rest = NULL;
		uint64_t bytes;

		if (strncmp(line, head, strlen(head)) != 0)
			continue;
		word = strtok_r(line + strlen(head), " ", &rest);
		if (word && !strcmp(word, "unlimited"))
			return LIMIT_NONE;
		return word && !text_u64(word, 0, INT64_MAX, &bytes) ? (int64_t)bytes
								     : LIMIT_UNKNOWN;
	}
	return LIMIT_UNKNOWN;
}

/* False: there is no such file. */
static bool read_memlock(const struct sysfs_dir *dir, const char *path, int64_t *ret_memlock)
{
	cleanup_free char *text = NULL;

	*ret_memlock = LIMIT_UNKNOWN;
	if (sysfs_read_all(dir, path, LIMITS_FILE_MAX, &text, NULL))
		return false;
	*ret_memlock = parse_memlock(text);
	return true;
}

static int64_t read_count(const struct sysfs_dir *root, const char *path)
{
	char text[SYSFS_VALUE_TEXT];
	uint64_t count;

	if (sysfs_read(root, path, text, sizeof(text), NULL) ||
	    text_u64(text, 0, INT64_MAX, &count))
		return LIMIT_UNKNOWN;
	return (int64_t)count;
}

void inventory_scan_limits(const struct sysfs_dir *root, struct inventory *inv)
{
	inv->slurmd_memlock = LIMIT_UNKNOWN;
	if (read_memlock(root, OWN_LIMITS, &inv->memlock))
		inventory_set_origin(inv, PART_LIMITS, root, OWN_LIMITS);
	inv->huge_pages = read_count(root, HUGE_PAGES_DIR "/nr_hugepages");
	inv->huge_pages_free = read_count(root, HUGE_PAGES_DIR "/free_hugepages");
}

/*
 * The first of those that belong to whoever /proc belongs to: anybody can give a program this name,
 * and slurmd's children go by it until they have become another program.
 */
static int take_slurmd(const struct sysfs_dir *proc, const char *pid, void *data)
{
	uint64_t number, *first = data;
	struct stat top, own;

	if (text_u64(pid, 1, INT32_MAX, &number) || fstat(proc->fd, &top) ||
	    fstatat(proc->fd, pid, &own, 0) || own.st_uid != top.st_uid)
		return 0;
	if (!*first || number < *first)
		*first = number;
	return 0;
}

int inventory_find_slurmd(const char *root)
{
	uint64_t first = 0;

	return proc_scan(root, "slurmd", take_slurmd, &first, NULL) ? 0 : (int)first;
}

int64_t inventory_slurmd_memlock(const char *root)
{
	cleanup_sysfs struct sysfs_dir dir = SYSFS_DIR_NONE;
	int pid = inventory_find_slurmd(root);
	int64_t memlock = LIMIT_UNKNOWN;
	char path[64];

	text_format(path, sizeof(path), "proc/%d/limits", pid);
	if (pid && !sysfs_open(root, &dir, NULL))
		read_memlock(&dir, path, &memlock);
	return memlock;
}
