/*
 * Reports in any order, with any proof, into one store: duplicates, conflicts,
 * quotas, deleting, repair, and what the ledger tries again. After each step
 * what schema/store/store.h promises must hold.
 */
#include "tests/fuzz/fuzz.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/attr.h"
#include "base/digest.h"
#include "schema/limits.h"
#include "schema/rules/identity.h"
#include "schema/store/admin.h"
#include "schema/store/write.h"

#define NOW             INT64_C(1780401600)
#define TODAY           INT64_C(20606)
#define DAY             INT64_C(86400)
#define STEPS_MOST      128
#define STATEMENTS_MOST 48U
#define CONTENT         4U /* bytes that say what is in a report */

/* What was answered, and so has to be found. */
struct answered {
	uint8_t content[CONTENT];
	int64_t day;
};

struct sequence {
	const uint8_t *data;
	size_t left;
	struct arena *arena;
	struct answered answered[STEPS_MOST];
	size_t count;
	int64_t first_day; /* that is kept */
	int64_t counted;   /* the counter of sessions */
	bool small;        /* budgets that do not hold everything */
	bool keeps_raw;
};

/* One file for all inputs, emptied between them. */
static struct store *store;
static sqlite3 *db;
static sqlite3_stmt *statements[STATEMENTS_MOST];
static char path[64];

static uint8_t take(struct sequence *q)
{
	if (q->left == 0)
		return 0;
	q->left--;
	return *q->data++;
}

/* Prepared once for each text of a statement, which is a literal. */
static sqlite3_stmt *prepared(const char *sql)
{
	static const char *texts[STATEMENTS_MOST];
	size_t i;

	for (i = 0; texts[i] != NULL && texts[i] != sql; i++)
		MUST(i + 1 < STATEMENTS_MOST);
	if (texts[i] == NULL) {
		texts[i] = sql;
		MUST(sqlite3_prepare_v2(db, sql, -1, &statements[i], NULL) ==
		     SQLITE_OK);
	}
	return statements[i];
}

static int64_t number_with(const char *sql, const uint8_t *digest)
{
	sqlite3_stmt *s = prepared(sql);
	int64_t result;

	if (digest != NULL)
		(void)sqlite3_bind_blob(s, 1, digest, STORE_DIGEST_SIZE,
		                        SQLITE_STATIC);
	MUST(sqlite3_step(s) == SQLITE_ROW);
	result = sqlite3_column_int64(s, 0);
	(void)sqlite3_reset(s);
	return result;
}

static int64_t number(const char *sql)
{
	return number_with(sql, NULL);
}

static void run(const char *sql)
{
	MUST(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK);
}

static void leave(void)
{
	static const char *const endings[] = {"", "-wal", "-shm"};
	char name[80];
	size_t i;

	for (i = 0; i < STATEMENTS_MOST; i++)
		(void)sqlite3_finalize(statements[i]);
	(void)sqlite3_close(db);
	store_close(&store);
	for (i = 0; i < ARRAY_LENGTH(endings); i++) {
		(void)snprintf(name, sizeof(name), "%s%s", path, endings[i]);
		(void)unlink(name);
	}
}

static void open_store(void)
{
	struct err err;

	MUST(store_open(path, STORE_WRITE, &store, &err) == 0);
}

static void begin(void)
{
	(void)snprintf(path, sizeof(path), "%s/tlsrpt-fuzz-%ld.db",
	               access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp",
	               (long)getpid());
	open_store();
	MUST(sqlite3_open(path, &db) == SQLITE_OK);
	run("PRAGMA synchronous = OFF");
	MUST(atexit(leave) == 0);
}

