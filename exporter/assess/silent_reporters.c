#include "exporter/assess/silent_reporters.h"

#include <stdlib.h>

/* With so many report days, a gap that came only once (a holiday, an outage of
   the reporter's mail) is left out of its rhythm. */
#define EXCEPTION_DAYS 7

/* --- the rhythm ---------------------------------------------------------- */

void silent_reporters_add_day(struct reporter_rhythm *rhythm, int32_t day)
{
	int64_t gap = (int64_t)day - rhythm->newest;

	if (rhythm->report_days > 0) {
		if (gap <= 0)
			return;
		if (gap > rhythm->longest) {
			rhythm->second = rhythm->longest;
			rhythm->longest = gap;
		} else if (gap > rhythm->second) {
			rhythm->second = gap;
		}
	}
	rhythm->newest = day;
	rhythm->report_days++;
}

int64_t silent_reporters_usual_gap(const struct reporter_rhythm *rhythm)
{
	return rhythm->report_days >= EXCEPTION_DAYS ? rhythm->second
	                                             : rhythm->longest;
}

/* --- of a domain --------------------------------------------------------- */

/* The same bounds as for a domain whose reports stop. */
static int64_t silent_reporters_quiet_max(const struct thresholds *t,
                                          int64_t usual_gap)
{
	int64_t days = 2 * usual_gap;

	if (days < t->stale_days)
		days = t->stale_days;
	return days < t->stale_days_max ? days : t->stale_days_max;
}

static struct watched_reporter
silent_reporters_watch(const struct verdict_input *input, uint32_t group,
                       const struct reporter_rhythm *rhythm)
{
	struct watched_reporter out = {
		.group = group,
		.newest = rhythm->newest,
		.report_days = rhythm->report_days,
		.usual_gap = silent_reporters_usual_gap(rhythm),
	};

	if (input->last > rhythm->newest)
		out.quiet_days = (int64_t)input->last - rhythm->newest;
	out.quiet_max =
		silent_reporters_quiet_max(input->thresholds, out.usual_gap);
	out.silent = out.quiet_days > out.quiet_max;
	return out;
}

static int silent_reporters_compare(const void *a, const void *b, void *cls)
{
	const struct watched_reporter *x = a, *y = b;
	const struct verdict_input *input = cls;
	const struct verdict_reporter_group *left = &input->groups[x->group];
	const struct verdict_reporter_group *right = &input->groups[y->group];

	if (x->silent != y->silent)
		return x->silent ? -1 : 1;
	if (left->anchor != right->anchor)
		return left->anchor ? -1 : 1;
	if (x->report_days != y->report_days)
		return x->report_days > y->report_days ? -1 : 1;
	return text_order(left->name, right->name);
}

static void silent_reporters_add_rows(const struct verdict_input *input,
                                      struct reporter_rhythm *rhythms)
{
	int64_t first = input->last - input->thresholds->max_window_days + 1;
	const struct verdict_row *row;
	size_t i;

	for (i = 0; i < input->row_count; i++) {
		row = &input->rows[i];
		if (row->day >= first && row->day <= input->today)
			silent_reporters_add_day(&rhythms[row->group],
			                         row->day);
	}
}

/* As many as standing needs, also where a domain is young: the rhythm of a few
   days is none. Two, where standing needs nothing. */
static int64_t silent_reporters_needed(const struct thresholds *t)
{
	return t->standing_report_days < 2 ? 2 : t->standing_report_days;
}

size_t silent_reporters_find(const struct verdict_input *input,
                             const struct verdict *verdict, struct arena *arena,
                             struct watched_reporter **out)
{
	int64_t needed = silent_reporters_needed(input->thresholds);
	struct reporter_rhythm *rhythms =
		arena_array(arena, input->group_count, sizeof(*rhythms));
	struct watched_reporter *found =
		arena_array(arena, input->group_count, sizeof(*found));
	struct verdict_input order = *input; /* qsort_r() wants no const */
	size_t i, count = 0;

	silent_reporters_add_rows(input, rhythms);
	for (i = 0; i < input->group_count; i++) {
		if (input->groups[i].anonymous ||
		    rhythms[i].report_days < needed ||
		    verdict->witnesses[i].arrival_days < needed)
			continue;
		found[count++] =
			silent_reporters_watch(input, (uint32_t)i, &rhythms[i]);
	}
	if (count > 0)
		qsort_r(found, count, sizeof(*found), silent_reporters_compare,
		        &order);
	*out = found;
	return count;
}
