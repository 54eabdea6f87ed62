/* SPDX-License-Identifier: Apache-2.0 */
/* Values that documents write alike: what is unknown is null. */
#ifndef EFA_LAYOUT_JSON_VALUES_H
#define EFA_LAYOUT_JSON_VALUES_H

#include "json.h"
#include "pci_addr.h"

/* "" is null. */
static inline void json_write_text(struct json_out *out, const char *key, const char *text)
{
	json_out_string(out, key, text[0] ? text : NULL);
}

/* A negative index is null. */
static inline void json_write_index(struct json_out *out, const char *key, int64_t index)
{
	if (index < 0)
		json_out_null(out, key);
	else
		json_out_int(out, key, index);
}

/* 0 is null. */
static inline void json_write_count(struct json_out *out, const char *key, unsigned count)
{
	json_write_index(out, key, count ? (int64_t)count : -1);
}

static inline void json_write_pci(struct json_out *out, const char *key, const struct pci_addr *pci)
{
	char text[PCI_ADDR_TEXT];

	json_out_string(out, key, pci_addr_format(pci, text));
}

#endif
