/* SPDX-License-Identifier: Apache-2.0 */
/* Sentences that text and picture share. */
#include <string.h>

#include "show.h"
#include "text.h"

#define AUTO "auto"

const struct finding *show_finding(const struct show *show, size_t *at)
{
	const struct findings *findings = &show->check->verdict.findings;

	while (*at < findings->n) {
		const struct finding *finding = &findings->v[(*at)++];

		if (strcmp(finding->code->code, "I202") != 0)
			return finding;
	}
	return NULL;
}

const char *show_finding_text(const struct finding *finding, char *buf, size_t size)
{
	char text[512];

	text_format(text, sizeof(text), "%s: %s", finding->subject, finding->code->title);
	if (finding->found[0])
		text_append(text, sizeof(text), " (%s)", finding->found);
	else if (finding->expected[0])
		text_append(text, sizeof(text), " (expected %s)", finding->expected);
	text_printable(buf, size, text);
	return buf;
}

static unsigned count_differences(const struct view *view)
{
	unsigned n = 0;

	if (view->basis == BASIS_CARDS) {
		for (unsigned i = 0; i < view->n_cards; i++)
			n += view->cards[i].differs;
		return n;
	}
	for (size_t i = 0; i < view->n_rows; i++)
		n += view->rows[i].kind == KIND_ABSENT;
	return n;
}

const char *show_comparison(const struct show *show, char *buf, size_t size)
{
	const struct check *check = show->check;
	const struct view *view = show->view;
	const char *declared = check->site.policy.layout_declared;
	const char *name = check->verdict.declared;
	unsigned n = view->compared ? count_differences(view) : 0;

	if (show->settings_problem[0]) {
		char why[256];

		text_printable(why, sizeof(why), show->settings_problem);
		text_format(buf, size, "not compared: %s", why);
	} else if (!view->compared) {
		text_format(buf, size, "with no layout");
	} else {
		text_format(buf, size, "with %s%s, %s",
			    name[0] ? name : "the nearest layout, which it does not follow",
			    !name[0] || check->verdict.n_layouts ? ""
			    : strcmp(declared, AUTO) == 0	 ? " (the nearest)"
								 : " (declared by the site)",
			    basis_words(view->basis));
		if (n)
			text_append(buf, size, ": %u %s%s", n,
				    view->basis == BASIS_CARDS ? "card" : "function",
				    view->basis == BASIS_CARDS ? n == 1 ? " differs" : "s differ"
				    : n == 1		       ? " missing"
							       : "s missing");
	}
	return buf;
}

const char *show_layouts(const struct show *show, char *buf, size_t size)
{
	const struct verdict *verdict = &show->check->verdict;

	buf[0] = '\0';
	for (size_t i = 0; i < verdict->n_layouts; i++)
		text_append(buf, size, "%s%s", i ? ", " : "", verdict->layouts[i]);
	return buf;
}

const char *show_cpus(const struct show *show, int numa_node, char *buf, size_t size)
{
	const struct inventory *inv = &show->check->inv;
	size_t used;

	buf[0] = '\0';
	for (size_t i = 0; i < inv->n_numa; i++) {
		if (inv->numa[i].node != numa_node)
			continue;
		text_format(buf, size, "CPUs ");
		used = strlen(buf);
		if (cpu_list_format(&inv->numa[i].cpus, buf + used, size - used))
			text_format(buf, size, "%u CPUs", cpu_list_count(&inv->numa[i].cpus));
	}
	return buf;
}