static void empty_store(void)
{
	static const char *const tables[] = {
		"BEGIN",
		"DELETE FROM raw",
		"DELETE FROM failed",
		"DELETE FROM report",
		"DELETE FROM day_sum",
		"DELETE FROM day_result",
		"DELETE FROM series",
		"DELETE FROM change",
		"DELETE FROM counter",
		"DELETE FROM usage",
		"DELETE FROM timestamp",
		"DELETE FROM ledger",
		"DELETE FROM policy_text",
		"DELETE FROM host",
		"DELETE FROM reason",
		"DELETE FROM domain",
		"DELETE FROM reporter",
		"DELETE FROM sender",
		"COMMIT",
	};
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(tables); i++) {
		MUST(sqlite3_step(prepared(tables[i])) == SQLITE_DONE);
		(void)sqlite3_reset(prepared(tables[i]));
	}
}

/* --- a report ------------------------------------------------------------ */

static struct text_list *fill_list(struct sequence *q, struct text_list *list,
                                   unsigned int which)
{
	list->count = which == 0 ? 0 : 1;
	list->items = arena_array(q->arena, 1, sizeof(*list->items));
	list->items[0] = text_of(arena_printf(q->arena, "policy %u", which));
	return list;
}

static void fill_policy(struct sequence *q, const uint8_t *content,
                        struct report_policy *policy)
{
	static const int64_t successes[] = {0, 1, 5, 1000};
	static const int64_t failures[] = {0, 1, 3, 50};
	struct report_detail *detail;

	policy->type = (enum policy_type)(content[2] & 3);
	policy->domain = (content[2] & 4) != 0 ? TEXT("example.net")
	                                       : TEXT("example.org");
	policy->successes = successes[content[1] & 3];
	policy->failures = failures[content[1] >> 2 & 3];
	(void)fill_list(q, &policy->policy_string, content[2] >> 3 & 3);
	policy->detail_count = (content[1] & 0x80) != 0;
	policy->details = arena_array(q->arena, 1, sizeof(*policy->details));
	detail = &policy->details[0];
	detail->type = (enum result_type)((content[1] >> 4 & 7) + 1);
	detail->sessions = failures[content[2] >> 5 & 3];
	detail->receiving_mx = TEXT("mx.example.org");
	detail->reason =
		text_of(arena_printf(q->arena, "reason %u", content[2] & 3U));
}

/* A second element as the fourth byte says. */
static void fill_more(const uint8_t *content, struct report *report)
{
	struct report_policy *first = &report->policies[0];
	struct report_policy *more = &report->policies[1];

	report->policy_count = 2;
	*more = *first;
	switch (content[3] & 7) {
	case 1:
		more->successes = more->failures = 0;
		more->detail_count = 0;
		more->type = POLICY_NOT_FOUND;
		break;
	case 2:
		more->domain = TEXT("third.example");
		break;
	case 3:
		more->domain = TEXT("");
		break;
	case 4:
		more->type = POLICY_TLSA;
		break;
	case 5:
		first->domain = more->domain = TEXT("");
		break;
	case 6:
		report->policy_count = 0;
		break;
	default:
		report->policy_count = 1;
		break;
	}
}

static struct report *make_report(struct sequence *q, const uint8_t *content)
{
	static const char *const contacts[] = {"a@sender.example",
	                                       "b@other.example", "", ""};
	static const char *const organizations[] = {
		"Sender", "Other", "sender.example", "Somebody"};
	static const int64_t days[] = {1, 2, 3, 10};
	struct report *report = arena_alloc(q->arena, sizeof(*report));
	unsigned int who = content[0] & 3U;

	memset(report, 0, sizeof(*report));
	report->contact = text_of(contacts[who]);
	report->organization = text_of(organizations[who]);
	report->id =
		text_of(arena_printf(q->arena, "id-%u", content[0] >> 2 & 3U));
	report->begin = (TODAY - days[content[0] >> 4 & 3]) * DAY;
	/* Two days are no evidence. */
	report->end = report->begin + ((content[0] & 0x40) != 0 ? 2 : 1) * DAY;
	report->policies = arena_array(q->arena, 2, sizeof(*report->policies));
	memset(report->policies, 0, 2 * sizeof(*report->policies));
	fill_policy(q, content, &report->policies[0]);
	fill_more(content, report);
	return report;
}

