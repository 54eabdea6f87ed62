/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of CPUs in the kernel's list form ("0-47,96-143"). */
#ifndef EFA_LAYOUT_CPU_LIST_H
#define EFA_LAYOUT_CPU_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CPU_LIST_MAX 4096 /* CPUs; larger numbers are refused */

struct cpu_list {
	uint64_t word[CPU_LIST_MAX / 64];
};

/* The empty text is the empty set. 0, -EINVAL (form), -ERANGE (number too large or range
 * backwards). */
int cpu_list_parse(const char *text, struct cpu_list *ret_list);
/* 0 or -ENOSPC. */
int cpu_list_format(const struct cpu_list *list, char *buf, size_t size);
void cpu_list_add(struct cpu_list *list, unsigned cpu);
bool cpu_list_has(const struct cpu_list *list, unsigned cpu);
unsigned cpu_list_count(const struct cpu_list *list);
/* Number of CPUs that are in both. */
unsigned cpu_list_shared(const struct cpu_list *a, const struct cpu_list *b);

#endif
