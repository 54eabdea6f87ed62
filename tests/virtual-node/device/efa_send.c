/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sending end: one attempt at one work request, from the send queue entry to the completion. */
#include "efa.h"
#include "qemu/bswap.h"

/* Buffers that receive unreliable datagrams start with the packet's global routing header. */
#define GRH_BYTES	40
#define GRH_VERSION	0x60
#define GRH_NEXT_HEADER 0x1b
#define GRH_HOP_LIMIT	64

uint64_t efa_packets(const struct efa_dev *dev, uint64_t bytes)
{
	return bytes ? DIV_ROUND_UP(bytes, dev->mtu) : 1;
}

void efa_send_complete(struct efa_dev *dev, const struct efa_qp *qp, const struct efa_wqe *wqe,
		       uint8_t status)
{
	uint8_t op = wqe->ctrl1 & EFA_WQE_OP_MASK;
	struct efa_cqe cqe = {
		.req_id = wqe->req_id,
		.status = status,
		.flags = EFA_QUEUE_SEND << EFA_CQE_QUEUE_SHIFT |
			 (op <= EFA_OP_RDMA_WRITE ? op << EFA_CQE_OP_SHIFT : 0),
		.qp_num = qp->num,
	};

	efa_cq_post(dev, qp->send_cq, &cqe);
}

/* Collects the message of a SEND into buf, which holds EFA_MAX_MTU bytes. */
static uint8_t gather(struct efa_dev *dev, const struct efa_qp *qp, const struct efa_wqe *wqe,
		      uint8_t *buf, uint32_t *ret_len)
{
	uint32_t len = 0;
	unsigned int i;

	if (wqe->ctrl1 & EFA_WQE_INLINE) {
		if (wqe->length > EFA_INLINE_BYTES)
			return EFA_IO_BAD_LENGTH;
		memcpy(buf, wqe->u.inline_data, wqe->length);
		*ret_len = wqe->length;
		return EFA_IO_OK;
	}
	if (wqe->length > EFA_SEND_SGES)
		return EFA_IO_BAD_LENGTH;
	for (i = 0; i < wqe->length; i++) {
		const struct efa_sge *sge = &wqe->u.sge[i];
		uint32_t key = sge->lkey & EFA_LKEY_MASK;
		uint64_t addr = amzn_addr(&sge->addr);

		if (sge->length > dev->mtu - len)
			return EFA_IO_BAD_LENGTH;
		if (!efa_mr_check(dev, key, qp->pd, 0, addr, sge->length) ||
		    !efa_mr_read(dev, key, addr, buf + len, sge->length))
			return EFA_IO_INVALID_LKEY;
		len += sge->length;
	}
	*ret_len = len;
	return EFA_IO_OK;
}

static void write_grh(uint8_t *grh, const struct efa_dev *from, const uint8_t *to, uint32_t len)
{
	memset(grh, 0, GRH_BYTES);
	grh[0] = GRH_VERSION;
	stw_be_p(grh + 4, len);
	grh[6] = GRH_NEXT_HEADER;
	grh[7] = GRH_HOP_LIMIT;
	memcpy(grh + 8, from->gid, EFA_GID_BYTES);
	memcpy(grh + 24, to, EFA_GID_BYTES);
}

static enum efa_outcome deliver(struct efa_dev *dev, struct efa_qp *qp, const struct efa_wqe *wqe,
				struct efa_dev *peer, struct efa_qp *peer_qp, uint8_t *buf,
				uint32_t len)
{
	bool ud = qp->type == EFA_QP_UD;
	uint32_t grh = ud ? GRH_BYTES : 0;
	struct efa_packet pkt = {
		.src_gid = dev->gid,
		.src_qp = qp->num,
		.op = EFA_OP_SEND,
		.has_imm = wqe->ctrl1 & EFA_WQE_HAS_IMM,
		.imm = wqe->imm,
		.data = buf + GRH_BYTES - grh,
		.data_len = len + grh,
		.header_len = grh,
		.reported_len = len + grh,
	};
	uint8_t status = EFA_IO_OK;

	if (!efa_recv_ready(peer, peer_qp)) {
		if (!ud)
			return EFA_NOT_READY;
		peer->counters.basic.rx_drops++;
	} else {
		if (ud)
			write_grh(buf, dev, dev->ah[wqe->ah].gid, len);
		peer->counters.basic.rx_pkts += efa_packets(peer, len);
		peer->counters.basic.rx_bytes += len;
		status = efa_recv_packet(peer, peer_qp, &pkt);
	}
	if (ud || !status) {
		dev->counters.messages.send_wrs++;
		dev->counters.messages.send_bytes += len;
	}
	efa_send_complete(dev, qp, wqe, ud ? EFA_IO_OK : status);
	return EFA_DONE;
}

