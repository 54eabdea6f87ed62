/* SPDX-License-Identifier: Apache-2.0 */
/* Driver, devices, libfabric, and the parts of efa-layout itself. */
#include <stdio.h>
#include <string.h>

#include "doctor.h"
#include "text.h"

static void judge_driver(struct doctor *doctor)
{
	if (!doctor->efa_functions) {
		doctor_say(doctor, CHECK_DRIVER, DOCTOR_OK,
			   "no EFA function here; efa-layout check says whether there should be");
	} else if (!doctor->efa_loaded) {
		doctor_say(doctor, CHECK_DRIVER, DOCTOR_FAIL,
			   "%u EFA functions, but the module efa is not loaded",
			   doctor->efa_functions);
		doctor_remedy(doctor, CHECK_DRIVER,
			      "modprobe efa; after a kernel update install the driver again (dkms "
			      "status, or the EFA installer)");
	} else if (!doctor->uverbs_loaded) {
		doctor_say(doctor, CHECK_DRIVER, DOCTOR_FAIL,
			   "the module ib_uverbs is not loaded: programs find no EFA device");
		doctor_remedy(doctor, CHECK_DRIVER,
			      "modprobe ib_uverbs; echo ib_uverbs >/etc/modules-load.d/efa.conf");
	} else if (doctor->efa_bound < doctor->efa_functions) {
		doctor_say(doctor, CHECK_DRIVER, DOCTOR_FAIL,
			   "%u of %u EFA functions have the driver efa", doctor->efa_bound,
			   doctor->efa_functions);
		doctor_remedy(doctor, CHECK_DRIVER,
			      "dmesg | grep efa says why; efa-layout show says which");
	} else {
		doctor_say(doctor, CHECK_DRIVER, DOCTOR_OK, "%u EFA functions, efa %s",
			   doctor->efa_functions,
			   *doctor->efa_version ? doctor->efa_version : "of the kernel");
	}
}

static void judge_devices(struct doctor *doctor)
{
	if (!*doctor->closed) {
		doctor_say(doctor, CHECK_DEVICES, DOCTOR_OK, "%u devices", doctor->n_devices);
		return;
	}
	doctor_say(doctor, CHECK_DEVICES, DOCTOR_FAIL, "%s, expected 0666: jobs cannot use EFA",
		   doctor->closed);
	doctor_remedy(doctor, CHECK_DEVICES,
		      "install rdma-core's udev rules, or write into "
		      "/etc/udev/rules.d/90-efa.rules: KERNEL==\"uverbs*\", "
		      "SUBSYSTEM==\"infiniband_verbs\", MODE=\"0666\"; then udevadm trigger");
}

static void judge_libfabric(struct doctor *doctor)
{
	if (!*doctor->libfabric) {
		doctor_say(doctor, CHECK_LIBFABRIC, DOCTOR_FAIL,
			   "no libfabric.so.1 where the probe looks (%s)", EFA_LAYOUT_LIBFABRIC);
		doctor_remedy(doctor, CHECK_LIBFABRIC,
			      "install libfabric there (the EFA installer, or libfabric1); without "
			      "it rails are not tested");
	} else if (!doctor->libfabric_efa) {
		doctor_say(doctor, CHECK_LIBFABRIC, DOCTOR_FAIL,
			   "%s has no provider efa: neither linked with libefa nor libefa-fi.so",
			   doctor->libfabric);
		doctor_remedy(doctor, CHECK_LIBFABRIC,
			      "install a libfabric that was built with the efa provider (the EFA "
			      "installer's is)");
	} else if (*doctor->libfabric_problem) {
		doctor_say(doctor, CHECK_LIBFABRIC, DOCTOR_FAIL, "%s", doctor->libfabric_problem);
		doctor_remedy(doctor, CHECK_LIBFABRIC,
			      "install the probe again, for the libfabric that is here");
	} else {
		doctor_say(doctor, CHECK_LIBFABRIC, DOCTOR_OK, "%s%s%s", doctor->libfabric,
			   *doctor->libfabric_version ? ", version " : "",
			   doctor->libfabric_version);
	}
}

/* libslurm's name counts releases: 38 is that of 22.05, 45 that of 26.05. */
static unsigned library_release(const char *name)
{
	static const unsigned releases[] = {RELEASE(22, 5),  RELEASE(23, 2),  RELEASE(23, 11),
					    RELEASE(24, 5),  RELEASE(24, 11), RELEASE(25, 5),
					    RELEASE(25, 11), RELEASE(26, 5)};
	unsigned number;

	if (sscanf(name, "libslurm.so.%3u", &number) != 1 || number < 38 ||
	    number - 38 >= sizeof(releases) / sizeof(releases[0]))
		return 0;
	return releases[number - 38];
}

static void judge_helper(struct doctor *doctor)
{
	unsigned built = library_release(doctor->helper_library);
	const char *path = doctor->options->slurm_helper;
	char text[RELEASE_TEXT], here[RELEASE_TEXT];

	doctor_release_text(built, text);
	doctor_release_text(doctor->release, here);
	if (doctor->helper_unknown) {
		doctor_say(doctor, CHECK_HELPER, DOCTOR_UNKNOWN, "%s cannot be read", path);
		return;
	}
	if (!doctor->helper_missing && doctor->helper_loads &&
	    (!built || !doctor->release || built == doctor->release)) {
		doctor_say(doctor, CHECK_HELPER, DOCTOR_OK, "%s%s%s", path,
			   *doctor->helper_library ? ", " : "", doctor->helper_library);
		return;
	}
	if (doctor->helper_missing)
		doctor_say(
			doctor, CHECK_HELPER, DOCTOR_WARN,
			"%s is not there: scontrol and scancel do, and a refused job is cancelled "
			"instead of failed",
			path);
	else if (built && doctor->release && built != doctor->release)
		doctor_say(doctor, CHECK_HELPER, DOCTOR_WARN,
			   "%s was built for Slurm %s (%s), installed is %s", path, text,
			   doctor->helper_library, here);
	else
		doctor_say(doctor, CHECK_HELPER, DOCTOR_WARN, "%s needs %s, which is not there",
			   path, doctor->helper_library);
	doctor_remedy(doctor, CHECK_HELPER,
		      "install the efa-layout-slurm that was built for Slurm %s", here);
}

static void judge_versions(struct doctor *doctor)
{
	const struct doctor_version *own = &doctor->versions[0], *unknown = NULL;

	for (size_t i = 1; i < doctor->n_versions; i++) {
		const struct doctor_version *one = &doctor->versions[i];

		if (!*one->text) {
			unknown = unknown ? unknown : one;
			continue;
		}
		if (!strcmp(one->text, own->text))
			continue;
		doctor_say(doctor, CHECK_VERSIONS, DOCTOR_WARN,
			   "%s (%s) is of version %s, this is %s", one->what, one->path, one->text,
			   own->text);
		doctor_remedy(doctor, CHECK_VERSIONS,
			      "install all of efa-layout's packages in version %s", own->text);
		return;
	}
	if (unknown)
		doctor_say(doctor, CHECK_VERSIONS, DOCTOR_UNKNOWN, "%s: %s", unknown->what,
			   unknown->problem);
	else
		doctor_say(doctor, CHECK_VERSIONS, DOCTOR_OK, "%s", own->text);
}

void doctor_judge_fabric(struct doctor *doctor)
{
	judge_driver(doctor);
	judge_devices(doctor);
	judge_libfabric(doctor);
	judge_helper(doctor);
	judge_versions(doctor);
}
