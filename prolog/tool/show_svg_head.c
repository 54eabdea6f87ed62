/* SPDX-License-Identifier: Apache-2.0 */
/* Head, status box and the strip of network cards. */
#include <string.h>

#include "show_svg.h"
#include "text.h"

#define STATUS_SIZE   13
#define STATUS_INDENT 44

static void add_line(struct canvas *canvas, const char *text, size_t n)
{
	char *line = canvas->lines[canvas->picture.n_lines++];

	text_format(line, sizeof(canvas->lines[0]), "%.*s", (int)n, text);
}

/* The sentence over two lines at most. */
static void add_sentence(struct canvas *canvas, const char *text)
{
	int room = canvas->picture.width - 2 * PICTURE_MARGIN - STATUS_INDENT - 12;

	while (*text && canvas->picture.n_lines < 2) {
		size_t n = svg_break(text, SVG_BOLD, STATUS_SIZE, room);

		if (canvas->picture.n_lines == 1)
			n = strlen(text);
		add_line(canvas, text, n);
		text += n + (text[n] == ' ');
	}
	canvas->n_strong = canvas->picture.n_lines;
}

static const char *status_sentence(const struct show *show, char *buf, size_t size)
{
	const struct verdict *verdict = &show->check->verdict;

	if (!verdict->sentence[0])
		return show_comparison(show, buf, size);
	if (verdict->outcome == OUTCOME_HEALTHY)
		text_format(buf, size, "%s", verdict->sentence); /* says so itself */
	else
		text_format(buf, size, "%s: %s", outcome_text(verdict->outcome), verdict->sentence);
	return buf;
}

void write_status(struct canvas *canvas)
{
	const struct finding *finding;
	char text[512];
	size_t at = 0, more = 0;
	bool in_sentence = canvas->show->check->verdict.outcome != OUTCOME_HEALTHY;

	add_sentence(canvas, status_sentence(canvas->show, text, sizeof(text)));
	while ((finding = show_finding(canvas->show, &at))) {
		char line[600];

		if (in_sentence) { /* the first one */
			in_sentence = false;
			continue;
		}
		if (finding->code->severity == SEVERITY_INFO)
			continue;
		if (canvas->picture.n_lines == STATUS_LINES_MAX - 1) {
			more++;
			continue;
		}
		text_format(line, sizeof(line), "%s %s", finding->code->code,
			    show_finding_text(finding, text, sizeof(text)));
		add_line(canvas, line, strlen(line));
	}
	if (more) {
		text_format(text, sizeof(text), "and %zu more: efa-layout show", more);
		add_line(canvas, text, strlen(text));
	}
}

static const char *status_kind(const struct show *show)
{
	if (!show->check->verdict.sentence[0])
		return "warn";
	switch (show->check->verdict.outcome) {
	case OUTCOME_HEALTHY:
		return "ok";
	case OUTCOME_FAULTY:
		return "bad";
	case OUTCOME_DEGRADED:
	case OUTCOME_REFUSED:
	case OUTCOME_UNKNOWN:
	case OUTCOME_FABRIC:
		break;
	}
	return "warn";
}

static void draw_status(const struct canvas *canvas)
{
	const char *kind = status_kind(canvas->show);
	struct box box = canvas->picture.status;
	int x = box.x + 22, y = box.y + 22;
	char class[16];

	svg_begin(canvas->svg, "g");
	svg_attr(canvas->svg, "id", "efa-status");
	svg_attr(canvas->svg, "data-outcome", "%s",
		 outcome_text(canvas->show->check->verdict.outcome));
	text_format(class, sizeof(class), "%s-box", kind);
	svg_rect(canvas->svg, class, box, 6);
	text_format(class, sizeof(class), "%s-sign", kind);
	svg_begin(canvas->svg, "circle");
	svg_attr(canvas->svg, "class", "%s", class);
	svg_attr(canvas->svg, "cx", "%d", x);
	svg_attr(canvas->svg, "cy", "%d", y);
	svg_attr(canvas->svg, "r", "10");
	svg_end(canvas->svg);
	if (strcmp(kind, "ok") == 0)
		svg_path(canvas->svg, "on-sign", "M%d %dl3 4l6 -8", x - 5, y);
	else if (strcmp(kind, "bad") == 0)
		svg_path(canvas->svg, "on-sign", "M%d %dl8 8m0 -8l-8 8", x - 4, y - 4);
	else
		svg_path(canvas->svg, "on-sign", "M%d %dv6m0 2v2", x, y - 5);
	for (unsigned i = 0; i < canvas->picture.n_lines; i++)
		draw_fitted(canvas->svg, i < canvas->n_strong ? "p b" : "p",
			    i < canvas->n_strong ? SVG_BOLD : SVG_PLAIN, STATUS_SIZE,
			    box.x + STATUS_INDENT, box.y + 27 + (int)i * PICTURE_LINE,
			    box.w - STATUS_INDENT - 12, canvas->lines[i]);
	svg_end(canvas->svg);
}

/* What the machine is, at the right; at most four lines. */
static void draw_machine(const struct canvas *canvas, int room)
{
	const struct inventory *inv = canvas->view->inv;
	int x = canvas->picture.width - PICTURE_MARGIN;
	char lines[4][200] = {"", "", "", "no ENI facts"};

	text_format(lines[0], sizeof(lines[0]), "%s", inv->instance_id);
	if (inv->kernel[0])
		text_format(lines[1], sizeof(lines[1]), "kernel %s", inv->kernel);
	text_format(lines[2], sizeof(lines[2]), "efa driver %s%s%s", efa_driver_text(inv),
		    inv->libfabric[0] ? ", libfabric " : "", inv->libfabric);
	if (inv->facts.known)
		text_format(lines[3], sizeof(lines[3]), "%zu interface%s in the metadata",
			    inv->facts.n_enis, inv->facts.n_enis == 1 ? "" : "s");
	for (int i = 0; i < 4; i++)
		draw_fitted(canvas->svg, "dim e", SVG_PLAIN, 11, x, 38 + 17 * i, room, lines[i]);
}

