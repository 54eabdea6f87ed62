/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An hwloc export without what is private in it. hwloc adds pairs of name and value to its objects,
 * more of them with each release and plugin: those that are known to be harmless stay, all others
 * are masked. Comments and declarations go.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "snapshot_mask_impl.h"
#include "xml_text.h"

/* Names of infos that stay. A star at the end stands for anything. */
static bool is_harmless(const char *name)
{
	static const char *const names[] = {
		"Architecture",
		"Backend",
		"CPU*",
		"CUDA*",
		"ClusterMode",
		"CoProcType",
		"DAXType",
		"DMIBIOSDate",
		"DMIBIOSVendor",
		"DMIBIOSVersion",
		"DMIBoardName",
		"DMIBoardVendor",
		"DMIBoardVersion",
		"DMIChassisType",
		"DMIChassisVendor",
		"DMIProductName",
		"DMIProductVersion",
		"DMISysVendor",
		"GPUModel",
		"GPUVendor",
		"Inclusive",
		"LinuxCapacity",
		"LinuxDeviceID",
		"MemoryMode",
		"MemoryTier",
		"Model",
		"OSName",
		"OSRelease",
		"OSVersion",
		"OpenCL*",
		"PCIDevice",
		"PCISlot",
		"PCIVendor",
		"Port1LID",
		"Port1LMC",
		"Port1State",
		"Revision",
		"SectorSize",
		"Size",
		"Type",
		"Vendor",
		"hwlocVersion",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t n = strlen(names[i]);

		if (names[i][n - 1] == '*' ? !strncmp(name, names[i], n - 1)
					   : !strcmp(name, names[i]))
			return true;
	}
	return false;
}

static bool is_element(const char *tag, const char *name)
{
	return strcspn(tag + 1, " />") == strlen(name) && !strncmp(tag + 1, name, strlen(name));
}

/* The attribute of a tag that is masked whatever it looks like; NULL for none. */
static const char *private_attribute(const char *tag)
{
	char name[64], type[8];

	if (is_element(tag, "info")) {
		xml_text_attribute(tag, "name", name, sizeof(name));
		return is_harmless(name) ? NULL : "value";
	}
	/* Whatever an administrator or a program added, such as a process or a memory module. */
	xml_text_attribute(tag, "type", type, sizeof(type));
	return is_element(tag, "object") && !strcmp(type, "Misc") ? "name" : NULL;
}

/* "name=" at a place in a tag. */
static bool names_attribute(const char *text, const char *name)
{
	return name && !strncmp(text, name, strlen(name)) && text[strlen(name)] == '=';
}

/* One tag, in which values have neither quotation marks nor brackets. *at moves behind it. */
static int mask_tag(struct mask *mask, const char **at, FILE *out)
{
	const char *hidden = private_attribute(*at), *text = *at;
	size_t n;
	int r = 0;

	while (!r && text[n = strcspn(text, "\">")] == '"') {
		const char *blank = memrchr(text, ' ', n);
		bool is_hidden = blank && names_attribute(blank + 1, hidden);

		mask_keep(out, text, n + 1);
		text += n + 1;
		n = strcspn(text, "\"");
		r = is_hidden ? mask_opaque(mask, text, n, out) : mask_words(mask, text, n, out);
		mask_keep(out, text + n, 1);
		text += n + 1;
	}
	n = strcspn(text, ">") + 1;
	mask_keep(out, text, n);
	*at = text + n;
	return r;
}

/* Between tags hwloc writes nothing but blanks and numbers; what programs hang on objects as user
 * data can be anything. */
static int mask_plain(struct mask *mask, const char *at, FILE *out, struct err *err)
{
	int r = 0;

	while (!r && *at) {
		size_t n = strcspn(at, "<");

		if (strspn(at, " \t\n0123456789") < n || (at[n] && is_element(at + n, "userdata")))
			return err_set(err, -EINVAL, "text other than numbers, or user data");
		mask_keep(out, at, n);
		at += n;
		if (*at)
			r = mask_tag(mask, &at, out);
	}
	return r;
}

int mask_topology(struct mask *mask, const char *text, FILE *out, struct err *err)
{
	cleanup_free char *plain = strdup(text);
	size_t size = strlen(text);
	int r;

	if (!plain)
		return -ENOMEM;
	r = xml_text_plain(plain, &size, "topology", err);
	return r ? r : mask_plain(mask, plain, out, err);
}
