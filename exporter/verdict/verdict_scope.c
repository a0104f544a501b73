/*
 * What each reason of a verdict speaks of: the same cells again, those of the
 * days and reporter groups that its rule looks at.
 */
#include <math.h>
#include <stdlib.h>

#include "exporter/verdict/verdict_enforce.h"
#include "exporter/verdict/verdict_fault.h"
#include "exporter/verdict/verdict_scope_rule.h"

/* --- the pieces ------------------------------------------------------------ */

/* What is looked at while a scope is found. */
struct scope_search {
	const struct verdict_input *in;
	const struct verdict *verdict;
	enum verdict_reason reason;
	struct verdict_cells cells;
	struct verdict_probe probe;
	struct verdict_evaluation e; /* for what the rules of faults ask */
	struct verdict_part *parts;  /* as many as groups */
	/* Of each day, from e.lowest. */
	int64_t sessions[VERDICT_VIEW_DAYS], affected[VERDICT_VIEW_DAYS];
	struct verdict_scope *out;
};

static int64_t verdict_scope_sum_causes(const int64_t *by_cause)
{
	int64_t sum = 0;
	int cause;

	for (cause = 0; cause < REFUSAL_CAUSES; cause++)
		sum = verdict_count_add(sum, by_cause[cause]);
	return sum;
}

/* The sessions of a cell, and those of the kind that a reason speaks of. */
struct scope_sum {
	int64_t sessions, affected;
};

static struct scope_sum verdict_scope_measure(const struct scope_search *s,
                                              const struct verdict_cell *cell)
{
	int64_t local = verdict_fault_local_refusals(&s->e, cell);
	int64_t predicted = verdict_scope_sum_causes(cell->predicted);

	switch (s->out->news) {
	case NEWS_NONE:
		break;
	case NEWS_REPORTS:
		return (struct scope_sum){cell->all, 1};
	case NEWS_TRIALS:
		return (struct scope_sum){cell->all, cell->all};
	case NEWS_REFUSED:
		return (struct scope_sum){cell->all - local, cell->x - local};
	case NEWS_LOCAL:
		return (struct scope_sum){cell->all, local};
	case NEWS_PREDICTED:
		return (struct scope_sum){verdict_count_add(cell->untested,
		                                            predicted),
		                          predicted};
	case NEWS_UNUSABLE:
		return (struct scope_sum){verdict_count_add(cell->all,
		                                            cell->unusable),
		                          cell->unusable};
	case NEWS_BAD:
		predicted = verdict_count_add(predicted, cell->unusable);
		return (struct scope_sum){
			verdict_count_add(cell->all, predicted),
			verdict_count_add(cell->x, predicted)};
	case NEWS_DANE:
		return (struct scope_sum){
			verdict_count_add(cell->all, cell->dane), cell->dane};
	case NEWS_UNTESTED:
		return (struct scope_sum){verdict_count_add(cell->all,
		                                            cell->untested),
		                          cell->untested};
	case NEWS_OUTDATED:
		return (struct scope_sum){
			verdict_count_add(cell->all, cell->old), cell->old};
	}
	return (struct scope_sum){0};
}

/* --- the sums -------------------------------------------------------------- */

static int64_t verdict_scope_clean(const struct scope_search *s,
                                   const struct verdict_cell *cell)
{
	return s->verdict->witnesses[cell->group].credited ? cell->n - cell->x
	                                                   : 0;
}

static void verdict_scope_add_cell(struct scope_search *s,
                                   const struct verdict_cell *cell)
{
	struct verdict_part *part = &s->parts[cell->group];
	struct scope_sum sum = verdict_scope_measure(s, cell);
	int32_t day = cell->day - s->e.lowest;

	if (day < 0 || cell->day > s->out->last)
		return;
	s->sessions[day] = verdict_count_add(s->sessions[day], sum.sessions);
	s->affected[day] = verdict_count_add(s->affected[day], sum.affected);
	if (cell->day < s->out->first)
		return;
	part->sessions = verdict_count_add(part->sessions, sum.sessions);
	part->clean =
		verdict_count_add(part->clean, verdict_scope_clean(s, cell));
	if (sum.affected == 0)
		return;
	part->affected = verdict_count_add(part->affected, sum.affected);
	part->days++;
	if (part->first == VERDICT_NO_DAY)
		part->first = cell->day;
	part->last = cell->day;
}

