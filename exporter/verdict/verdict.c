#include "exporter/verdict/verdict.h"

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
