/*
 * What the store_*.c files share among themselves; nobody else includes it.
 */
#ifndef SCHEMA_STORE_STORE_PRIVATE_H
#define SCHEMA_STORE_STORE_PRIVATE_H

#include <sys/stat.h>

#include <sqlite3.h>

#include "base/buf.h"
#include "schema/limits.h"
#include "schema/rules/evidence.h"
#include "schema/store/admin.h"
#include "schema/store/read.h"
#include "schema/store/write.h"

/* One prepared statement each, made when it is first used and kept. */
enum statement_id {
	STATEMENT_BEGIN,
	STATEMENT_COMMIT,
	STATEMENT_DATA_VERSION,
	STATEMENT_NEWEST_COMMIT,
	STATEMENT_TIMESTAMP,
	STATEMENT_COUNTER,
	STATEMENT_USAGE_WRITE,
	STATEMENT_USAGE_READ,
	STATEMENT_DOMAIN_FIND,
	STATEMENT_DOMAIN_READ,
	STATEMENT_DOMAIN_ADD,
	STATEMENT_DOMAIN_TOUCH,
	STATEMENT_DOMAIN_DISTINCT,
	STATEMENT_OWN_POLICIES,
	STATEMENT_REPORTER_FIND,
	STATEMENT_REPORTER_ADD,
	STATEMENT_REPORTER_FIRST,
	STATEMENT_SENDER_FIND,
	STATEMENT_SENDER_ADD,
	STATEMENT_POLICY_FIND,
	STATEMENT_POLICY_ADD,
	STATEMENT_POLICY_TOUCH,
	STATEMENT_POLICY_FIRST,
	STATEMENT_HOST_FIND,
	STATEMENT_HOST_ADD,
	STATEMENT_HOST_TOUCH,
	STATEMENT_REASON_FIND,
	STATEMENT_REASON_ADD,
	STATEMENT_REASON_TOUCH,
	STATEMENT_SERIES,
	STATEMENT_COPIES,
	STATEMENT_QUOTA,
	STATEMENT_REPORT_ADD,
	STATEMENT_REPORT_COUNT_AS,
	STATEMENT_REPORT_RAISE,
	STATEMENT_REPORT_DELETE,
	STATEMENT_REPORT_RENUMBER,
	STATEMENT_REPORT_EVICT,
	STATEMENT_RESULTS_DELETE,
	STATEMENT_SAME_SESSIONS,
	STATEMENT_RESULT_ADD,
	STATEMENT_DETAIL_ADD,
	STATEMENT_RAW_ADD,
	STATEMENT_SUM,
	STATEMENT_SUM_DROP,
	STATEMENT_RESULT_SUM,
	STATEMENT_RESULT_SUM_DROP,
	STATEMENT_CHANGE,
	STATEMENT_LOAD_REPORT,
	STATEMENT_LOAD_RESULTS,
	STATEMENT_LOAD_DETAILS,
	STATEMENT_LEDGER_AGAIN,
	STATEMENT_LEDGER_ADD,
	STATEMENT_LEDGER_OLDEST,
	STATEMENT_LEDGER_DELETE,
	STATEMENT_LEDGER_NEXT,
	STATEMENT_LEDGER_FOREIGN,
	STATEMENT_LEDGER_AMEND,
	STATEMENT_MAILBOX_DECLARE,
	STATEMENT_MAILBOX_READ,
	STATEMENT_MAILBOX_RESET,
	STATEMENT_MAILBOX_CLEAR,
	STATEMENT_MAILBOX_MESSAGE,
	STATEMENT_MAILBOX_MESSAGES,
	STATEMENT_MAILBOX_NOTE,
	STATEMENT_MAILBOX_FORGET,
	STATEMENT_MAILBOX_ADVANCE,
	STATEMENT_MAILBOX_ROUND,
	STATEMENT_MAILBOX_LEFT,
	STATEMENT_CHANGE_RANGE,
	STATEMENT_OLDEST_DAY,
	STATEMENTS,
};

struct dictionary_cache;
struct store_counters;

/* A row of the table stock as the open transaction knows it. */
#define STORE_USAGE_MAX 12U

struct store_usage {
	char name[32];
	int64_t rows;
	int64_t bytes;
	bool loaded;
	bool dirty;
};

/* Changes that the open transaction has noted, the newest of them. */
#define STORE_CHANGES 64U

struct store_change {
	int64_t domain_id;
	int64_t day;
};

struct store_file_identity {
	uint64_t device, inode; /* 0: there is no such file */
};