static void verdict_scope_add_group(struct scope_search *s, size_t i)
{
	struct verdict_part *part = &s->parts[i];
	uint32_t place;

	for (place = s->cells.starts[i]; place < s->cells.starts[i + 1];
	     place++)
		verdict_scope_add_cell(s, &s->cells.items[place]);
	s->out->sessions = verdict_count_add(s->out->sessions, part->sessions);
}

/* --- since when ------------------------------------------------------------ */

/* Whether a day was bad by the rule of REASON_RECURRING. */
static bool verdict_scope_is_bad_day(const struct scope_search *s, int32_t day)
{
	const struct thresholds *t = s->in->thresholds;
	int64_t affected = s->affected[day - s->e.lowest];

	return s->reason == REASON_RECURRING
	               ? affected >= t->active_min &&
	                         verdict_share_reaches(
					 affected,
					 s->sessions[day - s->e.lowest],
					 t->bad_day_ratio)
	               : affected > 0;
}

static void verdict_scope_find_days(struct scope_search *s)
{
	struct verdict_scope *out = s->out;
	int32_t day;

	for (day = out->first; day <= out->last; day++) {
		if (!verdict_scope_is_bad_day(s, day))
			continue;
		if (out->since == VERDICT_NO_DAY)
			out->since = day;
		out->until = day;
		out->bad_days++;
	}
	if (out->since == VERDICT_NO_DAY || s->reason == REASON_RECURRING)
		return;
	for (day = out->since - 1; day >= s->e.lowest; day--) {
		if (verdict_scope_is_bad_day(s, day))
			out->since = day;
		else if (s->sessions[day - s->e.lowest] > 0)
			return;
	}
}

/* --- who, and who else ----------------------------------------------------- */

/* Whether a group is one that the reason means. */
static bool verdict_scope_means(const struct scope_search *s,
                                const struct verdict_part *part)
{
	const struct thresholds *t = s->in->thresholds;
	double limit = s->verdict->numbers.limit * (double)MILLION;

	if (part->affected == 0)
		return false;
	if (s->reason == REASON_ONE_SENDER_REFUSED)
		return part->affected >= t->sole_min &&
		       verdict_share_reaches(part->affected, part->sessions,
		                             llrint(limit));
	if (s->reason == REASON_REFUSALS_CONTRADICTED)
		return s->verdict->witnesses[part->group].accuses;
	return true;
}

static int64_t verdict_scope_clean_since(const struct scope_search *s, size_t i,
                                         int32_t since)
{
	const struct verdict_cell *cell;
	int64_t clean = 0;
	uint32_t place;

	for (place = s->cells.starts[i]; place < s->cells.starts[i + 1];
	     place++) {
		cell = &s->cells.items[place];
		if (cell->day >= since && cell->day <= s->in->today)
			clean = verdict_count_add(clean,
			                          verdict_scope_clean(s, cell));
	}
	return clean;
}

static int64_t verdict_scope_count_accusers(const struct scope_search *s)
{
	int64_t accusers = 0;
	size_t i;

	for (i = 0; i < s->in->group_count; i++)
		accusers += s->verdict->witnesses[i].accuses;
	return accusers;
}

/* Who contradicts, and since when its clean sessions do: the sessions of a part
   become those. */
static void verdict_scope_find_contradictors(struct scope_search *s)
{
	bool probe = s->reason == REASON_PROBE_CONTRADICTED;
	int32_t since = probe ? verdict_enforce_day_after(&s->e)
	                      : verdict_enforce_contradiction_since(
					&s->e, verdict_scope_count_accusers(s));
	struct verdict_part *part;
	size_t i;

	for (i = 0; i < s->in->group_count; i++) {
		const struct verdict_witness *w = &s->verdict->witnesses[i];

		part = &s->parts[i];
		if (!w->weighed || w->accuses || (!probe && !w->contradicts))
			continue;
		part->clean = verdict_scope_clean_since(s, i, since);
		if (part->clean <
		    (probe ? s->in->thresholds->probe_deny_sessions : 1))
			continue;
		part->sessions = part->clean;
		part->first = since;
		s->out->others[s->out->other_count++] = *part;
	}
}

/* The group without which most is refused of what is left. */
static void verdict_scope_find_diluter(struct scope_search *s)
{
	const struct verdict_numbers *n = &s->verdict->numbers;
	const struct verdict_witness *w, *most = NULL;
	struct verdict_scope *out = s->out;
	size_t i, found = 0;

	for (i = 0; i < s->in->group_count; i++) {
		w = &s->verdict->witnesses[i];
		if (!w->weighed || w->n == 0 ||
		    n->x - w->x < s->in->thresholds->sole_min)
			continue;
		if (most == NULL || w->n - w->x > most->n - most->x) {
			most = w;
			found = i;
		}
	}
	if (most == NULL)
		return;
	/* As they are counted: capped. */
	s->parts[found].sessions = most->n;
	s->parts[found].affected = most->x;
	out->others[out->other_count++] = s->parts[found];
}

