/*
 * An account as text for a terminal of 80 columns. What strangers wrote goes
 * through buf_add_printable().
 */
#include "exporter/explain/explanation.h"

#include <math.h>
#include <string.h>

#include "exporter/explain/phrases.h"

#define WIDTH       80U
#define NAMES_SHOWN 10U

/* --- layout -------------------------------------------------------------- */

/* A paragraph, broken between words, with a first and a later indent. */
static void explanation_text_add_wrapped(struct buf *out, const char *first,
                                         const char *later, const char *text)
{
	size_t column = strlen(first), length;
	const char *end;

	buf_add_text(out, first);
	while (*text != '\0') {
		end = strchrnul(text, ' ');
		length = (size_t)(end - text);
		if (column + length + 1 > WIDTH && column > strlen(later)) {
			buf_add_char(out, '\n');
			buf_add_text(out, later);
			column = strlen(later);
		} else if (text[-1] == ' ' && column > strlen(first)) {
			buf_add_char(out, ' ');
			column++;
		}
		buf_add(out, text, length);
		column += length;
		text = *end == '\0' ? end : end + 1;
	}
	buf_add_char(out, '\n');
}

static void explanation_text_add_paragraph(struct buf *out, const char *first,
                                           const char *later, struct buf *text)
{
	struct buf whole = BUF_INIT(65536);

	/* A blank in front, for explanation_text_add_wrapped() to look back at.
	 */
	buf_add_char(&whole, ' ');
	buf_add(&whole, text->data, text->len);
	explanation_text_add_wrapped(out, first, later, buf_text(&whole) + 1);
	buf_free(&whole);
	buf_reset(text);
}

static void explanation_text_add_name(struct buf *out, struct text name)
{
	buf_add_printable(out, name.data, name.len, 253);
}

/* --- evidence ------------------------------------------------------------ */

static void explanation_text_add_reporter_names(const struct explanation *a,
                                                struct buf *line)
{
	const struct explanation_reporter *reporter;
	size_t i;

	for (i = 0; i < a->reporter_count && i < NAMES_SHOWN; i++) {
		reporter = &a->reporters[i];
		buf_add_text(line, i == 0 ? ": " : ", ");
		explanation_text_add_name(line, reporter->name);
		if (!reporter->proved)
			buf_add_text(line, " (unverified)");
	}
	if (a->reporter_count > NAMES_SHOWN)
		buf_printf(line, " and %zu more",
		           a->reporter_count - NAMES_SHOWN);
}

static void explanation_text_add_evidence(const struct explanation *a,
                                          struct buf *out)
{
	const struct verdict_numbers *n = &a->verdict.numbers;
	struct buf line = BUF_INIT(65536);

	if (!n->known)
		return;
	phrases_count(n->sessions, &line);
	buf_printf(&line, " sessions in %lld days (",
	           (long long)n->window_days);
	phrases_day(a->last - n->window_days + 1, &line);
	buf_add_text(&line, " to ");
	phrases_day(a->last, &line);
	buf_printf(&line, "), %lld of them with reports",
	           (long long)n->covered_days);
	explanation_text_add_paragraph(out, "  Evidence   ", "             ",
	                               &line);
	phrases_count(n->refused + n->local_refused, &line);
	buf_add_text(&line, " would have been refused");
	if (n->local_refused > 0) {
		buf_add_text(&line, ", ");
		phrases_count(n->local_refused, &line);
		buf_add_text(&line, " of them by a sender's own fault");
	}
	buf_add_text(&line, "; at most ");
	phrases_percent(n->upper, &line);
	buf_printf(&line, " with %g %% confidence, the limit is %g %%",
	           100 - (double)a->thresholds->alpha / 1e4, n->limit * 100);
	explanation_text_add_paragraph(out, "             ", "             ",
	                               &line);
	buf_printf(&line, "%zu %s", a->reporter_count,
	           a->reporter_count == 1 ? "reporter" : "reporters");
	explanation_text_add_reporter_names(a, &line);
	explanation_text_add_paragraph(out, "  Reporters  ", "             ",
	                               &line);
	buf_free(&line);
}

/* --- policy -------------------------------------------------------------- */

static const char *explanation_text_source_phrase(enum policy_source source)
{
	switch (source) {
	case POLICY_SOURCE_CONFIGURATION:
		return "by the configuration";
	case POLICY_SOURCE_REPORTS:
		return "as reports show it";
	case POLICY_SOURCE_SIGNED:
		return "as signed reports show it";
	case POLICY_SOURCE_UNSIGNED:
		return "as unsigned reports show it";
	case POLICY_SOURCE_NONE:
		break;
	}
	return "nobody shows it";
}

static void explanation_text_add_patterns(const struct sts_policy *policy,
                                          struct buf *line)
{
	size_t i;

