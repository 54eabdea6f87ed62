/* SPDX-License-Identifier: Apache-2.0 */
/* The originals, and the mask of each. */
#include "snapshot_mask_impl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "text.h"

struct original {
	enum mask_kind kind;
	char *text;
	char masked[MASK_TEXT]; /* "" until settled */
};

struct mask {
	bool settled;
	void *tree;  /* of struct original, by kind and text */
	void *masks; /* of the same, by kind and mask */
	size_t n, room;
	struct original **v; /* the same, in the order of learning; owns them */
	unsigned n_of[MASK_KINDS], last[MASK_KINDS];
};

struct mask *mask_new(void)
{
	return calloc(1, sizeof(struct mask));
}

static void keep_node(void *node)
{
	(void)node;
}

void mask_free(struct mask *mask)
{
	if (!mask)
		return;
	tdestroy(mask->tree, keep_node);
	tdestroy(mask->masks, keep_node);
	for (size_t i = 0; i < mask->n; i++) {
		free(mask->v[i]->text);
		free(mask->v[i]);
	}
	free(mask->v);
	free(mask);
}

size_t mask_count(const struct mask *mask, enum mask_kind kind)
{
	return mask->n_of[kind];
}

const char *mask_kind_text(enum mask_kind kind)
{
	static const char *const text[] = {
		[MASK_MAC] = "mac_addresses",	[MASK_GUID] = "guids",
		[MASK_IPV4] = "ipv4_addresses", [MASK_IPV6] = "ipv6_addresses",
		[MASK_ENI] = "eni_ids",		[MASK_INSTANCE] = "instance_ids",
		[MASK_UUID] = "uuids",		[MASK_OTHER] = "other",
	};

	return text[kind];
}

static int compare_originals(const void *a, const void *b)
{
	const struct original *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return strcmp(x->text, y->text);
}

static int compare_masks(const void *a, const void *b)
{
	const struct original *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return strcmp(x->masked, y->masked);
}

/* The mask with this text itself, NULL when there is none. */
static const char *find_mask(const struct mask *mask, enum mask_kind kind, const char *text)
{
	struct original key = {.kind = kind}, **node;

	if (text_format(key.masked, sizeof(key.masked), "%s", text))
		return NULL;
	node = tfind(&key, &mask->masks, compare_masks);
	return node ? (*node)->masked : NULL;
}

static struct original *find(const struct mask *mask, enum mask_kind kind, const char *text)
{
	const struct original key = {.kind = kind, .text = (char *)text};
	struct original **node = tfind(&key, &mask->tree, compare_originals);

	return node ? *node : NULL;
}

const char *mask_find(const struct mask *mask, enum mask_kind kind, const char *original)
{
	const struct original *found;

	if (!mask->settled)
		return NULL;
	found = find(mask, kind, original);
	return found ? found->masked : find_mask(mask, kind, original);
}

static int make_room(struct mask *mask)
{
	size_t room = mask->room ? 2 * mask->room : 128;
	void *grown;

	if (mask->n < mask->room)
		return 0;
	grown = reallocarray(mask->v, room, sizeof(struct original *));
	if (!grown)
		return -ENOMEM;
	mask->v = grown;
	mask->room = room;
	return 0;
}

static int learn(struct mask *mask, enum mask_kind kind, const char *text)
{
	struct original *original;

	if (find(mask, kind, text))
		return 0;
	original = calloc(1, sizeof(*original));
	if (!original)
		return -ENOMEM;
	original->kind = kind;
	original->text = strdup(text);
	if (!original->text || make_room(mask) ||
	    !tsearch(original, &mask->tree, compare_originals)) {
		free(original->text);
		free(original);
		return -ENOMEM;
	}
	mask->v[mask->n++] = original;
	mask->n_of[kind]++;
	return 0;
}

void mask_keep(FILE *out, const char *text, size_t n)
{
	if (out)
		fwrite(text, 1, n, out); /* errors stay in the stream */
}

int mask_original(struct mask *mask, enum mask_kind kind, const char *original, FILE *out)
{
	const char *masked;

	if (!mask->settled)
		return learn(mask, kind, original);
	masked = mask_find(mask, kind, original);
	if (!masked)
		return -ENOENT;
	mask_keep(out, masked, strlen(masked));
	return 0;
}

/* A GUID of the efa driver: the low four bytes of the MAC address, last one first, then the place
 * of the card. */
static bool is_made_from(const uint8_t guid[GUID_BYTES], const struct mac *mac)
{
	for (unsigned i = 0; i < 4; i++) {
		if (guid[i] != mac->byte[5 - i])
			return false;
	}
	return true;
}

