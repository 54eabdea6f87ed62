/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What pyxis and enroot do to a step's tasks, without an image: the first task that gets here
 * starts the container, every task is given the variables that the container then has, and enters
 * it.
 *
 *   required container_plugin.so DIRECTORY      which the container does not have: an empty one
 *
 *   --container-image=NAME=VALUE[;...]          the image's /etc/environment; ${NAME} as a value is
 *                                               that of the task that starts the container
 *   --container-env=NAME[,NAME...]              what each task keeps of its own
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <unistd.h>

#pragma GCC visibility push(default)
#include <slurm/spank.h>

SPANK_PLUGIN(container, 1)
#pragma GCC visibility pop

/* The container, for all tasks of the step. */
struct shared {
	sem_t lock;
	bool is_started;
	size_t size;
	char environment[16 * 1024]; /* NAME=VALUE, each with its NUL */
};

static struct shared *shared;
static char image[4096], kept[4096];

static int fail(const char *what)
{
	slurm_error("container: %s: %s", what, strerror(errno));
	return -1;
}

static int take_option(int is_kept, const char *value, int remote)
{
	(void)remote;
	snprintf(is_kept ? kept : image, sizeof(image), "%s", value);
	return 0;
}

int slurm_spank_init(spank_t sp, int ac, char *argv[])
{
	struct spank_option options[] = {
		{"container-image", "variables", "what the image sets", 1, 0, take_option},
		{"container-env", "names", "what each task keeps of its own", 1, 1, take_option},
	};

	(void)ac;
	(void)argv;
	for (size_t i = 0; i < 2; i++)
		if (spank_option_register(sp, &options[i]) != ESPANK_SUCCESS)
			return -1;
	return 0;
}

int slurm_spank_init_post_opt(spank_t sp, int ac, char *argv[])
{
	(void)sp;
	(void)ac;
	(void)argv;
	if (spank_context() != S_CTX_REMOTE || !*image)
		return 0;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED || sem_init(&shared->lock, 1, 1))
		return fail("shared memory");
	return 0;
}

static bool is_listed(const char *list, const char *name, size_t len)
{
	for (const char *at = list; (at = strstr(at, name)); at++)
		if ((at == list || at[-1] == ',') && (!at[len] || at[len] == ','))
			return true;
	return false;
}

/* Nothing of the task's own environment but what the image refers to. */
static int add(spank_t sp, const char *pair)
{
	size_t room = sizeof(shared->environment) - shared->size, len = strcspn(pair, "=");
	char name[256], value[4096] = "";
	int n;

	if (sscanf(pair + len, "=${%255[^}]}", name) == 1)
		spank_getenv(sp, name, value, sizeof(value));
	else
		snprintf(value, sizeof(value), "%s", pair[len] ? pair + len + 1 : "");
	n = snprintf(shared->environment + shared->size, room, "%.*s=%s", (int)len, pair, value);
	if (n < 0 || (size_t)n >= room)
		return fail("the container's environment is too large");
	shared->size += (size_t)n + 1;
	return 0;
}

static int start(spank_t sp)
{
	char *rest = image, *pair;

	while ((pair = strsep(&rest, ";")))
		if (add(sp, pair))
			return -1;
	shared->is_started = true;
	return 0;
}

static int start_once(spank_t sp)
{
	int rc = 0;

	if (sem_wait(&shared->lock))
		return fail("lock");
	if (!shared->is_started)
		rc = start(sp);
	sem_post(&shared->lock);
	return rc;
}

static int take_environment(spank_t sp)
{
	const char *pair = shared->environment, *end = pair + shared->size;
	char name[256];

	for (; pair < end; pair += strlen(pair) + 1) {
		size_t len = strcspn(pair, "=");
		spank_err_t rc;

		if (len >= sizeof(name))
			return fail("the name of a variable is too long");
		memcpy(name, pair, len);
		name[len] = '\0';
		rc = spank_setenv(sp, name, pair + len + 1, !is_listed(kept, name, len));
		if (rc != ESPANK_SUCCESS && rc != ESPANK_ENV_EXISTS)
			return fail(name);
	}
	return 0;
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return ok ? 0 : fail(path);
}

/* As the task's user, with no more rights than any user has. */
static int enter(const char *hidden)
{
	char uids[64], gids[64];

	snprintf(uids, sizeof(uids), "%u %u 1", geteuid(), geteuid());
	snprintf(gids, sizeof(gids), "%u %u 1", getegid(), getegid());
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
		return fail("namespaces");
	/* After a change of user the files below are root's. */
	prctl(PR_SET_DUMPABLE, 1);
	if (write_file("/proc/self/setgroups", "deny") || write_file("/proc/self/uid_map", uids) ||
	    write_file("/proc/self/gid_map", gids))
		return -1;
	if (mount("none", hidden, "tmpfs", 0, "mode=755"))
		return fail(hidden);
	return chdir("/") ? fail("/") : 0;
}

int slurm_spank_task_init(spank_t sp, int ac, char *argv[])
{
	if (!shared)
		return 0;
	if (ac != 1 || start_once(sp) || take_environment(sp))
		return -1;
	return enter(argv[0]);
}
