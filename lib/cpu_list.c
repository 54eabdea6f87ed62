/* SPDX-License-Identifier: Apache-2.0 */
#include "cpu_list.h"

#include <errno.h>

#include "text.h"

/* Digits at *text; moves it behind them. */
static int take_number(const char **text, unsigned *ret_number)
{
	unsigned number = 0, digits = 0;

	for (; **text >= '0' && **text <= '9'; (*text)++, digits++) {
		number = number * 10 + (unsigned)(**text - '0');
		if (number >= CPU_LIST_MAX)
			return -ERANGE;
	}
	if (!digits)
		return -EINVAL;
	*ret_number = number;
	return 0;
}

int cpu_list_parse(const char *text, struct cpu_list *ret_list)
{
	struct cpu_list list = {0};

	while (*text) {
		unsigned first, last;
		int rc = take_number(&text, &first);

		if (rc)
			return rc;
		last = first;
		if (*text == '-') {
			text++;
			rc = take_number(&text, &last);
			if (rc)
				return rc;
		}
		if (last < first)
			return -ERANGE;
		for (unsigned cpu = first; cpu <= last; cpu++)
			cpu_list_add(&list, cpu);
		if (*text == ',' && text[1])
			text++;
		else if (*text)
			return -EINVAL;
	}
	*ret_list = list;
	return 0;
}

int cpu_list_format(const struct cpu_list *list, char *buf, size_t size)
{
	bool bits[CPU_LIST_MAX];

	for (unsigned cpu = 0; cpu < CPU_LIST_MAX; cpu++)
		bits[cpu] = cpu_list_has(list, cpu);
	return text_ranges(buf, size, bits, CPU_LIST_MAX);
}

void cpu_list_add(struct cpu_list *list, unsigned cpu)
{
	if (cpu < CPU_LIST_MAX)
		list->word[cpu / 64] |= UINT64_C(1) << (cpu % 64);
}

bool cpu_list_has(const struct cpu_list *list, unsigned cpu)
{
	return cpu < CPU_LIST_MAX && (list->word[cpu / 64] >> (cpu % 64) & 1);
}

unsigned cpu_list_count(const struct cpu_list *list)
{
	return cpu_list_shared(list, list);
}

unsigned cpu_list_shared(const struct cpu_list *a, const struct cpu_list *b)
{
	unsigned n = 0;

	for (unsigned i = 0; i < CPU_LIST_MAX / 64; i++)
		n += (unsigned)__builtin_popcountll(a->word[i] & b->word[i]);
	return n;
}
