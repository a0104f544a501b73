/*
 * Reading the store. Iterators: open one, call next until it does not return 1
 * (0: the end, -1: the error), close it. All that one transaction of reading
 * returns is of one commit.
 */
#ifndef SCHEMA_STORE_READ_H
#define SCHEMA_STORE_READ_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "schema/report/report.h"
#include "schema/rules/evidence.h"
#include "schema/rules/outcome.h"
#include "schema/store/store.h"

int store_read_begin(struct store *store, struct err *err) ATTR_MUST_CHECK;
void store_read_end(struct store *store);

/* A number that differs when somebody else has committed since the last call;
   no more than a look at the shared memory. */
int store_data_version(struct store *store, int64_t *version, struct err *err)
	ATTR_MUST_CHECK;

/* The last seq of the journal of changes, 0 when it is empty, and the seq
   before the first that is still there. */
int store_read_change_range(struct store *store, int64_t *before_first,
                            int64_t *last, struct err *err) ATTR_MUST_CHECK;

struct store_cursor;
void store_read_close(struct store_cursor **rows);

struct store_domain_row {
	int64_t id;
	struct text name; /* valid until the next call */
	bool admitted;
	int64_t last_end;
	int64_t last_received;
};
int store_read_domains(struct store *store, struct store_cursor **rows,
                       struct err *err) ATTR_MUST_CHECK;
int store_read_domains_next(struct store_cursor *rows,
                            struct store_domain_row *row, struct err *err)
	ATTR_MUST_CHECK;
/* One domain by its id; its name is copied into arena. 1, 0 when there is none,
   or -1. */
int store_read_domain(struct store *store, int64_t id, struct arena *arena,
                      struct store_domain_row *row, struct err *err)
	ATTR_MUST_CHECK;

struct store_reporter_row {
	int64_t id;
	struct text name;
	int64_t first_received; /* first arrival */
	int64_t first_proved;   /* of a report that proves it; INT64_MAX: none
	                           came */
};
/* A number that differs when the times of a reporter that was there have
   changed. */
int store_read_reporter_changes(struct store *store, int64_t *number,
                                struct err *err) ATTR_MUST_CHECK;
/* Reporters with an id over after. */
int store_read_reporters(struct store *store, int64_t after,
                         struct store_cursor **rows, struct err *err)
	ATTR_MUST_CHECK;
int store_read_reporters_next(struct store_cursor *rows,
                              struct store_reporter_row *row, struct err *err)
	ATTR_MUST_CHECK;

struct store_sum_row {
	int64_t day;
	int64_t domain_id;
	enum policy_type type;
	int64_t reporter_id;
	enum count_as count_as;
	int64_t policy_id;
	int64_t arrived; /* day of arrival, of a proof where it is proved; 0:
	                    not known */
	int64_t reports;
	int64_t successes;
	int64_t failures;
	struct evidence evidence;
};

/* Which rows of sums: days and domains by id, both ends included. */
struct store_day_range {
	int64_t first_day, last_day;
	int64_t first_domain, last_domain;
	int64_t until; /* Unix time: as it was known then, store_known.h; 0: as
	                  it is */
};
#define STORE_ALL_DOMAINS INT64_MAX /* as last_domain */

/* By day, and within a day by domain. */
int store_read_day_sums(struct store *store,
                        const struct store_day_range *range,
                        struct store_cursor **rows, struct err *err)
	ATTR_MUST_CHECK;
int store_read_day_sums_next(struct store_cursor *rows,
                             struct store_sum_row *row, struct err *err)
	ATTR_MUST_CHECK;

/* Never of a moment: a range has none. */
struct store_result_row {
	int64_t day;
	int64_t domain_id;
	enum policy_type type;
	enum result_type result;
	int64_t reporter_id;
	enum count_as count_as;
	int64_t sessions;
};
int store_read_day_results(struct store *store,
                           const struct store_day_range *range,
                           struct store_cursor **rows, struct err *err)
	ATTR_MUST_CHECK;
int store_read_day_results_next(struct store_cursor *rows,
                                struct store_result_row *row, struct err *err)
	ATTR_MUST_CHECK;