static uint8_t check_local(struct efa_dev *dev, const struct efa_qp *qp, const struct efa_wqe *wqe,
			   uint8_t *buf, uint32_t *ret_len)
{
	uint8_t op = wqe->ctrl1 & EFA_WQE_OP_MASK;

	if (wqe->ah >= EFA_MAX_AH || !dev->ah[wqe->ah].references || dev->ah[wqe->ah].pd != qp->pd)
		return EFA_IO_INVALID_AH;
	if (op == EFA_OP_SEND)
		return gather(dev, qp, wqe, buf, ret_len);
	if (qp->type != EFA_QP_SRD || op > EFA_OP_RDMA_WRITE)
		return EFA_IO_UNSUPPORTED_OP;
	if (wqe->u.rdma.remote.length > EFA_MAX_RDMA_SIZE)
		return EFA_IO_BAD_LENGTH;
	/* What this end puts on the wire; the bytes of a READ come from the other one. */
	*ret_len = op == EFA_OP_RDMA_WRITE ? wqe->u.rdma.remote.length : 0;
	return EFA_IO_OK;
}

/* Nobody learns of a datagram that does not arrive; a reliable one is tried again by the caller. */
static enum efa_outcome not_delivered(struct efa_dev *dev, const struct efa_qp *qp,
				      const struct efa_wqe *wqe, enum efa_outcome why)
{
	if (qp->type != EFA_QP_UD)
		return why;
	efa_send_complete(dev, qp, wqe, EFA_IO_OK);
	return EFA_DONE;
}

static struct efa_qp *find_peer_qp(struct efa_dev *peer, const struct efa_qp *qp,
				   const struct efa_wqe *wqe)
{
	struct efa_qp *found = efa_qp_find(peer, wqe->dest_qp);

	if (!found || found->state < EFA_QP_RTR || found->state > EFA_QP_SQE ||
	    found->type != qp->type)
		return NULL;
	if (found->qkey != wqe->qkey) {
		peer->counters.basic.qkey_violations++;
		return NULL;
	}
	return found;
}

static void count_sent(struct efa_dev *dev, uint32_t len, bool retransmitted)
{
	dev->counters.basic.tx_pkts += efa_packets(dev, len);
	dev->counters.basic.tx_bytes += len;
	if (retransmitted) {
		dev->counters.network.retrans_pkts += efa_packets(dev, len);
		dev->counters.network.retrans_bytes += len;
	}
}

/* A packet that has reached its receiver once waits there: it is neither sent nor lost again. */
static bool on_the_wire(struct efa_dev *dev, struct efa_dev *peer, uint32_t len,
			enum efa_outcome before)
{
	if (before == EFA_NOT_READY)
		return true;
	count_sent(dev, len, before == EFA_LOST);
	if (!dev->faults.drop || (uint32_t)g_random_int_range(0, 100) >= dev->faults.drop)
		return true;
	peer->counters.basic.rx_drops++;
	return false;
}

enum efa_outcome efa_send_try(struct efa_dev *dev, struct efa_qp *qp, const struct efa_wqe *wqe,
			      enum efa_outcome before)
{
	uint8_t buf[GRH_BYTES + EFA_MAX_MTU];
	uint32_t len = 0;
	uint8_t status = check_local(dev, qp, wqe, buf + GRH_BYTES, &len);
	struct efa_dev *peer;
	struct efa_qp *peer_qp;

	if (!status)
		status = dev->faults.fail_status;
	if (status) {
		efa_send_complete(dev, qp, wqe, status);
		return EFA_DONE;
	}
	peer = efa_find(dev->ah[wqe->ah].gid);
	if (!peer)
		return not_delivered(dev, qp, wqe, EFA_NO_PEER);
	/* The whole machine stands still meanwhile; whoever looks at another rail sees nothing of it. */
	if (dev->faults.slow_us)
		g_usleep(dev->faults.slow_us);
	if (!efa_path_ok(dev, peer))
		return not_delivered(dev, qp, wqe, EFA_NO_PATH);
	if (!on_the_wire(dev, peer, len, before))
		return not_delivered(dev, qp, wqe, EFA_LOST);
	peer_qp = find_peer_qp(peer, qp, wqe);
	if (!peer_qp) {
		peer->counters.basic.rx_drops++;
		efa_send_complete(dev, qp, wqe,
				  qp->type == EFA_QP_UD ? EFA_IO_OK : EFA_IO_REMOTE_BAD_QPN);
		return EFA_DONE;
	}
	if ((wqe->ctrl1 & EFA_WQE_OP_MASK) == EFA_OP_SEND)
		return deliver(dev, qp, wqe, peer, peer_qp, buf, len);
	return efa_rdma_run(dev, qp, wqe, peer, peer_qp);
}
