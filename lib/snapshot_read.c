/* SPDX-License-Identifier: Apache-2.0 */
#include "snapshot_read.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "cpu_list.h"
#include "snapshot_read_impl.h"
#include "text.h"

#define PINS	"/proc/self/fd"
#define RUN_DIR "run/efa-layout/"

/* As large as the inventory takes them. */
static const struct {
	const char *path;
	enum mask_content content;
	size_t max;
} host_files[] =
	{
		{"proc/net/route", CONTENT_ROUTES, 2U << 20},
		{"proc/self/limits", CONTENT_PLAIN, LIMITS_FILE_MAX},
		{"proc/sys/kernel/osrelease", CONTENT_PLAIN, SYSFS_VALUE_TEXT},
		{"proc/sys/kernel/random/boot_id", CONTENT_UUID, SYSFS_VALUE_TEXT},
		{"sys/class/dmi/id/board_asset_tag", CONTENT_ASSET_TAG, SYSFS_VALUE_TEXT},
		{"sys/class/dmi/id/product_name", CONTENT_PLAIN, SYSFS_VALUE_TEXT},
		{"sys/class/dmi/id/sys_vendor", CONTENT_PLAIN, SYSFS_VALUE_TEXT},
		{"sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", CONTENT_PLAIN,
		 SYSFS_VALUE_TEXT},
		{"sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", CONTENT_PLAIN,
		 SYSFS_VALUE_TEXT},
		{"sys/module/efa/version", CONTENT_PLAIN, SYSFS_VALUE_TEXT},
},
  run_files[] = {
	  {"enis.json", CONTENT_FACTS, 4U << 20},
	  {"topology.xml", CONTENT_TOPOLOGY, 16U << 20},
};

static int place_of(int fd, char *buf, size_t size)
{
	char path[64];
	ssize_t n;

	text_format(path, sizeof(path), PINS "/%d", fd);
	n = readlink(path, buf, size);
	if (n < 0)
		return -errno;
	if ((size_t)n == size)
		return -ENAMETOOLONG;
	buf[n] = '\0';
	return 0;
}

/*
 * Hold what is at a path, without opening it for reading: devices and pipes notice nothing. -EXDEV
 * where links led out of the tree: a made-up tree must not make root copy other files of this
 * machine into a folder that everybody may read.
 */
static int pin(const struct reader *reader, const char *path, mode_t type)
{
	cleanup_close int fd = openat(reader->root.fd, path, O_PATH | O_CLOEXEC);
	size_t n = strlen(reader->real);
	char place[PATH_MAX];
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st))
		return -errno;
	r = place_of(fd, place, sizeof(place));
	if (r)
		return r;
	if (strncmp(place, reader->real, n) != 0 || (place[n] != '/' && place[n] != '\0'))
		return -EXDEV;
	if ((st.st_mode & S_IFMT) != type)
		return -EINVAL;
	return steal_fd(&fd);
}

int reader_leave_out(struct reader *reader, const char *path, int code)
{
	char as[SNAPSHOT_PATH_TEXT];
	const char *why = code == -EXDEV    ? "leads out of the tree"
			  : code == -EINVAL ? "not what it should be"
			  : code == -EFBIG  ? "too large"
					    : strerror(-code);

	if (code == -ENOMEM)
		return code;
	if (code == -ENOENT || code == -ENODEV || code == -ENXIO) /* also: gone meanwhile */
		return 0;
	text_format(as, sizeof(as), "%s%s", reader->out_prefix, path);
	return snapshot_leave_out(reader->snapshot, as, why);
}

