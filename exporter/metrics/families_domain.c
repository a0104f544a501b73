/*
 * The families about domains. A family begins only when it has a sample, so
 * that a page for an unknown domain is empty and valid.
 */
#include "base/timestamp.h"
#include "exporter/metrics/families_private.h"

/* Begins the family with its first sample. */
struct family_walk {
	struct render *r;
	const struct metric *metric;
	domain_writer *write;
	domain_has *has;
	bool begun;
};

static void walk_one(struct family_walk *walk,
                     const struct domain_figures *domain, struct text name)
{
	if (walk->has != NULL && !walk->has(domain))
		return;
	if (!walk->begun)
		families_begin(walk->r, walk->metric);
	walk->begun = true;
	walk->write(walk->r, walk->metric, domain, name);
}

/* The domains that the request asks for, or all that are exported. */
static void walk_domains(struct family_walk *walk)
{
	const struct domain_figures *const *domains, *found;
	const struct families_request *what = walk->r->what;
	size_t count, i;

	if (what->domains != NULL) {
		for (i = 0; i < what->domain_count; i++) {
			found = snapshot_find(walk->r->model, what->domains[i]);
			if (found != NULL)
				walk_one(walk, found, found->name);
		}
		return;
	}
	domains = snapshot_domains(walk->r->model, &count);
	for (i = 0; i < count; i++) {
		if (snapshot_is_exported(walk->r->model, i))
			walk_one(walk, domains[i], domains[i]->name);
	}
}

void families_each_domain(struct render *r, const struct metric *metric,
                          domain_writer *write, domain_has *has)
{
	struct family_walk walk = {r, metric, write, has, false};

	walk_domains(&walk);
}

static void each_domain(struct render *r, const struct metric *metric,
                        domain_writer *write)
{
	families_each_domain(r, metric, write, NULL);
}

/* --- what is over max_domains -------------------------------------------- */

static void add_pair(struct session_counts *sum,
                     const struct session_counts *part)
{
	sum->sessions += part->sessions;
	sum->failed += part->failed;
}

static void add_to_other(struct domain_figures *other,
                         const struct domain_figures *domain)
{
	int type, i;

	other->types |= domain->types;
	other->window_reports += domain->window_reports;
	other->day_refused += domain->day_refused;
	for (i = 0; i < UNCOUNTED_REASONS; i++)
		other->uncounted[i] += domain->uncounted[i];
	for (type = 0; type < POLICY_TYPES; type++) {
		other->results[type] |= domain->results[type];
		add_pair(&other->window[type], &domain->window[type]);
		add_pair(&other->day[type], &domain->day[type]);
	}
	for (i = 0;
	     domain->result_sessions != NULL && i < POLICY_TYPES * RESULT_TYPES;
	     i++)
		other->result_sessions[i] += domain->result_sessions[i];
}

/* Each exported domain, and the sum of the others as one more. */
static void each_and_other(struct render *r, const struct metric *metric,
                           domain_writer *write, domain_has *has)
{
	struct family_walk walk = {r, metric, write, has, false};
	const struct domain_figures *const *domains;
	int64_t results[POLICY_TYPES * RESULT_TYPES] = {0};
	struct domain_figures other = {.result_sessions = results};
	size_t count, i;
	bool any = false;

	walk_domains(&walk);
	if (r->what->domains != NULL)
		return;
	domains = snapshot_domains(r->model, &count);
	for (i = 0; i < count; i++) {
		if (snapshot_is_exported(r->model, i))
			continue;
		add_to_other(&other, domains[i]);
		any = true;
	}
	if (any)
		walk_one(&walk, &other, TEXT("_other"));
}

/* --- by policy type ------------------------------------------------------ */

/* sts is what the product is about, and there from the first scrape; the
   others when the store has seen them. */
static bool has_type(const struct domain_figures *domain, int type)
{
	return type == POLICY_STS || (domain->types & 1U << type) != 0;
}

static void write_by_type(struct render *r, const struct metric *metric,
                          const struct domain_figures *domain, struct text name,
                          const int64_t *first)
{
	/* first is a member of an array of struct session_counts. */
	const size_t step = sizeof(struct session_counts) / sizeof(int64_t);
	int type;

	for (type = 0; type < POLICY_TYPES; type++) {
		const struct label labels[] = {
			{"domain", name},
			{"policy_type",
		         text_of(policy_type_name((enum policy_type)type))},
		};

		if (has_type(domain, type))
			exposition_integer(&r->e, metric, "", labels, 2,
			                   first[(size_t)type * step]);
	}
}