static bool names_a_domain(const struct report *report)
{
	size_t i;

	for (i = 0; i < report->policy_count; i++) {
		if (report->policies[i].domain.len > 0)
			return true;
	}
	return false;
}

/* --- what has to hold ---------------------------------------------------- */

static void print_fault(void *cls, const char *sentence)
{
	(void)cls;
	(void)fprintf(stderr, "%s\n", sentence);
}

/* The sums as one number that every change of any row changes. */
#define SUMS_OF(which)                                                         \
	"SELECT coalesce(sum((day * 31 + domain_id * 7 + policy_type * 1009 "  \
	"+ reporter_id * 13 + count_as * 101 + policy_id * 17 + arrived * "    \
	"43) % 9973 * "                                                        \
	"(reports * 3 + successes * 5 + failures * 7 + trials * 11 + refused " \
	"* 13 + unusable * 17 + dane * 19 + refused_certificate * 23 + "       \
	"refused_other * 29 + predicted_starttls * 31 + elements * 37 + "      \
	"untested * 41 + 1)), 0) + (SELECT coalesce(sum((day * 31 + "          \
	"domain_id * 7 + policy_type * 1009 + result_type * 37 + "             \
	"reporter_id * 13 + count_as * 101) % 9973 * (sessions + 1)), 0) "     \
	"FROM day_result " which ") FROM day_sum " which

static const char sums_sql[] = SUMS_OF("");
static const char proved_sums_sql[] = SUMS_OF("WHERE count_as IN (2, 3)");

static const char proofs_sql[] =
	"SELECT coalesce(sum(first_proved), 0) + count(first_proved) FROM "
	"reporter";

static void check_copies(void)
{
	MUST(number("SELECT count(*) FROM (SELECT 1 FROM report GROUP BY day, "
	            "key, trust >= 2 HAVING count(*) > 4)") == 0);
	MUST(number("SELECT count(*) FROM (SELECT 1 FROM report GROUP BY day, "
	            "key HAVING sum(count_as IN (1, 2, 3)) > 1)") == 0);
	/* Where any copy counts for something, one does. */
	MUST(number("SELECT count(*) FROM (SELECT 1 FROM report WHERE rank > 0 "
	            "GROUP BY day, key HAVING sum(count_as IN (1, 2, 3)) <> "
	            "1)") == 0);
	/* And none of a lower rank than another. */
	MUST(number("SELECT count(*) FROM report AS a JOIN report AS b USING "
	            "(day, key) WHERE a.count_as IN (1, 2, 3) AND b.rank > "
	            "a.rank") == 0);
}

static void check_stocks(void)
{
	MUST(number("SELECT count(*) FROM (SELECT 'reports' AS name, count(*) "
	            "AS n, coalesce(sum(bytes), 0) AS b FROM report UNION ALL "
	            "SELECT 'anonymous', count(*), coalesce(sum(bytes), 0) "
	            "FROM report WHERE trust < 2 UNION ALL SELECT 'admitted', "
	            "count(*), 0 FROM domain WHERE admitted) LEFT JOIN usage "
	            "USING (name) WHERE coalesce(rows, 0) <> n OR "
	            "coalesce(bytes, 0) <> b") == 0);
	MUST(number("SELECT coalesce(sum(rows), 0) - (SELECT count(*) FROM "
	            "ledger) + coalesce(sum(bytes), 0) - (SELECT "
	            "coalesce(sum(bytes), 0) FROM ledger) FROM usage WHERE "
	            "name LIKE 'ledger:%'") == 0);
}

static void check_answered(const struct sequence *q)
{
	uint8_t digest[DIGEST_SIZE];
	size_t i;

	for (i = 0; i < q->count; i++) {
		if (q->answered[i].day < q->first_day)
			continue;
		digest_sha256(q->answered[i].content, CONTENT, digest);
		MUST(number_with("SELECT (SELECT count(*) FROM report WHERE "
		                 "digest = ?1) + (SELECT count(*) FROM ledger "
		                 "WHERE digest = ?1)",
		                 digest) > 0);
	}
}

