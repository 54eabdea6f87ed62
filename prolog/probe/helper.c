/* SPDX-License-Identifier: Apache-2.0 */
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "text.h"

#define FD_WIRE 3
#define FD_FREE 16

/*
 * Address space of one helper. Measured with 32 rails in one worker: 0.8 GiB, 0.13 of it resident
 * (libfabric 1.17; 2.1 0.02), and 1.1 with as many dead rails as one worker keeps. A provider gone
 * mad must not take the node's memory.
 */
#define MEMORY_MAX ((rlim_t)4 << 30)

/* The address sanitizer maps terabytes. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MEMORY_LIMITED 0
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define MEMORY_LIMITED 0
#endif
#ifndef MEMORY_LIMITED
#define MEMORY_LIMITED 1
#endif

static void limit(int resource, rlim_t value)
{
	struct rlimit l = {.rlim_cur = value, .rlim_max = value};

	setrlimit(resource, &l);
}

static void close_from(unsigned first)
{
	int fd;

#ifdef SYS_close_range
	if (!syscall(SYS_close_range, first, ~0U, 0U))
		return;
#endif
	/* The coordinator has a few pipes at most. */
	for (fd = (int)first; fd < 1024; fd++)
		close(fd);
}

static int arrange(int fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	null = fcntl(null, F_DUPFD_CLOEXEC, FD_FREE);
	fd = fcntl(fd, F_DUPFD_CLOEXEC, FD_FREE);
	if (null < 0 || fd < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0 ||
	    dup2(fd, FD_WIRE) < 0)
		return -errno;
	close_from(FD_WIRE + 1);
	return 0;
}

static void helper_main(int fd, helper_fn body, const void *arg, pid_t parent)
	__attribute__((noreturn));

static void helper_main(int fd, helper_fn body, const void *arg, pid_t parent)
{
	setsid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || arrange(fd))
		_exit(126);
	limit(RLIMIT_CORE, 0);
	if (MEMORY_LIMITED)
		limit(RLIMIT_AS, MEMORY_MAX);
	body(FD_WIRE, arg);
	/* No destructors: libfabric's would close devices, which is where things hang. */
	_exit(0);
}

int helper_start(struct helper *h, helper_fn body, const void *arg)
{
	pid_t parent = getpid(), pid;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (!pid)
		helper_main(fds[1], body, arg, parent);
	close(fds[1]);
	if (pid < 0 || fcntl(fds[0], F_SETFL, O_NONBLOCK)) {
		close(fds[0]);
		return pid < 0 ? -EAGAIN : -EIO;
	}
	h->pid = pid;
	h->fd = fds[0];
	h->have = 0;
	return 0;
}

enum helper_news helper_read(struct helper *h, void *ret_message, size_t size)
{
	ssize_t n;

	do {
		n = read(h->fd, h->buf + h->have, size - h->have);
	} while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return HELPER_QUIET;
	if (n <= 0)
		return HELPER_ENDED;
	h->have += (size_t)n;
	if (h->have < size)
		return HELPER_QUIET;
	memcpy(ret_message, h->buf, size);
	h->have = 0;
	return HELPER_MESSAGE;
}

int helper_end(struct helper *h)
{
	/* One that has closed its pipe is on its way out; a killed one needs a moment too. */
	static const struct timespec moment = {.tv_nsec = 1000000};
	int status = 0, tries;
	pid_t got = 0;

	if (h->fd < 0)
		return 0;
	close(h->fd);
	h->fd = -1;
	for (tries = 0; !got && tries < 4; tries++) {
		got = waitpid(h->pid, &status, WNOHANG);
		if (!got && tries == 1)
			kill(h->pid, SIGKILL);
		if (!got)
			nanosleep(&moment, NULL);
	}
	if (!got)
		return -1;
	return got > 0 && WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

void helper_kill(struct helper *h)
{
	if (h->fd < 0)
		return;
	close(h->fd);
	h->fd = -1;
	kill(h->pid, SIGKILL);
}

/* proc(5): field 3 is the state, 14 and 15 are ticks; the second one, a name, is in brackets. */
bool helper_starves(const struct helper *h, uint64_t used_ms, uint64_t *ret_used_ms)
{
	char path[32], text[1024] = "", *field;
	uint64_t ticks = 0;
	ssize_t n = -1;
	bool runs;
	int fd, i;

	text_format(path, sizeof(path), "/proc/%d/stat", (int)h->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	field = n > 0 ? strrchr(text, ')') : NULL;
	runs = field && !strncmp(field, ") R ", 4);
	for (i = 3; field && i <= 15; i++) {
		field = strchr(field + 1, ' ');
		if (field && i >= 14)
			ticks += strtoull(field + 1, NULL, 10);
	}
	*ret_used_ms = ticks * 1000 / (uint64_t)sysconf(_SC_CLK_TCK);
	return runs && *ret_used_ms < used_ms;
}
