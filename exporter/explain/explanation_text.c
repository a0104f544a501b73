#include "exporter/explain/explanation_text.h"

#include "exporter/explain/conditions_text.h"
#include "exporter/explain/explanation_arithmetic.h"
#include "exporter/explain/explanation_heading.h"
#include "exporter/explain/explanation_layout.h"
#include "exporter/explain/forecast_text.h"
#include "exporter/explain/phrases.h"
#include "exporter/explain/phrases_reason.h"
#include "exporter/explain/phrases_result.h"
#include "exporter/explain/witnesses_text.h"
#include "schema/rules/evidence.h"

#define NAMES_SHOWN 10U

/* --- evidence ------------------------------------------------------------ */

static void explanation_text_add_reporter_names(const struct explanation *e,
                                                struct buf *line)
{
	const struct explanation_reporter *reporter;
	size_t i;

	for (i = 0; i < e->reporter_count && i < NAMES_SHOWN; i++) {
		reporter = &e->reporters[i];
		buf_add_text(line, i == 0 ? ": " : ", ");
		explanation_layout_add_name(line, reporter->name);
	}
	if (e->reporter_count > NAMES_SHOWN)
		buf_printf(line, " and %zu more",
		           e->reporter_count - NAMES_SHOWN);
}

static void explanation_text_add_evidence(const struct explanation *e,
                                          struct buf *out)
{
	const struct verdict_numbers *n = &e->verdict.numbers;
	struct buf line = BUF_INIT(65536);

	if (!n->known)
		return;
	phrases_count(n->sessions, &line);
	buf_printf(&line, " sessions in %lld days (",
	           (long long)n->window_days);
	phrases_day(e->last - n->window_days + 1, &line);
	buf_add_text(&line, " to ");
	phrases_day(e->last, &line);
	buf_printf(&line, "), %lld of them with reports",
	           (long long)n->covered_days);
	explanation_layout_add_paragraph(out, "  Evidence   ", "             ",
	                                 &line);
	phrases_count(n->refused + n->local_refused, &line);
	buf_add_text(&line, " would have been refused");
	if (n->local_refused > 0) {
		buf_add_text(&line, ", ");
		phrases_count(n->local_refused, &line);
		buf_add_text(&line, " of them by a sender's own fault");
	}
	buf_add_text(&line, "; at most ");
	verdict_bound_text(n->upper, &line);
	buf_printf(&line, " with %g %% confidence, the limit is %g %%",
	           100 - (double)e->thresholds->alpha / 1e4, n->limit * 100);
	explanation_layout_add_paragraph(out, "             ", "             ",
	                                 &line);
	buf_printf(&line, "%zu %s", e->reporter_count,
	           e->reporter_count == 1 ? "reporter" : "reporters");
	explanation_text_add_reporter_names(e, &line);
	explanation_layout_add_paragraph(out, "  Reporters  ", "             ",
	                                 &line);
	buf_free(&line);
}

static void explanation_text_add_silent(const struct explanation *e,
                                        struct buf *out)
{
	const struct explanation_silent *silent;
	struct buf line = BUF_INIT(65536);
	size_t i;

	for (i = 0; i < e->silent_count && i < NAMES_SHOWN; i++) {
		silent = &e->silent[i];
		explanation_layout_add_name(&line, silent->name);
		buf_add_text(&line, " since ");
		phrases_day(silent->rhythm.newest, &line);
		buf_printf(&line,
		           ", its last report day, for %lld settled days; its "
		           "longest usual gap is %lld %s",
		           (long long)silent->rhythm.quiet_days,
		           (long long)silent->rhythm.usual_gap,
		           silent->rhythm.usual_gap == 1 ? "day" : "days");
		explanation_layout_add_paragraph(
			out, i == 0 ? "  Silent     " : "             ",
			"             ", &line);
	}
	if (e->silent_count > NAMES_SHOWN) {
		buf_printf(&line, "and %zu more",
		           e->silent_count - NAMES_SHOWN);
		explanation_layout_add_paragraph(out, "             ",
		                                 "             ", &line);
	}
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
	return "no report shows it";
}

static void explanation_text_add_patterns(const struct sts_policy *policy,
                                          struct buf *line)
{
	size_t i;

	for (i = 0; i < policy->mx_count; i++) {
		buf_add_text(line, i == 0 ? " mx " : ", ");
		explanation_layout_add_name(line, policy->mx[i]);
	}
}

static bool explanation_text_is_configured(const struct explanation *e)
{
	return e->policy.mode_from == POLICY_SOURCE_CONFIGURATION ||
	       e->policy.mx_from == POLICY_SOURCE_CONFIGURATION;
}

