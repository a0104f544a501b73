#include "exporter/assess/clean_days.h"

/* What a reporter group says of one day. */
struct clean_day {
	int64_t refused, trials;
};

/* The rows of one day. */
struct clean_rows {
	const struct verdict_row *rows;
	size_t count;
};

/* Whether those who refuse enough of their own sessions refuse enough together:
   what one has not refused hides nothing of another. Leaves `of` as it was:
   empty. */
static bool clean_days_is_refused(const struct verdict_input *in,
                                  const struct clean_rows *day,
                                  struct clean_day *of)
{
	const struct thresholds *t = in->thresholds;
	struct clean_day *group;
	int64_t refused = 0;
	size_t i;

	for (i = 0; i < day->count; i++) {
		group = &of[day->rows[i].group];
		if (group->refused > 0 &&
		    verdict_share_reaches(group->refused, group->trials,
		                          t->warn_ratio))
			refused += group->refused;
		*group = (struct clean_day){0, 0};
	}
	return refused >= t->warn_min;
}

int32_t clean_days_count(const struct verdict_input *in, int32_t from,
                         struct arena *arena)
{
	struct clean_day *of = arena_array(arena, in->group_count, sizeof(*of));
	const struct verdict_row *row;
	size_t first, i;

	for (first = 0; first < in->row_count; first = i) {
		struct clean_rows day = {&in->rows[first], 0};

		for (i = first; i < in->row_count &&
		                in->rows[i].day == in->rows[first].day;
		     i++) {
			row = &in->rows[i];
			if (in->groups[row->group].anonymous)
				continue;
			of[row->group].refused += row->evidence.refused;
			of[row->group].trials += row->evidence.trials;
		}
		day.count = i - first;
		if (clean_days_is_refused(in, &day, of) &&
		    day.rows[0].day <= in->last && day.rows[0].day >= from)
			from = day.rows[0].day + 1;
	}
	return in->last >= from ? in->last - from + 1 : 0;
}
