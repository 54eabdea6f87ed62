/* SPDX-License-Identifier: Apache-2.0 */
/* Names of RDMA and network devices, by PCI address, as udev's rules give them on a real node. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <rdma/rdma_netlink.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guest.h"

#define NAME_LEN 64

struct request {
	struct nlmsghdr hdr;
	char attrs[256];
};

/* Handles one RDMA device of a dump: its name and its kernel index. */
struct rdma_lookup {
	const char *name;
	uint32_t index;
	int found;
};

static void attr_add(struct request *req, uint16_t type, const void *data, size_t len)
{
	struct nlattr *attr = (void *)((char *)req + NLMSG_ALIGN(req->hdr.nlmsg_len));

	attr->nla_type = type;
	attr->nla_len = (uint16_t)(NLA_HDRLEN + len);
	memcpy((char *)attr + NLA_HDRLEN, data, len);
	req->hdr.nlmsg_len = NLMSG_ALIGN(req->hdr.nlmsg_len) + (uint32_t)NLA_ALIGN(attr->nla_len);
}

static void device_match(struct nlmsghdr *h, struct rdma_lookup *look)
{
	char *pos = NLMSG_DATA(h), *end = (char *)h + h->nlmsg_len;
	const char *name = "";
	uint32_t index = 0;

	while (pos + NLA_HDRLEN <= end) {
		struct nlattr *attr = (struct nlattr *)pos;

		if (attr->nla_len < NLA_HDRLEN || pos + attr->nla_len > end)
			return;
		if ((attr->nla_type & NLA_TYPE_MASK) == RDMA_NLDEV_ATTR_DEV_INDEX)
			memcpy(&index, pos + NLA_HDRLEN, sizeof(index));
		if ((attr->nla_type & NLA_TYPE_MASK) == RDMA_NLDEV_ATTR_DEV_NAME)
			name = pos + NLA_HDRLEN;
		pos += NLA_ALIGN(attr->nla_len);
	}
	if (!strcmp(name, look->name)) {
		look->index = index;
		look->found = 1;
	}
}

/* Sends a request and reads answers until the last one; 0 or negative errno. */
static int rdma_talk(int fd, struct request *req, struct rdma_lookup *look)
{
	static char buf[32768];

	if (send(fd, req, req->hdr.nlmsg_len, 0) < 0)
		return -errno;
	for (;;) {
		ssize_t n = recv(fd, buf, sizeof(buf), 0);
		size_t left = n > 0 ? (size_t)n : 0;

		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		for (struct nlmsghdr *h = (void *)buf; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
			if (h->nlmsg_type == NLMSG_DONE)
				return 0;
			if (h->nlmsg_type == NLMSG_ERROR)
				return ((struct nlmsgerr *)NLMSG_DATA(h))->error;
			if (look)
				device_match(h, look);
		}
	}
}

static int rdma_rename(const char *from, const char *to)
{
	struct rdma_lookup look = {.name = from};
	struct request req = {0};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_RDMA);
	int err;

	if (fd < 0)
		return -errno;
	req.hdr.nlmsg_len = NLMSG_HDRLEN;
	req.hdr.nlmsg_type = RDMA_NL_GET_TYPE(RDMA_NL_NLDEV, RDMA_NLDEV_CMD_GET);
	req.hdr.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_DUMP;
	err = rdma_talk(fd, &req, &look);
	if (!err && !look.found)
		err = -ENODEV;
	if (!err) {
		memset(&req, 0, sizeof(req));
		req.hdr.nlmsg_len = NLMSG_HDRLEN;
		req.hdr.nlmsg_type = RDMA_NL_GET_TYPE(RDMA_NL_NLDEV, RDMA_NLDEV_CMD_SET);
		req.hdr.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
		attr_add(&req, RDMA_NLDEV_ATTR_DEV_INDEX, &look.index, sizeof(look.index));
		attr_add(&req, RDMA_NLDEV_ATTR_DEV_NAME, to, strlen(to) + 1);
		err = rdma_talk(fd, &req, NULL);
	}
	close(fd);
	return err;
}

static int net_rename(const char *from, const char *to)
{
	struct ifreq req = {0};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err = 0;

	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", from);
	snprintf(req.ifr_newname, sizeof(req.ifr_newname), "%s", to);
	if (ioctl(fd, SIOCSIFNAME, &req) < 0)
		err = -errno;
	close(fd);
	return err;
}

/* The orders' line for a PCI address: "0000:4f:00.0 rdmap79s0". */
static int name_wanted(const char *names, const char *bdf, char *ret_name)
{
	const char *line = strstr(names, bdf);

	return line && sscanf(line + strlen(bdf), " %63s", ret_name) == 1;
}

static void class_apply(const char *folder, const char *names,
			int (*rename_device)(const char *, const char *))
{
	char path[PATH_MAX], target[PATH_MAX], wanted[NAME_LEN];
	DIR *dir = opendir(folder);
	struct dirent *d;

	while (dir && (d = readdir(dir))) {
		ssize_t n;
		int err;

		snprintf(path, sizeof(path), "%s/%s/device", folder, d->d_name);
		n = d->d_name[0] == '.' ? -1 : readlink(path, target, sizeof(target) - 1);
		if (n <= 0)
			continue;
		target[n] = '\0';
		if (!name_wanted(names, basename(target), wanted) || !strcmp(wanted, d->d_name))
			continue;
		err = rename_device(d->d_name, wanted);
		if (err && err != -ENODEV) {
			errno = -err;
			warn_console("cannot rename %s to %s", d->d_name, wanted);
		}
	}
	if (dir)
		closedir(dir);
}

void naming_apply(void)
{
	char *names = order_read("names", NULL);

	class_apply("/sys/class/infiniband", names, rdma_rename);
	class_apply("/sys/class/net", names, net_rename);
	free(names);
}

int naming_open(void)
{
	struct sockaddr_nl addr = {.nl_family = AF_NETLINK, .nl_groups = 1};
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			NETLINK_KOBJECT_UEVENT);

	if (fd >= 0 && bind(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
		return fd;
	warn_console("cannot listen to device events");
	if (fd >= 0)
		close(fd);
	return -1;
}

int naming_event(int fd)
{
	char buf[8192];
	int added = 0;
	ssize_t n;

	while ((n = recv(fd, buf, sizeof(buf) - 1, 0)) > 0) {
		buf[n] = '\0'; /* starts with ACTION@DEVPATH */
		if (!strncmp(buf, "add@", 4) &&
		    (strstr(buf, "/infiniband/") || strstr(buf, "/net/")))
			added = 1;
	}
	if (n < 0 && errno == ENOBUFS)
		added = 1;
	if (added)
		naming_apply();
	return added;
}
