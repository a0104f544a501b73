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
#include "schema/store/store.h"

/* One prepared statement each, made when it is first used and kept. */
enum slot {
	SLOT_BEGIN,
	SLOT_COMMIT,
	SLOT_DATA_VERSION,
	SLOT_NEWEST_COMMIT,
	SLOT_FACT,
	SLOT_COUNTER,
	SLOT_STOCK,
	SLOT_STOCK_READ,
	SLOT_DOMAIN_FIND,
	SLOT_DOMAIN_READ,
	SLOT_DOMAIN_ADD,
	SLOT_DOMAIN_TOUCH,
	SLOT_DOMAIN_DISTINCT,
	SLOT_OWN_POLICIES,
	SLOT_REPORTER_FIND,
	SLOT_REPORTER_ADD,
	SLOT_REPORTER_FIRST,
	SLOT_SENDER_FIND,
	SLOT_SENDER_ADD,
	SLOT_POLICY_FIND,
	SLOT_POLICY_ADD,
	SLOT_POLICY_TOUCH,
	SLOT_POLICY_FIRST,
	SLOT_HOST_FIND,
	SLOT_HOST_ADD,
	SLOT_HOST_TOUCH,
	SLOT_REASON_FIND,
	SLOT_REASON_ADD,
	SLOT_REASON_TOUCH,
	SLOT_SEEN,
	SLOT_COPIES,
	SLOT_QUOTA,
	SLOT_REPORT_ADD,
	SLOT_REPORT_STAND,
	SLOT_REPORT_RAISE,
	SLOT_REPORT_DELETE,
	SLOT_REPORT_RENUMBER,
	SLOT_REPORT_EVICT,
	SLOT_RESULTS_DELETE,
	SLOT_SAME_SESSIONS,
	SLOT_RESULT_ADD,
	SLOT_DETAIL_ADD,
	SLOT_RAW_ADD,
	SLOT_SUM,
	SLOT_SUM_DROP,
	SLOT_RESULT_SUM,
	SLOT_RESULT_SUM_DROP,
	SLOT_CHANGE,
	SLOT_LOAD_REPORT,
	SLOT_LOAD_RESULTS,
	SLOT_LOAD_DETAILS,
	SLOT_LEDGER_AGAIN,
	SLOT_LEDGER_ADD,
	SLOT_LEDGER_OLDEST,
	SLOT_LEDGER_DELETE,
	SLOT_LEDGER_NEXT,
	SLOT_LEDGER_FOREIGN,
	SLOT_LEDGER_AMEND,
	SLOT_MAILBOX_DECLARE,
	SLOT_MAILBOX_READ,
	SLOT_MAILBOX_RESET,
	SLOT_MAILBOX_CLEAR,
	SLOT_MAILBOX_MESSAGE,
	SLOT_MAILBOX_MESSAGES,
	SLOT_MAILBOX_NOTE,
	SLOT_MAILBOX_FORGET,
	SLOT_MAILBOX_ADVANCE,
	SLOT_MAILBOX_ROUND,
	SLOT_MAILBOX_LEFT,
	SLOT_CHANGE_RANGE,
	SLOT_OLDEST_DAY,
	SLOTS,
};

struct cache;
struct pending;

/* A row of the table stock as the open transaction knows it. */
#define STOCKS_MOST 12U

struct stock {
	char name[32];
	int64_t rows;
	int64_t bytes;
	bool loaded;
	bool dirty;
};

/* Changes that the open transaction has noted, the newest of them. */
#define NOTED_CHANGES 64U

struct noted_change {
	int64_t domain_id;
	int64_t day;
};

struct file_identity {
	uint64_t device, inode; /* 0: there is no such file */
};

struct store {
	struct stock stocks[STOCKS_MOST];
	struct noted_change noted[NOTED_CHANGES]; /* by domain_id */
	sqlite3 *db;
	char *path;
	enum store_mode mode;
	sqlite3_stmt *slots[SLOTS];
	struct cache *cache;     /* ids of repeated strings */
	struct pending *pending; /* counters and facts not yet written */
	int64_t seen_version;    /* data_version that the cache is good for */
	int64_t now;             /* of the open transaction */
	bool open;               /* a writing transaction is */
	struct file_identity wal, shm; /* a writer's, as they were opened */
	bool files_lost;               /* they are others now, or gone */
	bool files_rescued;
	bool is_unlogged; /* a reader's: opened without its log */
	struct stat unlogged;
	bool clock_behind;
};

