/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Faults as properties, for -device and, while the machine runs, for qom-set. */
#include "efa.h"
#include "qapi/error.h"
#include "qapi/visitor.h"
#include "hw/qdev-core.h"

#define MAX_UNRESP_MS 600000
#define MAX_SLOW_US   100000

void efa_faults_default(struct efa_faults *faults)
{
	*faults = (struct efa_faults){
		.link = true,
		.dev_ready = true,
		.unresp_ms = 1000,
	};
}

bool efa_path_ok(const struct efa_dev *from, const struct efa_dev *to)
{
	if (from != to && (from->faults.island || to->faults.island))
		return false;
	return from->faults.link && from->faults.dev_ready && to->faults.link &&
	       to->faults.dev_ready && !to->faults.hang;
}

void efa_faults_apply(struct efa_dev *dev)
{
	dev->admin.not_ready = !dev->faults.dev_ready;
	dev->admin.hang = dev->faults.admin_hang;
	/* Before realize there is nothing else yet. */
	if (!DEVICE(dev)->realized)
		return;
	amzn_admin_kick(&dev->admin);
	efa_qp_run_all(dev);
	efa_for_each(efa_wait_retry_all);
}

struct bool_fault {
	const char *name;
	const char *what;
	size_t offset;
};

static const struct bool_fault bool_faults[] = {
	{"link", "off: packets get nowhere", offsetof(struct efa_faults, link)},
	{"hang", "on: the data path stands still", offsetof(struct efa_faults, hang)},
	{"admin-hang", "on: admin commands are not answered",
	 offsetof(struct efa_faults, admin_hang)},
	{"island", "on: packets get to this function alone", offsetof(struct efa_faults, island)},
	{"dev-ready", "off: the function never gets ready", offsetof(struct efa_faults, dev_ready)},
};

struct number_fault {
	const char *name;
	const char *what;
	size_t offset;
	uint32_t max;
};

static const struct number_fault number_faults[] = {
	{"drop", "percentage of packets lost", offsetof(struct efa_faults, drop), 100},
	{"fail-status", "status that every work request ends with, 0: its own",
	 offsetof(struct efa_faults, fail_status), UINT8_MAX},
	{"unresp-ms", "ms until a peer counts as unresponsive",
	 offsetof(struct efa_faults, unresp_ms), MAX_UNRESP_MS},
	{"slow-us", "us that each packet takes longer", offsetof(struct efa_faults, slow_us),
	 MAX_SLOW_US},
};

static void *fault_field(Object *obj, size_t offset)
{
	return (char *)&EFA_DEV(obj)->faults + offset;
}

static void get_bool(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
	const struct bool_fault *fault = opaque;

	visit_type_bool(v, name, fault_field(obj, fault->offset), errp);
}

static void set_bool(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
	const struct bool_fault *fault = opaque;
	bool value;

	if (!visit_type_bool(v, name, &value, errp))
		return;
	*(bool *)fault_field(obj, fault->offset) = value;
	efa_faults_apply(EFA_DEV(obj));
}

static void get_number(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
	const struct number_fault *fault = opaque;

	visit_type_uint32(v, name, fault_field(obj, fault->offset), errp);
}

static void set_number(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
	const struct number_fault *fault = opaque;
	uint32_t value;

	if (!visit_type_uint32(v, name, &value, errp))
		return;
	if (value > fault->max) {
		error_setg(errp, "%s is at most %u, not %u", name, fault->max, value);
		return;
	}
	*(uint32_t *)fault_field(obj, fault->offset) = value;
	efa_faults_apply(EFA_DEV(obj));
}

void efa_faults_register(ObjectClass *class)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bool_faults); i++) {
		const struct bool_fault *fault = &bool_faults[i];

		object_class_property_add(class, fault->name, "bool", get_bool, set_bool, NULL,
					  (void *)fault);
		object_class_property_set_description(class, fault->name, fault->what);
	}
	for (i = 0; i < ARRAY_SIZE(number_faults); i++) {
		const struct number_fault *fault = &number_faults[i];

		object_class_property_add(class, fault->name, "uint32", get_number, set_number,
					  NULL, (void *)fault);
		object_class_property_set_description(class, fault->name, fault->what);
	}
}
