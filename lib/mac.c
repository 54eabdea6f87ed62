/* SPDX-License-Identifier: Apache-2.0 */
#include "mac.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static int hex_byte(const char *text, uint8_t *ret_byte)
{
	int high = hex_digit(text[0]), low = high < 0 ? -1 : hex_digit(text[1]);

	if (low < 0)
		return -EINVAL;
	*ret_byte = (uint8_t)(high << 4 | low);
	return 0;
}

int mac_parse(const char *text, struct mac *ret_mac)
{
	struct mac mac;

	for (unsigned i = 0; i < 6; i++, text += 3) {
		if (hex_byte(text, &mac.byte[i]) || text[2] != (i < 5 ? ':' : '\0'))
			return -EINVAL;
	}
	*ret_mac = mac;
	return 0;
}

const char *mac_format(const struct mac *mac, char *buf)
{
	const uint8_t *b = mac->byte;

	snprintf(buf, MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4],
		 b[5]);
	return buf;
}

bool mac_equal(const struct mac *a, const struct mac *b)
{
	return !memcmp(a->byte, b->byte, sizeof(a->byte));
}

int gid_parse(const char *text, uint8_t ret_gid[16])
{
	uint8_t gid[16];

	for (unsigned i = 0; i < 8; i++, text += 5) {
		if (hex_byte(text, &gid[2 * i]) || hex_byte(text + 2, &gid[2 * i + 1]) ||
		    text[4] != (i < 7 ? ':' : '\0'))
			return -EINVAL;
	}
	memcpy(ret_gid, gid, sizeof(gid));
	return 0;
}

int mac_from_gid(const uint8_t gid[16], struct mac *ret_mac)
{
	if (gid[0] != 0xfe || (gid[1] & 0xc0) != 0x80 || gid[11] != 0xff || gid[12] != 0xfe)
		return -EINVAL;
	*ret_mac = (struct mac){{gid[8] ^ 2, gid[9], gid[10], gid[13], gid[14], gid[15]}};
	return 0;
}
