#include "exporter/verdict/verdict_ahead.h"

#include <string.h>

#include "exporter/verdict/verdict_count.h"

#define WEEK        7
#define PERIOD_DAYS 28

/* --- the rhythm of each group ---------------------------------------------- */

/* Days that a group repeats. Days are VERDICT_NO_DAY where there are none. */
struct rhythm {
	int32_t first, newest; /* with rows */
	int32_t first_sts;     /* with a row of MTA-STS */
	int32_t longest_gap;
	int32_t begin, end; /* of the period, both included */
};

static int32_t verdict_ahead_period(int32_t age)
{
	if (age >= PERIOD_DAYS)
		return PERIOD_DAYS;
	return age >= WEEK ? age - age % WEEK : age;
}

/* Only unsettled days, where there are no others. What a sender reported before
   it met a policy is not repeated. */
static void verdict_ahead_find_period(const struct verdict_input *in,
                                      struct rhythm *rhythm)
{
	int32_t first = rhythm->first;

	rhythm->end = first <= in->last ? in->last : rhythm->newest;
	if (rhythm->first_sts != VERDICT_NO_DAY &&
	    rhythm->first_sts <= rhythm->end)
		first = rhythm->first_sts;
	rhythm->begin =
		rhythm->end - verdict_ahead_period(rhythm->end - first + 1) + 1;
}

static bool verdict_ahead_is_in_period(const struct rhythm *rhythm, int32_t day)
{
	return day >= rhythm->begin && day <= rhythm->end;
}

/* The same bounds as for a domain whose reports stop. */
static bool verdict_ahead_is_silent(const struct verdict_input *in,
                                    const struct rhythm *rhythm)
{
	const struct thresholds *t = in->thresholds;

	return in->last - rhythm->newest >
	       verdict_count_max(
		       t->stale_days,
		       verdict_count_min(t->stale_days_max,
	                                 2 * (int64_t)rhythm->longest_gap));
}

static void verdict_ahead_find_days(const struct verdict_input *in,
                                    struct rhythm *rhythms)
{
	const struct verdict_row *row;
	struct rhythm *rhythm;
	size_t i;

	for (i = 0; i < in->group_count; i++)
		rhythms[i] = (struct rhythm){.first = VERDICT_NO_DAY,
		                             .newest = VERDICT_NO_DAY,
		                             .first_sts = VERDICT_NO_DAY};
	for (i = 0; i < in->row_count; i++) {
		row = &in->rows[i];
		rhythm = &rhythms[row->group];
		if (row->day > in->today)
			continue;
		if (rhythm->first == VERDICT_NO_DAY)
			rhythm->first = row->day;
		if (row->type == POLICY_STS &&
		    rhythm->first_sts == VERDICT_NO_DAY)
			rhythm->first_sts = row->day;
		if (rhythm->newest != VERDICT_NO_DAY &&
		    row->day - rhythm->newest > rhythm->longest_gap)
			rhythm->longest_gap = row->day - rhythm->newest;
		rhythm->newest = row->day;
	}
}

static struct rhythm *verdict_ahead_find_rhythms(const struct verdict_input *in,
                                                 struct arena *arena,
                                                 bool *goes_on)
{
	struct rhythm *rhythms =
		arena_array(arena, in->group_count, sizeof(*rhythms));
	const struct rhythm *rhythm;
	size_t i;

	verdict_ahead_find_days(in, rhythms);
	for (i = 0; i < in->group_count; i++)
		verdict_ahead_find_period(in, &rhythms[i]);
	for (i = 0; i < in->row_count; i++) {
		rhythm = &rhythms[in->rows[i].group];
		if (verdict_ahead_is_in_period(rhythm, in->rows[i].day) &&
		    !verdict_ahead_is_silent(in, rhythm))
			goes_on[in->rows[i].group] = true;
	}
	return rhythms;
}

/* --- rows to come ---------------------------------------------------------- */

