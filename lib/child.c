/* SPDX-License-Identifier: Apache-2.0 */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"

#define KILL_WAIT_MS 200 /* what a killed child gets to go */
#define TICK_MS	     20 /* how often to look whether a child that keeps its output open has ended */
#define FD_FREE	     16 /* above every descriptor that the child is going to have */
#define FD_STATUS    3

/* What is to run: a program, or a function. */
struct job {
	const char *what;
	const char *path;
	char *const *argv, *const *envp;
	child_body_fn body;
	void *data;
};

struct child {
	pid_t pid;
	int out;
	uint64_t deadline;
	char *text;
	size_t used, max;
	bool eof, ended;
	struct child_result result;
};

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static int ms_until(uint64_t deadline)
{
	uint64_t now = now_ms();

	return deadline > now ? (int)(deadline - now) : 0;
}

static void sleep_ms(unsigned ms)
{
	struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};

	nanosleep(&t, NULL);
}

void child_close_from(unsigned first)
{
	struct rlimit limit;
	unsigned fd, end = 65536;

#ifdef SYS_close_range
	if (!syscall(SYS_close_range, first, ~0U, 0U))
		return;
#endif
	if (!getrlimit(RLIMIT_NOFILE, &limit) && limit.rlim_cur < end)
		end = (unsigned)limit.rlim_cur;
	for (fd = first; fd < end; fd++)
		close((int)fd);
}

/* 0, 1, 2 as promised, FD_STATUS for the errno of a failed exec, nothing else. */
static int arrange_descriptors(int out, int status)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	/* First out of the way: the caller may have had 0, 1 or 2 closed. */
	null = fcntl(null, F_DUPFD_CLOEXEC, FD_FREE);
	out = fcntl(out, F_DUPFD_CLOEXEC, FD_FREE);
	status = fcntl(status, F_DUPFD_CLOEXEC, FD_FREE);
	if (null < 0 || out < 0 || status < 0)
		return -errno;
	if (dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(null, 2) < 0 ||
	    dup3(status, FD_STATUS, O_CLOEXEC) < 0)
		return -errno;
	child_close_from(FD_STATUS + 1);
	return 0;
}

