#include "exporter/explain/explanation_arithmetic.h"

static void explanation_arithmetic_add_bound(const struct explanation *e,
                                             struct buf *out)
{
	const struct verdict_numbers *n = &e->verdict.numbers;
	double alpha = (double)e->thresholds->alpha / 1e6;

	buf_printf(out, "  N = %lld, X = %lld, NB = %lld: ", (long long)n->n,
	           (long long)n->x, (long long)n->n_bound);
	if (n->x >= n->n_bound)
		buf_add_text(out, "no bound, U = 1\n");
	else
		buf_printf(out,
		           "U is the smallest p with e(X, NB, p) >= %g: U = "
		           "%.6f\n",
		           1 / alpha, n->upper);
	buf_printf(out, "  limit = %g: U is %s it\n", n->limit,
	           n->upper > n->limit ? "over" : "within");
}

static void explanation_arithmetic_add_reporters(const struct explanation *e,
                                                 struct buf *out)
{
	const struct explanation_reporter *reporter;
	size_t i;

	buf_printf(out,
	           "  Of a reporter and day at most %lld sessions count, "
	           "refusals scaled up:\n",
	           (long long)e->thresholds->cell_cap);
	for (i = 0; i < e->reporter_count; i++) {
		reporter = &e->reporters[i];
		buf_add_text(out, "    ");
		buf_add_printable(out, reporter->name.data, reporter->name.len,
		                  253);
		buf_printf(out,
		           ": %lld days, %lld sessions, %lld refused, counted "
		           "%lld and %lld\n",
		           (long long)reporter->days,
		           (long long)reporter->sessions,
		           (long long)reporter->refused, (long long)reporter->n,
		           (long long)reporter->x);
	}
}

void explanation_arithmetic_write(const struct explanation *e, struct buf *out)
{
	const struct verdict_numbers *n = &e->verdict.numbers;
	int cause;

	if (!n->known)
		return;
	buf_add_text(out, "\nArithmetic\n");
	explanation_arithmetic_add_reporters(e, out);
	explanation_arithmetic_add_bound(e, out);
	buf_printf(out,
	           "  window = %lld days, observed = %lld, covered = %lld, "
	           "reporters = %lld\n",
	           (long long)n->window_days, (long long)n->observed_days,
	           (long long)n->covered_days, (long long)n->reporters);
	buf_printf(out, "  recent days: %lld sessions",
	           (long long)n->recent_sessions);
	for (cause = 0; cause < REFUSAL_CAUSES; cause++)
		buf_printf(
			out, ", %s %lld (%s)",
			verdict_refusal_cause_name((enum refusal_cause)cause),
			(long long)n->recent_refused[cause],
			verdict_fault_name(n->faults[cause]));
	buf_printf(out,
	           "\n  newest report: %lld settled days ago, stale over %lld\n"
	           "  from proved reports alone: ",
	           (long long)n->gap_days, (long long)n->stale_limit);
	verdict_headline_of(e->verdict.proved, e->verdict.proved_upper, out);
	buf_add_char(out, '\n');
}