/* What a row becomes when the fault is gone. */
static struct verdict_row verdict_ahead_clean(const struct verdict_row *row,
                                              int32_t day)
{
	struct verdict_row out = *row;
	struct evidence *evidence = &out.evidence;

	out.day = day;
	if (row->type == POLICY_STS) {
		out.match = POLICY_MATCH_CURRENT;
		evidence->trials =
			verdict_count_add(evidence->trials, evidence->unusable);
		out.succeeded |= evidence->trials > 0;
	}
	evidence->refused = evidence->unusable = evidence->dane = 0;
	memset(evidence->by_cause, 0, sizeof(evidence->by_cause));
	memset(evidence->predicted, 0, sizeof(evidence->predicted));
	return out;
}

/* A row's days to come, one after the other. */
struct repetition {
	const struct verdict_row *row;
	int32_t day, period, end;
};

/* The first day after its group's newest one; the last is that before the last
   day ahead. */
static struct repetition verdict_ahead_repeat(const struct verdict_input *in,
                                              const struct rhythm *rhythm,
                                              const struct verdict_row *row)
{
	struct repetition out = {
		.row = row,
		.period = rhythm->end - rhythm->begin + 1,
		.end = in->today + VERDICT_AHEAD_DAYS - 1,
	};
	int32_t from = rhythm->newest > in->last ? rhythm->newest : in->last;

	out.day = row->day + out.period;
	while (out.day <= from)
		out.day += out.period;
	return out;
}

/* In how many days its report has come. */
static int verdict_ahead_due(const struct verdict_input *in, int32_t day)
{
	return day < in->today ? 1 : day + 1 - in->today;
}

/* Whether a row has days to come. */
static bool verdict_ahead_goes_on(const struct verdict_ahead *ahead,
                                  const struct rhythm *rhythms,
                                  const struct verdict_row *row)
{
	return ahead->goes_on[row->group] &&
	       verdict_ahead_is_in_period(&rhythms[row->group], row->day);
}

/* How many rows come on each day. False: too many in all. */
static bool verdict_ahead_count(const struct verdict_input *in,
                                const struct rhythm *rhythms, size_t rows_max,
                                struct verdict_ahead *out)
{
	struct repetition r;
	size_t i, total = in->row_count;

	for (i = 0; i < in->row_count; i++) {
		if (!verdict_ahead_goes_on(out, rhythms, &in->rows[i]))
			continue;
		r = verdict_ahead_repeat(in, &rhythms[in->rows[i].group],
		                         &in->rows[i]);
		for (; r.day <= r.end && total <= rows_max; r.day += r.period) {
			out->row_counts[verdict_ahead_due(in, r.day)]++;
			total++;
		}
	}
	return total <= rows_max;
}

/* Turns the counts of each day into where the rows of the day begin, and
   returns how many there are. */
static size_t verdict_ahead_place(const struct verdict_input *in,
                                  struct verdict_ahead *out)
{
	size_t at = in->row_count, count;
	int i;

	for (i = 0; i <= VERDICT_AHEAD_DAYS; i++) {
		count = out->row_counts[i];
		out->row_counts[i] = at;
		at += count;
	}
	return at;
}

/* Rows by the day on which they come; each place ends where its rows do. Those
   that are due on the first day may be of several days, and rows of a group
   must stand by day: hence day by day of them. */
static void verdict_ahead_fill(const struct verdict_input *in,
                               const struct rhythm *rhythms,
                               struct verdict_ahead *out,
                               struct verdict_row *rows, int32_t from,
                               int32_t until)
{
	struct repetition r;
	size_t i;

	for (i = 0; i < in->row_count; i++) {
		if (!verdict_ahead_goes_on(out, rhythms, &in->rows[i]))
			continue;
		r = verdict_ahead_repeat(in, &rhythms[in->rows[i].group],
		                         &in->rows[i]);
		for (; r.day <= r.end && r.day <= until; r.day += r.period) {
			if (r.day < from)
				continue;
			rows[out->row_counts[verdict_ahead_due(in, r.day)]++] =
				verdict_ahead_clean(r.row, r.day);
		}
	}
}

/* --- when they come -------------------------------------------------------- */

