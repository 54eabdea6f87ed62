/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One ENA function: a network card with queues in host memory, on any of QEMU's netdevs or none. */
#ifndef ENA_H
#define ENA_H

#include "amzn_admin.h"
#include "ena_abi.h"
#include "qemu/timer.h"
#include "qemu/units.h"
#include "net/net.h"
#include "qom/object.h"

#define TYPE_ENA "ena"

/* Of each kind, transmit and receive. */
#define ENA_QUEUES    32
#define ENA_MAX_DEPTH 1024
#define ENA_VECTORS   33
#define ENA_MAX_MTU   9216
#define ENA_TX_DESCS  17
#define ENA_RX_DESCS  15

/* Within BAR 0, one dword per queue. */
#define ENA_UNMASK_OFFSET 0x1000
#define ENA_SQ_DB_OFFSET  0x2000

struct ena_cq {
	bool used;
	uint8_t entry_bytes;
	uint8_t vector;
	uint16_t depth;
	uint32_t produced;
	uint64_t base;
};

struct ena_sq {
	bool used;
	bool tx;
	uint16_t cq;
	uint16_t depth;
	uint64_t base;
	/* Running 16-bit counts: doorbell written by the guest, next to use. */
	uint16_t db, next;
};

/* The transmit and the receive queue of a pair share a vector, each has its own unmask register. */
struct ena_vector {
	bool unmasked;
	bool pending;
};

struct ena_dev {
	PCIDevice parent_obj;
	MemoryRegion regs;
	struct amzn_admin admin;
	NICState *nic; /* NULL without a netdev: the wire ends nowhere */
	NICConf conf;

	uint16_t device_id;
	uint32_t speed_mbps;
	struct pci_link pci_link;
	bool hang; /* fault */
	bool link_up;

	struct ena_cq cq[ENA_QUEUES * 2];
	struct ena_sq sq[ENA_QUEUES * 2];
	struct ena_vector vector[ENA_VECTORS];
	QEMUTimer *keepalive_timer;
	struct {
		uint64_t tx_bytes, tx_pkts, rx_bytes, rx_pkts, rx_drops, tx_drops;
	} counters;
};

DECLARE_INSTANCE_CHECKER(struct ena_dev, ENA_DEV, TYPE_ENA)

/* ena_cmd.c */
enum amzn_status ena_execute(void *dev, const void *request, void *response);

/* ena_data.c */
void ena_sq_doorbell(struct ena_dev *dev, unsigned int index, uint16_t value);
void ena_unmask(struct ena_dev *dev, unsigned int cq, uint32_t value);
/* Sends what stands in the transmit queues. */
void ena_tx_run_all(struct ena_dev *dev);
bool ena_can_receive(NetClientState *nc);
ssize_t ena_receive(NetClientState *nc, const uint8_t *data, size_t len);

#endif
