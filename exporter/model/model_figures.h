/*
 * The figures of one domain: its sums over the window, the newest settled day
 * and the days after it, its largest reporters and its verdict.
 */
#ifndef EXPORTER_MODEL_MODEL_FIGURES_H
#define EXPORTER_MODEL_MODEL_FIGURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "exporter/assess/reporters.h"
#include "exporter/verdict/verdict.h"
#include "schema/report/report.h"
#include "schema/rules/outcome.h"
#include "schema/store/read.h"

/* Why sessions are shown but not counted. */
enum uncounted {
	UNCOUNTED_UNAUTHENTICATED, /* mail that proves nothing */
	UNCOUNTED_CONFLICT,        /* another copy of the report counts */
	UNCOUNTED_REASONS,
};

const char *model_figures_uncounted_name(enum uncounted why);

struct session_counts {
	int64_t sessions; /* successful and failed */
	int64_t failed;
};

/* A reporter's share of a domain. */
struct reporter_figures {
	int64_t id;
	bool proved;
	bool in_window; /* with at least one session */
	bool in_day;
	struct session_counts window; /* policy type sts */
	struct session_counts day;
};

/* A reporter that used to report on a domain. */
struct watched_figures {
	uint32_t group; /* of reporters.h */
	bool silent;
};

/* A reporter that reports refusals in the newest days. */
struct refusing_figures {
	uint32_t group; /* of reporters.h */
	bool proved;
	int64_t sessions, refused;
};

/* What the exporter keeps of a verdict. */
struct domain_verdict {
	enum verdict_state state;
	uint64_t reasons;                /* bits of enum verdict_reason */
	int64_t sessions;                /* that count as evidence */
	int64_t refused;                 /* of them */
	int64_t bound_sessions;          /* that the bound rests on */
	double upper;                    /* bound of the refusal ratio */
	int64_t standing;                /* reporters that count in full */
	int64_t newcomers;               /* those that do not */
	int64_t accusing, contradicting; /* under enforce */
	enum probe_summary probe;
	int64_t since; /* Unix time; 0: not looked for */
	enum sts_mode mode;
	int64_t max_age;      /* seconds, 0: not known */
	int32_t policy_since; /* day, or VERDICT_NO_DAY */
};

struct domain_figures {
	struct text name;
	int64_t id; /* in the store, 0: no report yet */
	int64_t last_end;
	int64_t last_received;
	unsigned int types;                 /* bits: seen in the store */
	unsigned int results[POLICY_TYPES]; /* bits: seen in the store */
	struct session_counts window[POLICY_TYPES];
	struct session_counts day[POLICY_TYPES];
	struct session_counts recent[POLICY_TYPES];
	int64_t *result_sessions; /* [type][result] in the window, or NULL */
	int64_t uncounted[UNCOUNTED_REASONS];
	int64_t window_reports;
	int64_t day_refused;
	uint64_t covered;         /* a bit a day of the window */
	int64_t window_reporters; /* with at least one session */
	int64_t day_reporters;
	/* The largest, by their sessions in the window, and the sum of the
	   others that have any. */
	struct reporter_figures *reporters;
	size_t reporter_count;
	struct reporter_figures other_reporters;
	bool has_others;
	struct watched_figures *watched;   /* the silent ones first */
	size_t watched_count;              /* as many as reporters at most */
	struct refusing_figures *refusing; /* those with the most come first */
	size_t refusing_count;             /* as many */
	struct domain_verdict verdict;
	bool exported; /* with series of its own */
};

/* What figures are made for. */
struct figures_scope {
	int64_t first_day; /* of the window */
	int64_t last_day;  /* settled */
	const struct reporters *reporters;
	size_t reporters_max; /* that are kept of each domain */
};

/* Whether the sessions of such a record are counted. */
bool model_figures_is_counted(enum count_as count_as);

/* Adds up a domain's rows of the days' sums, of any days, into figures that are
   empty. */
void model_figures_add_rows(const struct figures_scope *scope,
                            struct domain_figures *domain,
                            const struct store_sum_row *rows, size_t count);

/* Figures without a session, with a copy of the name. */
struct domain_figures *model_figures_new(struct text name);
void model_figures_free(struct domain_figures *figures);

#endif
