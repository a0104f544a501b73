/*
 * The verdict: may a domain move its MTA-STS policy from `testing` to
 * `enforce`, and does an enforced one lose mail? One pure function of what is
 * known: no clock, no store and no output in it, so that metrics, shell and
 * history cannot disagree.
 *
 * What it decides by stands in README.md. Days are UTC days
 * since 1970-01-01, counts are sessions.
 */
#ifndef EXPORTER_VERDICT_VERDICT_H
#define EXPORTER_VERDICT_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"
#include "schema/report/report.h"
#include "schema/rules/evidence.h"
#include "schema/rules/sts_policy.h"
#include "schema/settings/thresholds.h"

/* The numbers are exported (tlsrpt_domain_verdict_code): append only. */
enum verdict_state {
	VERDICT_NO_DATA,
	VERDICT_NO_POLICY,
	VERDICT_STALE,
	VERDICT_POLICY_BROKEN,
	VERDICT_BLOCKED,
	VERDICT_COLLECTING,
	VERDICT_READY_LIMITED,
	VERDICT_READY,
	VERDICT_ENFORCE_OK,
	VERDICT_ENFORCE_WARNING,
	VERDICT_ENFORCE_ROLLBACK,
	VERDICT_STATES,
};

/* Bits of a mask; the names are label values: append only. */
enum verdict_reason {
	REASON_NO_REPORTS,
	REASON_POLICY_NOT_PUBLISHED,
	REASON_REPORTS_STOPPED,
	REASON_POLICY_UNUSABLE,
	REASON_POLICY_UNUSABLE_FOR_ONE_SENDER,
	REASON_POLICY_UNUSABLE_SPORADIC,
	REASON_ACTIVE_REFUSALS,
	REASON_REFUSAL_RATIO,
	REASON_PREDICTED_REFUSALS,
	REASON_PREDICTED_REFUSALS_ONE_SENDER,
	REASON_MX_NOT_IN_POLICY,
	REASON_MX_CHECK_FAILED,
	REASON_MX_UNPROVEN,
	REASON_SENDER_LOCAL_FAULT,
	REASON_SENDER_LOCAL_OVER_BUDGET,
	REASON_POLICY_NOT_SEEN,
	REASON_OUTDATED_POLICY,
	REASON_OBSERVATION_SHORT,
	REASON_COVERAGE_LOW,
	REASON_FEW_REPORTERS,
	REASON_BOUND_TOO_WIDE,
	REASON_CONFIRMING,
	REASON_UNTESTED_SENDERS,
	REASON_DANE_FAILING,
	REASON_UNTRUSTED_IGNORED,
	REASON_REFUSALS_NOW,
	REASON_ANONYMOUS_EVIDENCE,
	VERDICT_REASONS,
};

#define REASON_BIT(reason) (UINT32_C(1) << (reason))

const char *verdict_state_name(enum verdict_state state);
const char *verdict_reason_name(enum verdict_reason reason);

/* --- what is known ------------------------------------------------------- */

/* How the policy that a record shows stands to the one in force. */
enum policy_match {
	POLICY_MATCH_CURRENT, /* the same set of mx patterns */
	POLICY_MATCH_OLD,
	POLICY_MATCH_MISSING, /* the record shows none */
};

/* A reporter; those that share a registrable domain are one group. */
struct verdict_reporter_group {
	struct text name;
	int64_t arrived;    /* UTC day on which its first report came */
	bool accepted;      /* the owner accepts to lose its mail */
	bool failures_only; /* does not verify in testing mode */
};

/* What one reporter group says of one day, policy type and policy. */
struct verdict_row {
	int32_t day;
	uint32_t group; /* its index among the groups */
	enum policy_type type;
	enum policy_match match;
	bool proved;       /* of trust dkim or authserv */
	bool against_only; /* successes do not count: a claim to be somebody
	                      who signs */
	struct evidence evidence;
};

/* An MX host of the domain, and what a check of our own said of it. */
enum mx_check {
	MX_CHECK_UNKNOWN,
	MX_CHECK_OK,
	MX_CHECK_FAIL,
};

struct verdict_host {
	struct text name;
	bool listed; /* in DNS or in the configuration; else only checked */
	enum mx_check check;
};

