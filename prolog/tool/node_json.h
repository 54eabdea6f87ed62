/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the tool's JSON documents. Unknown numbers and absent texts are null. */
#ifndef EFA_LAYOUT_NODE_JSON_H
#define EFA_LAYOUT_NODE_JSON_H

#include "check.h"

struct json_out;

/* "node": what the machine is, and how much is known of its interfaces. */
void node_json_head(struct json_out *out, const struct check *check);
/* "rails", "enas", "enis", "accelerators", "foreign", "numa". */
void node_json_inventory(struct json_out *out, const struct inventory *inv);
/* "layouts", "declared": what the node has, what it was held against. */
/* Where each part of the inventory comes from. */
void node_json_origins(struct json_out *out, const struct inventory *inv);
/* Each card as it should be and as it is. */
void node_json_cards(struct json_out *out, const struct verdict *verdict);
void node_json_layouts(struct json_out *out, const struct verdict *verdict);
/* "probe": how it went, rail by rail; null without a test. */
void node_json_probe(struct json_out *out, const struct check *check);
/* "findings". */
void node_json_findings(struct json_out *out, const struct findings *findings);
/* All that show prints, into an open object. */
void node_json_show(struct json_out *out, const struct check *check);
/* Print the finished document. 0, or -1 with a message on standard error. Frees out. */
int node_json_print(struct json_out *out);

#endif
