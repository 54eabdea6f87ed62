/* SPDX-License-Identifier: Apache-2.0 */
/* What masks look like. */
#include <string.h>

#include "snapshot_mask_impl.h"
#include "text.h"

/* Documentation addresses, then those for benchmarks; false when all are used. */
static bool numbered_ipv4(unsigned number, char *buf)
{
	static const char *const nets[] = {"192.0.2", "198.51.100", "203.0.113"};
	unsigned net = (number - 1) / 254, rest = number - 3 * 254;

	if (net < 3)
		return !text_format(buf, MASK_TEXT, "%s.%u", nets[net], (number - 1) % 254 + 1);
	if (rest > 0x1ffff)
		return false;
	return !text_format(buf, MASK_TEXT, "198.%u.%u.%u", 18 + (rest >> 16), rest >> 8 & 255,
			    rest & 255);
}

bool mask_numbered(enum mask_kind kind, const char *original, unsigned number, char *buf)
{
	int digits = (int)strlen(strrchr(original, '-') ? strrchr(original, '-') + 1 : "");

	switch (kind) {
	case MASK_MAC:
		return !text_format(buf, MASK_TEXT, "02:00:%02x:%02x:%02x:%02x", number >> 24,
				    number >> 16 & 255, number >> 8 & 255, number & 255);
	case MASK_GUID:
		return !text_format(buf, MASK_TEXT, "0200:0000:%04x:%04x", number >> 16,
				    number & 0xffff);
	case MASK_IPV4:
		return numbered_ipv4(number, buf);
	case MASK_IPV6: /* in the form that inet_ntop gives */
		return number > 0xffff ? !text_format(buf, MASK_TEXT, "2001:db8::%x:%x",
						      number >> 16, number & 0xffff)
				       : !text_format(buf, MASK_TEXT, "2001:db8::%x", number);
	case MASK_ENI:
		return !text_format(buf, MASK_TEXT, "eni-%0*u", digits, number);
	case MASK_INSTANCE:
		return !text_format(buf, MASK_TEXT, "i-%0*u", digits, number);
	case MASK_UUID:
		return !text_format(buf, MASK_TEXT, "00000000-0000-4000-8000-%012u", number);
	default:
		return !text_format(buf, MASK_TEXT, "masked-%u", number);
	}
}
