/* SPDX-License-Identifier: Apache-2.0 */
/* The first process of the virtual node: sets it up, runs one command, reports its end to the host.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"

struct agent {
	int host; /* port to the host process */
	int out;  /* port that carries the command's output */
	int uevents;
	int signals;
	int imds; /* listening; polled only while no server runs */
	int output;
	char *primary; /* orders: "DEVICE ADDRESS NETMASK HOSTNAME" */
	pid_t command;
	pid_t server;
	unsigned long long relayed; /* bytes of output */
};

void warn_console(const char *fmt, ...)
{
	int err = errno;
	va_list ap;
	FILE *f = fopen("/dev/console", "w");

	if (!f)
		return;
	fputs("vnode: agent: ", f);
	va_start(ap, fmt);
	vfprintf(f, fmt, ap);
	va_end(ap);
	if (err)
		fprintf(f, ": %s", strerror(err));
	fputs("\r\n", f);
	fclose(f);
}

char *order_read(const char *name, size_t *ret_len)
{
	char path[128];
	struct stat st;
	char *text;
	ssize_t got = 0;
	int fd;

	snprintf(path, sizeof(path), RUN_DIR "%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		st.st_size = 0;
	text = calloc(1, (size_t)st.st_size + 1);
	if (!text)
		abort();
	if (fd >= 0) {
		got = read(fd, text, (size_t)st.st_size);
		close(fd);
	}
	if (ret_len)
		*ret_len = got > 0 ? (size_t)got : 0;
	return text;
}

static void filesystems_mount(void)
{
	static const char *const links[][2] = {{"/proc/self/fd", "/dev/fd"},
					       {"/proc/self/fd/0", "/dev/stdin"},
					       {"/proc/self/fd/1", "/dev/stdout"},
					       {"/proc/self/fd/2", "/dev/stderr"}};

	mkdir("/dev/pts", 0755);
	mkdir("/dev/shm", 01777);
	mkdir("/dev/mqueue", 01777);
	mkdir("/run/lock", 01777);
	mkdir("/run/shm", 01777);
	if (mount("devpts", "/dev/pts", "devpts", 0, "mode=620,ptmxmode=666") < 0)
		warn_console("cannot mount /dev/pts");
	if (mount("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777") < 0)
		warn_console("cannot mount /dev/shm");
	mount("mqueue", "/dev/mqueue", "mqueue", 0, NULL);
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		(void)!symlink(links[i][0], links[i][1]);
	(void)!symlink(VNODE_DIR "vctl", "/usr/local/bin/vctl");
}

/* Where modprobe looks, also when the kernel calls it: a folder of the host with further modules.
 */
static void modules_link(void)
{
	char *path = order_read("modules", NULL), link[sizeof(struct utsname) + 32];
	struct utsname u;

	uname(&u);
	mkdir("/lib/modules", 0755);
	snprintf(link, sizeof(link), "/lib/modules/%s", u.release);
	if (*path && symlink(path, link) < 0 &&
	    errno != EEXIST) /* the host runs this kernel, too */
		warn_console("cannot make %s", link);
	free(path);
}

/* A read-write folder of the host, without cache, so that either side sees the other's files at
 * once. */
static void share_mount(void)
{
	char *path = order_read("share", NULL);

	errno = 0;
	if (*path && mount("vnode.share", path, "9p", 0,
			   "trans=virtio,version=9p2000.L,msize=512000,cache=none") < 0)
		warn_console("cannot mount the shared folder on %s", path);
	free(path);
}

/* Gives the primary interface its address; also when it has been plugged in again. */
static void primary_set_up(const char *primary)
{
	char dev[32], addr[32], mask[32], path[64], state[16] = "";
	FILE *f;

	if (sscanf(primary, "%31s %31s %31s", dev, addr, mask) != 3)
		return;
	snprintf(path, sizeof(path), "/sys/class/net/%s/operstate", dev);
	f = fopen(path, "re");
	if (!f)
		return; /* it is missing: fault of the machine, not ours */
	if (fscanf(f, "%15s", state) == 1 && !strcmp(state, "down"))
		net_up(dev, addr, mask);
	fclose(f);
}

static void network_set_up(const char *primary)
{
	char addr[32], host[64];
	FILE *hosts;

	net_up("lo", "127.0.0.1", "255.0.0.0");
	net_up("lo:imds", "169.254.169.254", "255.255.255.255");
	primary_set_up(primary);
	if (sscanf(primary, "%*s %31s %*s %63s", addr, host) == 2) {
		if (sethostname(host, strlen(host)) < 0)
			warn_console("cannot set the host name");
		hosts = fopen("/etc/hosts", "a");
		if (hosts) {
			fprintf(hosts, "%s %s\n", addr, host);
			fclose(hosts);
		}
	}
}

static void limits_set(void)
{
	const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
	const struct rlimit files = {65536, 524288};

	if (setrlimit(RLIMIT_MEMLOCK, &unlimited) < 0 || setrlimit(RLIMIT_NOFILE, &files) < 0)
		warn_console("cannot set limits");
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, RLIM_INFINITY});
}

