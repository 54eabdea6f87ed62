/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Masking: addresses and serial numbers of a node's texts are replaced by numbered ones, the same
 * original by the same mask wherever it appears and in whatever form (a MAC address also in GIDs,
 * GUIDs and interface names), so that a masked node still fits together. Pure calculation.
 *
 * It takes two rounds over all texts: the first learns what there is, mask_settle gives numbers in
 * the order of learning (never one that is an original itself), the second replaces.
 */
#ifndef EFA_LAYOUT_SNAPSHOT_MASK_H
#define EFA_LAYOUT_SNAPSHOT_MASK_H

#include <stddef.h>

#include "err.h"

enum mask_kind {
	MASK_MAC,      /* 02:00:00:00:00:01 */
	MASK_GUID,     /* 0200:0000:0000:0001 where it was not made from a MAC address */
	MASK_IPV4,     /* 192.0.2.1 and on, through what RFC 5737 and 2544 set aside */
	MASK_IPV6,     /* 2001:db8::1 */
	MASK_ENI,      /* eni-00000000000000001, with as many digits as before */
	MASK_INSTANCE, /* i-00000000000000001 */
	MASK_UUID,     /* 00000000-0000-4000-8000-000000000001 */
	MASK_OTHER,    /* masked-1: serial numbers, names of hosts, and what was malformed */
	MASK_KINDS
};

/* What a text holds. Every content is looked through for MAC addresses, GIDs, GUIDs, UUIDs and ids
 * of instances and interfaces, wherever they stand. */
enum mask_content {
	CONTENT_PLAIN,	   /* nothing else that is private */
	CONTENT_MAC,	   /* one MAC address */
	CONTENT_GID,	   /* one GID */
	CONTENT_GUID,	   /* one GUID */
	CONTENT_UUID,	   /* the boot id */
	CONTENT_ASSET_TAG, /* the instance id on EC2, a serial number elsewhere */
	CONTENT_ROUTES,	   /* proc/net/route */
	CONTENT_ADDRESSES, /* lines such as "ens5 10.0.0.5/20" */
	CONTENT_FACTS,	   /* ENI facts: JSON in which nothing but known words stays */
	CONTENT_TOPOLOGY,  /* hwloc XML: values that are not known to be harmless go */
};

struct mask;

struct mask *mask_new(void);
void mask_free(struct mask *mask);

/* First round. -ENOMEM; -EINVAL for a CONTENT_TOPOLOGY that is none (it cannot be masked). */
int mask_learn(struct mask *mask, enum mask_content content, const char *text, struct err *err);
int mask_settle(struct mask *mask, struct err *err);
/*
 * Second round: *ret_text is to be freed. IP addresses that were not learnt stay (versions look
 * like them); other originals that were not are -ENOENT, and nothing is given back. Masks stay, so
 * a masked text can be masked again: it stays as it is, but for more than twelve hexadecimal digits
 * in a row, among which an address that is known may begin at any place.
 */
int mask_apply(struct mask *mask, enum mask_content content, const char *text, char **ret_text,
	       struct err *err);

/* How many originals there are of a kind, and what the kind is called in documents. */
size_t mask_count(const struct mask *mask, enum mask_kind kind);
const char *mask_kind_text(enum mask_kind kind);

#endif