struct store {
	struct store_usage usage[STORE_USAGE_MAX];
	struct store_change changes[STORE_CHANGES]; /* by domain_id */
	sqlite3 *db;
	char *path;
	enum store_mode mode;
	sqlite3_stmt *statements[STATEMENTS];
	struct dictionary_cache *cache;  /* ids of repeated strings */
	struct store_counters *counters; /* counters and facts not yet written */
	int64_t cache_version; /* data_version that the cache is good for */
	int64_t now;           /* of the open transaction */
	bool open;             /* a writing transaction is */
	struct store_file_identity wal,
		shm;     /* a writer's, as they were opened */
	bool files_lost; /* they are others now, or gone */
	bool files_rescued;
	bool is_immutable; /* a reader's: opened without its log */
	struct stat immutable_stat;
	bool clock_behind;
};

/* --- store.c: statements ------------------------------------------------- */

/* The prepared statement of a slot, reset and without bindings; NULL and *err
   when it cannot be made. */
sqlite3_stmt *statement_get(struct store *store, enum statement_id slot,
                            const char *sql, struct err *err);

/* Runs a statement to its end and resets it. */
int statement_run(struct store *store, sqlite3_stmt *statement, struct err *err)
	ATTR_MUST_CHECK;

/* One step: 1 a row, 0 the end (and reset), -1 the error (and reset). */
int statement_step(struct store *store, sqlite3_stmt *statement,
                   struct err *err) ATTR_MUST_CHECK;

/* Runs SQL without parameters. */
int statement_exec(struct store *store, const char *sql, struct err *err)
	ATTR_MUST_CHECK;

/* The same on the way out of a failure, where a second one says nothing new;
   does nothing outside of a transaction. */
void statement_undo(struct store *store, const char *sql);

/* Runs a statement that has one number in it; *rows is how many it changed. */
int statement_run_number(struct store *store, const char *sql, int64_t number,
                         int64_t *rows, struct err *err) ATTR_MUST_CHECK;

/* What SQLite last said, as an error of ours. */
void statement_fill_error(struct store *store, struct err *err);
static inline int statement_error(struct store *store, struct err *err)
{
	statement_fill_error(store, err);
	return -1;
}

void statement_bind_text(sqlite3_stmt *statement, int at, struct text text);
/* NULL where the text is empty. */
void statement_bind_text_or_null(sqlite3_stmt *statement, int at,
                                 struct text text);
/* NULL where the id is 0. */
void statement_bind_id(sqlite3_stmt *statement, int at, int64_t id);
struct text statement_column_text(sqlite3_stmt *statement, int at);
/* A number of an enum with count values; the last of them for what a damaged
   store may hold. */
unsigned int statement_column_enum(sqlite3_stmt *statement, int at,
                                   unsigned int count);
struct text statement_column_copy(sqlite3_stmt *statement, int at,
                                  struct arena *arena);

/* --- store_file.c -------------------------------------------------------- */

/* Remembers which files a writer has open. */
void store_file_note(struct store *store);

/* Fails when one of them was deleted or replaced: what is written then would be
   gone with the process. What is committed is saved first, where it can be.
   Not in a transaction. */
int store_file_check(struct store *store, struct err *err) ATTR_MUST_CHECK;

/* Opens a store for reading whose log nobody has made, in a folder where the
   reader may not make it. Only without a log can that be no writer's. */
int store_file_open_immutable(struct store *store, struct err *err)
	ATTR_MUST_CHECK;

/* Fails when such a store is being written to. */
int store_file_check_immutable(const struct store *store, struct err *err)
	ATTR_MUST_CHECK;

/* --- store_migrate.c ----------------------------------------------------- */

int store_migrate(struct store *store, struct err *err) ATTR_MUST_CHECK;
int store_migrate_check_version(struct store *store, struct err *err)
	ATTR_MUST_CHECK;

/* --- store_cache.c -----------------------------------------------------------
 */

enum dictionary_kind {
	DICTIONARY_DOMAIN,
	DICTIONARY_REPORTER,
	DICTIONARY_SENDER,
	DICTIONARY_POLICY,
	DICTIONARY_HOST,
	DICTIONARY_REASON,
	DICTIONARY_SERIES,
};

struct dictionary_entry {
	int64_t id;       /* of DICTIONARY_SERIES: bits of what is written */
	int64_t last_day; /* as far as it is written */
	int64_t first[2]; /* of a policy: first_day and first_proved; of a
	                     reporter: its first arrival. INT64_MAX: none */
};

struct dictionary_cache *dictionary_cache_new(void);
void dictionary_cache_free(struct dictionary_cache **cache);
void dictionary_cache_clear(struct dictionary_cache *cache);
struct dictionary_entry *dictionary_cache_find(struct dictionary_cache *cache,
                                               enum dictionary_kind kind,
                                               int64_t owner, struct text text);
