/* SPDX-License-Identifier: Apache-2.0 */
/* The way to the metadata service, apart from what is asked there. */
#ifndef EFA_LAYOUT_IMDS_IMPL_H
#define EFA_LAYOUT_IMDS_IMPL_H

#include "imds.h"

struct imds;

/* Get a token; the deadline of the whole fetch starts here. options must stay valid. Errors as
 * imds_fetch. */
int imds_open(const struct imds_options *options, struct imds **ret_imds, struct err *err);
void imds_close(struct imds *imds);

/*
 * GET latest/<path>. *ret_text is the answer without its last newline, borrowed until the next
 * call, and may be cut up by the caller. -ENOENT for HTTP 404.
 */
int imds_get(struct imds *imds, const char *path, char **ret_text, struct err *err);

/* Sleep; false, at once, when that would leave no time before the deadline of the fetch. */
bool imds_pause(const struct imds *imds, unsigned ms);

#endif
