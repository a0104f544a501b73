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
#include "base/buf.h"
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
	REASON_ONE_SENDER_REFUSED,
	REASON_ONE_SENDER_DILUTES,
	REASON_RECURRING,
	REASON_NEWCOMER_REFUSALS,
	REASON_NEWCOMERS_NOT_COUNTED,
	REASON_REFUSALS_CONTRADICTED,
	REASON_MX_ALL_FAILED,
	REASON_CERTIFICATE_ENDS_SOON,
	REASON_MX_UNREACHABLE,
	REASON_PROBE_STALE,
	REASON_PROBE_USELESS,
	REASON_PROBE_CONTRADICTED,
	REASON_POLICY_FETCH_FAILED,
	REASON_POLICY_INVALID,
	REASON_POLICY_DIFFERS,
	REASON_POLICY_RECORD_BAD,
	REASON_POLICY_ID_UNCHANGED,
	VERDICT_REASONS,
};

#define REASON_BIT(reason) (UINT64_C(1) << (reason))

const char *verdict_state_name(enum verdict_state state);
const char *verdict_reason_name(enum verdict_reason reason);

/* --- what is known ------------------------------------------------------- */

/* How the policy that a record shows stands to the one in force. */
enum policy_match {
	POLICY_MATCH_CURRENT, /* the same set of mx patterns */
	POLICY_MATCH_OLD,
	POLICY_MATCH_MISSING, /* the record shows none */
};

/* A reporter; those that share a registrable domain are one group. What nobody
   proved in its name is a group of its own. */
struct verdict_reporter_group {
	struct text name;
	bool anonymous; /* nothing proves it: never of standing, unless nobody
	                   is; never an anchor, and acquits nobody */
	bool anchor;    /* nobody else can sign for it */
	bool accepted;  /* the owner accepts to lose its mail */
	bool failures_only;  /* does not verify in testing mode */
	int32_t known_since; /* UTC day on which its first proved report came
	                        here; VERDICT_NO_DAY: not recorded, then its
	                        first row tells */
	/* UTC days on which proved reports of it for this domain came, rising,
	   once each; NULL: not recorded, then they limit nothing. */
	const int32_t *arrivals;
	size_t arrival_count;
};

/* What one reporter group says of one day, policy type and policy. */
struct verdict_row {
	int32_t day;
	uint32_t group; /* its index among the groups */
	enum policy_type type;
	enum policy_match match;
	bool succeeded;    /* some session of it was successful */
	bool against_only; /* successes do not count: a claim to be somebody
	                      who signs */
	struct evidence evidence;
};

/* --- what was seen from outside ------------------------------------------ */

enum probe_host_state {
	PROBE_HOST_OK,
	PROBE_HOST_STARTTLS_MISSING,
	PROBE_HOST_CERTIFICATE_EXPIRED,
	PROBE_HOST_CERTIFICATE_NAME,
	PROBE_HOST_CERTIFICATE_UNTRUSTED,
	PROBE_HOST_UNREACHABLE,
	PROBE_HOST_NOT_IN_POLICY,
	PROBE_HOST_UNKNOWN, /* could not look: no finding */
	PROBE_HOST_STATES,
};

enum probe_policy_state {
	PROBE_POLICY_OK,
	PROBE_POLICY_FETCH_FAILED,
	PROBE_POLICY_DIFFERS, /* from the one that is configured */
	PROBE_POLICY_INVALID,
	PROBE_POLICY_UNKNOWN,
	PROBE_POLICY_STATES,
};

/* The TXT record _mta-sts. */
enum probe_record_state {
	PROBE_RECORD_OK,
	PROBE_RECORD_MISSING,
	PROBE_RECORD_INVALID,
	PROBE_RECORD_ID_UNCHANGED, /* though the policy changed */
	PROBE_RECORD_UNKNOWN,
	PROBE_RECORD_STATES,
};

/* How long something has been bad, in a row, and when it was looked at. */
struct probe_look {
	int64_t bad_checks;  /* 0: the last one was good */
	int64_t bad_minutes; /* from the first to the last of them */
	int64_t age_minutes; /* of the last check */
};

#define PROBE_NEVER INT64_MAX /* as age_minutes */

struct probe_host {
	struct text name;
	enum probe_host_state state;
	struct probe_look look;
	int64_t not_after_minutes; /* until the certificate ends; INT64_MAX:
	                              not known */
	int64_t lifetime_minutes;  /* of it; INT64_MAX: not known */
};

/* What checks from outside say of a domain at one moment. */
struct probe {
	bool reaches_any; /* some check of some domain reached some MX host in
	                     the last 26 hours: port 25 is open from here */
	const struct probe_host *hosts;
	size_t host_count;
	bool policy_checked; /* the next three are known */
	enum probe_policy_state policy;
	enum probe_record_state record;
	struct probe_look policy_look;
};

/* --- the input ----------------------------------------------------------- */

