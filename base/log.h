/*
 * One line a record to stderr, with the time in front, or with the journal's
 * <priority> where the journal reads it. Only programs log; library code
 * returns errors.
 *
 * The one module with file-scope state: the lowest severity that is shown.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

#include "base/attr.h"

enum log_level {
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_NOTICE = 5,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7,
};

void log_set_level(enum log_level level);

/* Whether a line of that level is written. */
bool log_is_shown(enum log_level level);

/* The text may hold anything: control characters are shown as \xNN, so that
   no peer writes a second line or moves a terminal's cursor. */
void log_write(enum log_level level, const char *format, ...) ATTR_PRINTF(2, 3);

#define log_error(...)   log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_write(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(...)  log_write(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...)    log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)   log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
