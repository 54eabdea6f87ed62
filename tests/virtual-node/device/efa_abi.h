/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The EFA function as its driver sees it: the admin commands. Only what the model uses. Offsets are
 * those of the Linux driver's own definitions (abi_check.c compares them); fields that Linux 6.1
 * does not know yet are marked "later".
 */
#ifndef EFA_ABI_H
#define EFA_ABI_H

#include "amzn_abi.h"

#define EFA_REG_EQ_DB	   0x68
#define EFA_EQ_DB_EQN_MASK 0xffffu
#define EFA_EQ_DB_ARM	   0x80000000u

enum efa_opcode {
	EFA_CREATE_QP = 1,
	EFA_MODIFY_QP = 2,
	EFA_QUERY_QP = 3,
	EFA_DESTROY_QP = 4,
	EFA_CREATE_AH = 5,
	EFA_DESTROY_AH = 6,
	EFA_REG_MR = 7,
	EFA_DEREG_MR = 8,
	EFA_CREATE_CQ = 9,
	EFA_DESTROY_CQ = 10,
	EFA_GET_FEATURE = 11,
	EFA_SET_FEATURE = 12,
	EFA_GET_STATS = 13,
	EFA_ALLOC_PD = 14,
	EFA_DEALLOC_PD = 15,
	EFA_ALLOC_UAR = 16,
	EFA_DEALLOC_UAR = 17,
	EFA_CREATE_EQ = 18,
	EFA_DESTROY_EQ = 19,
};

enum efa_feature {
	EFA_FEATURE_DEVICE_ATTR = 1,
	EFA_FEATURE_AENQ = 2,
	EFA_FEATURE_NETWORK_ATTR = 3,
	EFA_FEATURE_QUEUE_ATTR = 4,
	EFA_FEATURE_HW_HINTS = 5,
	EFA_FEATURE_HOST_INFO = 6,
	EFA_FEATURE_EVENT_QUEUE_ATTR = 7,
};

enum efa_aenq_group {
	EFA_AENQ_FATAL_ERROR = 1,
	EFA_AENQ_WARNING = 2,
	EFA_AENQ_NOTIFICATION = 3,
	EFA_AENQ_KEEP_ALIVE = 4,
};

enum efa_qp_type { EFA_QP_UD = 1, EFA_QP_SRD = 2 };

enum efa_qp_state {
	EFA_QP_RESET = 0,
	EFA_QP_INIT = 1,
	EFA_QP_RTR = 2,
	EFA_QP_RTS = 3,
	EFA_QP_SQD = 4,
	EFA_QP_SQE = 5,
	EFA_QP_ERR = 6,
};

enum efa_stats_type {
	EFA_STATS_BASIC = 0,
	EFA_STATS_MESSAGES = 1,
	EFA_STATS_RDMA_READ = 2,
	EFA_STATS_RDMA_WRITE = 3, /* later */
	EFA_STATS_NETWORK = 4,	  /* later */
};

/* ---- admin requests ---- */

struct efa_create_qp {
	struct amzn_aq_head head;
	uint16_t pd;
	uint8_t type;
	uint8_t flags;
	uint64_t sq_base;
	uint64_t rq_base;
	uint32_t send_cq;
	uint32_t recv_cq;
	uint32_t sq_lkey;
	uint32_t rq_lkey;
	uint32_t sq_ring_bytes;
	uint32_t sq_depth;
	uint32_t rq_ring_bytes;
	uint32_t rq_depth;
	uint16_t uar;
};

#define EFA_CREATE_QP_SQ_VIRT 0x1u
#define EFA_CREATE_QP_RQ_VIRT 0x2u

#define EFA_MODIFY_STATE     0x01u
#define EFA_MODIFY_QKEY	     0x04u
#define EFA_MODIFY_SQ_PSN    0x08u
#define EFA_MODIFY_RNR_RETRY 0x20u

struct efa_modify_qp {
	struct amzn_aq_head head;
	uint32_t mask;
	uint32_t qp;
	uint32_t state;
	uint32_t current_state;
	uint32_t qkey;
	uint32_t sq_psn;
	uint8_t drained_notify;
	uint8_t rnr_retry;
};