static void check_all(struct sequence *q)
{
	int64_t faults, before, counted;
	struct err err;

	check_copies();
	check_stocks();
	if (!q->small)
		check_answered(q);
	MUST(store_check(store, print_fault, NULL, &faults, &err) == 0);
	MUST(faults == 0);
	counted = number("SELECT coalesce(sum(value), 0) FROM counter");
	MUST(counted >= q->counted);
	q->counted = counted;
	before = number(sums_sql);
	MUST(store_begin(store, NOW, &err) == 0);
	MUST(store_rebuild_sums(store, &err) == 0);
	MUST(store_commit(store, &err) == 0);
	MUST(number(sums_sql) == before);
}

/* --- steps --------------------------------------------------------------- */

static const struct ledger_budget *budgets_of(const struct sequence *q)
{
	static const struct ledger_budget roomy[LEDGER_GROUPS] = {
		{1000, 1 << 20},
		{1000, 1 << 20},
		{1000, 1 << 20},
		{1000, 1 << 20}};
	static const struct ledger_budget tight[LEDGER_GROUPS] = {
		{2, 1 << 20}, {1000, 400}, {2, 1 << 20}, {1, 1}};

	return q->small ? tight : roomy;
}

struct input {
	const uint8_t *content;
	enum trust trust;
	const char *signer;
	enum channel channel;
	int64_t received;
	bool again;
};

static int refuse(const struct sequence *q, const struct input *in,
                  const struct report *report, const struct store_added *added,
                  struct err *err)
{
	const struct ledger_entry entry = {
		.group = trust_is_proof(in->trust)      ? LEDGER_SIGNED
	                 : channel_is_mail(in->channel) ? LEDGER_MAIL
	                                                : LEDGER_KNOWN,
		.channel = in->channel,
		.trust = in->trust,
		.signer = text_of(in->signer),
		.outcome = OUTCOME_REFUSED,
		.refusal = added->refusal,
		.sentence = text_of(added->sentence),
		.peer = TEXT(""),
		.domain = report->policy_count > 0 ? report->policies[0].domain
	                                           : TEXT(""),
		.encoding = TEXT(""),
		.received = in->received,
		.data = in->content,
		.len = CONTENT,
	};

	return store_ledger_add(store, &entry, &budgets_of(q)[entry.group],
	                        err);
}

/* A proved report is kept, but for what the store says of itself. */
static void check_kept(const struct report *report, const struct input *in,
                       const struct store_added *added, const uint8_t *digest)
{
	if (!trust_is_proof(in->trust) || in->again)
		return;
	if (added->outcome == OUTCOME_REFUSED) {
		MUST(!names_a_domain(report) ||
		     number("SELECT max(n) FROM (SELECT sum(reports) AS n FROM "
		            "day_sum WHERE count_as IN (2, 3) GROUP BY day, "
		            "domain_id, reporter_id)") >= LIMIT_REPORTS_A_DAY);
		return;
	}
	MUST(number_with("SELECT count(*) FROM report WHERE digest = ?1 AND "
	                 "trust >= 2",
	                 digest) > 0);
}

static void add(struct sequence *q, const struct input *in, bool undone,
                struct store_added *added)
{
	static const bool configured[] = {true, true};
	struct report *report = make_report(q, in->content);
	int64_t proved = number(proved_sums_sql), first = number(proofs_sql);
	uint8_t digest[DIGEST_SIZE];
	struct identity identity;
	struct store_entry entry = {
		.report = report,
		.configured = configured,
		.identity = &identity,
		.trust = in->trust,
		.channel = in->channel,
		.received = in->received,
		.raw = q->keeps_raw ? in->content : NULL,
		.raw_len = q->keeps_raw ? CONTENT : 0,
		.anonymous_bytes = q->small ? 1500 : 1 << 20,
		.readmitted = in->again,
		.budgets = budgets_of(q),
	};
	struct err err;

