#include "exporter/explain/forecast.h"

const char *forecast_outcome_name(enum forecast_outcome outcome)
{
	static const char *const names[FORECAST_OUTCOMES] = {
		[FORECAST_READY] = "ready",
		[FORECAST_NOT_WITHIN] = "not_within",
		[FORECAST_NOBODY] = "no_reporters",
		[FORECAST_TOO_MANY] = "too_many_reporters",
		[FORECAST_CHECKS_FAIL] = "checks_fail",
	};

	return names[outcome];
}

/* --- what is assumed ------------------------------------------------------- */

static void forecast_describe(const struct verdict_ahead *ahead,
                              struct forecast *out)
{
	const struct verdict_input *in = &ahead->input;
	/* On the first of the days reports of several may come. */
	size_t from = ahead->row_counts[1], i;
	double sum = 0;

	for (i = 0; i < in->group_count; i++)
		out->reporters += ahead->goes_on[i];
	for (i = from; i < in->row_count; i++)
		sum += (double)in->rows[i].evidence.trials;
	out->daily_sessions = (int64_t)(sum / (VERDICT_AHEAD_DAYS - 1) + 0.5);
}

/* --- day by day ------------------------------------------------------------ */

/* The last of the days ahead on which each condition was not met; 0: none but
   today, perhaps. */
struct unmet_days {
	int last[CONDITIONS];
};

static void forecast_note(uint32_t unmet, int days, struct unmet_days *unmet_on)
{
	int kind;

	for (kind = 0; kind < CONDITIONS; kind++) {
		if ((unmet & CONDITION_BIT(kind)) != 0)
			unmet_on->last[kind] = days;
	}
}

/* Decides until it is ready, and returns how many days ahead that is; that of
   the last day looked at, where it is not. */
static int forecast_run(enum verdict_state state,
                        const struct verdict_ahead *ahead,
                        struct arena *scratch, struct unmet_days *unmet_on,
                        struct forecast *out)
{
	struct verdict_input then;
	struct verdict verdict;
	int days;

	for (days = 1; days <= VERDICT_AHEAD_DAYS; days++) {
		arena_reset(scratch, 0);
		then = verdict_ahead_at(ahead, days);
		then.fold_days = 0;
		verdict_decide(&then, state, scratch, &verdict);
		state = verdict.state;
		out->decisions++;
		forecast_note(conditions_unmet(&then, &verdict), days,
		              unmet_on);
		if (state == VERDICT_READY_LIMITED &&
		    out->ready_limited_on == VERDICT_NO_DAY)
			out->ready_limited_on = then.today;
		if (state == VERDICT_READY) {
			out->ready_on = then.today;
			return days;
		}
	}
	return VERDICT_AHEAD_DAYS;
}

static bool forecast_is_due(const struct verdict_input *input,
                            const struct verdict *verdict)
{
	return input->mode != STS_MODE_ENFORCE &&
	       input->mode != STS_MODE_NONE &&
	       verdict->state != VERDICT_READY &&
	       verdict->state != VERDICT_NO_POLICY;
}

/* What a check from outside has found: waiting does not end it. */
#define FOUND_BY_CHECKS                             \
	(REASON_BIT(REASON_MX_CHECK_FAILED) |       \
	 REASON_BIT(REASON_MX_ALL_FAILED) |         \
	 REASON_BIT(REASON_CERTIFICATE_ENDS_SOON) | \
	 REASON_BIT(REASON_POLICY_FETCH_FAILED) |   \
	 REASON_BIT(REASON_POLICY_INVALID) |        \
	 REASON_BIT(REASON_POLICY_DIFFERS) |        \
	 REASON_BIT(REASON_POLICY_RECORD_BAD) |     \
	 REASON_BIT(REASON_POLICY_ID_UNCHANGED))

void forecast_clear(struct forecast *out)
{
	int kind;

	*out = (struct forecast){.ready_on = VERDICT_NO_DAY,
	                         .ready_limited_on = VERDICT_NO_DAY};
	for (kind = 0; kind < CONDITIONS; kind++)
		out->met_from[kind] = VERDICT_NO_DAY;
}

void forecast_find(const struct verdict_input *input,
                   const struct verdict *verdict,
                   const struct verdict_ahead *ahead, struct arena *scratch,
                   struct forecast *out)
{
	struct unmet_days unmet_on = {{0}};
	int kind, last;

	forecast_clear(out);
	if (!forecast_is_due(input, verdict))
		return;
	out->outcome = FORECAST_CHECKS_FAIL;
	if ((verdict->reasons & FOUND_BY_CHECKS) != 0)
		return;
	out->outcome = FORECAST_TOO_MANY;
	if (ahead == NULL)
		return;
	forecast_describe(ahead, out);
	out->outcome = FORECAST_NOBODY;
	if (out->reporters == 0)
		return;
	last = forecast_run(verdict->state, ahead, scratch, &unmet_on, out);
	out->outcome = out->ready_on != VERDICT_NO_DAY ? FORECAST_READY
	                                               : FORECAST_NOT_WITHIN;
	for (kind = 0; kind < CONDITIONS; kind++) {
		if (unmet_on.last[kind] < last)
			out->met_from[kind] =
				input->today + unmet_on.last[kind] + 1;
	}
}