/* --- store.c: statements ------------------------------------------------- */

/* The prepared statement of a slot, reset and without bindings; NULL and *err
   when it cannot be made. */
sqlite3_stmt *store_statement(struct store *store, enum slot slot,
                              const char *sql, struct err *err);

/* Runs a statement to its end and resets it. */
int store_run(struct store *store, sqlite3_stmt *statement, struct err *err)
	ATTR_MUST_CHECK;

/* One step: 1 a row, 0 the end (and reset), -1 the error (and reset). */
int store_step(struct store *store, sqlite3_stmt *statement, struct err *err)
	ATTR_MUST_CHECK;

/* Runs SQL without parameters. */
int store_exec(struct store *store, const char *sql, struct err *err)
	ATTR_MUST_CHECK;

/* The same on the way out of a failure, where a second one says nothing new;
   does nothing outside of a transaction. */
void store_undo(struct store *store, const char *sql);

/* Runs a statement that has one number in it; *rows is how many it changed. */
int store_run_with(struct store *store, const char *sql, int64_t number,
                   int64_t *rows, struct err *err) ATTR_MUST_CHECK;

/* What SQLite last said, as an error of ours. */
void store_say_error(struct store *store, struct err *err);
static inline int store_error(struct store *store, struct err *err)
{
	store_say_error(store, err);
	return -1;
}

void bind_text(sqlite3_stmt *statement, int at, struct text text);
/* NULL where the text is empty. */
void bind_optional(sqlite3_stmt *statement, int at, struct text text);
/* NULL where the id is 0. */
void bind_id(sqlite3_stmt *statement, int at, int64_t id);
struct text column_text(sqlite3_stmt *statement, int at);
/* A number of an enum with count values; the last of them for what a damaged
   store may hold. */
unsigned int column_choice(sqlite3_stmt *statement, int at, unsigned int count);
struct text column_copy(sqlite3_stmt *statement, int at, struct arena *arena);

/* --- store_file.c -------------------------------------------------------- */

/* Remembers which files a writer has open. */
void store_files_note(struct store *store);

/* Fails when one of them was deleted or replaced: what is written then would be
   gone with the process. What is committed is saved first, where it can be.
   Not in a transaction. */
int store_files_check(struct store *store, struct err *err) ATTR_MUST_CHECK;

/* Opens a store for reading whose log nobody has made, in a folder where the
   reader may not make it. Only without a log can that be no writer's. */
int store_open_unlogged(struct store *store, struct err *err) ATTR_MUST_CHECK;

/* Fails when such a store is being written to. */
int store_check_unlogged(const struct store *store, struct err *err)
	ATTR_MUST_CHECK;

/* --- store_migrate.c ----------------------------------------------------- */

int store_migrate(struct store *store, struct err *err) ATTR_MUST_CHECK;
int store_check_version(struct store *store, struct err *err) ATTR_MUST_CHECK;

/* --- store_cache.c -----------------------------------------------------------
 */

enum cache_kind {
	CACHE_DOMAIN,
	CACHE_REPORTER,
	CACHE_SENDER,
	CACHE_POLICY,
	CACHE_HOST,
	CACHE_REASON,
	CACHE_SEEN,
};

struct cache_value {
	int64_t id;       /* of CACHE_SEEN: bits of what is written */
	int64_t last_day; /* as far as it is written */
	int64_t first[2]; /* of a policy: first_day and first_proved; of a
	                     reporter: its first arrival. INT64_MAX: none */
};

struct cache *cache_new(void);
void cache_free(struct cache **cache);
void cache_clear(struct cache *cache);
struct cache_value *cache_find(struct cache *cache, enum cache_kind kind,
                               int64_t owner, struct text text);
void cache_put(struct cache *cache, enum cache_kind kind, int64_t owner,
               struct text text, struct cache_value value);

/* --- store_name.c -------------------------------------------------------- */