void dictionary_cache_put(struct dictionary_cache *cache,
                          enum dictionary_kind kind, int64_t owner,
                          struct text text, struct dictionary_entry value);

/* --- store_name.c -------------------------------------------------------- */

/* The id of a domain, 0 when the store does not know it. */
int dictionary_domain_find(struct store *store, struct text name, int64_t *id,
                           struct err *err) ATTR_MUST_CHECK;
int dictionary_domain_add(struct store *store, struct text name, bool admitted,
                          int64_t *id, struct err *err) ATTR_MUST_CHECK;
int dictionary_reporter_id(struct store *store, struct text name,
                           int64_t received, int64_t *id, struct err *err)
	ATTR_MUST_CHECK;
int dictionary_sender_id(struct store *store, struct text organization,
                         struct text contact, int64_t *id, struct err *err)
	ATTR_MUST_CHECK;

/* --- store_text.c: ids of the texts of a domain -------------------------- */

/* How a policy was shown: by a report that may be evidence, and by whom. */
enum policy_seen_as {
	POLICY_SEEN_ONLY, /* no evidence */
	POLICY_SEEN_ANONYMOUS,
	POLICY_SEEN_PROVED,
};

/* What a proved reporter may still show of a domain's policies where the
   domain has enough of them. Worked out while a report is added. */
struct policy_quota {
	int64_t reporter_id;
	int64_t domain_id; /* that left is of; 0: none */
	int64_t left;
	unsigned int asked;
};

struct policy_seen {
	int64_t domain_id;
	int64_t day;
	enum policy_seen_as seen_as;
	bool proved; /* the reporter is, whether it is evidence or not */
	struct policy_quota *quota; /* of policies; NULL: there is none */
};

/* 0 for a policy that is not shown, an empty host, an empty reason. */
int dictionary_text_policy(struct store *store,
                           const struct policy_seen *sighting,
                           const struct report_policy *policy, int64_t *id,
                           struct err *err) ATTR_MUST_CHECK;
int dictionary_text_host(struct store *store,
                         const struct policy_seen *sighting, struct text name,
                         int64_t *id, struct err *err) ATTR_MUST_CHECK;
int dictionary_text_reason(struct store *store,
                           const struct policy_seen *sighting,
                           struct text reason, int64_t *id, struct err *err)
	ATTR_MUST_CHECK;
/* Notes that a domain has such results; result -1 is the type itself. */
int dictionary_series_note(struct store *store, int64_t domain_id,
                           enum policy_type type, int result, int64_t day,
                           struct err *err) ATTR_MUST_CHECK;

/* Lists as lines: a backslash and a line feed in an item are escaped. */
void lines_encode(const struct text_list *list, struct buf *out);
void lines_decode(struct text lines, struct arena *arena,
                  struct text_list *list);

/* --- store_sum.c --------------------------------------------------------- */

/* What one stored copy adds to the sums: a part for each policy result that has
   a domain. */
struct contribution {
	int64_t domain_id;
	enum policy_type type;
	int64_t policy_id;
	bool first; /* of its domain in the report */
	int64_t successes;
	int64_t failures;
	int64_t by_result[RESULT_TYPES];
	struct evidence evidence;
};

struct contributions {
	struct contribution *items;
	size_t count;
};

/* Whose sums they go to. */
struct sum_key {
	int64_t day;
	int64_t reporter_id;
	enum count_as count_as;
};

/* Adds (sign 1) or takes away (-1) the parts' counts, and their evidence. */
int store_sum_apply_counts(struct store *store, const struct sum_key *place,
                           const struct contributions *parts, int64_t sign,
                           struct err *err) ATTR_MUST_CHECK;
int store_sum_apply_evidence(struct store *store, const struct sum_key *place,
                             const struct contributions *parts, int64_t sign,
                             struct err *err) ATTR_MUST_CHECK;
int store_sum_apply_both(struct store *store, const struct sum_key *place,
                         const struct contributions *parts, struct err *err)
	ATTR_MUST_CHECK;
/* Deletes rows of these parts that have come to nothing. */
int store_sum_drop_empty(struct store *store, const struct sum_key *place,
                         const struct contributions *parts, struct err *err)
	ATTR_MUST_CHECK;

/* --- store_copy.c: the copies of a key ----------------------------------- */

/* The copies of a key that are kept, and the newcomer among them. */
#define STORE_COPIES_MAX (2 * LIMIT_COPIES + 1)

