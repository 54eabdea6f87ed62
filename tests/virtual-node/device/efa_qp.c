/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Queue pairs: their life, and their doorbells. */
#include "efa.h"

#define RNR_RETRY_FOR_EVER 7

struct efa_qp *efa_qp_find(struct efa_dev *dev, uint32_t num)
{
	return num < EFA_MAX_QP && dev->qp[num].used ? &dev->qp[num] : NULL;
}

/* Rings are indexed with running counts: sizes are powers of two. */
static bool ring_ok(uint32_t bytes, uint32_t entry, uint32_t max_entries)
{
	return bytes % entry == 0 && bytes / entry <= max_entries && !(bytes & (bytes - 1));
}

static bool create_ok(const struct efa_dev *dev, const struct efa_create_qp *req)
{
	if (!efa_pd_valid(dev, req->pd) || (req->type != EFA_QP_UD && req->type != EFA_QP_SRD))
		return false;
	if (req->flags & (EFA_CREATE_QP_SQ_VIRT | EFA_CREATE_QP_RQ_VIRT))
		return false;
	if (req->send_cq >= EFA_MAX_CQ || !dev->cq[req->send_cq].used ||
	    req->recv_cq >= EFA_MAX_CQ || !dev->cq[req->recv_cq].used)
		return false;
	return ring_ok(req->sq_ring_bytes, sizeof(struct efa_wqe), EFA_MAX_SQ_DEPTH) &&
	       ring_ok(req->rq_ring_bytes, sizeof(struct efa_rqe), EFA_MAX_RQ_DEPTH);
}

/* First fit in the send queue memory, whole pages; -1 when it is full. */
static int64_t llq_alloc(const struct efa_dev *dev, uint32_t bytes)
{
	uint32_t offset = 0;
	unsigned int i;

	for (i = 0; i < EFA_MAX_QP;) {
		const struct efa_qp *qp = &dev->qp[i];

		if (qp->used && offset < qp->llq_offset + qp->llq_bytes &&
		    qp->llq_offset < offset + bytes) {
			offset = qp->llq_offset + qp->llq_bytes;
			i = 0;
		} else {
			i++;
		}
	}
	return offset + bytes <= EFA_LLQ_BAR_BYTES ? (int64_t)offset : -1;
}

/* The lowest free number would come back at once and late packets would reach the wrong one, so
 * numbers go round. 0 is left out: libfabric takes it for "none". */
static struct efa_qp *next_free(struct efa_dev *dev)
{
	unsigned int i;

	for (i = 0; i < EFA_MAX_QP - 1; i++) {
		unsigned int num = 1 + (dev->last_qp + i) % (EFA_MAX_QP - 1);

		if (!dev->qp[num].used) {
			dev->last_qp = num;
			return &dev->qp[num];
		}
	}
	return NULL;
}

enum amzn_status efa_qp_create(struct efa_dev *dev, const struct efa_create_qp *req,
			       struct efa_created_qp *resp)
{
	struct efa_qp *qp;
	uint32_t llq_bytes;
	int64_t llq_offset;

	if (!create_ok(dev, req))
		return AMZN_ILLEGAL_PARAMETER;
	llq_bytes = ROUND_UP(req->sq_ring_bytes, EFA_PAGE);
	llq_offset = llq_alloc(dev, llq_bytes);
	if (llq_offset < 0)
		return AMZN_NO_RESOURCES;
	qp = next_free(dev);
	if (!qp)
		return AMZN_NO_RESOURCES;
	*qp = (struct efa_qp){
		.used = true,
		.num = qp - dev->qp,
		.pd = req->pd,
		.type = req->type,
		.state = EFA_QP_RESET,
		.rnr_retry = RNR_RETRY_FOR_EVER,
		.generation = ++dev->last_generation,
		.send_cq = req->send_cq,
		.recv_cq = req->recv_cq,
		.rq_base = req->rq_base,
		.rq_entries = req->rq_ring_bytes / sizeof(struct efa_rqe),
		.sq_entries = req->sq_ring_bytes / sizeof(struct efa_wqe),
		.llq_offset = llq_offset,
		.llq_bytes = llq_bytes,
	};
	resp->handle = qp->num;
	resp->qp_num = qp->num;
	resp->sq_db_offset = qp->num * EFA_PAGE + EFA_SQ_DB_OFFSET;
	resp->rq_db_offset = qp->num * EFA_PAGE + EFA_RQ_DB_OFFSET;
	resp->llq_offset = llq_offset;
	return AMZN_OK;
}