/* Requests that name one object: QUERY_QP, DESTROY_QP, DEREG_MR. */
struct efa_by_handle {
	struct amzn_aq_head head;
	uint32_t handle;
};

/* The same with a 16-bit number: DESTROY_CQ, DESTROY_EQ, DEALLOC_PD, DEALLOC_UAR. */
struct efa_by_index {
	struct amzn_aq_head head;
	uint16_t index;
};

struct efa_create_ah {
	struct amzn_aq_head head;
	uint8_t gid[16];
	uint16_t pd;
};

struct efa_destroy_ah {
	struct amzn_aq_head head;
	uint16_t ah;
	uint16_t pd;
};

#define EFA_MR_INLINE_PAGES    4
#define EFA_MR_PAGE_SHIFT_MASK 0x1fu
#define EFA_MR_PHYSICAL	       0x80u
#define EFA_MR_LOCAL_WRITE     0x1u
#define EFA_MR_REMOTE_WRITE    0x2u /* later */
#define EFA_MR_REMOTE_READ     0x4u

struct efa_reg_mr {
	struct amzn_aq_head head;
	uint16_t pd;
	uint16_t reserved;
	union {
		uint64_t inline_pages[EFA_MR_INLINE_PAGES];
		struct amzn_buf list;
	} pbl;
	uint64_t length;
	uint8_t flags;
	uint8_t permissions;
	uint16_t reserved2;
	uint32_t page_num;
	uint64_t iova;
};

#define EFA_CQ_CAPS1_INTERRUPT	 0x20u
#define EFA_CQ_CAPS1_VIRT	 0x40u
#define EFA_CQ_CAPS2_ENTRY_WORDS 0x1fu
#define EFA_CQ_CAPS2_SRC_ADDR	 0x20u

struct efa_create_cq {
	struct amzn_aq_head head;
	uint8_t caps1;
	uint8_t caps2;
	uint16_t depth;
	uint16_t eqn;
	uint16_t reserved;
	struct amzn_addr base;
	uint32_t lkey;
	uint16_t sub_cqs;
	uint16_t uar;
};

struct efa_create_eq {
	struct amzn_aq_head head;
	uint16_t depth;
	uint8_t vector;
	uint8_t caps;
	struct amzn_addr base;
	uint32_t events;
	uint32_t reserved;
};

struct efa_get_stats {
	struct amzn_aq_head head;
	struct amzn_buf buf;
	uint8_t type;
	uint8_t scope;
	uint16_t scope_modifier;
};

struct efa_feature_cmd {
	struct amzn_aq_head head;
	struct amzn_buf buf;
	uint8_t reserved;
	uint8_t feature;
	uint16_t reserved2;
	uint32_t data[11];
};

union efa_request {
	struct amzn_aq_head head;
	struct efa_create_qp create_qp;
	struct efa_modify_qp modify_qp;
	struct efa_by_handle by_handle;
	struct efa_by_index by_index;
	struct efa_create_ah create_ah;
	struct efa_destroy_ah destroy_ah;
	struct efa_reg_mr reg_mr;
	struct efa_create_cq create_cq;
	struct efa_create_eq create_eq;
	struct efa_get_stats get_stats;
	struct efa_feature_cmd feature;
	uint8_t raw[AMZN_ENTRY_SIZE];
};

/* ---- admin responses ---- */

struct efa_created_qp {
	struct amzn_acq_head head;
	uint32_t handle;
	uint16_t qp_num;
	uint16_t reserved;
	uint16_t send_sub_cq;
	uint16_t recv_sub_cq;
	uint32_t sq_db_offset;
	uint32_t rq_db_offset;
	uint32_t llq_offset;
};

struct efa_queried_qp {
	struct amzn_acq_head head;
	uint32_t state;
	uint32_t qkey;
	uint32_t sq_psn;
	uint8_t draining;
	uint8_t rnr_retry;
};

struct efa_registered_mr {
	struct amzn_acq_head head;
	uint32_t lkey;
	uint32_t rkey;
};

#define EFA_CREATED_CQ_DB_VALID 0x1u

