/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ENI facts: which network interface sits on which card, as the instance metadata says. Fetched
 * once per boot into a root-owned file (EFA devices cannot be attached to or detached from a
 * running instance), so that the gate itself makes no network call.
 */
#ifndef EFA_LAYOUT_ENI_FACTS_H
#define EFA_LAYOUT_ENI_FACTS_H

#include "err.h"
#include "file.h"
#include "inventory.h"

#define ENI_FACTS_PATH "/run/efa-layout/enis.json"

/*
 * A facts file:
 *
 *   {"boot_id": "8d3f5b7a-...", "instance_type": "p5.48xlarge", "instance_id": "i-0...",
 *    "primary": "06:4e:fa:10:00:00",
 *    "interfaces": [{"mac": "06:4e:fa:10:00:00", "id": "eni-0...", "card": 0, "device": 0,
 *                    "ip": true}, ...]}
 *
 * Load one. boot_id: facts of another boot are refused with -ESTALE ("" skips the check,
 * for replayed nodes). Refuses unknown keys, repeated MACs or ids, indexes out of range. On success
 * ret_facts->known is true.
 */
int eni_facts_load(const char *path, enum file_trust trust, const char *boot_id,
		   struct eni_facts *ret_facts, struct err *err);
/* The same of a text; name is used in messages. */
int eni_facts_parse(const char *name, const char *text, const char *boot_id,
		    struct eni_facts *ret_facts, struct err *err);
/*
 * What makes a list of interfaces one node's facts: at least one, no MAC or id twice, cards and
 * device indexes in range, the primary MAC among them. -EINVAL with a sentence. On success they are
 * in order of card index, device index and MAC. Two interfaces may have one place: a device index
 * reads 0 until the attachment has settled.
 */
int eni_facts_settle(struct eni_facts *facts, struct err *err);
/* Write in one step, mode 0644. */
int eni_facts_save(const char *path, const struct eni_facts *facts, struct err *err);

#endif
