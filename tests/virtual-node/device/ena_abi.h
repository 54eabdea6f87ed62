/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ENA function as its driver sees it, where it differs from amzn_abi.h: admin commands and the
 * packet rings in host memory. Only what the model uses; abi_check.c compares it with the Linux
 * driver's own definitions.
 */
#ifndef ENA_ABI_H
#define ENA_ABI_H

#include "amzn_abi.h"

enum ena_opcode {
	ENA_CREATE_SQ = 1,
	ENA_DESTROY_SQ = 2,
	ENA_CREATE_CQ = 3,
	ENA_DESTROY_CQ = 4,
	ENA_GET_FEATURE = 8,
	ENA_SET_FEATURE = 9,
	ENA_GET_STATS = 11,
};

enum ena_feature {
	ENA_FEATURE_DEVICE_ATTR = 1,
	ENA_FEATURE_MAX_QUEUES_EXT = 7,
	ENA_FEATURE_OFFLOAD = 11,
	ENA_FEATURE_MTU = 14,
	ENA_FEATURE_AENQ = 26,
	ENA_FEATURE_LINK = 27,
	ENA_FEATURE_HOST_ATTR = 28,
};

enum ena_aenq_group {
	ENA_AENQ_LINK_CHANGE = 0,
	ENA_AENQ_FATAL_ERROR = 1,
	ENA_AENQ_WARNING = 2,
	ENA_AENQ_NOTIFICATION = 3,
	ENA_AENQ_KEEP_ALIVE = 4,
};

#define ENA_STATS_BASIC	       0
#define ENA_SQ_DIRECTION_SHIFT 5
#define ENA_SQ_TX	       1
#define ENA_SQ_RX	       2
#define ENA_SQ_PLACEMENT_MASK  0x0fu
#define ENA_SQ_PLACEMENT_HOST  1
#define ENA_CQ_ENTRY_WORDS     0x1fu

struct ena_create_sq {
	struct amzn_aq_head head;
	uint8_t identity;
	uint8_t reserved;
	uint8_t caps2;
	uint8_t caps3;
	uint16_t cq;
	uint16_t depth;
	struct amzn_addr base;
	struct amzn_addr head_writeback;
};

struct ena_destroy_sq {
	struct amzn_aq_head head;
	uint16_t index;
	uint8_t identity;
};

struct ena_create_cq {
	struct amzn_aq_head head;
	uint8_t caps1;
	uint8_t caps2;
	uint16_t depth;
	uint32_t vector;
	struct amzn_addr base;
};

struct ena_destroy_cq {
	struct amzn_aq_head head;
	uint16_t index;
};

struct ena_get_stats {
	struct amzn_aq_head head;
	struct amzn_buf buf;
	uint8_t type;
	uint8_t scope;
};

struct ena_feature_cmd {
	struct amzn_aq_head head;
	struct amzn_buf buf;
	uint8_t flags;
	uint8_t feature;
	uint8_t version;
	uint8_t reserved;
	uint32_t data[11];
};

union ena_request {
	struct amzn_aq_head head;
	struct ena_create_sq create_sq;
	struct ena_destroy_sq destroy_sq;
	struct ena_create_cq create_cq;
	struct ena_destroy_cq destroy_cq;
	struct ena_get_stats get_stats;
	struct ena_feature_cmd feature;
	uint8_t raw[AMZN_ENTRY_SIZE];
};

struct ena_created_sq {
	struct amzn_acq_head head;
	uint16_t index;
	uint16_t reserved;
	uint32_t db_offset;
};

struct ena_created_cq {
	struct amzn_acq_head head;
	uint16_t index;
	uint16_t depth;
	uint32_t numa_offset;
	uint32_t head_db_offset;
	uint32_t unmask_offset;
};

struct ena_device_attr {
	uint32_t impl_id;
	uint32_t device_version;
	uint32_t features;
	uint32_t capabilities;
	uint32_t phys_bits;
	uint32_t virt_bits;
	uint8_t mac[6];
	uint8_t reserved[2];
	uint32_t max_mtu;
};

struct ena_queue_attr {
	uint8_t version;
	uint8_t reserved[3];
	uint32_t tx_sqs;
	uint32_t tx_cqs;
	uint32_t rx_sqs;
	uint32_t rx_cqs;
	uint32_t tx_sq_depth;
	uint32_t tx_cq_depth;
	uint32_t rx_sq_depth;
	uint32_t rx_cq_depth;
	uint32_t tx_header_bytes;
	uint16_t tx_descs;
	uint16_t rx_descs;
};

