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

static int open_domain(struct pair *p, struct fi_info *info, int i, const char **ret_what)
{
	struct fi_cq_attr cq = {.format = FI_CQ_FORMAT_MSG, .size = 4 * PAIR_QUEUE};
	struct fi_eq_attr eq = {.wait_obj = FI_WAIT_NONE};
	int rc;

	*ret_what = "fi_fabric";
	rc = fi_fabric(info->fabric_attr, &p->fabric[i], NULL);
	if (rc)
		return rc;
	if (fi_eq_open(p->fabric[i], &eq, &p->eq[i], NULL))
		p->eq[i] = NULL;
	*ret_what = "fi_domain";
	rc = fi_domain(p->fabric[i], info, &p->domain[i], NULL);
	if (rc)
		return rc;
	*ret_what = "fi_cq_open";
	return fi_cq_open(p->domain[i], &cq, &p->cq[i], NULL);
}

static int open_domains(struct pair *p, struct fi_info *info, struct fi_info *other,
			const char **ret_what)
{
	int rc = open_domain(p, info, 0, ret_what);

	if (other)
		return rc ? rc : open_domain(p, other, 1, ret_what);
	p->fabric[1] = p->fabric[0];
	p->eq[1] = p->eq[0];
	p->domain[1] = p->domain[0];
	p->cq[1] = p->cq[0];
	return rc;
}

static int open_endpoint(struct pair *p, struct fi_info *info, int i, const char **ret_what)
{
	struct fi_av_attr av = {.type = FI_AV_UNSPEC, .count = 2};
	int rc;

	*ret_what = "fi_av_open";
	rc = fi_av_open(p->domain[i], &av, &p->av[i], NULL);
	if (rc)
		return rc;
	*ret_what = "fi_endpoint";
	rc = fi_endpoint(p->domain[i], info, &p->ep[i], NULL);
	if (rc)
		return rc;
	*ret_what = "fi_ep_bind";
	rc = fi_ep_bind(p->ep[i], &p->cq[i]->fid, FI_TRANSMIT | FI_RECV);
	if (!rc)
		rc = fi_ep_bind(p->ep[i], &p->av[i]->fid, 0);
	if (rc)
		return rc;
	/* Optional: a provider that refuses it reports errors in another way. */
	if (p->eq[i])
		(void)fi_ep_bind(p->ep[i], &p->eq[i]->fid, 0);
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

/* Keys that the provider does not choose must differ within a domain. */
static int register_memory(struct pair *p, const struct fi_info *info, int i, uint64_t access)
{
	if (!access && !(info->domain_attr->mr_mode & FI_MR_LOCAL))
		return 0;
	return fi_mr_reg(p->domain[i], p->memory, p->size, FI_SEND | FI_RECV | access, 0, 1, 0,
			 &p->mr[i], NULL);
}

int pair_open(struct pair *pair, struct fi_info *info, struct fi_info *other,
	      const struct pair_options *options, const char **ret_what)
{
	struct fi_info *infos[2] = {info, other ? other : info};
	void *memory;
	int rc, i;

	memset(pair, 0, sizeof(*pair));
	shrink_queues(info);
	if (other)
		shrink_queues(other);
	rc = open_domains(pair, info, other, ret_what);
	for (i = 0; !rc && i < 2; i++)
		rc = open_endpoint(pair, infos[i], i, ret_what);
	for (i = 0; !rc && i < 2; i++)
		rc = introduce(pair, i, ret_what);
	if (rc)
		return rc;
	*ret_what = "memory";
	if (posix_memalign(&memory, PAGE, options->size))
		return -FI_ENOMEM;
	pair->memory = memory;
	pair->size = options->size;
	*ret_what = "fi_mr_reg";
	rc = register_memory(pair, info, 0, options->access);
	if (other)
		return rc ? rc : register_memory(pair, other, 1, options->access);
	pair->mr[1] = pair->mr[0];
	return rc;
}

static void close_one(struct fid *fid)
{
	if (fid)
		fi_close(fid);
}

#define CLOSE(object) close_one((object) ? &(object)->fid : NULL)

void pair_close(struct pair *p)
{
	int ends = p->domain[1] && p->domain[1] != p->domain[0] ? 2 : 1, i;

	/* Users before what they use. */
	for (i = 0; i < 2; i++)
		CLOSE(p->ep[i]);
	for (i = 0; i < ends; i++)
		CLOSE(p->mr[i]);
	for (i = 0; i < 2; i++)
		CLOSE(p->av[i]);
	for (i = 0; i < ends; i++)
		CLOSE(p->cq[i]);
	for (i = 0; i < ends; i++)
		CLOSE(p->domain[i]);
	for (i = 0; i < ends; i++)
		CLOSE(p->eq[i]);
	for (i = 0; i < ends; i++)
		CLOSE(p->fabric[i]);
	free(p->memory);
	memset(p, 0, sizeof(*p));
}
