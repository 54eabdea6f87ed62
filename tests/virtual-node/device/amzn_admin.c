/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "amzn_admin.h"
#include "qemu/log.h"
#include "qemu/range.h"
#include "qemu/timer.h"

#define REG(admin, offset) ((admin)->reg[(offset) / 4])

#define RESET_TIMEOUT_100MS 10
#define DMA_ADDRESS_BITS    48

static uint64_t reg_addr(const struct amzn_admin *admin, unsigned int lo)
{
	return REG(admin, lo) | (uint64_t)REG(admin, lo + 4) << 32;
}

void amzn_admin_init(struct amzn_admin *admin, PCIDevice *pci, const struct amzn_admin_ops *ops,
		     void *dev)
{
	admin->pci = pci;
	admin->ops = ops;
	admin->dev = dev;
}

void amzn_admin_reset(struct amzn_admin *admin)
{
	memset(admin->reg, 0, sizeof(admin->reg));
	admin->resetting = false;
	admin->aq_head = 0;
	admin->waiting_since = 0;
	admin->acq_produced = 0;
	admin->events_produced = 0;
	admin->events_db_written = false;
	admin->events_enabled = 0;
	admin->ops->reset(admin->dev);
}

void amzn_admin_config_written(struct amzn_admin *admin, uint32_t addr, int len)
{
	if (ranges_overlap(addr, len, PCI_COMMAND, 2) &&
	    !(pci_get_word(admin->pci->config + PCI_COMMAND) & PCI_COMMAND_MASTER))
		amzn_admin_reset(admin);
}

uint32_t amzn_admin_reg_read(struct amzn_admin *admin, unsigned int offset)
{
	switch (offset) {
	case AMZN_REG_VERSION:
		return admin->ops->version;
	case AMZN_REG_CONTROLLER_VERSION:
		return admin->ops->controller_version;
	case AMZN_REG_CAPS:
		return RESET_TIMEOUT_100MS << AMZN_CAPS_RESET_TIMEOUT_SHIFT |
		       DMA_ADDRESS_BITS << AMZN_CAPS_DMA_WIDTH_SHIFT |
		       admin->timeout_100ms << AMZN_CAPS_ADMIN_TIMEOUT_SHIFT;
	case AMZN_REG_DEV_STS:
		return (admin->not_ready ? 0 : AMZN_DEV_STS_READY) |
		       (admin->resetting ? AMZN_DEV_STS_RESET_IN_PROGRESS : 0);
	default:
		/* All ones is what a driver gets from a register that is not there. */
		return offset < AMZN_REG_FILE_SIZE ? REG(admin, offset) : UINT32_MAX;
	}
}

/* The driver never loads a register: it names one here and polls the answer in its own memory. */
static void mmio_read(struct amzn_admin *admin, uint32_t request)
{
	struct amzn_mmio_response resp = {
		.request_id = request & 0xffff,
		.reg = request >> 16,
		.value = amzn_admin_reg_read(admin, request >> 16),
	};

	pci_mem_publish(admin->pci, reg_addr(admin, AMZN_REG_MMIO_RESP_LO), &resp, sizeof(resp), 0);
}

static void events_db(struct amzn_admin *admin, uint32_t value)
{
	bool first = !admin->events_db_written;

	REG(admin, AMZN_REG_AENQ_DB) = value;
	admin->events_db_written = true;
	if (first && admin->ops->events_ready)
		admin->ops->events_ready(admin->dev);
}

void amzn_admin_reg_write(struct amzn_admin *admin, unsigned int offset, uint32_t value)
{
	switch (offset) {
	case AMZN_REG_MMIO_READ:
		mmio_read(admin, value);
		break;
	case AMZN_REG_DEV_CTL:
		if (value & AMZN_DEV_CTL_RESET)
			amzn_admin_reset(admin);
		admin->resetting = value & AMZN_DEV_CTL_RESET;
		break;
	case AMZN_REG_AQ_DB:
		REG(admin, offset) = value;
		amzn_admin_kick(admin);
		break;
	case AMZN_REG_AENQ_DB:
		events_db(admin, value);
		break;
	default:
		if (offset < AMZN_REG_FILE_SIZE)
			REG(admin, offset) = value;
		break;
	}
}

