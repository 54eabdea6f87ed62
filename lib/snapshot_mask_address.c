/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses as numbers: what stays, and what each is made from. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "snapshot_mask_impl.h"
#include "text.h"

const char *mask_guid_format(const uint8_t guid[GUID_BYTES], char *buf)
{
	snprintf(buf, GUID_TEXT, "%02x%02x:%02x%02x:%02x%02x:%02x%02x", guid[0], guid[1], guid[2],
		 guid[3], guid[4], guid[5], guid[6], guid[7]);
	return buf;
}

bool mask_guid_parse(const char *text, uint8_t ret_guid[GUID_BYTES])
{
	uint8_t gid[16];
	char whole[40];

	/* The lower half of a GID has the same form. */
	if (strlen(text) != GUID_TEXT - 1 ||
	    text_format(whole, sizeof(whole), "0000:0000:0000:0000:%s", text) ||
	    gid_parse(whole, gid))
		return false;
	memcpy(ret_guid, gid + 8, GUID_BYTES);
	return true;
}

static bool is_eui(const uint8_t guid[GUID_BYTES])
{
	return guid[3] == 0xff && guid[4] == 0xfe;
}

static struct mac eui_mac(const uint8_t guid[GUID_BYTES])
{
	return (struct mac){{guid[0] ^ 2, guid[1], guid[2], guid[5], guid[6], guid[7]}};
}

static void make_eui(const struct mac *mac, uint8_t ret_guid[GUID_BYTES])
{
	const uint8_t *b = mac->byte;
	const uint8_t guid[GUID_BYTES] = {b[0] ^ 2, b[1], b[2], 0xff, 0xfe, b[3], b[4], b[5]};

	memcpy(ret_guid, guid, GUID_BYTES);
}

static bool is_same_byte(const uint8_t *bytes, size_t n, uint8_t byte)
{
	for (size_t i = 0; i < n; i++) {
		if (bytes[i] != byte)
			return false;
	}
	return true;
}

static bool is_no_mac(const struct mac *mac)
{
	return is_same_byte(mac->byte, sizeof(mac->byte), 0) ||
	       is_same_byte(mac->byte, sizeof(mac->byte), 0xff);
}

bool mask_find_mac(const struct mask *mask, const struct mac *mac, struct mac *ret_masked)
{
	char text[MAC_TEXT];
	const char *masked = mask_find(mask, MASK_MAC, mac_format(mac, text));

	return masked && !mac_parse(masked, ret_masked);
}

bool mask_find_guid(const struct mask *mask, const uint8_t guid[GUID_BYTES],
		    uint8_t ret_masked[GUID_BYTES])
{
	char text[GUID_TEXT];
	const char *masked;
	struct mac mac = {{0}};

	if (is_eui(guid)) {
		mac = eui_mac(guid);
		if (!mask_find_mac(mask, &mac, &mac))
			return false;
		make_eui(&mac, ret_masked);
		return true;
	}
	masked = mask_find(mask, MASK_GUID, mask_guid_format(guid, text));
	return masked && mask_guid_parse(masked, ret_masked);
}

int mask_mac(struct mask *mask, const struct mac *mac, FILE *out)
{
	char text[MAC_TEXT];

	mac_format(mac, text);
	if (!is_no_mac(mac))
		return mask_original(mask, MASK_MAC, text, out);
	mask_keep(out, text, strlen(text));
	return 0;
}

/* Learn a GUID, or give its masked bytes. */
static int guid_bytes(struct mask *mask, const uint8_t guid[GUID_BYTES], bool learning,
		      uint8_t ret_guid[GUID_BYTES])
{
	char text[GUID_TEXT];
	struct mac mac = eui_mac(guid);

	memcpy(ret_guid, guid, GUID_BYTES);
	if (is_same_byte(guid, GUID_BYTES, 0) || (is_eui(guid) && is_no_mac(&mac)))
		return 0;
	if (!learning)
		return mask_find_guid(mask, guid, ret_guid) ? 0 : -ENOENT;
	return is_eui(guid) ? mask_mac(mask, &mac, NULL)
			    : mask_original(mask, MASK_GUID, mask_guid_format(guid, text), NULL);
}