void draw_head(const struct canvas *canvas)
{
	const struct inventory *inv = canvas->view->inv;
	int room = canvas->picture.width - 2 * PICTURE_MARGIN, right = 260;
	char layouts[256], text[300];

	room -= right + 20;
	draw_fitted(canvas->svg, "h1", SVG_BOLD, 30, PICTURE_MARGIN, 50, room,
		    inv->instance_type[0] ? inv->instance_type : "unknown type");
	show_layouts(canvas->show, layouts, sizeof(layouts));
	text_format(text, sizeof(text), "%s%s", layouts[0] ? "layout " : "", layouts);
	if (!layouts[0])
		text_format(text, sizeof(text), "%s",
			    canvas->show->settings_problem[0] ? "layout not known"
							      : "none of the known layouts");
	draw_fitted(canvas->svg, "p", SVG_PLAIN, 13, PICTURE_MARGIN, 74, room, text);
	show_comparison(canvas->show, layouts, sizeof(layouts));
	text_format(text, sizeof(text), "%s%s",
		    canvas->show->settings_problem[0] ? "" : "compared ", layouts);
	draw_fitted(canvas->svg, "p dim", SVG_PLAIN, 13, PICTURE_MARGIN, 92, room, text);
	draw_machine(canvas, right);
	draw_status(canvas);
}

static const char *half_words(enum shown half)
{
	switch (half) {
	case SHOWN_NONE:
		return "none";
	case SHOWN_FINE:
		return "there";
	case SHOWN_LISTED:
		return "listed";
	case SHOWN_WANTED:
		return "expected, not known whether it is there";
	case SHOWN_EXTRA:
		return "there, not expected";
	case SHOWN_FAULTY:
		return "there, not usable";
	case SHOWN_MISSING:
		return "expected, missing";
	}
	return "?";
}

static const char *want_text(const struct canvas *canvas, enum function_want want)
{
	if (!canvas->view->compared)
		return "unknown";
	return want == WANT_YES ? "yes" : want == WANT_NO ? "no" : "any";
}

static void draw_card(const struct canvas *canvas, unsigned at)
{
	const struct view_card *card = &canvas->view->cards[at];
	struct box box = picture_card(&canvas->picture, at);
	struct box efa = picture_card_efa(&canvas->picture, at);
	struct box net = picture_card_net(&canvas->picture, at);
	struct svg *svg = canvas->svg;
	bool both = card->efa != SHOWN_NONE && card->net != SHOWN_NONE;

	svg_begin(svg, "g");
	svg_attr(svg, "class", "card");
	svg_attr(svg, "data-card", "%u", at);
	svg_attr(svg, "data-efa", "%s", shown_text(card->efa));
	svg_attr(svg, "data-ena", "%s", shown_text(card->net));
	svg_attr(svg, "data-want-efa", "%s", want_text(canvas, card->want_efa));
	svg_attr(svg, "data-want-ena", "%s", want_text(canvas, card->want_net));
	svg_attr(svg, "data-differs", "%s", card->differs ? "true" : "false");
	svg_title(svg, "network card %u%s\nEFA: %s\nENA: %s%s", at, card->differs ? " differs" : "",
		  half_words(card->efa), half_words(card->net),
		  both && card->paired ? "\nboth are one interface (efa)" : "");
	if (card->differs)
		svg_rect(svg, "pill", (struct box){box.x + box.w / 2 - 12, box.y - 1, 24, 16}, 8);
	svg_label(svg, card->differs ? "card-no c on-pill" : "card-no c", box.x + box.w / 2,
		  box.y + 11, "%u", at);
	if (both && card->paired)
		draw_joint(svg, card->efa == SHOWN_WANTED ? "joint-wanted" : "joint", efa, net);
	draw_half(svg, efa, true, card->efa);
	draw_half(svg, net, false, card->net);
	svg_end(svg);
}

void draw_strip(const struct canvas *canvas)
{
	const struct picture *picture = &canvas->picture;
	const struct view *view = canvas->view;

	if (!picture->n_cards)
		return;
	svg_begin(canvas->svg, "g");
	svg_attr(canvas->svg, "id", "efa-cards");
	svg_label(canvas->svg, "h2", picture->strip.x, picture->strip.y + 12, "Network cards");
	if (!view->cards_known)
		svg_label(canvas->svg, "dim", picture->strip.x + 130, picture->strip.y + 12, "%s",
			  view->compared ? "which function is on which card is not known: as the "
					   "layout has it"
					 : "which function is on which card is not known");
	for (unsigned i = 0; i < picture->n_cards; i += picture->strip_columns) {
		struct box efa = picture_card_efa(picture, i), net = picture_card_net(picture, i);

		svg_label(canvas->svg, "dim", picture->strip.x, efa.y - 7, "card");
		svg_label(canvas->svg, "dim", picture->strip.x, efa.y + 14, "EFA");
		svg_label(canvas->svg, "dim", picture->strip.x, net.y + 14, "ENA");
	}
	for (unsigned i = 0; i < picture->n_cards; i++)
		draw_card(canvas, i);
	svg_end(canvas->svg);
}
