/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "show.h"
#include "text.h"

#define LABEL_WIDTH 15

/* "label          text" in one ink. */
static void print_line(const struct show *show, const char *label, enum ink ink, const char *fmt,
		       ...) __attribute__((format(printf, 4, 5)));

static void print_line(const struct show *show, const char *label, enum ink ink, const char *fmt,
		       ...)
{
	char text[512], shown[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	text_printable(shown, sizeof(shown), text);
	printf("%s%-*s%s%s%s%s\n", term_ink(&show->term, INK_FAINT), LABEL_WIDTH, label,
	       term_plain(&show->term, INK_FAINT), term_ink(&show->term, ink), shown,
	       term_plain(&show->term, ink));
}

static void print_machine(const struct show *show)
{
	const struct inventory *inv = &show->check->inv;

	print_line(show, "instance type", INK_STRONG, "%s%s",
		   inv->instance_type[0] ? inv->instance_type : "unknown",
		   show->check->type || !inv->instance_type[0] ? "" : " (not described)");
	if (inv->instance_id[0])
		print_line(show, "instance", INK_PLAIN, "%s", inv->instance_id);
	print_line(show, "kernel", INK_PLAIN, "%s, efa driver %s",
		   inv->kernel[0] ? inv->kernel : "unknown", efa_driver_text(inv));
	if (inv->libfabric[0])
		print_line(show, "libfabric", INK_PLAIN, "%s", inv->libfabric);
}

static void print_limits(const struct show *show)
{
	const struct inventory *inv = &show->check->inv;
	char text[160] = "";

	if (inv->memlock == LIMIT_NONE)
		text_append(text, sizeof(text), "locked memory unlimited");
	else if (inv->memlock >= 0)
		text_append(text, sizeof(text), "locked memory %" PRId64 " KiB",
			    inv->memlock / 1024);
	if (inv->huge_pages >= 0)
		text_append(text, sizeof(text), "%s%" PRId64 " huge pages of 2 MiB",
			    text[0] ? ", " : "", inv->huge_pages);
	if (inv->huge_pages >= 0 && inv->huge_pages_free >= 0)
		text_append(text, sizeof(text), ", %" PRId64 " free", inv->huge_pages_free);
	if (text[0])
		print_line(show, "limits", INK_PLAIN, "%s", text);
}

static void print_facts(const struct show *show)
{
	const struct eni_facts *facts = &show->check->inv.facts;
	const char *problem = show->check->facts_problem;

	if (facts->known)
		print_line(show, "ENI facts", INK_PLAIN, "%zu interface%s", facts->n_enis,
			   facts->n_enis == 1 ? "" : "s");
	else
		print_line(show, "ENI facts", problem[0] ? INK_WARN : INK_PLAIN, "%s",
			   problem[0] ? problem : "none: cards are not known (efa-layout facts)");
}

static void print_layout(const struct show *show)
{
	char text[512];

	if (show->settings_problem[0]) {
		print_line(show, "layout", INK_WARN, "%s",
			   show_comparison(show, text, sizeof(text)));
		return;
	}
	show_layouts(show, text, sizeof(text));
	print_line(show, "layout", text[0] ? INK_GOOD : INK_BAD, "%s",
		   text[0] ? text : "none that is known");
	print_line(show, "compared", INK_PLAIN, "%s", show_comparison(show, text, sizeof(text)));
}

static enum ink severity_ink(enum finding_severity severity)
{
	switch (severity) {
	case SEVERITY_ERROR:
		return INK_BAD;
	case SEVERITY_WARNING:
		return INK_WARN;
	case SEVERITY_INFO:
		break;
	}
	return INK_PLAIN;
}

static void print_findings(const struct show *show)
{
	const struct finding *finding;
	size_t at = 0;
	char text[512];

	while ((finding = show_finding(show, &at)))
		print_line(show, finding_severity_text(finding->code->severity),
			   severity_ink(finding->code->severity), "%s [%s]",
			   show_finding_text(finding, text, sizeof(text)), finding->code->code);
	if (show->check->verdict.findings.dropped)
		print_line(show, "", INK_PLAIN, "%zu more findings were left out",
			   show->check->verdict.findings.dropped);
}

void show_head(const struct show *show)
{
	print_machine(show);
	print_limits(show);
	print_facts(show);
	print_layout(show);
	print_findings(show);
}