int reader_file(struct reader *reader, const char *path, enum mask_content content, size_t max)
{
	char as[SNAPSHOT_PATH_TEXT], name[16];
	cleanup_free char *text = NULL;
	cleanup_close int fd = pin(reader, path, S_IFREG);
	int r;

	if (fd < 0)
		return reader_leave_out(reader, path, fd);
	text_format(name, sizeof(name), "%d", fd);
	r = sysfs_read_all(&reader->pins, name, max, &text, NULL);
	if (!r && text_format(as, sizeof(as), "%s%s", reader->out_prefix, path))
		r = -EINVAL;
	if (!r)
		r = snapshot_add_file(reader->snapshot, as, content, 0644, text);
	return r ? reader_leave_out(reader, path, r) : 0;
}

int reader_attribute(struct reader *reader, const char *dir, const char *name,
		     enum mask_content content)
{
	char path[2 * SNAPSHOT_PATH_TEXT];

	text_format(path, sizeof(path), "%s/%s", dir, name);
	return reader_file(reader, path, content, SYSFS_VALUE_TEXT);
}

int reader_list(struct reader *reader, const char *path, struct sysfs_names *ret_names)
{
	struct sysfs_dir dir = {.fd = pin(reader, path, S_IFDIR)};
	int r = dir.fd < 0 ? dir.fd : sysfs_list(&dir, ".", ret_names, NULL);

	sysfs_close(&dir);
	return r ? reader_leave_out(reader, path, r) : 0;
}

int reader_place(struct reader *reader, const char *class_dir, const char *name, char *ret_place)
{
	char path[SNAPSHOT_PATH_TEXT], target[SNAPSHOT_PATH_TEXT];
	int r;

	ret_place[0] = '\0';
	if (text_format(path, sizeof(path), "%s/%s", class_dir, name) || !snapshot_path_valid(path))
		return reader_leave_out(reader, class_dir, -EINVAL);
	r = sysfs_link(&reader->root, path, target, sizeof(target), NULL);
	if (r == -EINVAL) { /* not a link */
		memcpy(ret_place, path, sizeof(path));
		return 0;
	}
	if (!r)
		r = snapshot_resolve(class_dir, target, ret_place) ? -EXDEV : 0;
	if (!r)
		r = snapshot_add_link(reader->snapshot, path, ret_place);
	if (!r)
		return 0;
	ret_place[0] = '\0';
	return reader_leave_out(reader, path, r);
}

int reader_link(struct reader *reader, const char *dir, const char *name)
{
	char path[2 * SNAPSHOT_PATH_TEXT], target[SNAPSHOT_PATH_TEXT], to[SNAPSHOT_PATH_TEXT];
	int r;

	text_format(path, sizeof(path), "%s/%s", dir, name);
	r = sysfs_link(&reader->root, path, target, sizeof(target), NULL);
	if (!r && snapshot_resolve(dir, target, to))
		r = -EXDEV;
	if (!r)
		r = snapshot_add_link(reader->snapshot, path, to);
	return r ? reader_leave_out(reader, path, r) : 0;
}

static int read_host(struct reader *reader)
{
	int r = 0;

	for (size_t i = 0; !r && i < sizeof(host_files) / sizeof(host_files[0]); i++)
		r = reader_file(reader, host_files[i].path, host_files[i].content,
				host_files[i].max);
	return r;
}

/* What tasks have their limits from. */
static int read_slurmd(struct reader *reader, const char *root)
{
	char path[64];
	int pid = inventory_find_slurmd(root), r;

	if (!pid)
		return 0;
	text_format(path, sizeof(path), "proc/%d/comm", pid);
	r = reader_file(reader, path, CONTENT_PLAIN, SYSFS_VALUE_TEXT);
	text_format(path, sizeof(path), "proc/%d/limits", pid);
	return r ? r : reader_file(reader, path, CONTENT_PLAIN, LIMITS_FILE_MAX);
}

