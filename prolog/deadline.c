/* SPDX-License-Identifier: Apache-2.0 */
#include "deadline.h"

#include <errno.h>
#include <time.h>

uint64_t clock_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

unsigned deadline_left(const struct deadline *deadline)
{
	uint64_t now = clock_now_ms();

	return now < deadline->end ? (unsigned)(deadline->end - now) : 0;
}

unsigned deadline_used(const struct deadline *deadline)
{
	return (unsigned)(clock_now_ms() - deadline->start);
}

void clock_sleep_ms(unsigned ms)
{
	struct timespec left = {ms / 1000, (long)(ms % 1000) * 1000000};

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}
