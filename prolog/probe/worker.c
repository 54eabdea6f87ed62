/* SPDX-License-Identifier: Apache-2.0 */
#include "worker.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rdma/fabric.h>
#include <rdma/fi_domain.h>
#include <rdma/fi_endpoint.h>
#include <rdma/fi_errno.h>

#include "clock.h"
#include "domains.h"
#include "loopback.h"
#include "opener.h"
#include "text.h"
#include "view.h"

#define BAD_MAX	    4
#define PATIENCE_US 150000
#define SPIN_US	    3000
#define PAUSE_US    200
#define ALIVE_US    100000

/* A rail of the group and how far it is. */
struct trial {
	size_t rail;
	struct loopback *loopback; /* under way; NULL: not begun, or ended */
	struct probe_result result;
};

static void send_step(enum probe_step step, size_t rail, void *arg)
{
	struct wire wire;

	wire_init(&wire, WIRE_STEP, rail);
	wire.result.step = step;
	wire_send(*(const int *)arg, &wire);
}

static void send_result(int fd, const struct trial *trial)
{
	struct wire wire;

	wire_init(&wire, WIRE_RESULT, trial->rail);
	wire.result = trial->result;
	/* Nobody listens any more: nothing is left to do here. */
	if (!wire_send(fd, &wire))
		_exit(1);
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

	if (fi_getinfo(DOMAINS_API, NULL, NULL, FI_PROV_ATTR_ONLY, NULL, &list))
		return false;
	for (info = list; info; info = info->next)
		found |= info->fabric_attr && info->fabric_attr->prov_name &&
			 is_part(info->fabric_attr->prov_name, provider);
	fi_freeinfo(list);
	return found;
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
 * Begin with a rail on the fabrics that it is offered on, the wanted one first. What fails before
 * anything was sent is tried on the other one: a fabric that this release cannot do is no fault of
 * the rail.
 */
static void trial_begin(const struct worker *w, int *fd, struct trial *trial, struct fi_info *list)
{
	const char *name = w->names[trial->rail];
	struct loopback_options options = {
		.deadline_ms = w->rail_ms, .on_step = send_step, .rail = trial->rail, .arg = fd};
	struct probe_result *result = &trial->result;
	char device_dir[64 + NAME_TEXT];
	struct fi_info *info;
	int attempt;

	if (w->is_verbs) {
		text_format(device_dir, sizeof(device_dir), "/sys/class/infiniband/%s", name);
		options.device_dir = device_dir;
	}
	result->state = PROBE_FAIL;
	result->step = PROBE_STEP_GETINFO;
	result->fi_error = FI_ENODATA;
	text_format(result->text, sizeof(result->text), "provider %s lists no domain of it",
		    w->provider);
	for (attempt = 0; attempt < 2 && result->step <= PROBE_STEP_ENDPOINT; attempt++) {
		info = domains_find(list, name, w->is_verbs, w->classic == (attempt == 1));
		if (!info)
			continue;
		trial->loopback = loopback_start(info, &options, result);
		if (trial->loopback) {
			send_provider(*fd, info);
			return;
		}
	}
}

/* On a busy node a rail may take long though nothing is stuck: who watches must know. */
static void send_alive(int fd, size_t rail)
{
	static uint64_t sent_us;
	uint64_t now = clock_us();
	struct wire wire;

	if (now < sent_us + ALIVE_US)
		return;
	sent_us = now;
	wire_init(&wire, WIRE_ALIVE, rail);
	wire_send(fd, &wire);
}

/* Go on with every rail that is under way; how many still are. */
static size_t advance_all(int fd, struct trial *trials, size_t n)
{
	size_t i, busy = 0;

	for (i = 0; i < n; i++) {
		if (!trials[i].loopback)
			continue;
		if (loopback_advance(trials[i].loopback)) {
			if (!busy++)
				send_alive(fd, trials[i].rail);
			continue;
		}
		trials[i].loopback = NULL;
		send_result(fd, &trials[i]);
	}
	return busy;
}

/* A good rail answers at once; waiting for one that does not must not take the CPU from others. */
static void rest(uint64_t begun_us)
{
	static const struct timespec pause = {.tv_nsec = PAUSE_US * 1000};

	if (clock_us() < begun_us + SPIN_US)
		sched_yield();
	else
		nanosleep(&pause, NULL);
}

/*
 * One rail after another, since each gives back what the next one needs; but one that does not
 * answer soon is looked after beside those that follow, up to its deadline. What failed is never
 * given back: before that gets too much, the rest is left to another worker.
 */
static void run_trials(const struct worker *w, int fd, struct fi_info *list)
{
	static struct trial trials[NODE_RAILS_MAX];
	size_t i, bad = 0;
	uint64_t begun;
	struct wire wire;

	for (i = 0; i < w->n && bad < BAD_MAX; i++) {
		trials[i].rail = w->rails[i];
		trial_begin(w, &fd, &trials[i], list);
		if (!trials[i].loopback)
			send_result(fd, &trials[i]);
		begun = clock_us();
		while (advance_all(fd, trials, i + 1) && trials[i].loopback &&
		       clock_us() < begun + PATIENCE_US)
			rest(begun);
		bad += trials[i].loopback || trials[i].result.state != PROBE_PASS;
	}
	while (advance_all(fd, trials, i))
		rest(0);
	if (i == w->n)
		return;
	wire_init(&wire, WIRE_LEAVE, w->rails[i]);
	wire_send(fd, &wire);
}

/* A rail that is tested alone and was opened before may have gone dumb since then. */
static void send_no_info(const struct worker *w, int fd, int error)
{
	struct wire wire;

	wire_init(&wire, WIRE_NO_INFO, w->rails[0]);
	wire.result.state = PROBE_FAIL;
	wire.result.step = PROBE_STEP_GETINFO;
	wire.result.fi_error = error;
	wire.flag = provider_exists(w->provider);
	text_format(wire.result.text, sizeof(wire.result.text), "fi_getinfo: %s",
		    fi_strerror(error));
	if (w->n == 1 && w->is_verbs)
		opener_try(w->names[w->rails[0]], &wire.result);
	wire_send(fd, &wire);
}

void worker_main(int fd, const void *arg)
{
	static const char *names[NODE_RAILS_MAX];
	const struct worker *w = arg;
	struct fi_info *hints, *list = NULL;
	size_t i;
	int rc;

	for (i = 0; i < w->n; i++)
		names[i] = w->names[w->rails[i]];
	view_set(names, w->n);
	domains_keep_memory();
	hints = domains_hints(w->provider, FI_MSG);
	rc = hints ? fi_getinfo(DOMAINS_API, NULL, NULL, 0, hints, &list) : -FI_ENOMEM;
	if (rc)
		send_no_info(w, fd, abs(rc));
	else
		run_trials(w, fd, list);
}