struct verdict_input {
	int32_t today; /* days after it are nobody's evidence */
	int32_t last;  /* the newest settled day */
	enum sts_mode mode;
	int32_t since; /* first day of these mx patterns; VERDICT_NO_DAY */
	const struct text *mx; /* patterns of the policy in force */
	size_t mx_count;
	const struct verdict_host *hosts;
	size_t host_count;
	int32_t clean_enforce_days;
	const struct verdict_reporter_group *groups;
	size_t group_count;
	const struct verdict_row *rows; /* those of a group by day */
	size_t row_count;
	bool ignored; /* there is more, which is no evidence */
	bool limited; /* what is not proved carries nothing alone */
	const struct thresholds *thresholds;
	int fold_days; /* settled ends before `last` that the previous state is
	                  folded over: VERDICT_FOLD_DAYS, or 0 to learn whether
	                  they matter */
};

#define VERDICT_NO_DAY (-1000000)

/* How many settled ends the previous state is the fold of, and from when on
   before `last` rows can matter. */
#define VERDICT_FOLD_DAYS 14
#define VERDICT_SPAN_DAYS (56 + 14 + VERDICT_FOLD_DAYS)

/* --- what follows -------------------------------------------------------- */

/* Whose fault the refusals of a cause are. */
enum verdict_fault {
	VERDICT_FAULT_NONE, /* there are none */
	VERDICT_FAULT_SENDER,
	VERDICT_FAULT_RECEIVER,
	VERDICT_FAULT_UNKNOWN, /* treated like the receiver's */
};

const char *verdict_fault_name(enum verdict_fault fault);
const char *verdict_refusal_cause_name(enum refusal_cause cause);

struct verdict_numbers {
	bool known;          /* the rest is */
	int64_t window_days; /* that the evidence reaches back */
	int64_t observed_days;
	int64_t covered_days;
	int64_t reporters;
	int64_t sessions;      /* as reported */
	int64_t refused;       /* of them, charged to the receiver */
	int64_t local_refused; /* of them, the sender's own fault */
	int64_t n, x;          /* sessions and refusals, capped by cell */
	double upper;          /* bound of the refusal ratio */
	double limit;          /* that it is compared with */
	int64_t gap_days;      /* settled days since the newest report */
	int64_t stale_limit;
	int64_t untested_sessions;
	int64_t recent_sessions; /* of the recent days, unsettled ones too */
	int64_t recent_refused[REFUSAL_CAUSES];
	enum verdict_fault faults[REFUSAL_CAUSES];
};

struct faulty_reporter {
	uint32_t group;
	int64_t refused; /* in the window */
};

struct verdict {
	enum verdict_state state;
	uint32_t reasons; /* bits */
	struct verdict_numbers numbers;
	struct faulty_reporter *faulty_reporters; /* groups with a fault of
	                             their own, by name; in the arena */
	size_t faulty_reporter_count;
	enum verdict_state proved;  /* from proved evidence alone */
	bool before_matters;        /* the day before makes a difference */
	enum sts_mode advised_mode; /* what to publish next */
	int64_t advised_max_age;    /* seconds */
};

/* Decides. previous is the state of the day before, or VERDICT_STATES to fold
   it over the last settled ends. What is allocated belongs to arena. */
void verdict_decide(const struct verdict_input *input,
                    enum verdict_state previous, struct arena *arena,
                    struct verdict *out);

/* One-sided upper bound of Clopper and Pearson: the p with P(Bin(n, p) <= x) =
   alpha. 1 for n <= 0 or x >= n. Exact to 1e-9. */
double verdict_bound(int64_t x, int64_t n, double alpha);

/* part / whole >= millionths, and >, exactly. */
bool verdict_share_reaches(int64_t part, int64_t whole, int64_t millionths);
bool verdict_share_exceeds(int64_t part, int64_t whole, int64_t millionths);

/* ceil(part * to / whole), exactly. */
int64_t verdict_share_scale_up(int64_t part, int64_t to, int64_t whole);

/* Whether the policy leaves a host out: it has patterns, and none covers it. */
bool verdict_mx_misses(const struct verdict_input *input, struct text host);

#endif
