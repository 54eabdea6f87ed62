/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One EFA function of the model and the parts it is made of. All functions of the QEMU process
 * together are the fabric: a packet goes to the one whose GID it names. Everything runs under
 * QEMU's global lock, a doorbell executes the whole transfer at once, so there is no locking here.
 */
#ifndef EFA_H
#define EFA_H

#include "amzn_admin.h"
#include "efa_abi.h"
#include "efa_io_abi.h"
#include "qemu/queue.h"
#include "qemu/timer.h"
#include "qemu/units.h"
#include "net/net.h"
#include "qom/object.h"

#define TYPE_EFA "efa"

/* Limits as the function reports them; plausible for a p5, see README.md. */
#define EFA_MAX_QP	  256
#define EFA_MAX_CQ	  512
#define EFA_MAX_EQ	  32
#define EFA_MAX_AH	  5120
#define EFA_MAX_PD	  256
#define EFA_MAX_UAR	  1024
#define EFA_MAX_MR	  262144
#define EFA_MAX_MR_PAGES  (1u << 24)
#define EFA_MAX_SQ_DEPTH  4096
#define EFA_MAX_RQ_DEPTH  32768
#define EFA_MAX_CQ_DEPTH  32768
#define EFA_MAX_EQ_DEPTH  1024
#define EFA_MAX_RDMA_SIZE (1u << 30)
#define EFA_MAX_MTU	  9216
#define EFA_VECTORS	  33

#define EFA_GID_BYTES	  16
#define EFA_PAGE	  4096
#define EFA_LLQ_BAR_BYTES (32 * MiB)
#define EFA_DB_BAR	  4
#define EFA_DB_BAR_BYTES  (4 * MiB)
/* Within a queue pair's doorbell page. */
#define EFA_SQ_DB_OFFSET 0
#define EFA_RQ_DB_OFFSET 64

struct efa_mr {
	uint16_t pd;
	uint8_t permissions;
	uint8_t page_shift;
	uint64_t iova;
	uint64_t length;
	uint64_t page_count;
	uint64_t *pages; /* guest-physical address of each */
};

struct efa_cq {
	bool used;
	bool interrupts;
	bool armed;
	bool src_addr;
	uint8_t entry_bytes;
	uint16_t depth;
	uint16_t eqn;
	uint64_t base;
	uint32_t produced;
	uint16_t consumed;
};

struct efa_eq {
	bool used;
	bool armed;
	bool pending;
	uint8_t vector;
	uint16_t depth;
	uint64_t base;
	uint32_t produced;
};

struct efa_ah {
	unsigned int references; /* 0: free */
	uint16_t pd;
	uint8_t gid[EFA_GID_BYTES];
};

struct efa_qp {
	bool used;
	uint16_t num;
	uint16_t pd;
	uint8_t type;
	uint8_t state;
	uint8_t rnr_retry; /* 7: for ever */
	uint32_t qkey;
	uint32_t sq_psn;
	uint32_t generation; /* tells a reused number from the former queue pair */
	uint32_t send_cq;
	uint32_t recv_cq;
	uint64_t rq_base;
	uint32_t rq_entries;
	uint32_t sq_entries;
	uint32_t llq_offset;
	uint32_t llq_bytes;
	/* Running 16-bit counts: doorbell written by the guest, next to execute. */
	uint16_t sq_db, sq_next;
	uint16_t rq_db, rq_next;
};

/* Grouped as GET_STATS returns them, in its order. */
struct efa_counters {
	struct {
		uint64_t tx_bytes, tx_pkts, rx_bytes, rx_pkts, rx_drops, qkey_violations;
	} basic;
	struct {
		uint64_t send_bytes, send_wrs, recv_bytes, recv_wrs;
	} messages;
	struct efa_rdma_counters {
		uint64_t wrs, bytes, errors, peer_bytes;
	} read, write;
	struct {
		uint64_t retrans_bytes, retrans_pkts, retrans_timeouts, unresponsive, impaired;
	} network;
};

/* Conditions that are switched while the machine runs; README.md says how each shows. */
struct efa_faults {
	bool link; /* true: healthy */
	bool hang;
	bool admin_hang;
	bool dev_ready; /* true: healthy */
	uint32_t drop;
	uint32_t fail_status;
	uint32_t unresp_ms;
	uint32_t slow_us;
	bool island;
};

