/* SPDX-License-Identifier: Apache-2.0 */
#include "worker.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include <rdma/fabric.h>
#include <rdma/fi_domain.h>
#include <rdma/fi_endpoint.h>
#include <rdma/fi_errno.h>

#include "loopback.h"
#include "text.h"
#include "view.h"

/*
 * The interface version asked for. Below 1.18 efa leaves RDMA read out on the first two
 * generations unless told otherwise: plain sends, the same on all of them.
 */
#define API_VERSION FI_VERSION(1, 14)

#define MEMORY_KEPT	  (1 << 30)
#define PATIENCE_LEAST_MS 250
#define PATIENCE_TIMES	  6

struct rail_steps {
	int fd;
	size_t rail;
};

static void send_step(enum probe_step step, void *arg)
{
	const struct rail_steps *s = arg;
	struct wire wire;

	wire_init(&wire, WIRE_STEP, s->rail);
	wire.result.step = step;
	wire_send(s->fd, &wire);
}

static struct fi_info *make_hints(const char *provider)
{
	struct fi_info *hints = fi_allocinfo();

	if (!hints)
		return NULL;
	hints->fabric_attr->prov_name = strdup(provider);
	hints->ep_attr->type = FI_EP_RDM;
	hints->caps = FI_MSG;
	/* efa-direct wants both; every mode bit would turn message prefixes on. */
	hints->mode = FI_CONTEXT | FI_CONTEXT2;
	hints->domain_attr->mr_mode = FI_MR_LOCAL | FI_MR_ALLOCATED | FI_MR_PROV_KEY |
				      FI_MR_VIRT_ADDR;
	return hints;
}

/* "efa" is one of "efa;ofi_rxd", whose parts are layered upon each other. */
static bool is_part(const char *names, const char *name)
{
	size_t n = strlen(name);
	const char *at;

	for (at = names; at; at = strchr(at, ';')) {
		at += *at == ';';
		if (!strncmp(at, name, n) && (!at[n] || at[n] == ';'))
			return true;
	}
	return false;
}

/* Asked for providers alone, fi_getinfo lists what the library has, used or not. */
static bool provider_exists(const char *provider)
{
	struct fi_info *list = NULL, *info;
	bool found = false;

	if (fi_getinfo(API_VERSION, NULL, NULL, FI_PROV_ATTR_ONLY, NULL, &list))
		return false;
	for (info = list; info; info = info->next)
		found |= info->fabric_attr && info->fabric_attr->prov_name &&
			 is_part(info->fabric_attr->prov_name, provider);
	fi_freeinfo(list);
	return found;
}

static bool is_rails_domain(const struct worker *w, const struct fi_info *info, const char *name)
{
	size_t n = strlen(name);
	const char *domain = info->domain_attr->name;

	if (!domain || strncmp(domain, name, n))
		return false;
	return !strcmp(domain + n, w->is_verbs ? "-rdm" : "");
}

/* The first entry of the rail that is, or is not, efa-direct. */
static struct fi_info *find_info(const struct worker *w, struct fi_info *list, const char *name,
				 bool direct)
{
	struct fi_info *info;

	for (info = list; info; info = info->next)
		if (is_rails_domain(w, info, name) &&
		    direct == !strcmp(info->fabric_attr->name, "efa-direct"))
			return info;
	return NULL;
}

static void send_provider(int fd, const struct fi_info *info)
{
	struct wire wire;

	wire_init(&wire, WIRE_PROVIDER, 0);
	text_printable(wire.provider, sizeof(wire.provider), info->fabric_attr->prov_name);
	text_printable(wire.fabric, sizeof(wire.fabric), info->fabric_attr->name);
	wire_send(fd, &wire);
}

/*
 * How long a rail may take. In a group a dead one keeps the others waiting, so that it gets some
 * times what a good one took, and its full time when it is tried again alone.
 */
static unsigned patience(const struct worker *w, unsigned slowest_ms)
{
	unsigned most = MAX(w->rail_ms / 2, 1);

	if (w->classic)
		return w->rail_ms;
	return slowest_ms ? MIN(most, PATIENCE_LEAST_MS + PATIENCE_TIMES * slowest_ms) : most;
}

/*
 * The fabrics that the rail is offered on, the wanted one first. Only what fails before anything
 * was sent is tried on the other one: a fabric that this release cannot do is no fault of the rail.
 */
static void test_rail(const struct worker *w, int fd, size_t rail, struct fi_info *list,
		      unsigned deadline_ms, struct probe_result *result)
{
	const char *name = w->names[rail];
	struct rail_steps steps = {.fd = fd, .rail = rail};
	struct loopback_options options = {
		.deadline_ms = deadline_ms, .on_step = send_step, .arg = &steps};
	char device_dir[64 + NAME_TEXT];
	struct fi_info *info;
	int attempt;

	if (w->is_verbs) {
		text_format(device_dir, sizeof(device_dir), "/sys/class/infiniband/%s", name);
		options.device_dir = device_dir;
	}
	memset(result, 0, sizeof(*result));
	result->state = PROBE_FAIL;
	result->step = PROBE_STEP_GETINFO;
	result->fi_error = FI_ENODATA;
	text_format(result->text, sizeof(result->text), "provider %s lists no domain of it",
		    w->provider);
	for (attempt = 0; attempt < 2; attempt++) {
		info = find_info(w, list, name, w->classic == (attempt == 1));
		if (!info)
			continue;
		loopback_run(info, &options, result);
		if (result->state == PROBE_PASS)
			send_provider(fd, info);
		if (result->state != PROBE_FAIL || result->step > PROBE_STEP_ENDPOINT)
			return;
	}
}

/*
 * What one rail gave back serves the next: each takes some 10 MiB in large pieces, and fresh pages
 * cost more than all the rest.
 */
static void keep_memory(void)
{
	mallopt(M_MMAP_THRESHOLD, MEMORY_KEPT);
	mallopt(M_TRIM_THRESHOLD, MEMORY_KEPT);
}

void worker_main(int fd, const void *arg)
{
	static const char *names[NODE_RAILS_MAX];
	const struct worker *w = arg;
	struct fi_info *hints, *list = NULL;
	unsigned slowest_ms = 0;
	struct wire wire;
	size_t i;
	int rc;

	for (i = 0; i < w->n; i++)
		names[i] = w->names[w->rails[i]];
	view_set(names, w->n);
	keep_memory();
	hints = make_hints(w->provider);
	rc = hints ? fi_getinfo(API_VERSION, NULL, NULL, 0, hints, &list) : -FI_ENOMEM;
	if (rc) {
		wire_init(&wire, WIRE_NO_INFO, w->rails[0]);
		wire.result.state = PROBE_FAIL;
		wire.result.step = PROBE_STEP_GETINFO;
		wire.result.fi_error = abs(rc);
		wire.flag = provider_exists(w->provider);
		text_format(wire.result.text, sizeof(wire.result.text), "fi_getinfo: %s",
			    fi_strerror(abs(rc)));
		wire_send(fd, &wire);
		return;
	}
	for (i = 0; i < w->n; i++) {
		wire_init(&wire, WIRE_RESULT, w->rails[i]);
		test_rail(w, fd, w->rails[i], list, patience(w, slowest_ms), &wire.result);
		if (wire.result.state == PROBE_PASS)
			slowest_ms = MAX(slowest_ms, wire.result.total_ms + 1);
		if (!wire_send(fd, &wire))
			return;
	}
}