#define BY_TYPE(function, member)                                           \
	static void function(struct render *r, const struct metric *metric, \
	                     const struct domain_figures *domain,           \
	                     struct text name)                              \
	{                                                                   \
		write_by_type(r, metric, domain, name, &domain->member);    \
	}

BY_TYPE(one_window_sessions, window[0].sessions)
BY_TYPE(one_window_failed, window[0].failed)
BY_TYPE(one_day_sessions, day[0].sessions)
BY_TYPE(one_day_failed, day[0].failed)
BY_TYPE(one_recent_sessions, recent[0].sessions)
BY_TYPE(one_recent_failed, recent[0].failed)

static void window_sessions(struct render *r, const struct metric *metric)
{
	each_and_other(r, metric, one_window_sessions, NULL);
}

static void window_failed(struct render *r, const struct metric *metric)
{
	each_and_other(r, metric, one_window_failed, NULL);
}

static void day_sessions(struct render *r, const struct metric *metric)
{
	each_and_other(r, metric, one_day_sessions, NULL);
}

static void day_failed(struct render *r, const struct metric *metric)
{
	each_and_other(r, metric, one_day_failed, NULL);
}

static void recent_sessions(struct render *r, const struct metric *metric)
{
	each_domain(r, metric, one_recent_sessions);
}

static void recent_failed(struct render *r, const struct metric *metric)
{
	each_domain(r, metric, one_recent_failed);
}

static void one_details(struct render *r, const struct metric *metric,
                        const struct domain_figures *domain, struct text name)
{
	int type, result;

	for (type = 0; type < POLICY_TYPES; type++) {
		for (result = 0; result < RESULT_TYPES; result++) {
			const struct label labels[] = {
				{"domain", name},
				{"policy_type",
			         text_of(policy_type_name(
					 (enum policy_type)type))},
				{"result_type",
			         text_of(result_type_name(
					 (enum result_type)result))},
			};

			/* At 0 as long as the store knows it, so that a
			   mended failure does not just vanish. */
			if ((domain->results[type] & 1U << result) == 0)
				continue;
			exposition_integer(
				&r->e, metric, "", labels, 3,
				domain->result_sessions == NULL
					? 0
					: domain->result_sessions
						  [type * RESULT_TYPES +
			                           result]);
		}
	}
}

static bool has_results(const struct domain_figures *domain)
{
	int type;

	for (type = 0; type < POLICY_TYPES; type++) {
		if (domain->results[type] != 0)
			return true;
	}
	return false;
}

static void window_details(struct render *r, const struct metric *metric)
{
	each_and_other(r, metric, one_details, has_results);
}

/* --- one number a domain ------------------------------------------------- */

static void write_one(struct render *r, const struct metric *metric,
                      struct text name, int64_t value)
{
	const struct label label = {"domain", name};

	exposition_integer(&r->e, metric, "", &label, 1, value);
}

static void one_uncounted(struct render *r, const struct metric *metric,
                          const struct domain_figures *domain, struct text name)
{
	int why;

	for (why = 0; why < UNCOUNTED_REASONS; why++) {
		const struct label labels[] = {
			{"domain", name},
			{"why", text_of(model_figures_uncounted_name(
					(enum uncounted)why))},
		};

		exposition_integer(&r->e, metric, "", labels, 2,
		                   domain->uncounted[why]);
	}
}

static void window_uncounted(struct render *r, const struct metric *metric)
{
	each_and_other(r, metric, one_uncounted, NULL);
}

static void one_reporters(struct render *r, const struct metric *metric,
                          const struct domain_figures *domain, struct text name)
{
	write_one(r, metric, name, domain->window_reporters);
}

static void window_reporters(struct render *r, const struct metric *metric)
{
	each_domain(r, metric, one_reporters);
}

static void one_reports(struct render *r, const struct metric *metric,
                        const struct domain_figures *domain, struct text name)
{
	write_one(r, metric, name, domain->window_reports);
}

static void window_reports(struct render *r, const struct metric *metric)
{
	each_and_other(r, metric, one_reports, NULL);
}

static void one_covered(struct render *r, const struct metric *metric,
                        const struct domain_figures *domain, struct text name)
{
	write_one(r, metric, name, __builtin_popcountll(domain->covered));
}

static void window_covered(struct render *r, const struct metric *metric)
{
	each_domain(r, metric, one_covered);
}

static void one_day_refused(struct render *r, const struct metric *metric,
                            const struct domain_figures *domain,
                            struct text name)
{
	write_one(r, metric, name, domain->day_refused);
}

static void day_refused(struct render *r, const struct metric *metric)
{
	each_and_other(r, metric, one_day_refused, NULL);
}

