/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vctl: asks the host process of the virtual node for a fault, for healing, for unplugging, and
 * waits until it is done. Small and without an interpreter, since starting one takes long under
 * emulation.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define CTL_PORT  "/dev/virtio-ports/vnode.ctl"
#define IMDS_MODE "/run/vnode/imds-mode"
#define NAMES	  "/run/vnode/run/names"
#define ANSWER_MS 60000 /* longest wait for the host */
#define APPEAR_MS 20000 /* longest wait for a device to come or go in the guest */
#define PORT_MS	  60000 /* longest wait while another vctl uses the port */
#define LINE_SIZE 4096

static const char usage[] =
	"usage: vctl rails                        list EFA rails, their cards and faults\n"
	"       vctl fault RAIL NAME [on|off|N]   RAIL: rdmap79s0, 0000:4f:00.0 or card:N\n"
	"       vctl heal RAIL|all                end faults\n"
	"       vctl unplug RAIL                  take the function out of its slot\n"
	"       vctl replug RAIL                  put it back\n"
	"       vctl names                        wait until all devices have their names\n"
	"       vctl imds [MODE]                  ok, slow=SECONDS, silent, 404 or absent\n";

static int fail(const char *what)
{
	fprintf(stderr, "vctl: %s: %s\n", what, strerror(errno));
	return 1;
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* One process at a time may have the port open; others get EBUSY. */
static int port_take(void)
{
	long end = now_ms() + PORT_MS;
	int fd;

	while ((fd = open(CTL_PORT, O_RDWR | O_CLOEXEC)) < 0 && errno == EBUSY && now_ms() < end)
		poll(NULL, 0, 20);
	return fd;
}

/* Reads one line; 0 or -1 with errno. The port returns 0 bytes when the host has closed its end. */
static int line_read(int fd, char *line, size_t size)
{
	long end = now_ms() + ANSWER_MS;
	size_t len = 0;

	while (len + 1 < size) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		long left = end - now_ms();

		if (left <= 0 || poll(&p, 1, (int)left) == 0) {
			errno = ETIMEDOUT;
			return -1;
		}
		if (read(fd, line + len, 1) != 1) {
			errno = EPIPE;
			return -1;
		}
		if (line[len] == '\n') {
			line[len] = '\0';
			return 0;
		}
		len++;
	}
	errno = EMSGSIZE;
	return -1;
}

/*
 * Sends a request and prints the answer's text. Lines of the answer start with the request's mark
 * (lines of an earlier, interrupted vctl do not): "MARK . TEXT", at last "MARK ok TEXT" or "MARK
 * err TEXT". The last line's text goes to last when it is "ok".
 */
static int host_ask(const char *request, char *last)
{
	char mark[32], line[LINE_SIZE];
	int fd = port_take();
	size_t n;

	if (fd < 0)
		return fail(CTL_PORT);
	snprintf(mark, sizeof(mark), "%d-%lx ", (int)getpid(), (unsigned long)now_ms());
	n = strlen(mark);
	if (dprintf(fd, "%s%s\n", mark, request) < 0) {
		close(fd);
		return fail("cannot ask the host");
	}
	for (;;) {
		if (line_read(fd, line, sizeof(line)) < 0) {
			close(fd);
			return fail("no answer from the host");
		}
		if (strncmp(line, mark, n))
			continue;
		if (!strncmp(line + n, ". ", 2)) {
			puts(line + n + 2);
			continue;
		}
		close(fd);
		if (!strncmp(line + n, "ok", 2)) {
			snprintf(last, LINE_SIZE, "%s", line + n + 2 + (line[n + 2] == ' '));
			return 0;
		}
		fprintf(stderr, "vctl: %s\n", line + n + strcspn(line + n, " ") + 1);
		return 1;
	}
}

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* Waits until a path is there, or is gone. */
static int path_wait(const char *path, bool there)
{
	long end = now_ms() + APPEAR_MS;

	while (exists(path) != there) {
		if (now_ms() > end) {
			fprintf(stderr, "vctl: %s %s after %d s\n", path,
				there ? "has not appeared" : "is still there", APPEAR_MS / 1000);
			return 1;
		}
		poll(NULL, 0, 10);
	}
	return 0;
}

/*
 * Switches off the slot of a function, "0000:4f:00", which makes the guest let it go and QEMU take
 * it out. Without that, the host presses the slot's button, after which the guest waits for 5 s.
 */
static void slot_switch_off(const char *address)
{
	DIR *dir = opendir("/sys/bus/pci/slots");
	char path[PATH_MAX], text[32];
	struct dirent *d;

	while (dir && (d = readdir(dir))) {
		FILE *f;
		int same;

		snprintf(path, sizeof(path), "/sys/bus/pci/slots/%s/address", d->d_name);
		f = fopen(path, "re");
		same = f && fscanf(f, "%31s", text) == 1 && !strcmp(text, address);
		if (f)
			fclose(f);
		if (!same)
			continue;
		snprintf(path, sizeof(path), "/sys/bus/pci/slots/%s/power", d->d_name);
		f = fopen(path, "we");
		if (f) {
			fputs("0", f);
			fclose(f);
		}
	}
	if (dir)
		closedir(dir);
}