static int read_numa(struct reader *reader)
{
	static const char dir[] = "sys/devices/system/node";
	cleanup_sysfs_names struct sysfs_names names = {0};
	char path[SNAPSHOT_PATH_TEXT];
	uint64_t node;
	int r = reader_list(reader, dir, &names);

	for (size_t i = 0; !r && i < names.n; i++) {
		if (strncmp(names.v[i], "node", 4) != 0 ||
		    text_u64(names.v[i] + 4, 0, INT16_MAX, &node))
			continue;
		text_format(path, sizeof(path), "%s/%s/cpulist", dir, names.v[i]);
		r = reader_file(reader, path, CONTENT_PLAIN, CPU_LIST_MAX / 2 * 5);
	}
	return r;
}

static int reader_open(struct reader *reader, const char *root, struct err *err)
{
	int r = sysfs_open(root, &reader->root, err);

	if (r)
		return r;
	r = sysfs_open(PINS, &reader->pins, err);
	if (!r)
		r = place_of(reader->root.fd, reader->real, sizeof(reader->real));
	if (r)
		return err_set(err, r, PINS ": %s (proc must be mounted)", strerror(-r));
	if (!strcmp(reader->real, "/"))
		reader->real[0] = '\0';
	return 0;
}

static void reader_close(struct reader *reader)
{
	sysfs_close(&reader->root);
	sysfs_close(&reader->pins);
}

static int read_run_files(struct reader *reader)
{
	int r = 0;

	for (size_t i = 0; !r && i < sizeof(run_files) / sizeof(run_files[0]); i++)
		r = reader_file(reader, run_files[i].path, run_files[i].content, run_files[i].max);
	return r;
}

/* A run directory that is not there has no files. */
static int read_run_dir(const char *run_dir, struct snapshot *snapshot)
{
	struct reader reader = {
		.snapshot = snapshot,
		.root = SYSFS_DIR_NONE,
		.pins = SYSFS_DIR_NONE,
		.out_prefix = RUN_DIR,
	};
	int r = reader_open(&reader, run_dir, NULL);

	r = r ? reader_leave_out(&reader, "", r) : read_run_files(&reader);
	reader_close(&reader);
	return r;
}

int snapshot_read(const char *root, const char *run_dir, struct snapshot *snapshot, struct err *err)
{
	struct reader reader = {
		.snapshot = snapshot,
		.root = SYSFS_DIR_NONE,
		.pins = SYSFS_DIR_NONE,
		.out_prefix = "",
	};
	int r = reader_open(&reader, root, err);

	if (r) {
		reader_close(&reader);
		return r;
	}
	r = snapshot_read_pci(&reader);
	if (!r)
		r = snapshot_read_rdma(&reader);
	if (!r)
		r = read_host(&reader);
	if (!r)
		r = read_slurmd(&reader, root);
	if (!r)
		r = read_numa(&reader);
	if (!r && reader.real[0]) /* of the running node the kernel is asked instead */
		r = reader_file(&reader, RUN_DIR "addresses", CONTENT_ADDRESSES, 64U << 10);
	if (!r)
		r = read_run_dir(run_dir, snapshot);
	reader_close(&reader);
	return r ? err_set(err, r, "snapshot: %s", strerror(-r)) : 0;
}

int snapshot_add_addresses(const struct inventory *inv, struct snapshot *snapshot, struct err *err)
{
	const size_t size = NODE_ENAS_MAX * ENA_ADDRESSES_MAX * (NAME_TEXT + IP_TEXT) + 1;
	cleanup_free char *text = calloc(1, size);
	int r;

	if (!text)
		return err_set(err, -ENOMEM, "snapshot: out of memory");
	for (size_t i = 0; i < inv->n_enas; i++) {
		const struct ena *ena = &inv->enas[i];

		for (size_t j = 0; j < ena->n_addresses; j++)
			text_append(text, size, "%s %s\n", ena->netdev, ena->addresses[j]);
	}
	if (!text[0])
		return 0;
	r = snapshot_add_file(snapshot, RUN_DIR "addresses", CONTENT_ADDRESSES, 0644, text);
	return r ? err_set(err, r, "snapshot: %s", strerror(-r)) : 0;
}