int mask_guid(struct mask *mask, const uint8_t guid[GUID_BYTES], FILE *out)
{
	uint8_t masked[GUID_BYTES];
	char text[GUID_TEXT];
	int r = guid_bytes(mask, guid, !out, masked);

	if (!r)
		mask_keep(out, mask_guid_format(masked, text), GUID_TEXT - 1);
	return r;
}

/* Nothing of this node: this host, loopback, the metadata service's own network, multicast,
 * broadcast. */
static bool is_common_ipv4(struct in_addr ip)
{
	uint32_t value = ntohl(ip.s_addr);

	return !value || value >> 24 == 127 || value >> 8 == 0xa9fea9 || value == 0xa9fe0000 ||
	       value >> 28 == 14 || value == UINT32_MAX;
}

int mask_ipv4(struct mask *mask, struct in_addr ip, FILE *out)
{
	char text[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &ip, text, sizeof(text));
	if (!is_common_ipv4(ip))
		return mask_original(mask, MASK_IPV4, text, out);
	mask_keep(out, text, strlen(text));
	return 0;
}

static void keep_ipv6(const uint8_t ip[16], bool full, FILE *out)
{
	char text[INET6_ADDRSTRLEN], half[GUID_TEXT];

	if (!full) {
		inet_ntop(AF_INET6, ip, text, sizeof(text));
	} else {
		text_format(text, sizeof(text), "%s:", mask_guid_format(ip, half));
		text_append(text, sizeof(text), "%s", mask_guid_format(ip + GUID_BYTES, half));
	}
	mask_keep(out, text, strlen(text));
}

static int mask_mapped(struct mask *mask, const uint8_t ip[16], bool full, FILE *out)
{
	uint8_t masked[16];
	char text[INET_ADDRSTRLEN];
	const char *found;
	struct in_addr ipv4;

	memcpy(masked, ip, sizeof(masked));
	memcpy(&ipv4, ip + 12, sizeof(ipv4));
	if (!is_common_ipv4(ipv4)) {
		inet_ntop(AF_INET, &ipv4, text, sizeof(text));
		if (!out)
			return mask_original(mask, MASK_IPV4, text, NULL);
		found = mask_find(mask, MASK_IPV4, text);
		if (!found || inet_pton(AF_INET, found, masked + 12) != 1)
			return -ENOENT;
	}
	keep_ipv6(masked, full, out);
	return 0;
}

static int mask_global(struct mask *mask, const uint8_t ip[16], bool full, FILE *out)
{
	char text[INET6_ADDRSTRLEN];
	uint8_t masked[16];
	const char *found;

	inet_ntop(AF_INET6, ip, text, sizeof(text));
	if (!out)
		return mask_original(mask, MASK_IPV6, text, NULL);
	found = mask_find(mask, MASK_IPV6, text);
	if (!found || inet_pton(AF_INET6, found, masked) != 1)
		return -ENOENT;
	keep_ipv6(masked, full, out);
	return 0;
}

int mask_ipv6(struct mask *mask, const uint8_t ip[16], bool full, FILE *out)
{
	struct in6_addr address;
	uint8_t masked[16];
	int r = 0;

	memcpy(&address, ip, sizeof(address));
	memcpy(masked, ip, sizeof(masked));
	if (IN6_IS_ADDR_V4MAPPED(&address))
		return mask_mapped(mask, ip, full, out);
	if (IN6_IS_ADDR_LINKLOCAL(&address))
		r = guid_bytes(mask, ip + 8, !out, masked + 8);
	else if (!IN6_IS_ADDR_UNSPECIFIED(&address) && !IN6_IS_ADDR_LOOPBACK(&address) &&
		 !IN6_IS_ADDR_MULTICAST(&address))
		return mask_global(mask, ip, full, out);
	if (!r)
		keep_ipv6(masked, full, out);
	return r;
}