	digest_sha256(in->content, CONTENT, digest);
	identity_of(q->arena, report, in->trust, text_of(in->signer), digest,
	            &identity);
	MUST(store_begin(store, NOW, &err) == 0);
	MUST(store_add(store, &entry, added, &err) == 0);
	MUST(added->outcome <= OUTCOME_REFUSED);
	if (added->outcome == OUTCOME_REFUSED && !in->again)
		MUST(refuse(q, in, report, added, &err) == 0);
	if (undone) {
		store_rollback(store);
		MUST(number(proved_sums_sql) == proved);
		MUST(number(proofs_sql) == first);
		return;
	}
	MUST(store_commit(store, &err) == 0);
	memcpy(q->answered[q->count].content, in->content, CONTENT);
	q->answered[q->count++].day = report_day(report);
	check_kept(report, in, added, digest);
	if (!trust_is_proof(in->trust)) {
		MUST(number(proved_sums_sql) == proved);
		MUST(number(proofs_sql) == first);
	}
}

static void step_add(struct sequence *q, bool undone)
{
	static const char *const signers[] = {"sender.example",
	                                      "mail.other.example",
	                                      "stranger.example",
	                                      "stranger.example"};
	uint8_t content[CONTENT], way = take(q);
	struct input in = {.content = content};
	struct store_added added;
	size_t i;

	for (i = 0; i < CONTENT; i++)
		content[i] = take(q);
	in.trust = (enum trust)(way & 3);
	in.signer = trust_is_proof(in.trust) ? signers[way >> 2 & 3] : "";
	in.channel = (way & 0x10) != 0 ? CHANNEL_IMAP : CHANNEL_HTTPS;
	/* On three days. */
	in.received = NOW - (way >> 5) * INT64_C(8) * 3600;
	add(q, &in, undone, &added);
}

/* As reparse does. */
static void step_again(struct sequence *q)
{
	struct ledger_entry entry;
	struct store_added added;
	struct input in = {.again = true};
	struct err err;
	int result =
		store_ledger_next(store, take(q) & 15, q->arena, &entry, &err);

	MUST(result >= 0);
	if (result == 0 || entry.len != CONTENT)
		return;
	in.content = entry.data;
	in.trust = entry.trust;
	in.signer = arena_printf(q->arena, "%.*s", (int)entry.signer.len,
	                         entry.signer.data);
	in.channel = entry.channel;
	in.received = entry.received;
	add(q, &in, false, &added);
	if (added.outcome == OUTCOME_REFUSED)
		return;
	MUST(store_begin(store, NOW, &err) == 0);
	MUST(store_ledger_remove(store, entry.id, &err) == 0);
	MUST(store_commit(store, &err) == 0);
}

static void step_expire(struct sequence *q)
{
	uint8_t how = take(q);
	int64_t first_day = TODAY - 1 - (how & 7);
	int64_t raw_from = NOW - (how >> 3 & 3) * 7200;
	bool more = true;
	struct err err;

	if (first_day > q->first_day)
		q->first_day = first_day;
	while (more)
		MUST(store_expire(store, NOW, first_day, raw_from, &more,
		                  &err) == 0);
}

static void step(struct sequence *q)
{
	uint8_t what = take(q);

	switch (what & 15) {
	case 11:
		step_again(q);
		break;
	case 12:
		step_expire(q);
		break;
	case 13:
		check_all(q);
		break;
	case 14:
		step_add(q, true);
		break;
	case 15:
		/* The same ids without a cache that knows them. */
		store_close(&store);
		open_store();
		break;
	default:
		step_add(q, false);
		break;
	}
	check_copies();
	arena_reset(q->arena, SIZE_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sequence q = {.data = data, .left = size};
	uint8_t flags;
	size_t i;

	if (store == NULL)
		begin();
	empty_store();
	q.arena = arena_new(SIZE_MAX);
	flags = take(&q);
	q.small = (flags & 1) != 0;
	q.keeps_raw = (flags & 2) == 0;
	for (i = 0; q.left > 0 && i < STEPS_MOST; i++)
		step(&q);
	check_all(&q);
	arena_free(&q.arena);
	return 0;
}
