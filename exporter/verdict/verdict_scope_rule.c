#include "exporter/verdict/verdict_scope_rule.h"

enum scope_speakers {
	SPEAKERS_WEIGHED,   /* whom the verdict is taken from */
	SPEAKERS_NEWCOMERS, /* without standing */
	SPEAKERS_UNPROVED,
	SPEAKERS_EVERYBODY,
};

enum scope_days {
	DAYS_LOOK,           /* all that a window can reach back to */
	DAYS_RECENT,         /* with the unsettled ones */
	DAYS_SETTLED_RECENT, /* without */
	DAYS_WINDOW,
	DAYS_FIRST_WINDOW, /* that it was begun with */
	DAYS_NEWCOMERS,    /* whose bad news may be so old */
	DAYS_RECURRING,
};

struct scope_rule {
	enum verdict_news news;
	enum scope_speakers speakers;
	enum scope_days days;
};

/* Reasons that are not here speak of no sessions. */
static const struct scope_rule scope_rules[VERDICT_REASONS] = {
	[REASON_POLICY_NOT_PUBLISHED] = {NEWS_UNTESTED, SPEAKERS_EVERYBODY,
                                         DAYS_WINDOW},
	[REASON_REPORTS_STOPPED] = {NEWS_REPORTS, SPEAKERS_WEIGHED, DAYS_LOOK},
	[REASON_POLICY_UNUSABLE] = {NEWS_UNUSABLE, SPEAKERS_WEIGHED,
                                    DAYS_RECENT},
	[REASON_POLICY_UNUSABLE_FOR_ONE_SENDER] = {NEWS_UNUSABLE,
                                                   SPEAKERS_WEIGHED,
                                                   DAYS_RECENT},
	[REASON_POLICY_UNUSABLE_SPORADIC] = {NEWS_UNUSABLE, SPEAKERS_WEIGHED,
                                             DAYS_RECENT},
	[REASON_ACTIVE_REFUSALS] = {NEWS_REFUSED, SPEAKERS_WEIGHED,
                                    DAYS_RECENT},
	[REASON_REFUSAL_RATIO] = {NEWS_REFUSED, SPEAKERS_WEIGHED, DAYS_WINDOW},
	[REASON_PREDICTED_REFUSALS] = {NEWS_PREDICTED, SPEAKERS_WEIGHED,
                                       DAYS_RECENT},
	[REASON_PREDICTED_REFUSALS_ONE_SENDER] = {NEWS_PREDICTED,
                                                  SPEAKERS_WEIGHED,
                                                  DAYS_RECENT},
	[REASON_SENDER_LOCAL_FAULT] = {NEWS_LOCAL, SPEAKERS_WEIGHED,
                                       DAYS_WINDOW},
	[REASON_SENDER_LOCAL_OVER_BUDGET] = {NEWS_LOCAL, SPEAKERS_WEIGHED,
                                             DAYS_FIRST_WINDOW},
	[REASON_POLICY_NOT_SEEN] = {NEWS_UNTESTED, SPEAKERS_EVERYBODY,
                                    DAYS_WINDOW},
	[REASON_OUTDATED_POLICY] = {NEWS_OUTDATED, SPEAKERS_WEIGHED,
                                    DAYS_SETTLED_RECENT},
	[REASON_OBSERVATION_SHORT] = {NEWS_TRIALS, SPEAKERS_WEIGHED,
                                      DAYS_WINDOW},
	[REASON_COVERAGE_LOW] = {NEWS_TRIALS, SPEAKERS_WEIGHED, DAYS_WINDOW},
	[REASON_FEW_REPORTERS] = {NEWS_TRIALS, SPEAKERS_WEIGHED, DAYS_WINDOW},
	[REASON_BOUND_TOO_WIDE] = {NEWS_TRIALS, SPEAKERS_WEIGHED, DAYS_WINDOW},
	[REASON_UNTESTED_SENDERS] = {NEWS_UNTESTED, SPEAKERS_WEIGHED,
                                     DAYS_WINDOW},
	[REASON_DANE_FAILING] = {NEWS_DANE, SPEAKERS_WEIGHED, DAYS_RECENT},
	[REASON_REFUSALS_NOW] = {NEWS_REFUSED, SPEAKERS_WEIGHED, DAYS_RECENT},
	[REASON_ANONYMOUS_EVIDENCE] = {NEWS_TRIALS, SPEAKERS_UNPROVED,
                                       DAYS_LOOK},
	[REASON_ONE_SENDER_REFUSED] = {NEWS_REFUSED, SPEAKERS_WEIGHED,
                                       DAYS_WINDOW},
	[REASON_ONE_SENDER_DILUTES] = {NEWS_REFUSED, SPEAKERS_WEIGHED,
                                       DAYS_WINDOW},
	[REASON_RECURRING] = {NEWS_REFUSED, SPEAKERS_WEIGHED, DAYS_RECURRING},
	[REASON_NEWCOMER_REFUSALS] = {NEWS_BAD, SPEAKERS_NEWCOMERS,
                                      DAYS_NEWCOMERS},
	[REASON_NEWCOMERS_NOT_COUNTED] = {NEWS_REPORTS, SPEAKERS_NEWCOMERS,
                                          DAYS_LOOK},
	[REASON_REFUSALS_CONTRADICTED] = {NEWS_REFUSED, SPEAKERS_WEIGHED,
                                          DAYS_RECENT},
	[REASON_PROBE_CONTRADICTED] = {NEWS_REFUSED, SPEAKERS_WEIGHED,
                                       DAYS_RECENT},
};

