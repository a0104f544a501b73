/*
 * Who has standing: whose reports carry a verdict. Anybody can sign reports for
 * a domain that he owns; patience is what he has to pay.
 */
#include "exporter/verdict/verdict_standing.h"

#include "exporter/verdict/verdict_count.h"

#define DAYS_PER_WEEK 7

struct verdict_view verdict_standing_view(const struct verdict_input *in,
                                          int32_t last, int32_t today,
                                          bool proved_only)
{
	int64_t days =
		in->thresholds->max_window_days + in->thresholds->confirm_days;

	return (struct verdict_view){
		.first = last - (int32_t)days + 1,
		.today = today,
		.proved_only = proved_only,
	};
}

/* --- what is known of each group ------------------------------------------ */

/* The days on which a group reported. */
struct report_days {
	int32_t first, newest, newest_good;
};

static void verdict_standing_add_row(const struct verdict_row *row,
                                     struct report_days *days,
                                     struct verdict_witness *witness)
{
	if (!witness->seen) {
		days->first = row->day;
		days->newest_good = VERDICT_NO_DAY;
	}
	if (!witness->seen || days->newest != row->day)
		witness->report_days++;
	witness->seen = true;
	days->newest = row->day;
	if (row->succeeded && !row->against_only &&
	    days->newest_good != row->day) {
		witness->good_days++;
		days->newest_good = row->day;
	}
}

static int64_t
verdict_standing_arrival_days(const struct verdict_reporter_group *group,
                              int32_t today)
{
	size_t i;

	if (group->arrivals == NULL)
		return INT64_MAX;
	for (i = group->arrival_count; i > 0; i--) {
		if (group->arrivals[i - 1] <= today)
			break;
	}
	return (int64_t)i;
}

static void verdict_standing_describe(const struct verdict_input *in,
                                      const struct verdict_view *view,
                                      struct arena *arena,
                                      struct verdict_witness *witnesses)
{
	struct report_days *days =
		arena_array(arena, in->group_count, sizeof(*days));
	const struct verdict_reporter_group *group;
	const struct verdict_row *row;
	int32_t since;
	size_t i;

	for (i = 0; i < in->group_count; i++)
		witnesses[i] = (struct verdict_witness){0};
	for (i = 0; i < in->row_count; i++) {
		row = &in->rows[i];
		if (row->day >= view->first && row->day <= view->today &&
		    verdict_standing_sees(view, &in->groups[row->group]))
			verdict_standing_add_row(row, &days[row->group],
			                         &witnesses[row->group]);
	}
	for (i = 0; i < in->group_count; i++) {
		group = &in->groups[i];
		if (!witnesses[i].seen)
			continue;
		since = group->known_since != VERDICT_NO_DAY
		                ? group->known_since
		                : days[i].first;
		witnesses[i].known_days =
			verdict_count_max(0, (int64_t)view->today - since);
		witnesses[i].arrival_days =
			verdict_standing_arrival_days(group, view->today);
	}
}

/* --- who has it ------------------------------------------------------------ */

/* A young domain cannot ask for more than it is old: who was there in its first
   week is a founder. What nobody proved makes no domain older. */
static struct verdict_standing_needs
verdict_standing_ask(const struct verdict_input *in,
                     const struct verdict_witness *witnesses)
{
	const struct thresholds *t = in->thresholds;
	int64_t span = 0;
	size_t i;

	for (i = 0; i < in->group_count; i++) {
		if (witnesses[i].seen && !in->groups[i].anonymous)
			span = verdict_count_max(span, witnesses[i].known_days);
	}
	return (struct verdict_standing_needs){
		.days = verdict_count_min(
			t->standing_days,
			verdict_count_max(0, span - t->founder_days)),
		.report_days = verdict_count_min(t->standing_report_days,
	                                         span / DAYS_PER_WEEK),
	};
}

/* Days that were reported, and days on which something came: a report that is
   dated back gains nothing. */
static bool
verdict_standing_suffices(const struct verdict_reporter_group *group,
                          const struct verdict_witness *witness, int64_t days,
                          const struct verdict_standing_needs *needs)
{
	if (!witness->seen || group->anonymous)
		return false;
	return group->anchor ||
	       (witness->known_days >= needs->days &&
	        verdict_count_min(days, witness->arrival_days) >=
	                needs->report_days);
}

/* Where nobody has standing, everybody has; and where nobody of them has
   earned credit, all of them have it. */
static void verdict_standing_fall_back(size_t count, bool some_stand,
                                       bool some_credited,
                                       struct verdict_witness *witnesses)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (!some_stand)
			witnesses[i].standing = witnesses[i].seen;
		if (!some_credited)
			witnesses[i].credited = witnesses[i].standing;
	}
}

void verdict_standing_find(const struct verdict_input *in,
                           const struct verdict_view *view, struct arena *arena,
                           struct verdict_witness *witnesses,
                           struct verdict_standing_needs *needs)
{
	bool some_stand = false, some_credited = false;
	struct verdict_witness *witness;
	size_t i;

	verdict_standing_describe(in, view, arena, witnesses);
	*needs = verdict_standing_ask(in, witnesses);
	for (i = 0; i < in->group_count; i++) {
		witness = &witnesses[i];
		witness->standing = verdict_standing_suffices(
			&in->groups[i], witness, witness->report_days, needs);
		witness->credited = verdict_standing_suffices(
			&in->groups[i], witness, witness->good_days, needs);
		some_stand |= witness->standing;
		some_credited |= witness->credited;
	}
	verdict_standing_fall_back(in->group_count, some_stand, some_credited,
	                           witnesses);
}

void verdict_find_standing(const struct verdict_input *input,
                           struct arena *arena,
                           struct verdict_witness *witnesses)
{
	struct verdict_view view =
		verdict_standing_view(input, input->last, input->today, false);
	struct verdict_standing_needs needs;

	verdict_standing_find(input, &view, arena, witnesses, &needs);
}