/* How many settled ends the previous state is the fold of. */
#define VERDICT_FOLD_DAYS 14

struct verdict_input {
	int32_t today;       /* days after it are nobody's evidence */
	int32_t now_minutes; /* of today, since 00:00 UTC */
	int32_t last;        /* the newest settled day */
	enum sts_mode mode;
	int32_t since; /* first day of these mx patterns; VERDICT_NO_DAY */
	const struct text *mx; /* patterns of the policy in force */
	size_t mx_count;
	const struct text *hosts; /* MX hosts as DNS or configuration list
	                             them */
	size_t host_count;
	int32_t clean_enforce_days;
	const struct verdict_reporter_group *groups;
	size_t group_count;
	const struct verdict_row *rows; /* those of a group by day */
	size_t row_count;
	bool ignored; /* there is more, which is no evidence */
	bool limited; /* what is not proved carries nothing alone */
	const struct thresholds *thresholds;
	/* What was seen from outside now and so many days before; NULL: there
	   is no such check. */
	const struct probe *probes[VERDICT_FOLD_DAYS + 1];
	int fold_days; /* settled ends before `last` that the previous state is
	                  folded over: VERDICT_FOLD_DAYS, or 0 to learn whether
	                  they matter */
};

#define VERDICT_NO_DAY (-1000000)

/* From when on before `last` rows can matter, with the fold and without it. */
#define VERDICT_SPAN_DAYS (VERDICT_FOLD_DAYS + VERDICT_LOOK_DAYS)
#define VERDICT_LOOK_DAYS 98 /* 84 settled days, confirm_days of 14 at most */

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
	int64_t n_bound;       /* of n, what the bound rests on: no name that
	                          others can sign for carries it alone */
	double upper; /* the smallest share of refusals that the reports
	                 exclude */
	double limit; /* that it is compared with */
	int64_t covered_needed;
	int64_t gap_days; /* settled days since the newest report */
	int64_t stale_limit;
	int64_t untested_sessions;
	int32_t recent_since;    /* first of the recent days */
	int64_t recent_sessions; /* of the recent days, unsettled ones too */
	int64_t recent_refused[REFUSAL_CAUSES];
	enum verdict_fault faults[REFUSAL_CAUSES];
	int64_t standing_days_needed;    /* known for so long */
	int64_t standing_reports_needed; /* report days, come in on as many */
};

/* In testing, how far the way to ready is, whatever else is in it. */
struct verdict_progress {
	uint64_t lacking; /* reasons (bits) to wait */
	/* In the window that ready was looked for in: days with reports,
	   reporters, and what its bound rests on. */
	int64_t covered_days, reporters;
	int64_t n_bound, x;
	int64_t confirmed_days; /* settled days in a row, up to the newest, on
	                           which it is ready or ready_limited */
};

/* What the outside checks amount to. */
enum probe_summary {
	PROBE_ABSENT,
	PROBE_USELESS,
	PROBE_STALE,
	PROBE_FINE, /* every host ok and fresh */
	PROBE_FAILING,
	PROBE_PARTIAL,
	PROBE_SUMMARIES,
};

const char *verdict_probe_name(enum probe_summary summary);

/* What a reporter group is to the verdict, by its index among the groups. */
struct verdict_witness {
	bool seen;     /* it has rows that are evidence */
	bool standing; /* its bad news counts in full */
	bool credited; /* its good news too */
	int64_t known_days;
	int64_t report_days;
	int64_t good_days;         /* of them, with a success */
	int64_t arrival_days;      /* INT64_MAX: not recorded */
	int64_t n, x;              /* in the window, capped by cell */
	int64_t sessions, refused; /* in the window, as reported; refused by a
	                              fault of its own left out */
	int64_t recent_sessions, recent_refused;
	bool weighed;     /* the state was taken from it, or its bad news */
	bool accuses;     /* under enforce: shows refusals that call for a
	                     rollback */
	bool contradicts; /* under enforce: sees none of them */
};

struct faulty_reporter {
	uint32_t group;
	int64_t refused; /* in the window */
};

struct verdict {
	enum verdict_state state;
	uint64_t reasons; /* bits */
	enum probe_summary probe;
	struct verdict_numbers numbers;
	struct verdict_progress progress;
	struct faulty_reporter *faulty_reporters; /* groups with a fault of
	                             their own, by name; in the arena */
	size_t faulty_reporter_count;
	struct verdict_witness *witnesses; /* as many as groups; in the arena */
	enum verdict_state proved;         /* from proved evidence alone */
	double proved_upper;        /* the bound of that; 1: there is none */
	bool before_matters;        /* the day before makes a difference */
	enum sts_mode advised_mode; /* what to publish next */
	int64_t advised_max_age;    /* seconds */
};

/* Decides. previous is the state of the day before, or VERDICT_STATES to fold
   it over the last settled ends. What is allocated belongs to arena. */
