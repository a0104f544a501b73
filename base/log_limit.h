/*
 * How many log lines a stranger may cause. Each address (an IPv6 /64 is one)
 * and reason has a number of lines a minute, and all together have one; what is
 * over is counted and summed up in one line when its minute is over.
 *
 * Thread-safe. Says only whether to log: the program does.
 */
#ifndef BASE_LOG_LIMIT_H
#define BASE_LOG_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"

/* Lines of one address and reason, and of all together, in a minute. */
#define LOG_LIMIT_EACH 10U
#define LOG_LIMIT_ALL  300U

struct log_limit;

struct log_limit *log_limit_new(void);
void log_limit_free(struct log_limit **limit);

/* Whether a line about this may be written. now is monotonic milliseconds.
   reason is any number that tells one kind of line from another. */
bool log_limit_take(struct log_limit *limit, const struct address *address,
                    unsigned int reason, int64_t now);

/* Calls tell for what was not logged in the minutes that are over, of one
   address or, address being NULL, of all that have no place of their own. With
   all also for minutes that are not over. */
void log_limit_sum_up(struct log_limit *limit, bool all, int64_t now,
                      void (*send)(const struct address *address,
                                   unsigned int reason, uint64_t count));

#endif
