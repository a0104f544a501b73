#include "collector/mail/header_date.h"

#include <stdio.h>
#include <string.h>

#include "base/timestamp.h"

static int header_date_month(struct text word)
{
	static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";
	char name[4] = "";
	int i;

	if (word.len != 3)
		return 0;
	for (i = 0; i < 12; i++) {
		memcpy(name, months + (size_t)i * 3, 3);
		if (text_equal_case(word, name))
			return i + 1;
	}
	return 0;
}

/* The next word between blanks. */
static struct text header_date_next_word(struct text *rest)
{
	struct text word = TEXT("");

	while (text_next(rest, ' ', &word)) {
		if (word.len > 0)
			return word;
	}
	return TEXT("");
}

static bool header_date_number_in_range(struct text word, int64_t least,
                                        int64_t max, int64_t *number)
{
	return text_integer(word, number) && *number >= least && *number <= max;
}

/* "+0100" in seconds; what is obsolete or unknown is UTC (RFC 5322 section
   4.3). */
static int64_t header_date_zone_seconds(struct text word)
{
	int64_t number;

	if (word.len != 5 || (word.data[0] != '+' && word.data[0] != '-') ||
	    !header_date_number_in_range((struct text){word.data + 1, 4}, 0,
	                                 9999, &number))
		return 0;
	number = (number / 100 * 60 + number % 100) * 60;
	return word.data[0] == '-' ? -number : number;
}

static bool header_date_parse_clock(struct text word, int64_t clock[3])
{
	struct text piece;
	int i;

	clock[2] = 0;
	for (i = 0; i < 3 && text_next(&word, ':', &piece); i++) {
		if (!header_date_number_in_range(piece, 0, i == 0 ? 23 : 60,
		                                 &clock[i]))
			return false;
	}
	return i >= 2;
}

bool header_date(struct text value, int64_t *seconds)
{
	struct timestamp_oddities odd = {false, false, false};
	const char *comma = value.len > 0 ? memchr(value.data, ',', value.len)
	                                  : NULL;
	int64_t day, year, clock[3], moment;
	struct err ignored;
	char text[40];
	int month;

	if (comma != NULL && comma - value.data < 10)
		value = (struct text){comma + 1,
		                      value.len -
		                              (size_t)(comma + 1 - value.data)};
	if (!header_date_number_in_range(header_date_next_word(&value), 1, 31,
	                                 &day))
		return false;
	month = header_date_month(header_date_next_word(&value));
	if (month == 0 ||
	    !header_date_number_in_range(header_date_next_word(&value), 1970,
	                                 9999, &year) ||
	    !header_date_parse_clock(header_date_next_word(&value), clock))
		return false;
	(void)snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02dZ",
	               (int)year, month, (int)day, (int)clock[0], (int)clock[1],
	               (int)(clock[2] > 59 ? 59 : clock[2]));
	if (timestamp_parse(text_of(text), &moment, &odd, &ignored) < 0)
		return false;
	*seconds = moment -
	           header_date_zone_seconds(header_date_next_word(&value));
	return true;
}
