/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RDMA READ and WRITE: a copy between two functions' memory regions. */
#include "efa.h"

/* Bounds the memory that one transfer needs here; a transfer itself may be far longer. */
#define PIECE_BYTES (1 * MiB)

/* One end of a copy. */
struct rdma_end {
	struct efa_dev *dev;
	uint32_t key;
	uint64_t addr;
};

static bool copy(const struct rdma_end *from, const struct rdma_end *to, uint64_t len)
{
	g_autofree uint8_t *buf = g_malloc(MIN(len, PIECE_BYTES) + 1);
	uint64_t done, n;

	for (done = 0; done < len; done += n) {
		n = MIN(len - done, PIECE_BYTES);
		if (!efa_mr_read(from->dev, from->key, from->addr + done, buf, n) ||
		    !efa_mr_write(to->dev, to->key, to->addr + done, buf, n))
			return false;
	}
	return true;
}

static uint8_t transfer(const struct rdma_end *local, uint16_t local_pd,
			const struct rdma_end *remote, uint16_t remote_pd, uint64_t len, bool read)
{
	if (!efa_mr_check(local->dev, local->key, local_pd, read ? EFA_MR_LOCAL_WRITE : 0,
			  local->addr, len))
		return EFA_IO_INVALID_LKEY;
	if (!efa_mr_check(remote->dev, remote->key, remote_pd,
			  read ? EFA_MR_REMOTE_READ : EFA_MR_REMOTE_WRITE, remote->addr, len))
		return EFA_IO_REMOTE_BAD_ADDRESS;
	if (!(read ? copy(remote, local, len) : copy(local, remote, len)))
		return EFA_IO_REMOTE_ABORT;
	return EFA_IO_OK;
}

static void count(struct efa_dev *dev, struct efa_dev *peer, uint64_t len, bool read,
		  uint8_t status)
{
	struct efa_rdma_counters *own = read ? &dev->counters.read : &dev->counters.write;
	struct efa_rdma_counters *theirs = read ? &peer->counters.read : &peer->counters.write;
	/* The wire carries the data from the peer for a READ; what a WRITE sends is counted
	 * already. */
	struct efa_dev *receiver = read ? dev : peer;

	own->wrs++;
	if (status) {
		own->errors++;
		return;
	}
	own->bytes += len;
	theirs->peer_bytes += len;
	if (read) {
		peer->counters.basic.tx_pkts += efa_packets(peer, len);
		peer->counters.basic.tx_bytes += len;
	}
	receiver->counters.basic.rx_pkts += efa_packets(receiver, len);
	receiver->counters.basic.rx_bytes += len;
}

enum efa_outcome efa_rdma_run(struct efa_dev *dev, struct efa_qp *qp, const struct efa_wqe *wqe,
			      struct efa_dev *peer, struct efa_qp *peer_qp)
{
	bool read = (wqe->ctrl1 & EFA_WQE_OP_MASK) == EFA_OP_RDMA_READ;
	bool has_imm = !read && wqe->ctrl1 & EFA_WQE_HAS_IMM;
	const struct efa_sge *remote_sge = &wqe->u.rdma.remote;
	const struct efa_sge *local_sge = &wqe->u.rdma.local;
	struct rdma_end local = {dev, local_sge->lkey & EFA_LKEY_MASK, amzn_addr(&local_sge->addr)};
	struct rdma_end remote = {peer, remote_sge->lkey, amzn_addr(&remote_sge->addr)};
	uint32_t len = remote_sge->length;
	uint8_t status = EFA_IO_BAD_LENGTH;

	/* Immediate data takes a receive request: look before anything is written. */
	if (has_imm && !efa_recv_ready(peer, peer_qp))
		return EFA_NOT_READY;
	if (local_sge->length >= len)
		status = transfer(&local, qp->pd, &remote, peer_qp->pd, len, read);
	if (!status && has_imm) {
		struct efa_packet pkt = {
			.src_gid = dev->gid,
			.src_qp = qp->num,
			.op = EFA_OP_RDMA_WRITE,
			.has_imm = true,
			.imm = wqe->imm,
			.reported_len = len,
		};

		status = efa_recv_packet(peer, peer_qp, &pkt);
	}
	count(dev, peer, len, read, status);
	efa_send_complete(dev, qp, wqe, status);
	return EFA_DONE;
}
