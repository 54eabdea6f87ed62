/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets between the guest's rings and the netdev. */
#include "ena.h"

#define MAX_FRAME      (16 * KiB)
#define MIN_FRAME      60
#define RX_ZERO_LENGTH (64 * KiB)

static bool read_desc(struct ena_dev *dev, const struct ena_sq *sq, uint16_t at, void *desc)
{
	uint64_t slot = at & (sq->depth - 1);

	return pci_mem_read(&dev->parent_obj, sq->base + slot * sizeof(struct ena_tx_desc), desc,
			    sizeof(struct ena_tx_desc));
}

static uint8_t phase(const struct ena_cq *cq)
{
	return !(cq->produced / cq->depth & 1);
}

static void post(struct ena_dev *dev, struct ena_cq *cq, const void *entry)
{
	uint64_t slot = cq->produced % cq->depth;

	pci_mem_publish(&dev->parent_obj, cq->base + slot * cq->entry_bytes, entry, cq->entry_bytes,
			0);
	cq->produced++;
}

static void interrupt(struct ena_dev *dev, const struct ena_cq *cq)
{
	struct ena_vector *vector = &dev->vector[cq->vector];

	if (!vector->unmasked) {
		vector->pending = true;
		return;
	}
	vector->unmasked = false;
	pci_vectors_raise(&dev->parent_obj, cq->vector);
}

void ena_unmask(struct ena_dev *dev, unsigned int index, uint32_t value)
{
	const struct ena_cq *cq = &dev->cq[index];
	struct ena_vector *vector = &dev->vector[cq->vector];

	if (!cq->used || !(value & ENA_UNMASK))
		return;
	vector->unmasked = true;
	if (!vector->pending)
		return;
	vector->pending = false;
	interrupt(dev, cq);
}

/* Collects one packet. A request that its ring cannot tell, or too long, has length 0. */
static uint32_t gather(struct ena_dev *dev, struct ena_sq *sq, uint8_t *frame, uint16_t *req_id)
{
	struct ena_tx_desc desc = {0};
	bool first = true, good = true;
	uint32_t len = 0;

	do {
		uint32_t n;

		if (!read_desc(dev, sq, sq->next++, &desc))
			return 0;
		/* Meta descriptors carry hints for offloads that are not there. */
		if (desc.len_ctrl & ENA_TX_META)
			continue;
		if (first)
			*req_id = desc.meta_ctrl >> ENA_TX_REQ_ID_LO_SHIFT |
				  (desc.len_ctrl >> ENA_TX_REQ_ID_HI_SHIFT & ENA_TX_REQ_ID_HI_MASK)
					  << (32 - ENA_TX_REQ_ID_LO_SHIFT);
		first = false;
		n = desc.len_ctrl & ENA_TX_LENGTH_MASK;
		good = good && n <= MAX_FRAME - len &&
		       pci_mem_read(&dev->parent_obj,
				    desc.addr_lo |
					    (uint64_t)(desc.addr_hi_header & ENA_TX_ADDR_HI_MASK)
						    << 32,
				    frame + len, n);
		if (good)
			len += n;
	} while (!(desc.len_ctrl & ENA_TX_LAST) && sq->next != sq->db);
	return good ? len : 0;
}

static void tx_run(struct ena_dev *dev, struct ena_sq *sq)
{
	struct ena_cq *cq = &dev->cq[sq->cq];
	uint8_t frame[MAX_FRAME];
	bool any = false;

	if (dev->hang)
		return;
	while (sq->next != sq->db) {
		uint16_t req_id = 0;
		uint32_t len = gather(dev, sq, frame, &req_id);
		struct ena_tx_done done = {.req_id = req_id, .sq_head = sq->next};

		if (len) {
			dev->counters.tx_pkts++;
			dev->counters.tx_bytes += len;
			if (dev->nic && dev->link_up)
				qemu_send_packet(qemu_get_queue(dev->nic), frame, len);
		} else {
			dev->counters.tx_drops++;
		}
		done.phase = phase(cq);
		post(dev, cq, &done);
		any = true;
	}
	if (any)
		interrupt(dev, cq);
}

void ena_tx_run_all(struct ena_dev *dev)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(dev->sq); i++)
		if (dev->sq[i].used && dev->sq[i].tx)
			tx_run(dev, &dev->sq[i]);
}

void ena_sq_doorbell(struct ena_dev *dev, unsigned int index, uint16_t value)
{
	struct ena_sq *sq = &dev->sq[index];

	/* A doorbell that runs ahead of its ring is a broken guest's. */
	if (!sq->used || (uint16_t)(value - sq->next) > sq->depth)
		return;
	sq->db = value;
	if (sq->tx)
		tx_run(dev, sq);
	else if (dev->nic)
		qemu_flush_queued_packets(qemu_get_queue(dev->nic));
}

/* Without RSS everything goes to the first receive queue. */
static struct ena_sq *rx_queue(struct ena_dev *dev)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(dev->sq); i++)
		if (dev->sq[i].used && !dev->sq[i].tx)
			return &dev->sq[i];
	return NULL;
}

bool ena_can_receive(NetClientState *nc)
{
	struct ena_dev *dev = qemu_get_nic_opaque(nc);

	return !dev->hang && rx_queue(dev);
}

static uint32_t rx_bytes(const struct ena_rx_desc *desc)
{
	return desc->length ? desc->length : RX_ZERO_LENGTH;
}

static bool enough_buffers(struct ena_dev *dev, const struct ena_sq *sq, size_t len)
{
	uint16_t at = sq->next;

	while (len) {
		struct ena_rx_desc desc;

		if (at == sq->db || !read_desc(dev, sq, at++, &desc))
			return false;
		len -= MIN(len, rx_bytes(&desc));
	}
	return true;
}

static void scatter(struct ena_dev *dev, struct ena_sq *sq, const uint8_t *data, size_t len)
{
	struct ena_cq *cq = &dev->cq[sq->cq];
	size_t at = 0;

	while (at < len) {
		struct ena_rx_desc desc;
		struct ena_rx_done done = {0};
		uint32_t n;

		if (!read_desc(dev, sq, sq->next++, &desc))
			return;
		n = MIN(len - at, rx_bytes(&desc));
		pci_mem_write(&dev->parent_obj, desc.addr_lo | (uint64_t)desc.addr_hi << 32,
			      data + at, n);
		done.status = ENA_RX_BUFFER | (uint32_t)phase(cq) << ENA_RX_PHASE_SHIFT |
			      (at ? 0 : ENA_RX_FIRST) | (at + n == len ? ENA_RX_LAST : 0);
		done.length = n;
		done.req_id = desc.req_id;
		post(dev, cq, &done);
		at += n;
	}
	interrupt(dev, cq);
}

ssize_t ena_receive(NetClientState *nc, const uint8_t *data, size_t len)
{
	struct ena_dev *dev = qemu_get_nic_opaque(nc);
	struct ena_sq *sq = rx_queue(dev);
	uint8_t padded[MIN_FRAME] = {0};
	size_t given = len;

	if (!sq || dev->hang || !dev->link_up || len > MAX_FRAME) {
		dev->counters.rx_drops++;
		return given;
	}
	if (len < MIN_FRAME) {
		memcpy(padded, data, len);
		data = padded;
		len = MIN_FRAME;
	}
	/* 0: QEMU keeps the packet until the next doorbell of the ring. */
	if (!enough_buffers(dev, sq, len))
		return 0;
	scatter(dev, sq, data, len);
	dev->counters.rx_pkts++;
	dev->counters.rx_bytes += len;
	return given;
}