static int unplug_prepare(const char *rail)
{
	char request[LINE_SIZE], last[LINE_SIZE], address[32];
	int err;

	snprintf(request, sizeof(request), "slot %s", rail);
	err = host_ask(request, last);
	if (!err && sscanf(last, "slot %31s", address) == 1)
		slot_switch_off(address);
	return err;
}

/* The host's last words say what to wait for: "present PATH" or "gone PATH", or nothing. */
static int outcome_wait(const char *last)
{
	char path[LINE_SIZE];

	if (sscanf(last, "present %s", path) == 1)
		return path_wait(path, true);
	if (sscanf(last, "gone %s", path) == 1)
		return path_wait(path, false);
	return 0;
}

static int imds_address(bool present)
{
	struct ifreq req = {.ifr_name = "lo:imds"};
	struct sockaddr_in *in = (struct sockaddr_in *)&req.ifr_addr;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err = 0;

	in->sin_family = AF_INET;
	inet_pton(AF_INET, "169.254.169.254", &in->sin_addr);
	if (present) {
		err = ioctl(fd, SIOCSIFADDR, &req);
		inet_pton(AF_INET, "255.255.255.255", &in->sin_addr);
		err |= ioctl(fd, SIOCSIFNETMASK, &req);
	} else if (ioctl(fd, SIOCGIFADDR, &req) == 0) {
		req.ifr_flags = 0; /* an alias that goes down is removed */
		err = ioctl(fd, SIOCSIFFLAGS, &req);
	}
	close(fd);
	return err;
}

static int imds_mode(const char *mode)
{
	char text[64] = "ok";
	unsigned seconds;
	char rest;
	int fd;

	if (!mode) {
		fd = open(IMDS_MODE, O_RDONLY | O_CLOEXEC);
		if (fd >= 0) {
			ssize_t n = read(fd, text, sizeof(text) - 1);

			text[n > 0 ? n : 0] = '\0';
			close(fd);
		}
		puts(text);
		return 0;
	}
	if (strcmp(mode, "ok") && strcmp(mode, "silent") && strcmp(mode, "404") &&
	    strcmp(mode, "absent") && sscanf(mode, "slow=%3u%c", &seconds, &rest) != 1) {
		fprintf(stderr, "vctl: no mode \"%s\": ok, slow=SECONDS, silent, 404, absent\n",
			mode);
		return 2;
	}
	fd = open(IMDS_MODE ".new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || dprintf(fd, "%s", mode) < 0 || close(fd) < 0 ||
	    rename(IMDS_MODE ".new", IMDS_MODE) < 0)
		return fail(IMDS_MODE);
	if (imds_address(strcmp(mode, "absent") != 0) < 0)
		return fail("cannot change the service's address");
	return 0;
}

/* Whether a device of this class still has the kernel's name instead of the one in names. */
static bool name_pending(const char *folder, const char *names)
{
	DIR *dir = opendir(folder);
	char path[PATH_MAX], target[PATH_MAX], wanted[64];
	bool pending = false;
	struct dirent *d;

	while (dir && !pending && (d = readdir(dir))) {
		const char *line;
		ssize_t n;

		snprintf(path, sizeof(path), "%s/%s/device", folder, d->d_name);
		n = d->d_name[0] == '.' ? -1 : readlink(path, target, sizeof(target) - 1);
		if (n <= 0)
			continue;
		target[n] = '\0';
		line = strstr(names, basename(target));
		pending = line && sscanf(line, "%*s %63s", wanted) == 1 &&
			  strcmp(wanted, d->d_name);
	}
	if (dir)
		closedir(dir);
	return pending;
}

static int names_wait(void)
{
	static char names[65536]; /* lines "0000:4f:00.0 rdmap79s0" */
	long end = now_ms() + APPEAR_MS;
	int fd = open(NAMES, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, names, sizeof(names) - 1) < 0)
		return fail(NAMES);
	close(fd);
	while (name_pending("/sys/class/infiniband", names) ||
	       name_pending("/sys/class/net", names)) {
		if (now_ms() > end) {
			fprintf(stderr, "vctl: devices without their names after %d s\n",
				APPEAR_MS / 1000);
			return 1;
		}
		poll(NULL, 0, 10);
	}
	return 0;
}

int main(int argc, char **argv)
{
	char request[LINE_SIZE] = "", last[LINE_SIZE];
	size_t len = 0;
	int err;

	if (argc < 2 || !strcmp(argv[1], "-h") || !strcmp(argv[1], "--help")) {
		fputs(usage, argc < 2 ? stderr : stdout);
		return argc < 2 ? 2 : 0;
	}
	if (!strcmp(argv[1], "imds"))
		return imds_mode(argc > 2 ? argv[2] : NULL);
	if (!strcmp(argv[1], "names"))
		return names_wait();
	for (int i = 1; i < argc; i++) {
		int n = snprintf(request + len, sizeof(request) - len, "%s%s", i > 1 ? " " : "",
				 argv[i]);

		if (n < 0 || (size_t)n >= sizeof(request) - len || strpbrk(argv[i], " \n")) {
			fputs("vctl: arguments too long or with blanks\n", stderr);
			return 2;
		}
		len += (size_t)n;
	}
	err = argc == 3 && !strcmp(argv[1], "unplug") ? unplug_prepare(argv[2]) : 0;
	if (!err)
		err = host_ask(request, last);
	return err ? err : outcome_wait(last);
}
