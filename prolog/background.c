/* SPDX-License-Identifier: Apache-2.0 */
#include "background.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "voice.h"

static void reset_signals(void)
{
	struct sigaction action;
	sigset_t none;

	memset(&action, 0, sizeof(action));
	action.sa_handler = SIG_DFL;
	for (int i = 1; i < NSIG; i++)
		sigaction(i, &action, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void run(void (*body)(const void *arg), const void *arg) __attribute__((noreturn));

static void run(void (*body)(const void *arg), const void *arg)
{
	voice_leave_streams();
	child_close_from(0);
	voice_open_std();
	reset_signals();
	if (chdir("/") == 0)
		body(arg);
	_exit(0);
}

int background_run(void (*body)(const void *arg), const void *arg, struct err *err)
{
	pid_t child = fork(), got;
	int status = 0;

	if (child < 0)
		return err_set(err, -errno, "no process in the background: %s", strerror(errno));
	if (child == 0) {
		setsid();
		child = fork();
		if (child == 0)
			run(body, arg);
		_exit(child < 0);
	}
	do {
		got = waitpid(child, &status, 0);
	} while (got < 0 && errno == EINTR);
	if (got == child && status != 0)
		return err_set(err, -EAGAIN, "no process in the background");
	return 0;
}
