/* SPDX-License-Identifier: Apache-2.0 */
/* MAC addresses, and the MAC inside an EFA device's GID. */
#ifndef EFA_LAYOUT_MAC_H
#define EFA_LAYOUT_MAC_H

#include <stdbool.h>
#include <stdint.h>

struct mac {
	uint8_t byte[6];
};

#define MAC_TEXT 18

/* "06:8f:94:25:36:13", either case. 0 or -EINVAL. */
int mac_parse(const char *text, struct mac *ret_mac);
/* buf: at least MAC_TEXT bytes. Returns buf. */
const char *mac_format(const struct mac *mac, char *buf);
bool mac_equal(const struct mac *a, const struct mac *b);

/* GID in sysfs form, "fe80:0000:0000:0000:048f:94ff:fe25:3613". 0 or -EINVAL. */
int gid_parse(const char *text, uint8_t ret_gid[16]);

/*
 * The MAC address that an EFA device's GID 0 was made from: fe80::/10 and the modified EUI-64 of
 * the interface's MAC (universal/local bit flipped, ff:fe in the middle). This is how an EFA device
 * is paired with its interface; AWS's CloudWatch agent does the same. -EINVAL when the GID has not
 * that form.
 */
int mac_from_gid(const uint8_t gid[16], struct mac *ret_mac);

#endif