static void explanation_text_add_policy(const struct explanation *e,
                                        struct buf *out)
{
	const struct sts_policy *policy = &e->policy.policy;
	struct buf line = BUF_INIT(1U << 20);

	buf_printf(&line, "mode %s, %s;", sts_policy_mode_name(policy->mode),
	           explanation_text_source_phrase(e->policy.mode_from));
	explanation_text_add_patterns(policy, &line);
	if (policy->max_age > 0)
		buf_printf(&line, ", max_age %lld", (long long)policy->max_age);
	if (e->policy.since != VERDICT_NO_DAY) {
		buf_add_text(&line, "; these patterns since ");
		phrases_day(e->policy.since, &line);
	}
	explanation_layout_add_paragraph(out, "  Policy     ", "             ",
	                                 &line);
	if (e->policy.other != NULL) {
		explanation_layout_add_name(&line, e->other_reporter);
		buf_printf(&line, " shows another policy (mode %s",
		           sts_policy_mode_name(e->policy.other->policy.mode));
		explanation_text_add_patterns(&e->policy.other->policy, &line);
		buf_add_text(&line, "), last on ");
		phrases_day(e->policy.other_newest, &line);
		buf_add_text(&line, "; it is not obeyed. If it is yours, ");
		buf_add_text(&line,
		             explanation_text_is_configured(e)
		                     ? "change mode and mx in [domain NAME]."
		                     : "wait until two reporters of standing "
		                       "show it, or set mode and mx in "
		                       "[domain NAME].");
		explanation_layout_add_paragraph(out, "             ",
		                                 "             ", &line);
	}
	buf_free(&line);
}

/* --- reasons and failures ------------------------------------------------ */

static void explanation_text_add_reasons(const struct explanation *e,
                                         struct buf *out)
{
	struct buf line = BUF_INIT(65536);
	int reason;

	if (e->verdict.reasons == 0)
		return;
	buf_add_text(out, "\nReasons\n");
	for (reason = 0; reason < VERDICT_REASONS; reason++) {
		if ((e->verdict.reasons & REASON_BIT(reason)) == 0)
			continue;
		buf_printf(&line, "%s: ",
		           verdict_reason_name((enum verdict_reason)reason));
		phrases_reason_write(e, (enum verdict_reason)reason, &line);
		explanation_layout_add_paragraph(out, "  ", "    ", &line);
		buf_add_text(&line, "What to do: ");
		phrases_reason_advise(e, (enum verdict_reason)reason, &line);
		explanation_layout_add_paragraph(out, "    ", "    ", &line);
	}
	buf_free(&line);
}

static const char *explanation_text_fault_phrase(const struct explanation *e,
                                                 enum result_type type)
{
	int cause = evidence_refusal_cause(type);

	if (cause < 0)
		return "not refused under enforce";
	switch (e->verdict.numbers.faults[cause]) {
	case VERDICT_FAULT_SENDER:
		return "looks like the sender's fault";
	case VERDICT_FAULT_RECEIVER:
		return "looks like a fault here: several reporters see it";
	case VERDICT_FAULT_UNKNOWN:
		return "may be a fault here: only one reporter sees it";
	case VERDICT_FAULT_NONE:
		break;
	}
	return "outside of what was assessed";
}

static void
explanation_text_add_failure(const struct explanation *e,
                             const struct explanation_failure *failure,
                             struct buf *out)
{
	struct buf line = BUF_INIT(65536);
	size_t i;

	if (failure->mx.len > 0)
		explanation_layout_add_name(&line, failure->mx);
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
		explanation_layout_add_name(&line, failure->reporters[i]);
	}
	if (failure->reporter_count > NAMES_SHOWN)
		buf_printf(&line, " and %zu more",
		           failure->reporter_count - NAMES_SHOWN);
	buf_printf(&line, "; %s.",
	           explanation_text_fault_phrase(e, failure->result));
	explanation_layout_add_paragraph(out, "  ", "    ", &line);
	if (failure->reason.len > 0) {
		buf_add_text(&line, "Reason given: ");
		buf_add_printable(&line, failure->reason.data,
		                  failure->reason.len, 200);
		explanation_layout_add_paragraph(out, "    ", "    ", &line);
	}
	if (failure->type == POLICY_STS &&
	    phrases_result_is_unlisted_mx(e, failure->mx)) {
		explanation_layout_add_name(&line, failure->mx);
		buf_add_text(&line,
		             " is covered by no mx pattern of the policy: add "
		             "it to the policy, or take it out of the DNS.");
		explanation_layout_add_paragraph(out, "    ", "    ", &line);
	}
	buf_printf(&line, "%s ", phrases_result_meaning(failure->result));
	phrases_result_remedy(e, failure->result, &line);
	explanation_layout_add_paragraph(out, "    ", "    ", &line);
	buf_free(&line);
}