/* The id of a domain, 0 when the store does not know it. */
int store_domain_find(struct store *store, struct text name, int64_t *id,
                      struct err *err) ATTR_MUST_CHECK;
int store_domain_add(struct store *store, struct text name, bool admitted,
                     int64_t *id, struct err *err) ATTR_MUST_CHECK;
int store_reporter_id(struct store *store, struct text name, int64_t received,
                      int64_t *id, struct err *err) ATTR_MUST_CHECK;
int store_sender_id(struct store *store, struct text organization,
                    struct text contact, int64_t *id, struct err *err)
	ATTR_MUST_CHECK;

/* --- store_text.c: ids of the texts of a domain -------------------------- */

/* How a policy was shown: by a report that may be evidence, and by whom. */
enum shown {
	SHOWN_ONLY, /* no evidence */
	SHOWN_ANONYMOUS,
	SHOWN_PROVED,
};

/* What a proved reporter may still show of a domain's policies where the
   domain has enough of them. Worked out while a report is added. */
struct policy_share {
	int64_t reporter_id;
	int64_t domain_id; /* that left is of; 0: none */
	int64_t left;
	unsigned int asked;
};

struct sighting {
	int64_t domain_id;
	int64_t day;
	enum shown shown;
	bool proved; /* the reporter is, whether it is evidence or not */
	struct policy_share *share; /* of policies; NULL: there is none */
};

/* 0 for a policy that is not shown, an empty host, an empty reason. */
int store_policy_id(struct store *store, const struct sighting *sighting,
                    const struct report_policy *policy, int64_t *id,
                    struct err *err) ATTR_MUST_CHECK;
int store_host_id(struct store *store, const struct sighting *sighting,
                  struct text name, int64_t *id, struct err *err)
	ATTR_MUST_CHECK;
int store_reason_id(struct store *store, const struct sighting *sighting,
                    struct text reason, int64_t *id, struct err *err)
	ATTR_MUST_CHECK;
/* Notes that a domain has such results; result -1 is the type itself. */
int store_note_seen(struct store *store, int64_t domain_id,
                    enum policy_type type, int result, int64_t day,
                    struct err *err) ATTR_MUST_CHECK;

/* Lists as lines: a backslash and a line feed in an item are escaped. */
void list_encode(const struct text_list *list, struct buf *out);
void list_decode(struct text lines, struct arena *arena,
                 struct text_list *list);

/* --- store_sum.c --------------------------------------------------------- */

/* What one stored copy adds to the sums: a part for each policy result that has
   a domain. */
struct part {
	int64_t domain_id;
	enum policy_type type;
	int64_t policy_id;
	bool first; /* of its domain in the report */
	int64_t successes;
	int64_t failures;
	int64_t by_result[RESULT_TYPES];
	struct evidence evidence;
};

struct parts {
	struct part *items;
	size_t count;
};

/* Whose sums they go to. */
struct place {
	int64_t day;
	int64_t reporter_id;
	enum standing standing;
};

/* Adds (sign 1) or takes away (-1) the parts' counts, and their evidence. */
int sums_apply(struct store *store, const struct place *place,
               const struct parts *parts, int64_t sign, struct err *err)
	ATTR_MUST_CHECK;
int sums_apply_evidence(struct store *store, const struct place *place,
                        const struct parts *parts, int64_t sign,
                        struct err *err) ATTR_MUST_CHECK;
int sums_apply_both(struct store *store, const struct place *place,
                    const struct parts *parts, struct err *err) ATTR_MUST_CHECK;
/* Deletes rows of these parts that have come to nothing. */
int sums_drop_empty(struct store *store, const struct place *place,
                    const struct parts *parts, struct err *err) ATTR_MUST_CHECK;

/* --- store_copy.c: the copies of a key ----------------------------------- */

/* The copies of a key that are kept, and the newcomer among them. */
#define COPIES_MAX (2 * LIMIT_COPIES + 1)

struct copy {
	int64_t id;
	int64_t number;
	uint8_t digest[DIGEST_SIZE];
	int64_t reporter_id;
	int64_t begin, end, received;
	int64_t bytes;
	enum trust trust;
	enum rank rank;
	enum standing standing;
	bool booked; /* its counts stand in the sums, at this place: */
	int64_t booked_reporter;
	enum standing booked_standing;
	struct parts parts;
};

