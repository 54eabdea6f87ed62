/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "svg.h"

/* Ends the document; the text is valid until the next call. */
static const char *done(struct svg *svg)
{
	static char *text;
	struct err err = {""};
	size_t size;

	free(text);
	text = NULL;
	if (svg) {
		assert_int_equal(svg_done(svg, &text, &size, &err), 0);
		assert_int_equal(strlen(text), size);
		svg_free(svg);
	}
	return text;
}

static void hostile_names_stay_text(void **state)
{
	struct svg *svg = svg_new();
	const char *text;

	(void)state;
	svg_begin(svg, "svg");
	svg_attr(svg, "data-name", "%s", "\"/><script>alert('x')</script>&amp;");
	svg_label(svg, "p", 1, 2, "%s", "</text><image href=\"x\"/>&\033[31m\x80\n");
	svg_title(svg, "%s", "<b>&lt;");
	text = done(svg);
	assert_null(strstr(text, "<script"));
	assert_null(strstr(text, "<image"));
	assert_null(strstr(text, "<b>"));
	assert_null(strchr(text, '\033'));
	assert_null(strchr(text, '\x80'));
	assert_non_null(strstr(text, "data-name=\"&quot;/&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/"
				     "script&gt;&amp;amp;\""));
	assert_non_null(strstr(text,
			       "&lt;/text&gt;&lt;image href=&quot;x&quot;/&gt;&amp;?[31m?&#10;"
			       "</text>"));
	assert_non_null(strstr(text, "<title>&lt;b&gt;&amp;lt;</title>"));
	done(NULL);
}

static void what_is_too_long_is_cut(void **state)
{
	struct svg *svg = svg_new();
	char name[3000];
	const char *text;

	(void)state;
	memset(name, '<', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	svg_begin(svg, "svg");
	svg_attr(svg, "data-name", "%s", name);
	text = done(svg);
	/* Cut before it is escaped: no half of an entity. */
	assert_int_equal(strspn(strstr(text, "data-name=") + strlen("data-name=\""), "&lt;"),
			 1023 * strlen("&lt;"));
	done(NULL);
}

static void elements_nest(void **state)
{
	struct svg *svg = svg_new();

	(void)state;
	svg_begin(svg, "svg");
	svg_begin(svg, "g");
	svg_attr(svg, "id", "a");
	svg_rect(svg, "r", (struct box){1, 2, 3, 4}, 5);
	svg_rect(svg, "r", (struct box){-1, 2, 3, 4}, 0);
	svg_end(svg);
	svg_path(svg, "l", "M%d %dh%d", 1, 2, 3);
	/* What is still open is closed. */
	svg_begin(svg, "g");
	assert_string_equal(
		done(svg),
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg>\n"
		" <g id=\"a\">\n"
		"  <rect class=\"r\" x=\"1\" y=\"2\" width=\"3\" height=\"4\" rx=\"5\"/>\n"
		"  <rect class=\"r\" x=\"-1\" y=\"2\" width=\"3\" height=\"4\"/>\n"
		" </g>\n"
		" <path class=\"l\" d=\"M1 2h3\"/>\n"
		" <g/>\n"
		"</svg>\n");
	done(NULL);
}

static void texts_are_cut_to_their_room(void **state)
{
	char text[] = "rdmap201s0, a name that is long", whole[] = "rdmap79s0", few[] = "abc";

	(void)state;
	svg_fit(text, SVG_PLAIN, 10, 80);
	assert_true(svg_width(text, SVG_PLAIN, 10) <= 80);
	assert_true(svg_width(text, SVG_PLAIN, 10) > 70);
	assert_memory_equal(text, "rdmap201s0", 10);
	assert_string_equal(text + strlen(text) - 3, "...");
	assert_string_equal(svg_fit(whole, SVG_MONO, 10, 55), "rdmap79s0");
	assert_true(svg_width(svg_fit(whole, SVG_MONO, 10, 54), SVG_MONO, 10) <= 54);
	assert_string_equal(svg_fit(few, SVG_PLAIN, 10, 1), "...");
}

static void widths(void **state)
{
	(void)state;
	assert_int_equal(svg_width("", SVG_PLAIN, 10), 0);
	assert_int_equal(svg_width("0000:4f:00.0", SVG_MONO, 10), 73);
	assert_true(svg_width("mm", SVG_PLAIN, 10) > svg_width("ii", SVG_PLAIN, 10));
	assert_true(svg_width("mm", SVG_BOLD, 10) > svg_width("mm", SVG_PLAIN, 10));
	/* Bytes outside ASCII are shown as a question mark. */
	assert_true(svg_width("\xc3\xa4", SVG_PLAIN, 10) > 0);
}

static void lines_break_at_blanks(void **state)
{
	const char *text = "one two three";
	int room = svg_width("one two", SVG_PLAIN, 12);

	(void)state;
	assert_int_equal(svg_break(text, SVG_PLAIN, 12, 10000), strlen(text));
	assert_int_equal(svg_break(text, SVG_PLAIN, 12, room), strlen("one two"));
	assert_int_equal(svg_break(text, SVG_PLAIN, 12, room - 1), strlen("one"));
	/* A word that is too long stands on a line of its own. */
	assert_int_equal(svg_break(text, SVG_PLAIN, 12, 1), strlen("one"));
	assert_int_equal(svg_break("", SVG_PLAIN, 12, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile_names_stay_text),
		cmocka_unit_test(what_is_too_long_is_cut),
		cmocka_unit_test(elements_nest),
		cmocka_unit_test(texts_are_cut_to_their_room),
		cmocka_unit_test(widths),
		cmocka_unit_test(lines_break_at_blanks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