void verdict_decide(const struct verdict_input *input,
                    enum verdict_state previous, struct arena *arena,
                    struct verdict *out);

/* Who has standing, before anything is decided: fills in seen to arrival_days
   of as many witnesses as there are groups. Reads groups, rows, today, last
   and thresholds of the input alone. */
void verdict_find_standing(const struct verdict_input *input,
                           struct arena *arena,
                           struct verdict_witness *witnesses);

/* --- what a reason speaks of ---------------------------------------------- */

/* The sessions that a reason speaks of. */
enum verdict_news {
	NEWS_NONE,    /* of none, but of the outside checks or of rules */
	NEWS_REPORTS, /* of whatever was reported; affected are days with it */
	NEWS_TRIALS,  /* that tried the policy */
	NEWS_REFUSED, /* of them, refused by no fault of the sender's own */
	NEWS_LOCAL,   /* refused by a fault of the sender's own */
	NEWS_PREDICTED, /* met a fault without this policy */
	NEWS_UNUSABLE,  /* to which no policy could be applied */
	NEWS_BAD,       /* refused, predicted or unusable */
	NEWS_DANE,      /* with a fault that is DANE's own */
	NEWS_UNTESTED,  /* that found no policy */
	NEWS_OUTDATED,  /* that tried another policy */
};

/* What one reporter group says of it. */
struct verdict_part {
	uint32_t group;
	int64_t sessions;    /* as reported, of the days in scope */
	int64_t clean;       /* of them, those that count as good news */
	int64_t affected;    /* those that the reason speaks of */
	int64_t days;        /* with such */
	int32_t first, last; /* of these days; VERDICT_NO_DAY: there is none */
};

struct verdict_scope {
	enum verdict_news news;
	int32_t first, last;        /* days, both ends included */
	int64_t sessions, affected; /* of all groups that are listened to */
	/* From the first to the newest affected day. A fault that lasts is as
	   old as its first day, which may lie before the days in scope: back to
	   there no day with sessions was without it. */
	int32_t since, until; /* VERDICT_NO_DAY: none */
	int64_t bad_days;     /* of REASON_RECURRING */
	/* Those with affected sessions, by number; and those who had clean ones
	   instead: of the reasons about contradiction whoever contradicts, of
	   REASON_ONE_SENDER_DILUTES whoever dilutes. In the arena. */
	struct verdict_part *parts, *others;
	size_t part_count, other_count;
};

/* What a reason of a verdict speaks of: which sessions, of whom, since when.
   The cells of the input are built anew: ask only for reasons that hold. */
void verdict_scope_find(const struct verdict_input *input,
                        const struct verdict *verdict,
                        enum verdict_reason reason, struct arena *arena,
                        struct verdict_scope *out);

/* Whether failures of a policy type and a result type are of that kind. */
bool verdict_scope_covers(const struct verdict_scope *scope,
                          enum policy_type type, enum result_type result);

/* The reasons (bits) that one host of the outside checks gives by itself:
   REASON_MX_CHECK_FAILED, REASON_MX_NOT_IN_POLICY, REASON_MX_UNREACHABLE,
   REASON_CERTIFICATE_ENDS_SOON, REASON_MX_UNPROVEN. */
uint64_t verdict_probe_host_reasons(const struct thresholds *thresholds,
                                    const struct probe_host *host);

/* --- the bound ------------------------------------------------------------- */

/* The smallest share of refusals that x refusals in n sessions exclude: the one
   whose e-value reaches 1 / alpha. 1 for n <= x. Exact to 1e-9. */
double verdict_bound(int64_t x, int64_t n, double alpha);

/* verdict_bound() <= limit, without its bisection. */
bool verdict_bound_holds(int64_t x, int64_t n, double limit, double alpha);

/* The fewest sessions in which x refusals exclude that share: the smallest n
   for which verdict_bound_holds(). INT64_MAX: no number that is counted does. */
int64_t verdict_bound_sessions(int64_t x, double limit, double alpha);

/* "ready", or "ready_limited (at most 4.3 % refused)": the bound is rounded up,
   and that state is never said without it. */
void verdict_headline(const struct verdict *verdict, struct buf *out);

/* The same of a state and the bound that belongs to it. */
void verdict_headline_of(enum verdict_state state, double upper,
                         struct buf *out);

/* A bound as "4.3 %", rounded up: it must not look smaller than it is. */
void verdict_bound_text(double upper, struct buf *out);

/* part / whole >= millionths, and >, exactly. */
bool verdict_share_reaches(int64_t part, int64_t whole, int64_t millionths);
bool verdict_share_exceeds(int64_t part, int64_t whole, int64_t millionths);

/* ceil(part * to / whole), exactly. */
int64_t verdict_share_scale_up(int64_t part, int64_t to, int64_t whole);

/* Whether the policy leaves a host out: it has patterns, and none covers it. */
bool verdict_mx_misses(const struct verdict_input *input, struct text host);

#endif
