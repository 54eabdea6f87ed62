/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The receiving end: one receive request per packet, scattered over its buffers. */
#include "efa.h"

static bool read_rqe(struct efa_dev *dev, const struct efa_qp *qp, uint16_t at, struct efa_rqe *rqe)
{
	uint64_t slot = at & (qp->rq_entries - 1);

	return pci_mem_read(&dev->parent_obj, qp->rq_base + slot * sizeof(*rqe), rqe, sizeof(*rqe));
}

/* A request counts only when its last buffer has been posted too. */
bool efa_recv_ready(struct efa_dev *dev, struct efa_qp *qp)
{
	uint16_t at;

	for (at = qp->rq_next; at != qp->rq_db; at++) {
		struct efa_rqe rqe;

		if (!read_rqe(dev, qp, at, &rqe))
			return false;
		if (rqe.lkey_ctrl & EFA_RQE_LAST)
			return true;
	}
	return false;
}

/* Fills one buffer; returns false when it is not the queue pair's to write to. */
static bool fill(struct efa_dev *dev, const struct efa_qp *qp, const struct efa_rqe *rqe,
		 const uint8_t *data, uint32_t len)
{
	uint32_t key = rqe->lkey_ctrl & EFA_LKEY_MASK;
	uint64_t addr = amzn_addr(&rqe->addr);

	return efa_mr_check(dev, key, qp->pd, EFA_MR_LOCAL_WRITE, addr, len) &&
	       efa_mr_write(dev, key, addr, data, len);
}

static uint8_t scatter(struct efa_dev *dev, struct efa_qp *qp, const struct efa_packet *pkt,
		       uint16_t *req_id)
{
	uint8_t status = EFA_IO_OK;
	uint32_t done = 0;
	bool first = true;
	struct efa_rqe rqe;

	do {
		uint32_t n;

		if (!read_rqe(dev, qp, qp->rq_next, &rqe))
			return EFA_IO_INVALID_LKEY;
		qp->rq_next++;
		if (first)
			*req_id = rqe.req_id;
		first = false;
		n = MIN(pkt->data_len - done, rqe.length);
		if (!fill(dev, qp, &rqe, pkt->data + done, n))
			status = EFA_IO_INVALID_LKEY;
		done += n;
	} while (!(rqe.lkey_ctrl & EFA_RQE_LAST) && qp->rq_next != qp->rq_db);
	if (!status && done < pkt->data_len)
		status = EFA_IO_BAD_LENGTH;
	return status;
}

uint8_t efa_recv_packet(struct efa_dev *dev, struct efa_qp *qp, const struct efa_packet *pkt)
{
	uint16_t req_id = 0;
	uint8_t status = scatter(dev, qp, pkt, &req_id);
	struct efa_cqe cqe = {
		.req_id = req_id,
		.status = status,
		.flags = EFA_QUEUE_RECV << EFA_CQE_QUEUE_SHIFT | pkt->op << EFA_CQE_OP_SHIFT,
		.qp_num = qp->num,
		.length = pkt->reported_len,
		.ah = efa_ah_find(dev, qp->pd, pkt->src_gid),
		.src_qp = pkt->src_qp,
		.imm = pkt->imm,
	};

	if (pkt->has_imm)
		cqe.flags |= EFA_CQE_HAS_IMM;
	if (pkt->op == EFA_OP_RDMA_WRITE)
		cqe.u.length_hi = pkt->reported_len >> 16;
	else if (cqe.ah == EFA_NO_AH && dev->cq[qp->recv_cq].src_addr)
		memcpy(cqe.u.src_gid, pkt->src_gid, EFA_GID_BYTES);
	efa_cq_post(dev, qp->recv_cq, &cqe);

	switch (status) {
	case EFA_IO_OK:
		dev->counters.messages.recv_wrs++;
		dev->counters.messages.recv_bytes += pkt->data_len - pkt->header_len;
		return EFA_IO_OK;
	case EFA_IO_BAD_LENGTH:
		return EFA_IO_REMOTE_BAD_LENGTH;
	default:
		return EFA_IO_REMOTE_ABORT;
	}
}
