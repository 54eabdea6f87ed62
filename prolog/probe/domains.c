/* SPDX-License-Identifier: Apache-2.0 */
#include "domains.h"

#include <malloc.h>
#include <string.h>

#include <rdma/fi_domain.h>
#include <rdma/fi_endpoint.h>

#define MEMORY_KEPT (1 << 30)

struct fi_info *domains_hints(const char *provider, uint64_t caps)
{
	struct fi_info *hints = fi_allocinfo();

	if (!hints)
		return NULL;
	hints->fabric_attr->prov_name = strdup(provider);
	hints->ep_attr->type = FI_EP_RDM;
	hints->caps = caps;
	/* efa-direct wants both; every mode bit would turn message prefixes on. */
	hints->mode = FI_CONTEXT | FI_CONTEXT2;
	hints->domain_attr->mr_mode = FI_MR_LOCAL | FI_MR_ALLOCATED | FI_MR_PROV_KEY |
				      FI_MR_VIRT_ADDR;
	return hints;
}

static bool is_rails(const struct fi_info *info, const char *name, bool is_verbs)
{
	size_t n = strlen(name);
	const char *domain = info->domain_attr->name;

	if (!domain || strncmp(domain, name, n))
		return false;
	return !strcmp(domain + n, is_verbs ? "-rdm" : "");
}

struct fi_info *domains_find(struct fi_info *list, const char *name, bool is_verbs, bool direct)
{
	struct fi_info *info;

	for (info = list; info; info = info->next)
		if (is_rails(info, name, is_verbs) &&
		    direct == !strcmp(info->fabric_attr->name, "efa-direct"))
			return info;
	return NULL;
}

void domains_keep_memory(void)
{
	mallopt(M_MMAP_THRESHOLD, MEMORY_KEPT);
	mallopt(M_TRIM_THRESHOLD, MEMORY_KEPT);
}
