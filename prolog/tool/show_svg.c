/* SPDX-License-Identifier: Apache-2.0 */
#include "show_svg.h"

#include <errno.h>
#include <stdlib.h>

#include "text.h"

/* For those who do not see the picture. */
static void draw_description(const struct canvas *canvas)
{
	const struct inventory *inv = canvas->view->inv;
	char compared[300];

	svg_begin(canvas->svg, "title");
	svg_attr(canvas->svg, "id", "efa-title");
	svg_text(canvas->svg, "Network interfaces of %s %s",
		 inv->instance_type[0] ? inv->instance_type : "a node of unknown type",
		 inv->instance_id);
	svg_end(canvas->svg);
	svg_begin(canvas->svg, "desc");
	svg_attr(canvas->svg, "id", "efa-desc");
	svg_text(canvas->svg,
		 "%zu EFA functions, %u missing; %zu ENA functions; %zu accelerators. Compared %s.",
		 inv->n_rails, canvas->view->n_missing, inv->n_enas, inv->n_accels,
		 show_comparison(canvas->show, compared, sizeof(compared)));
	svg_end(canvas->svg);
}

static void draw(const struct canvas *canvas)
{
	const struct picture *picture = &canvas->picture;
	struct svg *svg = canvas->svg;

	svg_begin(svg, "svg");
	svg_attr(svg, "xmlns", "http://www.w3.org/2000/svg");
	svg_attr(svg, "viewBox", "0 0 %d %d", picture->width, picture->height);
	svg_attr(svg, "width", "%d", picture->width);
	svg_attr(svg, "height", "%d", picture->height);
	svg_attr(svg, "role", "img");
	svg_attr(svg, "aria-labelledby", "efa-title efa-desc");
	draw_description(canvas);
	svg_begin(svg, "style");
	svg_raw(svg, svg_style);
	svg_end(svg);
	draw_patterns(svg);
	svg_rect(svg, "page", (struct box){0, 0, picture->width, picture->height}, 0);
	draw_head(canvas);
	draw_strip(canvas);
	draw_panels(canvas);
	draw_legend(canvas);
	svg_end(svg);
}

int show_svg(const struct show *show, char **ret_text, size_t *ret_size, struct err *err)
{
	struct canvas *canvas = calloc(1, sizeof(*canvas));
	int rc;

	if (!canvas)
		return err_set(err, -ENOMEM, "picture: out of memory");
	canvas->show = show;
	canvas->view = show->view;
	canvas->svg = svg_new();
	if (!canvas->svg) {
		free(canvas);
		return err_set(err, -ENOMEM, "picture: out of memory");
	}
	picture_init(&canvas->picture);
	canvas->picture.n_cards = show->view->n_cards;
	canvas->picture.n_legend = count_legend(canvas);
	list_blocks(canvas);
	picture_measure(&canvas->picture);
	write_status(canvas);
	picture_arrange(&canvas->picture);
	draw(canvas);
	rc = svg_done(canvas->svg, ret_text, ret_size, err);
	svg_free(canvas->svg);
	free(canvas);
	return rc;
}
