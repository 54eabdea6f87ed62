/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

static struct {
	log_sink_fn fn;
	void *arg;
	enum log_level max;
} sink;

void log_set_sink(log_sink_fn fn, void *arg, enum log_level max)
{
	sink.fn = fn;
	sink.arg = arg;
	sink.max = max;
}

void log_write(enum log_level level, const char *fmt, ...)
{
	int saved = errno;
	char text[1024];
	va_list ap;

	if (!sink.fn || level > sink.max)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	sink.fn(level, text, sink.arg);
	errno = saved;
}
