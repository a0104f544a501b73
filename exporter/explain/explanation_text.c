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
static void add_wrapped(struct buf *out, const char *first, const char *later,
                        const char *text)
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

static void add_paragraph(struct buf *out, const char *first, const char *later,
                          struct buf *text)
{
	struct buf whole = BUF_INIT(65536);

	/* A blank in front, for add_wrapped() to look back at. */
	buf_add_char(&whole, ' ');
	buf_add(&whole, text->data, text->len);
	add_wrapped(out, first, later, buf_text(&whole) + 1);
	buf_free(&whole);
	buf_reset(text);
}

static void add_name(struct buf *out, struct text name)
{
	buf_add_printable(out, name.data, name.len, 253);
}

/* --- evidence ------------------------------------------------------------ */

static void add_reporter_names(const struct account *a, struct buf *line)
{
	const struct account_reporter *reporter;
	size_t i;

	for (i = 0; i < a->reporter_count && i < NAMES_SHOWN; i++) {
		reporter = &a->reporters[i];
		buf_add_text(line, i == 0 ? ": " : ", ");
		add_name(line, reporter->name);
		if (!reporter->proved)
			buf_add_text(line, " (unverified)");
	}
	if (a->reporter_count > NAMES_SHOWN)
		buf_printf(line, " and %zu more",
		           a->reporter_count - NAMES_SHOWN);
}

static void add_evidence(const struct account *a, struct buf *out)
{
	const struct verdict_numbers *n = &a->verdict.numbers;
	struct buf line = BUF_INIT(65536);

	if (!n->known)
		return;
	words_count(n->sessions, &line);
	buf_printf(&line, " sessions in %lld days (",
	           (long long)n->window_days);
	words_day(a->last - n->window_days + 1, &line);
	buf_add_text(&line, " to ");
	words_day(a->last, &line);
	buf_printf(&line, "), %lld of them with reports",
	           (long long)n->covered_days);
	add_paragraph(out, "  Evidence   ", "             ", &line);
	words_count(n->refused + n->local_refused, &line);
	buf_add_text(&line, " would have been refused");
	if (n->local_refused > 0) {
		buf_add_text(&line, ", ");
		words_count(n->local_refused, &line);
		buf_add_text(&line, " of them by a sender's own fault");
	}
	buf_add_text(&line, "; at most ");
	words_percent(n->upper, &line);
	buf_printf(&line, " with %g %% confidence, the limit is %g %%",
	           100 - (double)a->thresholds->alpha / 1e4, n->limit * 100);
	add_paragraph(out, "             ", "             ", &line);
	buf_printf(&line, "%zu %s", a->reporter_count,
	           a->reporter_count == 1 ? "reporter" : "reporters");
	add_reporter_names(a, &line);
	add_paragraph(out, "  Reporters  ", "             ", &line);
	buf_free(&line);
}

/* --- policy -------------------------------------------------------------- */

static const char *source_words(enum policy_source source)
{
	switch (source) {
	case SOURCE_CONFIGURATION:
		return "by the configuration";
	case SOURCE_REPORTS:
		return "as reports show it";
	case SOURCE_SIGNED:
		return "as signed reports show it";
	case SOURCE_UNSIGNED:
		return "as unsigned reports show it";
	case SOURCE_NOBODY:
		break;
	}
	return "nobody shows it";
}

static void add_patterns(const struct sts_policy *policy, struct buf *line)
{
	size_t i;

	for (i = 0; i < policy->mx_count; i++) {
		buf_add_text(line, i == 0 ? " mx " : ", ");
		add_name(line, policy->mx[i]);
	}
}

static bool is_configured(const struct account *a)
{
	return a->policy.mode_from == SOURCE_CONFIGURATION ||
	       a->policy.mx_from == SOURCE_CONFIGURATION;
}

static void add_policy(const struct account *a, struct buf *out)
{
	const struct sts_policy *policy = &a->policy.policy;
	struct buf line = BUF_INIT(1U << 20);

	buf_printf(&line, "mode %s, %s;", sts_mode_name(policy->mode),
	           source_words(a->policy.mode_from));
	add_patterns(policy, &line);
	if (policy->max_age > 0)
		buf_printf(&line, ", max_age %lld", (long long)policy->max_age);
	if (a->policy.since != VERDICT_NO_DAY) {
		buf_add_text(&line, "; these patterns since ");
		words_day(a->policy.since, &line);
	}
	add_paragraph(out, "  Policy     ", "             ", &line);
	if (a->policy.other != NULL) {
		add_name(&line, a->other_reporter);
		buf_printf(&line, " shows another policy (mode %s",
		           sts_mode_name(a->policy.other->policy.mode));
		add_patterns(&a->policy.other->policy, &line);
		buf_add_text(&line, "), last on ");
		words_day(a->policy.other_newest, &line);
		buf_add_text(&line, "; it is not obeyed. If it is yours, ");
		buf_add_text(&line,
		             is_configured(a)
		                     ? "change mode and mx in [domain NAME]."
		                     : "wait for a second signed report or set "
		                       "mode and mx in [domain NAME].");
		add_paragraph(out, "             ", "             ", &line);
	}
	buf_free(&line);
}

