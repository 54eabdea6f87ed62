/* SPDX-License-Identifier: Apache-2.0 */
#include "opener.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <string.h>

#include <infiniband/verbs.h>

#include "ability.h"
#include "clock.h"
#include "text.h"
#include "view.h"

#define STACK_SIZE ((size_t)256 << 10)

struct open_one {
	pthread_t thread;
	int fd;
	size_t rail;
	const char *name;
	struct ibv_device *device; /* NULL: not in the list */
};

/* What failed, NULL nothing; errno says why. */
static const char *try_device(struct ibv_device *device, enum probe_ability *ret_rdma_read)
{
	struct ibv_port_attr port;
	struct ibv_context *context;
	const char *failed = NULL;
	struct ibv_pd *pd = NULL;
	union ibv_gid gid;
	int saved;

	context = ibv_open_device(device);
	if (!context)
		return "opening the device";
	if (ibv_query_port(context, 1, &port))
		failed = "querying the port";
	else if (ibv_query_gid(context, 1, 0, &gid))
		failed = "querying the GID";
	else if (!(pd = ibv_alloc_pd(context)))
		failed = "allocating a protection domain";
	else
		*ret_rdma_read = ability_rdma_read(context);
	saved = errno;
	if (pd)
		ibv_dealloc_pd(pd);
	/* Closed in this thread: descriptors of a process with a hung thread stay open. */
	ibv_close_device(context);
	errno = saved;
	return failed;
}

/* device: NULL, there is none of this name. True: opened, and of ret_result only what the device
 * can do is touched. */
static bool opens(struct ibv_device *device, struct probe_result *ret_result)
{
	const char *failed;

	errno = 0;
	failed = device ? try_device(device, &ret_result->rdma_read)
			: "no RDMA device of this name";
	if (!failed)
		return true;
	ret_result->state = PROBE_FAIL;
	ret_result->step = PROBE_STEP_OPEN;
	ret_result->bytes = 0;
	ret_result->fi_error = device ? errno : ENODEV;
	text_format(ret_result->text, sizeof(ret_result->text), "%s%s%s", failed, errno ? ": " : "",
		    errno ? strerror(errno) : "");
	return false;
}

static void *open_one(void *arg)
{
	const struct open_one *one = arg;
	uint64_t start = clock_us();
	struct wire wire;

	wire_init(&wire, WIRE_RESULT, one->rail);
	wire.result.state = PROBE_PASS;
	wire.result.step = PROBE_STEP_DONE;
	wire.result.bytes = 1; /* a pass without bytes is no pass; the loopback says how many */
	opens(one->device, &wire.result);
	wire.result.open_ms = (unsigned)((clock_us() - start) / 1000);
	wire_send(one->fd, &wire);
	return NULL;
}

static struct ibv_device *find(struct ibv_device **list, int n, const char *name)
{
	int i;

	for (i = 0; i < n; i++)
		if (!strcmp(ibv_get_device_name(list[i]), name))
			return list[i];
	return NULL;
}

bool opener_try(const char *name, struct probe_result *ret_result)
{
	int n = 0;
	struct ibv_device **list = ibv_get_device_list(&n);

	return opens(list ? find(list, n, name) : NULL, ret_result);
}

void opener_main(int fd, const void *arg)
{
	static struct open_one all[NODE_RAILS_MAX];
	static const char *names[NODE_RAILS_MAX];
	const struct opener *o = arg;
	struct ibv_device **list;
	pthread_attr_t attr;
	bool threads;
	size_t i;
	int n = 0;

	for (i = 0; i < o->n; i++)
		names[i] = o->names[o->rails[i]];
	view_set(names, o->n);
	/* An arena for each thread would reserve more address space than a helper may have. */
	mallopt(M_ARENA_MAX, 2);
	list = ibv_get_device_list(&n);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	ability_load();
	threads = o->n > 1;
	for (i = 0; i < o->n; i++) {
		all[i] = (struct open_one){.fd = fd, .rail = o->rails[i], .name = names[i]};
		all[i].device = list ? find(list, n, names[i]) : NULL;
		if (!threads || pthread_create(&all[i].thread, &attr, open_one, &all[i])) {
			all[i].thread = pthread_self();
			open_one(&all[i]);
		}
	}
	for (i = 0; i < o->n; i++)
		if (!pthread_equal(all[i].thread, pthread_self()))
			pthread_join(all[i].thread, NULL);
}