struct efa_created_cq {
	struct amzn_acq_head head;
	uint16_t index;
	uint16_t depth;
	uint32_t db_offset;
	uint32_t flags;
};

/* CREATE_AH, CREATE_EQ, ALLOC_PD, ALLOC_UAR. */
struct efa_created_index {
	struct amzn_acq_head head;
	uint16_t index;
};

#define EFA_CAP_RDMA_READ  0x1u
#define EFA_CAP_RNR_RETRY  0x2u
#define EFA_CAP_RDMA_WRITE 0x8u /* later */

struct efa_device_attr {
	uint64_t features;
	uint64_t page_sizes;
	uint32_t fw_version;
	uint32_t api_version;
	uint32_t device_version;
	uint16_t db_bar;
	uint8_t phys_bits;
	uint8_t virt_bits;
	uint32_t caps;
	uint32_t max_rdma_size;
	uint64_t guid;		 /* later */
	uint16_t max_speed_gbps; /* later */
};

struct efa_queue_attr {
	uint32_t max_qp;
	uint32_t max_sq_depth;
	uint32_t inline_bytes;
	uint32_t max_rq_depth;
	uint32_t max_cq;
	uint32_t max_cq_depth;
	uint16_t sub_cqs;
	uint16_t min_sq_depth;
	uint16_t send_sges;
	uint16_t recv_sges;
	uint32_t max_mr;
	uint32_t max_mr_pages;
	uint32_t max_pd;
	uint32_t max_ah;
	uint32_t max_llq_bytes;
	uint16_t rdma_sges;
	uint16_t max_tx_batch;
};

#define EFA_EVENT_COMPLETION 0x1u

struct efa_eq_attr {
	uint32_t max_eq;
	uint32_t max_depth;
	uint32_t events;
};

struct efa_network_attr {
	uint8_t gid[16];
	uint32_t mtu;
};

struct efa_aenq_attr {
	uint32_t supported;
	uint32_t enabled;
};

struct efa_feature_resp {
	struct amzn_acq_head head;
	union {
		struct efa_device_attr device;
		struct efa_queue_attr queue;
		struct efa_eq_attr eq;
		struct efa_network_attr network;
		struct efa_aenq_attr aenq;
	} u;
};

struct efa_stats_resp {
	struct amzn_acq_head head;
	uint64_t counter[7];
};

union efa_response {
	struct amzn_acq_head head;
	struct efa_created_qp created_qp;
	struct efa_queried_qp queried_qp;
	struct efa_registered_mr registered_mr;
	struct efa_created_cq created_cq;
	struct efa_created_index created;
	struct efa_feature_resp feature;
	struct efa_stats_resp stats;
	uint8_t raw[AMZN_ENTRY_SIZE];
};

_Static_assert(sizeof(union efa_request) == AMZN_ENTRY_SIZE, "request");
_Static_assert(sizeof(union efa_response) == AMZN_ENTRY_SIZE, "response");
_Static_assert(offsetof(struct efa_create_qp, sq_ring_bytes) == 40, "create qp");
_Static_assert(offsetof(struct efa_modify_qp, rnr_retry) == 29, "modify qp");
_Static_assert(offsetof(struct efa_create_ah, pd) == 20, "create ah");
_Static_assert(offsetof(struct efa_reg_mr, pbl) == 8, "register mr");
_Static_assert(offsetof(struct efa_reg_mr, iova) == 56, "register mr");
_Static_assert(offsetof(struct efa_create_cq, uar) == 26, "create cq");
_Static_assert(sizeof(struct efa_create_eq) == 24, "create eq");
_Static_assert(offsetof(struct efa_get_stats, type) == 16, "get statistics");
_Static_assert(offsetof(struct efa_feature_cmd, feature) == 17, "feature command");
_Static_assert(offsetof(struct efa_feature_cmd, data) == 20, "feature command");
_Static_assert(offsetof(struct efa_created_qp, llq_offset) == 28, "created qp");
_Static_assert(offsetof(struct efa_feature_resp, u) == 8, "feature response");
_Static_assert(offsetof(struct efa_device_attr, guid) == 40, "device attributes");
_Static_assert(offsetof(struct efa_queue_attr, max_tx_batch) == 54, "queue attributes");

#endif
