/* SPDX-License-Identifier: Apache-2.0 */
#include "finding_text.h"

#include <stdio.h>

void finding_print(const struct finding *finding)
{
	const struct finding_code *code = finding->code;

	printf("%s %s (%s): %s: %s\n", code->code, finding_severity_text(code->severity),
	       finding_owner_text(code->owner), finding->subject, code->title);
	if (finding->expected[0])
		printf("     expected  %s\n", finding->expected);
	if (finding->found[0])
		printf("     found     %s\n", finding->found);
	if (finding->evidence[0])
		printf("     evidence  %s\n", finding->evidence);
	printf("     remedy    %s\n", code->remedy);
}

void findings_print(const struct findings *findings)
{
	for (size_t i = 0; i < findings->n; i++)
		finding_print(&findings->v[i]);
	if (findings->dropped)
		printf("%zu more findings were left out\n", findings->dropped);
}