/* --- reasons and failures ------------------------------------------------ */

static void add_reasons(const struct account *a, struct buf *out)
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
		words_reason(a, (enum verdict_reason)reason, &line);
		add_paragraph(out, "  ", "    ", &line);
	}
	buf_free(&line);
}

static const char *blame_words(const struct account *a, enum result_type type)
{
	int class = words_result_class(type);

	if (class < 0)
		return "not refused under enforce";
	switch (a->verdict.numbers.faults[class]) {
	case FAULT_SENDER:
		return "looks like the sender's fault";
	case FAULT_RECEIVER:
		return "looks like a fault here: several reporters see it";
	case FAULT_UNKNOWN:
		return "may be a fault here: only one reporter sees it";
	case FAULT_NONE:
		break;
	}
	return "outside of what was judged";
}

static void add_failure(const struct account *a,
                        const struct account_failure *failure, struct buf *out)
{
	struct buf line = BUF_INIT(65536);
	size_t i;

	if (failure->mx.len > 0)
		add_name(&line, failure->mx);
	else
		buf_add_text(&line, "no host named");
	buf_printf(&line, ", %s under %s: ", result_type_name(failure->result),
	           policy_type_name(failure->type));
	words_count(failure->sessions, &line);
	buf_add_text(&line, failure->sessions == 1 ? " session" : " sessions");
	buf_add_text(&line, ", last on ");
	words_day(failure->last_day, &line);
	buf_add_text(&line, ", reported by ");
	for (i = 0; i < failure->reporter_count && i < NAMES_SHOWN; i++) {
		buf_add_text(&line, i == 0 ? "" : ", ");
		add_name(&line, failure->reporters[i]);
	}
	if (failure->reporter_count > NAMES_SHOWN)
		buf_printf(&line, " and %zu more",
		           failure->reporter_count - NAMES_SHOWN);
	buf_printf(&line, "; %s.", blame_words(a, failure->result));
	add_paragraph(out, "  ", "    ", &line);
	if (failure->reason.len > 0) {
		buf_add_text(&line, "Reason given: ");
		buf_add_printable(&line, failure->reason.data,
		                  failure->reason.len, 200);
		add_paragraph(out, "    ", "    ", &line);
	}
	if (failure->type == POLICY_STS && words_is_unlisted(a, failure->mx)) {
		add_name(&line, failure->mx);
		buf_add_text(&line,
		             " is covered by no mx pattern of the policy: add "
		             "it to the policy, or take it out of the DNS.");
		add_paragraph(out, "    ", "    ", &line);
	}
	buf_printf(&line, "%s ", words_result_meaning(failure->result));
	words_result_cure(a, failure->result, &line);
	add_paragraph(out, "    ", "    ", &line);
	buf_free(&line);
}

static void add_failures(const struct account *a, struct buf *out)
{
	size_t i;

	if (a->failure_count == 0)
		return;
	buf_add_text(out, "\nFailures since ");
	words_day(a->days[0].day, out);
	buf_add_char(out, '\n');
	for (i = 0; i < a->failure_count; i++)
		add_failure(a, &a->failures[i], out);
}

/* --- what enforce would have cost ---------------------------------------- */

static void add_costs(const struct account *a, struct buf *out)
{
	const struct account_day *day;
	bool begun = false;
	size_t i;

	for (i = 0; i < a->day_count; i++) {
		day = &a->days[i];
		if (day->refused == 0)
			continue;
		if (!begun)
			buf_printf(out, "\nWhat enforce %s\n",
			           a->policy.policy.mode == MODE_ENFORCE
			                   ? "costs"
			                   : "would have cost");
		begun = true;
		buf_add_text(out, "  ");
		words_day(day->day, out);
		buf_add_text(out, "  ");
		words_count(day->refused, out);
		buf_add_text(out, " of ");
		words_count(day->sessions, out);
		buf_printf(out, " sessions%s\n",
		           day->settled ? "" : " (day not settled)");
	}
}

/* --- the next step ------------------------------------------------------- */

