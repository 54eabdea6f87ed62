/* SPDX-License-Identifier: Apache-2.0 */
/* A finding as people read it: what it is, what was expected and found, and what to do. */
#ifndef EFA_LAYOUT_FINDING_TEXT_H
#define EFA_LAYOUT_FINDING_TEXT_H

#include "finding.h"

void finding_print(const struct finding *finding);
/* All of them, and how many were left out. */
void findings_print(const struct findings *findings);

#endif