static bool execute_one(struct amzn_admin *admin, uint64_t aq, uint32_t aq_depth)
{
	uint64_t acq = reg_addr(admin, AMZN_REG_ACQ_BASE_LO);
	uint32_t acq_depth = AMZN_RING_DEPTH(REG(admin, AMZN_REG_ACQ_CAPS));
	/* As 64-bit words, so that the requests' 64-bit fields are aligned. */
	uint64_t request[AMZN_ENTRY_SIZE / 8];
	uint64_t response[AMZN_ENTRY_SIZE / 8] = {0};
	const struct amzn_aq_head *asked = (const void *)request;
	struct amzn_acq_head *done = (void *)response;

	if (!acq_depth ||
	    !pci_mem_read(admin->pci, aq + (uint64_t)(admin->aq_head % aq_depth) * sizeof(request),
			  request, sizeof(request))) {
		qemu_log_mask(LOG_GUEST_ERROR, "%s: admin rings cannot be read\n",
			      object_get_typename(OBJECT(admin->pci)));
		return false;
	}
	admin->aq_head++;
	done->status = admin->ops->execute(admin->dev, request, response);
	done->command_id = asked->command_id & AMZN_COMMAND_ID_MASK;
	done->aq_head = admin->aq_head;
	done->phase = !(admin->acq_produced / acq_depth & 1);
	pci_mem_publish(admin->pci,
			acq + (uint64_t)(admin->acq_produced % acq_depth) * sizeof(response),
			response, sizeof(response), 0);
	admin->acq_produced++;
	return true;
}

/* Whether nothing is to be executed now, because of a hang or because the driver has given up. */
static bool hang_hides(struct amzn_admin *admin)
{
	int64_t now = qemu_clock_get_ms(QEMU_CLOCK_VIRTUAL);
	int64_t patience = admin->timeout_100ms ? admin->timeout_100ms * 100
						: admin->ops->driver_timeout_ms;
	bool waiting = admin->aq_head != (uint16_t)REG(admin, AMZN_REG_AQ_DB);

	if (admin->hang) {
		if (waiting && !admin->waiting_since)
			admin->waiting_since = now;
		return true;
	}
	if (waiting && admin->waiting_since && now - admin->waiting_since >= patience)
		admin->aq_head = REG(admin, AMZN_REG_AQ_DB);
	admin->waiting_since = 0;
	return false;
}

void amzn_admin_kick(struct amzn_admin *admin)
{
	uint64_t aq = reg_addr(admin, AMZN_REG_AQ_BASE_LO);
	uint32_t depth = AMZN_RING_DEPTH(REG(admin, AMZN_REG_AQ_CAPS));
	bool any = false;

	if (!depth || hang_hides(admin))
		return;
	/* The doorbell is a running 16-bit count of requests, not an index. */
	while (admin->aq_head != (uint16_t)REG(admin, AMZN_REG_AQ_DB)) {
		if (!execute_one(admin, aq, depth))
			break;
		any = true;
	}
	/* While the driver probes it polls, with this interrupt masked. */
	if (any && !(REG(admin, AMZN_REG_INTR_MASK) & AMZN_INTR_MASK_EN))
		pci_vectors_raise(admin->pci, AMZN_RING_VECTOR(REG(admin, AMZN_REG_ACQ_CAPS)));
}

bool amzn_admin_event(struct amzn_admin *admin, unsigned int group, uint32_t data)
{
	uint64_t base = reg_addr(admin, AMZN_REG_AENQ_BASE_LO);
	uint32_t caps = REG(admin, AMZN_REG_AENQ_CAPS);
	uint32_t depth = AMZN_RING_DEPTH(caps);
	uint16_t consumed = REG(admin, AMZN_REG_AENQ_DB);
	struct amzn_aenq_entry entry = {.group = group, .data = {data}};

	if (!depth || !(admin->events_enabled & 1u << group))
		return false;
	if (admin->ops->events_db_counts_depth) {
		if (!admin->events_db_written)
			return false;
		consumed -= depth;
	}
	if ((uint16_t)(admin->events_produced - consumed) >= depth)
		return false;
	entry.phase = !(admin->events_produced / depth & 1);
	pci_mem_publish(admin->pci,
			base + (uint64_t)(admin->events_produced % depth) * sizeof(entry), &entry,
			sizeof(entry), offsetof(struct amzn_aenq_entry, phase));
	admin->events_produced++;
	pci_vectors_raise(admin->pci, AMZN_RING_VECTOR(caps));
	return true;
}