struct efa_waiting; /* efa_wait.c */

struct efa_dev {
	PCIDevice parent_obj;
	MemoryRegion regs, llq, doorbells;
	uint8_t *llq_ram;
	struct amzn_admin admin;

	MACAddr mac;
	uint16_t device_id;
	uint16_t speed_gbps;
	uint32_t mtu;
	uint32_t keepalive_ms;
	uint32_t admin_timeout_100ms;
	uint64_t guid;
	struct pci_link pci_link;
	uint8_t gid[EFA_GID_BYTES];
	struct efa_faults faults;

	bool pd_used[EFA_MAX_PD];
	bool uar_used[EFA_MAX_UAR];
	struct efa_qp qp[EFA_MAX_QP];
	struct efa_cq cq[EFA_MAX_CQ];
	struct efa_eq eq[EFA_MAX_EQ];
	struct efa_ah ah[EFA_MAX_AH];
	GHashTable *mrs; /* key to struct efa_mr */
	uint32_t last_key;
	uint16_t last_qp;
	uint32_t last_generation;

	struct efa_counters counters;
	QEMUTimer *keepalive_timer;
	QEMUTimer *wait_timer;
	bool wait_running;
	QTAILQ_HEAD(, efa_waiting) waiting;
	QLIST_ENTRY(efa_dev) next;
};

DECLARE_INSTANCE_CHECKER(struct efa_dev, EFA_DEV, TYPE_EFA)

/* efa_dev.c */
struct efa_dev *efa_find(const uint8_t *gid);
void efa_for_each(void (*fn)(struct efa_dev *dev));
void efa_guest_error(struct efa_dev *dev, const char *what);

/* efa_faults.c */
void efa_faults_register(ObjectClass *class);
void efa_faults_default(struct efa_faults *faults);
/* Carries out what the present faults demand. */
void efa_faults_apply(struct efa_dev *dev);
/* Whether packets get from one function to the other at all. */
bool efa_path_ok(const struct efa_dev *from, const struct efa_dev *to);

/* efa_cmd.c */
enum amzn_status efa_execute(void *dev, const void *request, void *response);

/* efa_info.c: GET_FEATURE, SET_FEATURE, GET_STATS */
enum amzn_status efa_get_feature(struct efa_dev *dev, const union efa_request *req,
				 union efa_response *resp);
enum amzn_status efa_set_feature(struct efa_dev *dev, const union efa_request *req);
enum amzn_status efa_get_stats(struct efa_dev *dev, const union efa_request *req,
			       union efa_response *resp);

/* efa_mr.c */
void efa_mr_free(void *mr);
enum amzn_status efa_mr_register(struct efa_dev *dev, const struct efa_reg_mr *req,
				 struct efa_registered_mr *resp);
enum amzn_status efa_mr_deregister(struct efa_dev *dev, uint32_t key);
/* Whether key grants these permissions on the range to queue pairs of this protection domain. */
bool efa_mr_check(struct efa_dev *dev, uint32_t key, uint16_t pd, uint8_t permissions,
		  uint64_t iova, uint64_t len);
/* Copies between a buffer and a range that efa_mr_check has accepted; false when the guest's pages
 * are no memory. */
bool efa_mr_read(struct efa_dev *dev, uint32_t key, uint64_t iova, void *buf, uint64_t len);
bool efa_mr_write(struct efa_dev *dev, uint32_t key, uint64_t iova, const void *buf, uint64_t len);

/* efa_cq.c */
enum amzn_status efa_cq_create(struct efa_dev *dev, const struct efa_create_cq *req,
			       struct efa_created_cq *resp);
enum amzn_status efa_cq_destroy(struct efa_dev *dev, uint16_t cqn);
enum amzn_status efa_eq_create(struct efa_dev *dev, const struct efa_create_eq *req,
			       struct efa_created_index *resp);
enum amzn_status efa_eq_destroy(struct efa_dev *dev, uint16_t eqn);
/* Posts a completion; its phase bit is set here. */
void efa_cq_post(struct efa_dev *dev, uint32_t cqn, struct efa_cqe *cqe);
void efa_cq_doorbell(struct efa_dev *dev, uint32_t cqn, uint32_t value);
void efa_eq_doorbell(struct efa_dev *dev, uint32_t value);