/* A policy as reports showed it. */
struct store_policy_row {
	int64_t id;
	int64_t domain_id;
	struct text_list lines; /* of policy-string; in the arena */
	int64_t first_day;      /* shown by evidence; INT64_MAX: never */
	int64_t first_proved;   /* by a proved reporter; INT64_MAX: never */
};
/* By domain, those that can have been shown on first_day or later. */
int store_read_policies(struct store *store,
                        const struct store_day_range *range,
                        struct store_cursor **rows, struct err *err)
	ATTR_MUST_CHECK;
int store_read_policies_next(struct store_cursor *rows, struct arena *arena,
                             struct store_policy_row *row, struct err *err)
	ATTR_MUST_CHECK;

/* What failed, from the details: sessions of a domain by MX host, result type
   and reporter. Rows that differ in nothing but their sessions may come more
   than once. */
struct store_failure_row {
	int64_t day;
	enum policy_type type;
	enum result_type result;
	struct text mx; /* receiving-mx-hostname; valid until the next call */
	int64_t reporter_id;
	enum count_as count_as;
	int64_t sessions;
	struct text reason; /* one of them, where there are several */
};
/* By day, and within a day by domain. */
int store_read_day_failures(struct store *store,
                            const struct store_day_range *range,
                            struct store_cursor **rows, struct err *err)
	ATTR_MUST_CHECK;
int store_read_day_failures_next(struct store_cursor *rows,
                                 struct store_failure_row *row, struct err *err)
	ATTR_MUST_CHECK;

/* A stored report in short. */
struct store_report_row {
	int64_t id;
	int64_t received;
	int64_t day;
	struct text reporter; /* these are valid until the next call */
	struct text report_id;
	struct text domains; /* separated by commas */
	enum channel channel;
	enum authentication authentication;
	enum count_as count_as;
	uint64_t quirks;
	int64_t successes; /* of all its elements */
	int64_t failures;
};
/* The newest first, at most so many; only of one domain, where it is not
   empty. */
int store_read_reports(struct store *store, struct text domain, int64_t max,
                       struct store_cursor **rows, struct err *err)
	ATTR_MUST_CHECK;
int store_read_reports_next(struct store_cursor *rows,
                            struct store_report_row *row, struct err *err)
	ATTR_MUST_CHECK;

struct store_series_row {
	int64_t domain_id;
	enum policy_type type;
	int result; /* enum result_type, or -1 for the policy type itself */
};
/* Of one domain, or of all when domain_id is 0. */
int store_read_series(struct store *store, int64_t domain_id,
                      struct store_cursor **rows, struct err *err)
	ATTR_MUST_CHECK;
int store_read_series_next(struct store_cursor *rows,
                           struct store_series_row *row, struct err *err)
	ATTR_MUST_CHECK;

/* Domains changed after a seq of the journal, each once. */
int store_read_changes(struct store *store, int64_t after,
                       struct store_cursor **rows, struct err *err)
	ATTR_MUST_CHECK;
int store_read_changes_next(struct store_cursor *rows, int64_t *domain_id,
                            struct err *err) ATTR_MUST_CHECK;

/* Named numbers with up to two labels: counters, times, usage, state. */
enum store_sample_kind {
	STORE_SAMPLE_COUNTER,
	STORE_SAMPLE_TIMESTAMP,
	STORE_SAMPLE_USAGE,
	STORE_SAMPLE_STATE,
	STORE_SAMPLE_MAILBOX, /* the first label is the mailbox */
};
struct store_sample_row {
	struct text name;
	struct text first;
	struct text other;
	double value;  /* usage: rows */
	int64_t bytes; /* usage */
};
int store_read_samples(struct store *store, enum store_sample_kind kind,
                       struct store_cursor **rows, struct err *err)
	ATTR_MUST_CHECK;
int store_read_samples_next(struct store_cursor *rows,
                            struct store_sample_row *row, struct err *err)
	ATTR_MUST_CHECK;

/* Reports of days before this one have been deleted because of their age; 0:
   none ever was. */
int store_read_expired_before(struct store *store, int64_t *day,
                              struct err *err) ATTR_MUST_CHECK;

/* The day of the oldest report, INT64_MAX when there is none. */
int store_read_oldest_day(struct store *store, int64_t *day, struct err *err)
	ATTR_MUST_CHECK;

#endif
