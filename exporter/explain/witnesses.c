#include "exporter/explain/witnesses.h"

#include <stdlib.h>

const char *witnesses_role_name(enum witness_role role)
{
	static const char *const names[WITNESS_ROLES] = {
		[WITNESS_COUNTS] = "counts",
		[WITNESS_AGAINST] = "counts_against",
		[WITNESS_NEWCOMER] = "newcomer",
		[WITNESS_UNSIGNED] = "unsigned",
	};

	return names[role];
}

static enum witness_role
witnesses_role(const struct verdict_reporter_group *group,
               const struct verdict_witness *witness)
{
	if (witness->credited)
		return WITNESS_COUNTS;
	if (witness->standing)
		return WITNESS_AGAINST;
	return group->anonymous ? WITNESS_UNSIGNED : WITNESS_NEWCOMER;
}

/* Whether a group has standing by itself, and not because nobody has. */
static bool witnesses_has_standing(const struct verdict_reporter_group *group,
                                   const struct verdict_witness *witness,
                                   const struct witnesses *all)
{
	if (group->anonymous || !witness->standing)
		return false;
	return group->anchor || (witness->known_days >= all->days_needed &&
	                         witness->report_days >= all->reports_needed &&
	                         witness->arrival_days >= all->reports_needed);
}

static int witnesses_compare(const void *a, const void *b)
{
	const struct witness *x = a, *y = b;

	if (x->role != y->role)
		return x->role < y->role ? -1 : 1;
	if (x->anchor != y->anchor)
		return x->anchor ? -1 : 1;
	if (x->is.n != y->is.n)
		return x->is.n < y->is.n ? 1 : -1;
	return text_order(x->name, y->name);
}

static int32_t *witnesses_find_days(const struct verdict_ahead *ahead,
                                    size_t count, struct arena *arena)
{
	int32_t *days = arena_array(arena, count, sizeof(*days));
	struct arena *scratch = arena_new(0);

	verdict_ahead_counts_from(ahead, scratch, days);
	arena_free(&scratch);
	return days;
}

void witnesses_find(const struct assessment *assessment,
                    const struct verdict_ahead *ahead, struct arena *arena,
                    struct witnesses *out)
{
	const struct verdict_input *in = assessment->input;
	const struct verdict *verdict = assessment->verdict;
	const struct verdict_reporter_group *group;
	const struct verdict_witness *witness;
	int32_t *days = NULL;
	bool stand = false;
	size_t i;

	*out = (struct witnesses){
		.items = arena_array(arena, in->group_count,
	                             sizeof(*out->items)),
		.days_needed = verdict->numbers.standing_days_needed,
		.reports_needed = verdict->numbers.standing_reports_needed,
		.days_later = assessment->thresholds->standing_days,
		.ahead_known = ahead != NULL,
	};
	if (ahead != NULL)
		days = witnesses_find_days(ahead, in->group_count, arena);
	for (i = 0; i < in->group_count; i++) {
		group = &in->groups[i];
		witness = &verdict->witnesses[i];
		if (!witness->seen)
			continue;
		stand |= witnesses_has_standing(group, witness, out);
		out->items[out->count] = (struct witness){
			.name = {arena_copy(arena, group->name.data,
		                            group->name.len),
		                 group->name.len},
			.role = witnesses_role(group, witness),
			.anchor = group->anchor && !group->anonymous,
			.goes_on = ahead != NULL && ahead->goes_on[i],
			.is = *witness,
			.counts_from = days != NULL ? days[i] : VERDICT_NO_DAY,
		};
		out->role_counts[out->items[out->count++].role]++;
	}
	out->everybody = out->count > 0 && !stand;
	if (out->count > 0)
		qsort(out->items, out->count, sizeof(*out->items),
		      witnesses_compare);
}