static void one_day_reporters(struct render *r, const struct metric *metric,
                              const struct domain_figures *domain,
                              struct text name)
{
	write_one(r, metric, name, domain->day_reporters);
}

static void day_reporters(struct render *r, const struct metric *metric)
{
	each_domain(r, metric, one_day_reporters);
}

static void one_last_end(struct render *r, const struct metric *metric,
                         const struct domain_figures *domain, struct text name)
{
	write_one(r, metric, name, domain->last_end);
}

static void last_end(struct render *r, const struct metric *metric)
{
	each_domain(r, metric, one_last_end);
}

static void one_last_received(struct render *r, const struct metric *metric,
                              const struct domain_figures *domain,
                              struct text name)
{
	write_one(r, metric, name, domain->last_received);
}

static void last_received(struct render *r, const struct metric *metric)
{
	each_domain(r, metric, one_last_received);
}

/* --- without a label ----------------------------------------------------- */

static void window_end(struct render *r, const struct metric *metric)
{
	if (r->what->domains != NULL)
		return;
	families_begin(r, metric);
	exposition_integer(&r->e, metric, "", NULL, 0,
	                   (snapshot_last_day(r->model) + 1) * SECONDS_PER_DAY);
}

static void window_seconds(struct render *r, const struct metric *metric)
{
	if (r->what->domains != NULL)
		return;
	families_begin(r, metric);
	exposition_integer(&r->e, metric, "", NULL, 0,
	                   snapshot_window_days(r->model) * SECONDS_PER_DAY);
}

/* --- by reporter
 * ------------------------------------------------------------------------------
 */

enum share {
	SHARE_WINDOW,
	SHARE_WINDOW_FAILED,
	SHARE_DAY,
	SHARE_DAY_FAILED
};

static int64_t share_of(const struct reporter_figures *figures,
                        enum share share)
{
	switch (share) {
	case SHARE_WINDOW:
		return figures->window.sessions;
	case SHARE_WINDOW_FAILED:
		return figures->window.failed;
	case SHARE_DAY:
		return figures->day.sessions;
	case SHARE_DAY_FAILED:
		break;
	}
	return figures->day.failed;
}

static void write_reporter(struct render *r, const struct metric *metric,
                           struct text domain, struct text reporter,
                           int64_t value)
{
	const struct label labels[] = {
		{"domain", domain},
		{"reporter", reporter},
	};

	exposition_integer(&r->e, metric, "", labels, 2, value);
}

static void write_named(struct render *r, const struct metric *metric,
                        struct text domain,
                        const struct reporter_figures *reporter,
                        enum share share)
{
	struct buf label = BUF_INIT(512);

	buf_add_text(&label, snapshot_reporter_name(r->model, reporter->id));
	if (!reporter->proved)
		buf_add_text(&label, " (unverified)");
	write_reporter(r, metric, domain, (struct text){label.data, label.len},
	               share_of(reporter, share));
	buf_free(&label);
}

static void write_shares(struct render *r, const struct metric *metric,
                         const struct domain_figures *domain, struct text name,
                         enum share share)
{
	size_t i;

	for (i = 0; i < domain->reporter_count; i++)
		write_named(r, metric, name, &domain->reporters[i], share);
	if (domain->has_others)
		write_reporter(r, metric, name, TEXT("_other"),
		               share_of(&domain->other_reporters, share));
}

#define BY_REPORTER(one, all, share)                                           \
	static void one(struct render *r, const struct metric *metric,         \
	                const struct domain_figures *domain, struct text name) \
	{                                                                      \
		write_shares(r, metric, domain, name, share);                  \
	}                                                                      \
	static void all(struct render *r, const struct metric *metric)         \
	{                                                                      \
		families_each_domain(r, metric, one, has_reporter);            \
	}

static bool has_reporter(const struct domain_figures *domain)
{
	return domain->reporter_count > 0;
}

BY_REPORTER(one_share_window, reporter_window, SHARE_WINDOW)
BY_REPORTER(one_share_window_failed, reporter_window_failed,
            SHARE_WINDOW_FAILED)
BY_REPORTER(one_share_day, reporter_day, SHARE_DAY)
BY_REPORTER(one_share_day_failed, reporter_day_failed, SHARE_DAY_FAILED)

/* --- the table
 * ----------------------------------------------------------------------------------
 */

#define GAUGE(name, help)                      \
	{                                      \
		name, METRIC_GAUGE, NULL, help \
	}
#define SECONDS(name, help)                         \
	{                                           \
		name, METRIC_GAUGE, "seconds", help \
	}