	for (i = 0; i < policy->mx_count; i++) {
		buf_add_text(line, i == 0 ? " mx " : ", ");
		explanation_text_add_name(line, policy->mx[i]);
	}
}

static bool explanation_text_is_configured(const struct explanation *a)
{
	return a->policy.mode_from == POLICY_SOURCE_CONFIGURATION ||
	       a->policy.mx_from == POLICY_SOURCE_CONFIGURATION;
}

static void explanation_text_add_policy(const struct explanation *a,
                                        struct buf *out)
{
	const struct sts_policy *policy = &a->policy.policy;
	struct buf line = BUF_INIT(1U << 20);

	buf_printf(&line, "mode %s, %s;", sts_policy_mode_name(policy->mode),
	           explanation_text_source_phrase(a->policy.mode_from));
	explanation_text_add_patterns(policy, &line);
	if (policy->max_age > 0)
		buf_printf(&line, ", max_age %lld", (long long)policy->max_age);
	if (a->policy.since != VERDICT_NO_DAY) {
		buf_add_text(&line, "; these patterns since ");
		phrases_day(a->policy.since, &line);
	}
	explanation_text_add_paragraph(out, "  Policy     ", "             ",
	                               &line);
	if (a->policy.other != NULL) {
		explanation_text_add_name(&line, a->other_reporter);
		buf_printf(&line, " shows another policy (mode %s",
		           sts_policy_mode_name(a->policy.other->policy.mode));
		explanation_text_add_patterns(&a->policy.other->policy, &line);
		buf_add_text(&line, "), last on ");
		phrases_day(a->policy.other_newest, &line);
		buf_add_text(&line, "; it is not obeyed. If it is yours, ");
		buf_add_text(&line,
		             explanation_text_is_configured(a)
		                     ? "change mode and mx in [domain NAME]."
		                     : "wait for a second signed report or set "
		                       "mode and mx in [domain NAME].");
		explanation_text_add_paragraph(out, "             ",
		                               "             ", &line);
	}
	buf_free(&line);
}

/* --- reasons and failures ------------------------------------------------ */

static void explanation_text_add_reasons(const struct explanation *a,
                                         struct buf *out)
{
	struct buf line = BUF_INIT(65536);
	int reason;

	if (a->verdict.reasons == 0)
		return;
	buf_add_text(out, "\nReasons\n");
	for (reason = 0; reason < VERDICT_REASONS; reason++) {
		if ((a->verdict.reasons & REASON_BIT(reason)) == 0)
			continue;
		buf_printf(&line, "%s: ",
		           verdict_reason_name((enum verdict_reason)reason));
		phrases_reason_write(a, (enum verdict_reason)reason, &line);
		explanation_text_add_paragraph(out, "  ", "    ", &line);
	}
	buf_free(&line);
}

static const char *explanation_text_fault_phrase(const struct explanation *a,
                                                 enum result_type type)
{
	int class = phrases_result_refusal_cause(type);

	if (class < 0)
		return "not refused under enforce";
	switch (a->verdict.numbers.faults[class]) {
	case VERDICT_FAULT_SENDER:
		return "looks like the sender's fault";
	case VERDICT_FAULT_RECEIVER:
		return "looks like a fault here: several reporters see it";
	case VERDICT_FAULT_UNKNOWN:
		return "may be a fault here: only one reporter sees it";
	case VERDICT_FAULT_NONE:
		break;
	}
	return "outside of what was judged";
}

static void
explanation_text_add_failure(const struct explanation *a,
                             const struct explanation_failure *failure,
                             struct buf *out)
{
	struct buf line = BUF_INIT(65536);
	size_t i;

	if (failure->mx.len > 0)
		explanation_text_add_name(&line, failure->mx);
	else
		buf_add_text(&line, "no host named");
	buf_printf(&line, ", %s under %s: ", result_type_name(failure->result),
	           policy_type_name(failure->type));
	phrases_count(failure->sessions, &line);
	buf_add_text(&line, failure->sessions == 1 ? " session" : " sessions");
	buf_add_text(&line, ", last on ");
	phrases_day(failure->last_day, &line);
	buf_add_text(&line, ", reported by ");
	for (i = 0; i < failure->reporter_count && i < NAMES_SHOWN; i++) {
		buf_add_text(&line, i == 0 ? "" : ", ");
		explanation_text_add_name(&line, failure->reporters[i]);
	}
	if (failure->reporter_count > NAMES_SHOWN)
		buf_printf(&line, " and %zu more",
		           failure->reporter_count - NAMES_SHOWN);
	buf_printf(&line, "; %s.",
	           explanation_text_fault_phrase(a, failure->result));
	explanation_text_add_paragraph(out, "  ", "    ", &line);
	if (failure->reason.len > 0) {
		buf_add_text(&line, "Reason given: ");
		buf_add_printable(&line, failure->reason.data,
		                  failure->reason.len, 200);
		explanation_text_add_paragraph(out, "    ", "    ", &line);
	}
	if (failure->type == POLICY_STS &&
	    phrases_result_is_unlisted_mx(a, failure->mx)) {
		explanation_text_add_name(&line, failure->mx);
		buf_add_text(&line,
		             " is covered by no mx pattern of the policy: add "
		             "it to the policy, or take it out of the DNS.");
		explanation_text_add_paragraph(out, "    ", "    ", &line);
	}
	buf_printf(&line, "%s ", phrases_result_meaning(failure->result));
	phrases_result_remedy(a, failure->result, &line);
	explanation_text_add_paragraph(out, "    ", "    ", &line);
	buf_free(&line);
}

