/* SPDX-License-Identifier: Apache-2.0 */
#include "pair.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <rdma/fi_cm.h>
#include <rdma/fi_errno.h>

#define ADDRESS_MAX 256
#define PAGE	    4096

static void shrink_queues(struct fi_info *info)
{
	if (info->tx_attr->size > PAIR_QUEUE)
		info->tx_attr->size = PAIR_QUEUE;
	if (info->rx_attr->size > PAIR_QUEUE)
		info->rx_attr->size = PAIR_QUEUE;
}

static int open_domain(struct pair *p, struct fi_info *info, const char **ret_what)
{
	struct fi_cq_attr cq = {.format = FI_CQ_FORMAT_MSG, .size = 4 * PAIR_QUEUE};
	struct fi_eq_attr eq = {.wait_obj = FI_WAIT_NONE};
	int rc;

	*ret_what = "fi_fabric";
	rc = fi_fabric(info->fabric_attr, &p->fabric, NULL);
	if (rc)
		return rc;
	if (fi_eq_open(p->fabric, &eq, &p->eq, NULL))
		p->eq = NULL;
	*ret_what = "fi_domain";
	rc = fi_domain(p->fabric, info, &p->domain, NULL);
	if (rc)
		return rc;
	*ret_what = "fi_cq_open";
	return fi_cq_open(p->domain, &cq, &p->cq, NULL);
}

static int open_endpoint(struct pair *p, struct fi_info *info, int i, const char **ret_what)
{
	struct fi_av_attr av = {.type = FI_AV_UNSPEC, .count = 2};
	int rc;

	*ret_what = "fi_av_open";
	rc = fi_av_open(p->domain, &av, &p->av[i], NULL);
	if (rc)
		return rc;
	*ret_what = "fi_endpoint";
	rc = fi_endpoint(p->domain, info, &p->ep[i], NULL);
	if (rc)
		return rc;
	*ret_what = "fi_ep_bind";
	rc = fi_ep_bind(p->ep[i], &p->cq->fid, FI_TRANSMIT | FI_RECV);
	if (!rc)
		rc = fi_ep_bind(p->ep[i], &p->av[i]->fid, 0);
	if (rc)
		return rc;
	/* Optional: a provider that refuses it reports errors in another way. */
	if (p->eq)
		(void)fi_ep_bind(p->ep[i], &p->eq->fid, 0);
	*ret_what = "fi_enable";
	return fi_enable(p->ep[i]);
}

/* Make endpoint i known to the other one. */
static int introduce(struct pair *p, int i, const char **ret_what)
{
	unsigned char name[ADDRESS_MAX];
	size_t length = sizeof(name);
	int rc;

	*ret_what = "fi_getname";
	rc = fi_getname(&p->ep[i]->fid, name, &length);
	if (rc)
		return rc;
	*ret_what = "fi_av_insert";
	rc = fi_av_insert(p->av[1 - i], name, 1, &p->peer[1 - i], 0, NULL);
	return rc == 1 ? 0 : rc < 0 ? rc : -FI_EADDRNOTAVAIL;
}

int pair_open(struct pair *pair, struct fi_info *info, size_t size, const char **ret_what)
{
	void *memory;
	int rc, i;

	memset(pair, 0, sizeof(*pair));
	shrink_queues(info);
	rc = open_domain(pair, info, ret_what);
	for (i = 0; !rc && i < 2; i++)
		rc = open_endpoint(pair, info, i, ret_what);
	for (i = 0; !rc && i < 2; i++)
		rc = introduce(pair, i, ret_what);
	if (rc)
		return rc;
	*ret_what = "memory";
	if (posix_memalign(&memory, PAGE, size))
		return -FI_ENOMEM;
	pair->memory = memory;
	pair->size = size;
	if (!(info->domain_attr->mr_mode & FI_MR_LOCAL))
		return 0;
	*ret_what = "fi_mr_reg";
	return fi_mr_reg(pair->domain, memory, size, FI_SEND | FI_RECV, 0, 1, 0, &pair->mr, NULL);
}

void pair_close(struct pair *p)
{
	int i;

	/* Users before what they use; members of a fid's struct begin with the fid. */
	for (i = 0; i < 2; i++)
		if (p->ep[i])
			fi_close(&p->ep[i]->fid);
	if (p->mr)
		fi_close(&p->mr->fid);
	for (i = 0; i < 2; i++)
		if (p->av[i])
			fi_close(&p->av[i]->fid);
	if (p->cq)
		fi_close(&p->cq->fid);
	if (p->domain)
		fi_close(&p->domain->fid);
	if (p->eq)
		fi_close(&p->eq->fid);
	if (p->fabric)
		fi_close(&p->fabric->fid);
	free(p->memory);
	memset(p, 0, sizeof(*p));
}
