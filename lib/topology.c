/* SPDX-License-Identifier: Apache-2.0 */
#include "topology.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "child.h"
#include "cleanup.h"
#include "file.h"
#include "text.h"
#include "topology_impl.h"
#include "topology_text.h"

/* Discovery of GPUs loads their libraries, wakes them up and may hang with them; nobody asks. */
#define COMPONENTS "-cuda,-nvml,-opencl,-gl,-rsmi,-levelzero"
#define PLUGINS	   "hwloc_cuda,hwloc_nvml,hwloc_opencl,hwloc_gl,hwloc_rsmi,hwloc_levelzero"

/* What a child that loads an export hands back. */
struct answer {
	int rc;
	struct err err;
	struct inventory inv;
};

struct reading {
	const char *text, *origin;
	size_t size;
	struct answer *answer;
};

static bool is_kept(const char *variable)
{
	/* Which of hwloc's two XML readers, and where its plugins are, is the caller's choice. */
	static const char *const kept[] = {
		"HWLOC_LIBXML=", "HWLOC_LIBXML_IMPORT=", "HWLOC_PLUGINS_PATH="};

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		if (!strncmp(variable, kept[i], strlen(kept[i])))
			return true;
	}
	return strncmp(variable, "HWLOC_", 6) != 0;
}

/* In the child: hwloc's variables could make it read another machine than the one meant. */
static void clean_environment(const char *plugins)
{
	for (char **at = environ; *at;) {
		char name[256];

		if (is_kept(*at) ||
		    text_format(name, sizeof(name), "%.*s", (int)strcspn(*at, "="), *at)) {
			at++;
			continue;
		}
		unsetenv(name);
		at = environ;
	}
	setenv("HWLOC_COMPONENTS", COMPONENTS, 1);
	setenv("HWLOC_PLUGINS_BLACKLIST", plugins, 1);
	setenv("HWLOC_XML_VERBOSE", "1", 1);
}

/* In the child: what hwloc prints goes into memory. The descriptor, or -1: it is lost. */
static int catch_messages(void)
{
	int fd = memfd_create("hwloc", MFD_CLOEXEC);

	if (fd >= 0)
		dup2(fd, STDERR_FILENO);
	return fd;
}