static void explanation_text_add_failures(const struct explanation *e,
                                          struct buf *out)
{
	size_t i;

	if (e->failure_count == 0)
		return;
	buf_add_text(out, "\nFailures since ");
	phrases_day(e->days[0].day, out);
	buf_add_char(out, '\n');
	for (i = 0; i < e->failure_count; i++)
		explanation_text_add_failure(e, &e->failures[i], out);
}

/* --- what enforce would have cost ---------------------------------------- */

static void explanation_text_add_costs(const struct explanation *e,
                                       struct buf *out)
{
	const struct explanation_day *day;
	bool begun = false;
	size_t i;

	for (i = 0; i < e->day_count; i++) {
		day = &e->days[i];
		if (day->refused == 0)
			continue;
		if (!begun)
			buf_printf(out, "\nWhat enforce %s\n",
			           e->policy.policy.mode == STS_MODE_ENFORCE
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

static void explanation_text_add_policy_file(const struct explanation *e,
                                             struct buf *out)
{
	struct buf file = BUF_INIT(1U << 20);
	struct text rest, line;

	sts_policy_print(e->verdict.advised_mode, e->policy.policy.mx,
	                 e->policy.policy.mx_count, e->verdict.advised_max_age,
	                 &file);
	buf_add_text(out, "\n  1. at https://mta-sts.");
	explanation_layout_add_name(out, e->domain);
	buf_add_text(out, "/.well-known/mta-sts.txt\n\n");
	if (file.len == 0)
		buf_printf(out,
		           "       version: STSv1\n       mode: %s\n"
		           "       mx: (a line for each of your MX hosts)\n"
		           "       max_age: %lld\n",
		           sts_policy_mode_name(e->verdict.advised_mode),
		           (long long)e->verdict.advised_max_age);
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

static void explanation_text_add_next_step(const struct explanation *e,
                                           struct buf *out)
{
	struct buf line = BUF_INIT(65536);

	buf_printf(out, "\nNext step%s\n",
	           e->what_if != NULL ? ", if it were so" : "");
	phrases_next_step(e, &line);
	explanation_layout_add_paragraph(out, "  ", "  ", &line);
	if (phrases_publishes_policy(e)) {
		explanation_text_add_policy_file(e, out);
		buf_add_text(out, "\n  2. then in DNS, with a short TTL (an "
		                  "hour)\n\n       _mta-sts.");
		explanation_layout_add_name(out, e->domain);
		buf_add_text(out, ". IN TXT \"v=STSv1; id=");
		phrases_policy_id(e, out);
		buf_add_text(out, ";\"\n");
	}
	buf_free(&line);
}

/* --- the whole ----------------------------------------------------------- */

void explanation_text_write(const struct explanation *explanation, bool explain,
                            struct buf *out)
{
	struct buf line = BUF_INIT(65536);

	explanation_layout_add_name(out, explanation->domain);
	buf_add_text(out, ": ");
	verdict_headline(&explanation->verdict, out);
	buf_printf(out, "%s\n",
	           explanation->what_if != NULL ? " (what if)" : "");
	if (explanation->until != 0) {
		explanation_heading_known(explanation, &line);
		explanation_layout_add_paragraph(out, "  ", "  ", &line);
	}
	if (explanation->what_if != NULL) {
		explanation_heading_what_if(explanation, &line);
		explanation_layout_add_paragraph(out, "  ", "  ", &line);
	}
	buf_add_text(&line, phrases_state(explanation->verdict.state));
	explanation_layout_add_paragraph(out, "  ", "  ", &line);
	buf_add_char(out, '\n');
	explanation_text_add_evidence(explanation, out);
	witnesses_text_write_short(&explanation->witnesses, out);
	forecast_text_write(&explanation->forecast, out);
	explanation_text_add_silent(explanation, out);
	explanation_text_add_policy(explanation, out);
	explanation_text_add_reasons(explanation, out);
	conditions_text_write(explanation, explain, out);
	explanation_text_add_failures(explanation, out);
	explanation_text_add_costs(explanation, out);
	explanation_text_add_next_step(explanation, out);
	if (explain) {
		witnesses_text_write(&explanation->witnesses, out);
		explanation_arithmetic_write(explanation, out);
	}
	buf_free(&line);
}
