/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The EFA function as libefa sees it: entries of send, receive, completion and event queues, and
 * their doorbells. Fields that Linux 6.1 does not know yet are marked "later".
 */
#ifndef EFA_IO_ABI_H
#define EFA_IO_ABI_H

#include "amzn_abi.h"

/* Doorbell of a completion queue. */
#define EFA_CQ_DB_CONSUMER_MASK 0xffffu
#define EFA_CQ_DB_ARM		0x80000000u

enum efa_io_op { EFA_OP_SEND = 0, EFA_OP_RDMA_READ = 1, EFA_OP_RDMA_WRITE = 2 };
enum efa_io_queue { EFA_QUEUE_SEND = 1, EFA_QUEUE_RECV = 2 };

/* Status of a work request. */
enum efa_io_status {
	EFA_IO_OK = 0,
	EFA_IO_FLUSHED = 1,
	EFA_IO_UNSUPPORTED_OP = 3,
	EFA_IO_INVALID_AH = 4,
	EFA_IO_INVALID_LKEY = 5,
	EFA_IO_BAD_LENGTH = 6,
	EFA_IO_REMOTE_BAD_ADDRESS = 7,
	EFA_IO_REMOTE_ABORT = 8,
	EFA_IO_REMOTE_BAD_QPN = 9,
	EFA_IO_REMOTE_RNR = 10,
	EFA_IO_REMOTE_BAD_LENGTH = 11,
	EFA_IO_UNRESPONSIVE = 13,
	EFA_IO_UNREACHABLE = 15, /* later */
};

#define EFA_LKEY_MASK 0xffffffu

struct efa_sge {
	uint32_t length;
	uint32_t lkey;
	struct amzn_addr addr;
};

#define EFA_WQE_OP_MASK	 0x0fu
#define EFA_WQE_HAS_IMM	 0x10u
#define EFA_WQE_INLINE	 0x20u
#define EFA_INLINE_BYTES 32
#define EFA_SEND_SGES	 2
#define EFA_RECV_SGES	 3

/* Entry of a send queue. */
struct efa_wqe {
	uint16_t req_id;
	uint8_t ctrl1;
	uint8_t ctrl2;
	uint16_t dest_qp;
	uint16_t length; /* bytes when inline, else number of buffers */
	uint32_t imm;
	uint16_t ah;
	uint16_t reserved;
	uint32_t qkey;
	uint8_t reserved2[12];
	union {
		struct efa_sge sge[EFA_SEND_SGES];
		uint8_t inline_data[EFA_INLINE_BYTES];
		struct {
			struct efa_sge remote; /* its lkey is the remote key */
			struct efa_sge local;
		} rdma;
	} u;
};

#define EFA_RQE_LAST 0x80000000u

/* Buffer of a receive queue; a receive request is one or more of them up to the last mark. */
struct efa_rqe {
	struct amzn_addr addr;
	uint16_t req_id;
	uint16_t length;
	uint32_t lkey_ctrl;
};

#define EFA_CQE_QUEUE_SHIFT 1
#define EFA_CQE_HAS_IMM	    0x08u
#define EFA_CQE_OP_SHIFT    4 /* later */
#define EFA_NO_AH	    0xffff

/* Completion; entries of 16 bytes end before the union. */
struct efa_cqe {
	uint16_t req_id;
	uint8_t status;
	uint8_t flags;
	uint16_t qp_num;
	uint16_t length;
	uint16_t ah;
	uint16_t src_qp;
	uint32_t imm;
	union {
		uint16_t length_hi; /* of an RDMA write with immediate data */
		uint8_t src_gid[16];
	} u;
};

#define EFA_CQE_BYTES	 16
#define EFA_CQE_EX_BYTES 32

struct efa_eqe {
	uint32_t common; /* phase in bit 0, event type above: 0 is a completion */
	uint32_t reserved;
	uint16_t cqn;
	uint16_t reserved2;
	uint32_t reserved3;
};

_Static_assert(sizeof(struct efa_wqe) == 64, "send entry");
_Static_assert(offsetof(struct efa_wqe, u) == 32, "send entry");
_Static_assert(sizeof(struct efa_rqe) == 16, "receive entry");
_Static_assert(offsetof(struct efa_cqe, u) == EFA_CQE_BYTES, "completion");
_Static_assert(sizeof(struct efa_cqe) == EFA_CQE_EX_BYTES, "completion");
_Static_assert(sizeof(struct efa_eqe) == 16, "event");

#endif
