/*
 * Times: seconds since 1970-01-01T00:00:00Z in an int64_t, days as whole
 * numbers of 86 400 s since then. There is no local time in this project.
 */
#ifndef BASE_TIMESTAMP_H
#define BASE_TIMESTAMP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"

#define SECONDS_PER_DAY    INT64_C(86400)
#define SECONDS_PER_MINUTE INT64_C(60)

/* What a date-time had that RFC 3339 section 5.6 does not allow, or that only
   a human would write. */
struct timestamp_oddities {
	bool no_offset;       /* read as UTC */
	bool space_separator; /* a blank where the T belongs */
	bool hour_24;         /* 24:00:00, the next day's midnight */
};

/* Reads an RFC 3339 date-time with lower-case letters, fractions (dropped),
   any offset and leap seconds (read as :59). Oddities are set, never cleared.
   Fails with ERR_MALFORMED and what is wrong, without the text itself. */
int timestamp_parse(struct text text, int64_t *seconds,
                    struct timestamp_oddities *odd, struct err *err)
	ATTR_MUST_CHECK;

/* "2026-11-25T09:50:00Z"; size at least TIMESTAMP_SIZE. */
#define TIMESTAMP_SIZE 32
void timestamp_format(int64_t seconds, char *out, size_t size);
void timestamp_format_day(int64_t day, char *out, size_t size);

/* The UTC day that a moment lies in; right for times before 1970 too. */
int64_t timestamp_day(int64_t seconds);

/* Minutes since 00:00 UTC of that day. */
int32_t timestamp_minute_of_day(int64_t seconds);

/* The wall clock in seconds, and a monotonic clock in milliseconds, and in
   seconds with what there is of a second. */
int64_t timestamp_now(void);
int64_t timestamp_monotonic_ms(void);
double timestamp_monotonic_seconds(void);

#endif
