/* SPDX-License-Identifier: Apache-2.0 */
/* Drivers, device files and libfabric of a compute node. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "doctor.h"
#include "libfabric.h"
#include "text.h"

#define DEVICES_MAX 512
#define OPEN_TO_ALL 0666
#define NAMED_MAX   3

/* Amazon's functions whose device number is efa0 to efaf. */
static bool is_efa(const struct tree *tree, const char *dir)
{
	char path[TREE_PATH + 16], vendor[16], device[16];

	return !text_format(path, sizeof(path), "%s/vendor", dir) &&
	       !tree_line(tree, path, vendor, sizeof(vendor)) &&
	       !text_format(path, sizeof(path), "%s/device", dir) &&
	       !tree_line(tree, path, device, sizeof(device)) && !strcmp(vendor, "0x1d0f") &&
	       !strncmp(device, "0xefa", 5);
}

static void read_driver(struct doctor *doctor)
{
	const struct tree *tree = &doctor->tree;
	cleanup_free char(*paths)[TREE_PATH] = calloc(DEVICES_MAX, TREE_PATH);
	char path[TREE_PATH + 16], real[TREE_PATH];
	struct stat st;
	size_t n = 0;

	doctor->efa_loaded = !tree_stat(tree, "/sys/module/efa", &st) ||
			     !tree_stat(tree, "/sys/bus/pci/drivers/efa", &st);
	doctor->uverbs_loaded = !tree_stat(tree, "/sys/module/ib_uverbs", &st) ||
				!tree_stat(tree, "/sys/class/infiniband_verbs", &st);
	tree_line(tree, "/sys/module/efa/version", doctor->efa_version,
		  sizeof(doctor->efa_version));
	if (!paths || tree_glob(tree, "/sys/bus/pci/devices/*", paths, DEVICES_MAX, &n))
		return;
	for (size_t i = 0; i < n; i++) {
		const char *driver;

		if (!is_efa(tree, paths[i]))
			continue;
		doctor->efa_functions++;
		text_format(path, sizeof(path), "%s/driver", paths[i]);
		if (tree_real(tree, path, real, sizeof(real)))
			continue;
		driver = strrchr(real, '/');
		doctor->efa_bound += driver && !strcmp(driver, "/efa");
	}
}

static void read_devices(struct doctor *doctor)
{
	const struct tree *tree = &doctor->tree;
	cleanup_free char(*paths)[TREE_PATH] = calloc(DEVICES_MAX, TREE_PATH);
	size_t n = 0, closed = 0;

	if (!paths ||
	    tree_glob(tree, "/sys/class/infiniband_verbs/uverbs*", paths, DEVICES_MAX, &n))
		return;
	for (size_t i = 0; i < n; i++) {
		char path[TREE_PATH + 16];
		const char *name = strrchr(paths[i], '/') + 1;
		struct stat st;

		text_format(path, sizeof(path), "%s/device", paths[i]);
		if (!is_efa(tree, path))
			continue;
		doctor->n_devices++;
		text_format(path, sizeof(path), "/dev/infiniband/%s", name);
		if (!tree_stat(tree, path, &st) && (st.st_mode & OPEN_TO_ALL) == OPEN_TO_ALL)
			continue;
		if (closed++ < NAMED_MAX)
			text_append(doctor->closed, sizeof(doctor->closed), "%s%s %s",
				    *doctor->closed ? ", " : "", path,
				    tree_stat(tree, path, &st) ? "is not there" : "");
		if (closed <= NAMED_MAX && !tree_stat(tree, path, &st))
			text_append(doctor->closed, sizeof(doctor->closed), "has mode %04o",
				    (unsigned)(st.st_mode & 07777));
	}
}

/* The provider is part of the library (which then needs libefa), or a file of its own. */
static bool has_efa(const struct tree *tree, const char *library)
{
	cleanup_free void *data = NULL;
	char path[TREE_PATH], real[TREE_PATH];
	struct elf_file elf;
	const char *name;
	struct stat st;

	if (tree_read_elf(tree, library, &data, &elf, NULL))
		return false;
	for (size_t i = 0; (name = elf_needed(&elf, i)); i++)
		if (!strncmp(name, "libefa.so", 9))
			return true;
	if (tree_real(tree, library, real, sizeof(real)))
		return false;
	real[strrchr(real, '/') - real] = '\0';
	return !text_format(path, sizeof(path), "%s/libfabric/libefa-fi.so", real) &&
	       !tree_stat(tree, path, &st);
}

static void read_libfabric(struct doctor *doctor)
{
	static const char *const places[] = {
		EFA_LAYOUT_LIBFABRIC,
		"/opt/amazon/efa/lib/libfabric.so.1",
		"/opt/amazon/efa/lib64/libfabric.so.1",
		"/usr/lib/x86_64-linux-gnu/libfabric.so.1",
		"/usr/lib/aarch64-linux-gnu/libfabric.so.1",
		"/usr/lib64/libfabric.so.1",
	};
	struct err err = {""};
	struct stat st;

	for (size_t i = 0; !*doctor->libfabric && i < sizeof(places) / sizeof(places[0]); i++)
		if (!tree_stat(&doctor->tree, places[i], &st))
			text_format(doctor->libfabric, sizeof(doctor->libfabric), "%s", places[i]);
	if (*doctor->libfabric)
		doctor->libfabric_efa = has_efa(&doctor->tree, doctor->libfabric);
	if (doctor->tree.live &&
	    libfabric_ask_version(doctor->options->probe, doctor->libfabric_version,
				  sizeof(doctor->libfabric_version), &err))
		text_format(doctor->libfabric_problem, sizeof(doctor->libfabric_problem), "%s",
			    err.text);
}

void doctor_read_fabric(struct doctor *doctor)
{
	read_driver(doctor);
	read_devices(doctor);
	read_libfabric(doctor);
}
