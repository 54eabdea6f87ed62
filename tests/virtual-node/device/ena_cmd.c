/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The admin requests of the network card. */
#include "ena.h"

#define ADDRESS_BITS	48
#define TX_HEADER_BYTES 96
/* The only version of the extended queue limits that drivers know. */
#define QUEUE_ATTR_VERSION 1
#define MIN_MTU		   68

/* No LLQ: the driver then keeps its queues in host memory. No RSS: one receive queue gets all. */
static const uint32_t features = 1u << ENA_FEATURE_DEVICE_ATTR | 1u << ENA_FEATURE_MAX_QUEUES_EXT |
				 1u << ENA_FEATURE_OFFLOAD | 1u << ENA_FEATURE_MTU |
				 1u << ENA_FEATURE_AENQ | 1u << ENA_FEATURE_LINK |
				 1u << ENA_FEATURE_HOST_ATTR;

static const uint32_t event_groups = 1u << ENA_AENQ_LINK_CHANGE | 1u << ENA_AENQ_FATAL_ERROR |
				     1u << ENA_AENQ_WARNING | 1u << ENA_AENQ_NOTIFICATION |
				     1u << ENA_AENQ_KEEP_ALIVE;

static bool depth_ok(uint32_t depth)
{
	return depth && !(depth & (depth - 1)) && depth <= ENA_MAX_DEPTH;
}

static void queue_attr(struct ena_queue_attr *attr)
{
	attr->version = QUEUE_ATTR_VERSION;
	attr->tx_sqs = attr->tx_cqs = attr->rx_sqs = attr->rx_cqs = ENA_QUEUES;
	attr->tx_sq_depth = attr->tx_cq_depth = ENA_MAX_DEPTH;
	attr->rx_sq_depth = attr->rx_cq_depth = ENA_MAX_DEPTH;
	attr->tx_header_bytes = TX_HEADER_BYTES;
	attr->tx_descs = ENA_TX_DESCS;
	attr->rx_descs = ENA_RX_DESCS;
}

/* Bit n stands for the n-th of these speeds. */
static uint32_t speed_bit(uint32_t mbps)
{
	static const uint32_t speeds[] = {1000,	 2500,	5000,	10000,	25000,
					  40000, 50000, 100000, 200000, 400000};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(speeds); i++)
		if (speeds[i] == mbps)
			return 1u << i;
	return 0;
}

static enum amzn_status get_feature(struct ena_dev *dev, const union ena_request *req,
				    struct ena_feature_resp *resp)
{
	struct ena_device_attr *attr = &resp->u.device;

	switch (req->feature.feature) {
	case ENA_FEATURE_DEVICE_ATTR:
		attr->features = features;
		attr->phys_bits = ADDRESS_BITS;
		attr->virt_bits = ADDRESS_BITS;
		memcpy(attr->mac, dev->conf.macaddr.a, sizeof(attr->mac));
		attr->max_mtu = ENA_MAX_MTU;
		return AMZN_OK;
	case ENA_FEATURE_MAX_QUEUES_EXT:
		queue_attr(&resp->u.queue);
		return AMZN_OK;
	case ENA_FEATURE_OFFLOAD:
		/* All zero: no checksums, no segmentation. */
		return AMZN_OK;
	case ENA_FEATURE_AENQ:
		resp->u.aenq.supported = event_groups;
		resp->u.aenq.enabled = dev->admin.events_enabled;
		return AMZN_OK;
	case ENA_FEATURE_LINK:
		resp->u.link.speed_mbps = dev->speed_mbps;
		resp->u.link.supported = speed_bit(dev->speed_mbps);
		resp->u.link.flags = ENA_LINK_FULL_DUPLEX;
		return AMZN_OK;
	default:
		return AMZN_UNSUPPORTED_OPCODE;
	}
}

static enum amzn_status set_feature(struct ena_dev *dev, const union ena_request *req)
{
	struct ena_aenq_attr aenq;

	switch (req->feature.feature) {
	case ENA_FEATURE_AENQ:
		memcpy(&aenq, req->feature.data, sizeof(aenq));
		if (aenq.enabled & ~event_groups)
			return AMZN_ILLEGAL_PARAMETER;
		dev->admin.events_enabled = aenq.enabled;
		return AMZN_OK;
	case ENA_FEATURE_MTU:
		return req->feature.data[0] >= MIN_MTU && req->feature.data[0] <= ENA_MAX_MTU
			       ? AMZN_OK
			       : AMZN_ILLEGAL_PARAMETER;
	case ENA_FEATURE_HOST_ATTR:
		/* The driver introduces itself; there is nothing to do with it. */
		return AMZN_OK;
	default:
		return AMZN_UNSUPPORTED_OPCODE;
	}
}

static enum amzn_status create_cq(struct ena_dev *dev, const struct ena_create_cq *req,
				  struct ena_created_cq *resp)
{
	uint8_t bytes = (req->caps2 & ENA_CQ_ENTRY_WORDS) * 4;
	unsigned int i;

