/*
 * The families about verdicts and policies. State sets have all their states,
 * 0 and 1: with the one that holds alone, a look back over a day would show
 * the old and the new state together.
 */
#include "base/attr.h"
#include "base/timestamp.h"
#include "exporter/metrics/families_private.h"

static void write_integer(struct render *r, const struct metric *metric,
                          struct text name, int64_t value)
{
	const struct label label = {"domain", name};

	exposition_integer(&r->e, metric, "", &label, 1, value);
}

/* --- summary ------------------------------------------------------------- */

static void one_code(struct render *r, const struct metric *metric,
                     const struct domain_figures *domain, struct text name)
{
	write_integer(r, metric, name, (int64_t)domain->verdict.state);
}

static void one_sessions(struct render *r, const struct metric *metric,
                         const struct domain_figures *domain, struct text name)
{
	write_integer(r, metric, name, domain->verdict.sessions);
}

static void one_refused(struct render *r, const struct metric *metric,
                        const struct domain_figures *domain, struct text name)
{
	write_integer(r, metric, name, domain->verdict.refused);
}

static void one_upper(struct render *r, const struct metric *metric,
                      const struct domain_figures *domain, struct text name)
{
	const struct label label = {"domain", name};

	exposition_ratio(&r->e, metric, &label, 1, domain->verdict.upper);
}

/* --- state sets ---------------------------------------------------------- */

static void one_state(struct render *r, const struct metric *metric,
                      const struct domain_figures *domain, struct text name)
{
	int state;

	for (state = 0; state < VERDICT_STATES; state++) {
		const struct label labels[] = {
			{"domain", name},
			{"verdict", text_of(verdict_state_name(
					    (enum verdict_state)state))},
		};

		exposition_integer(&r->e, metric, "", labels, 2,
		                   (int)domain->verdict.state == state);
	}
}

static void one_reason(struct render *r, const struct metric *metric,
                       const struct domain_figures *domain, struct text name)
{
	int reason;

	for (reason = 0; reason < VERDICT_REASONS; reason++) {
		const struct label labels[] = {
			{"domain", name},
			{"reason", text_of(verdict_reason_name(
					   (enum verdict_reason)reason))},
		};

		if ((domain->verdict.reasons & REASON_BIT(reason)) != 0)
			exposition_integer(&r->e, metric, "", labels, 2, 1);
	}
}

static bool has_reasons(const struct domain_figures *domain)
{
	return domain->verdict.reasons != 0;
}

static void one_mode(struct render *r, const struct metric *metric,
                     const struct domain_figures *domain, struct text name)
{
	int mode;

	for (mode = 0; mode < STS_MODES; mode++) {
		const struct label labels[] = {
			{"domain", name},
			{"mode",
		         text_of(sts_policy_mode_name((enum sts_mode)mode))},
		};

		exposition_integer(&r->e, metric, "", labels, 2,
		                   (int)domain->verdict.mode == mode);
	}
}

/* --- times --------------------------------------------------------------- */

static void one_since(struct render *r, const struct metric *metric,
                      const struct domain_figures *domain, struct text name)
{
	write_integer(r, metric, name, domain->verdict.since);
}

static bool has_since(const struct domain_figures *domain)
{
	return domain->verdict.since != 0;
}

static void one_policy_since(struct render *r, const struct metric *metric,
                             const struct domain_figures *domain,
                             struct text name)
{
	write_integer(r, metric, name,
	              domain->verdict.policy_since * SECONDS_PER_DAY);
}

static bool has_policy_since(const struct domain_figures *domain)
{
	return domain->verdict.policy_since != VERDICT_NO_DAY;
}

static void one_max_age(struct render *r, const struct metric *metric,
                        const struct domain_figures *domain, struct text name)
{
	write_integer(r, metric, name, domain->verdict.max_age);
}

static bool has_max_age(const struct domain_figures *domain)
{
	return domain->verdict.max_age != 0;
}

/* --- families ------------------------------------------------------------ */

#define OF_DOMAINS(name, one, has)                                      \
	static void name(struct render *r, const struct metric *metric) \
	{                                                               \
		families_each_domain(r, metric, one, has);              \
	}

