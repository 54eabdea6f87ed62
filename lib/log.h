/* SPDX-License-Identifier: Apache-2.0 */
/* The library is silent until a program gives it a voice. Logging keeps errno. */
#ifndef EFA_LAYOUT_LOG_H
#define EFA_LAYOUT_LOG_H

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

typedef void (*log_sink_fn)(enum log_level level, const char *text, void *arg);

/* Set once by the program. max: messages above this level are dropped. NULL silences. */
void log_set_sink(log_sink_fn fn, void *arg, enum log_level max);

void log_write(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...)	 log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_write(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...)	 log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)	 log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
