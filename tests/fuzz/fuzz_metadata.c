/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers of the metadata service, which stand in for those of lib/imds.c: one a line, "KEY TEXT",
 * where KEY is the end of a path and \n in TEXT a new line. A key that stands nowhere is HTTP 404,
 * "!" as TEXT another failure. What is fetched is saved and loaded as facts.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "eni_facts.h"
#include "imds_impl.h"
#include "kit.h"
#include "sound.h"

struct imds {
	unsigned pauses;
	char text[4096]; /* more MAC addresses than a node may have */
};

static struct imds service;
static char *answers; /* the input, ended by NUL */

int imds_open(const struct imds_options *options, struct imds **ret_imds, struct err *err)
{
	(void)options;
	(void)err;
	service.pauses = 0;
	*ret_imds = &service;
	return 0;
}

void imds_close(struct imds *imds)
{
	CHECK(!imds || imds == &service);
}

bool imds_pause(const struct imds *imds, unsigned ms)
{
	(void)ms;
	CHECK(imds == &service);
	return service.pauses++ < 2;
}

static bool ends_with(const char *path, const char *key, size_t n)
{
	size_t length = strlen(path);

	return n && length >= n && !memcmp(path + length - n, key, n);
}

/* The text of the line at `line` into the service's answer. */
static void take(const char *line)
{
	size_t n = 0;

	for (; *line && *line != '\n' && n + 1 < sizeof(service.text); line++) {
		if (line[0] == '\\' && line[1] == 'n') {
			service.text[n++] = '\n';
			line++;
		} else {
			service.text[n++] = *line;
		}
	}
	service.text[n] = '\0';
}

int imds_get(struct imds *imds, const char *path, char **ret_text, struct err *err)
{
	CHECK(imds == &service && strlen(path) < 128);
	for (const char *line = answers; line; line = strchr(line, '\n')) {
		size_t n;

		line += *line == '\n';
		n = strcspn(line, " \n");
		if (line[n] != ' ' || !ends_with(path, line, n))
			continue;
		if (line[n + 1] == '!')
			return err_set(err, -EPROTO, "instance metadata %s: refused", path);
		take(line + n + 1);
		*ret_text = service.text;
		return 0;
	}
	return err_set(err, -ENOENT, "instance metadata %s: HTTP status 404", path);
}

static void saved(const struct eni_facts *facts)
{
	static struct eni_facts again;
	struct err err = {""};

	CHECK_OK(eni_facts_save(kit_path("enis.json"), facts, &err), &err);
	CHECK_OK(eni_facts_load(kit_path("enis.json"), FILE_TRUST_OWNER, "", &again, &err), &err);
	CHECK(again.n_enis == facts->n_enis && mac_equal(&again.primary, &facts->primary));
	for (size_t i = 0; i < again.n_enis; i++) {
		CHECK(!strcmp(again.enis[i].id, facts->enis[i].id));
		CHECK(again.enis[i].card_index == facts->enis[i].card_index);
		CHECK(again.enis[i].device_index == facts->enis[i].device_index);
		CHECK(again.enis[i].has_ip == facts->enis[i].has_ip);
	}
}

static bool fetched(const uint8_t *data, size_t size)
{
	static const struct imds_options options = {
		.endpoint = "", .request_ms = 1, .total_ms = 1, .settle_ms = 2000};
	static struct eni_facts facts, before;
	struct err err = {""};
	int rc;

	answers = malloc(size + 1);
	CHECK(answers);
	if (size)
		memcpy(answers, data, size);
	answers[size] = '\0';
	memset(&before, 0x5a, sizeof(before));
	facts = before;
	rc = imds_fetch(&options, &facts, &err);
	free(answers);
	if (rc) {
		kit_refused(rc, &err);
		CHECK(!memcmp(&facts, &before, sizeof(facts)));
		return false;
	}
	sound_facts(&facts, NULL);
	saved(&facts);
	return true;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char good[] =
		"instance-type c5n.18xlarge\ninstance-id i-01234567\nmeta-data/mac "
		"06:4e:fa:10:00:00\nmacs/ 06:4e:fa:10:00:00/\ninterface-id eni-01234567\n"
		"device-number 0\nlocal-ipv4s 10.0.0.5\n";

	(void)argc;
	(void)argv;
	kit_dir();
	CHECK(fetched((const uint8_t *)good, sizeof(good) - 1));
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fetched(data, size);
	return 0;
}