/* Adds the days to come to those on which proved reports came. */
static void verdict_ahead_add_arrivals(const struct verdict_input *in,
                                       const struct verdict_ahead *ahead,
                                       struct arena *arena,
                                       struct verdict_reporter_group *groups)
{
	int32_t **days = arena_array(arena, in->group_count, sizeof(*days));
	const struct verdict_row *row;
	struct verdict_reporter_group *group;
	int32_t arrival;
	size_t i;

	for (i = 0; i < in->group_count; i++) {
		group = &groups[i];
		if (group->arrivals == NULL || !ahead->goes_on[i])
			continue;
		days[i] = arena_array(arena,
		                      group->arrival_count + VERDICT_AHEAD_DAYS,
		                      sizeof(**days));
		if (group->arrival_count > 0)
			memcpy(days[i], group->arrivals,
			       group->arrival_count * sizeof(**days));
		group->arrivals = days[i];
	}
	for (i = in->row_count; i < ahead->input.row_count; i++) {
		row = &ahead->input.rows[i];
		group = &groups[row->group];
		if (days[row->group] == NULL)
			continue;
		arrival = in->today + verdict_ahead_due(in, row->day);
		if (group->arrival_count == 0 ||
		    group->arrivals[group->arrival_count - 1] < arrival)
			days[row->group][group->arrival_count++] = arrival;
	}
}

/* --- the whole ------------------------------------------------------------- */

bool verdict_ahead_begin(const struct verdict_input *input, size_t rows_max,
                         struct arena *arena, struct verdict_ahead *out)
{
	struct verdict_reporter_group *groups =
		arena_array(arena, input->group_count, sizeof(*groups));
	struct verdict_row *rows;
	struct rhythm *rhythms;
	int32_t day;
	size_t count;

	*out = (struct verdict_ahead){
		.input = *input,
		.goes_on = arena_array(arena, input->group_count,
	                               sizeof(*out->goes_on)),
	};
	rhythms = verdict_ahead_find_rhythms(input, arena, out->goes_on);
	if (!verdict_ahead_count(input, rhythms, rows_max, out))
		return false;
	count = verdict_ahead_place(input, out);
	rows = arena_array(arena, count, sizeof(*rows));
	if (input->row_count > 0)
		memcpy(rows, input->rows, input->row_count * sizeof(*rows));
	for (day = input->last + 1; day < input->today; day++)
		verdict_ahead_fill(input, rhythms, out, rows, day, day);
	verdict_ahead_fill(input, rhythms, out, rows, input->today,
	                   input->today + VERDICT_AHEAD_DAYS);
	if (input->group_count > 0)
		memcpy(groups, input->groups,
		       input->group_count * sizeof(*groups));
	out->input.rows = rows;
	out->input.row_count = count;
	out->input.groups = groups;
	verdict_ahead_add_arrivals(input, out, arena, groups);
	return true;
}

struct verdict_input verdict_ahead_at(const struct verdict_ahead *ahead,
                                      int days)
{
	struct verdict_input in = ahead->input;

	in.today += days;
	in.last += days;
	in.row_count = ahead->row_counts[days];
	memset(in.probes, 0, sizeof(in.probes));
	return in;
}

void verdict_ahead_counts_from(const struct verdict_ahead *ahead,
                               struct arena *scratch, int32_t *counts_from)
{
	size_t count = ahead->input.group_count, missing = count, i;
	struct verdict_witness *witnesses;
	struct verdict_input in;
	int days;

	for (i = 0; i < count; i++)
		counts_from[i] = VERDICT_NO_DAY;
	for (days = 0; days <= VERDICT_AHEAD_DAYS && missing > 0; days++) {
		arena_reset(scratch, 0);
		in = verdict_ahead_at(ahead, days);
		witnesses = arena_array(scratch, count, sizeof(*witnesses));
		verdict_find_standing(&in, scratch, witnesses);
		for (i = 0; i < count; i++) {
			if (counts_from[i] != VERDICT_NO_DAY ||
			    !witnesses[i].credited)
				continue;
			counts_from[i] = in.today;
			missing--;
		}
	}
}
