/* SPDX-License-Identifier: Apache-2.0 */
/* What a command ends with that has an outcome to tell: as Nagios has it. */
#ifndef EFA_LAYOUT_CHECK_STATUS_H
#define EFA_LAYOUT_CHECK_STATUS_H

#include "commands.h"
#include "verdict.h"

static inline int check_status(enum outcome outcome)
{
	static const int status[] = {
		[OUTCOME_HEALTHY] = EXIT_OK,	  [OUTCOME_DEGRADED] = EXIT_WARNING,
		[OUTCOME_REFUSED] = EXIT_WARNING, [OUTCOME_UNKNOWN] = EXIT_UNKNOWN,
		[OUTCOME_FABRIC] = EXIT_WARNING,  [OUTCOME_FAULTY] = EXIT_CRITICAL,
	};

	return status[outcome];
}

#endif
