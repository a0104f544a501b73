/*
 * Reporters that used to report on a domain, and those of them that have
 * fallen silent.
 *
 * A reporter has a rhythm: the gaps between the days on which it reported. It
 * is silent when more settled days have passed without a report than twice its
 * longest usual gap. This changes no verdict: a large sender whose reports end
 * may have found the policy unusable, have lost the address in the TXT record,
 * or just have no mail for the domain any more.
 */
#ifndef EXPORTER_ASSESS_SILENT_REPORTERS_H
#define EXPORTER_ASSESS_SILENT_REPORTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "exporter/verdict/verdict.h"

/* A proved reporter with as many report days as standing needs, which came in
   on as many days. */
struct watched_reporter {
	uint32_t group; /* its index among the groups of the input */
	int32_t newest; /* day of its newest report */
	int64_t report_days;
	int64_t usual_gap;  /* days from one report to the next; 1: daily */
	int64_t quiet_days; /* settled days since the newest report */
	int64_t quiet_max;  /* as many are its rhythm */
	bool silent;        /* more than that */
};

/* Finds them in the rows of the last max_window_days settled days and of the
   days since. Those that are silent come first; among equals anchors, then
   those with the most report days, then by name. Returns how many; *out is in
   the arena. */
size_t silent_reporters_find(const struct verdict_input *input,
                             const struct verdict *verdict, struct arena *arena,
                             struct watched_reporter **out);

/* --- the rhythm alone ----------------------------------------------------- */

/* What is known of a reporter's days so far; all 0: nothing. */
struct reporter_rhythm {
	int64_t report_days;
	int32_t newest;
	int64_t longest, second; /* of the gaps */
};

/* Takes a day with a report; days come in rising order, repeated or not. */
void silent_reporters_add_day(struct reporter_rhythm *rhythm, int32_t day);

/* The longest gap that is usual: with seven report days or more, one that came
   once is an exception. 0 for a single report day. */
int64_t silent_reporters_usual_gap(const struct reporter_rhythm *rhythm);

#endif