/* Passes on what the command has written so far; false at its end. */
static bool output_relay(struct agent *a)
{
	static char buf[65536];
	ssize_t n = read(a->output, buf, sizeof(buf));

	if (n < 0)
		return errno == EINTR;
	for (ssize_t done = 0; done < n;) {
		ssize_t w = write(a->out, buf + done, (size_t)(n - done));

		if (w < 0 && errno != EINTR)
			break;
		done += w > 0 ? w : 0;
	}
	a->relayed += (unsigned long long)n;
	return n > 0;
}

/* The host ends the machine when it has read this; the machine ends itself if that does not come.
 */
static void command_ended(struct agent *a, int status)
{
	int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);

	if (a->output >= 0) {
		while (output_relay(a))
			;
	}
	sync();
	dprintf(a->host, "exit %d %llu\n", code, a->relayed);
	sleep(10);
	reboot(RB_POWER_OFF);
}

static void children_reap(struct agent *a)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	(void)!read(a->signals, &info, sizeof(info));
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == a->command)
			command_ended(a, status);
		if (pid == a->server)
			a->server = 0;
	}
}

/* The host tells the size of the user's terminal: "winsize ROWS COLUMNS". */
static void host_message(struct agent *a)
{
	char buf[128];
	struct winsize size = {0};
	ssize_t n = read(a->host, buf, sizeof(buf) - 1);
	int tty;

	if (n <= 0) {
		poll(NULL, 0, 100); /* the host is gone or not there yet; no busy loop */
		return;
	}
	buf[n] = '\0';
	if (sscanf(buf, "winsize %hu %hu", &size.ws_row, &size.ws_col) != 2)
		return;
	tty = open("/dev/hvc0", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (tty >= 0) {
		ioctl(tty, TIOCSWINSZ, &size);
		close(tty);
	}
}

static void agent_loop(struct agent *a)
{
	for (;;) {
		struct pollfd p[] = {{.fd = a->signals, .events = POLLIN},
				     {.fd = a->output, .events = POLLIN},
				     {.fd = a->uevents, .events = POLLIN},
				     {.fd = a->server ? -1 : a->imds, .events = POLLIN},
				     {.fd = a->host, .events = POLLIN}};

		if (poll(p, sizeof(p) / sizeof(p[0]), -1) < 0)
			continue;
		if (p[1].revents && !output_relay(a) && errno != EAGAIN) {
			close(a->output);
			a->output = -1;
		}
		if (p[2].revents && naming_event(a->uevents))
			primary_set_up(a->primary);
		if (p[3].revents)
			a->server = imds_start(a->imds);
		if (p[4].revents)
			host_message(a);
		if (p[0].revents)
			children_reap(a);
	}
}

int main(void)
{
	struct agent a = {.output = -1};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	umask(022);
	a.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	filesystems_mount();
	a.uevents = naming_open();
	naming_apply();
	a.primary = order_read("primary", NULL);
	network_set_up(a.primary);
	limits_set();
	share_mount();
	modules_link();
	a.imds = imds_listen();
	a.host = port_open("vnode.agent");
	a.out = port_open("vnode.out");
	if (a.host < 0 || a.out < 0 || port_link("vnode.ctl") < 0) {
		warn_console("no port to the host");
		reboot(RB_POWER_OFF);
	}
	dprintf(a.host, "hello\n");
	a.command = command_start(&a.output);
	agent_loop(&a);
}
