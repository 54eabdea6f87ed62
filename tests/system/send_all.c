/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an application does that takes every rail it is shown: send-all MESSAGES opens each domain
 * of the efa provider that libfabric lists in this environment, sends so many messages of 4096
 * bytes to itself over it, and prints "task N sent BYTES over DOMAIN".
 *
 * On fabric efa-direct, where a device counts the messages and nothing else.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rdma/fi_errno.h>

#include "pair.h"

#define MESSAGE	     4096
#define MESSAGES_MAX 4096
#define PATIENCE_S   30

static time_t deadline;

static int fail(const char *what, int error)
{
	fprintf(stderr, "send-all: %s: %s\n", what, fi_strerror(abs(error)));
	return 1;
}

static struct fi_info *list_domains(void)
{
	struct fi_info *hints = fi_allocinfo(), *list = NULL;
	int rc;

	if (!hints)
		return NULL;
	hints->fabric_attr->prov_name = strdup("efa");
	hints->fabric_attr->name = strdup("efa-direct");
	hints->ep_attr->type = FI_EP_RDM;
	hints->caps = FI_MSG;
	hints->mode = FI_CONTEXT | FI_CONTEXT2;
	hints->domain_attr->mr_mode = FI_MR_LOCAL | FI_MR_ALLOCATED | FI_MR_PROV_KEY |
				      FI_MR_VIRT_ADDR;
	rc = fi_getinfo(FI_VERSION(1, 14), NULL, NULL, 0, hints, &list);
	fi_freeinfo(hints);
	if (rc)
		fail("fi_getinfo", rc);
	return rc ? NULL : list;
}

/* Wait for both ends of one message. */
static int complete(struct pair *pair)
{
	struct fi_cq_msg_entry entry;
	int left = 2;

	while (left) {
		ssize_t n = fi_cq_read(pair->cq[0], &entry, 1);

		if (n == 1) {
			left--;
			if ((entry.flags & FI_RECV) && entry.len != MESSAGE)
				return fail("message", FI_ETRUNC);
		} else if (n != -FI_EAGAIN) {
			return fail("completion", (int)n);
		} else if (time(NULL) > deadline) {
			return fail("completion", FI_ETIMEDOUT);
		}
	}
	return 0;
}

static int send_one(struct pair *pair)
{
	void *desc = pair->mr[0] ? fi_mr_desc(pair->mr[0]) : NULL;
	ssize_t rc;

	rc = fi_recv(pair->ep[1], pair->memory + MESSAGE, MESSAGE, desc, pair->peer[1],
		     &pair->context[1]);
	if (rc)
		return fail("fi_recv", (int)rc);
	rc = fi_send(pair->ep[0], pair->memory, MESSAGE, desc, pair->peer[0], &pair->context[0]);
	if (rc)
		return fail("fi_send", (int)rc);
	return complete(pair);
}

static int send_over(struct fi_info *info, unsigned messages)
{
	const char *task = getenv("SLURM_PROCID"), *what = "";
	struct pair pair;
	static const struct pair_options options = {.size = 2 * (size_t)MESSAGE};
	int rc = pair_open(&pair, info, NULL, &options, &what);

	if (rc)
		return fail(what, rc);
	for (unsigned i = 0; !rc && i < messages; i++)
		rc = send_one(&pair);
	if (rc)
		return rc;
	printf("task %s sent %u over %s\n", task ? task : "?", messages * MESSAGE,
	       info->domain_attr->name);
	pair_close(&pair);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned long messages = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
	struct fi_info *list, *info;
	int rc = 0;

	if (!messages || messages > MESSAGES_MAX) {
		fprintf(stderr, "usage: send-all MESSAGES (1 to %d)\n", MESSAGES_MAX);
		return 2;
	}
	deadline = time(NULL) + PATIENCE_S;
	list = list_domains();
	for (info = list; info && !rc; info = info->next)
		rc = send_over(info, (unsigned)messages);
	rc = rc || !list;
	fi_freeinfo(list);
	return rc;
}