struct ena_aenq_attr {
	uint32_t supported;
	uint32_t enabled;
};

#define ENA_LINK_FULL_DUPLEX 0x2u

struct ena_link_attr {
	uint32_t speed_mbps;
	uint32_t supported;
	uint32_t flags;
};

struct ena_feature_resp {
	struct amzn_acq_head head;
	union {
		struct ena_device_attr device;
		struct ena_queue_attr queue;
		struct ena_aenq_attr aenq;
		struct ena_link_attr link;
	} u;
};

/* Pairs of 32-bit halves, low first: 64-bit counters on this host. */
struct ena_stats_resp {
	struct amzn_acq_head head;
	uint64_t tx_bytes;
	uint64_t tx_pkts;
	uint64_t rx_bytes;
	uint64_t rx_pkts;
	uint64_t rx_drops;
	uint64_t tx_drops;
};

union ena_response {
	struct amzn_acq_head head;
	struct ena_created_sq created_sq;
	struct ena_created_cq created_cq;
	struct ena_feature_resp feature;
	struct ena_stats_resp stats;
	uint8_t raw[AMZN_ENTRY_SIZE];
};

/* ---- packet rings ---- */

#define ENA_TX_LENGTH_MASK     0xffffu
#define ENA_TX_REQ_ID_HI_SHIFT 16
#define ENA_TX_REQ_ID_HI_MASK  0x3fu
#define ENA_TX_META	       0x00800000u
#define ENA_TX_LAST	       0x08000000u
#define ENA_TX_REQ_ID_LO_SHIFT 22
#define ENA_TX_ADDR_HI_MASK    0xffffu

struct ena_tx_desc {
	uint32_t len_ctrl;
	uint32_t meta_ctrl;
	uint32_t addr_lo;
	uint32_t addr_hi_header;
};

struct ena_tx_done {
	uint16_t req_id;
	uint8_t status;
	uint8_t phase;
	uint16_t sub_queue;
	uint16_t sq_head;
};

struct ena_rx_desc {
	uint16_t length; /* 0: 64 KiB */
	uint8_t reserved;
	uint8_t ctrl;
	uint16_t req_id;
	uint16_t reserved2;
	uint32_t addr_lo;
	uint16_t addr_hi;
	uint16_t reserved3;
};

#define ENA_RX_PHASE_SHIFT 24
#define ENA_RX_FIRST	   0x04000000u
#define ENA_RX_LAST	   0x08000000u
#define ENA_RX_BUFFER	   0x40000000u

struct ena_rx_done {
	uint32_t status;
	uint16_t length;
	uint16_t req_id;
	uint32_t hash;
	uint16_t sub_queue;
	uint8_t offset;
	uint8_t reserved;
};

#define ENA_UNMASK 0x40000000u

_Static_assert(sizeof(union ena_request) == AMZN_ENTRY_SIZE, "request");
_Static_assert(sizeof(union ena_response) == AMZN_ENTRY_SIZE, "response");
_Static_assert(offsetof(struct ena_create_sq, base) == 12, "create sq");
_Static_assert(offsetof(struct ena_create_cq, base) == 12, "create cq");
_Static_assert(offsetof(struct ena_get_stats, type) == 16, "get statistics");
_Static_assert(offsetof(struct ena_feature_cmd, feature) == 17, "feature command");
_Static_assert(offsetof(struct ena_feature_cmd, data) == 20, "feature command");
_Static_assert(offsetof(struct ena_created_sq, db_offset) == 12, "created sq");
_Static_assert(sizeof(struct ena_created_cq) == 24, "created cq");
_Static_assert(offsetof(struct ena_device_attr, max_mtu) == 32, "device attributes");
_Static_assert(sizeof(struct ena_queue_attr) == 44, "queue attributes");
_Static_assert(sizeof(struct ena_tx_desc) == 16, "transmit entry");
_Static_assert(sizeof(struct ena_tx_done) == 8, "transmit completion");
_Static_assert(sizeof(struct ena_rx_desc) == 16, "receive entry");
_Static_assert(sizeof(struct ena_rx_done) == 16, "receive completion");

#endif
