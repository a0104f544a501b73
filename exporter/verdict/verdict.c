#include "exporter/verdict/verdict.h"

#include <math.h>

__extension__ typedef __int128 wide;

/* --- names --------------------------------------------------------------- */

static const char *const state_names[VERDICT_STATES] = {
	"no_data",
	"no_policy",
	"stale",
	"policy_broken",
	"blocked",
	"collecting",
	"ready_limited",
	"ready",
	"enforce_ok",
	"enforce_warning",
	"enforce_rollback",
};

static const char *const reason_names[VERDICT_REASONS] = {
	"no_reports",
	"policy_not_published",
	"reports_stopped",
	"policy_unusable",
	"policy_unusable_for_one_sender",
	"policy_unusable_sporadic",
	"active_refusals",
	"refusal_ratio",
	"predicted_refusals",
	"predicted_refusals_one_sender",
	"mx_not_in_policy",
	"mx_check_failed",
	"mx_unproven",
	"sender_local_fault",
	"sender_local_over_budget",
	"policy_not_seen",
	"outdated_policy",
	"observation_short",
	"coverage_low",
	"few_reporters",
	"bound_too_wide",
	"confirming",
	"untested_senders",
	"dane_failing",
	"untrusted_ignored",
	"refusals_now",
	"anonymous_evidence",
	"one_sender_refused",
	"one_sender_dilutes",
	"recurring",
	"newcomer_refusals",
	"newcomers_not_counted",
	"refusals_contradicted",
	"mx_all_failed",
	"certificate_ends_soon",
	"mx_unreachable",
	"probe_stale",
	"probe_useless",
	"probe_contradicted",
	"policy_fetch_failed",
	"policy_invalid",
	"policy_differs",
	"policy_record_bad",
	"policy_id_unchanged",
};

static const char *const fault_names[] = {
	[VERDICT_FAULT_NONE] = "none",
	[VERDICT_FAULT_SENDER] = "sender",
	[VERDICT_FAULT_RECEIVER] = "receiver",
	[VERDICT_FAULT_UNKNOWN] = "unknown",
};

static const char *const cause_names[] = {
	[CAUSE_STARTTLS] = "starttls",
	[CAUSE_CERTIFICATE] = "cert",
	[CAUSE_OTHER] = "other",
};

static const char *const probe_names[] = {
	[PROBE_ABSENT] = "absent",   [PROBE_USELESS] = "useless",
	[PROBE_STALE] = "stale",     [PROBE_FINE] = "fine",
	[PROBE_FAILING] = "failing", [PROBE_PARTIAL] = "partial",
};

const char *verdict_state_name(enum verdict_state state)
{
	return state_names[state];
}

const char *verdict_reason_name(enum verdict_reason reason)
{
	return reason_names[reason];
}

const char *verdict_fault_name(enum verdict_fault fault)
{
	return fault_names[fault];
}

const char *verdict_refusal_cause_name(enum refusal_cause cause)
{
	return cause_names[cause];
}

const char *verdict_probe_name(enum probe_summary summary)
{
	return probe_names[summary];
}

/* --- the headline ---------------------------------------------------------- */

/* Millionths in a tenth of a percent. */
#define MILLIONTHS_SHOWN 1000

void verdict_bound_text(double upper, struct buf *out)
{
	int64_t millionths = llrint(upper * (double)MILLION);
	int64_t tenths = (millionths + MILLIONTHS_SHOWN - 1) / MILLIONTHS_SHOWN;

	buf_printf(out, "%lld.%lld %%", (long long)tenths / 10,
	           (long long)tenths % 10);
}

void verdict_headline_of(enum verdict_state state, double upper,
                         struct buf *out)
{
	buf_add_text(out, verdict_state_name(state));
	if (state != VERDICT_READY_LIMITED)
		return;
	buf_add_text(out, " (at most ");
	verdict_bound_text(upper, out);
	buf_add_text(out, " refused)");
}

void verdict_headline(const struct verdict *verdict, struct buf *out)
{
	verdict_headline_of(verdict->state, verdict->numbers.upper, out);
}

/* --- MX ------------------------------------------------------------------ */

bool verdict_mx_misses(const struct verdict_input *input, struct text host)
{
	return input->mx_count > 0 &&
	       !sts_policy_covers(input->mx, input->mx_count, host);
}

/* --- shares ---------------------------------------------------------------- */

bool verdict_share_reaches(int64_t part, int64_t whole, int64_t millionths)
{
	return (wide)part * MILLION >= (wide)whole * millionths;
}

bool verdict_share_exceeds(int64_t part, int64_t whole, int64_t millionths)
{
	return (wide)part * MILLION > (wide)whole * millionths;
}

int64_t verdict_share_scale_up(int64_t part, int64_t to, int64_t whole)
{
	return (int64_t)(((wide)part * to + whole - 1) / whole);
}
