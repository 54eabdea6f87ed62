/* SPDX-License-Identifier: Apache-2.0 */
/* Whole elements, and how much room a text takes. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "svg.h"

#define TEXT_MAX 1024

/* Advance widths of DejaVu Sans in thousandths of the size, from blank to tilde. */
static const unsigned short advance[] = {
	318,  401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337,
	636,  636, 636, 636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531,
	1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557, 863, 748, 787,
	603,  787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500,
	500,  613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612,
	635,  635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
};

#define MONO_ADVANCE 602
#define BOLD_PERCENT 114

static int width_of(const char *text, size_t n, enum svg_face face, int size)
{
	unsigned long sum = 0;

	for (size_t i = 0; i < n; i++) {
		if (face == SVG_MONO || text[i] < ' ' || text[i] > '~')
			sum += MONO_ADVANCE;
		else
			sum += advance[text[i] - ' '];
	}
	if (face == SVG_BOLD)
		sum = sum * BOLD_PERCENT / 100;
	return (int)((sum * (unsigned long)size + 999) / 1000);
}

int svg_width(const char *text, enum svg_face face, int size)
{
	return width_of(text, strlen(text), face, size);
}

char *svg_fit(char *text, enum svg_face face, int size, int room)
{
	size_t n = strlen(text);
	int dots = svg_width("...", face, size);

	if (width_of(text, n, face, size) <= room)
		return text;
	while (n && width_of(text, n, face, size) + dots > room)
		n--;
	/* The end has room: at least as much was cut, unless the text was shorter than the dots. */
	if (n + 3 <= strlen(text))
		memcpy(text + n, "...", 4);
	else
		text[n] = '\0';
	return text;
}

size_t svg_break(const char *text, enum svg_face face, int size, int room)
{
	size_t best = strcspn(text, " "), n = best;

	while (text[n]) {
		n += 1 + strcspn(text + n + 1, " ");
		if (width_of(text, n, face, size) > room)
			break;
		best = n;
	}
	return best;
}

void svg_title(struct svg *svg, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	svg_begin(svg, "title");
	svg_text(svg, "%s", text);
	svg_end(svg);
}

void svg_rect(struct svg *svg, const char *class, struct box box, int radius)
{
	svg_begin(svg, "rect");
	svg_attr(svg, "class", "%s", class);
	svg_attr(svg, "x", "%d", box.x);
	svg_attr(svg, "y", "%d", box.y);
	svg_attr(svg, "width", "%d", box.w);
	svg_attr(svg, "height", "%d", box.h);
	if (radius)
		svg_attr(svg, "rx", "%d", radius);
	svg_end(svg);
}

void svg_line(struct svg *svg, const char *class, int x1, int y1, int x2, int y2)
{
	svg_path(svg, class, "M%d %dL%d %d", x1, y1, x2, y2);
}

void svg_path(struct svg *svg, const char *class, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	svg_begin(svg, "path");
	svg_attr(svg, "class", "%s", class);
	svg_attr(svg, "d", "%s", text);
	svg_end(svg);
}

void svg_label(struct svg *svg, const char *class, int x, int y, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	svg_begin(svg, "text");
	svg_attr(svg, "class", "%s", class);
	svg_attr(svg, "x", "%d", x);
	svg_attr(svg, "y", "%d", y);
	svg_text(svg, "%s", text);
	svg_end(svg);
}
