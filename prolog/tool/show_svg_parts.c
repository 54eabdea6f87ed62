/* SPDX-License-Identifier: Apache-2.0 */
/* What strip, blocks and legend draw alike. */
#include "show_svg.h"
#include "text.h"

#define STRIP_H_MAX  20
#define SIGN_W_STRIP 26

static const char *half_class(bool efa, enum shown state)
{
	switch (state) {
	case SHOWN_FINE:
		return efa ? "efa-usable" : "net-usable";
	case SHOWN_LISTED:
		return efa ? "efa-listed" : "net-listed";
	case SHOWN_NONE:
	case SHOWN_WANTED:
	case SHOWN_EXTRA:
	case SHOWN_FAULTY:
	case SHOWN_MISSING:
		break;
	}
	return shown_text(state);
}

void draw_sign(struct svg *svg, enum shown state, int x, int y)
{
	switch (state) {
	case SHOWN_MISSING:
		svg_path(svg, "sign-missing", "M%d %dl8 8m0 -8l-8 8", x - 4, y - 4);
		break;
	case SHOWN_FAULTY:
		svg_path(svg, "sign-dark", "M%d %dl6 11h-12z", x, y - 6);
		svg_path(svg, "sign-light", "M%d %dv4m0 1v2", x, y - 3);
		break;
	case SHOWN_EXTRA:
		svg_path(svg, "sign-extra", "M%d %dh10m-5 -5v10", x - 5, y);
		break;
	case SHOWN_NONE:
	case SHOWN_FINE:
	case SHOWN_LISTED:
	case SHOWN_WANTED:
		break;
	}
}

void draw_half(struct svg *svg, struct box box, bool efa, enum shown state)
{
	svg_rect(svg, half_class(efa, state), box, 4);
	if (box.h > 36)
		draw_sign(svg, state, box.x + box.w - 12, box.y + 13);
	else if (box.w >= (box.h > STRIP_H_MAX ? SIGN_W_MIN : SIGN_W_STRIP))
		draw_sign(svg, state, box.x + box.w - 11, box.y + box.h / 2);
}

void draw_joint(struct svg *svg, const char *class, struct box efa, struct box net)
{
	int width = efa.w / 2;

	svg_rect(svg, class,
		 (struct box){efa.x + (efa.w - width) / 2, efa.y + efa.h - 1, width,
			      net.y - efa.y - efa.h + 2},
		 0);
}

void draw_fitted(struct svg *svg, const char *class, enum svg_face face, int size, int x, int y,
		 int room, const char *text)
{
	char cut[256];

	text_printable(cut, sizeof(cut), text);
	svg_label(svg, class, x, y, "%s", svg_fit(cut, face, size, room));
}
