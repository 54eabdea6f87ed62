/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The admin part that EFA and ENA functions share: registers, register reads through host memory,
 * request, completion and event rings, and the reset handshake.
 */
#ifndef AMZN_ADMIN_H
#define AMZN_ADMIN_H

#include "pci_common.h"
#include "amzn_abi.h"

/* What differs between the two kinds of function. dev is the pointer given to amzn_admin_init. */
struct amzn_admin_ops {
	uint32_t version;
	uint32_t controller_version;
	/*
	 * The driver writes to AENQ_DB how many events it has consumed (EFA), or that number plus
	 * the ring's depth (ENA, which besides must have written once before anything may be
	 * reported).
	 */
	bool events_db_counts_depth;
	/* How long the driver waits for an answer unless the device names another time. */
	unsigned int driver_timeout_ms;
	/* Executes one request (64 bytes); fills the response's bytes from 8 on; returns its
	 * status. */
	enum amzn_status (*execute)(void *dev, const void *request, void *response);
	/* Forgets everything that the driver set up. */
	void (*reset)(void *dev);
	/* The driver has written AENQ_DB for the first time since reset. May be NULL. */
	void (*events_ready)(void *dev);
};

struct amzn_admin {
	PCIDevice *pci;
	const struct amzn_admin_ops *ops;
	void *dev;
	/* Conditions that the owner sets; see amzn_admin_kick. */
	bool not_ready;
	bool hang;
	unsigned int timeout_100ms;

	uint32_t reg[AMZN_REG_FILE_SIZE / 4];
	bool resetting;
	uint16_t aq_head;
	int64_t waiting_since; /* time of the first request that met a hang, 0: none */
	uint32_t acq_produced;
	uint32_t events_produced;
	bool events_db_written;
	uint32_t events_enabled; /* bit per group, set by the owner on the driver's request */
};

void amzn_admin_init(struct amzn_admin *admin, PCIDevice *pci, const struct amzn_admin_ops *ops,
		     void *dev);
/* Back to the state after power-on, as the driver's reset does; calls ops->reset. */
void amzn_admin_reset(struct amzn_admin *admin);

/* Reads and writes of the register file, offsets below AMZN_REG_FILE_SIZE. */
uint32_t amzn_admin_reg_read(struct amzn_admin *admin, unsigned int offset);
void amzn_admin_reg_write(struct amzn_admin *admin, unsigned int offset, uint32_t value);

/*
 * To be called after each write to configuration space. Without bus mastering there is no driver
 * any more; one that could not reset the function (because it was not ready) has left addresses
 * of memory that is no longer its own, so they are forgotten.
 */
void amzn_admin_config_written(struct amzn_admin *admin, uint32_t addr, int len);

/*
 * Executes what has piled up in the request ring; call it when a hang ends. If the driver has given
 * up on a request by then, it has closed the queue for good, and its memory for the answers may be
 * in other use: an answer makes Linux 6.1 write there. So the requests are forgotten.
 */
void amzn_admin_kick(struct amzn_admin *admin);

/* Reports an event with one data dword; false when the driver has not asked for the group or has no
 * room for it. */
bool amzn_admin_event(struct amzn_admin *admin, unsigned int group, uint32_t data);

#endif