OF_DOMAINS(verdict_code, one_code, NULL)
OF_DOMAINS(verdict_sessions, one_sessions, NULL)
OF_DOMAINS(verdict_refused, one_refused, NULL)
OF_DOMAINS(verdict_upper, one_upper, NULL)
OF_DOMAINS(verdict_states, one_state, NULL)
OF_DOMAINS(verdict_reasons, one_reason, has_reasons)
OF_DOMAINS(verdict_since, one_since, has_since)
OF_DOMAINS(policy_mode, one_mode, NULL)
OF_DOMAINS(policy_since, one_policy_since, has_policy_since)
OF_DOMAINS(policy_max_age, one_max_age, has_max_age)

/* All domains, whether or not they are exported one by one. */
static void domains_by_verdict(struct render *r, const struct metric *metric)
{
	int64_t counts[VERDICT_STATES];
	int state;

	if (r->what->domains != NULL)
		return;
	snapshot_count_states(r->model, counts);
	families_begin(r, metric);
	for (state = 0; state < VERDICT_STATES; state++) {
		const struct label label = {
			"verdict",
			text_of(verdict_state_name((enum verdict_state)state))};

		exposition_integer(&r->e, metric, "", &label, 1, counts[state]);
	}
}

#define GAUGE(name, help)                      \
	{                                      \
		name, METRIC_GAUGE, NULL, help \
	}
#define SECONDS(name, help)                         \
	{                                           \
		name, METRIC_GAUGE, "seconds", help \
	}

const struct family families_verdict[] = {
	{METRIC_GROUP_SUMMARY,
         GAUGE("tlsrpt_domain_verdict_code",
               "Verdict as a number: 0 no_data, 1 no_policy, 2 stale, 3 "
               "policy_broken, 4 blocked, 5 collecting, 6 ready_limited, 7 "
               "ready, 8 enforce_ok, 9 enforce_warning, 10 enforce_rollback."),
         verdict_code},
	{METRIC_GROUP_SUMMARY,
         GAUGE("tlsrpt_verdict_sessions",
               "Sessions that count as evidence in the verdict (capped per "
               "reporter and day)."),
         verdict_sessions},
	{METRIC_GROUP_SUMMARY,
         GAUGE("tlsrpt_verdict_refused_sessions",
               "Refused sessions that count against the domain in the verdict "
               "(capped like the sessions)."),
         verdict_refused},
	{METRIC_GROUP_SUMMARY,
         GAUGE("tlsrpt_verdict_refusal_ratio_upper",
               "One-sided 95% upper confidence bound of the refusal ratio."),
         verdict_upper},
	{METRIC_GROUP_SUMMARY,
         GAUGE("tlsrpt_domains",
               "Known policy domains by verdict, whether or not they are "
               "exported one by one."),
         domains_by_verdict},
	{METRIC_GROUP_VERDICT,
         GAUGE("tlsrpt_domain_verdict",
               "Verdict on the domain's MTA-STS policy: 1 for the state that "
               "holds, 0 for all others."),
         verdict_states},
	{METRIC_GROUP_VERDICT,
         GAUGE("tlsrpt_domain_verdict_reason",
               "Reasons behind the verdict: always 1."),
         verdict_reasons},
	{METRIC_GROUP_VERDICT,
         SECONDS("tlsrpt_verdict_since_timestamp_seconds",
                 "Unix time at which the present verdict began, at most 90 "
                 "days before the exporter's start."),
         verdict_since},
	{METRIC_GROUP_DOMAIN,
         GAUGE("tlsrpt_domain_policy_mode",
               "MTA-STS mode in force, by the configuration or as reporters "
               "applied it last: 1 for the mode that holds, 0 for all "
               "others."),
         policy_mode},
	{METRIC_GROUP_DOMAIN,
         SECONDS("tlsrpt_domain_policy_since_timestamp_seconds",
                 "Start of the first UTC day on which the present set of mx "
                 "patterns was applied."),
         policy_since},
	{METRIC_GROUP_DOMAIN,
         SECONDS("tlsrpt_domain_policy_max_age_seconds",
                 "max_age of the MTA-STS policy that reporters applied last."),
         policy_max_age},
};

const size_t families_verdict_count =
	sizeof(families_verdict) / sizeof(families_verdict[0]);
