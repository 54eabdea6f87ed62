/* SPDX-License-Identifier: Apache-2.0 */
/* What a probe's answers are read for. Include after cmocka.h. */
#ifndef EFA_LAYOUT_TEST_PROBED_NODE_H
#define EFA_LAYOUT_TEST_PROBED_NODE_H

#include <stdlib.h>

#include "inventory.h"
#include "text.h"

/* Two rails to test, and one below usable between them. To be freed. */
static struct inventory *node(void)
{
	static const char *const names[] = {"rdmap79s0", "rdmap80s0", "rdmap81s0"};
	struct inventory *inv = calloc(1, sizeof(*inv));

	assert_non_null(inv);
	inv->n_rails = 3;
	for (size_t i = 0; i < 3; i++) {
		inv->rails[i].stage = i == 1 ? RAIL_NO_UVERBS : RAIL_USABLE;
		text_format(inv->rails[i].rdma_name, NAME_TEXT, "%s", names[i]);
	}
	return inv;
}

#endif
