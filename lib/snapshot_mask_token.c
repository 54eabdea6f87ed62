/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses and ids inside a text, told by their form. */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "inventory.h"
#include "snapshot_mask_impl.h"

#define HEX	  "0123456789abcdefABCDEF"
#define UUID_TEXT 37
#define ENX_TEXT  16

static bool is_hex(char c)
{
	return isxdigit((unsigned char)c);
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c);
}

static void take_lower(struct token *token, const char *at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		token->text[i] = (char)tolower((unsigned char)at[i]);
	token->text[n] = '\0';
	token->length = n;
}

/* As the inventory takes boot ids: 36 digits and dashes. */
static bool is_uuid(const char *at, struct token *ret_token)
{
	size_t n = 0;

	while (n < UUID_TEXT && (is_hex(at[n]) || at[n] == '-'))
		n++;
	if (n != UUID_TEXT - 1 || is_word(at[n]) || !memchr(at, '-', n))
		return false;
	take_lower(ret_token, at, n);
	ret_token->form = TOKEN_UUID;
	return true;
}

/* A UUID behind the prefix is a UUID: as an id, only the first part of it would be taken. */
static bool is_id(const char *at, const char *prefix, enum mask_kind kind, struct token *ret_token)
{
	size_t n = strlen(prefix);

	if (strncasecmp(at, prefix, n) != 0 || is_uuid(at + n, ret_token))
		return false;
	n += strspn(at + n, HEX);
	if (is_word(at[n]) || n >= sizeof(ret_token->text))
		return false;
	take_lower(ret_token, at, n);
	ret_token->form = TOKEN_ID;
	ret_token->kind = kind;
	return inventory_id_valid(ret_token->text, prefix);
}

static bool is_mac(const char *at, struct token *ret_token)
{
	char text[MAC_TEXT] = "";

	for (unsigned i = 0; i < MAC_TEXT - 1; i++) {
		if (!at[i] || (i % 3 == 2 && at[i] != at[2]))
			return false;
		text[i] = i % 3 == 2 ? ':' : at[i];
	}
	if ((at[2] != ':' && at[2] != '-') || is_hex(at[MAC_TEXT - 1]) ||
	    mac_parse(text, &ret_token->mac))
		return false;
	ret_token->form = TOKEN_MAC;
	ret_token->separator = at[2];
	ret_token->length = MAC_TEXT - 1;
	return true;
}

bool mask_bare_bytes(const char *at, size_t n, uint8_t *ret_bytes)
{
	for (size_t i = 0; i < 2 * n; i++) {
		if (!is_hex(at[i]))
			return false;
	}
	for (size_t i = 0; i < n; i++) {
		const char pair[3] = {at[2 * i], at[2 * i + 1], '\0'};

		ret_bytes[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return true;
}

static bool is_enx(const char *at, struct token *ret_token)
{
	if (strncasecmp(at, "enx", 3) != 0 ||
	    !mask_bare_bytes(at + 3, sizeof(ret_token->mac.byte), ret_token->mac.byte) ||
	    is_word(at[ENX_TEXT - 1]))
		return false;
	ret_token->form = TOKEN_ENX;
	ret_token->length = ENX_TEXT - 1;
	return true;
}

/* The longest run that can be an address, without the punctuation of a sentence at its end. */
static bool is_address(const char *at, struct token *ret_token)
{
	size_t n = strspn(at, HEX ":.");
	char text[INET6_ADDRSTRLEN];
	uint8_t gid[16];

	if (is_word(at[n]))
		return false;
	while (n > 2 && (at[n - 1] == '.' || (at[n - 1] == ':' && at[n - 2] != ':')))
		n--;
	if (n >= sizeof(text))
		return false;
	memcpy(text, at, n);
	text[n] = '\0';
	ret_token->length = n;
	if (mask_guid_parse(text, ret_token->bytes)) {
		ret_token->form = TOKEN_GUID;
		return true;
	}
	ret_token->full = !gid_parse(text, gid);
	ret_token->form = strchr(text, ':') ? TOKEN_IPV6 : TOKEN_IPV4;
	return inet_pton(ret_token->form == TOKEN_IPV6 ? AF_INET6 : AF_INET, text,
			 ret_token->bytes) == 1;
}

bool mask_recognize(const char *at, char before, struct token *ret_token)
{
	if (!is_word(before) &&
	    (is_id(at, "eni-", MASK_ENI, ret_token) || is_id(at, "i-", MASK_INSTANCE, ret_token) ||
	     is_uuid(at, ret_token) || is_enx(at, ret_token)))
		return true;
	if (!is_hex(before) && is_mac(at, ret_token))
		return true;
	return !is_word(before) && before != ':' && before != '.' && is_address(at, ret_token);
}
