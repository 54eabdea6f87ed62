/* SPDX-License-Identifier: Apache-2.0 */
#include "rails_wish.h"

#include <errno.h>
#include <string.h>

#include "text.h"

#define PER_GPU "per-gpu:"

const char *rails_wish_text(const struct rails_wish *wish, char *buf)
{
	switch (wish->kind) {
	case RAILS_DEFAULT:
		buf[0] = '\0';
		break;
	case RAILS_ALL:
		text_format(buf, RAILS_WISH_TEXT, "all");
		break;
	case RAILS_COUNT:
		text_format(buf, RAILS_WISH_TEXT, "%u", wish->n);
		break;
	case RAILS_PERCENT:
		text_format(buf, RAILS_WISH_TEXT, "%u%%", wish->n);
		break;
	case RAILS_PER_GPU:
		text_format(buf, RAILS_WISH_TEXT, PER_GPU "%u", wish->n);
		break;
	}
	return buf;
}

int rails_wish_parse(const char *text, struct rails_wish *ret_wish)
{
	struct rails_wish wish = {.kind = RAILS_COUNT};
	size_t length = strnlen(text, RAILS_WISH_TEXT);
	char digits[RAILS_WISH_TEXT];
	uint64_t n, max = NODE_RAILS_MAX;

	if (!strcmp(text, "all")) {
		*ret_wish = (struct rails_wish){.kind = RAILS_ALL};
		return 0;
	}
	if (!length || length == RAILS_WISH_TEXT)
		return -EINVAL;
	memcpy(digits, text, length + 1);
	if (!strncmp(text, PER_GPU, strlen(PER_GPU))) {
		wish.kind = RAILS_PER_GPU;
		memcpy(digits, text + strlen(PER_GPU), length + 1 - strlen(PER_GPU));
	} else if (text[length - 1] == '%') {
		wish.kind = RAILS_PERCENT;
		max = 100;
		digits[length - 1] = '\0';
	}
	if (text_u64(digits, 1, max, &n))
		return -EINVAL;
	wish.n = (unsigned)n;
	*ret_wish = wish;
	return 0;
}

unsigned rails_wish_count(const struct rails_wish *wish, unsigned of_layout, unsigned n_accels)
{
	switch (wish->kind) {
	case RAILS_DEFAULT:
		break;
	case RAILS_ALL:
		return of_layout;
	case RAILS_COUNT:
		return wish->n;
	case RAILS_PERCENT:
		return (of_layout * wish->n + 99) / 100;
	case RAILS_PER_GPU:
		return wish->n * n_accels;
	}
	return 0;
}

/* EFA functions that a node of the type has with the layout; 0: it cannot have it. */
static unsigned rails_of(const struct layout *layout, const struct instance_type *type)
{
	struct card_want want[LAYOUT_CARDS_MAX];
	struct err err;
	unsigned n = 0;

	if (!layout)
		return type->max_efa;
	if (layout_fits(layout, type, &err))
		return 0;
	layout_expand(layout, type->cards, want);
	for (unsigned card = 0; card < type->cards; card++)
		n += want[card].efa == WANT_YES;
	return n;
}

bool rails_wish_possible(const struct rails_wish *wish, const struct layout *layout,
			 const struct type_set *types, unsigned *ret_most)
{
	bool possible = wish->kind != RAILS_COUNT && wish->kind != RAILS_PER_GPU;

	*ret_most = 0;
	for (size_t i = 0; i < types->n; i++) {
		const struct instance_type *type = &types->v[i];
		unsigned n = rails_of(layout, type);

		if (wish->kind == RAILS_PER_GPU) {
			if (!type->accels)
				continue;
			n /= type->accels;
		}
		if (n > *ret_most)
			*ret_most = n;
	}
	return possible || wish->n <= *ret_most;
}