static void reset_signals(void)
{
	struct sigaction action;
	sigset_t none;
	int i;

	memset(&action, 0, sizeof(action));
	action.sa_handler = SIG_DFL;
	for (i = 1; i < NSIG; i++)
		sigaction(i, &action, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void be_child(const struct job *job, int out, int status, pid_t parent)
	__attribute__((noreturn));

static void be_child(const struct job *job, int out, int status, pid_t parent)
{
	int code;

	setsid();
	/* Whatever ends the caller ends the child; the caller may be gone before the first call. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(126);
	code = arrange_descriptors(out, status);
	if (code) {
		code = -code;
		(void)!write(status, &code, sizeof(code));
		_exit(126);
	}
	reset_signals();
	if (job->body) {
		close(FD_STATUS);
		_exit(job->body(job->data));
	}
	execve(job->path, job->argv, job->envp);
	code = errno;
	(void)!write(FD_STATUS, &code, sizeof(code));
	_exit(126);
}

/* Start it; *ret_status is the pipe on which exec's errno, or nothing, arrives. */
static int child_start(struct child *child, const struct job *job, int *ret_status, struct err *err)
{
	cleanup_close int out_r = -1, out_w = -1, status_r = -1, status_w = -1;
	sigset_t all, before;
	pid_t parent = getpid();
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		return err_set(err, -errno, "%s: no pipe: %s", job->what, strerror(errno));
	out_r = fds[0];
	out_w = fds[1];
	if (pipe2(fds, O_CLOEXEC))
		return err_set(err, -errno, "%s: no pipe: %s", job->what, strerror(errno));
	status_r = fds[0];
	status_w = fds[1];
	if (fcntl(out_r, F_SETFL, O_NONBLOCK))
		return err_set(err, -errno, "%s: pipe: %s", job->what, strerror(errno));

	/* The caller's handlers must not run in the child. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	child->pid = fork();
	if (!child->pid)
		be_child(job, out_w, status_w, parent);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (child->pid < 0)
		return err_set(err, -errno, "%s: no child process: %s", job->what, strerror(errno));
	child->out = steal_fd(&out_r);
	*ret_status = steal_fd(&status_r);
	return 0;
}

/* Note how it ended, if it has. */
static void child_look(struct child *child)
{
	int status;
	pid_t got;

	if (child->ended)
		return;
	do {
		got = waitpid(child->pid, &status, WNOHANG);
	} while (got < 0 && errno == EINTR);
	if (!got)
		return;
	child->ended = true;
	/* Less than 0: the caller ignores SIGCHLD, and the kernel threw the status away. */
	if (got < 0)
		return;
	if (WIFEXITED(status))
		child->result.exit_status = WEXITSTATUS(status);
	else if (WIFSIGNALED(status))
		child->result.signal = WTERMSIG(status);
}

static void child_wait(struct child *child, uint64_t deadline)
{
	unsigned pause = 1;

	for (child_look(child); !child->ended && now_ms() < deadline; child_look(child)) {
		sleep_ms(pause);
		pause = pause < 10 ? pause + 1 : 10;
	}
}

static void child_kill(struct child *child)
{
	child->result.timed_out = true;
	kill(-child->pid, SIGKILL);
	kill(child->pid, SIGKILL);
	child_wait(child, now_ms() + KILL_WAIT_MS);
	child->result.abandoned = !child->ended;
}

/* 0 when exec went well or the deadline came first, exec's error otherwise. */
static int child_exec_error(struct child *child, int status)
{
	struct pollfd p = {.fd = status, .events = POLLIN};
	ssize_t n;
	int code;

	for (;;) {
		n = poll(&p, 1, ms_until(child->deadline));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return 0;
		n = read(status, &code, sizeof(code));
		if (n < 0 && errno == EINTR)
			continue;
		return n == (ssize_t)sizeof(code) ? -code : 0;
	}
}

static void child_drain(struct child *child)
{
	char waste[4096];
	size_t room;
	ssize_t n;

	while (!child->eof) {
		room = child->max - child->used;
		n = room ? read(child->out, child->text + child->used, room)
			 : read(child->out, waste, sizeof(waste));
		if (n > 0 && room)
			child->used += (size_t)n;
		else if (n > 0)
			child->result.truncated = true;
		else if (n < 0 && errno == EINTR)
			continue;
		else if (n < 0 && errno == EAGAIN)
			return;
		else
			child->eof = true;
		/* One that writes without end does not get past its deadline. */
		if (now_ms() >= child->deadline)
			return;
	}
}

static void child_collect(struct child *child)
{
	struct pollfd p = {.fd = child->out, .events = POLLIN};
	int timeout;

	while (!child->eof && !child->ended) {
		timeout = ms_until(child->deadline);
		if (!timeout)
			return;
		poll(&p, 1, timeout < TICK_MS ? timeout : TICK_MS);
		child_drain(child);
		if (!child->eof)
			child_look(child);
	}
	/* What it wrote between the last look and its end. */
	child_drain(child);
}

static int run(const struct job *job, unsigned deadline_ms, size_t out_max, char **ret_out,
	       size_t *ret_size, struct child_result *ret_result, struct err *err)
{
	cleanup_free char *text = malloc(out_max + 1);
	cleanup_close int out = -1, status = -1;
	struct child child;
	int rc;

	if (!text)
		return err_set(err, -ENOMEM, "%s: no memory for its output", job->what);
	memset(&child, 0, sizeof(child));
	child.deadline = now_ms() + deadline_ms;
	child.text = text;
	child.max = out_max;
	child.result.exit_status = -1;

	rc = child_start(&child, job, &status, err);
	if (rc)
		return rc;
	out = child.out;
	rc = child_exec_error(&child, status);
	if (rc) {
		child_kill(&child);
		return err_set(err, rc, "cannot run %s: %s", job->what, strerror(-rc));
	}
	child_collect(&child);
	child_wait(&child, child.deadline);
	if (!child.ended)
		child_kill(&child);

	text[child.used] = '\0';
	child.result.size = child.used;
	*ret_out = text;
	text = NULL;
	*ret_size = child.used;
	*ret_result = child.result;
	return 0;
}

int child_run(const char *path, char *const argv[], char *const envp[], unsigned deadline_ms,
	      size_t out_max, char **ret_out, struct child_result *ret_result, struct err *err)
{
	const struct job job = {.what = path, .path = path, .argv = argv, .envp = envp};
	size_t size;

	return run(&job, deadline_ms, out_max, ret_out, &size, ret_result, err);
}

int child_call(child_body_fn body, void *data, const char *what, unsigned deadline_ms,
	       size_t out_max, char **ret_out, size_t *ret_size, struct child_result *ret_result,
	       struct err *err)
{
	const struct job job = {.what = what, .body = body, .data = data};

	return run(&job, deadline_ms, out_max, ret_out, ret_size, ret_result, err);
}
