/* SPDX-License-Identifier: Apache-2.0 */
#include "slurm_home.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "text.h"

/* slurmd, what it runs scripts with, and the scripts of a site: a handful. */
#define ANCESTORS_MAX 16

/* "42 (a name) S 17 ...": the name may hold blanks and parentheses. */
static pid_t parent_of(const char *proc, pid_t pid)
{
	cleanup_close int fd = -1;
	char path[PATH_MAX], text[512], *at;
	uint64_t parent;
	ssize_t n;

	if (text_format(path, sizeof(path), "%s/%d/stat", proc, (int)pid))
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	at = strrchr(text, ')');
	if (!at || strlen(at) < sizeof(") S "))
		return 0;
	at += sizeof(") S ") - 1;
	at[strcspn(at, " ")] = '\0';
	return text_u64(at, 1, INT32_MAX, &parent) ? 0 : (pid_t)parent;
}

/* Debian calls them slurmd-wlm, too; one that was replaced since is "slurmd (deleted)". */
static bool is_slurm(const char *name)
{
	static const char *const names[] = {"slurmd", "slurmstepd"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t length = strlen(names[i]);

		if (strncmp(name, names[i], length) == 0 && strchr("- ", name[length]))
			return true;
	}
	return false;
}

/* buf: the program's file without its name and the directory it is in. */
static bool home_of(const char *proc, pid_t pid, char *buf, size_t size)
{
	char path[PATH_MAX], *slash;
	ssize_t n;

	if (text_format(path, sizeof(path), "%s/%d/exe", proc, (int)pid))
		return false;
	n = readlink(path, buf, size - 1);
	if (n <= 0)
		return false;
	buf[n] = '\0';
	slash = strrchr(buf, '/');
	if (!slash || !is_slurm(slash + 1))
		return false;
	*slash = '\0';
	slash = strrchr(buf, '/');
	if (!slash || slash == buf)
		return false;
	*slash = '\0';
	return true;
}

int slurm_home_find(const char *proc, pid_t pid, char *buf, size_t size)
{
	for (unsigned i = 0; i < ANCESTORS_MAX && pid > 1; i++) {
		pid = parent_of(proc, pid);
		if (pid > 0 && home_of(proc, pid, buf, size))
			return 0;
	}
	buf[0] = '\0';
	return -ENOENT;
}

int slurm_home_of(const char *proc, pid_t pid, char *buf, size_t size)
{
	if (home_of(proc, pid, buf, size))
		return 0;
	buf[0] = '\0';
	return -ENOENT;
}

static bool is_system(const char *home)
{
	return strcmp(home, "/usr") == 0 || strcmp(home, "/usr/local") == 0;
}

void slurm_home_places(const char *home, struct slurm_home *ret_home)
{
	char scontrol[PATH_MAX];

	ret_home->helper[0] = ret_home->bin[0] = '\0';
	if (!home)
		return;
	if (!is_system(home) && text_format(ret_home->helper, sizeof(ret_home->helper),
					    "%s/libexec/efa-layout/efa-layout-slurm", home))
		ret_home->helper[0] = '\0';
	if (text_format(scontrol, sizeof(scontrol), "%s/bin/scontrol", home) ||
	    access(scontrol, X_OK) < 0 ||
	    text_format(ret_home->bin, sizeof(ret_home->bin), "%s/bin", home))
		ret_home->bin[0] = '\0';
}