static void verdict_scope_find_others(struct scope_search *s)
{
	struct verdict_scope *out = s->out;
	size_t i;

	if (s->reason == REASON_REFUSALS_CONTRADICTED ||
	    s->reason == REASON_PROBE_CONTRADICTED) {
		verdict_scope_find_contradictors(s);
		return;
	}
	if (s->reason == REASON_ONE_SENDER_DILUTES) {
		verdict_scope_find_diluter(s);
		return;
	}
	for (i = 0; i < s->in->group_count; i++) {
		if (s->parts[i].affected == 0 && s->parts[i].clean > 0)
			out->others[out->other_count++] = s->parts[i];
	}
}

static int verdict_scope_compare_parts(const void *a, const void *b, void *cls)
{
	const struct verdict_input *in = cls;
	const struct verdict_part *x = a, *y = b;

	if (x->affected != y->affected)
		return x->affected < y->affected ? 1 : -1;
	if (x->clean != y->clean)
		return x->clean < y->clean ? 1 : -1;
	return text_order(in->groups[x->group].name, in->groups[y->group].name);
}

static void verdict_scope_sort(const struct scope_search *s,
                               struct verdict_part *parts, size_t count)
{
	struct verdict_input in = *s->in;

	if (count > 0)
		qsort_r(parts, count, sizeof(*parts),
		        verdict_scope_compare_parts, &in);
}

static void verdict_scope_find_parts(struct scope_search *s)
{
	struct verdict_scope *out = s->out;
	size_t i;

	for (i = 0; i < s->in->group_count; i++) {
		if (!verdict_scope_means(s, &s->parts[i]))
			continue;
		out->parts[out->part_count++] = s->parts[i];
		out->affected =
			verdict_count_add(out->affected, s->parts[i].affected);
	}
	verdict_scope_find_others(s);
	verdict_scope_sort(s, out->parts, out->part_count);
	verdict_scope_sort(s, out->others, out->other_count);
}

/* --- the whole ------------------------------------------------------------- */

static void verdict_scope_begin(struct scope_search *s, struct arena *arena)
{
	size_t count = s->in->group_count, i;
	int cause;

	verdict_cells_build(s->in, arena, &s->cells);
	verdict_probe_read(s->in->thresholds, s->in->probes[0], &s->probe);
	s->e.at.in = s->in;
	s->e.at.probe = &s->probe;
	s->e.at.last = s->in->last;
	s->e.at.today = s->in->today;
	s->e.t = s->in->thresholds;
	s->e.lowest = s->in->last - (int32_t)s->e.t->max_window_days + 1;
	for (cause = 0; cause < REFUSAL_CAUSES; cause++)
		s->e.faults[cause] = s->verdict->numbers.faults[cause];
	s->parts = arena_array(arena, count, sizeof(*s->parts));
	for (i = 0; i < count; i++)
		s->parts[i] = (struct verdict_part){.group = (uint32_t)i,
		                                    .first = VERDICT_NO_DAY,
		                                    .last = VERDICT_NO_DAY};
	*s->out = (struct verdict_scope){
		.news = verdict_scope_rule_news(s->reason),
		.first = verdict_scope_rule_first_day(s->in, s->verdict,
	                                              s->reason),
		.last = verdict_scope_rule_last_day(s->in, s->reason),
		.since = VERDICT_NO_DAY,
		.until = VERDICT_NO_DAY,
		.parts = arena_array(arena, count, sizeof(*s->parts)),
		.others = arena_array(arena, count, sizeof(*s->parts)),
	};
	if (s->out->first < s->e.lowest)
		s->out->first = s->e.lowest;
}

void verdict_scope_find(const struct verdict_input *input,
                        const struct verdict *verdict,
                        enum verdict_reason reason, struct arena *arena,
                        struct verdict_scope *out)
{
	struct scope_search s = {
		.in = input, .verdict = verdict, .reason = reason, .out = out};
	size_t i;

	verdict_scope_begin(&s, arena);
	if (out->news == NEWS_NONE)
		return;
	for (i = 0; i < input->group_count; i++) {
		if (verdict_scope_rule_listens(input, verdict, reason, i))
			verdict_scope_add_group(&s, i);
	}
	verdict_scope_find_days(&s);
	verdict_scope_find_parts(&s);
}
