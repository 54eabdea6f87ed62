/* SPDX-License-Identifier: Apache-2.0 */
#include "imds_impl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "eni_facts.h"
#include "text.h"

#define SETTLE_PAUSE_MS 500
#define INTERFACES_PATH "meta-data/network/interfaces/macs/"

/* A key that must be there. */
static int need(struct imds *imds, const char *path, char **ret_text, struct err *err)
{
	int r = imds_get(imds, path, ret_text, err);

	return r == -ENOENT ? -EPROTO : r;
}

static int unexpected(const char *path, const char *expected, const char *found, struct err *err)
{
	char shown[64];

	text_printable(shown, sizeof(shown), found);
	return err_set(err, -EPROTO, "instance metadata %s: expected %s, found \"%s\"", path,
		       expected, shown);
}

static int get_number(struct imds *imds, const char *path, uint64_t max, int *ret_number,
		      struct err *err)
{
	uint64_t number;
	char *text;
	int r = imds_get(imds, path, &text, err);

	if (r)
		return r;
	if (text_u64(text, 0, max, &number))
		return unexpected(path, "a small number", text, err);
	*ret_number = (int)number;
	return 0;
}

/* Are there addresses under this key? Absent and empty mean the same. */
static int get_addresses(struct imds *imds, const char *path, int family, bool *ret_any,
			 struct err *err)
{
	struct in6_addr address; /* large enough for both */
	char *text, *save = NULL;
	int r = imds_get(imds, path, &text, err);

	*ret_any = false;
	if (r)
		return r == -ENOENT ? 0 : r;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (inet_pton(family, line, &address) != 1)
			return unexpected(path, "IP addresses", line, err);
		*ret_any = true;
	}
	return 0;
}

static int get_id(struct imds *imds, const char *path, struct eni *eni, struct err *err)
{
	char *text;
	int r = need(imds, path, &text, err);

	if (r)
		return r;
	if (!inventory_id_valid(text, "eni-"))
		return unexpected(path, "an interface id such as eni-0123456789abcdef0", text, err);
	memcpy(eni->id, text, strlen(text) + 1);
	return 0;
}

/* The beginning of the paths of an interface's keys; its length. */
static size_t begin_path(const struct eni *eni, char *path, size_t size)
{
	char mac[MAC_TEXT];

	text_format(path, size, INTERFACES_PATH "%s/", mac_format(&eni->mac, mac));
	return strlen(path);
}

/* Where the interface sits. A type with a single network card has no network-card key. */
static int get_place(struct imds *imds, struct eni *eni, struct err *err)
{
	char path[128];
	size_t size = sizeof(path), head = begin_path(eni, path, size);
	int r;

	text_format(path + head, size - head, "device-number");
	r = get_number(imds, path, 255, &eni->device_index, err);
	if (r)
		return r == -ENOENT ? -EPROTO : r;
	text_format(path + head, size - head, "network-card");
	r = get_number(imds, path, NODE_RAILS_MAX - 1, &eni->card_index, err);
	if (r == -ENOENT)
		eni->card_index = 0;
	return r == -ENOENT ? 0 : r;
}

static int get_eni(struct imds *imds, struct eni *eni, struct err *err)
{
	char path[128];
	size_t head = begin_path(eni, path, sizeof(path));
	int r;

	text_format(path + head, sizeof(path) - head, "interface-id");
	r = get_id(imds, path, eni, err);
	if (!r)
		r = get_place(imds, eni, err);
	if (r)
		return r;
	text_format(path + head, sizeof(path) - head, "local-ipv4s");
	r = get_addresses(imds, path, AF_INET, &eni->has_ip, err);
	if (r || eni->has_ip)
		return r;
	text_format(path + head, sizeof(path) - head, "ipv6s");
	return get_addresses(imds, path, AF_INET6, &eni->has_ip, err);
}

/* "06:4e:fa:10:00:00/" on each line */
static int get_macs(struct imds *imds, struct eni_facts *facts, struct err *err)
{
	char *text, *save = NULL;
	int r = need(imds, INTERFACES_PATH, &text, err);

	if (r)
		return r;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		size_t n = strlen(line);
		struct eni eni = {.rail = -1, .ena = -1};

		if (n && line[n - 1] == '/')
			line[n - 1] = '\0';
		if (mac_parse(line, &eni.mac))
			return unexpected(INTERFACES_PATH, "MAC addresses", line, err);
		if (facts->n_enis == NODE_ENIS_MAX)
			return err_set(err, -EPROTO,
				       "instance metadata " INTERFACES_PATH
				       ": more than %d interfaces",
				       NODE_ENIS_MAX);
		facts->enis[facts->n_enis++] = eni;
	}
	return 0;
}

static int get_instance(struct imds *imds, struct eni_facts *facts, struct err *err)
{
	static const char type[] = "meta-data/instance-type", id[] = "meta-data/instance-id",
			  mac[] = "meta-data/mac";
	char *text;
	int r = need(imds, type, &text, err);

	if (r)
		return r;
	if (!text_is_name(text, sizeof(facts->instance_type) - 1))
		return unexpected(type, "an instance type such as p5.48xlarge", text, err);
	memcpy(facts->instance_type, text, strlen(text) + 1);
	r = need(imds, id, &text, err);
	if (r)
		return r;
	if (!inventory_id_valid(text, "i-"))
		return unexpected(id, "an instance id such as i-0123456789abcdef0", text, err);
	memcpy(facts->instance_id, text, strlen(text) + 1);
	r = need(imds, mac, &text, err);
	if (r)
		return r;
	return mac_parse(text, &facts->primary) ? unexpected(mac, "a MAC address", text, err) : 0;
}

static bool shares_place(const struct eni_facts *facts, size_t i)
{
	for (size_t j = 0; j < facts->n_enis; j++) {
		if (j != i && facts->enis[j].card_index == facts->enis[i].card_index &&
		    facts->enis[j].device_index == facts->enis[i].device_index)
			return true;
	}
	return false;
}

/* A device number reads 0 until the attachment has settled: ask again while two claim one place. */
static int settle_places(struct imds *imds, const struct imds_options *options,
			 struct eni_facts *facts, struct err *err)
{
	for (unsigned waited = 0; waited < options->settle_ms; waited += SETTLE_PAUSE_MS) {
		bool shared[NODE_ENIS_MAX], any = false;

		for (size_t i = 0; i < facts->n_enis; i++)
			any |= shared[i] = shares_place(facts, i);
		if (!any || !imds_pause(imds, SETTLE_PAUSE_MS))
			return 0;
		for (size_t i = 0; i < facts->n_enis; i++) {
			int r = shared[i] ? get_place(imds, &facts->enis[i], err) : 0;

			if (r)
				return r;
		}
	}
	return 0;
}

int imds_fetch(const struct imds_options *options, struct eni_facts *ret_facts, struct err *err)
{
	struct eni_facts facts = {.known = true};
	struct imds *imds = NULL;
	int r = imds_open(options, &imds, err);

	if (!r)
		r = get_instance(imds, &facts, err);
	if (!r)
		r = get_macs(imds, &facts, err);
	for (size_t i = 0; !r && i < facts.n_enis; i++)
		r = get_eni(imds, &facts.enis[i], err);
	if (!r)
		r = settle_places(imds, options, &facts, err);
	if (!r && eni_facts_settle(&facts, err))
		r = err_wrap(err, -EPROTO, "instance metadata " INTERFACES_PATH);
	imds_close(imds);
	if (!r)
		*ret_facts = facts;
	return r;
}