enum amzn_status efa_qp_modify(struct efa_dev *dev, const struct efa_modify_qp *req)
{
	struct efa_qp *qp = efa_qp_find(dev, req->qp);

	if (!qp || (req->mask & EFA_MODIFY_STATE && req->state > EFA_QP_ERR) ||
	    (req->mask & EFA_MODIFY_RNR_RETRY && req->rnr_retry > RNR_RETRY_FOR_EVER))
		return AMZN_ILLEGAL_PARAMETER;
	if (req->mask & EFA_MODIFY_STATE) {
		qp->state = req->state;
		if (qp->state == EFA_QP_RESET) {
			qp->sq_db = qp->sq_next = qp->rq_db = qp->rq_next = 0;
			qp->generation = ++dev->last_generation;
		}
	}
	if (req->mask & EFA_MODIFY_QKEY)
		qp->qkey = req->qkey;
	if (req->mask & EFA_MODIFY_SQ_PSN)
		qp->sq_psn = req->sq_psn;
	if (req->mask & EFA_MODIFY_RNR_RETRY)
		qp->rnr_retry = req->rnr_retry;
	return AMZN_OK;
}

enum amzn_status efa_qp_query(struct efa_dev *dev, uint32_t handle, struct efa_queried_qp *resp)
{
	const struct efa_qp *qp = efa_qp_find(dev, handle);

	if (!qp)
		return AMZN_ILLEGAL_PARAMETER;
	resp->state = qp->state;
	resp->qkey = qp->qkey;
	resp->sq_psn = qp->sq_psn;
	resp->rnr_retry = qp->rnr_retry;
	return AMZN_OK;
}

enum amzn_status efa_qp_destroy(struct efa_dev *dev, uint32_t handle)
{
	struct efa_qp *qp = efa_qp_find(dev, handle);

	if (!qp)
		return AMZN_ILLEGAL_PARAMETER;
	qp->used = false;
	return AMZN_OK;
}

static void run_send_queue(struct efa_dev *dev, struct efa_qp *qp)
{
	if (dev->faults.hang || !qp->used || qp->state != EFA_QP_RTS)
		return;
	while (qp->sq_next != qp->sq_db) {
		uint32_t slot = qp->sq_next & (qp->sq_entries - 1);
		enum efa_outcome outcome;
		struct efa_wqe wqe;

		/* A copy: the guest may write there at any time. */
		memcpy(&wqe, dev->llq_ram + qp->llq_offset + slot * sizeof(wqe), sizeof(wqe));
		qp->sq_next++;
		outcome = efa_send_try(dev, qp, &wqe, EFA_DONE);
		if (outcome != EFA_DONE)
			efa_wait_add(dev, qp, &wqe, outcome);
	}
}

void efa_qp_run_all(struct efa_dev *dev)
{
	unsigned int i;

	for (i = 0; i < EFA_MAX_QP; i++)
		run_send_queue(dev, &dev->qp[i]);
}

/* A doorbell that runs ahead of the ring is a broken guest's: the queue pair stops. */
static bool doorbell_ok(struct efa_dev *dev, struct efa_qp *qp, uint16_t db, uint16_t next,
			uint32_t entries)
{
	if ((uint16_t)(db - next) <= entries)
		return true;
	efa_guest_error(dev, "doorbell beyond the end of its ring");
	qp->state = EFA_QP_ERR;
	return false;
}

void efa_qp_doorbell(struct efa_dev *dev, uint32_t num, unsigned int offset, uint16_t value)
{
	struct efa_qp *qp = efa_qp_find(dev, num);

	if (!qp)
		return;
	if (offset == EFA_SQ_DB_OFFSET) {
		if (!doorbell_ok(dev, qp, value, qp->sq_next, qp->sq_entries))
			return;
		qp->sq_db = value;
		run_send_queue(dev, qp);
	} else if (offset == EFA_RQ_DB_OFFSET) {
		if (!doorbell_ok(dev, qp, value, qp->rq_next, qp->rq_entries))
			return;
		qp->rq_db = value;
		/* Any function may have something waiting for this receive queue. */
		efa_for_each(efa_wait_kick);
	}
}
