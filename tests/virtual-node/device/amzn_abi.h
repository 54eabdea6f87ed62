/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the EFA and ENA functions have in common towards their drivers: the register file of
 * BAR 0 up to 0x64 and the entries of the three admin rings (requests, completions, events).
 * All values are little endian; every entry is 64 bytes.
 */
#ifndef AMZN_ABI_H
#define AMZN_ABI_H

#include <stddef.h>
#include <stdint.h>

/* Registers, offsets in bytes. */
enum amzn_reg {
	AMZN_REG_VERSION = 0x00,
	AMZN_REG_CONTROLLER_VERSION = 0x04,
	AMZN_REG_CAPS = 0x08,
	AMZN_REG_AQ_BASE_LO = 0x10,
	AMZN_REG_AQ_BASE_HI = 0x14,
	AMZN_REG_AQ_CAPS = 0x18,
	AMZN_REG_ACQ_BASE_LO = 0x20,
	AMZN_REG_ACQ_BASE_HI = 0x24,
	AMZN_REG_ACQ_CAPS = 0x28,
	AMZN_REG_AQ_DB = 0x2c,
	AMZN_REG_AENQ_CAPS = 0x34,
	AMZN_REG_AENQ_BASE_LO = 0x38,
	AMZN_REG_AENQ_BASE_HI = 0x3c,
	AMZN_REG_AENQ_DB = 0x40,
	AMZN_REG_INTR_MASK = 0x4c,
	AMZN_REG_DEV_CTL = 0x54,
	AMZN_REG_DEV_STS = 0x58,
	AMZN_REG_MMIO_READ = 0x5c,
	AMZN_REG_MMIO_RESP_LO = 0x60,
	AMZN_REG_MMIO_RESP_HI = 0x64,
	AMZN_REG_FILE_SIZE = 0x80,
};

/* CAPS: reset time-out (100 ms units), DMA address bits, admin command time-out (100 ms units). */
#define AMZN_CAPS_RESET_TIMEOUT_SHIFT 1
#define AMZN_CAPS_DMA_WIDTH_SHIFT     8
#define AMZN_CAPS_ADMIN_TIMEOUT_SHIFT 16
#define AMZN_CAPS_ADMIN_TIMEOUT_MAX   15

/* AQ_CAPS, ACQ_CAPS, AENQ_CAPS: depth low, MSI-X vector (completions and events only) on top. */
#define AMZN_RING_DEPTH(caps)  ((caps)&0xffff)
#define AMZN_RING_VECTOR(caps) ((caps) >> 24)

#define AMZN_INTR_MASK_EN	       0x1u
#define AMZN_DEV_CTL_RESET	       0x1u
#define AMZN_DEV_STS_READY	       0x1u
#define AMZN_DEV_STS_RESET_IN_PROGRESS 0x8u

/* Status of an admin command. */
enum amzn_status {
	AMZN_OK = 0,
	AMZN_NO_RESOURCES = 1,
	AMZN_UNSUPPORTED_OPCODE = 3,
	AMZN_MALFORMED = 4,
	AMZN_ILLEGAL_PARAMETER = 5,
	AMZN_UNKNOWN_ERROR = 6,
	AMZN_BUSY = 7,
};

/* Flags of a request. */
#define AMZN_AQ_CTRL_DATA	   0x2u
#define AMZN_AQ_CTRL_DATA_INDIRECT 0x4u

#define AMZN_COMMAND_ID_MASK 0xfffu
#define AMZN_PHASE	     0x1u

/* A bus address as the rings carry it. */
struct amzn_addr {
	uint32_t lo;
	uint32_t hi;
};

/* A buffer, or one link of a chained page list. */
struct amzn_buf {
	uint32_t length;
	struct amzn_addr addr;
};

/* First dword of every request. */
struct amzn_aq_head {
	uint16_t command_id;
	uint8_t opcode;
	uint8_t flags;
};

/* First two dwords of every completion; the phase bit makes it valid. */
struct amzn_acq_head {
	uint16_t command_id;
	uint8_t status;
	uint8_t phase;
	uint16_t extended_status;
	uint16_t aq_head;
};

struct amzn_aenq_entry {
	uint16_t group;
	uint16_t syndrome;
	uint8_t phase;
	uint8_t reserved[3];
	uint32_t timestamp_lo;
	uint32_t timestamp_hi;
	uint32_t data[12];
};

/* Answer to a register read that the driver asks for through AMZN_REG_MMIO_READ. */
struct amzn_mmio_response {
	uint16_t request_id;
	uint16_t reg;
	uint32_t value;
};

#define AMZN_ENTRY_SIZE 64
_Static_assert(sizeof(struct amzn_buf) == 12, "control buffer");
_Static_assert(sizeof(struct amzn_aq_head) == 4, "request head");
_Static_assert(sizeof(struct amzn_acq_head) == 8, "completion head");
_Static_assert(sizeof(struct amzn_aenq_entry) == AMZN_ENTRY_SIZE, "event");
_Static_assert(offsetof(struct amzn_aenq_entry, phase) == 4, "event phase");
_Static_assert(sizeof(struct amzn_mmio_response) == 8, "register response");

static inline uint64_t amzn_addr(const struct amzn_addr *addr)
{
	return addr->lo | (uint64_t)addr->hi << 32;
}

#endif
