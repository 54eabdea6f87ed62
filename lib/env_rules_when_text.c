/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions in words. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "env_rules_when.h"
#include "request.h"
#include "text.h"

__attribute__((format(printf, 2, 3))) static void add(char *buf, const char *fmt, ...)
{
	size_t used = strlen(buf);
	va_list args;

	if (used) {
		text_append(buf, ENV_WHEN_TEXT, ", ");
		used = strlen(buf);
	}
	va_start(args, fmt);
	vsnprintf(buf + used, ENV_WHEN_TEXT - used, fmt, args);
	va_end(args);
}

static void add_truth(char *buf, enum env_truth truth, const char *if_true, const char *if_false)
{
	if (truth != ENV_UNSAID)
		add(buf, "%s", truth == ENV_TRUE ? if_true : if_false);
}

/* "p5,p5en" is "p5 or p5en". */
static void add_names(char *buf, const char *what, const char *names)
{
	if (!*names)
		return;
	add(buf, "%s ", what);
	for (const char *at = names; *at;) {
		size_t n = strcspn(at, ",");

		text_append(buf, ENV_WHEN_TEXT, "%s%.*s", at == names ? "" : " or ", (int)n, at);
		at += n + (at[n] == ',');
	}
}

static void add_version(char *buf, const char *what, unsigned version)
{
	char text[16];

	if (!version)
		return;
	text_format(text, sizeof(text), "%u.%u", version / 1000, version % 1000);
	add(buf, "%s %s", what, text);
}

static void add_affinity(char *buf, unsigned bits)
{
	char names[96] = "";

	for (unsigned i = AFFINITY_AUTO; i <= AFFINITY_NONE; i++)
		if (bits >> i & 1)
			text_append(names, sizeof(names), "%s%s", *names ? "," : "",
				    affinity_text((enum affinity)i));
	add_names(buf, "the rails were chosen by", names);
}

static void add_node(char *buf, const struct env_when *when)
{
	static const char *const accels[] = {
		[ENV_ACCEL_NONE] = "no accelerators",
		[ENV_ACCEL_ANY] = "accelerators",
		[ENV_ACCEL_GPU] = "GPUs",
		[ENV_ACCEL_NEURON] = "Neuron devices",
	};

	if (when->accel != ENV_ACCEL_UNSAID)
		add(buf, "the node has %s", accels[when->accel]);
	add_names(buf, "the instance family is", when->family);
	add_names(buf, "the site's provider is", when->provider);
	add_version(buf, "the kernel is older than", when->kernel_below);
	add_truth(buf, when->rdma_read, "every rail can do RDMA read",
		  "not every rail can do RDMA read");
}

const char *env_when_text(const struct env_when *when, char *buf)
{
	*buf = '\0';
	add_node(buf, when);
	add_version(buf, "libfabric is at least", when->libfabric_min);
	add_version(buf, "libfabric is older than", when->libfabric_below);
	add_truth(buf, when->rails, "the node has a usable rail", "the node has no usable rail");
	add_truth(buf, when->narrow, "the rails are narrowed", "the rails are not narrowed");
	add_affinity(buf, when->affinity);
	add_names(buf, "--mpi is", when->mpi);
	add_truth(buf, when->empty, "it is empty", "it is not empty");
	add_truth(buf, when->on, "it means yes", "it means no");
	if (when->has_at_most)
		add(buf, "it is a number of at most %d", when->at_most);
	if (when->is[0])
		add(buf, "it is \"%s\"", when->is);
	if (when->with[0])
		add(buf, "%s is set", when->with);
	if (when->unless[0])
		add(buf, "%s is not set", when->unless);
	return buf;
}
