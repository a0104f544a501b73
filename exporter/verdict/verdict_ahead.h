/*
 * Days to come, as if all went on as it does: what a verdict would be taken
 * from then, and who has standing by then. A forecast is the verdict itself on
 * such days, so that it cannot disagree with the rules.
 *
 * Each reporter repeats its rhythm: the report days and sessions of its last
 * four settled weeks; of fewer whole weeks where its first report of MTA-STS is
 * younger, and of all days since then before a week is over. Whoever has been
 * silent for longer than the reports of a domain may be (by the rule of
 * REASON_REPORTS_STOPPED, with the gaps of that reporter) reports no more. No
 * session is refused any more, every sender can use the policy in force, and a
 * report comes in on the day after its own.
 */
#ifndef EXPORTER_VERDICT_VERDICT_AHEAD_H
#define EXPORTER_VERDICT_VERDICT_AHEAD_H

#include "exporter/verdict/verdict.h"

/* The most days that are looked ahead: a window and half of it again. */
#define VERDICT_AHEAD_DAYS 126

struct verdict_ahead {
	struct verdict_input input; /* of now, with all rows to come */
	/* How many of its rows there are so many days later. */
	size_t row_counts[VERDICT_AHEAD_DAYS + 1];
	bool *goes_on; /* of each group: it is one that reports again */
};

/* Makes the days to come of an input, none of whose rows is of a later day than
   its today. False: there would be more than rows_max rows. What is allocated
   belongs to arena. */
bool verdict_ahead_begin(const struct verdict_input *input, size_t rows_max,
                         struct arena *arena, struct verdict_ahead *out);

/* The input of a verdict so many days later, at the same time of day. Checks
   from outside are left out. */
struct verdict_input verdict_ahead_at(const struct verdict_ahead *ahead,
                                      int days);

/* The first day on which each group, if all goes on, counts in full: its bad
   and its good news. VERDICT_NO_DAY: on none of the days ahead. counts_from has
   as many as there are groups; scratch is reset. */
void verdict_ahead_counts_from(const struct verdict_ahead *ahead,
                               struct arena *scratch, int32_t *counts_from);

#endif
