/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Completion queues, and the event queues that turn completions into interrupts. */
#include "efa.h"

#define EQ_ENTRY_WORDS	    (sizeof(struct efa_eqe) / 4)
#define EQ_ENTRY_WORDS_MASK 0x1f

static bool depth_ok(uint32_t depth, uint32_t max)
{
	return depth && !(depth & (depth - 1)) && depth <= max;
}

/* Entries are valid while their phase bit is 1 in the first round, 0 in the second, and so on. */
static uint8_t phase(uint32_t produced, uint32_t depth)
{
	return !(produced / depth & 1);
}

enum amzn_status efa_eq_create(struct efa_dev *dev, const struct efa_create_eq *req,
			       struct efa_created_index *resp)
{
	unsigned int i;

	if (!depth_ok(req->depth, EFA_MAX_EQ_DEPTH) || req->vector >= EFA_VECTORS ||
	    (req->caps & EQ_ENTRY_WORDS_MASK) != EQ_ENTRY_WORDS)
		return AMZN_ILLEGAL_PARAMETER;
	for (i = 0; i < EFA_MAX_EQ; i++) {
		struct efa_eq *eq = &dev->eq[i];

		if (eq->used)
			continue;
		*eq = (struct efa_eq){
			.used = true,
			.vector = req->vector,
			.depth = req->depth,
			.base = amzn_addr(&req->base),
		};
		resp->index = i;
		return AMZN_OK;
	}
	return AMZN_NO_RESOURCES;
}

enum amzn_status efa_eq_destroy(struct efa_dev *dev, uint16_t eqn)
{
	unsigned int i;

	if (eqn >= EFA_MAX_EQ || !dev->eq[eqn].used)
		return AMZN_ILLEGAL_PARAMETER;
	for (i = 0; i < EFA_MAX_CQ; i++)
		if (dev->cq[i].used && dev->cq[i].interrupts && dev->cq[i].eqn == eqn)
			return AMZN_BUSY;
	dev->eq[eqn].used = false;
	return AMZN_OK;
}

/* One interrupt for each time that the driver arms the queue. */
static void eq_notify(struct efa_dev *dev, struct efa_eq *eq)
{
	if (!eq->armed || !eq->pending)
		return;
	eq->armed = false;
	eq->pending = false;
	pci_vectors_raise(&dev->parent_obj, eq->vector);
}

void efa_eq_doorbell(struct efa_dev *dev, uint32_t value)
{
	uint32_t eqn = value & EFA_EQ_DB_EQN_MASK;

	if (eqn >= EFA_MAX_EQ || !dev->eq[eqn].used || !(value & EFA_EQ_DB_ARM))
		return;
	dev->eq[eqn].armed = true;
	eq_notify(dev, &dev->eq[eqn]);
}

static void cq_event(struct efa_dev *dev, uint32_t cqn)
{
	struct efa_cq *cq = &dev->cq[cqn];
	struct efa_eq *eq = &dev->eq[cq->eqn];
	struct efa_eqe eqe = {.cqn = cqn};

	cq->armed = false;
	eqe.common = phase(eq->produced, eq->depth);
	pci_mem_publish(&dev->parent_obj,
			eq->base + (uint64_t)(eq->produced % eq->depth) * sizeof(eqe), &eqe,
			sizeof(eqe), 0);
	eq->produced++;
	eq->pending = true;
	eq_notify(dev, eq);
}

static bool cq_request_ok(const struct efa_dev *dev, const struct efa_create_cq *req)
{
	uint8_t bytes = (req->caps2 & EFA_CQ_CAPS2_ENTRY_WORDS) * 4;

	if (!depth_ok(req->depth, EFA_MAX_CQ_DEPTH) || req->caps1 & EFA_CQ_CAPS1_VIRT ||
	    req->sub_cqs != 1)
		return false;
	if (bytes != EFA_CQE_BYTES && bytes != EFA_CQE_EX_BYTES)
		return false;
	if (req->caps2 & EFA_CQ_CAPS2_SRC_ADDR && bytes != EFA_CQE_EX_BYTES)
		return false;
	return !(req->caps1 & EFA_CQ_CAPS1_INTERRUPT) ||
	       (req->eqn < EFA_MAX_EQ && dev->eq[req->eqn].used);
}

enum amzn_status efa_cq_create(struct efa_dev *dev, const struct efa_create_cq *req,
			       struct efa_created_cq *resp)
{
	unsigned int i;

	if (!cq_request_ok(dev, req))
		return AMZN_ILLEGAL_PARAMETER;
	for (i = 0; i < EFA_MAX_CQ; i++) {
		struct efa_cq *cq = &dev->cq[i];

		if (cq->used)
			continue;
		*cq = (struct efa_cq){
			.used = true,
			.interrupts = req->caps1 & EFA_CQ_CAPS1_INTERRUPT,
			.src_addr = req->caps2 & EFA_CQ_CAPS2_SRC_ADDR,
			.entry_bytes = (req->caps2 & EFA_CQ_CAPS2_ENTRY_WORDS) * 4,
			.depth = req->depth,
			.eqn = req->eqn,
			.base = amzn_addr(&req->base),
		};
		resp->index = i;
		/* The driver insists on the depth that it asked for. */
		resp->depth = req->depth;
		resp->db_offset = (EFA_MAX_QP + i) * EFA_PAGE;
		resp->flags = EFA_CREATED_CQ_DB_VALID;
		return AMZN_OK;
	}
	return AMZN_NO_RESOURCES;
}

enum amzn_status efa_cq_destroy(struct efa_dev *dev, uint16_t cqn)
{
	unsigned int i;

	if (cqn >= EFA_MAX_CQ || !dev->cq[cqn].used)
		return AMZN_ILLEGAL_PARAMETER;
	for (i = 0; i < EFA_MAX_QP; i++)
		if (dev->qp[i].used && (dev->qp[i].send_cq == cqn || dev->qp[i].recv_cq == cqn))
			return AMZN_BUSY;
	dev->cq[cqn].used = false;
	return AMZN_OK;
}

void efa_cq_post(struct efa_dev *dev, uint32_t cqn, struct efa_cqe *cqe)
{
	struct efa_cq *cq = &dev->cq[cqn];

	cqe->flags |= phase(cq->produced, cq->depth);
	pci_mem_publish(&dev->parent_obj,
			cq->base + (uint64_t)(cq->produced % cq->depth) * cq->entry_bytes, cqe,
			cq->entry_bytes, 0);
	cq->produced++;
	if (cq->interrupts && cq->armed)
		cq_event(dev, cqn);
}

void efa_cq_doorbell(struct efa_dev *dev, uint32_t cqn, uint32_t value)
{
	struct efa_cq *cq = &dev->cq[cqn];

	if (!cq->used)
		return;
	cq->consumed = value & EFA_CQ_DB_CONSUMER_MASK;
	if (!(value & EFA_CQ_DB_ARM) || !cq->interrupts)
		return;
	cq->armed = true;
	/* What came in between the guest's last poll and this arming must not be missed. */
	if ((uint16_t)cq->produced != cq->consumed)
		cq_event(dev, cqn);
}