/* It is told from others by fitting to a MAC address that is known. */
static bool derive_guid(const struct mask *mask, struct original *guid)
{
	uint8_t bytes[GUID_BYTES];
	struct mac mac = {{0}};

	if (!mask_guid_parse(guid->text, bytes))
		return false;
	for (size_t i = 0; i < mask->n; i++) {
		const struct original *other = mask->v[i];

		if (other->kind != MASK_MAC || mac_parse(other->text, &mac) ||
		    !is_made_from(bytes, &mac) || mac_parse(other->masked, &mac))
			continue;
		for (unsigned j = 0; j < 4; j++)
			bytes[j] = mac.byte[5 - j];
		mask_guid_format(bytes, guid->masked);
		return true;
	}
	return false;
}

/* Is there a GUID that could have been made from this MAC address? */
static bool has_guid_of(const struct mask *mask, const char *mac_text)
{
	uint8_t guid[GUID_BYTES];
	struct mac mac = {{0}};

	if (mac_parse(mac_text, &mac))
		return false;
	for (size_t i = 0; i < mask->n; i++) {
		if (mask->v[i]->kind == MASK_GUID && mask_guid_parse(mask->v[i]->text, guid) &&
		    is_made_from(guid, &mac))
			return true;
	}
	return false;
}

/* Masks of MAC addresses are such that no GUID made from one is an original, either. */
static bool is_taken(const struct mask *mask, enum mask_kind kind, const char *masked)
{
	return find(mask, kind, masked) || find_mask(mask, kind, masked) ||
	       (kind == MASK_MAC && has_guid_of(mask, masked));
}

static int number_kind(struct mask *mask, enum mask_kind kind)
{
	for (size_t i = 0; i < mask->n; i++) {
		struct original *original = mask->v[i];

		if (original->kind != kind || original->masked[0])
			continue;
		do {
			if (!mask_numbered(kind, original->text, ++mask->last[kind],
					   original->masked))
				return -ENOSPC;
		} while (is_taken(mask, kind, original->masked));
		if (!tsearch(original, &mask->masks, compare_masks))
			return -ENOMEM;
	}
	return 0;
}

static int derive_guids(struct mask *mask)
{
	for (size_t i = 0; i < mask->n; i++) {
		if (mask->v[i]->kind == MASK_GUID && derive_guid(mask, mask->v[i]) &&
		    !tsearch(mask->v[i], &mask->masks, compare_masks))
			return -ENOMEM;
	}
	return 0;
}

int mask_settle(struct mask *mask, struct err *err)
{
	/* MAC addresses come first of all kinds: GUIDs are made from their masks. */
	for (enum mask_kind kind = MASK_MAC; kind < MASK_KINDS; kind++) {
		int r = kind == MASK_GUID ? derive_guids(mask) : 0;

		if (!r)
			r = number_kind(mask, kind);
		if (r == -ENOSPC)
			return err_set(err, r, "masking: too many %s", mask_kind_text(kind));
		if (r)
			return err_set(err, r, "masking: out of memory");
	}
	mask->settled = true;
	return 0;
}

static int mask_as(struct mask *mask, enum mask_content content, const char *text, FILE *out,
		   struct err *err)
{
	switch (content) {
	case CONTENT_MAC:
	case CONTENT_GID:
	case CONTENT_GUID:
	case CONTENT_UUID:
	case CONTENT_ASSET_TAG:
		return mask_opaque(mask, text, strlen(text), out);
	case CONTENT_ROUTES:
		return mask_routes(mask, text, out);
	case CONTENT_ADDRESSES:
		return mask_addresses(mask, text, out);
	case CONTENT_FACTS:
		return mask_facts(mask, text, out);
	case CONTENT_TOPOLOGY:
		return mask_topology(mask, text, out, err);
	default:
		return mask_words(mask, text, strlen(text), out);
	}
}

int mask_learn(struct mask *mask, enum mask_content content, const char *text, struct err *err)
{
	int r = mask_as(mask, content, text, NULL, err);

	return r && r != -EINVAL ? err_set(err, r, "masking: %s", strerror(-r)) : r;
}

int mask_apply(struct mask *mask, enum mask_content content, const char *text, char **ret_text,
	       struct err *err)
{
	cleanup_free char *masked = NULL;
	size_t size;
	FILE *out = open_memstream(&masked, &size);
	bool broken;
	int r;

	if (!out)
		return err_set(err, -ENOMEM, "masking: out of memory");
	r = mask_as(mask, content, text, out, err);
	broken = ferror(out);
	broken |= fclose(out) != 0;
	if (!r && broken)
		r = -ENOMEM;
	if (r)
		return r == -EINVAL ? r : err_set(err, r, "masking: %s", strerror(-r));
	*ret_text = masked;
	masked = NULL;
	return 0;
}
