/* SPDX-License-Identifier: Apache-2.0 */
/* Files whose form says where private values stand. What does not have that form is masked whole.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "inventory.h"
#include "json.h"
#include "snapshot_mask_impl.h"
#include "text.h"

/* One line after another; the last one may lack its newline. */
typedef int (*line_fn)(struct mask *mask, const char *line, size_t n, FILE *out);

static int each_line(struct mask *mask, const char *text, line_fn fn, FILE *out)
{
	while (*text) {
		size_t n = strcspn(text, "\n");
		int r = fn(mask, text, n, out);

		if (r)
			return r;
		text += n;
		if (*text)
			mask_keep(out, text++, 1);
	}
	return 0;
}

/* "0100A8C0": an address as the kernel has it in memory, printed as a number. */
static int put_route_address(struct mask *mask, const char *digits, FILE *out)
{
	struct in_addr ip = {.s_addr = (in_addr_t)strtoul(digits, NULL, 16)};
	char text[INET_ADDRSTRLEN];
	const char *masked;
	int r = mask_ipv4(mask, ip, NULL);

	if (r || !out)
		return r;
	masked = mask_find(mask, MASK_IPV4, inet_ntop(AF_INET, &ip, text, sizeof(text)));
	if (masked)
		inet_pton(AF_INET, masked, &ip);
	fprintf(out, "%08X", (unsigned)ip.s_addr);
	return 0;
}

static bool is_address_field(const char *field, size_t n)
{
	return n == 8 && strspn(field, "0123456789abcdefABCDEF") >= n;
}

/* Interface, destination, gateway, and numbers; the first line has the headings. */
static int mask_route(struct mask *mask, const char *line, size_t n, FILE *out)
{
	size_t name = strcspn(line, "\t \n"), to, via, via_n;
	int r;

	to = name + strspn(line + name, "\t ");
	if (!strncmp(line, "Iface\tDestination\t", 18))
		return mask_words(mask, line, n, out);
	via = to + strcspn(line + to, "\t \n");
	if (name >= n || !is_address_field(line + to, via - to))
		return mask_opaque(mask, line, n, out);
	via += strspn(line + via, "\t ");
	via_n = strcspn(line + via, "\t \n");
	if (!is_address_field(line + via, via_n))
		return mask_opaque(mask, line, n, out);
	r = mask_words(mask, line, to, out);
	if (!r)
		r = put_route_address(mask, line + to, out);
	mask_keep(out, line + to + 8, via - to - 8);
	if (!r)
		r = put_route_address(mask, line + via, out);
	return r ? r : mask_words(mask, line + via + via_n, n - via - via_n, out);
}

int mask_routes(struct mask *mask, const char *text, FILE *out)
{
	return each_line(mask, text, mask_route, out);
}

/* "ens5 10.0.0.5/20": the interface and the prefix length stay. */
static int mask_address(struct mask *mask, const char *line, size_t n, FILE *out)
{
	size_t name = strcspn(line, " \n"), slash = strcspn(line, "/\n");
	int r;

	if (name >= n || slash >= n || slash < name ||
	    strspn(line + slash + 1, "0123456789") != n - slash - 1)
		return mask_opaque(mask, line, n, out);
	r = mask_words(mask, line, name + 1, out);
	if (!r)
		r = mask_opaque(mask, line + name + 1, slash - name - 1, out);
	mask_keep(out, line + slash, n - slash);
	return r;
}

int mask_addresses(struct mask *mask, const char *text, FILE *out)
{
	return each_line(mask, text, mask_address, out);
}

static bool is_word(const char *text, size_t n, const char *word)
{
	return strlen(word) == n && !strncmp(text, word, n);
}

static bool is_known_word(const char *text, size_t n)
{
	static const char *const words[] = {
		"boot_id", "instance_type", "instance_id", "primary", "interfaces", "mac",
		"id",	   "card",	    "device",	   "ip",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (is_word(text, n, words[i]))
			return true;
	}
	return false;
}

/* "p5.48xlarge"; what else stands in its place and could be a type is none of the forms that are
 * private. */
static bool is_type(const char *text, size_t n)
{
	char name[NAME_TEXT] = "";
	struct token token = {0};

	if (n >= sizeof(name) || mask_recognize(text, '\0', &token))
		return false;
	memcpy(name, text, n);
	return text_is_name(name, sizeof(name) - 1);
}

/* The length of a JSON string from behind its first quotation mark to its last. */
static size_t string_length(const char *text)
{
	size_t n = 0;

	while (text[n] && text[n] != '"')
		n += text[n] == '\\' && text[n + 1] ? 2 : 1;
	return n;
}

static bool is_json(const char *text)
{
	struct json_doc *doc = NULL;
	bool right = !json_doc_parse("facts", text, strlen(text), &doc, NULL);

	json_doc_free(doc);
	return right;
}

/* JSON in which known words, numbers and punctuation stay; every other string is private, but for
 * the instance type. */
int mask_facts(struct mask *mask, const char *text, FILE *out)
{
	bool is_value_of_type = false;

	if (!is_json(text))
		return mask_opaque(mask, text, strlen(text), out);
	for (;;) {
		size_t n = strcspn(text, "\"");
		int r = 0;

		mask_keep(out, text, n);
		text += n;
		if (!*text)
			return 0;
		mask_keep(out, text++, 1);
		n = string_length(text);
		if (is_known_word(text, n) || (is_value_of_type && is_type(text, n)))
			mask_keep(out, text, n);
		else
			r = mask_opaque(mask, text, n, out);
		if (r)
			return r;
		is_value_of_type = is_word(text, n, "instance_type");
		text += n;
		mask_keep(out, text++, 1);
	}
}
