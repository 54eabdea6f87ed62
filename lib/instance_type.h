/* SPDX-License-Identifier: Apache-2.0 */
/* Instance types are data: how many network cards a type has, and what is known of them. */
#ifndef EFA_LAYOUT_INSTANCE_TYPE_H
#define EFA_LAYOUT_INSTANCE_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "file.h"
#include "inventory.h"
#include "pci_addr.h"

#define TYPES_MAX      512
#define TYPE_RAILS_MAX NODE_RAILS_MAX
#define TYPE_ENIS_MAX  64

struct instance_type {
	char name[NAME_TEXT];
	unsigned cards;		/* network cards, card 0 included */
	unsigned max_efa;	/* EFA devices at most, over all cards */
	bool primary_efa;	/* card 0 may carry EFA (false: p6-b300) */
	unsigned enis_per_card; /* interfaces that each card can have; 0: not known, or not alike */
	uint16_t efa_device;	/* PCI device id of the EFA functions, 0 not known */
	unsigned efa_gbps;	/* of one EFA device, 0 not known */
	unsigned accels;	/* accelerators, 0 none or not known */
	int accelerator;	/* enum accel_kind, -1 not known */
	unsigned foreign;	/* verbs devices of other vendors that the type is known to have */
	size_t n_rail_pci; /* known PCI addresses of EFA functions when all are attached; 0 unknown
			    */
	struct pci_addr rail_pci[TYPE_RAILS_MAX];
	size_t n_neuron_rails;		       /* accels, or 0: not known */
	uint8_t neuron_rails[NODE_ACCELS_MAX]; /* of each Neuron device: place in rail_pci */
	char source[160];
	char confidence[16];	  /* "confirmed", "inferred", "unconfirmed" */
	char base[NAME_TEXT];	  /* the type that it extends, "" none */
	char origin[ORIGIN_TEXT]; /* "/etc/efa-layout/instance-types.json:12"; the end of it */
};

struct type_set {
	size_t n;
	struct instance_type *v; /* heap; type_set_done */
};

/*
 * Load instance types, under the rules of layout_set_load: {"types": [{"name", "extends", "cards",
 * "max_efa", "primary_efa", "enis_per_card", "efa_device", "efa_gbps", "accels", "accelerator",
 * "foreign", "rails", "neuron_rails", "source", "confidence"}, ...]}; name, cards, max_efa, source
 * and confidence must be there. A type with "extends" inherits every key that it does not give,
 * but no rails when its max_efa is another, and no neuron_rails when its rails or accels are.
 */
int type_set_load(struct type_set *set, const char *path, enum file_trust trust, struct err *err);
void type_set_done(struct type_set *set);
const struct instance_type *type_find(const struct type_set *set, const char *name);

/* Words of "accelerator", in the order of enum accel_kind. */
#define ACCELERATORS 4
extern const char *const accelerator_words[ACCELERATORS];

#endif
