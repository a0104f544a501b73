/*
 * The reports on disk. Together with the store_*.c files the only module that
 * knows SQL.
 *
 * Always true between two transactions:
 *   (1) a report is there whole or not at all, and once;
 *   (2) at most one copy of a key counts; the others stand as displaced; at
 *       most LIMIT_COPIES of them are proved, and as many unproved;
 *   (3) day_sum and day_result are what the reports add up to;
 *   (4) a counter never goes down, also when old reports expire;
 *   (5) what was committed survives power loss (synchronous = FULL).
 *
 * Writers are short IMMEDIATE transactions that wait for one another for at
 * most LIMIT_BUSY_MS. Readers see the last commit and block nobody.
 *
 *	store_begin(store, now)
 *	  store_add(), store_ledger_add(), store_counter_add(), ...
 *	store_commit(store)
 *
 * What store_add() refuses has written nothing. After a failure (-1) of any of
 * these the transaction is good for store_rollback() only: a savepoint for each
 * report would copy every page that it touches, on behalf of failures that do
 * not happen. Whoever has a batch tries its members again, each by itself.
 *
 * A handle is used by one thread at a time.
 */
#ifndef SCHEMA_STORE_STORE_H
#define SCHEMA_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "schema/report/report.h"
#include "schema/rules/evidence.h"
#include "schema/rules/identity.h"
#include "schema/rules/outcome.h"

struct store;

enum store_mode {
	STORE_READ,  /* fails with ERR_NOT_FOUND when there is none */
	STORE_WRITE, /* makes it, and brings an older one up to date */
};

/* Opens the store at path. The file is made with mode 0640. Fails with
   ERR_BUSY, ERR_FULL, ERR_NOT_FOUND or ERR_SYSTEM. */
int store_open(const char *path, enum store_mode mode, struct store **store,
               struct err *err) ATTR_MUST_CHECK;

/* A reader that may not write to the folder reads a store without its log as it
   is (copied, restored, on a read-only disk). True when somebody writes to it
   meanwhile: reading fails with ERR_BUSY then, and it has to be opened again. */
bool store_file_is_outdated(const struct store *store);

/* Rolls back what is not committed. Accepts NULL, leaves NULL. */
void store_close(struct store **store);

/* Begins a transaction. Fails with ERR_BUSY; and with ERR_BUSY and a sentence
   about the clock when now is more than LIMIT_CLOCK_SECONDS behind the newest
   commit (store_clock_is_behind() then says so). With ERR_SYSTEM when a file of
   the store was deleted or replaced while it is open, and so does
   store_commit(), of which nobody may say then that it is durable. */
int store_begin(struct store *store, int64_t now, struct err *err)
	ATTR_MUST_CHECK;
int store_commit(struct store *store, struct err *err) ATTR_MUST_CHECK;
void store_rollback(struct store *store);
bool store_clock_is_behind(const struct store *store);

/* For tests: the most pages that the file may have, and the longest wait for
   another writer. */
int store_limit_pages(struct store *store, int pages);
void store_limit_wait(struct store *store, int milliseconds);

/* --- taking in ----------------------------------------------------------- */

struct store_entry {
	const struct report *report; /* all its domains are the operator's */
	const bool *configured; /* for each policy: named in the configuration,
	                           not only covered by a pattern in it */
	const bool *of_mx; /* for each policy: the report names an MX host of
	                      the domain; NULL: no domain has such hosts */
	const struct identity *identity;
	enum trust trust;
	enum authentication authentication; /* why that trust */
	enum channel channel;
	int64_t received;
	const uint8_t *raw; /* to keep beside it; NULL: not kept */
	size_t raw_len;
	bool may_admit;          /* may make a domain that is only covered */
	int64_t max_admitted;    /* ceiling of admitted domains */
	int64_t anonymous_bytes; /* budget of anonymous input */
	bool readmitted;         /* tried again from the ledger: takes the place
	                       of a copy of lower rank only, or two would
	                       drive each other out for ever */
	const struct ledger_budget *budgets; /* of each ledger_group, for what
	                                        gives way; NULL: no limits */
};

struct store_added {
	enum outcome outcome; /* stored, duplicate, conflict, or refused */
	enum refusal refusal; /* where it is refused */
	int64_t report_id;    /* row of the report or of its twin; 0: none */
	bool trust_raised;    /* a duplicate that proved more */
	char sentence[160];   /* what there is to say, or "" */
};

/* Stores a report, or finds that it is there. A proved one always finds a place
   among the copies of its key: where LIMIT_COPIES proved ones have it, the
   lowest goes to the ledger. An unproved one does where it outranks another
   unproved one. */
int store_add(struct store *store, const struct store_entry *entry,
              struct store_added *added, struct err *err) ATTR_MUST_CHECK;

/* Reads a stored report back; its strings live in arena. For tests, and for
   those that show one. */
int store_load(struct store *store, int64_t report_id, struct arena *arena,
               struct report **report, struct err *err) ATTR_MUST_CHECK;

