/* SPDX-License-Identifier: Apache-2.0 */
/* Network addresses, the metadata service's socket, ports to the host, and the command. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest.h"

#define PORT_DIR     "/dev/virtio-ports/"
#define PORT_WAIT_MS 10000

static void address_set(struct ifreq *req, const char *text)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&req->ifr_addr;

	memset(in, 0, sizeof(*in));
	in->sin_family = AF_INET;
	inet_pton(AF_INET, text, &in->sin_addr);
}

int net_up(const char *name, const char *address, const char *netmask)
{
	struct ifreq req = {0};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err = 0;

	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", name);
	if (address) {
		address_set(&req, address);
		err |= ioctl(fd, SIOCSIFADDR, &req);
		address_set(&req, netmask);
		err |= ioctl(fd, SIOCSIFNETMASK, &req);
	}
	err |= ioctl(fd, SIOCGIFFLAGS, &req);
	req.ifr_flags |= IFF_UP | IFF_RUNNING;
	err |= ioctl(fd, SIOCSIFFLAGS, &req);
	if (err)
		warn_console("cannot set up interface %s", name);
	close(fd);
	return err ? -1 : 0;
}

int imds_listen(void)
{
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(80)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1;

	inet_pton(AF_INET, "169.254.169.254", &addr.sin_addr);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (fd >= 0 && bind(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0 &&
	    listen(fd, 128) == 0)
		return fd;
	warn_console("cannot listen for the metadata service");
	if (fd >= 0)
		close(fd);
	return -1;
}

static void child_prepare(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
}

pid_t imds_start(int listener)
{
	static char *const argv[] = {"python3", "-I", "-S", VNODE_DIR "imds-server", NULL};
	static char *const env[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
	pid_t pid = fork();

	if (pid != 0)
		return pid > 0 ? pid : 0;
	child_prepare();
	if (dup2(listener, 3) == 3 || listener == 3) {
		fcntl(3, F_SETFD, 0);
		execve("/usr/bin/python3", argv, env);
	}
	warn_console("cannot start the metadata service");
	_exit(127);
}

/* The device node of a virtio port with this name, into path; 0 when there is none (yet). */
static int port_find(const char *name, char *path, size_t size)
{
	DIR *dir = opendir("/sys/class/virtio-ports");
	char text[64], file[PATH_MAX];
	struct dirent *d;
	int found = 0;

	while (dir && !found && (d = readdir(dir))) {
		FILE *f;

		if (d->d_name[0] == '.')
			continue;
		snprintf(file, sizeof(file), "/sys/class/virtio-ports/%s/name", d->d_name);
		f = fopen(file, "re");
		if (f && fgets(text, sizeof(text), f)) {
			text[strcspn(text, "\n")] = '\0';
			found = !strcmp(text, name);
			snprintf(path, size, "/dev/%s", d->d_name);
		}
		if (f)
			fclose(f);
	}
	if (dir)
		closedir(dir);
	return found;
}

int port_link(const char *name)
{
	char path[NAME_MAX + 8], link[NAME_MAX];

	mkdir(PORT_DIR, 0755);
	snprintf(link, sizeof(link), PORT_DIR "%s", name);
	for (int waited = 0; waited < PORT_WAIT_MS; waited += 10) {
		if (port_find(name, path, sizeof(path)))
			return symlink(path, link);
		poll(NULL, 0, 10);
	}
	errno = ENOENT;
	return -1;
}

int port_open(const char *name)
{
	char link[NAME_MAX];

	snprintf(link, sizeof(link), PORT_DIR "%s", name);
	return port_link(name) < 0 ? -1 : open(link, O_RDWR | O_CLOEXEC);
}

/* Pointers to the strings of a list of NUL terminated strings, ended by NULL. */
static char **list_split(char *text, size_t len)
{
	size_t count = 0, n = 0;
	char **list;

	for (size_t i = 0; i < len; i++)
		count += text[i] == '\0';
	list = calloc(count + 1, sizeof(*list));
	if (!list)
		abort();
	for (size_t i = 0; i < len && n < count; i += strlen(text + i) + 1)
		list[n++] = text + i;
	return list;
}

static void terminal_attach(void)
{
	int fd = open("/dev/hvc0", O_RDWR);

	ioctl(fd, TIOCSCTTY, 1);
	for (int i = 0; i < 3; i++)
		dup2(fd, i);
	if (fd > 2)
		close(fd);
}

static void command_exec(int output)
{
	size_t argv_len, env_len;
	char *argv_text = order_read("argv", &argv_len);
	char *env_text = order_read("env", &env_len);
	char *cwd = order_read("cwd", NULL);
	char **argv = list_split(argv_text, argv_len);
	int null = open("/dev/null", O_RDONLY);

	child_prepare();
	if (output < 0) {
		terminal_attach();
	} else {
		dup2(null, 0);
		dup2(output, 1);
		dup2(output, 2);
	}
	environ = list_split(env_text, env_len);
	if (chdir(cwd) < 0) {
		fprintf(stderr, "vnode: cannot enter %s in the node: %s\n", cwd, strerror(errno));
		_exit(126);
	}
	execvp(argv[0], argv);
	fprintf(stderr, "vnode: cannot run %s in the node: %s\n", argv[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

pid_t command_start(int *ret_output)
{
	int ends[2] = {-1, -1};
	pid_t pid;

	if (access(RUN_DIR "terminal", F_OK) == 0) {
		/* stays open: a terminal that nobody has open forgets its size */
		if (open("/dev/hvc0", O_RDWR | O_NOCTTY | O_CLOEXEC) < 0)
			warn_console("cannot open /dev/hvc0");
	} else if (pipe2(ends, O_CLOEXEC) < 0) {
		abort();
	}
	pid = fork();
	if (pid == 0)
		command_exec(ends[1]);
	if (ends[1] >= 0) {
		close(ends[1]);
		fcntl(ends[0], F_SETFL, O_NONBLOCK);
	}
	*ret_output = ends[0];
	return pid;
}
