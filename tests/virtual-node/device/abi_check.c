/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Not part of the object: compared at compile time, "build --check-abi" says whether our
 * definitions agree with those of the drivers in a Linux source tree (6.1 or later). What Linux
 * names differently from one version to the next is not compared.
 */
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
#define BIT(n)	      (1u << (n))
#define GENMASK(h, l) (((~0u) << (l)) & (~0u >> (31 - (h))))

#include "efa_regs_defs.h"
#include "efa_common_defs.h"
#include "efa_admin_defs.h"
#include "efa_admin_cmds_defs.h"
#include "efa_io_defs.h"
#include "ena_regs_defs.h"
#include "ena_common_defs.h"
#include "ena_admin_defs.h"
#include "ena_eth_io_defs.h"

#include "efa_abi.h"
#include "efa_io_abi.h"
#include "ena_abi.h"

#define MEMBER_SIZE(type, member) sizeof(((struct type *)0)->member)
#define FIELD(ours, our_member, theirs, their_member)                                              \
	_Static_assert(offsetof(struct ours, our_member) ==                                        \
				       offsetof(struct theirs, their_member) &&                    \
			       MEMBER_SIZE(ours, our_member) == MEMBER_SIZE(theirs, their_member), \
		       "struct " #ours ", " #our_member)
#define VALUE(ours, theirs) _Static_assert((uint32_t)(ours) == (uint32_t)(theirs), #ours)

/* Registers: the same in both functions. */
#define REGISTER(ours, theirs)                           \
	VALUE(AMZN_REG_##ours, EFA_REGS_##theirs##_OFF); \
	VALUE(AMZN_REG_##ours, ENA_REGS_##theirs##_OFF)
REGISTER(VERSION, VERSION);
REGISTER(CONTROLLER_VERSION, CONTROLLER_VERSION);
REGISTER(CAPS, CAPS);
REGISTER(AQ_BASE_LO, AQ_BASE_LO);
REGISTER(AQ_BASE_HI, AQ_BASE_HI);
REGISTER(AQ_CAPS, AQ_CAPS);
REGISTER(ACQ_BASE_LO, ACQ_BASE_LO);
REGISTER(ACQ_BASE_HI, ACQ_BASE_HI);
REGISTER(ACQ_CAPS, ACQ_CAPS);
REGISTER(AENQ_CAPS, AENQ_CAPS);
REGISTER(AENQ_BASE_LO, AENQ_BASE_LO);
REGISTER(AENQ_BASE_HI, AENQ_BASE_HI);
REGISTER(INTR_MASK, INTR_MASK);
REGISTER(DEV_CTL, DEV_CTL);
REGISTER(DEV_STS, DEV_STS);
REGISTER(MMIO_READ, MMIO_REG_READ);
REGISTER(MMIO_RESP_LO, MMIO_RESP_LO);
REGISTER(MMIO_RESP_HI, MMIO_RESP_HI);
VALUE(AMZN_REG_AQ_DB, EFA_REGS_AQ_PROD_DB_OFF);
VALUE(AMZN_REG_AQ_DB, ENA_REGS_AQ_DB_OFF);
VALUE(AMZN_REG_AENQ_DB, EFA_REGS_AENQ_CONS_DB_OFF);
VALUE(AMZN_REG_AENQ_DB, ENA_REGS_AENQ_HEAD_DB_OFF);
VALUE(EFA_REG_EQ_DB, EFA_REGS_EQ_DB_OFF);
VALUE(EFA_EQ_DB_ARM, EFA_REGS_EQ_DB_ARM_MASK);
VALUE(AMZN_DEV_STS_READY, EFA_REGS_DEV_STS_READY_MASK);
VALUE(AMZN_DEV_STS_RESET_IN_PROGRESS, EFA_REGS_DEV_STS_RESET_IN_PROGRESS_MASK);
VALUE(AMZN_DEV_STS_RESET_IN_PROGRESS, ENA_REGS_DEV_STS_RESET_IN_PROGRESS_MASK);
VALUE(AMZN_CAPS_ADMIN_TIMEOUT_MAX << AMZN_CAPS_ADMIN_TIMEOUT_SHIFT,
      EFA_REGS_CAPS_ADMIN_CMD_TO_MASK);

/* Rings. */
FIELD(amzn_aq_head, opcode, efa_admin_aq_common_desc, opcode);
FIELD(amzn_aq_head, flags, ena_admin_aq_common_desc, flags);
FIELD(amzn_acq_head, status, efa_admin_acq_common_desc, status);
FIELD(amzn_acq_head, phase, efa_admin_acq_common_desc, flags);
FIELD(amzn_acq_head, aq_head, ena_admin_acq_common_desc, sq_head_indx);
FIELD(amzn_aenq_entry, phase, efa_admin_aenq_common_desc, flags);
FIELD(amzn_aenq_entry, phase, ena_admin_aenq_common_desc, flags);
FIELD(amzn_aenq_entry, data[0], ena_admin_aenq_link_change_desc, flags);
FIELD(amzn_mmio_response, value, efa_admin_mmio_req_read_less_resp, reg_val);
VALUE(AMZN_AQ_CTRL_DATA_INDIRECT, EFA_ADMIN_AQ_COMMON_DESC_CTRL_DATA_INDIRECT_MASK);
VALUE(AMZN_ILLEGAL_PARAMETER, EFA_ADMIN_ILLEGAL_PARAMETER);
VALUE(AMZN_BUSY, ENA_ADMIN_RESOURCE_BUSY);

/* EFA admin commands. */
VALUE(EFA_CREATE_QP, EFA_ADMIN_CREATE_QP);
VALUE(EFA_REG_MR, EFA_ADMIN_REG_MR);
VALUE(EFA_GET_STATS, EFA_ADMIN_GET_STATS);
VALUE(EFA_DESTROY_EQ, EFA_ADMIN_DESTROY_EQ);
VALUE(EFA_FEATURE_EVENT_QUEUE_ATTR, EFA_ADMIN_EVENT_QUEUE_ATTR);
VALUE(EFA_AENQ_KEEP_ALIVE, EFA_ADMIN_KEEP_ALIVE);
VALUE(EFA_QP_SRD, EFA_ADMIN_QP_TYPE_SRD);
VALUE(EFA_QP_RTS, EFA_ADMIN_QP_STATE_RTS);
VALUE(EFA_STATS_RDMA_READ, EFA_ADMIN_GET_STATS_TYPE_RDMA_READ);
FIELD(efa_create_qp, type, efa_admin_create_qp_cmd, qp_type);
FIELD(efa_create_qp, rq_base, efa_admin_create_qp_cmd, rq_base_addr);
FIELD(efa_create_qp, recv_cq, efa_admin_create_qp_cmd, recv_cq_idx);
FIELD(efa_create_qp, sq_ring_bytes, efa_admin_create_qp_cmd, qp_alloc_size.send_queue_ring_size);
FIELD(efa_create_qp, rq_ring_bytes, efa_admin_create_qp_cmd, qp_alloc_size.recv_queue_ring_size);
FIELD(efa_created_qp, qp_num, efa_admin_create_qp_resp, qp_num);
FIELD(efa_created_qp, sq_db_offset, efa_admin_create_qp_resp, sq_db_offset);
FIELD(efa_created_qp, llq_offset, efa_admin_create_qp_resp, llq_descriptors_offset);
FIELD(efa_modify_qp, state, efa_admin_modify_qp_cmd, qp_state);
FIELD(efa_modify_qp, rnr_retry, efa_admin_modify_qp_cmd, rnr_retry);
VALUE(EFA_MODIFY_QKEY, EFA_ADMIN_MODIFY_QP_CMD_QKEY_MASK);
VALUE(EFA_MODIFY_RNR_RETRY, EFA_ADMIN_MODIFY_QP_CMD_RNR_RETRY_MASK);
FIELD(efa_queried_qp, rnr_retry, efa_admin_query_qp_resp, rnr_retry);
FIELD(efa_by_handle, handle, efa_admin_destroy_qp_cmd, qp_handle);
FIELD(efa_by_handle, handle, efa_admin_dereg_mr_cmd, l_key);
FIELD(efa_by_index, index, efa_admin_destroy_cq_cmd, cq_idx);
FIELD(efa_by_index, index, efa_admin_dealloc_pd_cmd, pd);
FIELD(efa_create_ah, gid, efa_admin_create_ah_cmd, dest_addr);
FIELD(efa_create_ah, pd, efa_admin_create_ah_cmd, pd);
FIELD(efa_created_index, index, efa_admin_create_ah_resp, ah);
FIELD(efa_created_index, index, efa_admin_alloc_uar_resp, uar);
FIELD(efa_destroy_ah, pd, efa_admin_destroy_ah_cmd, pd);
FIELD(efa_reg_mr, pbl, efa_admin_reg_mr_cmd, pbl);
FIELD(efa_reg_mr, length, efa_admin_reg_mr_cmd, mr_length);
FIELD(efa_reg_mr, permissions, efa_admin_reg_mr_cmd, permissions);
FIELD(efa_reg_mr, iova, efa_admin_reg_mr_cmd, iova);
FIELD(efa_registered_mr, rkey, efa_admin_reg_mr_resp, r_key);
VALUE(EFA_MR_REMOTE_READ, EFA_ADMIN_REG_MR_CMD_REMOTE_READ_ENABLE_MASK);
FIELD(efa_create_cq, caps2, efa_admin_create_cq_cmd, cq_caps_2);
FIELD(efa_create_cq, base, efa_admin_create_cq_cmd, cq_ba);
FIELD(efa_create_cq, sub_cqs, efa_admin_create_cq_cmd, num_sub_cqs);
FIELD(efa_created_cq, db_offset, efa_admin_create_cq_resp, db_offset);
VALUE(EFA_CQ_CAPS1_INTERRUPT, EFA_ADMIN_CREATE_CQ_CMD_INTERRUPT_MODE_ENABLED_MASK);
VALUE(EFA_CQ_CAPS2_SRC_ADDR, EFA_ADMIN_CREATE_CQ_CMD_SET_SRC_ADDR_MASK);
FIELD(efa_create_eq, vector, efa_admin_create_eq_cmd, msix_vec);
FIELD(efa_create_eq, base, efa_admin_create_eq_cmd, ba);
FIELD(efa_get_stats, type, efa_admin_aq_get_stats_cmd, type);
FIELD(efa_feature_cmd, feature, efa_admin_get_feature_cmd, feature_common.feature_id);
FIELD(efa_feature_cmd, data, efa_admin_set_feature_cmd, u.raw);
FIELD(efa_device_attr, db_bar, efa_admin_feature_device_attr_desc, db_bar);
FIELD(efa_device_attr, max_rdma_size, efa_admin_feature_device_attr_desc, max_rdma_size);
FIELD(efa_queue_attr, sub_cqs, efa_admin_feature_queue_attr_desc, sub_cqs_per_cq);
FIELD(efa_queue_attr, max_tx_batch, efa_admin_feature_queue_attr_desc, max_tx_batch);
FIELD(efa_eq_attr, events, efa_admin_event_queue_attr_desc, event_bitmask);
FIELD(efa_network_attr, mtu, efa_admin_feature_network_attr_desc, mtu);
FIELD(efa_aenq_attr, enabled, efa_admin_feature_aenq_desc, enabled_groups);

/* EFA queues. */
VALUE(EFA_OP_RDMA_READ, EFA_IO_RDMA_READ);
VALUE(EFA_QUEUE_RECV, EFA_IO_RECV_QUEUE);
VALUE(EFA_IO_REMOTE_RNR, EFA_IO_COMP_STATUS_REMOTE_ERROR_RNR);
VALUE(EFA_IO_UNRESPONSIVE, EFA_IO_COMP_STATUS_LOCAL_ERROR_UNRESP_REMOTE);
_Static_assert(sizeof(struct efa_wqe) == sizeof(struct efa_io_tx_wqe), "struct efa_wqe");
FIELD(efa_wqe, length, efa_io_tx_wqe, meta.length);
FIELD(efa_wqe, qkey, efa_io_tx_wqe, meta.qkey);
FIELD(efa_wqe, u.sge[1].lkey, efa_io_tx_wqe, data.sgl[1].lkey);
FIELD(efa_wqe, u.rdma.local.addr.lo, efa_io_tx_wqe, data.rdma_req.local_mem[0].buf_addr_lo);
VALUE(EFA_WQE_INLINE, EFA_IO_TX_META_DESC_INLINE_MSG_MASK);
VALUE(EFA_WQE_HAS_IMM, EFA_IO_TX_META_DESC_HAS_IMM_MASK);
FIELD(efa_rqe, lkey_ctrl, efa_io_rx_desc, lkey_ctrl);
VALUE(EFA_RQE_LAST, EFA_IO_RX_DESC_LAST_MASK);
FIELD(efa_cqe, qp_num, efa_io_rx_cdesc, common.qp_num);
FIELD(efa_cqe, src_qp, efa_io_rx_cdesc, src_qp_num);
FIELD(efa_cqe, imm, efa_io_rx_cdesc, imm);
FIELD(efa_eqe, cqn, efa_admin_eqe, u.comp_event.cqn);

/* ENA admin commands. */
VALUE(ENA_DESTROY_CQ, ENA_ADMIN_DESTROY_CQ);
VALUE(ENA_GET_STATS, ENA_ADMIN_GET_STATS);
VALUE(ENA_FEATURE_MAX_QUEUES_EXT, ENA_ADMIN_MAX_QUEUES_EXT);
VALUE(ENA_FEATURE_HOST_ATTR, ENA_ADMIN_HOST_ATTR_CONFIG);
VALUE(ENA_AENQ_KEEP_ALIVE, ENA_ADMIN_KEEP_ALIVE);
FIELD(ena_create_sq, identity, ena_admin_aq_create_sq_cmd, sq_identity);
FIELD(ena_create_sq, caps2, ena_admin_aq_create_sq_cmd, sq_caps_2);
FIELD(ena_create_sq, depth, ena_admin_aq_create_sq_cmd, sq_depth);
FIELD(ena_create_sq, base, ena_admin_aq_create_sq_cmd, sq_ba);
FIELD(ena_created_sq, db_offset, ena_admin_acq_create_sq_resp_desc, sq_doorbell_offset);
FIELD(ena_destroy_sq, index, ena_admin_aq_destroy_sq_cmd, sq.sq_idx);
FIELD(ena_create_cq, vector, ena_admin_aq_create_cq_cmd, msix_vector);
FIELD(ena_create_cq, base, ena_admin_aq_create_cq_cmd, cq_ba);
FIELD(ena_created_cq, unmask_offset, ena_admin_acq_create_cq_resp_desc,
      cq_interrupt_unmask_register_offset);
FIELD(ena_destroy_cq, index, ena_admin_aq_destroy_cq_cmd, cq_idx);
FIELD(ena_get_stats, type, ena_admin_aq_get_stats_cmd, type);
FIELD(ena_feature_cmd, feature, ena_admin_get_feat_cmd, feat_common.feature_id);
FIELD(ena_feature_cmd, data, ena_admin_set_feat_cmd, u.raw);
FIELD(ena_device_attr, mac, ena_admin_device_attr_feature_desc, mac_addr);
FIELD(ena_device_attr, max_mtu, ena_admin_device_attr_feature_desc, max_mtu);
FIELD(ena_queue_attr, tx_sqs, ena_admin_queue_ext_feature_desc, max_queue_ext.max_tx_sq_num);
FIELD(ena_queue_attr, rx_descs, ena_admin_queue_ext_feature_desc,
      max_queue_ext.max_per_packet_rx_descs);
FIELD(ena_link_attr, flags, ena_admin_get_feature_link_desc, flags);
_Static_assert(offsetof(struct ena_stats_resp, rx_drops) ==
		       offsetof(struct ena_admin_acq_get_stats_resp, u.basic_stats.rx_drops_low),
	       "struct ena_stats_resp");

/* ENA queues. */
_Static_assert(sizeof(struct ena_tx_desc) == sizeof(struct ena_eth_io_tx_desc),
	       "struct ena_tx_desc");
VALUE(ENA_TX_META, ENA_ETH_IO_TX_DESC_META_DESC_MASK);
VALUE(ENA_TX_LAST, ENA_ETH_IO_TX_DESC_LAST_MASK);
VALUE(ENA_TX_REQ_ID_LO_SHIFT, ENA_ETH_IO_TX_DESC_REQ_ID_LO_SHIFT);
FIELD(ena_tx_done, phase, ena_eth_io_tx_cdesc, flags);
FIELD(ena_tx_done, sq_head, ena_eth_io_tx_cdesc, sq_head_idx);
FIELD(ena_rx_desc, req_id, ena_eth_io_rx_desc, req_id);
FIELD(ena_rx_desc, addr_hi, ena_eth_io_rx_desc, buff_addr_hi);
FIELD(ena_rx_done, req_id, ena_eth_io_rx_cdesc_base, req_id);
VALUE(ENA_RX_LAST, ENA_ETH_IO_RX_CDESC_BASE_LAST_MASK);
VALUE(ENA_RX_BUFFER, ENA_ETH_IO_RX_CDESC_BASE_BUFFER_MASK);
VALUE(1u << ENA_RX_PHASE_SHIFT, ENA_ETH_IO_RX_CDESC_BASE_PHASE_MASK);