enum verdict_news verdict_scope_rule_news(enum verdict_reason reason)
{
	return scope_rules[reason].news;
}

int32_t verdict_scope_rule_first_day(const struct verdict_input *in,
                                     const struct verdict *verdict,
                                     enum verdict_reason reason)
{
	enum scope_days days = scope_rules[reason].days;
	const struct verdict_numbers *n = &verdict->numbers;
	const struct thresholds *t = in->thresholds;
	bool enforced = in->mode == STS_MODE_ENFORCE;
	int64_t count = t->max_window_days;

	if (n->known &&
	    (days == DAYS_RECENT || (days == DAYS_FIRST_WINDOW && enforced)))
		return n->recent_since;
	if (days == DAYS_RECENT || days == DAYS_SETTLED_RECENT)
		count = t->recent_days;
	if (days == DAYS_WINDOW)
		count = n->known ? n->window_days : t->window_days;
	if (days == DAYS_FIRST_WINDOW || days == DAYS_NEWCOMERS)
		count = t->window_days;
	if (days == DAYS_RECURRING)
		count = t->recur_days;
	return in->last - (int32_t)count + 1;
}

int32_t verdict_scope_rule_last_day(const struct verdict_input *in,
                                    enum verdict_reason reason)
{
	enum scope_days days = scope_rules[reason].days;
	bool enforced = in->mode == STS_MODE_ENFORCE;

	if (days == DAYS_WINDOW || days == DAYS_SETTLED_RECENT ||
	    (days == DAYS_FIRST_WINDOW && !enforced))
		return in->last;
	return in->today;
}

bool verdict_scope_rule_listens(const struct verdict_input *in,
                                const struct verdict *verdict,
                                enum verdict_reason reason, size_t group)
{
	const struct verdict_witness *witness = &verdict->witnesses[group];

	switch (scope_rules[reason].speakers) {
	case SPEAKERS_WEIGHED:
		break;
	case SPEAKERS_NEWCOMERS:
		return witness->seen && !witness->standing;
	case SPEAKERS_UNPROVED:
		return witness->seen && in->groups[group].anonymous;
	case SPEAKERS_EVERYBODY:
		return witness->seen;
	}
	/* In testing the owner has given that mail up. */
	if (reason == REASON_SENDER_LOCAL_OVER_BUDGET &&
	    in->mode != STS_MODE_ENFORCE && in->groups[group].accepted)
		return false;
	return verdict->numbers.known ? witness->weighed : witness->standing;
}

bool verdict_scope_covers(const struct verdict_scope *scope,
                          enum policy_type type, enum result_type result)
{
	bool refused = evidence_refusal_cause(result) >= 0;

	switch (scope->news) {
	case NEWS_REFUSED:
	case NEWS_LOCAL:
		return refused && type == POLICY_STS;
	case NEWS_PREDICTED:
		return refused && type != POLICY_STS;
	case NEWS_UNUSABLE:
		return evidence_is_policy_fault(result) && type == POLICY_STS;
	case NEWS_BAD:
		return refused || evidence_is_policy_fault(result);
	case NEWS_DANE:
		return evidence_is_dane_fault(result);
	case NEWS_NONE:
	case NEWS_REPORTS:
	case NEWS_TRIALS:
	case NEWS_UNTESTED:
	case NEWS_OUTDATED:
		break;
	}
	return false;
}
