/* SPDX-License-Identifier: Apache-2.0 */
#include "env_rules_when.h"

#include <string.h>

bool env_is_variable(const char *text)
{
	static const char first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";

	return text[0] && strchr(first, text[0]) &&
	       !text[strspn(text, "0123456789ABCDEFGHIJKLMN"
				  "OPQRSTUVWXYZabcdefghijkl"
				  "mnopqrstuvwxyz_")];
}

/* Two numbers with a dot between them, as major * 1000 + minor; *ret_end: what follows them. */
static unsigned read_version(const char *text, const char **ret_end)
{
	unsigned part[2] = {0, 0};

	for (int i = 0; i < 2; i++) {
		unsigned digits = 0;

		for (; *text >= '0' && *text <= '9'; text++, digits++)
			part[i] = digits < 3 ? part[i] * 10 + (unsigned)(*text - '0') : 0;
		if (!digits || digits > 3 || (!i && *text++ != '.'))
			return 0;
	}
	*ret_end = text;
	return part[0] * 1000 + part[1];
}

unsigned env_libfabric_version(const char *text)
{
	const char *end = "";
	unsigned version = read_version(text, &end);

	return *end && *end != '.' ? 0 : version;
}

bool env_when_lists(const char *list, const char *word, size_t length)
{
	for (const char *at = list; *at; at += strcspn(at, ",")) {
		at += *at == ',';
		if (length && strcspn(at, ",") == length && !memcmp(at, word, length))
			return true;
	}
	return false;
}

static bool accel_holds(enum env_accel accel, const struct env_node *node)
{
	switch (accel) {
	case ENV_ACCEL_UNSAID:
		break;
	case ENV_ACCEL_NONE:
		return !node->gpu && !node->neuron && !node->other_accel;
	case ENV_ACCEL_ANY:
		return node->gpu || node->neuron || node->other_accel;
	case ENV_ACCEL_GPU:
		return node->gpu;
	case ENV_ACCEL_NEURON:
		return node->neuron;
	}
	return true;
}

/* "p5en" of "p5en.48xlarge". */
static bool family_holds(const char *families, const char *type)
{
	return strchr(type, '.') && env_when_lists(families, type, strcspn(type, "."));
}

static bool kernel_holds(unsigned below, const char *kernel)
{
	const char *rest;
	unsigned version = read_version(kernel, &rest);

	return version && version < below;
}

void env_when_against(const struct env_when *when, const struct env_node *node,
		      struct env_when *ret_when)
{
	memset(ret_when, 0, sizeof(*ret_when));
	if (!accel_holds(when->accel, node))
		ret_when->accel = when->accel;
	if (when->provider[0] && strcmp(when->provider, node->provider) != 0)
		memcpy(ret_when->provider, when->provider, sizeof(ret_when->provider));
	if (when->family[0] && !family_holds(when->family, node->instance_type))
		memcpy(ret_when->family, when->family, sizeof(ret_when->family));
	if (when->kernel_below && !kernel_holds(when->kernel_below, node->kernel))
		ret_when->kernel_below = when->kernel_below;
	if (when->rdma_read != ENV_UNSAID && when->rdma_read != node->rdma_read)
		ret_when->rdma_read = when->rdma_read;
}

void env_when_of_task(const struct env_when *when, struct env_when *ret_when)
{
	struct env_when rest;

	memcpy(&rest, when, sizeof(rest));
	rest.accel = ENV_ACCEL_UNSAID;
	memset(rest.provider, 0, sizeof(rest.provider));
	memset(rest.family, 0, sizeof(rest.family));
	rest.kernel_below = 0;
	rest.rdma_read = ENV_UNSAID;
	memcpy(ret_when, &rest, sizeof(rest));
}

bool env_when_libfabric(const struct env_when *when, unsigned version)
{
	if ((when->libfabric_min || when->libfabric_below) && !version)
		return false;
	if (version < when->libfabric_min)
		return false;
	return !when->libfabric_below || version < when->libfabric_below;
}

bool env_when_is_none(const struct env_when *when)
{
	return when->accel == ENV_ACCEL_UNSAID && !when->provider[0] && !when->family[0] &&
	       !when->kernel_below && !when->rdma_read && !when->libfabric_min &&
	       !when->libfabric_below && !when->narrow && !when->rails && !when->empty &&
	       !when->on && !when->has_at_most && !when->is[0] && !when->with[0] &&
	       !when->unless[0] && !when->affinity && !when->mpi[0];
}
