/* SPDX-License-Identifier: Apache-2.0 */
/* Instance metadata service, IMDSv2 (token first). The only file that knows libcurl is imds.c. */
#ifndef EFA_LAYOUT_IMDS_H
#define EFA_LAYOUT_IMDS_H

#include "err.h"
#include "inventory.h"

struct imds_options {
	const char *endpoint; /* "http://169.254.169.254"; tests point it at a loopback server */
	unsigned request_ms;  /* deadline of one request (2000) */
	unsigned total_ms;    /* deadline of the whole fetch, retries included (15000) */
	/* How long two interfaces may claim one place (a device number reads 0 until the attachment
	 * has settled) before that is taken as it is (12000; 0: at once). Inside total_ms. */
	unsigned settle_ms;
};

/*
 * Fetch the facts of all interfaces. HTTP 404 for network-card means a type with a single card:
 * card 0. Absent or empty local-ipv4s and ipv6s mean an interface without IP. Answers are bounded
 * (64 KiB) and parsed strictly; anything unexpected is refused with a sentence that names the
 * metadata path. boot_id is left empty for the caller. Errors: -ETIMEDOUT, -ECONNREFUSED, -EACCES
 * (metadata disabled: 403), -EPROTO (unexpected answer).
 */
int imds_fetch(const struct imds_options *options, struct eni_facts *ret_facts, struct err *err);

#endif