struct store_copy {
	int64_t id;
	int64_t number;
	uint8_t digest[DIGEST_SIZE];
	int64_t reporter_id;
	int64_t begin, end, received;
	int64_t bytes;
	enum trust trust;
	enum rank rank;
	enum count_as count_as;
	bool booked; /* its counts stand in the sums, at this place: */
	int64_t booked_reporter;
	enum count_as booked_as;
	struct contributions contributions;
};

struct store_copies {
	int64_t day;
	struct store_copy items[STORE_COPIES_MAX];
	size_t count;
};

/* The stored copies of a key, without their parts. */
int store_copy_find(struct store *store, int64_t day, int64_t key,
                    struct store_copies *copies, struct err *err)
	ATTR_MUST_CHECK;

/* Between these two a copy may be added, or change its trust: the first takes
   the key's evidence out of the sums, the second judges the copies anew, moves
   their counts to where they stand now, and puts the evidence back. */
int store_copy_open(struct store *store, struct arena *arena,
                    struct store_copies *copies, struct err *err)
	ATTR_MUST_CHECK;
int store_copy_settle(struct store *store, struct arena *arena,
                      struct store_copies *copies, struct err *err)
	ATTR_MUST_CHECK;

/* The copy of the same kind of trust (proved or not) that goes first when there
   is one too many: of the lowest rank, of the reporter that has the most of
   them, the newest; the one that counts goes last. NULL while there is room for
   one more of that kind. reporter_id is the newcomer's. */
struct store_copy *conflict_lowest(struct store_copies *copies, bool proved,
                                   int64_t reporter_id);

/* Takes a copy out, with its rows and its counts; between store_copy_open() and
   store_copy_settle(). */
int store_copy_remove(struct store *store, struct store_copies *copies,
                      struct store_copy *copy, struct err *err) ATTR_MUST_CHECK;

/* Makes a copy the last of its key: one that counted for nothing and counts for
   something now came after those that did before it. Returns where it is, NULL
   on error. */
struct store_copy *store_copy_move_last(struct store *store,
                                        struct store_copies *copies,
                                        struct store_copy *copy,
                                        struct err *err);

/* Takes the counts of a copy out of the sums; store_copy_settle() adds what its
   parts are then. */
int store_copy_unbook(struct store *store, const struct store_copies *copies,
                      struct store_copy *copy, struct err *err) ATTR_MUST_CHECK;

/* Gives each copy the standing that its rank and number deserve. */
void conflict_resolve(struct store_copies *copies);

/* What the key is worth as evidence: the counted copy's, or where others of
   its rank contradict it, the worst of them. Returns the counted copy. */
const struct store_copy *conflict_evidence(const struct store_copies *copies,
                                           struct arena *arena,
                                           struct contributions *evidence);

/* --- store_evict.c ------------------------------------------------------- */

/* Notes a copy that gives way in the ledger; its rows stay. */
int store_evict(struct store *store, int64_t report_id,
                const struct ledger_budget *budgets, struct err *err)
	ATTR_MUST_CHECK;

/* --- store_load.c -------------------------------------------------------- */

/* A report and the ids of its strings, element by element. */
struct store_loaded {
	struct report *report;
	int64_t *domain_ids;
	int64_t *policy_ids;
	int *origins; /* bits below */
};

/* The report names an MX host of the domain. */
#define STORE_ORIGIN_MX 1
/* Another report counts these sessions; this one counts as a report only. */
#define STORE_ORIGIN_COUNTED 2

int store_load_report(struct store *store, int64_t report_id,
                      struct arena *arena, struct store_loaded *loaded,
                      struct err *err) ATTR_MUST_CHECK;
void contribution_list(const struct store_loaded *loaded, struct arena *arena,
                       struct contributions *parts);

/* --- store_counter.c ----------------------------------------------------- */

struct store_counters *store_counter_new(void);
void store_counter_free(struct store_counters **pending);
int store_counter_write(struct store *store, struct err *err) ATTR_MUST_CHECK;
void store_counter_written(struct store *store);
void store_counter_dropped(
	struct store *store); /* the transaction came to nothing */

int store_usage_write(struct store *store, struct err *err) ATTR_MUST_CHECK;
void store_usage_forget(struct store *store);

/* Adds to a stock, in the open transaction. */
int store_usage_add(struct store *store, const char *name, int64_t rows,
                    int64_t bytes, struct err *err) ATTR_MUST_CHECK;
int store_usage_read(struct store *store, const char *name, int64_t *rows,
                     int64_t *bytes, struct err *err) ATTR_MUST_CHECK;

/* A fact: days before this one are deleted, or are being. */
#define STORE_EXPIRED_BEFORE "expired_before"

#define STORE_USAGE_REPORTS   "reports"
#define STORE_USAGE_ANONYMOUS "anonymous"
#define STORE_USAGE_ADMITTED  "admitted"

#endif
