/* SPDX-License-Identifier: Apache-2.0 */
#include "err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

int err_set(struct err *err, int code, const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	if (err) {
		va_start(ap, fmt);
		vsnprintf(err->text, sizeof(err->text), fmt, ap);
		va_end(ap);
		text_printable(err->text, sizeof(err->text), err->text);
	}
	errno = saved;
	return code;
}

int err_wrap(struct err *err, int code, const char *fmt, ...)
{
	int saved = errno;
	struct err inner;
	va_list ap;
	size_t used;

	if (err) {
		inner = *err;
		va_start(ap, fmt);
		vsnprintf(err->text, sizeof(err->text), fmt, ap);
		va_end(ap);
		used = strlen(err->text);
		snprintf(err->text + used, sizeof(err->text) - used, ": %s", inner.text);
		text_printable(err->text, sizeof(err->text), err->text);
	}
	errno = saved;
	return code;
}