static void explanation_text_add_failures(const struct explanation *a,
                                          struct buf *out)
{
	size_t i;

	if (a->failure_count == 0)
		return;
	buf_add_text(out, "\nFailures since ");
	phrases_day(a->days[0].day, out);
	buf_add_char(out, '\n');
	for (i = 0; i < a->failure_count; i++)
		explanation_text_add_failure(a, &a->failures[i], out);
}

/* --- what enforce would have cost ---------------------------------------- */

static void explanation_text_add_costs(const struct explanation *a,
                                       struct buf *out)
{
	const struct explanation_day *day;
	bool begun = false;
	size_t i;

	for (i = 0; i < a->day_count; i++) {
		day = &a->days[i];
		if (day->refused == 0)
			continue;
		if (!begun)
			buf_printf(out, "\nWhat enforce %s\n",
			           a->policy.policy.mode == STS_MODE_ENFORCE
			                   ? "costs"
			                   : "would have cost");
		begun = true;
		buf_add_text(out, "  ");
		phrases_day(day->day, out);
		buf_add_text(out, "  ");
		phrases_count(day->refused, out);
		buf_add_text(out, " of ");
		phrases_count(day->sessions, out);
		buf_printf(out, " sessions%s\n",
		           day->settled ? "" : " (day not settled)");
	}
}

/* --- the next step ------------------------------------------------------- */

static void explanation_text_add_policy_file(const struct explanation *a,
                                             struct buf *out)
{
	struct buf file = BUF_INIT(1U << 20);
	struct text rest, line;

	sts_policy_print(a->verdict.advised_mode, a->policy.policy.mx,
	                 a->policy.policy.mx_count, a->verdict.advised_max_age,
	                 &file);
	buf_add_text(out, "\n  1. at https://mta-sts.");
	explanation_text_add_name(out, a->domain);
	buf_add_text(out, "/.well-known/mta-sts.txt\n\n");
	if (file.len == 0)
		buf_printf(out,
		           "       version: STSv1\n       mode: %s\n"
		           "       mx: (a line for each of your MX hosts)\n"
		           "       max_age: %lld\n",
		           sts_policy_mode_name(a->verdict.advised_mode),
		           (long long)a->verdict.advised_max_age);
	rest = (struct text){buf_text(&file), file.len};
	while (file.len > 0 && text_next(&rest, '\n', &line)) {
		if (line.len == 0)
			continue;
		buf_add_text(out, "       ");
		buf_add(out, line.data, line.len);
		buf_add_char(out, '\n');
	}
	buf_free(&file);
}

static void explanation_text_add_next_step(const struct explanation *a,
                                           struct buf *out)
{
	struct buf line = BUF_INIT(65536);

	buf_add_text(out, "\nNext step\n");
	phrases_next_step(a, &line);
	explanation_text_add_paragraph(out, "  ", "  ", &line);
	if (phrases_publishes_policy(a)) {
		explanation_text_add_policy_file(a, out);
		buf_add_text(out, "\n  2. then in DNS, with a short TTL (an "
		                  "hour)\n\n       _mta-sts.");
		explanation_text_add_name(out, a->domain);
		buf_add_text(out, ". IN TXT \"v=STSv1; id=");
		phrases_policy_id(a, out);
		buf_add_text(out, ";\"\n");
	}
	buf_free(&line);
}

/* --- the arithmetic ------------------------------------------------------ */

static void explanation_text_add_bound(const struct explanation *a,
                                       struct buf *out)
{
	const struct verdict_numbers *n = &a->verdict.numbers;
	double alpha = (double)a->thresholds->alpha / 1e6;