/* Works the sums out anew from the reports, in the open transaction. */
int store_rebuild_sums(struct store *store, struct err *err) ATTR_MUST_CHECK;

/* --- the ledger ---------------------------------------------------------- */

struct ledger_budget {
	int64_t rows;
	int64_t bytes;
};

struct ledger_entry {
	int64_t id; /* set by reading */
	enum ledger_group group;
	enum channel channel;
	enum trust trust;
	struct text signer;
	enum outcome outcome; /* refused or ignored */
	enum refusal refusal;
	struct text sentence;
	struct text peer;
	struct text domain;
	struct text encoding;
	int64_t received;
	int64_t newest; /* set by reading, as is times */
	int64_t times;
	const uint8_t *data;
	size_t len;
	const uint8_t *digest; /* what tells it from others where its bytes are
	                          not kept any more; NULL: those bytes' */
};

/* Notes a refused or ignored input. What was there with the same bytes, trust
   and signer is only counted up. Evicts the class's oldest over its budget. */
int store_ledger_add(struct store *store, const struct ledger_entry *entry,
                     const struct ledger_budget *budget, struct err *err)
	ATTR_MUST_CHECK;

/* The next entry after id, oldest first: 1 an entry (its strings live in
   arena), 0 the end, -1 the error. */
int store_ledger_next(struct store *store, int64_t after, struct arena *arena,
                      struct ledger_entry *entry, struct err *err)
	ATTR_MUST_CHECK;

/* The same, only of what was refused because its domain was not ours. */
int store_ledger_next_foreign(struct store *store, int64_t after,
                              struct arena *arena, struct ledger_entry *entry,
                              struct err *err) ATTR_MUST_CHECK;

/* Takes an entry out, in the open transaction: it was taken in after all. */
int store_ledger_remove(struct store *store, int64_t id, struct err *err)
	ATTR_MUST_CHECK;

/* Says anew why an entry is refused. */
int store_ledger_amend(struct store *store, int64_t id, enum refusal refusal,
                       struct text sentence, struct err *err) ATTR_MUST_CHECK;

/* --- counters and facts -------------------------------------------------- */

/* Adds to a counter; written with the next commit. Labels are "" where there
   are none. Outside of a transaction too: our own trouble is counted when it
   is over. */
void store_counter_add(struct store *store, const char *name, const char *first,
                       const char *other, int64_t by);

/* Sets a number at the next commit; the larger of old and new stays. */
void store_counter_note_time(struct store *store, const char *name,
                             int64_t value);

/* One of the numbers that a running collector says of itself. */
struct store_state_item {
	const char *name;
	const char *first;
	const char *other;
	double value;
};

/* Replaces the collector's state, as a transaction of its own. */
int store_state_write(struct store *store, const struct store_state_item *items,
                      size_t count, int64_t now, struct err *err)
	ATTR_MUST_CHECK;

/* --- mailboxes ----------------------------------------------------------- */

struct store_mailbox_position {
	int64_t id; /* 0: there is none of that name */
	int64_t validity;
	int64_t done_to;
	int64_t fetched; /* messages, in all rounds */
};

/* What is known of a message. They are stored as these numbers. */
enum store_message_state {
	STORE_MESSAGE_WAITS = 0, /* it is to be fetched */
	STORE_MESSAGE_DONE = 1,  /* nothing is left to do */
	STORE_MESSAGE_STORED =
		2, /* its reports are in the store; not marked yet */
	STORE_MESSAGE_REFUSED = 3, /* it is in the ledger; not marked yet */
	STORE_MESSAGE_GIVEN_UP =
		4, /* it cannot be fetched; the ledger names it */
};

struct store_mailbox_message {
	int64_t message;
	enum store_message_state state;
	int64_t tries; /* to fetch it, or to mark it, that failed */
	int64_t since;
	int64_t copied;   /* which folder a copy is in, by a hash; 0: none */
	int64_t faults;   /* tries in which it alone failed */
	int64_t others;   /* what had been fetched at the last of them */
	int64_t next_try; /* not before */
};

/* Messages of a mailbox that are not as they should be. */
struct store_mailbox_left {
	int64_t unmarked;
	int64_t given_up;
};

struct store_mailbox_round {
	bool failed;
	int64_t ended;
	int64_t pending;
	int64_t duration_ms;
	int64_t fetched; /* messages, in this round */
};

/* These change the store in the open transaction. Makes a mailbox known; its
   name is [A-Za-z0-9._-]. */
int store_mailbox_declare(struct store *store, const char *name,
                          struct err *err) ATTR_MUST_CHECK;
/* Deletes those with other names. */
int store_mailbox_delete_others(struct store *store, const char *const *names,
                                size_t count, struct err *err) ATTR_MUST_CHECK;
/* All its messages are new again, and belong to validity. */
int store_mailbox_reset(struct store *store, int64_t mailbox_id,
                        int64_t validity, struct err *err) ATTR_MUST_CHECK;