	if (!depth_ok(req->depth) || req->vector >= ENA_VECTORS ||
	    (bytes != sizeof(struct ena_tx_done) && bytes != sizeof(struct ena_rx_done)))
		return AMZN_ILLEGAL_PARAMETER;
	for (i = 0; i < ARRAY_SIZE(dev->cq); i++) {
		if (dev->cq[i].used)
			continue;
		dev->cq[i] = (struct ena_cq){
			.used = true,
			.entry_bytes = bytes,
			.vector = req->vector,
			.depth = req->depth,
			.base = amzn_addr(&req->base),
		};
		resp->index = i;
		resp->depth = req->depth;
		resp->unmask_offset = ENA_UNMASK_OFFSET + i * 4;
		return AMZN_OK;
	}
	return AMZN_NO_RESOURCES;
}

static enum amzn_status destroy_cq(struct ena_dev *dev, uint16_t index)
{
	unsigned int i;

	if (index >= ARRAY_SIZE(dev->cq) || !dev->cq[index].used)
		return AMZN_ILLEGAL_PARAMETER;
	for (i = 0; i < ARRAY_SIZE(dev->sq); i++)
		if (dev->sq[i].used && dev->sq[i].cq == index)
			return AMZN_BUSY;
	dev->cq[index].used = false;
	return AMZN_OK;
}

static enum amzn_status create_sq(struct ena_dev *dev, const struct ena_create_sq *req,
				  struct ena_created_sq *resp)
{
	unsigned int direction = req->identity >> ENA_SQ_DIRECTION_SHIFT;
	uint8_t entry_bytes = direction == ENA_SQ_TX ? sizeof(struct ena_tx_done)
						     : sizeof(struct ena_rx_done);
	unsigned int i;

	if (!depth_ok(req->depth) || (direction != ENA_SQ_TX && direction != ENA_SQ_RX) ||
	    (req->caps2 & ENA_SQ_PLACEMENT_MASK) != ENA_SQ_PLACEMENT_HOST)
		return AMZN_ILLEGAL_PARAMETER;
	if (req->cq >= ARRAY_SIZE(dev->cq) || !dev->cq[req->cq].used ||
	    dev->cq[req->cq].entry_bytes != entry_bytes)
		return AMZN_ILLEGAL_PARAMETER;
	for (i = 0; i < ARRAY_SIZE(dev->sq); i++) {
		if (dev->sq[i].used)
			continue;
		dev->sq[i] = (struct ena_sq){
			.used = true,
			.tx = direction == ENA_SQ_TX,
			.cq = req->cq,
			.depth = req->depth,
			.base = amzn_addr(&req->base),
		};
		resp->index = i;
		resp->db_offset = ENA_SQ_DB_OFFSET + i * 4;
		return AMZN_OK;
	}
	return AMZN_NO_RESOURCES;
}

static enum amzn_status destroy_sq(struct ena_dev *dev, uint16_t index)
{
	if (index >= ARRAY_SIZE(dev->sq) || !dev->sq[index].used)
		return AMZN_ILLEGAL_PARAMETER;
	dev->sq[index].used = false;
	return AMZN_OK;
}

static enum amzn_status get_stats(struct ena_dev *dev, const struct ena_get_stats *req,
				  struct ena_stats_resp *resp)
{
	if (req->type != ENA_STATS_BASIC)
		return AMZN_ILLEGAL_PARAMETER;
	resp->tx_bytes = dev->counters.tx_bytes;
	resp->tx_pkts = dev->counters.tx_pkts;
	resp->rx_bytes = dev->counters.rx_bytes;
	resp->rx_pkts = dev->counters.rx_pkts;
	resp->rx_drops = dev->counters.rx_drops;
	resp->tx_drops = dev->counters.tx_drops;
	return AMZN_OK;
}

enum amzn_status ena_execute(void *opaque, const void *request, void *response)
{
	struct ena_dev *dev = opaque;
	const union ena_request *req = request;
	union ena_response *resp = response;

	switch (req->head.opcode) {
	case ENA_GET_FEATURE:
		return get_feature(dev, req, &resp->feature);
	case ENA_SET_FEATURE:
		return set_feature(dev, req);
	case ENA_GET_STATS:
		return get_stats(dev, &req->get_stats, &resp->stats);
	case ENA_CREATE_CQ:
		return create_cq(dev, &req->create_cq, &resp->created_cq);
	case ENA_DESTROY_CQ:
		return destroy_cq(dev, req->destroy_cq.index);
	case ENA_CREATE_SQ:
		return create_sq(dev, &req->create_sq, &resp->created_sq);
	case ENA_DESTROY_SQ:
		return destroy_sq(dev, req->destroy_sq.index);
	default:
		return AMZN_UNSUPPORTED_OPCODE;
	}
}
