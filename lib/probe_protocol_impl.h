/* SPDX-License-Identifier: Apache-2.0 */
/* Private to probe_protocol*.c: the reader of what the probe writes. */
#ifndef EFA_LAYOUT_PROBE_PROTOCOL_IMPL_H
#define EFA_LAYOUT_PROBE_PROTOCOL_IMPL_H

#include "probe.h"

/* Where the reader stands; the lines come in this order. */
enum probe_stage {
	STAGE_HEAD,
	STAGE_PROVIDER,
	STAGE_ABILITIES,
	STAGE_RAILS,
	STAGE_EXTRAS,
	STAGE_END
};

struct probe_reader {
	const struct inventory *inv;
	struct probe_report *report;
	struct err *err;
	enum probe_stage stage;
	unsigned line;
	bool seen[NODE_RAILS_MAX];
	size_t n_seen;
};

/* -EPROTO with a sentence that names the line. */
int probe_bad(const struct probe_reader *r, const char *what);
/* The next word of *rest, ended by NUL; NULL when there is none or it is empty. */
char *probe_next_word(char **rest);
bool probe_next_number(char **rest, uint64_t max, uint64_t *ret);
/* The rest of the line as a text, "-" being none. */
bool probe_take_text(char *to, size_t size, const char *rest);
/* The usable rail of this name, -1 none. */
int probe_rail_by_name(const struct inventory *inv, const char *name);

/* What follows the words "extra" and "pair". */
int probe_read_extra(struct probe_reader *r, char *rest);
int probe_read_pair(struct probe_reader *r, char *rest);

#endif
