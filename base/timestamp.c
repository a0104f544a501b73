#include "base/timestamp.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define FIRST_YEAR 1970
#define LAST_YEAR  9999

/* A place in a text that is read from left to right. */
struct cursor {
	const char *p;
	const char *end;
	bool failed; /* sticks */
};

static int64_t timestamp_read_digits(struct cursor *c, int count)
{
	int64_t number = 0;

	for (; count > 0; count--) {
		if (c->failed || c->p == c->end || *c->p < '0' || *c->p > '9') {
			c->failed = true;
			return 0;
		}
		number = number * 10 + (*c->p++ - '0');
	}
	return number;
}

static bool timestamp_accept(struct cursor *c, const char *any_of)
{
	if (c->failed || c->p == c->end || strchr(any_of, *c->p) == NULL)
		return false;
	c->p++;
	return true;
}

static void timestamp_expect(struct cursor *c, const char *any_of)
{
	if (!timestamp_accept(c, any_of))
		c->failed = true;
}

/* Days from 1970-01-01 to a day of the Gregorian calendar. */
static int64_t timestamp_days_from_civil(int64_t year, int64_t month,
                                         int64_t day)
{
	int64_t era, of_era, of_year;

	year -= month <= 2;
	era = year / 400;
	of_era = year - era * 400;
	of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
	       of_year - 719468;
}

static int64_t timestamp_days_in_month(int64_t year, int64_t month)
{
	static const int64_t days[] = {31, 28, 31, 30, 31, 30,
	                               31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return month == 2 && leap ? 29 : days[month - 1];
}

static int timestamp_read_date(struct cursor *c, int64_t *seconds,
                               struct err *err)
{
	int64_t year, month, day;

	year = timestamp_read_digits(c, 4);
	timestamp_expect(c, "-");
	month = timestamp_read_digits(c, 2);
	timestamp_expect(c, "-");
	day = timestamp_read_digits(c, 2);
	if (c->failed)
		return err_set(err, ERR_MALFORMED, "not an RFC 3339 date-time");
	if (year < FIRST_YEAR || year > LAST_YEAR || month < 1 || month > 12 ||
	    day < 1 || day > timestamp_days_in_month(year, month))
		return err_set(err, ERR_MALFORMED, "there is no such day");
	*seconds =
		timestamp_days_from_civil(year, month, day) * SECONDS_PER_DAY;
	return 0;
}

static int timestamp_read_time(struct cursor *c, int64_t *seconds,
                               struct timestamp_oddities *odd, struct err *err)
{
	int64_t hour, minute, second;

	hour = timestamp_read_digits(c, 2);
	timestamp_expect(c, ":");
	minute = timestamp_read_digits(c, 2);
	timestamp_expect(c, ":");
	second = timestamp_read_digits(c, 2);
	if (timestamp_accept(c, ".")) {
		(void)timestamp_read_digits(c, 1);
		while (timestamp_accept(c, "0123456789"))
			;
	}
	if (c->failed)
		return err_set(err, ERR_MALFORMED, "not an RFC 3339 date-time");
	if (hour == 24 && minute == 0 && second == 0)
		odd->hour_24 = true;
	else if (hour > 23 || minute > 59 || second > 60)
		return err_set(err, ERR_MALFORMED, "there is no such time");
	if (second == 60)
		second = 59;
	*seconds += hour * 3600 + minute * 60 + second;
	return 0;
}

static int timestamp_read_offset(struct cursor *c, int64_t *seconds,
                                 struct timestamp_oddities *odd,
                                 struct err *err)
{
	int64_t hours, minutes, sign;

	if (c->p == c->end) {
		odd->no_offset = true;
		return 0;
	}
	if (timestamp_accept(c, "Zz"))
		return c->p == c->end ? 0
		                      : err_set(err, ERR_MALFORMED,
		                                "text after the date-time");
	sign = *c->p == '-' ? -1 : 1;
	timestamp_expect(c, "+-");
	/* "+01:00"; ISO 8601's "+0100" and "+01" say the same. */
	hours = timestamp_read_digits(c, 2);
	minutes = timestamp_accept(c, ":") || c->p != c->end
	                  ? timestamp_read_digits(c, 2)
	                  : 0;
	if (c->failed || c->p != c->end || hours > 23 || minutes > 59)
		return err_set(err, ERR_MALFORMED, "not an RFC 3339 offset");
	*seconds -= sign * (hours * 3600 + minutes * 60);
	return 0;
}

int timestamp_parse(struct text text, int64_t *seconds,
                    struct timestamp_oddities *odd, struct err *err)
{
	struct cursor c = {text.data, text.data + text.len, text.len == 0};
	int64_t result = 0;

	if (timestamp_read_date(&c, &result, err) < 0)
		return -1;
	if (timestamp_accept(&c, " "))
		odd->space_separator = true;
	else
		timestamp_expect(&c, "Tt");
	if (timestamp_read_time(&c, &result, odd, err) < 0 ||
	    timestamp_read_offset(&c, &result, odd, err) < 0)
		return -1;
	*seconds = result;
	return 0;
}

int64_t timestamp_day(int64_t seconds)
{
	int64_t day = seconds / SECONDS_PER_DAY;

	return seconds % SECONDS_PER_DAY < 0 ? day - 1 : day;
}

int32_t timestamp_minute_of_day(int64_t seconds)
{
	int64_t since = seconds - timestamp_day(seconds) * SECONDS_PER_DAY;

	return (int32_t)(since / SECONDS_PER_MINUTE);
}

void timestamp_format(int64_t seconds, char *out, size_t size)
{
	time_t moment = (time_t)seconds;
	struct tm tm;

	if (gmtime_r(&moment, &tm) == NULL ||
	    strftime(out, size, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		(void)snprintf(out, size, "?");
}

void timestamp_format_day(int64_t day, char *out, size_t size)
{
	time_t moment = (time_t)(day * SECONDS_PER_DAY);
	struct tm tm;

	if (gmtime_r(&moment, &tm) == NULL ||
	    strftime(out, size, "%Y-%m-%d", &tm) == 0)
		(void)snprintf(out, size, "?");
}

int64_t timestamp_now(void)
{
	return (int64_t)time(NULL);
}

int64_t timestamp_monotonic_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

double timestamp_monotonic_seconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}