	buf_printf(out, "  N = %lld, X = %lld: ", (long long)n->n,
	           (long long)n->x);
	if (n->n <= 0 || n->x >= n->n)
		buf_add_text(out, "no bound, U = 1\n");
	else if (n->x == 0)
		buf_printf(out, "U = 1 - %g^(1/%lld) = %.6f\n", alpha,
		           (long long)n->n, n->upper);
	else
		buf_printf(out,
		           "U solves P(Bin(%lld, U) <= %lld) = %g: U = %.6f\n",
		           (long long)n->n, (long long)n->x, alpha, n->upper);
	buf_printf(out, "  limit = %g: U is %s it\n", n->limit,
	           n->upper > n->limit ? "over" : "within");
}

static void explanation_text_add_reporter_sums(const struct explanation *a,
                                               struct buf *out)
{
	const struct explanation_reporter *reporter;
	size_t i;

	buf_printf(out,
	           "  Of a reporter and day at most %lld sessions count, "
	           "refusals scaled up:\n",
	           (long long)a->thresholds->cell_cap);
	for (i = 0; i < a->reporter_count; i++) {
		reporter = &a->reporters[i];
		buf_add_text(out, "    ");
		explanation_text_add_name(out, reporter->name);
		buf_printf(out,
		           ": %lld days, %lld sessions, %lld refused, counted "
		           "%lld and %lld\n",
		           (long long)reporter->days,
		           (long long)reporter->sessions,
		           (long long)reporter->refused, (long long)reporter->n,
		           (long long)reporter->x);
	}
}

static void explanation_text_add_arithmetic(const struct explanation *a,
                                            struct buf *out)
{
	const struct verdict_numbers *n = &a->verdict.numbers;
	int class;

	if (!n->known)
		return;
	buf_add_text(out, "\nArithmetic\n");
	explanation_text_add_reporter_sums(a, out);
	explanation_text_add_bound(a, out);
	buf_printf(out,
	           "  window = %lld days, observed = %lld, covered = %lld, "
	           "reporters = %lld\n",
	           (long long)n->window_days, (long long)n->observed_days,
	           (long long)n->covered_days, (long long)n->reporters);
	buf_printf(out, "  recent days: %lld sessions",
	           (long long)n->recent_sessions);
	for (class = 0; class < REFUSAL_CAUSES; class ++)
		buf_printf(
			out, ", %s %lld (%s)",
			verdict_refusal_cause_name((enum refusal_cause) class),
			(long long)n->recent_refused[class],
			verdict_fault_name(n->faults[class]));
	buf_printf(out,
	           "\n  newest report: %lld settled days ago, stale over %lld\n"
	           "  from proved reports alone: %s\n",
	           (long long)n->gap_days, (long long)n->stale_limit,
	           verdict_state_name(a->verdict.proved));
}

/* --- the whole ----------------------------------------------------------- */

void explanation_text_write(const struct explanation *account, bool explain,
                            struct buf *out)
{
	struct buf line = BUF_INIT(65536);

	explanation_text_add_name(out, account->domain);
	buf_printf(out, ": %s\n", verdict_state_name(account->verdict.state));
	buf_add_text(&line, phrases_state(account->verdict.state));
	explanation_text_add_paragraph(out, "  ", "  ", &line);
	buf_add_char(out, '\n');
	explanation_text_add_evidence(account, out);
	explanation_text_add_policy(account, out);
	explanation_text_add_reasons(account, out);
	explanation_text_add_failures(account, out);
	explanation_text_add_costs(account, out);
	explanation_text_add_next_step(account, out);
	if (explain)
		explanation_text_add_arithmetic(account, out);
	buf_free(&line);
}

void explanation_text_table_head(struct buf *out)
{
	buf_printf(out, "%-32s %-16s %-8s %8s %10s %8s %5s %5s\n", "DOMAIN",
	           "VERDICT", "MODE", "AT MOST", "SESSIONS", "REFUSED", "REP.",
	           "DAYS");
}

void explanation_text_table_line(const struct explanation *account,
                                 struct buf *out)
{
	const struct verdict_numbers *n = &account->verdict.numbers;
	struct buf name = BUF_INIT(2048), percent = BUF_INIT(64);

	explanation_text_add_name(&name, account->domain);
	if (n->known)
		phrases_percent(n->upper, &percent);
	buf_printf(out, "%-32s %-16s %-8s %8s", buf_text(&name),
	           verdict_state_name(account->verdict.state),
	           sts_policy_mode_name(account->policy.policy.mode),
	           n->known ? buf_text(&percent) : "-");
	if (n->known)
		buf_printf(out, " %10lld %8lld %5lld %5lld\n",
		           (long long)n->sessions, (long long)n->refused,
		           (long long)n->reporters, (long long)n->covered_days);
	else
		buf_printf(out, " %10s %8s %5s %5s\n", "-", "-", "-", "-");
	buf_free(&name);
	buf_free(&percent);
}
