#include "tests/fuzz/fuzz_same.h"

/* Neither is ever not a number. */
static bool same_real(double a, double b)
{
	return a <= b && a >= b;
}

static bool same_numbers(const struct verdict_numbers *a,
                         const struct verdict_numbers *b)
{
	int cause;

	for (cause = 0; cause < REFUSAL_CAUSES; cause++) {
		if (a->recent_refused[cause] != b->recent_refused[cause] ||
		    a->faults[cause] != b->faults[cause])
			return false;
	}
	return a->known == b->known && a->window_days == b->window_days &&
	       a->observed_days == b->observed_days &&
	       a->covered_days == b->covered_days &&
	       a->reporters == b->reporters && a->sessions == b->sessions &&
	       a->refused == b->refused &&
	       a->local_refused == b->local_refused && a->n == b->n &&
	       a->x == b->x && a->n_bound == b->n_bound &&
	       same_real(a->upper, b->upper) && same_real(a->limit, b->limit) &&
	       a->covered_needed == b->covered_needed &&
	       a->gap_days == b->gap_days && a->stale_limit == b->stale_limit &&
	       a->untested_sessions == b->untested_sessions &&
	       a->recent_since == b->recent_since &&
	       a->recent_sessions == b->recent_sessions &&
	       a->standing_days_needed == b->standing_days_needed &&
	       a->standing_reports_needed == b->standing_reports_needed;
}

static bool same_witness(const struct verdict_witness *a,
                         const struct verdict_witness *b)
{
	return a->seen == b->seen && a->standing == b->standing &&
	       a->credited == b->credited && a->known_days == b->known_days &&
	       a->report_days == b->report_days &&
	       a->good_days == b->good_days &&
	       a->arrival_days == b->arrival_days && a->n == b->n &&
	       a->x == b->x && a->sessions == b->sessions &&
	       a->refused == b->refused &&
	       a->recent_sessions == b->recent_sessions &&
	       a->recent_refused == b->recent_refused &&
	       a->accuses == b->accuses && a->contradicts == b->contradicts;
}

static bool same_witnesses(const struct fuzz_said *a, const struct fuzz_said *b)
{
	static const struct verdict_witness nothing;
	const struct verdict_witness *of_b;
	size_t i, j;

	for (j = 0; j < b->count; j++) {
		of_b = &b->verdict->witnesses[j];
		for (i = 0; i < a->count && a->keys[i] != b->keys[j]; i++)
			;
		if (!same_witness(i < a->count ? &a->verdict->witnesses[i]
		                               : &nothing,
		                  of_b))
			return false;
	}
	return true;
}

static bool same_faulty(const struct fuzz_said *a, const struct fuzz_said *b)
{
	const struct faulty_reporter *x = a->verdict->faulty_reporters;
	const struct faulty_reporter *y = b->verdict->faulty_reporters;
	size_t i;

	if (a->verdict->faulty_reporter_count !=
	    b->verdict->faulty_reporter_count)
		return false;
	for (i = 0; i < a->verdict->faulty_reporter_count; i++) {
		if (a->keys[x[i].group] != b->keys[y[i].group] ||
		    x[i].refused != y[i].refused)
			return false;
	}
	return true;
}

bool fuzz_same_verdict(const struct fuzz_said *a, const struct fuzz_said *b,
                       uint64_t more_reasons)
{
	const struct verdict *x = a->verdict, *y = b->verdict;

	return x->state == y->state &&
	       (x->reasons | more_reasons) == y->reasons &&
	       x->probe == y->probe && x->proved == y->proved &&
	       x->before_matters == y->before_matters &&
	       x->advised_mode == y->advised_mode &&
	       x->advised_max_age == y->advised_max_age &&
	       same_numbers(&x->numbers, &y->numbers) && same_faulty(a, b) &&
	       same_witnesses(a, b);
}
