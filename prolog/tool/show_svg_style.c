/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Colours are those that people with any colour vision tell apart (Okabe and Ito), and each state
 * also has a pattern, an outline or a sign of its own, so that it is there in grey too.
 */
#include "show_svg.h"

const char svg_style[] =
	"\n"
	"text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,"
	"'DejaVu Sans',sans-serif;font-size:11px;fill:#1b2430}\n"
	".mono{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;"
	"font-size:10px}\n"
	".small{font-size:9px}\n"
	".h1{font-size:30px;font-weight:700}\n"
	".h2{font-size:15px;font-weight:700}\n"
	".p{font-size:13px}\n"
	".b{font-weight:700}\n"
	".card-no{font-size:12px}\n"
	".rail-no{font-size:18px;font-weight:700}\n"
	".accel-no{font-size:13px;font-weight:700}\n"
	".e{text-anchor:end}\n"
	".c{text-anchor:middle}\n"
	".dim{fill:#5b6776}\n"
	".bad{fill:#a63c00}\n"
	".page{fill:#ffffff}\n"
	".panel{fill:#f3f5f8;stroke:#d5dce5}\n"
	".block{fill:#ffffff;stroke:#c3ccd8}\n"
	".accel{fill:#e4e8ee;stroke:#8d99aa}\n"
	".efa-usable{fill:#0072b2;stroke:#0072b2}\n"
	".on-efa{fill:#ffffff}\n"
	".efa-listed{fill:#a9cfe6;stroke:#0072b2}\n"
	".net-usable{fill:#bfe3d5;stroke:#1f8a66}\n"
	".net-listed{fill:#e2f2ec;stroke:#1f8a66}\n"
	".joint{fill:#1f8a66}\n"
	".joint-wanted{fill:#c3ccd8}\n"
	".primary{fill:#0b5a41}\n"
	".none{fill:none;stroke:#d5dce5}\n"
	".wanted{fill:none;stroke:#7b8798;stroke-dasharray:2 3}\n"
	".missing{fill:#ffffff;stroke:#d55e00;stroke-width:2;stroke-dasharray:5 3}\n"
	".faulty{fill:url(#efa-faulty);stroke:#8a5a00;stroke-width:2}\n"
	".extra{fill:url(#efa-extra);stroke:#9c4476;stroke-width:2}\n"
	".other{fill:url(#efa-other);stroke:#8d99aa}\n"
	".faulty-1{fill:#f8d48f}\n"
	".faulty-2{fill:#eeb44d}\n"
	".extra-1{fill:#f3dfea}\n"
	".extra-2{fill:#d9a3c2}\n"
	".other-1{fill:#eceff3}\n"
	".other-2{fill:#dfe4ea}\n"
	".sign-missing{fill:none;stroke:#d55e00;stroke-width:2}\n"
	".sign-dark{fill:#4a3000}\n"
	".sign-light{fill:none;stroke:#f8d48f;stroke-width:2}\n"
	".sign-extra{fill:none;stroke:#7d2f5c;stroke-width:2}\n"
	".ring{fill:none;stroke:#d55e00;stroke-width:2}\n"
	".pill{fill:#a63c00}\n"
	".on-pill{fill:#ffffff;font-weight:700}\n"
	".ok-box{fill:#eaf5f0;stroke:#1f8a66}\n"
	".warn-box{fill:#fdf4e1;stroke:#b97a00}\n"
	".bad-box{fill:#fdeee4;stroke:#d55e00}\n"
	".ok-sign{fill:#1f8a66}\n"
	".warn-sign{fill:#8a5a00}\n"
	".bad-sign{fill:#a63c00}\n"
	".on-sign{fill:none;stroke:#ffffff;stroke-width:2}\n"
	"@media (prefers-color-scheme:dark){\n"
	"text{fill:#e6edf3}\n"
	".dim{fill:#9aa7b5}\n"
	".bad{fill:#ff9d5c}\n"
	".page{fill:#0f141b}\n"
	".panel{fill:#161d26;stroke:#2c3744}\n"
	".block{fill:#1c2530;stroke:#3a4756}\n"
	".accel{fill:#323e4d;stroke:#6b7a8c}\n"
	".efa-usable{fill:#2487c7;stroke:#2487c7}\n"
	".on-efa{fill:#ffffff}\n"
	".efa-listed{fill:#1d4a68;stroke:#2487c7}\n"
	".net-usable{fill:#1f5f4b;stroke:#3fb58d}\n"
	".net-listed{fill:#19352c;stroke:#3fb58d}\n"
	".joint{fill:#3fb58d}\n"
	".joint-wanted{fill:#3a4756}\n"
	".primary{fill:#8be0c2}\n"
	".none{stroke:#2c3744}\n"
	".wanted{stroke:#7f8c9b}\n"
	".missing{fill:#1c2530;stroke:#ff8a3d}\n"
	".faulty{stroke:#e0a030}\n"
	".extra{stroke:#d98ab5}\n"
	".other{stroke:#6b7a8c}\n"
	".faulty-1{fill:#5c4210}\n"
	".faulty-2{fill:#7d5a14}\n"
	".extra-1{fill:#4a2a3c}\n"
	".extra-2{fill:#7d4667}\n"
	".other-1{fill:#252f3b}\n"
	".other-2{fill:#2e3946}\n"
	".sign-missing{stroke:#ff8a3d}\n"
	".sign-dark{fill:#ffd48a}\n"
	".sign-light{stroke:#5c4210}\n"
	".sign-extra{stroke:#f0b8d6}\n"
	".ring{stroke:#ff8a3d}\n"
	".pill{fill:#d55e00}\n"
	".on-pill{fill:#ffffff}\n"
	".ok-box{fill:#12281f;stroke:#3fb58d}\n"
	".warn-box{fill:#2b220e;stroke:#e0a030}\n"
	".bad-box{fill:#2e1a0e;stroke:#ff8a3d}\n"
	".ok-sign{fill:#1f8a66}\n"
	".warn-sign{fill:#a06a00}\n"
	".bad-sign{fill:#c24e00}\n"
	".on-sign{stroke:#ffffff}\n"
	"}\n";

static void begin_pattern(struct svg *svg, const char *id, int size, const char *turn,
			  const char *ground)
{
	svg_begin(svg, "pattern");
	svg_attr(svg, "id", "%s", id);
	svg_attr(svg, "patternUnits", "userSpaceOnUse");
	svg_attr(svg, "width", "%d", size);
	svg_attr(svg, "height", "%d", size);
	if (turn[0])
		svg_attr(svg, "patternTransform", "%s", turn);
	svg_rect(svg, ground, (struct box){0, 0, size, size}, 0);
}

/* Faulty: slanting stripes; extra: dots; devices of others: level lines. */
void draw_patterns(struct svg *svg)
{
	svg_begin(svg, "defs");
	begin_pattern(svg, "efa-faulty", 8, "rotate(45)", "faulty-1");
	svg_rect(svg, "faulty-2", (struct box){0, 0, 4, 8}, 0);
	svg_end(svg);
	begin_pattern(svg, "efa-extra", 8, "", "extra-1");
	svg_rect(svg, "extra-2", (struct box){1, 1, 3, 3}, 1);
	svg_rect(svg, "extra-2", (struct box){5, 5, 3, 3}, 1);
	svg_end(svg);
	begin_pattern(svg, "efa-other", 6, "", "other-1");
	svg_rect(svg, "other-2", (struct box){0, 0, 6, 2}, 0);
	svg_end(svg);
	svg_end(svg);
}