/* efa_qp.c */
enum amzn_status efa_qp_create(struct efa_dev *dev, const struct efa_create_qp *req,
			       struct efa_created_qp *resp);
enum amzn_status efa_qp_modify(struct efa_dev *dev, const struct efa_modify_qp *req);
enum amzn_status efa_qp_query(struct efa_dev *dev, uint32_t handle, struct efa_queried_qp *resp);
enum amzn_status efa_qp_destroy(struct efa_dev *dev, uint32_t handle);
struct efa_qp *efa_qp_find(struct efa_dev *dev, uint32_t num);
void efa_qp_doorbell(struct efa_dev *dev, uint32_t num, unsigned int offset, uint16_t value);
/* Executes what stands in the send queues. */
void efa_qp_run_all(struct efa_dev *dev);

/* efa_ah.c: address handles, protection domains, doorbell regions */
enum amzn_status efa_ah_create(struct efa_dev *dev, const struct efa_create_ah *req,
			       struct efa_created_index *resp);
enum amzn_status efa_ah_destroy(struct efa_dev *dev, const struct efa_destroy_ah *req);
/* Index of the handle for gid in this protection domain, EFA_NO_AH when there is none. */
uint16_t efa_ah_find(const struct efa_dev *dev, uint16_t pd, const uint8_t *gid);
bool efa_pd_valid(const struct efa_dev *dev, uint16_t pd);
enum amzn_status efa_pd_alloc(struct efa_dev *dev, struct efa_created_index *resp);
enum amzn_status efa_pd_free(struct efa_dev *dev, uint16_t pd);
enum amzn_status efa_uar_alloc(struct efa_dev *dev, struct efa_created_index *resp);
enum amzn_status efa_uar_free(struct efa_dev *dev, uint16_t uar);

/* efa_send.c: outcome of one attempt at a work request */
enum efa_outcome {
	EFA_DONE,      /* completion posted */
	EFA_NOT_READY, /* the receiver has no receive request */
	EFA_LOST,      /* the packet was dropped on the way */
	EFA_NO_PATH,   /* the peer does not answer */
	EFA_NO_PEER,   /* nobody has that GID */
};

/* before: how the last attempt ended, EFA_DONE for the first. */
enum efa_outcome efa_send_try(struct efa_dev *dev, struct efa_qp *qp, const struct efa_wqe *wqe,
			      enum efa_outcome before);
void efa_send_complete(struct efa_dev *dev, const struct efa_qp *qp, const struct efa_wqe *wqe,
		       uint8_t status);
uint64_t efa_packets(const struct efa_dev *dev, uint64_t bytes);

/* efa_rdma.c: READ and WRITE towards a queue pair that was found good */
enum efa_outcome efa_rdma_run(struct efa_dev *dev, struct efa_qp *qp, const struct efa_wqe *wqe,
			      struct efa_dev *peer, struct efa_qp *peer_qp);

/* efa_recv.c */
struct efa_packet {
	const uint8_t *src_gid;
	uint16_t src_qp;
	uint8_t op;
	bool has_imm;
	uint32_t imm;
	const uint8_t *data; /* to scatter */
	uint32_t data_len;
	uint32_t header_len;   /* the part of data that the sender's program did not give */
	uint32_t reported_len; /* in the completion */
};

bool efa_recv_ready(struct efa_dev *dev, struct efa_qp *qp);
/* Takes one receive request of qp for the packet, which efa_recv_ready has promised; returns the
 * status that the sender sees. */
uint8_t efa_recv_packet(struct efa_dev *dev, struct efa_qp *qp, const struct efa_packet *pkt);

/* efa_wait.c: work requests that wait for a receiver, a retransmission or the end of their time */
void efa_wait_init(struct efa_dev *dev);
void efa_wait_done(struct efa_dev *dev);
void efa_wait_clear(struct efa_dev *dev);
void efa_wait_add(struct efa_dev *dev, struct efa_qp *qp, const struct efa_wqe *wqe,
		  enum efa_outcome why);
/* A receive request was posted somewhere. */
void efa_wait_kick(struct efa_dev *dev);
/* A fault has changed. */
void efa_wait_retry_all(struct efa_dev *dev);

#endif