const struct family families_domain[] = {
	{METRIC_GROUP_WINDOW,
         GAUGE("tlsrpt_window_sessions",
               "TLS sessions (successful and failed) that reports count in the "
               "window, by policy-type. A session may be counted under two "
               "policy types: do not add those up."),
         window_sessions},
	{METRIC_GROUP_WINDOW,
         GAUGE("tlsrpt_window_failed_sessions",
               "Failed TLS sessions (total-failure-session-count) in the "
               "window, by policy-type."),
         window_failed},
	{METRIC_GROUP_WINDOW,
         GAUGE("tlsrpt_window_failure_detail_sessions",
               "Sessions in failure-details in the window, by policy-type and "
               "result-type. One session may carry several result types: not a "
               "partition of the failed sessions."),
         window_details},
	{METRIC_GROUP_WINDOW,
         GAUGE("tlsrpt_window_uncounted_sessions",
               "Sessions in reports of the window that count nowhere else: "
               "unauthenticated mail, or a copy of a report of which another "
               "counts."),
         window_uncounted},
	{METRIC_GROUP_WINDOW,
         GAUGE("tlsrpt_window_reporters",
               "Organisations whose reports in the window contain at least one "
               "session."),
         window_reporters},
	{METRIC_GROUP_WINDOW,
         GAUGE("tlsrpt_window_reports", "Reports in the window."),
         window_reports},
	{METRIC_GROUP_WINDOW,
         GAUGE("tlsrpt_window_covered_dates",
               "UTC dates in the window for which at least one report has "
               "arrived."),
         window_covered},
	{METRIC_GROUP_WINDOW,
         SECONDS("tlsrpt_window_end_timestamp_seconds",
                 "End (exclusive) of the newest settled UTC day, which is also "
                 "the end of the window."),
         window_end},
	{METRIC_GROUP_WINDOW,
         SECONDS("tlsrpt_window_seconds", "Configured length of the window."),
         window_seconds},
	{METRIC_GROUP_DAY,
         GAUGE("tlsrpt_day_sessions",
               "TLS sessions of the newest settled UTC day, by policy-type. "
               "Shift by -60h to see it on the day itself."),
         day_sessions},
	{METRIC_GROUP_DAY,
         GAUGE("tlsrpt_day_failed_sessions",
               "Failed TLS sessions of the newest settled UTC day, by "
               "policy-type."),
         day_failed},
	{METRIC_GROUP_DAY,
         GAUGE("tlsrpt_day_refused_sessions",
               "Sessions of the newest settled UTC day that an enforced "
               "MTA-STS policy refuses or would have refused."),
         day_refused},
	{METRIC_GROUP_DAY,
         GAUGE("tlsrpt_day_reporters",
               "Organisations that reported the newest settled UTC day."),
         day_reporters},
	{METRIC_GROUP_RECENT,
         GAUGE("tlsrpt_recent_sessions",
               "TLS sessions of the UTC days that are not settled yet, by "
               "policy-type."),
         recent_sessions},
	{METRIC_GROUP_RECENT,
         GAUGE("tlsrpt_recent_failed_sessions",
               "Failed TLS sessions of the UTC days that are not settled yet, "
               "by policy-type."),
         recent_failed},
	{METRIC_GROUP_DOMAIN,
         SECONDS("tlsrpt_domain_last_report_end_timestamp_seconds",
                 "End of the newest period that a report for the domain "
                 "covers, 0 if there is none."),
         last_end},
	{METRIC_GROUP_DOMAIN,
         SECONDS("tlsrpt_domain_last_report_received_timestamp_seconds",
                 "Unix time at which the newest report for the domain was "
                 "accepted, 0 if there is none."),
         last_received},
	{METRIC_GROUP_REPORTER,
         GAUGE("tlsrpt_window_reporter_sessions",
               "TLS sessions in the window by reporting organisation (largest "
               "ten, the rest as _other), policy-type sts."),
         reporter_window},
	{METRIC_GROUP_REPORTER,
         GAUGE("tlsrpt_window_reporter_failed_sessions",
               "Failed TLS sessions in the window by reporting organisation "
               "(largest ten, the rest as _other), policy-type sts."),
         reporter_window_failed},
	{METRIC_GROUP_REPORTER,
         GAUGE("tlsrpt_day_reporter_sessions",
               "TLS sessions of the newest settled UTC day by reporting "
               "organisation, policy-type sts."),
         reporter_day},
	{METRIC_GROUP_REPORTER,
         GAUGE("tlsrpt_day_reporter_failed_sessions",
               "Failed TLS sessions of the newest settled UTC day by reporting "
               "organisation, policy-type sts."),
         reporter_day_failed},
};

const size_t families_domain_count =
	sizeof(families_domain) / sizeof(families_domain[0]);