/* hwloc has no error messages but what it prints; the first line is about the cause. */
static int refuse(int messages, struct err *err)
{
	static const char prefix[] = "xmlbuffer: ";
	char text[256], shown[200];
	const char *line = text;
	ssize_t n = messages < 0 ? 0 : pread(messages, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (!strncmp(line, prefix, strlen(prefix)))
		line += strlen(prefix);
	/* What the minimal reader has to say says nothing. */
	if (!strncmp(line, "Failed to parse", 15))
		line = "";
	text_printable(shown, sizeof(shown), line);
	return err_set(err, -EINVAL, "hwloc cannot read it%s%s", shown[0] ? ": " : "", shown);
}

/* With the document type back in place, for whose absence libxml's reader has a message. */
static int give_text(hwloc_topology_t topology, const struct reading *reading)
{
	static const char head[] = "<!DOCTYPE topology SYSTEM \"hwloc2.dtd\">\n";
	size_t size = sizeof(head) + reading->size;
	cleanup_free char *text = malloc(size);

	if (!text || text_format(text, size, "%s%s", head, reading->text))
		return -1;
	return hwloc_topology_set_xmlbuffer(topology, text, (int)size);
}

static int map_text(const struct reading *reading, struct inventory *inv, struct err *err)
{
	hwloc_topology_t topology;
	int messages, rc;

	clean_environment(PLUGINS);
	messages = catch_messages();
	if (hwloc_topology_init(&topology))
		return refuse(messages, err);
	/* CPUs that the writer's cgroup did not allow are CPUs of the machine all the same. */
	hwloc_topology_set_flags(topology, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED);
	hwloc_topology_set_io_types_filter(topology, HWLOC_TYPE_FILTER_KEEP_ALL);
	if (give_text(topology, reading) || hwloc_topology_load(topology))
		rc = refuse(messages, err);
	else
		rc = topology_map(topology, reading->origin, inv, err);
	hwloc_topology_destroy(topology);
	return rc;
}

static int load_in_child(void *data)
{
	const struct reading *reading = data;
	struct answer *answer = reading->answer;

	answer->rc = map_text(reading, &answer->inv, &answer->err);
	return file_write_all(STDOUT_FILENO, answer, sizeof(*answer)) ? 1 : 0;
}

/* Why a child gave no answer. */
static int explain(const struct child_result *result, const char *what, struct err *err)
{
	if (result->timed_out)
		return err_set(err, -ETIMEDOUT, "hwloc did not get done with %s within %d s", what,
			       TOPOLOGY_DEADLINE_MS / 1000);
	if (result->signal)
		return err_set(err, -EINVAL, "hwloc ended with signal %d on %s", result->signal,
			       what);
	return err_set(err, -EIO, "hwloc gave no answer on %s", what);
}

static int ask_child(const struct reading *reading, struct err *err)
{
	cleanup_free char *out = NULL;
	struct child_result result;
	size_t size;
	int rc = child_call(load_in_child, (void *)reading, "hwloc", TOPOLOGY_DEADLINE_MS,
			    sizeof(struct answer), &out, &size, &result, err);

	if (rc)
		return rc;
	if (size != sizeof(struct answer) || result.exit_status)
		return explain(&result, "this file", err);
	memcpy(reading->answer, out, sizeof(struct answer));
	if (reading->answer->rc)
		return err_set(err, reading->answer->rc, "%s", reading->answer->err.text);
	return 0;
}

int topology_load(const char *path, struct inventory *inv, struct err *err)
{
	cleanup_free char *text = NULL;
	cleanup_free struct answer *answer = calloc(1, sizeof(*answer));
	struct reading reading = {.answer = answer, .origin = path};
	int rc;

	if (!answer)
		return err_set(err, -ENOMEM, "%s: out of memory", path);
	rc = file_read(path, TOPOLOGY_SIZE_MAX, FILE_TRUST_ANY, &text, &reading.size, err);
	if (rc)
		return rc;
	rc = topology_text_prepare(text, &reading.size, err);
	reading.text = text;
	if (!rc)
		rc = ask_child(&reading, err);
	if (rc)
		return err_wrap(err, rc, "%s", path);
	answer->inv.facts = inv->facts;
	memcpy(answer->inv.origin[PART_FACTS], inv->origin[PART_FACTS], ORIGIN_TEXT);
	*inv = answer->inv;
	return 0;
}

void topology_hide_serials(hwloc_topology_t topology)
{
	hwloc_obj_t machine = hwloc_get_root_obj(topology);

	for (unsigned i = 0; i < machine->infos_count; i++) {
		const struct hwloc_info_s *info = &machine->infos[i];

		if (!strncmp(info->name, "DMI", 3) &&
		    (strstr(info->name, "Serial") || strstr(info->name, "UUID")))
			info->value[0] = '\0';
	}
}

/* All PCI functions, not hwloc's "important" ones: it counts neither Neuron devices nor empty ports
 * among them. */
static int discover(hwloc_topology_t topology)
{
	hwloc_topology_set_flags(topology, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED);
	hwloc_topology_set_io_types_filter(topology, HWLOC_TYPE_FILTER_KEEP_ALL);
	hwloc_topology_set_type_filter(topology, HWLOC_OBJ_OS_DEVICE,
				       HWLOC_TYPE_FILTER_KEEP_IMPORTANT);
	return hwloc_topology_load(topology);
}

static int discover_in_child(void *data)
{
	hwloc_topology_t topology;
	char *xml = NULL;
	int size = 0;

	(void)data;
	/* hwloc writes XML without libxml, too. */
	clean_environment(PLUGINS ",hwloc_xml_libxml");
	if (hwloc_topology_init(&topology) || discover(topology))
		return 1;
	topology_hide_serials(topology);
	if (hwloc_topology_export_xmlbuffer(topology, &xml, &size, 0) || size < 1)
		return 2;
	return file_write_all(STDOUT_FILENO, xml, (size_t)size - 1) ? 3 : 0;
}

int topology_discover_save(const char *path, struct err *err)
{
	cleanup_free char *xml = NULL;
	struct child_result result;
	size_t size;
	int rc = child_call(discover_in_child, NULL, "hwloc", TOPOLOGY_DEADLINE_MS,
			    TOPOLOGY_SIZE_MAX, &xml, &size, &result, err);

	if (rc)
		return rc;
	if (result.exit_status == 1 || result.exit_status == 2)
		return err_set(err, -EIO, "hwloc cannot %s",
			       result.exit_status == 1 ? "discover this machine"
						       : "export what it found");
	if (result.exit_status)
		return explain(&result, "this machine", err);
	if (result.truncated)
		return err_set(err, -EFBIG,
			       "hwloc's export of this machine is larger than %u bytes",
			       TOPOLOGY_SIZE_MAX);
	return file_replace(path, xml, size, 0644, err);
}