static void add_file(const struct account *a, struct buf *out)
{
	struct buf file = BUF_INIT(1U << 20);
	struct text rest, line;

	words_policy_file(a, &file);
	buf_add_text(out, "\n  1. at https://mta-sts.");
	add_name(out, a->domain);
	buf_add_text(out, "/.well-known/mta-sts.txt\n\n");
	if (file.len == 0)
		buf_printf(out,
		           "       version: STSv1\n       mode: %s\n"
		           "       mx: (a line for each of your MX hosts)\n"
		           "       max_age: %lld\n",
		           sts_mode_name(a->verdict.advised_mode),
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

static void add_next(const struct account *a, struct buf *out)
{
	struct buf line = BUF_INIT(65536);

	buf_add_text(out, "\nNext step\n");
	words_next(a, &line);
	add_paragraph(out, "  ", "  ", &line);
	if (words_publishes(a)) {
		add_file(a, out);
		buf_add_text(out, "\n  2. then in DNS, with a short TTL (an "
		                  "hour)\n\n       _mta-sts.");
		add_name(out, a->domain);
		buf_add_text(out, ". IN TXT \"v=STSv1; id=");
		words_policy_id(a, out);
		buf_add_text(out, ";\"\n");
	}
	buf_free(&line);
}

/* --- the arithmetic ------------------------------------------------------ */

static void explain_bound(const struct account *a, struct buf *out)
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

static void explain_reporters(const struct account *a, struct buf *out)
{
	const struct account_reporter *reporter;
	size_t i;

	buf_printf(out,
	           "  Of a reporter and day at most %lld sessions count, "
	           "refusals scaled up:\n",
	           (long long)a->thresholds->cell_cap);
	for (i = 0; i < a->reporter_count; i++) {
		reporter = &a->reporters[i];
		buf_add_text(out, "    ");
		add_name(out, reporter->name);
		buf_printf(out,
		           ": %lld days, %lld sessions, %lld refused, counted "
		           "%lld and %lld\n",
		           (long long)reporter->days,
		           (long long)reporter->sessions,
		           (long long)reporter->refused, (long long)reporter->n,
		           (long long)reporter->x);
	}
}

static void add_explanation(const struct account *a, struct buf *out)
{
	const struct verdict_numbers *n = &a->verdict.numbers;
	int class;

	if (!n->known)
		return;
	buf_add_text(out, "\nArithmetic\n");
	explain_reporters(a, out);
	explain_bound(a, out);
	buf_printf(out,
	           "  window = %lld days, observed = %lld, covered = %lld, "
	           "reporters = %lld\n",
	           (long long)n->window_days, (long long)n->observed_days,
	           (long long)n->covered_days, (long long)n->reporters);
	buf_printf(out, "  recent days: %lld sessions",
	           (long long)n->recent_sessions);
	for (class = 0; class < REFUSAL_CAUSES; class ++)
		buf_printf(out, ", %s %lld (%s)",
		           refusal_class_name((enum refusal_cause) class),
		           (long long)n->recent_refused[class],
		           fault_name(n->faults[class]));
	buf_printf(out,
	           "\n  newest report: %lld settled days ago, stale over %lld\n"
	           "  from proved reports alone: %s\n",
	           (long long)n->gap_days, (long long)n->stale_limit,
	           verdict_state_name(a->verdict.proved));
}

/* --- the whole ----------------------------------------------------------- */

void account_text(const struct account *account, bool explain, struct buf *out)
{
	struct buf line = BUF_INIT(65536);

	add_name(out, account->domain);
	buf_printf(out, ": %s\n", verdict_state_name(account->verdict.state));
	buf_add_text(&line, words_state(account->verdict.state));
	add_paragraph(out, "  ", "  ", &line);
	buf_add_char(out, '\n');
	add_evidence(account, out);
	add_policy(account, out);
	add_reasons(account, out);
	add_failures(account, out);
	add_costs(account, out);
	add_next(account, out);
	if (explain)
		add_explanation(account, out);
	buf_free(&line);
}

void account_table_head(struct buf *out)
{
	buf_printf(out, "%-32s %-16s %-8s %8s %10s %8s %5s %5s\n", "DOMAIN",
	           "VERDICT", "MODE", "AT MOST", "SESSIONS", "REFUSED", "REP.",
	           "DAYS");
}

void account_table_line(const struct account *account, struct buf *out)
{
	const struct verdict_numbers *n = &account->verdict.numbers;
	struct buf name = BUF_INIT(2048), percent = BUF_INIT(64);

	add_name(&name, account->domain);
	if (n->known)
		words_percent(n->upper, &percent);
	buf_printf(out, "%-32s %-16s %-8s %8s", buf_text(&name),
	           verdict_state_name(account->verdict.state),
	           sts_mode_name(account->policy.policy.mode),
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
