/* SPDX-License-Identifier: Apache-2.0 */
#include "voice.h"

#include <fcntl.h>
#include <stdio.h>
#include <syslog.h>
#include <unistd.h>

static struct {
	const char *program;
	bool to_syslog, no_streams;
} voice;

static void sink(enum log_level level, const char *text, void *arg)
{
	static const struct {
		const char *word;
		int priority;
	} levels[] = {
		[LOG_LEVEL_ERROR] = {"error: ", LOG_ERR},
		[LOG_LEVEL_WARNING] = {"warning: ", LOG_WARNING},
		[LOG_LEVEL_INFO] = {"", LOG_INFO},
		[LOG_LEVEL_DEBUG] = {"debug: ", LOG_DEBUG},
	};

	(void)arg;
	if (!voice.no_streams)
		fprintf(stderr, "%s: %s%s\n", voice.program, levels[level].word, text);
	if (voice.to_syslog)
		syslog(levels[level].priority, "%s%s", levels[level].word, text);
}

void voice_init(const char *program, bool to_syslog, bool verbose)
{
	voice.program = program;
	voice.to_syslog = to_syslog;
	if (to_syslog)
		openlog(program, LOG_PID, LOG_DAEMON);
	log_set_sink(sink, NULL, verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
}

void voice_open_std(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

void voice_leave_streams(void)
{
	voice.no_streams = true;
	if (!voice.to_syslog)
		return;
	closelog();
	openlog(voice.program, LOG_PID, LOG_DAEMON);
}
