/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qemu/osdep.h"
#include "qemu/module.h"
#include "qapi/qapi-commands-control.h"
#include "qapi/qapi-types-control.h"
#include "qapi/error.h"
#include "hw/pci/pci.h"
#include "net/net.h"
#include "qemu_guard.h"

#ifndef QEMU_PACKAGE_VERSION
#error "the build gives the version of the QEMU package"
#endif
#if HOST_BIG_ENDIAN
#error "the model copies little endian structures as they are"
#endif

static const char built_for[] = QEMU_PACKAGE_VERSION;

static void refuse(const char *what, const char *expected, const char *found)
{
	fprintf(stderr,
		"virtual EFA devices: %s differs: built for %s, this QEMU has %s; build the "
		"devices "
		"again for the installed QEMU\n",
		what, expected, found);
	exit(1);
}

static void check_version(void)
{
	VersionInfo *version = qmp_query_version(&error_abort);
	/* Debian's form is "Debian 1:7.2+dfsg-7+deb12u18+b3". */
	const char *space = strchr(version->package, ' ');
	const char *package = space ? space + 1 : version->package;

	if (strcmp(package, built_for))
		refuse("the QEMU package version", built_for, version->package);
	qapi_free_VersionInfo(version);
}

static void check_size(const char *type, size_t expected)
{
	char ours[32], theirs[32];
	size_t found = object_type_get_instance_size(type);

	if (found == expected)
		return;
	snprintf(ours, sizeof(ours), "%zu bytes", expected);
	snprintf(theirs, sizeof(theirs), "%zu bytes", found);
	refuse(type, ours, theirs);
}

/* Sizes can be asked for only when QEMU's own types are registered, which is after this object's
 * registration: a type of our own whose class is initialized with all others, before any device. */
static void check_layout(ObjectClass *class G_GNUC_UNUSED, void *data G_GNUC_UNUSED)
{
	check_size(TYPE_DEVICE, sizeof(DeviceState));
	check_size(TYPE_PCI_DEVICE, sizeof(PCIDevice));
}

static const TypeInfo guard_info = {
	.name = "virtual-efa-guard",
	.parent = TYPE_OBJECT,
	.abstract = true,
	.class_init = check_layout,
};

static void register_types(void)
{
	check_version();
	type_register_static(&guard_info);
	efa_register_type();
	ena_register_type();
	pci_stub_register_type();
}

type_init(register_types)
