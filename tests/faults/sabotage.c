/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For /etc/ld.so.preload of a virtual node: makes the children of the test program go wrong when
 * they open a device. Each line of the orders is "DEVICE ACTION FIRST LAST": what happens at that
 * device's openings FIRST to LAST, counted from 1 over all processes since the file DEVICE was
 * made. Other programs are left alone.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <infiniband/verbs.h>

#define DIR	"/run/sabotage"
#define PIECE	((size_t)64 << 20)
#define PIECES	128 /* 8 GiB: twice of what a child may have */
#define SLOW_US 2000000

static unsigned count(const char *device)
{
	char path[128];
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), DIR "/%s", device);
	fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	if (fd < 0 || write(fd, ".", 1) != 1 || fstat(fd, &st))
		abort();
	close(fd);
	return (unsigned)st.st_size;
}

static void crash(void)
{
	signal(SIGSEGV, SIG_DFL);
	raise(SIGSEGV);
}

static void garbage(void)
{
	unsigned char noise[1024];
	struct stat st;

	memset(noise, 0xa5, sizeof(noise));
	for (int fd = 0; fd < 64; fd++) {
		if (!fstat(fd, &st) && S_ISFIFO(st.st_mode) && write(fd, noise, sizeof(noise)) < 0)
			break;
	}
	_exit(0);
}

/* Address space alone: the node has less memory than a child may have. */
static void memory(void)
{
	for (int i = 0; i < PIECES; i++) {
		if (mmap(NULL, PIECE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
			abort();
	}
	close(open(DIR "/without-limit", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static void stop(void)
{
	for (;;)
		pause();
}

static void slow(void)
{
	usleep(SLOW_US);
}

static const struct {
	const char *name;
	void (*act)(void);
} actions[] = {
	{"crash", crash}, {"garbage", garbage}, {"memory", memory}, {"stop", stop}, {"slow", slow},
};

static void obey(const char *action)
{
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (!strcmp(actions[i].name, action))
			actions[i].act();
	}
}

static void sabotage(const char *device)
{
	char name[64], action[16];
	unsigned first, last, n;
	FILE *orders = fopen(DIR "/orders", "re");

	if (!orders)
		return;
	while (fscanf(orders, "%63s %15s %u %u", name, action, &first, &last) == 4) {
		if (strcmp(name, device))
			continue;
		n = count(device);
		if (n >= first && n <= last)
			obey(action);
	}
	fclose(orders);
}

__attribute__((visibility("default"))) struct ibv_context *ibv_open_device(
	struct ibv_device *device)
{
	struct ibv_context *(*real)(struct ibv_device *);

	*(void **)&real = dlvsym(RTLD_NEXT, "ibv_open_device", "IBVERBS_1.1");
	if (!real) {
		errno = ENOSYS;
		return NULL;
	}
	if (!strcmp(program_invocation_short_name, "efa-layout-probe"))
		sabotage(device->name);
	return real(device);
}
