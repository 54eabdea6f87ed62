/* SPDX-License-Identifier: Apache-2.0 */
#include "failure.h"

#include <stdlib.h>
#include <string.h>

#include <rdma/fi_errno.h>

#include "text.h"

static void say(struct failure *failure, int fi_error, const char *what)
{
	failure->fi_error = abs(fi_error);
	text_format(failure->text, sizeof(failure->text), "%s: %s", what,
		    fi_strerror(failure->fi_error));
}

void failure_of_completion(struct fid_cq *cq, struct failure *ret_failure)
{
	struct fi_cq_err_entry entry;
	char words[96] = "", *addresses;
	const char *said;
	ssize_t n;

	memset(&entry, 0, sizeof(entry));
	memset(ret_failure, 0, sizeof(*ret_failure));
	n = fi_cq_readerr(cq, &entry, 0);
	if (n < 1) {
		say(ret_failure, n ? (int)n : FI_EIO, "fi_cq_readerr");
		return;
	}
	said = fi_cq_strerror(cq, entry.prov_errno, entry.err_data, words, sizeof(words));
	say(ret_failure, entry.err ? entry.err : FI_EIO, "completion");
	ret_failure->prov_error = abs(entry.prov_errno);
	if (!said || !said[0])
		return;
	text_printable(words, sizeof(words), said);
	/* From 2.0 on, efa goes on with the addresses of both sides. */
	addresses = strstr(words, " My EFA addr:");
	if (addresses)
		*addresses = '\0';
	text_format(ret_failure->text, sizeof(ret_failure->text), "%s (%s)", words,
		    fi_strerror(ret_failure->fi_error));
}

bool failure_of_events(struct fid_eq *eq, struct failure *ret_failure)
{
	struct fi_eq_err_entry entry;
	uint32_t event;

	if (!eq || fi_eq_read(eq, &event, &entry, 0, 0) != -FI_EAVAIL)
		return false;
	memset(&entry, 0, sizeof(entry));
	if (fi_eq_readerr(eq, &entry, 0) < 0)
		return false;
	memset(ret_failure, 0, sizeof(*ret_failure));
	say(ret_failure, entry.err ? entry.err : FI_EIO, "endpoint");
	ret_failure->prov_error = abs(entry.prov_errno);
	return true;
}
