/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text of a snapshot, masked: the first line says what it holds ("plain", "mac", ...), the rest
 * is the text. Whatever it is, no address, id or UUID that stands alone in it may stand in what is
 * written.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kit.h"
#include "snapshot_mask.h"

#define WORD_MAX 64

static const struct {
	const char *word;
	enum mask_content content;
} contents[] = {
	{"plain", CONTENT_PLAIN},	{"mac", CONTENT_MAC},	  {"gid", CONTENT_GID},
	{"guid", CONTENT_GUID},		{"uuid", CONTENT_UUID},	  {"tag", CONTENT_ASSET_TAG},
	{"routes", CONTENT_ROUTES},	{"facts", CONTENT_FACTS}, {"addresses", CONTENT_ADDRESSES},
	{"topology", CONTENT_TOPOLOGY},
};

/* "xx:xx-" and so on: x stands for a hexadecimal digit, everything else for itself. */
static bool has_form(const char *word, const char *form)
{
	for (; *form; word++, form++)
		if (*form == 'x' ? !isxdigit((unsigned char)*word) : *word != *form)
			return false;
	return !*word;
}

/* Is there a digit that is not 0, f or F? Addresses of nothing and of everybody are no secret. */
static bool says_something(const char *word)
{
	return word[strcspn(word, "123456789abcdeABCDE")] != '\0';
}

static bool is_private(const char *word)
{
	static const char *const forms[] = {
		"xx:xx:xx:xx:xx:xx", "eni-xxxxxxxx",	    "eni-xxxxxxxxxxxxxxxxx",
		"i-xxxxxxxx",	     "i-xxxxxxxxxxxxxxxxx", "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (has_form(word, forms[i]))
			return says_something(word);
	return false;
}

static const char apart[] = " \t\n\",";

/* The next word that stands alone; its length, 0 at the end. */
static size_t next_word(const char **text)
{
	*text += strspn(*text, apart);
	return strcspn(*text, apart);
}

static bool has_word(const char *text, const char *word, size_t n)
{
	for (size_t found; (found = next_word(&text)); text += found)
		if (found == n && !strncasecmp(text, word, n))
			return true;
	return false;
}

static void hidden(const char *text, const char *masked)
{
	for (size_t n; (n = next_word(&text)); text += n) {
		char word[WORD_MAX];

		if (n >= sizeof(word))
			continue;
		memcpy(word, text, n);
		word[n] = '\0';
		if (is_private(word) && has_word(masked, word, n))
			kit_broken(__FILE__, __LINE__, "is masked", word);
	}
}

/*
 * More hexadecimal digits in a row than a MAC address has, and no id. What is known may begin at
 * any of them, so the mask of one and the digits around it can be another one: 0 for none.
 */
static size_t long_digits(const char *text, const char *at)
{
	size_t n = strspn(at, "0123456789abcdefABCDEF");

	return n > 12 && (at - text < 2 || strncmp(at - 2, "i-", 2) != 0) ? n : 0;
}

/* What is masked stays as it is. */
static void stays(struct mask *mask, enum mask_content content, const char *masked)
{
	struct err err = {""};
	char *again = NULL;
	size_t n;

	CHECK_OK(mask_apply(mask, content, masked, &again, &err), &err);
	CHECK(strlen(again) == strlen(masked));
	for (size_t i = 0; masked[i]; i += n ? n : 1) {
		n = long_digits(masked, masked + i);
		CHECK(n ? n == long_digits(again, again + i) : masked[i] == again[i]);
	}
	free(again);
}

static bool masked(enum mask_content content, const char *text)
{
	struct mask *mask = mask_new();
	struct err err = {""};
	char *result = NULL;
	int rc;

	CHECK(mask);
	rc = mask_learn(mask, content, text, &err);
	if (rc) {
		kit_refused(rc, &err);
		CHECK(content == CONTENT_TOPOLOGY && rc == -EINVAL);
	} else {
		CHECK_OK(mask_settle(mask, &err), &err);
		CHECK_OK(mask_apply(mask, content, text, &result, &err), &err);
		CHECK(result);
		hidden(text, result);
		stays(mask, content, result);
		free(result);
	}
	mask_free(mask);
	return !rc;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	CHECK(masked(CONTENT_PLAIN, "06:4e:fa:10:00:00 eni-0123456789abcdef0"));
	CHECK(is_private("06:4e:fa:10:00:00") && is_private("i-01234567") &&
	      !is_private("i-0000000"));
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = kit_input(data, size), *rest = kit_rest(text, "\n");

	for (size_t i = 0; rest && i < sizeof(contents) / sizeof(contents[0]); i++)
		if (!strcmp(contents[i].word, text))
			masked(contents[i].content, rest);
	free(text);
	return 0;
}
