/* SPDX-License-Identifier: Apache-2.0 */
/* A text, token by token. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "snapshot_mask_impl.h"

static int put_mac(struct mask *mask, const struct token *token, FILE *out)
{
	char text[MAC_TEXT];
	struct mac masked = {{0}};

	int r;

	if (token->form == TOKEN_MAC && token->separator == ':')
		return mask_mac(mask, &token->mac, out);
	r = mask_mac(mask, &token->mac, NULL);
	if (r || !out)
		return r;
	if (!mask_find_mac(mask, &token->mac, &masked))
		masked = token->mac; /* zero or broadcast, which stay */
	mac_format(&masked, text);
	if (token->form == TOKEN_ENX)
		mask_keep(out, "enx", 3);
	for (const char *c = text; *c; c++) {
		if (*c != ':')
			mask_keep(out, c, 1);
		else if (token->form == TOKEN_MAC)
			mask_keep(out, &token->separator, 1);
	}
	return 0;
}

static bool is_known_ip(const struct mask *mask, const struct token *token)
{
	bool is_v6 = token->form == TOKEN_IPV6;
	const uint8_t *bytes = token->bytes;
	struct in6_addr ipv6;
	char text[INET6_ADDRSTRLEN];

	memcpy(&ipv6, bytes, sizeof(ipv6));
	if (is_v6 && IN6_IS_ADDR_LINKLOCAL(&ipv6)) /* made from a MAC address or a GUID */
		return true;
	if (is_v6 && IN6_IS_ADDR_V4MAPPED(&ipv6)) {
		is_v6 = false;
		bytes += 12;
	}
	inet_ntop(is_v6 ? AF_INET6 : AF_INET, bytes, text, sizeof(text));
	return mask_find(mask, is_v6 ? MASK_IPV6 : MASK_IPV4, text);
}

static int put_ip(struct mask *mask, const struct token *token, FILE *out)
{
	struct in_addr ipv4;

	if (token->form == TOKEN_IPV6)
		return mask_ipv6(mask, token->bytes, token->full, out);
	memcpy(&ipv4, token->bytes, sizeof(ipv4));
	return mask_ipv4(mask, ipv4, out);
}

static int put(struct mask *mask, const struct token *token, FILE *out)
{
	switch (token->form) {
	case TOKEN_ID:
		return mask_original(mask, token->kind, token->text, out);
	case TOKEN_UUID:
		return mask_original(mask, MASK_UUID, token->text, out);
	case TOKEN_MAC:
	case TOKEN_ENX:
		return put_mac(mask, token, out);
	case TOKEN_GUID:
		return mask_guid(mask, token->bytes, out);
	default:
		return put_ip(mask, token, out);
	}
}

/* What begins here, if anything does that is to be masked. An IP address that is no original does
 * not hide what stands inside of it. */
static bool begins(const struct mask *mask, const char *at, char before, struct token *ret_token)
{
	if (!mask_recognize(at, before, ret_token))
		return false;
	return (ret_token->form != TOKEN_IPV4 && ret_token->form != TOKEN_IPV6) ||
	       is_known_ip(mask, ret_token);
}

/* Known addresses without anything between their digits, as in names of RDMA devices. */
static size_t put_bare(const struct mask *mask, const char *at, FILE *out)
{
	uint8_t guid[GUID_BYTES];
	struct mac mac = {{0}};
	char text[GUID_TEXT];
	size_t n = 2 * sizeof(guid);

	if (mask_bare_bytes(at, sizeof(guid), guid) && mask_find_guid(mask, guid, guid)) {
		mask_guid_format(guid, text);
	} else if (mask_bare_bytes(at, sizeof(mac.byte), mac.byte) &&
		   mask_find_mac(mask, &mac, &mac)) {
		mac_format(&mac, text);
		n = 2 * sizeof(mac.byte);
	} else {
		return 0;
	}
	for (const char *c = text; *c; c++) {
		if (*c != ':')
			mask_keep(out, c, 1);
	}
	return n;
}

int mask_words(struct mask *mask, const char *text, size_t n, FILE *out)
{
	size_t at = 0;

	while (at < n) {
		struct token token = {0};
		size_t taken = 0;

		if (begins(mask, text + at, at ? text[at - 1] : '\0', &token)) {
			int r = put(mask, &token, out);

			if (r)
				return r;
			at += token.length;
			continue;
		}
		if (out)
			taken = put_bare(mask, text + at, out);
		if (!taken)
			mask_keep(out, text + at, taken = 1);
		at += taken;
	}
	return 0;
}

int mask_opaque(struct mask *mask, const char *text, size_t n, FILE *out)
{
	cleanup_free char *whole = NULL;
	struct token token = {0};
	int r = 0;

	if (!n)
		return 0;
	if (mask_recognize(text, '\0', &token) && token.length == n)
		return put(mask, &token, out);
	/* What it holds is known then, wherever else it stands, and is no other one's mask. */
	if (!out)
		r = mask_words(mask, text, n, NULL);
	whole = strndup(text, n);
	if (!whole)
		return -ENOMEM;
	return r ? r : mask_original(mask, MASK_OTHER, whole, out);
}
