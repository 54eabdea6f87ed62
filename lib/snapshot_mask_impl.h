/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of snapshot_mask.h. Each writes to out while replacing, and learns while out is NULL.
 */
#ifndef EFA_LAYOUT_SNAPSHOT_MASK_IMPL_H
#define EFA_LAYOUT_SNAPSHOT_MASK_IMPL_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>

#include "mac.h"
#include "snapshot_mask.h"

#define MASK_TEXT  64 /* any mask */
#define GUID_BYTES 8
#define GUID_TEXT  20

/* What stays as it is. */
void mask_keep(FILE *out, const char *text, size_t n);

/* One original in its canonical form (lower case). 0, -ENOMEM, -ENOENT. */
int mask_original(struct mask *mask, enum mask_kind kind, const char *original, FILE *out);
/* The mask of an original, or of a mask, which is itself; NULL: not learnt, or not settled.
 * Borrowed. */
const char *mask_find(const struct mask *mask, enum mask_kind kind, const char *original);

/* The mask with this number, from 1, in the form that the original has; MASK_TEXT bytes. False: no
 * more of this kind. */
bool mask_numbered(enum mask_kind kind, const char *original, unsigned number, char *buf);

/* Addresses that say nothing about a node (zero, loopback, broadcast, the metadata service) stay.
 * full: write all eight groups with four digits, as GIDs have them. */
int mask_mac(struct mask *mask, const struct mac *mac, FILE *out);
int mask_guid(struct mask *mask, const uint8_t guid[GUID_BYTES], FILE *out);
int mask_ipv4(struct mask *mask, struct in_addr ip, FILE *out);
int mask_ipv6(struct mask *mask, const uint8_t ip[16], bool full, FILE *out);

/* The masked value where it is known, for forms of writing that are not the usual ones. */
bool mask_find_mac(const struct mask *mask, const struct mac *mac, struct mac *ret_masked);
bool mask_find_guid(const struct mask *mask, const uint8_t guid[GUID_BYTES],
		    uint8_t ret_masked[GUID_BYTES]);

/* "0123:4567:89ab:cdef". */
const char *mask_guid_format(const uint8_t guid[GUID_BYTES], char *buf);
bool mask_guid_parse(const char *text, uint8_t ret_guid[GUID_BYTES]);

enum token_form {
	TOKEN_ID,
	TOKEN_UUID,
	TOKEN_MAC,
	TOKEN_ENX, /* what udev calls an interface by its MAC address: enx064efa100000 */
	TOKEN_GUID,
	TOKEN_IPV4,
	TOKEN_IPV6,
};

struct token {
	enum token_form form;
	size_t length;
	enum mask_kind kind; /* of an id */
	char separator;	     /* of a MAC address */
	bool full;	     /* an IPv6 address as GIDs are written */
	struct mac mac;
	uint8_t bytes[16];
	char text[48]; /* of ids and UUIDs, in lower case */
};

/* What begins here, if anything does. before: the byte in front, 0 at the beginning of a text. */
bool mask_recognize(const char *at, char before, struct token *ret_token);
/* This many bytes from two hexadecimal digits each; false when not so many begin here. */
bool mask_bare_bytes(const char *at, size_t n, uint8_t *ret_bytes);

/*
 * A piece of a longer text (n bytes; what follows it is no part of a word), token by token: ids,
 * MAC addresses, GIDs, GUIDs and UUIDs, whatever is around them, and IP addresses that were
 * learnt elsewhere.
 */
int mask_words(struct mask *mask, const char *text, size_t n, FILE *out);
/* A piece that is one such token or an IP address, or else an original of MASK_OTHER; "" stays. */
int mask_opaque(struct mask *mask, const char *text, size_t n, FILE *out);

int mask_routes(struct mask *mask, const char *text, FILE *out);
int mask_addresses(struct mask *mask, const char *text, FILE *out);
int mask_facts(struct mask *mask, const char *text, FILE *out);
int mask_topology(struct mask *mask, const char *text, FILE *out, struct err *err);

#endif