/* Sets a message; since stays what it was. */
int store_mailbox_note(struct store *store, int64_t mailbox_id,
                       const struct store_mailbox_message *message,
                       struct err *err) ATTR_MUST_CHECK;
int store_mailbox_forget(struct store *store, int64_t mailbox_id,
                         int64_t message, struct err *err) ATTR_MUST_CHECK;
/* All up to done_to are done, but for those that wait. */
int store_mailbox_advance(struct store *store, int64_t mailbox_id,
                          int64_t done_to, struct err *err) ATTR_MUST_CHECK;
int store_mailbox_round(struct store *store, int64_t mailbox_id,
                        const struct store_mailbox_round *round,
                        struct err *err) ATTR_MUST_CHECK;

/* These read. */
int store_mailbox_read(struct store *store, const char *name,
                       struct store_mailbox_position *position, struct err *err)
	ATTR_MUST_CHECK;
/* One message: 1, 0 when nothing is known of it, -1. */
int store_mailbox_find(struct store *store, int64_t mailbox_id, int64_t message,
                       struct store_mailbox_message *out, struct err *err)
	ATTR_MUST_CHECK;
/* What is known of its messages over after, in their order, at most out->most
   of them. */
struct store_mailbox_messages {
	struct store_mailbox_message *items;
	size_t max;
	size_t count;
};
int store_mailbox_messages(struct store *store, int64_t mailbox_id,
                           int64_t after, struct store_mailbox_messages *out,
                           struct err *err) ATTR_MUST_CHECK;
/* How many are left in those states. */
int store_mailbox_left(struct store *store, const char *name,
                       struct store_mailbox_left *left, struct err *err)
	ATTR_MUST_CHECK;

/* --- retention ----------------------------------------------------------- */

/* Deletes a small step of what is older than that: reports, sums and texts of
   days before first_day, and raw bytes received before raw_from; both count
   from two days after the newest report, where the clock is further ahead. A
   transaction of its own. *more is set when there is more to do. */
int store_expire(struct store *store, int64_t now, int64_t first_day,
                 int64_t raw_from, bool *more, struct err *err) ATTR_MUST_CHECK;

/* --- repair -------------------------------------------------------------- */

/* Sets every time that lies ahead of now to now: a clock that was ahead has
   left them, and nothing is taken until it is as late. *count is how many they
   were. A transaction of its own. */
int store_repair_times(struct store *store, int64_t now, int64_t *count,
                       struct err *err) ATTR_MUST_CHECK;

/* Takes one sentence on what is wrong. */
typedef void store_check_fault(void *cls, const char *sentence);

/* Whether the store is whole: its pages, its foreign keys, and its sums against
   the reports. Reads all of it, and blocks nobody. */
int store_check(struct store *store, store_check_fault *say, void *cls,
                int64_t *faults, struct err *err) ATTR_MUST_CHECK;

/* Writes a copy to path, of one commit, while others go on writing; checks it,
   and only then puts it in the place of what was there. *reports are those in
   it. */
int store_backup(struct store *store, const char *path, int64_t *reports,
                 struct err *err) ATTR_MUST_CHECK;

/* --- reading ------------------------------------------------------------- */

/* Iterators: open one, call next until it does not return 1 (0: the end,
   -1: the error), close it. All that one transaction of reading returns is of
   one commit. */

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
};
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
	int64_t reports;
	int64_t successes;
	int64_t failures;
	struct evidence evidence;
};

/* Which rows of sums: days and domains by id, both ends included. */
struct store_day_range {
	int64_t first_day, last_day;
	int64_t first_domain, last_domain;
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

struct store_result_row {
	int64_t day;
	int64_t domain_id;
	enum policy_type type;
	enum result_type result;
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
   and reporter. */
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
	struct text domains; /* parted by commas */
	enum channel channel;
	enum authentication authentication;
	enum count_as count_as;
	uint64_t quirks;
	int64_t successes; /* of all its elements */
	int64_t failures;
};
/* The newest first, at most so many; only of one domain, where it is not
   empty. */
int store_read_reports(struct store *store, struct text domain, int64_t most,
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

/* Named numbers with up to two labels: counters, facts, stock, state. */
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
	double value;  /* stock: rows */
	int64_t bytes; /* stock */
};
int store_read_samples(struct store *store, enum store_sample_kind kind,
                       struct store_cursor **rows, struct err *err)
	ATTR_MUST_CHECK;
int store_read_samples_next(struct store_cursor *rows,
                            struct store_sample_row *row, struct err *err)
	ATTR_MUST_CHECK;

/* The day of the oldest report, INT64_MAX when there is none. */
int store_read_oldest_day(struct store *store, int64_t *day, struct err *err)
	ATTR_MUST_CHECK;

/* Bytes of the file and of its write-ahead log, 0 where they are missing. */
void store_sizes(const struct store *store, int64_t *file, int64_t *wal);

const char *store_library_version(void);

#endif