struct copies {
	int64_t day;
	struct copy items[COPIES_MAX];
	size_t count;
};

/* The stored copies of a key, without their parts. */
int copies_find(struct store *store, int64_t day, int64_t key,
                struct copies *copies, struct err *err) ATTR_MUST_CHECK;

/* Between these two a copy may be added, or change its trust: the first takes
   the key's evidence out of the sums, the second judges the copies anew, moves
   their counts to where they stand now, and puts the evidence back. */
int copies_open(struct store *store, struct arena *arena, struct copies *copies,
                struct err *err) ATTR_MUST_CHECK;
int copies_settle(struct store *store, struct arena *arena,
                  struct copies *copies, struct err *err) ATTR_MUST_CHECK;

/* The copy of the same kind of trust (proved or not) that goes first when there
   is one too many: of the lowest rank, of the reporter that has the most of
   them, the newest; the one that counts goes last. NULL while there is room for
   one more of that kind. reporter_id is the newcomer's. */
struct copy *copies_lowest(struct copies *copies, bool proved,
                           int64_t reporter_id);

/* Takes a copy out, with its rows and its counts; between copies_open() and
   copies_settle(). */
int copies_remove(struct store *store, struct copies *copies, struct copy *copy,
                  struct err *err) ATTR_MUST_CHECK;

/* Makes a copy the last of its key: one that counted for nothing and counts for
   something now came after those that did before it. Returns where it is, NULL
   on error. */
struct copy *copies_to_end(struct store *store, struct copies *copies,
                           struct copy *copy, struct err *err);

/* Takes the counts of a copy out of the sums; copies_settle() adds what its
   parts are then. */
int copies_unbook(struct store *store, const struct copies *copies,
                  struct copy *copy, struct err *err) ATTR_MUST_CHECK;

/* Gives each copy the standing that its rank and number deserve. */
void copies_judge(struct copies *copies);

/* What the key is worth as evidence: the counted copy's, or where others of
   its rank contradict it, the worst of them. Returns the counted copy. */
const struct copy *copies_evidence(const struct copies *copies,
                                   struct arena *arena, struct parts *evidence);

/* --- store_evict.c ------------------------------------------------------- */

/* Notes a copy that gives way in the ledger; its rows stay. */
int store_evict(struct store *store, int64_t report_id,
                const struct ledger_budget *budgets, struct err *err)
	ATTR_MUST_CHECK;

/* --- store_load.c -------------------------------------------------------- */

/* A report and the ids of its strings, element by element. */
struct loaded {
	struct report *report;
	int64_t *domain_ids;
	int64_t *policy_ids;
	int *origins; /* bits below */
};

/* The report names an MX host of the domain. */
#define ORIGIN_MX 1
/* Another report counts these sessions; this one counts as a report only. */
#define ORIGIN_COUNTED 2

int load_report(struct store *store, int64_t report_id, struct arena *arena,
                struct loaded *loaded, struct err *err) ATTR_MUST_CHECK;
void load_parts(const struct loaded *loaded, struct arena *arena,
                struct parts *parts);

/* --- store_counter.c ----------------------------------------------------- */

struct pending *pending_new(void);
void pending_free(struct pending **pending);
int pending_write(struct store *store, struct err *err) ATTR_MUST_CHECK;
void pending_written(struct store *store);
void pending_dropped(struct store *store); /* the transaction came to nothing */

int stocks_write(struct store *store, struct err *err) ATTR_MUST_CHECK;
void stocks_forget(struct store *store);

/* Adds to a stock, in the open transaction. */
int store_stock(struct store *store, const char *name, int64_t rows,
                int64_t bytes, struct err *err) ATTR_MUST_CHECK;
int store_stock_read(struct store *store, const char *name, int64_t *rows,
                     int64_t *bytes, struct err *err) ATTR_MUST_CHECK;

/* A fact: days before this one are deleted, or are being. */
#define EXPIRED_BEFORE "expired_before"

#define STOCK_REPORTS   "reports"
#define STOCK_ANONYMOUS "anonymous"
#define STOCK_ADMITTED  "admitted"

#endif
