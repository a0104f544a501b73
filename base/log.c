#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/timestamp.h"

#define LOG_LINE_MAX 2048U

static atomic_int log_lowest = LOG_LEVEL_INFO;

void log_set_level(enum log_level level)
{
	atomic_store(&log_lowest, (int)level);
}

bool log_is_shown(enum log_level level)
{
	return (int)level <= atomic_load(&log_lowest);
}

void log_write(enum log_level level, const char *format, ...)
{
	char message[LOG_LINE_MAX], moment[TIMESTAMP_SIZE];
	struct buf line = BUF_INIT(4U * LOG_LINE_MAX);
	va_list args;

	if (!log_is_shown(level))
		return;
	va_start(args, format);
	(void)vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	/* The journal has its own clock and wants the priority. */
	if (getenv("JOURNAL_STREAM") != NULL) {
		buf_printf(&line, "<%d>", (int)level);
	} else {
		timestamp_format(timestamp_now(), moment, sizeof(moment));
		buf_printf(&line, "%s ", moment);
	}
	buf_add_printable(&line, message, strlen(message), LOG_LINE_MAX);
	buf_add_char(&line, '\n');
	/* One write, so that lines of several threads do not mix. Nothing can
	   be done about a log that cannot be written. */
	(void)!write(STDERR_FILENO, line.data, line.len);
	buf_free(&line);
}
