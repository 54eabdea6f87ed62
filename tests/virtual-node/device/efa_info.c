/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the function says of itself: features, limits, statistics. */
#include "efa.h"

#define ADMIN_API_VERSION 1
#define ADDRESS_BITS	  48
/* 4 KiB pages and larger. */
#define PAGE_SIZES 0xfffff000u

static const uint32_t features = 1u << EFA_FEATURE_DEVICE_ATTR | 1u << EFA_FEATURE_AENQ |
				 1u << EFA_FEATURE_NETWORK_ATTR | 1u << EFA_FEATURE_QUEUE_ATTR |
				 1u << EFA_FEATURE_HW_HINTS | 1u << EFA_FEATURE_HOST_INFO |
				 1u << EFA_FEATURE_EVENT_QUEUE_ATTR;

/* Linux refuses a function that lacks one of these. */
static const uint32_t event_groups = 1u << EFA_AENQ_FATAL_ERROR | 1u << EFA_AENQ_WARNING |
				     1u << EFA_AENQ_NOTIFICATION | 1u << EFA_AENQ_KEEP_ALIVE;

static void device_attr(const struct efa_dev *dev, struct efa_device_attr *attr)
{
	attr->features = features;
	attr->page_sizes = PAGE_SIZES;
	attr->api_version = ADMIN_API_VERSION;
	attr->device_version = dev->device_id;
	attr->db_bar = EFA_DB_BAR;
	attr->phys_bits = ADDRESS_BITS;
	attr->virt_bits = ADDRESS_BITS;
	attr->caps = EFA_CAP_RDMA_READ | EFA_CAP_RNR_RETRY | EFA_CAP_RDMA_WRITE;
	attr->max_rdma_size = EFA_MAX_RDMA_SIZE;
	attr->guid = dev->guid;
	attr->max_speed_gbps = dev->speed_gbps;
}

static void queue_attr(struct efa_queue_attr *attr)
{
	attr->max_qp = EFA_MAX_QP;
	attr->max_sq_depth = EFA_MAX_SQ_DEPTH;
	attr->inline_bytes = EFA_INLINE_BYTES;
	attr->max_rq_depth = EFA_MAX_RQ_DEPTH;
	attr->max_cq = EFA_MAX_CQ;
	attr->max_cq_depth = EFA_MAX_CQ_DEPTH;
	attr->sub_cqs = 1;
	attr->send_sges = EFA_SEND_SGES;
	attr->recv_sges = EFA_RECV_SGES;
	attr->max_mr = EFA_MAX_MR;
	attr->max_mr_pages = EFA_MAX_MR_PAGES;
	attr->max_pd = EFA_MAX_PD;
	attr->max_ah = EFA_MAX_AH;
	attr->max_llq_bytes = EFA_MAX_SQ_DEPTH * sizeof(struct efa_wqe);
	attr->rdma_sges = 1;
}

enum amzn_status efa_get_feature(struct efa_dev *dev, const union efa_request *req,
				 union efa_response *resp)
{
	switch (req->feature.feature) {
	case EFA_FEATURE_DEVICE_ATTR:
		device_attr(dev, &resp->feature.u.device);
		return AMZN_OK;
	case EFA_FEATURE_AENQ:
		resp->feature.u.aenq.supported = event_groups;
		resp->feature.u.aenq.enabled = dev->admin.events_enabled;
		return AMZN_OK;
	case EFA_FEATURE_NETWORK_ATTR:
		memcpy(resp->feature.u.network.gid, dev->gid, EFA_GID_BYTES);
		resp->feature.u.network.mtu = dev->mtu;
		return AMZN_OK;
	case EFA_FEATURE_QUEUE_ATTR:
		queue_attr(&resp->feature.u.queue);
		return AMZN_OK;
	case EFA_FEATURE_HW_HINTS:
		/* All zero: the driver keeps its own time-outs. */
		return AMZN_OK;
	case EFA_FEATURE_EVENT_QUEUE_ATTR:
		resp->feature.u.eq.max_eq = EFA_MAX_EQ;
		resp->feature.u.eq.max_depth = EFA_MAX_EQ_DEPTH;
		resp->feature.u.eq.events = EFA_EVENT_COMPLETION;
		return AMZN_OK;
	default:
		return AMZN_ILLEGAL_PARAMETER;
	}
}

enum amzn_status efa_set_feature(struct efa_dev *dev, const union efa_request *req)
{
	struct efa_aenq_attr aenq;

	switch (req->feature.feature) {
	case EFA_FEATURE_AENQ:
		memcpy(&aenq, req->feature.data, sizeof(aenq));
		if (aenq.enabled & ~event_groups)
			return AMZN_ILLEGAL_PARAMETER;
		dev->admin.events_enabled = aenq.enabled;
		return AMZN_OK;
	case EFA_FEATURE_HOST_INFO:
		/* The driver introduces itself; there is nothing to do with it. */
		return AMZN_OK;
	default:
		return AMZN_ILLEGAL_PARAMETER;
	}
}

enum amzn_status efa_get_stats(struct efa_dev *dev, const union efa_request *req,
			       union efa_response *resp)
{
	const struct efa_counters *counters = &dev->counters;
	const void *group;
	size_t size;

	switch (req->get_stats.type) {
	case EFA_STATS_BASIC:
		group = &counters->basic;
		size = sizeof(counters->basic);
		break;
	case EFA_STATS_MESSAGES:
		group = &counters->messages;
		size = sizeof(counters->messages);
		break;
	case EFA_STATS_RDMA_READ:
		group = &counters->read;
		size = sizeof(counters->read);
		break;
	case EFA_STATS_RDMA_WRITE:
		group = &counters->write;
		size = sizeof(counters->write);
		break;
	case EFA_STATS_NETWORK:
		group = &counters->network;
		size = sizeof(counters->network);
		break;
	default:
		return AMZN_ILLEGAL_PARAMETER;
	}
	memcpy(resp->stats.counter, group, size);
	return AMZN_OK;
}

_Static_assert(sizeof(((struct efa_counters *)0)->basic) <=
		       sizeof(((struct efa_stats_resp *)0)->counter),
	       "statistics fit in a response");
